//! Where a text is cut that is too long for one message.

use super::super::fields::Alphabet;
use super::super::gsm7;

/// Room of one message and of a part behind a header with an 8-bit reference: septets, and units of 16 bits.
const GSM7_ROOM: (usize, usize) = (160, 153);
const UCS2_ROOM: (usize, usize) = (70, 67);

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
