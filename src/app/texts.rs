//! The API's text messages on the SMS room: the joint between `web::api` and `sms`.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Time};
use crate::error::{Error, Result};
use crate::modem::trace::{Detail, Exchange, Trace};
use crate::retention::{Sweep, archived};
use crate::sections::context::record;
use crate::sms::bearer::{Facts, Failure, Reports, State};
use crate::sms::outbox::{self, Class, Message, Wanted};
use crate::sms::pool::Hold;
use crate::sms::queue::Choice;
use crate::sms::{Sms, inbox};
use crate::store::{Never, Record, Records, Store, Table};
use crate::web::api::texts::{self, Later, Order, Sent, Texts};
use crate::words::Lang;

pub struct Joint {
    pub sms: Arc<Sms>,
    pub store: Store,
    pub clock: Clock,
    /// Of a message that names none.
    pub validity: Duration,
    /// The switches of the modems' logs.
    pub traces: Vec<Trace>,
    pub lang: Lang,
}

/// Which message an idempotency key made, and what was asked for with it.
#[derive(Serialize, Deserialize)]
struct Key {
    id: u64,
    asked: String,
}

record!(Key, Meta);

const KEYS: &str = "key/";
/// A program that was down over a long weekend may still ask again.
const KEY_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// For the hourly sweep: a key is as old as its message.
pub fn sweep(sweep: &mut Sweep) -> Result<()> {
    let clock = sweep.clock.clone();
    sweep.delete::<Key>(KEYS.as_bytes(), move |read, key| {
        let message: Option<Message> = read.get(&outbox::key(key.id))?;
        Ok(message.is_none_or(|message| clock.age(message.made) > KEY_KEPT))
    })
}

impl Texts for Joint {
    fn send(&self, order: Order) -> Later<'_, Sent> {
        Box::pin(async move {
            let class = class_of(&order.class)?;
            if self.sms.is_full() {
                return Err(Error::Busy);
            }
            let (now, default_validity) = (self.clock.now(), self.validity);
            let (id, message) = self
                .store
                .write(move |tx| {
                    let Order { to, text, site, validity, key, .. } = &order;
                    let asked = format!("{to} {class:?} {site:?} {text}");
                    let at = format!("{KEYS}{key}").into_bytes();
                    if !key.is_empty()
                        && let Some(known) = tx.get::<Key>(&at)?
                    {
                        if known.asked != asked {
                            return Err(Error::Conflict(format!("key {key} was used for another message")));
                        }
                        return Ok((known.id, tx.get::<Message>(&outbox::key(known.id))?.ok_or(Error::Gone)?));
                    }
                    let validity = validity.unwrap_or(default_validity);
                    let wanted = Wanted { to, from: None, class, site: site.as_deref(), text, now, validity };
                    let (id, message) = outbox::queue(tx, &wanted, None)?;
                    if !key.is_empty() {
                        tx.put(&at, &Key { id, asked })?;
                    }
                    Ok((id, message))
                })
                .await?;
            self.sms.queued(id, &message);
            Ok(Sent { id: id.to_string(), state: message.state().name() })
        })
    }

    fn message(&self, id: u64) -> Result<texts::Message> {
        let Some(message) = self.store.get::<Message>(&outbox::key(id))? else {
            let archived = archived(&self.store, Table::Outbox)?.last >= outbox::key(id);
            return Err(if archived { Error::Gone } else { Error::NotFound });
        };
        Ok(self.shown(id, message))
    }

    fn inbox(&self, after: u64, limit: usize) -> Result<Vec<texts::Inbound>> {
        let rows: Vec<(Vec<u8>, inbox::Inbound)> = self.store.scan(b"", Some(&inbox::key(after)), limit)?;
        let shown = |(key, row): (Vec<u8>, inbox::Inbound)| {
            Some(texts::Inbound {
                id: inbox::id_of(&key)?.to_string(),
                from: row.from,
                to: row.to,
                text: row.text,
                received: row.received.rfc3339(),
                site: row.site,
                partial: row.partial,
                raw: row.raw.iter().map(|b| format!("{b:02x}")).collect(),
            })
        };
        Ok(rows.into_iter().filter_map(shown).collect())
    }

    fn archived(&self) -> Result<u64> {
        Ok(inbox::id_of(&archived(&self.store, Table::Inbox)?.last).unwrap_or(0))
    }

    fn modems(&self) -> Vec<texts::Modem> {
        let shown = |m: crate::sms::Health| {
            let (state, ready) = (m.state.name(), matches!(m.state, State::Ready { .. }));
            let (operator, signal, why) = match m.state {
                State::Ready { operator, signal, .. } => (operator, signal, String::new()),
                State::Lost { why } => (None, None, why),
                _ => (None, None, String::new()),
            };
            let left = |(window, left): (&'static str, Option<u32>)| Some((window, left?));
            let left = m.left.into_iter().filter_map(left).collect();
            let stopped = m.stopped.unwrap_or_default();
            let facts = shown_facts(m.facts, self.lang);
            texts::Modem { name: m.name, number: m.number, state, why, ready, operator, signal, stopped, left, facts }
        };
        self.sms.health().into_iter().map(shown).collect()
    }

    fn modem_log(&self, name: &str, after: u64) -> Result<texts::ModemLog> {
        let trace = self.traces.iter().find(|trace| trace.name() == name).ok_or(Error::NotFound)?;
        let detail = match trace.detail() {
            Detail::Off => "off",
            Detail::Masked => "masked",
            Detail::Whole => "whole",
        };
        let shown =
            |line: Exchange| texts::ModemLine { id: line.number.to_string(), at: line.at.rfc3339(), text: line.text };
        Ok(texts::ModemLog { detail, items: trace.after(after).into_iter().map(shown).collect() })
    }

    fn keep_modem_log(&self, name: &str, whole: bool, long: Duration) -> Result<texts::ModemLog> {
        let trace = self.traces.iter().find(|trace| trace.name() == name).ok_or(Error::NotFound)?;
        let detail = match (long.is_zero(), whole) {
            (true, _) => Detail::Off,
            (false, true) => Detail::Whole,
            (false, false) => Detail::Masked,
        };
        trace.set(detail, long);
        self.modem_log(name, u64::MAX)
    }

    fn waiting(&self) -> usize {
        self.sms.waiting()
    }

    fn oldest(&self) -> Result<Option<Time>> {
        self.sms.oldest()
    }

    fn look(&self) -> Result<()> {
        self.sms.look()
    }

    fn queue(&self, after: u64, limit: usize) -> Result<Vec<texts::Waiting>> {
        let shown = |(id, message): (u64, Message)| texts::Waiting {
            made: message.made.rfc3339(),
            expires: message.expires.rfc3339(),
            not_before: message.not_before.rfc3339(),
            tries: message.tries,
            message: self.shown(id, message),
        };
        Ok(self.sms.page(after, limit)?.into_iter().map(shown).collect())
    }

    fn held(&self) -> texts::Held {
        held(self.sms.hold())
    }

    fn hold(&self, on: bool, choice: texts::Choice) -> Later<'_, texts::Held> {
        Box::pin(async move {
            let class = waiting_class(&choice.class)?;
            let hold = match on {
                true => self.sms.hold_back(class, choice.site).await?,
                false => self.sms.release(class, choice.site).await?,
            };
            Ok(held(hold))
        })
    }

    fn purge(&self, choice: texts::Choice) -> Later<'_, u64> {
        Box::pin(async move {
            let class = waiting_class(&choice.class)?;
            self.sms.purge(Choice { class, site: choice.site, older_than: choice.older_than }).await
        })
    }

    fn cancel(&self, id: u64) -> Later<'_, ()> {
        Box::pin(self.sms.cancel(id))
    }
}

