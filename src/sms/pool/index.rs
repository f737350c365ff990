//! The numbers of the messages that wait, in the order in which they leave; in memory, for the rows are the truth.
//!
//! ```text
//! ready   by (lane, route, number): the first that a bearer may carry is found in a step or two, whatever waits behind
//! parked  by time: what waits for a pause, a person's limit, is not looked at before
//! held    by an operator, until it is released
//! ```
//! One waiting message is one `Key` of 8 octets, or 16 where a time belongs to it. Not here: what a row says, which is
//! looked at when its turn has come.

use std::collections::BTreeSet;

use super::super::outbox::{Class, Message};
use crate::clock::Time;

/// Lane, route, number and parts in one number, in this order: what is smaller leaves first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(u64);

/// Which of the routes; see `routes`.
pub type RouteNo = u16;

const LANE_SHIFT: u32 = 61;
const ROUTE_SHIFT: u32 = 52;
const ID_SHIFT: u32 = 4;
/// Routes that a key can name.
pub const ROUTES_MAX: usize = 1 << (LANE_SHIFT - ROUTE_SHIFT);

impl Key {
    pub fn new(id: u64, message: &Message, route: RouteNo) -> Key {
        // What has begun is not held up with its class.
        let lane = if message.is_begun() { message.class.min(Class::Transactional) } else { message.class };
        let parts = message.waiting().clamp(1, 15) as u64;
        Key((lane as u64) << LANE_SHIFT | u64::from(route) << ROUTE_SHIFT | id << ID_SHIFT | parts)
    }

    pub fn id(self) -> u64 {
        self.0 << (64 - ROUTE_SHIFT) >> (64 - ROUTE_SHIFT) >> ID_SHIFT
    }

    pub fn lane(self) -> Class {
        Class::ALL[(self.0 >> LANE_SHIFT) as usize % Class::ALL.len()]
    }

    pub fn route(self) -> RouteNo {
        (self.0 << (64 - LANE_SHIFT) >> (64 - LANE_SHIFT + ROUTE_SHIFT)) as RouteNo
    }

    pub fn parts(self) -> u32 {
        (self.0 & ((1 << ID_SHIFT) - 1)) as u32
    }

    fn first(lane: Class, route: RouteNo) -> Key {
        Key((lane as u64) << LANE_SHIFT | u64::from(route) << ROUTE_SHIFT)
    }

    fn last(lane: Class, route: RouteNo) -> Key {
        Key(Key::first(lane, route).0 | ((1 << ROUTE_SHIFT) - 1))
    }
}

#[derive(Debug, Default)]
pub struct Index {
    ready: BTreeSet<Key>,
    parked: BTreeSet<(Time, Key)>,
    held: BTreeSet<Key>,
}

/// How many messages of a class wait, and the oldest of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    pub count: u64,
    pub oldest: Option<u64>,
}

impl Index {
    pub fn add(&mut self, key: Key) {
        self.ready.insert(key);
    }

    /// Not before then.
    pub fn park(&mut self, key: Key, until: Time) {
        self.parked.insert((until, key));
    }

    pub fn hold(&mut self, key: Key) {
        self.held.insert(key);
    }

    /// What was held is ready: who finds it still held says so again.
    pub fn release(&mut self) {
        self.ready.append(&mut self.held);
    }

    /// What is due by now is ready. `None`: nothing is parked; else when to come again.
    pub fn wake(&mut self, now: Time) -> Option<Time> {
        while let Some((until, key)) = self.parked.first().copied() {
            if until > now {
                return Some(until);
            }
            self.parked.pop_first();
            self.ready.insert(key);
        }
        None
    }

    /// After the clock was set: times mean something else, and the rows say what.
    pub fn wake_all(&mut self) {
        let parked = std::mem::take(&mut self.parked);
        self.ready.extend(parked.into_iter().map(|(_, key)| key));
    }

    /// The first of this lane on any of these routes.
    pub fn first(&self, lane: Class, routes: &[RouteNo]) -> Option<Key> {
        let of = |route: &RouteNo| self.ready.range(Key::first(lane, *route)..=Key::last(lane, *route)).next().copied();
        routes.iter().filter_map(of).min_by_key(|key| key.id())
    }

    pub fn take(&mut self, key: Key) {
        self.ready.remove(&key);
    }

    /// Lets these go wherever they are.
    pub fn forget(&mut self, is_gone: impl Fn(u64) -> bool) {
        self.ready.retain(|key| !is_gone(key.id()));
        self.parked.retain(|(_, key)| !is_gone(key.id()));
        self.held.retain(|key| !is_gone(key.id()));
    }

    /// At most `limit` numbers behind `after`, the smallest first. Looks at all: for people.
    pub fn ids_after(&self, after: u64, limit: usize) -> Vec<u64> {
        let mut smallest = std::collections::BinaryHeap::with_capacity(limit + 1);
        for id in self.keys().map(Key::id).filter(|id| *id > after) {
            smallest.push(id);
            if smallest.len() > limit {
                smallest.pop();
            }
        }
        let mut ids = smallest.into_sorted_vec();
        ids.dedup();
        ids
    }

    pub fn count(&self) -> usize {
        self.ready.len() + self.parked.len() + self.held.len()
    }

    /// By class. Looks at all: for people.
    pub fn waiting(&self) -> [(Class, Waiting); 5] {
        let mut all = Class::ALL.map(|class| (class, Waiting::default()));
        for key in self.keys() {
            let waiting = &mut all[key.lane() as usize].1;
            waiting.count += 1;
            waiting.oldest = Some(waiting.oldest.map_or(key.id(), |oldest| oldest.min(key.id())));
        }
        all
    }

    fn keys(&self) -> impl Iterator<Item = Key> {
        let parked = self.parked.iter().map(|(_, key)| *key);
        self.ready.iter().copied().chain(parked).chain(self.held.iter().copied())
    }
}
