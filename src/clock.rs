//! What time it is, and waiting for it. Injected everywhere, so that a test moves time by hand.
//!
//! Not here: how far the clock may be trusted (that comes with the modem's network time), and any order of events:
//! order is the store's sequence number, never a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

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
/// that plus where it began.
#[derive(Clone)]
pub struct Clock(Arc<Shared>);

struct Shared {
    /// `None`: time passes only by `advance`.
    running_since: Option<Instant>,
    face: watch::Sender<Face>,
}

#[derive(Clone, Copy)]
struct Face {
    /// The time of day at the clock's beginning.
    zero: Time,
    /// What passed by `advance`.
    advanced: Duration,
}

impl Clock {
    pub fn machine() -> Clock {
        Clock::new(Some(Instant::now()), machine_now())
    }

    /// A clock that stands still until `advance` moves it.
    pub fn by_hand(start: Time) -> Clock {
        Clock::new(None, start)
    }

    fn new(running_since: Option<Instant>, zero: Time) -> Clock {
        let face = watch::Sender::new(Face { zero, advanced: Duration::ZERO });
        Clock(Arc::new(Shared { running_since, face }))
    }

    pub fn now(&self) -> Time {
        let zero = self.0.face.borrow().zero;
        zero.plus(self.passed())
    }

    /// How long this clock has run, whatever it shows.
    pub fn passed(&self) -> Duration {
        let ran = self.0.running_since.map_or(Duration::ZERO, |since| since.elapsed());
        ran.saturating_add(self.0.face.borrow().advanced)
    }

    /// Waits until it shows `then`; looks again whenever it was moved.
    pub async fn sleep_until(&self, then: Time) {
        self.wait(|| then.since(self.now())).await;
    }

    /// Waits until `d` has passed, whatever it shows.
    pub async fn sleep(&self, d: Duration) {
        let end = self.passed().saturating_add(d);
        self.wait(|| end.saturating_sub(self.passed())).await;
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
