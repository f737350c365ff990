//! What is known of a phone: how wide its screen is, how much of a deck it takes, which pages and pictures it reads. Pure.
//!
//! What the phone or its gateway says of itself counts first: the headers of the UP.Browser (`x-up-devcap-…`), of
//! Pocket PCs (`UA-pixels`), and what a profile (WAP-248, UAProf) carries in line. The profile itself lies on a maker's
//! server, most of which are gone, and a box that serves pages asks nobody; its address names the phone all the same.
//! After that comes the name of the phone, as `models` knows it. Who is not known gets what every phone takes.

use super::device::{Rendering, ranges};
use super::message::Request;
use super::models::{Model, model_in, model_of_profile};
use crate::page::wml::Version;
use crate::sites::pictures::{Format, octets_for};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phone {
    /// Pixels for a picture.
    pub width: u32,
    /// Octets of a compiled deck, where that is known.
    pub deck: Option<usize>,
    /// Octets of any body, where it says so.
    pub room: Option<usize>,
    /// The richest rendering that it shows, where that is known.
    pub takes: Option<Rendering>,
    /// The newest WML that it reads.
    pub wml: Version,
    /// It reads no UTF-8.
    pub is_ascii: bool,
}

/// The screens of 2003 have 96 to 176 pixels.
const WIDTH: u32 = 120;
/// Widths that pictures are made for: few, so that few are kept.
const WIDTHS: [u32; 7] = [64, 96, 120, 128, 176, 240, 320];
/// What a small picture may have where there is less room than its width would have.
const PICTURES: [usize; 5] = [150, 600, 1300, 2600, 5200];
/// No phone of WML has less room than this or more than that.
const DECK_MIN: usize = 600;
const DECK_MAX: usize = 8000;
/// A gateway's own compiler may need a little more than ours, and a limit is where phones fail: 1,300 of 1,397.
const DECK_PERCENT: usize = 93;

/// Rows of `models` whose browsers know WML 1.1 only: what was sold before 2001 (from memory). One too many costs a phone its
/// access keys.
const WML_1_1: [&str; 12] = [
    "Nokia7110",
    "Nokia6210",
    "Nokia6250",
    "Nokia3330",
    "Nokia8310",
    "EricssonR320",
    "R320s",
    "EricssonR380",
    "R380",
    "MC218",
    "UP.Browser/3",
    "UP.Browser/4",
];

/// What a request has of a profile.
struct Profile<'a> {
    /// Where the whole of it lies.
    address: &'a str,
    /// What is in line of it.
    inline: &'a str,
    /// It came as phones of WAP 2.0 send it (WAP-248, 9.2), not as a gateway writes it for older ones.
    is_wap2: bool,
}

impl Phone {
    pub fn of(request: &Request) -> Phone {
        let by_name = model_in(request.header("user-agent").unwrap_or(""));
        let profile = Profile::of(request);
        // What calls itself a browser is one, whatever profile its maker has added.
        let is_browser = by_name.is_some_and(|model| model.takes == Some(Rendering::Html));
        let model = if is_browser { by_name } else { model_of_profile(profile.address).or(by_name) };
        let said = |name: &str| request.header(name);
        let width = said("x-up-devcap-screenpixels")
            .and_then(first_number)
            .or_else(|| said("ua-pixels").and_then(first_number))
            .or_else(|| first_number(element(profile.inline, "ScreenSize")?))
            .or(model.map(|model| model.width));
        let deck = said("x-up-devcap-max-pdu")
            .and_then(first_number)
            .or_else(|| first_number(element(profile.inline, "WmlDeckSize")?))
            .map(|octets| octets as usize)
            .or(model.and_then(|model| model.deck));
        let width = width.filter(|width| *width > 0).unwrap_or(WIDTH);
        Phone {
            width: WIDTHS.into_iter().rev().find(|known| *known <= width).unwrap_or(WIDTHS[0]),
            deck: deck.map(|octets| octets.clamp(DECK_MIN, DECK_MAX) * DECK_PERCENT / 100),
            room: request.room,
            takes: takes(request, &profile, model, is_browser),
            wml: wml(request, &profile, model),
            is_ascii: is_ascii(request),
        }
    }

    /// Octets of a small picture. In steps, so that few are kept.
    pub fn picture_octets(&self) -> usize {
        let most = octets_for(self.width);
        let room = self.room.unwrap_or(most);
        if room >= most { most } else { PICTURES.into_iter().rev().find(|step| *step <= room).unwrap_or(PICTURES[0]) }
    }
}

