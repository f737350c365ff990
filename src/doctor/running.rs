//! The running box, by what it says of itself over its local socket (`web/api/this_box.rs`).
//!
//! It may be another version than this program, so whatever it does not say is passed over.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::findings::Findings;
use super::machine::Unit;
use super::processes::group_name;
use super::words;
use crate::command;
use crate::words::{Lang, span};

/// A box that has not answered by now hangs: it answers in milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Running {
    pub pid: u32,
    account: Value,
}

/// Why nothing is known of a running box.
pub enum Silence {
    /// Nobody listens on the socket.
    NotRunning,
    Denied,
    NoAnswer(String),
}

/// In this language it says what only the box knows.
pub fn ask(socket: &Path, lang: Lang) -> Result<Running, Silence> {
    let stream = UnixStream::connect(socket).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Silence::NotRunning,
        io::ErrorKind::PermissionDenied => Silence::Denied,
        _ => Silence::NoAnswer(error.to_string()),
    })?;
    let answer = command::exchange(stream, PATIENCE, "GET", &format!("/api/v1/box?lang={}", lang.tag()), "", &[])
        .map_err(Silence::NoAnswer)?;
    let account: Value = serde_json::from_slice(&answer).map_err(|error| Silence::NoAnswer(error.to_string()))?;
    let pid = account["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
    let pid = pid.ok_or_else(|| Silence::NoAnswer("no pid".to_owned()))?;
    Ok(Running { pid, account })
}

impl Running {
    /// By JSON pointer (RFC 6901).
    pub fn number(&self, at: &str) -> Option<u64> {
        self.account.pointer(at)?.as_u64()
    }

    pub fn text(&self, at: &str) -> &str {
        self.account.pointer(at).and_then(Value::as_str).unwrap_or("")
    }

    fn is(&self, at: &str) -> bool {
        self.account.pointer(at).and_then(Value::as_bool).unwrap_or(false)
    }

    fn list(&self, at: &str) -> &[Value] {
        self.account.pointer(at).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub fn modems(&self) -> &[Value] {
        self.list("/modems")
    }
}

pub fn tell(found: &mut Findings, socket: &Path, answer: &Result<Running, Silence>, unit: Option<&Unit>) {
    found.about("box", words::BOX);
    let path = socket.display().to_string();
    match answer {
        Ok(running) => {
            let (ours, theirs) = (env!("CARGO_PKG_VERSION"), running.text("/version"));
            let up = span(found.lang, running.number("/uptime_s").unwrap_or(0));
            if theirs != ours {
                return found.note((words::BOX_OTHER, &[theirs, ours]), (words::RESTART, &[]));
            }
            found.good((words::BOX_RUNS, &[theirs, &up, &running.pid.to_string()]));
        }
        Err(Silence::NotRunning) if unit.is_some() => found.bad((words::BOX_STOPPED, &[]), (words::BOX_START, &[])),
        // Without a unit nobody has promised that it runs.
        Err(Silence::NotRunning) => found.note((words::BOX_STOPPED, &[]), (words::BOX_START_BY_HAND, &[])),
        Err(Silence::Denied) => {
            let group = socket.metadata().map_or_else(|_| "yizhan".to_owned(), |about| group_name(about.gid()));
            found.bad((words::BOX_DENIED, &[&path]), (words::BOX_DENIED_HELP, &[&group]));
        }
        Err(Silence::NoAnswer(why)) => found.bad((words::BOX_SILENT, &[&path, why]), (words::RESTART, &[])),
    }
}

pub fn tell_store(found: &mut Findings, running: &Running) {
    found.about("store", words::STORE);
    if running.is("/store/is_broken") {
        found.bad((words::STORE_BROKEN, &[]), (words::STORE_BROKEN_HELP, &[]));
    } else if running.is("/store/is_full") {
        found.bad((words::STORE_FULL, &[]), (words::STORE_FULL_HELP, &[]));
    } else {
        let sequence = running.number("/store/sequence").unwrap_or(0).to_string();
        found.good((words::STORE_GOOD, &[&sequence]));
    }
    for incident in running.list("/store/incidents") {
        let says = incident["says"][of(found.lang)].as_str().unwrap_or_default();
        found.note((words::STORE_INCIDENT, &[says]), (words::STORE_INCIDENT_HELP, &[]));
    }
}

/// Which of what the box says in both languages.
fn of(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "zh",
        Lang::En => "en",
    }
}

/// The box's own clock, which may be right where the machine's is not.
pub fn tell_clock(found: &mut Findings, running: &Running) {
    let says = running.text(&format!("/clock/says/{}", of(found.lang)));
    match running.is("/clock/is_trusted") {
        true => found.good((words::CLOCK_TRUSTED, &[says])),
        false => found.note((words::CLOCK_UNTRUSTED, &[says]), (words::CLOCK_UNTRUSTED_HELP, &[])),
    }
}

pub fn tell_queue(found: &mut Findings, running: &Running) {
    found.about("queue", words::QUEUE);
    let [level, says, help] = ["/queue/level", "/queue/says", "/queue/help"].map(|at| running.text(at));
    found.told(level, says, help);
}

/// Those who are told what happens.
pub fn tell_webhooks(found: &mut Findings, running: &Running) {
    for hook in running.list("/webhooks") {
        let count = |name: &str| hook[name].as_u64().unwrap_or(0);
        let [delivered, given_up, failures] = ["delivered", "given_up", "failures"].map(|name| count(name).to_string());
        found.about_one("webhook", words::WEBHOOK, hook["name"].as_str().unwrap_or_default());
        if count("failures") > 0 {
            let why = hook["why"].as_str().unwrap_or_default();
            found.note((words::WEBHOOK_FAILS, &[&failures, why]), (words::WEBHOOK_FAILS_HELP, &[]));
        } else if count("given_up") > 0 {
            found.note((words::WEBHOOK_LOST, &[&delivered, &given_up]), (words::WEBHOOK_LOST_HELP, &[]));
        } else {
            found.good((words::WEBHOOK_GOOD, &[&delivered]));
        }
    }
}

/// A few tell what is the matter; the log has the rest.
const TROUBLES_SHOWN: usize = 5;

pub fn tell_lately(found: &mut Findings, running: &Running, zone: &TimeZone) {
    let troubles = running.list("/troubles").iter().take(TROUBLES_SHOWN);
    let line = |trouble: &Value| {
        let times = trouble["times"].as_u64().filter(|times| *times > 1).map_or(String::new(), |n| format!(" ×{n}"));
        let word = |name: &str| trouble[name].as_str().unwrap_or("").replace('\n', " ");
        // On the wall clock of whoever reads it.
        let at = word("at").parse::<Timestamp>().map(|at| zone.to_datetime(at).strftime("%m-%d %H:%M:%S").to_string());
        format!("{} {}{times}", at.unwrap_or_else(|_| word("at")), word("text"))
    };
    let lines: Vec<String> = troubles.map(line).collect();
    if !lines.is_empty() {
        found.about("lately", words::LATELY);
        found.note((words::LATELY_SOME, &[&lines.len().to_string()]), (words::LATELY_LINES, &[&lines.join("\n")]));
    }
}
