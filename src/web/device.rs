//! What a device gets: which of the renderings, decided by its own choice first, then by what it was given before, then by
//! `Accept` (RFC 9110, 12.5.1), then by what is known of the phone, and last by its host. Pure.

/// The renderings of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rendering {
    Html,
    Xhtml,
    Wml,
    /// WML in WBXML.
    Wmlc,
}

pub const WML_TYPE: &str = "text/vnd.wap.wml";
pub const WMLC_TYPE: &str = "application/vnd.wap.wmlc";
pub const XHTML_MP_TYPE: &str = "application/vnd.wap.xhtml+xml";

impl Rendering {
    /// The values of `?v=`.
    pub fn of_name(name: &str) -> Option<Rendering> {
        match name {
            "web" => Some(Rendering::Html),
            "xhtml" => Some(Rendering::Xhtml),
            "wml" => Some(Rendering::Wml),
            "wmlc" => Some(Rendering::Wmlc),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Rendering::Html => "web",
            Rendering::Xhtml => "xhtml",
            Rendering::Wml => "wml",
            Rendering::Wmlc => "wmlc",
        }
    }

    pub fn is_wml(self) -> bool {
        matches!(self, Rendering::Wml | Rendering::Wmlc)
    }

    /// The media type for a device that sent this `Accept`: browsers know XHTML by its general name only.
    pub fn media_type(self, accept: &str) -> &'static str {
        match self {
            Rendering::Html => "text/html; charset=utf-8",
            Rendering::Xhtml if accept.contains(XHTML_MP_TYPE) => "application/vnd.wap.xhtml+xml; charset=utf-8",
            Rendering::Xhtml if accept.contains("application/xhtml+xml") => "application/xhtml+xml; charset=utf-8",
            Rendering::Xhtml => "application/vnd.wap.xhtml+xml; charset=utf-8",
            Rendering::Wml => "text/vnd.wap.wml; charset=utf-8",
            Rendering::Wmlc => WMLC_TYPE,
        }
    }
}

/// All that a rendering is decided by.
#[derive(Clone, Copy, Debug, Default)]
pub struct Device<'a> {
    /// The request's own `?v=`.
    pub chosen: Option<Rendering>,
    /// What was chosen before, kept by a cookie.
    pub kept: Option<Rendering>,
    pub accept: &'a str,
    /// What the phone is known to show.
    pub takes: Option<Rendering>,
    /// A `wap.` host never gives HTML.
    pub is_wap_host: bool,
}

impl Device<'_> {
    pub fn rendering(&self) -> Rendering {
        let allowed = |rendering: &Rendering| !self.is_wap_host || *rendering != Rendering::Html;
        // A browser that was given a deck would save it as a file, and with it kept by a cookie every page after it.
        let kept = self.kept.filter(|kept| !kept.is_wml() || self.shows(*kept));
        let default = if self.is_wap_host { Rendering::Xhtml } else { Rendering::Html };
        let first = self.chosen.filter(allowed).or(kept.filter(allowed));
        first.or_else(|| self.by_accept()).or(self.takes.filter(allowed)).unwrap_or(default)
    }

    /// Of what is named and liked as much the richest that is meant for phones: whoever names a WAP type is a phone, and a
    /// browser names none. `None` when `*/*` is liked more, or nothing of ours is named.
    fn by_accept(&self) -> Option<Rendering> {
        let ranges = ranges(self.accept);
        let mut best = None;
        let mut most = if self.is_wap_host { 0 } else { quality(&ranges, &["*/*", "text/*"]).saturating_sub(1) };
        for (rendering, kinds) in KINDS {
            let quality = quality(&ranges, kinds);
            if quality > most && (!self.is_wap_host || rendering != Rendering::Html) {
                (best, most) = (Some(rendering), quality);
            }
        }
        best
    }

    /// Whether it can show a page of this rendering, as far as it says; who says nothing at all is believed everything.
    pub fn shows(&self, rendering: Rendering) -> bool {
        let ranges = ranges(self.accept);
        let named = |wanted: Rendering| KINDS.iter().any(|(of, kinds)| *of == wanted && quality(&ranges, kinds) > 0);
        let (html, xhtml) = (named(Rendering::Html), named(Rendering::Xhtml));
        let wml = named(Rendering::Wml) || named(Rendering::Wmlc);
        let names_none = !(html || xhtml || wml);
        match rendering {
            Rendering::Html if self.is_wap_host => false,
            Rendering::Html => html || names_none && matches!(self.takes, None | Some(Rendering::Html)),
            // A browser shows it as what it nearly is.
            Rendering::Xhtml => html || xhtml || names_none && !self.takes.is_some_and(Rendering::is_wml),
            // All phones of WAP 2.0 read the decks of WAP 1 as well.
            Rendering::Wml | Rendering::Wmlc => wml || names_none && self.takes != Some(Rendering::Html),
        }
    }

    /// The renderings that it may go over to, as values of `?v=`.
    pub fn ways(&self) -> Vec<&'static str> {
        let all = [Rendering::Html, Rendering::Xhtml, Rendering::Wml];
        all.into_iter().filter(|rendering| self.shows(*rendering)).map(Rendering::name).collect()
    }
}

/// The media types of each rendering, in the order in which they are liked.
const KINDS: [(Rendering, &[&str]); 4] = [
    (Rendering::Xhtml, &[XHTML_MP_TYPE]),
    (Rendering::Wmlc, &[WMLC_TYPE]),
    (Rendering::Wml, &[WML_TYPE]),
    (Rendering::Html, &["text/html", "application/xhtml+xml"]),
];

