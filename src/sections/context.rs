//! What a kind may read and do: its own section's content, items and rows, and nothing beside them.

use std::time::Duration;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::Said;
use super::field::{Fields, picture_of};
use crate::clock::{Time, Trust};
use crate::error::{Error, Result};
use crate::number::Number;
use crate::page::{Block, Page, Path, Picture};
use crate::store::{Never, Read, Record, Records, Table, Tx};
use crate::words::Lang;

/// One column of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub id: String,
    pub kind: String,
    pub title: String,
}

/// A section's own fields, and the order of its items.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Content {
    pub fields: Fields,
    pub items: Vec<String>,
    /// Under which number its items are kept, so that new ones can be written while the old ones are shown.
    #[serde(default)]
    pub edition: u64,
}

/// What is stored of an item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ItemRecord {
    pub fields: Fields,
}

/// A visitor's row: what was left, by whom, and what the owner did with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub fields: Fields,
    pub made: Time,
    /// Who left it, as far as it is known; never shown whole.
    pub phone: Option<Number>,
    /// How to reach that person again.
    pub reply_to: Address,
    /// Who left it, for as long as one is known: zeros when nobody is.
    pub visitor: [u8; 16],
    /// The kind's own word: shown, waiting, hidden …
    pub state: String,
    /// The box that took it: ids are unique only together with this.
    pub home: String,
}

/// How to reach a person again; opaque to kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address(pub Vec<u8>);

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Visitor {
    pub id: [u8; 16],
    pub phone: Phone,
    pub reply_to: Address,
}

/// What is known of a visitor's number. A sender number can be forged: it is enough to post and to be answered, never for
/// money or another person's data.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phone {
    #[default]
    None,
    Claimed(Number),
    /// By a one-time code, at that time.
    Proved(Number, Time),
}

impl Phone {
    pub fn number(&self) -> Option<&Number> {
        match self {
            Phone::None => None,
            Phone::Claimed(n) | Phone::Proved(n, _) => Some(n),
        }
    }
}

macro_rules! record {
    ($type:ty, $table:ident) => {
        impl Record for $type {
            const TABLE: Table = Table::$table;
            const VERSION: u8 = 1;
            type Previous = Never;

            fn migrate(old: Never) -> Self {
                match old {}
            }
        }
    };
}
pub(crate) use record;

record!(Content, Section);
record!(ItemRecord, Item);
record!(Row, Row);

/// An item with its name.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub id: String,
    pub fields: Fields,
}

/// A row with its number.
#[derive(Clone, Debug, PartialEq)]
pub struct RowView {
    pub id: u64,
    pub row: Row,
}

/// What surrounds one question to one section.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    pub read: &'a dyn Read,
    pub site: &'a str,
    pub column: &'a Column,
    pub who: &'a Visitor,
    pub lang: Lang,
    pub now: Time,
    pub trust: Trust,
    pub zone: &'a TimeZone,
}

impl<'a> Cx<'a> {
    /// The section's own fields; empty when nothing was written yet.
    pub fn content(&self) -> Result<Content> {
        Ok(self.read.get(&section_key(self.site, &self.column.id))?.unwrap_or_default())
    }

    pub fn item(&self, id: &str) -> Result<Item> {
        self.item_of(&self.content()?, id)
    }

    fn item_of(&self, content: &Content, id: &str) -> Result<Item> {
        let found: Option<ItemRecord> = self.read.get(&item_key(self.site, &self.column.id, content.edition, id))?;
        let record = found.ok_or(Error::Gone)?;
        Ok(Item { id: id.to_owned(), fields: record.fields })
    }

