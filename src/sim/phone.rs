//! The handset page: people in a browser who text the simulated modem and see what comes back, and pages as a phone gets them.
//!
//! The page's own files are templates; here are its routes. With a real modem nothing can be sent from the page, and it
//! says which number to text instead.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rust_embed::RustEmbed;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::modem::{SentMessage, SimModem};
use crate::clock::{Clock, Time};
use crate::message::{Request, Response, pairs};
use crate::number::Number;
use crate::sites::{House, enterprise};
use crate::sms::parts::segments;
use crate::stop::Stop;
use crate::store::Store;
use crate::wap::decompile;

#[derive(RustEmbed)]
#[folder = "templates/handset"]
struct Files;

/// Lines kept of one phone's thread, and phones: the page is a demo, not an archive.
const LINES_MAX: usize = 300;
const PHONES_MAX: usize = 50;
const TEXT_CHARS_MAX: usize = 1600;
/// Below the 30 s that a request may take.
const POLL: Duration = Duration::from_secs(20);
/// What the demo skips at a time: the longest month.
const ADVANCE_MAX_S: u64 = 31 * 24 * 3600;
/// The number of the first person.
const FIRST_PHONE: &str = "+8613912345678";

pub struct Phones {
    modem: Option<SimModem>,
    house: Arc<House>,
    store: Store,
    clock: Clock,
    /// What a deck may cost, compiled, on a phone like the page's.
    deck_octets: usize,
    threads: Mutex<Threads>,
    changed: watch::Sender<u64>,
    stop: Stop,
}

#[derive(Default)]
struct Threads {
    by_phone: HashMap<String, VecDeque<Line>>,
    last: u64,
}

struct Line {
    id: u64,
    from: &'static str,
    text: String,
    time: Time,
    parts: usize,
}

impl Phones {
    /// Until `stop` is true.
    pub fn new(
        modem: Option<SimModem>,
        house: Arc<House>,
        store: Store,
        clock: Clock,
        deck_octets: usize,
        stop: Stop,
    ) -> Arc<Phones> {
        let (threads, changed) = (Mutex::default(), watch::Sender::new(0));
        Arc::new(Phones { modem, house, store, clock, deck_octets, threads, changed, stop })
    }

    /// Puts what the box sends into the threads.
    pub async fn run(self: Arc<Self>) {
        let Some(modem) = &self.modem else { return };
        let mut sent = modem.sent();
        let mut stop = self.stop.clone();
        loop {
            tokio::select! {
                message = sent.recv() => match message {
                    Ok(message) => self.arrived(message),
                    // Slower than the box: what is left out is not on the page, and that is all.
                    Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                    Err(_) => return,
                },
                () = stop.wait() => return,
            }
        }
    }

    pub async fn answer(self: Arc<Self>, request: Request) -> Response {
        let path = request.path();
        match (request.method.as_str(), path.strip_prefix("/handset").unwrap_or("")) {
            ("GET", "") => Response { status: 301, ..Response::default() }.with("location", "/handset/"),
            ("GET", "/state") => of_json(200, &self.state()),
            ("GET", "/messages") => self.messages(&request).await,
            ("POST", "/send") => self.send(&request),
            ("POST", "/time") => self.time(&request),
            ("POST", "/deck") => deck(&request.body),
            ("GET", name) => file(name.trim_start_matches('/')),
            _ => failed(405, "method", "GET or POST"),
        }
    }

    fn state(&self) -> Value {
        let companies = enterprise::enterprises(&self.store, None, PHONES_MAX).unwrap_or_default();
        let sites: Vec<Value> = companies
            .iter()
            .filter(|c| c.state == enterprise::State::Open)
            .map(|c| json!({ "name": c.short_name, "code": c.code, "path": format!("/s/{}/", c.slug) }))
            .collect();
        json!({
            "number": self.house.number_for(None), "phone": FIRST_PHONE, "sites": sites, "home": "/?v=wmlc",
            "deck_octets": self.deck_octets,
            "modem": if self.modem.is_some() { "simulated" } else { "real" },
            "now": self.clock.now().rfc3339(), "url": self.house.url, "lang": if self.house.lang == crate::words::Lang::En { "en" } else { "zh" },
        })
    }

