//! Messages from the queue into the bearers' hands, and their outcomes back: one commit a message.
//!
//! The outcome of a bearer's message and the claim of its next are one transaction, and so one device wait; the bearer has
//! the next in hand from within it, asks its modem for the prompt meanwhile, and writes it when it is durable. Nothing here
//! looks again by the clock: an outcome, a new message, a bearer's state, a moment that was reckoned wake it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::bearer::Outcome;
use super::outbox::{self, Class, Message, State};
use super::pool::index::Key;
use super::pool::{After, Line, Look, Sending};
use super::session::{self, Session};
use super::{Sms, inbox, optout, report};
use crate::clock::{Reading, Time};
use crate::error::Result;
use crate::stop::Stop;
use crate::store::{Records, Tx};

/// After a failure of the store the queue looks again.
const RETRY: Duration = Duration::from_secs(5);
/// Rows that one transaction looks at for one that may leave: more would hold up the replies.
const LOOKS: usize = 64;

/// A message that was handed to a bearer: is told when its row is durable, or dropped.
type Claim = Option<oneshot::Sender<()>>;

/// The keys that a transaction took out of the index: put back if it fails.
type Taken = Arc<Mutex<Vec<Key>>>;

impl Sms {
    pub(super) async fn outcome(self: Arc<Self>, bearer: &str, id: u64, part: u8, outcome: Outcome) {
        let (clock, passed) = (self.clock.reading(), self.clock.passed());
        let After { next, kept, is_free } = self.pool().outcome(bearer, id, part, &outcome, passed);
        if let Some((handle, next)) = next {
            // A closed bearer tells no outcome; its row is in doubt until the next start, as after a power cut.
            tokio::spawn(async move { handle.submit(next).await });
        }
        self.counts().outcome(&outcome);
        self.tell_numbers();
        // The note of a later part speaks of those before it too.
        if part == 0
            && !matches!(outcome, Outcome::Submitted { .. } | Outcome::Unknown)
            && let Some(b) = self.pool().bearers.get(bearer)
        {
            b.witness.stays();
        }
        let outcomes: Arc<[(u8, Outcome)]> =
            std::iter::once((part, outcome)).chain(kept.into_iter().map(|part| (part, Outcome::NotSent))).collect();
        let taken = Taken::default();
        let (sms, name, all, again) = (Arc::clone(&self), bearer.to_owned(), Arc::clone(&outcomes), Arc::clone(&taken));
        let claimed = self.store.write(move |tx| {
            sms.settle_all(tx, &name, id, &all, &clock)?;
            if is_free { sms.claim(tx, &name, &clock, passed, &again) } else { Ok(None) }
        });
        let claim = match claimed.await {
            Ok(claim) => claim,
            Err(error) => {
                log::error!("the outcome of message {id} could not be stored: {error}");
                self.withdraw(bearer, &taken);
                // Until it is stored this bearer gets nothing: of two messages in doubt one would be sent again.
                self.settle_at_last(bearer, id, &outcomes).await;
                None
            }
        };
        if is_free {
            self.go_on(bearer, claim);
        }
    }

    /// The outcome alone, until the store takes it: a claim that it cannot take must not lose it.
    async fn settle_at_last(self: &Arc<Self>, bearer: &str, id: u64, outcomes: &Arc<[(u8, Outcome)]>) {
        loop {
            let (sms, name, all) = (Arc::clone(self), bearer.to_owned(), Arc::clone(outcomes));
            let clock = self.clock.reading();
            match self.store.write(move |tx| sms.settle_all(tx, &name, id, &all, &clock)).await {
                Ok(()) => return,
                Err(error) => log::warn!("the outcome of message {id} still cannot be stored: {error}"),
            }
            self.clock.sleep(RETRY).await;
        }
    }

    fn settle_all(&self, tx: &mut Tx, by: &str, id: u64, outcomes: &[(u8, Outcome)], clock: &Reading) -> Result<()> {
        outcomes.iter().try_for_each(|(part, outcome)| self.settle(tx, by, id, *part, outcome, clock))
    }

    /// Writes an outcome and what a report says that was there before it.
    fn settle(&self, tx: &mut Tx, by: &str, id: u64, part: u8, outcome: &Outcome, clock: &Reading) -> Result<()> {
        let Some(settled) = outbox::settle(tx, id, part, outcome, clock.now)? else { return Ok(()) };
        let mut message = settled.message;
        let may_be_reported = settled.is_submitted && message.class != Class::Reply || *outcome == Outcome::Unknown;
        if may_be_reported {
            report::meet(tx, &mut self.awaited(), by, (id, part), &mut message, clock)?;
        }
        // While one of its parts is on the line, the others wait for what becomes of it.
        if message.is_open() && !message.parts.iter().any(|part| part.state == State::Submitting) {
            self.pool().add(id, &message);
            self.changed();
        }
        Ok(())
    }

