//! Reading, the same on the store (what is committed) and inside a transaction (its own changes over the group's over
//! what is committed).
//!
//! `Read` is what a store must offer and can be a `dyn`; `Records` adds the types and is there for every `Read`. Not
//! here: snapshots. Each call sees whole commits only, but two calls may have a commit between them; what must agree
//! is read inside a transaction.

use std::ops::Bound;

use super::record::{self, Record};
use super::table::Table;
use crate::error::Result;

/// A key and the stored octets.
pub type Pair = (Vec<u8>, Vec<u8>);

/// Octets by key. On the store from any thread; a point read seldom waits, a long range belongs off async workers.
pub trait Read {
    fn raw(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// At most `limit` pairs in the order of keys (octets compared as numbers), or from the end when `reverse`.
    fn range(
        &self,
        table: Table,
        from: Bound<Vec<u8>>,
        to: Bound<Vec<u8>>,
        reverse: bool,
        limit: usize,
    ) -> Result<Vec<Pair>>;
}

/// Records by key. A record that cannot be decoded fails the whole call: to pass over it would be to lose it silently.
pub trait Records: Read {
    fn get<R: Record>(&self, key: &[u8]) -> Result<Option<R>> {
        self.raw(R::TABLE, key)?.map(|bytes| record::decode(&bytes)).transpose()
    }

    /// At most `limit` records whose key begins with `prefix`, lowest key first, beginning behind the key `after`.
    fn scan<R: Record>(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<(Vec<u8>, R)>> {
        let from = match after {
            // A cursor that someone made up may lie before the prefix; it then leaves nothing out.
            Some(after) if after >= prefix => Bound::Excluded(after.to_vec()),
            _ => Bound::Included(prefix.to_vec()),
        };
        decode_all(self.range(R::TABLE, from, end_of(prefix), false, limit)?)
    }

    /// At most `limit` records whose key begins with `prefix`, highest key first, beginning in front of `before`.
    fn scan_back<R: Record>(&self, prefix: &[u8], before: Option<&[u8]>, limit: usize) -> Result<Vec<(Vec<u8>, R)>> {
        let end = end_of(prefix);
        let to = match (before, &end) {
            (Some(before), Bound::Excluded(end)) if before >= end.as_slice() => Bound::Excluded(end.clone()),
            (Some(before), _) => Bound::Excluded(before.to_vec()),
            (None, _) => end,
        };
        decode_all(self.range(R::TABLE, Bound::Included(prefix.to_vec()), to, true, limit)?)
    }
}

impl<T: Read + ?Sized> Records for T {}

fn decode_all<R: Record>(pairs: Vec<Pair>) -> Result<Vec<(Vec<u8>, R)>> {
    pairs.into_iter().map(|(key, bytes)| Ok((key, record::decode(&bytes)?))).collect()
}

/// The first key behind all that begin with `prefix`.
fn end_of(prefix: &[u8]) -> Bound<Vec<u8>> {
    match prefix.iter().rposition(|octet| *octet < u8::MAX) {
        Some(place) => {
            let mut end = prefix[..=place].to_vec();
            end[place] += 1;
            Bound::Excluded(end)
        }
        None => Bound::Unbounded,
    }
}

/// Whether no key can lie between. Asked first, because a `BTreeMap` panics on a range that runs backwards.
pub(super) fn is_void(from: &Bound<Vec<u8>>, to: &Bound<Vec<u8>>) -> bool {
    match (from, to) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(from), Bound::Included(to)) => from > to,
        (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => from >= to,
    }
}
