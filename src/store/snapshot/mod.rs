//! A snapshot: all entries of the view in one file, from which with the journal behind it another view is made: after
//! damage, to give back room, on another machine.
//!
//! `snapshots/<sequence, 20 digits>.snap` is a row of journal frames (`journal::frame`), each with one commit of puts,
//! and at the end one that changes nothing. It is taken while commits go on: each of its entries is as of its sequence
//! **or later**. That is enough, because the journal behind its sequence says again what each key became.
//!
//! Two are kept. The journal reaches back to the older one, so damage of the newer costs nothing.

pub mod backup;
pub mod keeper;
pub mod restore;

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::ops::Bound;
use std::path::{Path, PathBuf};

use super::changes::Changes;
use super::disk::{self, failed};
use super::journal::frame::{self, Builder, HEAD_BYTES};
use super::table::Table;
use super::view::View;
use crate::error::{Error, Result};

/// Of one frame: beside it a snapshot costs no memory.
const CHUNK_BYTES: usize = 256 * 1024;
/// How many stay.
const KEPT: usize = 2;

/// Writes what `view` shows, at least up to the commit that it shows now; says which, and the file's octets. Ends
/// without one when `goes_on` says no.
pub fn write(data: &Path, view: &View, epoch: u64, goes_on: &dyn Fn() -> bool) -> Result<(u64, u64)> {
    let sequence = view.settle()?.last;
    let path = path_of(data, sequence);
    let bytes = disk::replace_with(&path, |file| {
        let mut output = BufWriter::new(file);
        let mut bytes = 0;
        let mut put = |changes: &Changes| {
            let mut frame = Builder::new(epoch, sequence);
            frame.push(changes);
            let frame = frame.finish();
            bytes += frame.len() as u64;
            output.write_all(&frame).map_err(failed("writing", &path))
        };
        for table in Table::ALL {
            let mut chunk = Changes::default();
            for entry in view.range(table, Bound::Unbounded, Bound::Unbounded, false) {
                let (key, value) = entry?;
                chunk.set(table, key, Some(value));
                if chunk.bytes() >= CHUNK_BYTES {
                    put(&std::mem::take(&mut chunk))?;
                    if !goes_on() {
                        return Err(Error::Busy);
                    }
                }
            }
            if !chunk.is_empty() {
                put(&chunk)?;
            }
        }
        put(&Changes::default())?;
        output.flush().map_err(failed("writing", &path))?;
        Ok(bytes)
    })?;
    Ok((sequence, bytes))
}

/// Hands over the changes of each frame that can be read; `true` if that was all of them.
pub fn read(path: &Path, each: &mut dyn FnMut(Changes) -> Result<()>) -> Result<bool> {
    let mut input = BufReader::new(File::open(path).map_err(failed("opening", path))?);
    let mut head = [0; HEAD_BYTES];
    let mut body = Vec::new();
    loop {
        if input.read_exact(&mut head).is_err() {
            return Ok(false);
        }
        // Frames that stand behind a length which is damaged are not looked for: the other snapshot is whole.
        let Some(length) = frame::body_length(&head) else { return Ok(false) };
        body.resize(length, 0);
        if input.read_exact(&mut body).is_err() {
            return Ok(false);
        }
        let group = match frame::decode(&head, &body) {
            Ok(group) => group,
            Err(frame::Fault::Damaged) => return Ok(false),
            Err(frame::Fault::Unknown(what)) => {
                let path = path.display();
                return Err(Error::internal(format_args!(
                    "snapshot: {path} holds an unknown {what}: a newer version wrote it"
                )));
            }
        };
        for changes in group.commits {
            if changes.is_empty() {
                return Ok(true);
            }
            each(changes)?;
        }
    }
}

/// The sequences of the snapshots that are there, ascending.
pub fn list(data: &Path) -> Result<Vec<u64>> {
    let dir = directory(data);
    let mut found = Vec::new();
    for entry in fs::read_dir(&dir).map_err(failed("reading", &dir))? {
        let name = entry.map_err(failed("reading", &dir))?.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(".snap"));
        found.extend(digits.and_then(|digits| digits.parse::<u64>().ok()));
    }
    found.sort_unstable();
    Ok(found)
}

/// Lets the oldest go; `kept` is at least 1. Says up to which commit the journal may go with them.
pub fn forget(data: &Path, kept: usize) -> Result<u64> {
    let found = list(data)?;
    let (old, rest) = found.split_at(found.len().saturating_sub(kept));
    for sequence in old {
        let path = path_of(data, *sequence);
        fs::remove_file(&path).map_err(failed("removing", &path))?;
    }
    // With a first one alone the journal still reaches back to its begin.
    Ok(if rest.len() < kept { 0 } else { rest.first().copied().unwrap_or(0) })
}

/// Makes the directory, and removes what a power cut left in it. What a killed process left has its name for good.
pub fn make_directory(data: &Path) -> Result<()> {
    disk::make_directory(&directory(data))?;
    disk::remove_leftovers(&directory(data))?;
    disk::sync_directory(&directory(data))
}

pub fn path_of(data: &Path, sequence: u64) -> PathBuf {
    directory(data).join(format!("{sequence:020}.snap"))
}

fn directory(data: &Path) -> PathBuf {
    data.join("snapshots")
}
