//! WHAT IS KEPT. The journal is the truth, the view is made from it, and every write goes one way:
//! a closure on the writer, durable before it is answered.
//!
//! ```text
//! data/ lock       one process at a time
//!       epoch      which life of the journal this is       (journal/)
//!       journal/   what was committed, in order            (journal/)
//!       view/      the same as tables, to be read          (view/: the only folder that names sled)
//!       snapshots/ the same in files, for another view     (snapshot/)
//!       pictures/  named by their contents                 (media.rs)
//! ```
//! Reads go to the view from any thread (`Read`, `Records`); writes through `Store::write` (`Tx`). What is stored is a
//! `Record` in a `Table`. Damage is mended at the start (`recover`) or while the box runs (`snapshot/keeper.rs`), and
//! told (`incident`). Not here: what the records mean, how long they stay, and the copy at the hub.

mod changes;
mod disk;
mod incident;
mod journal;
mod media;
mod open;
mod read;
mod record;
mod recover;
mod snapshot;
mod table;
#[cfg(test)]
pub mod tests;
mod tx;
mod view;
mod writer;

use std::fs::File;
use std::io::Write;
use std::ops::Bound;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, watch};

pub use disk::{Probe, free_bytes};
pub use incident::{Incident, What, incidents};
pub use media::{EXTENSIONS, Media, names_in};
pub use open::Options;
pub use read::{Pair, Read, Records};
pub use record::{Never, Record};
pub use recover::Progress;
pub use snapshot::backup::Label;
pub use snapshot::restore::{BEFORE, examine, give_to_owner};
pub use table::Table;
pub use tx::{KEY_LIMIT_BYTES, TX_LIMIT_BYTES, Tx, VALUE_LIMIT_BYTES};

use crate::error::{Error, Result};
use disk::Room;
use journal::bytes_behind;
use snapshot::keeper::{Keeper, Wish};
use view::View;
use writer::{Act, Order};

/// From these octets on, and this many times what it holds, a view is worth making anew: below, the disk is no poorer for
/// it, and sled's own settling is at six times.
const FAT_BYTES: u64 = 32 * 1024 * 1024;
const FAT_FACTOR: u64 = 4;

/// The open store; a handle that is cheap to clone. When the last one is dropped, what is queued is done and a
/// checkpoint made first: a drop waits for the disk.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    /// Taken by `close`: without a sender the writer comes to its end.
    queue: Mutex<Option<mpsc::Sender<Order>>>,
    writer: Mutex<Option<JoinHandle<Result<()>>>>,
    /// Taken by `close` as well, for the keeper.
    wishes: Mutex<Option<SyncSender<Wish>>>,
    /// Has what the threads share: the view, the state, the space.
    keeper: Arc<Keeper>,
    keeping: Mutex<Option<JoinHandle<()>>>,
    media: Media,
    box_id: Arc<str>,
    /// Let go last.
    _lock: Arc<File>,
}

/// What the store takes of the disk, and what it made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    pub sequence: u64,
    pub epoch: u64,
    pub entries: u64,
    pub journal_bytes: u64,
    pub view_bytes: u64,
    /// Of the newest snapshot: the commit it is of (0: there is none) and its octets.
    pub snapshot: u64,
    pub snapshot_bytes: u64,
}

