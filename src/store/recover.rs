//! From files to an open store: the view is opened, or made anew from snapshot and journal, and brought to where the
//! journal ends.
//!
//! ```text
//! view opens and counts right ──────────────┐
//! damaged, gone, suspect → newest whole     ├─ journal behind it, over gaps ─ gaps? new epoch ─ ready
//!                          snapshot, or all │
//! ```
//! Nothing acknowledged is left out while it can be read anywhere; what cannot is named (`Incident`), and the box runs.
//! What stops a start is what another attempt or a newer program can cure: permissions, a full disk, another process,
//! an unknown format.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::changes::Changes;
use super::incident::What;
use super::journal::{Journal, Met, bytes_behind, replay};
use super::snapshot;
use super::view::shelf::Shelf;
use super::view::{Trouble, View};
use crate::error::Result;

/// How far a start has come, for whoever waits for it: octets of snapshot and journal.
#[derive(Default)]
pub struct Progress {
    pub done_bytes: AtomicU64,
    pub total_bytes: AtomicU64,
}

/// What happened on the way: for the store to note once it can be written to.
pub(super) type Happened = Vec<(What, String)>;

/// Opens the view of `data` as of the journal's end.
pub(super) fn recover(
    data: &Path,
    journal: &mut Journal,
    shelf: &mut Shelf,
    cache_bytes: u64,
    progress: &Progress,
) -> Result<(View, Happened)> {
    snapshot::make_directory(data)?;
    let mut happened = Happened::new();
    let opened = match open_current(shelf, cache_bytes)? {
        Ok(view) => catch_up(data, view, journal, &mut happened, progress)?,
        Err(why) => Err(why),
    };
    let view = match opened {
        Ok(view) => view,
        Err(why) => anew(data, journal, shelf, cache_bytes, why, &mut happened, progress)?,
    };
    let applied = view.last();
    if applied > journal.last() {
        // Only a device that lost what it had confirmed, or a hand in the directory, leads here. The view has more of
        // what was acknowledged, so it is kept.
        let detail = format!("the journal ended at {}, the view at {applied}; a new epoch begins", journal.last());
        happened.push((What::Mended, detail));
    } else if journal.has_gap() && !happened.iter().any(|(what, _)| what.is_loss()) {
        happened.push((What::Mended, "the journal is damaged, the view had what it held".to_owned()));
    }
    for (what, detail) in &happened {
        log::error!("store: {what:?}: {detail}");
    }
    if applied > journal.last() || journal.has_gap() || happened.iter().any(|(what, _)| what.is_loss()) {
        let last = applied.max(journal.last());
        // Over a gap at the end too, so that it is named once.
        view.apply(Changes::default(), last)?;
        view.checkpoint()?;
        journal.restart(last)?;
    }
    shelf.end_opening()?;
    Ok((view, happened))
}

/// The view in use, or why there is none: `None` in a directory that never had one.
fn open_current(shelf: &Shelf, cache_bytes: u64) -> Result<std::result::Result<View, Option<String>>> {
    let Some(dir) = shelf.current() else { return Ok(Err(None)) };
    if let Some(why) = shelf.begin_opening()? {
        return Ok(Err(Some(why)));
    }
    match View::open(&dir, cache_bytes) {
        Ok(view) => Ok(Ok(view)),
        Err(Trouble::Damaged(why)) => Ok(Err(Some(why))),
        Err(Trouble::Other(error)) => Err(error),
    }
}

/// Brings an opened view to the journal's end; or why it cannot be, when a snapshot can.
fn catch_up(
    data: &Path,
    view: View,
    journal: &Journal,
    happened: &mut Happened,
    progress: &Progress,
) -> Result<std::result::Result<View, Option<String>>> {
    let begin = view.last();
    let mut met = Happened::new();
    follow(&view, journal.dir(), journal.last(), &mut met, progress)?;
    // sled takes what it lost of its log's end for never written; to the count that is an older view, which is whole.
    if !met.is_empty() && newest_whole(data)?.is_some_and(|sequence| sequence > begin) {
        return Ok(Err(Some(format!("it ends at commit {begin}, where the journal does not go on"))));
    }
    happened.append(&mut met);
    Ok(Ok(view))
}

