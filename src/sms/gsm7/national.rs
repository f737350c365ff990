//! The national language tables of the 7-bit alphabet (3GPP TS 23.038, annex A): a header chooses them by the number of
//! a language (TS 23.040, 9.2.3.24.15 and .16).
//!
//! For reading only: what we send is the default alphabet or UCS2, which every phone reads. Each table is written as
//! what distinguishes it: the Latin ones from the default tables, the others from a frame that they share. A test holds
//! them against `tests/data/pdu/national.txt`, which comes from another implementation.

use super::{BASIC, EXTENSION};

/// The character of each code.
pub(super) type Table = [char; 128];

/// A code of a single shift table that has no character: the one of the locking table shows (6.2.1.1).
pub(super) const NONE: char = '\0';

/// The table in place of the default alphabet (A.3); `None` where the default one stays. Spanish has none.
pub(super) fn locking(language: u8) -> Option<Table> {
    match language {
        1 => Some(changed(BASIC, &TURKISH_LOCKING)),
        3 => Some(changed(BASIC, &PORTUGUESE_LOCKING)),
        4..=13 => Some(SCRIPTS[usize::from(language) - 4].locking_table()),
        _ => None,
    }
}

/// The table in place of the default extension (A.2); `None` where that stays.
pub(super) fn single(language: u8) -> Option<Table> {
    let latin = changed([NONE; 128], &EXTENSION);
    match language {
        1 => Some(changed(latin, &TURKISH_SINGLE)),
        2 => Some(changed(latin, &SPANISH_SINGLE)),
        3 => Some(changed(latin, &PORTUGUESE_SINGLE)),
        4..=13 => Some(SCRIPTS[usize::from(language) - 4].single_table()),
        _ => None,
    }
}

fn changed(mut table: Table, changes: &[(u8, char)]) -> Table {
    for (code, c) in changes {
        table[usize::from(*code)] = *c;
    }
    table
}

/// A.3.1.
const TURKISH_LOCKING: [(u8, char); 8] =
    [(0x04, '€'), (0x07, 'ı'), (0x0B, 'Ğ'), (0x0C, 'ğ'), (0x1C, 'Ş'), (0x1D, 'ş'), (0x40, 'İ'), (0x60, 'ç')];

/// A.2.1.
const TURKISH_SINGLE: [(u8, char); 7] =
    [(0x47, 'Ğ'), (0x49, 'İ'), (0x53, 'Ş'), (0x63, 'ç'), (0x67, 'ğ'), (0x69, 'ı'), (0x73, 'ş')];

/// A.2.2.
const SPANISH_SINGLE: [(u8, char); 9] = [
    (0x09, 'ç'),
    (0x41, 'Á'),
    (0x49, 'Í'),
    (0x4F, 'Ó'),
    (0x55, 'Ú'),
    (0x61, 'á'),
    (0x69, 'í'),
    (0x6F, 'ó'),
    (0x75, 'ú'),
];

/// A.3.3.
const PORTUGUESE_LOCKING: [(u8, char); 30] = [
    (0x04, 'ê'),
    (0x06, 'ú'),
    (0x07, 'í'),
    (0x08, 'ó'),
    (0x09, 'ç'),
    (0x0B, 'Ô'),
    (0x0C, 'ô'),
    (0x0E, 'Á'),
    (0x0F, 'á'),
    (0x12, 'ª'),
    (0x13, 'Ç'),
    (0x14, 'À'),
    (0x15, '∞'),
    (0x16, '^'),
    (0x17, '\\'),
    (0x18, '€'),
    (0x19, 'Ó'),
    (0x1A, '|'),
    (0x1C, 'Â'),
    (0x1D, 'â'),
    (0x1E, 'Ê'),
    (0x24, 'º'),
    (0x40, 'Í'),
    (0x5B, 'Ã'),
    (0x5C, 'Õ'),
    (0x5D, 'Ú'),
    (0x60, '~'),
    (0x7B, 'ã'),
    (0x7C, 'õ'),
    (0x7D, '`'),
];

