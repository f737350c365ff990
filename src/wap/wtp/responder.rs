//! All transactions of one port: LISTEN, the bounds, and the timers in their order. Pure.
//!
//! Whoever is not known gets at most a question of three octets or a refusal of five for what it sent; only who has
//! answered that question is sent results, and only who has acknowledged one is sent them again more than once (`tids`).
//! What an answer proves is that the source takes part: WTP has no secret that one who forges it could not guess, so the
//! ports belong in closed networks all the same.
//!
//! What is kept is bounded in all and for each machine, whatever ports it sends from (`peer::Machine`). When there is no
//! room those make it whose source has not answered, the oldest first.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::pdu::{Invoke, Packet, Pdu, Place, RESPONDER, reason, split};
use super::tids::Tids;
use super::transaction::{Cx, Event, Next, Transaction};
use super::{Indication, Key, Out, Timers};
use crate::wap::peer::{Machine, Peer};

pub struct Responder {
    timers: Timers,
    bounds: Bounds,
    tids: Tids,
    open: BTreeMap<Key, Transaction>,
    due: BTreeSet<(Duration, Key)>,
    /// Those of `due` whose source has not answered yet.
    unproved: BTreeSet<(Duration, Key)>,
    octets: usize,
}

#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Sources that are remembered.
    pub sources: usize,
    pub transactions: usize,
    /// Transactions of sources that have not answered yet, and what one machine may have of them.
    pub unproved: usize,
    pub unproved_of_one: usize,
    /// Octets of messages that are kept for being joined or sent again.
    pub octets: usize,
    /// Of those, what one machine may have: a phone has one to four transactions, and a network's address many phones.
    pub transactions_of_one: usize,
    pub octets_of_one: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            sources: 20_000,
            transactions: 4096,
            unproved: 1024,
            unproved_of_one: 64,
            octets: 8 << 20,
            transactions_of_one: 256,
            octets_of_one: 512 << 10,
        }
    }
}

/// PDUs that are read of one datagram: phones put two in one, and each may be answered by a datagram, whose heads count too
/// when somebody forges a sender.
const CONCATENATED_MAX: usize = 3;
/// Octets of an Invoke that are kept until a source that is not known has answered: what a datagram carries through an Ethernet whole.
const UNPROVED_OCTETS: usize = 1500;

impl Responder {
    pub fn new(timers: Timers, bounds: Bounds) -> Responder {
        Responder {
            timers,
            bounds,
            tids: Tids::new(bounds.sources),
            open: BTreeMap::new(),
            due: BTreeSet::new(),
            unproved: BTreeSet::new(),
            octets: 0,
        }
    }

