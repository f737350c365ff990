//! All that the trial knows of how a store lies on a disk: what it says of a torn tail, and where its newest commits are.

use std::fs::{self, OpenOptions};
use std::path::Path;

/// How the log says that a commit was cut in the middle.
pub const TORN: &str = "cut a torn tail";

/// Takes the newest octets off the journal: a store that lost what it had confirmed.
pub fn lose_newest(data: &Path, octets: u64) {
    let files = fs::read_dir(data.join("journal")).unwrap().map(|entry| entry.unwrap().path());
    let newest = files.filter(|path| path.extension().is_some_and(|e| e == "log")).max().unwrap();
    let file = OpenOptions::new().write(true).open(newest).unwrap();
    file.set_len(file.metadata().unwrap().len().saturating_sub(octets)).unwrap();
}

/// The octets of all files of a folder.
pub fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| if entry.path().is_dir() { size(&entry.path()) } else { entry.metadata().map_or(0, |m| m.len()) })
        .sum()
}