impl Store {
    /// Runs `act` on the writer. When this is `Ok`, its changes are on the device and visible. An error or a panic in
    /// `act` drops its changes alone. `Full` when the disk has no room, `Internal` when the store is closed or a sync
    /// has failed. Who drops the future gives up the answer, not the commit.
    pub async fn write<T: Send + 'static>(&self, act: impl FnOnce(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        let (job, answer) = Act::job(act);
        self.queue()?.send(Order::Act(job)).await.map_err(|_| closed())?;
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
        self.queue()?.blocking_send(Order::Act(job)).map_err(|_| closed())?;
        answer.blocking_recv().map_err(|_| closed())?
    }

    /// Rises with each commit that changed what pages show (`Table::shown`), also across restarts. Read it *before* the
    /// page is made that is kept under it.
    pub fn revision(&self) -> u64 {
        self.shared.keeper.state.revision.load(Ordering::Acquire)
    }

    /// The sequence of the last commit; 0 before the first.
    pub fn sequence(&self) -> u64 {
        *self.shared.keeper.state.sequence.borrow()
    }

    /// The same as it rises, for whoever looks anew at each commit. It ends with the last handle.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.shared.keeper.state.sequence.subscribe()
    }

    /// Which life of the journal this is: with the box's name and a sequence it names a commit for ever.
    pub fn epoch(&self) -> u64 {
        self.shared.keeper.epoch
    }

    pub fn box_id(&self) -> &str {
        &self.shared.box_id
    }

    /// Whether the disk's reserve is touched, so that what grows is refused. Asks anew, at most once a second.
    pub fn is_full(&self) -> bool {
        self.shared.keeper.space.room() != Room::Enough
    }

    /// Octets that the disk has free now; `None` when nobody can say.
    pub fn free_bytes(&self) -> Option<u64> {
        self.shared.keeper.space.free()
    }

    /// Whether a sync has failed: everything is refused until the store is opened again, and a restart is what helps.
    pub fn is_broken(&self) -> bool {
        self.shared.keeper.state.broken.load(Ordering::Acquire)
    }

    /// What went wrong and how it came out, the latest first.
    pub fn incidents(&self) -> Result<Vec<Incident>> {
        incidents(self)
    }

    /// Looks at the files: not for every page.
    pub fn account(&self) -> Result<Account> {
        let keeper = &self.shared.keeper;
        let snapshot = snapshot::list(&keeper.data)?.last().copied().unwrap_or(0);
        let view = keeper.view.get();
        Ok(Account {
            sequence: self.sequence(),
            epoch: keeper.epoch,
            entries: view.settle()?.entries,
            journal_bytes: bytes_behind(&keeper.data.join("journal"), 0)?,
            view_bytes: view.bytes(),
            snapshot,
            snapshot_bytes: keeper.state.snapshot_bytes.load(Ordering::Acquire),
        })
    }

    /// Whether another view would take much less of the disk: what sled's file has once taken it never gives back.
    pub fn is_fat(&self) -> bool {
        let snapshot = self.shared.keeper.state.snapshot_bytes.load(Ordering::Acquire);
        self.shared.keeper.view.get().bytes() > FAT_BYTES.max(FAT_FACTOR * snapshot)
    }

    /// Makes another view in place of the one in use, as small as what it holds. Commits and reads go on; this waits for
    /// the disk, and takes as long as a start without a view. `Full` when the disk has no room for two of them.
    pub fn compact(&self) -> Result<()> {
        self.shared.keeper.compact()
    }

    /// Writes everything that is kept, as of now, to `output`: a tar that `restore` takes on any machine. Commits and
    /// reads go on; waits for the disk and for `output`.
    pub fn backup(&self, output: &mut dyn Write) -> Result<Label> {
        self.shared.keeper.backup(&self.shared.box_id, output)
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

    fn queue(&self) -> Result<mpsc::Sender<Order>> {
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(closed)
    }

    fn wish(&self, wish: Wish) {
        if let Some(wishes) = &*self.shared.wishes.lock().unwrap_or_else(PoisonError::into_inner) {
            // When many wait already, one of them will do.
            let _ = wishes.try_send(wish);
        }
    }

    /// Reads from the view. If that fails, it is damaged: the keeper makes another one, and this call's reader is told.
    fn look<T>(&self, look: impl FnOnce(&View) -> Result<T>) -> Result<T> {
        let view = self.shared.keeper.view.get();
        let done = look(&view);
        if view.has_failed() {
            self.wish(Wish::Heal);
        }
        done
    }
}

/// Makes the data directory `dir` what a backup holds; what was there is put aside in it. `Invalid` for what is no whole
/// backup, `Conflict` while a box runs on it: then nothing has changed.
pub fn restore(dir: &Path, input: &mut dyn std::io::Read) -> Result<Label> {
    disk::make_directory(dir)?;
    let _lock = open::lock(dir)?;
    disk::remove_leftovers(dir)?;
    snapshot::restore::restore(dir, input)
}

impl Read for Store {
    fn raw(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.look(|view| view.get(table, key))
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
        self.look(|view| view.pairs(table, from, to, reverse, limit))
    }
}

impl Shared {
    fn end_writer(&self) -> Result<()> {
        self.keeper.ending.store(true, Ordering::Relaxed);
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        drop(self.wishes.lock().unwrap_or_else(PoisonError::into_inner).take());
        // A closure may own the last handle: the writer then ends by itself, and cannot wait for that.
        if writer::is_writer_thread() {
            return Ok(());
        }
        let ended = match self.writer.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(writer) => writer.join().unwrap_or_else(|_| Err(Error::internal("the store's writer panicked"))),
            None => Ok(()),
        };
        let kept = self.keeping.lock().unwrap_or_else(PoisonError::into_inner).take().map(JoinHandle::join);
        match kept {
            Some(Err(_)) => ended.and(Err(Error::internal("the store's keeper panicked"))),
            _ => ended,
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
