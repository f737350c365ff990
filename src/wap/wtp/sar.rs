//! Long messages in segments (WAP-224, 7.14): joining what an initiator sends, cutting what it is sent. A group is
//! acknowledged at a time; what of it is missing is named and sent again.
//!
//! Not here: timers, which are the transaction's.

use std::collections::BTreeMap;

use super::pdu::{Packet, Pdu, Place, RESPONDER};

/// Segments of a message that is being received.
#[derive(Debug)]
pub struct Gathering {
    segments: BTreeMap<u8, Vec<u8>>,
    /// All up to here were acknowledged.
    acknowledged: Option<u8>,
    octets: usize,
}

/// What a segment leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Gathered {
    Waits,
    /// All up to this one are there.
    Group(u8),
    /// These are missing.
    Missing(Vec<u8>),
    Message(Vec<u8>),
    TooLarge,
}

/// Segments are numbered by an octet; a message of more than this many octets is refused: our forms are far below.
const MESSAGE_MAX: usize = 64 * 1024;
/// Segments that are named as missing at one time: more than a group has. The others are when these have come.
const MISSING_MAX: usize = 16;

impl Gathering {
    /// With the Invoke itself, which is segment 0.
    pub fn new(data: &[u8]) -> Gathering {
        Gathering { segments: BTreeMap::from([(0, data.to_vec())]), acknowledged: None, octets: data.len() }
    }

    pub fn octets(&self) -> usize {
        self.octets
    }

    /// Segments that are there.
    pub fn count(&self) -> usize {
        self.segments.len()
    }

    /// Takes one in; one that is there already counts once.
    pub fn take(&mut self, place: Place, psn: u8, data: &[u8]) -> Gathered {
        if !self.segments.contains_key(&psn) {
            if self.octets + data.len() > MESSAGE_MAX {
                return Gathered::TooLarge;
            }
            self.octets += data.len();
            self.segments.insert(psn, data.to_vec());
        }
        self.at(place, psn)
    }

    /// Where a group or the message ends it is time to say what there is.
    pub fn at(&mut self, place: Place, psn: u8) -> Gathered {
        if place == Place::Within {
            return Gathered::Waits;
        }
        let missing: Vec<u8> = (0..psn).filter(|n| !self.segments.contains_key(n)).take(MISSING_MAX).collect();
        if !missing.is_empty() {
            return Gathered::Missing(missing);
        }
        if place.ends_message() {
            return Gathered::Message(self.segments.range(..=psn).flat_map(|(_, data)| data).copied().collect());
        }
        // A group that is old by now is acknowledged again, up to where all is there.
        self.acknowledged = self.acknowledged.max(Some(psn));
        Gathered::Group(self.acknowledged.unwrap_or(psn))
    }
}

/// A result on its way: one datagram, or segments in groups.
#[derive(Debug)]
pub struct Sending {
    data: Vec<u8>,
    /// Octets of a segment; `usize::MAX` for one who cannot join them.
    segment: usize,
    /// The first of the group that is on its way.
    from: u8,
}

/// Below an Ethernet's 1,500 with all heads round it, and what Kannel cuts by.
pub const SEGMENT_OCTETS: usize = 1400;
/// Segments sent without an answer; Kannel's.
const GROUP: u8 = 3;
/// What segments numbered by an octet can hold.
pub const SEGMENTED_MAX: usize = SEGMENT_OCTETS * 256;
/// What one datagram can: 65,535 octets less the heads of IP, UDP and the Result.
const DATAGRAM_MAX: usize = 65_535 - 20 - 8 - 3;

/// Octets of the longest result for one who joins segments or does not.
pub fn result_max(joins_segments: bool) -> usize {
    if joins_segments { SEGMENTED_MAX } else { DATAGRAM_MAX }
}

impl Sending {
    pub fn new(data: Vec<u8>, joins_segments: bool) -> Sending {
        let segment = if joins_segments { SEGMENT_OCTETS } else { usize::MAX };
        Sending { data, segment, from: 0 }
    }

    pub fn octets(&self) -> usize {
        self.data.len()
    }

    fn last(&self) -> u8 {
        (self.data.len().div_ceil(self.segment).max(1) - 1) as u8
    }

    fn group_end(&self) -> u8 {
        self.from.saturating_add(GROUP - 1).min(self.last())
    }

    /// The datagrams of the group.
    pub fn group(&self, tid: u16) -> Vec<Vec<u8>> {
        (self.from..=self.group_end()).map(|psn| self.packet(tid, psn, false)).collect()
    }

    /// The one that asks for an answer, again.
    pub fn again(&self, tid: u16) -> Vec<u8> {
        self.packet(tid, self.group_end(), true)
    }

    /// Those of the group that are missing, again; none named is all. What was never sent is not asked about.
    pub fn missing(&self, tid: u16, named: &[u8]) -> Vec<Vec<u8>> {
        let group = self.from..=self.group_end();
        let wanted = group.filter(|psn| named.is_empty() || named.contains(psn));
        wanted.map(|psn| self.packet(tid, psn, true)).collect()
    }

