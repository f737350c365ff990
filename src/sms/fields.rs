//! The fields of a TPDU, one type each: address, data coding scheme, time stamp, validity, header elements
//! (3GPP TS 23.040, 9.1.2.5 and 9.2.3; TS 23.038, 4).
//!
//! Not here: how they follow one another (`pdu`).

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::gsm7;
use super::pdu::PduError;
use crate::clock::Time;
use crate::number::Number;

/// TP-OA, TP-DA, TP-RA: type and digits, or letters (9.1.2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The type-of-address octet as it came: `80 | type of number << 4 | numbering plan`.
    pub toa: u8,
    /// Digits with `*`, `#`, `a`, `b`, `c`, without `+`; text if the type is alphanumeric.
    pub text: String,
}

/// The type of number, bits 6 to 4 of the type-of-address octet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ton {
    Unknown,
    International,
    National,
    Network,
    Subscriber,
    Alphanumeric,
    Abbreviated,
    Reserved,
}

impl Address {
    /// The longest address value, 10 octets (9.1.2.5).
    pub const MAX_SEMI_OCTETS: usize = 20;
    const BCD: [char; 15] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'a', 'b', 'c'];

    /// International with `+`, unknown without: a short code as 91 reaches nobody.
    pub fn of(number: &Number) -> Address {
        match number.as_str().strip_prefix('+') {
            Some(digits) => Address { toa: 0x91, text: digits.to_owned() },
            None => Address { toa: 0x81, text: number.as_str().to_owned() },
        }
    }

    /// A sender's name in letters, as services use; only the alphabet's characters, at most eleven.
    pub fn alphanumeric(name: &str) -> Address {
        let text = name.chars().filter(|c| gsm7::cost(*c) == Some(1)).take(11).collect();
        Address { toa: 0xD0, text }
    }

    pub fn ton(&self) -> Ton {
        match self.toa >> 4 & 7 {
            0 => Ton::Unknown,
            1 => Ton::International,
            2 => Ton::National,
            3 => Ton::Network,
            4 => Ton::Subscriber,
            5 => Ton::Alphanumeric,
            6 => Ton::Abbreviated,
            _ => Ton::Reserved,
        }
    }

    /// The number in its normal form; `None` for letters and for what is no number.
    pub fn number(&self) -> Option<Number> {
        match self.ton() {
            Ton::Alphanumeric => None,
            Ton::International => Number::parse(&format!("+{}", self.text)),
            _ => Number::parse(&self.text),
        }
    }

    pub(super) fn of_octets(toa: u8, semi_octets: usize, octets: &[u8]) -> Address {
        let mut address = Address { toa, text: String::new() };
        if address.ton() == Ton::Alphanumeric {
            address.text = gsm7::decode(&gsm7::unpack(octets, 0, semi_octets * 4 / 7));
        } else {
            let nibbles = octets.iter().flat_map(|octet| [octet & 15, octet >> 4]).take(semi_octets);
            address.text = nibbles.filter_map(|n| Self::BCD.get(usize::from(n))).collect();
        }
        address
    }

    pub(super) fn emit(&self, field: &'static str, out: &mut Vec<u8>) -> Result<(), PduError> {
        let wrong = |why| PduError { field, offset: out.len(), why };
        let (semi_octets, octets) = if self.ton() == Ton::Alphanumeric {
            let septets = gsm7::encode(&self.text).ok_or(wrong("not in the 7-bit alphabet"))?;
            ((septets.len() * 7).div_ceil(4), gsm7::pack(&septets, 0))
        } else {
            let digit = |c| Self::BCD.iter().position(|d| *d == c).map(|n| n as u8);
            let digits: Option<Vec<u8>> = self.text.chars().map(digit).collect();
            let digits = digits.ok_or(wrong("not a digit"))?;
            let pair = |pair: &[u8]| pair[0] | pair.get(1).unwrap_or(&0xF) << 4;
            (digits.len(), digits.chunks(2).map(pair).collect())
        };
        if semi_octets > Self::MAX_SEMI_OCTETS {
            return Err(wrong("longer than 20 digits"));
        }
        out.extend([semi_octets as u8, self.toa]);
        out.extend(octets);
        Ok(())
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plus = if self.ton() == Ton::International { "+" } else { "" };
        write!(f, "{plus}{}", self.text)
    }
}

