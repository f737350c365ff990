//! The two ports as tasks: each owns its socket and its state, and takes datagrams, answers and time in turn.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};

use super::fetch::said;
use super::guard::{Guard, Verdict};
use super::origin::Wish;
use super::stack::{Effects, Stack};
use super::wire::Wire;
use super::{Counts, Gateway, count};
use crate::stop::Stop;
use crate::wap::peer::Peer;
use crate::wap::wsp::capabilities::SDU_DEFAULT;
use crate::wap::wsp::headers;
use crate::wap::wsp::octets::Malformed;
use crate::wap::wsp::pdu::Pdu;
use crate::wap::wsp::session::Ask;
use crate::wap::wtp::{Key, Timers};
use crate::words;

/// Pages that are made at one time; a page takes milliseconds.
const ASKS_MAX: usize = 256;
/// So long a page is waited for. WTP tells a phone to be patient for 28 s (`Timers`) and gives up then.
const ASK_MAX: Duration = Duration::from_secs(25);
/// Octets of one datagram (RFC 768).
const DATAGRAM_MAX: usize = 65_535;
/// Datagrams, or answers, that are taken before the others and time get their turn.
const TURN: usize = 64;
/// How often the silent are looked for.
const SWEEP: Duration = Duration::from_secs(60);

/// One datagram a question, one an answer (WAP-230, 8.1.1: the octet of the transaction goes back as it came).
pub(super) async fn connectionless(socket: Arc<Wire>, gateway: Gateway, mut guard: Guard, mut stop: Stop) {
    let room = Arc::new(Semaphore::new(ASKS_MAX));
    let mut buffer = vec![0; DATAGRAM_MAX];
    loop {
        let received = tokio::select! {
            received = socket.receive(&mut buffer) => received,
            () = stop.wait() => return,
        };
        // An error here is of a datagram sent before, whose receiver is gone.
        let Ok((length, peer)) = received else { continue };
        if !is_heard(&mut guard, &gateway, peer) {
            continue;
        }
        let Some((tid, wish)) = unframed(&buffer[..length], peer) else {
            count(&gateway.counts.malformed);
            continue;
        };
        let Ok(place) = Arc::clone(&room).try_acquire_owned() else {
            // It asks again.
            count(&gateway.counts.limited);
            continue;
        };
        count(if wish.is_ok() { &gateway.counts.connectionless } else { &gateway.counts.malformed });
        let (socket, gateway) = (Arc::clone(&socket), gateway.clone());
        tokio::spawn(async move {
            let reply = match wish {
                Ok(wish) => asked(&gateway, wish).await,
                Err(_) => said(400, words::NOT_UNDERSTOOD_TITLE, words::NOT_UNDERSTOOD, gateway.lang),
            };
            socket.send(&[&[tid][..], &reply].concat(), peer).await;
            drop(place);
        });
    }
}

/// A method, or one whose headers cannot be read. What is no method is not answered: two that answer each other's replies
/// would never end.
fn unframed(datagram: &[u8], peer: Peer) -> Option<(u8, Result<Wish, Malformed>)> {
    let (tid, octets) = datagram.split_first()?;
    let (method, uri, fields, body) = match Pdu::read(octets).ok()? {
        Pdu::Get { method, uri, headers } => (method, uri, headers::read(headers), &[][..]),
        Pdu::Post { method, uri, headers, data } => (method, uri, headers::read_with_type(headers), data),
        _ => return None,
    };
    // Nothing was agreed, so what holds is the default.
    let (client_sdu, peer) = (SDU_DEFAULT, peer.address.ip());
    let (uri, body) = (uri.to_vec(), body.to_vec());
    Some((*tid, fields.map(|fields| Wish { method, uri, fields, body, peer, client_sdu })))
}

struct Answered {
    key: Key,
    session: u32,
    octets: Vec<u8>,
}

struct Port {
    socket: Arc<Wire>,
    stack: Stack,
    gateway: Gateway,
    room: Arc<Semaphore>,
    answers: mpsc::Sender<Answered>,
}

