//! The figures of `/metrics`, collected from every room and from the system when they are asked for.
//!
//! Octets written are counted twice: what Linux counts for this process (`/proc/self/io`, proc_pid_io(5)), in pages that
//! it makes dirty, on kernels with large folios many for one octet and never what the file system writes for itself; and
//! what the device of the data counts (`/sys/dev/block/*/stat`, Linux' Documentation/block/stat.rst), which is what wears
//! it, by whomever. Not here: their names and their text (`web::metrics`).

use std::collections::VecDeque;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::keeper::Done;
use crate::clock::{Clock, Time};
use crate::hooks::Accounts;
use crate::retention::archived;
use crate::sms::bearer::State;
use crate::sms::{Health, Sms};
use crate::store::{Store, Table};
use crate::wap::gateway;
use crate::web::metrics::{Figures, ModemFigures};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// What was written in the last day, from one note an hour.
#[derive(Clone)]
pub struct Written {
    data: PathBuf,
    clock: Clock,
    /// When, by how long the clock has run, and how many octets until then.
    notes: Arc<Mutex<VecDeque<(Duration, u64)>>>,
}

impl Written {
    pub fn new(data: PathBuf, clock: Clock) -> Written {
        let written = Written { data, clock, notes: Arc::default() };
        written.note();
        written
    }

    /// Once an hour: notes how much it is by now, and forgets what no day that begins now or later needs.
    pub fn note(&self) {
        let (now, total) = (self.clock.passed(), self.total());
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        while notes.get(1).is_some_and(|(second, _)| *second + DAY <= now) {
            notes.pop_front();
        }
        notes.push_back((now, total));
    }

    /// What the device has taken since the machine's start, or where it does not say the process since its own.
    fn total(&self) -> u64 {
        device_bytes(&self.data).unwrap_or_else(process_bytes)
    }

    /// Octets of the last 24 hours or a little more.
    fn of_day(&self) -> u64 {
        let (now, total) = (self.clock.passed(), self.total());
        let notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let day_began = notes.iter().rev().find(|(at, _)| *at + DAY <= now).or(notes.front());
        total - day_began.map_or(0, |(_, then)| *then).min(total)
    }
}

/// All that is asked.
pub struct Sources {
    pub data: PathBuf,
    pub store: Store,
    pub sms: Arc<Sms>,
    pub clock: Clock,
    pub written: Written,
    pub accounts: Arc<Accounts>,
    pub done: watch::Receiver<Done>,
    pub wap: Arc<gateway::Counts>,
}

impl Sources {
    /// Reads some folders: not for an async worker.
    pub fn figures(&self) -> Figures {
        let (done, texts) = (*self.done.borrow(), self.sms.figures());
        let health = self.sms.health();
        let gone = |table| archived(&self.store, table).map_or(0, |gone| gone.records);
        Figures {
            written_bytes: process_bytes(),
            device_written_bytes: device_bytes(&self.data).unwrap_or(0),
            device_day_bytes: self.written.of_day(),
            store_sequence: self.store.sequence(),
            store_epoch: self.store.epoch(),
            store_full: self.store.is_full(),
            store_broken: self.store.is_broken(),
            folders: FOLDERS.map(|name| (name, size(&self.data.join(name)))),
            free_bytes: self.store.free_bytes().unwrap_or(0),
            archived: [Table::Inbox, Table::Outbox, Table::Row].map(|table| (table.name(), gone(table))),
            sweeps: done.runs,
            sweeps_failed: done.failed,
            deleted: done.deleted,
            uptime_s: self.clock.passed().as_secs(),
            memory_bytes: [("resident", memory_bytes("VmRSS:")), ("most", memory_bytes("VmHWM:"))],
            webhooks: self
                .accounts
                .all()
                .into_iter()
                .map(|a| (a.name, [a.delivered, a.given_up, a.failures.into()]))
                .collect(),
            texts_arrived: texts.counts.arrived,
            replies: texts.counts.replied,
            queue: [("queued", texts.queued), ("submitting", texts.submitting)],
            queue_held: texts.is_held,
            waiting: texts.waiting,
            outcomes: texts.counts.outcomes().to_vec(),
            refusals: texts.counts.errors.into_iter().collect(),
            left: texts.left,
            stopped: texts.stopped,
            wap_open: self.wap.now(),
            wap: self.wap.ever(),
            modems: health.into_iter().map(|health| of_modem(health, self.clock.now())).collect(),
        }
    }
}

fn of_modem(health: Health, now: Time) -> ModemFigures {
    let (state, facts) = (health.state, health.facts);
    let (is_ready, signal) = match &state {
        State::Ready { signal, .. } => (true, *signal),
        _ => (false, None),
    };
    ModemFigures {
        name: health.name,
        state: state.name(),
        is_ready,
        signal: signal.map(u64::from),
        slots: facts.slots.map(|slots| [slots.used.into(), slots.total.into()]),
        contact_age_s: facts.last_contact.map(|at| now.since(at).as_secs()),
        sent: facts.sent,
        received: facts.received,
        in_doubt: facts.in_doubt,
        garbled: facts.garbled,
        losses: facts.losses,
        resets: facts.resets,
        failures: facts.failures.into_iter().map(|failure| (failure.error, failure.count)).collect(),
    }
}

/// The folders of the data directory that can grow.
const FOLDERS: [&str; 5] = ["journal", "view", "snapshots", "pictures", "archive"];

/// Octets of a folder's files. What cannot be read counts as nothing: a figure is no reason to fail.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => size(&entry.path()),
        found => found.map_or(0, |found| found.len()),
    };
    entries.filter_map(Result::ok).map(of).sum()
}

fn process_bytes() -> u64 {
    of_system("/proc/self/io", "write_bytes:").unwrap_or(0)
}

fn device_bytes(data: &Path) -> Option<u64> {
    /// Documentation/block/stat.rst: the sectors are of this size whatever the device's are.
    const SECTOR_BYTES: u64 = 512;
    const WRITE_SECTORS: usize = 6;
    let device = fs::metadata(data).ok()?.dev();
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let stat = fs::read_to_string(format!("/sys/dev/block/{major}:{minor}/stat")).ok()?;
    stat.split_whitespace().nth(WRITE_SECTORS)?.parse::<u64>().ok().map(|sectors| sectors * SECTOR_BYTES)
}

fn memory_bytes(name: &str) -> u64 {
    of_system("/proc/self/status", name).map_or(0, |kib| kib * 1024)
}

fn of_system(file: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}
