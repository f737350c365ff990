//! The queue: what waits and why, holding it back, emptying it.

use std::time::Duration;

use serde_json::json;

use super::super::message::{Request, Response};
use super::body::{Body, cursor, limit};
use super::texts::Choice;
use super::{Api, ok};
use crate::error::{Error, Result};

/// Older messages have left the queue by their own time.
const OLDEST_S: u64 = 366 * 24 * 3600;

impl Api {
    pub(super) fn queue(&self, query: &[(String, String)]) -> Result<Response> {
        let after = cursor(query)?;
        let items = self.texts.queue(after, limit(query)?)?;
        let next = items.last().map_or_else(|| after.to_string(), |item| item.message.id.clone());
        let mut shown = json!(self.texts.backlog(self.lang(query)));
        (shown["items"], shown["next"]) = (json!(items), json!(next));
        Ok(ok(200, &shown))
    }

    pub(super) async fn hold_queue(&self, request: &Request, on: bool) -> Result<Response> {
        let choice = chosen(&Body::of(request, &["class", "site"])?)?;
        let held = self.texts.hold(on, choice).await?;
        Ok(ok(200, &json!({ "held": held })))
    }

    pub(super) async fn purge_queue(&self, request: &Request) -> Result<Response> {
        let body = Body::of(request, &["class", "site", "older_than_s"])?;
        let older_than = body.number("older_than_s", 0..=OLDEST_S)?.map(Duration::from_secs);
        let choice = Choice { older_than, ..chosen(&body)? };
        let cancelled = self.texts.purge(choice).await?;
        Ok(ok(200, &json!({ "cancelled": cancelled })))
    }

    pub(super) async fn cancel_message(&self, id: &str) -> Result<Response> {
        self.texts.cancel(id.parse().map_err(|_| Error::NotFound)?).await?;
        self.message(id)
    }
}

fn chosen(body: &Body) -> Result<Choice> {
    let site = Some(body.text("site")?.to_owned()).filter(|site| !site.is_empty());
    Ok(Choice { class: body.text("class")?.to_owned(), site, older_than: None })
}
