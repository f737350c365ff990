//! Messages out and in.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::super::message::{Request, Response};
use super::body::{Body, cursor, limit};
use super::texts::Order;
use super::{Api, ok};
use crate::error::{Error, Result};
use crate::number::Number;
use crate::sites::enterprise;
use crate::words;

const WEEK_S: u64 = 7 * 24 * 3600;
const KEY_CHARS: usize = 100;

impl Api {
    pub(super) async fn send_message(&self, request: &Request) -> Result<Response> {
        let body = Body::of(request, &["to", "text", "class", "site", "expires_s", "key"])?;
        let to = Number::parse(body.must("to")?).filter(|n| n.as_str().len() >= 5);
        let to = to.ok_or_else(|| Error::invalid("to", words::WRONG_PHONE.en))?;
        let text = body.must("text")?.to_owned();
        let site = Some(body.text("site")?.to_owned()).filter(|s| !s.is_empty());
        if let Some(slug) = &site {
            enterprise::enterprise(&self.store, slug).map_err(|_| Error::invalid("site", "there is no such site"))?;
        }
        let validity = body.number("expires_s", 1..=WEEK_S)?.map(Duration::from_secs);
        let key = body.text("key")?.to_owned();
        if key.chars().count() > KEY_CHARS {
            return Err(Error::invalid("key", format!("at most {KEY_CHARS} characters")));
        }
        let class = body.text("class")?.to_owned();
        let sent = self.texts.send(Order { to, text, class, site, validity, key }).await?;
        shown(202, &sent)
    }

    pub(super) fn message(&self, id: &str) -> Result<Response> {
        shown(200, &self.texts.message(id.parse().map_err(|_| Error::NotFound)?)?)
    }

    pub(super) fn inbox(&self, query: &[(String, String)]) -> Result<Response> {
        let after = cursor(query)?;
        let items = self.texts.inbox(after, limit(query)?)?;
        let next = items.last().map_or_else(|| after.to_string(), |i| i.id.clone());
        Ok(ok(200, &json!({ "items": items, "next": next, "archived": self.texts.archived()?.to_string() })))
    }
}

pub(super) fn shown(status: u16, value: &impl Serialize) -> Result<Response> {
    Ok(ok(status, &serde_json::to_value(value).map_err(Error::internal)?))
}
