//! What goes out: the rows, their states, and which message a bearer gets next.
//!
//! A row is `submitting` on disk before its Ctrl-Z is written, for one message a bearer at most; what was in doubt when
//! the power went is `unknown`, and only a reply or a code is sent once more.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::bearer::{Outcome, Outgoing, Retry, SubmitError};
use super::optout;
use super::parts::{self, segments};
use super::session::{self, Session};
use crate::clock::{Reading, Time, Trust};
use crate::error::{Error, Result};
use crate::number::Number;
use crate::page::fit::Mark;
use crate::page::text::{self, Room};
use crate::sections::context::{Address, Telling, record};
use crate::store::{Never, Record, Records, Store, Table, Tx};
use crate::words::{Lang, Word};

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
    pub error: Option<String>,
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
    pub tries: u8,
    /// What a person should do about it.
    pub hint: String,
}

record!(Message, Outbox);

impl Message {
    pub fn state(&self) -> State {
        self.parts.iter().map(|p| p.state).min().unwrap_or(State::Failed)
    }

    /// Whether a bearer still has something to do for it.
    pub fn is_open(&self) -> bool {
        self.parts.iter().any(|p| p.state == State::Queued)
    }

    /// Decides what becomes of the parts that nobody knows of whether they went: those being submitted, or `all` that
    /// wait. `false` when there is none.
    fn settle_doubt(&mut self, all: bool) -> bool {
        let is_doubtful = |p: &Part| p.state == State::Submitting || all && p.state == State::Queued;
        if !self.parts.iter().any(is_doubtful) {
            return false;
        }
        let again = matches!(self.class, Class::Reply | Class::Code) && self.tries == 0;
        self.parts.iter_mut().filter(|p| is_doubtful(p)).for_each(|p| {
            p.state = if again { State::Queued } else { State::Unknown };
        });
        self.tries = self.tries.saturating_add(1);
        true
    }

    /// With its times as this clock reads them, which may have been set since.
    pub(super) fn seen_by(mut self, clock: &Reading) -> Message {
        let made = clock.right(self.made);
        let moved = |t: Time| Time(t.0.saturating_add(made.0.saturating_sub(self.made.0)));
        (self.expires, self.not_before) = (moved(self.expires), self.not_before.min(moved(self.not_before)));
        self.made = made;
        self
    }

    /// Gives the parts that no bearer has taken yet another state.
    pub(super) fn set_waiting(&mut self, state: State) {
        self.parts.iter_mut().filter(|p| p.state == State::Queued).for_each(|p| p.state = state);
    }

