//! Long texts: into how many messages a text goes, the messages, and the text of messages that came in any order
//! (3GPP TS 23.040, 9.2.3.24.1).
//!
//! Everything is pure: which parts are there is the store's knowledge, and when a text with a gap is shown after all is
//! the inbox's decision.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::fields::{Address, Alphabet, Concat, Dcs, Element, Validity, concat_of};
use super::gsm7;
use super::pdu::{Deliver, Submit, UserData, ucs2_text};
use crate::number::Number;
use crate::words::{Lang, Word};

/// The most messages one text can be: the total is one octet.
pub const MAX_PARTS: usize = 255;

/// Room of one message and of a part behind a header with an 8-bit reference: septets, and units of 16 bits.
const GSM7_ROOM: (usize, usize) = (160, 153);
const UCS2_ROOM: (usize, usize) = (70, 67);

const PART_MISSING: Word = Word::new("[…缺第{}条…]", "[…part {} missing…]");

/// A text cut into what goes into one message each; together the pieces are the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts<'a> {
    pub alphabet: Alphabet,
    pub texts: Vec<&'a str>,
}

/// Cuts a text: in the 7-bit alphabet if that has every character, else in UCS2. No escape or surrogate pair is torn, nor
/// what is drawn as one sign (joined emoji, accents) unless it alone is longer than a part. An empty text is one part.
pub fn split(text: &str) -> Parts<'_> {
    let (alphabet, count) = measure(text);
    let mut texts = Vec::with_capacity(count);
    if count <= 1 {
        texts.push(text);
        return Parts { alphabet, texts };
    }
    let mut start = 0;
    cut(text, alphabet, |end| {
        texts.push(&text[start..end]);
        start = end;
    });
    texts.push(&text[start..]);
    Parts { alphabet, texts }
}

/// How many messages `split` makes of a text. Cheap, without allocation: pages are fitted by it.
pub fn segments(text: &str) -> usize {
    measure(text).1
}

/// The messages of a text, in order, all with the same `reference` in their header if there are several. What lies
/// beyond the 255th is left out: whoever takes long texts asks `segments` first.
pub fn submits(to: &Number, text: &str, reference: u8, validity: Option<Duration>, report: bool) -> Vec<Submit> {
    let parts = split(text);
    let total = parts.texts.len().min(MAX_PARTS);
    let submit = |(n, text): (usize, &&str)| {
        let concat = Concat { reference: reference.into(), total: total as u8, index: n as u8 + 1, wide: false };
        let (dcs, units) = match parts.alphabet {
            Alphabet::Gsm7 => (Dcs::GSM7, gsm7::encode(text).unwrap_or_default()),
            _ => (Dcs::UCS2, ucs2_octets(text)),
        };
        let elements = if total > 1 { vec![Element::concat(concat)] } else { Vec::new() };
        Submit {
            reject_duplicates: false,
            report,
            reply_path: false,
            reference: 0,
            to: Address::of(to),
            pid: 0,
            dcs,
            validity: validity.map(Validity::relative),
            data: UserData { elements, units },
        }
    };
    parts.texts.iter().take(total).enumerate().map(submit).collect()
}

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
        let piece = Piece { index, alphabet: deliver.dcs.alphabet(), units: deliver.data.units.clone() };
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
        Alphabet::Gsm7 => gsm7::decode(&units),
        Alphabet::Ucs2 => ucs2_text(&units),
        Alphabet::Octets => String::from_utf8_lossy(&units).into_owned(),
    }
}

fn ucs2_octets(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn measure(text: &str) -> (Alphabet, usize) {
    let (alphabet, cost, room) = match gsm7::septets(text) {
        Some(septets) => (Alphabet::Gsm7, septets, GSM7_ROOM),
        None => (Alphabet::Ucs2, text.chars().map(char::len_utf16).sum(), UCS2_ROOM),
    };
    let mut count = 1;
    if cost > room.0 {
        cut(text, alphabet, |_| count += 1);
    }
    (alphabet, count)
}

/// Calls `at` with each place, in octets of the text, where a new part begins.
fn cut(text: &str, alphabet: Alphabet, mut at: impl FnMut(usize)) {
    let seven_bit = alphabet == Alphabet::Gsm7;
    let cost = |c: char| if seven_bit { gsm7::cost(c).unwrap_or(1) } else { c.len_utf16() };
    let room = if seven_bit { GSM7_ROOM.1 } else { UCS2_ROOM.1 };
    let mut used = 0;
    let mut start = 0;
    while start < text.len() {
        let end = start + if seven_bit { first_char(&text[start..]) } else { sign(&text[start..]) };
        let whole: usize = text[start..end].chars().map(cost).sum();
        if used + whole <= room {
            used += whole;
        } else if whole <= room {
            at(start);
            used = whole;
        } else {
            for (place, c) in text[start..end].char_indices() {
                if used + cost(c) > room {
                    at(start + place);
                    used = 0;
                }
                used += cost(c);
            }
        }
        start = end;
    }
}

fn first_char(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

/// How many octets of a text are drawn as one sign: a short form of Unicode's grapheme clusters (UAX 29) that knows
/// what people text: accents, variation selectors, skin tones, keycaps, flags and joined emoji.
fn sign(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    let Some((_, first)) = chars.next() else { return 0 };
    let mut flag_open = is_regional(first);
    let mut joined = false;
    for (place, c) in chars {
        let goes_on = joined || is_extension(c) || (flag_open && is_regional(c));
        if !goes_on {
            return place;
        }
        flag_open = false;
        joined = c == '\u{200D}';
    }
    text.len()
}

fn is_extension(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{200D}' | '\u{20E3}' | '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}'
        | '\u{E0020}'..='\u{E007F}')
}

