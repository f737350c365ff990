//! A phone with a WAP browser: WSP's client over WTP's initiator, one transaction at a time. It joins segments and sends
//! long messages in them.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::UdpSocket;
use yizhan::wap::wsp::headers;
use yizhan::wap::wsp::pdu::{Method, Pdu as Wsp, VERSION};
use yizhan::wap::wtp::pdu::{Invoke, Packet, Pdu, Place, RESPONDER};
use yizhan::wap::wtp::sar::{Gathered, Gathering};

/// Octets of a segment.
const SEGMENT: usize = 1000;

pub struct Phone {
    socket: UdpSocket,
    tid: u16,
    session: u32,
}

/// What a page came as.
#[derive(Debug)]
pub struct Page {
    /// As WSP numbers it: 0x20 is 200.
    pub status: u8,
    pub media_type: String,
    pub body: Vec<u8>,
}

impl Phone {
    pub async fn at(gateway: SocketAddr) -> Phone {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(gateway).await.unwrap();
        Phone { socket, tid: 0x0100, session: 0 }
    }

    /// With capabilities and headers as octets.
    pub async fn connect(&mut self, capabilities: &[u8], headers: &[u8]) {
        let connect = Wsp::Connect { version: VERSION, capabilities, headers }.write();
        let reply = self.transact(&connect).await.expect("a session");
        let Ok(Wsp::ConnectReply { session, .. }) = Wsp::read(&reply) else { panic!("{reply:02X?}") };
        self.session = session;
    }

    pub async fn get(&mut self, url: &str) -> Page {
        let get = Wsp::Get { method: Method::Get, uri: url.as_bytes(), headers: &[] }.write();
        page(&self.transact(&get).await.expect("a page"))
    }

    /// A form, `application/x-www-form-urlencoded`.
    pub async fn post(&mut self, url: &str, form: &str) -> Page {
        let (uri, data) = (url.as_bytes(), form.as_bytes());
        let post = Wsp::Post { method: Method::Post, uri, headers: &[0x92], data }.write();
        page(&self.transact(&post).await.expect("a page"))
    }

    pub async fn suspend(&mut self) {
        self.say(&Wsp::Suspend { session: self.session }.write()).await;
    }

    pub async fn disconnect(&mut self) {
        self.say(&Wsp::Disconnect { session: self.session }.write()).await;
    }

    /// Goes on from another address, as after a new dial-in.
    pub async fn resume(&mut self, gateway: SocketAddr) {
        self.socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        self.socket.connect(gateway).await.unwrap();
        let resume = Wsp::Resume { session: self.session, capabilities: &[], headers: &[] }.write();
        let reply = self.transact(&resume).await.expect("the session");
        assert!(matches!(Wsp::read(&reply), Ok(Wsp::Reply { status: 0x20, .. })), "{reply:02X?}");
    }

    /// Class 0: nobody answers.
    async fn say(&mut self, data: &[u8]) {
        self.tid += 1;
        let (place, tid_new) = (Place::Whole, false);
        let invoke = Invoke { place, again: false, version: 0, tid_new, user_ack: false, class: 0, data };
        self.send(None, Pdu::Invoke(invoke)).await;
    }

    /// Class 2: the result, or why there is none.
    pub async fn transact(&mut self, data: &[u8]) -> Result<Vec<u8>, u8> {
        self.tid += 1;
        let mut left = data.chunks(SEGMENT).zip(0u8..).peekable();
        let mut gathering: Option<Gathering> = None;
        self.segment(&mut left).await;
        let mut buffer = vec![0; 65_535];
        loop {
            let received = tokio::time::timeout(Duration::from_secs(30), self.socket.recv(&mut buffer)).await;
            let length = received.expect("no answer").unwrap();
            let packet = Packet::read(&buffer[..length]).unwrap();
            if packet.tid != self.tid | RESPONDER {
                continue;
            }
            let (place, psn, data) = match packet.pdu {
                Pdu::Result { place, data, .. } => (place, 0, data),
                Pdu::SegmentedResult { place, psn, data, .. } => (place, psn, data),
                Pdu::Ack { tid_question: true, .. } => {
                    self.send(None, Pdu::Ack { tid_question: true, again: false }).await;
                    continue;
                }
                // A group has come: the next.
                Pdu::Ack { .. } => {
                    self.segment(&mut left).await;
                    continue;
                }
                Pdu::Abort { reason, .. } => return Err(reason),
                other => panic!("{other:?}"),
            };
            let gathered = match &mut gathering {
                Some(gathering) => gathering.take(place, psn, data),
                None => gathering.insert(Gathering::new(data)).at(place, psn),
            };
            let ack = Pdu::Ack { tid_question: false, again: false };
            match gathered {
                Gathered::Waits => {}
                Gathered::Group(psn) => self.send(Some(psn), ack).await,
                Gathered::Message(message) => {
                    self.send((psn > 0).then_some(psn), ack).await;
                    return Ok(message);
                }
                other => panic!("{other:?} on loopback"),
            }
        }
    }

    /// The next segment, each a group of its own.
    async fn segment<'a>(&self, left: &mut std::iter::Peekable<impl Iterator<Item = (&'a [u8], u8)>>) {
        let Some((data, psn)) = left.next() else { return };
        let place = if left.peek().is_some() { Place::EndsGroup } else { Place::EndsMessage };
        let (again, version, tid_new, user_ack, class) = (false, 0, false, false, 2);
        let pdu = match psn {
            0 => Pdu::Invoke(Invoke { place, again, version, tid_new, user_ack, class, data }),
            psn => Pdu::SegmentedInvoke { place, again, psn, data },
        };
        self.send(None, pdu).await;
    }

    async fn send(&self, psn: Option<u8>, pdu: Pdu<'_>) {
        self.socket.send(&Packet { tid: self.tid, psn, pdu }.write()).await.unwrap();
    }
}

fn page(reply: &[u8]) -> Page {
    let Ok(Wsp::Reply { status, headers, data }) = Wsp::read(reply) else { panic!("{reply:02X?}") };
    let fields = headers::read_with_type(headers).unwrap();
    let media_type = fields.iter().find(|(name, _)| name == "content-type").map(|(_, kind)| kind.clone());
    Page { status, media_type: media_type.unwrap_or_default(), body: data.to_vec() }
}
