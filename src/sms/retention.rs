//! Which of this room's records are over, for the hourly sweep. Not here: how they go (`crate::retention`).

use serde::Serialize;
use serde_json::{Value, json};

use super::inbox::{self, Inbound, PARTS_BELONG, Waiting};
use super::outbox::{self, Message, State};
use super::report::{UNMATCHED, Unmatched, WINDOW};
use super::session::Session;
use super::{events, push};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::retention::{Line, Sweep};
use crate::store::Records;

/// The archive's file of texts, in and out.
const TEXTS: &str = "texts";

pub fn sweep(sweep: &mut Sweep) -> Result<()> {
    let (clock, keep) = (sweep.clock.clone(), sweep.keep);
    let at = clock.clone();
    sweep.delete::<Session>(b"", move |_, session| Ok(at.age(session.seen) > keep))?;
    let at = clock.clone();
    // One that nobody has been shown yet is answered first, whatever its age.
    sweep.delete::<Waiting>(b"", move |_, parts| Ok(parts.shown.is_some() && at.age(parts.first) > PARTS_BELONG))?;
    let at = clock.clone();
    sweep.delete::<Unmatched>(UNMATCHED, move |_, report| Ok(at.age(report.came) > WINDOW))?;
    expire(sweep)?;
    events::sweep(sweep)?;
    push::sweep(sweep)?;
    sweep.archive::<Inbound>(b"", None, |key, text| {
        if clock.age(text.received) <= keep {
            return Ok(None);
        }
        let raw: String = text.raw.iter().map(|octet| format!("{octet:02x}")).collect();
        let mut value = line("in", key, text, &[("received", Some(text.received)), ("stamped", text.stamped)])?;
        value["raw"] = raw.into();
        Ok(Some(Line { kind: TEXTS, made: text.received, value }))
    })?;
    sweep.archive::<Message>(b"", None, |key, message| {
        if clock.age(message.made) <= keep || !is_closed(message) {
            return Ok(None);
        }
        let (made, expires) = (Some(message.made), Some(message.expires));
        let times = [("made", made), ("expires", expires), ("not_before", Some(message.not_before))];
        Ok(Some(Line { kind: TEXTS, made: message.made, value: line("out", key, message, &times)? }))
    })
}

/// A message whose time is up is not sent any more, also where no modem has asked for it.
fn expire(sweep: &Sweep) -> Result<()> {
    let (store, clock) = (sweep.store, sweep.clock.clone());
    let now = clock.now;
    let is_late = move |message: &Message| message.is_open() && message.clone().seen_by(&clock).expires <= clock.now;
    sweep.each::<Message>(b"", None, |found| {
        let late: Vec<Vec<u8>> = found.into_iter().filter(|(_, m)| is_late(m)).map(|(key, _)| key).collect();
        let is_late = is_late.clone();
        if late.is_empty() {
            return Ok(());
        }
        store.write_blocking(move |tx| {
            for key in late {
                if let Some(mut message) = tx.get::<Message>(&key)?.filter(&is_late) {
                    message.set_waiting(State::Expired);
                    let id = inbox::id_of(&key).unwrap_or_default();
                    outbox::keep(tx, id, &message, now)?;
                }
            }
            Ok(())
        })
    })
}

/// Whether nothing can happen to a message any more but a late report.
fn is_closed(message: &Message) -> bool {
    !message.parts.iter().any(|part| matches!(part.state, State::Queued | State::Submitting))
}

/// Every field of a record, also those that come later, with its number and with times that people can read.
fn line(way: &str, key: &[u8], record: &impl Serialize, times: &[(&str, Option<Time>)]) -> Result<Value> {
    let mut value = serde_json::to_value(record).map_err(Error::internal)?;
    value["way"] = way.into();
    value["id"] = json!(inbox::id_of(key));
    for (name, time) in times {
        value[*name] = json!(time.map(Time::rfc3339));
    }
    Ok(value)
}
