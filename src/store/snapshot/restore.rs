//! From a backup to a data directory. What was there is put aside, not deleted; a power cut at any moment leaves the
//! old data or the new, never a mixture.
//!
//! ```text
//! data/restore.part/    being unpacked; of no meaning to anybody else
//!      restore.ready/   whole and durable: from here on it is the data, and a start moves it into place
//!      before-restore/  what was there
//! ```
//! The restored journal goes on in a new epoch: the box that the backup was made on may have gone on as well.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};

use super::super::disk::{self, failed};
use super::super::journal::{self, Met, replay};
use super::backup::{BEGIN, END, End, FOLDERS, FORMAT, Label};
use crate::error::{Error, Result};

/// What is put aside, and, but for the view, replaced.
const REPLACED: [&str; 4] = [VIEW, "snapshots", "journal", "epoch"];
const VIEW: &str = "view";
const PART: &str = "restore.part";
const READY: &str = "restore.ready";
/// Where a restore puts what was there.
pub const BEFORE: &str = "before-restore";
/// A label is some hundred octets; what claims more is none.
const LABEL_BYTES: u64 = 64 * 1024;

/// Unpacks a backup into `data` and puts it in place. The directory must be locked. `Invalid` for what is no backup, is
/// cut short or damaged: then nothing has changed.
pub fn restore(data: &Path, input: &mut dyn Read) -> Result<Label> {
    finish(data)?;
    let part = data.join(PART);
    remove(&part)?;
    let unpacked = unpack(&part, input).and_then(|label| check(&part, label));
    if unpacked.is_err() {
        remove(&part)?;
    }
    let label = unpacked?;
    give_to_owner(&part, data)?;
    sync_all(&part)?;
    remove(&data.join(BEFORE))?;
    fs::rename(&part, data.join(READY)).map_err(failed("renaming", &part))?;
    disk::sync_directory(data)?;
    finish(data)?;
    Ok(label)
}

/// Moves what is unpacked and whole into place. Every start does it first: the last one may have been cut off here.
pub fn finish(data: &Path) -> Result<()> {
    let ready = data.join(READY);
    if !ready.exists() {
        return remove(&data.join(PART));
    }
    let before = data.join(BEFORE);
    disk::make_directory(&before)?;
    give_to_owner(&before, data)?;
    for name in REPLACED {
        let (old, new) = (data.join(name), ready.join(name));
        // The view has no successor here: the start makes it. Of the others, what stands in place when the new one has
        // left is the new one.
        if old.exists() && (new.exists() || name == VIEW) {
            fs::rename(&old, before.join(name)).map_err(failed("putting aside", &old))?;
            disk::sync_directory(&before)?;
        }
        move_file(&new, &old)?;
        disk::sync_directory(data)?;
    }
    for folder in FOLDERS {
        merge(&ready.join(folder), &data.join(folder))?;
    }
    move_file(&ready.join(BEGIN), &data.join(BEGIN))?;
    disk::sync_directory(data)?;
    remove(&ready)
}

