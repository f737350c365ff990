//! Walking along the journal: segment by segment, frame by frame, in bounded memory, and over what is damaged.

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::super::disk::failed;
use super::frame::{self, Fault, Group, HEAD_BYTES};
use super::read_epoch;
use crate::error::{Error, Result};

/// What a walk meets.
pub enum Met {
    Group(Group),
    Gap(Gap),
}

/// Commits that the journal does not have any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub from: u64,
    /// The last of them.
    pub to: u64,
}

/// Hands over what the journal in `dir` holds of the commits behind `after` up to `until`, in order. A group that holds
/// one of them comes whole. Commits that are missing or damaged come as a gap, also at the end.
pub fn replay(dir: &Path, after: u64, until: u64, each: &mut dyn FnMut(Met) -> Result<()>) -> Result<()> {
    let mut next = after + 1;
    let segments = list(dir)?;
    let begin = segments.partition_point(|first| *first <= next).saturating_sub(1);
    // For a segment whose first frame is damaged: those of the others, and the one that is written in now.
    let mut epochs: Vec<u64> = read_epoch(&dir.with_file_name("epoch"))?.into_iter().collect();
    for first in segments.into_iter().skip(begin) {
        if next > until {
            return Ok(());
        }
        let scan = scan(&path_of(dir, first), first, &epochs, &mut |met| match met {
            Met::Group(group) if group.last() >= next && group.first <= until => {
                fill(&mut next, group.first, each)?;
                next = group.last() + 1;
                each(Met::Group(group))
            }
            _ => Ok(()),
        })?;
        epochs.extend(scan.epoch);
    }
    fill(&mut next, until + 1, each)
}

/// Octets of the segments that hold commits behind `after`.
pub fn bytes_behind(dir: &Path, after: u64) -> Result<u64> {
    let segments = list(dir)?;
    let begin = segments.partition_point(|first| *first <= after + 1).saturating_sub(1);
    let length = |first: &u64| fs::metadata(path_of(dir, *first)).map_or(0, |found| found.len());
    Ok(segments[begin..].iter().map(length).sum())
}

/// Names what lies between `next` and `here`.
fn fill(next: &mut u64, here: u64, each: &mut dyn FnMut(Met) -> Result<()>) -> Result<()> {
    if *next < here {
        each(Met::Gap(Gap { from: *next, to: here - 1 }))?;
        *next = here;
    }
    Ok(())
}

pub(super) fn path_of(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.log"))
}

/// The segments' first sequences, ascending. Files with other names are none of ours.
pub(super) fn list(dir: &Path) -> Result<Vec<u64>> {
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

pub(super) struct Scan {
    /// Where the last good frame ends.
    pub good_bytes: u64,
    /// The sequence behind the last good commit.
    pub next: u64,
    /// That of the segment's frames; `None` without any. It never changes inside a segment.
    pub epoch: Option<u64>,
}

/// Reads a segment frame by frame. Behind damage it goes on at the next frame of the segment's epoch, or of one of
/// `epochs` when the damage came first, and says what it left out.
pub(super) fn scan(path: &Path, first: u64, epochs: &[u64], each: &mut dyn FnMut(Met) -> Result<()>) -> Result<Scan> {
    let file = File::open(path).map_err(failed("opening", path))?;
    let end = file.metadata().map_err(failed("reading", path))?.len();
    let mut input = BufReader::new(file);
    let mut scan = Scan { good_bytes: 0, next: first, epoch: None };
    // Where reading stands; behind damage that is not where good frames end.
    let mut at = 0;
    while at < end {
        // A whole frame that is older than it should be is a block that came back: the file system's damage, but damage.
        let fits = |group: &Group| group.first >= scan.next && scan.epoch.is_none_or(|epoch| epoch == group.epoch);
        match one(path, &mut input, end - at, at)?.filter(|(group, _)| fits(group)) {
            Some((group, length)) => {
                fill(&mut scan.next, group.first, each)?;
                scan.epoch = Some(group.epoch);
                scan.next = group.last() + 1;
                each(Met::Group(group))?;
                at += length;
                scan.good_bytes = at;
            }
            None => {
                let known = scan.epoch.map_or_else(|| epochs.to_vec(), |epoch| vec![epoch]);
                let Some(place) = resume(path, &mut input, at, &known, scan.next)? else { break };
                log::error!("journal: {} is damaged from offset {at} to {place}", path.display());
                at = place;
            }
        }
    }
    Ok(scan)
}

/// The next frame and its length; `None` if what stands here is none. Afterwards the input stands behind it.
fn one(path: &Path, input: &mut BufReader<File>, left: u64, at: u64) -> Result<Option<(Group, u64)>> {
    let mut head = [0; HEAD_BYTES];
    if left < HEAD_BYTES as u64 || !fills(&mut head, path, input)? {
        return Ok(None);
    }
    let Some(length) = frame::body_length(&head).filter(|length| (HEAD_BYTES + length) as u64 <= left) else {
        return Ok(None);
    };
    let mut body = vec![0; length];
    if !fills(&mut body, path, input)? {
        return Ok(None);
    }
    match frame::decode(&head, &body) {
        Ok(group) => Ok(Some((group, (HEAD_BYTES + length) as u64))),
        Err(Fault::Damaged) => Ok(None),
        Err(Fault::Unknown(what)) => {
            let path = path.display();
            Err(Error::internal(format_args!(
                "journal: {path} at offset {at} holds an unknown {what}: a newer version wrote it"
            )))
        }
    }
}

/// `false` when the segment ends before: the writer may have cut the zeros off that were filled in ahead.
fn fills(octets: &mut [u8], path: &Path, input: &mut BufReader<File>) -> Result<bool> {
    match input.read_exact(octets) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(failed("reading", path)(e)),
    }
}

/// Where the next good frame begins behind the bad one at `at`, and from there the input goes on. Reads the rest of the
/// segment at once: only after damage, and at its end, where that rest is short.
fn resume(path: &Path, input: &mut BufReader<File>, at: u64, epochs: &[u64], next: u64) -> Result<Option<u64>> {
    let mut rest = Vec::new();
    input.seek(SeekFrom::Start(at + 1)).and_then(|_| input.read_to_end(&mut rest)).map_err(failed("reading", path))?;
    let Some(place) = frame::find(&rest, epochs, next) else { return Ok(None) };
    let place = at + 1 + place as u64;
    input.seek(SeekFrom::Start(place)).map_err(failed("reading", path))?;
    Ok(Some(place))
}
