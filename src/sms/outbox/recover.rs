//! After a start: what was on its way is in doubt, what waits waits on, and what was sent lately still counts.

use serde::{Deserialize, Serialize};

use super::settle::DOUBTED;
use super::{Message, State, hint, keep};
use crate::clock::Time;
use crate::error::Result;
use crate::sections::context::record;
use crate::store::{Never, Record, Records, Store, Table};

/// Rows read at one time.
const CHUNK: usize = 256;

/// What a start finds: each row once, the oldest first.
pub enum Found<'a> {
    /// Something of it is to be sent.
    Open(u64, &'a Message),
    /// It has left: reports may come, and it counts against the rates.
    Sent(u64, &'a Message),
}

/// Shows every row to `found`; those in doubt are settled before. `has_left` says of a part that a bearer was given whether
/// its Ctrl-Z was about to be written, where that is known for certain. If it was, the modem had it but for the few
/// milliseconds of the line: even a reply would come twice then, and is not sent again.
///
/// Where the store lost its thread (it came from a backup, or lost commits), what waits may have been sent long ago, and
/// is in doubt too.
pub fn recover(
    store: &Store,
    now: Time,
    has_left: impl Fn(&str, u64, u8) -> Option<bool>,
    mut found: impl FnMut(Found<'_>),
) -> Result<()> {
    let epoch = store.epoch();
    let known = store.get::<Epoch>(EPOCH)?;
    let all = known.as_ref().is_some_and(|known| known.epoch != epoch);
    let mut after: Option<Vec<u8>> = None;
    loop {
        let rows: Vec<(Vec<u8>, Message)> = store.scan(b"", after.as_deref(), CHUNK)?;
        let Some((last, _)) = rows.last() else { break };
        after = Some(last.clone());
        let mut changed = Vec::new();
        for (at, mut message) in rows {
            let Some(id) = super::super::inbox::id_of(&at) else { continue };
            let has_left = |by: &str, part| if all { None } else { has_left(by, id, part) };
            if message.settle_start(all, has_left) {
                changed.push((id, message.clone()));
            }
            found(if message.is_open() { Found::Open(id, &message) } else { Found::Sent(id, &message) });
        }
        if !changed.is_empty() {
            store.write_blocking(move |tx| changed.iter().try_for_each(|(id, message)| keep(tx, *id, message, now)))?;
        }
    }
    // Last, so that a start that is cut off before it doubts again.
    if known.is_none_or(|known| known.epoch != epoch) {
        store.write_blocking(move |tx| tx.put(EPOCH, &Epoch { epoch }))?;
    }
    Ok(())
}

impl Message {
    /// Decides what becomes of the parts that were being submitted, or of `all` that wait. Whether there was one.
    fn settle_start(&mut self, all: bool, has_left: impl Fn(&str, u8) -> Option<bool>) -> bool {
        let (was, mut doubtful, mut changed) = (self.again, Vec::new(), false);
        for (place, part) in self.parts.iter_mut().enumerate() {
            let in_hand = part.state == State::Submitting;
            let by = part.by.as_deref().unwrap_or_default();
            match in_hand.then(|| has_left(by, place as u8)).flatten() {
                Some(false) => (part.state, changed) = (State::Queued, true),
                Some(true) => {
                    (part.state, changed) = (State::Unknown, true);
                    self.hint = hint(DOUBTED);
                }
                None if in_hand || all && part.state == State::Queued => doubtful.push(place),
                None => {}
            }
        }
        for place in &doubtful {
            // One doubt for the whole message, not one a part.
            self.again = was;
            self.doubt(*place);
        }
        changed || !doubtful.is_empty()
    }
}

/// The life of the journal in which the queue was last looked through.
#[derive(Serialize, Deserialize)]
struct Epoch {
    epoch: u64,
}

const EPOCH: &[u8] = b"sms/epoch";

record!(Epoch, Meta);
