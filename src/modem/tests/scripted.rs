//! The driver and the chat against scripted lines, for what the simulated modem never does.

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};

use super::super::chat::{ANSWER_LIMIT, Chat};
use super::super::trace::Trace;
use super::*;
use crate::sms::bearer::Retry;

/// A modem with its own answers; everything else is `OK`. Notes each command and PDU.
#[derive(Clone)]
struct Scripted {
    answers: &'static [(&'static str, &'static str)],
    heard: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    fn new(answers: &'static [(&'static str, &'static str)]) -> Arc<Scripted> {
        Arc::new(Scripted { answers, heard: Arc::default() })
    }

    fn place(&self, command: &str) -> Option<usize> {
        self.heard.lock().unwrap().iter().position(|heard| heard == command)
    }

    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let (reader, mut writer) = tokio::io::split(stream);
        let mut reader = BufReader::new(reader);
        loop {
            let mut line = Vec::new();
            if reader.read_until(b'\r', &mut line).await? == 0 {
                return Ok(());
            }
            let line = String::from_utf8_lossy(&line).trim().to_owned();
            let answer = self.answers.iter().find(|(command, _)| *command == line);
            self.heard.lock().unwrap().push(line);
            writer.write_all(answer.map_or("\r\nOK\r\n", |(_, answer)| answer).as_bytes()).await?;
        }
    }
}

impl Opener for Scripted {
    fn open(&self) -> Opening<'_> {
        Box::pin(async {
            let (ours, theirs) = tokio::io::duplex(4096);
            tokio::spawn(self.clone().serve(theirs));
            Ok(Box::new(ours) as Port)
        })
    }
}

const DIRECT: &str = "\r\nOK\r\n\r\n+CMT: ,17\r\n000405810180F60000906010308000230131\r\n";

#[tokio::test(start_paused = true)]
async fn a_direct_message_is_acknowledged_once_it_is_stored() {
    let script = Scripted::new(&[
        ("AT+CMEE?", "\r\n+CMEE: 1\r\n\r\nOK\r\n"),
        ("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n"),
        ("AT+CSMS=0", "\r\nERROR\r\n"),
        ("AT+CSMS?", "\r\n+CSMS: 1,1,1,1\r\n\r\nOK\r\n"),
        ("AT+CMMS=2", DIRECT),
    ]);
    let mut bench = Bench::of(script.clone(), None);
    bench.until_ready().await;
    let inbound = bench.inbound().await;
    assert_eq!(text(&inbound), "1");
    assert_eq!(script.place("AT+CNMA"), None, "store, then acknowledge");
    done(inbound, "");
    bench.modem.close().await;
    assert!(script.place("AT+CNMA").is_some());
}

/// The same, of which the line has lost the last octet.
const CUT: &str = "\r\nOK\r\n\r\n+CMT: ,17\r\n000405810180F600009060103080002301\r\n";