fn is_regional(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::pdu::hex_of_octets;
    use super::*;

    fn number() -> Number {
        Number::parse("+8613800138000").unwrap()
    }

    fn emitted(text: &str) -> Vec<String> {
        let submits = submits(&number(), text, 1, None, false);
        submits.iter().map(|s| hex_of_octets(&s.emit().unwrap())).collect()
    }

    fn piece(index: u8, alphabet: Alphabet, units: &[u8]) -> Piece {
        Piece { index, alphabet, units: units.to_vec() }
    }

    #[test]
    fn splits_as_the_examples_do() {
        let lengths = |text: String| -> Vec<String> { emitted(&text).iter().map(|h| h[26..28].to_owned()).collect() };
        let a = |n| "a".repeat(n);
        assert_eq!(lengths(a(160)), ["A0"]);
        assert_eq!(lengths(a(153) + &"b".repeat(10)), ["A0", "11"]);
        assert_eq!(lengths(a(152) + "€" + &"b".repeat(10)), ["9F", "13"], "the escape pair moves whole");
        let pair = emitted(&("字".repeat(66) + "😀" + &"字".repeat(10)));
        assert_eq!((&pair[0][26..28], &pair[1][26..28]), ("8A", "1E"), "the surrogate pair moves whole");
        assert_eq!(&pair[1][40..48], "D83DDE00");
        assert!(emitted(&(a(153) + "bbbbbbbbbb"))[0][40..].starts_with("C2E170"));
    }

    #[test]
    fn a_sign_stays_whole_unless_it_is_longer_than_a_part() {
        for sign in ["👨‍👩‍👧‍👦", "👍🏽", "❤️", "1️⃣", "🇨🇳", "e\u{301}"] {
            for before in 55..=67 {
                let text = "字".repeat(before) + sign + &"文".repeat(20);
                let parts = split(&text).texts;
                assert_eq!(parts.concat(), text);
                assert_eq!(parts.iter().filter(|p| p.contains(sign)).count(), 1, "{sign} after {before}");
            }
        }
        let flags = "🇨🇳".repeat(40);
        assert!(split(&flags).texts.iter().all(|part| part.chars().count() % 2 == 0));
        let endless = "👩\u{200D}".repeat(100);
        let parts = split(&endless).texts;
        assert_eq!(parts.concat(), endless);
        assert_eq!(parts.len(), segments(&endless));
        assert!(parts.iter().all(|part| part.encode_utf16().count() <= 67));
    }

    #[test]
    fn any_text_is_cut_within_its_room_and_comes_back() {
        let pool: Vec<char> = "ab€[{ \n字文😀👍🏽\u{200D}❤\u{FE0F}é🇨🇳@".chars().collect();
        let mut seed = 1u64;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as usize % below
        };
        for _ in 0..400 {
            let kinds = [4, 7, pool.len()][next(3)];
            let text: String = (0..next(400)).map(|_| pool[next(kinds)]).collect();
            let parts = split(&text);
            assert_eq!(parts.texts.concat(), text);
            assert_eq!(parts.texts.len(), segments(&text));
            let mut pieces = Vec::new();
            for submit in submits(&number(), &text, 7, Some(Duration::from_secs(3600)), true) {
                let again = Submit::parse(&submit.emit().unwrap()).unwrap();
                assert_eq!(again, submit);
                let index = concat_of(&again.data.elements).map_or(1, |c| c.index);
                pieces.insert(0, Piece { index, alphabet: again.dcs.alphabet(), units: again.data.units });
            }
            assert_eq!(join(pieces.len() as u8, &pieces, Lang::Zh), text);
        }
    }

    #[test]
    fn limits_are_the_standards() {
        let count = |c: &str, n: usize| segments(&c.repeat(n));
        assert_eq!((count("", 0), count("a", 160), count("a", 161), count("a", 306), count("a", 307)), (1, 1, 2, 2, 3));
        assert_eq!((count("字", 70), count("字", 71), count("字", 134), count("字", 135)), (1, 2, 2, 3));
        assert_eq!((count("€", 80), count("€", 81), count("€", 153)), (1, 2, 3), "76 pairs in a part of 153");
        assert_eq!(submits(&number(), &"字".repeat(67 * 300), 1, None, false).len(), MAX_PARTS);
    }

    #[test]
    fn characters_cut_between_parts_join() {
        let whole = ucs2_octets("你😀好");
        let (a, b) = whole.split_at(4);
        let pieces = [piece(2, Alphabet::Ucs2, b), piece(1, Alphabet::Ucs2, a), piece(1, Alphabet::Ucs2, b"late")];
        assert_eq!(join(2, &pieces, Lang::Zh), "你😀好");
        let escape = [piece(1, Alphabet::Gsm7, &[0x61, 0x1B]), piece(2, Alphabet::Gsm7, &[0x65])];
        assert_eq!(join(2, &escape, Lang::Zh), "a€");
        let mixed = [piece(1, Alphabet::Gsm7, &[0x61]), piece(2, Alphabet::Ucs2, &ucs2_octets("字"))];
        assert_eq!(join(2, &mixed, Lang::Zh), "a字");
    }

    #[test]
    fn gaps_are_marked() {
        let pieces = [piece(3, Alphabet::Gsm7, b"c"), piece(1, Alphabet::Gsm7, b"a")];
        assert_eq!(missing(4, &pieces), [2, 4]);
        assert_eq!(join(4, &pieces, Lang::Zh), "a[…缺第2条…]c[…缺第4条…]");
        assert_eq!(join(3, &pieces, Lang::En), "a[…part 2 missing…]c");
        assert_eq!(join(0, &pieces, Lang::En), "");
    }
}
