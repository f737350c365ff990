//! All transactions of one port: LISTEN, the bounds, and the timers in their order. Pure.
//!
//! Whoever is not known gets at most a question of three octets or a refusal of five for what it sent; only who has
//! answered that question is sent results, and sent them again (`tids`). What an answer proves is that the source takes
//! part: WTP has no secret that one who forges it could not guess, so the ports belong in closed networks all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use super::pdu::{Invoke, Packet, Pdu, Place, RESPONDER, reason, split};
use super::tids::Tids;
use super::transaction::{Cx, Event, Next, Transaction};
use super::{Indication, Key, Out, Timers};

pub struct Responder {
    timers: Timers,
    bounds: Bounds,
    tids: Tids,
    open: BTreeMap<Key, Transaction>,
    due: BTreeSet<(Duration, Key)>,
    /// Of those whose source has not answered yet.
    unproved: usize,
    octets: usize,
}

#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Sources that are remembered.
    pub sources: usize,
    pub transactions: usize,
    /// Transactions of sources that have not answered yet.
    pub unproved: usize,
    /// Open at one time from one source: phones have one to four.
    pub per_source: usize,
    /// Octets of messages that are kept for being joined or sent again.
    pub octets: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { sources: 20_000, transactions: 4096, unproved: 1024, per_source: 16, octets: 8 << 20 }
    }
}

/// PDUs that are read of one datagram: phones put two in one, and each may be answered by a datagram, whose heads count too
/// when somebody forges a sender.
const CONCATENATED_MAX: usize = 4;

impl Responder {
    pub fn new(timers: Timers, bounds: Bounds) -> Responder {
        Responder {
            timers,
            bounds,
            tids: Tids::new(bounds.sources),
            open: BTreeMap::new(),
            due: BTreeSet::new(),
            unproved: 0,
            octets: 0,
        }
    }

    pub fn datagram(&mut self, peer: SocketAddr, octets: &[u8], now: Duration, out: &mut Out) {
        for pdu in split(octets).take(CONCATENATED_MAX) {
            // Not answered, whatever it is: two that answer each other's errors would never end.
            let Ok(packet) = Packet::read(pdu) else { continue };
            // A responder's own: ours, come back.
            if packet.tid & RESPONDER != 0 {
                continue;
            }
            let key = Key { peer, tid: packet.tid };
            // Class 0 has no transaction, and phones give it the number of the one before.
            let leaves_nothing = matches!(packet.pdu, Pdu::Invoke(Invoke { class: 0, .. }));
            if !leaves_nothing && self.open.contains_key(&key) {
                self.step(key, Event::Received(&packet), now, out);
                continue;
            }
            match packet.pdu {
                Pdu::Invoke(invoke) => self.listen(key, &invoke, now, out),
                // Its message's beginning was lost, or we were: five octets ask for it.
                Pdu::SegmentedInvoke { place, .. } if place != Place::Within => {
                    let mut cx = Cx { key, now, timers: &self.timers, out };
                    cx.send(None, Pdu::NegativeAck { again: false, missing: &[0] });
                }
                _ => {}
            }
        }
    }

    /// The user has taken it (TR-Invoke.res).
    pub fn accept(&mut self, key: Key, now: Duration, out: &mut Out) {
        self.step(key, Event::Accept, now, out);
    }

    pub fn result(&mut self, key: Key, data: Vec<u8>, now: Duration, out: &mut Out) {
        self.step(key, Event::Result(data), now, out);
    }

    pub fn abort(&mut self, key: Key, reason: u8, now: Duration, out: &mut Out) {
        self.step(key, Event::Abort(reason), now, out);
    }

    /// What has run out by now.
    pub fn time(&mut self, now: Duration, out: &mut Out) {
        while let Some((due, key)) = self.due.first().copied()
            && due <= now
        {
            self.step(key, Event::TimesOut, now, out);
        }
    }

    /// When something runs out next.
    pub fn next_due(&self) -> Option<Duration> {
        self.due.first().map(|(due, _)| *due)
    }

    pub fn open(&self) -> usize {
        self.open.len()
    }

    fn listen(&mut self, key: Key, invoke: &Invoke, now: Duration, out: &mut Out) {
        let Responder { timers, bounds, .. } = self;
        let mut cx = Cx { key, now, timers, out };
        let mut refuse = |reason| cx.send(None, Pdu::Abort { user: false, reason });
        if invoke.version != 0 {
            return refuse(reason::VERSION_ZERO);
        }
        match invoke.class {
            1 | 2 => {}
            0 if invoke.place.ends_message() => {
                return out.indications.push(Indication::Invoke { key, class: 0, data: invoke.data.to_vec() });
            }
            0 => return,
            _ => return refuse(reason::PROTOCOL_ERROR),
        }
        let first = Key { tid: 0, ..key };
        let of_source = self.open.range(first..=Key { tid: u16::MAX, ..key }).count();
        let full = self.open.len() >= bounds.transactions || self.octets + invoke.data.len() > bounds.octets;
        if full || of_source >= bounds.per_source {
            return refuse(reason::CAPACITY);
        }
        let transaction = if self.tids.accepts(key.peer, key.tid, invoke.tid_new, now) {
            Transaction::begun(invoke, &mut cx)
        } else if self.unproved < bounds.unproved {
            Transaction::questioned(invoke, &mut cx)
        } else {
            // It tries again, and those before it have answered or are gone by then.
            return;
        };
        self.keep(key, transaction);
    }

    fn keep(&mut self, key: Key, transaction: Transaction) {
        self.unproved += usize::from(transaction.is_unproved());
        self.octets += transaction.octets();
        self.due.insert((transaction.due, key));
        self.open.insert(key, transaction);
    }

    /// One that is over by now is not there, and nothing happens.
    fn step(&mut self, key: Key, event: Event, now: Duration, out: &mut Out) {
        let Some(mut transaction) = self.open.remove(&key) else { return };
        self.due.remove(&(transaction.due, key));
        self.unproved -= usize::from(transaction.is_unproved());
        self.octets -= transaction.octets();
        match transaction.step(event, &mut Cx { key, now, timers: &self.timers, out }) {
            Next::Ends => return,
            Next::Verified => self.tids.verified(key.peer, key.tid, transaction.is_tid_new(), now),
            Next::Stays => {}
        }
        self.keep(key, transaction);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