    fn send(&self, request: &Request) -> Response {
        let Some(modem) = &self.modem else {
            return failed(409, "real_modem", "the modem is real: text its number with a phone of your own");
        };
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let text = body["text"].as_str().unwrap_or("");
        let Some(phone) = body["phone"].as_str().and_then(Number::parse).filter(Number::is_person) else {
            return failed(422, "invalid", "phone: not a phone number");
        };
        if text.is_empty() || text.chars().count() > TEXT_CHARS_MAX {
            return failed(422, "invalid", "text: 1 to 1600 characters");
        }
        let now = self.clock.now();
        let Some(id) = self.add(phone.as_str(), "me", text.to_owned(), now, segments(text)) else {
            return failed(429, "busy", "too many phones");
        };
        if !modem.deliver(phone.as_str(), text, now) {
            return failed(503, "busy", "the simulated network is full");
        }
        of_json(202, &json!({ "id": id }))
    }

    /// Lets time pass for the whole box. With a real modem the page does not offer it, since the network's time cannot be
    /// skipped; whoever has a simulated one on the line may ask.
    fn time(&self, request: &Request) -> Response {
        let form = pairs(&request.body, None);
        let wanted = form.iter().find(|(name, _)| name == "advance_s").and_then(|(_, value)| value.parse().ok());
        let Some(seconds) = wanted.filter(|s| (1..=ADVANCE_MAX_S).contains(s)) else {
            return failed(400, "invalid", &format!("advance_s: a whole number from 1 to {ADVANCE_MAX_S}"));
        };
        self.clock.advance(Duration::from_secs(seconds));
        Response { status: 204, ..Response::default() }
    }

    async fn messages(&self, request: &Request) -> Response {
        let query = pairs(request.query().as_bytes(), None);
        let get = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
        let after: u64 = get("after").parse().unwrap_or(0);
        let phone = get("phone");
        let mut changed = self.changed.subscribe();
        let wait = async {
            loop {
                let items = self.since(&phone, after);
                if !items.is_empty() || changed.changed().await.is_err() {
                    return items;
                }
            }
        };
        // A page that waits must not keep the box from its end.
        let mut stop = self.stop.clone();
        let items = tokio::select! {
            items = tokio::time::timeout(POLL, wait) => items.unwrap_or_default(),
            () = stop.wait() => Vec::new(),
        };
        let next = items.last().and_then(|i| i["id"].as_u64()).unwrap_or(after);
        of_json(200, &json!({ "items": items, "next": next }))
    }

    fn since(&self, phone: &str, after: u64) -> Vec<Value> {
        let threads = self.lock();
        let lines = threads.by_phone.get(phone).into_iter().flatten().filter(|l| l.id > after);
        lines
            .map(|l| json!({ "id": l.id, "from": l.from, "text": l.text, "time": l.time.rfc3339(), "parts": l.parts, "kind": "text" }))
            .collect()
    }

    fn arrived(&self, message: SentMessage) {
        if let Some(text) = message.text {
            let parts = message.tpdus.len();
            self.add(&message.to, "box", text, self.clock.now(), parts);
        }
    }

    fn add(&self, phone: &str, from: &'static str, text: String, time: Time, parts: usize) -> Option<u64> {
        let id = {
            let mut threads = self.lock();
            if threads.by_phone.len() >= PHONES_MAX && !threads.by_phone.contains_key(phone) {
                return None;
            }
            threads.last += 1;
            let id = threads.last;
            let thread = threads.by_phone.entry(phone.to_owned()).or_default();
            thread.push_back(Line { id, from, text, time, parts });
            if thread.len() > LINES_MAX {
                thread.pop_front();
            }
            id
        };
        self.changed.send_replace(id);
        Some(id)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a compiled deck says: the page shows decks as they come over the air.
fn deck(octets: &[u8]) -> Response {
    match decompile::xml(octets) {
        Ok(wml) => of_json(200, &json!({ "wml": wml })),
        Err(error) => failed(422, "invalid", &error.to_string()),
    }
}

fn file(name: &str) -> Response {
    let name = if name.is_empty() { "index.html" } else { name };
    let kind = match name.rsplit_once('.').map(|(_, e)| e) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => return Response::text(404, "not found"),
    };
    match Files::get(name) {
        Some(found) => Response::new(200, kind, found.data.into_owned())
            .with("cache-control", "no-cache")
            .with("content-security-policy", "default-src 'self'; style-src 'self'; img-src 'self' data:")
            .with("x-content-type-options", "nosniff"),
        None => Response::text(404, "not found"),
    }
}

fn of_json(status: u16, value: &Value) -> Response {
    Response::new(status, "application/json", value.to_string()).with("cache-control", "no-store")
}

fn failed(status: u16, code: &str, message: &str) -> Response {
    of_json(status, &json!({ "error": { "code": code, "message": message } }))
}
