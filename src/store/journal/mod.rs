//! The journal: what is committed, as frames appended to segment files. It is the truth; the view can be made from it.
//!
//! `journal/<sequence of the first commit, 20 digits>.log`. A segment is begun only after a checkpoint of the view that
//! covers all before it, so **a start replays at most the last segment**; older ones stay as long as a snapshot needs
//! them to become a view. The file `epoch` holds a random number drawn when the data directory is made, and drawn again
//! when the order of commits was broken: `<box>:<epoch>:<sequence>` never means two things to the hub.
//!
//! A segment is filled with zeros ahead of what is written, so that an append changes nothing but its own page: no
//! length and no block list to be made durable beside it. Zeros behind the last frame are its end.
//!
//! At the start a bad frame at the very end is a torn tail, of a group that nobody was told of, and is cut. A bad frame
//! with a good one behind it is a **gap**: what is behind is used, and the gap is named. Not here: what changes mean.

pub mod frame;
mod walk;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

pub use walk::{Met, bytes_behind, replay};

use super::disk::{self, failed};
use crate::error::{Error, Result};
use walk::{list, path_of, scan};

/// So much is filled with zeros at a time: a write in sixty-four of 4 KiB that waits for more than its own page.
const AHEAD_BYTES: u64 = 256 * 1024;

pub struct Journal {
    dir: PathBuf,
    epoch_file: PathBuf,
    epoch: u64,
    /// The first sequence of each segment, ascending; the last is the one written to, and there always is one.
    segments: Vec<u64>,
    file: File,
    /// Where the next frame goes in `file`.
    length: u64,
    /// The length of `file`: behind `length` there are zeros.
    filled: u64,
    last: u64,
    /// In the segment written to, as it was found at the start.
    has_gap: bool,
    #[cfg(test)]
    pub faults: Faults,
}

/// Lets a test make the next append or sync fail with an error of the system, and count the syncs.
#[cfg(test)]
#[derive(Clone, Default)]
pub struct Faults {
    pub syncs: std::sync::Arc<std::sync::atomic::AtomicU64>,
    pub append: std::sync::Arc<std::sync::atomic::AtomicI32>,
    pub sync: std::sync::Arc<std::sync::atomic::AtomicI32>,
}

/// Why an append came to nothing.
pub enum Failure {
    /// What was there is as it was; the next append may succeed.
    Undone(Error),
    /// What the device holds is not known: nothing more may be written until the journal is opened again.
    Broken(Error),
}

impl Journal {
    /// Opens the journal in a data directory, or makes it; cuts a torn tail; what is left is durable.
    pub fn open(data: &Path) -> Result<Journal> {
        let dir = data.join("journal");
        disk::make_directory(&dir)?;
        let epoch_file = data.join("epoch");
        let mut segments = list(&dir)?;
        let first = *segments.last().unwrap_or(&1);
        if segments.is_empty() {
            make_segment(&dir, first)?;
            segments.push(first);
        }
        let path = path_of(&dir, first);
        let known: Vec<u64> = read_epoch(&epoch_file)?.into_iter().collect();
        let mut has_gap = false;
        let scan = scan(&path, first, &known, &mut |met| {
            has_gap |= matches!(met, Met::Gap(_));
            Ok(())
        })?;
        let epoch = settle_epoch(&epoch_file, known.first().copied(), scan.epoch)?;
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed("opening", &path))?;
        cut_tail(&path, &file, scan.good_bytes)?;
        // A killed process leaves frames, and a segment's name, that only the page cache holds; they are shown from now
        // on, so they must stay.
        file.sync_all().map_err(failed("syncing", &path))?;
        disk::sync_directory(&dir)?;
        let filled = file.metadata().map_err(failed("reading", &path))?.len();
        Ok(Journal {
            dir,
            epoch_file,
            epoch,
            segments,
            file,
            length: scan.good_bytes,
            filled,
            last: scan.next - 1,
            has_gap,
            #[cfg(test)]
            faults: Faults::default(),
        })
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The sequence of the last commit; 0 before the first.
    pub fn last(&self) -> u64 {
        self.last
    }

    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Octets in the segment written to: what a start would replay.
    pub fn segment_bytes(&self) -> u64 {
        self.length
    }

    /// Whether the segment written to is damaged: the order of commits is broken in it.
    pub fn has_gap(&self) -> bool {
        self.has_gap
    }

    /// Appends one frame and waits until the device has it.
    pub fn append(&mut self, frame: &[u8], last: u64) -> std::result::Result<(), Failure> {
        let path = path_of(&self.dir, self.segments[self.segments.len() - 1]);
        if let Err(e) = self.write_at_end(frame) {
            let error = failed("appending to", &path)(e);
            // Part of the frame may be there. Nobody was told of it, and the next one must not come to stand behind it.
            self.filled = self.length;
            return Err(match self.file.set_len(self.length) {
                Ok(()) => Failure::Undone(error),
                Err(e) => Failure::Broken(failed("truncating", &path)(e)),
            });
        }
        if let Err(e) = self.sync() {
            // After a failed sync the system may have dropped the pages and call them clean: a second one would prove
            // nothing. Cut, so that a start from the page cache does not bring back what was refused.
            let _ = self.file.set_len(self.length);
            return Err(Failure::Broken(failed("syncing", &path)(e)));
        }
        self.length += frame.len() as u64;
        self.last = last;
        Ok(())
    }

