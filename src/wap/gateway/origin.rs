//! A WSP method as a request of HTTP for the box itself. Pure.

use std::net::IpAddr;

use crate::message::Request;
use crate::wap::wsp::headers::Fields;
use crate::wap::wsp::pdu::Method;

/// What was asked, on either port.
#[derive(Clone, Debug)]
pub struct Wish {
    pub method: Method,
    pub uri: Vec<u8>,
    pub fields: Fields,
    pub body: Vec<u8>,
    pub peer: IpAddr,
    /// The most octets of a reply that the client takes.
    pub client_sdu: u32,
}

/// The most octets of a reply's head: type and status, a page's media type as text with its charset, length, coding and tag
/// or a picture's date and tag. Every answer of the sample companies is held against it (`tests/appliance/gateway.rs`).
const HEAD_MAX: usize = 100;
pub(super) const WMLC: &str = "application/vnd.wap.wmlc";
const WML: &str = "text/vnd.wap.wml";
/// Who names one of these shows pages of its own choice.
const SHOWN: [&str; 5] = [WMLC, WML, "application/vnd.wap.xhtml+xml", "application/xhtml+xml", "text/html"];

/// Things that an Accept names; the wordiest phone has some fifty, and each is compared with all that a page can be.
const RANGES_MAX: usize = 100;

/// What pages and pictures depend on. All else of a phone's headers is for a proxy that goes on to somewhere.
const PASSED: [&str; 14] = [
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "content-type",
    "encoding-version",
    "if-modified-since",
    "if-none-match",
    "referer",
    "ua-pixels",
    "user-agent",
    "x-up-devcap-max-pdu",
    "x-up-devcap-screenpixels",
    "x-wap-profile",
    "x-wap-profile-diff",
];

/// `None`: an address that leads nowhere here: of another scheme, or none at all.
pub fn request(wish: &Wish) -> Option<Request> {
    let (host, target) = place(&wish.uri)?;
    let mut headers: Fields = wish.fields.iter().filter(|(name, _)| PASSED.contains(&name.as_str())).cloned().collect();
    headers.push(("accept".to_owned(), accept(&wish.fields).join(", ")));
    headers.push(("host".to_owned(), host));
    let (method, body, peer) = (wish.method.name().to_owned(), wish.body.clone().into(), Some(wish.peer));
    let room = Some((wish.client_sdu as usize).saturating_sub(HEAD_MAX));
    Some(Request { method, target, headers, body, peer, room, ..Request::default() })
}

/// The same, for the smallest rendering there is.
pub fn smallest(request: &Request) -> Request {
    let mut smallest = request.clone();
    smallest.headers.retain(|(name, _)| name != "accept");
    smallest.headers.push(("accept".to_owned(), WMLC.to_owned()));
    smallest.target = chosen(&request.target, |_| Some("wmlc"));
    smallest
}

pub fn takes_decks(fields: &Fields) -> bool {
    accept(fields).iter().any(|range| range.starts_with(WMLC))
}

/// What it takes, as an origin is told: phones behind a gateway name decks as text, for the gateway to compile, or name no
/// page at all. All of them read compiled ones.
fn accept(fields: &Fields) -> Vec<String> {
    let own = fields.iter().filter(|(name, _)| name == "accept").map(|(_, value)| value);
    let own = own.flat_map(|value| value.split(',')).take(RANGES_MAX);
    let mut ranges: Vec<String> = own.map(|range| range.trim().to_owned()).collect();
    let media = |range: &str| range.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let names = |ranges: &[String], wanted: &str| ranges.iter().find(|range| media(range) == wanted).cloned();
    if names(&ranges, WMLC).is_none() {
        if let Some(text) = names(&ranges, WML) {
            ranges.push(format!("{WMLC}{}", text.get(WML.len()..).unwrap_or("")));
        } else if !SHOWN.iter().any(|shown| names(&ranges, shown).is_some()) {
            ranges.push(WMLC.to_owned());
        }
    }
    ranges
}

/// Host and target of an address. One without a host is the portal's.
fn place(uri: &[u8]) -> Option<(String, String)> {
    const SCHEME: &[u8] = b"http://";
    let rest = match uri.split_at_checked(SCHEME.len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => rest,
        _ if uri.first() == Some(&b'/') => {
            return Some((String::new(), target(uri)));
        }
        _ => return None,
    };
    let end = rest.iter().position(|octet| b"/?#".contains(octet)).unwrap_or(rest.len());
    let (host, behind) = rest.split_at(end);
    let is_name = |octet: &u8| octet.is_ascii_alphanumeric() || b".-_:[]".contains(octet);
    let host = std::str::from_utf8(host).ok().filter(|host| !host.is_empty() && host.bytes().all(|o| is_name(&o)))?;
    Some((host.to_owned(), target(behind)))
}

