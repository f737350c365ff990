//! Which part each bearer was about to send when the process ended: what narrows the doubt after a kill.
//!
//! `submitting` is durable before the Ctrl-Z; that the Ctrl-Z was written could be made durable only by a second device
//! wait. But what a killed process has written to a file is there all the same, as long as the machine runs. So the part
//! is noted, without a sync, right before its Ctrl-Z. A note of this boot that names another part says for certain that a
//! row in doubt never left; after a power cut it says nothing. What remains: a kill between the note and the Ctrl-Z, a
//! few microseconds, and every power cut.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::bearer::Witness;

/// random(4): another one each time the machine starts.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// One file a bearer in a folder of their own: the boot, the message, the part.
#[derive(Debug)]
pub struct Notes {
    folder: PathBuf,
    boot: String,
    files: Mutex<HashMap<String, Arc<Note>>>,
}

#[derive(Debug)]
struct Note {
    path: PathBuf,
    file: File,
    boot: String,
}

impl Notes {
    /// `None`: this machine does not say which boot this is, or keeps no files, so every doubt stays one.
    pub fn open(folder: &Path) -> Option<Notes> {
        let boot = fs::read_to_string(BOOT).ok()?.trim().to_owned();
        Notes::of_boot(folder, &boot)
    }

    fn of_boot(folder: &Path, boot: &str) -> Option<Notes> {
        match fs::create_dir_all(folder) {
            Ok(()) => Some(Notes { folder: folder.to_owned(), boot: boot.to_owned(), files: Mutex::default() }),
            Err(error) => {
                log::warn!("{}: {error}; after a kill more messages will be in doubt", folder.display());
                None
            }
        }
    }

    /// Whether this part's Ctrl-Z was about to be written, or that of one behind it; `None` when nobody knows.
    pub fn has_left(&self, bearer: &str, id: u64, part: u8) -> Option<bool> {
        let (noted_id, noted_part) = self.read(bearer)?;
        Some(noted_id == id && part <= noted_part)
    }

    /// What notes the parts of a bearer. From here on its file is of this boot.
    pub fn witness(&self, bearer: &str) -> Witness {
        let known = self.files.lock().unwrap_or_else(PoisonError::into_inner).get(bearer).cloned();
        let note = match known.map_or_else(|| self.begin(bearer), Ok) {
            Ok(note) => note,
            Err(error) => {
                log::warn!("{}: {error}; after a kill more messages will be in doubt", self.folder.display());
                return Witness::default();
            }
        };
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(bearer.to_owned(), Arc::clone(&note));
        Witness::new(move |id, part| note.write(id, part))
    }

    fn begin(&self, bearer: &str) -> io::Result<Arc<Note>> {
        let path = self.folder.join(bearer);
        let is_of_this_boot = self.read(bearer).is_some();
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path)?;
        let note = Note { path, file, boot: self.boot.clone() };
        if !is_of_this_boot {
            note.file.write_all_at(line(&note.boot, 0, 0).as_bytes(), 0)?;
        }
        Ok(Arc::new(note))
    }

    fn read(&self, bearer: &str) -> Option<(u64, u8)> {
        let text = fs::read_to_string(self.folder.join(bearer)).ok()?;
        let mut words = text.split_whitespace();
        let is_of_this_boot = words.next()? == self.boot;
        let noted = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        is_of_this_boot.then_some(noted)
    }
}

impl Note {
    fn write(&self, id: u64, part: u8) {
        if let Err(error) = self.file.write_all_at(line(&self.boot, id, part).as_bytes(), 0) {
            // A note that is not the truth would send a message twice; none at all leaves it in doubt.
            log::warn!("{}: {error}", self.path.display());
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Always as long, so that one write replaces another whole.
fn line(boot: &str, id: u64, part: u8) -> String {
    format!("{boot} {id:020} {part:03}\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::store::tests::Folder;

    #[test]
    fn a_note_is_believed_in_its_boot_alone() {
        let folder = Folder::new();
        let notes = |boot| Notes::of_boot(&folder.0.join("line"), boot).unwrap();
        let first = notes("boot-1");
        assert_eq!(first.has_left("sim1", 7, 0), None, "nothing is known of a bearer that was never here");
        let witness = first.witness("sim1");
        assert_eq!(first.has_left("sim1", 7, 0), Some(false));
        witness.leaves(7, 1);
        let again = notes("boot-1");
        let left = [(7, 0), (7, 1), (7, 2), (8, 0)].map(|(id, part)| again.has_left("sim1", id, part).unwrap());
        assert_eq!(left, [true, true, false, false]);
        // The next process goes on with what is there.
        let _next = again.witness("sim1");
        assert_eq!(again.has_left("sim1", 7, 1), Some(true));
        let other = notes("boot-2");
        assert_eq!(other.has_left("sim1", 7, 1), None, "the file may be older than the row");
        let _ = other.witness("sim1");
        assert_eq!(other.has_left("sim1", 7, 1), Some(false));
    }
}
