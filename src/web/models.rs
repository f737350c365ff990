//! What is known of phones by their names: a table, the first row that fits.
//!
//! Decks: thewirelessfaq.com, 8-5, for the Nokia 7110, the Ericssons and the UP.Browsers up to 4; all else, screens and
//! markup too, as in the WURFL of 2009 (the device records in github.com/martinlindhe/core_dev), but for what a row says
//! itself. A name fits where a word of the text begins with it.

use super::device::Rendering::{self, Html, Wml, Xhtml};

pub(super) struct Model {
    pub name: &'static str,
    /// Of the screen, in pixels.
    pub width: u32,
    /// Octets of a compiled deck.
    pub deck: Option<usize>,
    /// The richest that it shows.
    pub takes: Option<Rendering>,
}

const fn model(name: &'static str, width: u32, deck: usize, takes: Rendering) -> Model {
    Model { name, width, deck: if deck == 0 { None } else { Some(deck) }, takes: Some(takes) }
}

/// 0 for a deck that is larger than any of ours.
const MODELS: [Model; 49] = [
    // Engines of the web say so, whatever else they name: an Android of 2012 sends a profile, too. By memory: the screens of
    // Series 60, third edition, and of what came after.
    model("Mozilla/5.0 (SymbianOS", 240, 0, Html),
    model("Mozilla/5", 320, 0, Html),
    model("Opera Mini", 240, 0, Html),
    // Nokia, in the order of the Series 20 to 60 and their screens.
    model("Nokia7110", 96, 1397, Wml),
    model("Nokia6210", 96, 0, Wml),
    model("Nokia6250", 96, 0, Wml),
    model("Nokia3330", 84, 2800, Wml),
    model("Nokia8310", 84, 0, Wml),
    model("Nokia3410", 96, 0, Wml),
    model("Nokia6310", 96, 0, Wml),
    model("Nokia6510", 96, 0, Wml),
    model("Nokia6010", 96, 0, Xhtml),
    model("Nokia6100", 128, 0, Xhtml),
    model("Nokia6610", 128, 0, Xhtml),
    model("Nokia7210", 128, 0, Xhtml),
    model("Nokia6230i", 208, 0, Xhtml),
    model("Nokia6230", 128, 0, Xhtml),
    model("Nokia7650", 176, 0, Wml),
    model("Nokia3650", 176, 0, Xhtml),
    model("Nokia6600", 176, 0, Xhtml),
    model("Series40", 128, 0, Xhtml),
    model("Series60", 176, 0, Xhtml),
    // From memory: a communicator's browser.
    model("Series80", 320, 0, Xhtml),
    // Ericsson and Sony Ericsson. R380 and MC218: screens from memory.
    model("EricssonR320", 101, 3000, Wml),
    model("R320s", 101, 3000, Wml),
    model("EricssonR380", 320, 3500, Wml),
    model("R380", 320, 3500, Wml),
    model("MC218", 320, 0, Wml),
    model("EricssonT39", 101, 3000, Wml),
    model("EricssonT68", 101, 3000, Wml),
    model("SonyEricssonT68", 101, 3000, Wml),
    model("SonyEricssonT610", 128, 0, Xhtml),
    // From memory: K700 and K750.
    model("SonyEricssonK7", 176, 0, Xhtml),
    model("SonyEricsson", 120, 0, Xhtml),
    model("Ericsson", 101, 3000, Wml),
    // Siemens.
    model("SIE-S45", 101, 2800, Wml),
    model("SIE-ME45", 101, 2800, Wml),
    model("SIE-S55", 101, 0, Xhtml),
    // Browsers that many makers built in. Openwave's own word for the sixth: XHTML-MP first (Jack's Hack, November 2002).
    model("UP.Browser/3", 96, 1492, Wml),
    model("UP.Browser/4", 96, 2048, Wml),
    model("UP.Browser/5", 96, 2800, Wml),
    model("UP.Browser/6", 128, 0, Xhtml),
    model("UP.Browser/7", 128, 0, Xhtml),
    // From memory: built into most phones of Chinese makers after 2004.
    model("MAUI", 128, 0, Xhtml),
    model("Obigo", 128, 0, Xhtml),
    // Pocket PCs (from memory), and the generations of Java: MIDP 2.0 and WAP 2.0 came together.
    model("Windows CE", 240, 0, Html),
    model("MIDP-2", 128, 0, Xhtml),
    model("MIDP-1", 96, 0, Wml),
    model("Nokia", 96, 0, Wml),
];

