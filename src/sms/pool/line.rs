//! A bearer as the pool sees it: what its line is doing, how it has done lately, and when it may send again. Pure.

use std::time::Duration;

use super::super::bearer::{BearerHandle, Outcome, Outgoing, Reports, Retry, State, Witness};
use super::super::outbox::Class;
use super::rates::Rates;
use super::routes::Carrier;
use crate::number::Number;
use crate::words::Word;

/// A SIM that was refused for good is tried once in this: credit is topped up elsewhere, and nobody tells the box.
const STOPPED: Duration = Duration::from_secs(3600);
/// Failures in a row after which a bearer rests, and for how long at first and at most.
const FAILURES: u32 = 3;
const FIRST_REST: Duration = Duration::from_secs(2);
const LONGEST_REST: Duration = Duration::from_secs(300);

pub struct Bearer {
    pub handle: BearerHandle,
    pub number: Option<Number>,
    /// The company that its number belongs to alone.
    pub site: Option<String>,
    pub state: State,
    pub rates: Rates,
    /// Notes what leaves by it.
    pub witness: Witness,
    /// A text of this bearer is being answered: the reply is next, and nothing is handed out meanwhile.
    pub receiving: bool,
    pub line: Line,
    pub stopped: Option<Stopped>,
    /// When it became ready, or ceased to be.
    pub since: Duration,
    away_since: Option<Duration>,
    /// In a row.
    pub failures: u32,
    pub rests_until: Duration,
}

/// Why a SIM sends nothing until a person has done something.
#[derive(Clone, Debug)]
pub struct Stopped {
    pub error: String,
    pub hint: Word,
    until: Duration,
}

/// What a bearer's line is doing for us.
#[derive(Debug)]
pub enum Line {
    Idle,
    /// A message is being claimed for it.
    Claiming,
    Sending(Sending),
}

/// A message on its way.
#[derive(Debug)]
pub struct Sending {
    pub id: u64,
    /// Not handed over yet, in order.
    pub next: Vec<Outgoing>,
    /// Without an outcome.
    pub left: Vec<u8>,
    pub has_failed: bool,
}

impl Sending {
    /// Parts that go one after the other, each when the one before has left.
    pub fn new(id: u64, next: Vec<Outgoing>) -> Sending {
        Sending { id, left: next.iter().map(|o| o.part).collect(), next, has_failed: false }
    }

    /// Parts that the bearer has all.
    pub fn handed_over(id: u64, parts: &[Outgoing]) -> Sending {
        Sending { id, left: parts.iter().map(|o| o.part).collect(), next: Vec::new(), has_failed: false }
    }
}

impl Bearer {
    pub fn new(handle: BearerHandle, site: Option<String>, rates: Rates, witness: Witness, passed: Duration) -> Bearer {
        Bearer {
            number: handle.number.clone(),
            handle,
            site,
            state: State::Starting,
            rates,
            witness,
            receiving: false,
            line: Line::Idle,
            stopped: None,
            since: passed,
            away_since: Some(passed),
            failures: 0,
            rests_until: Duration::ZERO,
        }
    }

    pub fn is_ready(&self) -> bool {
        matches!(self.state, State::Ready { .. })
    }

    /// Whether texts to it are not answered now; `None` while it is not known.
    pub fn is_silent(&self) -> Option<bool> {
        match self.state {
            State::Ready { .. } => Some(self.stopped.is_some()),
            State::Starting => None,
            _ => Some(true),
        }
    }

    /// Whether status reports come by it; where none come, asking for them makes no sense.
    pub fn brings_reports(&self) -> bool {
        self.handle.facts.borrow().reports != Reports::Off
    }

    pub fn is_sending(&self) -> bool {
        matches!(self.line, Line::Sending(_))
    }

    /// Whether it can send the reply to a text that it brings at once. In a network or not: it has just brought a text.
    pub fn may_reply(&self, segments: u32, passed: Duration) -> bool {
        let is_free = matches!(self.line, Line::Idle) && self.free_at() <= passed;
        is_free && self.rates.wait(Class::Reply, segments, passed).is_zero()
    }

    /// A new state of the modem. One that is back was seen to by somebody, or has helped itself.
    pub fn set_state(&mut self, state: State, passed: Duration) {
        let was_ready = self.is_ready();
        self.state = state;
        if was_ready != self.is_ready() {
            self.since = passed;
        }
        match (was_ready, self.is_ready()) {
            (false, true) => {
                (self.failures, self.rests_until) = (0, Duration::ZERO);
                self.stopped = None;
                self.away_since = None;
            }
            (true, false) => self.away_since = Some(self.away_since.unwrap_or(passed)),
            _ => {}
        }
    }

    /// What the outcome of a message says about the bearer.
    pub fn judge(&mut self, outcome: &Outcome, words: String, passed: Duration) {
        match outcome {
            Outcome::Submitted { .. } => {
                (self.failures, self.stopped) = (0, None);
                self.away_since = None;
            }
            Outcome::Refused { class: Retry::StopPort, hint, .. } => {
                self.stopped = Some(Stopped { error: words, hint: *hint, until: passed + STOPPED });
                self.away_since = Some(self.away_since.unwrap_or(passed));
            }
            // The message's own fault.
            Outcome::Refused { class: Retry::Never, .. } => {}
            Outcome::NotSent => {
                self.failures = self.failures.max(FAILURES - 1) + 1;
                self.rest(passed);
            }
            Outcome::Refused { .. } | Outcome::Unknown => {
                self.failures += 1;
                self.rest(passed);
            }
        }
    }

    fn rest(&mut self, passed: Duration) {
        if let Some(more) = self.failures.checked_sub(FAILURES) {
            self.rests_until = passed + LONGEST_REST.min(FIRST_REST * 2_u32.pow(more.min(16)));
        }
    }

    /// When it may send again after what it did.
    pub fn free_at(&self) -> Duration {
        self.stopped.as_ref().map_or(self.rests_until, |stopped| stopped.until.max(self.rests_until))
    }

    pub fn carrier(&self) -> Carrier {
        Carrier { number: self.number.clone(), site: self.site.clone(), away_since: self.away_since }
    }
}
