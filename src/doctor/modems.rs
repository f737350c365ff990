//! Each modem of the config and of the running box: is its line there, may the box use it, who else has it, and how is
//! the modem itself. One fault a modem: the first hides the others.
//!
//! A modem that the box says is ready is believed. One that nobody drives is asked by the driver's own words.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::Value;

use super::findings::{Findings, Said};
use super::processes::{self, Account, Process, group_name, holders, real};
use super::running::Running;
use super::words;
use crate::app::modems;
use crate::clock::{Clock, Time};
use crate::config::Modem;
use crate::modem::port::Serial;
use crate::modem::probe::{Answer, Fault, probe};
use crate::sms::bearer::State;
use crate::words::{Word, modems as said, span};

pub async fn tell(
    found: &mut Findings,
    configured: &[Modem],
    lives: Option<&Running>,
    account: &Account,
    clock: &Clock,
) {
    let of_the_box = lives.map_or(&[][..], Running::modems);
    // By the box's own clock, which may be another than the machine's.
    let now = lives.and_then(|running| running.text("/clock/now").parse::<Timestamp>().ok());
    let now = now.map_or_else(|| clock.now(), |at| Time(at.as_millisecond()));
    if configured.is_empty() && of_the_box.is_empty() {
        tell_none(found);
    }
    for modem in configured {
        found.about_one("modem", words::MODEM, &modem.name);
        let state = of_the_box.iter().find(|account| account["name"] == modem.name.as_str());
        if state.is_some_and(|state| state["ready"] == true) {
            tell_state(found, state, &modem.port.display().to_string(), now);
        } else if !tell_console(found, &modem.port) && tell_line(found, &modem.port, lives, account) {
            match (lives, state) {
                (Some(_), None) => found.bad((words::MODEM_UNKNOWN, &[]), (words::RESTART, &[])),
                (Some(_), state) => tell_state(found, state, &modem.port.display().to_string(), now),
                (None, _) => tell_probed(found, modem, clock).await,
            }
        }
    }
    // Those that no config names: the demo's.
    for state in of_the_box.iter().filter(|state| !configured.iter().any(|modem| state["name"] == modem.name.as_str()))
    {
        found.about_one("modem", words::MODEM, state["name"].as_str().unwrap_or("?"));
        tell_state(found, Some(state), state["port"].as_str().unwrap_or(""), now);
    }
}

fn tell_none(found: &mut Findings) {
    found.about("modem", words::MODEM);
    match candidates().as_str() {
        "" => found.note((said::NO_MODEM, &[]), (said::NO_MODEM_HELP, &[])),
        lines => found.note((said::NO_MODEM, &[]), (words::LINES_THERE, &[lines])),
    }
}

/// What stands between the box and an open line; whether nothing does.
fn tell_line(found: &mut Findings, port: &Path, lives: Option<&Running>, account: &Account) -> bool {
    let (shown, device) = (port.display().to_string(), real(port));
    let about = match fs::metadata(port) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bad_line(found, (words::LINE_MISSING, &[&shown]), &Value::Null);
            return false;
        }
        Err(error) => {
            bad_line(found, (words::LINE_FAILS, &[&shown, &error.to_string()]), &Value::Null);
            return false;
        }
    };
    if !about.file_type().is_char_device() || !is_terminal(&about, &device) {
        bad_line(found, (words::LINE_NO_DEVICE, &[&shown]), &Value::Null);
        return false;
    }
    if let Some(holder) = foreign_holder(&device, lives) {
        let help: Said = match holder.name.as_str() {
            "ModemManager" => (words::LINE_MODEM_MANAGER, &[]),
            name if name.contains("getty") => (words::LINE_GETTY, &[tty(&device)]),
            _ => (words::LINE_END_IT, &[&holder.id.to_string()]),
        };
        found.bad((words::LINE_HELD, &[&shown, &holder.shown()]), help);
        return false;
    }
    if !account.may_read_and_write(&about) {
        let group = group_name(about.gid());
        // A line that no group may use is closed by a rule of udev's, and adding groups would not help.
        let help: Said = match about.mode() & 0o060 {
            0o060 => (words::LINE_JOIN, &[&group, &account.name]),
            _ => (words::LINE_OPEN_UP, &[&shown]),
        };
        found.bad((words::LINE_DENIED, &[&shown, &account.name]), help);
        return false;
    }
    true
}

