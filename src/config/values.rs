//! How each kind of value is read: from what is written to what it means, or why not. Pure.
//!
//! Not here: which key takes which kind (`keys.rs`), and whether a named file exists (`check.rs`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use toml::de::DeValue;

use super::{Network, Secret};
use crate::number::Number;

/// A value as written.
pub struct Value<'a> {
    pub written: &'a DeValue<'a>,
    /// The folder that relative paths start at: the config file's own.
    pub base: &'a Path,
}

/// Why a value cannot be taken, in words that follow "key = value: ".
#[derive(Debug)]
pub struct Wrong {
    pub why: String,
    /// The octets at fault, where it is less than the whole value: one item of a list.
    pub at: Option<Range<usize>>,
}

/// All that is wrong with one value: a list may have several bad items.
pub type Read<T> = Result<T, Vec<Wrong>>;

/// The levels of the `log` crate.
pub const LEVELS: &[(&str, log::LevelFilter)] = &[
    ("error", log::LevelFilter::Error),
    ("warn", log::LevelFilter::Warn),
    ("info", log::LevelFilter::Info),
    ("debug", log::LevelFilter::Debug),
    ("trace", log::LevelFilter::Trace),
];

/// What other programs can be told of: texts that came, and what became of messages.
pub const EVENTS: &[(&str, &str)] = &[("text", "text"), ("report", "report")];

/// Rates that serial adapters and modems really have.
const BAUDS: &[u32] = &[9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600];

/// A string of `min` to `max` characters without control characters.
pub fn text(min: usize, max: usize, why: &'static str) -> impl Fn(&Value) -> Read<String> {
    move |value| {
        let text = string(value)?;
        let count = text.chars().count();
        match text.chars().any(char::is_control) {
            true => wrong("it holds a control character"),
            false if !(min..=max).contains(&count) => wrong(format!("{count} characters, not {min} to {max}: {why}")),
            false => Ok(text.to_owned()),
        }
    }
}

/// A name that also goes into file names, subjects and addresses.
pub fn label(max: usize) -> impl Fn(&Value) -> Read<String> {
    move |value| {
        let text = string(value)?;
        match is_label(text) && text.len() <= max {
            true => Ok(text.to_owned()),
            false => wrong(format!("not 1 to {max} small letters, digits and inner hyphens")),
        }
    }
}

/// One of a few words.
pub fn choice<T: Copy>(choices: &'static [(&'static str, T)]) -> impl Fn(&Value) -> Read<T> {
    move |value| {
        let text = string(value)?;
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let found = choices.iter().find(|(name, _)| *name == text);
        found.map(|(_, chosen)| *chosen).ok_or_else(|| one(format!("not one of {}", names.join(", "))))
    }
}

/// A whole number in a range, with the reason of the range.
pub fn whole<T: TryFrom<i64>>(min: i64, max: i64, why: &'static str) -> impl Fn(&Value) -> Read<T> {
    move |value| {
        let number = integer(value)?.filter(|number| (min..=max).contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| one(format!("not {min} to {max}: {why}")))
    }
}

pub fn seconds(min: i64, max: i64, why: &'static str) -> impl Fn(&Value) -> Read<Duration> {
    times(1, min, max, why)
}

pub fn minutes(min: i64, max: i64, why: &'static str) -> impl Fn(&Value) -> Read<Duration> {
    times(60, min, max, why)
}

pub fn hours(min: i64, max: i64, why: &'static str) -> impl Fn(&Value) -> Read<Duration> {
    times(3_600, min, max, why)
}

/// Octets, written in units of 1,024.
pub fn kib(min: i64, max: i64, why: &'static str) -> impl Fn(&Value) -> Read<usize> {
    move |value| whole::<u32>(min, max, why)(value).map(|kib| kib as usize * 1_024)
}

/// Octets, written in units of 1,048,576.
pub fn mib(min: i64, max: i64, why: &'static str) -> impl Fn(&Value) -> Read<u64> {
    move |value| whole::<u32>(min, max, why)(value).map(|mib| u64::from(mib) << 20)
}

