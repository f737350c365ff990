//! Service indication and service loading as WBXML (WAP-167 SI 1.0, WAP-168 SL 1.0, WAP-192), and the WSP push around them
//! (WAP-230, 8.2.4.1): what a phone gets on port 2948.
//!
//! Not here: into how many messages that goes (`sms::parts`), whom it goes to and how often (`sms::push`), channel and
//! indication info elements, confirmed push.

use super::tokens;
use crate::clock::Time;

/// Registered with IANA: WAP Push of a phone, and the WSP port that it comes from.
pub const DESTINATION: u16 = 2948;
pub const SOURCE: u16 = 9200;

/// How much a phone makes of it (WAP-167, 5.2): `Delete` takes away what has this id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signal {
    None,
    Low,
    #[default]
    Medium,
    High,
    Delete,
}

/// `<si><indication …>text</indication></si>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indication<'a> {
    pub href: &'a str,
    pub text: &'a str,
    /// Empty: phones take the address for it.
    pub id: &'a str,
    pub signal: Signal,
    pub created: Option<Time>,
    pub expires: Option<Time>,
}

/// What a phone does with a service that is to be loaded (WAP-168, 5.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Execute {
    #[default]
    Low,
    High,
    Cache,
}

impl Signal {
    pub const ALL: [(&'static str, Signal); 5] = [
        ("signal-none", Signal::None),
        ("signal-low", Signal::Low),
        ("signal-medium", Signal::Medium),
        ("signal-high", Signal::High),
        ("delete", Signal::Delete),
    ];
}

impl Execute {
    pub const ALL: [(&'static str, Execute); 3] =
        [("execute-low", Execute::Low), ("execute-high", Execute::High), ("execute-cache", Execute::Cache)];
}

/// An indication in WBXML. The attributes stand in the order of the worked example of WAP-167.
pub fn indication(si: &Indication) -> Vec<u8> {
    let mut out = tokens::SI_HEADER.to_vec();
    out.push(tokens::SI | tokens::WITH_CONTENT);
    out.push(tokens::INDICATION | tokens::WITH_ATTRIBUTES | tokens::WITH_CONTENT);
    address(&mut out, tokens::SI_HREF, si.href);
    if !si.id.is_empty() {
        out.push(tokens::SI_ID);
        string(&mut out, si.id);
    }
    out.push(tokens::SI_ACTION + si.signal as u8);
    for (token, time) in [(tokens::SI_CREATED, si.created), (tokens::SI_EXPIRES, si.expires)] {
        if let Some(time) = time {
            out.push(token);
            date(&mut out, time);
        }
    }
    out.push(tokens::END);
    string(&mut out, si.text);
    out.extend([tokens::END, tokens::END]);
    out
}

/// A loading in WBXML: an empty element.
pub fn loading(href: &str, execute: Execute) -> Vec<u8> {
    let mut out = tokens::SL_HEADER.to_vec();
    out.push(tokens::SL | tokens::WITH_ATTRIBUTES);
    address(&mut out, tokens::SL_HREF, href);
    out.extend([tokens::SL_ACTION + execute as u8, tokens::END]);
    out
}

/// The WSP push of a document, to the WML browser: `id` tells one from the next.
pub fn of_indication(id: u8, si: &Indication) -> Vec<u8> {
    [&[id], WSP_SI, &indication(si)].concat()
}

pub fn of_loading(id: u8, href: &str, execute: Execute) -> Vec<u8> {
    [&[id], WSP_SL, &loading(href, execute)].concat()
}

/// Push (06), six octets of headers: the type with charset UTF-8 (`03 AE 81 EA`), X-Wap-Application-Id wml.ua (`AF 82`).
const WSP_SI: &[u8] = &[0x06, 0x06, 0x03, 0xAE, 0x81, 0xEA, 0xAF, 0x82];
const WSP_SL: &[u8] = &[0x06, 0x06, 0x03, 0xB0, 0x81, 0xEA, 0xAF, 0x82];

/// An address: the longest beginning that has a token, then what is left, with the tokens of what ends in a slash.
fn address(out: &mut Vec<u8>, starts: &[(&str, u8)], href: &str) {
    let longest = starts.iter().filter(|(start, _)| href.starts_with(start)).max_by_key(|(start, _)| start.len());
    let Some((start, token)) = longest else { return };
    out.push(*token);
    let mut rest = &href[start.len()..];
    let next = |text: &str| {
        let found = tokens::PUSH_VALUES.iter().filter_map(|(word, token)| Some((text.find(word)?, *word, *token)));
        found.min_by_key(|(at, ..)| *at)
    };
    while let Some((at, word, token)) = next(rest) {
        string(out, &rest[..at]);
        out.push(token);
        rest = &rest[at + word.len()..];
    }
    string(out, rest);
}

fn string(out: &mut Vec<u8>, text: &str) {
    if text.is_empty() {
        return;
    }
    out.push(tokens::STR_I);
    // A NUL would end the string early.
    out.extend(text.bytes().filter(|b| *b != 0));
    out.push(0);
}

/// `YYYYMMDDhhmmss` in UTC, two digits an octet, zero octets at the end left out (WAP-167, 8.2.2).
fn date(out: &mut Vec<u8>, time: Time) {
    let at = time.civil(&jiff::tz::TimeZone::UTC);
    let bcd = |n: i16| (((n / 10 % 10) << 4) | (n % 10)) as u8;
    let [month, day, hour, minute, second] = [at.month(), at.day(), at.hour(), at.minute(), at.second()].map(i16::from);
    let mut octets =
        vec![bcd(at.year() / 100), bcd(at.year()), bcd(month), bcd(day), bcd(hour), bcd(minute), bcd(second)];
    while octets.last() == Some(&0) {
        octets.pop();
    }
    out.extend([tokens::OPAQUE, octets.len() as u8]);
    out.extend(octets);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn hex(octets: &[u8]) -> String {
        octets.iter().map(|octet| format!("{octet:02X}")).collect()
    }

    fn utc(year: i16, month: i8, day: i8, hour: i8, minute: i8) -> Time {
        let at = jiff::civil::date(year, month, day).at(hour, minute, 0, 0);
        Time::of_civil(at, &jiff::tz::TimeZone::UTC).unwrap()
    }

    /// The example E6 of the wire facts: libwbxml and Kannel make the same document.
    #[test]
    fn an_indication_octet_by_octet() {
        let si = Indication {
            href: "http://wap.example.com/q/1",
            text: "企业建站欢迎您",
            id: "q1@box",
            signal: Signal::Medium,
            created: Some(utc(2009, 6, 1, 8, 30)),
            expires: Some(utc(2009, 6, 8, 0, 0)),
        };
        assert_eq!(
            hex(&of_indication(1, &si)),
            "01060603AE81EAAF8202056A0045C60C037761702E6578616D706C65008503712F31001103713140626F7800070AC30620090601083010\
             C304200906080103E4BC81E4B89AE5BBBAE7AB99E6ACA2E8BF8EE682A8000101"
        );
    }

    /// The example E7, from libwbxml.
    #[test]
    fn a_loading_octet_by_octet() {
        let href = "http://www.example.com/q/1";
        assert_eq!(hex(&loading(href, Execute::Low)), "02066A00850A036578616D706C65008503712F31000501");
        assert_eq!(hex(&of_loading(7, href, Execute::Cache))[..18], *"07060603B081EAAF82");
    }

    #[test]
    fn the_longest_beginning_wins_and_nothing_is_lost() {
        for (href, expected) in [
            ("https://www.a.org/", "0F0361008800"),
            ("https://a.net/b.com/c", "0E036100870362008503630001"),
            ("ftp://a", "0B036674703A2F2F6100"),
            ("http://", "0C"),
            ("http://.com/", "0C85"),
            ("", "0B"),
        ] {
            let mut out = Vec::new();
            address(&mut out, tokens::SI_HREF, href);
            assert!(expected.starts_with(&hex(&out)) && !out.is_empty(), "{href}: {}", hex(&out));
        }
    }

    #[test]
    fn dates_are_as_short_as_they_can_be() {
        for (time, expected) in [
            (utc(2009, 6, 8, 0, 0), "C30420090608"),
            (utc(2009, 6, 1, 8, 30), "C306200906010830"),
            (utc(2000, 1, 1, 0, 0), "C30420000101"),
            (utc(2026, 11, 22, 12, 0), "C3052026112212"),
        ] {
            let mut out = Vec::new();
            date(&mut out, time);
            assert_eq!(hex(&out), expected);
        }
    }

    #[test]
    fn every_signal_has_its_token() {
        for (place, (_, signal)) in Signal::ALL.into_iter().enumerate() {
            let made = indication(&Indication { href: "http://a/", text: "b\0c", signal, ..Indication::default() });
            assert_eq!(hex(&made), format!("02056A0045C60C03612F000{}01036263000101", place + 5));
        }
    }
}
