//! How the clock is set, and how far that may be trusted. Pure: how long the clock has run is an argument.
//!
//! ```text
//! nothing < seen < machine < text < modem < ntp        a source gives way to one of its own rank or a higher one
//! ╰────────── not checked ─────╯ ╰── trusted ──╯
//! ```
//! The box has no clock chip: after a power cut its machine may say 1970. It then goes on from when it last ran, which
//! is behind rather than ahead, and is set right when a network tells the time. What was stored meanwhile carries times
//! of the wrong reading; `Reading::right` says what they were.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Time;
use crate::words::{self, Word};

/// 2026-11-01: this program is younger, so what names an earlier time is wrong. Moved with each release.
pub const EARLIEST: Time = Time(1_793_491_200_000);
/// Ten years later: modems without a network have said 2070.
pub const LATEST: Time = EARLIEST.plus(Duration::from_secs(3653 * 86_400));
/// Network time comes in whole seconds, and is some on its way.
const NEAR: Duration = Duration::from_secs(3);
/// A clock runs wrong by a few minutes between two looks at the network at most, so what differs by more is wrong.
const FAR: Duration = Duration::from_secs(600);
/// How far a record vouches for the time after it. Renewing it costs the flash some 12 KiB, 400 KiB a day.
pub const RECORD_PERIOD: Duration = Duration::from_secs(3600);
/// What waits longest lives for a week of running time; the clock is seldom set more than once in that.
const STEPS_KEPT: usize = 8;

/// How far the time may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// Nothing is known.
    None,
    /// It goes on from what was seen, or is what the machine says: not checked.
    Seen,
    /// The mobile network has told it.
    Network,
    /// The machine's clock is kept by a time server.
    Ntp,
}

/// Where the time is from; a later one outranks an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Nothing,
    Seen,
    Machine,
    /// The stamp of a text that came while the modem stood in the network.
    Text,
    Modem,
    Ntp,
}

impl Source {
    pub fn trust(self) -> Trust {
        match self {
            Source::Nothing => Trust::None,
            Source::Seen | Source::Machine => Trust::Seen,
            Source::Text | Source::Modem => Trust::Network,
            Source::Ntp => Trust::Ntp,
        }
    }

    /// For people.
    pub fn word(self) -> Word {
        match self {
            Source::Nothing => words::TIME_UNKNOWN,
            Source::Seen => words::TIME_SEEN,
            Source::Machine => words::TIME_OF_MACHINE,
            Source::Text => words::TIME_OF_TEXT,
            Source::Modem => words::TIME_OF_MODEM,
            Source::Ntp => words::TIME_OF_NTP,
        }
    }
}

/// Whether somebody who knows the time could say this.
pub fn is_plausible(time: Time) -> bool {
    (EARLIEST..=LATEST).contains(&time)
}

/// What is kept over a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// When it was written.
    pub at: Time,
    /// Nothing later than this was ever shown.
    pub until: Time,
    pub source: Source,
    /// The first reading of the present stretch, if that is not checked.
    pub since: Time,
    pub steps: Vec<Step>,
}

/// The clock was set: what was read from `since` to `until` was `by_ms` later in truth (or earlier).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    since: Time,
    until: Time,
    by_ms: i64,
}

/// The clock looked at once: what it shows, and how what was stored before is to be read.
#[derive(Clone, Debug)]
pub struct Reading {
    pub now: Time,
    pub trust: Trust,
    aged_since: Time,
    steps: Arc<[Step]>,
}

impl Reading {
    /// A reading of a clock that was always right.
    pub fn sure(now: Time) -> Reading {
        Reading { now, trust: Trust::Ntp, aged_since: now, steps: Arc::default() }
    }

    /// When it really was, as far as is known now, that something was stored with the time `t`. Never later than now.
    pub fn right(&self, t: Time) -> Time {
        let mut t = t;
        for back in self.steps.iter().rev().filter(|step| step.by_ms < 0) {
            // Only a clock that was ahead can have shown what is still to come.
            if t > self.now {
                t.0 = t.0.saturating_add(back.by_ms);
            }
        }
        if let Some(first) = self.steps.iter().position(|s| s.by_ms > 0 && (s.since..=s.until).contains(&t)) {
            let on: i64 = self.steps[first..].iter().filter(|s| s.by_ms > 0).map(|s| s.by_ms).sum();
            t.0 = t.0.saturating_add(on);
        }
        t.min(self.now)
    }

    /// How long ago that really was, as far as is known now.
    pub fn age(&self, t: Time) -> Duration {
        self.now.since(self.right(t))
    }

    /// Whether it is known how long ago it was that something was stored with the time `t`: a clock that was not checked
    /// knows it only since it was set, and not over a time when the box was off and nothing counted.
    pub fn knows_age(&self, t: Time) -> bool {
        self.trust >= Trust::Network || t >= self.aged_since
    }
}

