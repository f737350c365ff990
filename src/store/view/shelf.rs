//! Where views stand: `view/<number>/`, one of which is in use. Another one is built beside it and takes its place in one
//! step, after damage or to give back what sled's file never does.
//!
//! ```text
//! view/current   the number of the view in use
//!      <number>/ its files; every other number is what a cut-off build left, and goes
//!      opening   how many starts in a row did not come to the end of opening it
//!      suspect   why it must not be opened again: it failed under a commit
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::disk::{self, failed};
use crate::error::Result;

/// So many starts may die on the way (killed, out of memory, hung until systemd ended them) before the view itself is
/// held for the cause: two are a coincidence on a day of power cuts.
const ATTEMPTS: u32 = 3;

pub struct Shelf {
    dir: PathBuf,
    current: Option<u64>,
}

impl Shelf {
    /// Finds the view in use and removes all others.
    pub fn open(data: &Path) -> Result<Shelf> {
        let dir = data.join("view");
        disk::make_directory(&dir)?;
        disk::remove_leftovers(&dir)?;
        // A killed process may have turned to another view without having waited for it.
        disk::sync_directory(&dir)?;
        let current = read(&dir.join("current"))?.and_then(|text| text.trim_end().parse().ok());
        let shelf = Shelf { current, dir };
        shelf.remove_others()?;
        Ok(shelf)
    }

    /// The directory of the view in use; `None` before the first, and when its number was lost.
    pub fn current(&self) -> Option<PathBuf> {
        self.current.map(|number| self.place(number)).filter(|place| place.is_dir())
    }

    /// An empty directory for the next view.
    pub fn next(&self) -> Result<PathBuf> {
        let place = self.place(self.current.map_or(1, |number| number + 1));
        if place.exists() {
            fs::remove_dir_all(&place).map_err(failed("removing", &place))?;
        }
        disk::make_directory(&place)?;
        Ok(place)
    }

    /// From now on, and from the next start on, the view made by `next` is the one in use. It must be durable already.
    pub fn turn(&mut self) -> Result<()> {
        let next = self.current.map_or(1, |number| number + 1);
        disk::sync_directory(&self.dir)?;
        disk::replace(&self.dir.join("current"), format!("{next}\n").as_bytes())?;
        self.current = Some(next);
        self.clear("suspect")
    }

    /// Why the view in use must not be opened, if so. Counts this start.
    pub fn begin_opening(&self) -> Result<Option<String>> {
        if let Some(why) = read(&self.dir.join("suspect"))? {
            return Ok(Some(why.trim_end().to_owned()));
        }
        let before = read(&self.dir.join("opening"))?.and_then(|text| text.trim_end().parse().ok()).unwrap_or(0);
        if before >= ATTEMPTS {
            return Ok(Some(format!("{before} starts in a row ended while it was opened")));
        }
        disk::replace(&self.dir.join("opening"), format!("{}\n", before + 1).as_bytes())?;
        Ok(None)
    }

    /// The start came through.
    pub fn end_opening(&self) -> Result<()> {
        self.clear("opening")
    }

    /// The next start builds another view. For a process that may be about to end: says nothing if that fails.
    pub fn suspecting(data: &Path) -> impl Fn(&str) + Send + use<> {
        let path = data.join("view/suspect");
        move |why| drop(disk::replace(&path, format!("{why}\n").as_bytes()))
    }

    /// Moves the view that is no longer in use out of the way of `remove_others`, for whoever can read more of it.
    pub fn keep_damaged(&self, place: &Path) -> Result<()> {
        let aside = self.dir.join("damaged");
        if aside.exists() {
            fs::remove_dir_all(&aside).map_err(failed("removing", &aside))?;
        }
        fs::rename(place, &aside).map_err(failed("putting aside", place))
    }

    /// Removes every view that is not in use. A process that still has one open reads on: it has the files.
    pub fn remove_others(&self) -> Result<()> {
        for entry in fs::read_dir(&self.dir).map_err(failed("reading", &self.dir))? {
            let entry = entry.map_err(failed("reading", &self.dir))?;
            let number = entry.file_name().to_str().and_then(|name| name.parse::<u64>().ok());
            // Without `current` none of them can be trusted.
            if number.is_some() && number != self.current {
                fs::remove_dir_all(entry.path()).map_err(failed("removing", &entry.path()))?;
            }
        }
        Ok(())
    }

    fn place(&self, number: u64) -> PathBuf {
        self.dir.join(number.to_string())
    }

    fn clear(&self, name: &str) -> Result<()> {
        let path = self.dir.join(name);
        match fs::remove_file(&path) {
            Ok(()) => disk::sync_directory(&self.dir),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(e) => Err(failed("removing", &path)(e)),
        }
    }
}

/// A small text file; `None` if it is not there or no text.
fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => Ok(None),
        Err(e) => Err(failed("reading", path)(e)),
    }
}
