//! Long texts: into how many messages a text goes (`cut`), the messages (`compose`), and the text of messages that came
//! in any order (3GPP TS 23.040, 9.2.3.24.1).
//!
//! Everything is pure: which parts are there is the store's knowledge, and when a text with a gap is shown after all is
//! the inbox's decision.

mod compose;
mod cut;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fields::{Alphabet, Concat, concat_of, languages_of};
use super::gsm7::{self, Languages};
use super::pdu::{Deliver, ucs2_text};
use crate::words::{Lang, Word};

pub use compose::{Kind, MAX_PARTS, Sending, submits};
pub use cut::{Parts, segments, split};

const PART_MISSING: Word = Word::new("[…缺第{}条…]", "[…part {} missing…]");

/// What parts of one text have in common. References are reused within minutes by some phones, so the store lets a key
/// go after a while.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    pub sender: String,
    pub reference: u16,
    pub total: u8,
    /// Whether the reference has 16 bits.
    pub wide: bool,
}

/// One part as the store keeps it: octets, since bad senders cut characters in two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// From 1.
    pub index: u8,
    pub alphabet: Alphabet,
    /// As in `UserData`.
    pub units: Vec<u8>,
}

impl Key {
    /// Key and piece of a part; `None` for a whole message, also for one whose numbers make no sense (no total, an index
    /// of 0 or above the total): that is shown as it is.
    pub fn of(deliver: &Deliver) -> Option<(Key, Piece)> {
        let Concat { reference, total, index, wide } = concat_of(&deliver.data.elements)?;
        if total < 2 || index == 0 || index > total {
            return None;
        }
        let key = Key { sender: deliver.from.to_string(), reference, total, wide };
        let piece = match deliver.dcs.alphabet() {
            // A piece does not keep its header, so what that says of the alphabet is applied now.
            Alphabet::Gsm7 if languages_of(&deliver.data.elements) != Languages::default() => {
                let text = deliver.text().unwrap_or_default();
                Piece { index, alphabet: Alphabet::Ucs2, units: ucs2_octets(&text) }
            }
            alphabet => Piece { index, alphabet, units: deliver.data.units.clone() },
        };
        Some((key, piece))
    }
}

/// Which of `total` parts are not there, in order.
pub fn missing(total: u8, pieces: &[Piece]) -> Vec<u8> {
    (1..=total).filter(|index| !pieces.iter().any(|piece| piece.index == *index)).collect()
}

/// The text of the pieces, whatever their order; of two with one index the first counts. A gap is marked in `lang`.
/// Neighbours of one alphabet are joined before they are decoded. Data shows as far as it is UTF-8.
pub fn join(total: u8, pieces: &[Piece], lang: Lang) -> String {
    let mut sorted: BTreeMap<u8, &Piece> = BTreeMap::new();
    for piece in pieces {
        sorted.entry(piece.index).or_insert(piece);
    }
    let mut text = String::new();
    let mut run: Option<(Alphabet, Vec<u8>)> = None;
    for index in 1..=total {
        match (sorted.get(&index), &mut run) {
            (Some(piece), Some((alphabet, units))) if *alphabet == piece.alphabet => units.extend(&piece.units),
            (Some(piece), _) => {
                text.extend(run.replace((piece.alphabet, piece.units.clone())).map(decoded));
            }
            (None, _) => {
                text.extend(run.take().map(decoded));
                text.push_str(&PART_MISSING.with(lang, &[&index.to_string()]));
            }
        }
    }
    text.extend(run.map(decoded));
    text
}

fn decoded((alphabet, units): (Alphabet, Vec<u8>)) -> String {
    match alphabet {
        Alphabet::Gsm7 => gsm7::decode(&units, Languages::default()),
        Alphabet::Ucs2 => ucs2_text(&units),
        Alphabet::Octets => String::from_utf8_lossy(&units).into_owned(),
    }
}

fn ucs2_octets(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