    /// Hands the next message that `name` may send now to it, its row as submitting. What has expired or was opted out
    /// meanwhile is settled on the way.
    fn claim(&self, tx: &mut Tx, name: &str, clock: &Reading, passed: Duration, taken: &Taken) -> Result<Claim> {
        for _ in 0..LOOKS {
            let key = {
                let mut pool = self.pool();
                let Look::Now(key) = pool.look(name, clock, passed) else { return Ok(None) };
                pool.index.take(key);
                key
            };
            taken.lock().unwrap_or_else(PoisonError::into_inner).push(key);
            let Some(message) = tx.get::<Message>(&outbox::key(key.id()))?.filter(Message::is_open) else { continue };
            let mut message = message.seen_by(clock);
            let is_optout = || optout::may_push(tx, &message.to, message.site.as_deref()).map(|may| !may);
            let end = if message.is_late(clock) {
                Some(State::Expired)
            } else if message.class.is_pushed() && is_optout()? {
                Some(State::Suppressed)
            } else {
                None
            };
            if let Some(end) = end {
                message.set_waiting(end);
                outbox::keep(tx, key.id(), &message, clock.now)?;
                continue;
            }
            let mut pool = self.pool();
            if message.site.as_ref().is_some_and(|site| pool.hold.sites.contains(site)) {
                pool.index.hold(key);
                continue;
            }
            if message.not_before > clock.now {
                pool.index.park(key, message.not_before);
                continue;
            }
            if let Some(wait) = pool.person_waits(&message, passed) {
                pool.index.park(key, clock.now.plus(wait).min(message.expires));
                continue;
            }
            drop(pool);
            return self.hand_over(tx, name, key, message, clock.now);
        }
        Ok(None)
    }

    /// `None`: nothing of it can be sent, or the bearer takes nothing any more.
    fn hand_over(&self, tx: &mut Tx, name: &str, key: Key, mut message: Message, now: Time) -> Result<Claim> {
        let (id, at, mut pool) = (key.id(), outbox::key(key.id()), self.pool());
        if !pool.bearers.get(name).is_some_and(|b| matches!(b.line, Line::Claiming)) {
            pool.index.add(key);
            return Ok(None);
        }
        pool.give(name, &message, key.parts(), self.clock.passed());
        let Some(bearer) = pool.bearers.get_mut(name) else { return Ok(None) };
        let (asked, number) = (message.from.clone(), bearer.number.clone());
        message.give_to(name, number.as_ref(), now);
        let report = message.class != Class::Reply && bearer.brings_reports();
        let mut parts = outbox::outgoing(id, &message, now, report, &bearer.witness);
        if parts.is_empty() {
            // It holds up nobody.
            message.cannot_be_written();
            outbox::keep(tx, id, &message, now)?;
            return Ok(None);
        }
        let mut sending = Sending::new(id, parts.split_off(1));
        let first = parts.remove(0);
        sending.left.insert(0, first.part);
        let Some(durable) = bearer.handle.announce(first) else {
            bearer.rates.give_back(key.parts());
            pool.index.park(key, now.plus(RETRY));
            return Ok(None);
        };
        // Before anybody hears of an outcome: whoever does waits for the pool.
        bearer.line = Line::Sending(sending);
        drop(pool);
        tx.put(&at, &message)?;
        if message.class == Class::Reply && asked.is_some() && number.is_some() && asked != number {
            follow(tx, &message, asked.as_ref(), number.as_ref())?;
        }
        Ok(Some(durable))
    }

    /// What was handed over is durable and may leave; a bearer that got nothing is idle.
    fn go_on(&self, name: &str, claim: Claim) {
        match claim {
            // One that has been closed has told its outcome.
            Some(durable) => drop(durable.send(())),
            None => {
                self.set_idle(name);
                self.changed();
            }
        }
    }

