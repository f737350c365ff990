//! WTP (WAP-224): transactions over datagrams. `pdu` is its octets, `transaction` one transaction's states, `sar` long
//! messages in segments, `tids` which numbers are believed, `responder` the table of all. Pure: datagrams and time in,
//! datagrams and indications out.
//!
//! Not here: the initiator's part (no push by UDP), extended segmentation, Error PDUs' options other than the number of a
//! segment.

pub mod pdu;
pub mod responder;
pub mod sar;
mod tids;
mod transaction;

use std::time::Duration;

use super::peer::Peer;

/// A transaction: who began it, and under which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    pub peer: Peer,
    pub tid: u16,
}

/// What the user of WTP is told (the standard's `.ind` and `.cnf` primitives).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Indication {
    Invoke {
        key: Key,
        class: u8,
        data: Vec<u8>,
        /// Octets of the longest result that can be sent.
        result_max: usize,
    },
    /// The initiator has the result.
    Confirmed(Key),
    /// It came to nothing. `user`: the initiator's own user said so.
    Aborted { key: Key, user: bool, reason: u8 },
}

/// What a step leads to.
#[derive(Debug, Default)]
pub struct Out {
    pub datagrams: Vec<(Peer, Vec<u8>)>,
    pub indications: Vec<Indication>,
}

/// Intervals and counters (WAP-224, 9.4.2). The standard's table by bearer is in an appendix nobody here has; these are
/// what Kannel has served phones with over UDP.
#[derive(Clone, Copy, Debug)]
pub struct Timers {
    /// A: after so long without a result the initiator is told to be patient.
    pub acknowledgement: Duration,
    /// R: so long until something is sent again.
    pub retry: Duration,
    /// W: how long an initiator's next step is waited for.
    pub wait: Duration,
    /// AEC: how often it is told to be patient.
    pub acknowledgements_max: u8,
    /// RCR: how often something is sent again.
    pub retries_max: u8,
}

impl Default for Timers {
    fn default() -> Timers {
        Timers {
            acknowledgement: Duration::from_secs(4),
            retry: Duration::from_secs(7),
            wait: Duration::from_secs(30),
            acknowledgements_max: 6,
            retries_max: 8,
        }
    }
}