/// Another view in place of the one in use.
fn anew(
    data: &Path,
    journal: &Journal,
    shelf: &mut Shelf,
    cache_bytes: u64,
    why: Option<String>,
    happened: &mut Happened,
    progress: &Progress,
) -> Result<View> {
    let damaged = shelf.current();
    let is_first = damaged.is_none() && journal.last() == 0 && snapshot::list(data)?.is_empty();
    if !is_first {
        log::warn!("store: {}; making another view", why.as_deref().unwrap_or("the view is gone"));
    }
    let (view, mut met) = build(data, shelf, (journal.dir(), journal.last()), cache_bytes, progress)?;
    let is_loss = met.iter().any(|(what, _)| what.is_loss());
    shelf.turn()?;
    match damaged {
        // Whoever can read more of sled's files than sled finds them here.
        Some(place) if is_loss => shelf.keep_damaged(&place)?,
        _ => shelf.remove_others()?,
    }
    if !is_first {
        let why = why.map_or_else(|| "the view was gone".to_owned(), |why| format!("the view was damaged: {why}"));
        happened.push((What::Rebuilt, why));
    }
    happened.append(&mut met);
    Ok(view)
}

/// A view beside the one in use, from the newest whole snapshot and the journal up to `last`; durable.
pub(super) fn build(
    data: &Path,
    shelf: &Shelf,
    (journal, last): (&Path, u64),
    cache_bytes: u64,
    progress: &Progress,
) -> Result<(View, Happened)> {
    let mut happened = Happened::new();
    let view = View::make(&shelf.next()?, cache_bytes)?;
    let chosen = choose(data, &mut happened)?;
    if let Some(sequence) = chosen {
        let path = snapshot::path_of(data, sequence);
        let bytes = std::fs::metadata(&path).map_or(0, |found| found.len());
        progress.total_bytes.fetch_add(bytes, Ordering::Relaxed);
        snapshot::read(&path, &mut |changes| {
            progress.done_bytes.fetch_add(changes.bytes() as u64, Ordering::Relaxed);
            // Not yet the view of any commit: should sled one day fall back to here, it must not be taken for one.
            view.apply(changes, 0)
        })?;
    }
    view.apply(Changes::default(), chosen.unwrap_or(0))?;
    follow(&view, journal, last, &mut happened, progress)?;
    view.checkpoint()?;
    Ok((view, happened))
}

/// The newest snapshot that is whole; if none is, the newest, and what that means.
fn choose(data: &Path, happened: &mut Happened) -> Result<Option<u64>> {
    if let Some(sequence) = newest_whole(data)? {
        return Ok(Some(sequence));
    }
    let newest = snapshot::list(data)?.last().copied();
    if let Some(sequence) = newest {
        let detail = format!("no snapshot is whole; of that of commit {sequence} the begin was read");
        happened.push((What::Incomplete, detail));
    }
    Ok(newest)
}

fn newest_whole(data: &Path) -> Result<Option<u64>> {
    for sequence in snapshot::list(data)?.into_iter().rev() {
        if snapshot::read(&snapshot::path_of(data, sequence), &mut |_| Ok(()))? {
            return Ok(Some(sequence));
        }
        log::error!("store: the snapshot of commit {sequence} is damaged");
    }
    Ok(None)
}

/// Applies what the journal holds behind the view.
pub(super) fn follow(
    view: &View,
    journal: &Path,
    last: u64,
    happened: &mut Happened,
    progress: &Progress,
) -> Result<()> {
    let after = view.last();
    progress.total_bytes.fetch_add(bytes_behind(journal, after)?, Ordering::Relaxed);
    replay(journal, after, last, &mut |met| {
        let group = match met {
            Met::Group(group) => group,
            Met::Gap(gap) => {
                let (from, to) = (gap.from, gap.to);
                happened.push((What::Lost { from, to }, format!("the journal does not hold commits {from} to {to}")));
                return Ok(());
            }
        };
        let (mut changes, last) = (Changes::default(), group.last());
        group.commits.into_iter().for_each(|commit| changes.absorb(commit));
        progress.done_bytes.fetch_add(changes.bytes() as u64, Ordering::Relaxed);
        view.apply(changes, last)
    })?;
    if view.last() > after {
        log::info!("store: replayed commits {} to {}", after + 1, view.last());
    }
    Ok(())
}
