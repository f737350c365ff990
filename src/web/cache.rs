//! Rendered pages, kept until something shown was written or their own time is up.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;

use super::device::Rendering;
use crate::clock::Time;

/// The store's revision that a page was rendered from, and the clock's setting.
pub type Revision = (u64, u64);

/// One rendered page.
#[derive(Debug)]
pub struct Kept {
    pub status: u16,
    pub media_type: &'static str,
    pub rendering: Rendering,
    /// The choices of the address that cookies keep: `v=wml`.
    pub choices: Vec<String>,
    pub etag: String,
    pub plain: Bytes,
    /// Made for the first visitor who takes it; `None` inside if it is not worth it.
    pub gzip: OnceLock<Option<Bytes>>,
    pub revision: Revision,
    pub until: Option<Time>,
}

/// At most so many octets of pages: a box has 256 MiB, and a page is rendered in well under a millisecond.
const OCTETS_MAX: usize = 6 << 20;

#[derive(Default)]
pub struct Cache(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    by_key: HashMap<String, Arc<Kept>>,
    octets: usize,
}

impl Cache {
    /// The page, if nothing was written since and its time is not up.
    pub fn get(&self, key: &str, revision: Revision, now: Time) -> Option<Arc<Kept>> {
        let pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = pages.by_key.get(key)?;
        (kept.revision == revision && kept.until.is_none_or(|t| now < t)).then(|| Arc::clone(kept))
    }

    pub fn put(&self, key: String, kept: Arc<Kept>) {
        // The compressed form may come later, and is seldom more than a third.
        let beside = key.len() + 200;
        let size = |k: &Kept| k.plain.len() / 3 * 4 + beside;
        let mut pages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pages.octets + size(&kept) > OCTETS_MAX {
            // All at once: simpler than order of use, and the busy pages are back within a request each.
            pages.by_key.clear();
            pages.octets = 0;
        }
        pages.octets += size(&kept);
        if let Some(old) = pages.by_key.insert(key, kept) {
            pages.octets -= size(&old);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_by_octets() {
        let cache = Cache::default();
        let kept = |octets: usize| {
            Arc::new(Kept {
                status: 200,
                media_type: "image/jpeg",
                rendering: Rendering::Html,
                choices: Vec::new(),
                etag: String::new(),
                plain: Bytes::from(vec![7; octets]),
                gzip: OnceLock::new(),
                revision: Revision::default(),
                until: None,
            })
        };
        let mut most = 0;
        for n in 0..5000_usize {
            // Small and large ones, some of them again.
            cache.put(format!("{}", n % 1700), kept(n * 37 % 12_800));
            let pages = cache.0.lock().unwrap_or_else(PoisonError::into_inner);
            let held: usize = pages.by_key.iter().map(|(key, kept)| key.len() + kept.plain.len()).sum();
            assert!(held <= pages.octets && pages.octets <= OCTETS_MAX, "{held} of {}", pages.octets);
            most = most.max(held);
        }
        assert!(most > OCTETS_MAX / 2, "{most}");
    }
}
