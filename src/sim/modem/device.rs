//! The simulated modem's inside: settings, SIM, slots, and an answer for each command. Pure: text in, text out
//! (3GPP TS 27.005 in PDU mode, what the driver and a person at a terminal need of TS 27.007).
//!
//! It is strict where modems are: no PDU mode without `CMGF=0`, no SMS before the PIN, one announcement a message.

use std::collections::VecDeque;

use super::QUARTERS;
use super::network::{self, NetworkTime};
use crate::number::Number;
use crate::sms::pdu::{Submit, hex_of_octets, octets_of_hex};

/// Messages that wait for a free slot; a network keeps them for days, a simulator has to end somewhere.
const NETWORK_QUEUE: usize = 4096;
/// As SIMs count wrong PINs.
const PIN_TRIES: u8 = 3;
/// The longest command or PDU line kept: 177 octets are 354 digits.
pub const COMMAND_OCTETS: usize = 512;

/// What goes wrong with the next `AT+CMGS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The network refuses it with this `+CMS ERROR`.
    Cms(u16),
    /// No prompt comes.
    NoPrompt,
    /// It is sent, and no answer comes.
    NoAnswer,
}

/// An answer, and what comes after it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub text: String,
    /// The modem waits for a PDU of so many octets.
    pub pdu_octets: Option<usize>,
    /// A message went out to the network.
    pub sent: Option<Vec<u8>>,
}

struct Stored {
    tpdu: Vec<u8>,
    read: bool,
}

/// What a modem forgets without power.
struct Settings {
    echo: bool,
    error_form: u8,
    pdu_mode: bool,
    announces: bool,
    service: u8,
    time_reports: bool,
    pin_entered: bool,
}

impl Settings {
    const AT_POWER_ON: Settings = Settings {
        echo: true,
        error_form: 0,
        pdu_mode: false,
        announces: false,
        service: 0,
        time_reports: false,
        pin_entered: false,
    };
}

pub struct Device {
    number: Number,
    settings: Settings,
    slots: Vec<Option<Stored>>,
    network: VecDeque<Vec<u8>>,
    announcements: VecDeque<usize>,
    reference: u8,
    pin: Option<String>,
    pin_tries: u8,
    refused: Vec<String>,
    troubles: VecDeque<Trouble>,
    pub identity: [String; 2],
    pub signal: u8,
    /// As in `+CREG`: 1 home, 2 searching, 5 roaming.
    pub registration: u8,
    pub operator: String,
    /// The network's time, while the modem was told it.
    pub time: Option<NetworkTime>,
    /// It was told just now.
    pub time_is_new: bool,
}

impl Device {
    pub fn new(number: Number, slots: usize) -> Device {
        Device {
            number,
            settings: Settings::AT_POWER_ON,
            slots: (0..slots.max(1)).map(|_| None).collect(),
            network: VecDeque::new(),
            announcements: VecDeque::new(),
            reference: 0,
            pin: None,
            pin_tries: 0,
            refused: Vec::new(),
            troubles: VecDeque::new(),
            identity: ["Yizhan".into(), "Simulated".into()],
            signal: 20,
            registration: 1,
            operator: "YIZHAN".into(),
            time: None,
            time_is_new: false,
        }
    }

    pub fn lock(&mut self, pin: &str) {
        self.pin = Some(pin.to_owned());
        self.settings.pin_entered = false;
    }

    /// How often a wrong PIN was entered.
    pub fn pin_tries(&self) -> u8 {
        self.pin_tries
    }

    /// From now on commands with this beginning are answered with an error.
    pub fn refuse(&mut self, beginning: &str) {
        self.refused.push(beginning.to_owned());
    }

    pub fn trouble(&mut self, trouble: Trouble) {
        self.troubles.push_back(trouble);
    }

    pub fn power_off(&mut self) {
        self.settings = Settings::AT_POWER_ON;
        self.announcements.clear();
    }

    /// A message from the network: into a slot, or into its queue while all are full. `false`: that is full too.
    pub fn deliver(&mut self, tpdu: Vec<u8>) -> bool {
        let has_room = self.network.len() < NETWORK_QUEUE;
        if has_room {
            self.network.push_back(tpdu);
        }
        self.fill_slots();
        has_room
    }

    pub fn is_idle(&self) -> bool {
        self.network.is_empty() && self.slots.iter().all(Option::is_none)
    }