fn takes(request: &Request, profile: &Profile, model: Option<&Model>, is_browser: bool) -> Option<Rendering> {
    let says = |name: &str| element(profile.inline, name).is_some();
    let by_profile = match (is_browser, says("XhtmlVersion"), says("WmlVersion") || says("WmlDeckSize")) {
        (false, true, _) => Some(Rendering::Xhtml),
        (false, false, true) => Some(Rendering::Wml),
        _ => None,
    };
    // A phone that only says that it has a profile, or pictures of WAP.
    let by_kind = || match (profile.address.is_empty(), profile.is_wap2) {
        (false, true) => Some(Rendering::Xhtml),
        (false, false) => Some(Rendering::Wml),
        _ => request.all("accept").contains("vnd.wap.").then_some(Rendering::Wml),
    };
    by_profile.or(model.and_then(|model| model.takes)).or_else(by_kind)
}

/// By the version of WSP's headers, which came with the others; by what the profile lists; by the model.
fn wml(request: &Request, profile: &Profile, model: Option<&Model>) -> Version {
    let said = match request.header("encoding-version") {
        Some("1.1") => Some(Version::Wml11),
        Some("1.2") => Some(Version::Wml12),
        _ => None,
    };
    let listed = profile.inline.split("WmlVersion>").nth(1).unwrap_or("");
    let in_profile = [(Version::Wml13, "1.3"), (Version::Wml12, "1.2"), (Version::Wml11, "1.1")];
    let in_profile = in_profile.into_iter().find(|(_, name)| listed.contains(name)).map(|(version, _)| version);
    let old = model.filter(|model| WML_1_1.contains(&model.name)).map(|_| Version::Wml11);
    said.or(in_profile).or(old).unwrap_or_default()
}

fn is_ascii(request: &Request) -> bool {
    let charsets = ranges(&request.all("accept-charset"));
    let reads = |name: &str| charsets.iter().any(|(charset, quality)| charset == name && *quality > 0);
    !charsets.is_empty() && !reads("utf-8") && !reads("*")
}

