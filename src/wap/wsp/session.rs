//! The sessions of a port, server side (WAP-230, 7.1.5), as reactions to what WTP indicates, in the standard's order. Pure.
//!
//! ```text
//!   NULL ──Connect──> CONNECTING ──acknowledged──> CONNECTED ──Suspend──> SUSPENDED
//!     ^                   │                         │   ^                    │
//!     └───Disconnect──────┴─────────────────────────┘   └──────Resume────────┘
//! ```
//!
//! A session is found by its peer, one each; only Resume names it by its number, which is random. A
//! Disconnect or Suspend that names another is taken for forged. Methods are served while CONNECTING too: the
//! acknowledgement may be lost. What is asked goes out as `Ask`; the answer comes back by `reply`.
//!
//! Not here: pushes, and more than one session of a peer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;
use std::time::Duration;

use super::capabilities::{Agreed, negotiate};
use super::headers::{self, Fields};
use super::octets::Malformed;
use super::pdu::{Method, Pdu, VERSION, redirect_to};
use crate::wap::peer::{Machine, Peer};
use crate::wap::wtp::{Indication, Key};

/// What a step leads to.
#[derive(Debug, PartialEq)]
pub enum Action {
    Accept(Key),
    Result(Key, Vec<u8>),
    /// With a reason of `reason`.
    Abort(Key, u8),
    Ask(Ask),
}

/// A method for the application.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    pub key: Key,
    pub session: u32,
    pub method: Method,
    pub uri: Vec<u8>,
    /// Those of the session, where the method has none of the name.
    pub fields: Fields,
    pub body: Vec<u8>,
    /// The most octets of a reply that the client takes and that can be brought to it.
    pub client_sdu: u32,
}

/// Why a transaction is aborted (WAP-230, table 35).
pub mod reason {
    pub const PROTOCOL_ERROR: u8 = 0xE0;
    pub const DISCONNECT: u8 = 0xE1;
    pub const SUSPEND: u8 = 0xE2;
    pub const RESUME: u8 = 0xE3;
    pub const CONGESTION: u8 = 0xE4;
    pub const CONNECT_ERROR: u8 = 0xE5;
    pub const MRU_EXCEEDED: u8 = 0xE6;
    pub const MOR_EXCEEDED: u8 = 0xE7;
}

#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub sessions: usize,
    /// Of those, what one machine may have: a network's address is many phones.
    pub sessions_of_one: usize,
    /// Octets of headers that all sessions keep.
    pub header_octets: usize,
    /// A session that was silent for so long is forgotten.
    pub idle: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        // Ten thousand phones, of which the wordiest sends a kilobyte of headers, in half of what a gateway may take.
        let (sessions, sessions_of_one, header_octets) = (10_000, 1000, 12 << 20);
        Bounds { sessions, sessions_of_one, header_octets, idle: Duration::from_secs(30 * 60) }
    }
}

pub struct Sessions {
    bounds: Bounds,
    by_peer: BTreeMap<Peer, Session>,
    /// The same, by when they were heard last.
    by_age: BTreeSet<(Duration, Peer)>,
    peers: HashMap<u32, Peer>,
    header_octets: usize,
    /// Numbers that nobody guesses.
    numbers: Box<dyn FnMut() -> u32 + Send>,
    /// Where sessions are sent on to, instead of being opened here.
    redirect: Option<Vec<u8>>,
}

struct Session {
    number: u32,
    is_suspended: bool,
    /// The Connect or Resume that it goes by, until the client shows that it has the answer.
    begins_by: Option<(u16, Begin)>,
    agreed: Agreed,
    headers: Box<[u8]>,
    /// Transactions that are not over, and whether they have their result.
    open: Vec<(u16, bool)>,
    seen: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Begin {
    Connect,
    Resume,
}

/// A method as it came.
struct Wish<'a> {
    method: Method,
    uri: &'a [u8],
    fields: Result<Fields, Malformed>,
    body: &'a [u8],
    /// Of all of it.
    octets: usize,
    /// Of the longest result that can be sent.
    result_max: usize,
}

