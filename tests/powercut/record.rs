//! Runs a child of this test binary under strace and keeps what it did to one directory, step by step. Another child may go
//! on where one was killed: it finds the system's cache, in which there may be what no sync has reached.
//!
//! After each child the model must hold exactly what the directory holds: so nothing was missed. Not here: the child.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::calls::{MARK, Process, Step, What};
use crate::chance::mix;
use crate::disk::{Change, Disk, Tree};

/// Names what a child is to do; without it the test runs.
pub const ROLE: &str = "YIZHAN_POWERCUT_ROLE";
/// The directory it does it in.
pub const BASE: &str = "YIZHAN_POWERCUT_BASE";
/// The test that is a child's, too.
pub const TEST: &str = "power_cuts_lose_nothing";

/// Calls that touch no file or only read one: not traced, since each costs two stops. A `?` lets an architecture lack it.
const UNTRACED: &str = "futex,pread64,preadv,preadv2,getdents64,?stat,?fstat,?newfstatat,?lstat,statx,?access,madvise,\
    munmap,mprotect,brk,rt_sigaction,rt_sigprocmask,sched_yield,clock_nanosleep,?nanosleep,getrandom";
/// More than any one write: a group of the journal is the longest, a little over 5 MiB.
const STRING_LIMIT_BYTES: &str = "16777216";

#[derive(Clone)]
pub struct Recording {
    /// What was there before, all of it durable, and what had been said.
    start: Tree,
    said: Vec<String>,
    pub steps: Vec<Step>,
}

/// Which syncs are not done in a replay: the control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ignored {
    None,
    /// Every fdatasync; fsync is done.
    DataSyncs,
    /// So many of a hundred, of both kinds.
    Percent(u64),
}

impl Recording {
    pub fn of(start: &Tree, said: &[String]) -> Recording {
        Recording { start: start.clone(), said: said.to_vec(), steps: Vec::new() }
    }

    /// As far as it goes when the process is killed: the system's cache stays, with what no sync has reached.
    pub fn killed_at(&self, cut: usize) -> Recording {
        let under_way = self.under_way(cut).map(|(_, step)| step);
        let steps = self.steps[..cut].iter().chain(under_way.filter(|step| !matches!(step.what, What::Sync { .. })));
        Recording { steps: steps.cloned().collect(), ..Recording::of(&self.start, &self.said) }
    }

    /// Goes on with a child in this role, on a directory `base` made for it that holds what this one left.
    pub fn and(&self, role: &str, base: &Path) -> Recording {
        let left = self.disk_at(self.steps.len(), Ignored::None, 0).seen();
        // sled zeroes free segments while another of its threads truncates the file: a race that few runs have.
        for _ in 0..5 {
            lay_down(base, &left, &self.said_at(self.steps.len()));
            let trace = trace(role, base);
            let mut recording = self.clone();
            let is_certain = recording.follow(&trace, base);
            remove(base);
            if is_certain {
                return recording;
            }
        }
        panic!("{role} cannot be recorded: its calls race each other");
    }

    /// False where two calls raced each other and it cannot be known which was first.
    fn follow(&mut self, trace: &str, base: &Path) -> bool {
        let before = self.steps.len();
        let mut disk = self.disk_at(before, Ignored::None, 0);
        let mut process = Process::new(base, &mut disk, &mut self.steps);
        let unfinished = process.follow(trace);
        let found = read(base);
        if process.seen() != found {
            unfinished.iter().for_each(|call| process.call(call));
        }
        let Some(path) = difference(&process.seen(), &found) else { return true };
        assert!(self.has_race(before), "the model and the directory differ in {}", path.display());
        false
    }

    /// Whether a file was cut shorter by one call while another wrote to it.
    fn has_race(&self, from: usize) -> bool {
        let is_cut = |step: &Step| matches!(step.what, What::Change(Change::Truncate(..)));
        let overlap = |(one, step): (usize, &Step), (other, with): (usize, &Step)| {
            one != other && step.path == with.path && step.began <= other && with.began <= one
        };
        let steps = || self.steps.iter().enumerate().skip(from);
        steps().filter(|(_, step)| is_cut(step)).any(|cut| steps().any(|other| overlap(cut, other)))
    }

