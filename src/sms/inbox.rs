//! What comes in: decoded, known again when it comes twice, its parts joined; and the one transaction that stores it,
//! answers it and queues the answer.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::events;
use super::outbox::{self, Class, Message, Wanted};
use super::parts::{self, Key, Piece};
use super::pdu::Deliver;
use super::talk::{self, Heard, Manners};
use crate::clock::{Reading, Time};
use crate::error::{Error, Result};
use crate::number::Number;
use crate::sections::context::{SAME_TEXT, once, record};
use crate::sites::House;
use crate::store::{Never, Record, Records, Table, Tx};

/// A text as it came, complete or with a gap.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    /// A number, or letters, as the network gave it.
    pub from: String,
    pub to: Option<Number>,
    pub text: String,
    pub received: Time,
    /// The service centre's time stamp, if it was a time.
    pub stamped: Option<Time>,
    pub bearer: String,
    /// The site the sender was on afterwards.
    pub site: Option<String>,
    /// Parts are missing.
    pub partial: bool,
    /// Octets that were no text.
    #[serde(default)]
    pub raw: Vec<u8>,
    /// Tries that ended in a panic.
    #[serde(default)]
    pub panics: u8,
}

record!(Inbound, Inbox);

/// Parts that wait for the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    pub key: Key,
    pub to: Option<Number>,
    pub bearer: String,
    pub pieces: Vec<Piece>,
    pub first: Time,
    pub stamped: Option<Time>,
    /// The inbox row that shows what there is, once it was shown with a gap.
    pub shown: Option<u64>,
}

record!(Waiting, Part);

/// What the marks of texts that came begin with.
const MARKS: &[u8] = b"sms/";
/// Phones use a reference again within days at the earliest in practice; parts of one text are together long before.
pub(super) const PARTS_BELONG: Duration = Duration::from_secs(24 * 3600);

/// One TPDU from a bearer.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub bearer: String,
    pub ours: Option<Number>,
    pub tpdu: Vec<u8>,
    /// The box's clock when it came.
    pub clock: Reading,
    /// Whether the bearer can send the reply at once: the row is then `submitting` in the same commit.
    pub idle: bool,
}

/// What an arrival led to.
#[derive(Debug, Default)]
pub struct Accepted {
    /// The reply, if there is one: its row.
    pub reply: Option<(u64, Message)>,
    /// What was queued beside it.
    pub pushed: Vec<(u64, Message)>,
}

/// Stores one arrival and answers it, all in this transaction.
pub fn accept(house: &House, manners: &Manners, tx: &mut Tx, arrival: &Arrival) -> Result<Accepted> {
    let mut hash = Sha256::new();
    hash.update(&arrival.tpdu);
    let print: [u8; 32] = hash.finalize().into();
    // Sender, time stamp and text are all in the TPDU: the same octets are the same message.
    if !once(tx, &[MARKS, &print].concat(), arrival.clock.now, Some(SAME_TEXT))? {
        return Ok(Accepted::default());
    }
    let Ok(deliver) = Deliver::parse(&arrival.tpdu) else {
        quarantine(tx, arrival)?;
        return Ok(Accepted::default());
    };
    match Key::of(&deliver) {
        Some((key, piece)) => part(house, manners, tx, arrival, &deliver, key, piece, &print),
        None => {
            let Some(text) = deliver.text() else {
                quarantine(tx, arrival)?;
                return Ok(Accepted::default());
            };
            let row = row(arrival, deliver.from.to_string(), text, deliver.stamp.time());
            close(house, manners, tx, arrival, row, &print)
        }
    }
}

/// What is no text (settings, a picture message's notice, octets without sense) is kept whole and not answered.
fn quarantine(tx: &mut Tx, arrival: &Arrival) -> Result<()> {
    let mut row = row(arrival, String::new(), String::new(), None);
    row.raw.clone_from(&arrival.tpdu);
    put(tx, &row).map(drop)
}

fn row(arrival: &Arrival, from: String, text: String, stamped: Option<Time>) -> Inbound {
    Inbound {
        from,
        to: arrival.ours.clone(),
        text,
        received: arrival.clock.now,
        stamped,
        bearer: arrival.bearer.clone(),
        site: None,
        partial: false,
        raw: Vec::new(),
        panics: 0,
    }
}

fn put(tx: &mut Tx, row: &Inbound) -> Result<u64> {
    let id = tx.next_id("inbox")?;
    tx.put(&key(id), row)?;
    // What is no text is nobody's news.
    if row.raw.is_empty() {
        events::note(tx, row.received, events::What::Text { id })?;
    }
    Ok(id)
}

#[allow(clippy::too_many_arguments)]
fn part(
    house: &House,
    manners: &Manners,
    tx: &mut Tx,
    arrival: &Arrival,
    deliver: &Deliver,
    parts_key: Key,
    piece: Piece,
    print: &[u8],
) -> Result<Accepted> {
    let at = part_key(&parts_key);
    let clock = &arrival.clock;
    let known = tx.get::<Waiting>(&at)?.filter(|w| clock.now.since(clock.right(w.first)) < PARTS_BELONG);
    let mut waiting = known.unwrap_or_else(|| Waiting {
        key: parts_key.clone(),
        to: arrival.ours.clone(),
        bearer: arrival.bearer.clone(),
        pieces: Vec::new(),
        first: arrival.clock.now,
        stamped: deliver.stamp.time(),
        shown: None,
    });
    if !waiting.pieces.iter().any(|p| p.index == piece.index) {
        waiting.pieces.push(piece);
    }
    if !parts::missing(parts_key.total, &waiting.pieces).is_empty() {
        tx.put(&at, &waiting)?;
        return Ok(Accepted::default());
    }
    tx.delete::<Waiting>(&at)?;
    let text = parts::join(parts_key.total, &waiting.pieces, house.lang);
    // The text was shown with a gap and answered then: now it is whole.
    if let Some(id) = waiting.shown
        && let Some(mut shown) = tx.get::<Inbound>(&key(id))?
    {
        (shown.text, shown.partial) = (text, false);
        tx.put(&key(id), &shown)?;
        return Ok(Accepted::default());
    }
    let row = row(arrival, parts_key.sender.clone(), text, waiting.stamped);
    close(house, manners, tx, arrival, row, print)
}

