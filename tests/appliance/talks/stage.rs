//! A box for one talk, and how the deeds of the language are done to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::broadcast;
use yizhan::app::time::Synchronised;
use yizhan::clock::{Clock, Time};
use yizhan::demo;
use yizhan::number::Number;
use yizhan::sections::ALL;
use yizhan::sim::modem::{SentMessage, SimModem};
use yizhan::sites::files;
use yizhan::sms::bearer::State as ModemState;
use yizhan::sms::fields::{Address, Concat, Dcs, Element, Scts};
use yizhan::sms::outbox::{Message, State};
use yizhan::sms::pdu::{Deliver, UserData};
use yizhan::store::{Probe, Records};

use super::language::{Deed, Trouble};
use crate::harness::{Appliance, NOON, Outside, Reply, folder};

/// Real time after which a thing that was to happen did not; generous, since the machines are shared.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a state is looked at that nothing tells about.
const GLANCE: Duration = Duration::from_millis(3);
/// A store's free space in a talk, and what a full disk says.
const ROOM: u64 = 1 << 40;
/// A real port would be another each time.
const URL: &str = "http://yz.example";
/// China's clock, in quarter hours before UTC.
const QUARTERS: i8 = 32;

pub struct Stage {
    /// `None` only while the box restarts.
    appliance: Option<Appliance>,
    modem: SimModem,
    clock: Clock,
    free: Arc<AtomicU64>,
    /// Whether a time server keeps the machine's clock.
    synchronised: Arc<AtomicBool>,
    /// The world's time when the clock began to run.
    zero: Time,
    sent: broadcast::Receiver<SentMessage>,
    phone: String,
    /// The long text whose parts are being sent: its reference, of how many parts it is, and which went.
    long: (u8, u8, Vec<u8>),
    /// Service centres stamp seconds, and no two texts of a talk have the same.
    stamps: u64,
    plugged: bool,
}

impl Stage {
    pub async fn new() -> Stage {
        let modem = SimModem::new(Number::parse(demo::NUMBER).unwrap(), 30);
        let (sent, clock) = (modem.sent(), Clock::by_hand(NOON));
        let mut stage = Stage {
            appliance: None,
            modem,
            clock,
            free: Arc::new(AtomicU64::new(ROOM)),
            synchronised: Arc::new(AtomicBool::new(true)),
            zero: NOON,
            sent,
            phone: String::new(),
            long: (0, 0, Vec::new()),
            stamps: 0,
            plugged: true,
        };
        stage.start(folder()).await;
        let house = &stage.appliance().running.house;
        demo::fill(&stage.appliance().running.store, house, &stage.clock).await.unwrap();
        stage
    }

    async fn start(&mut self, data: std::path::PathBuf) {
        let free = Arc::clone(&self.free);
        let probe: Probe = Arc::new(move |_| Ok(free.load(Ordering::Relaxed)));
        let synchronised = Arc::clone(&self.synchronised);
        let synchronised: Synchronised = Arc::new(move || synchronised.load(Ordering::Relaxed));
        let outside = Outside { modem: self.modem.clone(), clock: self.clock.clone(), free: probe, synchronised };
        self.appliance = Some(Appliance::on(ALL, data, outside, |config| config.this_box.url = URL.to_owned()).await);
        self.until_ready(true).await.unwrap();
    }

    pub async fn end(mut self) {
        if let Some(appliance) = self.appliance.take() {
            appliance.stop().await;
        }
    }

    fn appliance(&self) -> &Appliance {
        self.appliance.as_ref().unwrap()
    }

    /// The next message to the phone that talks.
    pub async fn reply(&mut self) -> Result<String, String> {
        let came = tokio::time::timeout(PATIENCE, async {
            loop {
                match tokio::time::timeout(GLANCE, self.sent.recv()).await {
                    Ok(message) => return message.map_err(|e| e.to_string()),
                    Err(_) => self.find_modem(),
                }
            }
        });
        let came = came.await.map_err(|_| "nothing came".to_owned())??;
        if came.to != self.phone {
            return Err(format!("a message for {}: {:?}", came.to, came.text));
        }
        Ok(came.text.unwrap_or_default())
    }

    /// Nothing has come, and nothing is on its way.
    pub async fn silence(&mut self) -> Result<(), String> {
        self.calm().await?;
        match self.sent.try_recv() {
            Ok(came) => Err(format!("a message came for {}: {:?}", came.to, came.text)),
            Err(_) => Ok(()),
        }
    }

