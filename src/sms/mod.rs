//! Texts in and out: the room that stands between the bearers and the sites.
//!
//! `inbox` stores and answers in one transaction, `talk` is the conversation, `optout` who wants nothing pushed, `outbox` what
//! leaves; `pdu`, `fields`, `gsm7` and `parts` are pure codecs; `bearer` is all it knows of modems.

mod asking;
pub mod bearer;
pub mod fields;
pub mod grammar;
pub mod gsm7;
pub mod inbox;
mod optout;
pub mod outbox;
pub mod parts;
pub mod pdu;
pub mod retention;
pub mod session;
pub mod talk;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use crate::clock::{Clock, Source, Time};
use crate::error::{Error, Result};
use crate::number::Number;
use crate::sites::House;
use crate::stop::Stop;
use crate::store::Store;
use bearer::{BearerHandle, Event, Inbound, Outgoing, State, Verdict};
use inbox::{Accepted, Arrival};
use outbox::{Class, Queue};
use pdu::Deliver;
use talk::Manners;

/// Everything the room needs; shared by its tasks.
pub struct Sms {
    store: Store,
    house: Arc<House>,
    clock: Clock,
    manners: Manners,
    partial_wait: Duration,
    queue: Queue,
    bearers: Mutex<HashMap<String, Bearer>>,
    /// Something may be sent or is due: the pump looks.
    wake: Notify,
    arrived: AtomicU64,
    replied: AtomicU64,
}

struct Bearer {
    handle: BearerHandle,
    number: Option<Number>,
    /// The company that its number belongs to alone.
    site: Option<String>,
    state: State,
    /// A text of this bearer is being answered: the reply is next, and nothing is handed out meanwhile.
    receiving: bool,
    /// A message is being claimed for it: a text that comes now is answered through the queue.
    claiming: bool,
    /// The message that this bearer is sending, and its parts without an outcome.
    sending: Option<(u64, Vec<u8>)>,
}

/// What came and went since the start, and what waits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    pub arrived: u64,
    pub replied: u64,
    pub queued: u64,
    pub submitting: u64,
}

/// How a bearer is, for people.
#[derive(Clone, Debug)]
pub struct Health {
    pub name: String,
    pub number: Option<Number>,
    pub state: State,
}

impl Sms {
    /// Recovers what was on its way when the box stopped. Blocks on the store.
    pub fn open(
        store: Store,
        house: Arc<House>,
        clock: Clock,
        manners: Manners,
        partial_wait: Duration,
    ) -> Result<Arc<Sms>> {
        let queue = Queue::default();
        for (class, id) in outbox::recover(&store)? {
            queue.add(class, id);
        }
        let (bearers, wake) = (Mutex::default(), Notify::new());
        let (arrived, replied) = (AtomicU64::new(0), AtomicU64::new(0));
        Ok(Arc::new(Sms { store, house, clock, manners, partial_wait, queue, bearers, wake, arrived, replied }))
    }

    pub fn add_bearer(&self, handle: BearerHandle, site: Option<String>) {
        let number = handle.number.clone();
        if let Some(number) = &number {
            self.house.numbers.add(number.clone(), site.clone());
        }
        let bearer = Bearer {
            number,
            site,
            state: State::Starting,
            receiving: false,
            claiming: false,
            sending: None,
            handle: handle.clone(),
        };
        self.lock().insert(handle.name, bearer);
    }

