//! The gateway for phones that speak WSP: the box's own pages over UDP, connectionless on one port and in sessions over WTP
//! on the other. `sockets` are the tasks, `wire` what they send by, `stack` WTP and WSP joined, `fetch` one request
//! answered, `guard` who may ask and how often, `origin` what a request of HTTP is made from.
//!
//! It is a proxy for nothing: hosts that are not the box's get a deck that says so. Cookies are not kept for phones:
//! choices travel in addresses (WAP-223 calls that the way without).
//!
//! # Whom it answers
//! Over UDP anybody can write anybody's address as the sender, and a page is longer than the question for it.
//! - Only sources in `wap.private` are heard at all: by default this machine and addresses of private networks (RFC 1918,
//!   RFC 6598, RFC 4193, link-local). Others get nothing, not even an error.
//! - On the session port a source that is not known is asked whether it means it, with three octets, and gets no result
//!   before it has said so; until then a datagram of its own brings it at most 2.5 times what it cost (`wtp::tids`).
//! - On the connectionless port the protocol has no step that could prove a source, and a page must be the answer to the
//!   first datagram. There the operator's word is the proof: `wap.private` names networks in which senders are not
//!   forged. What is left is bounded: a reply is one datagram of at most 1,401 octets, never sent again.
//! - Both: a machine (`wap::peer`) gets so many datagrams a second answered (`wap.per_source_s`), this one any number: the
//!   kernel takes no loopback address from a wire.

mod fetch;
mod guard;
mod origin;
mod sockets;
pub mod stack;
mod wire;

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use self::guard::Guard;
use self::wire::Wire;
use crate::clock::Clock;
use crate::config::Wap;
use crate::message::{Request, Response};
use crate::stop::Stop;
use crate::words::Lang;

/// `None`: it is for a host that is not the box's.
pub type Answering = Pin<Box<dyn Future<Output = Option<Response>> + Send>>;
pub type Origin = Arc<dyn Fn(Request) -> Answering + Send + Sync>;

/// What has happened since the start.
#[derive(Debug, Default)]
pub struct Counts {
    pub sessions: AtomicU64,
    pub transactions: AtomicU64,
    pub connectionless: AtomicU64,
    pub in_sessions: AtomicU64,
    /// Datagrams of sources that are not heard.
    pub foreign: AtomicU64,
    /// Datagrams beyond what one address may send, or when there was too much to do.
    pub limited: AtomicU64,
    /// Datagrams of the connectionless port that are no request.
    pub malformed: AtomicU64,
}

impl Counts {
    /// Each by its name; the first two are of now, the others of all time.
    pub fn now(&self) -> [(&'static str, u64); 2] {
        [("sessions", &self.sessions), ("transactions", &self.transactions)].map(read)
    }

    pub fn ever(&self) -> [(&'static str, u64); 5] {
        [
            ("connectionless", &self.connectionless),
            ("in_sessions", &self.in_sessions),
            ("foreign", &self.foreign),
            ("limited", &self.limited),
            ("malformed", &self.malformed),
        ]
        .map(read)
    }
}

fn read((name, count): (&'static str, &AtomicU64)) -> (&'static str, u64) {
    (name, count.load(Ordering::Relaxed))
}

pub(crate) fn count(of: &AtomicU64) {
    of.fetch_add(1, Ordering::Relaxed);
}

/// All that both ports need.
#[derive(Clone)]
pub struct Gateway {
    pub origin: Origin,
    pub clock: Clock,
    pub lang: Lang,
    pub counts: Arc<Counts>,
}

/// Opens the ports that the config names and serves them until the end. A port that cannot be had is said and left: the
/// web and texts go on without it.
pub async fn begin(gateway: Gateway, config: &Wap, stop: &Stop) -> Vec<tokio::task::JoinHandle<()>> {
    let mut tasks = Vec::new();
    let ports = [("connectionless_port", config.connectionless_port), ("session_port", config.session_port)];
    for (key, port) in ports.into_iter().filter(|(_, port)| *port != 0) {
        let address = SocketAddr::new(config.listen, port);
        let socket = match Wire::bind(address).await {
            Ok(socket) => socket,
            Err(error) => {
                log::warn!("wap.{key}: {address}: {error}; phones that use this port get no pages");
                continue;
            }
        };
        let (gateway, config, stop) = (gateway.clone(), config.clone(), stop.clone());
        tasks.push(tokio::spawn(serve(key, Arc::new(socket), gateway, config, stop)));
    }
    tasks
}

/// A port to its end; after a panic it begins anew, and its phones with it.
async fn serve(key: &'static str, socket: Arc<Wire>, gateway: Gateway, config: Wap, stop: Stop) {
    loop {
        let guard = Guard::new(config.private.clone(), config.per_source_s);
        let (socket, gateway, stop) = (Arc::clone(&socket), gateway.clone(), stop.clone());
        let ended = match key {
            "session_port" => tokio::spawn(sockets::sessions(socket, gateway, guard, config.redirect, stop)).await,
            _ => tokio::spawn(sockets::connectionless(socket, gateway, guard, stop)).await,
        };
        match ended {
            Ok(()) => return,
            Err(error) => log::error!("wap.{key}: {error}"),
        }
    }
}
