//! Datagrams of four phones with times between them, and answers to what they ask, chosen by libFuzzer; `fuzz/run wtp`
//! starts it.
//!
//! Nothing panics; what is kept stays within its bounds and is gone when all were silent for long; whoever never said that
//! it means what it says gets at most three times of it, with the heads of IP and UDP.
#![no_main]

use std::net::SocketAddr;
use std::time::Duration;

use yizhan::wap::gateway::stack::{Effects, Stack};
use yizhan::wap::peer::Peer;
use yizhan::wap::wsp::session::{self, Ask};
use yizhan::wap::wtp::pdu::{Packet, Pdu, RESPONDER, split};
use yizhan::wap::wtp::responder;

const PEERS: [(&str, usize); 4] = [("10.0.0.1:1", 28), ("10.0.0.1:2", 28), ("[fd00::1]:1", 48), ("127.0.0.1:1", 28)];
const WTP: responder::Bounds = responder::Bounds {
    sources: 3,
    transactions: 6,
    unproved: 3,
    octets: 4000,
    transactions_of_one: 4,
    octets_of_one: 3000,
};
const WSP: session::Bounds =
    session::Bounds { sessions: 3, sessions_of_one: 2, header_octets: 5000, idle: Duration::from_secs(30 * 60) };

#[derive(Default)]
struct World {
    asks: Vec<Ask>,
    /// Octets of each phone, to it, and whether it ever acknowledged anything.
    spent: [usize; 4],
    got: [usize; 4],
    is_proved: [bool; 4],
}

impl World {
    fn did(&mut self, effects: Effects) {
        for (to, octets) in effects.datagrams {
            let packet = Packet::read(&octets).expect("ours are read");
            assert_eq!(packet.write(), octets);
            assert!(packet.tid & RESPONDER != 0 && octets.len() <= 65_507);
            let at = (0..4).find(|n| peer(*n) == to).expect("one of the four");
            self.got[at] += PEERS[at].1 + octets.len();
        }
        self.asks.extend(effects.asks);
    }

    fn check(&self, stack: &Stack) {
        assert!(stack.transactions() <= WTP.transactions && stack.sessions() <= WSP.sessions);
        assert!(stack.octets() <= WTP.octets + WSP.header_octets);
        for n in 0..4 {
            assert!(self.is_proved[n] || self.got[n] <= 3 * self.spent[n], "{} for {}", self.got[n], self.spent[n]);
        }
    }
}

fn peer(n: usize) -> Peer {
    PEERS[n].0.parse::<SocketAddr>().expect("it is written so").into()
}

fn pass(stack: &mut Stack, world: &mut World, until: Duration) {
    while let Some(due) = stack.next_due().filter(|due| *due <= until) {
        world.did(stack.time(due));
    }
}

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let (mut rest, mut now) = (octets, Duration::ZERO);
    let (mut stack, mut world) = (Stack::bounded(WTP, WSP), World::default());
    // What to do, and after how many seconds; then how long it is, in octets of a datagram or 300 of an answer.
    while let [what, length, behind @ ..] = rest {
        now += Duration::from_secs(u64::from(what >> 4) * 2);
        pass(&mut stack, &mut world, now);
        rest = behind;
        if what & 0x08 != 0 && !world.asks.is_empty() {
            let ask = world.asks.remove(0);
            world.did(stack.reply(ask.key, ask.session, vec![4; usize::from(*length) * 300], now));
        } else {
            let n = usize::from(what & 3);
            let datagram;
            (datagram, rest) = behind.split_at(usize::from(*length).min(behind.len()));
            world.spent[n] += PEERS[n].1 + datagram.len();
            let acknowledges = |pdu| matches!(Packet::read(pdu), Ok(Packet { pdu: Pdu::Ack { .. }, .. }));
            world.is_proved[n] |= split(datagram).any(acknowledges);
            let effects = stack.datagram(peer(n), datagram, now);
            assert!(effects.asks.is_empty() || world.is_proved[n]);
            world.did(effects);
        }
        world.check(&stack);
    }
    pass(&mut stack, &mut world, now + Duration::from_secs(3600));
    world.check(&stack);
    world.did(stack.sweep(now + Duration::from_secs(7200)));
    assert_eq!((stack.transactions(), stack.sessions(), stack.octets(), stack.next_due()), (0, 0, 0, None));
});