    /// At most `limit` items in the owner's order, behind `after`; never all of them.
    pub fn items(&self, after: Option<&str>, limit: usize) -> Result<Vec<Item>> {
        let content = self.content()?;
        let order = &content.items;
        let from = after.and_then(|a| order.iter().position(|id| id == a)).map_or(0, |i| i + 1);
        let mut out = Vec::new();
        for id in order.iter().skip(from).take(limit) {
            match self.item_of(&content, id) {
                Ok(item) => out.push(item),
                Err(Error::Gone) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(out)
    }

    /// At most `limit` rows, newest first, older than `before`.
    pub fn rows(&self, before: Option<u64>, limit: usize) -> Result<Vec<RowView>> {
        let prefix = row_prefix(self.site, &self.column.id);
        let before = before.map(|id| row_key(self.site, &self.column.id, id));
        let found: Vec<(Vec<u8>, Row)> = self.read.scan_back(&prefix, before.as_deref(), limit)?;
        Ok(found.into_iter().filter_map(|(key, row)| Some(RowView { id: row_id(&key)?, row })).collect())
    }

    pub fn row(&self, id: u64) -> Result<RowView> {
        let row = self.read.get(&row_key(self.site, &self.column.id, id))?.ok_or(Error::NotFound)?;
        Ok(RowView { id, row })
    }

    /// Whether this very visitor left it. Not by number: that can be forged.
    pub fn is_own(&self, row: &Row) -> bool {
        self.who.id != [0; 16] && row.visitor == self.who.id
    }

    /// A place in this section.
    pub fn path(&self, at: &str) -> Path {
        let section = Path::site(self.site, &self.column.id);
        if at.is_empty() { section } else { section.join(at) }
    }

    /// An empty page of this section; the section's first page leads back to the front, all others to the section.
    pub fn page(&self, title: impl Into<String>, at: &str) -> Page {
        let up = if at.is_empty() { Path::site(self.site, "") } else { self.path("") };
        Page::new(title, self.path(at), Some(up), self.lang)
    }

    /// Rich text of this site as blocks.
    pub fn rich(&self, source: &str) -> Vec<Block> {
        crate::page::rich::blocks(source, self.site)
            .into_iter()
            .map(|block| match block {
                Block::Picture(p) => Block::Picture(picture_of(&p.file, &p.alt).unwrap_or(p)),
                other => other,
            })
            .collect()
    }
}

/// Rich text in the blocks' order, as `Fields` hold it.
pub fn field<'f>(fields: &'f Fields, name: &str) -> &'f str {
    fields.get(name).map_or("", String::as_str)
}

/// Whether a text has these words in it, in capitals or not.
pub fn has(text: &str, words: &str) -> bool {
    text.to_lowercase().contains(&words.to_lowercase())
}

pub fn picture(fields: &Fields, name: &str, alt: &str) -> Option<Picture> {
    picture_of(fields.get(name)?, alt)
}

/// Sends a page to a person; the channel is the function's, not the kind's.
pub type Tell = fn(&mut Tx, &Telling) -> Result<()>;

pub struct Telling<'a> {
    pub to: &'a Address,
    pub page: &'a Page,
    pub site: &'a str,
    pub now: Time,
}

/// What a kind may do: everything in one transaction, or nothing.
pub struct Act<'a> {
    pub tx: &'a mut Tx,
    pub site: &'a str,
    pub column: &'a Column,
    pub who: &'a Visitor,
    pub lang: Lang,
    pub now: Time,
    pub trust: Trust,
    pub zone: &'a TimeZone,
    pub tell: Tell,
}

impl Act<'_> {
    /// The same place for reading, with what this transaction has already changed.
    pub fn cx(&self) -> Cx<'_> {
        let Act { site, column, who, lang, now, trust, zone, .. } = *self;
        Cx { read: &*self.tx, site, column, who, lang, now, trust, zone }
    }

    /// Appends a row by this visitor.
    pub fn add(&mut self, fields: Fields, state: &str) -> Result<u64> {
        let id = self.tx.next_id("row")?;
        let row = Row {
            fields,
            made: self.now,
            phone: self.who.phone.number().cloned(),
            reply_to: self.who.reply_to.clone(),
            visitor: self.who.id,
            state: state.to_owned(),
            home: self.tx.box_id().to_owned(),
        };
        self.tx.put(&row_key(self.site, &self.column.id, id), &row)?;
        Ok(id)
    }

    pub fn change(&mut self, id: u64, row: &Row) -> Result<()> {
        self.tx.put(&row_key(self.site, &self.column.id, id), row)
    }

    /// True the first time this form was sent: not when a browser or a phone sends it again.
    pub fn first(&mut self, said: &Said) -> Result<bool> {
        let key = [row_prefix(self.site, &self.column.id).as_slice(), said.once].concat();
        once(self.tx, &key, self.now, Some(SENT_AGAIN))
    }

    /// True the first time for `key` in this section, for ever: a vote, a prize.
    pub fn once(&mut self, key: &[u8]) -> Result<bool> {
        let key = [row_prefix(self.site, &self.column.id).as_slice(), b"!", key].concat();
        once(self.tx, &key, self.now, None)
    }

    /// A message to that person, in this very transaction.
    pub fn tell(&mut self, to: &Address, page: &Page) -> Result<()> {
        (self.tell)(self.tx, &Telling { to, page, site: self.site, now: self.now })
    }
}

