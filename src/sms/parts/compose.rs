//! A message to send as its SUBMITs: kept or flashed, in place of an earlier one, or octets for an application of the
//! phone (3GPP TS 23.040, 9.2.3.9 and 9.2.3.24).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::fields::{Address, Alphabet, Concat, Dcs, Element, Ports, Validity};
use super::super::gsm7;
use super::super::pdu::{Submit, USER_DATA_OCTETS, UserData};
use super::cut::{segments, split};
use super::ucs2_octets;
use crate::number::Number;

/// The most messages one text can be: the total is one octet.
pub const MAX_PARTS: usize = 255;

/// Octets of a header with ports: its length and 6; with an 8-bit reference too 5 more.
const PORTS_HEADER: (usize, usize) = (7, 12);

/// How the phone takes a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Kept with the others.
    #[default]
    Text,
    /// Shown at once and not kept (class 0).
    Flash,
    /// In place of the last one of this number, 1 to 7, from the same sender (TP-PID 41 to 47).
    Replace(u8),
    /// No text but octets for an application, as WAP Push and business cards are.
    Ports { ports: Ports, octets: Vec<u8> },
}

impl Kind {
    /// How many messages one of this kind with this text is.
    pub fn segments(&self, text: &str) -> usize {
        match self {
            Kind::Ports { octets, .. } => chunks(octets).count(),
            _ => segments(text),
        }
    }

    fn pid(&self) -> u8 {
        match self {
            Kind::Replace(number) => 0x40 + number.clamp(&1, &7),
            _ => 0,
        }
    }
}

/// All that a message is made of.
#[derive(Debug, Clone)]
pub struct Sending<'a> {
    pub to: &'a Number,
    pub kind: &'a Kind,
    /// Not looked at with `Kind::Ports`.
    pub text: &'a str,
    /// In the header of each part if there are several: the same through all tries.
    pub reference: u8,
    pub validity: Option<Duration>,
    /// Ask for a status report of each part (TP-SRR).
    pub report: bool,
    /// The centre is to refuse what it still holds from us with the same TP-MR (TP-RD).
    pub reject_duplicates: bool,
}

impl Sending<'_> {
    /// The messages, in order. What lies beyond the 255th is left out: whoever takes long ones asks `Kind::segments`
    /// first.
    pub fn submits(&self) -> Vec<Submit> {
        match self.kind {
            Kind::Ports { ports, octets } => {
                let units = chunks(octets).map(<[u8]>::to_vec).collect();
                self.parts(Dcs::DATA, &[Element::ports(*ports)], units)
            }
            _ => {
                let parts = split(self.text);
                let flash = *self.kind == Kind::Flash;
                let (dcs, units): (_, fn(&str) -> Vec<u8>) = match parts.alphabet {
                    Alphabet::Gsm7 if flash => (Dcs::FLASH_GSM7, septets),
                    Alphabet::Gsm7 => (Dcs::GSM7, septets),
                    _ if flash => (Dcs::FLASH_UCS2, ucs2_octets),
                    _ => (Dcs::UCS2, ucs2_octets),
                };
                self.parts(dcs, &[], parts.texts.into_iter().map(units).collect())
            }
        }
    }

    fn parts(&self, dcs: Dcs, header: &[Element], units: Vec<Vec<u8>>) -> Vec<Submit> {
        let total = units.len().min(MAX_PARTS);
        let submit = |(n, units)| {
            let concat =
                Concat { reference: self.reference.into(), total: total as u8, index: n as u8 + 1, wide: false };
            let mut elements = header.to_vec();
            elements.extend((total > 1).then(|| Element::concat(concat)));
            Submit {
                reject_duplicates: self.reject_duplicates,
                report: self.report,
                reply_path: false,
                reference: 0,
                to: Address::of(self.to),
                pid: self.kind.pid(),
                dcs,
                validity: self.validity.map(Validity::relative),
                data: UserData { elements, units },
            }
        };
        units.into_iter().take(total).enumerate().map(submit).collect()
    }
}

/// The messages of a plain text.
pub fn submits(to: &Number, text: &str, reference: u8, validity: Option<Duration>, report: bool) -> Vec<Submit> {
    Sending { to, kind: &Kind::Text, text, reference, validity, report, reject_duplicates: false }.submits()
}

/// The octets of each part behind its header with ports; no octets are one part.
fn chunks(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (whole, part) = (USER_DATA_OCTETS - PORTS_HEADER.0, USER_DATA_OCTETS - PORTS_HEADER.1);
    let room = if octets.len() > whole { part } else { whole };
    let empty = octets.is_empty().then_some(octets);
    empty.into_iter().chain(octets.chunks(room))
}

fn septets(text: &str) -> Vec<u8> {
    gsm7::encode(text).unwrap_or_default()
}
