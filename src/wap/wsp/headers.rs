//! The headers of WSP (WAP-230, 8.4) as HTTP's, and ours as a phone's.
//!
//! A field that is not known, or whose value is none of its grammar, is left out and the rest is read on: every value says
//! how long it is. What phones repeat for each thing that they take becomes one list. Ours are written with the numbers of
//! version 1.1 alone, which every phone reads.

mod write;

use jiff::Timestamp;

use super::codes;
use super::octets::{Malformed, Octets};
pub use write::Head;

pub type Fields = Vec<(String, String)>;

/// More than the wordiest phone sends, which is a kilobyte in some thirty fields.
const OCTETS_MAX: usize = 4096;
const FIELDS_MAX: usize = 100;

/// The value of a field as the grammar cuts it, whatever its name (WAP-230, 8.4.1.2).
#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    Short(u8),
    Text(&'a [u8]),
    Data(&'a [u8]),
}

/// A phone's headers, names in lower case.
pub fn read(octets: &[u8]) -> Result<Fields, Malformed> {
    if octets.len() > OCTETS_MAX {
        return Octets::new(octets).malformed("too long headers");
    }
    let (mut octets, mut fields, mut page, mut count) = (Octets::new(octets), Fields::new(), 1, 0);
    while !octets.is_empty() {
        count += 1;
        if count > FIELDS_MAX {
            return octets.malformed("too many fields");
        }
        match octets.octet()? {
            number @ 0x80.. => {
                let value = value(&mut octets)?;
                let field = codes::name(number & 0x7F).filter(|_| page == 1);
                if let Some((name, value)) = field.and_then(|name| Some((name, of(number & 0x7F, value)?))) {
                    put(&mut fields, name.to_owned(), value);
                }
            }
            0x7F => page = octets.octet()?,
            shift @ 0x01..=0x1F => page = shift,
            0 => return octets.malformed("a field without name"),
            first => {
                let mut name = vec![first];
                name.extend(octets.text()?);
                if let Value::Text(text) = value(&mut octets)? {
                    put(&mut fields, plain(&name).to_ascii_lowercase(), unquoted(text));
                }
            }
        }
    }
    Ok(fields)
}

/// What a client takes comes one field each, and is one list for HTTP.
fn put(fields: &mut Fields, name: String, value: String) {
    match fields.iter_mut().find(|(known, _)| *known == name && name.starts_with("accept")) {
        Some((_, list)) => list.push_str(&format!(", {value}")),
        None => fields.push((name, value)),
    }
}

/// The content type that the headers of a message with a body begin with, and the headers behind it.
pub fn read_with_type(octets: &[u8]) -> Result<Fields, Malformed> {
    let mut all = Octets::new(octets);
    let kind = match value(&mut all)? {
        Value::Text(text) => Some(plain(text)),
        Value::Short(number) => codes::media_type(number.into()).map(str::to_owned),
        Value::Data(data) => media(data),
    };
    let mut fields = read(all.rest())?;
    fields.extend(kind.map(|kind| ("content-type".to_owned(), kind)));
    Ok(fields)
}

/// Reads a value and, of texts, drops what quotes their first octet.
fn value<'a>(octets: &mut Octets<'a>) -> Result<Value<'a>, Malformed> {
    if let Some(0x20..=0x7E) = octets.peek() {
        return Ok(Value::Text(octets.text()?));
    }
    Ok(match octets.octet()? {
        length @ 0..=0x1E => Value::Data(octets.take(length.into())?),
        0x1F => Value::Data(octets.counted()?),
        short @ 0x80.. => Value::Short(short & 0x7F),
        _ => Value::Text(octets.text()?),
    })
}

