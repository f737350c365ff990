//! Character sets of foreign documents: names and numbers (IANA's MIBenum) to what reads them; the characters that XML has.
//!
//! Not here: what a document says about its own (`compile`, `decompile`). What we write is UTF-8.

use encoding_rs::{DecoderResult, Encoding};

/// Those that have a number in documents of phones; other names are read as the web reads them. A phone or page that
/// says ASCII, ISO 8859-1 or GB2312 often means their extensions, so those are what is read.
const NUMBERS: [(u32, &str); 12] = [
    (3, "us-ascii"),
    (4, "iso-8859-1"),
    (17, "shift_jis"),
    (38, "euc-kr"),
    (106, "utf-8"),
    (113, "gbk"),
    (114, "gb18030"),
    (1013, "utf-16be"),
    (1014, "utf-16le"),
    (2025, "gb2312"),
    (2026, "big5"),
    (2101, "big5-hkscs"),
];

/// UCS-2 and UTF-16 without a mark are in network order (WAP-192, 5.8.4.1 leaves the order to the number).
const BIG_ENDIAN: [u32; 2] = [1000, 1015];

pub fn of_number(number: u32) -> Option<&'static Encoding> {
    if BIG_ENDIAN.contains(&number) {
        return Some(encoding_rs::UTF_16BE);
    }
    let (_, name) = NUMBERS.iter().find(|(known, _)| *known == number)?;
    of_name(name)
}

pub fn of_name(name: &str) -> Option<&'static Encoding> {
    match name.trim() {
        name if name.eq_ignore_ascii_case("utf-16") || name.eq_ignore_ascii_case("iso-10646-ucs-2") => {
            Some(encoding_rs::UTF_16BE)
        }
        name => Encoding::for_label(name.as_bytes()),
    }
}

/// The text, or the octet at which it is none.
pub fn decode(octets: &[u8], encoding: &'static Encoding) -> Result<String, usize> {
    if encoding == encoding_rs::UTF_8 {
        return std::str::from_utf8(octets).map(str::to_owned).map_err(|error| error.valid_up_to());
    }
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(octets.len()).unwrap_or(0);
    let mut text = String::with_capacity(room);
    match decoder.decode_to_string_without_replacement(octets, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        (_, read) => Err(read),
    }
}

/// Char of XML 1.0 (2.2).
pub fn is_char(c: char) -> bool {
    (c >= ' ' || matches!(c, '\t' | '\n' | '\r')) && !matches!(c, '\u{fffe}' | '\u{ffff}')
}

/// A Name of XML 1.0 (2.3), but for characters that no language of phones has in one.
pub fn is_name(name: &str) -> bool {
    let is_begin = |c: char| c.is_alphabetic() || c == '_';
    name.starts_with(is_begin)
        && name.chars().all(|c| is_begin(c) || c.is_alphanumeric() || matches!(c, '-' | '.' | ':'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_read_the_same() {
        for (number, name) in NUMBERS {
            assert_eq!(of_number(number).unwrap(), of_name(name).unwrap(), "{name}");
        }
        assert!(of_number(1015) == of_name("UTF-16") && of_number(5).is_none() && of_name("klingon").is_none());
    }

    #[test]
    fn chinese_is_read_in_each_of_its_sets() {
        for (name, octets) in [
            ("gb2312", &b"\xD3\xE3"[..]),
            ("GBK", b"\xD3\xE3"),
            ("gb18030", b"\xD3\xE3"),
            ("utf-16", b"\x9C\x7C"),
            ("UTF-16LE", b"\x7C\x9C"),
            ("big5", b"\xB3\xBD"),
        ] {
            assert_eq!(
                decode(octets, of_name(name).unwrap()).unwrap(),
                "鱼".replace('鱼', if name == "big5" { "魚" } else { "鱼" }),
                "{name}"
            );
        }
        assert_eq!(decode(b"ok\xFF\xFF", encoding_rs::UTF_8), Err(2));
        assert!(decode(b"ok\xFF\xFF!", encoding_rs::GBK).is_err());
    }
}
