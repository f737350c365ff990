//! What of a text is TOML 1.1 at all. The parser gives up at some errors and takes what follows for lost; so each line
//! at fault is told and blanked, and the rest read again, until what is left is TOML and can be checked like any other.
//!
//! Not here: what the keys mean.

use std::ops::RangeInclusive;

use toml::de::{DeTable, Error};

use super::Fault;

/// Lines told at most: a file with more is no config file, and each costs one more reading.
const TOLD: usize = 50;

/// A text without its lines that are not TOML.
pub struct Mended {
    /// As long as what it was made of: a blank for each octet of a line that is not TOML.
    pub text: String,
    pub faults: Vec<Fault>,
}

/// Blanks every line that is not TOML and tells it; of a broken or second `[table]` the keys go with it.
pub fn mend(text: &str) -> Mended {
    let mut mended = Mended { text: text.to_owned(), faults: Vec::new() };
    while mended.faults.len() < TOLD {
        let (_, errors) = DeTable::parse_recoverable(&mended.text);
        let Some(error) = errors.into_iter().min_by_key(start) else { return mended };
        let lines: Vec<&str> = mended.text.split_inclusive('\n').collect();
        let culprits = culprits(&lines, &error);
        mended.faults.push(fault(*culprits.start() + 1, &error));
        let blank = |(at, line): (usize, &&str)| match culprits.contains(&at) {
            true => line.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect(),
            false => (*line).to_owned(),
        };
        let blanked: String = lines.iter().enumerate().map(blank).collect();
        if blanked == mended.text {
            break;
        }
        mended.text = blanked;
    }
    mended.text = mended.text.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect();
    mended
}

/// The lines, counted from 0, that have to go for this error to go.
fn culprits(lines: &[&str], error: &Error) -> RangeInclusive<usize> {
    let mut end = start(error);
    let found = lines.iter().position(|line| {
        let is_here = end < line.len();
        end = end.saturating_sub(line.len());
        is_here
    });
    let line = found.unwrap_or(lines.len().saturating_sub(1));
    if let Some(list) = unclosed_list(lines, line) {
        return list;
    }
    match lines.get(line) {
        Some(header) if is_header(header) => {
            line..=line + lines[line + 1..].iter().take_while(|l| !is_header(l)).count()
        }
        _ => line..=line,
    }
}

/// A list that begins at or before `line` and is not closed before the next key or table: the parser notices it late.
fn unclosed_list(lines: &[&str], line: usize) -> Option<RangeInclusive<usize>> {
    let begins =
        |line: &str| is_key(line) && line.split_once('=').is_some_and(|(_, value)| value.trim_start().starts_with('['));
    let ends = |line: &str| is_header(line) || is_key(line);
    let count = |lines: &[&str], bracket| lines.iter().map(|line| line.matches(bracket).count()).sum::<usize>();
    (0..=line.min(lines.len().checked_sub(1)?)).filter(|at| begins(lines[*at])).find_map(|at| {
        let more = lines[at + 1..].iter().take_while(|line| !ends(line)).count();
        let list = &lines[at..=at + more];
        (count(list, '[') > count(list, ']')).then_some(at..=at + more)
    })
}

fn is_header(line: &str) -> bool {
    line.trim_start().starts_with('[')
}

fn is_key(line: &str) -> bool {
    line.contains('=') && line.trim_start().starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

fn start(error: &Error) -> usize {
    error.span().map_or(0, |span| span.start)
}

fn fault(line: usize, error: &Error) -> Fault {
    let right = match error.message().starts_with("duplicate") {
        true => "each key and each [table] once",
        false => r#"a line such as: key = "text", key = 12, key = ["a", "b"], [table], [[table of a list]]"#,
    };
    let (key, wrong) = ("syntax".to_owned(), error.message().replace('\n', ", "));
    Fault { line, key, written: String::new(), wrong, right: right.to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use crate::config::check;
    use crate::config::tests::{places, with};

    const SAMPLE: &str = include_str!("../../firmware-config/yizhan.toml");
    const NOWHERE: &str = "/nonexistent";

    #[test]
    fn what_is_not_toml_is_told_without_its_echoes() {
        // What a broken line may have held is not missing; what it cannot have held is, and bad values go on being told.
        let text = "[box]\ndomain \"b.example\"\n[http]\nlisten = 0.0.0.0:80\ndrain_s = 99\ndrain_s = 5\n";
        let found = check(text, Path::new(NOWHERE)).unwrap_err();
        assert_eq!(places(&found), [(1, "box.id"), (2, "syntax"), (4, "syntax"), (5, "http.drain_s"), (6, "syntax")]);
        assert_eq!(found[4].wrong, "duplicate key");
        assert!(found.iter().all(|fault| !fault.right.is_empty()));
        for (more, expected) in [
            ("[http\nlisten = \"80\"\n[sms]\nsegments = 0\n", &[(4, "syntax"), (7, "sms.segments")][..]),
            ("[http]\n[sms]\n[http]\nlisten = \"80\"\n", &[(6, "syntax")]),
            ("[http]\nprivate = [\n \"::1\",\ndrain_s = 99\n", &[(5, "syntax"), (7, "http.drain_s")]),
            ("[http]\nprivate = [\"::1\"\n[sms]\nsegments = 0\n", &[(5, "syntax"), (7, "sms.segments")]),
            ("[sms]\nsegments = 0\n[http]\nprivate = [", &[(5, "sms.segments"), (7, "syntax")]),
            ("[sms]\nsegments = \nquiet_to = 8\n", &[(5, "syntax"), (6, "sms.quiet_to")]),
        ] {
            let found = check(&with(more), Path::new(NOWHERE)).unwrap_err();
            assert_eq!(places(&found), expected, "{more}");
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        for _ in 0..150 {
            let mut octets = SAMPLE.as_bytes().to_vec();
            for _ in 0..8 {
                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                let at = (seed >> 8) as usize % octets.len();
                octets[at] = b"[]{}=\"'#\n,.\\0a\x00\xff"[seed as usize % 16];
            }
            let _ = check(&String::from_utf8_lossy(&octets), Path::new(NOWHERE));
        }
        for (open, close) in [("[", "]"), ("{a=", "}")] {
            let deep = format!("x = {}1{}", open.repeat(100_000), close.repeat(100_000));
            assert!(check(&deep, Path::new(NOWHERE)).is_err());
        }
    }
}