pub fn baud(value: &Value) -> Read<u32> {
    let number = integer(value)?.and_then(|number| BAUDS.iter().find(|baud| i64::from(**baud) == number));
    number.copied().ok_or_else(|| one(format!("not a rate that serial lines have: {BAUDS:?}")))
}

/// "" is `None`, anything else is read by `read`.
pub fn off_or<T>(read: impl Fn(&Value) -> Read<T>) -> impl Fn(&Value) -> Read<Option<T>> {
    move |value| if string(value)?.is_empty() { Ok(None) } else { read(value).map(Some) }
}

/// "" is left empty, to be filled from other keys; anything else is read by `read`.
pub fn or_empty<T: Default>(read: impl Fn(&Value) -> Read<T>) -> impl Fn(&Value) -> Read<T> {
    move |value| if string(value)?.is_empty() { Ok(T::default()) } else { read(value) }
}

/// A list; every bad item is told.
pub fn list<T>(read: impl Fn(&Value) -> Read<T>) -> impl Fn(&Value) -> Read<Vec<T>> {
    move |value| {
        let Some(items) = value.written.as_array() else { return mismatch("a list", value) };
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for item in items {
            match read(&Value { written: item.as_ref(), base: value.base }) {
                Ok(item) => good.push(item),
                Err(all) => bad.extend(all.into_iter().map(|w| Wrong { at: Some(item.span()), ..w })),
            }
        }
        if bad.is_empty() { Ok(good) } else { Err(bad) }
    }
}

pub fn address(value: &Value) -> Read<SocketAddr> {
    let text = string(value)?;
    text.parse().map_err(|_| one("not an address with a port, such as 0.0.0.0:80 or [::]:80"))
}

pub fn ip(value: &Value) -> Read<IpAddr> {
    string(value)?.parse().map_err(|_| one("not an IP address; the port is another key"))
}

pub fn network(value: &Value) -> Read<Network> {
    Network::parse(string(value)?).map_err(one)
}

/// A path; a relative one starts at the config file's folder.
pub fn path(value: &Value) -> Read<PathBuf> {
    let text = string(value)?;
    match text.is_empty() || text.chars().any(char::is_control) {
        true => wrong("not a path"),
        false => Ok(value.base.join(text)),
    }
}

/// The path of a device: whole, since a folder of its own makes no sense for it.
pub fn device(value: &Value) -> Read<PathBuf> {
    let path = PathBuf::from(string(value)?);
    if path.is_absolute() { Ok(path) } else { wrong("not a device's whole path") }
}

pub fn domain(value: &Value) -> Read<String> {
    let text = string(value)?;
    if text.parse::<IpAddr>().is_ok() {
        return wrong("an address, and sites need names below it");
    }
    if is_host_name(text) {
        Ok(text.to_owned())
    } else {
        wrong("not a host name in small letters, without port and path")
    }
}

pub fn timezone(value: &Value) -> Read<TimeZone> {
    TimeZone::get(string(value)?).map_err(|_| one("not a name of the IANA time zone database"))
}

/// A time of day, `HH:MM`.
pub fn time_of_day(value: &Value) -> Read<jiff::civil::Time> {
    let time = string(value)?.split_once(':').and_then(|(hour, minute)| {
        let two = |digits: &str| digits.parse::<i8>().ok().filter(|_| digits.len() == 2);
        jiff::civil::Time::new(two(hour)?, two(minute)?, 0, 0).ok()
    });
    time.ok_or_else(|| one("not a time of day from 00:00 to 23:59"))
}

pub fn number(value: &Value) -> Read<Number> {
    Number::parse(string(value)?).ok_or_else(|| one("not a telephone number of at most 20 digits"))
}

/// `http://host[:port]` or `https://…`, without path; ends in `/` when read.
pub fn base_url(value: &Value) -> Read<String> {
    let text = string(value)?;
    let text = text.strip_suffix('/').unwrap_or(text);
    // A WAP push of one segment holds some 100 octets, address and words together.
    if text.len() > 60 {
        return wrong("more than 60 octets: no room is left in a text");
    }
    match url_host(text, &["http", "https"]) {
        Some(_) => Ok(format!("{text}/")),
        None => wrong("not http:// or https://, a host, and perhaps a port"),
    }
}

