//! The GSM 7-bit default alphabet with its extension table, and the packing of septets into octets
//! (3GPP TS 23.038, 6.1.2 and 6.2.1).
//!
//! A septet travels here as one octet, 00 to 7F; only `pack` and `unpack` know that eight of them take seven octets.
//! The tables of other languages are in `national`. Not here: where a text is cut.

mod national;

/// The septet that announces a character of the extension table.
pub const ESCAPE: u8 = 0x1B;

/// Table 6.2.1, row by row; the place of a character is its code. Code 1B stands for the escape.
const BASIC: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å', //
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1B}', 'Æ', 'æ', 'ß', 'É', //
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/', //
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?', //
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O', //
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§', //
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', //
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à', //
];

/// Table 6.2.1.1: code after the escape, and the character.
const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{0C}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

/// Marks a character that has no code in `NEAR`.
const NONE: u8 = 0xFF;
/// Marks, in `NEAR`, a code of the extension table: codes have seven bits, so the eighth is free.
const EXTENDED: u8 = 0x80;
/// The code of every character below U+0100, so that counting a text is one look-up a character.
const NEAR: [u8; 256] = near();

/// The septets of a text, or `None` if a character is not in the alphabet.
pub fn encode(text: &str) -> Option<Vec<u8>> {
    let mut septets = Vec::with_capacity(text.len());
    for c in text.chars() {
        let code = code(c)?;
        if code & EXTENDED != 0 {
            septets.push(ESCAPE);
        }
        septets.push(code & !EXTENDED);
    }
    Some(septets)
}

/// The languages whose tables a message is read with, by their numbers (TS 23.040, 9.2.3.24.15 and .16); 0, and any that
/// is not assigned, means the default table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Languages {
    /// In place of the default alphabet.
    pub locking: u8,
    /// In place of the extension table.
    pub single: u8,
}

/// The text of septets. An unknown code after an escape shows as the basic character, a doubled or last escape as a
/// blank (6.2.1.1, notes 1 and 3).
pub fn decode(septets: &[u8], languages: Languages) -> String {
    let basic = national::locking(languages.locking).unwrap_or(BASIC);
    let single = national::single(languages.single);
    let extended = |code: u8| match &single {
        Some(table) => Some(table[usize::from(code)]).filter(|c| *c != national::NONE),
        None => EXTENSION.iter().find(|(other, _)| *other == code).map(|(_, c)| *c),
    };
    let mut text = String::with_capacity(septets.len());
    let mut rest = septets.iter().map(|s| s & 0x7F);
    while let Some(code) = rest.next() {
        if code != ESCAPE {
            text.push(basic[usize::from(code)]);
            continue;
        }
        match rest.next() {
            None | Some(ESCAPE) => text.push(' '),
            Some(code) => text.push(extended(code).unwrap_or(basic[usize::from(code)])),
        }
    }
    text
}

/// What a character costs in septets: 1, or 2 with its escape; `None` if the alphabet lacks it.
pub fn cost(c: char) -> Option<usize> {
    code(c).map(|code| if code & EXTENDED != 0 { 2 } else { 1 })
}

/// What a text costs in septets, or `None` if a character is not in the alphabet.
pub fn septets(text: &str) -> Option<usize> {
    text.chars().try_fold(0, |sum, c| Some(sum + cost(c)?))
}

/// Packs septets into octets, the first one `fill` bits (0 to 6) after the start of the first octet: behind a user data
/// header the text begins on a septet boundary (TS 23.040, 9.2.3.24).
pub fn pack(septets: &[u8], fill: usize) -> Vec<u8> {
    let mut octets = vec![0u8; (septets.len() * 7 + fill).div_ceil(8)];
    for (n, septet) in septets.iter().enumerate() {
        let bit = n * 7 + fill;
        let wide = u16::from(septet & 0x7F) << (bit % 8);
        octets[bit / 8] |= wide as u8;
        if wide > 0xFF {
            octets[bit / 8 + 1] |= (wide >> 8) as u8;
        }
    }
    octets
}

/// The first `count` septets after `fill` bits; fewer if the octets end before.
pub fn unpack(octets: &[u8], fill: usize, count: usize) -> Vec<u8> {
    let room = (octets.len() * 8).saturating_sub(fill) / 7;
    let septet = |n: usize| {
        let bit = n * 7 + fill;
        let high = octets.get(bit / 8 + 1).copied().unwrap_or(0);
        let wide = u16::from_le_bytes([octets[bit / 8], high]);
        (wide >> (bit % 8)) as u8 & 0x7F
    };
    (0..count.min(room)).map(septet).collect()
}