#[tokio::test(start_paused = true)]
async fn a_direct_message_that_was_cut_is_not_acknowledged() {
    let script = Scripted::new(&[
        ("AT+CMEE?", "\r\n+CMEE: 1\r\n\r\nOK\r\n"),
        ("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n"),
        ("AT+CSMS=0", "\r\nERROR\r\n"),
        ("AT+CSMS?", "\r\n+CSMS: 1,1,1,1\r\n\r\nOK\r\n"),
        ("AT+CMMS=2", CUT),
    ]);
    let mut bench = Bench::of(script.clone(), None);
    bench.until_ready().await;
    let facts = bench.modem.bearer.facts.clone();
    while facts.borrow().garbled == 0 {
        tokio::task::yield_now().await;
    }
    bench.modem.close().await;
    assert_eq!((script.place("AT+CNMA"), facts.borrow().received), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn another_storage_is_read_where_it_is() {
    let script = Scripted::new(&[
        ("AT+CMEE?", "\r\nOK\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n"),
        ("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n"),
        ("AT+CMMS=2", "\r\nOK\r\n\r\n+CMTI: \"ME\",3\r\n"),
        ("AT+CMGR=3", "\r\n+CMGR: 0,,17\r\n\r\n^RSSI: 9\r\n000405810180F60000906010308000230131\r\n\r\nOK\r\n"),
    ]);
    let mut bench = Bench::of(script.clone(), None);
    bench.until_ready().await;
    let inbound = bench.inbound().await;
    assert_eq!(text(&inbound), "1");
    done(inbound, "");
    bench.modem.close().await;
    let place = |command| script.place(command).unwrap_or_else(|| panic!("{command}"));
    let places = ["AT+CPMS=\"ME\"", "AT+CMGR=3", "AT+CMGD=3", "AT+CPMS=\"SM\""].map(place);
    assert!(places.is_sorted(), "{places:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_the_same_however_its_octets_arrive() {
    const URC: &[u8] = b"\r\n+CMTI: \"SM\",4\r\n";
    const LINES: [&[u8]; 4] = [b"AT+CMGR=1\r", b"\r\n+CMGR: 0,,1\r\n", b"000A\r\n", b"\r\nOK\r\n"];
    let length: usize = LINES.concat().len() + URC.len();
    for gap in 0..LINES.len() {
        let stream = [&LINES[..gap], &[URC], &LINES[gap..]].concat().concat();
        for cut in 1..length {
            let ((ours, mut theirs), clock) = (tokio::io::duplex(4096), Clock::by_hand(NOW));
            let mut chat =
                Chat::new(Box::new(ours), clock.clone(), super::super::pulse::pair().1, Trace::new("m", clock));
            let feed = async {
                theirs.write_all(&stream[..cut]).await.unwrap();
                tokio::task::yield_now().await;
                theirs.write_all(&stream[cut..]).await.unwrap();
            };
            let (lines, ()) = tokio::join!(chat.run("AT+CMGR=1", &["+CMGR:"], ANSWER_LIMIT), feed);
            let lines = lines.unwrap();
            assert_eq!((lines.len(), lines[0].pdu.as_deref()), (1, Some("000A")), "{gap} {cut}");
            assert_eq!(chat.unsolicited().await.unwrap().number(1), Some(4));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_without_a_reason_sets_the_modem_up_again() {
    let script = Scripted::new(&[
        ("AT+CMEE?", "\r\n+CMEE: 1\r\n\r\nOK\r\n"),
        ("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n"),
        ("AT+CMGS=15", "\r\nERROR\r\n"),
    ]);
    let mut bench = Bench::of(script.clone(), None);
    bench.until_ready().await;
    bench.submit("x");
    let Outcome::Refused { class: Retry::Reset, .. } = bench.outcome().await else { panic!() };
    bench.lost_and_back().await;
    bench.until_ready().await;
}

#[tokio::test(start_paused = true)]
async fn a_restart_is_noticed() {
    let script = Scripted::new(&[
        ("AT", "\r\nRDY\r\n\r\nOK\r\n"),
        ("AT+CMEE?", "\r\n+CMEE: 1\r\n\r\nOK\r\n"),
        ("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n"),
        ("AT+CSQ", "\r\n+CSQ: 12,99\r\n\r\nOK\r\n\r\nRDY\r\n"),
    ]);
    let mut bench = Bench::of(script.clone(), None);
    assert_eq!(bench.state().await, State::Starting);
    assert!(matches!(bench.state().await, State::Ready { signal: Some(12), .. }), "RDY before AT is no restart");
    let State::Lost { why } = bench.state().await else { panic!() };
    assert!(why.contains("restarted"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_modem_that_says_no_more_than_ok_is_driven_all_the_same() {
    let script = Scripted::new(&[]);
    let mut bench = Bench::of(script.clone(), None);
    // The second that a late line is waited for is the clock's.
    while !matches!(bench.event_later().await, Event::State { state: State::Ready { .. }, .. }) {}
    bench.modem.close().await;
    assert!(script.place("AT+CMGF=0") < script.place("AT+CREG?"));
}
