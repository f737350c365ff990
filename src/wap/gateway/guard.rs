//! Who may ask, and how often. Pure.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use crate::config::Network;
use crate::wap::peer::Machine;

pub(super) struct Guard {
    private: Vec<Network>,
    /// Datagrams a second; twice as many at once.
    rate: u32,
    sources: HashMap<Machine, Bucket>,
}

struct Bucket {
    /// Billionths of a datagram, so that no part of a credit is lost however fast they come.
    left: u64,
    at: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Heard,
    Foreign,
    TooOften,
}

const ONE: u64 = 1_000_000_000;
/// Machines that are counted at one time: a bucket that is full again is no longer one.
const SOURCES_MAX: usize = 4096;

impl Guard {
    pub fn new(private: Vec<Network>, rate: u32) -> Guard {
        Guard { private, rate, sources: HashMap::new() }
    }

    pub fn admits(&mut self, peer: SocketAddr, now: Duration) -> Verdict {
        let ip = peer.ip().to_canonical();
        // Nobody listens on port 0, and what is sent there comes to nobody.
        if peer.port() == 0 || !self.private.iter().any(|network| network.contains(ip)) {
            return Verdict::Foreign;
        }
        let Some(machine) = Machine::of(ip) else { return Verdict::Heard };
        let (rate, full) = (u64::from(self.rate), u64::from(self.rate) * 2 * ONE);
        let filled = |bucket: &Bucket| {
            let passed = now.saturating_sub(bucket.at).as_nanos().min(2 * u128::from(ONE)) as u64;
            (bucket.left + passed * rate).min(full)
        };
        if self.sources.len() >= SOURCES_MAX && !self.sources.contains_key(&machine) {
            self.sources.retain(|_, bucket| filled(bucket) < full);
            if self.sources.len() >= SOURCES_MAX {
                return Verdict::TooOften;
            }
        }
        let bucket = self.sources.entry(machine).or_insert(Bucket { left: full, at: now });
        let left = filled(bucket);
        // Who is refused keeps what has come together.
        let rest = left.checked_sub(ONE);
        *bucket = Bucket { left: rest.unwrap_or(left), at: now };
        if rest.is_some() { Verdict::Heard } else { Verdict::TooOften }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn guard(rate: u32) -> Guard {
        let private = ["127.0.0.0/8", "10.0.0.0/8", "::1", "fc00::/7"];
        Guard::new(private.map(|text| Network::parse(text).unwrap()).to_vec(), rate)
    }

    fn source(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_private_sources_are_heard() {
        let mut guard = guard(5);
        for (from, verdict) in [
            ("127.0.0.1:5000", Verdict::Heard),
            ("10.1.2.3:9201", Verdict::Heard),
            ("[fd00::1]:7", Verdict::Heard),
            ("[::ffff:10.1.2.4]:7", Verdict::Heard),
            ("8.8.8.8:53", Verdict::Foreign),
            ("[2001:db8::1]:53", Verdict::Foreign),
            ("[::ffff:8.8.8.8]:53", Verdict::Foreign),
            ("10.1.2.3:0", Verdict::Foreign),
        ] {
            assert_eq!(guard.admits(source(from), Duration::ZERO), verdict, "{from}");
        }
    }

    #[test]
    fn one_machine_gets_so_many_a_second_and_this_machine_any_number() {
        let mut guard = guard(5);
        let heard = |guard: &mut Guard, from: &str, at: u64| {
            let now = Duration::from_millis(at);
            // The port counts for nothing: one machine has them all.
            (0..100).filter(|n| guard.admits(source(&format!("{from}:{}", 1000 + n)), now) == Verdict::Heard).count()
        };
        assert_eq!(heard(&mut guard, "10.0.0.1", 0), 10);
        assert_eq!((heard(&mut guard, "10.0.0.1", 1000), heard(&mut guard, "10.0.0.2", 1000)), (5, 10));
        assert_eq!((heard(&mut guard, "10.0.0.1", 60_000), heard(&mut guard, "127.0.0.1", 60_000)), (10, 100));
        // Nor do the last 64 bits of an address of version 6.
        let heard: usize = (0..20).map(|n| heard(&mut guard, &format!("[fd00::{n}]"), 60_000)).sum();
        assert_eq!(heard, 10);
    }

    #[test]
    fn who_asks_too_often_is_heard_as_often_as_is_allowed() {
        for (rate, every_us) in [(100, 5_000), (100, 9_900), (2000, 333), (1, 400_000)] {
            let mut guard = guard(rate);
            let asked = |n: u64| Duration::from_micros(n * every_us);
            let count = 20_000_000 / every_us;
            let heard = (0..count).filter(|n| guard.admits(source("10.0.0.1:9"), asked(*n)) == Verdict::Heard).count();
            let allowed = (f64::from(rate) * 22.0).min(count as f64);
            assert!(
                (heard as f64 - allowed).abs() <= allowed / 20.0 + 1.0,
                "{rate} a second, every {every_us}: {heard}"
            );
        }
    }

    #[test]
    fn a_flood_of_addresses_takes_bounded_room() {
        let mut guard = guard(5);
        for n in 0..3 * SOURCES_MAX as u32 {
            let ip = IpAddr::V4((0x0A00_0000 + n).into());
            guard.admits(SocketAddr::new(ip, 7), Duration::ZERO);
        }
        assert_eq!(guard.sources.len(), SOURCES_MAX);
        assert_eq!(guard.admits(source("10.200.0.1:7"), Duration::ZERO), Verdict::TooOften);
        assert_eq!(guard.admits(source("10.200.0.1:7"), Duration::from_secs(2)), Verdict::Heard);
    }
}
