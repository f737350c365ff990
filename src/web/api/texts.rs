//! What the API asks of whoever carries text messages. `app` joins it to the SMS room; the web knows no bearer.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::clock::Time;
use crate::error::Result;
use crate::number::Number;
use crate::words::Lang;

pub type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

pub trait Texts: Send + Sync {
    /// Queues a message; the same key again answers with the message it made.
    fn send(&self, order: Order) -> Later<'_, Sent>;
    fn message(&self, id: u64) -> Result<Message>;
    /// Messages after the row `after`, oldest first, and the row to go on from.
    fn messages(&self, which: &Which, after: u64, limit: usize) -> Result<(Vec<Message>, u64)>;
    /// What happened after the event `after`, oldest first, as webhooks are told it.
    fn events(&self, after: u64, limit: usize) -> Result<Vec<Value>>;
    /// Texts that came in after the row `after`, oldest first.
    fn inbox(&self, after: u64, limit: usize) -> Result<Vec<Inbound>>;
    /// The number of the last text that came in and has gone to the archive; 0 if none has.
    fn archived(&self) -> Result<u64>;
    /// What is said of them in this language.
    fn modems(&self, lang: Lang) -> Vec<Modem>;
    /// What was said to a modem and what it answered, behind the number `after`.
    fn modem_log(&self, name: &str, after: u64) -> Result<ModemLog>;
    /// Keeps that from now on for so long, with numbers and messages if `whole`; no time ends it.
    fn keep_modem_log(&self, name: &str, whole: bool, long: Duration) -> Result<ModemLog>;
    /// What waits to be sent. Looks at all of it: not for every page.
    fn backlog(&self, lang: Lang) -> Backlog;
    /// Another transaction may have queued something.
    fn look(&self) -> Result<()>;
    /// Messages that wait, behind the number `after`, oldest first.
    fn queue(&self, after: u64, limit: usize) -> Result<Vec<Waiting>>;
    /// Holds back what is chosen, or lets it go.
    fn hold(&self, on: bool, choice: Choice) -> Later<'_, Held>;
    /// Cancels what waits and is chosen; how many that were.
    fn purge(&self, choice: Choice) -> Later<'_, u64>;
    /// Takes a message back that has not left.
    fn cancel(&self, id: u64) -> Later<'_, ()>;
}

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct Order {
    pub to: Number,
    /// One of ours; any when `None`.
    pub from: Option<Number>,
    pub text: String,
    pub content: Content,
    /// transactional, code, care or bulk; checked by whoever takes it.
    pub class: String,
    pub site: Option<String>,
    /// A day when not named.
    pub validity: Option<Duration>,
    /// It does not leave before that has passed.
    pub wait: Duration,
    pub key: String,
    pub callback: Option<Callback>,
}

/// What the text of an order goes out as.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Content {
    #[default]
    Text,
    /// Shown at once and not kept.
    Flash,
    /// In place of the last one with this number, 1 to 7.
    Replace(u8),
    /// With an address, for phones that open such a thing; others get both as a text.
    Push { url: String, id: String, action: String },
    /// For the phone's book; the text is the name.
    Card(Card),
    /// Octets for an application of the phone.
    Data { destination: u16, source: u16, octets: Vec<u8> },
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    pub phone: String,
    pub org: String,
    pub title: String,
    pub email: String,
    pub url: String,
}

/// An address that is fetched when the message gets further, with Kannel's escapes.
#[derive(Clone, Debug, PartialEq)]
pub struct Callback {
    /// Who asked: one program's dead address harms no other's.
    pub user: String,
    pub url: String,
    /// Kannel's dlr-mask.
    pub mask: u8,
    pub account: String,
    pub smsc: String,
}

/// Which messages of a listing.
#[derive(Clone, Debug, Default)]
pub struct Which {
    pub state: Option<String>,
    pub to: Option<Number>,
    pub site: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Sent {
    pub id: String,
    pub state: &'static str,
    /// The text that follows a push which nobody opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Message {
    pub id: String,
    pub to: Number,
    pub class: &'static str,
    /// text, flash, replace, push, card or data
    pub kind: &'static str,
    pub state: &'static str,
    pub site: Option<String>,
    pub text: String,
    /// RFC 3339
    pub made: String,
    pub segments: usize,
    pub parts: Vec<Part>,
    pub hint: String,
}

/// A message that waits.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
    #[serde(flatten)]
    pub message: Message,
    /// RFC 3339, as the one below.
    pub expires: String,
    pub not_before: String,
    /// How often it was refused.
    pub tries: u8,
}

/// Which messages are meant; nothing said means all.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    pub class: String,
    pub site: Option<String>,
    pub older_than: Option<Duration>,
}

