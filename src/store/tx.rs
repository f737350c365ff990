//! A transaction as its closure sees it: it reads through its own changes and leaves nothing behind if it fails.
//!
//! Three layers: what this closure changed, over what the closures before it in the same group changed (accepted, not
//! yet durable), over the view. Not here: the disk. A `Tx` only collects; the writer makes the group durable.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::read::{Pair, Read, Records, is_void};
use super::record::{self, Never, Record};
use super::table::Table;
use super::view::View;
use crate::error::{Error, Result};
use crate::words::{Lang, Word};

/// A longer key gains nothing and is copied into every inner page of the view.
pub const KEY_LIMIT_BYTES: usize = 256;
/// The view leaks files for values from 128 KiB on (a quarter of its segment); this stays well away from that.
pub const VALUE_LIMIT_BYTES: usize = 32 * 1024;
/// What one transaction may change: an import goes in chunks, so that it never holds up a reply for long.
pub const TX_LIMIT_BYTES: usize = 4 * 1024 * 1024;
/// What a change costs in the journal beside its key and value (see `frame`).
const CHANGE_BYTES: usize = 8;

const TOO_LONG: Word = Word::new("内容太长，最多 {} KiB", "Too long: at most {} KiB can be stored");

/// One transaction, on the writer thread. No waiting, no input or output but this.
pub struct Tx {
    view: Arc<View>,
    group: Changes,
    own: Changes,
    sequence: u64,
    box_id: Arc<str>,
}

impl Tx {
    /// The sequence that this commit will get if it changes anything.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The box's name: ids that leave the box carry it.
    pub fn box_id(&self) -> &str {
        &self.box_id
    }

    /// Refuses keys that are empty or longer than `KEY_LIMIT_BYTES`, and records longer than `VALUE_LIMIT_BYTES`.
    pub fn put<R: Record>(&mut self, key: &[u8], record: &R) -> Result<()> {
        let bytes = record::encode(record)?;
        if bytes.len() > VALUE_LIMIT_BYTES {
            let limit_kib = (VALUE_LIMIT_BYTES / 1024).to_string();
            return Err(Error::invalid(R::TABLE.name(), TOO_LONG.with(Lang::default(), &[&limit_kib])));
        }
        self.set(R::TABLE, key, Some(bytes))
    }

    /// Fine if there is no such key.
    pub fn delete<R: Record>(&mut self, key: &[u8]) -> Result<()> {
        self.set(R::TABLE, key, None)
    }

    /// 1, 2, 3 … for each name: never the same twice, and none left out but by a closure that failed.
    pub fn next_id(&mut self, counter: &str) -> Result<u64> {
        let key = [b"counter/", counter.as_bytes()].concat();
        let last = self.get::<Counter>(&key)?.map_or(0, |counter| counter.last);
        let next = last.checked_add(1).ok_or_else(|| Error::internal("a counter has come to its end"))?;
        self.put(&key, &Counter { last: next })?;
        Ok(next)
    }

    pub(super) fn new(view: Arc<View>, sequence: u64, box_id: Arc<str>) -> Tx {
        Tx { view, group: Changes::default(), own: Changes::default(), sequence, box_id }
    }

    /// What the closure changed; afterwards the next one may begin.
    pub(super) fn take_own(&mut self) -> Changes {
        std::mem::take(&mut self.own)
    }

    /// Makes a closure's changes part of the group, under the sequence that it was told.
    pub(super) fn accept(&mut self, changes: Changes) {
        self.group.absorb(changes);
        self.sequence += 1;
    }

    pub(super) fn into_group(self) -> Changes {
        self.group
    }

    /// By how many octets `changes` would make the tables larger; below zero where they shrink.
    pub(super) fn growth(&self, changes: &Changes) -> Result<i64> {
        let size = |key: &[u8], value: &[u8]| (key.len() + value.len()) as i64;
        let mut growth = 0;
        for (table, key, value) in changes.iter() {
            let before = self.committed_or_group(table, key)?;
            growth += value.map_or(0, |value| size(key, value)) - before.map_or(0, |before| size(key, &before));
        }
        Ok(growth)
    }