/// A.2.3.
const PORTUGUESE_SINGLE: [(u8, char); 27] = [
    (0x05, 'ê'),
    (0x09, 'ç'),
    (0x0B, 'Ô'),
    (0x0C, 'ô'),
    (0x0E, 'Á'),
    (0x0F, 'á'),
    (0x12, 'Φ'),
    (0x13, 'Γ'),
    (0x15, 'Ω'),
    (0x16, 'Π'),
    (0x17, 'Ψ'),
    (0x18, 'Σ'),
    (0x19, 'Θ'),
    (0x1F, 'Ê'),
    (0x41, 'À'),
    (0x49, 'Í'),
    (0x4F, 'Ó'),
    (0x55, 'Ú'),
    (0x5B, 'Ã'),
    (0x5C, 'Õ'),
    (0x61, 'Â'),
    (0x69, 'í'),
    (0x6F, 'ó'),
    (0x75, 'ú'),
    (0x7B, 'ã'),
    (0x7C, 'õ'),
    (0x7F, 'â'),
];

/// A table of another script: its characters by the low octet of their code point, or the whole code point; `--` is
/// what the frame has there.
struct Script {
    /// The code point of low octet 00.
    page: u32,
    /// A.3: codes 00 to 0F, 10 to 1F, 20 to 2F, 3C to 3E, 40 to 4F, 50 to 5F, then 60 and 7B to 7F.
    locking: [&'static str; 7],
    /// A.2: codes 19 to 1F, 20 to 2F, 30 to 3F.
    single: [&'static str; 3],
}

impl Script {
    fn locking_table(&self) -> Table {
        let mut table = LOCKING_FRAME;
        for (start, row) in [0x00, 0x10, 0x20, 0x3C, 0x40, 0x50].into_iter().zip(self.locking) {
            self.fill(&mut table, start, row);
        }
        let (first, last) = self.locking[6].split_at(2);
        self.fill(&mut table, 0x60, first);
        self.fill(&mut table, 0x7B, last);
        table
    }

    fn single_table(&self) -> Table {
        let mut table = single_frame();
        for (start, row) in [0x19, 0x20, 0x30].into_iter().zip(self.single) {
            self.fill(&mut table, start, row);
        }
        table
    }

    fn fill(&self, table: &mut Table, start: usize, row: &str) {
        for (place, cell) in table[start..].iter_mut().zip(row.split_ascii_whitespace()) {
            let page = if cell.len() == 2 { self.page } else { 0 };
            let point = u32::from_str_radix(cell, 16).ok().and_then(|low| char::from_u32(page + low));
            *place = point.unwrap_or(*place);
        }
    }
}

/// What the locking tables of these scripts share: no capitals, and the brackets the other way round.
const LOCKING_FRAME: Table = {
    let mut table = [' '; 128];
    let mut code = 0;
    while code < table.len() {
        if matches!(code as u8, b'0'..=b';' | b'?' | b'a'..=b'z' | b'!' | b',' | b'.' | 0x0A | 0x0D | 0x1B) {
            table[code] = code as u8 as char;
        }
        code += 1;
    }
    (table[0x28], table[0x29]) = (')', '(');
    table
};

/// What their single shift tables share: Latin capitals and the signs for which the locking tables have no room.
fn single_frame() -> Table {
    let mut table = changed([NONE; 128], &EXTENSION);
    for (place, c) in table.iter_mut().zip("@£$¥¿\"¤%&'\u{0C}*+".chars()) {
        *place = c;
    }
    for (place, c) in table[0x0E..].iter_mut().zip("-/<=>¡^¡_#*".chars()) {
        *place = c;
    }
    for code in b'A'..=b'Z' {
        table[usize::from(code)] = char::from(code);
    }
    table
}

/// By language number, from 4.
const SCRIPTS: [Script; 10] = [BENGALI, GUJARATI, HINDI, KANNADA, MALAYALAM, ORIYA, PUNJABI, TAMIL, TELUGU, URDU];

/// A.2.4 and A.3.4.
const BENGALI: Script = Script {
    page: 0x0900,
    locking: [
        "81 82 83 85 86 87 88 89 8A 8B -- 8C -- -- -- 8F",
        "90 -- -- 93 94 95 96 97 98 99 9A -- 9B 9C 9D 9E",
        "-- -- 9F A0 A1 A2 A3 A4 -- -- A5 A6 -- A7 -- A8",
        "-- AA AB",
        "AC AD AE AF B0 -- B2 -- -- -- B6 B7 B8 B9 BC BD",
        "BE BF C0 C1 C2 C3 C4 -- -- C7 C8 -- -- CB CC CD",
        "CE   D7 DC DD F0 F1",
    ],
    single: ["E6 E7 -- E8 E9 EA EB", "EC ED EE EF DF E0 E1 E2 -- -- E3 F2 F3 F4 F5 --", "F6 F7 F8 F9 FA"],
};

/// A.2.5 and A.3.5.
const GUJARATI: Script = Script {
    page: 0x0A00,
    locking: [
        "81 82 83 85 86 87 88 89 8A 8B -- 8C 8D -- -- 8F",
        "90 91 -- 93 94 95 96 97 98 99 9A -- 9B 9C 9D 9E",
        "-- -- 9F A0 A1 A2 A3 A4 -- -- A5 A6 -- A7 -- A8",
        "-- AA AB",
        "AC AD AE AF B0 -- B2 B3 -- B5 B6 B7 B8 B9 BC BD",
        "BE BF C0 C1 C2 C3 C4 C5 -- C7 C8 C9 -- CB CC CD",
        "D0   E0 E1 E2 E3 F1",
    ],
    single: ["0964 0965 -- E6 E7 E8 E9", "EA EB EC ED EE EF", ""],
};

/// A.2.6 and A.3.6.
const HINDI: Script = Script {
    page: 0x0900,
    locking: [
        "01 02 03 05 06 07 08 09 0A 0B -- 0C 0D -- 0E 0F",
        "10 11 12 13 14 15 16 17 18 19 1A -- 1B 1C 1D 1E",
        "-- -- 1F 20 21 22 23 24 -- -- 25 26 -- 27 -- 28",
        "29 2A 2B",
        "2C 2D 2E 2F 30 31 32 33 34 35 36 37 38 39 3C 3D",
        "3E 3F 40 41 42 43 44 45 46 47 48 49 4A 4B 4C 4D",
        "50   72 7B 7C 7E 7F",
    ],
    single: [
        "64 65 -- 66 67 68 69",
        "6A 6B 6C 6D 6E 6F 51 52 -- -- 53 54 58 59 5A --",
        "5B 5C 5D 5E 5F 60 61 62 63 70 71",
    ],
};

/// A.2.7 and A.3.7.
const KANNADA: Script = Script {
    page: 0x0C00,
    locking: [
        "-- 82 83 85 86 87 88 89 8A 8B -- 8C -- -- 8E 8F",
        "90 -- 92 93 94 95 96 97 98 99 9A -- 9B 9C 9D 9E",
        "-- -- 9F A0 A1 A2 A3 A4 -- -- A5 A6 -- A7 -- A8",
        "-- AA AB",
        "AC AD AE AF B0 B1 B2 B3 -- B5 B6 B7 B8 B9 BC BD",
        "BE BF C0 C1 C2 C3 C4 -- C6 C7 C8 -- CA CB CC CD",
        "D5   D6 E0 E1 E2 E3",
    ],
    single: ["0964 0965 -- E6 E7 E8 E9", "EA EB EC ED EE EF DE F1 -- -- F2", ""],
};

/// A.2.8 and A.3.8.
const MALAYALAM: Script = Script {
    page: 0x0D00,
    locking: [
        "-- 02 03 05 06 07 08 09 0A 0B -- 0C -- -- 0E 0F",
        "10 -- 12 13 14 15 16 17 18 19 1A -- 1B 1C 1D 1E",
        "-- -- 1F 20 21 22 23 24 -- -- 25 26 -- 27 -- 28",
        "-- 2A 2B",
        "2C 2D 2E 2F 30 31 32 33 34 35 36 37 38 39 -- 3D",
        "3E 3F 40 41 42 43 44 -- 46 47 48 -- 4A 4B 4C 4D",
        "57   60 61 62 63 79",
    ],
    single: ["0964 0965 -- 66 67 68 69", "6A 6B 6C 6D 6E 6F 70 71 -- -- 72 73 74 75 7A --", "7B 7C 7D 7E 7F"],
};

/// A.2.9 and A.3.9.
const ORIYA: Script = Script {
    page: 0x0B00,
    locking: [
        "01 02 03 05 06 07 08 09 0A 0B -- 0C -- -- -- 0F",
        "10 -- -- 13 14 15 16 17 18 19 1A -- 1B 1C 1D 1E",
        "-- -- 1F 20 21 22 23 24 -- -- 25 26 -- 27 -- 28",
        "-- 2A 2B",
        "2C 2D 2E 2F 30 -- 32 33 -- 35 36 37 38 39 3C 3D",
        "3E 3F 40 41 42 43 44 -- -- 47 48 -- -- 4B 4C 4D",
        "56   57 60 61 62 63",
    ],
    single: ["0964 0965 -- 66 67 68 69", "6A 6B 6C 6D 6E 6F 5C 5D -- -- 5F 70 71", ""],
};

/// A.2.10 and A.3.10.
const PUNJABI: Script = Script {
    page: 0x0A00,
    locking: [
        "01 02 03 05 06 07 08 09 0A -- -- -- -- -- -- 0F",
        "10 -- -- 13 14 15 16 17 18 19 1A -- 1B 1C 1D 1E",
        "-- -- 1F 20 21 22 23 24 -- -- 25 26 -- 27 -- 28",
        "-- 2A 2B",
        "2C 2D 2E 2F 30 -- 32 33 -- 35 36 -- 38 39 3C --",
        "3E 3F 40 41 42 -- -- -- -- 47 48 -- -- 4B 4C 4D",
        "51   70 71 72 73 74",
    ],
    single: ["0964 0965 -- 66 67 68 69", "6A 6B 6C 6D 6E 6F 59 5A -- -- 5B 5C 5E 75", ""],
};

/// A.2.11 and A.3.11.
const TAMIL: Script = Script {
    page: 0x0B00,
    locking: [
        "-- 82 83 85 86 87 88 89 8A -- -- -- -- -- 8E 8F",
        "90 -- 92 93 94 95 -- -- -- 99 9A -- -- 9C -- 9E",
        "-- -- 9F -- -- -- A3 A4 -- -- -- -- -- -- -- A8",
        "A9 AA --",
        "-- -- AE AF B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 -- --",
        "BE BF C0 C1 C2 -- -- -- C6 C7 C8 -- CA CB CC CD",
        "D0   D7 F0 F1 F2 F9",
    ],
    single: ["0964 0965 -- E6 E7 E8 E9", "EA EB EC ED EE EF F3 F4 -- -- F5 F6 F7 F8 FA", ""],
};

/// A.2.12 and A.3.12.
const TELUGU: Script = Script {
    page: 0x0C00,
    locking: [
        "01 02 03 05 06 07 08 09 0A 0B -- 0C -- -- 0E 0F",
        "10 -- 12 13 14 15 16 17 18 19 1A -- 1B 1C 1D 1E",
        "-- -- 1F 20 21 22 23 24 -- -- 25 26 -- 27 -- 28",
        "-- 2A 2B",
        "2C 2D 2E 2F 30 31 32 33 -- 35 36 37 38 39 -- 3D",
        "3E 3F 40 41 42 43 44 -- 46 47 48 -- 4A 4B 4C 4D",
        "55   56 60 61 62 63",
    ],
    single: ["-- -- -- 66 67 68 69", "6A 6B 6C 6D 6E 6F 58 59 -- -- 78 79 7A 7B 7C --", "7D 7E 7F"],
};

/// A.2.13 and A.3.13.
const URDU: Script = Script {
    page: 0x0600,
    locking: [
        "27 22 28 7B 80 7E A6 2A C2 7F -- 79 7D -- 7A 7C",
        "2B 2C 81 84 83 85 86 87 2D 2E 2F -- 8C 88 89 8A",
        "-- -- 8F 8D 30 31 91 93 -- -- 99 32 -- 96 -- 98",
        "9A 33 34",
        "35 36 37 38 39 41 42 A9 AA AB AF B3 B1 44 45 46",
        "BA BB BC 48 C4 D5 C1 BE 21 CC D0 D2 4D 50 4F 57",
        "54   55 51 53 56 70",
    ],
    single: [
        "00 01 -- F0 F1 F2 F3",
        "F4 F5 F6 F7 F8 F9 0C 0D -- -- 0E 0F 10 11 12 --",
        "13 14 1B 1F 40 52 58 6B 6C 72 73 CD -- -- -- D4",
    ],
};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_those_of_another_implementation() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pdu/national.txt");
        let text = std::fs::read_to_string(file).unwrap();
        let mut seen = 0;
        for block in text.split("\n\n").skip(1) {
            let (title, rows) = block.split_once('\n').unwrap();
            let [language, _, kind] = title.split(' ').collect::<Vec<_>>().try_into().unwrap();
            let language: u8 = language.parse().unwrap();
            let is_single = kind == "single";
            let table = if is_single { single(language) } else { locking(language) }.unwrap();
            for (code, point) in rows.split_ascii_whitespace().enumerate() {
                let expected = char::from_u32(u32::from_str_radix(point, 16).unwrap()).unwrap();
                let expected = if is_single && expected == ' ' { NONE } else { expected };
                assert_eq!(table[code], expected, "{title}, code {code:02X}");
                seen += 1;
            }
        }
        assert_eq!(seen, 25 * 128, "13 single shift tables and 12 locking ones");
        assert!([0, 14, 255].into_iter().all(|n| locking(n).is_none() && single(n).is_none()) && locking(2).is_none());
    }
}
