//! A JSON object as the API reads it: each field by name and type, and no field that nobody reads.

use serde_json::{Map, Value};

use super::super::message::Request;
use crate::error::{Error, Result};

pub struct Body(Map<String, Value>);

impl Body {
    /// An empty body is an object without fields.
    pub fn of(request: &Request, known: &[&str]) -> Result<Body> {
        if request.body.is_empty() {
            return Ok(Body(Map::new()));
        }
        let value: Value =
            serde_json::from_slice(&request.body).map_err(|e| Error::invalid("body", format!("not JSON: {e}")))?;
        let Value::Object(fields) = value else { return Err(Error::invalid("body", "not a JSON object")) };
        match fields.keys().find(|k| !known.contains(&k.as_str())) {
            Some(unknown) => Err(Error::invalid(unknown, format!("unknown; known are {}", known.join(", ")))),
            None => Ok(Body(fields)),
        }
    }

    /// A text that may be left out.
    pub fn text(&self, name: &str) -> Result<&str> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(Error::invalid(name, "must be a string")),
        }
    }

    pub fn must(&self, name: &str) -> Result<&str> {
        match self.text(name)? {
            "" => Err(Error::invalid(name, "is missing")),
            text => Ok(text),
        }
    }

    /// An object that may be left out.
    pub fn object(&self, name: &str, known: &[&str]) -> Result<Option<Body>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(fields)) => match fields.keys().find(|k| !known.contains(&k.as_str())) {
                Some(other) => {
                    Err(Error::invalid(&format!("{name}.{other}"), format!("unknown; known are {}", known.join(", "))))
                }
                None => Ok(Some(Body(fields.clone()))),
            },
            Some(_) => Err(Error::invalid(name, "must be an object")),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    pub fn number(&self, name: &str, range: std::ops::RangeInclusive<u64>) -> Result<Option<u64>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64().filter(|n| range.contains(n)) {
                Some(n) => Ok(Some(n)),
                None => Err(Error::invalid(
                    name,
                    format!("must be a whole number from {} to {}", range.start(), range.end()),
                )),
            },
        }
    }
}

/// `limit` of a listing.
pub fn limit(query: &[(String, String)]) -> Result<usize> {
    const DEFAULT: usize = 100;
    const MAX: usize = 500;
    match query.iter().find(|(n, _)| n == "limit").map(|(_, v)| v.parse::<usize>()) {
        None => Ok(DEFAULT),
        Some(Ok(n)) if (1..=MAX).contains(&n) => Ok(n),
        Some(_) => Err(Error::invalid("limit", format!("must be 1 to {MAX}"))),
    }
}

pub fn param<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
}

/// A cursor is the number of the last row seen.
pub fn cursor(query: &[(String, String)]) -> Result<u64> {
    match param(query, "after") {
        None => Ok(0),
        Some(text) => text.parse().map_err(|_| Error::invalid("after", "is no cursor of ours")),
    }
}