/// What a field says, by the grammar of its name.
fn of(number: u8, value: Value) -> Option<String> {
    let name = codes::name(number)?;
    match (name, value) {
        // The content type has its own place, and lengths of its own.
        ("content-type", _) => None,
        ("accept", Value::Data(data)) => media(data),
        ("accept", Value::Short(number)) => codes::media_type(number.into()).map(str::to_owned),
        ("accept-charset", Value::Short(0)) => Some("*".to_owned()),
        ("accept-charset", Value::Short(number)) => codes::charset(number.into()).map(str::to_owned),
        ("accept-charset", Value::Data(data)) => ranked(data, codes::charset),
        ("accept-language" | "content-language", Value::Short(number)) => {
            codes::language(number.into()).map(str::to_owned)
        }
        ("accept-language", Value::Data(data)) => ranked(data, codes::language),
        ("accept-encoding" | "content-encoding", Value::Short(number)) => {
            codes::CODINGS.get(usize::from(number)).map(|coding| (*coding).to_owned())
        }
        ("accept-encoding", Value::Data(data)) => ranked(data, |number| codes::CODINGS.get(number as usize).copied()),
        ("cache-control", value) => cache_control(value),
        ("pragma", Value::Short(0)) => Some("no-cache".to_owned()),
        ("encoding-version", Value::Short(version)) => Some(match version & 0x0F {
            0x0F => (version >> 4).to_string(),
            minor => format!("{}.{minor}", version >> 4),
        }),
        ("date" | "if-modified-since" | "if-unmodified-since" | "last-modified" | "expires", Value::Data(data)) => {
            date(long(data)?)
        }
        ("content-length" | "age" | "max-forwards", Value::Short(number)) => Some(number.to_string()),
        ("content-length" | "age" | "max-forwards", Value::Data(data)) => long(data).map(|number| number.to_string()),
        (_, Value::Text(text)) => Some(unquoted(text)),
        _ => None,
    }
}

/// A media type with parameters; `q` is written as HTTP does.
fn media(data: &[u8]) -> Option<String> {
    let mut octets = Octets::new(data);
    let mut out = word(&mut octets, codes::media_type)?;
    while !octets.is_empty() {
        let (name, value) = parameter(&mut octets)?;
        out.push_str(&format!("; {name}={value}"));
    }
    Some(out)
}

/// A charset, language or coding with its quality.
fn ranked(data: &[u8], named: impl Fn(u32) -> Option<&'static str>) -> Option<String> {
    let mut octets = Octets::new(data);
    let out = word(&mut octets, named)?;
    if octets.is_empty() {
        return Some(out);
    }
    // Some write the quality as a parameter, with its number before it.
    if octets.peek() == Some(0x80) {
        octets.octet().ok()?;
    }
    Some(format!("{out};q={}", quality(octets.uintvar().ok()?)?))
}

/// A word by its number, or as text.
fn word(octets: &mut Octets, named: impl Fn(u32) -> Option<&'static str>) -> Option<String> {
    match value(octets).ok()? {
        Value::Text(text) => Some(plain(text)),
        Value::Short(number) => named(number.into()).map(str::to_owned),
        Value::Data(data) => named(u32::try_from(long(data)?).ok()?).map(str::to_owned),
    }
}

fn parameter(octets: &mut Octets) -> Option<(String, String)> {
    let name = word(octets, |number| codes::parameter(u8::try_from(number).ok()?))?;
    let value = match name.as_str() {
        "q" => quality(octets.uintvar().ok()?)?,
        "charset" => word(octets, codes::charset)?,
        _ => match value(octets).ok()? {
            Value::Text(text) => unquoted(text),
            Value::Short(number) => number.to_string(),
            Value::Data(data) => long(data)?.to_string(),
        },
    };
    Some((name, value))
}

/// Hundredths and one up to 100, thousandths and 100 beyond (WAP-230, 8.4.2.3).
fn quality(number: u32) -> Option<String> {
    match number {
        1..=100 => Some(format!("0.{:02}", number - 1)),
        101..=1099 => Some(format!("0.{:03}", number - 100)),
        _ => None,
    }
}

fn cache_control(value: Value) -> Option<String> {
    match value {
        Value::Short(0) => Some("no-cache".to_owned()),
        Value::Short(1) => Some("no-store".to_owned()),
        Value::Data([0x82, seconds @ ..]) => {
            let mut octets = Octets::new(seconds);
            let seconds = match self::value(&mut octets).ok()? {
                Value::Short(number) => number.into(),
                Value::Data(data) => long(data)?,
                Value::Text(_) => return None,
            };
            Some(format!("max-age={seconds}"))
        }
        Value::Text(text) => Some(unquoted(text)),
        _ => None,
    }
}

/// A number of up to eight octets, the highest first.
fn long(data: &[u8]) -> Option<u64> {
    (1..=8).contains(&data.len()).then(|| data.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)))
}

/// As HTTP writes dates (RFC 9110, 5.6.7).
fn date(seconds: u64) -> Option<String> {
    let at = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some(at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

/// A text as it stands: what is a quoted one begins with a quote and has none at its end (WAP-230, 8.4.2.1). An entity tag
/// is no quoted text for WSP, and comes with both.
fn unquoted(text: &[u8]) -> String {
    let mut out = plain(text);
    if out.starts_with('"') && (out.len() == 1 || !out.ends_with('"')) {
        out.push('"');
    }
    out
}

/// Control characters would end a header of HTTP early.
fn plain(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
