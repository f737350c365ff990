//! Status reports: what became of a message that has left (3GPP TS 23.040, 9.2.2.3 and 9.2.3.15).
//!
//! A report names the recipient and the TP-MR that the SIM gave the part, an octet that comes round again. It is matched
//! within one bearer, by the end of the number (networks drop or add the country), to the part that left nearest to the
//! time that the service centre names. One that comes before its part's answer, or whose answer was lost, is kept and met
//! later. Everything here runs inside the transaction that stores it; the bearer is told afterwards.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::outbox::{self, Message, Part, State};
use super::pdu::{Fate, StatusReport};
use crate::clock::{Reading, Time};
use crate::error::Result;
use crate::sections::context::record;
use crate::store::{Never, Record, Records, Table, Tx};
use crate::words::Word;

/// Service centres keep a message for three days at most in practice, and report it then at the latest.
pub const WINDOW: Duration = Duration::from_secs(3 * 24 * 3600);
/// Parts whose report is awaited; of more the oldest are given up: their state stays "submitted".
const AWAITED_MAX: usize = 100_000;
/// Parts to one person that one report may be of.
const LOOKED_AT: usize = 64;
/// Digits that all spellings of a number have in common: without country and trunk prefix.
const TAIL: usize = 7;

/// A report whose part is not known yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unmatched {
    pub reference: u8,
    pub recipient: String,
    pub status: u8,
    pub sent: Option<Time>,
    pub came: Time,
}

record!(Unmatched, Meta);

pub const UNMATCHED: &[u8] = b"report/";

/// The parts that a report may still come for; in memory, made anew at each start. 16 octets each.
#[derive(Debug, Default)]
pub struct Awaited(BTreeSet<(u64, u64)>);

impl Awaited {
    pub fn add(&mut self, by: &str, to: &str, id: u64, part: u8) {
        self.0.insert((place(by, to), id << 8 | u64::from(part)));
        if self.0.len() > AWAITED_MAX {
            let mut ids: Vec<u64> = self.0.iter().map(|(_, part)| *part).collect();
            let (_, middle, _) = ids.select_nth_unstable(AWAITED_MAX / 2);
            let middle = *middle;
            self.0.retain(|(_, part)| *part >= middle);
        }
    }

    /// After a start: the parts of a message that has left.
    pub fn add_all(&mut self, id: u64, message: &Message, clock: &Reading) {
        for (n, part) in (0..).zip(&message.parts) {
            let is_awaited = matches!(part.state, State::Submitted | State::Unknown);
            if let (true, Some(by), Some(sent)) = (is_awaited, &part.by, part.sent)
                && clock.age(sent) < WINDOW
            {
                self.add(by, message.to.as_str(), id, n);
            }
        }
    }

    /// The newest first.
    fn of(&self, by: &str, to: &str) -> Vec<(u64, u8)> {
        let place = place(by, to);
        let all = self.0.range((place, 0)..=(place, u64::MAX)).rev();
        all.take(LOOKED_AT).map(|(_, part)| (part >> 8, (part & 0xff) as u8)).collect()
    }

    fn forget(&mut self, by: &str, to: &str, id: u64, part: u8) {
        self.0.remove(&(place(by, to), id << 8 | u64::from(part)));
    }
}

/// What a report did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    Delivered,
    Failed,
    /// Not final, or nothing new.
    Noted,
    /// Kept for its part.
    Unmatched,
}

/// Stores a report with what it changes.
pub fn take(tx: &mut Tx, awaited: &mut Awaited, by: &str, report: &StatusReport, clock: &Reading) -> Result<Reported> {
    let recipient = report.recipient.to_string();
    let kept = Unmatched {
        reference: report.reference,
        recipient: recipient.clone(),
        status: report.status,
        sent: report.sent.time(),
        came: clock.now,
    };
    let mut found: Vec<(u64, u8, Message)> = Vec::new();
    for (id, part) in awaited.of(by, &recipient) {
        if let Some(message) = tx.get::<Message>(&outbox::key(id))?
            && is_same_number(message.to.as_str(), &recipient)
            && message.parts.get(usize::from(part)).is_some_and(|p| p.by.as_deref() == Some(by))
        {
            found.push((id, part, message));
        }
    }
    let part_of = |(_, part, message): &(u64, u8, Message)| message.parts[usize::from(*part)].clone();
    let by_reference = found.iter().filter(|one| part_of(one).reference == Some(report.reference));
    // Of two with one reference, the one that left when the service centre says it did; the newest if it does not say.
    let apart = |one: &&(u64, u8, Message)| {
        let sent = part_of(one).sent.unwrap_or_default();
        kept.sent.map_or(Duration::ZERO, |stamp| stamp.since(sent).max(sent.since(stamp)))
    };
    let mut best = by_reference.min_by_key(apart).map(|(id, part, _)| (*id, *part));
    if best.is_none() {
        // The answer with its reference was lost: the report says that it left. The first part of several.
        let nameless = |one: &&(u64, u8, Message)| {
            let part = part_of(one);
            part.reference.is_none() && matches!(part.state, State::Unknown | State::Submitted)
        };
        best = found.iter().filter(nameless).map(|(id, part, _)| (*id, *part)).min();
    }
    let Some((id, part)) = best else {
        tx.put(&unmatched_key(by, &recipient, report.reference), &kept)?;
        return Ok(Reported::Unmatched);
    };
    let Some(mut message) = tx.get::<Message>(&outbox::key(id))? else { return Ok(Reported::Noted) };
    let reported = apply(&mut message, part, &kept);
    if reported != Reported::Noted {
        awaited.forget(by, message.to.as_str(), id, part);
    }
    outbox::keep(tx, id, &message, clock.now)?;
    Ok(reported)
}