/// Sessions over WTP.
pub(super) async fn sessions(
    socket: Arc<Wire>,
    gateway: Gateway,
    mut guard: Guard,
    redirect: Option<SocketAddr>,
    mut stop: Stop,
) {
    let (answers, mut answered) = mpsc::channel(ASKS_MAX);
    let stack = Stack::new(Timers::default(), Box::new(number), redirect);
    let room = Arc::new(Semaphore::new(ASKS_MAX));
    let clock = gateway.clock.clone();
    let mut port = Port { socket, stack, gateway, room, answers };
    let mut buffer = vec![0; DATAGRAM_MAX];
    let mut sweep_at = clock.passed() + SWEEP;
    loop {
        let now = clock.passed();
        let due = port.stack.next_due().map_or(sweep_at, |due| due.min(sweep_at));
        tokio::select! {
            received = port.socket.receive(&mut buffer) => {
                let (mut next, mut turn) = (received.ok(), 1);
                while let Some((length, peer)) = next {
                    if is_heard(&mut guard, &port.gateway, peer) {
                        let effects = port.stack.datagram(peer, &buffer[..length], clock.passed());
                        port.run(effects).await;
                    }
                    next = (turn < TURN).then(|| port.socket.receive_now(&mut buffer)).flatten();
                    turn += 1;
                }
            }
            first = answered.recv() => {
                let (mut next, mut turn) = (first, 1);
                while let Some(Answered { key, session, octets }) = next {
                    let effects = port.stack.reply(key, session, octets, clock.passed());
                    port.run(effects).await;
                    next = (turn < TURN).then(|| answered.try_recv().ok()).flatten();
                    turn += 1;
                }
            }
            () = clock.sleep(due.saturating_sub(now)) => {
                let now = clock.passed();
                let effects = port.stack.time(now);
                port.run(effects).await;
                if now >= sweep_at {
                    let effects = port.stack.sweep(now);
                    port.run(effects).await;
                    sweep_at = now + SWEEP;
                }
            }
            () = stop.wait() => return,
        }
        let Counts { sessions, transactions, .. } = &*port.gateway.counts;
        sessions.store(port.stack.sessions() as u64, Ordering::Relaxed);
        transactions.store(port.stack.transactions() as u64, Ordering::Relaxed);
    }
}

impl Port {
    async fn run(&mut self, effects: Effects) {
        for (peer, octets) in effects.datagrams {
            self.socket.send(&octets, peer).await;
        }
        for ask in effects.asks {
            count(&self.gateway.counts.in_sessions);
            self.ask(ask).await;
        }
    }

    async fn ask(&mut self, ask: Ask) {
        let Ask { key, session, method, uri, fields, body, client_sdu } = ask;
        let Ok(place) = Arc::clone(&self.room).try_acquire_owned() else {
            count(&self.gateway.counts.limited);
            let octets = said(503, words::BUSY_TITLE, words::BUSY, self.gateway.lang);
            let effects = self.stack.reply(key, session, octets, self.gateway.clock.passed());
            for (peer, octets) in effects.datagrams {
                self.socket.send(&octets, peer).await;
            }
            return;
        };
        let wish = Wish { method, uri, fields, body, peer: key.peer.address.ip(), client_sdu };
        let (gateway, answers) = (self.gateway.clone(), self.answers.clone());
        tokio::spawn(async move {
            let octets = asked(&gateway, wish).await;
            // The port is gone when the box stops.
            let _ = answers.send(Answered { key, session, octets }).await;
            drop(place);
        });
    }
}

/// A page that does not come is said: the phone has an answer, and its place is free.
async fn asked(gateway: &Gateway, wish: Wish) -> Vec<u8> {
    tokio::select! {
        biased;
        octets = gateway.fetch(wish) => octets,
        () = gateway.clock.limit(ASK_MAX) => {
            log::warn!("a page for a phone did not come within {} s", ASK_MAX.as_secs());
            said(503, words::BUSY_TITLE, words::BUSY, gateway.lang)
        }
    }
}

fn is_heard(guard: &mut Guard, gateway: &Gateway, peer: Peer) -> bool {
    match guard.admits(peer.address, gateway.clock.passed()) {
        Verdict::Heard => return true,
        Verdict::Foreign => count(&gateway.counts.foreign),
        Verdict::TooOften => count(&gateway.counts.limited),
    }
    false
}

/// Of the kernel's randomness; without it nothing on the machine works, and a session gets the next best.
fn number() -> u32 {
    getrandom::u32().unwrap_or_else(|_| std::process::id() | 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
