//! Texts in and out: the room that stands between the bearers and the sites.
//!
//! `inbox` stores and answers in one transaction, `talk` is the conversation, `optout` who wants nothing pushed. What leaves is
//! a row of `outbox`; `pool` says which is next and by which bearer, `hand` moves it, `report` tells what became of it, `queue`
//! is the operator's view, `push` knows which phones open pushes, `events` what other programs are told, `witness` what narrows the doubt after a kill. `pdu`, `fields`, `gsm7` and `parts` are pure codecs; `bearer` is all it knows of modems.

mod asking;
pub mod bearer;
pub mod card;
pub mod events;
pub mod fields;
pub mod figures;
pub mod grammar;
pub mod gsm7;
mod hand;
pub mod inbox;
mod optout;
pub mod outbox;
pub mod parts;
pub mod pdu;
pub mod pool;
pub mod push;
pub mod queue;
pub mod report;
pub mod retention;
pub mod session;
pub mod talk;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod witness;

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use crate::clock::{Clock, Source, Time};
use crate::error::{Error, Result};
use crate::number::Number;
use crate::sites::House;
use crate::stop::Stop;
use crate::store::{Records, Store};
use crate::words::Word;
use bearer::{BearerHandle, Event, Facts, Inbound, Outgoing, State, Verdict};
use figures::Counts;
use inbox::{Accepted, Arrival};
use outbox::{Class, Found};
use pdu::{Deliver, StatusReport};
use pool::{Hold, Line, Pool, Rules, Sending};
use report::Awaited;
use talk::Manners;
use witness::Notes;

/// How the room is set.
#[derive(Clone, Debug)]
pub struct Settings {
    pub manners: Manners,
    /// Parts of a long text wait so long for the others.
    pub partial_wait: Duration,
    pub rules: Rules,
    /// Where it is noted what is about to leave.
    pub notes: Option<PathBuf>,
}

/// Everything the room needs; shared by its tasks.
pub struct Sms {
    store: Store,
    house: Arc<House>,
    clock: Clock,
    settings: Settings,
    pool: Mutex<Pool>,
    awaited: Mutex<Awaited>,
    counts: Mutex<Counts>,
    notes: Option<Notes>,
    /// When texts with a gap are to be looked at next, in milliseconds.
    parts_due: AtomicI64,
    /// The last row that was looked at for messages that somebody else's transaction queued.
    looked: Mutex<u64>,
    /// Something may be sent or is due: the pump looks.
    wake: Notify,
}

