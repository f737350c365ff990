//! XHTML-MP against the DTD of XHTML Basic 1.1 in Debian's w3c-sgml-lib, read by xmllint.
//!
//! XHTML-MP 1.0 and 1.1 (OMA-WAP-V1_1-XHTMLMP, 7) add to XHTML Basic 1.0 what Basic 1.1 has taken over since (presentation,
//! style, events, fieldset and optgroup, inputmode), and the numbers of lists, which are added here. And the style sheet
//! against the properties of Wireless CSS.

use std::process::Command;

use crate::harness::folder;

const MOBILE: &str = "<!DOCTYPE html PUBLIC \"-//WAPFORUM//DTD XHTML Mobile 1.0//EN\" \
                      \"http://www.wapforum.org/DTD/xhtml-mobile10.dtd\">";
const BASIC: &str = "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML Basic 1.1//EN\" \
                     \"http://www.w3.org/TR/xhtml-basic/xhtml-basic11.dtd\" \
                     [<!ATTLIST ol start CDATA #IMPLIED><!ATTLIST li value CDATA #IMPLIED>]>";

/// What is wrong in pages, each with its address.
pub fn wrong_in(pages: &[(String, String)]) -> Vec<String> {
    let folder = folder();
    let file = |at: usize| folder.join(format!("{at}.xhtml"));
    for (at, (target, page)) in pages.iter().enumerate() {
        assert!(page.contains(MOBILE), "{target} is not XHTML-MP: {page}");
        std::fs::write(file(at), page.replacen(MOBILE, BASIC, 1)).unwrap();
    }
    let ran = Command::new("xmllint").args(["--noout", "--nonet", "--valid"]).args((0..pages.len()).map(file)).output();
    let ran = ran.unwrap_or_else(|error| panic!("xmllint: {error}; apt-get install libxml2-utils w3c-sgml-lib"));
    std::fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(!said.contains("failed to load"), "apt-get install w3c-sgml-lib: {said}");
    let of = |line: &str| {
        let (at, rest) = line.rsplit_once('/')?.1.split_once(".xhtml:")?;
        Some(format!("{}: line {rest}", pages[at.parse::<usize>().ok()?].0))
    };
    let wrong: Vec<String> = said.lines().filter_map(of).collect();
    assert_eq!(ran.status.success(), wrong.is_empty(), "{said}");
    wrong
}

#[test]
fn a_wrong_page_is_found() {
    let page = |body: &str| {
        let html = "<html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"zh\"><head><title>a</title></head><body>";
        ("/a".to_owned(), format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{MOBILE}\n{html}{body}</body></html>"))
    };
    let good = page("<p>a</p>");
    assert_eq!(wrong_in(&[good.clone(), page("<ol start=\"2\"><li value=\"3\">b</li></ol>")]), [""; 0]);
    let wrong = wrong_in(&[good, page("<p><p>a</p></p>")]);
    assert!(wrong.len() == 1 && wrong[0].contains("p"), "{wrong:?}");
}

/// The properties of WCSS 1.1 (OMA-WAP-WCSS-V1_1; from memory of its tables), `*` for the four sides. A phone leaves out
/// a rule that it does not know, and some leave out the whole sheet.
#[rustfmt::skip]
const PROPERTIES: [&str; 47] = [
    "margin", "margin-*", "padding", "padding-*", "border", "border-*", "border-width", "border-*-width", "border-style",
    "border-*-style", "border-color", "border-*-color", "display", "float", "clear", "width", "height", "vertical-align",
    "visibility", "white-space", "list-style", "list-style-type", "list-style-position", "list-style-image", "color",
    "background", "background-color", "background-image", "background-repeat", "background-attachment",
    "background-position", "font", "font-family", "font-size", "font-style", "font-variant", "font-weight", "text-indent",
    "text-align", "text-decoration", "text-transform", "-wap-marquee-style", "-wap-marquee-loop", "-wap-marquee-speed",
    "-wap-accesskey", "-wap-input-format", "-wap-input-required",
];

/// What is not WCSS in a sheet: properties, selectors of more than elements and classes, rules that begin with `@`.
fn wrong_in_sheet(sheet: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let bare: String = sheet.split("/*").map(|piece| piece.split_once("*/").map_or(piece, |(_, rest)| rest)).collect();
    for rule in bare.split('}').map(str::trim).filter(|rule| !rule.is_empty()) {
        let Some((selectors, body)) = rule.split_once('{') else {
            wrong.push(rule.to_owned());
            continue;
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || ".#:, \n".contains(c);
        if !selectors.chars().all(plain) {
            wrong.push(selectors.to_owned());
        }
        for declaration in body.split(';').map(str::trim).filter(|declaration| !declaration.is_empty()) {
            let (property, value) = declaration.split_once(':').unwrap_or((declaration, ""));
            let sides = ["top", "right", "bottom", "left"];
            let general = property.split('-').map(|part| if sides.contains(&part) { "*" } else { part });
            let general = general.collect::<Vec<_>>().join("-");
            if !PROPERTIES.contains(&general.as_str()) || value.trim().is_empty() || value.contains(['(', '!']) {
                wrong.push(declaration.to_owned());
            }
        }
    }
    wrong
}

#[test]
fn the_style_sheet_is_wireless_css() {
    let sheet = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/xhtml/phone.css")).unwrap();
    assert_eq!(wrong_in_sheet(&sheet), [""; 0]);
    for wrong in [
        "p { max-width: 100%; }",
        "p { position: absolute; }",
        "p { color: var(--x); }",
        "p > a { color: #000; }",
        "@media screen { p { color: #000; } }",
        "p { color }",
        "p",
    ] {
        assert!(!wrong_in_sheet(wrong).is_empty(), "{wrong}");
    }
    assert_eq!(wrong_in_sheet("/* a: b */ .a b, c { border-left-width: 1px; margin-top: 0 }"), [""; 0]);
}
