//! What an outcome makes of a message: which refusals may pass, how long to wait, and when to give up.
//!
//! What a code means stands in `modem::errors`; here is how often it is tried. A message is never tried beyond its time.

use std::time::Duration;

use super::super::bearer::{Outcome, Retry, SubmitError};
use super::{Message, State, hint, keep, key};
use crate::clock::Time;
use crate::error::Result;
use crate::store::{Records, Tx};
use crate::words::Word;

/// What mends itself is gone within seconds, or it does not mend itself.
const SOON_S: [u64; 3] = [2, 5, 10];
/// A network that refuses is asked seldom: each try of many messages loads it more.
const LATER_S: [u64; 5] = [30, 60, 300, 900, 1800];
/// With the pauses above some eight hours; who was refused as often is refused for good.
const TRIES_MAX: u8 = 20;
/// A message that makes a modem start anew each time holds up all others.
const RESETS_MAX: u8 = 3;
/// TP-FCS "SMS rejected, duplicate SM" (3GPP TS 23.040, 9.2.3.22): the service centre has it.
const DUPLICATE: SubmitError = SubmitError::Cms(0xC5);

pub(super) const DOUBTED: Word = Word::new(
    "没有等到网络的回答，可能已经发出；为免重复，不再自动重发",
    "No answer of the network came: it may have left. It is not sent again, or it might come twice.",
);

const UNWRITABLE: Word = Word::new("号码或内容不能写成短信", "The number or what it holds cannot be written as a text");

/// A message after an outcome.
#[derive(Debug)]
pub struct Settled {
    pub message: Message,
    pub is_submitted: bool,
}

/// Writes what became of one part. `None`: there is no such part any more.
pub fn settle(tx: &mut Tx, id: u64, part: u8, outcome: &Outcome, now: Time) -> Result<Option<Settled>> {
    let Some(mut message) = tx.get::<Message>(&key(id))? else { return Ok(None) };
    let place = usize::from(part);
    // A second outcome of one part says nothing new, and must not undo a report.
    if message.parts.get(place).is_none_or(|part| part.state != State::Submitting) {
        return Ok(None);
    }
    let submitted = |message: &mut Message, reference| {
        let part = &mut message.parts[place];
        (part.state, part.reference, part.error) = (State::Submitted, reference, None);
        if !message.is_open() {
            message.hint.clear();
        }
    };
    match outcome {
        Outcome::Submitted { reference } => submitted(&mut message, Some(*reference)),
        Outcome::Refused { error, .. } if *error == DUPLICATE => submitted(&mut message, None),
        Outcome::NotSent => message.parts[place].state = State::Queued,
        Outcome::Unknown => message.doubt(place),
        Outcome::Refused { error, class, hint } => message.refuse(place, error, *class, *hint, now),
    }
    let is_submitted = message.parts[place].state == State::Submitted;
    keep(tx, id, &message, now)?;
    Ok(Some(Settled { message, is_submitted }))
}

/// Whether this is the error of a network that knows no validity period.
pub(super) fn is_of_validity(error: &str) -> bool {
    matches!(error, "CMS 198" | "CMS 199")
}

impl Message {
    /// Nobody knows whether this part left.
    pub(super) fn doubt(&mut self, place: usize) {
        let once_more = self.class.is_sent_again() && !self.again;
        self.parts[place].state = if once_more { State::Queued } else { State::Unknown };
        self.again |= once_more;
        if !once_more {
            self.hint = hint(DOUBTED);
        }
    }

    /// What a bearer was given is no SUBMIT that anybody could send.
    pub(in crate::sms) fn cannot_be_written(&mut self) {
        self.parts
            .iter_mut()
            .filter(|part| part.state == State::Submitting)
            .for_each(|part| part.state = State::Failed);
        self.hint = hint(UNWRITABLE);
    }

    fn refuse(&mut self, place: usize, error: &SubmitError, class: Retry, word: Word, now: Time) {
        let words = words_of(error);
        let before = self.parts[place].error.replace(words.clone());
        self.parts[place].state = State::Queued;
        self.hint = hint(word);
        // Another SIM may send it, so it is not the message's fault and does not count.
        if class == Retry::StopPort {
            return;
        }
        // Without the validity period it may pass at once.
        if is_of_validity(&words) && before.as_deref().is_none_or(|before| !is_of_validity(before)) {
            return;
        }
        let tries = usize::from(self.tries);
        self.tries = self.tries.saturating_add(1);
        let is_over = match class {
            Retry::Never => true,
            Retry::Reset => self.tries > RESETS_MAX,
            _ => self.tries > TRIES_MAX || tries > 0 && is_of_protocol(error),
        };
        let soon: &[u64] = if class == Retry::Later { &[] } else { &SOON_S };
        let last = LATER_S[LATER_S.len() - 1];
        let pause_s = soon.iter().chain(&LATER_S).nth(tries).copied().unwrap_or(last);
        self.not_before = now.plus(Duration::from_secs(pause_s));
        if is_over {
            // A text without its middle is worth nothing: what has not left stays.
            self.set_waiting(State::Failed);
        } else if self.not_before >= self.expires {
            self.set_waiting(State::Expired);
        }
    }
}

/// RP causes of a broken dialogue: once may be chance, twice is the message.
fn is_of_protocol(error: &SubmitError) -> bool {
    matches!(error, SubmitError::Cms(81 | 95..=99 | 111))
}

/// A code as rows, figures and people name it.
pub fn words_of(error: &SubmitError) -> String {
    match error {
        SubmitError::Cms(code) => format!("CMS {code}"),
        SubmitError::Cme(code) => format!("CME {code}"),
        SubmitError::Text(text) => text.clone(),
    }
}
