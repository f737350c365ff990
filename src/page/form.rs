//! Forms: what is asked, whether an answer will do, and which question comes next.
//!
//! One pure machine drives SMS and step-wise WML; the web and the API use the same check at once for all fields.

use super::{Lang, Path};
use crate::number::Number;
use crate::words;

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

    /// The form cut down to one question for a small deck: what was answered travels along as `Fixed`.
    pub fn one_step(&self, got: &[(String, String)], asked: &Field) -> Form {
        let carried = self.fields.iter().filter_map(|f| {
            let value = match &f.ask {
                Ask::Fixed(value) => value.clone(),
                _ => got.iter().find(|(name, _)| *name == f.name)?.1.clone(),
            };
            Some(Field { ask: Ask::Fixed(value), label: String::new(), ..f.clone() })
        });
        let mut fields: Vec<Field> = carried.collect();
        fields.push(asked.clone());
        Form { fields, ..self.clone() }
    }
}

impl Field {
    /// One field with what `need` says about leaving it empty.
    pub fn check(&self, raw: &str, lang: Lang) -> Result<String, String> {
        if raw.trim().is_empty() && !matches!(self.ask, Ask::Fixed(_)) {
            return match self.need {
                Need::May | Need::Known(_) => Ok(String::new()),
                Need::Must => Err(words::MUST_FILL.with(lang, &[&self.label])),
            };
        }
        self.ask.check(raw, lang)
    }

    /// An answer as a person texts it: options by number or by name, `-` to leave out what may be left out.
    pub fn heard(&self, said: &str, lang: Lang) -> Result<String, String> {
        let said = said.trim();
        if self.need != Need::Must && SKIPS.contains(&said.to_uppercase().as_str()) {
            return Ok(String::new());
        }
        match &self.ask {
            Ask::One(options) => pick(options, said).ok_or_else(|| words::PICK_ONE.say(lang).to_owned()),
            Ask::Many(options) => pick_many(options, said).ok_or_else(|| words::PICK_MANY.say(lang).to_owned()),
            _ => self.check(said, lang),
        }
    }

    /// The value as a person reads it: an option by its label, money in yuan.
    pub fn shown(&self, value: &str) -> String {
        let label = |options: &[(String, String)], v: &str| {
            options.iter().find(|(value, _)| value == v).map_or_else(|| v.to_owned(), |(_, label)| label.clone())
        };
        match &self.ask {
            Ask::One(options) => label(options, value),
            Ask::Many(options) => value.split(',').map(|v| label(options, v)).collect::<Vec<_>>().join("、"),
            Ask::Money => value.parse().map_or_else(|_| value.to_owned(), super::yuan),
            Ask::Secret => "****".to_owned(),
            _ => value.to_owned(),
        }
    }
}

impl Ask {
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
                let picked: Vec<&str> = raw.split(',').map(str::trim).filter(|v| !v.is_empty()).collect();
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

/// Yuan as people write them to fen; `None` for anything else, signs included.
pub fn fen(raw: &str) -> Option<i64> {
    let raw = raw.trim().trim_start_matches(['¥', '¥']).trim_end_matches('元').trim();
    let (yuan, cents) = raw.split_once('.').unwrap_or((raw, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if yuan.is_empty() || yuan.len() > 9 || cents.len() > 2 || !digits(yuan) || !digits(cents) {
        return None;
    }
    let cents = format!("{cents:0<2}");
    Some(yuan.parse::<i64>().ok()? * 100 + cents.parse::<i64>().ok()?)
}

/// Full-width ASCII to ASCII, blanks at the ends gone.
pub fn narrow(raw: &str) -> String {
    let wide = |c: char| match c {
        '！'..='～' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    };
    raw.chars().map(wide).collect::<String>().trim().to_owned()
}

fn gather(given: &[(String, String)], name: &str) -> String {
    let all: Vec<&str> = given.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
    // WML's multiple select joins its values with ';', a browser repeats the name.
    if all.len() > 1 { all.join(",") } else { all.first().copied().unwrap_or("").to_owned() }
}

fn within(text: &str, max: u16, lang: Lang) -> Result<String, String> {
    let len = text.chars().count();
    if len > usize::from(max) {
        return Err(words::TOO_LONG.with(lang, &[&max.to_string(), &len.to_string()]));
    }
    Ok(text.to_owned())
}

fn one_line(raw: &str) -> String {
    let plain: String = raw.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn some_lines(raw: &str) -> String {
    let raw = raw.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = raw.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    kept.trim().to_owned()
}

fn date(raw: &str) -> Option<String> {
    let pieces: Vec<&str> = raw.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty()).collect();
    let (y, m, d) = match pieces[..] {
        [y, m, d] => (y, m, d),
        [ymd] if ymd.len() == 8 => (&ymd[..4], &ymd[4..6], &ymd[6..]),
        _ => return None,
    };
    let (y, m, d) = (y.parse::<i16>().ok()?, m.parse::<i8>().ok()?, d.parse::<i8>().ok()?);
    jiff::civil::Date::new(y, m, d).ok().filter(|_| y >= 1000).map(|date| date.to_string())
}

fn pick(options: &[(String, String)], said: &str) -> Option<String> {
    let said = narrow(said);
    if let Ok(n) = said.parse::<usize>() {
        return Some(options.get(n.checked_sub(1)?)?.0.clone());
    }
    options.iter().find(|(value, label)| *label == said || value.eq_ignore_ascii_case(&said)).map(|(v, _)| v.clone())
}

fn pick_many(options: &[(String, String)], said: &str) -> Option<String> {
    let said = narrow(said);
    let mut words: Vec<&str> = said.split([',', '、', ' ', ';', '.', '和']).filter(|w| !w.is_empty()).collect();
    // "135" is three choices where no option has two digits.
    if let [one] = words[..]
        && options.len() <= 9
        && one.len() > 1
        && one.bytes().all(|b| b.is_ascii_digit())
    {
        words = (0..one.len()).map(|i| &one[i..=i]).collect();
    }
    let mut picked = words.iter().map(|w| pick(options, w)).collect::<Option<Vec<_>>>()?;
    picked.sort_by_key(|p| options.iter().position(|(value, _)| value == p));
    picked.dedup();
    (!picked.is_empty()).then(|| picked.join(","))
}