/// The clock's state beside what has passed.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The time of day when nothing had passed.
    zero: Time,
    pub source: Source,
    /// The first reading of the present stretch: since the clock was set, over restarts while it is not checked.
    since: Time,
    /// The first reading since which nothing passed uncounted.
    aged_since: Time,
    steps: Arc<[Step]>,
    /// Where a network time that contradicts the one before puts `zero`: the next decides.
    doubt: Option<Time>,
    /// The machine's time of day when nothing had passed, as it was last seen: a change is somebody's who set it.
    machine_zero: Time,
    /// Rises whenever the clock is set.
    pub count: u64,
}

impl Setting {
    pub fn new(zero: Time, source: Source) -> Setting {
        let (steps, doubt) = (Arc::default(), None);
        Setting { zero, source, since: zero, aged_since: zero, steps, doubt, machine_zero: zero, count: 0 }
    }

    pub fn now(&self, passed: Duration) -> Time {
        self.zero.plus(passed)
    }

    pub fn reading(&self, passed: Duration) -> Reading {
        let steps = Arc::clone(&self.steps);
        Reading {
            now: self.now(passed),
            trust: self.source.trust(),
            aged_since: self.aged_since.max(self.since),
            steps,
        }
    }

    /// The first setting: from what was seen last, if anything was, and what the machine says.
    pub fn begin(&mut self, seen: Option<&Seen>, machine: Time, is_synchronised: bool, passed: Duration) {
        let (at, floor) = seen.map_or((EARLIEST, EARLIEST), |seen| (seen.at, seen.until));
        let (to, source) = if is_synchronised && machine >= EARLIEST {
            (machine, Source::Ntp)
        } else if machine >= at && is_plausible(machine) {
            (machine, Source::Machine)
        } else {
            (floor, if seen.is_some() { Source::Seen } else { Source::Nothing })
        };
        self.machine_zero = machine.minus(passed);
        // What was stored under a clock that was right stays as it is; else it goes on as if the box had never been off.
        let unchecked = seen.filter(|seen| seen.source.trust() < Trust::Network);
        let (from, since) = unchecked.map_or((to, to), |seen| (seen.until, seen.since));
        (self.zero, self.since, self.source) = (from.minus(passed), since, Source::Nothing);
        self.steps = seen.map_or_else(Arc::default, |seen| seen.steps.as_slice().into());
        self.set(to, source, passed);
        // A clock that stood still while the box was off does not know for how long.
        self.aged_since = if source >= Source::Machine { self.since } else { to };
    }

    /// The machine's clock, looked at now and then.
    pub fn look(&mut self, machine: Time, is_synchronised: bool, passed: Duration) {
        let zero = machine.minus(passed);
        let was_set = apart(zero, self.machine_zero) > NEAR;
        self.machine_zero = zero;
        if is_synchronised && machine >= EARLIEST {
            self.set(machine, Source::Ntp, passed);
        } else if was_set && self.source <= Source::Machine && is_plausible(machine) {
            // By hand, while the box runs: that person knows better than a clock nobody has checked.
            self.set(machine, Source::Machine, passed);
        }
    }

    /// A network says what time it is.
    pub fn heard(&mut self, source: Source, time: Time, passed: Duration) {
        if !is_plausible(time) || source < self.source {
            return;
        }
        let zero = time.minus(passed);
        if source == self.source {
            // A text may have waited in the network: one that is behind tells a clock that was set by texts nothing.
            if source == Source::Text && zero < self.zero {
                return;
            }
            let is_far = |other: Time| apart(zero, other) > FAR;
            if is_far(self.zero) && self.doubt.is_none_or(is_far) {
                self.doubt = Some(zero);
                return;
            }
        }
        self.set(time, source, passed);
    }

    /// A text is never from the future, so it is at least so late.
    pub fn not_before(&mut self, time: Time, passed: Duration) {
        if is_plausible(time) && self.source < Source::Text && time > self.now(passed).plus(NEAR) {
            self.set(time, self.source.max(Source::Seen), passed);
        }
    }

    /// What is to be kept. A box that stops says so; one that may be cut off vouches for the time until the next record.
    pub fn seen(&self, passed: Duration, stops: bool) -> Seen {
        let now = self.now(passed);
        let until = if stops { now } else { now.plus(RECORD_PERIOD) };
        Seen { at: now, until, source: self.source, since: self.since, steps: self.steps.to_vec() }
    }

    fn set(&mut self, to: Time, source: Source, passed: Duration) {
        let (now, zero) = (self.now(passed), to.minus(passed));
        self.doubt = None;
        let moves = apart(zero, self.zero) > NEAR;
        if moves {
            let step = Step { since: self.since, until: now, by_ms: to.0.saturating_sub(now.0) };
            // A reading that comes a second time means what it means now.
            let mut steps: Vec<Step> = self.steps.iter().copied().filter(|s| s.by_ms < 0 || s.until < to).collect();
            steps.push(step);
            let over = steps.len().saturating_sub(STEPS_KEPT);
            self.steps = steps[over..].into();
            (self.zero, self.since) = (zero, to);
        } else if self.source.trust() < Trust::Network && source.trust() >= Trust::Network {
            self.since = now;
        }
        if moves || source != self.source {
            self.count += 1;
            self.source = source;
        }
    }
}

fn apart(one: Time, other: Time) -> Duration {
    one.since(other).max(other.since(one))
}

#[cfg(test)]
mod tests;
