//! Which of a driver's lines go to the log: what is new at once, the same again rarely and with a count. A modem that is
//! dead for months must not fill a card with saying so. Pure.

use std::collections::VecDeque;
use std::time::Duration;

/// The same line is said again after this.
const AGAIN: Duration = Duration::from_secs(6 * 3600);
/// Lines that differ are said so often in an hour …
const LINES_AN_HOUR: usize = 30;
const HOUR: Duration = Duration::from_secs(3600);
/// … and so many are remembered.
const KEPT: usize = 32;

#[derive(Default)]
pub struct Quiet {
    said: VecDeque<Said>,
    times: VecDeque<Duration>,
    /// Not said since the last that was.
    dropped: u64,
}

struct Said {
    text: String,
    at: Duration,
    count: u64,
}

impl Quiet {
    /// The line as it is to be said, if it is.
    pub fn say(&mut self, text: &str, now: Duration) -> Option<String> {
        self.times.retain(|at| *at + HOUR > now);
        let has_room = self.times.len() < LINES_AN_HOUR;
        let known = self.said.iter().position(|said| said.text == text);
        let mut said =
            known.and_then(|at| self.said.remove(at)).unwrap_or(Said { text: text.to_owned(), at: now, count: 0 });
        let due = said.count == 0 || now >= said.at + AGAIN;
        said.count += 1;
        let line = match (due && has_room, said.count) {
            (false, _) => None,
            (true, 1) => Some(text.to_owned()),
            (true, count) => Some(format!("{text} (the {count}th time)")),
        };
        match line.is_some() {
            true => (said.at, _) = (now, self.times.push_back(now)),
            false if due => self.dropped += 1,
            false => {}
        }
        if self.said.len() == KEPT {
            self.said.pop_front();
        }
        self.said.push_back(said);
        let dropped = if line.is_some() { std::mem::take(&mut self.dropped) } else { 0 };
        line.map(|line| if dropped > 0 { format!("{line} ({dropped} lines before it were not written)") } else { line })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_said_rarely_and_counted() {
        let mut quiet = Quiet::default();
        let mut lines = Vec::new();
        for second in 0..86_400 {
            lines.extend(quiet.say("no answer to AT", Duration::from_secs(second)));
        }
        assert_eq!((lines.len(), lines[1].as_str()), (4, "no answer to AT (the 21601th time)"));
    }

    #[test]
    fn what_differs_each_time_is_bounded_too() {
        let mut quiet = Quiet::default();
        let said = (0..86_400).filter_map(|n| quiet.say(&format!("no answer to {n}"), Duration::from_secs(n)));
        assert!(said.count() <= 24 * LINES_AN_HOUR);
    }
}
