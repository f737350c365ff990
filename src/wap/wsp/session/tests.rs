//! The session's rows in the standard's order: what is indicated, and what goes back.

use super::*;

const CONNECT: &str = "01 10 00 02 8094";
const GET: &str = "40 01 2F A9 6100";

struct Port {
    sessions: Sessions,
    now: Duration,
}

fn octets(hex: &str) -> Vec<u8> {
    let digits: String = hex.chars().filter(char::is_ascii_hexdigit).collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn key(phone: u16, tid: u16) -> Key {
    Key { peer: SocketAddr::from(([10, 0, 0, 1], phone)).into(), tid }
}

/// Numbers 1, 2, 3 … in place of random ones.
fn port(bounds: Bounds) -> Port {
    let mut last = 0;
    let numbers = Box::new(move || {
        last += 1;
        last
    });
    Port { sessions: Sessions::new(bounds, numbers, None), now: Duration::ZERO }
}

/// With a session, number 1, of phone 1.
fn connected() -> Port {
    let mut port = port(Bounds::default());
    assert_eq!(port.invoked(1, 1, 2, CONNECT), "accept 1/1, result 1/1 02010000");
    assert_eq!(port.confirmed(1, 1), "");
    port
}

impl Port {
    fn did(actions: Vec<Action>) -> String {
        let name = |key: Key| format!("{}/{}", key.peer.address.port(), key.tid);
        let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02X}")).collect::<String>();
        let of = |action| match action {
            Action::Accept(key) => format!("accept {}", name(key)),
            Action::Result(key, octets) => format!("result {} {}", name(key), hex(&octets)),
            Action::Abort(key, reason) => format!("abort {} {reason:02X}", name(key)),
            Action::Ask(ask) => {
                let mut fields: Vec<String> =
                    ask.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
                fields.sort();
                let (method, uri, body) = (ask.method.name(), String::from_utf8(ask.uri).unwrap(), hex(&ask.body));
                format!("{method} {} {uri} {}{body}", name(ask.key), fields.join("&"))
            }
        };
        actions.into_iter().map(of).collect::<Vec<_>>().join(", ")
    }

    fn invoked(&mut self, phone: u16, tid: u16, class: u8, hex: &str) -> String {
        let (mut out, key, data) = (Vec::new(), key(phone, tid), octets(hex));
        self.sessions.indicated(Indication::Invoke { key, class, data, result_max: 9999 }, self.now, &mut out);
        Port::did(out)
    }

    fn confirmed(&mut self, phone: u16, tid: u16) -> String {
        let mut out = Vec::new();
        self.sessions.indicated(Indication::Confirmed(key(phone, tid)), self.now, &mut out);
        Port::did(out)
    }

    fn aborted(&mut self, phone: u16, tid: u16, user: bool, reason: u8) -> String {
        let mut out = Vec::new();
        self.sessions.indicated(Indication::Aborted { key: key(phone, tid), user, reason }, self.now, &mut out);
        Port::did(out)
    }

    fn time(&mut self) -> String {
        let mut out = Vec::new();
        self.sessions.time(self.now, &mut out);
        Port::did(out)
    }

    fn replies(&mut self, phone: u16, tid: u16, session: u32) -> String {
        let mut out = Vec::new();
        self.sessions.reply(key(phone, tid), session, vec![4], &mut out);
        Port::did(out)
    }
}

const ASKED: &str = "accept 1/2, GET 1/2 / accept=application/vnd.wap.wmlc&user-agent=a";

#[test]
fn null() {
    for (class, pdu, expected) in [
        (2, CONNECT, "accept 1/1, result 1/1 02010000"),
        // A client that takes 4 octets is taken to mean 256.
        (2, "01 10 03 00 028004", "accept 1/1, result 1/1 0201040003808200"),
        (2, "01 20 00 00", "abort 1/1 E5"),
        (2, "01 10 02 00 0180", "abort 1/1 E0"),
        (2, "01 10 00 01 80", "abort 1/1 E0"),
        (2, GET, "abort 1/1 E1"),
        (2, "60 01 01 2F 92", "abort 1/1 E1"),
        (2, "09 01 00", "abort 1/1 E1"),
        (0, "05 01", ""),
        (0, "08 01", ""),
        // What no client says, or no class carries.
        (2, "04 20 01 94", "abort 1/1 E0"),
        (2, "05 01", "abort 1/1 E0"),
        (0, CONNECT, ""),
        (1, CONNECT, "abort 1/1 E0"),
        (2, "", "abort 1/1 E0"),
        (0, "FF", ""),
    ] {
        assert_eq!(port(Bounds::default()).invoked(1, 1, class, pdu), expected, "{pdu}");
    }
}

