//! The API's text messages on the SMS room: the joint between `web::api` and `sms`.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{callbacks, modems};
use crate::clock::{Clock, Reading};
use crate::error::{Error, Result};
use crate::message::{Request, Response};
use crate::modem::trace::{Detail, Exchange, Trace};
use crate::retention::{Sweep, archived};
use crate::sections::context::record;
use crate::sites::House;
use crate::sms::card::{self, Card};
use crate::sms::fields::Ports;
use crate::sms::outbox::{self, Class, Message, Wanted};
use crate::sms::parts::Kind;
use crate::sms::push::{self, Pushes, Told, Wish};
use crate::sms::queue::Choice;
use crate::sms::{Sms, events, inbox};
use crate::store::{Never, Record, Records, Store, Table, Tx};
use crate::wap;
use crate::wap::push::{Execute, Indication, Signal};
use crate::web::api::texts::{self, Content, Later, Order, Sent, Texts, Which};
use crate::web::router::Mount;
use crate::web::serve::Answering;
use crate::words::Lang;

pub struct Joint {
    pub sms: Arc<Sms>,
    pub store: Store,
    pub clock: Clock,
    /// Of a message that names none.
    pub validity: Duration,
    /// The switches of the modems' logs.
    pub traces: Vec<Trace>,
    pub house: Arc<House>,
    pub pushes: Pushes,
}

/// Which message an idempotency key made, and what was asked for with it.
#[derive(Serialize, Deserialize)]
struct Key {
    id: u64,
    asked: String,
    /// The text behind a push.
    #[serde(default)]
    follows: Option<u64>,
}

record!(Key, Meta);

const KEYS: &str = "key/";
/// A program that was down over a long weekend may still ask again.
const KEY_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// Messages read at once, and looked through for one page of a listing.
const BATCH: usize = 200;
const LOOKED_THROUGH: usize = 5_000;

/// For the hourly sweep: a key is as old as its message.
pub fn sweep(sweep: &mut Sweep) -> Result<()> {
    let clock = sweep.clock.clone();
    sweep.delete::<Key>(KEYS.as_bytes(), move |read, key| {
        let message: Option<Message> = read.get(&outbox::key(key.id))?;
        Ok(message.is_none_or(|message| clock.age(message.made) > KEY_KEPT))
    })
}

impl Joint {
    /// Why a message is not there.
    fn gone(&self, id: u64) -> Result<Error> {
        let archived = archived(&self.store, Table::Outbox)?.last >= outbox::key(id);
        Ok(if archived { Error::Gone } else { Error::NotFound })
    }
}

