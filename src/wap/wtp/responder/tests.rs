//! The responder's rows, state by state in the standard's order: each is what comes, and what goes out, octet by octet.

use std::net::SocketAddr;

use super::super::transaction::ASKED_AGAIN;
use super::*;

const TIMERS: Timers = Timers {
    acknowledgement: Duration::from_secs(4),
    retry: Duration::from_secs(7),
    wait: Duration::from_secs(30),
    acknowledgements_max: 2,
    retries_max: 3,
};

struct Port {
    responder: Responder,
    now: Duration,
    peer: Peer,
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

fn octets(hex: &str) -> Vec<u8> {
    let digits: String = hex.chars().filter(char::is_ascii_hexdigit).collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

impl Port {
    /// Whose peer has shown itself by transaction 0.
    fn known() -> Port {
        let mut port = Port::unknown();
        assert_eq!(port.gets("0E 0000 02 01"), "1C8000");
        assert_eq!(port.gets("1C 0000"), "? 2 01");
        assert_eq!(port.gets("20 0000 00"), "x 0000 0 00");
        port
    }

    /// And has acknowledged a result.
    fn acknowledging() -> Port {
        let mut port = Port::unknown();
        port.gets("0E 0000 02 01");
        port.gets("1C 0000");
        port.answers(0, &[2]);
        assert_eq!(port.gets("18 0000"), "! 0000");
        port
    }

    fn unknown() -> Port {
        let responder = Responder::new(TIMERS, Bounds { transactions_of_one: 3, ..Bounds::default() });
        Port { responder, now: Duration::from_secs(9), peer: SocketAddr::from(([10, 0, 0, 1], 49_152)).into() }
    }

    /// Datagrams in hexadecimal; `?` an indication with its class, `!` a confirmation, `x` an abort.
    fn did(&self, out: Out) -> String {
        assert!(out.datagrams.iter().all(|(peer, _)| *peer == self.peer));
        let sent = out.datagrams.iter().map(|(_, octets)| hex(octets));
        let told = out.indications.iter().map(|indication| match indication {
            Indication::Invoke { class, data, .. } => format!("? {class} {}", hex(data)),
            Indication::Confirmed(key) => format!("! {:04X}", key.tid),
            Indication::Aborted { key, user, reason } => {
                format!("x {:04X} {} {reason:02X}", key.tid, u8::from(*user))
            }
        });
        sent.chain(told).collect::<Vec<_>>().join(" | ")
    }

    fn gets(&mut self, datagram: &str) -> String {
        let mut out = Out::default();
        self.responder.datagram(self.peer, &octets(datagram), self.now, &mut out);
        self.did(out)
    }

    fn user(&mut self, tid: u16, step: impl FnOnce(&mut Responder, Key, Duration, &mut Out)) -> String {
        let (mut out, key) = (Out::default(), Key { peer: self.peer, tid });
        step(&mut self.responder, key, self.now, &mut out);
        self.did(out)
    }

    fn accepts(&mut self, tid: u16) -> String {
        self.user(tid, |responder, key, now, out| responder.accept(key, now, out))
    }

    fn answers(&mut self, tid: u16, data: &[u8]) -> String {
        self.user(tid, |responder, key, now, out| responder.result(key, data.to_vec(), now, out))
    }

    fn aborts(&mut self, tid: u16) -> String {
        self.user(tid, |responder, key, now, out| responder.abort(key, 0xE1, now, out))
    }

    fn waits(&mut self, seconds: u64) -> String {
        self.now += Duration::from_secs(seconds);
        let mut out = Out::default();
        self.responder.time(self.now, &mut out);
        self.did(out)
    }
}

/// Plays `before` and then each row on a port of its own, with a known peer that acknowledges.
fn rows(before: &[&str], rows: &[(&str, &str)]) {
    for (event, expected) in rows {
        let mut port = Port::acknowledging();
        for event in before {
            play(&mut port, event);
        }
        assert_eq!(play(&mut port, event), *expected, "{before:?}, then {event}");
    }
}

fn play(port: &mut Port, event: &str) -> String {
    let (verb, rest) = event.split_once(' ').unwrap_or((event, ""));
    match verb {
        "accept" => port.accepts(1),
        "result" => port.answers(1, &octets(rest)),
        "long" => {
            port.answers(1, &[7; 5000]).split(" | ").map(|sent| sent[..8].to_owned()).collect::<Vec<_>>().join(" ")
        }
        "abort" => port.aborts(1),
        "wait" => port.waits(rest.parse().unwrap()),
        _ => port.gets(event),
    }
}

#[test]
fn listen() {
    rows(
        &[],
        &[
            ("0E 0001 02 AA", "? 2 AA"),
            ("0E 0001 12 AA", "? 2 AA"),
            ("0E 0001 01 AA", "? 1 AA"),
            ("0E 0001 00 AA", "? 0 AA"),
            ("0A 0001 02 AA", "? 2 AA"),
            ("0F 0001 02 AA", "? 2 AA"),
            ("0E 0000 02 AA", "1C8000"),
            ("0E 7FFF 02 AA", "1CFFFF"),
            ("0E 0001 22 AA", "1C8001"),
            ("0E 0001 42 AA", "20800106"),
            ("0E 0001 03 AA", "20800101"),
            ("08 0001 02 AA", ""),
            ("0C 0001 02 AA", "9880011900"),
            ("08 0001 00 AA", ""),
            ("18 0001", ""),
            ("1C 0001", ""),
            ("20 0001 02", ""),
            ("38 0001 01 01", ""),
            ("28 0001 01 AA", ""),
            ("2C 0001 01 AA", "3880010100"),
            ("16 0001 AA", ""),
            // What is a responder's, of an unknown type, or cut short.
            ("0E 8001 02 AA", ""),
            ("46 0001 02", ""),
            ("0E 0001", ""),
            ("", ""),
            // Two in one datagram.
            ("00 05 0E000102AA 05 0E000202BB", "? 2 AA | ? 2 BB"),
            ("00 03 180000 05 0E000102AA", "? 2 AA"),
        ],
    );
}

#[test]
fn tidok_wait() {
    let mut port = Port::unknown();
    assert_eq!(port.gets("0E 0001 02 AA"), "1C8001");
    assert_eq!(port.gets("0E 0001 02 AA"), "", "a copy");
    assert_eq!(port.gets("0F 0001 02 AA"), "1D8001", "sent again, so the question was lost");
    assert_eq!(port.gets("18 0001"), "", "no answer to the question");
    assert_eq!(port.accepts(1), "");
    assert_eq!(port.gets("1C 0001"), "? 2 AA");
    assert_eq!(port.gets("1C 0001"), "", "answered twice");
    assert_eq!(port.gets("0E 0002 02 BB"), "? 2 BB", "its source is known");

    let mut port = Port::unknown();
    assert_eq!(port.gets("0E 0001 02 AA"), "1C8001");
    assert_eq!(port.gets("20 0001 02"), "", "not meant");
    assert_eq!((port.gets("1C 0001"), port.responder.open()), (String::new(), 0));

    let mut port = Port::unknown();
    assert_eq!(port.gets("0E 0001 02 AA"), "1C8001");
    assert_eq!((port.waits(29), port.responder.open()), (String::new(), 1));
    assert_eq!((port.waits(1), port.responder.open()), (String::new(), 0));
}

#[test]
fn invoke_resp_wait() {
    rows(
        &["0E 0001 02 AA"],
        &[
            ("accept", ""),
            ("result BB", "168001BB"),
            ("abort", "218001E1"),
            ("0F 0001 02 AA", ""),
            ("0E 0001 02 AA", ""),
            ("20 0001 00", "x 0001 0 00"),
            ("21 0001 EA", "x 0001 1 EA"),
            ("wait 4", "188001"),
            ("18 0001", ""),
        ],
    );
    // Its user alone may acknowledge it.
    rows(&["0E 0001 12 AA"], &[("wait 4", ""), ("accept", "")]);
    rows(&["0E 0001 12 AA", "wait 4", "wait 4"], &[("wait 4", "20800108 | x 0001 0 08")]);
    rows(&["0E 0001 01 AA"], &[("accept", "188001"), ("wait 4", "188001")]);
}

#[test]
fn result_wait() {
    rows(
        &["0E 0001 02 AA", "accept"],
        &[
            ("result BB", "168001BB"),
            ("abort", "218001E1"),
            ("0F 0001 02 AA", ""),
            ("21 0001 EA", "x 0001 1 EA"),
            ("wait 3", ""),
            ("wait 4", "188001"),
        ],
    );
    rows(&["0E 0001 12 AA", "accept"], &[("wait 4", "188001")]);
    rows(&["0E 0001 02 AA", "accept", "wait 4"], &[("0F 0001 02 AA", "198001"), ("wait 4", "198001")]);
    rows(&["0E 0001 02 AA", "accept", "wait 4", "wait 4"], &[("wait 4", "20800108 | x 0001 0 08")]);
}

#[test]
fn result_resp_wait() {
    let before = ["0E 0001 02 AA", "accept", "result BB"];
    rows(
        &before,
        &[
            ("18 0001", "! 0001"),
            ("98 0001 19 00", "! 0001"),
            ("98 0001 19 01", ""),
            // The question about the number, answered late.
            ("1C 0001", ""),
            ("0F 0001 02 AA", ""),
            // Of class 0, under the number of the one before.
            ("0E 0001 00 CC", "? 0 CC"),
            ("abort", "218001E1"),
            ("20 0001 00", "x 0001 0 00"),
            ("38 0001 00", "178001BB"),
            ("38 0001 01 05", ""),
            ("wait 6", ""),
            ("wait 7", "178001BB"),
            ("result CC", ""),
        ],
    );
    let after = [&before[..], &["wait 7", "wait 7", "wait 7"]].concat();
    rows(&after, &[("wait 7", "20800108 | x 0001 0 08"), ("18 0001", "! 0001")]);
    // Over: nothing is left of it, and the same number again is questioned.
    rows(&[&before[..], &["18 0001"]].concat(), &[("18 0001", ""), ("wait 99", ""), ("0E 0001 02 AA", "1C8001")]);
}

#[test]
fn wait_timeout() {
    let before = ["0E 0001 01 AA", "accept"];
    rows(
        &before,
        &[("0F 0001 01 AA", "198001"), ("wait 30", ""), ("20 0001 00", "x 0001 0 00"), ("abort", "218001E1")],
    );
    rows(&[&before[..], &["wait 30"]].concat(), &[("0F 0001 01 AA", "1C8001")]);
}

/// The example of the wire facts.
#[test]
fn segments_come() {
    rows(
        &["08 0001 02 AA"],
        &[("2C 0001 01 BB", "9880011901"), ("2A 0001 02 CC", "38800101 01".replace(' ', "").as_str())],
    );
    rows(
        &["08 0001 02 AA", "2C 0001 01 BB"],
        &[
            ("2A 0001 02 CC", "? 2 AABBCC"),
            ("2D 0001 01 BB", "9880011901"),
            ("2A 0001 03 CC", "3880010102"),
            ("28 0001 02 CC", ""),
            ("20 0001 00", ""),
            ("abort", "218001E1"),
            ("wait 30", "20800108"),
        ],
    );
    let all = ["08 0001 02 AA", "2C 0001 01 BB", "2A 0001 02 CC", "accept"];
    // The last one again: its sender does not know that it came.
    rows(&all, &[("2B 0001 02 CC", "9980011902"), ("wait 4", "9880011902")]);
    rows(&["0C 0001 02 AA"], &[("0D 0001 02 AA", "98800119 00".replace(' ', "").as_str())]);
}

#[test]
fn segments_go() {
    rows(&["0A 0001 02 AA", "accept"], &[("long", "10800107 30800101 34800102")]);
    let before = ["0A 0001 02 AA", "accept", "long"];
    for (event, expected) in [
        ("98 0001 19 02", "32800103"),
        ("98 0001 19 01", ""),
        ("18 0001", ""),
        ("38 0001 01 01", "31800101"),
        ("38 0001 02 00 63", "11800107"),
        ("wait 7", "35800102"),
    ] {
        let mut port = Port::known();
        before.iter().for_each(|event| drop(play(&mut port, event)));
        let sent = play(&mut port, event);
        assert_eq!(sent.get(..8).unwrap_or(&sent), expected, "{event}");
    }
    // One who cannot join gets it whole.
    let mut port = Port::known();
    port.gets("0E 0001 02 AA");
    assert_eq!(port.answers(1, &[7; 5000]).len(), 2 * 5003);
}

#[test]
fn everything_is_bounded() {
    let mut port = Port::known();
    for tid in 1..=3 {
        assert_eq!(port.gets(&format!("0E 000{tid} 02 AA")), "? 2 AA");
    }
    assert_eq!(port.gets("0E 0004 02 AA"), "20800407", "too many of one machine");
    port.peer.address.set_port(7);
    assert_eq!(port.gets("0E 0001 02 AA"), "20800107", "it has other ports, too");

    let mut port = Port::unknown();
    let bounds = Bounds { unproved: 2, transactions: 9, octets: 1000, ..Bounds::default() };
    port.responder = Responder::new(TIMERS, bounds);
    let question = |port: &mut Port, n: u16, length: usize| {
        port.peer.address.set_port(n);
        port.gets(&format!("0E 0001 02 {}", "AA".repeat(length)))
    };
    assert_eq!(question(&mut port, 4, 1001), "20800107", "too much of all");
    for n in 1..=3 {
        assert_eq!(question(&mut port, n, 1), "1C8001");
        port.now += Duration::from_secs(1);
    }
    // The oldest has gone; its phone asks again, as if for the first time.
    assert_eq!(port.responder.open(), 2);
    port.peer.address.set_port(1);
    assert_eq!((port.gets("1C 0001"), port.gets("0F 0001 02 AA")), (String::new(), "1C8001".to_owned()));
    assert_eq!(port.gets("1C 0001"), "? 2 AA");
    port.gets("20 0001 00");
    port.waits(30);
    port.is_empty();
}

impl Port {
    fn is_empty(&self) {
        assert_eq!((self.responder.octets(), self.responder.open()), (0, 0));
        assert!(self.responder.due.is_empty() && self.responder.unproved.is_empty());
    }
}

/// Of one machine that has not answered for others the oldest makes room; what was answered stays.
#[test]
fn who_answers_keeps_its_place() {
    let mut port = Port::known();
    for tid in 1..=2 {
        assert_eq!(port.gets(&format!("0E 000{tid} 02 AA")), "? 2 AA");
    }
    for tid in 1..=9 {
        port.peer.address.set_port(tid);
        port.now += Duration::from_secs(1);
        assert_eq!(port.gets("0E 0001 02 AA"), "1C8001");
    }
    assert_eq!((port.responder.open(), port.responder.unproved.len()), (3, 1));
    assert_eq!(port.gets("1C 0001"), "? 2 AA");
    port.peer.address.set_port(10);
    assert_eq!(port.gets("0E 0001 02 AA"), "20800107");

    // Of those that have not answered at all it may have a few; another machine's stay.
    let mut port = Port::unknown();
    port.responder.bounds = Bounds { unproved_of_one: 2, ..Bounds::default() };
    let other = SocketAddr::from(([10, 0, 0, 2], 7)).into();
    let own = std::mem::replace(&mut port.peer, other);
    port.gets("0E 0001 02 BB");
    port.peer = own;
    for tid in 1..=3 {
        port.now += Duration::from_secs(1);
        assert_eq!(port.gets(&format!("0E 000{tid} 02 AA")), format!("1C800{tid}"));
    }
    assert_eq!((port.gets("1C 0001"), port.gets("1C 0002")), (String::new(), "? 2 AA".to_owned()));
    port.peer = other;
    assert_eq!(port.gets("1C 0001"), "? 2 BB");

    // In all it is the same.
    let mut port = Port::known();
    port.responder.bounds = Bounds { transactions: 2, ..Bounds::default() };
    assert_eq!(port.gets("0E 0001 02 AA"), "? 2 AA");
    let known = port.peer;
    port.peer.address.set_port(1);
    assert_eq!(port.gets("0E 0001 02 AA"), "1C8001");
    port.peer = known;
    assert_eq!((port.gets("0E 0002 02 AA"), port.gets("0E 0003 02 AA")), ("? 2 AA".into(), "20800307".into()));
}

/// A segment that would be too much of all is the last of its message.
#[test]
fn segments_are_bounded_in_all() {
    let bounds = Bounds { octets: 100, ..Bounds::default() };
    let mut port = Port::known();
    port.responder.bounds = bounds;
    let segment = "AA".repeat(40);
    assert_eq!(port.gets(&format!("08 0001 02 {segment}")), "");
    assert_eq!(port.gets(&format!("08 0002 02 {segment}")), "");
    assert_eq!(port.gets(&format!("28 0001 01 {segment}")), "20800107");
    assert_eq!(port.gets(&format!("28 0002 01 {segment}")), "");
    assert_eq!(port.gets(&format!("2A 0002 02 {}", "AA".repeat(20))).len(), "? 2 ".len() + 200);
    // A result is kept, too; its user is told.
    assert_eq!(port.answers(2, &[7; 101]), "20800207 | x 0002 0 07");
    port.is_empty();

    let mut port = Port::known();
    port.responder.bounds = Bounds { octets_of_one: 100, ..Bounds::default() };
    assert_eq!(port.gets("0E 0001 02 AA"), "? 2 AA");
    assert_eq!(port.gets("0E 0002 02 AA"), "? 2 AA");
    assert_eq!(port.answers(1, &[7; 60]).len(), 2 * 63);
    assert_eq!(port.answers(2, &[7; 60]), "20800207 | x 0002 0 07");
}

/// Before its source has answered, no more is kept of an Invoke than what fits a whole datagram.
#[test]
fn a_long_invoke_is_for_those_who_are_known() {
    let long = format!("0E 0001 02 {}", "AA".repeat(UNPROVED_OCTETS + 1));
    assert_eq!(Port::unknown().gets(&long), "20800107");
    assert!(Port::known().gets(&long).starts_with("? 2 AA"));
    // Also where its number is in doubt.
    assert_eq!(Port::known().gets(&long.replace("0001 02", "0000 22")), "1C8000");
}

/// Somebody who forges a sender says what its phone would, before it could know of a question.
#[test]
fn an_answer_in_the_datagram_of_the_question_is_guessed() {
    let mut port = Port::unknown();
    assert_eq!(port.gets("00 05 0E000102AA 03 1C0001 05 0E000202BB"), "1C8001 | 1C8002");
    assert_eq!(port.gets("00 05 0E000302AA 05 0E000402BB 03 1C0003"), "1C8003 | 1C8004", "it is full");
}

/// One who never acknowledged a result is sent it twice, and again when it asks; one who did, as often as may be.
#[test]
fn results_go_again_to_those_who_acknowledge() {
    let mut port = Port::unknown();
    port.gets("0E 0001 02 AA");
    port.gets("1C 0001");
    assert_eq!(port.answers(1, &[0xBB]), "168001BB");
    assert_eq!(port.gets("0F 0001 02 AA"), "");
    assert_eq!((port.waits(7), port.waits(7)), ("178001BB".to_owned(), String::new()));
    port.now += ASKED_AGAIN;
    assert_eq!((port.gets("38 0001 00"), port.gets("0F 0001 02 AA")), (String::new(), "178001BB".to_owned()));
    assert_eq!(port.gets("0F 0001 02 AA"), "", "at once");
    assert_eq!(port.gets("0E 0001 02 AA"), "", "a copy");
    assert_eq!((port.waits(7), port.waits(7)), (String::new(), "20800108 | x 0001 0 08".to_owned()));

    port.gets("0E 0002 02 AA");
    port.answers(2, &[0xBB]);
    assert_eq!(port.gets("18 0002"), "! 0002");
    port.gets("0E 0003 02 AA");
    port.answers(3, &[0xBB]);
    let sent = [port.waits(7), port.waits(7), port.waits(7), port.waits(7)];
    assert_eq!(sent, ["178003BB", "178003BB", "178003BB", "20800308 | x 0003 0 08"]);
}

/// Whoever says for ever that something is missing is given up as one who says nothing.
#[test]
fn missing_for_ever() {
    let mut port = Port::acknowledging();
    port.gets("0E 0001 02 AA");
    port.answers(1, &[0xBB]);
    let said: Vec<String> = (0..5).map(|_| port.gets("38 0001 00")).collect();
    assert_eq!(said, ["178001BB", "178001BB", "178001BB", "", ""]);
    let sent: Vec<String> = (0..4).map(|_| port.waits(7)).collect();
    assert_eq!(sent, ["178001BB", "178001BB", "178001BB", "20800108 | x 0001 0 08"]);
}

/// A segment that is there already does not keep a message alive that is never ended.
#[test]
fn the_same_segment_for_ever() {
    let mut port = Port::known();
    port.gets("08 0001 02 AA");
    port.gets("28 0001 01 BB");
    for _ in 0..5 {
        assert_eq!((port.waits(14), port.gets("28 0001 01 BB")), (String::new(), String::new()));
    }
    assert_eq!(port.waits(1), "");
    assert_eq!(port.waits(1), "20800108");
}

/// RcvErrorPDU, in each state.
#[test]
fn what_is_no_pdu_ends_its_transaction() {
    let rows_of = |before: &[&str], expected: &str| {
        let unknown_type = "46 0001 02";
        rows(before, &[(unknown_type, expected), ("38 0001 05 01", expected), ("46 0002 02", "")]);
    };
    rows_of(&[], "");
    rows_of(&["0E 0001 22 AA"], "20800101");
    rows_of(&["08 0001 02 AA"], "20800101");
    for before in [&["0E 0001 02 AA"][..], &["0E 0001 02 AA", "accept"], &["0E 0001 02 AA", "result BB"]] {
        rows_of(before, "20800101 | x 0001 0 01");
    }
    rows_of(&["0E 0001 01 AA", "accept"], "20800101 | x 0001 0 01");
}

/// A result longer than what the initiator can be sent.
#[test]
fn too_long_a_result() {
    for (invoke, most) in [("0E 0001 02 AA", 65_504), ("0A 0001 02 AA", 1400 * 256)] {
        for (length, goes) in [(most, true), (most + 1, false)] {
            let mut port = Port::known();
            port.gets(invoke);
            let sent = port.answers(1, &vec![7; length]);
            assert_eq!(sent == "20800109 | x 0001 0 09", !goes, "{invoke} {length}");
        }
    }
}