impl Sessions {
    pub fn new(bounds: Bounds, numbers: Box<dyn FnMut() -> u32 + Send>, redirect: Option<SocketAddr>) -> Sessions {
        let redirect = redirect.map(redirect_to);
        let (by_peer, by_age, peers) = (BTreeMap::new(), BTreeSet::new(), HashMap::new());
        Sessions { bounds, by_peer, by_age, peers, header_octets: 0, numbers, redirect }
    }

    pub fn count(&self) -> usize {
        self.by_peer.len()
    }

    /// What is kept of headers.
    pub fn octets(&self) -> usize {
        self.header_octets
    }

    pub fn indicated(&mut self, indication: Indication, now: Duration, out: &mut Vec<Action>) {
        match indication {
            Indication::Invoke { key, class, data, result_max } => {
                self.invoked(key, class, &data, result_max, now, out)
            }
            Indication::Confirmed(key) => {
                if let Some(session) = self.by_peer.get_mut(&key.peer) {
                    session.open.retain(|(tid, _)| *tid != key.tid);
                    session.begins_by = session.begins_by.filter(|(tid, _)| *tid != key.tid);
                }
            }
            Indication::Aborted { key, user, reason } => self.aborted(key, user, reason, out),
        }
    }

    /// The application's answer; of a method that is over by now nothing becomes of it.
    pub fn reply(&mut self, key: Key, session: u32, octets: Vec<u8>, out: &mut Vec<Action>) {
        let found = self.by_peer.get_mut(&key.peer).filter(|found| found.number == session);
        let open = found.and_then(|found| found.open.iter_mut().find(|(tid, has)| *tid == key.tid && !has));
        if let Some((_, has_result)) = open {
            *has_result = true;
            out.push(Action::Result(key, octets));
        }
    }

    /// Forgets those that were silent for long.
    pub fn time(&mut self, now: Duration, out: &mut Vec<Action>) {
        while let Some((seen, peer)) = self.by_age.first().copied()
            && now.saturating_sub(seen) >= self.bounds.idle
        {
            self.ends(peer, reason::DISCONNECT, out);
        }
    }

    /// A method that came to nothing. Who wants no session, or a pause of it, may say so by the reason; a client that never
    /// took its ConnectReply has none, and one that never took the answer to its Resume is suspended as before.
    fn aborted(&mut self, key: Key, user: bool, reason: u8, out: &mut Vec<Action>) {
        let Some(session) = self.by_peer.get_mut(&key.peer) else { return };
        let Some(at) = session.open.iter().position(|(tid, _)| *tid == key.tid) else { return };
        session.open.remove(at);
        let begins = session.begins_by.filter(|(tid, _)| *tid == key.tid).map(|(_, begin)| begin);
        if begins == Some(Begin::Connect) || user && reason == reason::DISCONNECT {
            self.ends(key.peer, reason::DISCONNECT, out);
        } else if begins == Some(Begin::Resume) || user && reason == reason::SUSPEND {
            self.suspend(key.peer, out);
        }
    }

    fn suspend(&mut self, peer: Peer, out: &mut Vec<Action>) {
        if let Some(session) = self.by_peer.get_mut(&peer) {
            abort_all(session, peer, reason::SUSPEND, out);
            session.open.clear();
            session.is_suspended = true;
        }
    }