    /// Notes that all up to `psn` has arrived: `true` if that is all there is. `None`: it says nothing of this group.
    pub fn acknowledged(&mut self, psn: u8) -> Option<bool> {
        let end = self.group_end();
        if psn != end {
            return None;
        }
        if end == self.last() {
            return Some(true);
        }
        self.from = end + 1;
        Some(false)
    }

    fn packet(&self, tid: u16, psn: u8, again: bool) -> Vec<u8> {
        let start = usize::from(psn) * self.segment.min(self.data.len());
        let data = &self.data[start..start.saturating_add(self.segment).min(self.data.len())];
        let place = match psn {
            0 if self.last() == 0 => Place::Whole,
            psn if psn == self.last() => Place::EndsMessage,
            psn if psn == self.group_end() => Place::EndsGroup,
            _ => Place::Within,
        };
        let pdu = match psn {
            0 => Pdu::Result { place, again, data },
            psn => Pdu::SegmentedResult { place, again, psn, data },
        };
        Packet { tid: tid | RESPONDER, psn: None, pdu }.write()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_joined_whatever_their_order() {
        let mut gathering = Gathering::new(b"a");
        assert_eq!(gathering.take(Place::EndsGroup, 2, b"c"), Gathered::Missing(vec![1]));
        assert_eq!(gathering.take(Place::Within, 1, b"b"), Gathered::Waits);
        assert_eq!(gathering.take(Place::EndsGroup, 2, b"c"), Gathered::Group(2));
        assert_eq!(gathering.take(Place::EndsMessage, 4, b"e"), Gathered::Missing(vec![3]));
        assert_eq!(gathering.take(Place::EndsGroup, 2, b"c"), Gathered::Group(2), "an old group");
        assert_eq!(gathering.take(Place::Within, 3, b"d"), Gathered::Waits);
        assert_eq!(gathering.take(Place::EndsMessage, 4, b"x"), Gathered::Message(b"abcde".to_vec()));
        assert_eq!(gathering.octets(), 5);
        assert_eq!(gathering.take(Place::Within, 5, &[0; MESSAGE_MAX]), Gathered::TooLarge);
    }

    /// The example of the wire facts: 3 kB are two whole segments and a rest, in one group.
    #[test]
    fn a_result_is_cut_into_groups() {
        let data: Vec<u8> = (0..3000u32).map(|n| n as u8).collect();
        let mut sending = Sending::new(data.clone(), true);
        let sent = sending.group(3);
        let heads: Vec<&[u8]> = sent.iter().map(|datagram| &datagram[..4]).collect();
        assert_eq!(heads[1..], [[0x30, 0x80, 3, 1], [0x32, 0x80, 3, 2]]);
        assert_eq!((&sent[0][..3], sent[0].len(), sent[2].len()), (&[0x10, 0x80, 3][..], 1403, 204));
        assert_eq!([&sent[0][3..], &sent[1][4..], &sent[2][4..]].concat(), data);
        assert_eq!(sending.missing(3, &[1]).iter().map(|d| d[0]).collect::<Vec<_>>(), [0x31]);
        assert_eq!(sending.missing(3, &[]).iter().map(|d| d[0]).collect::<Vec<_>>(), [0x11, 0x31, 0x33]);
        assert_eq!(sending.missing(3, &[3, 77, 255]).len(), 0, "what was never sent");
        assert_eq!((sending.acknowledged(1), sending.acknowledged(7), sending.again(3)[0]), (None, None, 0x33));
        assert_eq!(sending.acknowledged(2), Some(true));
    }

    #[test]
    fn each_group_waits_for_the_one_before() {
        let mut sending = Sending::new(vec![7; 1400 * 4], true);
        let heads = |sending: &Sending| sending.group(0).iter().map(|d| d[0]).collect::<Vec<_>>();
        assert_eq!((heads(&sending), sending.again(0)[0]), (vec![0x10, 0x30, 0x34], 0x35));
        assert_eq!(sending.acknowledged(2), Some(false));
        assert_eq!((heads(&sending), sending.acknowledged(2), sending.acknowledged(3)), (vec![0x32], None, Some(true)));
    }

    #[test]
    fn who_cannot_join_gets_one_datagram() {
        let sending = Sending::new(vec![7; 3211], false);
        let sent = sending.group(9);
        assert_eq!((sent.len(), sent[0].len(), &sent[0][..3]), (1, 3214, &[0x16, 0x80, 9][..]));
        for joins in [false, true] {
            assert_eq!(Sending::new(Vec::new(), joins).group(9), [[0x16, 0x80, 9]]);
            assert_eq!(Sending::new(vec![1; SEGMENT_OCTETS], joins).group(9).len(), 1);
        }
        assert_eq!(Sending::new(vec![1; SEGMENTED_MAX], true).last(), 255);
    }
}
