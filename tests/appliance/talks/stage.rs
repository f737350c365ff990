//! The stage of one talk: how the deeds of the language are done, wherever the box is.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::net::{TcpStream, UnixStream};
use tokio::sync::broadcast;
use yizhan::number::Number;
use yizhan::sim::modem::SentMessage;
use yizhan::sites::files;
use yizhan::sms::fields::{Address, Concat, Dcs, Element, Scts};
use yizhan::sms::pdu::{Deliver, UserData};

use super::language::{Deed, Trouble};
use super::place::Place;
use crate::harness::{Reply, exchange, octets_of};

/// Real time after which a thing that was to happen did not; generous, since the machines are shared and emulated.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a state is looked at that nothing tells about.
const GLANCE: Duration = Duration::from_millis(5);
/// China's clock, in quarter hours before UTC.
const QUARTERS: i8 = 32;

pub struct Stage {
    pub place: Place,
    sent: broadcast::Receiver<SentMessage>,
    /// What came for an application of the phone, and nobody has looked at.
    data: VecDeque<SentMessage>,
    phone: String,
    /// The long text whose parts are being sent: its reference, of how many parts it is, and which went.
    long: (u8, u8, Vec<u8>),
    /// Service centres stamp seconds, and no two texts of a talk have the same.
    stamps: u64,
    plugged: bool,
    /// The modem is silent now and then, and minutes pass until that is noticed.
    silent: bool,
    full: bool,
    held: bool,
    /// The first message of the box that had not come to its end when it was last asked for.
    open_message: u64,
}

impl Stage {
    pub async fn new(place: Place) -> Stage {
        let mut stage = Stage {
            sent: place.modem.sent(),
            data: VecDeque::new(),
            place,
            phone: String::new(),
            long: (0, 0, Vec::new()),
            stamps: 0,
            plugged: true,
            silent: false,
            full: false,
            held: false,
            open_message: 1,
        };
        stage.until_ready(true).await.unwrap();
        stage
    }

    /// The next message to the phone that talks.
    pub async fn reply(&mut self) -> Result<String, String> {
        let came = tokio::time::timeout(PATIENCE, async {
            loop {
                match tokio::time::timeout(GLANCE, self.sent.recv()).await {
                    Ok(Ok(message)) if message.text.is_none() => self.data.push_back(message),
                    Ok(message) => return message.map_err(|e| e.to_string()),
                    Err(_) => self.find_modem().await,
                }
            }
        });
        let came = came.await.map_err(|_| "nothing came".to_owned())??;
        if came.to != self.phone {
            return Err(format!("a message for {}: {:?}", came.to, came.text));
        }
        Ok(self.place.written(&came.text.unwrap_or_default()))
    }

    /// Nothing has come, and nothing is on its way.
    pub async fn silence(&mut self) -> Result<(), String> {
        self.calm().await?;
        while let Ok(came) = self.sent.try_recv() {
            match &came.text {
                Some(text) => return Err(format!("a message came for {}: {text:?}", came.to)),
                None => self.data.push_back(came),
            }
        }
        Ok(())
    }

    /// What has come for an application of the phone: a push or a card with these words, or nothing.
    async fn data(&mut self, wanted: Option<(u16, &str)>) -> Result<(), String> {
        self.silence().await?;
        let came = self.data.pop_front();
        let told =
            came.as_ref().map(octets_of).map(|(port, octets)| (port, String::from_utf8_lossy(&octets).into_owned()));
        match (wanted, told) {
            (None, None) => Ok(()),
            (Some((port, words)), Some((to, text))) if port == to && self.place.written(&text).contains(words) => {
                Ok(())
            }
            (_, told) => Err(format!("what came is {told:?}")),
        }
    }

