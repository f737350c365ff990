//! Phones that fetch one page as fast as they can, for `benches/gateway/run`; nothing is asserted.
//!
//! `load PORT URL CLIENTS SECONDS` fetches on 127.0.0.1, in sessions where the port's number is odd (9201) and without
//! where it is even; each client asks again as soon as it has its answer. `sessions PORT COUNT PID` opens so many sessions
//! and says what they cost the process. Not here: loss, which a simulation tests.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use yizhan::wap::wsp::pdu::{Method, Pdu as Wsp, VERSION};
use yizhan::wap::wtp::pdu::{Invoke, Packet, Pdu, Place, RESPONDER};

/// What a phone of 2003 sends along: what it shows, its charset, its name, its profile.
const HEADERS: &[u8] = b"\x80\x94\x80\x88\x80\xA1\x80\x95\x81\xEA\xA9Nokia7210/1.0 (3.09) Profile/MIDP-1.0\0\
\xB5http://nds1.nds.nokia.com/uaprof/N7210r200.xml\0\xC3\x92";
const PATIENCE: Duration = Duration::from_secs(3);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["load", port, url, clients, seconds] => load(number(port), url, number(clients), number(seconds)),
        ["sessions", port, count, pid] => sessions(number(port), number(count), pid),
        _ => println!("benches/gateway/run calls this"),
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

fn load(port: u16, url: &str, clients: usize, seconds: u64) {
    let end = Instant::now() + Duration::from_secs(seconds);
    let one = move |url: String| {
        let mut phone = Phone::new(port);
        phone.connect();
        let mut took = Vec::new();
        while Instant::now() < end {
            let began = Instant::now();
            let octets = phone.get(&url);
            took.push(began.elapsed());
            assert!(octets > 0, "no page");
        }
        (took, phone.again)
    };
    let began = Instant::now();
    let threads: Vec<_> = (0..clients)
        .map(|_| {
            let url = url.to_owned();
            std::thread::spawn(move || one(url))
        })
        .collect();
    let (mut took, mut again) = (Vec::new(), 0);
    for thread in threads {
        let (more, more_again) = thread.join().expect("a client that ends well");
        took.extend(more);
        again += more_again;
    }
    let rate = took.len() as f64 / began.elapsed().as_secs_f64();
    took.sort();
    let at = |part: usize| took[(took.len() - 1) * part / 100].as_secs_f64() * 1e3;
    println!(
        "{port} {clients:>3} clients {rate:>8.0} pages/s  p50 {:>7.3} ms  p95 {:>7.3} ms  p99 {:>7.3} ms  again {again}",
        at(50),
        at(95),
        at(99)
    );
}

fn sessions(port: u16, count: usize, pid: &str) {
    let before = resident(pid);
    for n in 0..count {
        // Each has an address of its own in the loopback network, since a session is its address's and port's.
        Phone::at(&format!("127.{}.{}.{}:0", 1 + (n >> 16), n >> 8 & 0xFF, n & 0xFF), port).connect();
    }
    let after = resident(pid);
    println!(
        "{port} {count} sessions: {before} KiB before, {after} KiB after, {:.0} octets each",
        (after - before) as f64 * 1024.0 / count as f64
    );
}

fn resident(pid: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process that runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    number(line.split_whitespace().next().unwrap_or(""))
}

struct Phone {
    socket: UdpSocket,
    has_sessions: bool,
    tid: u16,
    again: u64,
    buffer: Vec<u8>,
}

impl Phone {
    fn new(port: u16) -> Phone {
        Phone::at("127.0.0.1:0", port)
    }

    fn at(own: &str, port: u16) -> Phone {
        let socket = UdpSocket::bind(own).expect("a socket");
        socket.connect(("127.0.0.1", port)).expect("a gateway");
        socket.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        Phone { socket, has_sessions: port % 2 == 1, tid: 0, again: 0, buffer: vec![0; 65_535] }
    }

    fn connect(&mut self) {
        if self.has_sessions {
            // Kannel's replies have more headers than fit beside a deck in the default of 1,400 octets: 3,000.
            let capabilities = &[3, 0x80, 0x97, 0x38, 3, 0x81, 0x8A, 0x78];
            self.transact(&Wsp::Connect { version: VERSION, capabilities, headers: HEADERS }.write());
        }
    }

    fn get(&mut self, url: &str) -> usize {
        // In a session the headers were said once.
        let headers = if self.has_sessions { &[] } else { HEADERS };
        let get = Wsp::Get { method: Method::Get, uri: url.as_bytes(), headers }.write();
        if self.has_sessions {
            return self.transact(&get);
        }
        self.tid = self.tid.wrapping_add(1);
        let tid = self.tid as u8;
        loop {
            self.send(&[&[tid], &get[..]].concat());
            while let Ok(length) = self.socket.recv(&mut self.buffer) {
                if self.buffer[0] == tid {
                    assert_eq!(self.buffer[1..3], [0x04, 0x20], "no good page");
                    return length;
                }
            }
            self.again += 1;
        }
    }

    /// A transaction of class 2; octets of its result.
    fn transact(&mut self, data: &[u8]) -> usize {
        self.tid = (self.tid + 1) & 0x7FFF;
        let (tid, tid_new) = (self.tid, self.tid == 0);
        let mut again = false;
        loop {
            let (place, version, user_ack, class) = (Place::Whole, 0, false, 2);
            let invoke = Invoke { place, again, version, tid_new, user_ack, class, data };
            self.send(&Packet { tid, psn: None, pdu: Pdu::Invoke(invoke) }.write());
            while let Ok(length) = self.socket.recv(&mut self.buffer) {
                let packet = Packet::read(&self.buffer[..length]).expect("a PDU");
                let question = match packet.pdu {
                    _ if packet.tid != tid | RESPONDER => continue,
                    Pdu::Ack { tid_question: false, .. } => continue,
                    Pdu::Ack { tid_question, .. } => tid_question,
                    Pdu::Result { data, .. } => {
                        assert!(data[0] == 0x02 || data[..2] == [0x04, 0x20], "no good page: {:02X?}", &data[..2]);
                        false
                    }
                    other => panic!("{other:?}"),
                };
                self.send(&Packet { tid, psn: None, pdu: Pdu::Ack { tid_question: question, again: false } }.write());
                if !question {
                    return length;
                }
            }
            self.again += 1;
            again = true;
        }
    }

    fn send(&self, octets: &[u8]) {
        // Whoever is not there yet is asked again.
        let _ = self.socket.send(octets);
    }
}