fn code(c: char) -> Option<u8> {
    let code = match c {
        'Δ' => 0x10,
        'Φ' => 0x12,
        'Γ' => 0x13,
        'Λ' => 0x14,
        'Ω' => 0x15,
        'Π' => 0x16,
        'Ψ' => 0x17,
        'Σ' => 0x18,
        'Θ' => 0x19,
        'Ξ' => 0x1A,
        '€' => EXTENDED | 0x65,
        _ => *NEAR.get(c as usize)?,
    };
    (code != NONE).then_some(code)
}

const fn near() -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut n = 0;
    while n < BASIC.len() {
        if (BASIC[n] as usize) < table.len() && n != ESCAPE as usize {
            table[BASIC[n] as usize] = n as u8;
        }
        n += 1;
    }
    n = 0;
    while n < EXTENSION.len() {
        if (EXTENSION[n].1 as usize) < table.len() {
            table[EXTENSION[n].1 as usize] = EXTENSION[n].0 | EXTENDED;
        }
        n += 1;
    }
    table
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_character_comes_back() {
        let all: Vec<char> =
            BASIC.iter().copied().filter(|c| *c != '\u{1B}').chain(EXTENSION.iter().map(|e| e.1)).collect();
        assert_eq!(all.len(), 137);
        for c in all {
            let text = c.to_string();
            let coded = encode(&text).unwrap();
            assert_eq!(decode(&coded, Languages::default()), text);
            assert_eq!(cost(c), Some(coded.len()));
        }
        for c in ['字', 'ç', '`', '\u{1B}', '\t', 'Ā', '😀', '\u{A0}'] {
            assert_eq!(cost(c), None, "{c:?}");
        }
        assert_eq!(septets("a€[字"), None);
        assert_eq!(septets("a€["), Some(5));
    }

    #[test]
    fn escapes_without_a_meaning_stay_readable() {
        let decode = |septets: &[u8]| super::decode(septets, Languages::default());
        assert_eq!(decode(&[0x1B, 0x41, 0x1B, 0x1B, 0x42, 0x1B]), "A B ");
        assert_eq!(decode(&[0xC1]), "A", "the eighth bit is not the alphabet's");
    }

    #[test]
    fn a_language_has_its_own_tables() {
        let septets = [0x47, 0x1B, 0x47, 0x07, 0x1B, 0x65, 0x1B, 0x41];
        let read = |locking, single| decode(&septets, Languages { locking, single });
        assert_eq!(read(0, 0), "GGì€A");
        assert_eq!(read(0, 1), "GĞì€A", "Turkish single shift; a code it lacks is the basic one");
        assert_eq!(read(1, 0), "GGı€A", "Turkish locking shift with the default extension");
        assert_eq!(read(2, 14), read(0, 0), "what is not assigned is the default");
        assert_eq!(decode(&[0x01, 0x03, 0x1B, 0x1C, 0x1B, 0x19], Languages { locking: 6, single: 6 }), "ंअ०।");
    }

    #[test]
    fn packing_matches_known_octets() {
        // 23.038 packs the low bits first: "hellohello" is the example known to every SMS programmer.
        assert_eq!(pack(&encode("hellohello").unwrap(), 0), [0xE8, 0x32, 0x9B, 0xFD, 0x46, 0x97, 0xD9, 0xEC, 0x37]);
        assert_eq!(pack(&[0x61, 0x61, 0x61], 1)[..2], [0xC2, 0xE1]);
    }

    #[test]
    fn packing_comes_back_at_every_length_and_fill() {
        for fill in 0..7 {
            for count in 0..=160usize {
                let septets: Vec<u8> = (0..count).map(|n| ((n * 37 + fill * 11) % 128) as u8).collect();
                let octets = pack(&septets, fill);
                assert_eq!(octets.len(), (count * 7 + fill).div_ceil(8));
                assert_eq!(unpack(&octets, fill, count), septets);
                assert!(unpack(&octets[..octets.len() / 2], fill, count).len() <= count);
            }
        }
        assert!(unpack(&[], 6, 9).is_empty());
    }
}