    fn set_open(&mut self, state: State) {
        self.parts
            .iter_mut()
            .filter(|p| matches!(p.state, State::Queued | State::Submitting))
            .for_each(|p| p.state = state);
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
/// Pauses after a failure that may pass.
const BACK_OFF_S: [u64; 6] = [2, 10, 60, 300, 900, 1800];
/// A text longer than this is a mistake; carriers take at most 8 to 10 parts.
pub const SEGMENTS_MAX: usize = 10;

/// Queues a message; opted-out pushes become `suppressed` at once and again when they would leave.
pub fn queue(tx: &mut Tx, wanted: &Wanted, state: State) -> Result<(u64, Message)> {
    let count = segments(wanted.text);
    if count > SEGMENTS_MAX {
        return Err(Error::invalid("text", format!("{count} segments, at most {SEGMENTS_MAX}")));
    }
    let id = tx.next_id("outbox")?;
    let pushed = !matches!(wanted.class, Class::Reply | Class::Code);
    let state = if pushed && !optout::may_push(tx, wanted.to, wanted.site)? { State::Suppressed } else { state };
    let message = Message {
        to: wanted.to.clone(),
        from: wanted.from.cloned(),
        class: wanted.class,
        site: wanted.site.map(str::to_owned),
        text: wanted.text.to_owned(),
        reference: (tx.next_id("reference")? & 0xff) as u8,
        parts: vec![Part { state, reference: None, error: None }; count.max(1)],
        made: wanted.now,
        expires: wanted.now.plus(wanted.validity),
        not_before: wanted.now,
        tries: 0,
        hint: String::new(),
    };
    tx.put(&key(id), &message)?;
    Ok((id, message))
}

/// The SUBMITs of the parts that are still to go.
pub fn outgoing(id: u64, message: &Message, now: Time) -> Vec<Outgoing> {
    let validity = Some(message.expires.since(now)).filter(|v| !v.is_zero());
    let submits = parts::submits(&message.to, &message.text, message.reference, validity, false);
    let open = |n: usize| message.parts.get(n).is_some_and(|p| matches!(p.state, State::Queued | State::Submitting));
    submits
        .iter()
        .enumerate()
        .filter(|(n, _)| open(*n))
        .filter_map(|(n, submit)| Some(Outgoing { id, part: n as u8, tpdu: submit.emit().ok()? }))
        .collect()
}

/// What became of one part. `Some` when the message has parts that wait to be sent again.
pub fn settle(tx: &mut Tx, id: u64, part: u8, outcome: &Outcome, now: Time) -> Result<Option<Class>> {
    let Some(mut message) = tx.get::<Message>(&key(id))? else { return Ok(None) };
    let class = message.class;
    let tries = message.tries;
    let Some(part) = message.parts.get_mut(usize::from(part)) else { return Ok(None) };
    let pause = |n: u8| Duration::from_secs(BACK_OFF_S[usize::from(n).min(BACK_OFF_S.len() - 1)]);
    match outcome {
        Outcome::Submitted { reference } => {
            (part.state, part.reference, part.error) = (State::Submitted, Some(*reference), None);
        }
        Outcome::NotSent => {
            part.state = State::Queued;
            // A modem that takes nothing must not be asked in a circle.
            message.not_before = now.plus(pause(0));
        }
        Outcome::Unknown if matches!(class, Class::Reply | Class::Code) && tries == 0 => {
            part.state = State::Queued;
            message.tries = 1;
        }
        Outcome::Unknown => part.state = State::Unknown,
        Outcome::Refused { error, class, hint } => {
            part.error = Some(words_of(error));
            message.hint = self::hint(*hint);
            let may_pass = *class != Retry::Never && usize::from(tries) < BACK_OFF_S.len();
            part.state = if may_pass { State::Queued } else { State::Failed };
            if !may_pass {
                // A text without its middle is worth nothing: what has not left stays.
                message.set_open(State::Failed);
            }
            message.tries = tries.saturating_add(1);
            message.not_before = now.plus(pause(tries));
        }
    }
    tx.put(&key(id), &message)?;
    Ok(message.is_open().then_some(message.class))
}

/// In both languages: who reads it is not known.
pub fn hint(word: Word) -> String {
    format!("{} {}", word.zh, word.en)
}

fn words_of(error: &SubmitError) -> String {
    match error {
        SubmitError::Cms(code) => format!("CMS {code}"),
        SubmitError::Cme(code) => format!("CME {code}"),
        SubmitError::Text(text) => text.clone(),
    }
}

/// The numbers of messages that wait, in the order in which they leave. In memory: the rows are the truth.
#[derive(Default)]
pub struct Queue(Mutex<BTreeSet<(Class, u64)>>);

impl Queue {
    pub fn add(&self, class: Class, id: u64) {
        self.lock().insert((class, id));
    }

    pub fn waiting(&self) -> Vec<(Class, u64)> {
        self.lock().iter().copied().collect()
    }

    pub fn remove(&self, class: Class, id: u64) {
        self.lock().remove(&(class, id));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<(Class, u64)>> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The next message that `bearer`'s number may send now, marked as submitting in this transaction. What has expired or
/// was opted out meanwhile is settled on the way. `later` is when to look again.
pub fn claim(tx: &mut Tx, waiting: &[(Class, u64)], number: Option<&Number>, clock: &Reading) -> Result<Claim> {
    let (mut claim, now) = (Claim::default(), clock.now);
    for (class, id) in waiting {
        let Some(message) = tx.get::<Message>(&key(*id))?.filter(Message::is_open) else {
            claim.done.push((*class, *id));
            continue;
        };
        let mut message = message.seen_by(clock);
        let pushed = !matches!(class, Class::Reply | Class::Code);
        let end = if message.expires <= now && clock.knows_age(message.made) {
            Some(State::Expired)
        } else if pushed && !optout::may_push(tx, &message.to, message.site.as_deref())? {
            Some(State::Suppressed)
        } else {
            None
        };
        if let Some(end) = end {
            message.set_open(end);
            tx.put(&key(*id), &message)?;
            claim.done.push((*class, *id));
            continue;
        }
        if waits_for_time(*class, clock.trust) {
            continue;
        }
        if message.not_before > now {
            claim.later = Some(claim.later.map_or(message.not_before, |t| t.min(message.not_before)));
            continue;
        }
        // A reply leaves by the number that was texted.
        if message.from.is_some() && number.is_some() && message.from.as_ref() != number {
            continue;
        }
        message.set_open(State::Submitting);
        tx.put(&key(*id), &message)?;
        claim.taken = Some((*class, *id, message));
        break;
    }
    Ok(claim)
}

#[derive(Default)]
pub struct Claim {
    pub taken: Option<(Class, u64, Message)>,
    pub done: Vec<(Class, u64)>,
    pub later: Option<Time>,
}

/// After a start: what was in doubt is `unknown`, a reply or code goes out once more; then all that waits. Where the
/// store lost its thread (it came from a backup, or lost commits), what waits may have been sent long ago, and is in
/// doubt too.
pub fn recover(store: &Store) -> Result<Vec<(Class, u64)>> {
    let epoch = store.epoch();
    let known = store.get::<Epoch>(EPOCH)?;
    let all = known.as_ref().is_some_and(|known| known.epoch != epoch);
    let mut waiting = Vec::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let batch: Vec<(Vec<u8>, Message)> = store.scan(b"", after.as_deref(), 256)?;
        let Some((last, _)) = batch.last() else { break };
        after = Some(last.clone());
        for (key, mut message) in batch {
            let Some(id) = std::str::from_utf8(&key).ok().and_then(|k| k.parse().ok()) else { continue };
            if message.settle_doubt(all) {
                let changed = message.clone();
                store.write_blocking(move |tx| tx.put(&key, &changed))?;
            }
            if message.is_open() {
                waiting.push((message.class, id));
            }
        }
    }
    // Last, so that a start that is cut off before it doubts again.
    if known.is_none_or(|known| known.epoch != epoch) {
        store.write_blocking(move |tx| tx.put(EPOCH, &Epoch { epoch }))?;
    }
    Ok(waiting)
}

/// The life of the journal in which the queue was last looked through.
#[derive(Serialize, Deserialize)]
struct Epoch {
    epoch: u64,
}

const EPOCH: &[u8] = b"sms/epoch";

record!(Epoch, Meta);

pub fn key(id: u64) -> Vec<u8> {
    format!("{id:020}").into_bytes()
}

/// How to reach a texter again: the two numbers.
pub fn address(phone: &Number, ours: Option<&Number>) -> Address {
    Address(format!("{phone} {}", ours.map_or("", Number::as_str)).into_bytes())
}

fn read_address(address: &Address) -> Option<(Number, Option<Number>)> {
    let text = std::str::from_utf8(&address.0).ok()?;
    let (phone, ours) = text.split_once(' ')?;
    Some((Number::parse(phone)?, Number::parse(ours)))
}

/// A page as a message to a person who texted once: `sections::Tell` for this channel.
pub fn tell(tx: &mut Tx, telling: &Telling) -> Result<()> {
    let Some((phone, ours)) = read_address(telling.to) else { return Ok(()) };
    let company = crate::sites::enterprise::enterprise(tx, telling.site)?;
    let mut page = telling.page.clone();
    page.up = None;
    let room = Room { max: SEGMENTS_MAX, cost: &segments, first_no: 1 };
    let screen = text::text(&page, Mark::default(), &room).text;
    // The company says who it is, and its code opens its site: the footer of a screen would mean another page.
    let body = screen.rsplit_once('\n').map_or(screen.as_str(), |(body, _footer)| body);
    let tail = crate::words::CODE_OPENS.with(page.lang, &[&company.code]);
    let sign = if page.lang == Lang::Zh {
        format!("【{}】", company.short_name)
    } else {
        format!("{}: ", company.short_name)
    };
    let text = format!("{sign}{body}\n{tail}");
    let wanted = Wanted {
        to: &phone,
        from: ours.as_ref(),
        class: Class::Transactional,
        site: Some(telling.site),
        text: &text,
        now: telling.now,
        validity: DEFAULT_VALIDITY,
    };
    queue(tx, &wanted, State::Queued)?;
    // An opt-out without a name means who wrote last.
    let at = session::key(&phone, ours.as_ref());
    if let Some(mut session) = tx.get::<Session>(&at)? {
        session.site = Some(telling.site.to_owned());
        tx.put(&at, &session)?;
    }
    Ok(())
}
