//! What was found, and how it is shown: a line for each check, and below it what to do; or JSON.
//!
//! Not here: any looking.

use serde_json::{Value, json};

use super::words;
use crate::words::{Lang, Word};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Good,
    /// The box works; it is worth a look.
    Note,
    Wrong,
}

#[derive(Clone, Debug)]
pub struct Finding {
    /// One word for programs.
    check: &'static str,
    /// The same for people, with a name where there are several.
    subject: String,
    level: Level,
    says: String,
    /// What to do, line by line; empty when nothing is.
    help: String,
}

/// A sentence and what fills it.
pub type Said<'a> = (Word, &'a [&'a str]);

/// Collects the findings, in one language.
pub struct Findings {
    pub lang: Lang,
    check: &'static str,
    subject: String,
    all: Vec<Finding>,
}

pub struct Report {
    lang: Lang,
    about: String,
    findings: Vec<Finding>,
}

impl Findings {
    pub fn new(lang: Lang) -> Findings {
        Findings { lang, check: "", subject: String::new(), all: Vec::new() }
    }

    /// What the next findings are about.
    pub fn about(&mut self, check: &'static str, subject: Word) {
        self.check = check;
        self.subject = subject.say(self.lang).to_owned();
    }

    /// The same where there are several of a kind.
    pub fn about_one(&mut self, check: &'static str, subject: Word, name: &str) {
        self.check = check;
        self.subject = format!("{} {name}", subject.say(self.lang));
    }

    pub fn good(&mut self, says: Said) {
        self.add(Level::Good, says, None);
    }

    pub fn note(&mut self, says: Said, help: Said) {
        self.add(Level::Note, says, Some(help));
    }

    pub fn bad(&mut self, says: Said, help: Said) {
        self.add(Level::Wrong, says, Some(help));
    }

    /// As the running box judges it; what it does not say is passed over.
    pub fn told(&mut self, level: &str, says: &str, help: &str) {
        let level = match level {
            "good" => Level::Good,
            "wrong" => Level::Wrong,
            _ => Level::Note,
        };
        if !says.is_empty() {
            let (says, help) = (says.to_owned(), help.to_owned());
            self.all.push(Finding { check: self.check, subject: self.subject.clone(), level, says, help });
        }
    }

    pub fn report(self, about: &str) -> Report {
        Report { lang: self.lang, about: about.to_owned(), findings: self.all }
    }

    fn add(&mut self, level: Level, says: Said, help: Option<Said>) {
        let fill = |(word, values): Said| word.with(self.lang, values);
        let help = help.map(fill).unwrap_or_default();
        let (check, subject) = (self.check, self.subject.clone());
        self.all.push(Finding { check, subject, level, says: fill(says), help });
    }
}

impl Report {
    /// Whether nothing is wrong; there may be notes.
    pub fn is_well(&self) -> bool {
        self.count(Level::Wrong) == 0
    }

    /// For people; with plain marks for a terminal that shows ASCII only.
    pub fn text(&self, plain: bool) -> String {
        let mark = |level| match (level, plain) {
            (Level::Good, false) => "✓",
            (Level::Note, false) => "!",
            (Level::Wrong, false) => "✗",
            (Level::Good, true) => "ok ",
            (Level::Note, true) => "!  ",
            (Level::Wrong, true) => "BAD",
        };
        let arrow = if plain { "->" } else { "→" };
        let mut text = words::TITLE.with(self.lang, &[env!("CARGO_PKG_VERSION"), &self.about]);
        text.push('\n');
        for finding in &self.findings {
            text.push_str(&format!("{} {}: {}\n", mark(finding.level), finding.subject, finding.says));
            for line in finding.help.lines() {
                text.push_str(&format!("    {arrow} {line}\n"));
            }
        }
        let count = |level| self.count(level).to_string();
        text.push_str(&words::SUM.with(self.lang, &[&count(Level::Good), &count(Level::Note), &count(Level::Wrong)]));
        text
    }

    pub fn json(&self) -> Value {
        let finding = |f: &Finding| {
            let level = match f.level {
                Level::Good => "good",
                Level::Note => "note",
                Level::Wrong => "wrong",
            };
            json!({ "check": f.check, "subject": f.subject, "level": level, "says": f.says, "help": f.help })
        };
        json!({ "well": self.is_well(), "findings": self.findings.iter().map(finding).collect::<Vec<_>>() })
    }

    fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}
