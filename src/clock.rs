//! What time it is, and waiting for it. Injected everywhere, so that a test moves time by hand.
//!
//! Not here: how far the clock may be trusted (that comes with the modem's network time), and any order of events:
//! order is the store's sequence number, never a time.

use std::sync::Arc;
use std::time::Duration;

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

/// The box's clock: the machine's, or one that a test moves.
#[derive(Clone)]
pub struct Clock(Kind);

#[derive(Clone)]
enum Kind {
    Machine,
    Hand(Arc<watch::Sender<Time>>),
}

impl Clock {
    pub fn machine() -> Clock {
        Clock(Kind::Machine)
    }

    /// A clock that stands still until `advance` moves it.
    pub fn by_hand(start: Time) -> Clock {
        Clock(Kind::Hand(Arc::new(watch::Sender::new(start))))
    }

    pub fn now(&self) -> Time {
        match &self.0 {
            Kind::Machine => machine_now(),
            Kind::Hand(sender) => *sender.borrow(),
        }
    }

    /// Waits until `then`; a clock moved by hand wakes its sleepers when it passes them.
    pub async fn sleep_until(&self, then: Time) {
        match &self.0 {
            Kind::Machine => tokio::time::sleep(then.since(machine_now())).await,
            Kind::Hand(sender) => {
                let mut seen = sender.subscribe();
                // The sender lives as long as this clock, so the wait ends only by time.
                let _ = seen.wait_for(|now| *now >= then).await;
            }
        }
    }

    pub async fn sleep(&self, d: Duration) {
        self.sleep_until(self.now().plus(d)).await;
    }

    /// Moves a clock made by `by_hand`; the machine's clock is left alone.
    pub fn advance(&self, d: Duration) {
        if let Kind::Hand(sender) = &self.0 {
            sender.send_modify(|now| *now = now.plus(d));
        }
    }
}

/// The only place that asks the machine for the time.
#[allow(clippy::disallowed_methods)]
fn machine_now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Time(since.as_millis() as i64)
}
