//! Which message leaves next, and by which bearer. In memory and without waiting: the transaction that claims a message
//! asks here, on the store's writer, so nothing is claimed twice.
//!
//! ```text
//! bearer idle ──look──→ nothing for it │ not before … │ claim ──commit──→ sending ──outcome of each part──→ idle
//! ```
//! The outcome of one message and the claim of the next are one commit. A bearer has one message at most, and gets it
//! when it can take it: so one message a bearer is in doubt when the power goes. A bearer that fails rests, longer each
//! time; one whose SIM was refused for good (no credit, barred) is stopped and tried once an hour.
//!
//! `line` is a bearer, `index` the order, `routes` the numbers, `rates` and `quiet` how much and when. Not here: the rows (`outbox`).

pub mod index;
mod line;
pub mod quiet;
pub mod rates;
mod routes;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::bearer::{BearerHandle, Outcome, Outgoing, Witness};
use super::outbox::{Class, Message, waits_for_time};
use crate::clock::{Reading, Time};
use crate::number::Number;
use crate::words::Word;
use index::{Index, Key};
pub use line::{Bearer, Line, Sending, Stopped};
use quiet::Quiet;
use rates::{Limits, People, Rates};
use routes::{Carrier, Routes};

/// What the config says about sending.
#[derive(Clone, Debug)]
pub struct Rules {
    pub limits: Limits,
    pub quiet: Quiet,
    /// Companies with a SIM of their own.
    pub own_sites: Vec<String>,
}

pub struct Pool {
    rules: Rules,
    pub index: Index,
    routes: Routes,
    people: People,
    /// What bearers sent before this start.
    past: BTreeMap<String, Rates>,
    pub bearers: BTreeMap<String, Bearer>,
    pub hold: Hold,
}

/// What an operator holds back.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Hold {
    pub all: bool,
    pub classes: Vec<Class>,
    pub sites: Vec<String>,
}

/// What there is for a bearer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Now(Key),
    /// Not before so long has passed since the start.
    At(Duration),
    Nothing,
}

impl Look {
    fn or(self, other: Look) -> Look {
        match (self, other) {
            (Look::At(a), Look::At(b)) => Look::At(a.min(b)),
            (Look::Nothing, other) => other,
            (look, _) => look,
        }
    }
}

impl Pool {
    pub fn new(rules: Rules, hold: Hold) -> Pool {
        let (routes, people) = (Routes::new(rules.own_sites.clone()), People::new(&rules.limits));
        let (past, bearers) = (BTreeMap::new(), BTreeMap::new());
        Pool { rules, index: Index::default(), routes, people, past, bearers, hold }
    }

    pub fn add_bearer(&mut self, handle: BearerHandle, site: Option<String>, witness: Witness, passed: Duration) {
        let rates = self.past.remove(&handle.name).unwrap_or_else(|| Rates::new(&self.rules.limits));
        self.bearers.insert(handle.name.clone(), Bearer::new(handle, site, rates, witness, passed));
    }

    pub fn add(&mut self, id: u64, message: &Message) {
        let key = Key::new(id, message, self.routes.of(message));
        self.index.add(key);
    }

    /// A message that was sent before this start counts as if this one had sent it. To be told in the order of time.
    pub fn sent_before(&mut self, message: &Message, clock: &Reading, passed: Duration) {
        let Some(last) = message.parts.iter().filter_map(|part| part.sent).max() else { return };
        let age = clock.age(last);
        if message.class != Class::Reply {
            self.people.taken_before(person(&message.to), age, passed);
        }
        for bearer in message.parts.iter().filter_map(|part| part.by.as_deref()) {
            if !self.past.contains_key(bearer) {
                self.past.insert(bearer.to_owned(), Rates::new(&self.rules.limits));
            }
            if let Some(rates) = self.past.get_mut(bearer) {
                rates.taken_before(1, age, passed);
            }
        }
    }

    /// What `name` could send now. `clock` and `passed` are of one moment.
    pub fn look(&self, name: &str, clock: &Reading, passed: Duration) -> Look {
        let Some(bearer) = self.bearers.get(name) else { return Look::Nothing };
        if self.hold.all
            || !matches!(bearer.line, Line::Idle | Line::Claiming)
            || bearer.receiving
            || !bearer.is_ready()
        {
            return Look::Nothing;
        }
        let all: Vec<Carrier> = self.bearers.values().map(Bearer::carrier).collect();
        let carrier = bearer.carrier();
        let (mut later, not_before) = (Look::Nothing, bearer.free_at());
        for lane in Class::ALL {
            if self.hold.classes.contains(&lane) {
                continue;
            }
            let (open, joining) = self.routes.open_to(lane, &carrier, &all, passed);
            for (route, at) in joining {
                if self.index.first(lane, &[route]).is_some() {
                    later = later.or(Look::At(at));
                }
            }
            let Some(key) = self.index.first(lane, &open) else { continue };
            if not_before > passed {
                return Look::At(not_before).or(later);
            }
            match self.opens(lane, clock) {
                Some(Opens::Never) => continue,
                Some(Opens::At(time)) => {
                    later = later.or(Look::At(passed + time.since(clock.now)));
                    continue;
                }
                None => {}
            }
            let wait = bearer.rates.wait(lane, key.parts(), passed);
            // What comes behind does not overtake it with the little that is left.
            return if wait.is_zero() { Look::Now(key) } else { Look::At(passed + wait).or(later) };
        }
        later
    }

    /// When a lane opens that is closed by the hour; `None`: it is open.
    fn opens(&self, lane: Class, clock: &Reading) -> Option<Opens> {
        if waits_for_time(lane, clock.trust) {
            return Some(Opens::Never);
        }
        let is_unasked = matches!(lane, Class::Care | Class::Bulk);
        self.rules.quiet.until(clock.now).filter(|_| is_unasked).map(Opens::At)
    }

