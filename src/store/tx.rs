//! A transaction as its closure sees it: it reads through its own changes and leaves nothing behind if it fails.
//!
//! Three layers: what this closure changed, over what the closures before it in the same group changed (accepted, not
//! yet durable), over the view. Not here: the disk. A `Tx` only collects; the writer makes the group durable.

use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::changes::{CHANGE_BYTES, Changes, Layered};
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
        if self.own.bytes() + more > TX_LIMIT_BYTES {
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
        let committed = self.view.range(table, from, to, reverse);
        Layered::new(own, Layered::new(group, committed, reverse), reverse).take(limit).collect()
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
