//! A phone as a pure initiator: it connects, asks for pages short and long, posts a short and a long form, and says
//! goodbye. It sends again what was not answered, and joins segments or does not.

use std::time::Duration;

use crate::wap::wsp::pdu::{Method, Pdu as Wsp};
use crate::wap::wtp::pdu::{Invoke, Packet, Pdu, Place, RESPONDER, reason};
use crate::wap::wtp::sar::{Gathered, Gathering};

pub const REQUESTS: usize = 8;
const RETRY: Duration = Duration::from_secs(5);
const TRIES_MAX: u32 = 14;
/// Octets of a segment that it sends.
const SEGMENT: usize = 300;

/// Numbers from a seed (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % end
    }
}

pub fn octets(hex: &str) -> Vec<u8> {
    let digits: String = hex.chars().filter(char::is_ascii_hexdigit).collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// The reply to an address that says how long it is to be.
pub fn answer_to(uri: &[u8]) -> Vec<u8> {
    let length = String::from_utf8_lossy(uri).rsplit('/').next().and_then(|last| last.parse().ok()).unwrap_or(0);
    let data: Vec<u8> = (0..length).map(|n: u32| (n * 7 + n / 256) as u8).collect();
    Wsp::Reply { status: 0x20, headers: &[0x94], data: &data }.write()
}

pub struct Phone {
    number: usize,
    joins: bool,
    tid: u16,
    session: u32,
    wants: Vec<Vec<u8>>,
    uris: Vec<Vec<u8>>,
    open: Option<Open>,
    pub answered: usize,
    pub failed: usize,
    is_done: bool,
}

struct Open {
    data: Vec<u8>,
    /// The first segment of the group that is on its way.
    from: usize,
    held: bool,
    tries: u32,
    due: Duration,
    gathering: Option<Gathering>,
}

impl Open {
    fn last(&self, joins: bool) -> usize {
        if joins { self.data.len().div_ceil(SEGMENT).max(1) - 1 } else { 0 }
    }
}

impl Phone {
    pub fn new(number: usize, joins: bool) -> Phone {
        let (mut wants, mut uris) = (Vec::new(), Vec::new());
        for n in 0..REQUESTS {
            // Long ones for those who can have them.
            let length = if joins && n % 3 == 1 { 6000 } else { 900 };
            let uri = format!("http://a/{number}/{n}/{length}").into_bytes();
            let form = vec![b'x'; if joins && n == 6 { 1200 } else { 40 }];
            let (headers, data) = (&[0x92][..], &form[..]);
            wants.push(match n % 3 {
                0 => Wsp::Post { method: Method::Post, uri: &uri, headers, data }.write(),
                _ => Wsp::Get { method: Method::Get, uri: &uri, headers: &[] }.write(),
            });
            uris.push(uri);
        }
        // Close to where numbers begin anew.
        let tid = 0x7FFC;
        Phone { number, joins, tid, session: 0, wants, uris, open: None, answered: 0, failed: 0, is_done: false }
    }

    pub fn is_done(&self) -> bool {
        self.is_done
    }

    pub fn next_due(&self) -> Option<Duration> {
        self.open.as_ref().map(|open| open.due)
    }

    pub fn begin(&mut self, now: Duration) -> Vec<Vec<u8>> {
        // A client SDU without limit.
        let capabilities = octets("028000 028100");
        let connect = Wsp::Connect { version: 0x10, capabilities: &capabilities, headers: &[0x80, 0x94] }.write();
        self.invoke(connect, now)
    }

    fn invoke(&mut self, data: Vec<u8>, now: Duration) -> Vec<Vec<u8>> {
        self.open = Some(Open { data, from: 0, held: false, tries: 0, due: now + RETRY, gathering: None });
        self.group(false)
    }

    /// Two segments, or what there is.
    fn group(&self, again: bool) -> Vec<Vec<u8>> {
        let Some(open) = &self.open else { return Vec::new() };
        let last = open.last(self.joins);
        (open.from..=(open.from + 1).min(last)).map(|psn| self.segment(open, psn, again)).collect()
    }

    fn segment(&self, open: &Open, psn: usize, again: bool) -> Vec<u8> {
        let (last, end) = (open.last(self.joins), (open.from + 1).min(open.last(self.joins)));
        let data = if self.joins { open.data.chunks(SEGMENT).nth(psn).unwrap_or(&[]) } else { &open.data };
        let place = match psn {
            _ if !self.joins => Place::Whole,
            psn if psn == last => Place::EndsMessage,
            psn if psn == end => Place::EndsGroup,
            _ => Place::Within,
        };
        // Where numbers begin anew that is said.
        let tid_new = self.tid == 0;
        let pdu = match psn {
            0 => Pdu::Invoke(Invoke { place, again, version: 0, tid_new, user_ack: false, class: 2, data }),
            psn => Pdu::SegmentedInvoke { place, again, psn: psn as u8, data },
        };
        Packet { tid: self.tid, psn: None, pdu }.write()
    }

    pub fn time(&mut self, now: Duration) -> Vec<Vec<u8>> {
        let Some(open) = self.open.as_mut().filter(|open| open.due <= now) else { return Vec::new() };
        open.tries += 1;
        open.due = now + RETRY;
        if open.tries > TRIES_MAX {
            self.failed += 1;
            self.is_done = true;
            self.open = None;
            return Vec::new();
        }
        // Whoever was told to be patient is.
        if open.held { Vec::new() } else { self.group(true).pop().into_iter().collect() }
    }

    pub fn receive(&mut self, datagram: &[u8], now: Duration) -> Vec<Vec<u8>> {
        let packet = Packet::read(datagram).unwrap();
        assert!(packet.tid & RESPONDER != 0);
        let tid = packet.tid & !RESPONDER;
        let own = self.tid == tid && self.open.is_some();
        let ack = |psn, tid_question| Packet { tid, psn, pdu: Pdu::Ack { tid_question, again: false } }.write();
        match packet.pdu {
            Pdu::Ack { tid_question: true, .. } if own => vec![ack(None, true)],
            Pdu::Ack { tid_question: true, .. } => {
                vec![Packet { tid, psn: None, pdu: Pdu::Abort { user: false, reason: reason::INVALID_TID } }.write()]
            }
            Pdu::Ack { .. } if own => self.acknowledged(packet.psn.map(usize::from)),
            Pdu::NegativeAck { missing, .. } if own => {
                let Some(open) = &self.open else { return Vec::new() };
                missing.iter().map(|psn| self.segment(open, usize::from(*psn), true)).collect()
            }
            Pdu::Result { place, data, .. } if own => self.gathered(place, 0, data, now),
            Pdu::SegmentedResult { place, psn, data, .. } if own => self.gathered(place, psn, data, now),
            // Its acknowledgement was lost.
            Pdu::Result { place, .. } if place != Place::Within => vec![ack(None, false)],
            Pdu::SegmentedResult { place, psn, .. } if place != Place::Within => vec![ack(Some(psn), false)],
            Pdu::Abort { user, reason } if own => panic!("aborted: {user} {reason:02X}, phone {}", self.number),
            _ => Vec::new(),
        }
    }

    fn acknowledged(&mut self, psn: Option<usize>) -> Vec<Vec<u8>> {
        let (joins, Some(open)) = (self.joins, self.open.as_mut()) else { return Vec::new() };
        let (last, end) = (open.last(joins), (open.from + 1).min(open.last(joins)));
        if end == last || psn.unwrap_or(0) != end {
            open.held |= end == last && psn.is_none_or(|psn| psn == last);
            return Vec::new();
        }
        open.from = end + 1;
        self.group(false)
    }

    fn gathered(&mut self, place: Place, psn: u8, data: &[u8], now: Duration) -> Vec<Vec<u8>> {
        let (tid, Some(open)) = (self.tid, self.open.as_mut()) else { return Vec::new() };
        open.tries = 0;
        open.held = true;
        let gathered = match &mut open.gathering {
            Some(gathering) => gathering.take(place, psn, data),
            None if psn == 0 => open.gathering.insert(Gathering::new(data)).at(place, 0),
            None if place == Place::Within => Gathered::Waits,
            None => Gathered::Missing((0..psn).collect()),
        };
        let send = |psn, pdu| vec![Packet { tid, psn, pdu }.write()];
        let ack = Pdu::Ack { tid_question: false, again: false };
        match gathered {
            Gathered::Waits => Vec::new(),
            Gathered::Group(psn) => send(Some(psn), ack),
            Gathered::Missing(missing) => send(None, Pdu::NegativeAck { again: false, missing: &missing }),
            Gathered::Message(message) => {
                let mut said = send((psn > 0).then_some(psn), ack);
                said.extend(self.has(&message, now));
                said
            }
            Gathered::TooLarge => panic!("too large"),
        }
    }

    /// The result is there: the next wish, after the number has gone on.
    fn has(&mut self, message: &[u8], now: Duration) -> Vec<Vec<u8>> {
        self.open = None;
        match Wsp::read(message).unwrap() {
            Wsp::ConnectReply { session, .. } => self.session = session,
            _ => {
                assert_eq!(message, answer_to(&self.uris[self.answered]), "another's page");
                self.answered += 1;
            }
        }
        self.tid = (self.tid + 1) & 0x7FFF;
        if self.answered < REQUESTS {
            return self.invoke(self.wants[self.answered].clone(), now);
        }
        self.is_done = true;
        let data = Wsp::Disconnect { session: self.session }.write();
        let (place, class, tid_new) = (Place::Whole, 0, false);
        let pdu = Pdu::Invoke(Invoke { place, again: false, version: 0, tid_new, user_ack: false, class, data: &data });
        vec![Packet { tid: self.tid, psn: None, pdu }.write()]
    }
}
