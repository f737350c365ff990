//! The thread that looks after the store while it runs: snapshots, so that the journal can go; another view, when the
//! one in use has grown fat or turned out damaged. Commits go on meanwhile.
//!
//! ```text
//! another view: snapshot -> build beside -> follow the journal until it is near -> on the writer: the rest, take over
//! ```
//! Not here: when it is quiet enough for compaction (the caller of `Store::compact` knows the hour).

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::super::disk::{self, Room, Space};
use super::super::incident::{Incident, What, note};
use super::super::recover::{self, Happened, Progress, follow};
use super::super::view::shelf::Shelf;
use super::super::view::{Current, View};
use super::super::writer::{Act, Order, State};
use crate::clock::Clock;
use crate::error::{Error, Result};

/// What the keeper is asked to do without anybody waiting for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Snapshot,
    /// The view has grown far beyond what it holds.
    Compact,
    /// A read from the view in use has failed.
    Heal,
}

/// Wishes that wait: one of each kind.
pub const WISHES: usize = 3;
/// How near a view that is being built must be before commits wait for it: a few milliseconds of work for the writer.
const NEAR_COMMITS: u64 = 64;
/// How often it tries to come so near while commits go on.
const ROUNDS: usize = 20;
/// What a new view takes of the disk, by what it holds: measured with records of 300 octets in order, it is under two.
const NEW_VIEW_FACTOR: u64 = 3;
/// How long readers of the view that was replaced are waited for, in pauses of 10 ms.
const PAUSES: usize = 500;

pub struct Keeper {
    pub data: PathBuf,
    pub view: Arc<Current>,
    pub state: Arc<State>,
    pub space: Arc<Space>,
    pub clock: Clock,
    pub cache_bytes: u64,
    pub epoch: u64,
    /// One thing at a time: what one of them reads another would remove.
    pub shelf: Mutex<Shelf>,
    /// Weak, so that the keeper does not keep the writer from its end.
    pub queue: mpsc::WeakSender<Order>,
    pub ending: AtomicBool,
}

/// A view that takes the place of the one in use, between two commits; answered with the one it was.
pub struct Swap {
    pub view: View,
    pub answer: oneshot::Sender<Result<Arc<View>>>,
}

impl Keeper {
    /// Until nobody can wish any more.
    pub fn run(&self, wishes: &std::sync::mpsc::Receiver<Wish>) {
        for wish in wishes {
            let done = match wish {
                Wish::Snapshot => self.snapshot(),
                Wish::Compact => self.compact(),
                Wish::Heal => self.heal(),
            };
            match done {
                Ok(()) | Err(Error::Busy) => {}
                Err(error) => log::error!("store: {wish:?}: {error}"),
            }
        }
    }

    /// Takes a snapshot and lets go of what it replaces.
    pub fn snapshot(&self) -> Result<()> {
        self.with_snapshot(|_| Ok(()))
    }

    /// A view that is as small as what it holds, in place of the one in use.
    pub fn compact(&self) -> Result<()> {
        let mut shelf = self.lock();
        self.take(&shelf)?;
        self.space.require(self.state.snapshot_bytes.load(Ordering::Acquire).saturating_mul(NEW_VIEW_FACTOR))?;
        let before = self.view.get().bytes();
        self.replace(&mut shelf)?;
        log::info!("store: the view took {before} octets and takes {} now", self.view.get().bytes());
        Ok(())
    }

    /// Takes a snapshot and hands over the commit it is of; while `act` runs, neither it nor the journal behind it goes.
    pub fn with_snapshot<T>(&self, act: impl FnOnce(u64) -> Result<T>) -> Result<T> {
        let shelf = self.lock();
        act(self.take(&shelf)?)
    }

    fn take(&self, _alone: &Shelf) -> Result<u64> {
        let short = self.space.room() != Room::Enough;
        // About what the last one took must be there, beside the last of the reserve.
        self.space.require(self.state.snapshot_bytes.load(Ordering::Acquire))?;
        let since = self.state.journal_bytes.load(Ordering::Acquire);
        let going = || !self.ending.load(Ordering::Relaxed);
        let (sequence, bytes) = super::write(&self.data, &self.view.get(), self.epoch, &going)?;
        self.state.snapshot_bytes.store(bytes, Ordering::Release);
        self.state.snapshot_at.store(since, Ordering::Release);
        let floor = super::forget(&self.data, if short { 1 } else { super::KEPT })?;
        self.state.floor.store(floor, Ordering::Release);
        log::info!("store: snapshot of commit {sequence}, {bytes} octets");
        Ok(sequence)
    }

    /// A view made anew from snapshot and journal, because the one in use cannot be read.
    fn heal(&self) -> Result<()> {
        let mut shelf = self.lock();
        // Another wish may have healed it while this one waited.
        if !self.view.get().has_failed() {
            return Ok(());
        }
        Shelf::suspecting(&self.data)("a read failed");
        let mut happened = vec![(What::Rebuilt, "a read failed while the box ran".to_owned())];
        happened.append(&mut self.replace(&mut shelf)?);
        self.note(happened)
    }

    fn replace(&self, shelf: &mut Shelf) -> Result<Happened> {
        let progress = Progress::default();
        let journal = self.data.join("journal");
        let last = || *self.state.sequence.borrow();
        let (view, mut happened) = recover::build(&self.data, shelf, (&journal, last()), self.cache_bytes, &progress)?;
        for _ in 0..ROUNDS {
            if last() - view.last() <= NEAR_COMMITS {
                break;
            }
            follow(&view, &journal, last(), &mut happened, &progress)?;
        }
        view.checkpoint()?;
        let (answer, answered) = oneshot::channel();
        self.send(Order::Swap(Box::new(Swap { view, answer })))?;
        let old = answered.blocking_recv().map_err(|_| Error::Busy)??;
        // A start before this line opens the old one, and has what it lacks from the journal.
        shelf.turn()?;
        end(old);
        shelf.remove_others()?;
        Ok(happened)
    }

    /// Keeps what happened, where pages and `doctor` find it.
    pub fn note(&self, happened: Happened) -> Result<()> {
        let at = self.clock.now();
        let (job, answer) = Act::job(move |tx| {
            happened.into_iter().try_for_each(|(what, detail)| note(tx, &Incident { at, what, detail }))
        });
        self.send(Order::Act(job))?;
        answer.blocking_recv().map_err(|_| Error::Busy)?
    }

    fn send(&self, order: Order) -> Result<()> {
        let queue = self.queue.upgrade().ok_or(Error::Busy)?;
        queue.blocking_send(order).map_err(|_| Error::Busy)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets go of a view that was replaced, once its last reader has: sled's end takes time that no reader should wait.
fn end(mut old: Arc<View>) {
    for _ in 0..PAUSES {
        match Arc::try_unwrap(old) {
            Ok(view) => return drop(view),
            Err(still) => old = still,
        }
        disk::pause();
    }
}
