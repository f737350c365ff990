//! The journal: what is committed, as frames appended to segment files. It is the truth; the view can be made from it.
//!
//! `journal/<sequence of the first commit, 20 digits>.log`. A segment is begun only after a checkpoint that covers all
//! before it, so **a start replays at most the last segment** (and whatever is missing in a view that was lost). The
//! file `epoch` holds a random number drawn when the data directory is made, and drawn again when the order of commits
//! was broken: `<box>:<epoch>:<sequence>` never means two things to the hub.
//!
//! At the start a bad frame at the very end is a torn tail, of a group that nobody was told of, and is cut. A bad frame
//! with a good one behind it is rot: the start stops and names file and offset. Not here: what the changes mean.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::disk::{self, failed};
use super::frame::{self, Fault, Group, HEAD_BYTES};
use crate::error::{Error, Result};

/// How many finished segments stay behind a checkpoint: the newest of the truth, should the view turn out damaged.
const KEPT_SEGMENTS: usize = 2;

pub struct Journal {
    dir: PathBuf,
    epoch_file: PathBuf,
    epoch: u64,
    /// The first sequence of each segment, ascending; the last is the one written to, and there always is one.
    segments: Vec<u64>,
    file: File,
    /// Where the next frame goes in `file`.
    length: u64,
    last: u64,
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
        let scan = scan(&path, first, &mut |_| Ok(()))?;
        let epoch = settle_epoch(&epoch_file, scan.epoch)?;
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed("opening", &path))?;
        if let Some(offset) = scan.damage {
            cut_tail(&path, &file, offset, epoch, scan.next)?;
        }
        // A killed process leaves frames that only the page cache holds; they are shown from now on, so they must stay.
        file.sync_all().map_err(failed("syncing", &path))?;
        Ok(Journal {
            dir,
            epoch_file,
            epoch,
            segments,
            file,
            length: scan.good_bytes,
            last: scan.next - 1,
            #[cfg(test)]
            faults: Faults::default(),
        })
    }

    /// The sequence of the last commit; 0 before the first.
    pub fn last(&self) -> u64 {
        self.last
    }

    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The first sequence that is still here (or will be).
    pub fn begins(&self) -> u64 {
        self.segments[0]
    }

    /// Octets in the segment written to: what a start would replay.
    pub fn segment_bytes(&self) -> u64 {
        self.length
    }

    /// Hands over each group that holds a commit behind `after`, in order; fails if one is missing or damaged.
    pub fn replay(&self, after: u64, each: &mut dyn FnMut(Group) -> Result<()>) -> Result<()> {
        if after >= self.last {
            return Ok(());
        }
        let begin = self.segments.partition_point(|first| *first <= after + 1);
        if begin == 0 {
            let (has, needs) = (self.begins(), after + 1);
            return Err(Error::internal(format_args!(
                "the view in {} needs the journal from {needs} on, which begins at {has}",
                self.dir.display()
            )));
        }
        let mut next = self.segments[begin - 1];
        for first in &self.segments[begin - 1..] {
            let path = path_of(&self.dir, *first);
            if *first != next {
                return Err(Error::internal(format_args!("journal: {} should begin at {next}", path.display())));
            }
            let scan = scan(&path, *first, &mut |group| if group.last() > after { each(group) } else { Ok(()) })?;
            if let Some(offset) = scan.damage {
                return Err(damaged(&path, offset));
            }
            next = scan.next;
        }
        Ok(())
    }

    /// Appends one frame and waits until the device has it.
    pub fn append(&mut self, frame: &[u8], last: u64) -> std::result::Result<(), Failure> {
        let path = path_of(&self.dir, self.segments[self.segments.len() - 1]);
        if let Err(e) = self.write_at_end(frame) {
            let error = failed("appending to", &path)(e);
            // Part of the frame may be there. Nobody was told of it, and the next one must not come to stand behind it.
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

    /// Begins a new segment and lets old ones go. Only after a checkpoint of the view that covers `last`.
    pub fn begin_segment(&mut self) -> Result<()> {
        if self.length > 0 {
            let first = self.last + 1;
            self.file = make_segment(&self.dir, first)?;
            self.segments.push(first);
            self.length = 0;
        }
        while self.segments.len() > KEPT_SEGMENTS + 1 {
            let path = path_of(&self.dir, self.segments[0]);
            fs::remove_file(&path).map_err(failed("removing", &path))?;
            self.segments.remove(0);
        }
        Ok(())
    }

    /// Goes on behind `after`, which the view holds and this journal does not: its end was lost, so the order is broken
    /// and a new epoch says so. Only after a checkpoint of the view that covers `after`.
    pub fn restart(&mut self, after: u64) -> Result<()> {
        self.epoch = make_epoch(&self.epoch_file)?;
        self.file = make_segment(&self.dir, after + 1)?;
        self.segments.push(after + 1);
        self.length = 0;
        self.last = after;
        Ok(())
    }

    fn write_at_end(&self, frame: &[u8]) -> io::Result<()> {
        #[cfg(test)]
        if let Some(error) = take_fault(&self.faults.append) {
            self.file.write_all_at(&frame[..frame.len() / 2], self.length)?;
            return Err(error);
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

#[cfg(test)]
fn take_fault(fault: &std::sync::atomic::AtomicI32) -> Option<io::Error> {
    let code = fault.swap(0, std::sync::atomic::Ordering::SeqCst);
    (code != 0).then(|| io::Error::from_raw_os_error(code))
}

fn path_of(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.log"))
}

fn damaged(path: &Path, offset: u64) -> Error {
    Error::internal(format_args!("journal: {} is damaged at offset {offset}", path.display()))
}

/// The segments' first sequences, ascending. Files with other names are none of ours.
fn list(dir: &Path) -> Result<Vec<u64>> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed("reading", dir))? {
        let name = entry.map_err(failed("reading", dir))?.file_name();
        let digits = name
            .to_str()
            .and_then(|name| name.strip_suffix(".log"))
            .filter(|digits| digits.len() == 20 && digits.bytes().all(|octet| octet.is_ascii_digit()));
        match digits.and_then(|digits| digits.parse().ok()) {
            Some(first) if first > 0 => segments.push(first),
            _ => log::warn!("journal: {} is not a segment", dir.join(name).display()),
        }
    }
    segments.sort_unstable();
    Ok(segments)
}

fn make_segment(dir: &Path, first: u64) -> Result<File> {
    let path = path_of(dir, first);
    // A file of this name can only be an empty one, from a start that was cut off here.
    let made = OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(&path);
    let file = made.map_err(failed("making", &path))?;
    disk::sync_directory(dir)?;
    Ok(file)
}

struct Scan {
    good_bytes: u64,
    /// The sequence behind the last good commit.
    next: u64,
    /// Where the good frames end, if the file does not end there.
    damage: Option<u64>,
    /// That of the segment's frames; `None` without any. It never changes inside a segment.
    epoch: Option<u64>,
}

/// Reads a segment frame by frame, in bounded memory.
fn scan(path: &Path, first: u64, each: &mut dyn FnMut(Group) -> Result<()>) -> Result<Scan> {
    let file = File::open(path).map_err(failed("opening", path))?;
    let end = file.metadata().map_err(failed("reading", path))?.len();
    let mut input = BufReader::new(file);
    let mut scan = Scan { good_bytes: 0, next: first, damage: None, epoch: None };
    let mut body = Vec::new();
    while scan.good_bytes < end {
        scan.damage = Some(scan.good_bytes);
        let left = end - scan.good_bytes;
        let mut head = [0; HEAD_BYTES];
        if left < HEAD_BYTES as u64 {
            break;
        }
        input.read_exact(&mut head).map_err(failed("reading", path))?;
        let Some(length) = frame::body_length(&head).filter(|length| (HEAD_BYTES + length) as u64 <= left) else {
            break;
        };
        body.resize(length, 0);
        input.read_exact(&mut body).map_err(failed("reading", path))?;
        let group = match frame::decode(&head, &body) {
            Ok(group) => group,
            Err(Fault::Damaged) => break,
            Err(Fault::Unknown(what)) => {
                let offset = scan.good_bytes;
                let path = path.display();
                return Err(Error::internal(format_args!(
                    "journal: {path} at offset {offset} holds an unknown {what}"
                )));
            }
        };
        // A whole frame in the wrong place is an old block that came back: the file system's damage, but damage.
        if group.first != scan.next || *scan.epoch.get_or_insert(group.epoch) != group.epoch {
            break;
        }
        scan.next = group.last() + 1;
        each(group)?;
        scan.good_bytes += (HEAD_BYTES + length) as u64;
        scan.damage = None;
    }
    Ok(scan)
}

/// Cuts what stands from `offset` on, unless a good frame follows: then it is not a tail.
fn cut_tail(path: &Path, mut file: &File, offset: u64, epoch: u64, next: u64) -> Result<()> {
    let mut rest = Vec::new();
    file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_to_end(&mut rest)).map_err(failed("reading", path))?;
    if frame::holds_later_frame(&rest, epoch, next) {
        return Err(damaged(path, offset));
    }
    log::warn!("journal: cut a torn tail of {} octets off {} at offset {offset}", rest.len(), path.display());
    file.set_len(offset).map_err(failed("truncating", path))
}

/// The epoch to go on with: the one of the frames it will stand behind, else the file's, else a new one.
fn settle_epoch(path: &Path, of_frames: Option<u64>) -> Result<u64> {
    let of_file = match fs::read_to_string(path) {
        Ok(text) => u64::from_str_radix(text.trim_end(), 16).ok(),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => None,
        Err(e) => return Err(failed("reading", path)(e)),
    };
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