#[test]
fn connecting() {
    let mut port = port(Bounds::default());
    port.invoked(1, 1, 2, CONNECT);
    // Its acknowledgement may be lost: methods are served before it.
    assert_eq!(port.invoked(1, 2, 2, GET), ASKED);
    assert_eq!(port.invoked(1, 3, 0, "05 01"), "abort 1/1 E1, abort 1/2 E1");
    assert_eq!(port.sessions.count(), 0);
}

#[test]
fn connected_rows() {
    for (class, pdu, expected) in [
        (2, GET, ASKED),
        // Its own header counts in place of the session's.
        (2, "40 01 2F 8088", "accept 1/2, GET 1/2 / accept=text/vnd.wap.wml"),
        (2, "42 01 2F", "accept 1/2, HEAD 1/2 / accept=application/vnd.wap.wmlc"),
        (
            2,
            "60 01 01 2F 92 613D31",
            "accept 1/2, POST 1/2 / accept=application/vnd.wap.wmlc&content-type=application/x-www-form-urlencoded613D31",
        ),
        (2, "40 01 2F A9", "abort 1/2 E0"),
        (2, "40 05 2F", "abort 1/2 E0"),
        (2, CONNECT, "accept 1/2, result 1/2 02020000"),
        (0, "05 01", ""),
        (0, "05 02", ""),
        (0, "08 01", ""),
        (2, "09 01 00", "accept 1/2, result 1/2 042001DA"),
        (2, "09 02 00", "abort 1/2 E1"),
    ] {
        assert_eq!(connected().invoked(1, 2, class, pdu), expected, "{pdu}");
    }
    let long = format!("60 01 01 2F 92 {}", "00".repeat(1400));
    assert_eq!(connected().invoked(1, 2, 2, &long), "abort 1/2 E6");
}

#[test]
fn methods() {
    let mut port = connected();
    assert_eq!(port.invoked(1, 2, 2, GET), ASKED);
    assert_eq!(port.invoked(1, 3, 2, GET), "abort 1/3 E7", "one at a time was agreed");
    assert_eq!((port.replies(1, 2, 9), port.replies(2, 2, 1)), (String::new(), String::new()), "somebody else's");
    assert_eq!(port.replies(1, 2, 1), "result 1/2 04");
    assert_eq!(port.replies(1, 2, 1), "", "answered twice");
    // The result's acknowledgement may be lost.
    assert_eq!(port.invoked(1, 3, 2, GET), ASKED.replace("1/2", "1/3"));
    assert_eq!(port.confirmed(1, 2), "");
    assert_eq!(port.invoked(1, 4, 0, "05 02"), "", "a number that is not its own");
    assert_eq!(port.invoked(1, 4, 0, "05 01"), "abort 1/3 E1");
    assert_eq!(port.replies(1, 3, 1), "", "the session is gone");
}

