//! Messages out and in, and the modems.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::super::message::{Request, Response};
use super::body::{Body, cursor, limit};
use super::{Api, ok};
use crate::error::{Error, Result};
use crate::number::Number;
use crate::sections::context::record;
use crate::sites::enterprise;
use crate::sms::outbox::{self, Class, Message, Wanted};
use crate::sms::{inbox, parts};
use crate::store::{Never, Record, Records, Table};
use crate::words;

/// Which message an idempotency key made, and a print of what was asked.
#[derive(Serialize, Deserialize)]
struct Key {
    id: u64,
    asked: String,
}

record!(Key, Meta);

const WEEK_S: u64 = 7 * 24 * 3600;

impl Api {
    pub(super) async fn send_message(&self, request: &Request) -> Result<Response> {
        let body = Body::of(request, &["to", "text", "class", "site", "expires_s", "key"])?;
        let to = Number::parse(body.must("to")?).filter(|n| n.as_str().len() >= 5);
        let to = to.ok_or_else(|| Error::invalid("to", words::WRONG_PHONE.en))?;
        let text = body.must("text")?.to_owned();
        if parts::segments(&text) > outbox::SEGMENTS_MAX {
            return Err(Error::invalid("text", format!("more than {} segments", outbox::SEGMENTS_MAX)));
        }
        let class = class_of(body.text("class")?)?;
        let site = Some(body.text("site")?.to_owned()).filter(|s| !s.is_empty());
        if let Some(slug) = &site {
            enterprise::enterprise(&self.store, slug).map_err(|_| Error::invalid("site", "there is no such site"))?;
        }
        let validity = body.number("expires_s", 1..=WEEK_S)?.map_or(outbox::DEFAULT_VALIDITY, Duration::from_secs);
        let key = body.text("key")?.to_owned();
        if key.len() > 100 {
            return Err(Error::invalid("key", "at most 100 characters"));
        }
        let now = self.clock.now();
        let asked = format!("{to} {class:?} {site:?} {text}");
        let (id, message) = self
            .store
            .write(move |tx| {
                let at = format!("key/{key}").into_bytes();
                if !key.is_empty()
                    && let Some(known) = tx.get::<Key>(&at)?
                {
                    if known.asked != asked {
                        return Err(Error::Conflict(format!("key {key} was used for another message")));
                    }
                    let message = tx.get::<Message>(&outbox::key(known.id))?.ok_or(Error::Gone)?;
                    return Ok((known.id, message));
                }
                let (to, site) = (&to, site.as_deref());
                let wanted = Wanted { to, from: None, class, site, text: &text, now, validity };
                let (id, message) = outbox::queue(tx, &wanted, outbox::State::Queued)?;
                if !key.is_empty() {
                    tx.put(&at, &Key { id, asked })?;
                }
                Ok((id, message))
            })
            .await?;
        self.sms.queued(class, id);
        Ok(ok(202, &json!({ "id": id.to_string(), "state": message.state().name() })))
    }

    pub(super) fn message(&self, id: &str) -> Result<Response> {
        let number: u64 = id.parse().map_err(|_| Error::NotFound)?;
        let message: Message = self.store.get(&outbox::key(number))?.ok_or(Error::NotFound)?;
        let parts: Vec<_> = message
            .parts
            .iter()
            .map(|p| json!({ "state": p.state.name(), "reference": p.reference, "error": p.error }))
            .collect();
        let class = serde_json::to_value(message.class).map_err(Error::internal)?;
        Ok(ok(
            200,
            &json!({
                "id": id, "to": message.to, "class": class, "state": message.state().name(), "site": message.site,
                "segments": message.parts.len(), "parts": parts, "hint": message.hint,
            }),
        ))
    }

    pub(super) fn inbox(&self, query: &[(String, String)]) -> Result<Response> {
        let after = cursor(query)?;
        let rows: Vec<(Vec<u8>, inbox::Inbound)> = self.store.scan(b"", Some(&inbox::key(after)), limit(query)?)?;
        let next = rows.last().and_then(|(key, _)| inbox::id_of(key)).unwrap_or(after);
        let items: Vec<_> = rows
            .iter()
            .map(|(key, row)| {
                let raw: String = row.raw.iter().map(|b| format!("{b:02x}")).collect();
                json!({
                    "id": inbox::id_of(key).unwrap_or_default().to_string(), "from": row.from, "to": row.to,
                    "text": row.text, "received": row.received.rfc3339(), "site": row.site,
                    "partial": row.partial, "raw": raw,
                })
            })
            .collect();
        Ok(ok(200, &json!({ "items": items, "next": next.to_string() })))
    }

    pub(super) fn modems(&self) -> Response {
        let health = self.sms.health();
        let items: Vec<_> = health
            .iter()
            .map(|m| json!({ "name": m.name, "number": m.number, "state": format!("{:?}", m.state) }))
            .collect();
        ok(200, &json!({ "items": items }))
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
