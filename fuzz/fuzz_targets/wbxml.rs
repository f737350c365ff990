//! Any octets as what compiler and decompiler read, and as what decks are made from, chosen by libFuzzer; `fuzz/run` starts
//! it. Nothing panics; what is compiled is read again and compiles to the same; what a deck costs is known beforehand.
#![no_main]

use yizhan::page::fit::Mark;
use yizhan::page::links::Links;
use yizhan::page::wml::{Budget, Version, deck};
use yizhan::page::{Block, Entry, Lang, Link, Page, Path, To};
use yizhan::wap::bound::bound;
use yizhan::wap::compile::{Why, compile};
use yizhan::wap::{decompile, wbxml};

/// What is compiled reads as a document that compiles to it. A document that reads longer than it was may be too long.
fn check_compiled(made: &[u8]) {
    let said = decompile::xml(made).unwrap_or_else(|error| panic!("{error}: {made:02X?}"));
    match compile(said.as_bytes(), None) {
        Ok(again) => assert_eq!(again, made, "{said}"),
        Err(error) => assert_eq!(error.why, Why::TooLarge, "{error}: {said}"),
    }
}

/// A page of this text's lines: what owners write.
fn check_deck(text: &str) {
    let mut lines = text.split('\n');
    let mut page = Page::new(lines.next().unwrap_or(""), Path::site("a", "b"), Some(Path::site("a", "")), Lang::Zh);
    for (at, line) in lines.take(40).enumerate() {
        page.blocks.push(match at % 3 {
            0 => Block::text(line),
            1 => Block::Menu(vec![Link { label: line.to_owned(), to: To::Visit(Path::site("a", line)) }]),
            _ => Block::List(vec![Entry { title: line.to_owned(), line: line.to_owned(), ..Entry::default() }]),
        });
    }
    for version in Version::ALL {
        for cost in [wbxml::size, bound] {
            let links = Links::default();
            let made = deck(&page, Mark::default(), None, &links, &Budget { max: 1300, cost: &cost, version });
            let octets = wbxml::compile(&made);
            assert_eq!(octets.len(), wbxml::size(&made));
            assert!(octets.len() <= bound(&made));
            decompile::xml(&octets).unwrap_or_else(|error| panic!("{error}: {octets:02X?}"));
            let theirs = compile(made.xml().as_bytes(), None).unwrap_or_else(|error| panic!("{error}: {}", made.xml()));
            assert!(theirs.len() <= bound(&made));
            assert_eq!(compile(made.xml_in_ascii().as_bytes(), None), Ok(theirs));
        }
    }
}

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(said) = decompile::xml(octets)
        && let Ok(made) = compile(said.as_bytes(), None)
    {
        check_compiled(&made);
    }
    if let Ok(made) = compile(octets, None) {
        check_compiled(&made);
    }
    check_deck(&String::from_utf8_lossy(octets));
});
