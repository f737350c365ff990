//! The API of other programs and of the box's own commands: JSON, with a bearer token, or on the local socket without.

mod backup;
mod body;
mod messages;
mod modems;
mod queue;
mod sites;
pub mod texts;
pub mod this_box;

use std::sync::Arc;

use serde_json::{Value, json};

use super::message::{Request, Response, decoded, pairs};
use crate::clock::Clock;
use crate::config::Token;
use crate::error::{Error, Result};
use crate::sites::House;
use crate::store::Store;
use crate::words::Lang;
use texts::Texts;
use this_box::ThisBox;

pub struct Api {
    pub store: Store,
    pub house: Arc<House>,
    pub clock: Clock,
    pub texts: Box<dyn Texts>,
    pub tokens: Vec<Token>,
    pub this_box: ThisBox,
    /// One import at a time: it holds a whole site in memory.
    pub importing: tokio::sync::Mutex<()>,
}

/// JSON of one message or order; an import may be larger.
pub const BODY_OCTETS: usize = 64 * 1024;

const BACKUP: &str = "/api/v1/backup";

const OPENAPI: &str = include_str!("../../../templates/api/openapi.json");

/// Who asks: the local socket is trusted by its file's mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    Local,
    Token,
}

impl Api {
    /// Whether the request bears one of our tokens.
    pub fn is_known(&self, request: &Request) -> bool {
        // The scheme's name in any case (RFC 9110, 11.1).
        let (scheme, token) = request.header("authorization").and_then(|h| h.split_once(' ')).unwrap_or_default();
        let is_ours = |t: &Token| t.token.as_ref().is_some_and(|secret| secret.is(token.trim()));
        scheme.eq_ignore_ascii_case("bearer") && self.tokens.iter().any(is_ours)
    }

    /// How long a body this request may have.
    pub fn body_limit(&self, request: &Request, trust: Trust) -> usize {
        let import = request.path() == "/api/v1/sites" && (trust == Trust::Local || self.is_known(request));
        if import { crate::sites::files::IMPORT_BYTES_MAX } else { BODY_OCTETS }
    }

    pub async fn answer(&self, request: &Request, trust: Trust) -> Response {
        if request.path() == "/api/v1/openapi.json" && request.method == "GET" {
            return Response::new(200, "application/json", OPENAPI);
        }
        if trust != Trust::Local && !self.is_known(request) {
            let why = "a bearer token of this box is needed";
            return failed(401, "unauthorized", None, why).with("www-authenticate", "Bearer");
        }
        if request.too_large {
            return failed(413, "too_large", None, "the body is too large");
        }
        if request.path() == BACKUP && trust != Trust::Local {
            return failed(403, "forbidden", None, "a backup holds everybody's numbers: on the local socket only");
        }
        match self.routed(request).await {
            Ok(response) => response,
            Err(error) => of_error(&error),
        }
    }

    /// The language of what is said to people: `?lang=`, or the box's.
    fn lang(&self, query: &[(String, String)]) -> Lang {
        let asked = query.iter().find(|(name, _)| name == "lang").and_then(|(_, tag)| Lang::of_tag(tag));
        asked.unwrap_or(self.house.lang)
    }

    async fn routed(&self, request: &Request) -> Result<Response> {
        let path = decoded(request.path(), false);
        let pieces: Vec<&str> = path.trim_matches('/').split('/').skip(2).collect();
        let query = pairs(request.query().as_bytes(), None);
        let known: &[&str] = match pieces.as_slice() {
            ["sites"] => &["POST"],
            ["messages"] => &["GET", "POST"],
            ["openapi.json" | "backup" | "inbox" | "events" | "modems" | "box" | "queue"] => &["GET"],
            ["queue", "hold" | "release" | "purge"] => &["POST"],
            ["messages", _] => &["DELETE", "GET"],
            ["enterprises", _] | ["sites", _, "rows" | "export"] => &["GET"],
            ["enterprises"] | ["modems", _, "log"] => &["GET", "POST"],
            ["enterprises", _, "suspend" | "resume" | "close"] | ["sites", _, "rows", _, _] => &["POST"],
            _ => return Err(Error::NotFound),
        };
        if !known.contains(&request.method.as_str()) {
            let allow = known.join(", ");
            return Ok(failed(405, "method", None, &format!("use {allow}")).with("allow", allow));
        }
        match (request.method.as_str(), pieces.as_slice()) {
            ("POST", ["messages"]) => self.send_message(request).await,
            (_, ["messages"]) => self.messages(&query),
            ("DELETE", ["messages", id]) => self.cancel_message(id).await,
            (_, ["messages", id]) => self.message(id),
            (_, ["queue"]) => self.queue(&query),
            (_, ["queue", "purge"]) => self.purge_queue(request).await,
            (_, ["queue", verb]) => self.hold_queue(request, *verb == "hold").await,
            (_, ["events"]) => self.events(&query),
            (_, ["inbox"]) => self.inbox(&query),
            (_, ["modems"]) => Ok(self.modems(&query)),
            ("POST", ["modems", name, "log"]) => self.keep_modem_log(name, request),
            (_, ["modems", name, "log"]) => self.modem_log(name, &query),
            (_, ["backup"]) => Ok(self.backup()),
            (_, ["box"]) => self.this_box(&query),
            ("POST", ["enterprises"]) => self.open_enterprise(request).await,
            (_, ["enterprises"]) => self.enterprises(&query),
            ("POST", ["enterprises", slug, verb]) => self.change_enterprise(slug, verb).await,
            (_, ["enterprises", slug]) => self.enterprise(slug),
            ("POST", ["sites"]) => self.import(request).await,
            (_, ["sites", slug, "export"]) => self.export(slug).await,
            ("POST", ["sites", slug, "rows", id, verb]) => self.act_on_row(slug, id, verb, request).await,
            (_, ["sites", slug, "rows"]) => self.rows(slug, &query),
            _ => Err(Error::NotFound),
        }
    }
}

pub fn failed(status: u16, code: &str, field: Option<&str>, message: &str) -> Response {
    let mut error = json!({ "code": code, "message": message });
    if let (Some(field), Some(object)) = (field, error.as_object_mut()) {
        object.insert("field".to_owned(), Value::from(field));
    }
    ok(status, &json!({ "error": error }))
}

fn ok(status: u16, value: &Value) -> Response {
    // Numbers and texts of people: for nobody's cache.
    Response::new(status, "application/json", value.to_string()).with("cache-control", "no-store")
}

/// The one place where an error becomes an answer of the API.
fn of_error(error: &Error) -> Response {
    match error {
        Error::NotFound => failed(404, "not_found", None, "there is no such thing here"),
        Error::Gone => failed(410, "gone", None, "it was here once; texts of long ago are in the archive of the box"),
        Error::Denied => failed(403, "forbidden", None, "not allowed"),
        Error::Invalid { field, why } if field == "body" => failed(400, "invalid", None, why),
        Error::Invalid { field, why } => failed(422, "invalid", Some(field), why),
        Error::Conflict(why) => failed(409, "conflict", None, why),
        Error::Full => failed(507, "full", None, "the storage of the box is full; what it has acknowledged stays"),
        Error::Busy => failed(429, "busy", None, "too much at once; try later").with("retry-after", "5"),
        Error::Internal(why) => {
            log::error!("api: {why}");
            failed(500, "internal", None, "something went wrong; it was logged")
        }
    }
}
