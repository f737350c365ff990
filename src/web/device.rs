//! What a device gets: which of the renderings, decided by its own choice first, then by host and `Accept` (RFC 9110,
//! 12.5.1). Pure.

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

    /// Whether a device that sent this `Accept` can show it. A browser that was given a deck would save it as a file, and
    /// with it kept by a cookie every page after it: who names HTML and no WML is one.
    pub fn is_shown_by(self, accept: &str) -> bool {
        !self.is_wml() || by_accept(accept, false).is_wml() || !accept.to_ascii_lowercase().contains("text/html")
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

/// The rendering by `Accept`. Of equals the richest that is meant for phones wins: whoever names a WAP type is a phone,
/// and a browser names none. A `wap.` host never gives HTML.
pub fn by_accept(accept: &str, wap_host: bool) -> Rendering {
    let ranges = ranges(accept);
    let quality = |kind: &str| ranges.iter().find(|(range, _)| range == kind).map_or(0, |(_, q)| *q);
    let html = quality("text/html").max(quality("application/xhtml+xml"));
    let candidates = [
        (Rendering::Xhtml, quality(XHTML_MP_TYPE)),
        (Rendering::Wmlc, quality(WMLC_TYPE)),
        (Rendering::Wml, quality(WML_TYPE)),
        (Rendering::Html, html),
        (Rendering::Html, quality("*/*").max(quality("text/*"))),
    ];
    let mut best = (Rendering::Html, 0);
    for (rendering, q) in candidates {
        let allowed = !wap_host || rendering != Rendering::Html;
        if allowed && q > best.1 {
            best = (rendering, q);
        }
    }
    match best {
        (_, 0) if wap_host => Rendering::Xhtml,
        (rendering, _) => rendering,
    }
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
            assert_eq!((by_accept(accept, false), by_accept(accept, true)), (plain, wap), "{accept}");
        }
    }
}
