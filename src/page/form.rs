//! Forms: what is asked, whether an answer will do, and which question comes next.
//!
//! One pure machine drives SMS and step-wise WML; the web and the API use the same check at once for all fields.

mod written;

use super::{Lang, Path};
use crate::number::Number;
use crate::words;
use written::{date, one_line, pick, pick_many, some_lines, within};
pub use written::{fen, narrow};

#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    pub id: String,
    /// The words on the link or button that leads to it, and on the one that sends it.
    pub title: String,
    /// Where it is shown and sent; visiting it shows a page with this form.
    pub to: Path,
    pub fields: Vec<Field>,
    pub method: Method,
    /// Whether SMS sums up and asks 1/0 before it is sent.
    pub confirm: bool,
}

/// `Get` with one `Line` is a search box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Letters, digits and `_`, beginning with a letter: the syntax of WML variables.
    pub name: String,
    pub label: String,
    pub hint: String,
    pub ask: Ask,
    pub need: Need,
    /// What was answered before.
    pub was: Option<String>,
    /// Why that will not do.
    pub wrong: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// At most `max` characters on one line.
    Line {
        max: u16,
    },
    Lines {
        max: u16,
    },
    Number {
        min: i64,
        max: i64,
    },
    /// Yuan with at most two decimals; kept in fen.
    Money,
    Phone,
    /// YYYY-MM-DD
    Date,
    Secret,
    /// (value, label)
    One(Vec<(String, String)>),
    Many(Vec<(String, String)>),
    File {
        max_kib: u32,
    },
    /// Travels with the form and is compared: a price that was shown.
    Fixed(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Must,
    May,
    /// Taken from the visitor; asked only if it is not known.
    Known(Known),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    Phone,
    Name,
}

/// What the one-question-at-a-time machine wants next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step<'a> {
    Ask(&'a Field),
    Confirm,
    Send,
}

/// The answer to a field that may be left out.
const SKIPS: [&str; 4] = ["-", "跳过", "不填", "SKIP"];

impl Form {
    /// The same for the same questions: a form that was changed while somebody fills it is noticed by this.
    pub fn version(&self) -> u32 {
        let mut print = Print::new();
        print.add(&self.id);
        for field in &self.fields {
            print.add(&field.name);
            print.add(&format!("{:?}", field.ask));
        }
        print.value()
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// The next step when `got` holds the answers so far by name; a `Fixed` field is never asked.
    pub fn next(&self, got: &[(String, String)]) -> Step<'_> {
        let open = |f: &&Field| !matches!(f.ask, Ask::Fixed(_)) && !got.iter().any(|(name, _)| *name == f.name);
        match self.fields.iter().find(open) {
            Some(field) => Step::Ask(field),
            None if self.confirm => Step::Confirm,
            None => Step::Send,
        }
    }

    /// Checks all fields at once. Good values come back in the form's order, normalised; else the form itself, with
    /// what was given and what is wrong with it.
    pub fn fill(&self, given: &[(String, String)], lang: Lang) -> Result<Vec<(String, String)>, Box<Form>> {
        let mut good = Vec::with_capacity(self.fields.len());
        let mut again = self.clone();
        let mut wrong = false;
        for field in &mut again.fields {
            let raw = gather(given, &field.name);
            match field.check(&raw, lang) {
                Ok(value) => good.push((field.name.clone(), value)),
                Err(why) => {
                    field.wrong = Some(why);
                    wrong = true;
                }
            }
            if !matches!(field.ask, Ask::Secret | Ask::Fixed(_)) {
                field.was = Some(raw).filter(|r| !r.is_empty());
            }
        }
        if wrong { Err(Box::new(again)) } else { Ok(good) }
    }

    /// Whether it cannot be filled where such questions cannot be asked.
    pub fn needs(&self, cannot: fn(&Ask) -> bool) -> bool {
        self.fields.iter().any(|f| f.need == Need::Must && cannot(&f.ask))
    }

    /// Empty answers to the questions that cannot be asked and may be left out.
    pub fn left_out(&self, cannot: fn(&Ask) -> bool) -> Vec<(String, String)> {
        let out = self.fields.iter().filter(|f| f.need != Need::Must && cannot(&f.ask));
        out.map(|f| (f.name.clone(), String::new())).collect()
    }