impl Texts for Joint {
    fn send(&self, order: Order) -> Later<'_, Sent> {
        Box::pin(async move {
            let class = class_of(&order.class)?;
            if self.sms.is_full() {
                return Err(Error::Busy);
            }
            let reading = self.clock.reading();
            let (pushes, base, validity) = (self.pushes, self.house.url.clone(), self.validity);
            let with = Place { pushes, base, validity, reading };
            let (id, message, follows) = self.store.write(move |tx| place(tx, &order, class, &with)).await?;
            self.sms.queued(id, &message);
            // The text behind a push.
            self.sms.look()?;
            Ok(Sent { id: id.to_string(), state: message.state().name(), follows: follows.map(|id| id.to_string()) })
        })
    }

    fn message(&self, id: u64) -> Result<texts::Message> {
        match self.store.get::<Message>(&outbox::key(id))? {
            Some(message) => Ok(message_of(id, message, &self.sms)),
            None => Err(self.gone(id)?),
        }
    }

    fn messages(&self, which: &Which, after: u64, limit: usize) -> Result<(Vec<texts::Message>, u64)> {
        let (mut found, mut last, mut seen) = (Vec::new(), after, 0);
        while found.len() < limit && seen < LOOKED_THROUGH {
            let batch: Vec<(Vec<u8>, Message)> = self.store.scan(b"", Some(&outbox::key(last)), BATCH)?;
            seen += BATCH;
            let ended = batch.len() < BATCH;
            for (key, message) in batch {
                if found.len() == limit {
                    return Ok((found, last));
                }
                let Some(id) = inbox::id_of(&key) else { continue };
                last = id;
                let is_of = |name: &String| message.state().name() == name;
                if which.state.as_ref().is_none_or(is_of)
                    && which.to.as_ref().is_none_or(|to| *to == message.to)
                    && (which.site.is_none() || which.site == message.site)
                {
                    found.push(message_of(id, message, &self.sms));
                }
            }
            if ended {
                break;
            }
        }
        Ok((found, last))
    }

    fn events(&self, after: u64, limit: usize) -> Result<Vec<Value>> {
        let found = events::after(&self.store, after, limit)?;
        found.iter().map(|(id, event)| super::events::told(&self.store, &self.sms, *id, event)).collect()
    }

    fn inbox(&self, after: u64, limit: usize) -> Result<Vec<texts::Inbound>> {
        let rows: Vec<(Vec<u8>, inbox::Inbound)> = self.store.scan(b"", Some(&inbox::key(after)), limit)?;
        let shown = |(key, row): (Vec<u8>, inbox::Inbound)| Some(text_of(inbox::id_of(&key)?, row));
        Ok(rows.into_iter().filter_map(shown).collect())
    }

    fn archived(&self) -> Result<u64> {
        Ok(inbox::id_of(&archived(&self.store, Table::Inbox)?.last).unwrap_or(0))
    }

    fn modems(&self, lang: Lang) -> Vec<texts::Modem> {
        modems::all(&self.sms, lang)
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

    fn backlog(&self, lang: Lang) -> texts::Backlog {
        modems::backlog(&self.sms, self.clock.now(), lang)
    }

    fn look(&self) -> Result<()> {
        self.sms.look()
    }

    fn queue(&self, after: u64, limit: usize) -> Result<Vec<texts::Waiting>> {
        let shown = |(id, message): (u64, Message)| texts::Waiting {
            expires: message.expires.rfc3339(),
            not_before: message.not_before.rfc3339(),
            tries: message.tries,
            message: message_of(id, message, &self.sms),
        };
        Ok(self.sms.page(after, limit)?.into_iter().map(shown).collect())
    }

    fn hold(&self, on: bool, choice: texts::Choice) -> Later<'_, texts::Held> {
        Box::pin(async move {
            let class = waiting_class(&choice.class)?;
            let hold = match on {
                true => self.sms.hold_back(class, choice.site).await?,
                false => self.sms.release(class, choice.site).await?,
            };
            Ok(modems::held(hold))
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

/// A class of the queue, where replies are too; nothing named means all.
fn waiting_class(name: &str) -> Result<Option<Class>> {
    if name.is_empty() {
        return Ok(None);
    }
    let wrong = || Error::invalid("class", "reply, code, transactional, care or bulk");
    Class::of_name(name).map(Some).ok_or_else(wrong)
}

/// A text as the API shows it.
pub fn text_of(id: u64, row: inbox::Inbound) -> texts::Inbound {
    texts::Inbound {
        id: id.to_string(),
        from: row.from,
        to: row.to,
        text: row.text,
        received: row.received.rfc3339(),
        site: row.site,
        partial: row.partial,
        raw: row.raw.iter().map(|b| format!("{b:02x}")).collect(),
    }
}

/// A message as the API shows it.
pub fn message_of(id: u64, message: Message, sms: &Sms) -> texts::Message {
    let (state, hint, segments) = (sms.state_of(&message).name(), sms.hint_of(&message), message.parts.len());
    let part = |p: outbox::Part| texts::Part { state: p.state.name(), reference: p.reference, error: p.error };
    texts::Message {
        id: id.to_string(),
        to: message.to,
        class: message.class.name(),
        kind: kind_of(&message.kind),
        state,
        site: message.site,
        text: message.text,
        made: message.made.rfc3339(),
        segments,
        parts: message.parts.into_iter().map(part).collect(),
        hint,
    }
}

fn kind_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Flash => "flash",
        Kind::Replace(_) => "replace",
        Kind::Ports { ports, .. } if ports.destination == wap::push::DESTINATION => "push",
        Kind::Ports { ports, .. } if *ports == card::PORTS => "card",
        Kind::Ports { .. } => "data",
    }
}

/// What a message is placed with.
struct Place {
    pushes: Pushes,
    base: String,
    /// Of a message that names none.
    validity: Duration,
    reading: Reading,
}

/// Queues what is ordered; a key that is known answers with what it made.
fn place(tx: &mut Tx, order: &Order, class: Class, with: &Place) -> Result<(u64, Message, Option<u64>)> {
    let Order { to, from, text, content, site, validity, wait, key, callback, .. } = order;
    let mut asked = format!("{to} {class:?} {site:?} {text}");
    // As it was written before there were other kinds.
    if *content != Content::Text {
        asked.push_str(&format!(" {content:?}"));
    }
    let at = format!("{KEYS}{key}").into_bytes();
    if !key.is_empty()
        && let Some(known) = tx.get::<Key>(&at)?
    {
        if known.asked != asked {
            return Err(Error::Conflict(format!("key {key} was used for another message")));
        }
        let message = tx.get::<Message>(&outbox::key(known.id))?.ok_or(Error::Gone)?;
        return Ok((known.id, message, known.follows));
    }
    let now = with.reading.now;
    let validity = validity.unwrap_or(with.validity) + *wait;
    let wanted = Wanted { to, from: from.as_ref(), class, site: site.as_deref(), text, now, validity };
    let mut made = queue(tx, wanted, content, with)?;
    for (id, message) in &mut made {
        if !wait.is_zero() {
            message.not_before = message.not_before.plus(*wait);
            outbox::keep(tx, *id, message, now)?;
        }
    }
    let follows = made.get(1).map(|(id, _)| *id);
    let (id, message) = made.swap_remove(0);
    if let Some(callback) = callback {
        callbacks::keep(tx, id, callback)?;
    }
    if !key.is_empty() {
        tx.put(&at, &Key { id, asked, follows })?;
    }
    Ok((id, message, follows))
}

/// One message, and perhaps the text behind a push.
fn queue(tx: &mut Tx, wanted: Wanted, content: &Content, with: &Place) -> Result<Vec<(u64, Message)>> {
    let kind = match content {
        Content::Text => Kind::Text,
        Content::Flash => Kind::Flash,
        Content::Replace(number) => Kind::Replace(*number),
        Content::Data { destination, source, octets } => {
            Kind::Ports { ports: Ports { destination: *destination, source: *source }, octets: octets.clone() }
        }
        Content::Card(texts::Card { phone, org, title, email, url }) => {
            let [name, phone, org, title, email, url] = [wanted.text, phone, org, title, email, url].map(str::to_owned);
            let card = Card { name, phone, org, title, email, url };
            return Ok(vec![card::queue(tx, &Wanted { text: &card.text(), ..wanted }, &card)?]);
        }
        Content::Push { url, id, action } => {
            if !action.is_empty() && !is_action(action) {
                return Err(Error::invalid("push.action", ACTIONS));
            }
            let trust = with.reading.trust;
            let wish = Wish { wanted, url, id, action, trust, base: &with.base };
            return push::send(tx, &with.pushes, &wish);
        }
    };
    Ok(vec![outbox::queue_kind(tx, &wanted, kind, None)?])
}

const ACTIONS: &str =
    "signal-none, signal-low, signal-medium, signal-high, delete, execute-low, execute-high or execute-cache";

fn is_action(name: &str) -> bool {
    Signal::ALL.iter().any(|(known, _)| *known == name) || Execute::ALL.iter().any(|(known, _)| *known == name)
}

/// How pushes are made: `sms` decides whether, `wap` knows how.
pub fn pushes(tries: u8) -> Pushes {
    let ports = Ports { destination: wap::push::DESTINATION, source: wap::push::SOURCE };
    Pushes { tries, ports, compile }
}

fn compile(told: &Told) -> Vec<u8> {
    if let Some((_, execute)) = Execute::ALL.into_iter().find(|(name, _)| *name == told.action) {
        return wap::push::of_loading(told.number, told.url, execute);
    }
    let signal = Signal::ALL.into_iter().find(|(name, _)| *name == told.action).map(|(_, signal)| signal);
    let &Told { url, text, id, created, expires, .. } = told;
    let signal = signal.unwrap_or_default();
    wap::push::of_indication(told.number, &Indication { href: url, text, id, signal, created, expires })
}

/// The addresses in pushes: who asks for one is led on, and the handset is known to open such things.
pub fn marks(store: &Store, sms: &Arc<Sms>, clock: &Clock) -> Mount {
    let (store, sms, clock) = (store.clone(), Arc::clone(sms), clock.clone());
    let answer = move |request: Request| -> Answering {
        let (store, sms, now) = (store.clone(), Arc::clone(&sms), clock.now());
        Box::pin(async move {
            let mark = request.path().strip_prefix(push::PATH).unwrap_or_default().to_owned();
            let found = match request.method.as_str() {
                "GET" => store.write(move |tx| push::opened(tx, &mark, now)).await,
                // Machines that look whether an address is good have not opened it.
                _ => return Response::text(405, "use GET").with("allow", "GET"),
            };
            let to = found.unwrap_or_else(|error| {
                log::error!("the address of a push: {error}");
                None
            });
            if let Err(error) = sms.look() {
                log::error!("the queue cannot be looked at: {error}");
            }
            // One that is too old leads to the portal.
            Response::text(302, "")
                .with("location", to.unwrap_or_else(|| "/".to_owned()))
                .with("cache-control", "no-store")
        })
    };
    Mount { prefix: push::PATH, answer: Arc::new(answer) }
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
