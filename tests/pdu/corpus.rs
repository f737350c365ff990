//! Each message of `tests/data/pdu` says what its source says of it.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use yizhan::clock::Time;
use yizhan::sms::fields::{Address, Dcs, Scts, Validity, concat_of, ports_of};
use yizhan::sms::pdu::{Deliver, PduError, StatusReport, Submit, UserData, hex_of_octets, tpdu_of_line};

/// One message of a file.
pub struct Entry {
    /// File and line, for who has to look.
    pub place: String,
    pub kind: String,
    pub line: String,
    /// Name and value of what is said of it.
    pub fields: Vec<(String, String)>,
}

/// What the three kinds have in common.
pub enum Message {
    Deliver(Deliver),
    Submit(Submit),
    Report(StatusReport),
}

pub fn entries() -> Vec<Entry> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pdu");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let mut entries: Vec<Entry> = Vec::new();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "pdus")) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let mut open = false;
        for (n, line) in fs::read_to_string(file).unwrap().lines().enumerate() {
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            match key {
                "" => open = false,
                _ if line.starts_with('#') => {}
                "deliver" | "submit" | "report" if !open => {
                    let place = format!("{name}:{}", n + 1);
                    entries.push(Entry { place, kind: key.into(), line: value.into(), fields: Vec::new() });
                    open = true;
                }
                _ => {
                    assert!(open, "{name}:{}: {line}", n + 1);
                    entries.last_mut().unwrap().fields.push((key.into(), value.into()));
                }
            }
        }
    }
    entries
}

impl Entry {
    pub fn field(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    pub fn parse(&self) -> Result<Message, PduError> {
        let tpdu = tpdu_of_line(&self.line)?;
        Ok(match self.kind.as_str() {
            "deliver" => Message::Deliver(Deliver::parse(&tpdu)?),
            "submit" => Message::Submit(Submit::parse(&tpdu)?),
            _ => Message::Report(StatusReport::parse(&tpdu)?),
        })
    }
}

impl Message {
    pub fn address(&self) -> &Address {
        match self {
            Message::Deliver(m) => &m.from,
            Message::Submit(m) => &m.to,
            Message::Report(m) => &m.recipient,
        }
    }

    pub fn stamp(&self) -> Option<Scts> {
        match self {
            Message::Deliver(m) => Some(m.stamp),
            Message::Report(m) => Some(m.sent),
            Message::Submit(_) => None,
        }
    }

    /// PID, DCS and user data.
    pub fn content(&self) -> Option<(u8, Dcs, &UserData)> {
        match self {
            Message::Deliver(m) => Some((m.pid, m.dcs, &m.data)),
            Message::Submit(m) => Some((m.pid, m.dcs, &m.data)),
            Message::Report(_) => None,
        }
    }

    pub fn emit(&self) -> Result<Vec<u8>, PduError> {
        match self {
            Message::Deliver(m) => m.emit(),
            Message::Submit(m) => m.emit(),
            Message::Report(m) => m.emit(),
        }
    }

    /// A field as the files write it; `None` for one that this kind does not have or that does not exist.
    fn says(&self, key: &str, value: &str) -> Option<String> {
        let yes = |on: bool| if on { "yes" } else { "no" }.to_owned();
        match (key, self) {
            ("from", Message::Deliver(_)) | ("to", Message::Submit(_)) | ("for", Message::Report(_)) => {
                Some(self.address().to_string())
            }
            ("more", Message::Deliver(m)) => Some(yes(m.more)),
            ("report", Message::Submit(m)) => Some(yes(m.report)),
            ("duplicates", Message::Submit(m)) => m.reject_duplicates.then(|| "refused".to_owned()),
            ("reference", Message::Submit(m)) => Some(m.reference.to_string()),
            ("reference", Message::Report(m)) => Some(m.reference.to_string()),
            ("status", Message::Report(m)) => Some(format!("{:02X}", m.status)),
            ("stamp", _) => self.stamp().and_then(|s| same_time(s, value)),
            ("done", Message::Report(m)) => same_time(m.done, value),
            ("until", Message::Submit(m)) => match m.validity {
                Some(Validity::Absolute(until)) => same_time(until, value),
                _ => None,
            },
            ("validity", Message::Submit(m)) => Some(m.validity?.period()?.as_secs().to_string()),
            _ => self.content_says(key, value),
        }
    }