/// Stores a text and answers it.
fn close(
    house: &House,
    manners: &Manners,
    tx: &mut Tx,
    arrival: &Arrival,
    mut row: Inbound,
    print: &[u8],
) -> Result<Accepted> {
    let Some(from) = Number::parse(&row.from) else {
        // Letters for a name: nobody to answer.
        put(tx, &row)?;
        return Ok(Accepted::default());
    };
    let heard = Heard {
        from: &from,
        to: row.to.as_ref(),
        text: &row.text,
        once: &print[..16],
        clock: &arrival.clock,
        gap: row.partial,
    };
    let said = talk::reply(house, manners, tx, &heard)?;
    let session: Option<super::session::Session> = tx.get(&super::session::key(&from, row.to.as_ref()))?;
    row.site = session.and_then(|s| s.site);
    put(tx, &row)?;
    let reply = reply(tx, &row, &from, said.reply.as_deref(), arrival.idle)?;
    Ok(Accepted { pushed: said.pushed, ..reply })
}

fn reply(tx: &mut Tx, row: &Inbound, from: &Number, text: Option<&str>, idle: bool) -> Result<Accepted> {
    let Some(text) = text else { return Ok(Accepted::default()) };
    let wanted = Wanted {
        to: from,
        from: row.to.as_ref(),
        class: Class::Reply,
        site: row.site.as_deref(),
        text,
        now: row.received,
        validity: outbox::REPLY_VALIDITY,
    };
    let queued = outbox::queue(tx, &wanted, idle.then_some(row.bearer.as_str()))?;
    Ok(Accepted { reply: Some(queued), pushed: Vec::new() })
}

/// Closes a text whose own closure failed: it is stored, and its sender gets one fixed sentence.
pub fn close_failed(house: &House, tx: &mut Tx, arrival: &Arrival, error: &Error) -> Result<Accepted> {
    once(tx, &[MARKS, &Sha256::digest(&arrival.tpdu)].concat(), arrival.clock.now, Some(SAME_TEXT))?;
    let Ok(deliver) = Deliver::parse(&arrival.tpdu) else {
        quarantine(tx, arrival)?;
        return Ok(Accepted::default());
    };
    let mut row = row(arrival, deliver.from.to_string(), deliver.text().unwrap_or_default(), deliver.stamp.time());
    row.panics = 1;
    put(tx, &row)?;
    let from = Number::parse(&row.from).filter(|n| n.is_person() && !house.numbers.has(n));
    match from {
        Some(from) => reply(tx, &row, &from, Some(&talk::sentence(error, house.lang)), arrival.idle),
        None => Ok(Accepted::default()),
    }
}

/// Texts with a gap that have waited long enough: each is stored and answered as it is. `Err(next)` is when to look again.
pub fn overdue(
    house: &House,
    manners: &Manners,
    tx: &mut Tx,
    clock: &Reading,
    wait: Duration,
) -> Result<(Vec<Accepted>, Option<Time>)> {
    let now = clock.now;
    let mut done = Vec::new();
    let mut next: Option<Time> = None;
    let all: Vec<(Vec<u8>, Waiting)> = tx.scan(b"", None, 1000)?;
    for (at, mut waiting) in all {
        let first = clock.right(waiting.first);
        if waiting.shown.is_some() {
            if now.since(first) >= PARTS_BELONG {
                tx.delete::<Waiting>(&at)?;
            }
            continue;
        }
        let due = first.plus(wait);
        if due > now {
            next = Some(next.map_or(due, |n| n.min(due)));
            continue;
        }
        let text = parts::join(waiting.key.total, &waiting.pieces, house.lang);
        let arrival = Arrival {
            bearer: waiting.bearer.clone(),
            ours: waiting.to.clone(),
            tpdu: Vec::new(),
            clock: clock.clone(),
            idle: false,
        };
        let mut row = row(&arrival, waiting.key.sender.clone(), text, waiting.stamped);
        row.partial = true;
        let print = Sha256::digest(&at);
        // The row gets the next number: read it back as the one that shows this text.
        done.push(close(house, manners, tx, &arrival, row, &print)?);
        waiting.shown = tx.scan_back::<Inbound>(b"", None, 1)?.first().and_then(|(k, _)| id_of(k));
        tx.put(&at, &waiting)?;
    }
    Ok((done, next))
}

pub fn key(id: u64) -> Vec<u8> {
    format!("{id:020}").into_bytes()
}

pub fn id_of(key: &[u8]) -> Option<u64> {
    std::str::from_utf8(key).ok()?.parse().ok()
}

fn part_key(key: &Key) -> Vec<u8> {
    format!("{}/{}/{}/{}", key.sender, key.reference, key.total, key.wide).into_bytes()
}
