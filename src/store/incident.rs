//! What went wrong with the store and how it came out: kept in the store itself, so that pages, `doctor` and the hub
//! can say it. A gap is named, not hidden.

use serde::{Deserialize, Serialize};

use super::read::{Read, Records};
use super::record::{Never, Record};
use super::table::Table;
use super::tx::Tx;
use crate::clock::Time;
use crate::error::Result;

/// The oldest beyond these go.
const KEPT: usize = 32;

/// One thing that happened at a start, or while the box ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub at: Time,
    pub what: What,
    /// For who mends boxes, in English.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The view was damaged or gone and was made anew from snapshot and journal: nothing is lost.
    Rebuilt,
    /// The journal was damaged where the view had everything already: nothing is lost.
    Mended,
    /// These commits could not be read any more. The sequences are those of the epoch before.
    Lost { from: u64, to: u64 },
    /// Entries of a damaged snapshot are missing, nobody knows how many.
    Incomplete,
    /// The data came from a backup; what was committed after it was made is not here.
    Restored,
}

impl What {
    pub fn is_loss(self) -> bool {
        matches!(self, What::Lost { .. } | What::Incomplete)
    }
}

impl Record for Incident {
    const TABLE: Table = Table::Meta;
    const VERSION: u8 = 1;
    type Previous = Never;

    fn migrate(old: Never) -> Incident {
        match old {}
    }
}

const PREFIX: &[u8] = b"incident/";

/// The latest first.
pub fn incidents(read: &(impl Read + ?Sized)) -> Result<Vec<Incident>> {
    Ok(read.scan_back::<Incident>(PREFIX, None, KEPT)?.into_iter().map(|(_, incident)| incident).collect())
}

pub(super) fn note(tx: &mut Tx, incident: &Incident) -> Result<()> {
    let number = tx.next_id("incident")?;
    tx.put(&[PREFIX, &number.to_be_bytes()].concat(), incident)?;
    for (key, _) in tx.scan_back::<Incident>(PREFIX, None, KEPT * 2)?.into_iter().skip(KEPT) {
        tx.delete::<Incident>(&key)?;
    }
    Ok(())
}
