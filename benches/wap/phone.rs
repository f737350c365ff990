//! Phones that fetch one page from a gateway, as WSP's client and WTP's initiator do.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use serde_json::json;
use yizhan::wap::wsp::pdu::{Method, Pdu as Wsp, VERSION};
use yizhan::wap::wtp::pdu::{Invoke, Packet, Pdu, Place, RESPONDER};

use crate::Figure;

/// What a phone of 2003 sends along: what it shows, its charset, its name, its profile.
const HEADERS: &[u8] = b"\x80\x94\x80\x88\x80\xA1\x80\x95\x81\xEA\xA9Nokia7210/1.0 (3.09) Profile/MIDP-1.0\0\
\xB5http://nds1.nds.nokia.com/uaprof/N7210r200.xml\0\xC3\x92";
/// How long a phone waits until it asks again, and how often it does.
const PATIENCE: Duration = Duration::from_secs(3);
const TRIES: u32 = 12;

pub fn load(port: u16, url: &str, clients: u64, seconds: u64) -> Figure {
    let began = Instant::now();
    let end = began + Duration::from_secs(seconds);
    let visits = at_once(clients, url, move |_, url| {
        let mut phone = Phone::at("127.0.0.1:0", port, 0, 0);
        phone.connect();
        let mut took = Vec::new();
        while Instant::now() < end {
            let asked = Instant::now();
            assert!(phone.get(&url), "no page");
            took.push(asked.elapsed());
        }
        took
    });
    let per_s = visits.len() as f64 / began.elapsed().as_secs_f64();
    Ok(json!({"per_s": per_s, "p50_ms": percentile(&visits, 50) * 1e3, "p95_ms": percentile(&visits, 95) * 1e3}))
}

pub fn loss(port: u16, url: &str, clients: u64, pages: usize, percent: u64) -> Figure {
    let visits = at_once(clients, url, move |n, url| {
        let mut phone = Phone::at("127.0.0.1:0", port, percent, n + 1);
        phone.connect();
        let mut took = Vec::new();
        for _ in 0..pages {
            let asked = Instant::now();
            if phone.get(&url) {
                took.push(asked.elapsed());
            }
        }
        took
    });
    let (asked, answered) = (clients * pages as u64, visits.len());
    let [p50_s, p95_s, max_s] = [50, 95, 100].map(|part| percentile(&visits, part));
    Ok(json!({"asked": asked, "answered": answered, "p50_s": p50_s, "p95_s": p95_s, "max_s": max_s}))
}

pub fn sessions(port: u16, count: usize) -> Figure {
    for n in 0..count {
        // Each has an address of its own in the loopback network, since a session is its address's and port's.
        let own = format!("127.{}.{}.{}:0", 1 + (n >> 16), n >> 8 & 0xFF, n & 0xFF);
        assert!(Phone::at(&own, port, 0, 0).connect(), "no session");
    }
    Ok(json!({"opened": count}))
}

/// What all of them took, sorted.
fn at_once(
    clients: u64,
    url: &str,
    one: impl Fn(u64, String) -> Vec<Duration> + Copy + Send + 'static,
) -> Vec<Duration> {
    let run = |n| {
        let url = url.to_owned();
        std::thread::spawn(move || one(n, url))
    };
    let phones: Vec<_> = (0..clients).map(run).collect();
    let mut took: Vec<_> = phones.into_iter().flat_map(|phone| phone.join().expect("a phone that ends well")).collect();
    took.sort();
    took
}

/// In seconds.
fn percentile(sorted: &[Duration], part: usize) -> f64 {
    sorted.get((sorted.len().max(1) - 1) * part / 100).map_or(0.0, Duration::as_secs_f64)
}

struct Phone {
    socket: UdpSocket,
    has_sessions: bool,
    tid: u16,
    loss_percent: u64,
    dice: u64,
    buffer: Vec<u8>,
}

impl Phone {
    fn at(own: &str, port: u16, loss_percent: u64, seed: u64) -> Phone {
        let socket = UdpSocket::bind(own).expect("a socket");
        socket.connect(("127.0.0.1", port)).expect("a gateway");
        let dice = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        Phone { socket, has_sessions: port % 2 == 1, tid: 0, loss_percent, dice, buffer: vec![0; 65_535] }
    }

    fn connect(&mut self) -> bool {
        // Kannel's replies have more headers than fit beside a deck in the default of 1,400 octets: 3,000.
        let capabilities = &[3, 0x80, 0x97, 0x38, 3, 0x81, 0x8A, 0x78];
        !self.has_sessions || self.transact(&Wsp::Connect { version: VERSION, capabilities, headers: HEADERS }.write())
    }

    /// Whether it came.
    fn get(&mut self, url: &str) -> bool {
        // In a session the headers were said once.
        let headers = if self.has_sessions { &[] } else { HEADERS };
        let get = Wsp::Get { method: Method::Get, uri: url.as_bytes(), headers }.write();
        if self.has_sessions {
            return self.transact(&get);
        }
        self.tid = self.tid.wrapping_add(1);
        let tid = self.tid as u8;
        for _ in 0..TRIES {
            let until = Instant::now() + PATIENCE;
            self.send(&[&[tid], &get[..]].concat());
            while let Some(length) = self.receive(until) {
                if self.buffer[0] == tid {
                    assert_eq!(self.buffer[1..3], [0x04, 0x20], "no good page");
                    return length > 0;
                }
            }
        }
        false
    }

    /// A transaction of class 2; whether its result came.
    fn transact(&mut self, data: &[u8]) -> bool {
        self.tid = (self.tid + 1) & 0x7FFF;
        let (tid, tid_new) = (self.tid, self.tid == 0);
        for tried in 0..TRIES {
            let until = Instant::now() + PATIENCE;
            let (place, version, user_ack, class) = (Place::Whole, 0, false, 2);
            let invoke = Invoke { place, again: tried > 0, version, tid_new, user_ack, class, data };
            self.send(&Packet { tid, psn: None, pdu: Pdu::Invoke(invoke) }.write());
            while let Some(length) = self.receive(until) {
                let packet = Packet::read(&self.buffer[..length]).expect("a PDU");
                let own = packet.tid == tid | RESPONDER;
                let (ended, question) = match packet.pdu {
                    Pdu::Result { data, .. } => {
                        assert!(data[0] == 0x02 || data[..2] == [0x04, 0x20], "no good page: {:02X?}", &data[..2]);
                        (own, false)
                    }
                    Pdu::Ack { tid_question: true, .. } if own => (false, true),
                    Pdu::Abort { reason, .. } if own => panic!("aborted: {reason:02X}"),
                    _ => continue,
                };
                // Also of what it has already: our word for it was lost.
                let tid = packet.tid & !RESPONDER;
                self.send(&Packet { tid, psn: None, pdu: Pdu::Ack { tid_question: question, again: false } }.write());
                if ended {
                    return true;
                }
            }
        }
        false
    }

    fn send(&mut self, octets: &[u8]) {
        if !self.is_lost() {
            // Whoever is not there yet is asked again.
            let _ = self.socket.send(octets);
        }
    }

    fn receive(&mut self, until: Instant) -> Option<usize> {
        loop {
            let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
            self.socket.set_read_timeout(Some(left)).expect("a time-out");
            match self.socket.recv(&mut self.buffer) {
                Ok(length) if !self.is_lost() => return Some(length),
                _ => {}
            }
        }
    }

    /// By xorshift64: the same each time.
    fn is_lost(&mut self) -> bool {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % 100 < self.loss_percent
    }
}
