//! A wish answered by an origin that says what each case needs.

use std::sync::Arc;

use super::super::{Answering, Counts};
use super::*;
use crate::clock::Clock;
use crate::wap::wsp::headers;

type Answer = (u16, Vec<(&'static str, &'static str)>, usize);

/// One that answers each rendering with so many octets, and panics at `/panic`.
fn gateway(of: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static) -> Gateway {
    let of = Arc::new(of);
    let origin = Arc::new(move |request: Request| -> Answering {
        let of = Arc::clone(&of);
        Box::pin(async move {
            assert_ne!(request.target, "/panic");
            let (status, headers, length) = of(&request)?;
            let headers = headers.into_iter().map(|(name, value)| (name, value.into())).collect();
            Some(Response { status, headers, body: vec![7; length].into(), ..Response::default() })
        })
    });
    let clock = Clock::by_hand(Time(1_795_333_024_000));
    Gateway { origin, clock, lang: Lang::En, counts: Arc::new(Counts::default()) }
}

fn wish(uri: &str, accept: &str) -> Wish {
    let fields = vec![("accept".to_owned(), accept.to_owned())];
    let (method, uri, body) = (Method::Get, uri.as_bytes().to_vec(), Vec::new());
    Wish { method, uri, fields, body, peer: [127, 0, 0, 1].into(), client_sdu: 1400 }
}

/// Status, headers, octets of data.
fn read(reply: &[u8]) -> (u8, String, Vec<u8>) {
    let Ok(Pdu::Reply { status, headers, data }) = Pdu::read(reply) else { panic!("no reply") };
    let fields = headers::read_with_type(headers).unwrap();
    let all: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    (status, all.join("\n"), data.to_vec())
}

const DECK: &str = "content-type: application/vnd.wap.wmlc";

#[tokio::test]
async fn a_response_becomes_a_reply() {
    let gateway = gateway(|request| {
        let forever = ("cache-control", "public, max-age=60");
        Some(match request.target.as_str() {
            "/" => (
                200,
                vec![("content-type", WMLC), ("etag", "\"a\""), ("vary", "Accept"), ("cache-control", "no-cache")],
                100,
            ),
            "/gif" => (200, vec![("content-type", "image/gif"), forever], 3),
            "/gone" => (303, vec![("location", "/x")], 0),
            _ => (404, vec![("content-type", "text/plain; charset=utf-8")], 2),
        })
    });
    for (target, status, headers, length) in [
        ("", 0x20, format!("content-length: 100\netag: \"a\"\ncache-control: no-cache\n{DECK}"), 100),
        ("gif", 0x20, "content-length: 3\ndate: Sun, 22 Nov 2026 07:37:04 GMT\ncache-control: max-age=60\ncontent-type: image/gif".to_owned(), 3),
        ("gone", 0x33, "content-length: 0\nlocation: http://a:8080/x\ncontent-type: text/plain".to_owned(), 0),
        ("no", 0x44, "content-length: 2\ncontent-type: text/plain; charset=utf-8".to_owned(), 2),
    ] {
        let reply = read(&gateway.fetch(wish(&format!("http://a:8080/{target}"), WMLC)).await);
        assert_eq!((reply.0, reply.1, reply.2.len()), (status, headers, length), "{target}");
    }
}

/// What cannot be had is said in a deck, never in silence.
#[tokio::test]
async fn what_is_not_ours_is_refused_in_words() {
    let gateway = gateway(|request| (!request.target.starts_with("/far")).then(|| (200, vec![], 0)));
    for (uri, status, word) in [
        ("http://elsewhere/far", 0x43, words::WAP_NOT_OURS),
        ("https://a/", 0x43, words::WAP_NOT_OURS),
        ("ftp://a/", 0x43, words::WAP_NOT_OURS),
        ("http://a/panic", 0x60, words::INTERNAL),
    ] {
        let (said, headers, deck) = read(&gateway.fetch(wish(uri, WMLC)).await);
        assert_eq!(said, status, "{uri}");
        assert!(headers.ends_with(DECK) && String::from_utf8_lossy(&deck).contains(word.en), "{uri}");
    }
}

/// A page that is too large for a phone comes as a deck; what cannot be made smaller is said.
#[tokio::test]
async fn no_reply_is_larger_than_the_phone_takes() {
    let gateway = gateway(|request| {
        let compiled = request.headers.iter().any(|(name, value)| name == "accept" && value == WMLC);
        Some(match (request.target.as_str(), compiled) {
            ("/" | "/?v=wmlc", true) => (200, vec![("content-type", WMLC)], 900),
            ("/photo", _) => (200, vec![("content-type", "image/jpeg")], 9000),
            _ => (200, vec![("content-type", "application/vnd.wap.xhtml+xml; charset=utf-8")], 3000),
        })
    });
    let both = "application/vnd.wap.xhtml+xml, application/vnd.wap.wmlc;q=0.5";
    for (target, accept, sdu, status, length) in [
        ("", both, 1400, 0x20, Some(900)),
        ("?v=xhtml", both, 1400, 0x20, Some(900)),
        ("", both, 9000, 0x20, Some(3000)),
        ("", "application/vnd.wap.xhtml+xml", 1400, 0x62, None),
        ("photo", both, 1400, 0x62, None),
        ("photo", both, 9999, 0x20, Some(9000)),
        ("", both, 256, 0x62, None),
    ] {
        let asked = Wish { client_sdu: sdu, ..wish(&format!("http://a/{target}"), accept) };
        let reply = gateway.fetch(asked).await;
        assert!(reply.len() <= sdu as usize);
        let (said, _, data) = read(&reply);
        assert_eq!((said, length.is_none_or(|length| length == data.len())), (status, true), "{target} {sdu}");
    }
}
