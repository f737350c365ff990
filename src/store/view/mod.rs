//! The view: what the journal's changes amount to, in sled, to be read. The only folder that names sled.
//!
//! sled 0.34.7 is frozen third-party code and is held to this: one writer, no flush but at a checkpoint, small values,
//! few trees, never compression. Its `flush` is `sync_file_range` and no fsync, so a checkpoint also syncs its file.
//!
//! What is applied stands **above** the trees first, in memory, and goes into them together with what came after it: a
//! row that changes with every commit is then written once for hundreds, and one commit in hundreds waits for sled.
//! After a crash the journal has it; reads go through it.
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
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use sled::transaction::{ConflictableTransactionError, TransactionError, Transactional, TransactionalTree};

pub use opening::Trouble;

use super::changes::{Changes, Layered};
use super::read::Pair;
use super::table::Table;
use crate::error::{Error, Result};

const TALLY: &[u8] = b"tally";
/// From so many octets on, what stands above goes into the trees: some hundred rows, so that no commit waits for long.
const ABOVE_BYTES: usize = 256 * 1024;

pub struct View {
    /// In the order of `Table::ALL`, then the tree of the tally.
    trees: Vec<sled::Tree>,
    /// sled's file, opened once more to sync it: sled keeps its own handle to itself.
    file: File,
    db: sled::Db,
    /// Of the trees. Held by whoever changes them or what stands above.
    tally: Mutex<Tally>,
    above: RwLock<Above>,
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

/// What was applied and may not be in the trees yet.
#[derive(Default)]
struct Above {
    changes: Changes,
    /// The last commit that was applied.
    last: u64,
    /// How often changes have begun to go down.
    descents: u64,
}

/// What the trees hold, in numbers.
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
        if let Some(value) = self.above().changes.get(table, key) {
            return Ok(value.clone());
        }
        let found = self.whole(|| self.trees[table.index()].get(key).map_err(trouble))?;
        Ok(found.map(|value| value.to_vec()))
    }

    /// All pairs between, one by one as they are asked for: of whole commits while nobody applies any. `from` must not
    /// lie behind `to`.
    pub fn range(
        &self,
        table: Table,
        from: Bound<Vec<u8>>,
        to: Bound<Vec<u8>>,
        reverse: bool,
    ) -> impl Iterator<Item = Result<Pair>> {
        let above: Vec<_> = self.above().changes.range(table, &from, &to, reverse).collect();
        Layered::new(above.into_iter(), self.in_trees(table, from, to, reverse), reverse)
    }

    /// At most `limit` of the pairs between, of whole commits. `from` must not lie behind `to`.
    pub fn pairs(
        &self,
        table: Table,
        from: Bound<Vec<u8>>,
        to: Bound<Vec<u8>>,
        reverse: bool,
        limit: usize,
    ) -> Result<Vec<Pair>> {
        let descents = self.above().descents;
        let found = self.range(table, from.clone(), to.clone(), reverse).take(limit).collect();
        let above = self.above();
        if above.descents == descents {
            return found;
        }
        // Changes went down meanwhile, so it may be of two times: once more, and the next ones wait.
        let changes = above.changes.range(table, &from, &to, reverse);
        let in_trees = self.in_trees(table, from.clone(), to.clone(), reverse);
        Layered::new(changes, in_trees, reverse).take(limit).collect()
    }

    /// Makes changes visible, all at once, and with them that everything up to `last` is. Not durable.
    pub fn apply(&self, changes: Changes, last: u64) -> Result<()> {
        // There is one writer: it waits here only while another thread makes changes go down.
        let mut tally = self.lock_trees();
        let mut above = self.above_mut();
        above.changes.absorb(changes);
        above.last = last;
        let is_much = above.changes.bytes() >= ABOVE_BYTES;
        drop(above);
        if is_much { self.descend(&mut tally) } else { Ok(()) }
    }

    /// Puts into the trees what stands above them; says what they hold then.
    pub fn settle(&self) -> Result<Tally> {
        let mut tally = self.lock_trees();
        self.descend(&mut tally)?;
        Ok(*tally)
    }

    /// The last commit that was applied.
    pub fn last(&self) -> u64 {
        self.above().last
    }

    /// Whether a read has met damage.
    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Waits until the device has all that was applied. After a failure nothing is known of what it has.
    pub fn checkpoint(&self) -> Result<()> {
        self.settle()?;
        self.db.flush().map_err(trouble)?;
        self.file.sync_data().map_err(|e| Error::internal(format_args!("view: syncing: {e}")))
    }

    /// Octets of its file: what sled gives back it uses again, but the file never shrinks.
    pub fn bytes(&self) -> u64 {
        self.file.metadata().map_or(0, |found| found.len())
    }

    /// In one transaction, which shows nothing that reads did not show before.
    fn descend(&self, tally: &mut Tally) -> Result<()> {
        self.above_mut().descents += 1;
        let above = self.above();
        if above.changes.is_empty() && above.last == tally.last {
            return Ok(());
        }
        let marks = Table::ALL.len();
        let touched: Vec<usize> =
            (0..marks).filter(|place| above.changes.touches(Table::ALL[*place])).chain([marks]).collect();
        let trees: Vec<&sled::Tree> = touched.iter().map(|place| &self.trees[*place]).collect();
        let done = trees.as_slice().transaction(|views| {
            let mut next = Tally { last: above.last, ..*tally };
            for (table, key, value) in above.changes.iter() {
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
        drop(above);
        let gone = std::mem::take(&mut self.above_mut().changes);
        // Thousands of small pieces of memory: not while readers wait.
        drop(gone);
        Ok(())
    }

    fn in_trees(
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

    /// A read by sled, which panics on some damage.
    fn whole<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        let done = catch_unwind(AssertUnwindSafe(read));
        let done = done.unwrap_or_else(|_| Err(Error::internal("view: reading panics")));
        if done.is_err() {
            self.failed.store(true, Ordering::Release);
        }
        done
    }

    fn lock_trees(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn above(&self) -> RwLockReadGuard<'_, Above> {
        self.above.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn above_mut(&self) -> RwLockWriteGuard<'_, Above> {
        self.above.write().unwrap_or_else(PoisonError::into_inner)
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