    pub fn occupied(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    pub fn echoes(&self) -> bool {
        self.settings.echo
    }

    /// `+CMTI` and `+CTZV` lines not written yet.
    pub fn announcements(&mut self) -> String {
        let told = std::mem::take(&mut self.time_is_new) && self.settings.time_reports;
        let zone = told.then(|| format!("\r\n+CTZV: \"+{QUARTERS}\"\r\n"));
        let slots = self.announcements.drain(..).map(|slot| format!("\r\n+CMTI: \"SM\",{}\r\n", slot + 1));
        zone.into_iter().chain(slots).collect()
    }

    /// Answers one command line. `None`: an empty line, or no answer at all.
    pub fn command(&mut self, line: &str) -> Option<Answer> {
        let line = line.trim();
        let command = line.get(..2).filter(|at| at.eq_ignore_ascii_case("AT")).map(|_| &line[2..])?;
        if self.refused.iter().any(|beginning| line.starts_with(beginning.as_str())) {
            return Some(self.failed(4));
        }
        let (name, argument) = match command.split_once('=') {
            Some((name, argument)) => (name.to_ascii_uppercase(), Some(argument)),
            None => (command.to_ascii_uppercase(), None),
        };
        let answer = match (name.as_str(), argument) {
            ("" | "Z" | "&F", _) => ok(),
            ("E0" | "E1", None) => {
                self.settings.echo = name == "E1";
                ok()
            }
            ("I", None) => line_ok(&format!("{}\r\n{}", self.identity[0], self.identity[1])),
            ("+CGMI", None) => line_ok(&self.identity[0]),
            ("+CGMM", None) => line_ok(&self.identity[1]),
            ("+CGSN", None) => line_ok("860000000000001"),
            ("+CMEE?", None) => line_ok(&format!("+CMEE: {}", self.settings.error_form)),
            ("+CMEE", Some(form @ ("0" | "1" | "2"))) => {
                self.settings.error_form = form.as_bytes()[0] - b'0';
                ok()
            }
            ("+CPIN?", None) => line_ok(&format!("+CPIN: {}", self.pin_state())),
            ("+CPIN", Some(pin)) => self.enter_pin(pin.trim_matches('"')),
            ("+CSQ", None) => line_ok(&format!("+CSQ: {},99", self.signal)),
            ("+CREG?" | "+CEREG?", None) => {
                line_ok(&format!("{}: 0,{}", name.trim_end_matches('?'), self.registration))
            }
            ("+COPS?", None) => line_ok(&format!("+COPS: 0,0,\"{}\",7", self.operator)),
            ("+CFUN?", None) => line_ok("+CFUN: 1"),
            ("+CTZU", Some("0" | "1")) => ok(),
            ("+CTZR", Some(mode @ ("0" | "1"))) => {
                self.settings.time_reports = mode == "1";
                ok()
            }
            ("+CCLK?", None) => {
                let time = self.time.as_ref().map(NetworkTime::now);
                line_ok(&format!("+CCLK: \"{}\"", network::clock_line(time)))
            }
            _ if !self.is_unlocked() => self.failed(11),
            ("+CNUM", None) => line_ok(&format!("+CNUM: \"\",\"{}\",145", self.number)),
            ("+CSCA?", None) => line_ok("+CSCA: \"+8613800100500\",145"),
            _ => return self.message_command(&name, argument),
        };
        Some(answer)
    }

    /// What comes after the prompt, without its Ctrl-Z. `None`: no answer ever comes.
    pub fn pdu(&mut self, octets: usize, hexadecimal: &str) -> Option<Answer> {
        let trouble = self.troubles.pop_front();
        let line = octets_of_hex(hexadecimal).ok();
        let tpdu = line.and_then(|line| line.get(1 + usize::from(*line.first()?)..).map(<[u8]>::to_vec));
        let Some(tpdu) = tpdu.filter(|tpdu| tpdu.len() == octets && Submit::parse(tpdu).is_ok()) else {
            return Some(cms(304));
        };
        if let Some(Trouble::Cms(code)) = trouble {
            return Some(cms(code));
        }
        self.reference = self.reference.wrapping_add(1);
        let text = match trouble {
            Some(Trouble::NoAnswer) => String::new(),
            _ => line_ok(&format!("+CMGS: {}", self.reference)).text,
        };
        Some(Answer { text, pdu_octets: None, sent: Some(tpdu) })
    }

    fn message_command(&mut self, name: &str, argument: Option<&str>) -> Option<Answer> {
        let number = argument.and_then(|argument| argument.parse::<usize>().ok());
        let answer = match (name, argument) {
            ("+CMGF?", None) => line_ok(&format!("+CMGF: {}", u8::from(!self.settings.pdu_mode))),
            ("+CMGF", Some(mode @ ("0" | "1"))) => {
                self.settings.pdu_mode = mode == "0";
                ok()
            }
            ("+CSMS?", None) => line_ok(&format!("+CSMS: {},1,1,1", self.settings.service)),
            ("+CSMS", Some(service @ ("0" | "1"))) => {
                self.settings.service = service.as_bytes()[0] - b'0';
                line_ok("+CSMS: 1,1,1")
            }
            ("+CPMS?", None) => line_ok(&format!("+CPMS: {0},{0},{0}", format_args!("\"SM\",{}", self.fill()))),
            ("+CPMS", Some(stores)) if stores.split(',').all(|store| store.trim() == "\"SM\"") => {
                line_ok(&format!("+CPMS: {0},{0},{0}", self.fill()))
            }
            ("+CPMS", Some(_)) => cms(302),
            ("+CNMI", Some(values)) => {
                let mut values = values.split(',');
                let (mode, stored) = (values.next().unwrap_or(""), values.next().unwrap_or("0"));
                if !["0", "1", "2", "3"].contains(&mode) || !["0", "1"].contains(&stored) {
                    return Some(cms(303));
                }
                self.settings.announces = stored == "1";
                ok()
            }
            ("+CMMS", Some("0" | "1" | "2")) => ok(),
            ("+CNMA", _) => cms(340),
            ("+CMGL" | "+CMGR" | "+CMGS", _) if !self.settings.pdu_mode => self.failed(3),
            ("+CMGL", stat) => self.list(stat.unwrap_or("0")),
            ("+CMGR", _) => self.read(number),
            ("+CMGD", _) => self.delete(number),
            ("+CMGS", _) => return self.prompt(number),
            _ => self.failed(4),
        };
        Some(answer)
    }

    fn prompt(&mut self, octets: Option<usize>) -> Option<Answer> {
        if self.troubles.front() == Some(&Trouble::NoPrompt) {
            self.troubles.pop_front();
            return None;
        }
        // A SUBMIT has at least seven octets, and at most 176 (TS 23.040, 9.2.2.2).
        match octets {
            Some(7..=176) => Some(Answer { text: "\r\n> ".into(), pdu_octets: octets, sent: None }),
            _ => Some(cms(304)),
        }
    }

    fn list(&mut self, stat: &str) -> Answer {
        let mut text = String::new();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let Some(stored) = slot else { continue };
            let state = if stored.read { "1" } else { "0" };
            if stat != "4" && stat != state {
                continue;
            }
            text.push_str(&format!("\r\n+CMGL: {},{}", index + 1, message(stored, state)));
            stored.read = true;
        }
        Answer { text: format!("{text}\r\n{}", ok().text), ..Answer::default() }
    }

