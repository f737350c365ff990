//! Brings a modem from an open port to PDU mode with announcements on (3GPP TS 27.005, 3; TS 27.007, 5 to 8).
//!
//! ```text
//! AT until OK → ATE0 → CMEE → who are you → CPIN ──READY──→ CMGF → CSMS → CPMS → CNMI → CMMS → CTZU → CNUM → up
//!                                            ├─ SIM PIN ── once ──↑
//!                                            └─ PUK, no SIM, wrong PIN → a State, tried again later
//! ```
//! What changes while it runs is asked in `network`; the driver says when.

use std::time::Duration;

use super::chat::{ANSWER_LIMIT, Chat, ChatError};
use super::lines::Line;
use super::network;
use super::profiles::{self, Profile};
use crate::clock::Clock;
use crate::number::Number;
use crate::sms::bearer::{State, SubmitError};

/// A modem that wakes up answers within a second or not to this `AT`.
const WAKE_LIMIT: Duration = Duration::from_secs(1);
/// USB modems need up to half a minute after power-on.
const WAKE_TRIES: usize = 30;
/// "SIM busy" (CME 14) passes within half a minute of a start.
const SIM_BUSY_TRIES: usize = 30;
const SIM_BUSY_PAUSE: Duration = Duration::from_secs(1);
/// Entering a PIN makes a modem read the whole SIM.
const PIN_LIMIT: Duration = Duration::from_secs(30);

/// Whether the configured PIN may be entered: three wrong ones lock a SIM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinTrial {
    Untried,
    /// It was right, so it may be entered again after the modem lost power.
    Right,
    Wrong,
}

/// Why a modem is not up.
pub enum Halt {
    /// The box is closing.
    Closed,
    State(State),
}

impl Halt {
    pub fn lost(why: impl std::fmt::Display) -> Halt {
        Halt::State(State::Lost { why: why.to_string() })
    }
}

impl From<ChatError> for Halt {
    fn from(error: ChatError) -> Self {
        Halt::lost(error)
    }
}

/// What is known of a modem that is up.
pub struct Up {
    pub profile: &'static Profile,
    /// Where messages are stored, as CPMS names it.
    pub memory: String,
    /// It announces new messages; else they are found by sweeping only.
    pub announces: bool,
    /// Messages that come directly must be acknowledged with CNMA.
    pub acknowledges: bool,
    /// The modem said it sets its clock by the network.
    pub knows_time: bool,
    pub number: Option<Number>,
}

pub async fn bring_up(
    chat: &mut Chat,
    clock: &Clock,
    pin: Option<&str>,
    trial: &mut PinTrial,
    profile: Option<&str>,
) -> Result<Up, Halt> {
    wake(chat, WAKE_TRIES).await?;
    tolerate(chat, "ATE0").await?;
    tolerate(chat, "AT+CMEE=1").await?;
    if let Err(error @ (ChatError::Silent(_) | ChatError::Lost(_))) = chat.ask("AT+CMEE?", "+CMEE:").await {
        return Err(error.into());
    }
    chat.forget_unsolicited();
    let profile = match profile.and_then(profiles::named) {
        Some(profile) => profile,
        None => profiles::detected(&identity(chat).await?),
    };
    for command in profile.init {
        tolerate(chat, command).await?;
    }
    unlock(chat, clock, pin, trial).await?;
    if !tolerate(chat, "AT+CMGF=0").await? {
        return Err(Halt::lost("the modem has no PDU mode"));
    }
    let acknowledges = !tolerate(chat, "AT+CSMS=0").await? && service(chat).await? == Some(1);
    let memory = storage(chat, profile).await?;
    let announces = first_taken(chat, profile.notify).await?.is_some();
    // Keeps the radio link between messages of one burst, where a modem can.
    tolerate(chat, "AT+CMMS=2").await?;
    let knows_time = network::follow_time(chat, profile).await?;
    let number = own_number(chat).await?;
    log::info!("modem is up: profile {}, storage {memory}, announces {announces}", profile.name);
    Ok(Up { profile, memory, announces, acknowledges, knows_time, number })
}

/// Whether the modem took a command; only silence and a lost port are errors.
pub async fn tolerate(chat: &mut Chat, command: &str) -> Result<bool, ChatError> {
    taken(chat.run(command, &[], ANSWER_LIMIT).await)
}