    /// The answers among `given` that will do, as `next` takes them. A form that came back keeps only what it did not
    /// find wrong.
    pub fn good(&self, given: &[(String, String)], lang: Lang) -> Vec<(String, String)> {
        let mut good = Vec::new();
        for field in self.fields.iter().filter(|f| f.wrong.is_none() && !matches!(f.ask, Ask::Fixed(_))) {
            if given.iter().any(|(name, _)| *name == field.name)
                && let Ok(value) = field.check(&gather(given, &field.name), lang)
            {
                good.push((field.name.clone(), field.ask.written(value)));
            }
        }
        good
    }

    /// What will be sent, as label and answer, for a person to look at; what was left out is left out.
    pub fn summary(&self, got: &[(String, String)]) -> Vec<(String, String)> {
        let answer = |f: &Field| {
            let value = got.iter().find(|(name, _)| *name == f.name).map_or("", |(_, v)| v.as_str());
            (f.label.clone(), f.shown(value))
        };
        let seen = |(label, value): &(String, String)| !label.is_empty() && !value.is_empty();
        self.fields.iter().map(answer).filter(seen).collect()
    }

    /// The form cut down to one question for a small deck: what was answered travels along as `Fixed`, and stands in
    /// `was` too where it was typed.
    pub fn one_step(&self, got: &[(String, String)], asked: Option<&Field>) -> Form {
        let carried = self.fields.iter().filter_map(|f| {
            let (value, was) = match &f.ask {
                Ask::Fixed(value) => (value, None),
                _ => got.iter().find(|(name, _)| *name == f.name).map(|(_, v)| (v, Some(v.clone())))?,
            };
            Some(Field { ask: Ask::Fixed(value.clone()), label: String::new(), was, ..f.clone() })
        });
        let mut fields: Vec<Field> = carried.collect();
        fields.extend(asked.cloned());
        Form { fields, ..self.clone() }
    }
}

impl Field {
    /// One field with what `need` says about leaving it empty.
    pub fn check(&self, raw: &str, lang: Lang) -> Result<String, String> {
        if matches!(self.ask, Ask::Fixed(_)) {
            return self.ask.check(raw, lang);
        }
        // What is left of nothing but blanks, commas or control characters is no answer either.
        let value = if raw.trim().is_empty() { String::new() } else { self.ask.check(raw, lang)? };
        match self.need {
            Need::Must if value.is_empty() => Err(words::MUST_FILL.with(lang, &[&self.label])),
            _ => Ok(value),
        }
    }

    /// An answer as a person texts it: options by number or by name, `-` to leave out what may be left out. `Ok` holds
    /// what `check` accepts, not what it makes of it.
    pub fn heard(&self, said: &str, lang: Lang) -> Result<String, String> {
        let said = said.trim();
        if self.need != Need::Must && SKIPS.contains(&said.to_uppercase().as_str()) {
            return Ok(String::new());
        }
        match &self.ask {
            Ask::One(options) => pick(options, said).ok_or_else(|| words::PICK_ONE.say(lang).to_owned()),
            Ask::Many(options) => pick_many(options, said).ok_or_else(|| words::PICK_MANY.say(lang).to_owned()),
            _ => self.check(said, lang).map(|value| self.ask.written(value)),
        }
    }

    /// A written answer as a person reads it: an option by its label, no secret.
    pub fn shown(&self, value: &str) -> String {
        let label = |options: &[(String, String)], v: &str| {
            options.iter().find(|(value, _)| value == v).map_or_else(|| v.to_owned(), |(_, label)| label.clone())
        };
        match &self.ask {
            Ask::One(options) => label(options, value),
            Ask::Many(options) => value.split(',').map(|v| label(options, v)).collect::<Vec<_>>().join("、"),
            Ask::Secret if !value.is_empty() => "****".to_owned(),
            Ask::Fixed(fixed) => if self.hint.is_empty() { fixed } else { &self.hint }.clone(),
            _ => value.to_owned(),
        }
    }
}

