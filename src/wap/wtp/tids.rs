//! Which transaction numbers are believed (WAP-224, 7.8), and with it which sources: a source that is not remembered, or
//! comes with a number that is not new, is asked whether it means it. Who answers has shown that datagrams reach him.
//!
//! So an unknown source gets a question of three octets or a refusal of five for what it sent, and nothing again.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use crate::wap::peer::Peer;

pub struct Tids {
    last: HashMap<Peer, Remembered>,
    /// The same, by when they were heard last.
    by_age: BTreeSet<(Duration, Peer)>,
    max: usize,
}

struct Remembered {
    tid: u16,
    /// Bit n: the number n before it was served too.
    served: u64,
    /// Some result was acknowledged.
    has_acknowledged: bool,
    seen: Duration,
}

/// A source that was silent for so long is asked again: a phone may have another's address by then.
const REMEMBERED: Duration = Duration::from_secs(30 * 60);

impl Tids {
    pub fn new(max: usize) -> Tids {
        Tids { last: HashMap::new(), by_age: BTreeSet::new(), max }
    }

    /// Whether a new Invoke is served without a question; it then counts as the last.
    pub fn accepts(&mut self, peer: Peer, tid: u16, tid_new: bool, now: Duration) -> bool {
        let Some(known) = self.last.get_mut(&peer).filter(|known| now.saturating_sub(known.seen) < REMEMBERED) else {
            return false;
        };
        let ahead = tid.wrapping_sub(known.tid) & 0x7FFF;
        if tid_new || !(1..=0x4000).contains(&ahead) {
            return false;
        }
        known.tid = tid;
        known.served = known.served.checked_shl(ahead.into()).unwrap_or(0) | 1;
        let before = std::mem::replace(&mut known.seen, now);
        self.heard(peer, before, now);
        true
    }

    /// The initiator has said that it means it.
    ///
    /// A number that was not served yet was only overtaken by those after it, and must not make them count as new again. One
    /// that was served and is meant all the same is of a phone that began anew, as is one far behind.
    pub fn verified(&mut self, peer: Peer, tid: u16, tid_new: bool, now: Duration) {
        let anew = Remembered { tid, served: 1, has_acknowledged: false, seen: now };
        let Some(known) = self.last.get_mut(&peer) else {
            if self.last.len() >= self.max
                && let Some((_, oldest)) = self.by_age.pop_first()
            {
                self.last.remove(&oldest);
            }
            self.last.insert(peer, anew);
            self.by_age.insert((now, peer));
            return;
        };
        let before = known.seen;
        let behind = known.tid.wrapping_sub(tid) & 0x7FFF;
        let bit = 1u64.checked_shl(behind.into()).unwrap_or(0);
        if now.saturating_sub(before) >= REMEMBERED {
            *known = anew;
        } else if tid_new || bit == 0 || known.served & bit != 0 {
            *known = Remembered { has_acknowledged: known.has_acknowledged, ..anew };
        } else {
            (known.served, known.seen) = (known.served | bit, now);
        }
        self.heard(peer, before, now);
    }

    pub fn knows(&self, peer: Peer, now: Duration) -> bool {
        self.last.get(&peer).is_some_and(|known| now.saturating_sub(known.seen) < REMEMBERED)
    }

    pub fn acknowledged(&mut self, peer: Peer) {
        if let Some(known) = self.last.get_mut(&peer) {
            known.has_acknowledged = true;
        }
    }

    pub fn has_acknowledged(&self, peer: Peer) -> bool {
        self.last.get(&peer).is_some_and(|known| known.has_acknowledged)
    }

    fn heard(&mut self, peer: Peer, before: Duration, now: Duration) {
        if before != now {
            self.by_age.remove(&(before, peer));
            self.by_age.insert((now, peer));
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn peer(n: u16) -> Peer {
        SocketAddr::from(([10, 0, 0, 1], n)).into()
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

    /// A phone that was switched off after a few pages begins with the number that it began with before.
    #[test]
    fn a_phone_that_begins_anew_is_asked_once() {
        for pages in [1, 5, 63, 64, 500] {
            let mut tids = Tids::new(9);
            tids.verified(peer(1), 0, false, NOW);
            assert!((1..pages).all(|tid| tids.accepts(peer(1), tid, false, NOW)));
            assert!(!tids.accepts(peer(1), 0, false, NOW));
            tids.verified(peer(1), 0, false, NOW);
            assert!((1..9).all(|tid| tids.accepts(peer(1), tid, false, NOW)), "after {pages} pages");
        }
    }

    #[test]
    fn what_a_source_acknowledged_is_remembered_with_it() {
        let mut tids = Tids::new(9);
        tids.acknowledged(peer(1));
        tids.verified(peer(1), 1, false, NOW);
        assert!(!tids.has_acknowledged(peer(1)));
        tids.acknowledged(peer(1));
        tids.verified(peer(1), 0, true, NOW);
        assert!(tids.has_acknowledged(peer(1)));
        tids.verified(peer(1), 9, false, NOW + REMEMBERED);
        assert!(!tids.has_acknowledged(peer(1)), "another phone with its address");
    }

    #[test]
    fn the_silent_are_forgotten_and_there_is_always_room() {
        let mut tids = Tids::new(3);
        tids.verified(peer(1), 1, false, NOW);
        assert!(!tids.accepts(peer(1), 2, false, NOW + REMEMBERED));
        for n in 2..9 {
            tids.verified(peer(n), 1, false, NOW + Duration::from_secs(n.into()));
        }
        assert_eq!((tids.last.len(), tids.by_age.len()), (3, 3));
        assert!(tids.accepts(peer(8), 2, false, NOW) && !tids.accepts(peer(1), 2, false, NOW));
    }
}
