//! The transfer protocol data units of the short message service: DELIVER, SUBMIT and STATUS-REPORT as octets and as
//! values (3GPP TS 23.040, 9.2), without the service centre address that AT lines carry in front (`line`).
//!
//! Reading takes anything a network or SIM may hold: a wrong time stamp, a header that does not add up or a text shorter
//! than it says is no reason to lose a message, only fields that are missing are an error. Not here: the fields
//! themselves (`fields`), splitting and joining of texts (`parts`).

use self::reader::{Reader, fill_bits};
use super::fields::{Address, Alphabet, Dcs, Element, Scts, Validity, languages_of};
use super::gsm7;

mod line;
mod reader;

pub use line::{hex_of_octets, line_of_tpdu, octets_of_hex, tpdu_of_line};

/// The most octets a user data field holds, header included (9.2.3.24).
pub const USER_DATA_OCTETS: usize = 140;

/// A message type that means nothing yet: a phone takes it for a DELIVER (9.2.3.1).
const RESERVED: u8 = 0b11;

/// A wrong octet: which field, where in the octets given, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PduError {
    /// The standard's name of the field.
    pub field: &'static str,
    /// Octets from the start of the TPDU.
    pub offset: usize,
    pub why: &'static str,
}

impl std::fmt::Display for PduError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at octet {}: {}", self.field, self.offset, self.why)
    }
}

impl std::error::Error for PduError {}

/// A message that came in (9.2.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deliver {
    /// More messages wait in the service centre (TP-MMS, which says so with 0).
    pub more: bool,
    /// TP-LP, TP-SRI and TP-RP.
    pub loop_prevention: bool,
    pub report_indication: bool,
    pub reply_path: bool,
    pub from: Address,
    pub pid: u8,
    pub dcs: Dcs,
    pub stamp: Scts,
    pub data: UserData,
}

/// A message to send (9.2.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submit {
    pub reject_duplicates: bool,
    /// Ask for a status report (TP-SRR).
    pub report: bool,
    pub reply_path: bool,
    /// TP-MR: most modems write their own and tell it in `+CMGS:`.
    pub reference: u8,
    pub to: Address,
    pub pid: u8,
    pub dcs: Dcs,
    pub validity: Option<Validity>,
    pub data: UserData,
}

/// What became of a message (9.2.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    pub more: bool,
    pub loop_prevention: bool,
    /// It answers a command, not a SUBMIT (TP-SRQ).
    pub of_command: bool,
    pub reference: u8,
    pub recipient: Address,
    pub sent: Scts,
    pub done: Scts,
    /// TP-ST; `fate` sorts it.
    pub status: u8,
    /// TP-UDHI, which is about a user data field in `rest`.
    pub has_header: bool,
    /// The optional fields after TP-ST, as they came; `data` reads them.
    pub rest: Vec<u8>,
}

/// Into which of its four classes a TP-ST falls (9.2.3.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The phone has it (or the centre replaced it, or passed it on without a confirmation: 01).
    Done,
    /// Not final: the centre still tries.
    Trying,
    /// Final: it cannot be delivered.
    Failed,
    /// Final: the centre gave up, sending again may help.
    GaveUp,
}

/// TP-UD: header elements in their order, unknown ones too, and the text or data after them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserData {
    pub elements: Vec<Element>,
    /// Septets, one in each octet, under the 7-bit alphabet; octets otherwise. The DCS beside it says which.
    pub units: Vec<u8>,
}

impl Deliver {
    pub fn parse(tpdu: &[u8]) -> Result<Deliver, PduError> {
        let mut reader = Reader::new(tpdu);
        let first = reader.first(&[0b00, RESERVED])?;
        let from = reader.address("TP-OA")?;
        let pid = reader.octet("TP-PID")?;
        let dcs = Dcs(reader.octet("TP-DCS")?);
        let stamp = Scts(reader.array("TP-SCTS")?);
        let data = reader.user_data(first & 0x40 != 0, dcs)?;
        Ok(Deliver {
            more: first & 0x04 == 0,
            loop_prevention: first & 0x08 != 0,
            report_indication: first & 0x20 != 0,
            reply_path: first & 0x80 != 0,
            from,
            pid,
            dcs,
            stamp,
            data,
        })
    }

