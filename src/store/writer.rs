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
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::disk::{Room, Space};
use super::frame::Builder;
use super::journal::{Failure, Journal};
use super::tx::{Changes, Tx};
use super::view::View;
use crate::clock::Clock;
use crate::error::{Error, Result};

/// Closures that may wait, and how many go into one group. More would not be faster (at 64 waiting the device wait is
/// already a hundredth of the time), only slower for the first of them.
pub const QUEUE_LENGTH: usize = 256;
/// A closure that takes longer holds up every reply; it is named in the log. A device wait is a few milliseconds.
const SLOW: Duration = Duration::from_millis(50);

/// What the writer lets everybody see.
#[derive(Default)]
pub struct State {
    pub sequence: AtomicU64,
    pub revision: AtomicU64,
    pub broken: AtomicBool,
}

pub struct Writer {
    pub queue: mpsc::Receiver<Box<dyn Job>>,
    pub view: Arc<View>,
    pub journal: Journal,
    pub space: Arc<Space>,
    pub state: Arc<State>,
    pub clock: Clock,
    pub box_id: Arc<str>,
    pub segment_bytes: u64,
    /// The length of the segment at which the next checkpoint is due.
    pub checkpoint_at_bytes: u64,
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
        while let Some(first) = self.queue.blocking_recv() {
            self.group(first);
            if self.journal.segment_bytes() >= self.checkpoint_at_bytes {
                self.checkpoint();
            }
        }
        self.refuse_if_broken()?;
        if self.view.checkpointed()? < self.journal.last() { self.view.checkpoint() } else { Ok(()) }
    }

    fn group(&mut self, first: Box<dyn Job>) {
        let sequence = self.journal.last() + 1;
        let mut tx = Tx::new(self.view.clone(), sequence, self.box_id.clone());
        let mut frame = Builder::new(self.journal.epoch(), sequence);
        let room = self.space.room();
        let mut ran = Vec::new();
        let mut next = Some(first);
        while let Some(mut job) = next {
            let outcome = self.run_one(job.as_mut(), &mut tx, &mut frame, room);
            ran.push((job, outcome));
            let goes_on = ran.len() < QUEUE_LENGTH && !frame.is_full();
            next = if goes_on { self.queue.try_recv().ok() } else { None };
        }
        // A group that changed nothing waits for no device.
        if frame.commits() > 0
            && let Err(error) = self.commit(frame, tx.into_group())
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
    }

    fn run_one(&self, job: &mut dyn Job, tx: &mut Tx, frame: &mut Builder, room: Room) -> Result<()> {
        self.refuse_if_broken()?;
        let began = self.clock.now();
        let outcome = catch_unwind(AssertUnwindSafe(|| job.run(tx))).unwrap_or_else(|panic| Err(panicked(&*panic)));
        let took = self.clock.now().since(began);
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
    fn commit(&mut self, frame: Builder, changes: Changes) -> Result<()> {
        let last = frame.last();
        match self.journal.append(&frame.finish(), last) {
            Ok(()) => {}
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
        let applied = catch_unwind(AssertUnwindSafe(|| self.view.apply(&changes, last)));
        if let Err(error) = applied.unwrap_or_else(|panic| Err(panicked(&*panic))) {
            log::error!("store: commit {last} is in the journal and the view does not take it ({error}); ending");
            log::logger().flush();
            std::process::abort();
        }
        // After the change is visible: who reads the new revision reads the new pages.
        self.state.sequence.store(last, Ordering::Release);
        if changes.is_shown() {
            self.state.revision.store(last, Ordering::Release);
        }
        Ok(())
    }

    /// Makes the view durable and begins a new segment, so that a start replays little.
    fn checkpoint(&mut self) {
        let done = catch_unwind(AssertUnwindSafe(|| self.view.checkpoint()));
        if let Err(error) = done.unwrap_or_else(|panic| Err(panicked(&*panic))) {
            // Like a failed sync of the journal: a second flush that succeeds would prove nothing.
            self.give_up(&error);
            self.checkpoint_at_bytes = u64::MAX;
            return;
        }
        self.checkpoint_at_bytes = self.segment_bytes;
        if let Err(error) = self.journal.begin_segment() {
            // The old segment serves on; the next attempt comes after another part of one.
            log::error!("store: {error}");
            self.checkpoint_at_bytes = self.journal.segment_bytes() + self.segment_bytes / 4;
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