    fn read(&mut self, index: Option<usize>) -> Answer {
        match index.and_then(|index| self.slots.get_mut(index.checked_sub(1)?)) {
            Some(Some(stored)) => {
                let state = if stored.read { "1" } else { "0" };
                let line = line_ok(&format!("+CMGR: {}", message(stored, state)));
                stored.read = true;
                line
            }
            Some(None) => ok(),
            None => cms(321),
        }
    }

    fn delete(&mut self, index: Option<usize>) -> Answer {
        match index.and_then(|index| self.slots.get_mut(index.checked_sub(1)?)) {
            Some(slot) => {
                *slot = None;
                self.fill_slots();
                ok()
            }
            None => cms(321),
        }
    }

    fn fill_slots(&mut self) {
        while let Some(free) = self.slots.iter().position(Option::is_none) {
            let Some(tpdu) = self.network.pop_front() else { return };
            self.slots[free] = Some(Stored { tpdu, read: false });
            if self.settings.announces {
                self.announcements.push_back(free);
            }
        }
    }

    fn enter_pin(&mut self, entered: &str) -> Answer {
        match &self.pin {
            Some(_) if self.pin_tries >= PIN_TRIES => self.failed(12),
            Some(pin) if pin != entered => {
                self.pin_tries += 1;
                self.failed(16)
            }
            _ => {
                self.settings.pin_entered = true;
                ok()
            }
        }
    }

    fn pin_state(&self) -> &'static str {
        match (self.is_unlocked(), self.pin_tries) {
            (true, _) => "READY",
            (false, PIN_TRIES..) => "SIM PUK",
            (false, _) => "SIM PIN",
        }
    }

    fn is_unlocked(&self) -> bool {
        self.pin.is_none() || self.settings.pin_entered
    }

    fn fill(&self) -> String {
        format!("{},{}", self.occupied(), self.slots.len())
    }

    /// An error of the device in the form that `CMEE` asks for.
    fn failed(&self, code: u16) -> Answer {
        let text = match (self.settings.error_form, code) {
            (0, _) => "ERROR".to_owned(),
            (1, _) => format!("+CME ERROR: {code}"),
            (_, 3) => "+CME ERROR: operation not allowed".to_owned(),
            (_, 4) => "+CME ERROR: operation not supported".to_owned(),
            (_, 11) => "+CME ERROR: SIM PIN required".to_owned(),
            (_, 12) => "+CME ERROR: SIM PUK required".to_owned(),
            (_, 16) => "+CME ERROR: incorrect password".to_owned(),
            _ => "+CME ERROR: unknown".to_owned(),
        };
        Answer { text: format!("\r\n{text}\r\n"), ..Answer::default() }
    }
}

fn message(stored: &Stored, state: &str) -> String {
    // The service centre of the sender's network, as real lines carry it.
    format!("{state},,{}\r\n0891683108100005F0{}", stored.tpdu.len(), hex_of_octets(&stored.tpdu))
}

fn ok() -> Answer {
    Answer { text: "\r\nOK\r\n".into(), ..Answer::default() }
}

fn line_ok(line: &str) -> Answer {
    Answer { text: format!("\r\n{line}\r\n\r\nOK\r\n"), ..Answer::default() }
}

fn cms(code: u16) -> Answer {
    Answer { text: format!("\r\n+CMS ERROR: {code}\r\n"), ..Answer::default() }
}
