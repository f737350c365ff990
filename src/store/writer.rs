//! The one thread that writes. It takes the closures that wait, runs each on what those before it left, and makes what
//! they changed durable together: one append, one device wait, for all of them.
//!
//! ```text
//! run each (own overlay; an error or a panic drops only its own) -> append + fdatasync -> apply to the view -> answer all
//! ```
//! **If the view cannot be changed after the journal has it, the process ends.** The commit is a fact then, and a view
//! without it would answer wrongly to everybody; a restart replays. If the *sync* fails, nobody is answered with
//! success and no write is accepted until the store is opened again: what the device holds is not known any more.
//!
//! Not here: what a closure does. It must not wait for anything: everybody waits for it.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::changes::Changes;
use super::disk::{Room, Space};
use super::journal::frame::Builder;
use super::journal::{Failure, Journal};
use super::recover::{Happened, Progress, follow};
use super::snapshot::keeper::{Swap, Wish};
use super::tx::Tx;
use super::view::{Current, View};
use crate::clock::Clock;
use crate::error::{Error, Result};

/// Closures that may wait, and how many go into one group. More would not be faster (at 64 waiting the device wait is
/// already a hundredth of the time), only slower for the first of them.
pub const QUEUE_LENGTH: usize = 256;
/// A closure that takes longer holds up every reply; it is named in the log. A device wait is a few milliseconds.
const SLOW: Duration = Duration::from_millis(50);

/// So many segments are the least between two snapshots: a rebuild replays them in some seconds.
const SNAPSHOT_SEGMENTS: u64 = 2;
/// sled settles at some six times what it holds; beyond this another view is made at once. Before, the quiet hour of
/// whoever calls `Store::compact` is early enough.
const FAT_FACTOR: u64 = 10;

/// What the writer lets everybody see.
#[derive(Default)]
pub struct State {
    /// Of the last commit that is visible.
    pub sequence: watch::Sender<u64>,
    pub revision: AtomicU64,
    pub broken: AtomicBool,
    /// Octets that the journal got, counted from its begin, and how many of them the newest snapshot covers.
    pub journal_bytes: AtomicU64,
    pub snapshot_at: AtomicU64,
    /// Octets of that snapshot.
    pub snapshot_bytes: AtomicU64,
    /// Up to this commit no snapshot needs the journal.
    pub floor: AtomicU64,
}

/// What the writer does in its turn.
pub enum Order {
    Act(Box<dyn Job>),
    Swap(Box<Swap>),
}

pub struct Writer {
    pub queue: mpsc::Receiver<Order>,
    pub view: Arc<Current>,
    pub journal: Journal,
    pub space: Arc<Space>,
    pub state: Arc<State>,
    pub clock: Clock,
    pub box_id: Arc<str>,
    pub segment_bytes: u64,
    /// The length of the segment at which the next checkpoint is due.
    pub checkpoint_at_bytes: u64,
    /// To the keeper; a wish that finds another one waiting is made again at the next checkpoint.
    pub wishes: SyncSender<Wish>,
    /// Says to the next start that the view must not be opened again.
    pub suspect: Box<dyn Fn(&str) + Send>,
}