impl<'a> Profile<'a> {
    /// `x-wap-profile`, as WAP 2.0 has it; `profile`, as gateways pass WSP's header on; or the optional extension of HTTP
    /// that CC/PP's exchange protocol is, with headers of the number that it chose (RFC 2774, 3 and 4).
    fn of(request: &'a Request) -> Profile<'a> {
        let header = |name: &str| request.header(name).unwrap_or("");
        let extension = [header("opt"), header("man")].into_iter().find(|value| value.contains("CCPPexchange"));
        let number = extension.and_then(|value| value.split("ns=").nth(1)).unwrap_or("").trim_start_matches('"');
        let number: String = number.chars().take_while(char::is_ascii_digit).take(2).collect();
        let first = |names: [&str; 3]| {
            let named = |name: &str| names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted));
            request.headers.iter().find(|(name, _)| named(name)).map_or("", |(_, value)| value.as_str())
        };
        Profile {
            address: first(["X-Wap-Profile", "Profile", &format!("{number}-Profile")]),
            inline: first(["X-Wap-Profile-Diff", "Profile-Diff", &format!("{number}-Profile-Diff-1")]),
            is_wap2: !header("x-wap-profile").is_empty(),
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
            (&[("x-wap-profile", "http://nds1.nds.nokia.com/uaprof/N6600r100.xml"), ("user-agent", "x")], 176, None),
        ] {
            let phone = Phone::of(&request(headers));
            assert_eq!((phone.width, phone.deck), (width, deck), "{headers:?}");
        }
    }

    #[test]
    fn what_a_phone_shows_is_known_by_profile_and_name() {
        use Rendering::{Html, Wml, Xhtml};
        let android = "Mozilla/5.0 (Linux; U; Android 4.1.2; GT-I9300) AppleWebKit/534.30 Mobile Safari/534.30";
        let (n6600, n7650) =
            ("http://nds1.nds.nokia.com/uaprof/N6600r100.xml", "http://nds1.nds.nokia.com/uaprof/N7650r200.xml");
        let exchange = "\"http://www.w3.org/1999/06/24-CCPPexchange\" ; ns=19";
        let inline = "<prf:XhtmlVersion>1.0</prf:XhtmlVersion><prf:WmlDeckSize>9</prf:WmlDeckSize>";
        for (headers, takes) in [
            (&[][..], None),
            (&[("accept", "*/*"), ("user-agent", "curl/8.5.0")][..], None),
            (&[("user-agent", "Nokia7110/1.0 (05.01)")], Some(Wml)),
            (&[("user-agent", "Nokia6610I/1.0 Profile/MIDP-1.0")], Some(Xhtml)),
            (&[("user-agent", "Nokia5500d/2.0 Profile/MIDP-2.0 Configuration/CLDC-1.1")], Some(Xhtml)),
            (
                &[("user-agent", android), ("x-wap-profile", "http://wap.samsungmobile.com/uaprof/GT-I9300.xml")],
                Some(Html),
            ),
            (&[("user-agent", android), ("x-wap-profile-diff", "<prf:WmlVersion>1.3</prf:WmlVersion>")], Some(Html)),
            (&[("x-wap-profile", n6600)], Some(Xhtml)),
            (&[("x-wap-profile", n7650), ("user-agent", "Nokia6600/1.0")], Some(Wml)),
            (&[("Profile", n6600)], Some(Xhtml)),
            (&[("x-wap-profile", "http://gone.example/x.xml")], Some(Xhtml)),
            (&[("Profile", "http://gone.example/x.xml")], Some(Wml)),
            (&[("opt", exchange), ("19-profile", n6600)], Some(Xhtml)),
            (&[("man", exchange), ("19-profile", "http://gone.example/x.xml")], Some(Wml)),
            (&[("opt", exchange), ("20-profile", n6600)], None),
            (&[("opt", exchange), ("19-profile-diff-1", inline)], Some(Xhtml)),
            (&[("x-wap-profile-diff", "<prf:WmlVersion>1.1</prf:WmlVersion>")], Some(Wml)),
            (&[("accept", "image/vnd.wap.wbmp, */*")], Some(Wml)),
        ] {
            assert_eq!(Phone::of(&request(headers)).takes, takes, "{headers:?}");
        }
    }

    #[test]
    fn old_phones_get_the_wml_that_they_know() {
        use Version::{Wml11, Wml12, Wml13};
        let listed =
            "<prf:WmlVersion><rdf:Bag><rdf:li>1.1</rdf:li><rdf:li>1.2.1/June 2000</rdf:li></rdf:Bag></prf:WmlVersion>";
        for (headers, version) in [
            (&[][..], Wml13),
            (&[("user-agent", "Nokia7110/1.0 (05.01)")][..], Wml11),
            (&[("user-agent", "UP.Browser/3.1-ALAV UP.Link/3.2")], Wml11),
            (&[("user-agent", "Nokia6600/1.0 Series60/2.0")], Wml13),
            (&[("encoding-version", "1.1")], Wml11),
            (&[("encoding-version", "1.2"), ("user-agent", "Nokia7110/1.0")], Wml12),
            (&[("encoding-version", "1.4")], Wml13),
            (&[("x-wap-profile-diff", listed)], Wml12),
            (&[("x-wap-profile-diff", "<prf:WmlVersion>1.1</prf:WmlVersion>")], Wml11),
        ] {
            assert_eq!(Phone::of(&request(headers)).wml, version, "{headers:?}");
        }
        assert!(WML_1_1.iter().all(|name| model_in(name).is_some_and(|model| model.name == *name)));
    }

    #[test]
    fn who_reads_no_utf_8_is_known_by_what_it_says() {
        for (headers, is_ascii) in [
            (&[][..], false),
            (&[("accept-charset", "utf-8")][..], false),
            (&[("accept-charset", "ISO-8859-1, UTF-8;q=0.7, *;q=0.7")], false),
            (&[("accept-charset", "gb2312, *;q=0.1")], false),
            (&[("accept-charset", "iso-8859-1; q=1, unicode-1-1; q=0.8")], true),
            (&[("accept-charset", "gb2312, utf-8;q=0")], true),
        ] {
            assert_eq!(Phone::of(&request(headers)).is_ascii, is_ascii, "{headers:?}");
        }
    }

    #[test]
    fn pictures_have_the_room_that_there_is() {
        for (room, octets) in [
            (None, 4800),
            (Some(9000), 4800),
            (Some(4800), 4800),
            (Some(4799), 2600),
            (Some(1300), 1300),
            (Some(9), 150),
        ] {
            let request = Request { room, ..request(&[]) };
            assert_eq!(Phone::of(&request).picture_octets(), octets, "{room:?}");
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