/// How user data is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Alphabet {
    /// Septets, each in an octet of its own.
    Gsm7,
    /// Data, and text in a compression nobody uses.
    Octets,
    /// UTF-16BE in practice.
    Ucs2,
}

/// TP-DCS (23.038, 4). Every value has a meaning here: reserved ones are read as the 7-bit alphabet, as the clause asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dcs(pub u8);

/// What waits in another mailbox (groups C to E).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The message itself may be thrown away.
    pub discard: bool,
    pub active: bool,
    /// 0 voice, 1 fax, 2 e-mail, 3 other.
    pub kind: u8,
}

impl Dcs {
    pub const GSM7: Dcs = Dcs(0x00);
    pub const UCS2: Dcs = Dcs(0x08);
    /// Class 0, shown at once and not stored.
    pub const FLASH_GSM7: Dcs = Dcs(0x10);
    pub const FLASH_UCS2: Dcs = Dcs(0x18);
    /// Data for the phone itself: what WAP Push is sent with.
    pub const DATA: Dcs = Dcs(0xF5);

    pub fn alphabet(self) -> Alphabet {
        match self.0 {
            0x00..=0x7F if self.compressed() => Alphabet::Octets,
            0x00..=0x7F => match self.0 >> 2 & 3 {
                1 => Alphabet::Octets,
                2 => Alphabet::Ucs2,
                _ => Alphabet::Gsm7,
            },
            0xE0..=0xEF => Alphabet::Ucs2,
            0xF0..=0xFF if self.0 & 0x04 != 0 => Alphabet::Octets,
            _ => Alphabet::Gsm7,
        }
    }

    /// The message class: 0 flash, 1 phone, 2 SIM, 3 terminal.
    pub fn class(self) -> Option<u8> {
        match self.0 {
            0x00..=0x7F if self.0 & 0x10 != 0 => Some(self.0 & 3),
            0xF0..=0xFF => Some(self.0 & 3),
            _ => None,
        }
    }

    pub fn compressed(self) -> bool {
        self.0 < 0x80 && self.0 & 0x20 != 0
    }

    /// "Marked for automatic deletion" after reading.
    pub fn deletes_itself(self) -> bool {
        self.0 & 0xC0 == 0x40
    }

    pub fn waiting(self) -> Option<Waiting> {
        let waiting = Waiting { discard: self.0 < 0xD0, active: self.0 & 0x08 != 0, kind: self.0 & 3 };
        (0xC0..=0xEF).contains(&self.0).then_some(waiting)
    }
}

/// TP-SCTS and other time stamps as their seven octets: some are garbage, and a duplicate is known by the raw ones
/// (9.2.3.11).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Scts(pub [u8; 7]);

impl Scts {
    /// `time` as a clock shows it that is so many quarter hours ahead of UTC (32 in China).
    pub fn of(time: Time, quarters: i8) -> Scts {
        let local = Time(time.0.saturating_add(i64::from(quarters) * QUARTER_MS)).civil(&TimeZone::UTC);
        let swapped = |n: i8| ((n.unsigned_abs() % 10) << 4) | (n.unsigned_abs() / 10);
        let zone = swapped(quarters) | if quarters < 0 { 0x08 } else { 0 };
        let year = local.year().rem_euclid(100) as i8;
        let fields = [year, local.month(), local.day(), local.hour(), local.minute(), local.second()];
        let mut octets = [zone; 7];
        for (octet, field) in octets.iter_mut().zip(fields) {
            *octet = swapped(field);
        }
        Scts(octets)
    }