    pub fn health(&self) -> Vec<Health> {
        let mut all: Vec<Health> = self
            .lock()
            .iter()
            .map(|(name, b)| Health { name: name.clone(), number: b.number.clone(), state: b.state.clone() })
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// How many messages wait to be sent.
    pub fn waiting(&self) -> usize {
        self.queue.waiting().len()
    }

    /// The message that waits longest.
    pub fn oldest(&self) -> Option<u64> {
        self.queue.waiting().into_iter().map(|(_, id)| id).min()
    }

    pub fn figures(&self) -> Figures {
        let submitting = self.lock().values().filter(|b| b.sending.is_some()).count() as u64;
        let (arrived, replied) = (self.arrived.load(Ordering::Relaxed), self.replied.load(Ordering::Relaxed));
        Figures { arrived, replied, queued: self.waiting() as u64, submitting }
    }

    /// A row was written by somebody else's transaction.
    pub fn queued(&self, class: Class, id: u64) {
        self.queue.add(class, id);
        self.wake.notify_one();
    }

    /// Looks for rows that a section's `tell` may have queued. Cheap: the newest rows only.
    pub fn look(&self) -> Result<()> {
        use crate::store::Records;
        let newest: Vec<(Vec<u8>, outbox::Message)> = self.store.scan_back(b"", None, 20)?;
        for (key, message) in newest {
            if let Some(id) = inbox::id_of(&key).filter(|_| message.is_open()) {
                self.queue.add(message.class, id);
            }
        }
        self.wake.notify_one();
        Ok(())
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
                if let Some(b) = self.lock().get_mut(&bearer) {
                    if let State::Ready { number: Some(number), .. } = &state {
                        let number = b.number.get_or_insert_with(|| number.clone()).clone();
                        self.house.numbers.add(number, b.site.clone());
                    }
                    b.state = state;
                }
                self.wake.notify_one();
            }
        }
    }

    async fn inbound(self: Arc<Self>, inbound: Inbound) {
        self.stamp(&inbound);
        let idle = self.lock().get_mut(&inbound.bearer).is_some_and(|b| {
            b.receiving = true;
            b.sending.is_none() && !b.claiming
        });
        let ours = inbound.number.clone().or_else(|| self.lock().get(&inbound.bearer)?.number.clone());
        let arrival =
            Arrival { bearer: inbound.bearer.clone(), ours, tpdu: inbound.tpdu, clock: self.clock.reading(), idle };
        let verdict = match self.accept(arrival).await {
            Ok(accepted) => {
                self.arrived.fetch_add(1, Ordering::Relaxed);
                Verdict::Done { send: self.reply(&inbound.bearer, accepted, idle) }
            }
            Err(error) => {
                log::error!("a text could not be stored and stays in {}: {error}", inbound.bearer);
                Verdict::Keep
            }
        };
        // The bearer may be gone by now: the text then comes again and is known, and the reply waits in the queue.
        if let Err(Verdict::Done { send }) = inbound.answer.send(verdict) {
            for part in send {
                self.outcome(&inbound.bearer, part.id, part.part, bearer::Outcome::NotSent).await;
            }
        }
        if let Some(b) = self.lock().get_mut(&inbound.bearer) {
            b.receiving = false;
        }
        self.wake.notify_one();
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
        let (house, manners, again) = (Arc::clone(&self.house), self.manners, arrival.clone());
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
    fn reply(&self, bearer: &str, accepted: Accepted, idle: bool) -> Vec<Outgoing> {
        let Some((id, message)) = accepted.reply else { return Vec::new() };
        self.replied.fetch_add(1, Ordering::Relaxed);
        if !idle {
            self.queued(message.class, id);
            return Vec::new();
        }
        let send = outbox::outgoing(id, &message, self.clock.now());
        if let Some(b) = self.lock().get_mut(bearer) {
            b.sending = parts_of(id, &send);
        }
        send
    }

    async fn outcome(&self, bearer: &str, id: u64, part: u8, outcome: bearer::Outcome) {
        let now = self.clock.now();
        let settled = self.store.write(move |tx| outbox::settle(tx, id, part, &outcome, now)).await;
        if let Some(b) = self.lock().get_mut(bearer)
            && let Some((sending, left)) = &mut b.sending
            && *sending == id
        {
            left.retain(|n| *n != part);
            if left.is_empty() {
                b.sending = None;
            }
        }
        match settled {
            Ok(Some(class)) => self.queue.add(class, id),
            Ok(None) => {}
            Err(error) => log::error!("the outcome of message {id} could not be stored: {error}"),
        }
        self.wake.notify_one();
    }

    /// Hands messages to idle bearers and takes care of what is due.
    async fn pump(self: Arc<Self>, mut stop: Stop) {
        loop {
            let settings = self.clock.settings();
            let due = [self.overdue().await, self.hand_out().await].into_iter().flatten().min();
            let sleep = async {
                match due {
                    Some(at) => self.clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = self.wake.notified() => {}
                () = sleep => {}
                // What waited for the time may go, and times were moved.
                () = self.clock.set_since(settings) => {}
                () = stop.wait() => return,
            }
        }
    }

    async fn overdue(&self) -> Option<Time> {
        let (house, manners, wait) = (Arc::clone(&self.house), self.manners, self.partial_wait);
        let clock = self.clock.reading();
        let now = clock.now;
        match self.store.write(move |tx| inbox::overdue(&house, &manners, tx, &clock, wait)).await {
            Ok((accepted, next)) => {
                for (id, message) in accepted.into_iter().filter_map(|a| a.reply) {
                    self.replied.fetch_add(1, Ordering::Relaxed);
                    self.queue.add(message.class, id);
                }
                next
            }
            Err(error) => {
                log::error!("texts with a gap could not be closed: {error}");
                Some(now.plus(RETRY))
            }
        }
    }

    async fn hand_out(&self) -> Option<Time> {
        let mut later: Option<Time> = None;
        loop {
            let idle: Vec<(String, Option<Number>)> = self
                .lock()
                .iter()
                .filter(|(_, b)| b.sending.is_none() && !b.receiving && matches!(b.state, State::Ready { .. }))
                .map(|(name, b)| (name.clone(), b.number.clone()))
                .collect();
            let waiting = self.queue.waiting();
            if waiting.is_empty() {
                return None;
            }
            let mut any = false;
            for (name, number) in idle {
                if !self.reserve(&name) {
                    continue;
                }
                let (waiting, clock) = (self.queue.waiting(), self.clock.reading());
                let now = clock.now;
                let claim = self.store.write(move |tx| outbox::claim(tx, &waiting, number.as_ref(), &clock)).await;
                let claim = match claim {
                    Ok(claim) => claim,
                    Err(error) => {
                        self.release(&name);
                        log::error!("nothing can be sent: {error}");
                        return Some(now.plus(RETRY));
                    }
                };
                claim.done.iter().for_each(|(class, id)| self.queue.remove(*class, *id));
                later = [later, claim.later].into_iter().flatten().min();
                if let Some((class, id, message)) = claim.taken {
                    self.queue.remove(class, id);
                    self.submit(&name, id, &message);
                    any = true;
                }
                self.release(&name);
            }
            if !any {
                return later;
            }
        }
    }

    /// Keeps an idle bearer for the message that is being claimed for it: at most one message a bearer is in doubt.
    fn reserve(&self, name: &str) -> bool {
        let mut bearers = self.lock();
        let Some(b) = bearers.get_mut(name).filter(|b| b.sending.is_none() && !b.receiving) else { return false };
        b.claiming = true;
        true
    }

    fn release(&self, name: &str) {
        if let Some(b) = self.lock().get_mut(name) {
            b.claiming = false;
        }
    }

    /// Hands the parts to a bearer one by one; it takes the next when it has sent the one before.
    fn submit(&self, name: &str, id: u64, message: &outbox::Message) {
        let parts = outbox::outgoing(id, message, self.clock.now());
        let handle = {
            let mut bearers = self.lock();
            let Some(b) = bearers.get_mut(name) else { return };
            b.sending = parts_of(id, &parts);
            b.handle.clone()
        };
        // Not awaited here: a slow modem must not keep the others waiting. A closed bearer tells no outcome; its row is
        // in doubt until the next start, as after a power cut.
        tokio::spawn(async move {
            for part in parts {
                if !handle.submit(part).await {
                    return;
                }
            }
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Bearer>> {
        self.bearers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The parts without an outcome; a message that cannot be written at all holds up nobody.
fn parts_of(id: u64, parts: &[Outgoing]) -> Option<(u64, Vec<u8>)> {
    (!parts.is_empty()).then(|| (id, parts.iter().map(|o| o.part).collect()))
}

/// After a failure of the store the queue looks again.
const RETRY: Duration = Duration::from_secs(5);