    /// After how long this person may be sent this.
    pub fn person_waits(&mut self, message: &Message, passed: Duration) -> Option<Duration> {
        if !is_counted(message) {
            return None;
        }
        self.people.wait(person(&message.to), passed)
    }

    /// A bearer gets a message, and it counts.
    pub fn give(&mut self, name: &str, message: &Message, parts: u32, passed: Duration) {
        if let Some(bearer) = self.bearers.get_mut(name) {
            bearer.rates.take(parts, passed);
        }
        if is_counted(message) {
            self.people.take(person(&message.to), passed);
        }
    }

    /// An outcome of a part. What is to be handed over next, and whether the bearer is free.
    pub fn outcome(&mut self, name: &str, id: u64, part: u8, outcome: &Outcome, passed: Duration) -> After {
        let Some(bearer) = self.bearers.get_mut(name) else { return After::default() };
        if *outcome == Outcome::NotSent {
            bearer.rates.give_back(1);
        }
        let Line::Sending(sending) = &mut bearer.line else { return After::default() };
        if sending.id != id {
            return After::default();
        }
        let handle = bearer.handle.clone();
        sending.left.retain(|left| *left != part);
        let is_submitted = matches!(outcome, Outcome::Submitted { .. });
        let is_first_failure = !is_submitted && !std::mem::replace(&mut sending.has_failed, !is_submitted);
        let mut after = After::default();
        if !is_submitted {
            // Nobody pays for half a text: the rest waits with what failed.
            let rest = std::mem::take(&mut sending.next);
            sending.left.retain(|left| !rest.iter().any(|o| o.part == *left));
            after.kept = rest.iter().map(|outgoing| outgoing.part).collect();
            bearer.rates.give_back(after.kept.len() as u32);
        } else if !sending.next.is_empty() {
            after.next = Some((handle, sending.next.remove(0)));
        }
        let sending_is_over = sending.left.is_empty();
        if is_first_failure || is_submitted {
            bearer.judge(outcome, words(outcome), passed);
        }
        if sending_is_over {
            bearer.line = Line::Claiming;
            after.is_free = true;
        }
        after
    }

    /// Idle bearers, the one that should send next first: those that do not fail, then those that have sent least.
    pub fn idle(&self, passed: Duration) -> Vec<String> {
        let mut idle: Vec<_> = self
            .bearers
            .iter()
            .filter(|(_, bearer)| matches!(bearer.line, Line::Idle))
            .map(|(name, bearer)| (bearer.failures, bearer.rates.load(passed), name.clone()))
            .collect();
        idle.sort();
        idle.into_iter().map(|(.., name)| name).collect()
    }

    /// Lets stopped and resting bearers try again at once.
    pub fn try_again(&mut self) {
        for bearer in self.bearers.values_mut() {
            (bearer.stopped, bearer.failures, bearer.rests_until) = (None, 0, Duration::ZERO);
        }
    }

    /// Why a message that waits does not leave; `None`: it is its turn soon.
    pub fn why(&mut self, message: &Message, clock: &Reading, passed: Duration) -> Option<Why> {
        let site_is_held = message.site.as_ref().is_some_and(|site| self.hold.sites.contains(site));
        if self.hold.all || self.hold.classes.contains(&message.class) || site_is_held {
            return Some(Why::Held);
        }
        if self.bearers.is_empty() {
            return Some(Why::NoModem);
        }
        match self.opens(message.class, clock).filter(|_| !message.is_begun()) {
            Some(Opens::Never) => return Some(Why::NoTime),
            Some(Opens::At(time)) => return Some(Why::Quiet(time)),
            None => {}
        }
        let lane = message.class;
        let all: Vec<Carrier> = self.bearers.values().map(Bearer::carrier).collect();
        let route = self.routes.of(message);
        let carries = |b: &&Bearer| self.routes.open_to(lane, &b.carrier(), &all, passed).0.contains(&route);
        let carriers: Vec<&Bearer> = self.bearers.values().filter(carries).collect();
        if carriers.iter().all(|bearer| !bearer.is_ready()) {
            return Some(Why::NoModem);
        }
        let stopped = carriers.iter().find_map(|bearer| bearer.stopped.as_ref());
        if let Some(stopped) = stopped.filter(|_| carriers.iter().all(|b| b.stopped.is_some() || !b.is_ready())) {
            return Some(Why::Stopped(stopped.hint));
        }
        let parts = message.waiting() as u32;
        let wait = carriers.iter().filter(|b| b.is_ready()).map(|b| b.rates.wait(lane, parts, passed)).min();
        wait.filter(|wait| !wait.is_zero()).map(|_| Why::Rates)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opens {
    Never,
    At(Time),
}

#[derive(Clone, Copy, Debug)]
pub enum Why {
    Held,
    NoModem,
    NoTime,
    Quiet(Time),
    Stopped(Word),
    Rates,
}

/// What follows an outcome.
#[derive(Default)]
pub struct After {
    pub next: Option<(BearerHandle, Outgoing)>,
    /// Parts that were not handed over and wait with the one that failed.
    pub kept: Vec<u8>,
    /// The message's last outcome: the bearer is kept for the next.
    pub is_free: bool,
}

/// Answers are not counted, and the rest of what has begun was.
fn is_counted(message: &Message) -> bool {
    message.class != Class::Reply && !message.is_begun()
}

/// One person, however many they are: a collision lets one wait for the other's texts.
fn person(number: &Number) -> u64 {
    let mut hasher = DefaultHasher::new();
    number.hash(&mut hasher);
    hasher.finish()
}

fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused { error, .. } => super::outbox::words_of(error),
        _ => String::new(),
    }
}