    /// The disk when `cut` steps had returned; what was entered then and had not returned is there and not durable.
    pub fn disk_at(&self, cut: usize, ignored: Ignored, seed: u64) -> Disk {
        let mut disk = Disk::of(&self.start);
        for (place, step) in self.steps.iter().enumerate().take(cut) {
            match &step.what {
                What::Change(change) => disk.apply(place, change),
                What::Sync { node, is_data_only } if !ignored.takes(*is_data_only, place, seed) => {
                    disk.sync(*node, step.began);
                }
                What::Sync { .. } | What::Say(_) => {}
            }
        }
        for (place, step) in self.under_way(cut) {
            if let What::Change(change) = &step.what {
                disk.apply(place, change);
            }
        }
        disk
    }

    /// What the process had said, or was about to say, at that moment.
    pub fn said_at(&self, cut: usize) -> Vec<String> {
        let steps = self.steps[..cut].iter().chain(self.under_way(cut).map(|(_, step)| step));
        let said = steps.filter_map(|step| match &step.what {
            What::Say(text) => Some(text.clone()),
            _ => None,
        });
        self.said.iter().cloned().chain(said).collect()
    }

    fn under_way(&self, cut: usize) -> impl Iterator<Item = (usize, &Step)> {
        self.steps.iter().enumerate().skip(cut).filter(move |(_, step)| step.began <= cut)
    }
}

impl Ignored {
    fn takes(self, is_data_only: bool, place: usize, seed: u64) -> bool {
        match self {
            Ignored::None => false,
            Ignored::DataSyncs => is_data_only,
            Ignored::Percent(percent) => mix(seed ^ mix(place as u64)) % 100 < percent,
        }
    }
}

/// Runs a child under strace.
fn trace(role: &str, base: &Path) -> String {
    let file = base.with_extension("trace");
    let mut strace = Command::new("strace");
    // Raw, so that what is only read does not fill the trace: how much it was is enough.
    strace.args(["-f", "-y", "-xx", "--seccomp-bpf", "-e", "raw=read,readv", "-s", STRING_LIMIT_BYTES]);
    strace.arg("-o").arg(&file).arg("-e").arg(format!("trace=!{UNTRACED}"));
    strace.arg("--").arg(std::env::current_exe().unwrap());
    let output = as_child(&mut strace, role, base).output();
    let output = output.unwrap_or_else(|e| panic!("strace is needed, tests/run installs it: {e}"));
    assert!(output.status.success(), "{role}: {} {}", output.status, String::from_utf8_lossy(&output.stderr));
    let trace = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    trace
}

/// Makes a command run this test binary as a child.
pub fn as_child<'a>(command: &'a mut Command, role: &str, base: &Path) -> &'a mut Command {
    let command = command.args(["--exact", TEST, "--nocapture", "--test-threads=1"]);
    command.env(ROLE, role).env(BASE, base).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped())
}

/// Says a line to whoever records or started this process: one write, so that it stands in the trace in its place.
pub fn say(text: &str) {
    use std::io::Write;
    writeln!(std::io::stdout().lock(), "{MARK}{text}").unwrap();
}

/// Makes `base` hold this, and puts beside it what had been said.
pub fn lay_down(base: &Path, tree: &Tree, said: &[String]) {
    fs::create_dir(base).unwrap();
    for (path, contents) in tree {
        match contents {
            None => fs::create_dir(base.join(path)).unwrap(),
            Some(bytes) => fs::write(base.join(path), bytes).unwrap(),
        }
    }
    fs::write(base.with_extension("said"), said.join("\n")).unwrap();
}

/// Undoes `lay_down`.
pub fn remove(base: &Path) {
    fs::remove_dir_all(base).unwrap();
    fs::remove_file(base.with_extension("said")).unwrap();
}

/// The files and directories in `base`.
fn read(base: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(base.join(&directory)).unwrap() {
            let entry = entry.unwrap();
            let path = directory.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                tree.insert(path.clone(), None);
                waiting.push(path);
            } else {
                tree.insert(path, Some(fs::read(entry.path()).unwrap()));
            }
        }
    }
    tree
}

fn difference(one: &Tree, other: &Tree) -> Option<PathBuf> {
    one.keys().chain(other.keys()).find(|path| one.get(*path) != other.get(*path)).cloned()
}
