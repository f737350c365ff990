//! Which transaction numbers are believed (WAP-224, 7.8), and with it which sources: a source that is not remembered, or
//! comes with a number that is not new, is asked whether it means it. Who answers has shown that datagrams reach him.
//!
//! So an unknown source gets a question of three octets or a refusal of five for what it sent, and nothing again.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

pub struct Tids {
    last: HashMap<SocketAddr, Remembered>,
    max: usize,
}

struct Remembered {
    tid: u16,
    seen: Duration,
}

/// A source that was silent for so long is asked again: a phone may have another's address by then.
const REMEMBERED: Duration = Duration::from_secs(30 * 60);
/// A number farther back than what is reordered on the way is a phone's that began anew.
const REORDERED: u16 = 64;

impl Tids {
    pub fn new(max: usize) -> Tids {
        Tids { last: HashMap::new(), max }
    }

    /// Whether a new Invoke is served without a question; it then counts as the last.
    pub fn accepts(&mut self, peer: SocketAddr, tid: u16, tid_new: bool, now: Duration) -> bool {
        let Some(known) = self.last.get_mut(&peer).filter(|known| now.saturating_sub(known.seen) < REMEMBERED) else {
            return false;
        };
        let ahead = tid.wrapping_sub(known.tid) & 0x7FFF;
        if tid_new || !(1..=0x4000).contains(&ahead) {
            return false;
        }
        *known = Remembered { tid, seen: now };
        true
    }

    /// The initiator has said that it means it.
    pub fn verified(&mut self, peer: SocketAddr, tid: u16, tid_new: bool, now: Duration) {
        if let Some(known) = self.last.get_mut(&peer) {
            known.seen = now;
            // One that was only overtaken must not make those before it count as new again.
            let behind = known.tid.wrapping_sub(tid) & 0x7FFF;
            if tid_new || behind > REORDERED {
                known.tid = tid;
            }
            return;
        }
        if self.last.len() >= self.max {
            self.forget(now);
        }
        self.last.insert(peer, Remembered { tid, seen: now });
    }

    /// Makes room: those that were silent for long, else the one that was so for longest.
    fn forget(&mut self, now: Duration) {
        self.last.retain(|_, known| now.saturating_sub(known.seen) < REMEMBERED);
        if self.last.len() >= self.max
            && let Some(oldest) = self.last.iter().min_by_key(|(_, known)| known.seen).map(|(peer, _)| *peer)
        {
            self.last.remove(&oldest);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn peer(n: u16) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, 1], n))
    }

    /// The window of WAP-224, 7.8.2, row by row.
    #[test]
    fn a_number_is_new_if_it_is_ahead_by_at_most_half_of_all() {
        for (last, tid, tid_new, good) in [
            (5, 6, false, true),
            (5, 5, false, false),
            (5, 4, false, false),
            (5, 5 + 0x4000, false, true),
            (5, 6 + 0x4000, false, false),
            (0x7FFF, 0, false, true),
            (0x7FFF, 0, true, false),
            (0, 0x7FFF, false, false),
        ] {
            let mut tids = Tids::new(9);
            assert!(!tids.accepts(peer(1), last, false, NOW), "an unknown source");
            tids.verified(peer(1), last, false, NOW);
            assert_eq!(tids.accepts(peer(1), tid, tid_new, NOW), good, "{tid} after {last}");
        }
    }

    #[test]
    fn a_verified_number_counts_unless_it_was_only_overtaken() {
        let mut tids = Tids::new(9);
        tids.verified(peer(1), 500, false, NOW);
        tids.verified(peer(1), 499, false, NOW);
        assert!(!tids.accepts(peer(1), 500, false, NOW), "sent twice");
        tids.verified(peer(1), 10, false, NOW);
        assert!(tids.accepts(peer(1), 11, false, NOW), "a phone that began anew");
        tids.verified(peer(1), 0, true, NOW);
        assert!(tids.accepts(peer(1), 1, false, NOW), "its numbers came round");
    }

    #[test]
    fn the_silent_are_forgotten_and_there_is_always_room() {
        let mut tids = Tids::new(3);
        tids.verified(peer(1), 1, false, NOW);
        assert!(!tids.accepts(peer(1), 2, false, NOW + REMEMBERED));
        for n in 2..9 {
            tids.verified(peer(n), 1, false, NOW + Duration::from_secs(n.into()));
        }
        assert_eq!(tids.last.len(), 3);
        assert!(tids.accepts(peer(8), 2, false, NOW) && !tids.accepts(peer(1), 2, false, NOW));
    }
}