    pub async fn act(&mut self, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Phone(phone) => self.phone.clone_from(phone),
            Deed::Text(text) => assert!(self.modem.deliver(&self.phone, text, self.world())),
            Deed::TextTwice(text) => {
                let tpdu = self.tpdu(text, None);
                assert!(self.modem.deliver_tpdu(tpdu.clone()) && self.modem.deliver_tpdu(tpdu));
            }
            Deed::Part { index, total, text } => self.part(*index, *total, text),
            Deed::Reply(_) => {}
            Deed::Silence => self.silence().await?,
            Deed::Time(passes) => self.time(*passes).await?,
            Deed::Shows { target, words, not } => self.shows(target, words, *not).await?,
            Deed::Answers { book, site, text } => self.row(site, book, "", "answer", text).await?,
            Deed::Moderates { verb, book, site, words } => self.row(site, book, words, verb, "").await?,
            Deed::TakesOff { title, site } => self.take_off(title, site).await?,
            Deed::Operator { verb, site } => {
                self.api("POST", &format!("/api/v1/enterprises/{site}/{verb}"), "").await?;
            }
            Deed::Opens { name, site, industry } => {
                let body = serde_json::json!({ "name": name, "slug": site, "industry": industry }).to_string();
                self.api("POST", "/api/v1/enterprises", &body).await?;
            }
            Deed::Trouble(trouble) => self.trouble(*trouble).await?,
        }
        Ok(())
    }

    /// The time as everybody but the box knows it.
    fn world(&self) -> Time {
        self.zero.plus(self.clock.passed())
    }

    async fn trouble(&mut self, trouble: Trouble) -> Result<(), String> {
        match trouble {
            Trouble::Unplug => {
                self.calm().await?;
                self.plugged = false;
                self.modem.unplug();
                self.until_ready(false).await?;
            }
            Trouble::Plug => {
                self.plugged = true;
                self.modem.replug();
                self.until_ready(true).await?;
            }
            Trouble::Restart => self.restart(|_| {}).await?,
            Trouble::Off(long) => {
                let off = |stage: &mut Stage| {
                    stage.zero = stage.zero.plus(long);
                    stage.clock.set_machine(Time(0));
                    stage.synchronised.store(false, Ordering::Relaxed);
                };
                self.restart(off).await?;
            }
            Trouble::NetworkTime => {
                self.modem.set_network_time(&self.clock, self.world());
                let told = tokio::time::timeout(PATIENCE, self.clock.trusted());
                told.await.map_err(|_| "the box does not take the time")?;
            }
            Trouble::Full => {
                self.calm().await?;
                self.free.store(0, Ordering::Relaxed);
                // The store asks again after a second.
                self.clock.advance(Duration::from_secs(2));
            }
            Trouble::Space => {
                self.free.store(ROOM, Ordering::Relaxed);
                self.emptied().await?;
            }
        }
        Ok(())
    }

    async fn restart(&mut self, while_off: impl FnOnce(&mut Stage)) -> Result<(), String> {
        self.calm().await?;
        if let Some(appliance) = self.appliance.take() {
            let data = appliance.halt().await;
            while_off(self);
            self.start(data).await;
        }
        Ok(())
    }

    /// The modem looks at its storage each minute, so minutes pass until nothing is left there.
    async fn emptied(&self) -> Result<(), String> {
        let minutes = async {
            loop {
                self.clock.advance(Duration::from_secs(61));
                // Long enough that what the modem is just doing is over before the next minute.
                if tokio::time::timeout(Duration::from_secs(1), self.modem.idle()).await.is_ok() {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, minutes).await.map_err(|_| "a text was never taken".to_owned())
    }

    /// Time passes when all is done that was to be done before.
    async fn time(&mut self, passes: Duration) -> Result<(), String> {
        self.calm().await?;
        self.clock.advance(passes);
        Ok(())
    }

    /// Every text was read and nothing is being sent or to be sent now. A box without a modem or without room has
    /// nothing to come to an end with.
    async fn calm(&self) -> Result<(), String> {
        if !self.plugged || self.free.load(Ordering::Relaxed) < ROOM {
            return Ok(());
        }
        let idle = tokio::time::timeout(PATIENCE, self.modem.idle());
        idle.await.map_err(|_| "a text was never taken".to_owned())?;
        self.until("a message never left", |stage| {
            let newest: Vec<(Vec<u8>, Message)> =
                stage.appliance().running.store.scan_back(b"", None, 20).unwrap_or_default();
            let busy = |m: &Message| m.parts.iter().any(|p| matches!(p.state, State::Submitting | State::Queued));
            !newest.iter().any(|(_, m)| busy(m) && m.not_before <= stage.clock.now())
        })
        .await
    }

    async fn until_ready(&self, wanted: bool) -> Result<(), String> {
        let why = if wanted { "the modem is not found" } else { "the modem is not missed" };
        self.until(why, |stage| stage.is_ready() == wanted).await
    }

    fn is_ready(&self) -> bool {
        self.appliance().running.sms.health().iter().all(|m| matches!(m.state, ModemState::Ready { .. }))
    }

    async fn until(&self, why: &str, reached: impl Fn(&Stage) -> bool) -> Result<(), String> {
        let glances = async {
            while !reached(self) {
                self.find_modem();
                tokio::time::sleep(GLANCE).await;
            }
        };
        tokio::time::timeout(PATIENCE, glances).await.map_err(|_| why.to_owned())
    }

    /// A modem that was lost is looked for again after pauses of the box's clock, which nobody else moves.
    fn find_modem(&self) {
        let lost = |m: &yizhan::sms::Health| matches!(m.state, ModemState::Lost { .. });
        if self.plugged && self.appliance().running.sms.health().iter().any(lost) {
            self.clock.advance(Duration::from_secs(1));
        }
    }

    fn part(&mut self, index: u8, total: u8, text: &str) {
        let (reference, of, sent) = &self.long;
        if *of != total || sent.len() == usize::from(total) || sent.contains(&index) {
            self.long = (reference + 1, total, Vec::new());
        }
        self.long.2.push(index);
        let concat = Concat { reference: self.long.0.into(), total, index, wide: false };
        let tpdu = self.tpdu(text, Some(concat));
        assert!(self.modem.deliver_tpdu(tpdu));
    }

    fn tpdu(&mut self, text: &str, concat: Option<Concat>) -> Vec<u8> {
        self.stamps += 1;
        let stamp = Scts::of(self.world().plus(Duration::from_secs(self.stamps)), QUARTERS);
        let units = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let deliver = Deliver {
            more: false,
            loop_prevention: false,
            report_indication: false,
            reply_path: false,
            from: Address::of(&Number::parse(&self.phone).unwrap()),
            pid: 0,
            dcs: Dcs::UCS2,
            stamp,
            data: UserData { elements: concat.map(Element::concat).into_iter().collect(), units },
        };
        deliver.emit().unwrap()
    }

    async fn shows(&self, target: &str, words: &str, not: bool) -> Result<(), String> {
        self.calm().await?;
        let page = match target.starts_with("/api/") {
            true => self.appliance().api("GET", target, "").await,
            false => self.appliance().get(target, &[]).await,
        };
        let text = page.text();
        match text.contains(words) != not {
            true => Ok(()),
            false if not => Err(format!("{target} shows {words}")),
            false => Err(format!("{target} ({}) does not show {words}:\n{text}", page.status)),
        }
    }

    async fn row(&self, site: &str, section: &str, words: &str, verb: &str, text: &str) -> Result<(), String> {
        self.calm().await?;
        let rows = self.api("GET", &format!("/api/v1/sites/{site}/rows?section={section}"), "").await?.json();
        let items = rows["items"].as_array().cloned().unwrap_or_default();
        let hit = |row: &&serde_json::Value| row["fields"]["text"].as_str().is_some_and(|t| t.contains(words));
        let row = items.iter().rev().find(hit).ok_or("there is no such post")?;
        let id = row["id"].as_str().unwrap_or_default();
        let body = if text.is_empty() { String::new() } else { serde_json::json!({ "text": text }).to_string() };
        self.api("POST", &format!("/api/v1/sites/{site}/rows/{id}/{verb}"), &body).await.map(drop)
    }

    async fn take_off(&self, title: &str, site: &str) -> Result<(), String> {
        let export = self.api("GET", &format!("/api/v1/sites/{site}/export"), "").await?;
        let mut all = files::untar(&export.body).map_err(|e| e.to_string())?;
        let text = String::from_utf8_lossy(&all["site.toml"]).into_owned();
        let mut toml: toml::Table = text.parse().map_err(|e| format!("{e}"))?;
        let mut taken = 0;
        let sections = toml.get_mut("section").and_then(|s| s.as_array_mut());
        for section in sections.into_iter().flatten() {
            let Some(items) = section.get_mut("item").and_then(|i| i.as_array_mut()) else { continue };
            let before = items.len();
            items.retain(|i| i.get("title").and_then(|t| t.as_str()) != Some(title));
            taken += before - items.len();
        }
        if taken != 1 {
            return Err(format!("{title} is there {taken} times"));
        }
        all.insert("site.toml".to_owned(), toml.to_string().into_bytes());
        let tar = files::tar(&all).map_err(|e| e.to_string())?;
        checked(self.appliance().api_octets("POST", "/api/v1/sites", &tar).await).map(drop)
    }

    async fn api(&self, method: &str, target: &str, body: &str) -> Result<Reply, String> {
        checked(self.appliance().api(method, target, body).await)
    }
}

fn checked(reply: Reply) -> Result<Reply, String> {
    if reply.status < 300 { Ok(reply) } else { Err(format!("the API answered {}: {}", reply.status, reply.text())) }
}
