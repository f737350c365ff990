//! What time it is, how far that may be trusted, and waiting for it. Injected everywhere, so that a test moves time.
//!
//! `setting` decides how the clock is set, `synchronised` asks whether the machine's is kept by a time server. Not here:
//! any order of events; order is the store's sequence number, never a time.

mod setting;
mod synchronised;

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use self::setting::Setting;
pub use self::setting::{EARLIEST, RECORD_PERIOD, Reading, Seen, Source, Trust, is_plausible};
pub use self::synchronised::is_synchronised;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    pub const fn plus(self, d: Duration) -> Time {
        Time(self.0.saturating_add(d.as_millis() as i64))
    }

    pub const fn minus(self, d: Duration) -> Time {
        Time(self.0.saturating_sub(d.as_millis() as i64))
    }

    /// How long from `earlier` to here; zero when `earlier` lies ahead.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The civil date and time in `zone`; the epoch for a time out of the calendar's range.
    pub fn civil(self, zone: &TimeZone) -> DateTime {
        let stamp = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        zone.to_datetime(stamp)
    }

    /// RFC 3339 in UTC with seconds, as the API shows times.
    pub fn rfc3339(self) -> String {
        let stamp = jiff::Timestamp::from_second(self.0.div_euclid(1000)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        stamp.to_string()
    }

    /// The instant of a civil time in `zone`; `None` when it lies out of range.
    pub fn of_civil(at: DateTime, zone: &TimeZone) -> Option<Time> {
        let zoned = at.to_zoned(zone.clone()).ok()?;
        Some(Time(zoned.timestamp().as_millisecond()))
    }
}

/// The box's clock: it runs with the machine's, or only when a test moves it. A clone is the same clock.
///
/// What has passed since it was made only grows, with the machine's steady time and with `advance`; the time of day is
/// that plus how it is set.
#[derive(Clone)]
pub struct Clock(Arc<Shared>);

struct Shared {
    /// `None`: time passes only by `advance`.
    running_since: Option<Instant>,
    face: watch::Sender<Face>,
}

struct Face {
    setting: Setting,
    /// What passed by `advance`.
    advanced: Duration,
    /// What the machine's clock showed at first, where a test is the machine.
    by_hand: Time,
}

/// Real time for an answer that was already on its way when a hand moved the clock beyond its limit.
const ON_ITS_WAY: Duration = Duration::from_millis(30);

impl Clock {
    pub fn machine() -> Clock {
        Clock::new(Some(Instant::now()), machine_now(), Source::Machine)
    }

    /// A clock that stands still until `advance` moves it, and is right.
    pub fn by_hand(start: Time) -> Clock {
        Clock::new(None, start, Source::Ntp)
    }

    fn new(running_since: Option<Instant>, zero: Time, source: Source) -> Clock {
        let face = Face { setting: Setting::new(zero, source), advanced: Duration::ZERO, by_hand: zero };
        Clock(Arc::new(Shared { running_since, face: watch::Sender::new(face) }))
    }

    pub fn now(&self) -> Time {
        let face = self.0.face.borrow();
        face.setting.now(self.passed_on(&face))
    }

    /// How long this clock has run, whatever it shows.
    pub fn passed(&self) -> Duration {
        self.passed_on(&self.0.face.borrow())
    }

    fn passed_on(&self, face: &Face) -> Duration {
        let ran = self.0.running_since.map_or(Duration::ZERO, |since| since.elapsed());
        ran.saturating_add(face.advanced)
    }

    /// What it shows, how far that may be trusted, and how times stored before are to be read.
    pub fn reading(&self) -> Reading {
        let face = self.0.face.borrow();
        face.setting.reading(self.passed_on(&face))
    }

    pub fn source(&self) -> Source {
        self.0.face.borrow().setting.source
    }

    pub fn trust(&self) -> Trust {
        self.source().trust()
    }

    /// Waits until the network or a time server has told the time.
    pub async fn trusted(&self) {
        // The sender lives as long as this clock, so the wait ends only by trust.
        let _ = self.0.face.subscribe().wait_for(|face| face.setting.source.trust() >= Trust::Network).await;
    }

    /// A number that rises whenever the clock is set.
    pub fn settings(&self) -> u64 {
        self.0.face.borrow().setting.count
    }

    /// Waits until the clock has been set since `settings` gave this number.
    pub async fn set_since(&self, number: u64) {
        let _ = self.0.face.subscribe().wait_for(|face| face.setting.count != number).await;
    }

