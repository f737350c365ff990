//! What went wrong lately: the newest warnings and errors of the log, kept in memory for the box's account of itself.
//!
//! One list for the process, as the log is one. Not here: the log itself, which systemd or a file keeps.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use flexi_logger::DeferredNow;
use flexi_logger::writers::LogWriter;
use serde::Serialize;

use crate::clock::{Clock, Time};

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// When it was last said, in RFC 3339.
    pub at: String,
    /// `warn` or `error`
    pub level: &'static str,
    pub text: String,
    /// How often it was said without anything else between.
    pub times: u32,
}

/// A screen of them; who wants more reads the log.
const KEPT: usize = 20;
/// Some lines of a terminal.
const CHARS: usize = 300;

static LATELY: Mutex<VecDeque<Trouble>> = Mutex::new(VecDeque::new());

/// The newest first.
pub fn lately() -> Vec<Trouble> {
    LATELY.lock().unwrap_or_else(PoisonError::into_inner).iter().rev().cloned().collect()
}

/// A logger's writer that keeps what is wrong and writes nothing.
pub struct Keeper;

impl LogWriter for Keeper {
    fn write(&self, _: &mut DeferredNow, record: &log::Record) -> std::io::Result<()> {
        let level = match record.level() {
            log::Level::Error => "error",
            log::Level::Warn => "warn",
            _ => return Ok(()),
        };
        let text = record.args().to_string().chars().take(CHARS).collect();
        keep(&mut LATELY.lock().unwrap_or_else(PoisonError::into_inner), level, text, Clock::machine().now());
        Ok(())
    }

    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

fn keep(kept: &mut VecDeque<Trouble>, level: &'static str, text: String, now: Time) {
    let at = now.rfc3339();
    // A modem that is not there says so every minute: that must not push out the rest.
    if let Some(last) = kept.back_mut().filter(|last| last.level == level && last.text == text) {
        (last.at, last.times) = (at, last.times.saturating_add(1));
        return;
    }
    if kept.len() == KEPT {
        kept.pop_front();
    }
    kept.push_back(Trouble { at, level, text, times: 1 });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_and_what_is_said_again_counts() {
        let mut kept = VecDeque::new();
        for n in 0..KEPT + 5 {
            keep(&mut kept, "warn", format!("trouble {n}"), Time(0));
        }
        for second in 1..=3 {
            keep(&mut kept, "error", "modem sim1: unplugged".to_owned(), Time(second * 1000));
        }
        let last = kept.back().map(|t| (t.level, t.times, t.at.as_str()));
        assert_eq!((kept.len(), last), (KEPT, Some(("error", 3, "1970-01-01T00:00:03Z"))));
        assert_eq!(kept.front().map(|t| t.text.as_str()), Some("trouble 6"));
    }
}
