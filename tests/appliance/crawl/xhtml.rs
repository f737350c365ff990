//! XHTML-MP against the DTD of XHTML Basic 1.1 in Debian's w3c-sgml-lib, read by xmllint.
//!
//! XHTML-MP 1.0 and 1.1 (OMA-WAP-V1_1-XHTMLMP, 7) add to XHTML Basic 1.0 what Basic 1.1 has taken over since (presentation,
//! style, events, fieldset and optgroup, inputmode), and the numbers of lists, which are added here.

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