#[test]
fn suspended_and_resumed() {
    let mut port = connected();
    port.invoked(1, 2, 2, GET);
    assert_eq!(port.invoked(1, 3, 0, "08 07"), "");
    assert_eq!(port.invoked(1, 3, 0, "08 01"), "abort 1/2 E2");
    assert_eq!(port.invoked(1, 4, 2, GET), "abort 1/4 E2");
    // Under another address, where another session was, with other headers.
    assert_eq!(port.invoked(2, 1, 2, CONNECT), "accept 2/1, result 2/1 02020000");
    assert_eq!(port.invoked(2, 5, 2, "09 01 00 8088"), "abort 2/1 E1, accept 2/5, result 2/5 042001DA");
    assert_eq!(port.sessions.count(), 1);
    assert_eq!(port.invoked(2, 6, 2, GET), "accept 2/6, GET 2/6 / accept=text/vnd.wap.wml&user-agent=a");
    assert_eq!(port.invoked(1, 6, 2, GET), "abort 1/6 E1");
    // Resumed without having been suspended: what was open is over.
    assert_eq!(port.invoked(1, 7, 2, "09 01 00"), "abort 2/5 E3, abort 2/6 E3, accept 1/7, result 1/7 042001DA");
    assert_eq!(port.invoked(1, 8, 0, "05 01"), "abort 1/7 E1");
    assert_eq!((port.sessions.count(), port.sessions.header_octets, port.sessions.peers.len()), (0, 0, 0));
}

#[test]
fn sent_on_to_another_gateway() {
    let numbers = Box::new(|| 1);
    let to = Some("10.0.0.2:9201".parse().unwrap());
    let mut port = Port { sessions: Sessions::new(Bounds::default(), numbers, to), now: Duration::ZERO };
    assert_eq!(port.invoked(1, 1, 2, CONNECT), "accept 1/1, result 1/1 03004423F10A000002");
    assert_eq!(port.sessions.count(), 0);
}

/// What the client's side of WTP says of a transaction that it ends.
#[test]
fn aborted_by_the_client() {
    const NO_RESPONSE: u8 = 0x08;
    for (tid, user, reason, expected, left) in [
        // One method alone, by its user or by its provider.
        (2, true, 0xEA, "", "result 1/3 04"),
        (2, false, NO_RESPONSE, "", "result 1/3 04"),
        (2, false, reason::DISCONNECT, "", "result 1/3 04"),
        // One that is none of the session's.
        (9, true, reason::DISCONNECT, "", "result 1/3 04"),
        // The whole session.
        (2, true, reason::DISCONNECT, "abort 1/3 E1", ""),
        (2, true, reason::SUSPEND, "abort 1/3 E2", ""),
    ] {
        let mut port = port(Bounds::default());
        port.invoked(1, 1, 2, "01 10 03 02 028302 8094");
        port.confirmed(1, 1);
        port.invoked(1, 2, 2, GET);
        port.invoked(1, 3, 2, GET);
        assert_eq!(port.aborted(1, tid, user, reason), expected, "{tid} {user} {reason:02X}");
        assert_eq!(port.replies(1, 3, 1), left, "{tid} {user} {reason:02X}");
    }
    let mut port = connected();
    port.invoked(1, 2, 2, GET);
    port.aborted(1, 2, true, reason::SUSPEND);
    assert_eq!(port.invoked(1, 3, 2, "09 01 00"), "accept 1/3, result 1/3 042001DA");
}

/// A client that never took its ConnectReply has no session; one that asks for something took it.
#[test]
fn connecting_comes_to_nothing() {
    let mut port = port(Bounds::default());
    port.invoked(1, 1, 2, CONNECT);
    assert_eq!((port.aborted(1, 1, false, 0x08), port.sessions.count()), (String::new(), 0));
    port.invoked(1, 2, 2, CONNECT);
    port.invoked(1, 3, 2, GET);
    assert_eq!((port.aborted(1, 2, false, 0x08), port.sessions.count()), (String::new(), 1));
    assert_eq!(port.replies(1, 3, 2), "result 1/3 04");
    // Nor has one that goes on been taken up by who never heard so.
    port.invoked(1, 5, 0, "08 02");
    port.invoked(1, 6, 2, "09 02 00");
    assert_eq!((port.aborted(1, 6, false, 0x08), port.sessions.count()), (String::new(), 1));
    assert_eq!(port.invoked(1, 7, 2, GET), "abort 1/7 E2");
    assert_eq!(port.invoked(1, 8, 2, "09 02 00"), "accept 1/8, result 1/8 042001DA");
    port.confirmed(1, 8);
    assert_eq!(port.aborted(1, 8, false, 0x08), "");
    assert_eq!(port.invoked(1, 9, 2, GET), ASKED.replace("1/2", "1/9"));
    // One that came to nothing before it was found out that there is another.
    port.invoked(1, 10, 2, CONNECT);
    assert_eq!((port.aborted(1, 2, false, 0x08), port.sessions.count()), (String::new(), 1));
}