impl Ask {
    /// (value, label) of `One` and `Many`.
    pub fn options(&self) -> &[(String, String)] {
        match self {
            Ask::One(options) | Ask::Many(options) => options,
            _ => &[],
        }
    }

    /// The one check of an answer, for all channels, the API and the console. `Ok` holds the normal form.
    pub fn check(&self, raw: &str, lang: Lang) -> Result<String, String> {
        match self {
            Ask::Line { max } => within(&one_line(raw), *max, lang),
            Ask::Lines { max } => within(&some_lines(raw), *max, lang),
            Ask::Secret => within(&one_line(raw), SECRET_MAX, lang),
            Ask::Number { min, max } => match narrow(raw).replace(',', "").parse::<i64>() {
                Ok(n) if (*min..=*max).contains(&n) => Ok(n.to_string()),
                _ => Err(words::NUMBER_BETWEEN.with(lang, &[&min.to_string(), &max.to_string()])),
            },
            Ask::Money => fen(&narrow(raw)).map(|f| f.to_string()).ok_or_else(|| words::WRONG_MONEY.say(lang).into()),
            Ask::Phone => match Number::parse(raw) {
                Some(n) if n.as_str().len() >= 5 => Ok(n.to_string()),
                _ => Err(words::WRONG_PHONE.say(lang).to_owned()),
            },
            Ask::Date => date(&narrow(raw)).ok_or_else(|| words::WRONG_DATE.say(lang).to_owned()),
            Ask::One(options) => match options.iter().find(|(value, _)| value == raw.trim()) {
                Some((value, _)) => Ok(value.clone()),
                None => Err(words::PICK_ONE.say(lang).to_owned()),
            },
            Ask::Many(options) => {
                // A multiple select of WML sends its values with ';' between them (WAP-191, 11.6.2).
                let picked: Vec<&str> = raw.split([',', ';']).map(str::trim).filter(|v| !v.is_empty()).collect();
                if picked.iter().any(|p| !options.iter().any(|(value, _)| value == p)) {
                    return Err(words::PICK_MANY.say(lang).to_owned());
                }
                // In the order of the options, each once: the same choice is the same answer.
                let all = options.iter().map(|(v, _)| v.as_str()).filter(|v| picked.contains(v));
                Ok(all.collect::<Vec<_>>().join(","))
            }
            Ask::File { .. } => within(&one_line(raw), FILE_NAME_MAX, lang),
            Ask::Fixed(value) if raw == value => Ok(value.clone()),
            Ask::Fixed(_) => Err(words::CHANGED_MEANWHILE.say(lang).to_owned()),
        }
    }

    /// A normal form as it may be written: its check gives it again. Only money is written otherwise than it is kept.
    pub fn written(&self, normal: String) -> String {
        match self {
            Ask::Money => normal.parse().map_or(normal, super::yuan),
            _ => normal,
        }
    }

    /// What a texter is told about the answer's form; empty when any text will do.
    pub fn hint(&self, lang: Lang) -> String {
        match self {
            Ask::Number { min, max } => words::NUMBER_BETWEEN.with(lang, &[&min.to_string(), &max.to_string()]),
            Ask::Money => words::MONEY_LIKE.say(lang).to_owned(),
            Ask::Date => words::DATE_LIKE.say(lang).to_owned(),
            Ask::One(_) => words::PICK_ONE.say(lang).to_owned(),
            Ask::Many(_) => words::PICK_MANY.say(lang).to_owned(),
            _ => String::new(),
        }
    }
}

/// A password longer than this is a mistake or an attack on the hash.
const SECRET_MAX: u16 = 128;
/// The longest file name of common file systems.
const FILE_NAME_MAX: u16 = 255;

/// A short mark of some text (FNV-1a, 32 bit): for noticing change, not for safety.
pub struct Print(u32);

impl Print {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Print {
        Print(0x811c_9dc5)
    }

    pub fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }

    pub fn value(&self) -> u32 {
        self.0
    }
}

/// The one answer to a field: a browser repeats the name for each choice.
fn gather(given: &[(String, String)], name: &str) -> String {
    let all: Vec<&str> = given.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
    if all.len() > 1 { all.join(",") } else { all.first().copied().unwrap_or("").to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub mod tests;