/// A part has its outcome: a report that was there first is met, otherwise one is awaited. `None`: none was there.
pub fn meet(
    tx: &mut Tx,
    awaited: &mut Awaited,
    by: &str,
    (id, part): (u64, u8),
    message: &mut Message,
    clock: &Reading,
) -> Result<Option<Reported>> {
    let to = message.to.clone();
    let own = message.parts[usize::from(part)].clone();
    let prefix = unmatched_prefix(by, to.as_str());
    // Of a message without an answer any report to this person will do, if it came since it was handed over.
    let kept: Vec<(Vec<u8>, Unmatched)> = match own.reference {
        Some(reference) => {
            let key = unmatched_key(by, to.as_str(), reference);
            tx.get::<Unmatched>(&key)?.map(|kept| (key, kept)).into_iter().collect()
        }
        None => tx.scan(&prefix, None, LOOKED_AT)?,
    };
    let since = own.sent.map_or(Duration::MAX, |sent| clock.age(sent));
    let fits = |kept: &Unmatched| clock.age(kept.came) <= since && is_same_number(to.as_str(), &kept.recipient);
    let Some((key, kept)) = kept.into_iter().find(|(_, kept)| fits(kept)) else {
        awaited.add(by, to.as_str(), id, part);
        return Ok(None);
    };
    tx.delete::<Unmatched>(&key)?;
    let reported = apply(message, part, &kept);
    if reported == Reported::Noted {
        awaited.add(by, to.as_str(), id, part);
    }
    outbox::keep(tx, id, message, clock.now)?;
    Ok(Some(reported))
}

fn apply(message: &mut Message, part: u8, report: &Unmatched) -> Reported {
    let Part { state, reference, error, .. } = &mut message.parts[usize::from(part)];
    *reference = Some(report.reference);
    let said = format!("ST {:02X}", report.status);
    match Fate::of(report.status) {
        // The centre passed it on and cannot know, or put another in its place: it has left, no more is known.
        Fate::Done if matches!(report.status, 0x01 | 0x02) => {
            (*state, *error) = (State::Submitted, Some(said));
            message.hint = outbox::hint(hint_of(report.status));
            Reported::Noted
        }
        Fate::Done => {
            (*state, *error) = (State::Delivered, None);
            if message.state() == State::Delivered {
                message.hint.clear();
            }
            Reported::Delivered
        }
        // A phone that has it keeps it, whatever comes later.
        _ if *state == State::Delivered => Reported::Noted,
        Fate::Trying => {
            (*state, *error) = (State::Submitted, Some(said));
            message.hint = outbox::hint(hint_of(report.status));
            Reported::Noted
        }
        Fate::Failed | Fate::GaveUp => {
            (*state, *error) = (State::Failed, Some(said));
            message.hint = outbox::hint(hint_of(report.status));
            Reported::Failed
        }
    }
}

/// The same number in the national and the international form.
fn is_same_number(one: &str, other: &str) -> bool {
    let (one, other) = (digits(one), digits(other));
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    short == long || short.len() >= TAIL && long.ends_with(short)
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

fn tail(number: &str) -> String {
    let digits = digits(number);
    digits[digits.len().saturating_sub(TAIL)..].to_owned()
}

fn place(by: &str, to: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (by, tail(to)).hash(&mut hasher);
    hasher.finish()
}

fn unmatched_prefix(by: &str, to: &str) -> Vec<u8> {
    format!("report/{by}/{}/", tail(to)).into_bytes()
}

fn unmatched_key(by: &str, to: &str, reference: u8) -> Vec<u8> {
    format!("report/{by}/{}/{reference:02x}", tail(to)).into_bytes()
}

/// What a TP-ST means for a person.
fn hint_of(status: u8) -> Word {
    match status {
        0x01 => {
            Word::new("网络已转交，但不能确认对方收到", "The network has passed it on and cannot say whether it came")
        }
        0x02 => Word::new("被短信中心后来的一条取代", "The service centre has put a later one in its place"),
        0x20..=0x3F => {
            Word::new("对方手机暂时收不到，网络还在试", "The phone cannot take it now; the network still tries")
        }
        0x41 => Word::new("对方手机不支持这种短信", "The phone cannot take messages of this form"),
        0x40 | 0x43 | 0x45 => {
            Word::new("号码不存在、停机或不能收短信", "The number does not exist, is closed or takes no texts")
        }
        0x46 => Word::new(
            "有效期内对方一直没有开机或没有信号",
            "The phone was off or without a network until the message's time was up",
        ),
        0x47 | 0x48 => Word::new("短信中心删除了这条短信", "The service centre has deleted it"),
        0x49 => Word::new("短信中心不认识这条短信", "The service centre does not know it"),
        0x42 | 0x63 => Word::new("对方手机或网络拒收", "The phone or its network refuses it"),
        0x62 => Word::new("对方手机没有回应，网络已放弃", "The phone did not answer; the network has given up"),
        0x60..=0x7F => Word::new(
            "网络暂时送不到，已放弃，可以再发",
            "The network could not deliver it and gave up; it may be sent again",
        ),
        _ => Word::new("网络送不到这个号码", "The network cannot deliver to this number"),
    }
}