/// The largest result that can be brought to a client bounds what it says that it takes.
#[test]
fn who_cannot_join_segments_is_offered_a_datagram() {
    let mut port = port(Bounds::default());
    port.invoked(1, 1, 2, "01 10 03 00 028000");
    let mut out = Vec::new();
    for (tid, result_max, expected) in [(2, 1_000_000, 256 * 1024), (3, 65_504, 65_504)] {
        let (key, data) = (key(1, tid), octets(GET));
        port.sessions.indicated(Indication::Invoke { key, class: 2, data, result_max }, port.now, &mut out);
        let Some(Action::Ask(ask)) = out.pop() else { panic!("it is asked") };
        assert_eq!(ask.client_sdu, expected);
        port.replies(1, tid, 1);
    }
}

#[test]
fn sessions_are_bounded_and_the_silent_forgotten() {
    let bounds = Bounds { sessions: 3, header_octets: 20, ..Bounds::default() };
    let mut port = port(bounds);
    for phone in 1..=5 {
        port.now += Duration::from_secs(1);
        assert!(port.invoked(phone, 1, 2, CONNECT).contains("result"));
    }
    assert_eq!(port.sessions.count(), 3);
    assert_eq!(port.invoked(2, 2, 2, GET), "abort 2/2 E1", "it was silent for longest");
    assert!(port.invoked(3, 2, 2, GET).contains("GET"));
    // Two of the others make room for these headers, and what they have open ends.
    port.now += Duration::from_secs(1);
    port.invoked(5, 2, 2, GET);
    let wordy = format!("01 10 00 11 A9 {} 00", "61".repeat(15));
    assert_eq!(
        port.invoked(6, 1, 2, &wordy),
        "abort 4/1 E1, abort 3/1 E1, abort 3/2 E1, accept 6/1, result 6/1 02060000"
    );
    port.now += bounds.idle - Duration::from_secs(1);
    assert_eq!((port.time().as_str(), port.sessions.count()), ("", 2));
    assert!(port.invoked(6, 2, 2, GET).contains("GET"));
    port.now += Duration::from_secs(1);
    assert_eq!(port.time(), "abort 5/1 E1, abort 5/2 E1");
    port.now += bounds.idle;
    assert_eq!(port.time(), "abort 6/1 E1, abort 6/2 E1");
    assert_eq!((port.sessions.count(), port.sessions.octets(), port.sessions.peers.len()), (0, 0, 0));
    assert!(port.sessions.by_age.is_empty());
}

/// However many ports it has.
#[test]
fn one_machine_has_so_many_sessions_and_takes_nobody_elses() {
    let mut port = port(Bounds { sessions_of_one: 2, ..Bounds::default() });
    let connect = |port: &mut Port, address: &str| {
        let (mut out, data) = (Vec::new(), octets(CONNECT));
        let peer = address.parse::<SocketAddr>().unwrap().into();
        let invoke = Indication::Invoke { key: Key { peer, tid: 1 }, class: 2, data, result_max: 9999 };
        port.now += Duration::from_secs(1);
        port.sessions.indicated(invoke, port.now, &mut out);
        port.sessions.count()
    };
    for (address, count) in [
        ("10.0.0.2:1", 1),
        ("10.0.0.1:1", 2),
        ("10.0.0.1:2", 3),
        ("10.0.0.1:3", 3),
        ("[fd00::1]:1", 4),
        ("[fd00::2]:1", 5),
        ("[fd00::3]:1", 5),
        ("127.0.0.1:1", 6),
        ("127.0.0.1:2", 7),
        ("127.0.0.1:3", 8),
    ] {
        assert_eq!(connect(&mut port, address), count, "{address}");
    }
    let has = |address: &str| port.sessions.by_peer.contains_key(&address.parse::<SocketAddr>().unwrap().into());
    assert!(has("10.0.0.2:1") && has("10.0.0.1:3") && !has("10.0.0.1:1") && !has("[fd00::1]:1"));
}
