//! How a place becomes an address in one response: on whose host we are, and what each visit carries along. Pure.
//!
//! Not here: which host a request was for (that is the web's), and the way back from an address to a place.
//! RFC 3986 for paths and queries, RFC 3966 `tel:`, RFC 5724 `sms:`.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Path, To};

/// All but the unreserved characters of RFC 3986, 2.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What RFC 3986 allows nowhere in an address, and `'`; what is there already (`%`, `&`, `=`) keeps its meaning.
const ADDRESS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'\'')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The site whose own host this is: its paths are `/products/p7`. All other sites, and every site on the portal's
    /// host, are `/s/<slug>/…` of the portal's host.
    pub here: Option<String>,
    /// The portal: empty on the portal's own host, else absolute without a slash at the end: `http://box.example.com`.
    pub portal: String,
    /// A query that every visit carries along, such as `v=wml`.
    pub carry: Option<String>,
    /// What else goes along, to this host alone: who a visitor without cookies is, such as `s=…`.
    pub visitor: Option<String>,
    /// The other renderings that the device can show, as values of `v`.
    pub ways: Vec<&'static str>,
    /// The visitor's token that makes a form sent twice count once.
    pub once: String,
}

impl Links {
    /// The address of a place, with what is carried along.
    pub fn path(&self, path: &Path) -> String {
        let mut address = String::new();
        self.push_path(&mut address, path);
        address
    }

    /// The same place with one of the values carried along set otherwise.
    pub fn switched(&self, path: &Path, name: &str, value: &str) -> String {
        let kept = self.carried(path).filter(|(carried, _)| *carried != name);
        let mut query: String = kept.map(|(name, value)| format!("{name}={value}&")).collect();
        query.push_str(&format!("{name}={value}"));
        self.with(path, &query)
    }

    /// The address of a place with this query instead of what is carried along.
    pub fn with(&self, path: &Path, query: &str) -> String {
        let mut address = String::new();
        self.push_bare(&mut address, path);
        push_query(&mut address, query);
        address
    }

    /// Where a page that was cut goes on: the mark of the first block that did not fit.
    pub fn at(&self, path: &Path, mark: &str) -> String {
        let mut address = self.bare(path);
        push_query(&mut address, &format!("at={}", utf8_percent_encode(mark, SEGMENT)));
        self.push_carried(&mut address);
        address
    }

    /// The address of a place alone: a form sent with GET drops the query of its action.
    pub fn bare(&self, path: &Path) -> String {
        let mut address = String::new();
        self.push_bare(&mut address, path);
        address
    }

    /// The address behind a link. A web address of another scheme than http, https or mailto leads nowhere (`#`).
    pub fn to(&self, to: &To) -> String {
        let mut address = String::new();
        self.push_to(&mut address, to);
        address
    }

    pub fn picture(&self, file: &str) -> String {
        let mut address = String::new();
        self.push_picture(&mut address, file);
        address
    }

    /// The same picture for the screen of an old phone.
    pub fn small_picture(&self, file: &str) -> String {
        format!("/pictures/small/{}", utf8_percent_encode(file, SEGMENT))
    }

    /// The names and values of what is carried along to a place, for the hidden fields of a form sent with GET.
    pub fn carried(&self, to: &Path) -> impl Iterator<Item = (&str, &str)> {
        let visitor = self.visitor.as_deref().filter(|_| is_here(&self.bare(to)));
        let all = [self.carry.as_deref(), visitor].into_iter().flatten();
        all.flat_map(|query| query.split('&')).filter_map(|pair| pair.split_once('='))
    }

    // What follows writes into a buffer that holds this one address only.

    pub(crate) fn push_path(&self, out: &mut String, path: &Path) {
        self.push_bare(out, path);
        self.push_carried(out);
    }

    fn push_carried(&self, out: &mut String) {
        push_query(out, self.carry.as_deref().unwrap_or(""));
        if is_here(out) {
            push_query(out, self.visitor.as_deref().unwrap_or(""));
        }
    }

