//! Looks at the machine and the box on it, and says what is wrong and what to do about it: for the person who stands in
//! front of the box, and has perhaps never seen it.
//!
//! What the running box alone knows it is asked for over its local socket (`running`); what only the outside sees is
//! looked at here: the data folder and its disk (`folder`), ports (`network`), serial lines and modems (`modems`), the
//! machine (`machine`), who is who in `/proc` (`processes`). Nothing is changed, and a modem is spoken to only while no
//! box runs and nobody else holds its line. It does without any right and says what it could not see.

mod findings;
mod folder;
mod machine;
mod modems;
mod network;
mod processes;
mod running;
mod words;

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::words::Lang;
use findings::Findings;
pub use findings::Report;
use processes::Account;

/// Everything, in the order in which one fault explains the next.
pub async fn examine(path: &Path, socket: Option<PathBuf>, spoken: Option<Lang>) -> Report {
    let clock = Clock::machine();
    let (read, text) = config_of(path);
    let language = match &read {
        Ok(config) => config.this_box.language,
        Err(_) => language_of(&text),
    };
    let mut found = Findings::new(spoken.unwrap_or(language));
    let unit = machine::unit();
    let socket = socket.or_else(|| Some(read.as_ref().ok()?.this_box.socket.clone()));
    let running = socket.as_deref().map(|socket| running::ask(socket, found.lang));
    let lives = running.as_ref().and_then(|answer| answer.as_ref().ok());
    let account = Account::of_the_box(lives.map(|running| running.pid), unit.as_ref().map(|unit| unit.user.as_str()));

    processes::tell_rights(&mut found);
    tell_config(&mut found, path, &read, &account);
    if let (Some(socket), Some(answer)) = (&socket, &running) {
        running::tell(&mut found, socket, answer, unit.as_ref());
    }
    machine::tell_unit(&mut found, unit.as_ref());
    if let Ok(config) = &read {
        folder::tell(&mut found, config, &account, lives);
        network::tell(&mut found, config, lives);
    }
    if let Some(running) = lives {
        running::tell_store(&mut found, running);
    }
    let configured: &[config::Modem] = read.as_ref().map_or(&[], |config| config.modems.as_slice());
    if read.is_ok() || lives.is_some() {
        modems::tell(&mut found, configured, lives, &account, &clock).await;
    }
    if let Some(running) = lives {
        running::tell_queue(&mut found, running);
        running::tell_webhooks(&mut found, running);
    }
    machine::tell_clock(&mut found, &clock, read.as_ref().ok());
    if let Some(running) = lives {
        running::tell_clock(&mut found, running);
    }
    machine::tell_memory(&mut found, lives);
    if let Some(running) = lives {
        let zone = read.as_ref().map_or(TimeZone::UTC, |config| config.this_box.timezone.clone());
        running::tell_lately(&mut found, running, &zone);
    }
    let about = read.as_ref().map_or_else(|_| path.display().to_string(), |config| config.this_box.id.clone());
    found.report(&about)
}

/// A config longer than this is another file.
const CONFIG_BYTES_MAX: u64 = 1 << 20;

enum Trouble {
    Unreadable(String),
    Wrong(Vec<config::Fault>),
}

/// What the file means, and its text.
fn config_of(path: &Path) -> (Result<Config, Trouble>, String) {
    let mut text = String::new();
    let read = std::fs::File::open(path)
        .and_then(|file| std::io::Read::read_to_string(&mut std::io::Read::take(file, CONFIG_BYTES_MAX), &mut text));
    if let Err(error) = read {
        return (Err(Trouble::Unreadable(error.to_string())), text);
    }
    let base = std::path::absolute(path).unwrap_or_default();
    let checked = config::check(&text, base.parent().unwrap_or(Path::new("/"))).map_err(Trouble::Wrong);
    (checked, text)
}

/// As far as it can be known from a file that is wrong.
fn language_of(text: &str) -> Lang {
    let is_english = |line: &str| line.trim_start().starts_with("language") && line.contains("\"en\"");
    if text.lines().any(is_english) { Lang::En } else { Lang::Zh }
}

fn tell_config(found: &mut Findings, path: &Path, read: &Result<Config, Trouble>, account: &Account) {
    let shown = path.display().to_string();
    found.about("config", words::CONFIG);
    match read {
        Err(Trouble::Unreadable(why)) => {
            found.bad((words::CONFIG_UNREADABLE, &[&shown, why]), (words::CONFIG_NAME_IT, &[]));
        }
        Err(Trouble::Wrong(faults)) => {
            let faults_shown = config::report(path, faults);
            let count = faults.len().to_string();
            found.bad((words::CONFIG_WRONG, &[&shown, &count]), (words::CONFIG_MEND, &[faults_shown.trim_end()]));
        }
        Ok(config) => match config.clone().read_secrets() {
            Ok(()) => found.good((words::CONFIG_GOOD, &[&shown])),
            Err(faults) => {
                let faults_shown = config::report(path, &faults);
                let help = (words::CONFIG_SECRETS, &[faults_shown.trim_end(), account.name.as_str()][..]);
                found.bad((words::CONFIG_WRONG, &[&shown, &faults.len().to_string()]), help);
            }
        },
    }
}
