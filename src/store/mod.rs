//! WHAT IS KEPT. The journal is the truth, the view is made from it, and every write goes one way:
//! a closure on the writer, durable before it is answered.
//!
//! ```text
//! data/ lock      one process at a time
//!       epoch     which life of the journal this is       (journal.rs)
//!       journal/  what was committed, in order            (journal.rs, frame.rs)
//!       view/     the same as tables, to be read          (view.rs: the only file that names sled)
//!       pictures/ named by their contents                 (media.rs)
//! ```
//! Reads go to the view from any thread (`Read`, `Records`); writes through `Store::write` (`Tx`). What is stored is a
//! `Record` in a `Table`. Not here: what the records mean, how long they stay, and the copy at the hub.

mod disk;
mod frame;
mod journal;
mod media;
mod read;
mod record;
mod table;
#[cfg(test)]
pub mod tests;
mod tx;
mod view;
mod writer;

use std::fs::{File, OpenOptions, TryLockError};
use std::ops::Bound;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::mpsc;

pub use disk::{Probe, free_bytes};
pub use media::{EXTENSIONS, Media};
pub use read::{Pair, Read, Records};
pub use record::{Never, Record};
pub use table::Table;
pub use tx::{KEY_LIMIT_BYTES, TX_LIMIT_BYTES, Tx, VALUE_LIMIT_BYTES};

use crate::clock::Clock;
use crate::error::{Error, Result};
use disk::{Room, Space, failed};
use journal::Journal;
use tx::Changes;
use view::View;
use writer::{Act, Job, QUEUE_LENGTH, State, Writer};

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
            #[cfg(test)]
            faults: journal::Faults::default(),
        }
    }
}

/// The open store; a handle that is cheap to clone. When the last one is dropped, what is queued is done and a
/// checkpoint made first: a drop waits for the disk.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    /// Taken by `close`: without a sender the writer comes to its end.
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    writer: Mutex<Option<JoinHandle<Result<()>>>>,
    view: Arc<View>,
    state: Arc<State>,
    space: Arc<Space>,
    media: Media,
    box_id: Arc<str>,
    epoch: u64,
    /// Let go last.
    _lock: Arc<File>,
}

impl Store {
    /// Opens the store in `dir`, or makes it. Cuts a torn tail and replays what the view lacks. Fails when another
    /// process has it, or when something acknowledged is damaged: the error then names file and offset.
    pub fn open(dir: &Path, options: Options) -> Result<Store> {
        disk::make_directory(dir)?;
        let lock = Arc::new(lock(dir)?);
        disk::remove_leftovers(dir)?;
        let space = Arc::new(Space::new(dir, options.reserve_bytes, options.free, options.clock.clone()));
        let media = Media::open(dir, space.clone())?;
        let mut journal = Journal::open(dir)?;
        #[cfg(test)]
        journal.faults.clone_from(&options.faults);
        let view = Arc::new(View::open(dir, options.cache_bytes, journal.begins() == 1)?);
        recover(&mut journal, &view)?;

        let state = Arc::new(State::default());
        state.sequence.store(journal.last(), Ordering::Release);
        // Not zero: a page that was kept elsewhere under a revision must not be taken for another one after a restart.
        state.revision.store(journal.last(), Ordering::Release);
        let (sender, queue) = mpsc::channel(QUEUE_LENGTH);
        let box_id: Arc<str> = options.box_id.into();
        let epoch = journal.epoch();
        let writer = Writer {
            queue,
            view: view.clone(),
            journal,
            space: space.clone(),
            state: state.clone(),
            clock: options.clock,
            box_id: box_id.clone(),
            segment_bytes: options.segment_bytes,
            checkpoint_at_bytes: options.segment_bytes,
        };
        let held = lock.clone();
        let thread = thread::Builder::new().name("store-writer".to_owned()).spawn(move || {
            let _until_nothing_is_written = held;
            writer.run()
        });
        let thread = thread.map_err(|e| Error::internal(format_args!("starting the store's writer: {e}")))?;
        let (queue, writer) = (Mutex::new(Some(sender)), Mutex::new(Some(thread)));
        let shared = Shared { queue, writer, view, state, space, media, box_id, epoch, _lock: lock };
        Ok(Store { shared: Arc::new(shared) })
    }

