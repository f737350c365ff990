//! A box in this process with verbs: `appliance.phone("+8613…").asks("1")`, `appliance.get("/s/tea/", …)`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{Mutex, broadcast};
use yizhan::app::time::Synchronised;
use yizhan::app::{self, Plan, Running};
use yizhan::clock::{Clock, Time};
use yizhan::config::Config;
use yizhan::demo;
use yizhan::number::Number;
use yizhan::sections::{ALL, Kind};
use yizhan::sim::modem::{SentMessage, SimModem};
use yizhan::sms::bearer::State;
use yizhan::sms::fields::ports_of;
use yizhan::sms::pdu::Submit;
use yizhan::store::{Probe, free_bytes};

/// 2026-11-22 12:00 in Jinan, a Sunday.
pub const NOON: Time = Time(1_795_320_000_000);
/// Real time after which a thing that was to happen did not; generous, since the machines are shared.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Appliance {
    pub running: Running,
    pub modem: SimModem,
    pub clock: Clock,
    pub data: PathBuf,
    sent: Mutex<broadcast::Receiver<SentMessage>>,
    data_sent: Mutex<broadcast::Receiver<SentMessage>>,
}

/// What a box stands on.
pub struct Outside {
    pub modem: SimModem,
    pub clock: Clock,
    pub free: Probe,
    pub synchronised: Synchronised,
}

impl Default for Outside {
    fn default() -> Outside {
        let modem = SimModem::new(Number::parse(demo::NUMBER).unwrap(), 30);
        let (clock, free, synchronised) = (Clock::by_hand(NOON), Arc::new(free_bytes), Arc::new(|| true));
        Outside { modem, clock, free, synchronised }
    }
}

pub struct Phone<'a> {
    appliance: &'a Appliance,
    pub number: String,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or("", |(_, v)| v.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Appliance {
    /// With the sample companies.
    pub async fn start() -> Appliance {
        Appliance::with(ALL, folder(), |_| {}).await
    }

    /// With other kinds, on `data`, with the config changed.
    pub async fn with(
        kinds: &'static [&'static dyn Kind],
        data: PathBuf,
        change: impl FnOnce(&mut Config),
    ) -> Appliance {
        let appliance = Appliance::empty(kinds, data, change).await;
        demo::fill(&appliance.running.store, &appliance.running.house, &appliance.clock).await.unwrap();
        appliance
    }

    /// Without a company.
    pub async fn empty(
        kinds: &'static [&'static dyn Kind],
        data: PathBuf,
        change: impl FnOnce(&mut Config),
    ) -> Appliance {
        Appliance::on(kinds, data, Outside::default(), change).await
    }

    /// On a modem, a clock and a disk that may have been another box's.
    pub async fn on(
        kinds: &'static [&'static dyn Kind],
        data: PathBuf,
        Outside { modem, clock, free, synchronised }: Outside,
        change: impl FnOnce(&mut Config),
    ) -> Appliance {
        let (sent, data_sent) = (Mutex::new(modem.sent()), Mutex::new(modem.sent()));
        let mut config = Config::demo(data.clone(), "127.0.0.1:0".parse().unwrap());
        // A test's disk may be nearly full; what happens then is another test's.
        config.store.reserve = 1 << 20;
        // Boxes of other tests run beside this one.
        (config.wap.connectionless_port, config.wap.session_port) = (0, 0);
        change(&mut config);
        let simulated = Some(modem.clone());
        let plan =
            Plan { clock: clock.clone(), simulated, handset: true, kinds, free, synchronised, ..Plan::new(config) };
        let running = app::start(plan).await.unwrap();
        Appliance { running, modem, clock, data, sent, data_sent }
    }

    pub fn phone(&self, number: &str) -> Phone<'_> {
        Phone { appliance: self, number: number.to_owned() }
    }

    /// The next text that the box sends to anybody.
    pub async fn next_sent(&self) -> SentMessage {
        next_of(&self.sent, true).await
    }

    /// The next message to an application of anybody's phone.
    pub async fn next_data(&self) -> SentMessage {
        next_of(&self.data_sent, false).await
    }

    /// The texts that were sent and nobody has looked at.
    pub async fn unread(&self) -> Vec<SentMessage> {
        let mut sent = self.sent.lock().await;
        std::iter::from_fn(|| sent.try_recv().ok()).filter(|message| message.text.is_some()).collect()
    }

    pub async fn get(&self, target: &str, headers: &[(&str, &str)]) -> Reply {
        self.http("GET", target, headers, b"").await
    }

    pub async fn post(&self, target: &str, headers: &[(&str, &str)], form: &str) -> Reply {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.http("POST", target, &all, form.as_bytes()).await
    }

    /// One request on a connection of its own. Without a `host` header among `headers` it goes to the portal.
    pub async fn http(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let stream = TcpStream::connect(self.running.address).await.unwrap();
        exchange(stream, method, target, headers, body).await
    }

    /// The API on the local socket.
    pub async fn api(&self, method: &str, target: &str, body: &str) -> Reply {
        self.api_octets(method, target, body.as_bytes()).await
    }

    pub async fn api_octets(&self, method: &str, target: &str, body: &[u8]) -> Reply {
        let stream = UnixStream::connect(self.data.join("yizhan.sock")).await.unwrap();
        exchange(stream, method, target, &[("content-type", "application/json")], body).await
    }

    /// Lets time pass, once nothing is on its way, and waits for the end of the hourly sweep that it brings.
    pub async fn sweeps_after(&self, time: Duration) {
        self.until("a message is still on its way", || self.running.sms.figures().submitting == 0).await;
        tokio::time::timeout(PATIENCE, self.modem.idle()).await.expect("a text was never taken");
        let mut swept = self.running.swept.clone();
        let runs = swept.borrow().runs;
        self.clock.advance(time);
        let done = swept.wait_for(|done| done.runs > runs);
        let done = *tokio::time::timeout(PATIENCE, done).await.expect("no sweep").unwrap();
        assert_eq!(done.failed, 0, "a part of the sweep failed");
    }

    /// Waits for a modem that took the jump of the clock for its own silence; it looks again after pauses of that clock.
    pub async fn modem_is_back(&self) {
        self.until("the modem is lost", || {
            let up = self.running.sms.health().iter().all(|modem| matches!(modem.state, State::Ready { .. }));
            if !up {
                self.clock.advance(Duration::from_secs(1));
            }
            up
        })
        .await;
    }

    async fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let wait = async {
            while !is_so() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{what}"));
    }

    /// Ends the box and leaves its folder.
    pub async fn halt(self) -> PathBuf {
        self.running.stop().await;
        self.data
    }

    pub async fn stop(self) {
        let data = self.halt().await;
        let _ = std::fs::remove_dir_all(data);
    }
}