    pub(crate) fn push_to(&self, out: &mut String, to: &To) {
        match to {
            To::Visit(path) => self.push_path(out, path),
            To::Call(number) => push_dialled(out, "tel:", number),
            To::Text(number, words) => {
                push_dialled(out, "sms:", number);
                if !words.is_empty() {
                    out.push_str("?body=");
                    out.extend(utf8_percent_encode(words, SEGMENT));
                }
            }
            // Opens in any browser, and in the map program where there is one; coordinates are WGS 84 as in RFC 5870.
            To::Map { lat, lon } => {
                out.push_str(&format!("https://uri.amap.com/marker?position={lon},{lat}&coordinate=wgs84"));
            }
            To::Web(address) => push_web(out, address),
        }
    }

    pub(crate) fn push_picture(&self, out: &mut String, file: &str) {
        out.push_str("/pictures/");
        out.extend(utf8_percent_encode(file, SEGMENT));
    }

    fn push_bare(&self, out: &mut String, path: &Path) {
        match &path.site {
            Some(site) if self.here.as_ref() == Some(site) => {}
            Some(site) => {
                out.push_str(&self.portal);
                out.push_str("/s/");
                push_segment(out, site);
            }
            None => out.push_str(&self.portal),
        }
        out.push('/');
        let (place, query) = path.at.split_once('?').unwrap_or((&path.at, ""));
        for (n, segment) in place.split('/').enumerate() {
            if n > 0 {
                out.push('/');
            }
            push_segment(out, segment);
        }
        push_query(out, query);
    }
}

/// On the host that the page is on.
fn is_here(address: &str) -> bool {
    address.starts_with('/')
}

/// Nearly every one of ours stands for itself.
fn push_segment(out: &mut String, segment: &str) {
    match segment.bytes().all(|b| b.is_ascii_alphanumeric()) {
        true => out.push_str(segment),
        false => out.extend(utf8_percent_encode(segment, SEGMENT)),
    }
}

fn push_query(out: &mut String, query: &str) {
    if query.is_empty() {
        return;
    }
    out.push(if out.contains('?') { '&' } else { '?' });
    out.extend(utf8_percent_encode(query, ADDRESS));
}

fn push_dialled(out: &mut String, scheme: &str, number: &str) {
    out.push_str(scheme);
    for c in dialled(number) {
        match c {
            '#' => out.push_str("%23"),
            c => out.push(c),
        }
    }
}

/// Digits, a `+` before them, `*` and `#`: how a person groups a number is not for dialling. It ends where words or
/// another number begin: 转801, 86001234/86001235.
pub(crate) fn dialled(number: &str) -> impl Iterator<Item = char> {
    let ends = |c: &char| c.is_alphabetic() || "/,;、，；".contains(*c);
    let mut is_first = true;
    number.chars().take_while(move |c| !ends(c)).filter(move |c| {
        let dials = matches!(c, '0'..='9' | '*' | '#') || *c == '+' && is_first;
        is_first &= !dials;
        dials
    })
}

