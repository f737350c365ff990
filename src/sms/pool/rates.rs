//! How much a SIM may send, and how much one person may be sent unasked. Pure: how long the box has run is an argument, so a
//! clock that is set changes nothing.
//!
//! Each limit is a sliding window of cells rather than a bucket that fills while it is emptied: in no minute (hour, day)
//! leaves more than the limit, where a bucket lets twice as much through. Of each window a part is kept for those who wait.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use super::super::outbox::Class;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);
/// A window's resolution: what left stays counted for a sixtieth longer than it must.
const CELLS: u64 = 60;
/// Unasked texts remembered for an hour; beyond, the oldest are forgotten early, and a box that sends so many has no limit.
const TEXTS_KEPT: usize = 100_000;

/// `[sms]` of the config; 0: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    pub minute: u32,
    pub hour: u32,
    pub day: u32,
    /// Texts that one person gets unasked in an hour.
    pub person_hour: u32,
}

/// One SIM's windows.
#[derive(Clone, Debug)]
pub struct Rates([Window; 3]);

impl Rates {
    pub fn new(limits: &Limits) -> Rates {
        Rates([Window::new(limits.minute, MINUTE), Window::new(limits.hour, HOUR), Window::new(limits.day, DAY)])
    }

    /// When `segments` of a message of this class may leave: now, or after so long. An answer that somebody waits for
    /// counts in each window and is held by the day's alone.
    pub fn wait(&self, class: Class, segments: u32, passed: Duration) -> Duration {
        let holding = if matches!(class, Class::Reply | Class::Code) { &self.0[2..] } else { &self.0[..] };
        holding.iter().map(|window| window.wait(class, segments, passed)).max().unwrap_or_default()
    }

    pub fn take(&mut self, segments: u32, passed: Duration) {
        self.0.iter_mut().for_each(|window| window.take(segments, passed));
    }

    /// What did certainly not leave does not count.
    pub fn give_back(&mut self, segments: u32) {
        self.0.iter_mut().for_each(|window| window.give_back(segments));
    }

    /// What left before this start, so long ago.
    pub fn taken_before(&mut self, segments: u32, age: Duration, passed: Duration) {
        self.0.iter_mut().for_each(|window| window.taken_before(segments, age, passed));
    }

    /// What is left of each limit; `None`: there is none.
    pub fn left(&self, passed: Duration) -> [(&'static str, Option<u32>); 3] {
        let left = |n: usize| {
            let window = &self.0[n];
            (window.limit > 0).then(|| window.limit.saturating_sub(window.used(passed)))
        };
        [("minute", left(0)), ("hour", left(1)), ("day", left(2))]
    }

    /// The share of the tightest window that is used, in thousandths: whoever has used less sends next.
    pub fn load(&self, passed: Duration) -> u32 {
        let share = |w: &Window| w.used(passed).saturating_mul(1000).checked_div(w.limit).unwrap_or(0);
        self.0.iter().map(share).max().unwrap_or(0)
    }
}

#[derive(Clone, Debug)]
struct Window {
    limit: u32,
    cell: Duration,
    /// What left, by the number of its cell since the start, shifted by `CELLS` so that what was before has one too.
    taken: VecDeque<(u64, u32)>,
}

impl Window {
    fn new(limit: u32, span: Duration) -> Window {
        Window { limit, cell: span / CELLS as u32, taken: VecDeque::new() }
    }

    fn at(&self, passed: Duration) -> u64 {
        (passed.as_millis() / self.cell.as_millis()) as u64 + CELLS + 1
    }

    fn used(&self, passed: Duration) -> u32 {
        let at = self.at(passed);
        let counted = self.taken.iter().filter(|(cell, _)| cell + CELLS >= at);
        counted.fold(0, |sum, (_, count)| sum.saturating_add(*count))
    }

    fn wait(&self, class: Class, segments: u32, passed: Duration) -> Duration {
        if self.limit == 0 {
            return Duration::ZERO;
        }
        // A message that is longer than the limit goes alone.
        let may_be_used = (self.limit - reserve(class, self.limit)).saturating_sub(segments);
        let mut used = self.used(passed);
        let at = self.at(passed);
        for (cell, count) in self.taken.iter().filter(|(cell, _)| cell + CELLS >= at) {
            if used <= may_be_used {
                break;
            }
            used = used.saturating_sub(*count);
            if used <= may_be_used {
                // The first moment at which this cell is not counted: cell number plus CELLS + 1, less that shift.
                let free = self.cell * u32::try_from(*cell).unwrap_or(u32::MAX);
                return free.saturating_sub(passed).max(Duration::from_millis(1));
            }
        }
        Duration::ZERO
    }

    fn take(&mut self, segments: u32, passed: Duration) {
        if self.limit == 0 {
            return;
        }
        let at = self.at(passed);
        while self.taken.front().is_some_and(|(cell, _)| cell + CELLS < at) {
            self.taken.pop_front();
        }
        match self.taken.back_mut() {
            Some((cell, count)) if *cell == at => *count = count.saturating_add(segments),
            _ => self.taken.push_back((at, segments)),
        }
    }

