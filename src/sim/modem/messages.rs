//! The simulated modem's messages: its stores, and the commands about them (3GPP TS 27.005 in PDU mode). Pure.

use std::collections::VecDeque;

use super::device::{Answer, Device, Trouble, cms, line_ok, ok};
use crate::sms::bearer::Reports;
use crate::sms::parts;
use crate::sms::pdu::{Deliver, Submit, hex_of_octets, octets_of_hex};

/// Messages that wait for a free slot; a network keeps them for days, a simulator has to end somewhere.
const NETWORK_QUEUE: usize = 4096;

pub struct Stored {
    tpdu: Vec<u8>,
    read: bool,
}

/// The SIM's slots, and those for reports that some makers have beside them.
pub struct Stores {
    slots: Vec<Option<Stored>>,
    reports: Vec<Option<Stored>>,
    network: VecDeque<Vec<u8>>,
    reports_selected: bool,
    /// So often it was listed.
    listed: u32,
}

impl Stores {
    pub fn new(slots: usize) -> Stores {
        let empty = |count: usize| (0..count.max(1)).map(|_| None).collect();
        Stores {
            slots: empty(slots),
            reports: empty(slots),
            network: VecDeque::new(),
            reports_selected: false,
            listed: 0,
        }
    }

    /// As many slots as it has are kept filled with what fits.
    pub fn resize(&mut self, slots: usize) {
        self.slots.resize_with(slots.max(1), || None);
    }

    pub fn select(&mut self, memory: &str) {
        self.reports_selected = memory == "SR";
    }

    pub fn is_idle(&self) -> bool {
        self.network.is_empty() && self.slots.iter().chain(&self.reports).all(Option::is_none)
    }

    pub fn occupied(&self) -> usize {
        self.slots.iter().flatten().count()
    }

    fn here(&mut self) -> &mut Vec<Option<Stored>> {
        if self.reports_selected { &mut self.reports } else { &mut self.slots }
    }

    fn fill(&self, reports: bool) -> String {
        let (name, slots) = if reports { ("SR", &self.reports) } else { ("SM", &self.slots) };
        format!("\"{name}\",{},{}", slots.iter().flatten().count(), slots.len())
    }

    fn at(&mut self, index: Option<usize>) -> Option<&mut Option<Stored>> {
        index.and_then(|index| self.here().get_mut(index.checked_sub(1)?))
    }
}

impl Device {
    /// A message from the network: into a slot, or into its queue while all are full. `false`: that is full too.
    pub fn deliver(&mut self, tpdu: Vec<u8>) -> bool {
        // Straight through, if CNMI says so.
        if self.settings.notify[1] == 2 {
            self.announce(format!("+CMT: ,{}\r\n{}", tpdu.len(), line_of(&tpdu)));
            return true;
        }
        let has_room = self.stores.network.len() < NETWORK_QUEUE;
        if has_room {
            self.stores.network.push_back(tpdu);
        }
        self.fill_slots();
        has_room
    }

    /// A status report from the network.
    pub fn report(&mut self, tpdu: Vec<u8>) {
        match self.reports() {
            Reports::Off => {}
            Reports::Direct => {
                let comma = if self.maker.report_comma { "," } else { "" };
                self.announce(format!("+CDS: {comma}{}\r\n{}", tpdu.len(), line_of(&tpdu)));
            }
            Reports::Stored => {
                let apart = self.maker.reports_in.is_some();
                let slots = if apart { &mut self.stores.reports } else { &mut self.stores.slots };
                let Some(free) = slots.iter().position(Option::is_none) else { return };
                slots[free] = Some(Stored { tpdu, read: false });
                self.announce(format!("+CDSI: \"SM\",{}", if apart { 0 } else { free + 1 }));
            }
        }
    }

    pub fn is_idle(&self) -> bool {
        self.stores.is_idle() && self.announcements.is_empty()
    }

    /// What comes after the prompt, without its Ctrl-Z. `None`: no answer ever comes.
    pub fn pdu(&mut self, octets: usize, hexadecimal: &str) -> Option<Answer> {
        let trouble = self.troubles.pop_front();
        let line = octets_of_hex(hexadecimal.trim()).ok();
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

    pub fn message_command(&mut self, name: &str, argument: Option<&str>) -> Option<Answer> {
        let number = argument.and_then(|argument| argument.split(',').next()?.parse::<usize>().ok());
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
            ("+CPMS?", None) => {
                self.flood = None;
                let (first, other) = (self.stores.fill(self.stores.reports_selected), self.stores.fill(false));
                line_ok(&format!("+CPMS: {first},{other},{other}"))
            }
            ("+CPMS", Some(stores)) => self.choose(stores),
            ("+CNMI?", None) => {
                let [mode, mt, bm, ds, bfr] = self.settings.notify;
                line_ok(&format!("+CNMI: {mode},{mt},{bm},{ds},{bfr}"))
            }
            ("+CNMI", Some(values)) => self.notify(values),
            ("+CMMS?", None) => line_ok("+CMMS: 0"),
            ("+CMMS", Some("0" | "1" | "2")) => ok(),
            ("+CNMA", _) if self.settings.service == 1 => ok(),
            ("+CNMA", _) => cms(340),
            ("+CMGL" | "+CMGR" | "+CMGS", _) if !self.settings.pdu_mode => self.failed(3),
            ("+CMGL", stat) => return self.list(stat.unwrap_or("0")),
            ("+CMGR", _) => self.read(number),
            ("+CMGD", _) => self.delete(number, argument.and_then(|argument| argument.split(',').nth(1))),
            ("+CMGS", _) => return self.prompt(number),
            _ => self.failed(4),
        };
        Some(answer)
    }

