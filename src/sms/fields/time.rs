//! Time stamps and how long a message is valid (3GPP TS 23.040, 9.2.3.11 and 9.2.3.12).

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::clock::Time;

/// TP-SCTS and other time stamps as their seven octets: some are garbage, and a duplicate is known by the raw ones
/// (9.2.3.11).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Scts(pub [u8; 7]);

impl Scts {
    /// `time` as a clock shows it that is so many quarter hours ahead of UTC (32 in China).
    pub fn of(time: Time, quarters: i8) -> Scts {
        let local = Time(time.0.saturating_add(i64::from(quarters) * QUARTER_MS)).civil(&TimeZone::UTC);
        let swapped = |n: i8| ((n.unsigned_abs() % 10) << 4) | (n.unsigned_abs() / 10);
        let zone = swapped(quarters) | if quarters < 0 { 0x08 } else { 0 };
        let year = local.year().rem_euclid(100) as i8;
        let fields = [year, local.month(), local.day(), local.hour(), local.minute(), local.second()];
        let mut octets = [zone; 7];
        for (octet, field) in octets.iter_mut().zip(fields) {
            *octet = swapped(field);
        }
        Scts(octets)
    }

    /// The instant it names; `None` if it names none.
    pub fn time(self) -> Option<Time> {
        let field = |octet: u8| semi_octets(octet).map(|n| n as i8);
        let [year, month, day, hour, minute, second, zone] = self.0;
        let year = i16::from(field(year)?);
        let year = if year < 70 { 2000 + year } else { 1900 + year };
        let local =
            DateTime::new(year, field(month)?, field(day)?, field(hour)?, field(minute)?, field(second)?, 0).ok()?;
        let quarters = i64::from(field(zone & !0x08)?);
        let offset = if zone & 0x08 != 0 { -quarters } else { quarters };
        let utc = Time::of_civil(local, &TimeZone::UTC)?;
        Some(Time(utc.0 - offset * QUARTER_MS))
    }
}

const QUARTER_MS: i64 = 15 * 60 * 1000;

/// TP-VP: how long the centre tries (9.2.3.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    Relative(u8),
    Enhanced([u8; 7]),
    Absolute(Scts),
}

impl Validity {
    /// The shortest relative period of at least `wanted`: five minutes to 63 weeks.
    pub fn relative(wanted: Duration) -> Validity {
        let minutes = wanted.as_secs().div_ceil(60);
        let octet = match minutes {
            0..=720 => minutes.div_ceil(5).max(1) - 1,
            721..=1440 => 143 + (minutes - 720).div_ceil(30),
            1441..=43_200 => 166 + minutes.div_ceil(DAY_MINUTES).max(2),
            _ => 192 + minutes.div_ceil(7 * DAY_MINUTES).max(5),
        };
        Validity::Relative(u8::try_from(octet).unwrap_or(u8::MAX))
    }

    /// How long the centre tries; `None` for a point in time, and where an enhanced form sets no period.
    pub fn period(self) -> Option<Duration> {
        match self {
            Validity::Relative(octet) => Some(relative_period(octet)),
            Validity::Enhanced(octets) => enhanced_period(octets),
            Validity::Absolute(_) => None,
        }
    }
}

/// The period of an enhanced form, whose first octet says which it is (9.2.3.12.3). With its bit 7 another octet of
/// functions follows, of which none is defined.
fn enhanced_period(octets: [u8; 7]) -> Option<Duration> {
    let [functions, first, second, third, ..] = octets;
    let seconds = match functions & 0x87 {
        1 => return Some(relative_period(first)),
        2 if first > 0 => u64::from(first),
        3 => semi_octets(first)? * 3600 + semi_octets(second)? * 60 + semi_octets(third)?,
        _ => return None,
    };
    Some(Duration::from_secs(seconds))
}

fn relative_period(octet: u8) -> Duration {
    let n = u64::from(octet);
    let minutes = match octet {
        0..=143 => (n + 1) * 5,
        144..=167 => (n - 119) * 30,
        168..=196 => (n - 166) * DAY_MINUTES,
        197..=255 => (n - 192) * 7 * DAY_MINUTES,
    };
    Duration::from_secs(minutes * 60)
}

/// Two decimal digits, the tens in the low half; `None` for what is none.
fn semi_octets(octet: u8) -> Option<u64> {
    let (tens, ones) = (octet & 15, octet >> 4);
    (tens < 10 && ones < 10).then_some(u64::from(tens * 10 + ones))
}

const DAY_MINUTES: u64 = 24 * 60;
