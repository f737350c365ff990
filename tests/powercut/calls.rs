//! A traced process's system calls as changes of the disk under one directory. **Whatever touches that directory and is not
//! known here fails the recording**: a change that the model misses would make it kinder than the device.
//!
//! Followed are descriptors with their positions and duplicates, and paths. Not here: what a power cut leaves (`disk`).

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Change, Disk, Inode, Name, Node, Tree};
use crate::strace::{Call, Line, Reader, descriptor, gathered, integer, octets, path};

/// One thing that happened, in the order in which the calls returned.
#[derive(Clone)]
pub struct Step {
    /// How many steps were done when its call was entered: until then it had surely not begun.
    pub began: usize,
    /// What it touched, for people and for the classes of cuts.
    pub path: PathBuf,
    pub what: What,
}

#[derive(Clone)]
pub enum What {
    Change(Change),
    Sync {
        node: Node,
        is_data_only: bool,
    },
    /// A line that the process wrote to its output for us.
    Say(String),
}

/// Begins each line that is meant for us, since the test harness writes to the same output.
pub const MARK: char = '\u{1}';

/// Calls that change nothing that a power cut could take back. `sync_file_range` is one of them: it promises nothing.
const HARMLESS: [&str; 26] = [
    "access",
    "chmod",
    "execve",
    "faccessat",
    "faccessat2",
    "fadvise64",
    "fchmod",
    "fchmodat",
    "flock",
    "fstat",
    "fstatfs",
    "getcwd",
    "getdents64",
    "ioctl",
    "lstat",
    "newfstatat",
    "pread64",
    "preadv",
    "preadv2",
    "readahead",
    "readlink",
    "readlinkat",
    "stat",
    "statfs",
    "statx",
    "sync_file_range",
];

pub struct Process<'a> {
    base: &'a Path,
    base_escaped: String,
    disk: &'a mut Disk,
    steps: &'a mut Vec<Step>,
    /// How many steps there were when so many calls had returned.
    steps_by_calls: Vec<usize>,
    /// Descriptors under `base`, and which opening each belongs to.
    descriptors: HashMap<i32, usize>,
    openings: Vec<Opening>,
    output: String,
}

struct Opening {
    node: Node,
    path: PathBuf,
    position: usize,
    appends: bool,
}