/// Whether the kernel drives it as a line: a pseudo terminal, or of the class tty.
fn is_terminal(about: &fs::Metadata, device: &Path) -> bool {
    let number = format!("/sys/dev/char/{}:{}", rustix::fs::major(about.rdev()), rustix::fs::minor(about.rdev()));
    let class = fs::canonicalize(number);
    device.starts_with("/dev/pts") || class.is_ok_and(|class| class.components().any(|part| part.as_os_str() == "tty"))
}

/// Who else has the line: by its open files, or, where those cannot be seen, a getty by its command line.
fn foreign_holder(device: &Path, lives: Option<&Running>) -> Option<Process> {
    let not_the_box = |process: &Process| lives.is_none_or(|running| running.pid != process.id);
    let open = device.to_str().map(holders).unwrap_or_default().into_iter().find(not_the_box);
    open.or_else(|| {
        let waits = |process: &Process| processes::command_of(process.id).iter().any(|word| word == tty(device));
        processes::all().filter(|process| process.name.contains("getty")).find(waits)
    })
}

fn tty(device: &Path) -> &str {
    device.to_str().map_or("", |path| path.strip_prefix("/dev/").unwrap_or(path))
}

/// Whether the line is the kernel's console: its own words would be taken for a modem's, and ours for a person's.
fn tell_console(found: &mut Findings, port: &Path) -> bool {
    let line = fs::read_to_string("/proc/cmdline").unwrap_or_default();
    let device = real(port);
    let console = consoles(&line).find(|name| real(&Path::new("/dev").join(name)) == device);
    if let Some(console) = console {
        found.bad((words::LINE_CONSOLE, &[console]), (words::LINE_CONSOLE_HELP, &[console]));
    }
    console.is_some()
}

/// `console=ttyAMA0,115200` of the kernel's command line, without the speed.
fn consoles(line: &str) -> impl Iterator<Item = &str> {
    let values = line.split_whitespace().filter_map(|word| word.strip_prefix("console="));
    values.map(|value| value.split(',').next().unwrap_or(value))
}

/// The modem as the running box has it.
fn tell_state(found: &mut Findings, state: Option<&Value>, port: &str, now: Time) {
    let Some(state) = state else { return };
    let word = |name: &str| state[name].as_str().unwrap_or("");
    match (word("state"), word("level")) {
        ("lost", _) => bad_line(found, (words::MODEM_LOST, &[port, word("why")]), &state["facts"]["hint"]),
        ("ready", "good") => {
            let signal = state["signal"].as_u64().and_then(|signal| u8::try_from(signal).ok());
            tell_ready(found, words::MODEM_READY, [word("operator"), word("number")], signal);
        }
        (_, level) => found.told(level, word("says"), word("help")),
    }
    found.about_one("modem_work", words::WORK, word("name"));
    tell_work(found, &state["facts"], now);
}

/// How it has done since the box started, and what was refused within a day.
fn tell_work(found: &mut Findings, facts: &Value, now: Time) {
    if facts.is_null() {
        return;
    }
    let count = |name: &str| facts[name].as_u64().unwrap_or(0).to_string();
    let contact = facts["last_contact"].as_str().unwrap_or("").parse::<Timestamp>();
    let ago = |at: Timestamp| now.since(Time(at.as_millisecond())).as_secs();
    let contact = contact.map_or_else(|_| "-".to_owned(), |at| span(found.lang, ago(at)));
    let resets = facts["resets"].as_object().into_iter().flat_map(|all| all.values()).filter_map(Value::as_u64);
    let slots = format!("{} {}/{}", facts["storage"].as_str().unwrap_or("-"), count("slots_used"), count("slots"));
    let [sent, received, in_doubt, losses] = ["sent", "received", "in_doubt", "losses"].map(count);
    let says = words::WORK_IS
        .with(found.lang, &[&contact, &slots, &sent, &received, &in_doubt, &losses, &resets.sum::<u64>().to_string()]);
    let is_new = |failure: &&Value| {
        let last = failure["last"].as_str().unwrap_or("").parse::<Timestamp>();
        last.is_ok_and(|at| ago(at) < DAY_S)
    };
    let line = |failure: &Value| {
        let word = |name: &str| failure[name].as_str().unwrap_or("");
        format!("{} ×{}: {}", word("error"), failure["count"].as_u64().unwrap_or(0), word("hint"))
    };
    let refused: Vec<String> = facts["failures"].as_array().into_iter().flatten().filter(is_new).map(line).collect();
    found.told(if refused.is_empty() { "good" } else { "note" }, &says, &refused.join("\n"));
}

const DAY_S: u64 = 86_400;

fn tell_fault(found: &mut Findings, state: &State, port: &str) {
    match (state, modems::of_state(state)) {
        (State::Lost { why }, _) => bad_line(found, (words::MODEM_LOST, &[port, why]), &Value::Null),
        (_, Some((says, help))) => found.bad((says, &[]), (help, &[])),
        _ => {}
    }
}

