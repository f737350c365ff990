//! The stack against phones: the examples of the wire facts, loss, copies and reordering from a seed, and datagrams that
//! were tampered with. `phone` is the initiator, `forged` who only says that it is one.

mod forged;
mod phone;

use std::collections::BTreeMap;

use self::phone::{Dice, Phone, octets};
use super::*;

pub(super) fn stack() -> Stack {
    let mut last = 0;
    let numbers = Box::new(move || {
        last += 1;
        last
    });
    Stack::new(Timers::default(), numbers, None)
}

fn peer(port: u16) -> Peer {
    SocketAddr::from(([10, 0, 0, 1], port)).into()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

/// The examples of the wire facts, answered by Kannel there; here the source is asked first, and numbers begin at 1.
#[test]
fn a_session_octet_by_octet() {
    let mut stack = stack();
    let connect = "0E000102 01101112 03808A78 03818A78 0282C0 028302 028401 8094 8088 81EA A9546573742F312E3000 C393";
    let get = "40 18 687474703A2F2F3132372E302E302E313A31383038302F61";
    let resumed = "16 8006 042001DA";
    for (datagram, expected) in [
        (connect, "1C 8001"),
        ("1C 0001", "16 8001 02011100 03808A78 03818A78 028200 028302 028400"),
        ("18 0001", ""),
        (&format!("0E000202 {get}"), "ask 2"),
        ("reply 2", "16 8002 042094"),
        ("18 0002", ""),
        // The same again, which is not meant.
        (&format!("0E000202 {get}"), "1C 8002"),
        ("20 0002 02", ""),
        ("0E 0003 42 00", "20 8003 06"),
        ("0E 0004 00 08 01", ""),
        (&format!("0E000502 {get}"), "21 8005 E2"),
        ("0E 0006 02 09 01 00", resumed),
        // An acknowledgement and the next method in one datagram.
        (&format!("00 03 180006 1E 0E000702 {get}"), "ask 7"),
        ("reply 7", "16 8007 042094"),
        ("0E 0008 00 05 01", "21 8007 E1"),
        (&format!("0E000902 {get}"), "21 8009 E1"),
    ] {
        let effects = match datagram.strip_prefix("reply ") {
            Some(tid) => {
                let key = Key { peer: peer(1), tid: tid.parse().unwrap() };
                stack.reply(key, 1, octets("042094"), Duration::ZERO)
            }
            None => stack.datagram(peer(1), &octets(datagram), Duration::ZERO),
        };
        let asks = effects.asks.iter().map(|ask| format!("ask {}", ask.key.tid));
        let sent = effects.datagrams.iter().map(|(_, octets)| hex(octets));
        let did: Vec<String> = asks.chain(sent).collect();
        assert_eq!(did.join(" | ").replace(' ', ""), expected.replace(' ', ""), "{datagram}");
    }
}

/// What is on its way, by when it arrives.
type Air = BTreeMap<(Duration, u64), Flight>;

enum Flight {
    ToPhone(usize, Vec<u8>),
    ToBox(usize, Vec<u8>),
    Answer(Ask),
}

struct World {
    stack: Stack,
    phones: Vec<Phone>,
    air: Air,
    dice: Dice,
    /// Of a thousand datagrams.
    lost: u64,
    now: Duration,
    count: u64,
    /// How often each request was asked.
    asked: BTreeMap<String, usize>,
}

impl World {
    fn new(seed: u64, lost: u64, phones: usize) -> World {
        let phones = (0..phones).map(|n| Phone::new(n, n % 2 == 1)).collect();
        let (dice, asked) = (Dice(seed), BTreeMap::new());
        World { stack: stack(), phones, air: Air::new(), dice, lost, now: Duration::ZERO, count: 0, asked }
    }

    fn put(&mut self, delay_ms: u64, flight: Flight) {
        self.count += 1;
        self.air.insert((self.now + Duration::from_millis(delay_ms), self.count), flight);
    }

    /// Lost, copied and late, as the dice say.
    fn fly(&mut self, flight: impl Fn() -> Flight) {
        let copies = if self.dice.below(1000) < self.lost { 2 } else { 1 };
        for _ in 0..copies {
            if self.dice.below(1000) >= self.lost {
                let delay = 100 + self.dice.below(900);
                self.put(delay, flight());
            }
        }
    }

    fn sent(&mut self, effects: Effects) {
        for (to, octets) in effects.datagrams {
            let n = usize::from(to.address.port() - 1);
            self.fly(|| Flight::ToPhone(n, octets.clone()));
        }
        for ask in effects.asks {
            *self.asked.entry(String::from_utf8(ask.uri.clone()).unwrap()).or_default() += 1;
            // Some pages take longer than a phone's patience.
            let delay = if self.dice.below(10) == 0 { 9000 } else { 5 };
            self.put(delay, Flight::Answer(ask));
        }
    }

    fn said(&mut self, n: usize, datagrams: Vec<Vec<u8>>) {
        for octets in datagrams {
            self.fly(|| Flight::ToBox(n, octets.clone()));
        }
    }

    /// Until every phone has what it wants, or an hour has passed.
    fn run(&mut self) {
        for n in 0..self.phones.len() {
            let said = self.phones[n].begin(self.now);
            self.said(n, said);
        }
        while self.phones.iter().any(|phone| !phone.is_done()) {
            let of_phones = self.phones.iter().filter_map(Phone::next_due).min();
            let next = [self.air.keys().next().map(|(at, _)| *at), of_phones, self.stack.next_due()];
            self.now = next.into_iter().flatten().min().expect("nothing is on its way").max(self.now);
            assert!(self.now < Duration::from_secs(3600), "no end");
            if let Some(entry) = self.air.first_entry().filter(|entry| entry.key().0 <= self.now) {
                match entry.remove() {
                    Flight::ToPhone(n, octets) => {
                        let said = self.phones[n].receive(&octets, self.now);
                        self.said(n, said);
                    }
                    Flight::ToBox(n, octets) => {
                        let effects = self.stack.datagram(peer(n as u16 + 1), &octets, self.now);
                        self.sent(effects);
                    }
                    Flight::Answer(ask) => {
                        let effects = self.stack.reply(ask.key, ask.session, phone::answer_to(&ask.uri), self.now);
                        self.sent(effects);
                    }
                }
                continue;
            }
            let effects = self.stack.time(self.now);
            self.sent(effects);
            for n in 0..self.phones.len() {
                let said = self.phones[n].time(self.now);
                self.said(n, said);
            }
        }
    }
}

/// At each loss all requests are answered, each was asked once, and nothing is left behind.
#[test]
fn datagrams_are_lost_copied_and_late() {
    for (lost, seeds) in [(0, 2), (10, 10), (50, 10), (200, 20)] {
        for seed in 0..seeds {
            let mut world = World::new(seed, lost, 6);
            world.run();
            for phone in &world.phones {
                assert_eq!(phone.failed, 0, "loss {lost} ‰, seed {seed}");
                assert_eq!(phone.answered, phone::REQUESTS, "loss {lost} ‰, seed {seed}");
            }
            assert!(world.asked.values().all(|times| *times == 1), "loss {lost} ‰, seed {seed}: {:?}", world.asked);
            for _ in 0..20 {
                world.now += Duration::from_secs(10);
                world.stack.time(world.now);
            }
            assert_eq!(world.stack.transactions(), 0);
        }
    }
}

/// Whatever comes, nothing panics; and who has not answered a question gets no more than it sent, however long one waits.
#[test]
fn tampered_datagrams() {
    let get = "0E000302 40 07 687474703A2F2F61";
    let samples = [
        "0E000102 01100E02 03808A78 03818A78 0282C0 028302 8094",
        get,
        "0E000202 60 01 0B 2F 92 8094 A96100 81EA BB0302 07E9 613D31",
        "0E000400 0501",
        "0E000502 09 01 00 8088",
        "08000602 60 01 01 2F 92 61",
        "2A000601 3D31",
        "00 03 180001 05 1C0002 05 20000302",
        "98000319 02",
        "38000302 0102",
        "1C0001",
    ]
    .map(octets);
    let mut dice = Dice(7);
    let (mut unknown, mut known) = (stack(), stack());
    let said = |effects: &Effects| effects.datagrams.iter().map(|(_, octets)| octets.len()).sum::<usize>();
    // A phone that is known, with a session.
    known.datagram(peer(1), &samples[0], Duration::ZERO);
    known.datagram(peer(1), &octets("1C0001"), Duration::ZERO);
    assert_eq!(known.sessions(), 1);
    for round in 0..60_000u64 {
        let mut datagram = samples[dice.below(samples.len() as u64) as usize].clone();
        for _ in 0..dice.below(4) {
            let at = dice.below(datagram.len() as u64) as usize;
            match dice.below(4) {
                0 => datagram[at] = dice.below(256) as u8,
                1 => datagram.truncate(at + 1),
                2 => datagram.insert(at, dice.below(256) as u8),
                _ => datagram[at] ^= 1 << dice.below(8),
            }
        }
        let now = Duration::from_millis(round * 20);
        let effects = known.datagram(peer(1), &datagram, now);
        for ask in effects.asks {
            known.reply(ask.key, ask.session, vec![4; 50], now);
        }
        known.time(now);
        // One that only ever asks, each time from elsewhere.
        if datagram.first().is_some_and(|first| first >> 3 == 1) {
            let from = SocketAddr::from(([10, 9, (round >> 8) as u8, round as u8], 99)).into();
            let got = said(&unknown.datagram(from, &datagram, now)) + said(&unknown.time(now));
            assert!(got <= datagram.len(), "{got} octets for {}", hex(&datagram));
        }
    }
    assert!(known.transactions() <= 256 && unknown.transactions() <= 1024);
}