impl<'a> Process<'a> {
    pub fn new(base: &'a Path, disk: &'a mut Disk, steps: &'a mut Vec<Step>) -> Process<'a> {
        let mut base_escaped = String::new();
        for octet in base.to_str().expect("the base is UTF-8").bytes() {
            write!(base_escaped, "\\x{octet:02x}").expect("strings take everything");
        }
        Process {
            base,
            base_escaped,
            steps_by_calls: vec![steps.len()],
            disk,
            steps,
            descriptors: HashMap::new(),
            openings: Vec::new(),
            output: String::new(),
        }
    }

    /// Takes the whole trace; hands back the calls in which the process came to its end.
    pub fn follow(&mut self, trace: &str) -> Vec<Call> {
        let mut reader = Reader::default();
        for line in trace.lines() {
            match reader.line(line) {
                // The number is free for another thread's open as soon as the kernel has begun to close it.
                Some(Line::Entered { name, arguments }) if name == "close" => self.close(&arguments),
                Some(Line::Returned(call)) => {
                    // Not if others returned meanwhile: one of them may have been given the number.
                    if call.name == "close" && call.began + 1 == self.steps_by_calls.len() {
                        self.close(&call.arguments);
                    }
                    self.call(&call);
                    self.steps_by_calls.push(self.steps.len());
                }
                _ => {}
            }
        }
        reader.unfinished()
    }

    /// What a call did.
    pub fn call(&mut self, call: &Call) {
        let arguments = &call.arguments;
        if call.result < 0 {
            let matters = call.name.contains("write") || call.name.contains("sync");
            assert!(!matters || self.opening(&arguments[0]).is_none(), "failed: {call:?}");
            return;
        }
        let done = call.result as usize;
        match call.name.as_str() {
            "close" => {}
            "write" if arguments[0].starts_with("1<") => self.say(call, &octets(&arguments[1])),
            "openat" => self.open(call),
            "dup" | "dup2" | "dup3" => self.duplicate(&arguments[0], call.result),
            "fcntl" if arguments[1].starts_with("F_DUPFD") => self.duplicate(&arguments[0], call.result),
            "fcntl" => {}
            "write" => self.write(call, None, |a| octets(&a[1])[..done].to_vec()),
            "writev" => self.write(call, None, |a| gathered(&a[1])[..done].to_vec()),
            "pwrite64" => self.write(call, Some(3), |a| octets(&a[1])[..done].to_vec()),
            "pwritev" | "pwritev2" => self.write(call, Some(3), |a| gathered(&a[1])[..done].to_vec()),
            "read" | "readv" => self.advance(&arguments[0], |position| position + done),
            "lseek" => self.advance(&arguments[0], |_| done),
            "copy_file_range" => self.copy(call, (0, 1), (2, 3)),
            "sendfile" => self.copy(call, (1, 2), (0, 2)),
            "fsync" | "fdatasync" => self.sync(call),
            "ftruncate" => self.change_length(call, |inode| Change::Truncate(inode, number(&arguments[1]))),
            "fallocate" => self.allocate(call),
            "mkdir" => self.make_directory(call, self.at(None, &arguments[0])),
            "mkdirat" => self.make_directory(call, self.at(Some(&arguments[0]), &arguments[1])),
            "unlink" | "rmdir" => self.remove(call, self.at(None, &arguments[0])),
            "unlinkat" => self.remove(call, self.at(Some(&arguments[0]), &arguments[1])),
            "rename" => self.rename(call, self.at(None, &arguments[0]), self.at(None, &arguments[1])),
            "renameat" | "renameat2" => {
                let plain = arguments.get(4).is_none_or(|flags| flags == "0" || flags == "RENAME_NOREPLACE");
                assert!(plain, "not known: {call:?}");
                let from = self.at(Some(&arguments[0]), &arguments[1]);
                self.rename(call, from, self.at(Some(&arguments[2]), &arguments[3]));
            }
            "link" => self.link(call, self.at(None, &arguments[0]), self.at(None, &arguments[1])),
            "linkat" => {
                let from = self.at(Some(&arguments[0]), &arguments[1]);
                self.link(call, from, self.at(Some(&arguments[2]), &arguments[3]));
            }
            "mmap" => {
                let writes = arguments[2].contains("PROT_WRITE") && arguments[3].contains("MAP_SHARED");
                assert!(!writes || self.opening(&arguments[4]).is_none(), "writes without a call: {call:?}");
            }
            "clone" | "clone3" | "fork" | "vfork" => {
                let is_thread = arguments.iter().any(|argument| argument.contains("CLONE_FILES"));
                assert!(is_thread, "another process, with descriptors of its own: {call:?}");
            }
            "sync" | "io_uring_setup" => panic!("not known: {call:?}"),
            name if HARMLESS.contains(&name) => {}
            _ => {
                let touches = arguments.iter().any(|argument| argument.contains(&self.base_escaped));
                assert!(!touches, "not known, and it touches the directory: {call:?}");
            }
        }
    }

    /// The directory as the process sees it.
    pub fn seen(&self) -> Tree {
        self.disk.seen()
    }

    fn step(&mut self, call: &Call, path: PathBuf, what: What) {
        let began = self.steps_by_calls[call.began];
        self.steps.push(Step { began, path, what });
    }

    fn change(&mut self, call: &Call, path: PathBuf, change: Change) {
        self.disk.apply(self.steps.len(), &change);
        self.step(call, path, What::Change(change));
    }

    fn say(&mut self, call: &Call, bytes: &[u8]) {
        self.output.push_str(&String::from_utf8_lossy(bytes));
        while let Some(end) = self.output.find('\n') {
            let line: String = self.output.drain(..=end).collect();
            if let Some((_, said)) = line.trim_end().split_once(MARK) {
                self.step(call, PathBuf::new(), What::Say(said.to_owned()));
            }
        }
    }

    fn open(&mut self, call: &Call) {
        let Some(path) = self.at(Some(&call.arguments[0]), &call.arguments[1]) else { return };
        let flags: Vec<&str> = call.arguments[2].split('|').collect();
        let has = |flag: &str| flags.contains(&flag);
        let strange = has("O_SYNC") || has("O_DSYNC") || has("O_TMPFILE");
        assert!(!strange, "not known: {call:?}");
        let node = self.disk.find(&path).unwrap_or_else(|| {
            assert!(has("O_CREAT"), "opened, but not there: {call:?}");
            let node = Node::File(self.disk.new_inode());
            self.name(call, &path, Some(node));
            node
        });
        if let Node::File(inode) = node
            && has("O_TRUNC")
            && !self.disk.contents(inode).is_empty()
        {
            self.change(call, path.clone(), Change::Truncate(inode, 0));
        }
        let number = i32::try_from(call.result).expect("a descriptor");
        self.descriptors.insert(number, self.openings.len());
        self.openings.push(Opening { node, path, position: 0, appends: has("O_APPEND") });
    }

    fn close(&mut self, arguments: &[String]) {
        if let (Some(number), _) = descriptor(&arguments[0]) {
            self.descriptors.remove(&number);
        }
    }

    fn duplicate(&mut self, of: &str, number: i64) {
        let number = i32::try_from(number).expect("a descriptor");
        match self.opening(of) {
            Some(opening) => self.descriptors.insert(number, opening),
            None => self.descriptors.remove(&number),
        };
    }

    /// Where `offset` names no argument, the write goes to the opening's position and moves it.
    fn write(&mut self, call: &Call, offset: Option<usize>, bytes: impl Fn(&[String]) -> Vec<u8>) {
        let Some((place, inode)) = self.file(&call.arguments[0]) else { return };
        let bytes: Arc<[u8]> = bytes(&call.arguments).into();
        let opening = &mut self.openings[place];
        let at = match offset {
            _ if opening.appends => self.disk.contents(inode).len(),
            Some(argument) => number(&call.arguments[argument]),
            None => opening.position,
        };
        if offset.is_none() {
            opening.position = at + bytes.len();
        }
        let path = opening.path.clone();
        self.change(call, path, Change::Write(inode, at, bytes));
    }

    fn advance(&mut self, of: &str, to: impl Fn(usize) -> usize) {
        if let Some(opening) = self.opening(of) {
            let opening = &mut self.openings[opening];
            opening.position = to(opening.position);
        }
    }

    /// From and to: the places of the arguments with the descriptor and its offset.
    fn copy(&mut self, call: &Call, from: (usize, usize), to: (usize, usize)) {
        let arguments = &call.arguments;
        let count = call.result as usize;
        let source = self.file(&arguments[from.0]);
        let Some((target, inode)) = self.file(&arguments[to.0]) else {
            return self.advance(&arguments[from.0], |position| position + count);
        };
        let (source, source_inode) = source.unwrap_or_else(|| panic!("copies what was not recorded: {call:?}"));
        assert!([from.1, to.1].iter().all(|place| arguments[*place] == "NULL"), "not known: {call:?}");
        let begin = self.openings[source].position;
        let bytes: Arc<[u8]> = self.disk.contents(source_inode)[begin..begin + count].into();
        self.openings[source].position += count;
        let at = self.openings[target].position;
        self.openings[target].position += count;
        let path = self.openings[target].path.clone();
        self.change(call, path, Change::Write(inode, at, bytes));
    }

    fn sync(&mut self, call: &Call) {
        let Some(opening) = self.opening(&call.arguments[0]) else { return };
        let Opening { node, path, .. } = &self.openings[opening];
        let what = What::Sync { node: *node, is_data_only: call.name == "fdatasync" };
        self.step(call, path.clone(), what);
    }

    fn change_length(&mut self, call: &Call, change: impl Fn(Inode) -> Change) {
        if let Some((opening, inode)) = self.file(&call.arguments[0]) {
            self.change(call, self.openings[opening].path.clone(), change(inode));
        }
    }

    fn allocate(&mut self, call: &Call) {
        let mode: Vec<&str> = call.arguments[1].split('|').collect();
        let (from, length) = (number(&call.arguments[2]), number(&call.arguments[3]));
        let known = ["0", "FALLOC_FL_KEEP_SIZE", "FALLOC_FL_ZERO_RANGE", "FALLOC_FL_PUNCH_HOLE"];
        assert!(mode.iter().all(|flag| known.contains(flag)), "not known: {call:?}");
        if !mode.contains(&"FALLOC_FL_KEEP_SIZE") {
            self.change_length(call, |inode| Change::Reserve(inode, from + length));
        }
        if mode.contains(&"FALLOC_FL_ZERO_RANGE") || mode.contains(&"FALLOC_FL_PUNCH_HOLE") {
            self.change_length(call, |inode| Change::Zero(inode, from, from + length));
        }
    }

    fn make_directory(&mut self, call: &Call, path: Option<PathBuf>) {
        if let Some(path) = path {
            let node = Node::Directory(self.disk.new_inode());
            self.name(call, &path, Some(node));
        }
    }

    fn remove(&mut self, call: &Call, path: Option<PathBuf>) {
        if let Some(path) = path {
            self.name(call, &path, None);
        }
    }

    fn link(&mut self, call: &Call, from: Option<PathBuf>, to: Option<PathBuf>) {
        assert_eq!(from.is_some(), to.is_some(), "across the border of what is recorded: {call:?}");
        if let (Some(from), Some(to)) = (from, to) {
            let node = self.disk.find(&from).unwrap_or_else(|| panic!("linked, but not there: {call:?}"));
            self.name(call, &to, Some(node));
        }
    }

    fn rename(&mut self, call: &Call, from: Option<PathBuf>, to: Option<PathBuf>) {
        assert_eq!(from.is_some(), to.is_some(), "across the border of what is recorded: {call:?}");
        let (Some(from), Some(to)) = (from, to) else { return };
        let node = self.disk.find(&from).unwrap_or_else(|| panic!("renamed, but not there: {call:?}"));
        let names = vec![self.name_of(call, &from, None), self.name_of(call, &to, Some(node))];
        self.change(call, to, Change::Names(names));
    }

    fn name(&mut self, call: &Call, path: &Path, node: Option<Node>) {
        let name = self.name_of(call, path, node);
        self.change(call, path.to_owned(), Change::Names(vec![name]));
    }

    fn name_of(&self, call: &Call, path: &Path, node: Option<Node>) -> Name {
        let (directory, name) = self.disk.place(path).unwrap_or_else(|| panic!("in no directory: {call:?}"));
        Name { directory, name, node }
    }

    /// A path relative to the recorded directory; `None` for one that leads elsewhere.
    fn at(&self, directory: Option<&str>, name: &str) -> Option<PathBuf> {
        let from = directory.and_then(|directory| descriptor(directory).1).unwrap_or_default();
        let path = Path::new(&from).join(path(name));
        let inner = path.strip_prefix(self.base).ok()?;
        assert!(inner.iter().all(|part| part != ".."), "{} goes up", path.display());
        Some(inner.to_owned())
    }

    /// Which opening a descriptor belongs to; none outside of the recorded directory.
    fn opening(&self, argument: &str) -> Option<usize> {
        let (number, place) = descriptor(argument);
        let found = number.and_then(|number| self.descriptors.get(&number).copied());
        let is_inside = place.is_some_and(|place| Path::new(&place).starts_with(self.base));
        assert!(found.is_some() || !is_inside, "{argument} was opened where nobody saw it");
        found
    }

    fn file(&self, argument: &str) -> Option<(usize, Inode)> {
        let opening = self.opening(argument)?;
        match self.openings[opening].node {
            Node::File(inode) => Some((opening, inode)),
            Node::Directory(_) => None,
        }
    }
}

fn number(argument: &str) -> usize {
    let found = integer(argument).and_then(|number| usize::try_from(number).ok());
    found.unwrap_or_else(|| panic!("no number: {argument}"))
}