/// The first row whose name a word of `text` begins with.
pub(super) fn model_in(text: &str) -> Option<&'static Model> {
    let begins = |at: usize| at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric();
    MODELS.iter().find(|model| text.match_indices(model.name).any(|(at, _)| begins(at)))
}

/// What the address of a profile calls a phone, and what its User-Agent does: a part of the host, what the name in the
/// address begins with, what it begins with there.
const MAKERS: [(&str, &str, &str); 4] = [
    ("nokia.", "N", "Nokia"),
    ("sonyericsson.", "", "SonyEricsson"),
    ("ericsson.", "", "Ericsson"),
    ("siemens", "", "SIE-"),
];

/// The phone whose profile lies at this address, such as `http://nds1.nds.nokia.com/uaprof/N6600r100.xml`. The server is
/// mostly gone, and a box asks nobody while a visitor waits; its name is all that is read.
pub(super) fn model_of_profile(address: &str) -> Option<&'static Model> {
    let address = address.trim().trim_matches('"');
    let (host, path) = address.split_once("//")?.1.split_once('/')?;
    let host = host.to_ascii_lowercase();
    let file = path.split(['?', '"', ',']).next()?.rsplit('/').next()?;
    match MAKERS.iter().find(|(part, ..)| host.contains(part)) {
        Some((_, before, name)) => model_in(&format!("{name}{}", file.strip_prefix(before).unwrap_or(file))),
        None => model_in(file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_where_a_word_begins() {
        for (text, name) in [
            ("Nokia7110/1.0 (05.01)", Some("Nokia7110")),
            ("Nokia6230i/2.0 (03.25) Profile/MIDP-2.0", Some("Nokia6230i")),
            ("SonyEricssonT610/R201 Profile/MIDP-1.0", Some("SonyEricssonT610")),
            ("EricssonT39/R201", Some("EricssonT39")),
            ("SAMSUNG SM-R380", Some("R380")),
            ("xR380", None),
            ("SIE-S45/00 UP.Browser/5.0.1.1.102", Some("SIE-S45")),
            ("Lenovo-i750/(2005.05.10)S150 MAUI WAP Browser", Some("MAUI")),
            ("Mozilla/5.0 (Linux; Android 4.1.2; GT-R380) AppleWebKit/534.30", Some("Mozilla/5")),
            ("curl/8.5.0", None),
            ("", None),
        ] {
            assert_eq!(model_in(text).map(|model| model.name), name, "{text}");
        }
    }

    #[test]
    fn a_profile_names_its_phone() {
        for (address, name) in [
            ("\"http://nds1.nds.nokia.com/uaprof/N6600r100.xml\"", Some("Nokia6600")),
            ("http://nds.nokia.com/uaprof/N7650r200.xml", Some("Nokia7650")),
            ("http://wap.sonyericsson.com/UAprof/T610R101.xml", Some("SonyEricssonT610")),
            ("http://mobileinternet.ericsson.com/UAprof/T68R1.xml", Some("EricssonT68")),
            ("http://communication-market.siemens.de/UAProf/S55_00.xml", Some("SIE-S55")),
            ("http://wap.samsungmobile.com/uaprof/SGH-E700.xml", None),
            ("http://nokia.com", None),
            ("nonsense", None),
            ("", None),
        ] {
            assert_eq!(model_of_profile(address).map(|model| model.name), name, "{address}");
        }
    }
}