/// The label of the backup that this data came from, once, at the first start after it.
pub fn take_label(data: &Path) -> Result<Option<Label>> {
    let path = data.join(BEGIN);
    match fs::read(&path) {
        Ok(octets) => Ok(serde_json::from_slice(&octets).ok()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(failed("reading", &path)(e)),
    }
}

/// It is told; the next start is like any other.
pub fn drop_label(data: &Path) -> Result<()> {
    let path = data.join(BEGIN);
    match fs::remove_file(&path) {
        Ok(()) => disk::sync_directory(data),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(failed("removing", &path)(e)),
    }
}

/// Reads a backup to its end: that all of it is there. What its files hold only `restore` looks at.
pub fn examine(input: &mut dyn Read) -> Result<Label> {
    read_all(input, &mut |_, content| io::copy(content, &mut io::sink()).map(drop).map_err(no_backup))
}

fn unpack(part: &Path, input: &mut dyn Read) -> Result<Label> {
    read_all(input, &mut |path, content| write(&target(part, path)?, content))
}

fn read_all(input: &mut dyn Read, each: &mut dyn FnMut(&Path, &mut dyn Read) -> Result<()>) -> Result<Label> {
    let mut tar = tar::Archive::new(input);
    let (mut label, mut files, mut end) = (None, 0, None);
    for entry in tar.entries().map_err(no_backup)? {
        let mut entry = entry.map_err(no_backup)?;
        let path = entry.path().map_err(no_backup)?.into_owned();
        match (path.to_str(), &label) {
            (Some(BEGIN), None) => label = Some(read_label(&mut entry)?),
            (Some(END), Some(_)) => end = serde_json::from_reader::<_, End>(entry.take(LABEL_BYTES)).ok(),
            (_, Some(_)) => {
                each(&path, &mut entry)?;
                files += 1;
            }
            (_, None) => return Err(refused("it does not begin as a backup of a box does")),
        }
    }
    match (label, end) {
        (Some(label), Some(end)) if end.files == files => Ok(label),
        (None, _) => Err(refused("it is empty")),
        _ => Err(refused("it is cut short")),
    }
}

fn read_label(entry: &mut dyn Read) -> Result<Label> {
    let label: Label = serde_json::from_reader(entry.take(LABEL_BYTES)).map_err(no_backup)?;
    match label.format {
        FORMAT => Ok(label),
        other => Err(refused(&format!("its format is {other}; this program reads {FORMAT}: a newer one is needed"))),
    }
}

/// Where an entry goes: the folders that a backup has, and names without a way out of them.
fn target(part: &Path, path: &Path) -> Result<PathBuf> {
    let pieces: Vec<&str> = path
        .components()
        .map(|piece| match piece {
            Component::Normal(name) => name.to_str().unwrap_or_default(),
            _ => "",
        })
        .collect();
    match pieces.as_slice() {
        [folder, name] if is_folder(folder) && !name.is_empty() => Ok(part.join(folder).join(name)),
        _ => Err(refused(&format!("{} is nothing that a backup holds", path.display()))),
    }
}

fn is_folder(name: &str) -> bool {
    ["snapshots", "journal"].contains(&name) || FOLDERS.contains(&name)
}

fn write(path: &Path, content: &mut dyn Read) -> Result<()> {
    disk::make_directory(path.parent().unwrap_or(path))?;
    let mut file = File::create(path).map_err(failed("making", path))?;
    io::copy(content, &mut file).map_err(failed("writing", path))?;
    file.sync_all().map_err(failed("syncing", path))
}

/// Whether everything that the label speaks of is there and whole; then it gets its new epoch.
fn check(part: &Path, label: Label) -> Result<Label> {
    if !super::read(&super::path_of(part, label.snapshot), &mut |_| Ok(())).is_ok_and(|whole| whole) {
        return Err(refused("its snapshot is damaged"));
    }
    let mut is_whole = true;
    disk::make_directory(&part.join("journal"))?;
    replay(&part.join("journal"), label.snapshot, label.sequence, &mut |met| {
        is_whole &= matches!(met, Met::Group(_));
        Ok(())
    })?;
    if !is_whole {
        return Err(refused("its journal is damaged"));
    }
    for entry in fs::read_dir(part.join("pictures")).into_iter().flatten() {
        let path = entry.map_err(failed("reading", part))?.path();
        let octets = fs::read(&path).map_err(failed("reading", &path))?;
        let hash: String = Sha256::digest(&octets).iter().map(|octet| format!("{octet:02x}")).collect();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        if name.is_empty() || !hash.starts_with(name) {
            return Err(refused(&format!("the picture {name} is damaged")));
        }
    }
    journal::begin_epoch(part, label.sequence)?;
    fs::write(part.join(BEGIN), serde_json::to_vec(&label).map_err(Error::internal)?)
        .map_err(failed("writing", part))?;
    Ok(label)
}

/// Plain files that have their name for ever, or are only appended to: what is there already stays if it is longer.
fn merge(from: &Path, to: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(from) else { return Ok(()) };
    disk::make_directory(to)?;
    for entry in entries {
        let entry = entry.map_err(failed("reading", from))?;
        let target = to.join(entry.file_name());
        let length = |path: &Path| fs::metadata(path).map_or(0, |found| found.len());
        if !target.exists() || length(&target) < length(&entry.path()) {
            move_file(&entry.path(), &target)?;
        }
    }
    disk::sync_directory(to)
}

fn move_file(from: &Path, to: &Path) -> Result<()> {
    match fs::rename(from, to) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("moving into place", from)(e)),
        _ => Ok(()),
    }
}

fn remove(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(failed("removing", dir)(e)),
        _ => Ok(()),
    }
}

/// Whoever works on the folder by hand is root; the box is not, and must read and write it.
pub fn give_to_owner(dir: &Path, data: &Path) -> Result<()> {
    let owner = fs::metadata(data).map_err(failed("reading", data))?;
    walk(dir, &mut |path| {
        let found = fs::symlink_metadata(path).map_err(failed("reading", path))?;
        if (found.uid(), found.gid()) == (owner.uid(), owner.gid()) {
            return Ok(());
        }
        chown(path, Some(owner.uid()), Some(owner.gid())).map_err(failed("giving to the box's user", path))
    })
}

fn sync_all(dir: &Path) -> Result<()> {
    walk(dir, &mut |path| File::open(path).and_then(|file| file.sync_all()).map_err(failed("syncing", path)))
}

/// Files first, then the directory that names them.
fn walk(path: &Path, each: &mut dyn FnMut(&Path) -> Result<()>) -> Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path).map_err(failed("reading", path))? {
            walk(&entry.map_err(failed("reading", path))?.path(), each)?;
        }
    }
    each(path)
}

fn refused(why: &str) -> Error {
    Error::invalid("backup", why)
}

fn no_backup(e: impl std::fmt::Display) -> Error {
    Error::invalid("backup", format!("it cannot be read: {e}"))
}