    fn choose(&mut self, stores: &str) -> Answer {
        let names: Vec<&str> = stores.split(',').map(|store| store.trim().trim_matches('"')).collect();
        let known = |name: &str| name == "SM" || self.maker.reports_in == Some(name);
        if names.len() > if self.maker.one_store { 1 } else { 3 } || !names.iter().all(|name| known(name)) {
            return cms(302);
        }
        self.stores.select(names[0]);
        let fill =
            |reports| self.stores.fill(reports).split_once(',').map_or_else(String::new, |(_, fill)| fill.to_owned());
        let (first, other) = (fill(names[0] == "SR"), fill(false));
        line_ok(&format!("+CPMS: {first},{other},{other}"))
    }

    /// What is left out is 0.
    fn notify(&mut self, values: &str) -> Answer {
        let mut notify = [0; 5];
        let mut values = values.split(',').map(|value| value.trim().parse::<u8>().ok());
        for place in &mut notify {
            match values.next() {
                Some(Some(value)) => *place = value,
                Some(None) => return cms(303),
                None => {}
            }
        }
        let [mode, mt, bm, ds, bfr] = notify;
        let takes = self.maker.modes.contains(&mode) && self.maker.reports.iter().any(|reports| *reports as u8 == ds);
        if values.next().is_some() || !takes || mt > 2 || bm > 2 || bfr > 1 {
            return cms(303);
        }
        self.settings.notify = notify;
        ok()
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

    fn list(&mut self, stat: &str) -> Option<Answer> {
        self.stores.listed += 1;
        if self.stores.listed > self.maker.lists {
            return None;
        }
        let mut text = String::new();
        for (index, slot) in self.stores.here().iter_mut().enumerate() {
            let Some(stored) = slot else { continue };
            let state = if stored.read { "1" } else { "0" };
            if stat != "4" && stat != state {
                continue;
            }
            text.push_str(&format!("\r\n+CMGL: {},{}", index + 1, message(stored, state)));
            stored.read = true;
        }
        Some(Answer { text: format!("{text}\r\n{}", ok().text), ..Answer::default() })
    }

    fn read(&mut self, index: Option<usize>) -> Answer {
        match self.stores.at(index) {
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

    /// `flag` of 27.005, 3.5.4: 1 to 4 delete more than the one.
    fn delete(&mut self, index: Option<usize>, flag: Option<&str>) -> Answer {
        if let Some("1" | "2" | "3" | "4") = flag {
            let read_only = flag != Some("4");
            let goes = |slot: &Option<Stored>| slot.as_ref().is_some_and(|stored| stored.read || !read_only);
            self.stores.here().iter_mut().filter(|slot| goes(slot)).for_each(|slot| *slot = None);
        } else {
            let Some(slot) = self.stores.at(index) else { return cms(321) };
            let gone = slot.take();
            if let Some(gone) = gone.filter(|_| self.maker.deletes_parts) {
                self.delete_parts(&gone.tpdu);
            }
        }
        self.fill_slots();
        ok()
    }

    fn delete_parts(&mut self, first: &[u8]) {
        let key = |tpdu: &[u8]| Some(parts::Key::of(&Deliver::parse(tpdu).ok()?)?.0);
        let Some(text) = key(first) else { return };
        for slot in self.stores.here() {
            if slot.as_ref().is_some_and(|stored| key(&stored.tpdu).as_ref() == Some(&text)) {
                *slot = None;
            }
        }
    }

    pub fn fill_slots(&mut self) {
        let is_told = self.settings.notify[1] == 1;
        while let Some(free) = self.stores.slots.iter().position(Option::is_none) {
            let Some(tpdu) = self.stores.network.pop_front() else { return };
            self.stores.slots[free] = Some(Stored { tpdu, read: false });
            if is_told {
                self.announce(format!("+CMTI: \"SM\",{}", free + 1));
            }
        }
        if is_told && !self.maker.full.is_empty() && !self.stores.network.is_empty() {
            self.announce(self.maker.full.to_owned());
        }
    }
}

fn message(stored: &Stored, state: &str) -> String {
    format!("{state},,{}\r\n{}", stored.tpdu.len(), line_of(&stored.tpdu))
}

/// Behind the service centre of the sender's network, as real lines carry it.
fn line_of(tpdu: &[u8]) -> String {
    format!("0891683108100005F0{}", hex_of_octets(tpdu))
}
