//! What the store asks of the file system: directories that stay, files replaced whole, and how much room is left.
//!
//! A name in a directory is durable only when the directory itself has been synced, so everything here does that. Not
//! here: what the files hold.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Time};
use crate::error::{Error, Result};

/// Answers how many octets a path's file system has free for us.
pub type Probe = Arc<dyn Fn(&Path) -> io::Result<u64> + Send + Sync>;

/// What `f_bavail` says: free octets without those kept for root.
pub fn free_bytes(path: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(path)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// How long one answer of the probe holds: a group commits in milliseconds, and a disk fills in minutes.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// What may still be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Enough,
    /// The reserve is touched: only what does not grow.
    Short,
    /// A quarter of the reserve is left: nothing, so that the view never meets a full disk in the middle of its own
    /// writing.
    Gone,
}

/// The watch on the free space, asked by the writer before each group and by whoever wants to know.
pub(super) struct Space {
    dir: PathBuf,
    reserve_bytes: u64,
    probe: Probe,
    clock: Clock,
    last: Mutex<Option<(Time, Room)>>,
}

impl Space {
    pub fn new(dir: &Path, reserve_bytes: u64, probe: Probe, clock: Clock) -> Space {
        Space { dir: dir.to_owned(), reserve_bytes, probe, clock, last: Mutex::new(None) }
    }

    pub fn room(&self) -> Room {
        let now = self.clock.now();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, room)) = *last {
            // A clock that was set back must not make an old answer hold for ever.
            if now >= at && now.since(at) < PROBE_INTERVAL {
                return room;
            }
        }
        let room = match (self.probe)(&self.dir) {
            Ok(free) if free < self.reserve_bytes / 4 => Room::Gone,
            Ok(free) if free < self.reserve_bytes => Room::Short,
            Ok(_) => Room::Enough,
            // The append itself still says when there is no room.
            Err(e) => {
                log::warn!("store: cannot ask how much of {} is free: {e}", self.dir.display());
                Room::Enough
            }
        };
        if room != Room::Enough && last.is_none_or(|(_, before)| before == Room::Enough) {
            log::error!("store: less than {} octets free in {}", self.reserve_bytes, self.dir.display());
        }
        *last = Some((now, room));
        room
    }

    /// Octets that are free now; `None` if nobody can say.
    pub fn free(&self) -> Option<u64> {
        (self.probe)(&self.dir).ok()
    }

    /// Whether a file of so many octets may be made beside the last quarter of the reserve.
    pub fn require(&self, bytes: u64) -> Result<()> {
        match self.free() {
            Some(free) if free < bytes.saturating_add(self.reserve_bytes / 4) => Err(Error::Full),
            _ => Ok(()),
        }
    }

    /// A write found no room, whatever the probe said.
    pub fn ran_out(&self) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((self.clock.now(), Room::Gone));
    }
}

/// Turns a failure of the file system into ours: `Full` where room is what was missing.
pub(super) fn failed<'a>(doing: &'a str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
    move |e| match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full,
        _ => Error::internal(format_args!("{doing} {}: {e}", path.display())),
    }
}

/// Makes a directory that only this user reads (it holds phone numbers), durable in its parent; fine if it is there. Its
/// parent is synced in any case: a killed process may have made it and not waited.
pub(super) fn make_directory(dir: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed("making", dir))?;
    match dir.parent() {
        // A parent that others own may not be ours to open; then it is theirs to keep.
        Some(parent) if !parent.as_os_str().is_empty() && fs::read_dir(parent).is_ok() => sync_directory(parent),
        _ => Ok(()),
    }
}

pub(super) fn sync_directory(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|file| file.sync_all()).map_err(failed("syncing", dir))
}

/// A short wait for somebody else's lock, at the start only; says how long it was.
pub(super) fn pause() -> Duration {
    const PAUSE: Duration = Duration::from_millis(10);
    std::thread::sleep(PAUSE);
    PAUSE
}

const TEMPORARY: &str = ".tmp-";

/// Whether this is what `replace` is just writing, or was when it was cut off.
pub(super) fn is_leftover(name: &str) -> bool {
    name.contains(TEMPORARY)
}

/// Writes a file whole or not at all: temporary name, sync, rename, sync of the directory.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    replace_with(path, |file| file.write_all(bytes).map_err(failed("writing", path)))
}

/// The same for what is written piece by piece.
pub(super) fn replace_with<T>(path: &Path, write: impl FnOnce(&mut File) -> Result<T>) -> Result<T> {
    // One process holds the directory's lock, so a counter is enough to keep two writers of one name apart.
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = path.as_os_str().to_owned();
    name.push(format!("{TEMPORARY}{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    let temporary = PathBuf::from(name);
    let written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary);
    let written = written.map_err(failed("making", &temporary)).and_then(|mut file| {
        let done = write(&mut file)?;
        file.sync_all().and_then(|()| fs::rename(&temporary, path)).map_err(failed("writing", path))?;
        Ok(done)
    });
    if written.is_err() {
        // What is left is removed at the next start.
        let _ = fs::remove_file(&temporary);
    }
    let done = written?;
    path.parent().map_or(Ok(()), sync_directory)?;
    Ok(done)
}

/// Removes what a cut-off `replace` left in `dir`.
pub(super) fn remove_leftovers(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir).map_err(failed("reading", dir))? {
        let entry = entry.map_err(failed("reading", dir))?;
        if is_leftover(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path()).map_err(failed("removing a leftover in", dir))?;
        }
    }
    Ok(())
}