    /// The store has failed: nothing was claimed, and what was taken waits again. The bearer finds out by itself that what
    /// it has in hand must not leave, and says nothing of it.
    fn withdraw(&self, name: &str, taken: &Taken) {
        let later = self.clock.now().plus(RETRY);
        let mut pool = self.pool();
        for key in taken.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            if let Some(bearer) = pool.bearers.get_mut(name)
                && matches!(&bearer.line, Line::Sending(sending) if sending.id == key.id())
            {
                bearer.rates.give_back(key.parts());
                bearer.line = Line::Claiming;
            }
            pool.index.park(key, later);
        }
    }

    /// An idle bearer's next message.
    async fn fill(self: Arc<Self>, name: String) {
        let (clock, passed) = (self.clock.reading(), self.clock.passed());
        let (sms, bearer, taken) = (Arc::clone(&self), name.clone(), Taken::default());
        let again = Arc::clone(&taken);
        let claim = match self.store.write(move |tx| sms.claim(tx, &bearer, &clock, passed, &again)).await {
            Ok(claim) => claim,
            Err(error) => {
                log::error!("nothing can be sent: {error}");
                self.withdraw(&name, &taken);
                None
            }
        };
        self.go_on(&name, claim);
        // Others may have waited for what this one was to take.
        self.changed();
    }

    /// Hands messages to idle bearers and takes care of what is due.
    pub(super) async fn pump(self: Arc<Self>, mut stop: Stop) {
        let mut settings = self.clock.settings();
        loop {
            let now_settings = self.clock.settings();
            if std::mem::replace(&mut settings, now_settings) != now_settings {
                self.pool().index.wake_all();
            }
            let (parts, wait) = (self.overdue().await, self.hand_out());
            let now = self.clock.now();
            let due = [parts.map(|at| at.since(now)), wait].into_iter().flatten().min();
            let sleep = async {
                match due {
                    Some(wait) => self.clock.sleep(wait).await,
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

    /// Texts with a gap that have waited long enough; when to look again.
    async fn overdue(&self) -> Option<Time> {
        let (house, manners, wait) = (Arc::clone(&self.house), self.settings.manners, self.settings.partial_wait);
        let clock = self.clock.reading();
        let now = clock.now;
        let due = self.parts_due.swap(i64::MAX, Ordering::Relaxed);
        if due > now.0 {
            self.parts_due.fetch_min(due, Ordering::Relaxed);
            return Some(Time(due)).filter(|due| due.0 < i64::MAX);
        }
        let next = match self.store.write(move |tx| inbox::overdue(&house, &manners, tx, &clock, wait)).await {
            Ok((accepted, next)) => {
                for accepted in accepted {
                    accepted.pushed.iter().for_each(|(id, message)| self.pool().add(*id, message));
                    let Some((id, message)) = accepted.reply else { continue };
                    self.counts().replied += 1;
                    self.pool().add(id, &message);
                }
                next
            }
            Err(error) => {
                log::error!("texts with a gap could not be closed: {error}");
                Some(now.plus(RETRY))
            }
        };
        self.parts_due.fetch_min(next.map_or(i64::MAX, |next| next.0), Ordering::Relaxed);
        next
    }

    /// Lets idle bearers claim, no two of them the same; after how long there is something to do by the clock.
    fn hand_out(self: &Arc<Self>) -> Option<Duration> {
        let (clock, passed) = (self.clock.reading(), self.clock.passed());
        let mut pool = self.pool();
        let due = pool.index.wake(clock.now).map(|at| at.since(clock.now));
        let (mut wait, mut claimed) = (due, Vec::new());
        for name in pool.idle(passed) {
            match pool.look(&name, &clock, passed) {
                Look::Now(key) if !claimed.contains(&key) => {
                    claimed.push(key);
                    if let Some(bearer) = pool.bearers.get_mut(&name) {
                        bearer.line = Line::Claiming;
                    }
                    drop(tokio::spawn(Arc::clone(self).fill(name)));
                }
                // The better one takes it, and wakes this again.
                Look::Now(_) | Look::Nothing => {}
                Look::At(at) => {
                    let rest = at.saturating_sub(passed);
                    wait = Some(wait.map_or(rest, |wait| wait.min(rest)));
                }
            }
        }
        wait
    }
}

/// A reply goes by another number than the one that was texted: what its digits mean is known there too.
fn follow(
    tx: &mut Tx,
    message: &Message,
    asked: Option<&crate::number::Number>,
    number: Option<&crate::number::Number>,
) -> Result<()> {
    if let Some(talk) = tx.get::<Session>(&session::key(&message.to, asked))? {
        tx.put(&session::key(&message.to, number), &talk)?;
    }
    Ok(())
}