    fn invoked(&mut self, key: Key, class: u8, data: &[u8], result_max: usize, now: Duration, out: &mut Vec<Action>) {
        match (Pdu::read(data), class) {
            (Ok(Pdu::Connect { version, capabilities, headers }), 2) => {
                let done = self.connect(key, version, capabilities, headers, now, out);
                refused(key, done, out);
            }
            (Ok(Pdu::Get { method, uri, headers }), 2) => {
                let wish =
                    Wish { method, uri, fields: headers::read(headers), body: &[], octets: data.len(), result_max };
                let done = self.method(key, wish, now, out);
                refused(key, done, out);
            }
            (Ok(Pdu::Post { method, uri, headers, data: body }), 2) => {
                let wish = Wish {
                    method,
                    uri,
                    fields: headers::read_with_type(headers),
                    body,
                    octets: data.len(),
                    result_max,
                };
                let done = self.method(key, wish, now, out);
                refused(key, done, out);
            }
            (Ok(Pdu::Disconnect { session }), 0) => {
                if self.named(key.peer, session) {
                    self.ends(key.peer, reason::DISCONNECT, out);
                }
            }
            (Ok(Pdu::Suspend { session }), 0) => {
                if self.named(key.peer, session) {
                    self.suspend(key.peer, out);
                }
            }
            (Ok(Pdu::Resume { session, headers, .. }), 2) => {
                let done = self.resume(key, session, headers, now, out);
                refused(key, done, out);
            }
            // Nobody waits for an answer.
            (_, 0) => {}
            _ => out.push(Action::Abort(key, reason::PROTOCOL_ERROR)),
        }
    }

    fn connect(
        &mut self,
        key: Key,
        version: u8,
        capabilities: &[u8],
        headers: &[u8],
        now: Duration,
        out: &mut Vec<Action>,
    ) -> Result<(), u8> {
        if version >> 4 != VERSION >> 4 {
            return Err(reason::CONNECT_ERROR);
        }
        if let Some(addresses) = &self.redirect {
            out.push(Action::Accept(key));
            out.push(Action::Result(key, Pdu::Redirect { permanent: false, addresses }.write()));
            return Ok(());
        }
        let (agreed, answer) = negotiate(capabilities).map_err(|_| reason::PROTOCOL_ERROR)?;
        headers::read(headers).map_err(|_| reason::PROTOCOL_ERROR)?;
        self.ends(key.peer, reason::DISCONNECT, out);
        self.make_room(key.peer, headers.len(), out);
        let number = self.number();
        let open = vec![(key.tid, true)];
        let (begins_by, headers) = (Some((key.tid, Begin::Connect)), headers.into());
        let session = Session { number, is_suspended: false, begins_by, agreed, headers, open, seen: now };
        self.insert(key.peer, session);
        out.push(Action::Accept(key));
        let reply = Pdu::ConnectReply { session: number, capabilities: &answer, headers: &[] };
        out.push(Action::Result(key, reply.write()));
        Ok(())
    }

    fn method(&mut self, key: Key, wish: Wish, now: Duration, out: &mut Vec<Action>) -> Result<(), u8> {
        let session = self.by_peer.get_mut(&key.peer).ok_or(reason::DISCONNECT)?;
        if session.is_suspended {
            return Err(reason::SUSPEND);
        }
        if wish.octets > session.agreed.server_sdu as usize {
            return Err(reason::MRU_EXCEEDED);
        }
        if session.open.iter().filter(|(_, has_result)| !has_result).count() >= session.agreed.methods.into() {
            return Err(reason::MOR_EXCEEDED);
        }
        let mut fields = wish.fields.map_err(|_| reason::PROTOCOL_ERROR)?;
        // They were read when the session began.
        let of_session = headers::read(&session.headers).unwrap_or_default();
        let missing: Vec<_> =
            of_session.into_iter().filter(|(name, _)| !fields.iter().any(|(known, _)| known == name)).collect();
        fields.extend(missing);
        // No client asks by a session whose ConnectReply it has not got.
        session.begins_by = None;
        session.open.push((key.tid, false));
        self.by_age.remove(&(session.seen, key.peer));
        self.by_age.insert((now, key.peer));
        session.seen = now;
        out.push(Action::Accept(key));
        let client_sdu = session.agreed.client_sdu.min(u32::try_from(wish.result_max).unwrap_or(u32::MAX));
        let (uri, body) = (wish.uri.to_vec(), wish.body.to_vec());
        out.push(Action::Ask(Ask { key, session: session.number, method: wish.method, uri, fields, body, client_sdu }));
        Ok(())
    }

