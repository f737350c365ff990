//! Where a phone stands in its conversation with one of our numbers.

use serde::{Deserialize, Serialize};

use crate::clock::{Reading, Time};
use crate::number::Number;
use crate::page::fit::Mark;
use crate::page::{Lang, Path, To};
use crate::sections::context::record;
use crate::store::{Never, Record, Table};

/// Stored; written in the transaction that queues the reply.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub at: Path,
    /// Where `#` goes on.
    pub more: Option<Mark>,
    /// What numbers mean; looked up as they are, never by rendering again.
    pub keys: Vec<(u16, To)>,
    pub asking: Option<Asking>,
    pub lang: Lang,
    pub seen: Time,
    /// The site that was last looked at or that last wrote, for commands without one.
    pub site: Option<String>,
    /// The print of the last words and where they led, how often that was in a row, and since when.
    pub last: (u32, u8, Time),
    /// The same of the place alone.
    #[serde(default)]
    pub stood: (u32, u8, Time),
    /// When the last replies left: a limit against loops.
    pub replies: Vec<Time>,
}

impl Session {
    /// Its times as this clock reads them, which may have been set since.
    pub fn seen_by(mut self, clock: &Reading) -> Session {
        for t in [&mut self.seen, &mut self.last.2, &mut self.stood.2].into_iter().chain(&mut self.replies) {
            *t = clock.right(*t);
        }
        self
    }
}

/// A form that is open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Asking {
    pub form: Path,
    pub id: String,
    pub version: u32,
    pub got: Vec<(String, String)>,
    pub tries: u8,
    /// The field that was asked for last.
    #[serde(default)]
    pub asked: String,
    /// Where the options of the open question go on.
    pub options_from: u16,
}

record!(Session, Session);

pub fn key(phone: &Number, ours: Option<&Number>) -> Vec<u8> {
    format!("{phone}/{}", ours.map_or("", Number::as_str)).into_bytes()
}

/// That nothing may be pushed to a phone: by one site, or by all (`*`); behind `+` that one site may all the same.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OptOut {
    pub made: Time,
    /// The words it was said with: evidence.
    pub words: String,
}

record!(OptOut, OptOut);

pub fn opt_out_key(phone: &Number, site: Option<&str>) -> Vec<u8> {
    format!("{phone}/{}", site.unwrap_or("*")).into_bytes()
}

pub fn opt_in_key(phone: &Number, site: &str) -> Vec<u8> {
    format!("{phone}/+{site}").into_bytes()
}