fn tell_ready(found: &mut Findings, says: Word, [operator, more]: [&str; 2], signal: Option<u8>) {
    let shown = signal.map_or("-".to_owned(), |signal| signal.to_string());
    if signal.is_some_and(|signal| signal < modems::SIGNAL_WEAK) {
        return found.note((said::SIGNAL_LOW, &[or_dash(operator), &shown]), (said::SIGNAL_HELP, &[]));
    }
    found.good((says, &[or_dash(operator), &shown, or_dash(more)]));
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

async fn tell_probed(found: &mut Findings, modem: &Modem, clock: &Clock) {
    let port = modem.port.display().to_string();
    let line = Serial::new(&port, modem.baud, None);
    match probe(&line, clock).await {
        Err(Fault::Closed(error)) => {
            bad_line(found, (words::LINE_FAILS, &[&port, &error.to_string()]), &Value::Null);
        }
        Err(Fault::Silent(why)) => {
            bad_line(found, (words::MODEM_LOST, &[&port, &why]), &Value::Null);
        }
        // The box enters it when it starts; asked here it would cost one of three tries.
        Ok(Answer { state: State::PinNeeded, identity, .. }) if modem.pin.is_some() || modem.pin_file.is_some() => {
            found.good((words::PIN_WAITS, &[&identity]));
        }
        Ok(answer) if answer.denied => found.bad((words::NETWORK_DENIES, &[]), (words::NETWORK_DENIES_HELP, &[])),
        Ok(answer) if answer.lacks_centre => {
            found.bad((words::NO_CENTRE, &[]), (words::NO_CENTRE_HELP, &[]));
        }
        Ok(Answer { state: State::Ready { operator, signal, .. }, identity, .. }) => {
            tell_ready(found, words::MODEM_ANSWERS, [&operator.unwrap_or_default(), &identity], signal);
        }
        Ok(answer) => tell_fault(found, &answer.state, &port),
    }
}

/// A fault of the plug, the power or the name, with the box's hint, if it has one, and the lines that there are.
fn bad_line(found: &mut Findings, says: Said, hint: &Value) {
    let (lang, lines) = (found.lang, candidates());
    let help = match lines.as_str() {
        "" => words::LINE_PLUG_IN.say(lang).to_owned(),
        lines => words::LINES_THERE.with(lang, &[lines]),
    };
    let help = hint.as_str().into_iter().filter(|hint| !hint.is_empty()).chain([help.as_str()]).collect::<Vec<_>>();
    found.told("wrong", &says.0.with(lang, says.1), &help.join("\n"));
}

/// Lines that may be a modem's, one a line of text: those with a name of their own, then every other USB line.
fn candidates() -> String {
    let entries = |folder: &str| {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
        paths.sort();
        paths
    };
    let by_id = entries("/dev/serial/by-id");
    let named: Vec<PathBuf> = by_id.iter().map(|path| real(path)).collect();
    let mut lines: Vec<String> = by_id.iter().map(|path| path.display().to_string()).collect();
    for class in entries("/sys/class/tty") {
        let Some(name) = class.file_name().map(|name| Path::new("/dev").join(name)) else { continue };
        if let Some(maker) = usb_of(&class).filter(|_| !named.contains(&name)) {
            lines.push(format!("{} ({maker})", name.display()));
        }
    }
    lines.join("\n")
}

/// Maker and product of the USB device that a line belongs to, as `12d1:1506 HUAWEI Mobile`.
fn usb_of(class: &Path) -> Option<String> {
    let device = fs::canonicalize(class.join("device")).ok()?;
    let read =
        |folder: &Path, name: &str| fs::read_to_string(folder.join(name)).map(|text| text.trim().to_owned()).ok();
    // The line's interface lies a few folders below the device that says who made it.
    device.ancestors().take(4).find_map(|folder| {
        let (vendor, product) = (read(folder, "idVendor")?, read(folder, "idProduct")?);
        let names: Vec<String> = ["manufacturer", "product"].iter().filter_map(|name| read(folder, name)).collect();
        Some(format!("{vendor}:{product} {}", names.join(" ")).trim_end().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_consoles() {
        let line = "root=PARTUUID=x console=serial0,115200 console=tty1 quiet consoleblank=0\n";
        assert_eq!(consoles(line).collect::<Vec<_>>(), ["serial0", "tty1"]);
        assert_eq!(tty(Path::new("/dev/ttyAMA0")), "ttyAMA0");
    }
}
