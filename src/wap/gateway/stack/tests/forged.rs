//! Senders that are forged: what a host gets that never asked, for what is said in its name, both with the heads of IP
//! and UDP, over all the time that we send something again.
//!
//! Who forges a sender hears none of our answers. Without guessing them he gets at most 2.5 times of what he spends (three
//! refusals for three PDUs in one datagram of IPv6). Guessed they can be, since WTP has no secret: then one result costs
//! him a question, and it goes out twice, and eight times more to who asks for it, each in a datagram. That is what `wap.private` and `wap.per_source_s` are for, and it is measured
//! here so that it does not grow.

use std::net::IpAddr;

use super::phone::{Dice, answer_to, octets};
use super::*;
use crate::wap::wsp::pdu::{Method, Pdu};

/// IPv4 and IPv6, each with UDP's.
const HEADS: [(&str, usize); 2] = [("10.0.0.9", 20 + 8), ("fd00::9", 40 + 8)];

/// Octets that were sent to the stack and by it, when each datagram comes after so many seconds.
fn costs((ip, head): (&str, usize), datagrams: &[(u64, Vec<u8>)]) -> (usize, usize) {
    let peer: Peer = SocketAddr::new(ip.parse::<IpAddr>().unwrap(), 49_152).into();
    let (mut stack, mut now) = (stack(), Duration::ZERO);
    let (mut spent, mut got) = (0, 0);
    let mut sent = |stack: &mut Stack, effects: Effects, now: Duration| {
        let mut all = vec![effects];
        while let Some(effects) = all.pop() {
            got += effects.datagrams.iter().map(|(_, octets)| head + octets.len()).sum::<usize>();
            all.extend(effects.asks.into_iter().map(|ask| stack.reply(ask.key, ask.session, answer_to(&ask.uri), now)));
        }
    };
    let pass = |stack: &mut Stack, until: Duration, sent: &mut dyn FnMut(&mut Stack, Effects, Duration)| {
        while let Some(due) = stack.next_due().filter(|due| *due <= until) {
            let effects = stack.time(due);
            sent(stack, effects, due);
        }
    };
    for (seconds, datagram) in datagrams {
        now += Duration::from_secs(*seconds);
        pass(&mut stack, now, &mut sent);
        spent += head + datagram.len();
        let effects = stack.datagram(peer, datagram, now);
        sent(&mut stack, effects, now);
    }
    pass(&mut stack, now + Duration::from_secs(600), &mut sent);
    assert_eq!((stack.transactions(), stack.next_due()), (0, None));
    (spent, got)
}

/// Several in one datagram (WAP-224, 8.5).
fn together(pdus: &[Vec<u8>]) -> Vec<u8> {
    pdus.iter().fold(vec![0], |mut all, pdu| {
        all.push(pdu.len() as u8);
        all.extend(pdu);
        all
    })
}

/// All that can be said in one go, alone and with each other, under the same number and under others.
#[test]
fn who_guesses_nothing_gets_no_three_times() {
    let kinds = [
        "0E TTTT 02 01100000",
        "0F TTTT 02 01100000",
        "0E TTTT 02",
        "0E TTTT 22",
        "0E TTTT 01",
        "0E TTTT 00",
        "0E TTTT 42",
        "0E TTTT 03",
        "0C TTTT 02",
        "08 TTTT 02",
        "2C TTTT 01",
        "2A TTTT FF",
        "18 TTTT",
        "1C TTTT",
        "20 TTTT 00",
        "38 TTTT 00",
        "46 TTTT 00",
        "0E TTTT 02 4001 2F",
    ];
    let of = |kind: usize, tid: u16| octets(&kinds[kind].replace("TTTT", &format!("{tid:04X}")));
    let tried = |heads, datagrams: &[(u64, Vec<u8>)]| {
        let (spent, got) = costs(heads, datagrams);
        assert!(got < 3 * spent, "{got} octets for {spent}: {datagrams:02X?}");
    };
    for heads in HEADS {
        for first in 0..kinds.len() {
            tried(heads, &[(0, of(first, 1))]);
            let many: Vec<_> = (0..20).map(|tid| of(first, tid)).collect();
            (1..20).for_each(|count| tried(heads, &[(0, together(&many[..count]))]));
            for second in 0..kinds.len() {
                for third in 0..kinds.len() {
                    for tids in [[1, 1, 1], [1, 2, 3], [1, 2, 1]] {
                        let pdus = [of(first, tids[0]), of(second, tids[1]), of(third, tids[2])];
                        tried(heads, &[(0, together(&pdus))]);
                    }
                }
            }
        }
    }
    // The same over and over, and one after another, as long as no answer is guessed: those are Acks of any kind.
    let mut dice = Dice(3);
    let asks: Vec<usize> = (0..kinds.len()).filter(|kind| !kinds[*kind].starts_with('1')).collect();
    for round in 0..3000 {
        let any = |dice: &mut Dice| asks[dice.below(asks.len() as u64) as usize];
        let datagrams: Vec<(u64, Vec<u8>)> = (0..20)
            .map(|_| {
                let pdus: Vec<_> = (0..=dice.below(4)).map(|_| of(any(&mut dice), dice.below(4) as u16)).collect();
                (dice.below(9), if pdus.len() == 1 { pdus[0].clone() } else { together(&pdus) })
            })
            .collect();
        tried(HEADS[round % 2], &datagrams);
    }
}

/// All there is to guess is guessed: a result goes out twice, and more often only when one is said to have come.
#[test]
fn who_guesses_gets_each_result_twice() {
    let connect = (0, octets("0A 0001 02 0110 03 00 028000"));
    let tok = (1, octets("1C 0001"));
    // A Reply of 1,400 octets.
    let get = Pdu::Get { method: Method::Get, uri: b"http://a/1396", headers: &[] }.write();
    let page = (1, [&octets("0A 0002 02")[..], &get].concat());
    let got = |datagrams: &[(u64, Vec<u8>)]| costs(HEADS[0], datagrams).1;
    let [question, connect_reply, reply, abort] = [3, 3 + 9, 3 + 1400, 4].map(|octets| 28 + octets);
    // And at last that it came to nothing.
    let connected = got(&[connect.clone(), tok.clone()]);
    assert_eq!(connected, question + 2 * connect_reply + abort);
    assert_eq!(got(&[connect.clone(), tok.clone(), page.clone()]), connected + 2 * reply + abort);
    // Who says that something came is sent it as often as any phone.
    let acknowledged = got(&[connect.clone(), tok.clone(), (0, octets("18 0001")), page.clone()]);
    assert_eq!(acknowledged, question + connect_reply + 9 * reply + abort);
    // To ask for it brings it eight times more, and not twice in a second.
    let asks = together(&[octets("0F 0002 02"), octets("0F 0002 02"), octets("0F 0002 02")]);
    for (every_s, most) in [(0, 2), (1, 2 + 8), (2, 2 + 8)] {
        let mut datagrams = vec![connect.clone(), tok.clone(), page.clone()];
        datagrams.extend((0..30).map(|_| (every_s, asks.clone())));
        let replies = (got(&datagrams) - connected - abort) / reply;
        assert!(replies <= most, "{replies}, asked each {every_s} s");
    }
}
