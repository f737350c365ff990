//! The archive: `<data>/archive/<kind>-<year>-<month>.jsonl`, one line of JSON for each record, for who has to answer for
//! it later. Nothing in the box reads them.
//!
//! **Exactly once, across power cuts.** Lines are appended and synced; then one transaction deletes their records and notes
//! the file's new length. Before each append the file is cut to the length that is noted: what stands behind it was
//! not taken out of the tables. A record that changed after its line was written stays, and so do those beside it.
//!
//! Not here: which records are over, and who may read the files (mode 0600: the box's own user).

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Time;
use crate::error::{Error, Result};
use crate::store::{Never, Read, Record, Records, Store, Table};

/// What stands behind the noted length of a file after a power cut: a chunk of lines, of at most 32 KiB each as JSON may
/// double it. More is not ours to cut.
const CUT_BYTES_MAX: u64 = 8 << 20;

/// What the archive keeps of a record.
pub struct Line {
    /// The file it goes to: texts, rows.
    pub kind: &'static str,
    /// Its month.
    pub made: Time,
    pub value: Value,
}

/// A record with its line, as it was when the line was written.
pub struct Leaving {
    key: Vec<u8>,
    stored: Vec<u8>,
    line: Line,
}

/// How far a file is good.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Noted {
    length: u64,
}

/// How far a table has gone to the archive.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gone {
    /// The highest key that went.
    pub last: Vec<u8>,
    /// How many records, since the box was set up.
    pub records: u64,
}

macro_rules! meta {
    ($type:ty) => {
        impl Record for $type {
            const TABLE: Table = Table::Meta;
            const VERSION: u8 = 1;
            type Previous = Never;

            fn migrate(old: Never) -> Self {
                match old {}
            }
        }
    };
}

meta!(Noted);
meta!(Gone);

/// How far `table` has gone to the archive: a key that is not in the table and not above `last` was there once.
pub fn archived(read: &dyn Read, table: Table) -> Result<Gone> {
    Ok(read.get(&gone_key(table))?.unwrap_or_default())
}

impl Leaving {
    /// A record as it stands now; `None` if it is no longer there or no longer has a line.
    pub(super) fn of<R: Record>(
        store: &Store,
        key: &[u8],
        line: impl Fn(&[u8], &R) -> Result<Option<Line>>,
    ) -> Result<Option<Leaving>> {
        // The octets first: a record that changes before it is decoded is then seen to have changed.
        let Some(stored) = store.raw(R::TABLE, key)? else { return Ok(None) };
        let Some(record) = store.get::<R>(key)? else { return Ok(None) };
        let line = line(key, &record)?;
        Ok(line.map(|line| Leaving { key: key.to_owned(), stored, line }))
    }
}

/// The folder of the archive.
pub struct Archive {
    dir: PathBuf,
    zone: TimeZone,
}

impl Archive {
    /// Makes nothing yet. Months are those of `zone`.
    pub fn new(data: &Path, zone: TimeZone) -> Archive {
        Archive { dir: data.join("archive"), zone }
    }

    pub fn folder(&self) -> &Path {
        &self.dir
    }

    /// Moves records out of the tables; says how many went.
    pub(super) fn take<R: Record>(&self, store: &Store, leaving: Vec<Leaving>) -> Result<u64> {
        let mut files: BTreeMap<String, Vec<Leaving>> = BTreeMap::new();
        for one in leaving {
            let at = one.line.made.civil(&self.zone);
            let name = format!("{}-{:04}-{:02}.jsonl", one.line.kind, at.year(), at.month());
            files.entry(name).or_default().push(one);
        }
        let mut went = 0;
        for (name, leaving) in files {
            went += self.take_to::<R>(store, &name, leaving)?;
        }
        Ok(went)
    }