    /// Begins a new segment. Only after a checkpoint of the view that covers `last`.
    pub fn begin_segment(&mut self) -> Result<()> {
        if self.length == 0 {
            return Ok(());
        }
        // The zeros ahead are of no more use; if the cut is lost, they are the segment's end.
        let _ = self.file.set_len(self.length);
        self.make_segment(self.last + 1)
    }

    /// Lets go of the segments that hold nothing behind `floor`.
    pub fn forget(&mut self, floor: u64) -> Result<()> {
        while self.segments.len() > 1 && self.segments[1] <= floor + 1 {
            let path = path_of(&self.dir, self.segments[0]);
            fs::remove_file(&path).map_err(failed("removing", &path))?;
            self.segments.remove(0);
        }
        Ok(())
    }

    /// Goes on behind `after` in a new epoch: what was known up to there is not what this journal tells. Only after a
    /// checkpoint of the view that covers `after`.
    pub fn restart(&mut self, after: u64) -> Result<()> {
        self.epoch = make_epoch(&self.epoch_file)?;
        self.last = after;
        self.has_gap = false;
        // A segment that holds no frame has its name already, or one that nothing was written under.
        if self.length == 0 {
            let empty = path_of(&self.dir, self.segments[self.segments.len() - 1]);
            fs::remove_file(&empty).map_err(failed("removing", &empty))?;
            self.segments.pop();
        }
        self.make_segment(after + 1)
    }

    fn make_segment(&mut self, first: u64) -> Result<()> {
        self.file = make_segment(&self.dir, first)?;
        self.segments.push(first);
        (self.length, self.filled) = (0, 0);
        Ok(())
    }

    fn write_at_end(&mut self, frame: &[u8]) -> io::Result<()> {
        #[cfg(test)]
        if let Some(error) = take_fault(&self.faults.append) {
            self.file.write_all_at(&frame[..frame.len() / 2], self.length)?;
            return Err(error);
        }
        let end = self.length + frame.len() as u64;
        if end > self.filled {
            let zeros = vec![0; (end - self.filled).next_multiple_of(AHEAD_BYTES) as usize];
            self.file.write_all_at(&zeros, self.filled)?;
            self.filled += zeros.len() as u64;
        }
        self.file.write_all_at(frame, self.length)
    }

    fn sync(&self) -> io::Result<()> {
        #[cfg(test)]
        {
            self.faults.syncs.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            if let Some(error) = take_fault(&self.faults.sync) {
                return Err(error);
            }
        }
        // Without the times of the file, but with its length: that is what fdatasync is for.
        self.file.sync_data()
    }
}

/// Makes the journal in a data directory go on behind `after` in a new epoch, whatever it holds up to there.
pub fn begin_epoch(data: &Path, after: u64) -> Result<()> {
    let dir = data.join("journal");
    disk::make_directory(&dir)?;
    let first = after + 1;
    if !path_of(&dir, first).exists() {
        make_segment(&dir, first)?;
    }
    make_epoch(&data.join("epoch")).map(drop)
}

#[cfg(test)]
fn take_fault(fault: &std::sync::atomic::AtomicI32) -> Option<io::Error> {
    let code = fault.swap(0, std::sync::atomic::Ordering::SeqCst);
    (code != 0).then(|| io::Error::from_raw_os_error(code))
}

fn make_segment(dir: &Path, first: u64) -> Result<File> {
    let path = path_of(dir, first);
    // A file of this name can only be an empty one, from a start that was cut off here.
    let made = OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(&path);
    let file = made.map_err(failed("making", &path))?;
    disk::sync_directory(dir)?;
    Ok(file)
}

/// Cuts what stands from `offset` on, unless it is the zeros that were filled in ahead.
fn cut_tail(path: &Path, mut file: &File, offset: u64) -> Result<()> {
    let mut rest = Vec::new();
    file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_to_end(&mut rest)).map_err(failed("reading", path))?;
    if rest.iter().all(|octet| *octet == 0) {
        return Ok(());
    }
    log::warn!("journal: cut a torn tail of {} octets off {} at offset {offset}", rest.len(), path.display());
    file.set_len(offset).map_err(failed("truncating", path))
}

fn read_epoch(path: &Path) -> Result<Option<u64>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(u64::from_str_radix(text.trim_end(), 16).ok()),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => Ok(None),
        Err(e) => Err(failed("reading", path)(e)),
    }
}

/// The epoch to go on with: the one of the frames it will stand behind, else the file's, else a new one.
fn settle_epoch(path: &Path, of_file: Option<u64>, of_frames: Option<u64>) -> Result<u64> {
    match (of_frames, of_file) {
        (Some(epoch), Some(same)) if epoch == same => Ok(epoch),
        (Some(epoch), _) => {
            log::warn!("journal: {} did not hold the epoch of the last segment", path.display());
            write_epoch(path, epoch)?;
            Ok(epoch)
        }
        (None, Some(epoch)) => Ok(epoch),
        (None, None) => make_epoch(path),
    }
}

fn make_epoch(path: &Path) -> Result<u64> {
    let epoch = getrandom::u64().map_err(|e| Error::internal(format_args!("no random numbers: {e}")))?;
    write_epoch(path, epoch)?;
    Ok(epoch)
}

/// 16 hexadecimal digits and a line end.
fn write_epoch(path: &Path, epoch: u64) -> Result<()> {
    disk::replace(path, format!("{epoch:016x}\n").as_bytes())
}
