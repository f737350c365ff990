//! Messages out and in, and what happened to them.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::super::message::{Request, Response};
use super::body::{Body, cursor, limit, param};
use super::texts::{Card, Content, Order, Which};
use super::{Api, failed, ok};
use crate::config::is_web_url;
use crate::error::{Error, Result};
use crate::number::Number;
use crate::sites::enterprise;
use crate::words;

const WEEK_S: u64 = 7 * 24 * 3600;
const KEY_CHARS: usize = 100;
/// A push or a card of more than this is no push and no card.
const FIELD_CHARS: usize = 200;

const FIELDS: &[&str] =
    &["to", "text", "class", "site", "expires_s", "wait_s", "key", "kind", "replace", "push", "card"];

impl Api {
    pub(super) async fn send_message(&self, request: &Request) -> Result<Response> {
        let body = Body::of(request, FIELDS)?;
        let to = Number::parse(body.must("to")?).filter(|n| n.as_str().len() >= 5);
        let to = to.ok_or_else(|| Error::invalid("to", words::WRONG_PHONE.en))?;
        let site = Some(body.text("site")?.to_owned()).filter(|s| !s.is_empty());
        if let Some(slug) = &site {
            enterprise::enterprise(&self.store, slug).map_err(|_| Error::invalid("site", "there is no such site"))?;
        }
        let (text, content) = self.content(&body, site.as_deref())?;
        let key = body.text("key")?.to_owned();
        if key.chars().count() > KEY_CHARS {
            return Err(Error::invalid("key", format!("at most {KEY_CHARS} characters")));
        }
        let order = Order {
            to,
            from: None,
            text,
            content,
            class: body.text("class")?.to_owned(),
            site,
            validity: body.number("expires_s", 1..=WEEK_S)?.map(Duration::from_secs),
            wait: body.number("wait_s", 0..=WEEK_S)?.map(Duration::from_secs).unwrap_or_default(),
            key,
            callback: None,
        };
        match self.texts.send(order).await {
            Err(Error::Conflict(why)) => Ok(failed(409, "conflict", Some("key"), &why)),
            sent => shown(202, &sent?),
        }
    }

    /// The text, and what it goes out as.
    fn content(&self, body: &Body, site: Option<&str>) -> Result<(String, Content)> {
        let given: Vec<&str> = ["replace", "push", "card"].into_iter().filter(|name| body.has(name)).collect();
        let kind = body.text("kind")?;
        let (kind, field) = match (kind, given.as_slice()) {
            ("", []) => ("text", "kind"),
            ("", [one]) => (*one, *one),
            (kind, []) => (kind, "kind"),
            (kind, [one]) if kind == *one => (kind, *one),
            (_, [one, ..]) => return Err(Error::invalid(one, "only one of kind, replace, push and card can be meant")),
        };
        let content = match kind {
            "text" => Content::Text,
            "flash" => Content::Flash,
            "replace" => match body.number("replace", 1..=7)? {
                Some(number) => Content::Replace(number as u8),
                None => return Err(Error::invalid("replace", "is missing")),
            },
            "push" => return self.push(body, site),
            "card" => return card(body),
            _ => return Err(Error::invalid(field, "text, flash, replace, push or card")),
        };
        Ok((body.must("text")?.to_owned(), content))
    }

    /// The address of the message's site when none is named.
    fn push(&self, body: &Body, site: Option<&str>) -> Result<(String, Content)> {
        let push = body.object("push", &["url", "text", "id", "action"])?;
        let push = push.ok_or_else(|| Error::invalid("push", "is missing"))?;
        let url = match (within(&push, "push", "url")?, site) {
            (url, _) if is_web_url(&url) => url,
            (url, Some(slug)) if url.is_empty() => self.house.address(Some(slug)),
            (url, None) if url.is_empty() => return Err(Error::invalid("push.url", "is missing, and so is a site")),
            _ => return Err(Error::invalid("push.url", "must begin with http:// or https://, and be in ASCII")),
        };
        let (own, outer) = (within(&push, "push", "text")?, body.text("text")?);
        let text = if own.is_empty() { outer.to_owned() } else { own };
        if text.is_empty() {
            return Err(Error::invalid("push.text", "is missing: phones throw away a push without words"));
        }
        let (id, action) = (within(&push, "push", "id")?, within(&push, "push", "action")?);
        Ok((text, Content::Push { url, id, action }))
    }

    pub(super) fn messages(&self, query: &[(String, String)]) -> Result<Response> {
        let to = match param(query, "to") {
            Some(to) => Some(Number::parse(to).ok_or_else(|| Error::invalid("to", words::WRONG_PHONE.en))?),
            None => None,
        };
        let which = Which {
            state: param(query, "state").map(str::to_owned),
            to,
            site: param(query, "site").map(str::to_owned),
        };
        let (items, next) = self.texts.messages(&which, cursor(query)?, limit(query)?)?;
        Ok(ok(200, &json!({ "items": items, "next": next.to_string() })))
    }

    pub(super) fn events(&self, query: &[(String, String)]) -> Result<Response> {
        let after = cursor(query)?;
        let items = self.texts.events(after, limit(query)?)?;
        let next = items.last().and_then(|event| event["id"].as_str()).map_or_else(|| after.to_string(), str::to_owned);
        Ok(ok(200, &json!({ "items": items, "next": next })))
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

fn card(body: &Body) -> Result<(String, Content)> {
    let card = body.object("card", &["name", "phone", "org", "title", "email", "url"])?;
    let card = card.ok_or_else(|| Error::invalid("card", "is missing"))?;
    let field = |name| within(&card, "card", name);
    let (name, phone) = (field("name")?, field("phone")?);
    for (field, value) in [("card.name", &name), ("card.phone", &phone)] {
        if value.is_empty() {
            return Err(Error::invalid(field, "is missing"));
        }
    }
    let card = Card { phone, org: field("org")?, title: field("title")?, email: field("email")?, url: field("url")? };
    Ok((name, Content::Card(card)))
}

/// A field of an object within the body, named as a whole where it is at fault.
fn within(object: &Body, outer: &str, name: &str) -> Result<String> {
    let whole = format!("{outer}.{name}");
    let text = object.text(name).map_err(|_| Error::invalid(&whole, "must be a string"))?;
    let is_short = text.chars().count() <= FIELD_CHARS && !text.chars().any(char::is_control);
    if is_short { Ok(text.to_owned()) } else { Err(Error::invalid(&whole, "at most 200 characters on one line")) }
}

pub(super) fn shown(status: u16, value: &impl Serialize) -> Result<Response> {
    Ok(ok(status, &serde_json::to_value(value).map_err(Error::internal)?))
}
