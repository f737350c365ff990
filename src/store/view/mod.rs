//! The view: what the journal's changes amount to, in sled, to be read. The only folder that names sled.
//!
//! sled 0.34.7 is frozen third-party code and is held to this: one writer, no flush but at a checkpoint, small values,
//! few trees, never compression. Its `flush` is `sync_file_range` and no fsync, so a checkpoint also syncs its file.
//!
//! A **tally** stands in a tree of its own and is written in one transaction with the changes it speaks of: the last
//! commit, how many entries there are, and the sum of their checksums. `View::open` reads every entry and compares, so a
//! view that opens *is* the one of that commit, whatever happened to its files: what sled lost, skipped or mixed up
//! without a word shows. Replay begins right behind it.
//!
//! Not here: the order of things (`writer`), and where another view comes from when this one is damaged (`recover`).

mod opening;
pub mod shelf;

use std::fs::File;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use sled::transaction::{ConflictableTransactionError, TransactionError, Transactional, TransactionalTree};

pub use opening::Trouble;

use super::read::Pair;
use super::table::Table;
use super::tx::Changes;
use crate::error::{Error, Result};

const TALLY: &[u8] = b"tally";

pub struct View {
    /// In the order of `Table::ALL`, then the tree of the tally.
    trees: Vec<sled::Tree>,
    /// sled's file, opened once more to sync it: sled keeps its own handle to itself.
    file: File,
    db: sled::Db,
    tally: Mutex<Tally>,
    /// A read has failed: another one must be made.
    failed: AtomicBool,
}

/// The view in use: another one may take its place at any time, and who has one reads on in it.
pub struct Current(RwLock<Arc<View>>);

impl Current {
    pub fn new(view: View) -> Current {
        Current(RwLock::new(Arc::new(view)))
    }

    pub fn get(&self) -> Arc<View> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says which one it was.
    pub fn set(&self, next: Arc<View>) -> Arc<View> {
        std::mem::replace(&mut self.0.write().unwrap_or_else(PoisonError::into_inner), next)
    }
}

/// What a view holds, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// The sequence of the last commit that it shows.
    pub last: u64,
    pub entries: u64,
    /// Of the entries' CRC-32s, each over table, key and value.
    sum: u64,
}

impl Tally {
    fn add(&mut self, table: Table, key: &[u8], value: &[u8]) {
        self.entries = self.entries.wrapping_add(1);
        self.sum = self.sum.wrapping_add(checksum(table, key, value));
    }

    fn take(&mut self, table: Table, key: &[u8], value: &[u8]) {
        self.entries = self.entries.wrapping_sub(1);
        self.sum = self.sum.wrapping_sub(checksum(table, key, value));
    }

    fn octets(self) -> [u8; 24] {
        let mut octets = [0; 24];
        for (place, number) in octets.chunks_exact_mut(8).zip([self.last, self.entries, self.sum]) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        octets
    }

    fn of_octets(octets: &[u8]) -> Option<Tally> {
        let octets: &[u8; 24] = octets.try_into().ok()?;
        let mut numbers = octets.chunks_exact(8).map(|n| n.iter().fold(0, |all, octet| all << 8 | u64::from(*octet)));
        Some(Tally { last: numbers.next()?, entries: numbers.next()?, sum: numbers.next()? })
    }
}

/// The key's length is in it, so that what moves from a key's end to its value shows.
fn checksum(table: Table, key: &[u8], value: &[u8]) -> u64 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[table.number(), key.len() as u8]);
    hasher.update(key);
    hasher.update(value);
    u64::from(hasher.finalize())
}

