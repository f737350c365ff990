//! The sessions of a port, server side (WAP-230, 7.1.5), as reactions to what WTP indicates, in the standard's order. Pure.
//!
//! ```text
//!   NULL ──Connect──> CONNECTING ──acknowledged──> CONNECTED ──Suspend──> SUSPENDED
//!     ^                   │                         │   ^                    │
//!     └───Disconnect──────┴─────────────────────────┘   └──────Resume────────┘
//! ```
//!
//! A session is found by its peer's address and port, one each; only Resume names it by its number, which is random. A
//! Disconnect or Suspend that names another is taken for forged. Methods are served while CONNECTING too: the
//! acknowledgement may be lost. What is asked goes out as `Ask`; the answer comes back by `reply`.
//!
//! Not here: pushes, and more than one session of a peer.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::capabilities::{Agreed, negotiate};
use super::headers::{self, Fields};
use super::octets::Malformed;
use super::pdu::{Method, Pdu, VERSION};
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
    /// The most that the client takes.
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
    /// Octets of headers that all sessions keep.
    pub header_octets: usize,
    /// A session that was silent for so long is forgotten.
    pub idle: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        // Ten thousand phones, of which the wordiest sends a kilobyte of headers, in half of what a gateway may take.
        Bounds { sessions: 10_000, header_octets: 12 << 20, idle: Duration::from_secs(30 * 60) }
    }
}

/// More than the wordiest phone sends.
const HEADERS_MAX: usize = 4096;

pub struct Sessions {
    bounds: Bounds,
    by_peer: HashMap<SocketAddr, Session>,
    peers: HashMap<u32, SocketAddr>,
    header_octets: usize,
    /// Numbers that nobody guesses.
    numbers: Box<dyn FnMut() -> u32 + Send>,
    /// Where sessions are sent on to, instead of being opened here.
    redirect: Option<Vec<u8>>,
}

struct Session {
    number: u32,
    is_suspended: bool,
    agreed: Agreed,
    headers: Box<[u8]>,
    /// Transactions that are not over, and whether they have their result.
    open: Vec<(u16, bool)>,
    seen: Duration,
}

/// A method as it came.
struct Wish<'a> {
    method: Method,
    uri: &'a [u8],
    fields: Result<Fields, Malformed>,
    body: &'a [u8],
    /// Of all of it.
    octets: usize,
}

