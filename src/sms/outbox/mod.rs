//! What goes out: the rows and their states. Everything here is pure or inside one transaction.
//!
//! ```text
//! queued ──claimed──→ submitting ──+CMGS──→ submitted ──report──→ delivered
//!   │ ↑                  │  │                    ╰──report──→ failed
//!   │ ╰──may pass────────╯  ├──refused for good──→ failed
//!   │                       ╰──no answer──→ unknown (a reply or code: once more) ──report──→ delivered
//!   ╰──→ expired, cancelled, suppressed
//! ```
//! A row is `submitting` on disk before its Ctrl-Z is written, for one message a bearer at most. `settle` is what an
//! outcome makes of it, `recover` what a start does, `tell` a page as a message. Not here: which message goes next
//! and by which bearer (`pool`).

mod recover;
mod settle;
mod tell;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::bearer::{Outgoing, Witness};
use super::parts::{Kind, Sending};
use super::session::Session;
use super::{events, optout};
use crate::clock::{Reading, Time, Trust};
use crate::error::{Error, Result};
use crate::number::Number;
use crate::store::{Never, Record, Records, Table, Tx};
use crate::words::Word;

pub use self::recover::{Found, recover};
pub use self::settle::{Settled, settle, words_of};
pub use self::tell::{address, tell};

/// What a message is for; the order is the order in which they leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    Reply,
    Code,
    Transactional,
    Care,
    Bulk,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    // From the least advanced on: a message of several parts is what its last part is.
    Failed,
    Unknown,
    Expired,
    Cancelled,
    Suppressed,
    Queued,
    Submitting,
    Submitted,
    Delivered,
}

impl Class {
    pub const ALL: [Class; 5] = [Class::Reply, Class::Code, Class::Transactional, Class::Care, Class::Bulk];

    pub fn of_name(name: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Nobody asked for it: it stops at an opt-out, and is counted for each person.
    pub fn is_pushed(self) -> bool {
        !matches!(self, Class::Reply | Class::Code)
    }

    /// What may be sent a second time when nobody knows whether it left.
    pub fn is_sent_again(self) -> bool {
        !self.is_pushed()
    }

    pub fn name(self) -> &'static str {
        match self {
            Class::Reply => "reply",
            Class::Code => "code",
            Class::Transactional => "transactional",
            Class::Care => "care",
            Class::Bulk => "bulk",
        }
    }
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Failed => "failed",
            State::Unknown => "unknown",
            State::Expired => "expired",
            State::Cancelled => "cancelled",
            State::Suppressed => "suppressed",
            State::Queued => "queued",
            State::Submitting => "submitting",
            State::Submitted => "submitted",
            State::Delivered => "delivered",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub state: State,
    /// The TP-MR that the network gave it.
    pub reference: Option<u8>,
    /// What the network or a report said last against it.
    pub error: Option<String>,
    /// The bearer that got it last, and when.
    pub by: Option<String>,
    pub sent: Option<Time>,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub to: Number,
    /// The number it leaves by; any of ours when `None`.
    pub from: Option<Number>,
    pub class: Class,
    pub site: Option<String>,
    pub text: String,
    /// The reference in the header of its parts, the same through all tries.
    pub reference: u8,
    pub parts: Vec<Part>,
    pub made: Time,
    pub expires: Time,
    pub not_before: Time,
    /// How often it was refused.
    pub tries: u8,
    /// It was in doubt, or half sent by a SIM that was lost, and was sent again: that is done once.
    pub again: bool,
    /// What a person should do about it.
    pub hint: String,
    /// With octets for an application, `text` says what they are, for people.
    #[serde(default)]
    pub kind: Kind,
}

impl Record for Message {
    const TABLE: Table = Table::Outbox;
    const VERSION: u8 = 2;
    type Previous = First;

    fn migrate(old: First) -> Message {
        let part = |p: FirstPart| Part { state: p.state, reference: p.reference, error: p.error, by: None, sent: None };
        Message {
            to: old.to,
            from: old.from,
            class: old.class,
            site: old.site,
            text: old.text,
            reference: old.reference,
            parts: old.parts.into_iter().map(part).collect(),
            made: old.made,
            expires: old.expires,
            not_before: old.not_before,
            // It was one number for refusals and doubts.
            again: old.tries > 0,
            tries: old.tries,
            hint: old.hint,
            kind: Kind::Text,
        }
    }
}