/// How long a form may be sent again and still count once: a browser that is opened again after the weekend does that.
const SENT_AGAIN: Duration = Duration::from_secs(7 * 24 * 3600);

/// A mark that something was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Once {
    pub made: Time,
    /// When it may go; `None`: never.
    pub until: Option<Time>,
}

/// The first layout, of the marks of texts and of forms alone.
#[derive(Serialize, Deserialize)]
pub struct OnceMade {
    made: Time,
}

record!(OnceMade, Once);

impl Record for Once {
    const TABLE: Table = Table::Once;
    const VERSION: u8 = 2;
    type Previous = OnceMade;

    fn migrate(old: OnceMade) -> Once {
        // The longest that any mark of that layout was for.
        Once { made: old.made, until: Some(old.made.plus(SAME_TEXT)) }
    }
}

/// How long a text is known again: networks deliver one twice within days, and a SIM card whose slot could not be emptied
/// is back in a box within weeks.
pub const SAME_TEXT: Duration = Duration::from_secs(30 * 24 * 3600);

/// True the first time for `key`, within `for_how_long` or for ever.
pub fn once(tx: &mut Tx, key: &[u8], now: Time, for_how_long: Option<Duration>) -> Result<bool> {
    // What is there counts: the sweep, which waits for a clock that can be trusted, takes away what is over.
    if tx.get::<Once>(key)?.is_some() {
        return Ok(false);
    }
    tx.put(key, &Once { made: now, until: for_how_long.map(|time| now.plus(time)) })?;
    Ok(true)
}

pub fn section_key(site: &str, section: &str) -> Vec<u8> {
    format!("{site}/{section}").into_bytes()
}

pub fn item_key(site: &str, section: &str, edition: u64, item: &str) -> Vec<u8> {
    match edition {
        // As they were kept before there were editions.
        0 => format!("{site}/{section}/{item}").into_bytes(),
        _ => format!("{site}/{section}/{edition}/{item}").into_bytes(),
    }
}

/// Before all items of a site, of whatever section and edition.
pub fn items_prefix(site: &str) -> Vec<u8> {
    format!("{site}/").into_bytes()
}

pub fn row_prefix(site: &str, section: &str) -> Vec<u8> {
    format!("{site}/{section}/").into_bytes()
}

/// Rows sort by number.
pub fn row_key(site: &str, section: &str, id: u64) -> Vec<u8> {
    format!("{site}/{section}/{id:020}").into_bytes()
}

fn row_id(key: &[u8]) -> Option<u64> {
    std::str::from_utf8(key.rsplit(|b| *b == b'/').next()?).ok()?.parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::tests::{Folder, open};

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[test]
    fn a_mark_holds_until_it_is_taken_away() {
        let folder = Folder::new();
        let store = open(&folder);
        let first = |key: &'static str, days: u32, time| {
            let now = Time(1_795_320_000_000).plus(DAY * days);
            store.write_blocking(move |tx| once(tx, key.as_bytes(), now, time)).unwrap()
        };
        assert!(first("vote", 0, None) && !first("vote", 9_999, None));
        // Not by this clock, which may have been wrong by weeks: the sweep knows when it is over.
        assert!(first("form", 0, Some(SENT_AGAIN)) && !first("form", 8, Some(SENT_AGAIN)));
    }

    #[test]
    fn marks_of_the_first_layout_are_known_and_end() {
        let folder = Folder::new();
        let store = open(&folder);
        let made = Time(1_795_320_000_000);
        store.write_blocking(move |tx| tx.put(b"sms/x", &OnceMade { made })).unwrap();
        let known = store.write_blocking(move |tx| once(tx, b"sms/x", made.plus(DAY), Some(SAME_TEXT))).unwrap();
        let mark: Once = store.get(b"sms/x").unwrap().unwrap();
        assert_eq!((known, mark.made, mark.until), (false, made, Some(made.plus(SAME_TEXT))));
    }
}
