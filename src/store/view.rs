//! The view: what the journal's changes amount to, in sled, to be read. The only file that names sled.
//!
//! sled 0.34.7 is frozen third-party code and is held to this: one writer, no flush but at a checkpoint, small values,
//! few trees, never compression. Its `flush` is `sync_file_range` and no fsync, so a checkpoint also syncs its file.
//!
//! Two marks stand in a tree of their own. `applied` is written in one transaction with the changes it speaks of: it
//! tells when the view is ahead of a journal that lost its end. `checkpoint` is written after flush **and** sync have
//! returned: all up to it is on the device, whatever of the marks themselves survives, and replay begins behind it.
//! Replaying more than is missing does no harm: changes say what a key *is*, and end as the last one says.
//!
//! Not here: the order of things (`writer`), and damage that only a snapshot could mend.

use std::fs::{self, File, TryLockError};
use std::io;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use sled::transaction::{ConflictableTransactionError, TransactionError, Transactional};

use super::disk::{self, failed};
use super::read::Pair;
use super::table::Table;
use super::tx::Changes;
use crate::error::{Error, Result};

const APPLIED: &[u8] = b"applied";
const CHECKPOINT: &[u8] = b"checkpoint";

pub struct View {
    /// In the order of `Table::ALL`, then the tree of the marks.
    trees: Vec<sled::Tree>,
    /// sled's file, opened once more to sync it: sled keeps its own handle to itself.
    file: File,
    db: sled::Db,
}

impl View {
    /// Opens the view in a data directory, or makes it. If it is damaged beyond sled's known cures, it is put aside and
    /// begun anew when `may_rebuild` (the journal reaches back to the first commit), else this fails.
    pub fn open(data: &Path, cache_bytes: u64, may_rebuild: bool) -> Result<View> {
        let dir = data.join("view");
        disk::make_directory(&dir)?;
        remove_unfinished_snapshots(&dir)?;
        let why = match attempt(&dir, cache_bytes) {
            Ok(view) => return Ok(view),
            Err(Trouble::Other(error)) => return Err(error),
            Err(Trouble::Damaged(why)) => why,
        };
        log::error!("view: {} is damaged ({why}); opening it without its snapshot", dir.display());
        put_snapshots_aside(&dir)?;
        let why = match attempt(&dir, cache_bytes) {
            Ok(view) => return Ok(view),
            Err(Trouble::Other(error)) => return Err(error),
            Err(Trouble::Damaged(why)) => why,
        };
        if !may_rebuild {
            let dir = dir.display();
            let what =
                format!("the view in {dir} is damaged ({why}), and the journal no longer reaches back to its begin");
            return Err(Error::Internal(what));
        }
        log::error!("view: {} is damaged ({why}); building it anew from the journal", dir.display());
        put_aside(data, &dir)?;
        disk::make_directory(&dir)?;
        attempt(&dir, cache_bytes).map_err(|trouble| match trouble {
            Trouble::Other(error) => error,
            Trouble::Damaged(why) => Error::internal(format_args!("a new view in {}: {why}", dir.display())),
        })
    }

    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.trees[table.index()].get(key).map_err(trouble)?.map(|value| value.to_vec()))
    }

    /// All pairs between, one by one as they are asked for. `from` must not lie behind `to`.
    pub fn range(
        &self,
        table: Table,
        from: Bound<Vec<u8>>,
        to: Bound<Vec<u8>>,
        reverse: bool,
    ) -> impl Iterator<Item = Result<Pair>> + use<> {
        let mut found = self.trees[table.index()].range((from, to));
        std::iter::from_fn(move || if reverse { found.next_back() } else { found.next() })
            .map(|pair| pair.map(|(key, value)| (key.to_vec(), value.to_vec())).map_err(trouble))
    }

    /// Makes changes visible, all at once, and with them that everything up to `last` is. Not durable.
    pub fn apply(&self, changes: &Changes, last: u64) -> Result<()> {
        let marks = Table::ALL.len();
        let mut batches: Vec<Option<sled::Batch>> = vec![None; marks + 1];
        for (table, key, value) in changes.iter() {
            let batch = batches[table.index()].get_or_insert_default();
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        batches[marks].get_or_insert_default().insert(APPLIED, &last.to_be_bytes());
        let (trees, batches): (Vec<_>, Vec<_>) =
            self.trees.iter().zip(batches).filter_map(|(tree, batch)| Some((tree, batch?))).unzip();
        let done = trees.as_slice().transaction(|views| {
            for (view, batch) in views.iter().zip(&batches) {
                view.apply_batch(batch)?;
            }
            Ok::<(), ConflictableTransactionError<()>>(())
        });
        done.map_err(|e| match e {
            TransactionError::Storage(e) => trouble(e),
            TransactionError::Abort(()) => Error::internal("view: a transaction was given up"),
        })
    }

    /// The sequence of the last commit that the view shows.
    pub fn applied(&self) -> Result<u64> {
        self.mark(APPLIED)
    }

    /// The sequence up to which the view is surely on the device.
    pub fn checkpointed(&self) -> Result<u64> {
        self.mark(CHECKPOINT)
    }

    /// Waits until the device has all that was applied. After a failure nothing is known of what it has.
    pub fn checkpoint(&self) -> Result<()> {
        let applied = self.applied()?;
        self.db.flush().map_err(trouble)?;
        self.file.sync_data().map_err(|e| Error::internal(format_args!("view: syncing: {e}")))?;
        self.marks().insert(CHECKPOINT, &applied.to_be_bytes()).map_err(trouble)?;
        Ok(())
    }

    fn marks(&self) -> &sled::Tree {
        &self.trees[Table::ALL.len()]
    }

    fn mark(&self, name: &[u8]) -> Result<u64> {
        let found = self.marks().get(name).map_err(trouble)?;
        let Some(found) = found else { return Ok(0) };
        let octets = found.as_ref().try_into().map_err(|_| Error::internal("view: a mark is no number"))?;
        Ok(u64::from_be_bytes(octets))
    }
}