    /// # Errors
    /// A user data field or address that is too long.
    pub fn emit(&self) -> Result<Vec<u8>, PduError> {
        let first = bit(0x04, !self.more)
            | bit(0x08, self.loop_prevention)
            | bit(0x20, self.report_indication)
            | bit(0x40, !self.data.elements.is_empty())
            | bit(0x80, self.reply_path);
        let mut out = vec![first];
        self.from.emit("TP-OA", &mut out)?;
        out.extend([self.pid, self.dcs.0]);
        out.extend(self.stamp.0);
        self.data.emit(self.dcs, &mut out)?;
        Ok(out)
    }

    /// The text of this one message; `None` for data. A part of a longer text shows what it can.
    pub fn text(&self) -> Option<String> {
        self.data.text(self.dcs)
    }
}

impl Submit {
    pub fn parse(tpdu: &[u8]) -> Result<Submit, PduError> {
        let mut reader = Reader::new(tpdu);
        let first = reader.first(&[0b01])?;
        let reference = reader.octet("TP-MR")?;
        let to = reader.address("TP-DA")?;
        let pid = reader.octet("TP-PID")?;
        let dcs = Dcs(reader.octet("TP-DCS")?);
        let validity = match first >> 3 & 3 {
            0b00 => None,
            0b10 => Some(Validity::Relative(reader.octet("TP-VP")?)),
            0b01 => Some(Validity::Enhanced(reader.array("TP-VP")?)),
            _ => Some(Validity::Absolute(Scts(reader.array("TP-VP")?))),
        };
        let data = reader.user_data(first & 0x40 != 0, dcs)?;
        Ok(Submit {
            reject_duplicates: first & 0x04 != 0,
            report: first & 0x20 != 0,
            reply_path: first & 0x80 != 0,
            reference,
            to,
            pid,
            dcs,
            validity,
            data,
        })
    }

    /// # Errors
    /// A user data field or address that is too long.
    pub fn emit(&self) -> Result<Vec<u8>, PduError> {
        let format = match self.validity {
            None => 0b00,
            Some(Validity::Relative(_)) => 0b10,
            Some(Validity::Enhanced(_)) => 0b01,
            Some(Validity::Absolute(_)) => 0b11,
        };
        let first = 0b01
            | bit(0x04, self.reject_duplicates)
            | format << 3
            | bit(0x20, self.report)
            | bit(0x40, !self.data.elements.is_empty())
            | bit(0x80, self.reply_path);
        let mut out = vec![first, self.reference];
        self.to.emit("TP-DA", &mut out)?;
        out.extend([self.pid, self.dcs.0]);
        match self.validity {
            None => {}
            Some(Validity::Relative(octet)) => out.push(octet),
            Some(Validity::Enhanced(octets)) | Some(Validity::Absolute(Scts(octets))) => out.extend(octets),
        }
        self.data.emit(self.dcs, &mut out)?;
        Ok(out)
    }

    pub fn text(&self) -> Option<String> {
        self.data.text(self.dcs)
    }
}

impl StatusReport {
    pub fn parse(tpdu: &[u8]) -> Result<StatusReport, PduError> {
        let mut reader = Reader::new(tpdu);
        let first = reader.first(&[0b10])?;
        Ok(StatusReport {
            more: first & 0x04 == 0,
            loop_prevention: first & 0x08 != 0,
            of_command: first & 0x20 != 0,
            reference: reader.octet("TP-MR")?,
            recipient: reader.address("TP-RA")?,
            sent: Scts(reader.array("TP-SCTS")?),
            done: Scts(reader.array("TP-DT")?),
            status: reader.octet("TP-ST")?,
            has_header: first & 0x40 != 0,
            rest: reader.rest().to_vec(),
        })
    }

