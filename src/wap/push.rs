//! Service indication and service loading as WBXML (WAP-167 SI 1.0, WAP-168 SL 1.0, WAP-192), and the WSP push around them
//! (WAP-230, 8.2.4.1): what a phone gets on port 2948.
//!
//! Not here: into how many messages that goes (`sms::parts`), whom it goes to and how often (`sms::push`), channel and
//! indication info elements, confirmed push.

use super::tokens::{self, Known, Language};
use super::wbxml::{PUSH_VERSION, Writer};
use crate::clock::Time;
use crate::page::wml::sendable;

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
    let mut push = Push::new(tokens::si());
    push.open("si", false, true);
    push.open("indication", true, true);
    push.attribute("href", si.href);
    if !si.id.is_empty() {
        push.attribute("si-id", si.id);
    }
    let named = Signal::ALL.iter().find(|(_, signal)| *signal == si.signal);
    push.attribute("action", named.map_or("", |(name, _)| name));
    for (name, time) in [("created", si.created), ("si-expires", si.expires)] {
        if let Some(time) = time {
            push.attribute(name, "");
            push.0.opaque(&date(time.civil(&jiff::tz::TimeZone::UTC)));
        }
    }
    push.0.end();
    push.0.text(&sendable(si.text));
    push.0.end();
    push.0.end();
    push.0.document(PUSH_VERSION)
}

/// A loading in WBXML: an empty element.
pub fn loading(href: &str, execute: Execute) -> Vec<u8> {
    let mut push = Push::new(tokens::sl());
    push.open("sl", true, false);
    push.attribute("href", href);
    push.attribute(
        "action",
        match execute {
            Execute::Low => "execute-low",
            Execute::High => "execute-high",
            Execute::Cache => "cache",
        },
    );
    push.0.end();
    push.0.document(PUSH_VERSION)
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

/// The names of a push document are known here, and its tokens there.
struct Push(Writer<Vec<u8>>, &'static Language);

impl Push {
    fn new(language: &'static Language) -> Push {
        Push(Writer::new(language, Vec::new()), language)
    }

    fn open(&mut self, name: &str, attributes: bool, content: bool) {
        let tag = self.1.tag(name).expect("a name of the language, see the tests");
        self.0.open(tag, attributes, content);
    }

    fn attribute(&mut self, name: &str, value: &str) {
        let Known::Token(attribute) = self.1.attribute(name) else {
            unreachable!("a name of the language, see the tests");
        };
        let value = sendable(value);
        let rest = self.0.attribute(attribute, &value);
        self.0.value(rest);
    }
}

/// `YYYYMMDDhhmmss` in UTC, two digits an octet, zero octets at the end left out (WAP-167, 8.2.2).
pub fn date(utc: jiff::civil::DateTime) -> Vec<u8> {
    let bcd = |n: i16| (((n / 10 % 10) << 4) | (n % 10)) as u8;
    let [month, day, hour, minute, second] =
        [utc.month(), utc.day(), utc.hour(), utc.minute(), utc.second()].map(i16::from);
    let mut octets =
        vec![bcd(utc.year() / 100), bcd(utc.year()), bcd(month), bcd(day), bcd(hour), bcd(minute), bcd(second)];
    while octets.last() == Some(&0) {
        octets.pop();
    }
    octets
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
            ("https://www.a.org/", "0F03610088"),
            ("https://a.net/b.com/c", "0E0361008703620085036300"),
            ("ftp://a", "0B036674703A2F2F6100"),
            ("http://", "0C"),
            ("http://.com/", "0C85"),
            ("", "0B"),
        ] {
            let made = hex(&indication(&Indication { href, text: "b", ..Indication::default() }));
            assert_eq!(made, format!("02056A0045C6{expected}07010362000101"), "{href}");
        }
    }

    #[test]
    fn dates_are_as_short_as_they_can_be() {
        for (time, expected) in [
            (utc(2009, 6, 8, 0, 0), "20090608"),
            (utc(2009, 6, 1, 8, 30), "200906010830"),
            (utc(2000, 1, 1, 0, 0), "20000101"),
            (utc(2026, 11, 22, 12, 0), "2026112212"),
        ] {
            assert_eq!(hex(&date(time.civil(&jiff::tz::TimeZone::UTC))), expected);
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
