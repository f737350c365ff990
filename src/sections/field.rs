//! What an owner may write: fields with their limits, one check for imports, the API and the console, one stored form.

use std::collections::BTreeMap;

use super::hours;
use crate::page::Picture;
use crate::page::Weight;
use crate::page::form::{self, Ask};
use crate::words::{self, Lang, Word};

/// Values by field name, in their stored form.
pub type Fields = BTreeMap<String, String>;

#[derive(Clone, Copy, Debug)]
pub struct FieldDef {
    pub name: &'static str,
    pub label: Word,
    pub kind: FieldKind,
    pub must: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum FieldKind {
    /// One line of at most so many characters.
    Line(u16),
    /// Plain lines.
    Lines(u16),
    /// Rich text (`page::rich`).
    Rich(u16),
    /// Yuan; stored in fen, or `ask`.
    Price,
    /// A file name when it comes in; stored as name|width|height.
    Picture,
    /// YYYY-MM-DD
    Date,
    /// YYYY-MM-DDTHH:MM
    When,
    Flag,
    Phone,
    /// Opening hours (`sections::hours`).
    Hours,
    /// Days off (`sections::hours`).
    Closed,
    /// Degrees north or east.
    Degrees,
    Choice(&'static [(&'static str, Word)]),
}

impl FieldDef {
    pub const fn must(name: &'static str, label: Word, kind: FieldKind) -> FieldDef {
        FieldDef { name, label, kind, must: true }
    }

    pub const fn may(name: &'static str, label: Word, kind: FieldKind) -> FieldDef {
        FieldDef { name, label, kind, must: false }
    }

    /// The stored form of what was written, or why it will not do.
    pub fn check(&self, raw: &str, lang: Lang) -> std::result::Result<String, String> {
        if raw.trim().is_empty() {
            return if self.must {
                Err(words::MUST_FILL.with(lang, &[self.label.say(lang)]))
            } else {
                Ok(String::new())
            };
        }
        match self.kind {
            FieldKind::Line(max) => Ask::Line { max }.check(raw, lang),
            FieldKind::Lines(max) | FieldKind::Rich(max) => Ask::Lines { max }.check(raw, lang),
            FieldKind::Price if raw.trim() == "ask" => Ok("ask".to_owned()),
            FieldKind::Price => Ask::Money.check(raw, lang),
            FieldKind::Picture => {
                picture_of(raw, "").map(|_| raw.to_owned()).ok_or_else(|| words::WRONG_PICTURE.say(lang).into())
            }
            FieldKind::Date => Ask::Date.check(raw, lang),
            FieldKind::When => raw
                .trim()
                .parse::<jiff::civil::DateTime>()
                .map(|t| t.strftime("%Y-%m-%dT%H:%M").to_string())
                .map_err(|_| words::WRONG_DATE.say(lang).to_owned()),
            FieldKind::Flag => match raw.trim() {
                "true" | "yes" | "1" => Ok("true".to_owned()),
                "false" | "no" | "0" => Ok(String::new()),
                _ => Err("true / false".to_owned()),
            },
            FieldKind::Phone => phone(raw).ok_or_else(|| words::WRONG_PHONE.say(lang).to_owned()),
            FieldKind::Hours => hours::Hours::parse(raw)
                .map(|_| raw.trim().to_owned())
                .map_err(|e| words::WRONG_HOURS.with(lang, &[&e])),
            FieldKind::Closed => hours::Closed::parse(raw)
                .map(|_| raw.trim().to_owned())
                .map_err(|e| words::WRONG_CLOSED.with(lang, &[&e])),
            FieldKind::Degrees => match raw.trim().parse::<f64>() {
                Ok(d) if (-180.0..=180.0).contains(&d) => Ok(raw.trim().to_owned()),
                _ => Err("-180…180".to_owned()),
            },
            FieldKind::Choice(options) => match options.iter().find(|(value, _)| *value == raw.trim()) {
                Some((value, _)) => Ok((*value).to_owned()),
                None => Err(options.iter().map(|(value, _)| *value).collect::<Vec<_>>().join(" / ")),
            },
        }
    }
}

/// Checks a whole record: unknown names and bad values are all reported, as (field, why).
pub fn check_all(defs: &[FieldDef], raw: &Fields, lang: Lang) -> std::result::Result<Fields, Vec<(String, String)>> {
    let mut good = Fields::new();
    let mut wrong: Vec<(String, String)> = raw
        .keys()
        .filter(|name| !defs.iter().any(|d| d.name == name.as_str()))
        .map(|name| (name.clone(), words::UNKNOWN_FIELD.say(lang).to_owned()))
        .collect();
    for def in defs {
        match def.check(raw.get(def.name).map_or("", String::as_str), lang) {
            Ok(value) if value.is_empty() => {}
            Ok(value) => _ = good.insert(def.name.to_owned(), value),
            Err(why) => wrong.push((def.name.to_owned(), why)),
        }
    }
    if wrong.is_empty() { Ok(good) } else { Err(wrong) }
}

/// The picture behind a stored value `name|width|height`.
pub fn picture_of(stored: &str, alt: &str) -> Option<Picture> {
    let mut parts = stored.split('|');
    let file = parts.next().filter(|f| !f.is_empty())?.to_owned();
    let mut side = || parts.next().map_or(Some(0), |n| n.parse().ok());
    let (width, height) = (side()?, side()?);
    Some(Picture { file, alt: alt.to_owned(), weight: Weight::Content, width, height })
}

/// A telephone as its owner writes it: grouping is kept, letters are not.
fn phone(raw: &str) -> Option<String> {
    let shown = form::narrow(raw);
    let digits = shown.bytes().filter(u8::is_ascii_digit).count();
    let plain = shown.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')'));
    (plain && (5..=20).contains(&digits)).then_some(shown)
}
