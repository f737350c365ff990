//! A backup: everything the box keeps, as one tar that any machine can look into and `restore` makes a box of.
//!
//! ```text
//! backup.json             what this is and whose
//! snapshots/<seq>.snap    all entries as of some commit or later
//! journal/<seq + 1>.log   the commits from there to the one that the backup is of
//! pictures/… archive/…    plain files
//! end.json                that nothing is missing
//! ```
//! It is made while commits go on, and written as a stream: the box needs no room for it. Not in it: the config, which
//! is the machine's and holds secrets.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::disk::{self, failed};
use super::super::journal::frame::Builder;
use super::super::journal::{Met, replay};
use super::keeper::Keeper;
use crate::clock::Time;
use crate::error::{Error, Result};

/// The first entry's name, and the last one's.
pub const BEGIN: &str = "backup.json";
pub const END: &str = "end.json";
/// Of the layout above.
pub const FORMAT: u32 = 1;
/// Folders of plain files that go with it, one level deep.
pub const FOLDERS: [&str; 2] = ["pictures", "archive"];

/// What a backup is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    pub format: u32,
    /// The box's name.
    pub box_id: String,
    pub epoch: u64,
    /// The last commit that is in it.
    pub sequence: u64,
    /// Of the snapshot in it.
    pub snapshot: u64,
    pub made: Time,
    /// The program that made it.
    pub version: String,
}

#[derive(Serialize, Deserialize)]
pub struct End {
    pub files: u64,
}

impl Keeper {
    /// Writes a backup of what is committed now. Waits for the disk and for `output`; until snapshot and journal are
    /// written, the keeper does nothing else.
    pub fn backup(&self, box_id: &str, output: &mut dyn Write) -> Result<Label> {
        let mut tar = tar::Builder::new(output);
        let (label, mut files) = self.with_snapshot(|snapshot| {
            let label = Label {
                format: FORMAT,
                box_id: box_id.to_owned(),
                epoch: self.epoch,
                sequence: *self.state.sequence.borrow(),
                snapshot,
                made: self.clock.now(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            };
            add(&mut tar, BEGIN, &json(&label)?)?;
            add_file(&mut tar, &format!("snapshots/{snapshot:020}.snap"), &super::path_of(&self.data, snapshot))?;
            let tail = tail(&self.data.join("journal"), snapshot, label.sequence)?;
            add(&mut tar, &format!("journal/{:020}.log", snapshot + 1), &tail)?;
            Ok((label, 2))
        })?;
        for folder in FOLDERS {
            let Ok(entries) = fs::read_dir(self.data.join(folder)) else { continue };
            for entry in entries {
                let path = entry.map_err(failed("reading", &self.data.join(folder)))?.path();
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
                if disk::is_leftover(&name) {
                    continue;
                }
                files += u64::from(add_file(&mut tar, &format!("{folder}/{name}"), &path)?);
            }
        }
        add(&mut tar, END, &json(&End { files })?)?;
        tar.finish().map_err(said)?;
        Ok(label)
    }
}

/// The commits behind `after`, as frames. They were made while the snapshot was taken: seconds' worth.
fn tail(journal: &Path, after: u64, until: u64) -> Result<Vec<u8>> {
    let mut frames = Vec::new();
    replay(journal, after, until, &mut |met| {
        let Met::Group(group) = met else {
            return Err(Error::internal("the journal lacks commits that were just made"));
        };
        let mut frame = Builder::new(group.epoch, group.first);
        group.commits.iter().for_each(|changes| frame.push(changes));
        frames.extend(frame.finish());
        Ok(())
    })?;
    Ok(frames)
}

/// `false` when the file is no more, or is not one: a picture may go at any time.
fn add_file(tar: &mut tar::Builder<&mut dyn Write>, name: &str, path: &Path) -> Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(e) => return Err(failed("opening", path)(e)),
    };
    let found = file.metadata().map_err(failed("reading", path))?;
    if !found.is_file() {
        return Ok(false);
    }
    let mut head = head(found.len());
    // As long as it was: what is appended to an archive meanwhile is for the next backup.
    let content = file.take(found.len());
    tar.append_data(&mut head, name, content).map_err(said)?;
    Ok(true)
}

fn add(tar: &mut tar::Builder<&mut dyn Write>, name: &str, content: &[u8]) -> Result<()> {
    tar.append_data(&mut head(content.len() as u64), name, content).map_err(said)
}

fn head(bytes: u64) -> tar::Header {
    let mut head = tar::Header::new_gnu();
    head.set_size(bytes);
    // It holds phone numbers.
    head.set_mode(0o600);
    head
}

fn json(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(Error::internal)
}

fn said(e: io::Error) -> Error {
    Error::internal(format_args!("writing the backup: {e}"))
}
