//! A request and a response as the public function sees them: whole, bounded, and without a socket. HTTP, the WAP gateway
//! and the handset page speak to it in these; what a header means is theirs who read it.

use std::borrow::Cow;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::sync::mpsc;

#[derive(Clone, Debug, Default)]
pub struct Request {
    /// In capitals.
    pub method: String,
    /// As in the address line: still percent-encoded, with the query.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// The body was longer than the limit and was not kept.
    pub too_large: bool,
    pub peer: Option<IpAddr>,
    /// The most octets of a response's body that the client takes, where the way that it comes by has such a limit.
    pub room: Option<usize>,
}

#[derive(Clone, Debug, Default)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    pub body: Bytes,
    /// In place of `body`, for what is too long to be held.
    pub pieces: Option<Pieces>,
}

/// A body that comes piece by piece; an error breaks the connection off, so that nobody takes it for whole. The first
/// who sends a clone has it.
#[derive(Clone, Debug)]
pub struct Pieces(Arc<Mutex<mpsc::Receiver<io::Result<Bytes>>>>);

impl Pieces {
    pub fn new(pieces: mpsc::Receiver<io::Result<Bytes>>) -> Pieces {
        Pieces(Arc::new(Mutex::new(pieces)))
    }

    pub fn poll(&self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).poll_recv(context)
    }
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// All values of a header that may stand several times.
    pub fn all(&self, name: &str) -> String {
        let values: Vec<&str> = self.headers.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
        values.join(", ")
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        let all = self.headers.iter().filter(|(n, _)| n == "cookie").flat_map(|(_, v)| v.split(';'));
        all.filter_map(|pair| pair.trim().split_once('=')).find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    /// The path as it was sent, without the query.
    pub fn path(&self) -> &str {
        self.target.split(['?', '#']).next().unwrap_or("/")
    }

    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, q)| q.split('#').next().unwrap_or(""))
    }

    pub fn is_head(&self) -> bool {
        self.method == "HEAD"
    }
}

impl Response {
    pub fn new(status: u16, kind: impl Into<Cow<'static, str>>, body: impl Into<Bytes>) -> Response {
        Response { status, headers: vec![("content-type", kind.into())], body: body.into(), pieces: None }
    }

    pub fn text(status: u16, text: &str) -> Response {
        Response::new(status, "text/plain; charset=utf-8", text.to_owned())
    }

    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Response {
        self.headers.push((name, value.into()));
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_ref())
    }
}

/// A field of our own forms on WAP and what it says: as it comes back, so the others were written.
pub const CHARSET_FIELD: (&str, &str) = ("_c", "字");

/// Percent-decoded text of a path or query: UTF-8, or what old phones and gateways send, GB18030 (a superset of GBK).
pub fn decoded(raw: &str, plus_is_blank: bool) -> String {
    let raw = if plus_is_blank { raw.replace('+', " ") } else { raw.to_owned() };
    text_of(&percent_encoding::percent_decode_str(&raw).collect::<Vec<u8>>(), None)
}

/// Octets as text: the named charset, else UTF-8 if it is, else GB18030.
pub fn text_of(octets: &[u8], charset: Option<&str>) -> String {
    if let Some(named) = charset.and_then(|c| encoding_rs::Encoding::for_label(c.trim().as_bytes())) {
        return named.decode(octets).0.into_owned();
    }
    match std::str::from_utf8(octets) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(octets).0.into_owned(),
    }
}

/// The pairs of a query or a posted form, decoded: by the named charset, else as the mark of our own forms came, else
/// each as it looks. At most 300: no form of ours has more.
pub fn pairs(raw: &[u8], charset: Option<&str>) -> Vec<(String, String)> {
    const PAIRS_MAX: usize = 300;
    let octets = |piece: &[u8]| {
        let blanks: Vec<u8> = piece.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
        percent_encoding::percent_decode(&blanks).collect::<Vec<u8>>()
    };
    let split = |pair: &[u8]| {
        let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        (octets(&pair[..at]), octets(pair.get(at + 1..).unwrap_or(&[])))
    };
    let all = raw.split(|b| matches!(b, b'&' | b';')).filter(|pair| !pair.is_empty()).take(PAIRS_MAX);
    let all: Vec<(Vec<u8>, Vec<u8>)> = all.map(split).collect();
    let named = charset.or_else(|| marked(&all));
    all.iter().map(|(name, value)| (text_of(name, named), text_of(value, named))).collect()
}

/// The charset of a form that a phone or its gateway wrote in another than the page's, by a field of which we know what
/// it says: two characters of GBK look like two of Greek or Russian in UTF-8 as often as not.
fn marked(pairs: &[(Vec<u8>, Vec<u8>)]) -> Option<&'static str> {
    let (_, mark) = pairs.iter().find(|(name, _)| name == CHARSET_FIELD.0.as_bytes())?;
    ["utf-8", "gb18030"].into_iter().find(|charset| text_of(mark, Some(charset)) == CHARSET_FIELD.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_in_utf8_and_gbk() {
        let utf8 = vec![("q".to_owned(), "茶 叶".to_owned()), ("x".to_owned(), String::new())];
        assert_eq!(pairs(b"q=%E8%8C%B6+%E5%8F%B6&x", None), utf8);
        assert_eq!(pairs(b"q=%B2%E8", None)[0].1, "茶");
        assert_eq!(pairs(b"q=%B2%E8", Some("gbk"))[0].1, "茶");
        assert_eq!(pairs(b"%ff%ff=%zz&&=", None).len(), 2);
        // 小学 in GBK is Russian in UTF-8; the mark of the form tells them apart.
        for (raw, text) in [
            ("q=%D0%A1%D1%A7&_c=%D7%D6", "小学"),
            ("_c=%d7%d6&q=%D0%A1%D1%A7", "小学"),
            ("q=%D0%A1%D1%A7&_c=%E5%AD%97", "Сѧ"),
            ("q=%E5%B0%8F%E5%AD%A6&_c=%E5%AD%97", "小学"),
            ("q=%D0%A1%D1%A7", "Сѧ"),
            ("q=%D0%A1%D1%A7&_c=", "Сѧ"),
            ("q=%B2%E8&_c=?", "茶"),
            ("q=%D3%E3&_c=%D7%D6", "鱼"),
        ] {
            let read = pairs(raw.as_bytes(), None);
            assert_eq!(read.iter().find(|(name, _)| name == "q").unwrap().1, text, "{raw}");
        }
        assert_eq!(pairs(b"q=%D0%A1%D1%A7&_c=%E5%AD%97", Some("GB2312"))[0].1, "小学", "what is said counts first");
    }

    #[test]
    fn cookies_and_paths() {
        let request = Request {
            target: "/s/tea/?v=wml#x".into(),
            headers: vec![("cookie".into(), "a=1; v=wml".into())],
            ..Request::default()
        };
        assert_eq!((request.path(), request.query(), request.cookie("v")), ("/s/tea/", "v=wml", Some("wml")));
    }
}
