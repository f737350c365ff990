//! WHAT LEAVES THE TABLES: the mechanism of the hourly sweep. Each room says which of its own records are over
//! (`sms::retention`, `sites::retention`, …); here is how they go: deleted, or moved to the `archive`, in small chunks that
//! never hold up the writer.
//!
//! What bounds everything the box stores:
//!
//! | What | Goes |
//! |---|---|
//! | texts in and out | to the archive when closed and older than `keep_days` |
//! | marks of texts that came, so that one that comes twice is known | after 30 days |
//! | marks of forms that were sent, keys of the API | after 7 days |
//! | what programs are told happened | with the texts, after `keep_days` |
//! | addresses to be called back | with their message |
//! | addresses of pushes; which handsets open them | after 31 days; half a year after the last push |
//! | where a phone stands | `keep_days` after its last text |
//! | parts of long texts | answered after `partial_minutes`, dropped a day after |
//! | what visitors wrote | to the archive beyond what its kind keeps (`Kind::rows_kept`), the oldest first |
//! | a site's columns, goods and news | replaced as a whole by each import |
//! | pictures | a day after the last record that names them |
//! | files of the archive | `archive_months` after their month |
//! | opt-outs, votes and what else is once for ever | never: one for each person who said so |
//! | companies with their codes, names and order numbers | never, also when closed: one for each that was opened |
//! | counters, how far webhooks are, and the settings of this sweep | never: one for each name |
//!
//! Not here: when it runs (`app::keeper`), the journal's and the view's own files (`store`).

mod archive;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use archive::{Archive, Line, archived};

use crate::clock::Reading;
use crate::error::Result;
use crate::store::{Read, Record, Records, Store};

/// Records looked at, and at most taken away, in one go. As many as an import writes at once: no reply waits for long.
const CHUNK: usize = 100;

/// One run. Everything it does may be done again by the next, so a power cut or an error between two chunks does no harm.
pub struct Sweep<'a> {
    pub store: &'a Store,
    pub archive: &'a Archive,
    pub clock: Reading,
    /// How long what is closed stays in the tables.
    pub keep: Duration,
    /// The box is ending: what is not done yet is the next run's.
    pub ending: &'a AtomicBool,
    pub deleted: u64,
    pub archived: u64,
}

impl Sweep<'_> {
    /// Deletes the records under `prefix` that are over. Each is asked again inside the transaction that deletes it.
    pub fn delete<R: Record>(
        &mut self,
        prefix: &[u8],
        is_over: impl Fn(&dyn Read, &R) -> Result<bool> + Clone + Send + 'static,
    ) -> Result<()> {
        let (store, mut deleted) = (self.store, 0);
        self.each(prefix, None, |found| {
            let mut over = Vec::new();
            for (key, record) in found {
                if is_over(store, &record)? {
                    over.push(key);
                }
            }
            if over.is_empty() {
                return Ok(());
            }
            let is_over = is_over.clone();
            deleted += store.write_blocking(move |tx| {
                let mut deleted = 0;
                for key in over {
                    if let Some(record) = tx.get::<R>(&key)?
                        && is_over(&*tx, &record)?
                    {
                        tx.delete::<R>(&key)?;
                        deleted += 1;
                    }
                }
                Ok(deleted)
            })?;
            Ok(())
        })?;
        self.deleted += deleted;
        Ok(())
    }

    /// Moves the records under `prefix`, up to the key `last` if there is one, to the archive: those that `line` has a line
    /// for.
    pub fn archive<R: Record>(
        &mut self,
        prefix: &[u8],
        last: Option<&[u8]>,
        line: impl Fn(&[u8], &R) -> Result<Option<Line>>,
    ) -> Result<()> {
        let (store, archive, mut archived) = (self.store, self.archive, 0);
        self.each::<R>(prefix, last, |found| {
            let mut leaving = Vec::new();
            for (key, record) in &found {
                if line(key, record)?.is_some()
                    && let Some(one) = archive::Leaving::of(store, key, &line)?
                {
                    leaving.push(one);
                }
            }
            archived += archive.take::<R>(store, leaving)?;
            Ok(())
        })?;
        self.archived += archived;
        Ok(())
    }

    /// Shows the records under `prefix`, up to the key `last` if there is one, in chunks that one transaction may change.
    pub fn each<R: Record>(
        &self,
        prefix: &[u8],
        last: Option<&[u8]>,
        mut chunk: impl FnMut(Vec<(Vec<u8>, R)>) -> Result<()>,
    ) -> Result<()> {
        let mut after = None;
        while !self.ending.load(Ordering::Relaxed) {
            let mut found: Vec<(Vec<u8>, R)> = self.store.scan(prefix, after.as_deref(), CHUNK)?;
            if let Some(last) = last {
                found.retain(|(key, _)| key.as_slice() <= last);
            }
            let ended = found.len() < CHUNK;
            after = found.last().map(|(key, _)| key.clone());
            chunk(found)?;
            if ended {
                break;
            }
        }
        Ok(())
    }
}