/// How a bearer is, for people.
#[derive(Clone, Debug)]
pub struct Health {
    pub name: String,
    pub number: Option<Number>,
    pub state: State,
    /// When it became ready, or ceased to be.
    pub since: Time,
    /// Why its SIM sends nothing until a person has done something.
    pub stopped: Option<Word>,
    /// What is left of its limits; `None`: there is none.
    pub left: [(&'static str, Option<u32>); 3],
    pub facts: Facts,
}

/// A status report's message type (3GPP TS 23.040, 9.2.3.1).
const STATUS_REPORT: u8 = 0b10;

impl Sms {
    /// Recovers what was on its way when the box stopped. Blocks on the store.
    pub fn open(store: Store, house: Arc<House>, clock: Clock, settings: Settings) -> Result<Arc<Sms>> {
        let hold: Hold = store.get(queue::HOLD)?.unwrap_or_default();
        let (mut pool, mut awaited, mut last) = (Pool::new(settings.rules.clone(), hold), Awaited::default(), 0);
        let (reading, passed) = (clock.reading(), clock.passed());
        let notes = settings.notes.as_deref().and_then(Notes::open);
        let has_left = |by: &str, id, part| notes.as_ref()?.has_left(by, id, part);
        outbox::recover(&store, reading.now, has_left, |found| {
            let (Found::Open(id, message) | Found::Sent(id, message)) = found;
            last = last.max(id);
            if matches!(found, Found::Open(..)) {
                pool.add(id, message);
            }
            pool.sent_before(message, &reading, passed);
            awaited.add_all(id, message, &reading);
        })?;
        Ok(Arc::new(Sms {
            store,
            house,
            clock,
            settings,
            pool: Mutex::new(pool),
            awaited: Mutex::new(awaited),
            counts: Mutex::default(),
            notes,
            parts_due: AtomicI64::new(i64::MIN),
            looked: Mutex::new(last),
            wake: Notify::new(),
        }))
    }

    pub fn add_bearer(&self, handle: BearerHandle, site: Option<String>) {
        if let Some(number) = &handle.number {
            self.house.numbers.add(number.clone(), site.clone());
        }
        let witness = self.notes.as_ref().map(|notes| notes.witness(&handle.name)).unwrap_or_default();
        self.pool().add_bearer(handle, site, witness, self.clock.passed());
    }

    /// Sorted by name.
    pub fn health(&self) -> Vec<Health> {
        let (pool, passed, now) = (self.pool(), self.clock.passed(), self.clock.now());
        let of = |(name, b): (&String, &pool::Bearer)| Health {
            name: name.clone(),
            number: b.number.clone(),
            state: b.state.clone(),
            since: now.minus(passed.saturating_sub(b.since)),
            stopped: b.stopped.as_ref().map(|stopped| stopped.hint),
            left: b.rates.left(passed),
            facts: b.handle.facts.borrow().clone(),
        };
        pool.bearers.iter().map(of).collect()
    }

    /// A row was written by somebody else's transaction.
    pub fn queued(&self, id: u64, message: &outbox::Message) {
        if message.is_open() {
            self.pool().add(id, message);
            self.changed();
        }
    }

    /// Looks for rows that a section's `tell` may have queued since it last looked.
    pub fn look(&self) -> Result<()> {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let rows: Vec<(Vec<u8>, outbox::Message)> = self.store.scan(b"", Some(&outbox::key(*looked)), LOOK)?;
            for (key, message) in &rows {
                let Some(id) = inbox::id_of(key) else { continue };
                self.queued(id, message);
                *looked = id;
            }
            if rows.len() < LOOK {
                return Ok(());
            }
        }
    }

    /// Runs until `stop` is true: bearers' events, the queue, and what is due.
    pub async fn run(self: Arc<Self>, mut events: mpsc::Receiver<Event>, mut stop: Stop) {
        let pump = tokio::spawn(Arc::clone(&self).pump(stop.clone()));
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(event) => Arc::clone(&self).event(event),
                    None => break,
                },
                () = stop.wait() => break,
            }
        }
        // The pump ends by the same signal.
        let _ = pump.await;
    }

    fn event(self: Arc<Self>, event: Event) {
        match event {
            // Many bearers' texts share one disk wait: none waits for another's commit.
            Event::Inbound(inbound) => drop(tokio::spawn(self.inbound(inbound))),
            Event::Outcome { bearer, id, part, outcome } => {
                drop(tokio::spawn(async move { self.outcome(&bearer, id, part, outcome).await }));
            }
            Event::Time(time) => self.clock.heard(Source::Modem, time),
            Event::State { bearer, state } => {
                log::debug!("modem {bearer}: {state:?}");
                let passed = self.clock.passed();
                if let Some(b) = self.pool().bearers.get_mut(&bearer) {
                    if let State::Ready { number: Some(number), .. } = &state {
                        let number = b.number.get_or_insert_with(|| number.clone()).clone();
                        self.house.numbers.add(number, b.site.clone());
                    }
                    b.set_state(state, passed);
                }
                self.tell_numbers();
                self.changed();
            }
        }
    }

    async fn inbound(self: Arc<Self>, inbound: Inbound) {
        let report = inbound.tpdu.first().filter(|first| *first & 0b11 == STATUS_REPORT);
        if let Some(report) = report.and_then(|_| StatusReport::parse(&inbound.tpdu).ok()) {
            return self.reported(inbound, report).await;
        }
        self.stamp(&inbound);
        let idle = self.begin_receiving(&inbound.bearer);
        let ours = inbound.number.clone().or_else(|| self.pool().bearers.get(&inbound.bearer)?.number.clone());
        let arrival =
            Arrival { bearer: inbound.bearer.clone(), ours, tpdu: inbound.tpdu, clock: self.clock.reading(), idle };
        let (verdict, sends) = match self.accept(arrival).await {
            Ok(accepted) => {
                self.counts().arrived += 1;
                if accepted.reply.is_none() {
                    // Perhaps a part of a long text, which waits for the others.
                    self.parts_due.store(i64::MIN, Ordering::Relaxed);
                }
                let send = self.reply(&inbound.bearer, accepted);
                let sends = !send.is_empty();
                (Verdict::Done { send }, sends)
            }
            Err(error) => {
                log::error!("a text could not be stored and stays in {}: {error}", inbound.bearer);
                (Verdict::Keep, false)
            }
        };
        if idle && !sends {
            self.set_idle(&inbound.bearer);
        }
        // The bearer may be gone by now: the text then comes again and is known, and the reply waits in the queue.
        if let Err(Verdict::Done { send }) = inbound.answer.send(verdict) {
            for part in send {
                Arc::clone(&self).outcome(&inbound.bearer, part.id, part.part, bearer::Outcome::NotSent).await;
            }
        }
        if let Some(b) = self.pool().bearers.get_mut(&inbound.bearer) {
            b.receiving = false;
        }
        self.changed();
    }

    /// Keeps a bearer for the reply to the text that it brings; whether it can send it at once.
    fn begin_receiving(&self, bearer: &str) -> bool {
        let (mut pool, passed) = (self.pool(), self.clock.passed());
        let is_held = pool.hold.all || pool.hold.classes.contains(&Class::Reply) || !pool.hold.sites.is_empty();
        let segments = self.settings.manners.segments as u32;
        let Some(b) = pool.bearers.get_mut(bearer) else { return false };
        b.receiving = true;
        let may_send = !is_held && b.may_reply(segments, passed);
        if may_send {
            b.line = Line::Claiming;
        }
        may_send
    }

    fn set_idle(&self, bearer: &str) {
        if let Some(b) = self.pool().bearers.get_mut(bearer).filter(|b| matches!(b.line, Line::Claiming)) {
            b.line = Line::Idle;
        }
    }

    /// A status report: one commit with what it changes, then it is acknowledged.
    async fn reported(self: Arc<Self>, inbound: Inbound, report: StatusReport) {
        let (sms, bearer, clock) = (Arc::clone(&self), inbound.bearer.clone(), self.clock.reading());
        let stored = self.store.write(move |tx| report::take(tx, &mut sms.awaited(), &bearer, &report, &clock)).await;
        let verdict = match stored {
            Ok(reported) => {
                self.counts().report(reported);
                Verdict::Done { send: Vec::new() }
            }
            Err(error) => {
                log::error!("a status report could not be stored and stays in {}: {error}", inbound.bearer);
                Verdict::Keep
            }
        };
        // A bearer that is gone brings it again.
        let _ = inbound.answer.send(verdict);
    }

    /// What the service centre's time stamp of a text tells the clock.
    fn stamp(&self, inbound: &Inbound) {
        let Some(time) = Deliver::parse(&inbound.tpdu).ok().and_then(|deliver| deliver.stamp.time()) else { return };
        match inbound.live {
            true => self.clock.heard(Source::Text, time),
            false => self.clock.not_before(time),
        }
    }

    async fn accept(&self, arrival: Arrival) -> Result<Accepted> {
        let (house, manners, again) = (Arc::clone(&self.house), self.settings.manners, arrival.clone());
        match self.store.write(move |tx| inbox::accept(&house, &manners, tx, &arrival)).await {
            Err(Error::Full) => Err(Error::Full),
            Err(error) => {
                log::error!("a text could not be answered: {error}");
                let house = Arc::clone(&self.house);
                self.store.write(move |tx| inbox::close_failed(&house, tx, &again, &error)).await
            }
            accepted => accepted,
        }
    }

    /// What the bearer sends at once; a reply that it cannot take now is queued.
    fn reply(&self, bearer: &str, accepted: Accepted) -> Vec<Outgoing> {
        accepted.pushed.iter().for_each(|(id, message)| self.queued(*id, message));
        let Some((id, message)) = accepted.reply else { return Vec::new() };
        self.counts().replied += 1;
        self.queued(id, &message);
        let (mut pool, passed) = (self.pool(), self.clock.passed());
        let witness = pool.bearers.get(bearer).map(|b| b.witness.clone()).unwrap_or_default();
        let send = outbox::outgoing(id, &message, self.clock.now(), false, &witness);
        if let Some(b) = pool.bearers.get_mut(bearer).filter(|_| !send.is_empty()) {
            b.line = Line::Sending(Sending::handed_over(id, &send));
            pool.give(bearer, &message, send.len() as u32, passed);
        }
        send
    }

    /// Tells the house which of its numbers are answered now: pages that offer them say so.
    fn tell_numbers(&self) {
        let pool = self.pool();
        let is_held = pool.hold.all || pool.hold.classes.contains(&Class::Reply);
        for b in pool.bearers.values() {
            if let (Some(number), Some(is_silent)) = (&b.number, is_held.then_some(true).or(b.is_silent())) {
                self.house.numbers.set_silent(number, is_silent);
            }
        }
    }

    fn changed(&self) {
        self.wake.notify_one();
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn awaited(&self) -> MutexGuard<'_, Awaited> {
        self.awaited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rows that `look` reads at one time.
const LOOK: usize = 256;
