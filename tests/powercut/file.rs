//! One file of `disk`: what is durable of its contents, and what was done since. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chance::Chance;

/// The page cache's unit, written back as a whole.
const PAGE_BYTES: usize = 4096;
/// What a device writes whole.
const SECTOR_BYTES: usize = 512;

#[derive(Clone, Debug)]
pub enum Edit {
    Write(usize, Arc<[u8]>),
    /// A shorter length than before.
    Cut(usize),
    /// At least this length.
    Grow(usize),
}

#[derive(Default)]
pub struct File {
    durable: Vec<u8>,
    /// As a process sees it.
    now: Vec<u8>,
    /// Not durable: the step of the trace, and what was done.
    edits: Vec<(usize, Edit)>,
}

impl File {
    /// A file that is durable as it is.
    pub fn of(bytes: Vec<u8>) -> File {
        File { durable: bytes.clone(), now: bytes, edits: Vec::new() }
    }

    pub fn contents(&self) -> &[u8] {
        &self.now
    }

    pub fn edit(&mut self, step: usize, edit: Edit) {
        edit.apply(&mut self.now);
        self.edits.push((step, edit));
    }

    /// What was done in the steps before `began` is durable.
    pub fn sync(&mut self, began: usize) {
        let covered = self.edits.partition_point(|(step, _)| *step < began);
        for (_, edit) in self.edits.drain(..covered) {
            edit.apply(&mut self.durable);
        }
    }

    pub fn after_cut(&self, chance: &mut Chance) -> Vec<u8> {
        let edits: Vec<&Edit> = self.edits.iter().map(|(_, edit)| edit).collect();
        let lengths = chance.part(edits.len());
        let likely = chance.part(100);
        let length = edits[..lengths].iter().fold(self.durable.len(), |length, edit| edit.length(length));
        let mut bytes = self.durable.clone();
        bytes.resize(length, 0);
        for (page, touching) in self.pages(&edits) {
            let start = page * PAGE_BYTES;
            if start >= length {
                continue;
            }
            let (low, high) = versions(&edits, &touching, lengths);
            let first = draw(low, high, likely, chance);
            let mut found = self.page(page, &edits, &touching[..first]);
            if chance.one_in(8) {
                let second = draw(low, high, likely, chance);
                let other = self.page(page, &edits, &touching[..second]);
                for (sector, newer) in found.chunks_mut(SECTOR_BYTES).zip(other.chunks(SECTOR_BYTES)) {
                    if chance.one_in(2) {
                        sector.copy_from_slice(newer);
                    }
                }
            }
            let end = length.min(start + PAGE_BYTES);
            bytes[start..end].copy_from_slice(&found[..end - start]);
        }
        bytes
    }

    /// The pages that are not durable, with the places of the edits that touch them.
    fn pages(&self, edits: &[&Edit]) -> BTreeMap<usize, Vec<usize>> {
        let end = edits.iter().fold(self.durable.len(), |end, edit| end.max(edit.length(end)));
        let mut pages: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, edit) in edits.iter().enumerate() {
            let (from, to) = match edit {
                Edit::Write(offset, bytes) => (*offset, offset + bytes.len()),
                Edit::Cut(length) => (*length, end),
                Edit::Grow(_) => continue,
            };
            for page in from / PAGE_BYTES..to.div_ceil(PAGE_BYTES) {
                pages.entry(page).or_default().push(place);
            }
        }
        pages
    }

    /// A page as it was after these edits.
    fn page(&self, page: usize, edits: &[&Edit], done: &[usize]) -> Vec<u8> {
        let start = page * PAGE_BYTES;
        let mut found =
            self.durable.get(start..).map_or(Vec::new(), |rest| rest[..rest.len().min(PAGE_BYTES)].to_vec());
        found.resize(PAGE_BYTES, 0);
        for place in done {
            match edits[*place] {
                Edit::Write(offset, bytes) => {
                    let (from, to) = (start.max(*offset), (start + PAGE_BYTES).min(offset + bytes.len()));
                    found[from - start..to - start].copy_from_slice(&bytes[from - offset..to - offset]);
                }
                Edit::Cut(length) => found[length.saturating_sub(start).min(PAGE_BYTES)..].fill(0),
                Edit::Grow(_) => {}
            }
        }
        found
    }
}

impl Edit {
    fn apply(&self, bytes: &mut Vec<u8>) {
        bytes.resize(self.length(bytes.len()), 0);
        if let Edit::Write(offset, written) = self {
            bytes[*offset..offset + written.len()].copy_from_slice(written);
        }
    }

    /// The length that it makes of another.
    fn length(&self, before: usize) -> usize {
        match self {
            Edit::Write(offset, bytes) => before.max(offset + bytes.len()),
            Edit::Cut(length) => before.min(*length),
            Edit::Grow(length) => before.max(*length),
        }
    }
}

/// The least and the most of the edits touching a page that it may show, when of all edits' lengths the first `lengths`
/// arrived: a cut that arrived is seen on the page, and nothing from behind one that did not.
fn versions(edits: &[&Edit], touching: &[usize], lengths: usize) -> (usize, usize) {
    let is_cut = |place: &usize| matches!(edits[*place], Edit::Cut(_));
    let low = touching.iter().rposition(|place| *place < lengths && is_cut(place)).map_or(0, |place| place + 1);
    let high = touching.iter().position(|place| *place >= lengths && is_cut(place)).unwrap_or(touching.len());
    (low, high)
}

fn draw(low: usize, high: usize, likely_percent: usize, chance: &mut Chance) -> usize {
    if chance.below(100) < likely_percent {
        high
    } else if chance.one_in(4) {
        low + chance.below(high - low + 1)
    } else {
        low
    }
}
