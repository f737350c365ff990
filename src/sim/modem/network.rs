//! The simulated network's time: right, whatever the box's clock shows, and running with it.

use jiff::tz::TimeZone;

use super::QUARTERS;
use crate::clock::{Clock, Time};

pub struct NetworkTime {
    clock: Clock,
    /// What time it was in the network when the box's clock began to run.
    zero: Time,
}

impl NetworkTime {
    /// A network where it is `now`.
    pub fn new(clock: Clock, now: Time) -> NetworkTime {
        let zero = now.minus(clock.passed());
        NetworkTime { clock, zero }
    }

    pub fn clock(&self) -> Clock {
        self.clock.clone()
    }

    pub fn now(&self) -> Time {
        self.zero.plus(self.clock.passed())
    }
}

/// As `+CCLK` shows a time in China; what a modem shows that was never told one.
pub fn clock_line(time: Option<Time>) -> String {
    const QUARTER_MS: i64 = 15 * 60 * 1000;
    let Some(time) = time else { return "80/01/06,00:00:00+00".to_owned() };
    let local = Time(time.0 + i64::from(QUARTERS) * QUARTER_MS).civil(&TimeZone::UTC);
    format!("{}+{QUARTERS}", local.strftime("%y/%m/%d,%H:%M:%S"))
}