    /// # Errors
    /// An address that is too long.
    pub fn emit(&self) -> Result<Vec<u8>, PduError> {
        let first = 0b10
            | bit(0x04, !self.more)
            | bit(0x08, self.loop_prevention)
            | bit(0x20, self.of_command)
            | bit(0x40, self.has_header);
        let mut out = vec![first, self.reference];
        self.recipient.emit("TP-RA", &mut out)?;
        out.extend(self.sent.0);
        out.extend(self.done.0);
        out.push(self.status);
        out.extend(&self.rest);
        Ok(out)
    }

    /// The text or data that some centres add, with its coding: the optional fields, in the order in which TP-PI
    /// announces them (9.2.3.27).
    ///
    /// # Errors
    /// Announced octets that are missing; the place is counted from the first of the optional fields.
    pub fn data(&self) -> Result<Option<(Dcs, UserData)>, PduError> {
        let mut reader = Reader::new(&self.rest);
        let Some(announced) = self.rest.first() else { return Ok(None) };
        // Bit 7 announces another octet of announcements.
        while reader.octet("TP-PI")? & 0x80 != 0 {}
        if announced & 0x01 != 0 {
            reader.octet("TP-PID")?;
        }
        let dcs = if announced & 0x02 != 0 { Dcs(reader.octet("TP-DCS")?) } else { Dcs::GSM7 };
        if announced & 0x04 == 0 {
            return Ok(None);
        }
        Ok(Some((dcs, reader.user_data(self.has_header, dcs)?)))
    }

    pub fn fate(&self) -> Fate {
        Fate::of(self.status)
    }
}

impl Fate {
    pub fn of(status: u8) -> Fate {
        match status {
            0x00..=0x1F => Fate::Done,
            0x20..=0x3F => Fate::Trying,
            0x40..=0x5F => Fate::Failed,
            // 80 to FF are reserved and read as "service rejected" of the last class.
            0x60..=0xFF => Fate::GaveUp,
        }
    }
}

impl UserData {
    /// A text in the alphabet of `dcs`; `None` for data and compressed text.
    pub fn text(&self, dcs: Dcs) -> Option<String> {
        match dcs.alphabet() {
            Alphabet::Gsm7 => Some(gsm7::decode(&self.units, languages_of(&self.elements))),
            Alphabet::Ucs2 => Some(ucs2_text(&self.units)),
            Alphabet::Octets => None,
        }
    }

    fn emit(&self, dcs: Dcs, out: &mut Vec<u8>) -> Result<(), PduError> {
        let offset = out.len();
        let too_long = |field| PduError { field, offset, why: "longer than 140 octets" };
        let mut octets = Vec::new();
        if !self.elements.is_empty() {
            octets.push(0);
            for element in &self.elements {
                octets.push(element.id);
                octets.push(u8::try_from(element.data.len()).map_err(|_| too_long("TP-UDH"))?);
                octets.extend(&element.data);
            }
            octets[0] = u8::try_from(octets.len() - 1).map_err(|_| too_long("TP-UDH"))?;
        }
        let length = if dcs.alphabet() == Alphabet::Gsm7 {
            let header_bits = octets.len() * 8;
            octets.extend(gsm7::pack(&self.units, fill_bits(octets.len())));
            header_bits.div_ceil(7) + self.units.len()
        } else {
            octets.extend(&self.units);
            octets.len()
        };
        if octets.len() > USER_DATA_OCTETS {
            return Err(too_long("TP-UD"));
        }
        out.push(u8::try_from(length).map_err(|_| too_long("TP-UDL"))?);
        out.extend(octets);
        Ok(())
    }
}

/// UTF-16BE, which is what networks mean by UCS2; half a pair shows as U+FFFD, a last odd octet is dropped.
pub(super) fn ucs2_text(octets: &[u8]) -> String {
    let units = octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn bit(mask: u8, on: bool) -> u8 {
    if on { mask } else { 0 }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
