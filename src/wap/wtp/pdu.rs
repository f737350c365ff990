//! The PDUs of WTP (WAP-224, 8): reading those that a datagram holds, and writing them.
//!
//! Not here: what they mean. Of the TPIs only the number of a segment is read; others are skipped by their length.

/// One PDU with what all have in common. `tid` is as it stands: the top bit says who sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    pub tid: u16,
    /// The TPI that says up to which segment all is there.
    pub psn: Option<u8>,
    pub pdu: Pdu<'a>,
}

/// Which of a message's segments this is (WAP-224, 8.3: GTR and TTR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// More of its group come.
    Within,
    /// The last of a group: an Ack is wanted.
    EndsGroup,
    /// The last of the message.
    EndsMessage,
    /// The only one, from one who cannot join segments.
    Whole,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pdu<'a> {
    Invoke(Invoke<'a>),
    Result {
        place: Place,
        again: bool,
        data: &'a [u8],
    },
    /// `tid_question`: asks whether there is such a transaction, or says that there is.
    Ack {
        tid_question: bool,
        again: bool,
    },
    Abort {
        user: bool,
        reason: u8,
    },
    SegmentedInvoke {
        place: Place,
        again: bool,
        psn: u8,
        data: &'a [u8],
    },
    SegmentedResult {
        place: Place,
        again: bool,
        psn: u8,
        data: &'a [u8],
    },
    /// No segment named: the whole group is missing.
    NegativeAck {
        again: bool,
        missing: &'a [u8],
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invoke<'a> {
    pub place: Place,
    /// It was sent before.
    pub again: bool,
    pub version: u8,
    pub tid_new: bool,
    /// Only the user may acknowledge it.
    pub user_ack: bool,
    pub class: u8,
    pub data: &'a [u8],
}

/// What a PDU is that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    Short,
    UnknownType,
}

/// Set in the number by the responder (WAP-224, 8.2.6).
pub const RESPONDER: u16 = 0x8000;

/// Abort reasons of the provider (WAP-224, 8.3.4).
pub mod reason {
    pub const PROTOCOL_ERROR: u8 = 0x01;
    pub const INVALID_TID: u8 = 0x02;
    pub const VERSION_ZERO: u8 = 0x06;
    pub const CAPACITY: u8 = 0x07;
    pub const NO_RESPONSE: u8 = 0x08;
    pub const TOO_LARGE: u8 = 0x09;
}

impl Place {
    fn of(first: u8) -> Place {
        match (first & 0x04 != 0, first & 0x02 != 0) {
            (false, false) => Place::Within,
            (true, false) => Place::EndsGroup,
            (false, true) => Place::EndsMessage,
            (true, true) => Place::Whole,
        }
    }

    fn bits(self) -> u8 {
        match self {
            Place::Within => 0,
            Place::EndsGroup => 0x04,
            Place::EndsMessage => 0x02,
            Place::Whole => 0x06,
        }
    }

    pub fn ends_message(self) -> bool {
        matches!(self, Place::EndsMessage | Place::Whole)
    }
}

/// The PDUs of a datagram, one alone or several with their lengths before them (WAP-224, 8.5). What is cut short is left.
pub fn split(datagram: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut rest, is_one) = match datagram {
        [0, rest @ ..] => (rest, false),
        all => (all, true),
    };
    std::iter::from_fn(move || {
        if is_one {
            return Some(std::mem::take(&mut rest)).filter(|pdu| !pdu.is_empty());
        }
        let (length, behind) = match rest {
            [high, low, behind @ ..] if high & 0x80 != 0 => (usize::from(high & 0x7F) << 8 | usize::from(*low), behind),
            [length, behind @ ..] if length & 0x80 == 0 => (usize::from(*length), behind),
            _ => return None,
        };
        let (pdu, behind) = behind.split_at_checked(length)?;
        rest = behind;
        Some(pdu)
    })
}

