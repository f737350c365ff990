//! Addresses: numbers and names (3GPP TS 23.040, 9.1.2.5).

use super::super::gsm7::{self, Languages};
use super::super::pdu::PduError;
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

/// Semi-octets that eight letters have, the eighth of which may be the fill behind seven: `@` is 0 too.
const AMBIGUOUS: usize = 14;

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

    pub(in super::super) fn of_octets(toa: u8, semi_octets: usize, octets: &[u8]) -> Address {
        let mut address = Address { toa, text: String::new() };
        if address.ton() == Ton::Alphanumeric {
            let mut septets = gsm7::unpack(octets, 0, semi_octets * 4 / 7);
            // Seven letters are 13 semi-octets; who counts 14 says an eighth letter, and means fill.
            if semi_octets == AMBIGUOUS && septets[7] == 0 {
                septets.pop();
            }
            address.text = gsm7::decode(&septets, Languages::default());
        } else {
            let nibbles = octets.iter().flat_map(|octet| [octet & 15, octet >> 4]).take(semi_octets);
            address.text = nibbles.filter_map(|n| Self::BCD.get(usize::from(n))).collect();
        }
        address
    }

    pub(in super::super) fn emit(&self, field: &'static str, out: &mut Vec<u8>) -> Result<(), PduError> {
        let wrong = |why| PduError { field, offset: out.len(), why };
        let (semi_octets, octets) = if self.ton() == Ton::Alphanumeric {
            let septets = gsm7::encode(&self.text).ok_or(wrong("not in the 7-bit alphabet"))?;
            let (semi_octets, mut octets) = ((septets.len() * 7).div_ceil(4), gsm7::pack(&septets, 0));
            let is_fill = semi_octets == AMBIGUOUS && septets.last() == Some(&0);
            octets.extend(is_fill.then_some(0));
            (semi_octets + usize::from(is_fill), octets)
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