fn trouble(e: sled::Error) -> Error {
    Error::internal(format_args!("view: {e}"))
}

enum Trouble {
    /// What is there cannot be read.
    Damaged(String),
    /// It could not be looked at: permissions, another process, a full disk. No cure would be right.
    Other(Error),
}

/// sled's threads let go of its file a moment after its last handle is dropped. We hold the lock of the whole directory,
/// so nobody else has it: two seconds are far more than they take.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);

fn attempt(dir: &Path, cache_bytes: u64) -> std::result::Result<View, Trouble> {
    let mut waited = Duration::ZERO;
    loop {
        // sled panics on some damage that it meets while it opens.
        let opened = catch_unwind(AssertUnwindSafe(|| open_once(dir, cache_bytes)));
        match &opened {
            // What sled says when its file is locked, and of some damage: time tells which.
            Ok(Err(sled::Error::Io(e))) if e.kind() == io::ErrorKind::Other && waited < LOCK_PATIENCE => {
                waited += disk::pause();
            }
            _ => return judge(opened, dir),
        }
    }
}

fn judge(opened: thread::Result<sled::Result<View>>, dir: &Path) -> std::result::Result<View, Trouble> {
    match opened {
        Ok(Ok(view)) => Ok(view),
        Ok(Err(sled::Error::Io(e))) => Err(match e.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => Trouble::Damaged(e.to_string()),
            io::ErrorKind::Other if !is_locked(dir) => Trouble::Damaged(e.to_string()),
            _ => Trouble::Other(failed("opening the view in", dir)(e)),
        }),
        Ok(Err(damage)) => Err(Trouble::Damaged(damage.to_string())),
        Err(_) => Err(Trouble::Damaged("it panicked".to_owned())),
    }
}

fn is_locked(dir: &Path) -> bool {
    File::open(dir.join("db")).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

fn open_once(dir: &Path, cache_bytes: u64) -> sled::Result<View> {
    let db = sled::Config::new()
        .path(dir)
        .cache_capacity(cache_bytes)
        .mode(sled::Mode::LowSpace)
        // The journal makes commits durable; flushing is for checkpoints alone.
        .flush_every_ms(None)
        .open()?;
    let mut trees = Vec::with_capacity(Table::ALL.len() + 1);
    for name in Table::ALL.iter().map(|table| table.name()).chain(["marks"]) {
        trees.push(db.open_tree(name)?);
    }
    // What sled makes (files, their names, its configuration) it does not make durable; nor did a killed process.
    for entry in fs::read_dir(dir)? {
        File::open(entry?.path())?.sync_all()?;
    }
    File::open(dir)?.sync_all()?;
    Ok(View { trees, file: File::open(dir.join("db"))?, db })
}

/// A power cut while sled writes its snapshot leaves `snap.*.generating`, which it then takes for a damaged one: its
/// filter looks for another ending.
fn remove_unfinished_snapshots(dir: &Path) -> Result<()> {
    for (path, name) in snapshots(dir)? {
        if name.ends_with(".generating") {
            fs::remove_file(&path).map_err(failed("removing", &path))?;
        }
    }
    Ok(())
}

/// Without its snapshot sled reads its whole log: slower, but nothing is lost. The newest set is kept to be looked at.
fn put_snapshots_aside(dir: &Path) -> Result<()> {
    let aside = dir.join("aside");
    if aside.exists() {
        fs::remove_dir_all(&aside).map_err(failed("removing", &aside))?;
    }
    disk::make_directory(&aside)?;
    for (path, name) in snapshots(dir)? {
        fs::rename(&path, aside.join(name)).map_err(failed("putting aside", &path))?;
    }
    disk::sync_directory(dir)
}

fn snapshots(dir: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed("reading", dir))? {
        let entry = entry.map_err(failed("reading", dir))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("snap.") {
            found.push((entry.path(), name));
        }
    }
    Ok(found)
}

/// Keeps the newest damaged view for whoever wants to know why; not more, for the disk's sake.
fn put_aside(data: &Path, dir: &Path) -> Result<()> {
    let aside = data.join("view.damaged");
    if aside.exists() {
        fs::remove_dir_all(&aside).map_err(failed("removing", &aside))?;
    }
    fs::rename(dir, &aside).map_err(failed("putting aside", dir))?;
    disk::sync_directory(data)
}