/// The first line of an answer, or `None` if the modem refuses the question.
pub async fn inquire(chat: &mut Chat, command: &str, prefix: &str) -> Result<Option<Line>, ChatError> {
    match chat.run(command, &[prefix], ANSWER_LIMIT).await {
        Ok(lines) => Ok(lines.into_iter().next()),
        Err(ChatError::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The state that a SIM which needs a person is in; `None` if it is ready or the modem cannot say.
pub fn sim_state(answer: &Result<Line, ChatError>) -> Option<State> {
    match answer {
        Ok(line) => match line.values().first().map(String::as_str) {
            Some("SIM PIN") => Some(State::PinNeeded),
            Some("SIM PUK") => Some(State::PukNeeded),
            // PIN2 and PUK2 guard other things than messages; PH-… locks the modem to another SIM.
            Some(other) if other.starts_with("PH-") => Some(State::Lost { why: format!("locked: {other}") }),
            _ => None,
        },
        Err(ChatError::Refused(SubmitError::Cme(code))) => match code {
            10 | 13 | 15 => Some(State::NoSim),
            11 => Some(State::PinNeeded),
            12 => Some(State::PukNeeded),
            _ => None,
        },
        Err(_) => None,
    }
}

pub async fn wake(chat: &mut Chat, tries: usize) -> Result<(), Halt> {
    for attempt in 0..tries {
        // It may still wait for the PDU of a message that was cut off.
        if attempt > 0 {
            chat.escape().await?;
        }
        match chat.run("AT", &[], WAKE_LIMIT).await {
            Ok(_) => return Ok(()),
            Err(error @ ChatError::Lost(_)) => return Err(error.into()),
            Err(ChatError::Refused(_) | ChatError::Silent(_)) => {}
        }
    }
    Err(Halt::lost("no answer to AT"))
}

pub async fn identity(chat: &mut Chat) -> Result<String, Halt> {
    let mut words = String::new();
    for command in ["AT+CGMI", "AT+CGMM", "ATI"] {
        match chat.run(command, &["", "+CGMI:", "+CGMM:"], ANSWER_LIMIT).await {
            Ok(lines) => words.extend(lines.iter().flat_map(|line| [line.text.as_str(), "\n"])),
            Err(ChatError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(words)
}

async fn unlock(chat: &mut Chat, clock: &Clock, pin: Option<&str>, trial: &mut PinTrial) -> Result<(), Halt> {
    let state = match wait_for_sim(chat, clock).await? {
        None => return Ok(()),
        Some(State::PinNeeded) => match (pin, *trial) {
            (None, _) => State::PinNeeded,
            (Some(_), PinTrial::Wrong) => State::PinWrong,
            (Some(pin), _) => {
                // Counted as wrong until the modem has taken it: a crash or silence must not lead to a second try.
                *trial = PinTrial::Wrong;
                match chat.run(&format!("AT+CPIN=\"{pin}\""), &[], PIN_LIMIT).await {
                    Ok(_) => *trial = PinTrial::Right,
                    Err(ChatError::Refused(_)) => return Err(Halt::State(State::PinWrong)),
                    Err(error) => return Err(error.into()),
                }
                match wait_for_sim(chat, clock).await? {
                    None => return Ok(()),
                    Some(state) => state,
                }
            }
        },
        Some(state) => state,
    };
    Err(Halt::State(state))
}

/// Asks until the SIM is no longer busy. Some modems name the PIN state for a moment after it was entered; they say
/// busy first, so the first other answer counts.
pub async fn wait_for_sim(chat: &mut Chat, clock: &Clock) -> Result<Option<State>, Halt> {
    for _ in 0..SIM_BUSY_TRIES {
        let answer = chat.ask("AT+CPIN?", "+CPIN:").await;
        match answer {
            Err(ChatError::Refused(SubmitError::Cme(14))) => clock.sleep(SIM_BUSY_PAUSE).await,
            Err(error @ (ChatError::Silent(_) | ChatError::Lost(_))) => return Err(error.into()),
            answer => return Ok(sim_state(&answer)),
        }
    }
    Err(Halt::lost("SIM busy"))
}

async fn service(chat: &mut Chat) -> Result<Option<u16>, Halt> {
    Ok(inquire(chat, "AT+CSMS?", "+CSMS:").await?.and_then(|line| line.number(0)))
}

async fn storage(chat: &mut Chat, profile: &Profile) -> Result<String, Halt> {
    let taken = first_taken(chat, profile.storage).await?;
    let memory = taken.and_then(|command| command.split('"').nth(1)).unwrap_or("SM");
    Ok(memory.to_owned())
}

async fn first_taken(chat: &mut Chat, commands: &[&'static str]) -> Result<Option<&'static str>, Halt> {
    for command in commands {
        if taken(chat.run(command, &["+CPMS:"], ANSWER_LIMIT).await)? {
            return Ok(Some(command));
        }
    }
    log::warn!("modem: refused all of {commands:?}");
    Ok(None)
}

async fn own_number(chat: &mut Chat) -> Result<Option<Number>, Halt> {
    let line = inquire(chat, "AT+CNUM", "+CNUM:").await?;
    Ok(line.and_then(|line| Number::parse(line.values().get(1)?)))
}

fn taken<T>(result: Result<T, ChatError>) -> Result<bool, ChatError> {
    match result {
        Ok(_) => Ok(true),
        Err(ChatError::Refused(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
