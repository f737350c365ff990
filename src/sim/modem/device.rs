//! The simulated modem's inside: settings, SIM, and an answer for each command but those of messages, which are
//! `messages`'. Pure: text in, text out (ITU-T V.250, 5 and 6; 3GPP TS 27.007, what the driver, other programs and a person
//! at a terminal ask).
//!
//! It is strict where modems are: no PDU mode without `CMGF=0`, no SMS before the PIN, one announcement a message.

use std::collections::VecDeque;

use super::QUARTERS;
use super::commands::{TESTS, split};
use super::makers::{Maker, PLAIN};
use super::messages::Stores;
use super::network::{self, NetworkTime};
use crate::number::Number;
use crate::sms::bearer::Reports;

/// As SIMs count wrong PINs.
const PIN_TRIES: u8 = 3;
/// The longest command or PDU line kept: 177 octets are 354 digits.
pub const COMMAND_OCTETS: usize = 512;
/// Lines that wait to be announced; what nobody reads is not kept for ever.
const ANNOUNCEMENTS: usize = 4096;

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

/// What a modem forgets without power.
pub struct Settings {
    pub echo: bool,
    error_form: u8,
    pub pdu_mode: bool,
    /// `<mode>,<mt>,<bm>,<ds>,<bfr>` of CNMI.
    pub notify: [u8; 5],
    pub service: u8,
    time_reports: bool,
    pin_entered: bool,
    radio: u8,
    charset: String,
}

impl Settings {
    fn at_power_on() -> Settings {
        Settings {
            echo: true,
            error_form: 0,
            pdu_mode: false,
            notify: [0; 5],
            service: 0,
            time_reports: false,
            pin_entered: false,
            radio: 1,
            charset: "GSM".to_owned(),
        }
    }
}

pub struct Device {
    pub maker: &'static Maker,
    number: Number,
    pub settings: Settings,
    pub stores: Stores,
    pub announcements: VecDeque<String>,
    pub reference: u8,
    pin: Option<String>,
    pin_tries: u8,
    pub refused: Vec<String>,
    pub troubles: VecDeque<Trouble>,
    pub identity: [String; 3],
    pub signal: u8,
    /// As in `+CREG`: 1 home, 2 searching, 5 roaming.
    pub registration: u8,
    pub operator: String,
    /// The network's time, while the modem was told it.
    pub time: Option<NetworkTime>,
    /// It was told just now.
    pub time_is_new: bool,
    /// Lines of a flood still to come before it hangs; it ends when the storage is asked for.
    pub flood: Option<u32>,
}

impl Device {
    pub fn new(number: Number, slots: usize) -> Device {
        Device {
            maker: &PLAIN,
            number,
            settings: Settings::at_power_on(),
            stores: Stores::new(slots),
            announcements: VecDeque::new(),
            reference: 0,
            pin: None,
            pin_tries: 0,
            refused: Vec::new(),
            troubles: VecDeque::new(),
            identity: PLAIN.identity.map(str::to_owned),
            signal: 20,
            registration: 1,
            operator: "YIZHAN".into(),
            time: None,
            time_is_new: false,
            flood: None,
        }
    }

    pub fn be(&mut self, maker: &'static Maker) {
        self.maker = maker;
        self.identity = maker.identity.map(str::to_owned);
        self.power_off();
    }

    pub fn lock(&mut self, pin: &str) {
        self.pin = Some(pin.to_owned());
        self.settings.pin_entered = false;
    }

    /// How often a wrong PIN was entered.
    pub fn pin_tries(&self) -> u8 {
        self.pin_tries
    }

    pub fn trouble(&mut self, trouble: Trouble) {
        self.troubles.push_back(trouble);
    }

    pub fn power_off(&mut self) {
        self.settings = Settings::at_power_on();
        self.announcements.clear();
        self.stores.select("SM");
        self.flood = self.maker.floods.map(|(_, lines)| lines);
    }