/// `http://` or `https://`, a host, perhaps a port, and any path; no user and no fragment, which are never sent.
pub fn web_url(value: &Value) -> Read<String> {
    let text = string(value)?;
    match is_web_url(text) {
        true => Ok(text.to_owned()),
        false => wrong("not http:// or https://, a host, perhaps a port, and a path, in 500 octets of ASCII"),
    }
}

pub fn is_web_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let scheme = scheme.to_ascii_lowercase();
    let base = format!("{scheme}://{}", authority.to_ascii_lowercase());
    text.len() <= 500
        && text.bytes().all(|b| b.is_ascii_graphic() && b != b'#')
        && url_host(&base, &["http", "https"]).is_some()
}

pub fn hub_url(value: &Value) -> Read<String> {
    let text = string(value)?;
    match url_host(text, &["nats", "tls"]) {
        Some(_) => Ok(text.to_owned()),
        None => wrong("not nats:// or tls://, a host, and perhaps a port"),
    }
}

pub fn pin(value: &Value) -> Read<Secret> {
    secret(value, is_pin, "not 4 to 8 digits (3GPP TS 31.101)")
}

pub fn password(value: &Value) -> Read<Secret> {
    secret(value, is_password, "not 8 to 128 characters: shorter ones are guessed")
}

pub fn token(value: &Value) -> Read<Secret> {
    secret(value, is_token, "not 16 to 128 letters, digits and -._~+/= (RFC 6750, 2.1): shorter ones are guessed")
}

pub fn is_pin(text: &str) -> bool {
    (4..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

pub fn is_password(text: &str) -> bool {
    (8..=128).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

pub fn is_token(text: &str) -> bool {
    (16..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b))
}

/// The host of `scheme://host[:port]` with nothing behind it.
pub fn url_host<'a>(url: &'a str, schemes: &[&str]) -> Option<&'a str> {
    let (scheme, authority) = url.split_once("://")?;
    let bracket = authority.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match authority[bracket..].rfind(':') {
        Some(colon) => (&authority[..bracket + colon], &authority[bracket + colon + 1..]),
        None => (authority, "80"),
    };
    let v6 = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let named = match v6 {
        Some(host) => host.parse::<Ipv6Addr>().is_ok(),
        None => host.parse::<Ipv4Addr>().is_ok() || is_host_name(host),
    };
    let numbered = port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok();
    (schemes.contains(&scheme) && named && numbered).then_some(host)
}

fn times(unit_s: u64, min: i64, max: i64, why: &'static str) -> impl Fn(&Value) -> Read<Duration> {
    move |value| whole::<u32>(min, max, why)(value).map(|count| Duration::from_secs(u64::from(count) * unit_s))
}

fn secret(value: &Value, is_good: fn(&str) -> bool, why: &str) -> Read<Secret> {
    let text = string(value)?;
    if is_good(text) { Ok(Secret::new(text)) } else { wrong(why) }
}

/// RFC 1123, 2.1, in small letters; the last label is no number, or it would be an address.
pub fn is_host_name(text: &str) -> bool {
    let last = text.rsplit('.').next().unwrap_or("");
    text.len() <= 253
        && text.split('.').all(|label| label.len() <= 63 && is_label(label))
        && !last.bytes().all(|b| b.is_ascii_digit())
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

fn string<'a>(value: &Value<'a>) -> Read<&'a str> {
    match value.written.as_str() {
        Some(text) => Ok(text),
        None => mismatch("a string in quotes", value),
    }
}

/// `None`: a whole number beyond 64 bits.
fn integer(value: &Value) -> Read<Option<i64>> {
    match value.written.as_integer() {
        Some(number) => Ok(i64::from_str_radix(number.as_str(), number.radix()).ok()),
        None => mismatch("a whole number without quotes", value),
    }
}

fn mismatch<T>(meant: &str, value: &Value) -> Read<T> {
    wrong(format!("{meant} is meant, and this is of type {}", value.written.type_str()))
}

fn wrong<T>(why: impl Into<String>) -> Read<T> {
    Err(one(why))
}

fn one(why: impl Into<String>) -> Vec<Wrong> {
    vec![Wrong { why: why.into(), at: None }]
}