/// The addresses of a Redirect (WAP-230, 8.2.2.4): one, with its port, of the bearer that it is read on.
pub fn redirect_to(to: SocketAddr) -> Vec<u8> {
    const HAS_PORT: u8 = 0x40;
    let ip = match to.ip() {
        std::net::IpAddr::V4(ip) => ip.octets().to_vec(),
        std::net::IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    // Four or sixteen.
    [&[HAS_PORT | ip.len() as u8][..], &to.port().to_be_bytes(), &ip].concat()
}

impl Sessions {
    pub fn new(bounds: Bounds, numbers: Box<dyn FnMut() -> u32 + Send>, redirect: Option<SocketAddr>) -> Sessions {
        let redirect = redirect.map(redirect_to);
        Sessions { bounds, by_peer: HashMap::new(), peers: HashMap::new(), header_octets: 0, numbers, redirect }
    }

    pub fn count(&self) -> usize {
        self.by_peer.len()
    }

    pub fn indicated(&mut self, indication: Indication, now: Duration, out: &mut Vec<Action>) {
        match indication {
            Indication::Invoke { key, class, data } => self.invoked(key, class, &data, now, out),
            Indication::Confirmed(key) | Indication::Aborted { key, .. } => {
                if let Some(session) = self.by_peer.get_mut(&key.peer) {
                    session.open.retain(|(tid, _)| *tid != key.tid);
                }
            }
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
    pub fn time(&mut self, now: Duration) {
        let silent = self.by_peer.iter().filter(|(_, session)| now.saturating_sub(session.seen) >= self.bounds.idle);
        for peer in silent.map(|(peer, _)| *peer).collect::<Vec<_>>() {
            self.remove(peer);
        }
    }

    fn invoked(&mut self, key: Key, class: u8, data: &[u8], now: Duration, out: &mut Vec<Action>) {
        match (Pdu::read(data), class) {
            (Ok(Pdu::Connect { version, capabilities, headers }), 2) => {
                let done = self.connect(key, version, capabilities, headers, now, out);
                refused(key, done, out);
            }
            (Ok(Pdu::Get { method, uri, headers }), 2) => {
                let wish = Wish { method, uri, fields: headers::read(headers), body: &[], octets: data.len() };
                let done = self.method(key, wish, now, out);
                refused(key, done, out);
            }
            (Ok(Pdu::Post { method, uri, headers, data: body }), 2) => {
                let wish = Wish { method, uri, fields: headers::read_with_type(headers), body, octets: data.len() };
                let done = self.method(key, wish, now, out);
                refused(key, done, out);
            }
            (Ok(Pdu::Disconnect { session }), 0) => {
                if let Some(gone) = self.named(key.peer, session).then(|| self.remove(key.peer)).flatten() {
                    abort_all(&gone, key.peer, reason::DISCONNECT, out);
                }
            }
            (Ok(Pdu::Suspend { session }), 0) => {
                if self.named(key.peer, session)
                    && let Some(session) = self.by_peer.get_mut(&key.peer)
                {
                    abort_all(session, key.peer, reason::SUSPEND, out);
                    session.open.clear();
                    session.is_suspended = true;
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
        // Before the one that it has is given up for it.
        let own = self.by_peer.get(&key.peer).map_or(0, |session| session.headers.len());
        if headers.len() > HEADERS_MAX || self.header_octets - own + headers.len() > self.bounds.header_octets {
            return Err(reason::CONGESTION);
        }
        if let Some(gone) = self.remove(key.peer) {
            abort_all(&gone, key.peer, reason::DISCONNECT, out);
        }
        if self.by_peer.len() >= self.bounds.sessions {
            self.make_room();
        }
        let number = self.number();
        let open = vec![(key.tid, true)];
        let session = Session { number, is_suspended: false, agreed, headers: headers.into(), open, seen: now };
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
        session.seen = now;
        session.open.push((key.tid, false));
        out.push(Action::Accept(key));
        let (uri, body, client_sdu) = (wish.uri.to_vec(), wish.body.to_vec(), session.agreed.client_sdu);
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
        if headers.len() > HEADERS_MAX || self.header_octets + headers.len() > self.bounds.header_octets {
            return Err(reason::CONGESTION);
        }
        let mut session = self.remove(old).ok_or(reason::DISCONNECT)?;
        abort_all(&session, old, reason::RESUME, out);
        if let Some(gone) = self.remove(key.peer) {
            abort_all(&gone, key.peer, reason::DISCONNECT, out);
        }
        if !headers.is_empty() {
            session.headers = headers.into();
        }
        (session.is_suspended, session.seen, session.open) = (false, now, vec![(key.tid, true)]);
        self.insert(key.peer, session);
        out.push(Action::Accept(key));
        // A reply has a content type, also one without a body.
        let (status, octet_stream) = (0x20, &[0xDA]);
        out.push(Action::Result(key, Pdu::Reply { status, headers: octet_stream, data: &[] }.write()));
        Ok(())
    }

    fn named(&self, peer: SocketAddr, number: u32) -> bool {
        self.by_peer.get(&peer).is_some_and(|session| session.number == number)
    }

    fn number(&mut self) -> u32 {
        let mut number = (self.numbers)();
        while number == 0 || self.peers.contains_key(&number) {
            number = number.wrapping_add(1);
        }
        number
    }

    fn insert(&mut self, peer: SocketAddr, session: Session) {
        self.header_octets += session.headers.len();
        self.peers.insert(session.number, peer);
        self.by_peer.insert(peer, session);
    }

    fn remove(&mut self, peer: SocketAddr) -> Option<Session> {
        let gone = self.by_peer.remove(&peer)?;
        self.header_octets -= gone.headers.len();
        self.peers.remove(&gone.number);
        Some(gone)
    }

    /// The one that was silent for longest goes: its phone opens another when it comes back.
    fn make_room(&mut self) {
        if let Some(peer) = self.by_peer.iter().min_by_key(|(_, session)| session.seen).map(|(peer, _)| *peer) {
            self.remove(peer);
        }
    }
}

fn refused(key: Key, done: Result<(), u8>, out: &mut Vec<Action>) {
    if let Err(reason) = done {
        out.push(Action::Abort(key, reason));
    }
}

fn abort_all(session: &Session, peer: SocketAddr, reason: u8, out: &mut Vec<Action>) {
    out.extend(session.open.iter().map(|(tid, _)| Action::Abort(Key { peer, tid: *tid }, reason)));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