    /// The instant it names; `None` if it names none.
    pub fn time(self) -> Option<Time> {
        let digits = |octet: u8| Some(octet & 15).filter(|n| *n < 10).map(|tens| tens * 10);
        let field = |octet: u8| Some((digits(octet)? + Some(octet >> 4).filter(|n| *n < 10)?) as i8);
        let [year, month, day, hour, minute, second, zone] = self.0;
        let year = i16::from(field(year)?);
        let year = if year < 70 { 2000 + year } else { 1900 + year };
        let local =
            DateTime::new(year, field(month)?, field(day)?, field(hour)?, field(minute)?, field(second)?, 0).ok()?;
        let quarters = i64::from(field(zone & !0x08)?);
        let offset = if zone & 0x08 != 0 { -quarters } else { quarters };
        let utc = Time::of_civil(local, &TimeZone::UTC)?;
        Some(Time(utc.0 - offset * QUARTER_MS))
    }
}

const QUARTER_MS: i64 = 15 * 60 * 1000;

/// TP-VP: how long the centre tries (9.2.3.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    Relative(u8),
    Enhanced([u8; 7]),
    Absolute(Scts),
}

impl Validity {
    /// The shortest relative period of at least `wanted`: five minutes to 63 weeks.
    pub fn relative(wanted: Duration) -> Validity {
        let minutes = wanted.as_secs().div_ceil(60);
        let octet = match minutes {
            0..=720 => minutes.div_ceil(5).max(1) - 1,
            721..=1440 => 143 + (minutes - 720).div_ceil(30),
            1441..=43_200 => 166 + minutes.div_ceil(DAY_MINUTES).max(2),
            _ => 192 + minutes.div_ceil(7 * DAY_MINUTES).max(5),
        };
        Validity::Relative(u8::try_from(octet).unwrap_or(u8::MAX))
    }

    /// How long a relative period is; `None` for the other forms.
    pub fn period(self) -> Option<Duration> {
        let Validity::Relative(octet) = self else { return None };
        let n = u64::from(octet);
        let minutes = match octet {
            0..=143 => (n + 1) * 5,
            144..=167 => (n - 119) * 30,
            168..=196 => (n - 166) * DAY_MINUTES,
            197..=255 => (n - 192) * 7 * DAY_MINUTES,
        };
        Some(Duration::from_secs(minutes * 60))
    }
}

const DAY_MINUTES: u64 = 24 * 60;

/// One information element of a user data header (9.2.3.24).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    pub id: u8,
    pub data: Vec<u8>,
}

/// That a message is part `index` of `total` of a longer one (9.2.3.24.1 and .8). A 0 or an index above the total is
/// kept: the reader decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concat {
    pub reference: u16,
    pub total: u8,
    pub index: u8,
    /// The reference has 16 bits: a key of its own, even if the number is the same.
    pub wide: bool,
}

/// To which application a message goes (9.2.3.24.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    pub destination: u16,
    pub source: u16,
}

impl Element {
    pub fn concat(concat: Concat) -> Element {
        let [high, low] = concat.reference.to_be_bytes();
        let (total, index) = (concat.total, concat.index);
        match concat.wide {
            true => Element { id: 0x08, data: vec![high, low, total, index] },
            false => Element { id: 0x00, data: vec![low, total, index] },
        }
    }

    pub fn ports(ports: Ports) -> Element {
        let data = [ports.destination.to_be_bytes(), ports.source.to_be_bytes()].concat();
        Element { id: 0x05, data }
    }
}

/// The concatenation of a header; of repeated elements the last counts.
pub fn concat_of(elements: &[Element]) -> Option<Concat> {
    elements.iter().rev().find_map(|element| match (element.id, element.data.as_slice()) {
        (0x00, &[low, total, index]) => Some(Concat { reference: u16::from(low), total, index, wide: false }),
        (0x08, &[high, low, total, index]) => {
            Some(Concat { reference: u16::from_be_bytes([high, low]), total, index, wide: true })
        }
        _ => None,
    })
}

/// The ports of a header, of either width; of repeated elements the last counts.
pub fn ports_of(elements: &[Element]) -> Option<Ports> {
    elements.iter().rev().find_map(|element| match (element.id, element.data.as_slice()) {
        (0x04, &[destination, source]) => {
            Some(Ports { destination: u16::from(destination), source: u16::from(source) })
        }
        (0x05, &[dh, dl, sh, sl]) => {
            Some(Ports { destination: u16::from_be_bytes([dh, dl]), source: u16::from_be_bytes([sh, sl]) })
        }
        _ => None,
    })
}
