//! The hours in which nobody is sent what nobody asked for. Pure; the clock's trust is the caller's question.

use jiff::civil::Time as TimeOfDay;
use jiff::tz::TimeZone;

use crate::clock::Time;

/// `[sms] quiet_from, quiet_to`: from … to, over midnight if that is how it is written; the same twice: never.
#[derive(Clone, Debug)]
pub struct Quiet {
    pub from: TimeOfDay,
    pub to: TimeOfDay,
    pub zone: TimeZone,
}

impl Quiet {
    /// When the quiet hours end that are now; `None`: there are none now.
    pub fn until(&self, now: Time) -> Option<Time> {
        let civil = now.civil(&self.zone);
        let time = civil.time();
        let is_quiet = if self.from <= self.to {
            (self.from..self.to).contains(&time)
        } else {
            time >= self.from || time < self.to
        };
        if !is_quiet {
            return None;
        }
        let day = if time < self.to { civil.date() } else { civil.date().tomorrow().unwrap_or(civil.date()) };
        // A time that this day skips comes later, one that it has twice the first time: the second time it is past.
        let end = Time::of_civil(day.to_datetime(self.to), &self.zone).filter(|end| *end > now);
        // Behind a turned back clock the quiet hours are there again: it is looked again soon.
        Some(end.unwrap_or(Time(now.0 + 60_000)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn quiet(from: &str, to: &str, zone: &str) -> Quiet {
        Quiet { from: from.parse().unwrap(), to: to.parse().unwrap(), zone: TimeZone::get(zone).unwrap() }
    }

    fn at(zone: &str, when: &str) -> Time {
        Time::of_civil(when.parse().unwrap(), &TimeZone::get(zone).unwrap()).unwrap()
    }

    #[test]
    fn they_cross_midnight() {
        let zone = "Asia/Shanghai";
        let (night, until) =
            (quiet("21:00", "08:00", zone), |when| quiet("21:00", "08:00", zone).until(at(zone, when)));
        assert_eq!(night.until(at(zone, "2026-11-22T20:59:59")), None);
        assert_eq!(until("2026-11-22T21:00:00"), Some(at(zone, "2026-11-23T08:00:00")));
        assert_eq!(until("2026-11-23T00:00:00"), Some(at(zone, "2026-11-23T08:00:00")));
        assert_eq!(until("2026-12-31T23:59:59"), Some(at(zone, "2027-01-01T08:00:00")));
        assert_eq!(until("2026-11-23T07:59:59"), Some(at(zone, "2026-11-23T08:00:00")));
        assert_eq!(until("2026-11-23T08:00:00"), None);
        let noon = quiet("12:00", "14:00", zone);
        assert_eq!(noon.until(at(zone, "2026-11-22T13:00:00")), Some(at(zone, "2026-11-22T14:00:00")));
        assert_eq!(noon.until(at(zone, "2026-11-22T14:00:00")), None);
        assert_eq!(quiet("08:00", "08:00", zone).until(at(zone, "2026-11-22T08:00:00")), None, "twice the same: never");
    }

    /// Minute by minute over the nights in which Berlin turns its clocks: the end is always ahead, and is an end.
    #[test]
    fn they_end_also_when_the_clocks_are_turned() {
        let zone = "Europe/Berlin";
        for (from, to) in [("21:00", "08:00"), ("23:00", "02:30"), ("02:15", "02:45"), ("01:00", "03:00")] {
            let quiet = quiet(from, to, zone);
            for night in ["2027-03-27T18:00:00", "2027-10-30T18:00:00"] {
                let mut now = at(zone, night);
                for _ in 0..16 * 60 {
                    if let Some(end) = quiet.until(now) {
                        assert!(end > now && end.since(now).as_secs() <= 12 * 3600, "{from} {to} {}", now.rfc3339());
                        assert!(quiet.until(end).is_none_or(|again| again > end), "{}", end.rfc3339());
                    }
                    now = Time(now.0 + 60_000);
                }
            }
        }
        let march = quiet("21:00", "02:30", zone).until(at(zone, "2027-03-28T01:00:00")).unwrap();
        assert_eq!(march.rfc3339(), "2027-03-28T01:30:00Z", "half past two is skipped, and comes an hour later");
    }
}
