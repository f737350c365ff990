//! Asks a modem once how it is, for a person, while no driver has its line: who it is, its SIM, its network.
//!
//! It changes nothing that lasts: no PIN is entered, no message read, no storage chosen. The questions are the driver's
//! own (`start`, `driver`), and so are the answers' meanings.

use std::io;

use super::chat::Chat;
use super::network;
use super::port::Opener;
use super::pulse;
use super::start::{self, Halt};
use super::trace::Trace;
use crate::clock::Clock;
use crate::sms::bearer::State;

/// What a modem answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// Maker, model and what else it says of itself, in one line.
    pub identity: String,
    /// As the driver would tell it.
    pub state: State,
    /// It is known to the network, but not let in (27.007, 7.2: 3).
    pub denied: bool,
    /// The SIM is ready, and has no number of a service centre (27.005, 3.3.1).
    pub lacks_centre: bool,
}

#[derive(Debug)]
pub enum Fault {
    /// The line cannot be opened.
    Closed(io::Error),
    /// It is open, and nothing on it answers to AT.
    Silent(String),
}

/// An `AT` a second; a modem that is awake answers the first.
const WAKE_TRIES: usize = 5;

pub async fn probe(opener: &dyn Opener, clock: &Clock) -> Result<Answer, Fault> {
    let port = opener.open().await.map_err(Fault::Closed)?;
    let mut chat = Chat::new(port, clock.clone(), pulse::pair().1, Trace::new("probe", clock.clone()));
    answers(&mut chat, clock).await.map_err(|halt| match halt {
        Halt::Lost(_, why) => Fault::Silent(why),
        Halt::State(state) => Fault::Silent(state.name().to_owned()),
        Halt::Closed => Fault::Silent(String::new()),
    })
}

async fn answers(chat: &mut Chat, clock: &Clock) -> Result<Answer, Halt> {
    start::wake(chat, WAKE_TRIES).await?;
    start::tolerate(chat, "ATE0").await?;
    start::tolerate(chat, "AT+CMEE=1").await?;
    chat.forget_unsolicited();
    let words = start::identity(chat).await?;
    let words = words.concat();
    let identity = words.split_whitespace().take(IDENTITY_WORDS).collect::<Vec<_>>().join(" ");
    let silent = Answer { identity, state: State::NoNetwork, denied: false, lacks_centre: false };
    if let Some(state) = start::wait_for_sim(chat, clock).await? {
        return Ok(Answer { state, ..silent });
    }
    let network = network::ask(chat).await?;
    let centre = start::inquire(chat, "AT+CSCA?", "+CSCA:").await?;
    // A modem that cannot say may have one.
    let lacks_centre = centre.is_some_and(|line| line.values().first().is_none_or(String::is_empty));
    let denied = network.denied;
    Ok(Answer { state: network.state(None), denied, lacks_centre, ..silent })
}

/// Maker and model; some add a page of versions.
const IDENTITY_WORDS: usize = 6;
