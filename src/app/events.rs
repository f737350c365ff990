//! What happened, as programs are told it: the JSON of one event, the same by webhook and by `GET /api/v1/events`, and the
//! lanes of the webhooks. Not here: how it is told and told again (`hooks`), and Kannel's way (`app::callbacks`).

use std::sync::Arc;

use serde_json::{Value, json};

use super::texts::{message_of, text_of};
use crate::config::{self, Secret};
use crate::error::{Error, Result};
use crate::hooks::{Call, Client, Event, Lane, Source};
use crate::sms::Sms;
use crate::sms::events::{self, What};
use crate::sms::inbox;
use crate::sms::outbox::{self, Message};
use crate::store::{Records, Store};

/// Events that are looked through at once.
const BATCH: usize = 100;

/// One event. What it is of may be in the archive by then: its number still says which it was.
pub fn told(store: &Store, sms: &Sms, id: u64, event: &events::Event) -> Result<Value> {
    let mut told = json!({ "id": id.to_string(), "box": store.box_id(), "at": event.at.rfc3339() });
    match event.what {
        What::Text { id } => {
            let text: Option<inbox::Inbound> = store.get(&inbox::key(id))?;
            told["event"] = "text".into();
            told["text"] = shown(&text.map(|text| text_of(id, text)))?;
        }
        What::Report { id, state } => {
            let message: Option<Message> = store.get(&outbox::key(id))?;
            told["event"] = "report".into();
            told["state"] = state.name().into();
            told["message"] = shown(&message.map(|message| message_of(id, message, sms)))?;
        }
    }
    Ok(told)
}

fn shown(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(Error::internal)
}

/// A webhook's lane.
pub fn lane(hook: &config::Webhook, store: &Store, sms: &Arc<Sms>) -> Result<Lane> {
    let config::Webhook { url, secret, events, site, .. } = hook.clone();
    let source = Webhook { store: store.clone(), sms: Arc::clone(sms), url, secret, events, site };
    Ok(Lane {
        name: hook.name.clone(),
        source: Box::new(source),
        client: Client::new(hook.ca.as_deref())?,
        give_up: hook.give_up,
    })
}

struct Webhook {
    store: Store,
    sms: Arc<Sms>,
    url: String,
    secret: Option<Secret>,
    events: Vec<&'static str>,
    site: Option<String>,
}

impl Source for Webhook {
    fn next(&self, after: u64) -> Result<Option<Event>> {
        next(&self.store, after, |id, event| {
            let told = told(&self.store, &self.sms, id, event)?;
            let is_wanted = self.events.iter().any(|name| told["event"] == *name);
            let site = [&told["text"]["site"], &told["message"]["site"]].into_iter().find_map(Value::as_str);
            let is_ours = self.site.is_none() || self.site.as_deref() == site;
            let call = || Call { url: self.url.clone(), body: Some(told.to_string()), secret: self.secret.clone() };
            Ok((is_wanted && is_ours).then(call))
        })
    }

    fn last(&self) -> Result<u64> {
        events::last(&self.store)
    }
}

/// The first event after `after` that `call` makes a call of, or the last one that it was asked about.
pub fn next(
    store: &Store,
    after: u64,
    call: impl Fn(u64, &events::Event) -> Result<Option<Call>>,
) -> Result<Option<Event>> {
    let mut last = None;
    for (id, event) in events::after(store, after, BATCH)? {
        let call = call(id, &event)?;
        let is_found = call.is_some();
        last = Some(Event { id, at: event.at, call });
        if is_found {
            break;
        }
    }
    Ok(last)
}

/// Everybody who is told something: the webhooks, and the programs that speak to us as to Kannel.
pub fn lanes(config: &config::Config, store: &Store, sms: &Arc<Sms>) -> Result<Vec<Lane>> {
    let hooks = config.webhooks.iter().map(|hook| lane(hook, store, sms));
    let users = config.sendsms.iter().map(|user| super::callbacks::lane(&user.username, store));
    hooks.chain(users).collect()
}
