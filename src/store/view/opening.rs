//! Opening a view: sled's known ailments and their cures, and the count that shows whether it is whole.
//!
//! What was seen of sled 0.34.7: a power cut while it opens leaves `snap.*.generating`, which it then takes for a
//! damaged snapshot; without its snapshot it reads its whole log, slower but without loss; on some damage it panics
//! instead of saying so; it makes nothing of what it creates durable.

use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use super::super::disk::{self, failed};
use super::super::table::Table;
use super::{TALLY, Tally, View};
use crate::error::{Error, Result};

/// Why a view was not opened.
#[derive(Debug)]
pub enum Trouble {
    /// What is there cannot be read, or is not what was written.
    Damaged(String),
    /// It could not be looked at: permissions, another process, a full disk. No cure would be right.
    Other(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Other(error)
    }
}

impl View {
    /// Makes a view in an empty directory: that of no commit.
    pub fn make(dir: &Path, cache_bytes: u64) -> Result<View> {
        let view = open_once(dir, cache_bytes);
        let made =
            view.and_then(|view| view.trees[Table::ALL.len()].insert(TALLY, &Tally::default().octets()).map(|_| view));
        made.map_err(|e| Error::internal(format_args!("making a view in {}: {e}", dir.display())))
    }

    /// Opens the view in `dir`; every entry has been read and counted when this is `Ok`.
    pub fn open(dir: &Path, cache_bytes: u64) -> std::result::Result<View, Trouble> {
        remove_unfinished_snapshots(dir)?;
        let view = match attempt(dir, cache_bytes) {
            Err(Trouble::Damaged(why)) if remove_snapshots(dir)? => {
                log::warn!("view: {} is damaged ({why}); opening it without its snapshot", dir.display());
                attempt(dir, cache_bytes)?
            }
            done => done?,
        };
        let why = match catch_unwind(AssertUnwindSafe(|| compare(&view))) {
            Ok(Ok(tally)) => {
                *view.lock_trees() = tally;
                view.above_mut().last = tally.last;
                return Ok(view);
            }
            Ok(Err(why)) => why,
            Err(_) => "reading it panics".to_owned(),
        };
        // To drop it would make sled write into its damaged files, or panic. Its lock stays: it is not opened again.
        std::mem::forget(view);
        Err(Trouble::Damaged(why))
    }
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

/// Whether the view is what it says.
fn compare(view: &View) -> std::result::Result<Tally, String> {
    let written = view.written().map_err(|e| e.to_string())?.ok_or("it is empty")?;
    let found = Tally { last: written.last, ..view.count().map_err(|e| e.to_string())? };
    match found == written {
        true => Ok(written),
        false => Err(format!("{} entries were written and {} others found", written.entries, found.entries)),
    }
}

fn judge(opened: thread::Result<sled::Result<View>>, dir: &Path) -> std::result::Result<View, Trouble> {
    match opened {
        Ok(Ok(view)) => Ok(view),
        Ok(Err(sled::Error::Io(e))) => Err(match e.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => Trouble::Damaged(e.to_string()),
            // What is locked now is locked by ourselves: an attempt that panicked left it so.
            io::ErrorKind::Other => Trouble::Damaged(e.to_string()),
            _ => Trouble::Other(failed("opening the view in", dir)(e)),
        }),
        Ok(Err(damage)) => Err(Trouble::Damaged(damage.to_string())),
        Err(_) => Err(Trouble::Damaged("opening it panics".to_owned())),
    }
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
        let path = entry?.path();
        if path.is_file() {
            File::open(path)?.sync_all()?;
        }
    }
    File::open(dir)?.sync_all()?;
    Ok(View {
        trees,
        file: File::open(dir.join("db"))?,
        db,
        tally: Default::default(),
        above: Default::default(),
        failed: AtomicBool::new(false),
    })
}

fn remove_unfinished_snapshots(dir: &Path) -> Result<()> {
    for (path, name) in snapshots(dir)? {
        if name.ends_with(".generating") {
            fs::remove_file(&path).map_err(failed("removing", &path))?;
        }
    }
    Ok(())
}

/// `false` when there was none. They are of no use to anybody: what they held is in the log or lost.
fn remove_snapshots(dir: &Path) -> Result<bool> {
    let found = snapshots(dir)?;
    for (path, _) in &found {
        fs::remove_file(path).map_err(failed("removing", path))?;
    }
    disk::sync_directory(dir)?;
    Ok(!found.is_empty())
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