impl<'a> Packet<'a> {
    pub fn read(octets: &'a [u8]) -> Result<Packet<'a>, Malformed> {
        let [first, high, low, behind @ ..] = octets else { return Err(Malformed::Short) };
        let (kind, place, again) = (first >> 3 & 0x0F, Place::of(*first), first & 1 != 0);
        // The octet that some types have behind the number.
        let (fourth, behind) = match kind {
            1 | 4..=7 => behind.split_first().map(|(octet, rest)| (*octet, rest)).ok_or(Malformed::Short)?,
            _ => (0, behind),
        };
        let (missing, behind) = match kind {
            7 => behind.split_at_checked(fourth.into()).ok_or(Malformed::Short)?,
            _ => (&[][..], behind),
        };
        let (psn, data) = if first & 0x80 != 0 { options(behind)? } else { (None, behind) };
        let pdu = match kind {
            1 => Pdu::Invoke(Invoke {
                place,
                again,
                version: fourth >> 6,
                tid_new: fourth & 0x20 != 0,
                user_ack: fourth & 0x10 != 0,
                class: fourth & 0x03,
                data,
            }),
            2 => Pdu::Result { place, again, data },
            3 => Pdu::Ack { tid_question: first & 0x04 != 0, again },
            4 => Pdu::Abort { user: first & 0x07 == 1, reason: fourth },
            5 => Pdu::SegmentedInvoke { place, again, psn: fourth, data },
            6 => Pdu::SegmentedResult { place, again, psn: fourth, data },
            7 => Pdu::NegativeAck { again, missing },
            _ => return Err(Malformed::UnknownType),
        };
        Ok(Packet { tid: u16::from_be_bytes([*high, *low]), psn, pdu })
    }

    pub fn write(&self) -> Vec<u8> {
        let again_bit = |again: bool| u8::from(again);
        let (kind, low, fourth, data): (u8, u8, Option<u8>, &[u8]) = match self.pdu {
            Pdu::Invoke(i) => {
                let flags = u8::from(i.tid_new) << 5 | u8::from(i.user_ack) << 4;
                let fourth = i.version << 6 | flags | i.class;
                (1, i.place.bits() | again_bit(i.again), Some(fourth), i.data)
            }
            Pdu::Result { place, again, data } => (2, place.bits() | again_bit(again), None, data),
            Pdu::Ack { tid_question, again } => (3, u8::from(tid_question) << 2 | again_bit(again), None, &[]),
            Pdu::Abort { user, reason } => (4, u8::from(user), Some(reason), &[]),
            Pdu::SegmentedInvoke { place, again, psn, data } => (5, place.bits() | again_bit(again), Some(psn), data),
            Pdu::SegmentedResult { place, again, psn, data } => (6, place.bits() | again_bit(again), Some(psn), data),
            // At most a group's segments are missing, and a group has few.
            Pdu::NegativeAck { again, missing } => (7, again_bit(again), Some(missing.len() as u8), missing),
        };
        let mut out = Vec::with_capacity(6 + data.len());
        out.push(kind << 3 | low | u8::from(self.psn.is_some()) << 7);
        out.extend(self.tid.to_be_bytes());
        out.extend(fourth);
        if kind == 7 {
            out.extend(data);
        }
        if let Some(psn) = self.psn {
            out.extend([PSN_SHORT, psn]);
        }
        if kind != 7 {
            out.extend(data);
        }
        out
    }
}

/// The TPI of a segment's number, one octet long.
const PSN_SHORT: u8 = 0x19;
const PSN: u8 = 3;

/// The TPIs, of which each says whether another follows (WAP-224, 8.4).
fn options(mut octets: &[u8]) -> Result<(Option<u8>, &[u8]), Malformed> {
    let mut psn = None;
    loop {
        let (first, rest) = octets.split_first().ok_or(Malformed::Short)?;
        let (length, rest) = match first & 0x04 != 0 {
            true => rest.split_first().map(|(length, rest)| (*length, rest)).ok_or(Malformed::Short)?,
            false => (first & 0x03, rest),
        };
        let (value, rest) = rest.split_at_checked(length.into()).ok_or(Malformed::Short)?;
        if let (PSN, [number]) = (first >> 3 & 0x0F, value) {
            psn = Some(*number);
        }
        if first & 0x80 == 0 {
            return Ok((psn, rest));
        }
        octets = rest;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The heads that the wire facts list, each with what it says.
    #[test]
    fn heads_octet_by_octet() {
        let invoke = |place, again, class| {
            let (version, tid_new, user_ack, data) = (0, false, false, &[0x05][..]);
            Pdu::Invoke(Invoke { place, again, version, tid_new, user_ack, class, data })
        };
        let result = |place, again| Pdu::Result { place, again, data: &[4] };
        let ack = |tid_question, again| Pdu::Ack { tid_question, again };
        let none = None;
        for (octets, tid, psn, pdu) in [
            (&[0x0E, 0, 1, 2, 5][..], 1, none, invoke(Place::Whole, false, 2)),
            (&[0x0F, 0, 1, 0, 5], 1, none, invoke(Place::Whole, true, 0)),
            (&[0x0A, 0, 1, 2, 5], 1, none, invoke(Place::EndsMessage, false, 2)),
            (&[0x08, 0, 5, 2, 5], 5, none, invoke(Place::Within, false, 2)),
            (&[0x16, 0x80, 1, 4], 0x8001, none, result(Place::Whole, false)),
            (&[0x17, 0x80, 1, 4], 0x8001, none, result(Place::Whole, true)),
            (&[0x10, 0x80, 3, 4], 0x8003, none, result(Place::Within, false)),
            (&[0x18, 0, 1], 1, none, ack(false, false)),
            (&[0x19, 0, 1], 1, none, ack(false, true)),
            (&[0x1C, 0x80, 2], 0x8002, none, ack(true, false)),
            (&[0x98, 0, 3, 0x19, 2], 3, Some(2), ack(false, false)),
            (&[0x20, 0x80, 3, 6], 0x8003, none, Pdu::Abort { user: false, reason: reason::VERSION_ZERO }),
            (&[0x21, 0x80, 7, 0xE1], 0x8007, none, Pdu::Abort { user: true, reason: 0xE1 }),
            (
                &[0x2C, 0, 5, 1, 9],
                5,
                none,
                Pdu::SegmentedInvoke { place: Place::EndsGroup, again: false, psn: 1, data: &[9] },
            ),
            (
                &[0x31, 0x80, 3, 1, 9],
                0x8003,
                none,
                Pdu::SegmentedResult { place: Place::Within, again: true, psn: 1, data: &[9] },
            ),
            (&[0x38, 0, 3, 1, 1], 3, none, Pdu::NegativeAck { again: false, missing: &[1] }),
        ] {
            let packet = Packet { tid, psn, pdu };
            assert_eq!((Packet::read(octets).unwrap(), packet.write()), (packet, octets.to_vec()), "{octets:02X?}");
        }
    }

    #[test]
    fn options_are_skipped_by_their_length() {
        // An info TPI in the long form, an option TPI, then the segment's number.
        let octets = [0x98, 0, 3, 0x8C, 2, 7, 7, 0x92, 1, 1, 0x19, 6];
        assert_eq!(Packet::read(&octets).unwrap().psn, Some(6));
        for cut in 3..octets.len() {
            assert_eq!(Packet::read(&octets[..cut]), Err(Malformed::Short));
        }
    }

    #[test]
    fn a_datagram_may_hold_several() {
        let both: &[u8] = &[0, 3, 0x18, 0, 6, 5, 0x0E, 0, 7, 2, 5];
        assert_eq!(split(both).collect::<Vec<_>>(), [&[0x18, 0, 6][..], &[0x0E, 0, 7, 2, 5]]);
        let long = [&[0, 0x81, 0x02][..], &[0x0E; 0x102], &[3, 0x18, 0, 6]].concat();
        assert_eq!(split(&long).map(<[u8]>::len).collect::<Vec<_>>(), [0x102, 3]);
        assert_eq!(split(&both[..9]).count(), 1);
        assert_eq!((split(&[]).count(), split(&[0]).count(), split(&[0, 0x80]).count()), (0, 0, 0));
        assert_eq!(split(&[0x18, 0, 1]).collect::<Vec<_>>(), [[0x18, 0, 1]]);
    }
}
