//! The addresses that programs written for Kannel want fetched when a message gets further: `dlr-url` with its escapes
//! (Kannel 1.4.5 user's guide, "Delivery reports"; what each escape becomes was recorded from the program itself, see
//! `tests/data/sendsms`). One lane for each user of `[[sendsms]]`.

use std::time::Duration;

use jiff::tz::TimeZone;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::events::next;
use crate::clock::Time;
use crate::error::Result;
use crate::hooks::{Call, Client, Event, Lane, Source};
use crate::retention::Sweep;
use crate::sections::context::record;
use crate::sms::events::{self, What};
use crate::sms::outbox::{self, Message, State};
use crate::store::{Never, Record, Records, Store, Table, Tx};
use crate::web::api::texts;

/// What a message's sender wants to be told, kept beside the message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Callback {
    user: String,
    url: String,
    mask: u8,
    account: String,
    smsc: String,
}

record!(Callback, Meta);

const CALLBACKS: &str = "dlr/";
/// A program that is down for two days asks for nothing older.
const GIVE_UP: Duration = Duration::from_secs(48 * 3600);

pub fn keep(tx: &mut Tx, id: u64, callback: &texts::Callback) -> Result<()> {
    let texts::Callback { user, url, mask, account, smsc } = callback.clone();
    tx.put(&key(id), &Callback { user, url, mask, account, smsc })
}

/// A callback goes with its message.
pub fn sweep(sweep: &mut Sweep) -> Result<()> {
    let store = sweep.store.clone();
    sweep.each::<Callback>(CALLBACKS.as_bytes(), None, |found| {
        let mut gone = Vec::new();
        for (at, _) in found {
            // The rest of the key is the message's.
            if store.get::<Message>(&at[CALLBACKS.len()..])?.is_none() {
                gone.push(at);
            }
        }
        if gone.is_empty() {
            return Ok(());
        }
        store.write_blocking(move |tx| gone.iter().try_for_each(|at| tx.delete::<Callback>(at)))
    })
}

pub fn lane(user: &str, store: &Store) -> Result<Lane> {
    let source = User { name: user.to_owned(), store: store.clone() };
    let name = format!("sendsms/{user}");
    Ok(Lane { name, source: Box::new(source), client: Client::new(None)?, give_up: GIVE_UP })
}

struct User {
    name: String,
    store: Store,
}

impl Source for User {
    fn next(&self, after: u64) -> Result<Option<Event>> {
        next(&self.store, after, |_, event| {
            let What::Report { id, state } = event.what else { return Ok(None) };
            let Some(callback) = self.store.get::<Callback>(&key(id))?.filter(|c| c.user == self.name) else {
                return Ok(None);
            };
            let Some(message) = self.store.get::<Message>(&outbox::key(id))? else { return Ok(None) };
            let value = value_of(state, &message).filter(|value| value & callback.mask != 0);
            let call = |value| Call { url: filled(&callback, value, id, &message, event.at), body: None, secret: None };
            Ok(value.map(call))
        })
    }

    fn last(&self) -> Result<u64> {
        events::last(&self.store)
    }
}

/// Kannel's bit for a state: 1 the phone has it, 2 it never will, 8 the network has it, 16 the network never had it.
/// What nobody knows of is not told.
fn value_of(state: State, message: &Message) -> Option<u8> {
    let has_left = message.parts.iter().any(|part| part.reference.is_some());
    match state {
        State::Delivered => Some(1),
        State::Failed | State::Expired if has_left => Some(2),
        State::Submitted => Some(8),
        State::Failed | State::Expired | State::Cancelled | State::Suppressed => Some(16),
        State::Unknown | State::Queued | State::Submitting => None,
    }
}

/// What Kannel leaves as it is in a value.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b':').remove(b'*');

/// The address with its escapes filled in; one that is not known stays as it is.
fn filled(callback: &Callback, value: u8, id: u64, message: &Message, at: Time) -> String {
    let ours = message.from.as_ref().map_or("", |number| number.as_str());
    let word = match value {
        8 => "ACK/",
        16 => "NACK/",
        _ => "",
    };
    let mut out = String::with_capacity(callback.url.len() + 64);
    let mut rest = callback.url.as_str();
    while let Some((before, behind)) = rest.split_once('%') {
        out.push_str(before);
        let Some(escape) = behind.chars().next() else {
            out.push('%');
            rest = "";
            break;
        };
        rest = &behind[escape.len_utf8()..];
        let text = match escape {
            'd' => value.to_string(),
            'T' => at.0.div_euclid(1000).to_string(),
            't' => at.civil(&TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            'p' | 'q' => message.to.as_str().to_owned(),
            'P' | 'Q' => ours.to_owned(),
            'i' => callback.smsc.clone(),
            'I' | 'F' => id.to_string(),
            'n' => callback.user.clone(),
            'o' => callback.account.clone(),
            'a' | 'A' | 'b' | 'k' => word.to_owned(),
            'c' | 'm' | 'M' => "-1".to_owned(),
            'C' => "UTF-8".to_owned(),
            'u' | 'B' | 'r' | 's' | 'S' | 'D' | 'f' => String::new(),
            '%' => {
                out.push('%');
                continue;
            }
            other => {
                out.extend(['%', other]);
                continue;
            }
        };
        let coded = utf8_percent_encode(&text, KEPT).to_string();
        out.push_str(&coded.replace("%20", "+"));
    }
    out.push_str(rest);
    out
}

fn key(id: u64) -> Vec<u8> {
    [CALLBACKS.as_bytes(), &outbox::key(id)].concat()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What Kannel 1.4.5 fetched for the same address, with its own number, name and time in place of ours.
    #[test]
    fn escapes_become_what_kannel_makes_of_them() {
        let callback = Callback {
            user: "erp".into(),
            url: "http://h/d?d=%d&T=%T&t=%t&p=%p&P=%P&i=%i&n=%n&a=%a&c=%c&C=%C&m=%m&o=%o&pc=%%&z=%z&x=%20%".into(),
            mask: 31,
            account: "a b".into(),
            smsc: "FAKE".into(),
        };
        let number = |text| crate::number::Number::parse(text).unwrap();
        let message = Message {
            to: number("+8613900139000"),
            from: Some(number("13013")),
            class: outbox::Class::Transactional,
            site: None,
            text: String::new(),
            reference: 0,
            parts: Vec::new(),
            made: Time(0),
            expires: Time(0),
            not_before: Time(0),
            tries: 0,
            again: false,
            hint: String::new(),
            kind: Default::default(),
        };
        assert_eq!(
            filled(&callback, 8, 7, &message, Time(1_795_360_146_000)),
            "http://h/d?d=8&T=1795360146&t=2026-11-22+15:09:06&p=%2B8613900139000&P=13013&i=FAKE&n=erp&a=ACK%2F&c=-1&C=UTF-8\
             &m=-1&o=a+b&pc=%&z=%z&x=%20%"
        );
    }
}
