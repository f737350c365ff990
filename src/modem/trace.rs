//! The log of what a modem is told and answers: off, until a person turns it on for a while. The newest lines are kept
//! for whoever asks, and each goes to the log under the target `at`.
//!
//! Numbers and messages are masked unless asked for; a PIN is never shown. Not here: what the lines mean.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Time};
use crate::number::Number;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    Off,
    Masked,
    Whole,
}

/// One line, as it went by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Counts up, so that a reader can ask for what is new.
    pub number: u64,
    pub at: Time,
    /// `< AT+CSQ` was told, `> +CSQ: 20,99` answered.
    pub text: String,
}

/// A session's start and a long text's way are some 200 lines.
const LINES_KEPT: usize = 1000;
/// What is forgotten turns itself off: a log of every line wears the card.
pub const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// The switch and the lines; a clone is the same.
#[derive(Clone)]
pub struct Trace(Arc<Shared>);

struct Shared {
    name: String,
    clock: Clock,
    detail: AtomicU8,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// As the clock has passed.
    until: Duration,
    count: u64,
    lines: VecDeque<Exchange>,
}

impl Trace {
    pub fn new(name: &str, clock: Clock) -> Trace {
        let (detail, kept) = (AtomicU8::new(Detail::Off as u8), Mutex::default());
        Trace(Arc::new(Shared { name: name.to_owned(), clock, detail, kept }))
    }

    /// Of its modem.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Keeps lines from now on for so long, a day at most. What was kept stays.
    pub fn set(&self, detail: Detail, long: Duration) {
        self.kept().until = self.0.clock.passed().saturating_add(long.min(LONGEST));
        self.0.detail.store(detail as u8, Ordering::Relaxed);
    }

    pub fn detail(&self) -> Detail {
        let detail = match self.0.detail.load(Ordering::Relaxed) {
            1 => Detail::Masked,
            2 => Detail::Whole,
            _ => return Detail::Off,
        };
        if self.0.clock.passed() < self.kept().until { detail } else { Detail::Off }
    }

    /// The kept lines after this number, oldest first.
    pub fn after(&self, number: u64) -> Vec<Exchange> {
        self.kept().lines.iter().filter(|line| line.number > number).cloned().collect()
    }

    /// `mark` says who spoke. Costs one load while it is off.
    pub(super) fn note(&self, mark: char, line: &str) {
        if self.0.detail.load(Ordering::Relaxed) == Detail::Off as u8 {
            return;
        }
        let text = match self.detail() {
            Detail::Off => return self.0.detail.store(Detail::Off as u8, Ordering::Relaxed),
            Detail::Masked => format!("{mark} {}", masked(line)),
            Detail::Whole => format!("{mark} {}", without_pin(line)),
        };
        log::info!(target: "at", "{}: {text}", self.0.name);
        let at = self.0.clock.now();
        let mut kept = self.kept();
        if kept.lines.len() == LINES_KEPT {
            kept.lines.pop_front();
        }
        kept.count += 1;
        let number = kept.count;
        kept.lines.push_back(Exchange { number, at, text });
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Digits that may be a number: shorter ones are lengths, indices and codes.
const NUMBER_DIGITS: usize = 7;
/// The shortest PDU line: a SUBMIT of seven octets behind an empty centre.
const PDU_DIGITS: usize = 16;

fn masked(line: &str) -> String {
    let line = without_pin(line);
    let (mut out, mut word) = (String::with_capacity(line.len()), String::new());
    for c in line.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() || c == '+' && word.is_empty() {
            word.push(c);
            continue;
        }
        out.push_str(&masked_word(&std::mem::take(&mut word)));
        out.push(c);
    }
    out.pop();
    out
}

fn masked_word(word: &str) -> String {
    let digits = word.strip_prefix('+').unwrap_or(word);
    if digits.len() >= NUMBER_DIGITS && digits.bytes().all(|c| c.is_ascii_digit()) {
        return masked_number(word);
    }
    if word.len() >= PDU_DIGITS && word.bytes().all(|c| c.is_ascii_hexdigit()) {
        return format!("[{} octets]", word.len() / 2);
    }
    word.to_owned()
}

/// Head and tail of a telephone's, card's or device's number.
pub(super) fn masked_number(digits: &str) -> String {
    match Number::parse(digits) {
        Some(number) => number.masked(),
        None if digits.is_ascii() && digits.len() >= NUMBER_DIGITS => {
            format!("{}****{}", &digits[..3], &digits[digits.len() - 4..])
        }
        None => "****".to_owned(),
    }
}

fn without_pin(line: &str) -> String {
    match line.split_once("CPIN=") {
        Some((before, _)) => format!("{before}CPIN=****"),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_messages_and_pins_are_masked() {
        for (line, shown) in [
            ("AT+CPIN=\"1234\"", "AT+CPIN=****"),
            ("AT+CMGS=24", "AT+CMGS=24"),
            ("+CNUM: \"\",\"+8613812345678\",145", "+CNUM: \"\",\"138****5678\",145"),
            ("+CSCA: \"13800100500\",129", "+CSCA: \"138****0500\",129"),
            ("0001000D91683119325476F8000831", "[15 octets]"),
            ("460001234567890", "460****7890"),
            ("+CREG: 0,1", "+CREG: 0,1"),
            ("+COPS: 0,0,\"中国移动\",7", "+COPS: 0,0,\"中国移动\",7"),
        ] {
            assert_eq!(masked(line), shown);
        }
        assert_eq!(without_pin("AT+CPIN=\"1234\""), "AT+CPIN=****");
    }

    #[test]
    fn it_keeps_the_newest_and_ends_by_itself() {
        let clock = Clock::by_hand(Time(0));
        let trace = Trace::new("m", clock.clone());
        trace.note('<', "AT");
        assert!(trace.after(0).is_empty(), "off");
        trace.set(Detail::Whole, Duration::from_secs(60));
        for n in 0..LINES_KEPT + 5 {
            trace.note('<', &format!("AT+CMGD={n}"));
        }
        let kept = trace.after(0);
        assert_eq!((kept.len(), kept[0].text.as_str()), (LINES_KEPT, "< AT+CMGD=5"));
        assert_eq!(trace.after(kept[LINES_KEPT - 1].number - 1).len(), 1);
        clock.advance(Duration::from_secs(61));
        trace.note('<', "AT");
        assert_eq!((trace.detail(), trace.after(0).len()), (Detail::Off, LINES_KEPT));
    }
}