impl Joint {
    fn shown(&self, id: u64, message: Message) -> texts::Message {
        let (state, hint) = (self.sms.state_of(&message).name(), self.sms.hint_of(&message));
        let part = |p: outbox::Part| texts::Part { state: p.state.name(), reference: p.reference, error: p.error };
        texts::Message {
            id: id.to_string(),
            to: message.to,
            class: message.class.name(),
            state,
            site: message.site,
            segments: message.parts.len(),
            parts: message.parts.into_iter().map(part).collect(),
            hint,
        }
    }
}

fn held(hold: Hold) -> texts::Held {
    texts::Held { all: hold.all, classes: hold.classes.iter().map(|class| class.name()).collect(), sites: hold.sites }
}

/// A class of the queue, where replies are too; nothing named means all.
fn waiting_class(name: &str) -> Result<Option<Class>> {
    if name.is_empty() {
        return Ok(None);
    }
    let wrong = || Error::invalid("class", "reply, code, transactional, care or bulk");
    Class::of_name(name).map(Some).ok_or_else(wrong)
}

fn shown_facts(facts: Facts, lang: Lang) -> texts::ModemFacts {
    let failure = |f: Failure| texts::ModemFailure {
        error: f.error,
        count: f.count,
        last: f.last.rfc3339(),
        hint: f.hint.say(lang).to_owned(),
    };
    let reports = match facts.reports {
        Reports::Off => "off",
        Reports::Direct => "direct",
        Reports::Stored => "stored",
    };
    let (slots_used, slots) = facts.slots.as_ref().map(|slots| (slots.used, slots.total)).unzip();
    texts::ModemFacts {
        maker: facts.maker,
        model: facts.model,
        firmware: facts.firmware,
        device: facts.device,
        card: facts.card,
        subscriber: facts.subscriber,
        centre: facts.centre,
        profile: facts.profile,
        proved: facts.is_proved,
        storage: facts.slots.map(|slots| slots.memory).unwrap_or_default(),
        slots_used,
        slots,
        announces: facts.announces,
        reports,
        last_contact: facts.last_contact.map(Time::rfc3339).unwrap_or_default(),
        losses: facts.losses,
        resets: facts.resets.into_iter().collect(),
        sent: facts.sent,
        in_doubt: facts.in_doubt,
        received: facts.received,
        failures: facts.failures.into_iter().map(failure).collect(),
        hint: facts.hint.map(|hint| hint.say(lang).to_owned()).unwrap_or_default(),
    }
}

fn class_of(name: &str) -> Result<Class> {
    match name {
        "" | "transactional" => Ok(Class::Transactional),
        "code" => Ok(Class::Code),
        "care" => Ok(Class::Care),
        "bulk" => Ok(Class::Bulk),
        _ => Err(Error::invalid("class", "transactional, code, care or bulk")),
    }
}
