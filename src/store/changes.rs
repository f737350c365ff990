//! Changes that stand over what was there before: of one closure, of a group, of the commits that the view's files lack.
//! Not here: where the octets come from and go to.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Bound;

use super::read::Pair;
use super::table::Table;
use crate::error::Result;

/// What a change costs in the journal beside its key and value (see `frame`).
pub const CHANGE_BYTES: usize = 8;

/// What changes, by table and key; a deleted key is `None`. The last change of a key is the one that counts.
#[derive(Default)]
pub struct Changes {
    tables: [BTreeMap<Vec<u8>, Option<Vec<u8>>>; Table::ALL.len()],
    /// Keys, values and what they cost in the journal.
    bytes: usize,
}

impl Changes {
    pub fn set(&mut self, table: Table, key: Vec<u8>, value: Option<Vec<u8>>) {
        let key_bytes = CHANGE_BYTES + key.len();
        self.bytes += key_bytes + value.as_ref().map_or(0, Vec::len);
        if let Some(before) = self.tables[table.index()].insert(key, value) {
            self.bytes -= key_bytes + before.map_or(0, |before| before.len());
        }
    }

    pub fn absorb(&mut self, later: Changes) {
        for (table, map) in Table::ALL.into_iter().zip(later.tables) {
            for (key, value) in map {
                self.set(table, key, value);
            }
        }
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn len(&self) -> usize {
        self.tables.iter().map(BTreeMap::len).sum()
    }

    pub fn touches(&self, table: Table) -> bool {
        !self.tables[table.index()].is_empty()
    }

    pub fn is_shown(&self) -> bool {
        Table::ALL.into_iter().any(|table| table.shown() && self.touches(table))
    }

    /// In the order of tables, then keys.
    pub fn iter(&self) -> impl Iterator<Item = (Table, &[u8], Option<&[u8]>)> {
        Table::ALL.into_iter().flat_map(|table| {
            self.tables[table.index()].iter().map(move |(key, value)| (table, key.as_slice(), value.as_deref()))
        })
    }

    /// `Some(None)` for a deleted key.
    pub fn get(&self, table: Table, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        self.tables[table.index()].get(key)
    }

    /// `from` must not lie behind `to`.
    pub fn range(
        &self,
        table: Table,
        from: &Bound<Vec<u8>>,
        to: &Bound<Vec<u8>>,
        reverse: bool,
    ) -> Box<dyn Iterator<Item = Change> + '_> {
        let bounds = (from.as_ref().map(Vec::as_slice), to.as_ref().map(Vec::as_slice));
        let found = self.tables[table.index()].range::<[u8], _>(bounds);
        let found = found.map(|(key, value)| (key.clone(), value.clone()));
        if reverse { Box::new(found.rev()) } else { Box::new(found) }
    }
}

pub type Change = (Vec<u8>, Option<Vec<u8>>);

/// Two layers as one, in the order of keys: the top one hides the one below, and its deletions hide themselves.
pub struct Layered<T: Iterator<Item = Change>, B: Iterator<Item = Result<Pair>>> {
    top: Peekable<T>,
    below: Peekable<B>,
    reverse: bool,
}

impl<T: Iterator<Item = Change>, B: Iterator<Item = Result<Pair>>> Layered<T, B> {
    pub fn new(top: T, below: B, reverse: bool) -> Layered<T, B> {
        Layered { top: top.peekable(), below: below.peekable(), reverse }
    }
}

impl<T: Iterator<Item = Change>, B: Iterator<Item = Result<Pair>>> Iterator for Layered<T, B> {
    type Item = Result<Pair>;

    fn next(&mut self) -> Option<Result<Pair>> {
        loop {
            let order = match (self.top.peek(), self.below.peek()) {
                (None, _) | (_, Some(Err(_))) => return self.below.next(),
                (Some(_), None) => Ordering::Less,
                (Some((top, _)), Some(Ok((below, _)))) if self.reverse => below.cmp(top),
                (Some((top, _)), Some(Ok((below, _)))) => top.cmp(below),
            };
            match order {
                Ordering::Greater => return self.below.next(),
                Ordering::Equal => drop(self.below.next()),
                Ordering::Less => {}
            }
            if let Some((key, Some(value))) = self.top.next() {
                return Some(Ok((key, value)));
            }
        }
    }
}
