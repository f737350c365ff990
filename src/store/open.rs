//! How a store is opened: the directory locked, what a power cut left put in order, the view brought to the journal's end,
//! and the two threads started.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::mpsc;

use super::disk::{self, Probe, Space, failed, free_bytes};
use super::incident::What;
#[cfg(test)]
use super::journal;
use super::journal::{Journal, bytes_behind};
use super::media::Media;
use super::recover::{Happened, Progress, recover};
use super::snapshot::keeper::{Keeper, WISHES, Wish};
use super::snapshot::{self, restore};
use super::view::shelf::Shelf;
use super::view::{Current, View};
use super::writer::{QUEUE_LENGTH, State, Writer};
use super::{Shared, Store};
use crate::clock::Clock;
use crate::error::{Error, Result};

/// How a store is opened. The defaults are for the box: 256 MiB of memory and some GiB of flash.
#[derive(Clone)]
pub struct Options {
    /// A checkpoint comes after so many octets of journal, and a start replays at most these. 8 MiB: about 28 000
    /// records of 300 octets, which the view takes in two seconds.
    pub segment_bytes: u64,
    /// Free space below which what grows is refused. 64 MiB: one segment, and what the view makes of it (six times as
    /// much, measured with random keys).
    pub reserve_bytes: u64,
    /// The view's page cache; beside it the view costs about 50 octets of memory for each entry. 8 MiB.
    pub cache_bytes: u64,
    /// The box's name, for ids that leave it.
    pub box_id: String,
    /// Asked for the free space at most once a second.
    pub free: Probe,
    pub clock: Clock,
    /// How far opening has come, for whoever waits for it.
    pub progress: Arc<Progress>,
    #[cfg(test)]
    pub faults: journal::Faults,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            segment_bytes: 8 * 1024 * 1024,
            reserve_bytes: 64 * 1024 * 1024,
            cache_bytes: 8 * 1024 * 1024,
            box_id: "box".to_owned(),
            free: Arc::new(free_bytes),
            clock: Clock::machine(),
            progress: Arc::default(),
            #[cfg(test)]
            faults: journal::Faults::default(),
        }
    }
}

impl Store {
    /// Opens the store in `dir`, or makes it: cuts a torn tail, mends what is damaged, replays what the view lacks. What
    /// could not be read any more is told by `incidents`. Fails when another process has it, and when it cannot be
    /// looked at; the error names the file.
    pub fn open(dir: &Path, options: Options) -> Result<Store> {
        disk::make_directory(dir)?;
        let lock = Arc::new(lock(dir)?);
        disk::remove_leftovers(dir)?;
        restore::finish(dir)?;
        let space = Arc::new(Space::new(dir, options.reserve_bytes, options.free.clone(), options.clock.clone()));
        let media = Media::open(dir, space.clone())?;
        let (found, happened) = find(dir, &options)?;
        let store = join(dir, options, found, (lock, space, media))?;
        if !happened.is_empty() {
            // What was mended stays mended only when it no longer depends on what is damaged.
            store.wish(Wish::Snapshot);
            if let Err(error) = store.shared.keeper.note(happened) {
                log::error!("store: what happened is in this log only: {error}");
            }
        }
        restore::drop_label(dir)?;
        Ok(store)
    }
}

/// The view at the journal's end, and what was met on the way.
fn find(dir: &Path, options: &Options) -> Result<((Journal, Shelf, View), Happened)> {
    let label = restore::take_label(dir)?;
    let mut journal = Journal::open(dir)?;
    #[cfg(test)]
    journal.faults.clone_from(&options.faults);
    let mut shelf = Shelf::open(dir)?;
    let (view, mut happened) = recover(dir, &mut journal, &mut shelf, options.cache_bytes, &options.progress)?;
    if let Some(label) = label {
        // That there was no view is no incident then.
        happened.retain(|(what, _)| *what != What::Rebuilt);
        happened.push((What::Restored, format!("a backup of {} made at {}", label.box_id, label.made.rfc3339())));
    }
    Ok(((journal, shelf, view), happened))
}

/// Starts the two threads round what was found.
fn join(
    dir: &Path,
    options: Options,
    (journal, shelf, view): (Journal, Shelf, View),
    (lock, space, media): (Arc<File>, Arc<Space>, Media),
) -> Result<Store> {
    let state = Arc::new(state(dir, &journal)?);
    let view = Arc::new(Current::new(view));
    let (queue, orders) = mpsc::channel(QUEUE_LENGTH);
    let (wishes, wished) = sync_channel(WISHES);
    let box_id: Arc<str> = options.box_id.into();
    let keeper = Arc::new(Keeper {
        data: dir.to_owned(),
        view: view.clone(),
        state: state.clone(),
        space: space.clone(),
        clock: options.clock.clone(),
        cache_bytes: options.cache_bytes,
        epoch: journal.epoch(),
        shelf: Mutex::new(shelf),
        queue: queue.downgrade(),
        ending: AtomicBool::new(false),
    });
    let writer = Writer {
        queue: orders,
        view,
        journal,
        space,
        state,
        clock: options.clock,
        box_id: box_id.clone(),
        segment_bytes: options.segment_bytes,
        checkpoint_at_bytes: options.segment_bytes,
        wishes: wishes.clone(),
        suspect: Box::new(Shelf::suspecting(dir)),
    };
    // Both hold the lock until they write nothing any more.
    let held = lock.clone();
    let writer = start("store-writer", move || (writer.run(), drop(held)).0)?;
    let (held, kept) = (lock.clone(), keeper.clone());
    let keeping = start("store-keeper", move || (kept.run(&wished), drop(held)).0)?;
    let (queue, writer) = (Mutex::new(Some(queue)), Mutex::new(Some(writer)));
    let (wishes, keeping) = (Mutex::new(Some(wishes)), Mutex::new(Some(keeping)));
    let shared = Shared { queue, writer, wishes, keeper, keeping, media, box_id, _lock: lock };
    Ok(Store { shared: Arc::new(shared) })
}

/// How long a start waits for the directory: a process that is just ending, or a child of one between fork and exec.
const LOCK_PATIENCE: Duration = Duration::from_millis(250);

/// An advisory lock on the whole directory; sled's own covers its file alone.
pub(super) fn lock(dir: &Path) -> Result<File> {
    let path = dir.join("lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(failed("opening", &path))?;
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if waited < LOCK_PATIENCE => waited += disk::pause(),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Conflict(format!("another process has the data directory {} open", dir.display())));
            }
            Err(TryLockError::Error(e)) => return Err(failed("locking", &path)(e)),
        }
    }
}

fn start<T: Send + 'static>(name: &str, run: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(run);
    thread.map_err(|e| Error::internal(format_args!("starting the thread {name}: {e}")))
}

/// As it is at the start.
fn state(dir: &Path, journal: &Journal) -> Result<State> {
    let state = State::default();
    state.sequence.send_replace(journal.last());
    // Not zero: a page that was kept elsewhere under a revision must not be taken for another one after a restart.
    state.revision.store(journal.last(), Ordering::Release);
    let snapshot = snapshot::list(dir)?.last().copied().unwrap_or(0);
    state.journal_bytes.store(bytes_behind(journal.dir(), snapshot)?, Ordering::Release);
    let bytes = std::fs::metadata(snapshot::path_of(dir, snapshot)).map_or(0, |found| found.len());
    state.snapshot_bytes.store(bytes, Ordering::Release);
    Ok(state)
}
