//! WTP and WSP joined: a datagram and the time in; datagrams and what is asked out. Pure.

use std::net::SocketAddr;
use std::time::Duration;

use crate::wap::peer::Peer;
use crate::wap::wsp::session::{self, Action, Ask, Sessions};
use crate::wap::wtp::responder::{self, Responder};
use crate::wap::wtp::{Key, Out, Timers};

pub struct Stack {
    wtp: Responder,
    wsp: Sessions,
}

#[derive(Debug, Default)]
pub struct Effects {
    pub datagrams: Vec<(Peer, Vec<u8>)>,
    pub asks: Vec<Ask>,
}

impl Stack {
    pub fn new(timers: Timers, numbers: Box<dyn FnMut() -> u32 + Send>, redirect: Option<SocketAddr>) -> Stack {
        let (wtp, wsp) = (responder::Bounds::default(), session::Bounds::default());
        Stack { wtp: Responder::new(timers, wtp), wsp: Sessions::new(wsp, numbers, redirect) }
    }

    /// With other bounds than those of the product, so that they can be reached.
    pub fn bounded(wtp: responder::Bounds, wsp: session::Bounds) -> Stack {
        let mut last = 0;
        let numbers = Box::new(move || {
            last += 1;
            last
        });
        Stack { wtp: Responder::new(Timers::default(), wtp), wsp: Sessions::new(wsp, numbers, None) }
    }

    pub fn datagram(&mut self, peer: Peer, octets: &[u8], now: Duration) -> Effects {
        let mut out = Out::default();
        self.wtp.datagram(peer, octets, now, &mut out);
        self.settle(out, Vec::new(), now)
    }

    /// The answer to what was asked.
    pub fn reply(&mut self, key: Key, session: u32, octets: Vec<u8>, now: Duration) -> Effects {
        let mut actions = Vec::new();
        self.wsp.reply(key, session, octets, &mut actions);
        self.settle(Out::default(), actions, now)
    }

    pub fn time(&mut self, now: Duration) -> Effects {
        let mut out = Out::default();
        self.wtp.time(now, &mut out);
        self.settle(out, Vec::new(), now)
    }

    /// Forgets sessions that were silent for long: once a minute is enough.
    pub fn sweep(&mut self, now: Duration) -> Effects {
        let mut actions = Vec::new();
        self.wsp.time(now, &mut actions);
        self.settle(Out::default(), actions, now)
    }

    pub fn next_due(&self) -> Option<Duration> {
        self.wtp.next_due()
    }

    pub fn sessions(&self) -> usize {
        self.wsp.count()
    }

    pub fn transactions(&self) -> usize {
        self.wtp.open()
    }

    /// Octets that are kept of messages and of headers.
    pub fn octets(&self) -> usize {
        self.wtp.octets() + self.wsp.octets()
    }

    /// Each tells the other until there is nothing left to tell.
    fn settle(&mut self, mut out: Out, mut actions: Vec<Action>, now: Duration) -> Effects {
        let mut asks = Vec::new();
        loop {
            for indication in std::mem::take(&mut out.indications) {
                self.wsp.indicated(indication, now, &mut actions);
            }
            if actions.is_empty() {
                return Effects { datagrams: out.datagrams, asks };
            }
            for action in actions.drain(..) {
                match action {
                    Action::Accept(key) => self.wtp.accept(key, now, &mut out),
                    Action::Result(key, octets) => self.wtp.result(key, octets, now, &mut out),
                    Action::Abort(key, reason) => self.wtp.abort(key, reason, now, &mut out),
                    Action::Ask(ask) => asks.push(ask),
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
