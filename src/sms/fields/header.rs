//! The elements of a user data header (3GPP TS 23.040, 9.2.3.24).

use serde::{Deserialize, Serialize};

use super::super::gsm7::Languages;

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

/// To which application of the phone a message goes, and from which it comes (9.2.3.24.3 and .4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    pub destination: u16,
    pub source: u16,
}

impl Ports {
    /// WAP Push to a phone (WAP-259, 5: wap-push), from a gateway's connectionless session service.
    pub const WAP_PUSH: Ports = Ports { destination: 2948, source: 9200 };
    /// A business card to a phone (WAP-259, 5: wap-vcard), from nobody who would get an answer.
    pub const VCARD: Ports = Ports { destination: 9204, source: 0 };
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

/// The languages whose tables a text is written in (9.2.3.24.15 and .16); of repeated elements the last counts.
pub fn languages_of(elements: &[Element]) -> Languages {
    let mut languages = Languages::default();
    for element in elements {
        match (element.id, element.data.as_slice()) {
            (0x24, &[language]) => languages.single = language,
            (0x25, &[language]) => languages.locking = language,
            _ => {}
        }
    }
    languages
}