    /// It has power and starts: it says so on the line.
    pub fn restart(&mut self) {
        self.power_off();
        self.announce(self.maker.started.to_owned());
    }

    pub fn announce(&mut self, line: String) {
        if self.announcements.len() < ANNOUNCEMENTS {
            self.announcements.push_back(format!("\r\n{line}\r\n"));
        }
    }

    /// Lines not written yet.
    pub fn announcements(&mut self) -> String {
        if std::mem::take(&mut self.time_is_new) && self.settings.time_reports {
            self.announce(format!("+CTZV: \"+{QUARTERS}\""));
        }
        if let (Some(left), Some((line, _))) = (&mut self.flood, self.maker.floods) {
            *left = left.saturating_sub(1);
            self.announce(line.to_owned());
        }
        self.announcements.drain(..).collect()
    }

    /// Answers one command line, of several commands if need be. `None`: an empty line, or no answer at all.
    pub fn command(&mut self, line: &str) -> Option<Answer> {
        let line = line.trim();
        let commands = line.get(..2).filter(|at| at.eq_ignore_ascii_case("AT")).map(|_| split(&line[2..]))?;
        let mut before = String::new();
        for (place, command) in commands.iter().enumerate() {
            let mut answer = self.one(command)?;
            if let Some(information) = answer.text.strip_suffix(OK).filter(|_| place + 1 < commands.len()) {
                before.push_str(information);
                continue;
            }
            answer.text.insert_str(0, &before);
            return Some(answer);
        }
        None
    }

    fn one(&mut self, command: &str) -> Option<Answer> {
        let whole = format!("AT{command}");
        let refused = |beginning: &str| whole.starts_with(beginning);
        if self.refused.iter().any(|b| refused(b)) || self.maker.refused.iter().any(|b| refused(b)) {
            return Some(self.failed(4));
        }
        let (name, argument) = match command.split_once('=') {
            Some((name, argument)) => (name.to_ascii_uppercase(), Some(argument)),
            None => (command.to_ascii_uppercase(), None),
        };
        if let Some(shown) = TESTS.iter().find(|(test, _)| *test == name).filter(|_| argument == Some("?")) {
            return Some(line_ok(shown.1));
        }
        let answer = match (name.as_str(), argument) {
            ("E" | "E0" | "E1", None) => {
                self.settings.echo = name == "E1";
                ok()
            }
            ("I", None) => line_ok(&self.identity.join("\r\n")),
            ("Z" | "Z0" | "&F" | "&F0", _) => {
                let (pin_entered, radio) = (self.settings.pin_entered, self.settings.radio);
                self.settings = Settings { pin_entered, radio, ..Settings::at_power_on() };
                ok()
            }
            // Of V.250, what only forms the line or a call.
            (basic, None) if basic.is_empty() || basic.starts_with(|letter| "VQXSHLMDO&".contains(letter)) => ok(),
            ("S0" | "S3" | "S4" | "S5" | "S7", Some(_)) => ok(),
            (name, None) if name == self.maker.card => line_ok(&format!("{}: {CARD}", name.trim_end_matches('?'))),
            _ => return self.device_command(&name, argument),
        };
        Some(answer)
    }

