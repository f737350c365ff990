//! How people write answers: full-width digits, amounts, dates, options by number or name.
//!
//! Not here: which answers a question takes (`super::Ask`).

use super::Lang;
use crate::words;

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

pub(super) fn within(text: &str, max: u16, lang: Lang) -> Result<String, String> {
    let len = text.chars().count();
    if len > usize::from(max) {
        return Err(words::TOO_LONG.with(lang, &[&max.to_string(), &len.to_string()]));
    }
    Ok(text.to_owned())
}

pub(super) fn one_line(raw: &str) -> String {
    let plain: String = raw.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(super) fn some_lines(raw: &str) -> String {
    let raw = raw.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String = raw.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    kept.trim().to_owned()
}

pub(super) fn date(raw: &str) -> Option<String> {
    let pieces: Vec<&str> = raw.split(|c: char| !c.is_ascii_digit()).filter(|p| !p.is_empty()).collect();
    let (y, m, d) = match pieces[..] {
        [y, m, d] => (y, m, d),
        [ymd] if ymd.len() == 8 => (&ymd[..4], &ymd[4..6], &ymd[6..]),
        _ => return None,
    };
    let (y, m, d) = (y.parse::<i16>().ok()?, m.parse::<i8>().ok()?, d.parse::<i8>().ok()?);
    jiff::civil::Date::new(y, m, d).ok().filter(|_| y >= 1000).map(|date| date.to_string())
}

pub(super) fn pick(options: &[(String, String)], said: &str) -> Option<String> {
    let said = narrow(said);
    if let Ok(n) = said.parse::<usize>() {
        return Some(options.get(n.checked_sub(1)?)?.0.clone());
    }
    options.iter().find(|(value, label)| *label == said || value.eq_ignore_ascii_case(&said)).map(|(v, _)| v.clone())
}

pub(super) fn pick_many(options: &[(String, String)], said: &str) -> Option<String> {
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
