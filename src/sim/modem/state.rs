//! What the simulated modem and its network are at one moment, and what befalls them. Pure but for the time of reports.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::device::Device;
use super::faults::{Fault, When};
use super::line::Weather;
use super::network::NetworkTime;
use super::{QUARTERS, SentMessage};
use crate::clock::{Clock, Time};
use crate::modem::port::Cut;
use crate::sms::fields::{Address, Alphabet, Scts, concat_of};
use crate::sms::parts::{self, Piece};
use crate::sms::pdu::{Deliver, StatusReport, Submit};
use crate::words::Lang;

/// Texts of several parts that are not complete; the oldest goes.
const UNFINISHED_KEPT: usize = 64;

pub struct State {
    pub device: Device,
    pub unfinished: VecDeque<Vec<Vec<u8>>>,
    pub submitted: u64,
    pub reference: u8,
    /// The stamp of each sender's last text.
    pub stamps: HashMap<String, Time>,
    pub plugged: bool,
    /// How often it was pulled: a line ends even if the device is back at once.
    pub pulled: u64,
    pub weather: Weather,
    pub network_delay: Duration,
    pub duplicates: bool,
    pub reversed: bool,
    pub reports: When,
    /// TP-ST of reports.
    pub report_status: u8,
    /// How the device can be cut off.
    pub cuts: Vec<Cut>,
}

impl State {
    pub fn deliver(&mut self, tpdu: Vec<u8>) -> bool {
        let again = self.duplicates.then(|| tpdu.clone());
        self.device.deliver(tpdu) && again.is_none_or(|tpdu| self.device.deliver(tpdu))
    }

    pub fn suffer(&mut self, fault: Fault) {
        match fault {
            Fault::Be(maker) => {
                self.device.be(maker);
                self.pulled += 1;
            }
            Fault::Slots(slots) => self.device.stores.resize(slots),
            Fault::Slow(delay) => self.network_delay = delay,
            Fault::Late(delay) => self.weather.late = delay,
            Fault::ByteByByte => self.weather.byte_wise = true,
            Fault::Garbage => self.weather.garbage = true,
            Fault::Chatter => self.weather.chatter = true,
            Fault::Lose(loss) => self.weather.loss = Some(loss),
            Fault::Damage(damage) => self.weather.damage = Some(damage),
            Fault::BarePrompt => self.weather.bare_prompt = true,
            Fault::ForgetNotify => self.device.settings.notify = [0; 5],
            Fault::Hang(cure) => self.weather.hung = Some(cure),
            Fault::HangAt(command) => self.weather.hang_at = Some(command),
            Fault::Next(trouble) => self.device.trouble(trouble),
            Fault::Refuse(beginning) => self.device.refused.push(beginning.to_owned()),
            Fault::Registration(status) => self.device.registration = status,
            Fault::Duplicates => self.duplicates = true,
            Fault::Reversed => self.reversed = true,
            Fault::Reports(when) => self.reports = when,
            Fault::ReportStatus(status) => self.report_status = status,
            Fault::Restart => self.device.restart(),
            Fault::Well => self.recover(),
        }
    }

    fn recover(&mut self) {
        let dice = std::mem::take(&mut self.weather).dice;
        self.weather.dice = dice;
        (self.network_delay, self.duplicates, self.reversed) = (Duration::ZERO, false, false);
        (self.reports, self.report_status, self.device.registration) = (When::After(Duration::ZERO), 0, 1);
        self.device.refused.clear();
        self.device.troubles.clear();
    }

    /// What the centre will say of a message that wants to know.
    pub fn report_of(&self, tpdu: &[u8]) -> Option<Vec<u8>> {
        let submit = Submit::parse(tpdu).ok().filter(|submit| submit.report)?;
        let now = self.device.time.as_ref().map_or_else(|| Clock::machine().now(), NetworkTime::now);
        let stamp = Scts::of(now, QUARTERS);
        let report = StatusReport {
            has_header: false,
            more: false,
            loop_prevention: false,
            of_command: false,
            reference: self.device.reference,
            recipient: submit.to,
            sent: stamp,
            done: stamp,
            status: self.report_status,
            rest: Vec::new(),
        };
        report.emit().ok()
    }

    /// Puts a part to its text; all parts in order when that is complete.
    pub fn collect(&mut self, tpdu: Vec<u8>) -> Option<Vec<Vec<u8>>> {
        let key = |tpdu: &[u8]| {
            let submit = Submit::parse(tpdu).ok()?;
            let concat = concat_of(&submit.data.elements)?;
            Some((submit.to.to_string(), concat.reference, concat.total, concat.index))
        };
        let Some((to, reference, total, index)) = key(&tpdu) else { return Some(vec![tpdu]) };
        let same = |parts: &Vec<Vec<u8>>| {
            key(&parts[0]).is_some_and(|(t, r, n, _)| (t.as_str(), r, n) == (to.as_str(), reference, total))
        };
        let place = self.unfinished.iter().position(same).unwrap_or_else(|| {
            if self.unfinished.len() == UNFINISHED_KEPT {
                self.unfinished.pop_front();
            }
            self.unfinished.push_back(Vec::new());
            self.unfinished.len() - 1
        });
        let parts = &mut self.unfinished[place];
        // A part sent again replaces the one before.
        parts.retain(|part| key(part).is_none_or(|(.., i)| i != index));
        parts.push(tpdu);
        if parts.len() < usize::from(total) {
            return None;
        }
        parts.sort_by_key(|part| key(part).map(|(.., i)| i));
        self.unfinished.remove(place)
    }
}

/// What the network makes of a phone's SUBMIT.
pub fn delivered(submit: Submit, from: Address, time: Time) -> Deliver {
    let Submit { pid, dcs, data, .. } = submit;
    let stamp = Scts::of(time, QUARTERS);
    let (loop_prevention, report_indication, reply_path) = (false, false, false);
    Deliver { more: false, loop_prevention, report_indication, reply_path, from, pid, dcs, stamp, data }
}

pub fn message_of(tpdus: Vec<Vec<u8>>) -> Option<SentMessage> {
    let submits: Vec<Submit> = tpdus.iter().filter_map(|tpdu| Submit::parse(tpdu).ok()).collect();
    let first = submits.first()?;
    let pieces: Vec<Piece> = (1..=u8::MAX)
        .zip(&submits)
        .map(|(index, submit)| Piece { index, alphabet: submit.dcs.alphabet(), units: submit.data.units.clone() })
        .collect();
    let is_text = first.dcs.alphabet() != Alphabet::Octets;
    let text = is_text.then(|| parts::join(pieces.len() as u8, &pieces, Lang::default()));
    Some(SentMessage { to: first.to.to_string(), text, tpdus })
}