impl Phone<'_> {
    /// Texts the box and forgets about it.
    pub fn says(&self, text: &str) {
        assert!(self.appliance.modem.deliver(&self.number, text, self.appliance.clock.now()), "the network is full");
    }

    /// Texts the box and waits for its reply to this phone.
    pub async fn asks(&self, text: &str) -> String {
        self.says(text);
        self.gets().await
    }

    /// The next message to this phone; one to another phone before it fails the test.
    pub async fn gets(&self) -> String {
        let sent = self.appliance.next_sent().await;
        assert_eq!(sent.to, self.number, "a message for somebody else: {sent:?}");
        sent.text.unwrap_or_default()
    }

    /// Texts the box, which must read it and not answer.
    pub async fn gets_nothing_for(&self, text: &str) {
        self.says(text);
        tokio::time::timeout(PATIENCE, self.appliance.modem.idle()).await.expect("the text was never taken");
        let sent = self.appliance.unread().await;
        assert!(sent.is_empty(), "{sent:?}");
    }
}

async fn next_of(sent: &Mutex<broadcast::Receiver<SentMessage>>, text: bool) -> SentMessage {
    let mut sent = sent.lock().await;
    let next = async {
        loop {
            let message = sent.recv().await.unwrap();
            if message.text.is_some() == text {
                return message;
            }
        }
    };
    tokio::time::timeout(PATIENCE, next).await.expect("the box sent nothing")
}

/// The destination port and the octets of a message that is no text.
pub fn octets_of(message: &SentMessage) -> (u16, Vec<u8>) {
    let submits: Vec<Submit> = message.tpdus.iter().map(|tpdu| Submit::parse(tpdu).unwrap()).collect();
    let ports = ports_of(&submits[0].data.elements).expect("no ports");
    (ports.destination, submits.into_iter().flat_map(|submit| submit.data.units).collect())
}

/// One request on this stream, which then ends.
pub async fn exchange<S>(mut stream: S, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let mut head = format!("{method} {target} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    if !headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("host")) {
        head.push_str("host: localhost\r\n");
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    // A box that has heard enough may stop reading; what it answered counts.
    let _ = stream.write_all(body).await;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(PATIENCE, read).await.expect("no answer").unwrap();
    parse(&answer)
}

/// A response with a length; chunked ones our server never sends.
pub fn parse(answer: &[u8]) -> Reply {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).expect("a status");
    let headers =
        lines.filter_map(|l| l.split_once(": ")).map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect();
    Reply { status, headers, body: answer[end + 4..].to_vec() }
}

/// A new folder of this test's own.
pub fn folder() -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("yizhan-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A file of the repository's `tests/data`.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}