    /// Runs `act` on the writer. When this is `Ok`, its changes are on the device and visible. An error or a panic in
    /// `act` drops its changes alone. `Full` when the disk has no room, `Internal` when the store is closed or a sync
    /// has failed. Who drops the future gives up the answer, not the commit.
    pub async fn write<T: Send + 'static>(&self, act: impl FnOnce(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        let (job, answer) = Act::job(act);
        self.queue()?.send(job).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// The same for start-up, commands and threads of their own. Panics on an async worker, as Tokio does there.
    pub fn write_blocking<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Tx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if writer::is_writer_thread() {
            return Err(Error::internal("a closure on the writer waits for the writer"));
        }
        let (job, answer) = Act::job(act);
        self.queue()?.blocking_send(job).map_err(|_| closed())?;
        answer.blocking_recv().map_err(|_| closed())?
    }

    /// Rises with each commit that changed what pages show (`Table::shown`), also across restarts. Read it *before* the
    /// page is made that is kept under it.
    pub fn revision(&self) -> u64 {
        self.shared.state.revision.load(Ordering::Acquire)
    }

    /// The sequence of the last commit; 0 before the first.
    pub fn sequence(&self) -> u64 {
        self.shared.state.sequence.load(Ordering::Acquire)
    }

    /// Which life of the journal this is: with the box's name and a sequence it names a commit for ever.
    pub fn epoch(&self) -> u64 {
        self.shared.epoch
    }

    pub fn box_id(&self) -> &str {
        &self.shared.box_id
    }

    /// Whether the disk's reserve is touched, so that what grows is refused. Asks anew, at most once a second.
    pub fn is_full(&self) -> bool {
        self.shared.space.room() != Room::Enough
    }

    /// Whether a sync has failed: everything is refused until the store is opened again, and a restart is what helps.
    pub fn is_broken(&self) -> bool {
        self.shared.state.broken.load(Ordering::Acquire)
    }

    pub fn media(&self) -> &Media {
        &self.shared.media
    }

    /// Does what is queued, makes a checkpoint and ends the writer, also for the other handles: they still read, and
    /// their writes fail. Waits for the disk and for writes under way, so not on an async worker. The error is that of the
    /// checkpoint. The directory is free for another process when the last handle is dropped.
    pub fn close(self) -> Result<()> {
        self.shared.end_writer()
    }

    fn queue(&self) -> Result<mpsc::Sender<Box<dyn Job>>> {
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)
    }
}

impl Read for Store {
    fn raw(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.shared.view.get(table, key)
    }

    fn range(
        &self,
        table: Table,
        from: Bound<Vec<u8>>,
        to: Bound<Vec<u8>>,
        reverse: bool,
        limit: usize,
    ) -> Result<Vec<Pair>> {
        if limit == 0 || read::is_void(&from, &to) {
            return Ok(Vec::new());
        }
        self.shared.view.range(table, from, to, reverse).take(limit).collect()
    }
}

impl Shared {
    fn end_writer(&self) -> Result<()> {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        // A closure may own the last handle: the writer then ends by itself, and cannot wait for that.
        if writer::is_writer_thread() {
            return Ok(());
        }
        match self.writer.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(writer) => writer.join().unwrap_or_else(|_| Err(Error::internal("the store's writer panicked"))),
            None => Ok(()),
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Err(error) = self.end_writer() {
            log::error!("store: closing: {error}");
        }
    }
}

fn closed() -> Error {
    Error::internal("the store is closed")
}

/// How long a start waits for the directory: a process that is just ending, or a child of one between fork and exec.
const LOCK_PATIENCE: Duration = Duration::from_millis(250);

/// An advisory lock on the whole directory; sled's own covers its file alone.
fn lock(dir: &Path) -> Result<File> {
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

/// So much is applied to the view at once: enough that its own writing counts little, and small beside its memory.
const REPLAY_BYTES: usize = 1024 * 1024;

/// Brings the view to where the journal is.
fn recover(journal: &mut Journal, view: &View) -> Result<()> {
    let (applied, sure) = (view.applied()?, view.checkpointed()?);
    if applied > journal.last() {
        // Only a device that lost what it had confirmed, or a hand in the directory, leads here. The view has more of
        // what was acknowledged, so it is kept; replaying the journal over it would take things back.
        log::error!("store: the journal ends at {}, the view at {applied}; a new epoch begins", journal.last());
        view.checkpoint()?;
        return journal.restart(applied);
    }
    if sure >= journal.last() {
        return Ok(());
    }
    let (mut waiting, mut last) = (Changes::default(), sure);
    journal.replay(sure, &mut |group| {
        last = group.last();
        group.commits.into_iter().for_each(|commit| waiting.absorb(commit));
        if waiting.bytes() < REPLAY_BYTES {
            return Ok(());
        }
        view.apply(&std::mem::take(&mut waiting), last)
    })?;
    view.apply(&waiting, last)?;
    log::info!("store: replayed commits {} to {last}", sure + 1);
    view.checkpoint()
}
