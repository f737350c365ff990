//! The log as the box's operator reads it: in a terminal with the time before each line, in systemd's journal with the
//! level before each line (sd-daemon(3)), since the journal has the time.
//!
//! Not here: files and their rotation, and what is said.

use std::io::{self, Write};

use flexi_logger::{DeferredNow, Duplicate, LogSpecification, Logger};
use log::{Level, LevelFilter, Record};

use crate::troubles;

/// Starts the log on standard error.
///
/// # Errors
/// That there is one already.
pub fn start(level: LevelFilter) -> Result<(), String> {
    let spec = LogSpecification::builder().default(level).module("sled", LevelFilter::Error).build();
    let mut logger = Logger::with(spec).log_to_writer(Box::new(troubles::Keeper)).duplicate_to_stderr(Duplicate::All);
    if is_stderr() {
        logger = logger.format_for_stderr(line);
    }
    logger.start().map(drop).map_err(|e| e.to_string())
}

/// The last words of a command that cannot do what it should.
pub fn complain(why: &str) {
    let prefix = if is_stderr() { prefix(Level::Error) } else { "" };
    for line in why.trim_end().lines() {
        eprintln!("{prefix}{line}");
    }
}

/// Whether standard error leads into the journal (systemd.exec(5), `JOURNAL_STREAM`), and not only that of a parent.
fn is_stderr() -> bool {
    let Ok(journal) = std::env::var("JOURNAL_STREAM") else { return false };
    rustix::fs::fstat(io::stderr()).is_ok_and(|file| journal == format!("{}:{}", file.st_dev, file.st_ino))
}

fn line(out: &mut dyn Write, _: &mut DeferredNow, record: &Record<'_>) -> io::Result<()> {
    // A line break would begin an entry without a level.
    let text = record.args().to_string().replace('\n', " | ");
    write!(out, "{}{text}", prefix(record.level()))
}

/// The levels of syslog (RFC 5424, 6.2.1).
fn prefix(level: Level) -> &'static str {
    match level {
        Level::Error => "<3>",
        Level::Warn => "<4>",
        Level::Info => "<6>",
        Level::Debug | Level::Trace => "<7>",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_line_with_its_level() {
        let mut out = Vec::new();
        let record = Record::builder().level(Level::Warn).args(format_args!("one\ntwo")).build();
        assert!(line(&mut out, &mut DeferredNow::new(), &record).is_ok());
        assert_eq!(String::from_utf8_lossy(&out), "<4>one | two");
    }
}
