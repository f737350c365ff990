//! Seeded garbage from everywhere at once: hosts, targets, cookies, marks, forms. Nothing of it may make the box fail, and
//! every answer is a whole one.

use std::fmt::Write as _;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::dice::Dice;
use crate::harness::{Appliance, parse};

impl Dice {
    /// Words that hurt somewhere, percent-encoded octets, and plain ones.
    fn words(&mut self) -> String {
        let mut out = String::new();
        for _ in 0..self.roll(6) {
            match self.roll(4) {
                0 => drop(write!(out, "%{:02x}", self.roll(256))),
                1 => out.push_str(self.of(HURTFUL)),
                2 => out.push((b'!' + self.roll(94) as u8) as char),
                _ => out.push_str(self.of(&["p1", "n1", "guestbook", "1001", "%E9%B1%BC", "%D3%E3"])),
            }
        }
        out.retain(|c| c != '#');
        out
    }
}

const HURTFUL: &[&str] = &[
    "../",
    "%2f..%2f",
    "%00",
    "%0d%0aset-cookie:%20x=y",
    "<script>",
    "%3Cscript%3E",
    "$(x)",
    "$$",
    "%24",
    "]]>",
    "]]%3E",
    "&amp;",
    "\"",
    "'",
    "{{7*7}}",
    "{%25if%25}",
    "%F0%9F%92%A5",
    "%ED%A0%80",
    "%EF%BF%BF",
    "%C0%80",
    "%E2%80%AE",
    "-1",
    "0",
    "18446744073709551616",
    "~",
    "~1",
    "~99999999999999999999",
    "%",
    "%%",
    "%u1234",
    ";",
    "&",
    "=",
    "+",
    "?",
];
const HOSTS: &[&str] = &[
    "localhost",
    "localhost",
    "juhelou.localhost",
    "wap.juhelou.localhost",
    "wap.localhost",
    "127.0.0.1",
    "x.localhost",
    "[::1",
    ":",
];
const PATHS: &[&str] = &[
    "/",
    "/help",
    "/search",
    "/search/",
    "/i/restaurant",
    "/s/juhelou/",
    "/s/juhelou/about",
    "/s/juhelou/news",
    "/s/juhelou/news/n1",
    "/s/juhelou/products",
    "/s/juhelou/products/p1",
    "/s/juhelou/contact",
    "/s/juhelou/guestbook",
    "/s/juhelou/guestbook/write",
    "/guestbook/write",
    "/products/p1",
    "/s/juhelou/search",
    "/s/juhelou/search/",
    "/pictures/",
    "/pictures/small/",
    "/assets/",
    "/handset/",
    "/handset/state",
    "/healthz",
    "/metrics",
    "/api/v1/inbox",
    "/console/",
];
const ACCEPTS: &[&str] = &[
    "*/*",
    "text/html",
    "text/vnd.wap.wml",
    "application/vnd.wap.wmlc",
    "application/vnd.wap.xhtml+xml",
    "a/b;q=x,,;",
    "text/html;q=2;q=-1",
];

fn target(dice: &mut Dice, posts: bool) -> String {
    let form = posts && dice.roll(3) > 0;
    let mut target = if form { "/s/juhelou/guestbook/write" } else { dice.of(PATHS) }.to_owned();
    if !form && dice.roll(3) == 0 {
        target.push_str(&dice.words().replace([' ', '\r', '\n'], ""));
    }
    let mut join = '?';
    for name in ["v", "lang", "at", "q", "x"] {
        if dice.roll(3) > 0 {
            continue;
        }
        let value = match (name, dice.roll(2)) {
            ("v", 0) => dice.of(&["web", "xhtml", "wml", "wmlc"]).to_owned(),
            ("lang", 0) => dice.of(&["zh", "en"]).to_owned(),
            ("at", 0) => {
                format!("{}.{}.{}", dice.of(&["p1", "b0", "b3", "", "n1"]), dice.roll(100_000), dice.roll(70_000))
            }
            _ => dice.words(),
        };
        target.push(join);
        target.push_str(&format!("{name}={value}"));
        join = '&';
    }
    target
}

fn request(dice: &mut Dice) -> String {
    let posts = dice.roll(3) == 0;
    let mut body = String::new();
    if posts {
        for name in ["_form=write", "_form", "_once", "_step", "_opt", "text", "who", "q", "", "text"] {
            if dice.roll(2) == 0 {
                let value = dice.words();
                body.push_str(&if name.contains('=') { format!("{name}&") } else { format!("{name}={value}&") });
            }
        }
    }
    let method = if posts { "POST" } else { dice.of(&["GET", "GET", "GET", "HEAD", "PUT"]) };
    let charset = dice.of(&["", "; charset=gbk", "; charset=utf-16", "; charset=\"", "; charset=x-user-defined"]);
    let gzip = dice.of(&["gzip", "", "*;q=0", "gzip;q=x"]);
    format!(
        "{method} {} HTTP/1.1\r\nhost: {}\r\naccept: {}\r\naccept-encoding: {gzip}\r\ncookie: v={}; lang={}; said={}\r\nif-none-match: {}\r\ncontent-type: application/x-www-form-urlencoded{charset}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        target(dice, posts),
        if posts { "localhost" } else { dice.of(HOSTS) },
        dice.of(ACCEPTS),
        dice.of(&["wml", "xhtml", "web", ""]),
        dice.of(&["en", "zh", "\""]),
        dice.words().replace(';', ""),
        dice.of(&["*", "\"", "W/", "", "\"x-gz\""]),
        body.len()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_in_and_pages_out() {
    let appliance = Appliance::start().await;
    let mut dice = Dice::new(0x5eed_2026_1122);
    for n in 0..1500 {
        let request = request(&mut dice);
        let mut stream = TcpStream::connect(appliance.running.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let reply = parse(&answer);
        assert!(reply.status != 500 && (200..500).contains(&reply.status), "{n}: {}\n{request}", reply.status);
        if reply.header("content-encoding").is_empty() && reply.header("content-type").starts_with("text/html") {
            assert!(!reply.text().contains("<script>"), "{n}: {request}");
        }
        let kept = reply.headers.iter().filter(|(name, _)| name == "set-cookie");
        for (_, cookie) in kept {
            assert!(
                ["v=", "lang=", "said=", "s="].iter().any(|name| cookie.starts_with(name)),
                "{n}: {cookie}\n{request}"
            );
        }
        // WML and XHTML-MP are XML, whatever stands in them.
        if !reply.body.is_empty()
            && reply.header("content-encoding").is_empty()
            && reply.header("content-type").contains("wap.")
        {
            let kind = reply.header("content-type");
            if !kind.contains("wmlc") {
                well_formed(&reply.text()).unwrap_or_else(|why| panic!("{n}: {why}\n{request}\n{}", reply.text()));
            }
        }
    }
    assert_eq!(appliance.get("/healthz", &[]).await.text(), "ok\n");
    appliance.stop().await;
}

pub fn well_formed(text: &str) -> Result<(), String> {
    let illegal =
        |c: &char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if let Some(c) = text.chars().find(illegal) {
        return Err(format!("{c:?} is no character of XML 1.0 (2.2)"));
    }
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut open = 0;
    loop {
        match reader.read_event().map_err(|e| e.to_string())? {
            quick_xml::events::Event::Start(_) => open += 1,
            quick_xml::events::Event::End(_) => open -= 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    if open == 0 { Ok(()) } else { Err(format!("{open} elements are open")) }
}