/// Octets that no address may have are escaped as they are: what they mean is the reader's to find out.
fn target(octets: &[u8]) -> String {
    let mut out = String::with_capacity(octets.len() + 1);
    if octets.first() != Some(&b'/') {
        out.push('/');
    }
    for octet in octets.iter().take_while(|octet| **octet != b'#') {
        match octet {
            0x21..=0x7E => out.push(char::from(*octet)),
            _ => out.push_str(&format!("%{octet:02X}")),
        }
    }
    // A deck as text is what a gateway compiles.
    chosen(&out, |value| (value == "wml").then_some("wmlc"))
}

/// The target with another rendering wherever one is chosen in its query.
fn chosen(target: &str, other: impl Fn(&str) -> Option<&'static str>) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.strip_prefix("v=").and_then(&other) {
            Some(value) => format!("v={value}"),
            None => pair.to_owned(),
        })
        .collect();
    format!("{path}?{}", pairs.join("&"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_a_host_and_a_target() {
        for (uri, expected) in [
            ("http://localhost:8080/s/tea/?v=wml", Some(("localhost:8080", "/s/tea/?v=wmlc"))),
            ("HTTP://Tea.Example.com", Some(("Tea.Example.com", "/"))),
            ("http://a?q=1#x", Some(("a", "/?q=1"))),
            ("http://[::1]:80/#x", Some(("[::1]:80", "/"))),
            ("/a b\u{8336}", Some(("", "/a%20b%E8%8C%B6"))),
            ("http://a/?v=xhtml&v=wml&x=v=wml", Some(("a", "/?v=xhtml&v=wmlc&x=v=wml"))),
            ("https://a/", None),
            ("http:///a", None),
            ("http://user@a/", None),
            ("http://a\r\nb/", None),
            ("ftp://a/", None),
            ("a/", None),
            ("", None),
        ] {
            let expected = expected.map(|(host, target)| (host.to_owned(), target.to_owned()));
            assert_eq!(place(uri.as_bytes()), expected, "{uri}");
        }
        assert_eq!(target(b"/?q=\xB2\xE8\0"), "/?q=%B2%E8%00");
    }

    #[test]
    fn every_phone_reads_compiled_decks() {
        for (own, all) in [
            (&[][..], WMLC),
            (&["*/*"], "*/*, application/vnd.wap.wmlc"),
            (&["image/gif", "text/plain"], "image/gif, text/plain, application/vnd.wap.wmlc"),
            (&["text/vnd.wap.wml;q=0.5, a/b"], "text/vnd.wap.wml;q=0.5, a/b, application/vnd.wap.wmlc;q=0.5"),
            (&[WMLC, WML], "application/vnd.wap.wmlc, text/vnd.wap.wml"),
            (&["application/vnd.wap.xhtml+xml"], "application/vnd.wap.xhtml+xml"),
            (&["text/html"], "text/html"),
        ] {
            let fields = own.iter().map(|value| ("accept".to_owned(), (*value).to_owned())).collect();
            assert_eq!(accept(&fields).join(", "), all);
            assert_eq!(takes_decks(&fields), all.contains(WMLC));
        }
        let many = vec![("accept".to_owned(), "a/b,".repeat(9999))];
        assert_eq!(accept(&many).len(), RANGES_MAX + 1);
    }

    #[test]
    fn what_a_page_does_not_depend_on_is_not_passed() {
        let fields = ["user-agent", "host", "via", "x-forwarded-for", "cookie", "authorization", "x-wap-profile"];
        let wish = Wish {
            method: Method::Head,
            uri: b"http://a/?v=xhtml".to_vec(),
            fields: fields.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect(),
            body: vec![1],
            peer: [127, 0, 0, 1].into(),
            client_sdu: 1400,
        };
        let request = request(&wish).unwrap();
        let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["user-agent", "x-wap-profile", "accept", "host"]);
        assert_eq!((request.method.as_str(), request.target.as_str(), &*request.body), ("HEAD", "/?v=xhtml", &[1][..]));
        let small = smallest(&request);
        assert_eq!((small.target.as_str(), small.headers.len()), ("/?v=wmlc", 4));
    }
}