    fn content_says(&self, key: &str, value: &str) -> Option<String> {
        let (pid, dcs, data) = self.content()?;
        match key {
            "pid" => Some(format!("{pid:02X}")),
            "dcs" => Some(format!("{:02X}", dcs.0)),
            "class" => dcs.class().map(|c| c.to_string()),
            "text" => data.text(dcs).map(|t| escaped(&t)),
            "octets" => data.text(dcs).is_none().then(|| hex_of_octets(&data.units)),
            "concat" | "concat16" => {
                let concat = concat_of(&data.elements).filter(|c| c.wide == (key == "concat16"))?;
                Some(format!("{} {}/{}", concat.reference, concat.index, concat.total))
            }
            "ports" => ports_of(&data.elements).map(|p| format!("{} {}", p.destination, p.source)),
            "element" => {
                let of = |e: &yizhan::sms::fields::Element| format!("{:02X} {}", e.id, hex_of_octets(&e.data));
                data.elements.iter().map(of).find(|said| said == value)
            }
            _ => None,
        }
    }
}

/// `value` itself if it is the same instant, so that a file may write it in any zone.
fn same_time(stamp: Scts, value: &str) -> Option<String> {
    let wanted = value.parse::<Timestamp>().unwrap().as_millisecond();
    match stamp.time() {
        Some(Time(ms)) if ms == wanted => Some(value.to_owned()),
        other => other.map(Time::rfc3339),
    }
}

pub fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r").replace('\u{C}', "\\f")
}

/// What is wrong with an entry.
fn complaints(entry: &Entry) -> Vec<String> {
    let message = match (entry.parse(), entry.field("refused")) {
        (Ok(message), None) => message,
        (Ok(_), Some(_)) => return vec!["it was read".into()],
        (Err(error), None) => return vec![error.to_string()],
        (Err(error), Some(wanted)) => {
            let said = format!("{} {}", error.field, error.offset);
            let right = said.starts_with(wanted);
            return if right { Vec::new() } else { vec![format!("refused for {said}, not {wanted}")] };
        }
    };
    let mut wrong = Vec::new();
    for (key, value) in entry.fields.iter().filter(|(key, _)| !["lossy", "wireshark", "gammu"].contains(&key.as_str()))
    {
        let said = message.says(key, value);
        if said.as_deref() != Some(value) {
            wrong.push(format!("{key} is {}, not {value}", said.unwrap_or("not there".into())));
        }
    }
    let tpdu = tpdu_of_line(&entry.line).unwrap();
    let again = message.emit().is_ok_and(|emitted| emitted == tpdu);
    if again == entry.field("lossy").is_some() {
        let emitted = message.emit().map(|e| hex_of_octets(&e));
        wrong.push(format!("emitted it is {emitted:?}"));
    }
    wrong
}

#[test]
fn every_message_is_what_its_source_says() {
    let entries = entries();
    let wrong: Vec<String> = entries
        .iter()
        .map(|entry| (entry, complaints(entry)))
        .filter(|(_, wrong)| !wrong.is_empty())
        .map(|(entry, wrong)| format!("{}: {}", entry.place, wrong.join("; ")))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), entries.len(), wrong.join("\n"));
}

#[test]
fn there_are_enough_of_them() {
    let mut lines: Vec<_> = entries().into_iter().map(|e| (e.line.to_ascii_uppercase(), e.place)).collect();
    lines.sort();
    let twice: Vec<_> = lines.windows(2).filter(|w| w[0].0 == w[1].0).map(|w| (&w[0].1, &w[1].1)).collect();
    assert!(lines.len() - twice.len() >= 200, "what two sources have counts once: {twice:?}");
}