    fn take_to<R: Record>(&self, store: &Store, name: &str, leaving: Vec<Leaving>) -> Result<u64> {
        let mut lines = Vec::new();
        for one in &leaving {
            serde_json::to_writer(&mut lines, &one.line.value).map_err(Error::internal)?;
            lines.push(b'\n');
        }
        let key = noted_key(name);
        let noted: Noted = store.get(&key)?.unwrap_or_default();
        let length = self.append(name, noted.length, &lines)?;
        let count = leaving.len() as u64;
        let moved = store.write_blocking(move |tx| {
            let mut gone = archived(tx, R::TABLE)?;
            for one in leaving {
                if tx.raw(R::TABLE, &one.key)?.as_ref() != Some(&one.stored) {
                    return Err(Error::Busy);
                }
                tx.delete::<R>(&one.key)?;
                gone.last = gone.last.max(one.key);
            }
            gone.records += count;
            tx.put(&gone_key(R::TABLE), &gone)?;
            tx.put(&key, &Noted { length })
        });
        match moved {
            Ok(()) => Ok(count),
            // One of them changed meanwhile; the next run finds them again.
            Err(Error::Busy) => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Appends to what is good of the file, its first `noted` octets; durable when this returns. Says how long it is now.
    fn append(&self, name: &str, noted: u64, lines: &[u8]) -> Result<u64> {
        if !self.dir.is_dir() {
            DirBuilder::new().recursive(true).mode(0o700).create(&self.dir).map_err(failed("making", &self.dir))?;
            self.dir.parent().map_or(Ok(()), sync)?;
        }
        let path = self.dir.join(name);
        let there = fs::metadata(&path).map_or(0, |found| found.len());
        let mut good = there.min(noted);
        if there > noted + CUT_BYTES_MAX {
            // The note was lost, not the lines: they are worth more than the file's name.
            let aside = self.dir.join(format!("{name}.{there}"));
            log::error!("archive: {} is longer than was noted and is put aside as {}", path.display(), aside.display());
            fs::rename(&path, &aside).map_err(failed("putting aside", &path))?;
            good = 0;
        } else if there < noted {
            log::error!("archive: {} has lost {} octets", path.display(), noted - there);
        }
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(failed("opening", &path))?;
        let written = file.set_len(good).and_then(|()| file.write_all_at(lines, good)).and_then(|()| file.sync_all());
        written.map_err(failed("appending to", &path))?;
        if good == 0 {
            sync(&self.dir)?;
        }
        Ok(good + lines.len() as u64)
    }

    /// Removes the files whose month ended more than `months` months ago, and their notes.
    pub fn drop_old(&self, store: &Store, now: Time, months: u32) -> Result<()> {
        let today = now.civil(&self.zone);
        let first_kept = i32::from(today.year()) * 12 + i32::from(today.month()) - 1 - months as i32;
        let is_old = |name: &str| month_of(name).is_some_and(|month| month < first_kept);
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(failed("reading", &self.dir)(e)),
        };
        for entry in entries {
            let entry = entry.map_err(failed("reading", &self.dir))?;
            if is_old(&entry.file_name().to_string_lossy()) {
                fs::remove_file(entry.path()).map_err(failed("removing", &entry.path()))?;
                log::info!("archive: {} is over and removed", entry.path().display());
            }
        }
        let noted: Vec<(Vec<u8>, Noted)> = store.scan(NOTED, None, usize::MAX)?;
        let keys: Vec<Vec<u8>> = noted.into_iter().map(|(key, _)| key).collect();
        let old: Vec<Vec<u8>> =
            keys.into_iter().filter(|key| is_old(&String::from_utf8_lossy(&key[NOTED.len()..]))).collect();
        if old.is_empty() {
            return Ok(());
        }
        store.write_blocking(move |tx| old.iter().try_for_each(|key| tx.delete::<Noted>(key)))
    }
}

/// Months since the year 0 of `texts-2026-11.jsonl` and of what was put aside under that name.
fn month_of(name: &str) -> Option<i32> {
    let (_, rest) = name.split_once('-')?;
    let (year, rest) = rest.split_once('-')?;
    let (month, _) = rest.split_once(".jsonl")?;
    Some(year.parse::<i32>().ok()? * 12 + month.parse::<i32>().ok()? - 1)
}

const NOTED: &[u8] = b"archive/file/";

fn noted_key(name: &str) -> Vec<u8> {
    [NOTED, name.as_bytes()].concat()
}

fn gone_key(table: Table) -> Vec<u8> {
    format!("archive/table/{}", table.name()).into_bytes()
}

fn sync(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|file| file.sync_all()).map_err(failed("syncing", dir))
}

fn failed<'a>(doing: &'a str, path: &'a Path) -> impl FnOnce(io::Error) -> Error + 'a {
    move |e| match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::Full,
        _ => Error::internal(format_args!("{doing} {}: {e}", path.display())),
    }
}