    fn give_back(&mut self, mut segments: u32) {
        for (_, count) in self.taken.iter_mut().rev() {
            let back = segments.min(*count);
            (*count, segments) = (*count - back, segments - back);
        }
    }

    fn taken_before(&mut self, segments: u32, age: Duration, passed: Duration) {
        let cells = (age.as_millis() / self.cell.as_millis()) as u64;
        if self.limit == 0 || cells > CELLS {
            return;
        }
        let at = self.at(passed) - cells;
        let place = self.taken.partition_point(|(cell, _)| *cell < at);
        match self.taken.get_mut(place) {
            Some((cell, count)) if *cell == at => *count = count.saturating_add(segments),
            _ => self.taken.insert(place, (at, segments)),
        }
    }
}

/// What a class leaves for those before it: a quarter of the limit is there for answers, codes and what a program sends for
/// somebody, a tenth for answers and codes alone. A limit of one can keep nothing.
fn reserve(class: Class, limit: u32) -> u32 {
    let kept = match class {
        Class::Reply | Class::Code => 0,
        Class::Transactional => limit.div_ceil(10),
        Class::Care | Class::Bulk => limit.div_ceil(4),
    };
    kept.min(limit - 1)
}

/// What people got unasked in the last hour.
#[derive(Debug, Default)]
pub struct People {
    limit: usize,
    /// By a hash of the number, in seconds of running time; the second set is in the order of time.
    texts: BTreeSet<(u64, u32, u32)>,
    order: VecDeque<(u64, u32, u32)>,
    count: u32,
    /// For whom something waits: how many, until the last of them may go.
    waiting: HashMap<u64, (usize, u32)>,
}

const HOUR_S: u32 = 3600;

impl People {
    pub fn new(limits: &Limits) -> People {
        People { limit: limits.person_hour as usize, ..People::default() }
    }

    /// After how long this person may get another text; `None`: now. Who asks gets a place in the row, so that each
    /// of many messages is looked at once and not each time that one of them may go.
    pub fn wait(&mut self, person: u64, passed: Duration) -> Option<Duration> {
        if self.limit == 0 {
            return None;
        }
        let now = seconds(passed);
        self.forget(now);
        let times: Vec<u32> = self.of(person).collect();
        if times.len() < self.limit {
            self.waiting.remove(&person);
            return None;
        }
        let (row, until) = self.waiting.get(&person).copied().unwrap_or((0, 0));
        let row = if until <= now { 0 } else { row };
        // Those that left an hour ago make room in their order, then those of the hour before that.
        let recent = &times[times.len() - self.limit..];
        let hours = u32::try_from(row / self.limit).unwrap_or(u32::MAX).saturating_add(1);
        let free = recent[row % self.limit].saturating_add(HOUR_S.saturating_mul(hours)).saturating_add(1);
        self.waiting.insert(person, (row + 1, free));
        let free = Duration::from_secs(u64::from(free.saturating_sub(HOUR_S)));
        Some(free.saturating_sub(passed).max(Duration::from_secs(1)))
    }

    pub fn take(&mut self, person: u64, passed: Duration) {
        self.taken(person, seconds(passed));
    }

    pub fn give_back(&mut self, person: u64) {
        let last = self.texts.range((person, 0, 0)..=(person, u32::MAX, u32::MAX)).next_back().copied();
        if let Some(last) = last {
            self.texts.remove(&last);
        }
    }

    /// What they got before this start. To be told in the order of time.
    pub fn taken_before(&mut self, person: u64, age: Duration, passed: Duration) {
        if age < HOUR {
            self.taken(person, seconds(passed).saturating_sub(age.as_secs() as u32));
        }
    }

    fn taken(&mut self, person: u64, at: u32) {
        if self.limit == 0 {
            return;
        }
        self.count = self.count.wrapping_add(1);
        let text = (person, at, self.count);
        self.texts.insert(text);
        self.order.push_back(text);
        if self.order.len() > TEXTS_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.texts.remove(&oldest);
        }
    }

    fn of(&self, person: u64) -> impl Iterator<Item = u32> {
        self.texts.range((person, 0, 0)..=(person, u32::MAX, u32::MAX)).map(|(_, at, _)| *at)
    }

    fn forget(&mut self, now: u32) {
        while let Some(oldest) = self.order.front().copied().filter(|(_, at, _)| at.saturating_add(HOUR_S) < now) {
            self.order.pop_front();
            self.texts.remove(&oldest);
        }
        if self.waiting.len() > TEXTS_KEPT {
            self.waiting.retain(|_, (_, until)| *until > now);
        }
    }
}

fn seconds(passed: Duration) -> u32 {
    // The time before the start has to lie somewhere.
    u32::try_from(passed.as_secs()).unwrap_or(u32::MAX).saturating_add(HOUR_S)
}
