//! Both ports over real sockets, for what their parts cannot show: time that runs out, and where answers come from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::net::UdpSocket;

use super::super::{Answering, Request, Response};
use super::*;
use crate::clock::{Clock, Time};
use crate::config::Network;
use crate::stop::{self, Stopper};
use crate::wap::wsp::pdu::Method;
use crate::words::Lang;

struct Served {
    clock: Clock,
    counts: Arc<Counts>,
    ports: [u16; 2],
    _stopper: Stopper,
}

/// Whose pages at `/never` never come.
async fn a_box(listen: &str) -> Served {
    let clock = Clock::by_hand(Time(1_795_333_024_000));
    let origin = Arc::new(|request: Request| -> Answering {
        Box::pin(async move {
            if request.target == "/never" {
                std::future::pending::<()>().await;
            }
            let length = request.target.trim_start_matches('/').parse().unwrap_or(3);
            Some(Response::new(200, "image/png", vec![7; length]))
        })
    });
    let counts = Arc::<Counts>::default();
    let gateway = Gateway { origin, clock: clock.clone(), lang: Lang::En, counts: Arc::clone(&counts) };
    let (stopper, stop) = stop::pair();
    let address = SocketAddr::new(listen.parse().unwrap(), 0);
    let wires = [Wire::bind(address).await.unwrap(), Wire::bind(address).await.unwrap()].map(Arc::new);
    let ports = [&wires[0], &wires[1]].map(|wire| wire.address().port());
    let guard = || Guard::new(vec![Network::parse("127.0.0.0/8").unwrap()], 100);
    let [one, other] = wires;
    tokio::spawn(connectionless(one, gateway.clone(), guard(), stop.clone()));
    tokio::spawn(sessions(other, gateway, guard(), None, stop));
    Served { clock, counts, ports, _stopper: stopper }
}

/// A phone that hears nobody but the address it asks.
struct Phone(UdpSocket);

impl Phone {
    async fn of(ip: Ipv4Addr, port: u16) -> Phone {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect((IpAddr::from(ip), port)).await.unwrap();
        Phone(socket)
    }

    async fn asks(&self, octets: &[u8]) -> Vec<u8> {
        self.0.send(octets).await.unwrap();
        self.hears().await
    }

    async fn hears(&self) -> Vec<u8> {
        let mut buffer = vec![0; 65_535];
        let heard = tokio::time::timeout(Duration::from_secs(20), self.0.recv(&mut buffer)).await;
        buffer.truncate(heard.expect("nothing comes").unwrap());
        buffer
    }

    /// Shows itself and has a session, without a limit to what it takes.
    async fn connects(&self) {
        assert_eq!(self.asks(&[0x0E, 0, 1, 2, 1, 0x10, 3, 0, 2, 0x80, 0]).await, [0x1C, 0x80, 1]);
        assert_eq!(self.asks(&[0x1C, 0, 1]).await[..4], [0x16, 0x80, 1, 2]);
        self.0.send(&[0x18, 0, 1]).await.unwrap();
    }
}

fn get(uri: &[u8]) -> Vec<u8> {
    Pdu::Get { method: Method::Get, uri, headers: &[] }.write()
}

/// The status of a Reply, after `head` octets of whoever brings it.
fn status(answer: &[u8], head: usize) -> u8 {
    let Ok(Pdu::Reply { status, .. }) = Pdu::read(&answer[head..]) else { panic!("no reply: {answer:02X?}") };
    status
}

#[tokio::test]
async fn answers_come_from_where_was_asked() {
    let asked = a_box("0.0.0.0").await;
    for ip in [Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 0, 0, 2)] {
        let phone = Phone::of(ip, asked.ports[0]).await;
        assert_eq!(status(&phone.asks(&[&[9][..], &get(b"http://a/")].concat()).await, 1), 0x20);
        let phone = Phone::of(ip, asked.ports[1]).await;
        phone.connects().await;
        assert_eq!(status(&phone.asks(&[&[0x0E, 0, 2, 2][..], &get(b"http://a/")].concat()).await, 3), 0x20);
    }
}

/// A page that never comes is said to be late on both ports, and takes nobody's place.
#[tokio::test]
async fn a_page_that_does_not_come_is_said() {
    let asked = a_box("127.0.0.1").await;
    let never = get(b"http://a/never");
    let phone = Phone::of(Ipv4Addr::LOCALHOST, asked.ports[0]).await;
    for n in 1..=ASKS_MAX as u64 {
        phone.0.send(&[&[9][..], &never].concat()).await.unwrap();
        while asked.counts.connectionless.load(Ordering::Relaxed) < n {
            tokio::task::yield_now().await;
        }
    }
    let with_session = Phone::of(Ipv4Addr::LOCALHOST, asked.ports[1]).await;
    with_session.connects().await;
    with_session.0.send(&[&[0x0E, 0, 2, 2][..], &never].concat()).await.unwrap();
    while asked.counts.in_sessions.load(Ordering::Relaxed) < 1 {
        tokio::task::yield_now().await;
    }
    // It is told to be patient, and by then its page is waited for.
    asked.clock.advance(Duration::from_secs(4));
    assert_eq!(with_session.hears().await, [0x18, 0x80, 2]);
    asked.clock.advance(ASK_MAX);
    for _ in 0..ASKS_MAX {
        assert_eq!(status(&phone.hears().await, 1), 0x63);
    }
    loop {
        let heard = with_session.hears().await;
        if heard[0] >> 3 == 2 {
            assert_eq!(status(&heard, 3), 0x63);
            break;
        }
    }
    assert_eq!(status(&phone.asks(&[&[9][..], &get(b"http://a/")].concat()).await, 1), 0x20);
}

/// What a datagram cannot carry is refused to one who cannot join segments, whatever it says that it takes.
#[tokio::test]
async fn a_picture_longer_than_a_datagram() {
    let asked = a_box("127.0.0.1").await;
    let phone = Phone::of(Ipv4Addr::LOCALHOST, asked.ports[1]).await;
    phone.connects().await;
    for (tid, length, expected) in [(2, "60000", 0x20), (3, "65500", 0x62), (4, "200000", 0x62)] {
        let uri = format!("http://a/{length}");
        let answer = phone.asks(&[&[0x0E, 0, tid, 2][..], &get(uri.as_bytes())].concat()).await;
        assert_eq!(status(&answer, 3), expected, "{length}");
        phone.0.send(&[0x18, 0, tid]).await.unwrap();
    }
    // One who joins them has it.
    let answer = phone.asks(&[&[0x0A, 0, 5, 2][..], &get(b"http://a/200000")].concat()).await;
    assert_eq!((answer[0], answer.len()), (0x10, 1403));
}

/// Without sessions nobody else could say so: a phone that hears nothing asks again for a minute.
#[tokio::test]
async fn headers_that_cannot_be_read_are_said() {
    let asked = a_box("127.0.0.1").await;
    let phone = Phone::of(Ipv4Addr::LOCALHOST, asked.ports[0]).await;
    let long = [&[0xA9][..], &[b'x'; 5000], &[0]].concat();
    for headers in [&[0, 0][..], &[0x80, 5, 1], &long] {
        let broken = Pdu::Get { method: Method::Get, uri: b"http://a/", headers }.write();
        assert_eq!(status(&phone.asks(&[&[9][..], &broken].concat()).await, 1), 0x40, "{headers:02X?}");
    }
    assert_eq!(asked.counts.malformed.load(Ordering::Relaxed), 3);
}
