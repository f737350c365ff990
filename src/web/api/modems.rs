//! The modems: how they are, and the log of what is said to one and what it answers, which is kept while somebody wants it.

use std::time::Duration;

use serde_json::json;

use super::body::{Body, cursor};
use super::messages::shown;
use super::{Api, ok};
use crate::error::{Error, Result};
use crate::web::message::{Request, Response};

/// A day: it turns itself off, since it wears the card.
const LONGEST_MINUTES: u64 = 24 * 60;
const USUAL_MINUTES: u64 = 60;

impl Api {
    pub(super) fn modems(&self, query: &[(String, String)]) -> Response {
        ok(200, &json!({ "items": self.texts.modems(self.lang(query)) }))
    }

    pub(super) fn modem_log(&self, name: &str, query: &[(String, String)]) -> Result<Response> {
        shown(200, &self.texts.modem_log(name, cursor(query)?)?)
    }

    /// `minutes` 0 ends it; `detail` is masked or whole.
    pub(super) fn keep_modem_log(&self, name: &str, request: &Request) -> Result<Response> {
        let body = Body::of(request, &["minutes", "detail"])?;
        let minutes = body.number("minutes", 0..=LONGEST_MINUTES)?.unwrap_or(USUAL_MINUTES);
        let whole = match body.text("detail")? {
            "" | "masked" => false,
            "whole" => true,
            _ => return Err(Error::invalid("detail", "masked or whole")),
        };
        shown(200, &self.texts.keep_modem_log(name, whole, Duration::from_secs(minutes * 60))?)
    }
}
