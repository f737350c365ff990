//! Reads the fields of a TPDU one after the other and knows where it stands when one is wrong (3GPP TS 23.040, 9.2.3).

use super::super::fields::{Address, Alphabet, Dcs, Element};
use super::super::gsm7;
use super::{PduError, UserData};

/// A place in the octets of a TPDU.
pub(super) struct Reader<'a> {
    octets: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(octets: &'a [u8]) -> Self {
        Reader { octets, offset: 0 }
    }

    fn fail<T>(&self, field: &'static str, why: &'static str) -> Result<T, PduError> {
        Err(PduError { field, offset: self.offset, why })
    }

    fn take(&mut self, field: &'static str, count: usize) -> Result<&'a [u8], PduError> {
        let Some(taken) = self.octets.get(self.offset..self.offset + count) else {
            return self.fail(field, "octets missing");
        };
        self.offset += count;
        Ok(taken)
    }

    pub(super) fn octet(&mut self, field: &'static str) -> Result<u8, PduError> {
        Ok(self.take(field, 1)?[0])
    }

    pub(super) fn array(&mut self, field: &'static str) -> Result<[u8; 7], PduError> {
        let mut seven = [0; 7];
        seven.copy_from_slice(self.take(field, 7)?);
        Ok(seven)
    }

    pub(super) fn rest(&mut self) -> &'a [u8] {
        let rest = &self.octets[self.offset..];
        self.offset = self.octets.len();
        rest
    }

    /// The first octet, if its message type is one of `kinds`.
    pub(super) fn first(&mut self, kinds: &[u8]) -> Result<u8, PduError> {
        let first = self.octet("TP-MTI")?;
        if kinds.contains(&(first & 3)) {
            return Ok(first);
        }
        self.offset = 0;
        self.fail("TP-MTI", "another message type")
    }

    pub(super) fn address(&mut self, field: &'static str) -> Result<Address, PduError> {
        let semi_octets = usize::from(self.octet(field)?);
        if semi_octets > Address::MAX_SEMI_OCTETS {
            self.offset -= 1;
            return self.fail(field, "longer than 20 digits");
        }
        let toa = self.octet(field)?;
        Ok(Address::of_octets(toa, semi_octets, self.take(field, semi_octets.div_ceil(2))?))
    }

    pub(super) fn user_data(&mut self, has_header: bool, dcs: Dcs) -> Result<UserData, PduError> {
        let length = usize::from(self.octet("TP-UDL")?);
        let seven_bit = dcs.alphabet() == Alphabet::Gsm7;
        let octets = if seven_bit { (length * 7).div_ceil(8) } else { length };
        let start = self.offset;
        // Some senders count more than they send: what is there is worth more than nothing.
        let there = octets.min(self.octets.len() - start).max(octets.min(1));
        let field = self.take("TP-UD", there)?;
        let mut elements = Vec::new();
        let mut header = 0;
        if has_header && !field.is_empty() {
            header = 1 + usize::from(field[0]);
            if header > field.len() {
                return Err(PduError { field: "TP-UDHL", offset: start, why: "longer than the user data" });
            }
            elements = elements_of(&field[1..header]);
        }
        let units = if seven_bit {
            let count = length.saturating_sub((header * 8).div_ceil(7));
            gsm7::unpack(&field[header..], fill_bits(header), count)
        } else {
            field[header..].to_vec()
        };
        Ok(UserData { elements, units })
    }
}

/// The elements of a header, all or none: one whose last element has too few or too many octets is ignored as a whole
/// (9.2.3.24).
fn elements_of(mut header: &[u8]) -> Vec<Element> {
    let mut elements = Vec::new();
    while let Some((id, rest)) = header.split_first() {
        let data = rest.split_first().and_then(|(length, rest)| rest.split_at_checked(usize::from(*length)));
        let Some((data, rest)) = data else { return Vec::new() };
        elements.push(Element { id: *id, data: data.to_vec() });
        header = rest;
    }
    elements
}

/// Bits between a header of so many octets and the next septet boundary.
pub(super) fn fill_bits(header_octets: usize) -> usize {
    (7 - header_octets * 8 % 7) % 7
}
