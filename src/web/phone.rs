//! What is known of a phone: how wide its screen is, how much of a deck it takes, which pictures it reads. Pure.
//!
//! What the phone or its gateway says of itself counts first: the headers of the UP.Browser (`x-up-devcap-…`), of
//! Pocket PCs (`UA-pixels`), and what a profile (WAP-248, UAProf) carries in line. The profile itself lies on a maker's
//! server, most of which are gone, and a box that serves pages asks nobody; so after that come the makers' names. Who is
//! not known gets what every phone takes.

use super::device::ranges;
use super::message::Request;
use crate::sites::pictures::Format;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phone {
    /// Pixels for a picture.
    pub width: u32,
    /// Octets of a compiled deck, where that is known.
    pub deck: Option<usize>,
}

/// The screens of 2003 have 96 to 176 pixels.
const WIDTH: u32 = 120;
/// Widths that pictures are made for: few, so that few are kept.
const WIDTHS: [u32; 7] = [64, 96, 120, 128, 176, 240, 320];
/// No phone of WML has less room than this or more than that.
const DECK_MIN: usize = 600;
const DECK_MAX: usize = 8000;
/// A gateway's own compiler may need a little more than ours, and a limit is where phones fail: 1,300 of 1,397.
const DECK_PERCENT: usize = 93;

/// By a name anywhere in `User-Agent`; the first that fits. Compiled decks are as phones were found to take them
/// (thewirelessfaq.com, 8-5); the widths of screens are from memory: a wrong one makes a picture too small or too wide.
const MODELS: [(&str, u32, Option<usize>); 19] = [
    ("Nokia7110", 96, Some(1397)),
    ("Nokia6210", 96, None),
    ("Nokia3330", 84, None),
    ("Nokia3410", 96, None),
    ("Nokia6610", 128, None),
    ("Nokia7210", 128, None),
    ("Nokia6230i", 208, None),
    ("Nokia6230", 128, None),
    ("Series60", 176, None),
    ("Series80", 320, None),
    ("R320", 101, Some(3000)),
    ("R380", 320, Some(3500)),
    ("MC218", 320, Some(DECK_MAX)),
    ("EricssonT68", 101, None),
    ("SonyEricssonT610", 128, None),
    ("SonyEricssonK7", 176, None),
    ("Windows CE", 240, None),
    ("UP.Browser/3", 96, Some(1492)),
    ("UP.Browser/4", 96, Some(2048)),
];

impl Phone {
    pub fn of(request: &Request) -> Phone {
        let agent = request.header("user-agent").unwrap_or("");
        let model = MODELS.iter().find(|(name, ..)| agent.contains(name));
        let profile = request.header("x-wap-profile-diff").or_else(|| request.header("profile-diff")).unwrap_or("");
        let said = |name: &str| request.header(name);
        let width = said("x-up-devcap-screenpixels")
            .and_then(first_number)
            .or_else(|| said("ua-pixels").and_then(first_number))
            .or_else(|| first_number(element(profile, "ScreenSize")?))
            .or(model.map(|(_, width, _)| *width));
        let deck = said("x-up-devcap-max-pdu")
            .and_then(first_number)
            .or_else(|| first_number(element(profile, "WmlDeckSize")?))
            .map(|octets| octets as usize)
            .or(model.and_then(|(.., deck)| *deck));
        let width = width.filter(|width| *width > 0).unwrap_or(WIDTH);
        Phone {
            width: WIDTHS.into_iter().rev().find(|known| *known <= width).unwrap_or(WIDTHS[0]),
            deck: deck.map(|octets| octets.clamp(DECK_MIN, DECK_MAX) * DECK_PERCENT / 100),
        }
    }
}

/// The format for a picture: of those that the phone names the one that is liked most. Who names none, or all, reads JPEG.
pub fn format(request: &Request) -> Format {
    let ranges = ranges(&request.all("accept"));
    let takes = |kind: &str| ranges.iter().any(|(range, quality)| range == kind && *quality > 0);
    let named = Format::ALL
        .into_iter()
        .find(|format| takes(format.media_type()) || *format == Format::Jpeg && takes("image/jpg"));
    // `*/*` beside black and white says nothing: phones of 2000 send it and show no colours.
    named.filter(|_| !takes("image/*")).unwrap_or(Format::Jpeg)
}

fn first_number(text: &str) -> Option<u32> {
    let digits = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok()
}

/// What stands in an element of a profile, whatever its prefix: `<prf:ScreenSize>176x208</prf:ScreenSize>`.
fn element<'a>(profile: &'a str, name: &str) -> Option<&'a str> {
    let at = profile.find(&format!("{name}>"))? + name.len() + 1;
    profile[at..].split('<').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Request { method: "GET".into(), target: "/".into(), headers, ..Request::default() }
    }

    #[test]
    fn what_a_phone_says_comes_before_its_name() {
        let screen = "<prf:ScreenSize>176x208</prf:ScreenSize><prf:WmlDeckSize>2800</prf:WmlDeckSize>";
        for (headers, width, deck) in [
            (&[][..], 120, None),
            (&[("user-agent", "Nokia7110/1.0 (05.01)")][..], 96, Some(1299)),
            (&[("user-agent", "UP.Browser/3.1-ALAV UP.Link/3.2")], 96, Some(1387)),
            (&[("user-agent", "Nokia6600/1.0 (4.09.1) SymbianOS/7.0s Series60/2.0 Profile/MIDP-2.0")], 176, None),
            (&[("user-agent", "x UP.Browser/4.1"), ("x-up-devcap-max-pdu", "1024")], 96, Some(952)),
            (&[("user-agent", "x"), ("x-up-devcap-screenpixels", "160,120")], 128, None),
            (&[("ua-pixels", "240x320")], 240, None),
            (&[("x-wap-profile-diff", screen), ("user-agent", "Nokia7110")], 176, Some(2604)),
            (&[("x-up-devcap-max-pdu", "99999999999999"), ("ua-pixels", "0x0")], 120, None),
            (&[("x-up-devcap-max-pdu", "7"), ("ua-pixels", "9")], 64, Some(558)),
            (&[("x-wap-profile-diff", "ScreenSize>")], 120, None),
        ] {
            assert_eq!(Phone::of(&request(headers)), Phone { width, deck }, "{headers:?}");
        }
    }

    #[test]
    fn pictures_come_as_the_phone_reads_them() {
        for (accept, expected) in [
            ("", Format::Jpeg),
            ("*/*", Format::Jpeg),
            ("image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8", Format::Jpeg),
            ("image/png, image/gif", Format::Png),
            ("image/gif, image/jpeg, image/vnd.wap.wbmp", Format::Jpeg),
            ("image/vnd.wap.wbmp, image/gif", Format::Gif),
            ("text/vnd.wap.wml, image/vnd.wap.wbmp", Format::Wbmp),
            ("text/vnd.wap.wml, image/vnd.wap.wbmp, */*", Format::Wbmp),
            ("image/vnd.wap.wbmp, image/*", Format::Jpeg),
            ("image/jpeg;q=0, image/gif", Format::Gif),
        ] {
            assert_eq!(format(&request(&[("accept", accept)])), expected, "{accept}");
        }
    }
}