    fn resume(
        &mut self,
        key: Key,
        number: u32,
        headers: &[u8],
        now: Duration,
        out: &mut Vec<Action>,
    ) -> Result<(), u8> {
        let old = *self.peers.get(&number).ok_or(reason::DISCONNECT)?;
        headers::read(headers).map_err(|_| reason::PROTOCOL_ERROR)?;
        let mut session = self.remove(old).ok_or(reason::DISCONNECT)?;
        abort_all(&session, old, reason::RESUME, out);
        self.ends(key.peer, reason::DISCONNECT, out);
        if !headers.is_empty() {
            session.headers = headers.into();
        }
        self.make_room(key.peer, session.headers.len(), out);
        (session.is_suspended, session.begins_by) = (false, Some((key.tid, Begin::Resume)));
        (session.seen, session.open) = (now, vec![(key.tid, true)]);
        self.insert(key.peer, session);
        out.push(Action::Accept(key));
        // A reply has a content type, also one without a body.
        let (status, octet_stream) = (0x20, &[0xDA]);
        out.push(Action::Result(key, Pdu::Reply { status, headers: octet_stream, data: &[] }.write()));
        Ok(())
    }

    fn named(&self, peer: Peer, number: u32) -> bool {
        self.by_peer.get(&peer).is_some_and(|session| session.number == number)
    }

    fn number(&mut self) -> u32 {
        let mut number = (self.numbers)();
        while number == 0 || self.peers.contains_key(&number) {
            number = number.wrapping_add(1);
        }
        number
    }

    fn insert(&mut self, peer: Peer, session: Session) {
        self.header_octets += session.headers.len();
        self.by_age.insert((session.seen, peer));
        self.peers.insert(session.number, peer);
        self.by_peer.insert(peer, session);
    }

    fn remove(&mut self, peer: Peer) -> Option<Session> {
        let gone = self.by_peer.remove(&peer)?;
        self.header_octets -= gone.headers.len();
        self.by_age.remove(&(gone.seen, peer));
        self.peers.remove(&gone.number);
        Some(gone)
    }

    /// With all that is open of it, if there is one.
    fn ends(&mut self, peer: Peer, reason: u8, out: &mut Vec<Action>) {
        if let Some(gone) = self.remove(peer) {
            abort_all(&gone, peer, reason, out);
        }
    }

    /// For one more. Those that were silent for longest go, of the same machine if it has too many: their phones open
    /// another when they come back.
    fn make_room(&mut self, peer: Peer, header_octets: usize, out: &mut Vec<Action>) {
        if self.by_peer.len() >= self.bounds.sessions_of_one
            && let Some(machine) = Machine::of(peer.address.ip())
        {
            let of_one = || self.by_peer.range(machine.peers());
            let oldest = of_one().map(|(peer, session)| (session.seen, *peer)).min();
            if let Some((_, peer)) = oldest.filter(|_| of_one().count() >= self.bounds.sessions_of_one) {
                self.ends(peer, reason::DISCONNECT, out);
            }
        }
        while self.by_peer.len() >= self.bounds.sessions
            || self.header_octets + header_octets > self.bounds.header_octets
        {
            let Some((_, peer)) = self.by_age.first().copied() else { return };
            self.ends(peer, reason::DISCONNECT, out);
        }
    }
}

fn refused(key: Key, done: Result<(), u8>, out: &mut Vec<Action>) {
    if let Err(reason) = done {
        out.push(Action::Abort(key, reason));
    }
}

fn abort_all(session: &Session, peer: Peer, reason: u8, out: &mut Vec<Action>) {
    out.extend(session.open.iter().map(|(tid, _)| Action::Abort(Key { peer, tid: *tid }, reason)));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
