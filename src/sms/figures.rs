//! What came and went since the start, and what waits: for `/metrics` and people.

use std::collections::BTreeMap;

use super::Sms;
use super::bearer::Outcome;
use super::outbox::{Class, Message, words_of};
use super::report::Reported;

/// Kinds of errors that are counted by name; modems that put words of their own into each must not fill the memory.
const ERRORS_MAX: usize = 64;
const OTHERS: &str = "other";

/// Counted as it happens.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    pub arrived: u64,
    pub replied: u64,
    pub submitted: u64,
    pub refused: u64,
    pub unknown: u64,
    pub not_sent: u64,
    pub delivered: u64,
    pub undelivered: u64,
    pub unmatched: u64,
    /// Refusals by error code.
    pub errors: BTreeMap<String, u64>,
}

impl Counts {
    pub(super) fn outcome(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Submitted { .. } => self.submitted += 1,
            Outcome::Unknown => self.unknown += 1,
            Outcome::NotSent => self.not_sent += 1,
            Outcome::Refused { error, .. } => {
                self.refused += 1;
                let name = words_of(error);
                let is_known = self.errors.contains_key(&name) || self.errors.len() < ERRORS_MAX;
                *self.errors.entry(if is_known { name } else { OTHERS.to_owned() }).or_default() += 1;
            }
        }
    }

    pub(super) fn report(&mut self, reported: Reported) {
        match reported {
            Reported::Delivered => self.delivered += 1,
            Reported::Failed => self.undelivered += 1,
            Reported::Unmatched => self.unmatched += 1,
            Reported::Noted => {}
        }
    }

    pub fn outcomes(&self) -> [(&'static str, u64); 7] {
        [
            ("submitted", self.submitted),
            ("refused", self.refused),
            ("unknown", self.unknown),
            ("not_sent", self.not_sent),
            ("delivered", self.delivered),
            ("undelivered", self.undelivered),
            ("unmatched", self.unmatched),
        ]
    }
}

#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub counts: Counts,
    pub queued: u64,
    pub submitting: u64,
    /// By class: how many wait, and how long the oldest has, in seconds.
    pub waiting: Vec<(&'static str, u64, u64)>,
    /// By modem and window, what is left of the limit.
    pub left: Vec<(String, &'static str, u64)>,
    pub stopped: Vec<(String, bool)>,
    pub is_held: bool,
}

impl Sms {
    /// Looks at all that waits: not for every page.
    pub fn figures(&self) -> Figures {
        let (now, passed) = (self.clock.now(), self.clock.passed());
        let pool = self.pool();
        let left = |(name, bearer): (&String, &super::pool::Bearer)| {
            let name = name.clone();
            let of = bearer.rates.left(passed).into_iter().filter_map(|(window, left)| Some((window, left?)));
            of.map(move |(window, left)| (name.clone(), window, u64::from(left))).collect::<Vec<_>>()
        };
        let (left, stopped) = (
            pool.bearers.iter().flat_map(left).collect(),
            pool.bearers.iter().map(|(name, bearer)| (name.clone(), bearer.stopped.is_some())).collect(),
        );
        let submitting = pool.bearers.values().filter(|bearer| bearer.is_sending()).count() as u64;
        let (queued, is_held) = (pool.index.count() as u64, pool.hold.is_any());
        drop(pool);
        let age = |oldest: Option<Message>| oldest.map_or(0, |message| now.since(message.made).as_secs());
        let waiting = self.backlog().map(|(class, count, oldest)| (class.name(), count, age(oldest))).to_vec();
        Figures { counts: self.counts().clone(), queued, submitting, waiting, left, stopped, is_held }
    }

    /// How many messages wait to be sent.
    pub fn waiting(&self) -> usize {
        self.pool().index.count()
    }

    /// How many of this class wait.
    pub fn waiting_of(&self, class: Class) -> u64 {
        self.pool().index.waiting()[class as usize].1.count
    }
}
