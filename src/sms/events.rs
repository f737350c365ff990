//! What other programs are told of: a text that came, a message that got further. One row each, in the commit that made
//! it, so that nothing is told that is not kept and nothing is kept that is not told.
//!
//! Here is the order of what happened and nothing more: what a row says in full is read from the message or text that it
//! names. Not here: who is told (`crate::hooks`), and how it looks to them (`app::events`).

use serde::{Deserialize, Serialize};

use super::inbox;
use super::outbox::State;
use crate::clock::Time;
use crate::error::Result;
use crate::retention::Sweep;
use crate::sections::context::record;
use crate::store::{Never, Read, Record, Records, Table, Tx};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub at: Time,
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A text came: the row of the inbox.
    Text { id: u64 },
    /// A message got to this state: the row of the outbox.
    Report { id: u64, state: State },
}

record!(Event, Meta);

const EVENTS: &str = "event/";

pub fn note(tx: &mut Tx, at: Time, what: What) -> Result<()> {
    let id = tx.next_id("event")?;
    tx.put(&key(id), &Event { at, what })
}

/// Events after the row `after`, oldest first.
pub fn after(read: &dyn Read, after: u64, limit: usize) -> Result<Vec<(u64, Event)>> {
    let found: Vec<(Vec<u8>, Event)> = read.scan(EVENTS.as_bytes(), Some(&key(after)), limit)?;
    Ok(found.into_iter().filter_map(|(key, event)| Some((inbox::id_of(&key[EVENTS.len()..])?, event))).collect())
}

/// The number of the newest; 0 if there never was one.
pub fn last(read: &dyn Read) -> Result<u64> {
    let newest: Vec<(Vec<u8>, Event)> = read.scan_back(EVENTS.as_bytes(), None, 1)?;
    Ok(newest.first().and_then(|(key, _)| inbox::id_of(&key[EVENTS.len()..])).unwrap_or(0))
}

/// An event is over when the text or message that it is of goes to the archive.
pub(super) fn sweep(sweep: &mut Sweep) -> Result<()> {
    let (clock, keep) = (sweep.clock.clone(), sweep.keep);
    sweep.delete::<Event>(EVENTS.as_bytes(), move |_, event| Ok(clock.age(event.at) > keep))
}

fn key(id: u64) -> Vec<u8> {
    format!("{EVENTS}{id:020}").into_bytes()
}