/// All that waits, and how it is with it.
#[derive(Clone, Debug, Serialize)]
pub struct Backlog {
    pub waiting: u64,
    /// RFC 3339; nothing when nothing waits.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub oldest: Option<Time>,
    pub oldest_age_s: Option<u64>,
    pub held: Held,
    /// All five, in the order in which they leave.
    pub classes: Vec<ClassBacklog>,
    #[serde(flatten)]
    pub verdict: Verdict,
}

#[derive(Clone, Debug, Serialize)]
pub struct ClassBacklog {
    pub class: &'static str,
    pub waiting: u64,
    pub oldest_age_s: Option<u64>,
    /// Why the oldest waits; empty: it is its turn soon.
    pub why: String,
}

/// How something is, for a person.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    pub level: Level,
    pub says: String,
    /// What to do; empty when nothing is.
    pub help: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Good,
    /// It works; it is worth a look.
    Note,
    Wrong,
}

/// What is held back.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    pub all: bool,
    pub classes: Vec<&'static str>,
    pub sites: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Part {
    pub state: &'static str,
    /// The TP-MR that the network gave it.
    pub reference: Option<u8>,
    pub error: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Inbound {
    pub id: String,
    pub from: String,
    pub to: Option<Number>,
    pub text: String,
    /// RFC 3339
    pub received: String,
    pub site: Option<String>,
    /// Parts of it have not come.
    pub partial: bool,
    /// Octets that were no text, in hexadecimal.
    pub raw: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct Modem {
    pub name: String,
    pub number: Option<Number>,
    /// One word of `sms::bearer::State::name`.
    pub state: &'static str,
    /// Why it is lost; empty otherwise.
    pub why: String,
    pub ready: bool,
    /// When it became ready, or ceased to be; RFC 3339.
    #[serde(serialize_with = "rfc3339")]
    pub since: Time,
    #[serde(flatten)]
    pub verdict: Verdict,
    pub operator: Option<String>,
    /// 0 to 31 (3GPP TS 27.007, 8.5).
    pub signal: Option<u8>,
    /// Why its SIM sends nothing until a person has done something; empty otherwise.
    pub stopped: String,
    /// What is left of its limits: minute, hour, day; those without a limit are not there.
    pub left: BTreeMap<&'static str, u32>,
    pub facts: ModemFacts,
}

/// What is known of a modem; empty words and nothing: not known. What names its SIM is masked.
#[derive(Clone, Debug, Serialize)]
pub struct ModemFacts {
    pub maker: String,
    pub model: String,
    pub firmware: String,
    /// IMEI, ICCID and IMSI.
    pub device: String,
    pub card: String,
    pub subscriber: String,
    pub centre: String,
    /// The kind of modem it is driven as, and whether that was proved on a device.
    pub profile: &'static str,
    pub proved: bool,
    pub storage: String,
    pub slots_used: Option<u16>,
    pub slots: Option<u16>,
    pub announces: bool,
    /// How status reports come: off, direct or stored.
    pub reports: &'static str,
    /// RFC 3339; empty before the first.
    #[serde(serialize_with = "rfc3339_or_empty")]
    pub last_contact: Option<Time>,
    pub losses: u64,
    pub resets: BTreeMap<&'static str, u64>,
    pub sent: u64,
    pub in_doubt: u64,
    pub received: u64,
    /// Messages that did not come whole out of it, and were read again.
    pub garbled: u64,
    pub failures: Vec<ModemFailure>,
    /// What a person can do about it.
    pub hint: String,
}

#[derive(Clone, Debug, Serialize)]
pub struct ModemFailure {
    pub error: String,
    pub count: u64,
    /// RFC 3339
    #[serde(serialize_with = "rfc3339")]
    pub last: Time,
    pub hint: String,
}

/// The kept lines of a modem's log.
#[derive(Clone, Debug, Serialize)]
pub struct ModemLog {
    /// off, masked or whole
    pub detail: &'static str,
    pub items: Vec<ModemLine>,
}

#[derive(Clone, Debug, Serialize)]
pub struct ModemLine {
    pub id: String,
    /// RFC 3339
    pub at: String,
    /// `<` is what was said to it, `>` what it said.
    pub text: String,
}

// How a time is written in JSON.

fn rfc3339<S: Serializer>(time: &Time, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&time.rfc3339())
}

fn rfc3339_or_empty<S: Serializer>(time: &Option<Time>, to: S) -> std::result::Result<S::Ok, S::Error> {
    to.serialize_str(&time.map(Time::rfc3339).unwrap_or_default())
}

fn rfc3339_or_null<S: Serializer>(time: &Option<Time>, to: S) -> std::result::Result<S::Ok, S::Error> {
    time.map(Time::rfc3339).serialize(to)
}
