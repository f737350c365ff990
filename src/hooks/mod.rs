//! HTTP OUT: other programs are told what happened, each in its own lane.
//!
//! ```text
//! Source::next(after) ──→ call ──2xx──→ progress.after = event, durable ──→ the next
//!                          │  ╰─else──→ pause (1 s, doubled to 10 min, with jitter) ──→ the same again
//!                          ╰─older than the lane's age──→ given up, counted ──→ the next
//! ```
//! What is to be told lies in the store; a lane keeps only how far it has got. So nothing is lost at a power cut, something
//! may be told twice (its number says so), one program gets everything in order, and one that is slow or dead holds up
//! nobody else. Not here: what happened and what it looks like (`app`).

mod client;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use client::{Call, Client};

use crate::clock::{Clock, Time};
use crate::error::Result;
use crate::stop::Stop;
use crate::store::{Never, Record, Records, Store, Table};

/// One thing that happened, and how a lane tells it.
pub struct Event {
    pub id: u64,
    pub at: Time,
    /// `None`: it is of no concern here.
    pub call: Option<Call>,
}

/// Where a lane gets what it tells.
pub trait Source: Send + Sync {
    /// The first event after the number `after`.
    fn next(&self, after: u64) -> Result<Option<Event>>;
    /// The number of the newest event.
    fn last(&self) -> Result<u64>;
}

pub struct Lane {
    /// In the store, in metrics and in the log.
    pub name: String,
    pub source: Box<dyn Source>,
    pub client: Client,
    /// What could not be told for so long is given up.
    pub give_up: Duration,
}

/// How far a lane has got.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Progress {
    after: u64,
    delivered: u64,
    given_up: u64,
}

impl Record for Progress {
    const TABLE: Table = Table::Meta;
    const VERSION: u8 = 1;
    type Previous = Never;

    fn migrate(old: Never) -> Progress {
        match old {}
    }
}

/// How a lane is, for people.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Account {
    pub name: String,
    pub delivered: u64,
    pub given_up: u64,
    /// How often in a row the other side has failed, and how it did last.
    pub failures: u32,
    pub why: String,
    /// Of the event that it is at.
    pub waits_since: Option<String>,
}

#[derive(Default)]
pub struct Accounts(Mutex<BTreeMap<String, Account>>);

/// One run of one lane.
pub struct Walk {
    lane: Lane,
    store: Store,
    clock: Clock,
    accounts: Arc<Accounts>,
    progress: Progress,
    failures: u32,
    why: String,
}

/// After a failure of the store: as long as a person takes to see to a disk, and one line a minute in the log.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// A program that restarts is back within seconds; one that is down is asked twelve times an hour at most.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(600);

/// Tells what happens until `stop`.
pub async fn run(mut walk: Walk, mut stop: Stop) {
    let mut commits = walk.store.commits();
    loop {
        commits.borrow_and_update();
        let step = tokio::select! {
            step = walk.step() => step,
            () = stop.wait() => return,
        };
        let wait = async {
            match step {
                Ok(true) => {}
                // Whatever is to be told was committed.
                Ok(false) => drop(commits.changed().await),
                Err(error) => {
                    log::error!("webhook {}: {error}", walk.lane.name);
                    walk.clock.sleep(LOOK_AGAIN).await;
                }
            }
        };
        tokio::select! {
            () = wait => {}
            () = stop.wait() => return,
        }
    }
}

impl Walk {
    /// A lane that was never there begins with what happens from now on: call it before anything can.
    pub async fn begin(lane: Lane, store: Store, clock: Clock, accounts: Arc<Accounts>) -> Result<Walk> {
        let key = key(&lane.name);
        let progress = match store.get::<Progress>(&key)? {
            Some(progress) => progress,
            None => {
                let begun = Progress { after: lane.source.last()?, ..Progress::default() };
                let first = begun.clone();
                store.write(move |tx| tx.put(&key, &first)).await?;
                begun
            }
        };
        let walk = Walk { lane, store, clock, accounts, progress, failures: 0, why: String::new() };
        walk.tell(None);
        Ok(walk)
    }

    /// Tells the next event; false when there is none.
    async fn step(&mut self) -> Result<bool> {
        let Some(event) = self.lane.source.next(self.progress.after)? else { return Ok(false) };
        let Some(call) = &event.call else {
            // Not durable: it is passed over again after a start.
            self.progress.after = event.id;
            return Ok(true);
        };
        let mut delivered = false;
        // While the other side fails, what is too old is not even tried: the newer ones behind it wait.
        while !(delivered || self.failures > 0 && self.clock.reading().age(event.at) > self.lane.give_up) {
            match self.lane.client.send(call, event.id, &self.clock).await {
                Ok(()) => delivered = true,
                Err(why) => self.failed(&event, why).await,
            }
        }
        if delivered {
            if self.failures > 0 {
                log::info!("webhook {} takes events again", self.lane.name);
            }
            (self.failures, self.why) = (0, String::new());
            self.progress.delivered += 1;
        } else {
            self.progress.given_up += 1;
        }
        self.progress.after = event.id;
        let (key, progress) = (key(&self.lane.name), self.progress.clone());
        self.store.write(move |tx| tx.put(&key, &progress)).await?;
        self.tell(None);
        Ok(true)
    }

    async fn failed(&mut self, event: &Event, why: String) {
        self.failures = self.failures.saturating_add(1);
        if self.failures == 1 {
            log::warn!("webhook {} does not take event {}: {why}; it is tried again", self.lane.name, event.id);
        }
        self.why = why;
        self.tell(Some(event.at));
        self.clock.sleep(pause(self.failures)).await;
    }

    fn tell(&self, at: Option<Time>) {
        let account = Account {
            name: self.lane.name.clone(),
            delivered: self.progress.delivered,
            given_up: self.progress.given_up,
            failures: self.failures,
            why: self.why.clone(),
            waits_since: at.map(Time::rfc3339),
        };
        self.accounts.0.lock().unwrap_or_else(PoisonError::into_inner).insert(account.name.clone(), account);
    }
}

impl Accounts {
    pub fn all(&self) -> Vec<Account> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}

/// Doubled from try to try, and anything from half of it up: those that failed together do not come back together.
fn pause(failures: u32) -> Duration {
    let whole = PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(PAUSE_MAX);
    let half = whole / 2;
    half + half.mul_f64(f64::from(getrandom::u32().unwrap_or(0)) / f64::from(u32::MAX))
}

fn key(name: &str) -> Vec<u8> {
    format!("hook/{name}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_ten_minutes_and_differ() {
        for (failures, whole) in [(1, 1), (2, 2), (5, 16), (10, 512), (11, 600), (u32::MAX, 600)] {
            for _ in 0..20 {
                let pause = pause(failures).as_secs_f64();
                assert!((f64::from(whole) / 2.0..=f64::from(whole)).contains(&pause), "{failures}: {pause}");
            }
        }
        assert!((0..20).map(|_| pause(11)).collect::<std::collections::BTreeSet<_>>().len() > 1);
    }
}