/// The layout before parts knew who carried them.
#[derive(Serialize, Deserialize)]
pub struct First {
    to: Number,
    from: Option<Number>,
    class: Class,
    site: Option<String>,
    text: String,
    reference: u8,
    parts: Vec<FirstPart>,
    made: Time,
    expires: Time,
    not_before: Time,
    tries: u8,
    hint: String,
}

#[derive(Serialize, Deserialize)]
struct FirstPart {
    state: State,
    reference: Option<u8>,
    error: Option<String>,
}

impl Record for First {
    const TABLE: Table = Table::Outbox;
    const VERSION: u8 = 1;
    type Previous = Never;

    fn migrate(old: Never) -> First {
        match old {}
    }
}

impl Message {
    pub fn state(&self) -> State {
        self.parts.iter().map(|p| p.state).min().unwrap_or(State::Failed)
    }

    /// Whether a bearer still has something to do for it.
    pub fn is_open(&self) -> bool {
        self.parts.iter().any(|p| p.state == State::Queued)
    }

    /// How many parts wait.
    pub fn waiting(&self) -> usize {
        self.parts.iter().filter(|p| p.state == State::Queued).count()
    }

    /// A part has left already: the rest goes by the same number and is not held up, or the part was paid for in vain.
    pub fn is_begun(&self) -> bool {
        self.parts.iter().any(|p| matches!(p.state, State::Submitted | State::Delivered))
    }

    /// Whether its time is up, as far as that is known.
    pub fn is_late(&self, clock: &Reading) -> bool {
        self.expires <= clock.now && clock.knows_age(self.made)
    }

    /// With its times as this clock reads them, which may have been set since.
    pub fn seen_by(mut self, clock: &Reading) -> Message {
        let made = clock.right(self.made);
        let moved = |t: Time| Time(t.0.saturating_add(made.0.saturating_sub(self.made.0)));
        (self.expires, self.not_before) = (moved(self.expires), self.not_before.min(moved(self.not_before)));
        self.made = made;
        self
    }

    /// Gives the parts that no bearer has taken yet another state.
    pub fn set_waiting(&mut self, state: State) {
        self.parts.iter_mut().filter(|p| p.state == State::Queued).for_each(|p| p.state = state);
    }

    /// The parts that wait are this bearer's now. Half a text that another number has sent is sent by this one whole, once:
    /// a phone joins only what comes from one number.
    pub(super) fn give_to(&mut self, bearer: &str, number: Option<&Number>, now: Time) {
        let moves = self.is_begun() && self.from.is_some() && number.is_some() && self.from.as_ref() != number;
        if moves && !self.again {
            self.again = true;
            self.parts.iter_mut().for_each(|p| p.state = State::Queued);
        }
        for part in self.parts.iter_mut().filter(|p| p.state == State::Queued) {
            (part.state, part.by, part.sent) = (State::Submitting, Some(bearer.to_owned()), Some(now));
        }
        if self.parts.len() > 1 && number.is_some() {
            self.from = number.cloned();
        }
    }
}

/// Whether a message of this class waits until the clock is trusted: what nobody has asked for comes at a decent hour.
pub fn waits_for_time(class: Class, trust: Trust) -> bool {
    matches!(class, Class::Care | Class::Bulk) && trust < Trust::Network
}

/// What is asked to be sent.
pub struct Wanted<'a> {
    pub to: &'a Number,
    pub from: Option<&'a Number>,
    pub class: Class,
    pub site: Option<&'a str>,
    pub text: &'a str,
    pub now: Time,
    pub validity: Duration,
}

/// A reply is stale after a while; a message that nobody gave a time lives a day.
pub const REPLY_VALIDITY: Duration = Duration::from_secs(3600);
pub const DEFAULT_VALIDITY: Duration = Duration::from_secs(24 * 3600);
/// A text longer than this is a mistake; carriers take at most 8 to 10 parts.
pub const SEGMENTS_MAX: usize = 10;

/// Queues a text, already in a bearer's hands if `carrier` names one; opted-out pushes become `suppressed` at once and
/// again when they would leave.
pub fn queue(tx: &mut Tx, wanted: &Wanted, carrier: Option<&str>) -> Result<(u64, Message)> {
    queue_kind(tx, wanted, Kind::Text, carrier)
}