impl View {
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let found = self.whole(|| self.trees[table.index()].get(key).map_err(trouble))?;
        Ok(found.map(|value| value.to_vec()))
    }

    /// Whether a read has met damage.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// A read by sled, which panics on some damage.
    fn whole<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        let done = catch_unwind(AssertUnwindSafe(read));
        let done = done.unwrap_or_else(|_| Err(Error::internal("view: reading panics")));
        if done.is_err() {
            self.failed.store(true, Ordering::Release);
        }
        done
    }

    /// All pairs between, one by one as they are asked for. `from` must not lie behind `to`.
    pub fn range(
        &self,
        table: Table,
        from: Bound<Vec<u8>>,
        to: Bound<Vec<u8>>,
        reverse: bool,
    ) -> impl Iterator<Item = Result<Pair>> {
        let mut found = self.trees[table.index()].range((from, to));
        let mut next = move || if reverse { found.next_back() } else { found.next() };
        std::iter::from_fn(move || self.whole(|| next().transpose().map_err(trouble)).transpose())
            .map(|pair| pair.map(|(key, value)| (key.to_vec(), value.to_vec())))
    }

    /// Makes changes visible, all at once, and with them that everything up to `last` is. Not durable.
    pub fn apply(&self, changes: &Changes, last: u64) -> Result<()> {
        // Held throughout: there is one writer, so nobody waits for it but who asks for the tally.
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let marks = Table::ALL.len();
        let touched: Vec<usize> =
            (0..marks).filter(|place| changes.touches(Table::ALL[*place])).chain([marks]).collect();
        let trees: Vec<&sled::Tree> = touched.iter().map(|place| &self.trees[*place]).collect();
        let done = trees.as_slice().transaction(|views| {
            let mut next = Tally { last, ..*tally };
            for (table, key, value) in changes.iter() {
                let place = touched.iter().position(|place| *place == table.index());
                change(&views[place.unwrap_or(0)], table, key, value, &mut next)?;
            }
            views[views.len() - 1].insert(TALLY, &next.octets())?;
            Ok::<Tally, ConflictableTransactionError<()>>(next)
        });
        *tally = done.map_err(|e| match e {
            TransactionError::Storage(e) => trouble(e),
            TransactionError::Abort(()) => Error::internal("view: a transaction was given up"),
        })?;
        Ok(())
    }

    pub fn tally(&self) -> Tally {
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the device has all that was applied. After a failure nothing is known of what it has.
    pub fn checkpoint(&self) -> Result<()> {
        self.db.flush().map_err(trouble)?;
        self.file.sync_data().map_err(|e| Error::internal(format_args!("view: syncing: {e}")))
    }

    /// Octets of its file: what sled gives back it uses again, but the file never shrinks.
    pub fn bytes(&self) -> u64 {
        self.file.metadata().map_or(0, |found| found.len())
    }

    /// Reads every entry.
    fn count(&self) -> Result<Tally> {
        let mut found = Tally::default();
        for table in Table::ALL {
            for entry in self.trees[table.index()].iter() {
                let (key, value) = entry.map_err(trouble)?;
                found.add(table, &key, &value);
            }
        }
        Ok(found)
    }

    /// The tally that was written; `None` in a new view, and in one that sled lost the whole log of.
    fn written(&self) -> Result<Option<Tally>> {
        let octets = self.trees[Table::ALL.len()].get(TALLY).map_err(trouble)?;
        let tally = octets
            .map(|octets| Tally::of_octets(&octets).ok_or_else(|| Error::internal("view: its tally is no tally")));
        tally.transpose()
    }
}

fn change(
    tree: &TransactionalTree,
    table: Table,
    key: &[u8],
    value: Option<&[u8]>,
    tally: &mut Tally,
) -> std::result::Result<(), ConflictableTransactionError<()>> {
    let before = match value {
        Some(value) => {
            tally.add(table, key, value);
            tree.insert(key, value)?
        }
        None => tree.remove(key)?,
    };
    if let Some(before) = before {
        tally.take(table, key, &before);
    }
    Ok(())
}

fn trouble(e: sled::Error) -> Error {
    Error::internal(format_args!("view: {e}"))
}
