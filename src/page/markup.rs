//! What HTML and XHTML-MP have in common: escaping, anchors, prices.
//!
//! Not here: how an address is made (`links`), and any element.

use super::Price;
use crate::words::{self, Lang};

/// Appends `text` for a text position or a quoted attribute of HTML or XML. What XML 1.0 (2.2, Char) cannot carry at all
/// becomes U+FFFD.
pub fn escape(out: &mut String, text: &str) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let (instead, length) = match byte {
            b'&' => ("&amp;", 1),
            b'<' => ("&lt;", 1),
            b'>' => ("&gt;", 1),
            b'"' => ("&quot;", 1),
            b'\'' => ("&#39;", 1),
            b'\t' | b'\n' | b'\r' => continue,
            0..=0x1f => ("\u{fffd}", 1),
            // U+FFFE and U+FFFF
            0xef if bytes[at..].starts_with(&[0xef, 0xbf]) && bytes.get(at + 2) >= Some(&0xbe) => ("\u{fffd}", 3),
            _ => continue,
        };
        out.push_str(&text[done..at]);
        out.push_str(instead);
        done = at + length;
    }
    out.push_str(&text[done..]);
}

/// Appends an anchor of an id: an XML name whatever the id holds, different for different ids.
pub fn anchor(out: &mut String, kind: &str, id: &str) {
    out.push_str(kind);
    out.push('-');
    for byte in id.bytes() {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-' => out.push(char::from(byte)),
            _ => {
                out.push('.');
                out.push_str(&format!("{byte:02x}"));
            }
        }
    }
}

/// `¥38.00`, for an amount in fen (1/100 yuan): under one another on a price list, the points stand in line.
pub fn exact_yuan(out: &mut String, fen: i64) {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    out.push_str(&format!("{sign}¥{}.{:02}", fen / 100, fen % 100));
}

/// A price on one line without markup: `¥38.00/份 原价¥48.00`, unescaped.
pub fn price_line(out: &mut String, price: &Price, lang: Lang) {
    match price {
        Price::Ask => out.push_str(words::PRICE_ASK.say(lang)),
        Price::Fen { now, was, unit } => {
            exact_yuan(out, *now);
            if !unit.is_empty() {
                out.push('/');
                out.push_str(unit);
            }
            if let Some(was) = was {
                out.push(' ');
                out.push_str(words::PRICE_BEFORE.say(lang));
                exact_yuan(out, *was);
            }
        }
    }
}

/// The values of an answer to `Ask::Many`, as the form keeps them: divided by commas.
pub(crate) fn chosen<'a>(was: Option<&'a str>, value: &str) -> bool {
    was.is_some_and(|was: &'a str| was.split(',').any(|one| one.trim() == value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        escape(&mut out, text);
        out
    }

    #[test]
    fn escapes_what_opens_markup_and_keeps_the_rest() {
        assert_eq!(escaped("<a b=\"c\" d='e'>&茶"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;茶");
        assert_eq!(escaped("一\n二\t三"), "一\n二\t三");
    }

    #[test]
    fn replaces_what_xml_cannot_carry() {
        assert_eq!(escaped("a\u{0}b\u{1b}c\u{fffe}d\u{ffff}"), "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}");
        assert_eq!(escaped("\u{fffd}\u{ff01}"), "\u{fffd}\u{ff01}");
    }

    #[test]
    fn anchors_are_names_and_differ() {
        let mut one = String::new();
        anchor(&mut one, "post", "a b\"");
        assert_eq!(one, "post-a.20b.22");
    }

    #[test]
    fn prices_have_two_decimals() {
        let mut line = String::new();
        price_line(&mut line, &Price::Fen { now: 3805, was: Some(4800), unit: "份".into() }, Lang::Zh);
        assert_eq!(line, "¥38.05/份 原价¥48.00");
        let mut least = String::new();
        exact_yuan(&mut least, i64::MIN);
        assert!(least.starts_with("-¥"));
    }
}