/// Queues a message of any kind.
pub fn queue_kind(tx: &mut Tx, wanted: &Wanted, kind: Kind, carrier: Option<&str>) -> Result<(u64, Message)> {
    let count = kind.segments(wanted.text);
    if count > SEGMENTS_MAX {
        return Err(Error::invalid("text", format!("{count} segments, at most {SEGMENTS_MAX}")));
    }
    let id = tx.next_id("outbox")?;
    let is_wanted = !wanted.class.is_pushed() || optout::may_push(tx, wanted.to, wanted.site)?;
    let state = match (is_wanted, carrier) {
        (false, _) => State::Suppressed,
        (true, Some(_)) => State::Submitting,
        (true, None) => State::Queued,
    };
    let sent = carrier.map(|_| wanted.now);
    let part = Part { state, reference: None, error: None, by: carrier.map(str::to_owned), sent };
    let from = match wanted.from {
        Some(from) => Some(from.clone()),
        None => known_number(tx, wanted.to)?,
    };
    let message = Message {
        to: wanted.to.clone(),
        from,
        class: wanted.class,
        site: wanted.site.map(str::to_owned),
        text: wanted.text.to_owned(),
        reference: (tx.next_id("reference")? & 0xff) as u8,
        parts: vec![part; count.max(1)],
        made: wanted.now,
        expires: wanted.now.plus(wanted.validity),
        not_before: wanted.now,
        tries: 0,
        again: false,
        hint: String::new(),
        kind,
    };
    keep(tx, id, &message, wanted.now)?;
    Ok((id, message))
}

/// Stores a message; what others may want to know of its state becomes an event in the same commit.
pub fn keep(tx: &mut Tx, id: u64, message: &Message, now: Time) -> Result<()> {
    let before = tx.get::<Message>(&key(id))?.map(|message| message.state());
    let state = message.state();
    let is_news = before != Some(state) && !matches!(state, State::Queued | State::Submitting);
    // Who texted has the answer in hand.
    if is_news && message.class != Class::Reply {
        // A report that overtook the modem's answer; some want to be told of the network's taking it alone.
        if state == State::Delivered && matches!(before, Some(State::Queued | State::Submitting)) {
            events::note(tx, now, events::What::Report { id, state: State::Submitted })?;
        }
        events::note(tx, now, events::What::Report { id, state })?;
    }
    tx.put(&key(id), message)
}

/// The number of ours that this person texted last: it is the one they know, and an answer to it is understood.
fn known_number(tx: &Tx, phone: &Number) -> Result<Option<Number>> {
    /// So many of our numbers one person knows at most.
    const NUMBERS: usize = 8;
    let prefix = format!("{phone}/");
    let talks: Vec<(Vec<u8>, Session)> = tx.scan(prefix.as_bytes(), None, NUMBERS)?;
    let last = talks.into_iter().max_by_key(|(_, session)| session.seen);
    Ok(last.and_then(|(key, _)| Number::parse(std::str::from_utf8(&key[prefix.len()..]).ok()?)))
}

/// The SUBMITs of the parts that a bearer was given, asking for a report of each if that makes sense.
pub fn outgoing(id: u64, message: &Message, now: Time, report: bool, witness: &Witness) -> Vec<Outgoing> {
    // A network that knows no validity period takes the message without (TP-FCS C6 and C7).
    let knows_validity = !message.parts.iter().any(|p| p.error.as_deref().is_some_and(settle::is_of_validity));
    let validity = Some(message.expires.since(now)).filter(|v| !v.is_zero() && knows_validity);
    let Message { to, kind, text, reference, .. } = message;
    let sending = Sending { to, kind, text, reference: *reference, validity, report, reject_duplicates: false };
    let submits = sending.submits();
    let given = |n: usize| message.parts.get(n).is_some_and(|p| p.state == State::Submitting);
    submits
        .iter()
        .enumerate()
        .filter(|(n, _)| given(*n))
        .filter_map(|(n, submit)| {
            Some(Outgoing { id, part: n as u8, tpdu: submit.emit().ok()?, witness: witness.clone() })
        })
        .collect()
}

/// In both languages: who reads it is not known.
pub fn hint(word: Word) -> String {
    format!("{} {}", word.zh, word.en)
}

pub fn key(id: u64) -> Vec<u8> {
    format!("{id:020}").into_bytes()
}
