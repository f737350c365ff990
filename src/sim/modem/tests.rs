//! What a person at a terminal sees of the simulated modem, and that no octets upset it.

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::*;

const NOW: Time = Time(1_243_845_480_000);

fn modem(slots: usize) -> SimModem {
    SimModem::new(Number::parse("+8613800138000").unwrap(), slots)
}

struct Terminal(DuplexStream);

impl Terminal {
    fn on(modem: &SimModem) -> Terminal {
        let (ours, theirs) = tokio::io::duplex(4096);
        tokio::spawn(modem.clone().serve(theirs));
        Terminal(ours)
    }

    async fn types(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    async fn sees(&mut self, text: &str) {
        let mut octets = vec![0; text.len()];
        self.0.read_exact(&mut octets).await.unwrap();
        assert_eq!(String::from_utf8(octets).unwrap(), text);
    }
}

#[tokio::test]
async fn a_session_at_a_terminal() {
    let modem = modem(2);
    let mut terminal = Terminal::on(&modem);
    terminal.types("AT\r").await;
    terminal.sees("AT\r\r\nOK\r\n").await;
    terminal.types("ATE0\r").await;
    terminal.sees("ATE0\r\r\nOK\r\n").await;
    for (typed, seen) in [
        ("AT+CMGL=4\r", "\r\nERROR\r\n"),
        ("at+cmee=1\r", "\r\nOK\r\n"),
        ("AT+CMGL=4\r", "\r\n+CME ERROR: 3\r\n"),
        ("AT+NONSENSE\r", "\r\n+CME ERROR: 4\r\n"),
        ("AT+CMEE=2\r", "\r\nOK\r\n"),
        ("AT+NONSENSE\r", "\r\n+CME ERROR: operation not supported\r\n"),
        ("AT+CNMI=2,4\r", "\r\n+CMS ERROR: 303\r\n"),
        ("AT+CMGF=0;+CMGF?\r", "\r\n+CMGF: 0\r\n\r\nOK\r\n"),
        ("AT+CNMI=2,1,0,0,0\r", "\r\nOK\r\n"),
        ("AT+CNMI?\r", "\r\n+CNMI: 2,1,0,0,0\r\n\r\nOK\r\n"),
        ("AT+CPMS?\r", "\r\n+CPMS: \"SM\",0,2,\"SM\",0,2,\"SM\",0,2\r\n\r\nOK\r\n"),
        ("AT+CMGR=1\r", "\r\nOK\r\n"),
        ("AT+CMGR=3\r", "\r\n+CMS ERROR: 321\r\n"),
        ("AT+CMGS=13\r", "\r\n> "),
        ("00\x1B", "\r\nOK\r\n"),
        ("AT+CMGS=13\r", "\r\n> "),
        ("0001\x1A", "\r\n+CMS ERROR: 304\r\n"),
    ] {
        terminal.types(typed).await;
        terminal.sees(seen).await;
    }
}

#[tokio::test]
async fn full_slots_leave_the_rest_to_the_network() {
    let modem = modem(1);
    let mut terminal = Terminal::on(&modem);
    terminal.types("ATE0\rAT+CMGF=0\rAT+CNMI=2,1\r").await;
    terminal.sees("ATE0\r\r\nOK\r\n\r\nOK\r\n\r\nOK\r\n").await;
    for text in ["1", "2"] {
        assert!(modem.deliver("10086", text, NOW));
    }
    terminal.sees("\r\n+CMTI: \"SM\",1\r\n").await;
    assert_eq!(modem.occupied_slots(), 1);
    terminal.types("AT+CMGR=1\r").await;
    terminal.sees("\r\n+CMGR: 0,,17\r\n0891683108100005F00405810180F60000906010618300230131\r\n\r\nOK\r\n").await;
    for seen in ["\r\nOK\r\n\r\n+CMTI: \"SM\",1\r\n", "\r\nOK\r\n"] {
        terminal.types("AT+CMGD=1\r").await;
        terminal.sees(seen).await;
    }
    modem.idle().await;
}

#[tokio::test]
async fn three_wrong_pins_ask_for_the_puk() {
    let modem = modem(1);
    modem.set_pin("1234");
    let mut terminal = Terminal::on(&modem);
    terminal.types("ATE0\rAT+CMEE=1\rAT+CPIN?\r").await;
    terminal.sees("ATE0\r\r\nOK\r\n\r\nOK\r\n\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n").await;
    terminal.types("AT+CMGF=0\r").await;
    terminal.sees("\r\n+CME ERROR: 11\r\n").await;
    for code in [16, 16, 16, 12] {
        terminal.types("AT+CPIN=\"0000\"\r").await;
        terminal.sees(&format!("\r\n+CME ERROR: {code}\r\n")).await;
    }
    terminal.types("AT+CPIN?\r").await;
    terminal.sees("\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n").await;
}

#[test]
fn any_line_is_answered_without_a_panic() {
    let words = [
        "AT",
        "at",
        "+CMGF",
        "+CMGS",
        "+CMGR",
        "+CMGD",
        "+CMGL",
        "+CPMS",
        "+CNMI",
        "+CPIN",
        "=",
        "?",
        "0",
        "1",
        "4",
        "99999999999999999999",
        "\"SM\"",
        ",",
        "é",
        "字",
        " ",
        "E0",
        "\0",
    ];
    let mut device = Device::new(Number::parse("10086").unwrap(), 0);
    let mut seed = 3u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % below
    };
    let mut answered = 0;
    for _ in 0..20_000 {
        let line: String = (0..next(6)).map(|_| words[next(words.len())]).collect();
        let answer = device.command(&line).unwrap_or_default();
        answered += usize::from(!answer.text.is_empty());
        if let Some(octets) = answer.pdu_octets {
            let pdu: String = (0..next(40)).map(|_| ["0", "1", "F", "z", "字"][next(5)]).collect();
            let _ = device.pdu(octets, &pdu);
        }
        device.deliver(vec![next(256) as u8]);
        let _ = device.announcements();
    }
    assert!(answered > 500 && device.stores.occupied() == 1, "{answered}");
}