fn push_web(out: &mut String, address: &str) {
    let address = address.trim();
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("http" | "https" | "mailto") => {}
        // `example.com:8080/…` and `example.com` are hosts as people write them.
        Some(host) if host.contains('.') => out.push_str("http://"),
        None if address.contains('.') => out.push_str("http://"),
        _ => return out.push('#'),
    }
    out.extend(utf8_percent_encode(address, ADDRESS));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(site: Option<&str>, at: &str) -> Path {
        Path { site: site.map(str::to_owned), at: at.to_owned() }
    }

    #[test]
    fn on_the_sites_own_host() {
        let links = Links { here: Some("tea".into()), portal: "http://box.example.com".into(), ..Links::default() };
        assert_eq!(links.path(&at(Some("tea"), "")), "/");
        assert_eq!(links.path(&at(Some("tea"), "products/p7")), "/products/p7");
        assert_eq!(links.path(&at(Some("inn"), "news")), "http://box.example.com/s/inn/news");
        assert_eq!(links.path(&at(None, "search")), "http://box.example.com/search");
    }

    #[test]
    fn on_the_portals_host_and_on_an_address_without_a_name() {
        let links = Links { carry: Some("v=wml".into()), ..Links::default() };
        assert_eq!(links.path(&at(Some("tea"), "")), "/s/tea/?v=wml");
        assert_eq!(links.path(&at(None, "")), "/?v=wml");
        assert_eq!(links.bare(&at(None, "search")), "/search");
        assert_eq!(links.with(&at(None, ""), "v=web"), "/?v=web");
        assert_eq!(links.at(&at(Some("tea"), "news"), "n3 7"), "/s/tea/news?at=n3%207&v=wml");
        assert_eq!(links.carried(&at(None, "")).collect::<Vec<_>>(), [("v", "wml")]);
    }

    #[test]
    fn who_the_visitor_is_stays_on_this_host() {
        let carry = Some("v=wml".to_owned());
        let visitor = Some("s=1a".to_owned());
        let links = Links { here: Some("tea".into()), portal: "http://box".into(), carry, visitor, ..Links::default() };
        let (here, there) = (at(Some("tea"), "news"), at(None, "search"));
        assert_eq!(links.path(&here), "/news?v=wml&s=1a");
        assert_eq!(links.at(&here, "n3"), "/news?at=n3&v=wml&s=1a");
        assert_eq!(links.switched(&here, "v", "xhtml"), "/news?s=1a&v=xhtml");
        assert_eq!(links.carried(&here).collect::<Vec<_>>(), [("v", "wml"), ("s", "1a")]);
        assert_eq!(links.path(&there), "http://box/search?v=wml");
        assert_eq!(links.at(&there, "n3"), "http://box/search?at=n3&v=wml");
        assert_eq!(links.switched(&there, "v", "web"), "http://box/search?v=web");
        assert_eq!(links.carried(&there).collect::<Vec<_>>(), [("v", "wml")]);
        assert_eq!((links.bare(&here), links.small_picture("a.png")), ("/news".into(), "/pictures/small/a.png".into()));
    }

    #[test]
    fn a_place_is_percent_encoded_and_keeps_its_query() {
        let links = Links { carry: Some("v=wml".into()), ..Links::default() };
        assert_eq!(links.path(&at(None, "in/茶 叶\"<")), "/in/%E8%8C%B6%20%E5%8F%B6%22%3C?v=wml");
        assert_eq!(links.path(&at(None, "search?q=%E8%8C%B6&at=2")), "/search?q=%E8%8C%B6&at=2&v=wml");
    }

    #[test]
    fn other_schemes() {
        let links = Links::default();
        for (written, dialled) in [
            ("0531-8600 1234", "053186001234"),
            ("+86 (531) 8600-1234", "+8653186001234"),
            ("86001234转801", "86001234"),
            ("86001234 / 86001235", "86001234"),
            ("86001234、86001235", "86001234"),
            ("电话", ""),
            ("*100#", "*100%23"),
        ] {
            assert_eq!(links.to(&To::Call(written.into())), format!("tel:{dialled}"));
        }
        assert_eq!(
            links.to(&To::Text("+86 138 0000 1001".into(), "TD & 茶".into())),
            "sms:+8613800001001?body=TD%20%26%20%E8%8C%B6"
        );
        assert_eq!(
            links.to(&To::Map { lat: 36.6655, lon: 117.0203 }),
            "https://uri.amap.com/marker?position=117.0203,36.6655&coordinate=wgs84"
        );
        assert_eq!(links.picture("ab01.png"), "/pictures/ab01.png");
        assert_eq!(links.picture("../x"), "/pictures/..%2Fx");
        assert_eq!(links.small_picture("ab01.png"), "/pictures/small/ab01.png");
    }

    #[test]
    fn a_web_address_never_runs_a_script() {
        let links = Links::default();
        assert_eq!(
            links.to(&To::Web("https://example.com/茶?a=1&b=\"".into())),
            "https://example.com/%E8%8C%B6?a=1&b=%22"
        );
        assert_eq!(links.to(&To::Web("example.com:8080/a".into())), "http://example.com:8080/a");
        for hostile in ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "java\nscript:x", ""] {
            assert_eq!(links.to(&To::Web(hostile.into())), "#", "{hostile:?}");
        }
    }
}
