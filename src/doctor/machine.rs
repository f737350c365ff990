//! The machine itself: its clock, its memory, and what systemd says of the box's unit.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::findings::Findings;
use super::folder::size;
use super::running::Running;
use super::words;
use crate::clock::{Clock, Time};
use crate::config::Config;

/// What `systemctl show` says of the box's unit.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// active, inactive, failed, activating …
    pub active: String,
    /// running, dead, auto-restart …
    sub: String,
    /// Why it ended: exit-code, signal, watchdog, oom-kill …
    result: String,
    restarts: u32,
    /// enabled, disabled …
    file: String,
    pub user: String,
}

const UNIT: &str = "yizhan.service";

/// `None` where there is no systemd, or it does not know the box.
pub fn unit() -> Option<Unit> {
    let names = "--property=LoadState,ActiveState,SubState,Result,NRestarts,UnitFileState,User";
    let asked = Command::new("systemctl").args(["show", UNIT, names]).output().ok()?;
    if asked.status.success() { unit_of(&String::from_utf8_lossy(&asked.stdout)) } else { None }
}

fn unit_of(shown: &str) -> Option<Unit> {
    let value = |name: &str| {
        let line = shown.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_default().to_owned()
    };
    let unit = Unit {
        active: value("ActiveState"),
        sub: value("SubState"),
        result: value("Result"),
        restarts: value("NRestarts").parse().unwrap_or(0),
        file: value("UnitFileState"),
        user: value("User"),
    };
    (value("LoadState") == "loaded").then_some(unit)
}

pub fn tell_unit(found: &mut Findings, unit: Option<&Unit>) {
    let Some(unit) = unit else { return };
    found.about("unit", words::UNIT);
    let restarts = unit.restarts.to_string();
    match (unit.active.as_str(), unit.sub.as_str()) {
        ("failed", _) => found.bad((words::UNIT_FAILED, &[&unit.result]), (words::UNIT_FAILED_HELP, &[])),
        (_, "auto-restart") => {
            found.bad((words::UNIT_LOOPS, &[&restarts, &unit.result]), (words::UNIT_FAILED_HELP, &[]));
        }
        ("active", _) if unit.restarts > 0 => {
            found.note((words::UNIT_RESTARTED, &[&restarts]), (words::UNIT_LOG, &[]));
        }
        _ if unit.file == "disabled" => found.note((words::UNIT_DISABLED, &[]), (words::UNIT_ENABLE, &[])),
        ("active", _) => found.good((words::UNIT_GOOD, &[])),
        (state, _) => found.note((words::UNIT_IS, &[state]), (words::UNIT_LOG, &[])),
    }
}

/// No box was made before: a clock that shows less never was set. 2026-01-01T00:00:00Z.
const FIRST_BOXES: Time = Time(1_767_225_600_000);
/// A file's time stamps may be ahead of a clock that is right: it was set back by a second, or the file was restored.
const SLACK: Duration = Duration::from_secs(3600);

pub fn tell_clock(found: &mut Findings, clock: &Clock, config: Option<&Config>) {
    found.about("clock", words::CLOCK);
    let now = clock.now();
    let zone = config.map_or(jiff::tz::TimeZone::UTC, |config| config.this_box.timezone.clone());
    let shown = |time: Time| time.civil(&zone).strftime("%Y-%m-%d %H:%M").to_string();
    let newest = config.and_then(|config| newest_record(&config.this_box.data));
    if now < FIRST_BOXES {
        return found.bad((words::CLOCK_NEVER_SET, &[&shown(now)]), (words::CLOCK_SET, &[]));
    }
    if let Some(newest) = newest.filter(|newest| *newest > now.plus(SLACK)) {
        return found.bad((words::CLOCK_BEHIND, &[&shown(now), &shown(newest)]), (words::CLOCK_SET, &[]));
    }
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    match synchronised() {
        Some(false) => found.note((words::CLOCK_ALONE, &[&shown(now), &name]), (words::CLOCK_SET, &[])),
        _ => found.good((words::CLOCK_GOOD, &[&shown(now), &name])),
    }
}

/// When the journal was last written: it ends with the newest record.
fn newest_record(data: &Path) -> Option<Time> {
    let files = fs::read_dir(data.join("journal")).ok()?.flatten();
    let written = files.filter_map(|file| file.metadata().ok()).map(|about| about.mtime().saturating_mul(1000));
    written.max().map(Time)
}

/// Whether the machine's clock follows a time server; `None` where nobody says.
fn synchronised() -> Option<bool> {
    let asked = Command::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).output().ok()?;
    match String::from_utf8_lossy(&asked.stdout).trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// Below this the machine swaps or kills: the box itself takes up to 48 MiB.
const MEMORY_LOW_BYTES: u64 = 32 << 20;

pub fn tell_memory(found: &mut Findings, lives: Option<&Running>) {
    let Some(available) = kib_of("/proc/meminfo", "MemAvailable:").map(|kib| kib * 1024) else { return };
    found.about("memory", words::MEMORY);
    let shown = size(available);
    if kib_of("/proc/vmstat", "oom_kill ").is_some_and(|kills| kills > 0) {
        return found.note((words::MEMORY_KILLS, &[&shown]), (words::MEMORY_HELP, &[]));
    }
    if available < MEMORY_LOW_BYTES {
        return found.note((words::MEMORY_LOW, &[&shown]), (words::MEMORY_HELP, &[]));
    }
    match lives.and_then(|running| running.number("/memory/resident_octets")) {
        Some(taken) => found.good((words::MEMORY_BOX, &[&shown, &size(taken)])),
        None => found.good((words::MEMORY_GOOD, &[&shown])),
    }
}

fn kib_of(path: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SHOWN: &str = "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nResult=exit-code\nNRestarts=7\nUser=yizhan\nUnitFileState=enabled\n";

    #[test]
    fn a_unit_is_read() {
        let unit = unit_of(SHOWN).unwrap();
        assert_eq!((unit.sub.as_str(), unit.restarts, unit.user.as_str()), ("auto-restart", 7, "yizhan"));
        assert_eq!(unit_of(&SHOWN.replace("=loaded", "=not-found")), None);
        assert_eq!(unit_of(""), None);
    }
}