    fn set(&mut self, table: Table, key: &[u8], value: Option<Vec<u8>>) -> Result<()> {
        if key.is_empty() || key.len() > KEY_LIMIT_BYTES {
            let why = format!("key of {} octets, 1 to {KEY_LIMIT_BYTES} are possible", key.len());
            return Err(Error::invalid(table.name(), why));
        }
        let more = CHANGE_BYTES + key.len() + value.as_ref().map_or(0, Vec::len);
        if self.own.bytes + more > TX_LIMIT_BYTES {
            return Err(Error::invalid(
                table.name(),
                format!("one transaction changes more than {TX_LIMIT_BYTES} octets"),
            ));
        }
        self.own.set(table, key.to_vec(), value);
        Ok(())
    }

    fn committed_or_group(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.group.get(table, key) {
            Some(value) => Ok(value.clone()),
            None => self.view.get(table, key),
        }
    }
}

impl Read for Tx {
    fn raw(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.own.get(table, key) {
            Some(value) => Ok(value.clone()),
            None => self.committed_or_group(table, key),
        }
    }

    fn range(
        &self,
        table: Table,
        from: Bound<Vec<u8>>,
        to: Bound<Vec<u8>>,
        reverse: bool,
        limit: usize,
    ) -> Result<Vec<Pair>> {
        if limit == 0 || is_void(&from, &to) {
            return Ok(Vec::new());
        }
        let group = self.group.range(table, &from, &to, reverse);
        let own = self.own.range(table, &from, &to, reverse);
        let committed = Box::new(self.view.range(table, from, to, reverse));
        let before = Box::new(Layered::new(group, committed, reverse));
        Layered::new(own, before, reverse).take(limit).collect()
    }
}

/// A counter of `next_id`.
#[derive(Serialize, Deserialize)]
struct Counter {
    last: u64,
}

impl Record for Counter {
    const TABLE: Table = Table::Meta;
    const VERSION: u8 = 1;
    type Previous = Never;

    fn migrate(old: Never) -> Counter {
        match old {}
    }
}

/// What changes, by table and key; a deleted key is `None`. The last change of a key is the one that counts.
#[derive(Default)]
pub(super) struct Changes {
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

    fn get(&self, table: Table, key: &[u8]) -> Option<&Option<Vec<u8>>> {
        self.tables[table.index()].get(key)
    }

    fn range(&self, table: Table, from: &Bound<Vec<u8>>, to: &Bound<Vec<u8>>, reverse: bool) -> Top<'_> {
        let bounds = (from.as_ref().map(Vec::as_slice), to.as_ref().map(Vec::as_slice));
        let found = self.tables[table.index()].range::<[u8], _>(bounds);
        let found = found.map(|(key, value)| (key.as_slice(), value.as_deref()));
        if reverse { Box::new(found.rev()) } else { Box::new(found) }
    }
}

type Top<'a> = Box<dyn Iterator<Item = (&'a [u8], Option<&'a [u8]>)> + 'a>;
type Below<'a> = Box<dyn Iterator<Item = Result<Pair>> + 'a>;

/// Two layers as one, in the order of keys: the top one hides the one below, and its deletions hide themselves.
struct Layered<'a> {
    top: Peekable<Top<'a>>,
    below: Peekable<Below<'a>>,
    reverse: bool,
}

impl<'a> Layered<'a> {
    fn new(top: Top<'a>, below: Below<'a>, reverse: bool) -> Layered<'a> {
        Layered { top: top.peekable(), below: below.peekable(), reverse }
    }
}

impl Iterator for Layered<'_> {
    type Item = Result<Pair>;

    fn next(&mut self) -> Option<Result<Pair>> {
        loop {
            let order = match (self.top.peek(), self.below.peek()) {
                (None, _) | (_, Some(Err(_))) => return self.below.next(),
                (Some(_), None) => Ordering::Less,
                (Some((top, _)), Some(Ok((below, _)))) if self.reverse => below.as_slice().cmp(top),
                (Some((top, _)), Some(Ok((below, _)))) => (*top).cmp(below.as_slice()),
            };
            match order {
                Ordering::Greater => return self.below.next(),
                Ordering::Equal => drop(self.below.next()),
                Ordering::Less => {}
            }
            if let Some((key, Some(value))) = self.top.next() {
                return Some(Ok((key.to_vec(), value.to_vec())));
            }
        }
    }
}
