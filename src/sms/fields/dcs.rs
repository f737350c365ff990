//! The data coding scheme (3GPP TS 23.038, 4).

use serde::{Deserialize, Serialize};

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