    fn device_command(&mut self, name: &str, argument: Option<&str>) -> Option<Answer> {
        let answer = match (name, argument) {
            ("+CGMI" | "+GMI", None) => line_ok(&self.identity[0]),
            ("+CGMM" | "+GMM", None) => line_ok(&self.identity[1]),
            ("+CGMR" | "+GMR", None) => line_ok(&self.identity[2]),
            ("+CGSN" | "+GSN", None) => line_ok(DEVICE),
            ("+CMEE?", None) => line_ok(&format!("+CMEE: {}", self.settings.error_form)),
            ("+CMEE", Some(form @ ("0" | "1" | "2"))) => {
                self.settings.error_form = form.as_bytes()[0] - b'0';
                ok()
            }
            ("+CPIN?", None) => line_ok(&format!("+CPIN: {}", self.pin_state())),
            ("+CPIN", Some(pin)) => self.enter_pin(pin.trim_matches('"')),
            ("+CSQ", None) => line_ok(&format!("+CSQ: {},99", self.signal)),
            ("+CREG?" | "+CEREG?" | "+CGREG?", None) => {
                line_ok(&format!("{}: 0,{}", name.trim_end_matches('?'), self.registration))
            }
            (
                "+CREG" | "+CEREG" | "+CGREG" | "+COPS" | "+CLIP" | "+CRC" | "+CSDH" | "+CSCB" | "+CSSN" | "+CUSD",
                Some(_),
            ) => ok(),
            ("+COPS?", None) => line_ok(&format!("+COPS: 0,0,\"{}\",7", self.operator)),
            ("+CFUN?", None) => line_ok(&format!("+CFUN: {}", self.settings.radio)),
            ("+CFUN", Some("1,1" | "16")) => {
                self.restart();
                ok()
            }
            ("+CFUN", Some(level)) => self.radio(level),
            ("!RESET" | "^RESET", None) => {
                self.restart();
                ok()
            }
            ("+CBC", None) => line_ok("+CBC: 0,100"),
            ("+CSCS?", None) => line_ok(&format!("+CSCS: \"{}\"", self.settings.charset)),
            ("+CSCS", Some(set)) => {
                set.trim_matches('"').clone_into(&mut self.settings.charset);
                ok()
            }
            ("+CTZU", Some("0" | "1" | "3")) => ok(),
            ("+CTZR", Some(mode @ ("0" | "1"))) => {
                self.settings.time_reports = mode == "1";
                ok()
            }
            ("+CCLK?", None) => {
                let time = self.time.as_ref().map(NetworkTime::now);
                line_ok(&format!("+CCLK: \"{}\"", network::clock_line(time)))
            }
            _ if !self.is_unlocked() => self.failed(11),
            ("+CIMI", None) => line_ok(SUBSCRIBER),
            ("+CNUM", None) => line_ok(&format!("+CNUM: \"\",\"{}\",145", self.number)),
            ("+CSCA?", None) => line_ok("+CSCA: \"+8613800100500\",145"),
            ("+CSCA", Some(_)) => ok(),
            _ => return self.message_command(name, argument),
        };
        Some(answer)
    }

    fn radio(&mut self, level: &str) -> Answer {
        match level.split(',').next().and_then(|level| level.parse().ok()) {
            Some(level @ (0 | 1 | 4)) => {
                self.settings.radio = level;
                ok()
            }
            _ => self.failed(50),
        }
    }

    /// Says nothing at all any more.
    pub fn is_dead(&self) -> bool {
        self.maker.dies_without_radio && self.settings.radio != 1 || self.flood == Some(0)
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

    /// Which reports come, as CNMI was told.
    pub fn reports(&self) -> Reports {
        match self.settings.notify[3] {
            1 => Reports::Direct,
            2 => Reports::Stored,
            _ => Reports::Off,
        }
    }

    /// An error of the device in the form that `CMEE` asks for.
    pub fn failed(&self, code: u16) -> Answer {
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

/// Numbers that no maker, network or issuer has given: TAC 86000000, MCC 460 MNC 99, issuer 8999.
const DEVICE: &str = "860000000000001";
const SUBSCRIBER: &str = "460990000000001";
const CARD: &str = "89990000000000000001";

const OK: &str = "\r\nOK\r\n";

pub fn ok() -> Answer {
    Answer { text: OK.into(), ..Answer::default() }
}

pub fn line_ok(line: &str) -> Answer {
    let line = if line.is_empty() { String::new() } else { format!("\r\n{line}\r\n") };
    Answer { text: format!("{line}{OK}"), ..Answer::default() }
}

pub fn cms(code: u16) -> Answer {
    Answer { text: format!("\r\n+CMS ERROR: {code}\r\n"), ..Answer::default() }
}
