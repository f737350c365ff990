//! What can be on a site: one folder a kind, listed in `ALL`.
//!
//! To add a kind: a folder with a type that implements `Kind`, its `mod` line and its line in `ALL` below. It is then on all
//! channels, in imports and in the contract test (`contract.rs`), which renders its `example()` four ways into
//! `shows.snap` beside it. A kind never names a channel, and no channel names a kind.

mod contact;
pub mod context;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod contract;
pub mod field;
mod guestbook;
pub mod hours;
mod news;
mod products;
mod profile;

pub use context::{Act, Cx, Item, RowView};
pub use field::{FieldDef, FieldKind, Fields};

use crate::error::{Error, Result};
use crate::page::{Block, Page, Path, Tone};
use crate::words::{Lang, Word};

/// Every kind, in the order in which a console offers them.
pub const ALL: &[&dyn Kind] =
    &[&profile::Profile, &news::News, &products::Products, &contact::Contact, &guestbook::Guestbook];

/// What a visitor sent: the answers to a form, already checked against it.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    pub form: &'a str,
    pub values: &'a [(String, String)],
    /// The same when the same form is sent again by a retry, so that it counts once.
    pub once: &'a [u8],
}

impl Said<'_> {
    pub fn get(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
    }
}

/// What a visitor gets for what was said.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Page(Box<Page>),
    /// Go and look there, with this word on top: the web answers 303, WML and SMS show the place at once.
    See(Path, Tone, String),
}

/// Whether a section is one text or a list of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    One,
    Many,
}

/// What an owner can do with a visitor's row.
#[derive(Clone, Copy, Debug)]
pub struct Verb {
    pub name: &'static str,
    pub label: Word,
    /// Whether the owner writes a text with it.
    pub text: bool,
}

/// What a kind shows of itself: demo, preview and contract test are made from it.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    pub content: &'static [(&'static str, &'static str)],
    pub items: &'static [(&'static str, &'static [(&'static str, &'static str)])],
    pub rows: &'static [&'static [(&'static str, &'static str)]],
}

pub trait Kind: Sync {
    fn name(&self) -> &'static str;
    fn title(&self, lang: Lang) -> &'static str;
    fn shape(&self) -> Shape;
    /// The fields of the section itself.
    fn fields(&self) -> &'static [FieldDef];
    /// The fields of one item.
    fn item_fields(&self) -> &'static [FieldDef] {
        &[]
    }
    /// The fields of a visitor's row.
    fn row_fields(&self) -> &'static [FieldDef] {
        &[]
    }
    fn example(&self) -> Sample;
    /// Its share of the site's front page.
    fn brief(&self, cx: &Cx) -> Result<Vec<Block>>;
    /// `""` is the section itself, `p7` an item, `p7/order` a form on it.
    fn view(&self, cx: &Cx, at: &str) -> Result<Page>;
    /// What a search on the site finds in this section.
    fn find(&self, cx: &Cx, words: &str) -> Result<Vec<crate::page::Entry>> {
        let _ = (cx, words);
        Ok(Vec::new())
    }
    /// How many visitors' rows a section of it needs; older ones go to the archive. `None`: all, as a vote counts for ever.
    fn rows_kept(&self) -> Option<usize> {
        None
    }
    /// The word that opens a form of this kind from anywhere on the site, and the form's place: `LY`, `write`.
    fn word(&self) -> Option<(&'static str, &'static str)> {
        None
    }
    fn answer(&self, act: &mut Act, at: &str, said: &Said) -> Result<Answer> {
        let _ = (act, at, said);
        Err(Error::NotFound)
    }
    fn verbs(&self) -> &'static [Verb] {
        &[]
    }
    fn act(&self, act: &mut Act, row: u64, verb: &str, text: &str) -> Result<()> {
        let _ = (act, row, verb, text);
        Err(Error::NotFound)
    }
}

/// The kind of that name among `kinds`.
pub fn kind_of(kinds: &'static [&'static dyn Kind], name: &str) -> Option<&'static dyn Kind> {
    kinds.iter().find(|k| k.name() == name).copied()
}
