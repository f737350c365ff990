//! Runs a child of this test binary under strace and keeps what it did to one directory, step by step. Several runs may
//! follow each other on the same directory: a killed process leaves the system's cache behind, and the next one sees it.
//!
//! After each run the model must hold exactly what the directory holds: so nothing was missed. Not here: the child.

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

pub struct Recording {
    base: PathBuf,
    start: Tree,
    pub steps: Vec<Step>,
    /// After the last step.
    disk: Disk,
}

/// A run of this test binary in another role.
pub struct Child {
    pub role: &'static str,
    /// It is killed when one of its threads asks for its so-manieth fdatasync.
    pub killed_at_sync: Option<usize>,
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
    /// Runs these children one after the other on one directory, which `prepare` has made; what it holds then counts as
    /// durable.
    pub fn make(base: &Path, prepare: &dyn Fn(), children: &[Child]) -> Recording {
        // sled zeroes free segments while another of its threads truncates the file: a race that few runs have.
        for _ in 0..5 {
            let _ = fs::remove_dir_all(base);
            prepare();
            let start = read(base);
            let mut recording = Recording { base: base.to_owned(), disk: Disk::of(&start), start, steps: Vec::new() };
            if children.iter().all(|child| recording.run(child)) {
                fs::remove_dir_all(base).unwrap();
                return recording;
            }
        }
        panic!("the children cannot be recorded: their calls race each other");
    }

    /// False where two calls raced each other and it cannot be known which was first.
    fn run(&mut self, child: &Child) -> bool {
        let trace_file = self.base.with_extension("trace");
        let mut strace = Command::new("strace");
        // Raw, so that what is only read does not fill the trace: how much it was is enough.
        strace.args(["-f", "-y", "-xx", "-e", "raw=read,readv", "-s", STRING_LIMIT_BYTES]);
        strace.arg("-o").arg(&trace_file).arg("-e").arg(format!("trace=!{UNTRACED}"));
        match child.killed_at_sync {
            Some(count) => strace.arg("-e").arg(format!("inject=fdatasync:signal=KILL:when={count}")),
            // Only traced calls stop then, but none is injected into.
            None => strace.arg("--seccomp-bpf"),
        };
        strace.arg("--").arg(std::env::current_exe().unwrap());
        let output = as_child(&mut strace, child.role, &self.base)
            .output()
            .unwrap_or_else(|e| panic!("strace is needed, tests/run installs it: {e}"));
        let said = String::from_utf8_lossy(&output.stderr);
        let is_expected = output.status.success() == child.killed_at_sync.is_none();
        assert!(is_expected, "{} ended with {}: {said}", child.role, output.status);
        let trace = fs::read_to_string(&trace_file).unwrap();
        fs::remove_file(&trace_file).unwrap();
        self.follow(&trace)
    }

    fn follow(&mut self, trace: &str) -> bool {
        let before = self.steps.len();
        let mut process = Process::new(&self.base, &mut self.disk, &mut self.steps);
        let unfinished = process.follow(trace);
        let found = read(&self.base);
        if process.seen() != found {
            for call in unfinished.into_iter().filter(|call| !call.name.contains("sync")) {
                process.call(&call);
            }
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
        let said = self.steps[..cut].iter().chain(self.under_way(cut).map(|(_, step)| step));
        let said = said.filter_map(|step| match &step.what {
            What::Say(text) => Some(text.clone()),
            _ => None,
        });
        said.collect()
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

/// The files and directories in `base`.
pub fn read(base: &Path) -> Tree {
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
