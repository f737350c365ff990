//! Every page and picture of the sample companies, fetched by a phone that said nothing of what it takes: by a datagram
//! each, and within a session. Each comes whole, in one reply of what such a phone takes (WAP-230, 8.3.3.1).

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use tokio::net::UdpSocket;
use yizhan::wap::decompile;
use yizhan::wap::wsp::headers::read_with_type;
use yizhan::wap::wsp::pdu::Pdu;

use super::Wired;
use crate::crawl::targets;
use crate::markup::tags;
use crate::rules::wrong_in;

const SDU: usize = 1400;
/// Two capabilities of length 0, then what of pages and pictures it reads.
const CONNECT: &[u8] = &[0x01, 0x10, 0, 0];
const ACCEPTS: [(&str, &[u8]); 4] = [
    ("wmlc", &[0x80, 0x94, 0x80, 0xA1]),
    ("wmlc", b"\x80\x94\x80\xA1\xA9Nokia7110/1.0 (04.80)\0"),
    ("xhtml", b"\x80application/vnd.wap.xhtml+xml\0\x80\x9E"),
    ("xhtml", b"\x80\x82\x80\x9D"),
];

struct Phone {
    socket: UdpSocket,
    /// In a session: the number of the next transaction.
    tid: Option<u16>,
    headers: &'static [u8],
}

impl Phone {
    async fn new(wired: &Wired, in_session: bool, headers: &'static [u8]) -> Phone {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(wired.taps[usize::from(in_session)].address).await.unwrap();
        let mut phone = Phone { socket, tid: in_session.then_some(1), headers };
        if in_session {
            let reply = phone.asks(CONNECT).await;
            assert_eq!(reply[0], 0x02, "{reply:02X?}");
        }
        phone
    }

    async fn gets(&mut self, url: &str) -> Vec<u8> {
        let mut get = vec![0x40, 0x80 | (url.len() >> 7) as u8, url.len() as u8 & 0x7F];
        get.extend_from_slice(url.as_bytes());
        get.extend_from_slice(self.headers);
        self.asks(&get).await
    }

    /// What is answered: by the octet of the transaction, or as the result of one of class 2.
    async fn asks(&mut self, pdu: &[u8]) -> Vec<u8> {
        let Some(tid) = self.tid else {
            self.socket.send(&[&[7], pdu].concat()).await.unwrap();
            let answer = self.hears().await;
            assert_eq!(answer[0], 7);
            return answer[1..].to_vec();
        };
        self.tid = Some(tid + 1);
        let [high, low] = tid.to_be_bytes();
        self.socket.send(&[&[0x0E, high, low, 0x12], pdu].concat()).await.unwrap();
        loop {
            let heard = self.hears().await;
            // One before it, sent again.
            if heard[1..3] != [high | 0x80, low] {
                continue;
            }
            match heard[0] & 0xFC {
                0x14 => {
                    self.socket.send(&[0x18, high, low]).await.unwrap();
                    return heard[3..].to_vec();
                }
                // Whether it means it.
                0x1C => drop(self.socket.send(&[0x1C, high, low]).await.unwrap()),
                0x18 => {}
                _ => panic!("{heard:02X?}"),
            }
        }
    }

    async fn hears(&self) -> Vec<u8> {
        let mut buffer = vec![0; 65_535];
        let length = tokio::time::timeout(Duration::from_secs(20), self.socket.recv(&mut buffer)).await;
        buffer.truncate(length.expect("no answer").unwrap());
        buffer
    }

    /// The body, and its type; everything there is comes with 200.
    async fn whole(&mut self, target: &str) -> (String, Vec<u8>) {
        let reply = self.gets(&format!("http://localhost{target}")).await;
        let Ok(Pdu::Reply { status, headers, data }) = Pdu::read(&reply) else { panic!("{target}: no reply") };
        let fields = read_with_type(headers).unwrap();
        let kind = fields.iter().find(|(name, _)| name == "content-type").unwrap().1.clone();
        assert_eq!(status, 0x20, "{target} as {:02X?}: {kind}", self.headers);
        assert!(reply.len() <= SDU && reply.len() - data.len() <= 100, "{target}: {} and {}", reply.len(), data.len());
        (kind, data.to_vec())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_reaches_a_phone_that_takes_the_least() {
    let wired = Wired::start().await;
    // What was kept for who takes more is not for them.
    let accept = [("accept", "application/vnd.wap.xhtml+xml, image/jpeg")];
    let all = wired.appliance.get("/s/juhelou/products?v=xhtml", &accept).await;
    assert!(all.status == 200 && all.body.len() > 2 * SDU);
    for in_session in [false, true] {
        for (version, headers) in ACCEPTS {
            let mut phone = Phone::new(&wired, in_session, headers).await;
            let (pages, pictures) = crawl(&mut phone, version).await;
            assert!(pages > 100 && pictures > 5, "{version}: {pages} pages, {pictures} pictures");
        }
    }
    wired.appliance.stop().await;
}

/// How many pages and pictures there are.
async fn crawl(phone: &mut Phone, version: &str) -> (usize, usize) {
    let mut next = VecDeque::from([format!("/?v={version}")]);
    let (mut seen, mut files) = (BTreeSet::new(), BTreeSet::new());
    while let Some(target) = next.pop_front() {
        if !seen.insert(target.clone()) {
            continue;
        }
        assert!(seen.len() < 3000, "{version}: links without end");
        let (kind, body) = phone.whole(&target).await;
        let page = match version {
            "wmlc" => decompile::xml(&body).unwrap_or_else(|error| panic!("{target} {kind}: {error}")),
            _ => String::from_utf8(body).unwrap(),
        };
        if version == "wmlc" {
            assert!(wrong_in(&page).is_empty(), "{target}: {:?} in {page}", wrong_in(&page));
            assert_eq!(page.contains("DTD WML 1.1"), phone.headers.contains(&b'7'), "{target}");
        }
        assert_eq!(version == "wmlc", kind == "application/vnd.wap.wmlc", "{target}: {kind}");
        let tags = tags(&page);
        next.extend(targets(&tags, version));
        let file = |tag: &crate::markup::Tag| match tag.name.as_str() {
            "img" => tag.get("src").map(str::to_owned),
            "link" => tag.get("href").map(str::to_owned),
            _ => None,
        };
        files.extend(tags.iter().filter_map(file));
    }
    for file in &files {
        let (kind, body) = phone.whole(file).await;
        assert!(!body.is_empty() && (kind.starts_with("image/") || kind.starts_with("text/css")), "{file}: {kind}");
    }
    (seen.len(), files.len())
}