fn quality(ranges: &[(String, u16)], kinds: &[&str]) -> u16 {
    let of = |kind: &&str| ranges.iter().find(|(range, _)| range == kind).map_or(0, |(_, quality)| *quality);
    kinds.iter().map(of).max().unwrap_or(0)
}

/// Media ranges with their quality in thousandths.
pub(super) fn ranges(accept: &str) -> Vec<(String, u16)> {
    accept
        .split(',')
        .filter_map(|piece| {
            let mut parts = piece.split(';').map(str::trim);
            let range = parts.next().filter(|r| !r.is_empty())?.to_ascii_lowercase();
            let q = parts.find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")));
            let q = q.map_or(1000.0, |q| q.parse::<f32>().unwrap_or(0.0) * 1000.0);
            Some((range, q.clamp(0.0, 1000.0) as u16))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(accept: &str, takes: Option<Rendering>, is_wap_host: bool) -> Rendering {
        Device { accept, takes, is_wap_host, ..Device::default() }.rendering()
    }

    #[test]
    fn accept_chooses() {
        use Rendering::{Html, Wml, Wmlc, Xhtml};
        for (accept, plain, wap) in [
            ("", Html, Xhtml),
            ("*/*", Html, Xhtml),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Html, Xhtml),
            ("text/vnd.wap.wml", Wml, Wml),
            ("application/vnd.wap.wmlc, text/vnd.wap.wml, image/vnd.wap.wbmp", Wmlc, Wmlc),
            ("text/vnd.wap.wml, */*", Wml, Wml),
            ("text/vnd.wap.wml;q=0.5, text/html", Html, Wml),
            ("text/vnd.wap.wml;q=0.9, text/html;q=0.8", Wml, Wml),
            ("application/vnd.wap.xhtml+xml, text/vnd.wap.wml", Xhtml, Xhtml),
            ("application/vnd.wap.xhtml+xml;q=0.4, text/vnd.wap.wml;q=0.6", Wml, Wml),
            ("TEXT/VND.WAP.WML", Wml, Wml),
            ("text/vnd.wap.wml;q=0, */*", Html, Xhtml),
            ("image/png", Html, Xhtml),
            (",,;;q=x", Html, Xhtml),
        ] {
            assert_eq!((given(accept, None, false), given(accept, None, true)), (plain, wap), "{accept}");
        }
    }

    #[test]
    fn each_decides_before_the_next() {
        use Rendering::{Html, Wml, Wmlc, Xhtml};
        const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";
        for (chosen, kept, accept, takes, plain, wap) in [
            // The choice, whatever else is said, but for HTML where there is none.
            (Some(Html), Some(Wml), "text/vnd.wap.wml", Some(Wml), Html, Wml),
            (Some(Wml), Some(Html), BROWSER, Some(Html), Wml, Wml),
            (Some(Wmlc), None, BROWSER, None, Wmlc, Wmlc),
            // What was kept, but for a deck in a browser.
            (None, Some(Xhtml), "text/vnd.wap.wml", Some(Wml), Xhtml, Xhtml),
            (None, Some(Html), "text/vnd.wap.wml", Some(Wml), Html, Wml),
            (None, Some(Wml), BROWSER, None, Html, Xhtml),
            (None, Some(Wml), "*/*", Some(Html), Html, Xhtml),
            (None, Some(Wml), "*/*", Some(Xhtml), Wml, Wml),
            // What is named.
            (None, None, BROWSER, Some(Wml), Html, Wml),
            (None, None, "text/vnd.wap.wml, */*", Some(Xhtml), Wml, Wml),
            (None, None, "application/vnd.wap.xhtml+xml, text/vnd.wap.wml, text/html", Some(Html), Xhtml, Xhtml),
            // What is known of the phone.
            (None, None, "*/*", Some(Wml), Wml, Wml),
            (None, None, "*/*", Some(Xhtml), Xhtml, Xhtml),
            (None, None, "", Some(Xhtml), Xhtml, Xhtml),
            (None, None, "*/*", Some(Html), Html, Xhtml),
            (None, None, "text/vnd.wap.wml;q=0.2, */*", Some(Xhtml), Xhtml, Wml),
            // The host.
            (None, None, "*/*", None, Html, Xhtml),
        ] {
            let of = |is_wap_host| Device { chosen, kept, accept, takes, is_wap_host }.rendering();
            assert_eq!((of(false), of(true)), (plain, wap), "{chosen:?} {kept:?} {accept} {takes:?}");
        }
    }

    #[test]
    fn nobody_is_led_where_nothing_is_shown() {
        use Rendering::{Html, Wml, Xhtml};
        for (accept, takes, ways) in [
            ("", None, &["web", "xhtml", "wml"][..]),
            ("*/*", None, &["web", "xhtml", "wml"]),
            ("*/*", Some(Html), &["web", "xhtml"]),
            ("*/*", Some(Xhtml), &["xhtml", "wml"]),
            ("*/*", Some(Wml), &["wml"]),
            ("text/html,application/xhtml+xml,*/*;q=0.8", None, &["web", "xhtml"]),
            ("text/vnd.wap.wml, application/vnd.wap.wmlc, */*", None, &["wml"]),
            ("application/vnd.wap.xhtml+xml, text/vnd.wap.wml, */*", None, &["xhtml", "wml"]),
            ("application/vnd.wap.xhtml+xml, text/html", Some(Wml), &["web", "xhtml"]),
        ] {
            assert_eq!(Device { accept, takes, ..Device::default() }.ways(), ways, "{accept} {takes:?}");
        }
        let wap = Device { accept: "text/html", is_wap_host: true, ..Device::default() };
        assert_eq!(wap.ways(), ["xhtml"]);
    }
}