    pub fn datagram(&mut self, peer: Peer, octets: &[u8], now: Duration, out: &mut Out) {
        // What this very datagram is asked about.
        let mut asked = Vec::new();
        for pdu in split(octets).take(CONCATENATED_MAX) {
            let Ok(packet) = Packet::read(pdu) else {
                self.malformed(peer, pdu, now, out);
                continue;
            };
            // A responder's own: ours, come back.
            if packet.tid & RESPONDER != 0 {
                continue;
            }
            let key = Key { peer, tid: packet.tid };
            // Class 0 has no transaction, and phones give it the number of the one before.
            let leaves_nothing = matches!(packet.pdu, Pdu::Invoke(Invoke { class: 0, .. }));
            if !leaves_nothing && self.open.contains_key(&key) {
                // Who answers before the question was sent has guessed it.
                if !(asked.contains(&key.tid) && matches!(packet.pdu, Pdu::Ack { .. })) {
                    self.step(key, Event::Received(&packet), now, out);
                }
                continue;
            }
            match packet.pdu {
                Pdu::Invoke(invoke) => asked.extend(self.listen(key, &invoke, now, out).then_some(key.tid)),
                // Its message's beginning was lost, or we were: five octets ask for it.
                Pdu::SegmentedInvoke { place, .. } if place != Place::Within => {
                    self.send(key, Pdu::NegativeAck { again: false, missing: &[0] }, now, out);
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

    /// What is kept of messages.
    pub fn octets(&self) -> usize {
        self.octets
    }

    /// RcvErrorPDU: ends the transaction that it names. What names none is not answered: two that answer each other's errors
    /// would never end.
    fn malformed(&mut self, peer: Peer, pdu: &[u8], now: Duration, out: &mut Out) {
        if let [_, high, low, ..] = pdu {
            self.step(Key { peer, tid: u16::from_be_bytes([*high, *low]) }, Event::Malformed, now, out);
        }
    }

    /// LISTEN. Whether the initiator is asked if it means it.
    fn listen(&mut self, key: Key, invoke: &Invoke, now: Duration, out: &mut Out) -> bool {
        let refusal = match invoke.class {
            _ if invoke.version != 0 => Some(reason::VERSION_ZERO),
            0 => {
                if invoke.place.ends_message() {
                    let (class, data, result_max) = (0, invoke.data.to_vec(), 0);
                    out.indications.push(Indication::Invoke { key, class, data, result_max });
                }
                return false;
            }
            3 => Some(reason::PROTOCOL_ERROR),
            _ => {
                (!self.has_room(key.peer, invoke.data.len()) || !self.makes_room(key.peer)).then_some(reason::CAPACITY)
            }
        };
        if let Some(reason) = refusal {
            self.send(key, Pdu::Abort { user: false, reason }, now, out);
            return false;
        }
        let is_believed = self.tids.accepts(key.peer, key.tid, invoke.tid_new, now);
        if !is_believed {
            if invoke.data.len() > UNPROVED_OCTETS && !self.tids.knows(key.peer, now) {
                self.send(key, Pdu::Abort { user: false, reason: reason::CAPACITY }, now, out);
                return false;
            }
            let (of_one, oldest) = self.unproved_of_one(key.peer);
            if of_one >= self.bounds.unproved_of_one {
                self.forget_unproved(oldest);
            } else if self.unproved.len() >= self.bounds.unproved {
                self.forget_unproved(None);
            }
        }
        let mut cx = Cx { key, now, timers: &self.timers, tids: &self.tids, out, acknowledged: false };
        let begin = if is_believed { Transaction::begun } else { Transaction::questioned };
        let transaction = begin(invoke, &mut cx);
        self.keep(key, transaction);
        !is_believed
    }

    fn send(&self, key: Key, pdu: Pdu, now: Duration, out: &mut Out) {
        Cx { key, now, timers: &self.timers, tids: &self.tids, out, acknowledged: false }.send(None, pdu);
    }

    /// Those of the machine, if it is counted.
    fn of_one(&self, peer: Peer) -> impl Iterator<Item = (&Key, &Transaction)> {
        let peers = Machine::of(peer.address.ip()).map(Machine::peers);
        peers.into_iter().flat_map(|peers| {
            let (first, last) = peers.into_inner();
            self.open.range(Key { peer: first, tid: 0 }..=Key { peer: last, tid: u16::MAX })
        })
    }

    /// How many the machine has, and its oldest.
    fn unproved_of_one(&self, peer: Peer) -> (usize, Option<(Duration, Key)>) {
        let unproved = self.of_one(peer).filter(|(_, transaction)| transaction.is_unproved());
        let due = unproved.map(|(key, transaction)| (transaction.due, *key));
        due.fold((0, None), |(count, oldest), next| (count + 1, Some(oldest.map_or(next, |oldest| next.min(oldest)))))
    }

    fn has_room(&self, peer: Peer, octets: usize) -> bool {
        let of_one: usize = self.of_one(peer).map(|(_, transaction)| transaction.octets()).sum();
        self.octets + octets <= self.bounds.octets && of_one + octets <= self.bounds.octets_of_one
    }

    /// For one more transaction.
    fn makes_room(&mut self, peer: Peer) -> bool {
        if self.of_one(peer).count() >= self.bounds.transactions_of_one {
            let (_, oldest) = self.unproved_of_one(peer);
            return oldest.is_some() && self.forget_unproved(oldest);
        }
        self.open.len() < self.bounds.transactions || self.forget_unproved(None)
    }

    /// `None`: the oldest there is. Whether there was one.
    fn forget_unproved(&mut self, which: Option<(Duration, Key)>) -> bool {
        let forgotten = which.or_else(|| self.unproved.first().copied());
        forgotten.is_some_and(|(_, key)| self.take(key).is_some())
    }

    fn keep(&mut self, key: Key, transaction: Transaction) {
        if transaction.is_unproved() {
            self.unproved.insert((transaction.due, key));
        }
        self.octets += transaction.octets();
        self.due.insert((transaction.due, key));
        self.open.insert(key, transaction);
    }

    fn take(&mut self, key: Key) -> Option<Transaction> {
        let transaction = self.open.remove(&key)?;
        if transaction.is_unproved() {
            self.unproved.remove(&(transaction.due, key));
        }
        self.octets -= transaction.octets();
        self.due.remove(&(transaction.due, key));
        Some(transaction)
    }

    /// One that is over by now is not there, and nothing happens.
    fn step(&mut self, key: Key, event: Event, now: Duration, out: &mut Out) {
        let Some(transaction) = self.open.get(&key) else { return };
        let more = transaction.keeps(&event);
        let event = if more > 0 && !self.has_room(key.peer, more) { Event::NoRoom } else { event };
        let Some(mut transaction) = self.take(key) else { return };
        let mut cx = Cx { key, now, timers: &self.timers, tids: &self.tids, out, acknowledged: false };
        let next = transaction.step(event, &mut cx);
        if cx.acknowledged {
            self.tids.acknowledged(key.peer);
        }
        match next {
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