    pub async fn act(&mut self, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::Phone(phone) => self.phone.clone_from(phone),
            Deed::Text(text) => assert!(self.place.modem.deliver(&self.phone, text, self.place.world())),
            Deed::TextTwice(text) => {
                let tpdu = self.tpdu(text, None);
                let modem = &self.place.modem;
                assert!(modem.deliver_tpdu(tpdu.clone()) && modem.deliver_tpdu(tpdu));
            }
            Deed::Part { index, total, text } => self.part(*index, *total, text),
            Deed::Reply(_) => {}
            Deed::Silence => self.silence().await?,
            Deed::Data(None) => self.data(None).await?,
            Deed::Data(Some((port, words))) => self.data(Some((*port, words))).await?,
            Deed::Time(passes) => self.time(*passes).await?,
            Deed::Shows { target, words, not } if target.starts_with("/api/v1/queue") => {
                self.calm().await?;
                self.shows(target, words, *not).await?;
            }
            Deed::Shows { target, words, not } => self.shows(target, words, *not).await?,
            Deed::Answers { book, site, text } => self.row(site, book, "", "answer", text).await?,
            Deed::Moderates { verb, book, site, words } => self.row(site, book, words, verb, "").await?,
            Deed::TakesOff { title, site } => self.take_off(title, site).await?,
            Deed::Operator { verb, site } => {
                self.api("POST", &format!("/api/v1/enterprises/{site}/{verb}"), "").await?;
            }
            Deed::Queue(verb) => {
                self.calm().await?;
                self.api("POST", &format!("/api/v1/queue/{verb}"), "").await?;
                self.held = if *verb == "purge" { self.held } else { *verb == "hold" };
            }
            Deed::Opens { name, site, industry } => {
                let body = serde_json::json!({ "name": name, "slug": site, "industry": industry }).to_string();
                self.api("POST", "/api/v1/enterprises", &body).await?;
            }
            Deed::Trouble(trouble) => self.trouble(*trouble).await?,
            Deed::Modem(words) => self.modem(words).await?,
        }
        Ok(())
    }

    /// Whether the box waits for what the modem does not say.
    pub fn waits(words: &str) -> bool {
        ["hang", "lose", "no "].iter().any(|beginning| words.starts_with(beginning))
    }

    async fn modem(&mut self, words: &str) -> Result<(), String> {
        self.calm().await?;
        // Another modem is plugged in.
        let another = words.starts_with("be ");
        if another {
            self.trouble(Trouble::Unplug).await?;
        }
        self.place.modem.suffer(words)?;
        if another {
            self.trouble(Trouble::Plug).await?;
        }
        if self.silent && words == "well" {
            // An answer that was lost before is still waited for.
            for _ in 0..100 {
                self.find_modem().await;
                tokio::time::sleep(GLANCE).await;
            }
        }
        self.silent = Stage::waits(words) || self.silent && words != "well";
        if words.starts_with("hang until") {
            self.until_ready(false).await?;
        }
        if words == "well" {
            self.until_ready(true).await?;
        }
        Ok(())
    }

    async fn trouble(&mut self, trouble: Trouble) -> Result<(), String> {
        match trouble {
            Trouble::Unplug => {
                self.calm().await?;
                self.plugged = false;
                self.place.unplug();
                self.until_ready(false).await?;
            }
            Trouble::Plug => {
                self.plugged = true;
                self.place.plug();
                self.until_ready(true).await?;
            }
            Trouble::Restart => {
                self.calm().await?;
                self.place.restart().await;
                self.until_ready(true).await?;
            }
            Trouble::Off(long) => {
                self.calm().await?;
                self.place.switch_off(long).await;
                self.until_ready(true).await?;
            }
            Trouble::NetworkTime => {
                let place = &self.place;
                place.modem.set_network_time(&place.clock, place.world());
                let told = tokio::time::timeout(PATIENCE, place.clock.trusted());
                told.await.map_err(|_| "the box does not take the time")?;
            }
            Trouble::Full => {
                self.calm().await?;
                self.full = true;
                self.place.set_full(true);
                // The store asks again after a second.
                self.place.advance(Duration::from_secs(2)).await;
            }
            Trouble::Space => {
                self.full = false;
                self.place.set_full(false);
                self.emptied().await?;
            }
        }
        Ok(())
    }

    /// The modem looks at its storage each minute, so minutes pass until nothing is left there.
    async fn emptied(&self) -> Result<(), String> {
        let minutes = async {
            loop {
                self.place.advance(Duration::from_secs(61)).await;
                // Long enough that what the modem is just doing is over before the next minute.
                if tokio::time::timeout(Duration::from_secs(1), self.place.modem.idle()).await.is_ok() {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, minutes).await.map_err(|_| "a text was never taken".to_owned())
    }

    /// Time passes when all is done that was to be done before.
    async fn time(&mut self, passes: Duration) -> Result<(), String> {
        self.calm().await?;
        self.place.advance(passes).await;
        Ok(())
    }

    /// Every text was read and nothing is being sent or to be sent now. A box without a modem or without room has
    /// nothing to come to an end with.
    async fn calm(&mut self) -> Result<(), String> {
        if !self.plugged || self.full {
            return Ok(());
        }
        let idle = tokio::time::timeout(PATIENCE, self.place.modem.idle());
        idle.await.map_err(|_| "a text was never taken".to_owned())?;
        if self.held {
            return Ok(());
        }
        let leave = async {
            while self.is_sending().await {
                self.find_modem().await;
                tokio::time::sleep(GLANCE).await;
            }
        };
        tokio::time::timeout(PATIENCE, leave).await.map_err(|_| "a message never left".to_owned())
    }

    async fn is_sending(&mut self) -> bool {
        loop {
            let message = self.asked("GET", &format!("/api/v1/messages/{}", self.open_message), b"").await;
            if message.status == 404 {
                return false;
            }
            if ["queued", "submitting"].contains(&message.json()["state"].as_str().unwrap_or_default()) {
                return true;
            }
            self.open_message += 1;
        }
    }

    async fn until_ready(&mut self, wanted: bool) -> Result<(), String> {
        let glances = async {
            while (self.modem_state().await == "ready") != wanted {
                self.find_modem().await;
                tokio::time::sleep(GLANCE).await;
            }
        };
        let why = if wanted { "the modem is not found" } else { "the modem is not missed" };
        tokio::time::timeout(PATIENCE, glances).await.map_err(|_| why.to_owned())
    }

    /// `ready`, or how it is instead.
    async fn modem_state(&self) -> String {
        let modem = self.asked("GET", "/api/v1/modems", b"").await.json()["items"][0].take();
        if modem["ready"] == true { "ready".to_owned() } else { modem["state"].as_str().unwrap_or_default().to_owned() }
    }

    /// A modem that was lost is looked for again after pauses of the box's clock: they are not waited for.
    async fn find_modem(&self) {
        if self.silent || self.plugged && self.modem_state().await == "lost" {
            self.place.advance(Duration::from_secs(1)).await;
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
        assert!(self.place.modem.deliver_tpdu(tpdu));
    }

    fn tpdu(&mut self, text: &str, concat: Option<Concat>) -> Vec<u8> {
        self.stamps += 1;
        let stamp = Scts::of(self.place.world().plus(Duration::from_secs(self.stamps)), QUARTERS);
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

    async fn shows(&mut self, target: &str, words: &str, not: bool) -> Result<(), String> {
        self.calm().await?;
        let page = if target.starts_with("/api/") {
            self.asked("GET", target, b"").await
        } else {
            exchange(TcpStream::connect(self.place.address).await.unwrap(), "GET", target, &[], b"").await
        };
        let text = page.text();
        match text.contains(words) != not {
            true => Ok(()),
            false if not => Err(format!("{target} shows {words}")),
            false => Err(format!("{target} ({}) does not show {words}:\n{text}", page.status)),
        }
    }

    async fn row(&mut self, site: &str, section: &str, words: &str, verb: &str, text: &str) -> Result<(), String> {
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
        checked(self.asked("POST", "/api/v1/sites", &tar).await).map(drop)
    }

    async fn api(&self, method: &str, target: &str, body: &str) -> Result<Reply, String> {
        checked(self.asked(method, target, body.as_bytes()).await)
    }

    /// On the local socket.
    async fn asked(&self, method: &str, target: &str, body: &[u8]) -> Reply {
        let stream = UnixStream::connect(self.place.socket()).await.unwrap();
        exchange(stream, method, target, &[("content-type", "application/json")], body).await
    }
}

fn checked(reply: Reply) -> Result<Reply, String> {
    if reply.status < 300 { Ok(reply) } else { Err(format!("the API answered {}: {}", reply.status, reply.text())) }
}