thread_local! {
    static IS_WRITER: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is the writer's own thread, which must never wait for itself.
pub fn is_writer_thread() -> bool {
    IS_WRITER.get()
}

impl Writer {
    /// Until every sender is gone and all that was queued is done; then a checkpoint, so that the next start is short.
    pub fn run(mut self) -> Result<()> {
        IS_WRITER.set(true);
        let mut next = None;
        while let Some(order) = next.take().or_else(|| self.queue.blocking_recv()) {
            match order {
                Order::Act(first) => next = self.group(first),
                Order::Swap(swap) => self.swap(*swap),
            }
            if self.journal.segment_bytes() >= self.checkpoint_at_bytes {
                self.checkpoint();
            }
        }
        self.refuse_if_broken()?;
        self.view.get().checkpoint()
    }

    /// Runs what waits as one group; says what stood in the queue behind it and is no closure.
    fn group(&mut self, first: Box<dyn Job>) -> Option<Order> {
        let sequence = self.journal.last() + 1;
        let view = self.view.get();
        let mut tx = Tx::new(view.clone(), sequence, self.box_id.clone());
        let mut frame = Builder::new(self.journal.epoch(), sequence);
        let room = self.space.room();
        let mut ran = Vec::new();
        let mut next = Some(Order::Act(first));
        while let Some(Order::Act(mut job)) = next {
            let outcome = self.run_one(job.as_mut(), &mut tx, &mut frame, room);
            ran.push((job, outcome));
            let goes_on = ran.len() < QUEUE_LENGTH && !frame.is_full();
            next = if goes_on { self.queue.try_recv().ok() } else { None };
        }
        // A group that changed nothing waits for no device.
        if frame.commits() > 0
            && let Err(error) = self.commit(frame, tx.into_group(), &view)
        {
            // Also those that only read: they may have read what is not going to be.
            for (_, outcome) in ran.iter_mut().filter(|(_, outcome)| outcome.is_ok()) {
                *outcome = Err(error.clone());
            }
        }
        for (job, outcome) in ran {
            // A result that nobody waits for is dropped here, and dropping is the caller's code too.
            let _ = catch_unwind(AssertUnwindSafe(|| job.finish(outcome)));
        }
        if view.has_failed() {
            let _ = self.wishes.try_send(Wish::Heal);
        }
        next
    }

    /// Another view takes over: it gets the commits that it lacks and is the one in use from then on.
    fn swap(&mut self, swap: Swap) {
        let Swap { view, answer } = swap;
        let mut happened = Happened::new();
        let followed = follow(&view, self.journal.dir(), self.journal.last(), &mut happened, &Progress::default());
        let done = match followed {
            Ok(()) if happened.is_empty() => Ok(self.view.set(Arc::new(view))),
            Ok(()) => Err(Error::internal("the journal lacks commits that were just made")),
            Err(error) => Err(error),
        };
        // The keeper waits as long as the process lives.
        let _ = answer.send(done);
    }

    fn run_one(&self, job: &mut dyn Job, tx: &mut Tx, frame: &mut Builder, room: Room) -> Result<()> {
        self.refuse_if_broken()?;
        let began = self.clock.passed();
        let outcome = catch_unwind(AssertUnwindSafe(|| job.run(tx))).unwrap_or_else(|panic| Err(panicked(&*panic)));
        let took = self.clock.passed().saturating_sub(began);
        if took > SLOW {
            log::warn!("store: a closure held the writer for {} ms: {}", took.as_millis(), job.name());
        }
        let changes = tx.take_own();
        if let Err(error @ Error::Internal(_)) = &outcome {
            log::error!("store: {}: {error}", job.name());
        }
        outcome?;
        if changes.is_empty() {
            return Ok(());
        }
        match room {
            Room::Enough => {}
            Room::Short if tx.growth(&changes)? <= 0 => {}
            Room::Short | Room::Gone => return Err(Error::Full),
        }
        frame.push(&changes);
        tx.accept(changes);
        Ok(())
    }

    /// Durable, then visible.
    fn commit(&mut self, frame: Builder, changes: Changes, view: &View) -> Result<()> {
        let last = frame.last();
        let frame = frame.finish();
        match self.journal.append(&frame, last) {
            Ok(()) => drop(self.state.journal_bytes.fetch_add(frame.len() as u64, Ordering::AcqRel)),
            Err(Failure::Undone(error)) => {
                if error == Error::Full {
                    self.space.ran_out();
                }
                log::error!("store: nothing was committed: {error}");
                return Err(error);
            }
            Err(Failure::Broken(error)) => {
                self.give_up(&error);
                return Err(error);
            }
        }
        let is_shown = changes.is_shown();
        let applied = catch_unwind(AssertUnwindSafe(|| view.apply(changes, last)));
        if let Err(error) = applied.unwrap_or_else(|panic| Err(panicked(&*panic))) {
            log::error!("store: commit {last} is in the journal and the view does not take it ({error}); ending");
            (self.suspect)(&format!("it did not take commit {last}: {error}"));
            log::logger().flush();
            std::process::abort();
        }
        // After the change is visible: who reads the new revision reads the new pages.
        if is_shown {
            self.state.revision.store(last, Ordering::Release);
        }
        self.state.sequence.send_replace(last);
        Ok(())
    }

    /// Makes the view durable and begins a new segment, so that a start replays little.
    fn checkpoint(&mut self) {
        let view = self.view.get();
        let done = catch_unwind(AssertUnwindSafe(|| view.checkpoint()));
        if let Err(error) = done.unwrap_or_else(|panic| Err(panicked(&*panic))) {
            // Like a failed sync of the journal: a second flush that succeeds would prove nothing.
            self.give_up(&error);
            self.checkpoint_at_bytes = u64::MAX;
            return;
        }
        self.checkpoint_at_bytes = self.segment_bytes;
        let begun = self.journal.begin_segment();
        if let Err(error) = begun.and_then(|()| self.journal.forget(self.state.floor.load(Ordering::Acquire))) {
            // The old segment serves on; the next attempt comes after another part of one.
            log::error!("store: {error}");
            self.checkpoint_at_bytes = self.journal.segment_bytes() + self.segment_bytes / 4;
        }
        if let Some(wish) = self.due(&view) {
            let _ = self.wishes.try_send(wish);
        }
    }

    /// A snapshot is due when the journal behind the last one is longer than it, so that all snapshots together write no
    /// more than the journal does; another view, when sled's file is far beyond what it holds.
    fn due(&self, view: &View) -> Option<Wish> {
        let state = &self.state;
        let load = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        let snapshot = load(&state.snapshot_bytes);
        let behind = load(&state.journal_bytes) - load(&state.snapshot_at);
        let is_long = behind >= snapshot.max(SNAPSHOT_SEGMENTS * self.segment_bytes);
        let is_fat = snapshot > 0 && view.bytes() > FAT_FACTOR * snapshot.max(self.segment_bytes);
        match (is_fat, is_long) {
            (true, _) => Some(Wish::Compact),
            (false, true) => Some(Wish::Snapshot),
            (false, false) => None,
        }
    }

    fn refuse_if_broken(&self) -> Result<()> {
        match self.state.broken.load(Ordering::Acquire) {
            true => Err(Error::internal("the store takes no writes until it is opened again: a sync has failed")),
            false => Ok(()),
        }
    }

    fn give_up(&self, error: &Error) {
        log::error!("store: {error}; no more writes until it is opened again");
        self.state.broken.store(true, Ordering::Release);
    }
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::internal(format_args!("panicked: {}", text.unwrap_or("(no text)")))
}

/// A closure and whoever waits for its result.
pub trait Job: Send {
    fn run(&mut self, tx: &mut Tx) -> Result<()>;
    fn finish(self: Box<Self>, outcome: Result<()>);
    /// Where the closure was written, for the log.
    fn name(&self) -> &'static str;
}

pub struct Act<T, F> {
    act: Option<F>,
    result: Option<T>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F> Act<T, F>
where
    T: Send + 'static,
    F: FnOnce(&mut Tx) -> Result<T> + Send + 'static,
{
    pub fn job(act: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T>>) {
        let (answer, receiver) = oneshot::channel();
        (Box::new(Act { act: Some(act), result: None, answer }), receiver)
    }
}

impl<T, F> Job for Act<T, F>
where
    T: Send,
    F: FnOnce(&mut Tx) -> Result<T> + Send,
{
    fn run(&mut self, tx: &mut Tx) -> Result<()> {
        let act = self.act.take().ok_or_else(|| Error::internal("a closure was to run twice"))?;
        self.result = Some(act(tx)?);
        Ok(())
    }

    fn finish(self: Box<Self>, outcome: Result<()>) {
        let Act { result, answer, .. } = *self;
        let result = outcome.and_then(|()| result.ok_or_else(|| Error::internal("a closure left no result")));
        // Who gave up waiting is not told; the commit stands.
        let _ = answer.send(result);
    }

    fn name(&self) -> &'static str {
        std::any::type_name::<F>()
    }
}