    /// Sets the clock at the start of the box, from what was kept by the box that ran before.
    pub fn begin(&self, seen: Option<&Seen>, is_synchronised: bool) {
        self.set(|setting, machine, passed| setting.begin(seen, machine, is_synchronised, passed));
    }

    /// Compares it to the machine's, which may have been set meanwhile.
    pub fn look(&self, is_synchronised: bool) {
        self.set(|setting, machine, passed| setting.look(machine, is_synchronised, passed));
    }

    /// A network says what time it is.
    pub fn heard(&self, source: Source, time: Time) {
        self.set(|setting, _, passed| setting.heard(source, time, passed));
    }

    /// Something that has happened has this time.
    pub fn not_before(&self, time: Time) {
        self.set(|setting, _, passed| setting.not_before(time, passed));
    }

    /// What the next box on this store begins with.
    pub fn seen(&self, stops: bool) -> Seen {
        let face = self.0.face.borrow();
        face.setting.seen(self.passed_on(&face), stops)
    }

    fn set(&self, change: impl FnOnce(&mut Setting, Time, Duration)) {
        self.0.face.send_if_modified(|face| {
            let (before, passed) = (face.setting.count, self.passed_on(face));
            let machine = match self.0.running_since {
                Some(_) => machine_now().plus(face.advanced),
                None => face.by_hand.plus(passed),
            };
            change(&mut face.setting, machine, passed);
            let was_set = face.setting.count != before;
            if was_set {
                let shown = face.setting.now(passed).rfc3339();
                log::info!("the clock is set to {shown}: {}", face.setting.source.word().en);
            }
            was_set
        });
    }

    /// What the machine's clock shows, of a clock made by `by_hand`; the box's is not touched.
    pub fn set_machine(&self, time: Time) {
        self.0.face.send_modify(|face| face.by_hand = time.minus(face.advanced));
    }

    /// Waits until it shows `then`; looks again whenever it was moved.
    pub async fn sleep_until(&self, then: Time) {
        self.wait(|| then.since(self.now())).await;
    }

    /// Waits until `d` has passed since this call, whatever it shows.
    pub fn sleep(&self, d: Duration) -> impl Future<Output = ()> {
        let end = self.passed().saturating_add(d);
        self.wait(move || end.saturating_sub(self.passed()))
    }

    /// Waits so long for something outside the box: time that is skipped while the clock runs does not pass there.
    pub async fn limit(&self, d: Duration) {
        match self.0.running_since {
            Some(_) => tokio::time::sleep(d).await,
            None => {
                self.sleep(d).await;
                tokio::time::sleep(ON_ITS_WAY).await;
            }
        }
    }

    /// Lets time pass at once: who sleeps until then wakes.
    pub fn advance(&self, d: Duration) {
        self.0.face.send_modify(|face| face.advanced = face.advanced.saturating_add(d));
    }

    async fn wait(&self, left: impl Fn() -> Duration) {
        let mut moved = self.0.face.subscribe();
        loop {
            moved.mark_unchanged();
            let left = left();
            if left.is_zero() {
                return;
            }
            let runs_down = async {
                match self.0.running_since {
                    Some(_) => tokio::time::sleep(left).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = runs_down => {}
                // The sender lives as long as this clock, so this is no end.
                _ = moved.changed() => {}
            }
        }
    }
}

/// The only place that asks the machine for the time of day.
#[allow(clippy::disallowed_methods)]
fn machine_now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Time(since.as_millis() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn a_running_clock_is_advanced_and_wakes_its_sleepers() {
        let clock = Clock::machine();
        let (began, sleeper) = (clock.now(), clock.clone());
        let sleeps = tokio::spawn(async move {
            sleeper.sleep(HOUR).await;
            sleeper.sleep_until(began.plus(2 * HOUR)).await;
            sleeper.now()
        });
        tokio::task::yield_now().await;
        clock.clone().advance(HOUR);
        tokio::task::yield_now().await;
        assert!(!sleeps.is_finished(), "the second hour has not passed");
        clock.advance(HOUR);
        let woke = sleeps.await.unwrap();
        assert!(woke >= began.plus(2 * HOUR) && woke < began.plus(3 * HOUR));
    }

    #[tokio::test]
    async fn a_running_clock_runs() {
        let clock = Clock::machine();
        let began = clock.now();
        clock.sleep(Duration::from_millis(2)).await;
        clock.sleep_until(began.plus(Duration::from_millis(4))).await;
        assert!(clock.now() >= began.plus(Duration::from_millis(4)));
    }
}
