//! Decks and pushes as others write them (`tests/data/wml`) against the compilers of Debian: libwbxml's tools, which know
//! no variables when they compile, and Kannel's, which knows no `pre`. Each reads what the other made, and so do we.

use std::path::{Path, PathBuf};
use std::process::Command;

use yizhan::wap::{compile::compile, decompile};

use crate::crawl::converted;
use crate::harness::folder;
use crate::markup::{substituted, tags};
use crate::rules::wrong_in;

/// What a tool of the peers does otherwise, and what that is.
const BY_LIBWBXML: [(&str, &str); 8] = [
    ("undeclared.wml", "takes a deck without DOCTYPE for WML 1.0"),
    ("maker.wml", "takes an unknown DOCTYPE for WML 1.0"),
    ("head.wml", "writes the address of its name space for xml:lang"),
    ("pre.wml", "writes the address of its name space for xml:space"),
    ("entities.wml", "makes opaque data of a CDATA section"),
    ("portal-gb2312.wml", "its parser has no GB2312"),
    ("portal-gbk.wml", "its parser has no GBK"),
    ("portal-gb18030.wml", "its parser has no GB18030"),
];
const BY_KANNEL: [(&str, &str); 5] = [
    ("events.wml", "escapes variables in href and src only, not in every address"),
    ("head.wml", "leaves the xml: off xml:lang"),
    ("maker.wml", "leaves out elements that it does not know"),
    ("portal-utf16.wml", "reads no UTF-16"),
    ("pre.wml", "does not know pre"),
];

fn decks() -> Vec<(String, PathBuf)> {
    let found = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/wml")).unwrap();
    let paths = found.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e != "md"));
    let mut decks: Vec<_> = paths.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), path)).collect();
    decks.sort();
    assert!(decks.len() > 20);
    decks
}

/// A tag, its attributes, the text behind it.
type Seen = (String, Vec<(String, String)>, String);

/// Elements, attributes and texts as two readers of the same octets must see them.
fn seen(xml: &str, text: impl Fn(&str) -> String) -> Vec<Seen> {
    let attributes = |tag: &crate::markup::Tag| tag.all().iter().map(|(n, v)| (n.clone(), text(v))).collect();
    tags(xml.trim_end()).iter().map(|tag| (tag.name.clone(), attributes(tag), text(&tag.text))).collect()
}

/// libwbxml writes a `$` once, where WML has it twice.
fn once(text: &str) -> String {
    substituted(text, |name| format!("$({name})"))
}

#[test]
fn what_we_compile_others_read() {
    let mut wrong = Vec::new();
    for (name, path) in decks() {
        let ours = compile(&std::fs::read(path).unwrap(), None).unwrap_or_else(|error| panic!("{name}: {error}"));
        let said = decompile::xml(&ours).unwrap_or_else(|error| panic!("{name}: {error}"));
        let theirs = String::from_utf8(converted("wbxml2xml", &["-m", "0", "-k"], &ours)).unwrap();
        if seen(&theirs, str::to_owned) != seen(&said, once) {
            wrong.push(format!("{name}:\n{theirs}\n{said}"));
        }
        assert_eq!(compile(said.as_bytes(), None).unwrap(), ours, "{name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The rules hold for what others write as well, and what we read back keeps to them.
#[test]
fn they_keep_to_the_rules() {
    for (name, path) in decks().into_iter().filter(|(name, _)| name.ends_with(".wml") && name != "maker.wml") {
        let said = decompile::xml(&compile(&std::fs::read(path).unwrap(), None).unwrap()).unwrap();
        assert!(wrong_in(&said).is_empty(), "{name}: {:?}", wrong_in(&said));
    }
}

#[test]
fn what_others_compile_we_read() {
    let mut wrong = Vec::new();
    for (name, path) in decks() {
        let source = std::fs::read(&path).unwrap();
        let ours = compile(&source, None).unwrap();
        let is_push = !name.ends_with(".wml");
        if !BY_LIBWBXML.iter().any(|(other, _)| *other == name) {
            for options in [&[][..], &["-n"], &["-k"]] {
                let theirs = converted("xml2wbxml", options, &source);
                let said = decompile::xml(&theirs).unwrap_or_else(|error| format!("{error}: {theirs:02X?}"));
                let again = String::from_utf8(converted("wbxml2xml", &["-m", "0", "-k"], &theirs)).unwrap();
                if seen(&again, str::to_owned) != seen(&said, once) {
                    wrong.push(format!("{name} {options:?}:\n{again}\n{said}"));
                }
            }
        }
        if !is_push && !BY_KANNEL.iter().any(|(other, _)| *other == name) {
            let theirs = by_kannel(&source);
            let said = decompile::xml(&theirs).unwrap_or_else(|error| panic!("{name}: {error}: {theirs:02X?}"));
            // It loses blanks before elements.
            let tight = |text: &str| once(text).replace([' ', '\n'], "");
            let own = decompile::xml(&ours).unwrap();
            if seen(&said, tight) != seen(&own, tight) {
                wrong.push(format!("{name} by Kannel:\n{said}\n{own}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What Kannel's compiler makes of a deck.
pub fn by_kannel(source: &[u8]) -> Vec<u8> {
    let folder = folder();
    let (file, made) = (folder.join("source"), folder.join("made"));
    std::fs::write(&file, source).unwrap();
    let tester = Path::new("/usr/lib/kannel/test/wml_tester");
    let ran = Command::new(tester).arg("-f").arg(&made).arg("-b").arg(&file).output();
    let ran = ran.unwrap_or_else(|error| panic!("{}: {error}; apt-get install kannel-extras", tester.display()));
    let octets = std::fs::read(&made).unwrap_or_default();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(!octets.is_empty(), "{}: {said}", String::from_utf8_lossy(source));
    std::fs::remove_dir_all(folder).unwrap();
    octets
}
