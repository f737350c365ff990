//! What other compilers make is read, garbage is refused with its place, and what was compiled comes back.

use super::super::compile::compile;
use super::*;
use crate::page::form::tests::Chance;

fn octets(hex: &str) -> Vec<u8> {
    let hex: String = hex.split_whitespace().collect();
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// The deck of the wire facts as Kannel makes it: a string table, variables by their place in it.
#[test]
fn a_deck_with_a_string_table() {
    let deck = octets(
        "01046A026B007FE7550361003603E4BC81E4B89A0001E83818034F4B0001AB4B037777772E6578616D706C652E636F6D2F733F6B3D0080000101\
         E00701640348690001032024352000AF21036B00480126DC4A0323620001820001010101",
    );
    let xml = xml(&deck).unwrap();
    let (prologue, body) = xml.split_once("<wml>").unwrap();
    assert!(prologue.contains("\"-//WAPFORUM//DTD WML 1.1//EN\" \"http://www.wapforum.org/DTD/wml_1.1.xml\""));
    assert_eq!(
        body,
        "<card id=\"a\" title=\"企业\"><do type=\"accept\" label=\"OK\"><go href=\"http://www.example.com/s?k=$(k:escape)\"/>\
         </do><p align=\"center\"><b>Hi</b> $$5 <input name=\"k\" type=\"text\"/><br/><a href=\"#b\">$(k:noesc)</a></p></card>\
         </wml>\n"
    );
}

#[test]
fn other_ways_to_say_it() {
    // The public identifier as text, GB2312, a character by its number, a name without token, a date.
    let formal = "2D2F2F574150464F52554D2F2F4454442053492031 2E302F2F454E00";
    let si = format!("03 00 00 8F69 1C {formal} 45 C6 0A C304 20090608 0B 03 D3E3 00 01 02 A97C 04 00 01 01");
    let error = xml(&octets(&si)).unwrap_err();
    assert_eq!((error.at, error.why), (53, "this is no name"));
    let si = format!("03 00 00 8F69 1E {formal} 7800 45 C6 0A C304 20090608 0B 03 D3E3 00 01 02 82B87C 04 1C 01 01");
    let said = xml(&octets(&si)).unwrap();
    assert!(
        said.ends_with("<si><indication created=\"2009-06-08T00:00:00Z\" href=\"鱼\">鱼<x/></indication></si>\n"),
        "{said}"
    );
    let wide = xml(&octets("03 0A 8777 00 7F 67 60 03 9C7C 0100 0000 01 01 01")).unwrap();
    assert!(wide.ends_with("<wml><card><p>鱼Ā</p></card></wml>\n"), "{wide}");
}

#[test]
fn garbage_is_refused_with_its_place() {
    for (hex, at, why) in [
        ("", 0, "it breaks off"),
        ("04 0A 6A 00 3F", 0, "not WBXML 1.1 to 1.3"),
        ("03 02 6A 00 3F", 1, "not WML 1.1 to 1.3, SI or SL"),
        ("03 0A 05 00 3F", 2, "an unknown character set"),
        ("03 0A 6A 05 3F", 4, "it breaks off"),
        ("03 0A FFFFFFFFFF7F 00 3F", 2, "a number too large"),
        ("03 0A 6A 00 27", 4, "another root element than the language's"),
        ("03 0A 6A 00 01", 4, "an end without a begin"),
        ("03 0A 6A 00 7F", 5, "it breaks off"),
        ("03 0A 6A 00 3F 00", 5, "more after the root element"),
        ("03 0A 6A 00 7F 05 01", 5, "a tag that means nothing"),
        ("03 0A 6A 00 7F 03 41", 6, "a string without end"),
        ("03 0A 6A 00 7F 03 FF00 01", 6, "this is no text in its character set"),
        ("03 0A 6A 00 7F 03 4107 00 01", 7, "a character that XML does not have"),
        ("03 0A 6A 00 7F 83 00 01", 6, "this is not in the string table"),
        ("03 0A 6A 00 7F 40 3100 01", 6, "this is no name of a variable"),
        ("03 0A 6A 00 7F 00 01 01", 6, "a code page that no such document has"),
        ("03 0A 6A 00 7F C3 0941 01", 7, "it breaks off"),
        ("03 0A 6A 00 BF 8E 01", 5, "a value without attribute"),
        ("03 0A 6A 00 BF 55 55 01", 6, "an attribute twice"),
        ("03 0A 6A 00 BF 0E 01", 5, "an attribute that means nothing"),
    ] {
        let error = xml(&octets(hex)).unwrap_err();
        assert_eq!((error.at, error.why), (at, why), "{hex}");
    }
    assert_eq!(
        xml(&[&octets("030A6A007F")[..], &[0x64; 99]].concat()).unwrap_err().why,
        "too many elements in one another"
    );
}

/// A string table makes much of little.
#[test]
fn what_comes_out_is_bounded() {
    let table = [vec![b'a'; 20_000], vec![0]].concat();
    let head = [&octets("030A6A")[..], &[0x81, 0x9C, 0x21], &table, &[0x7F]].concat();
    let deck = |times: usize| [head.clone(), [0x83, 0].repeat(times), vec![1]].concat();
    assert!(xml(&deck(10)).is_ok());
    assert_eq!(xml(&deck(14)).unwrap_err().why, "more text than a document has");
}

fn below(chance: &mut Chance, bound: usize) -> usize {
    chance.below(bound as u64) as usize
}

/// A deck of any elements and texts.
fn any_deck(chance: &mut Chance) -> String {
    const OPEN: [&str; 12] =
        ["p", "b", "i", "anchor", "td", "table", "pre", "option", "select", "do", "blink", "fieldset"];
    const ATTRIBUTES: [&str; 14] = [
        "id",
        "title",
        "href",
        "src",
        "type",
        "value",
        "name",
        "align",
        "method",
        "accesskey",
        "format",
        "xml:lang",
        "rate",
        "http-equiv",
    ];
    const VALUES: [&str; 16] = [
        "accept",
        "post",
        "http://www.",
        "http://a.com/b.org/$(c)",
        "$(a:u)$b",
        "text",
        "vnd.x",
        "$$",
        "left",
        "www.",
        "https://",
        "",
        "a b",
        "Expires",
        "context",
        "鱼 &amp; &lt;",
    ];
    let mut deck = String::from("<wml><card>");
    let mut open = Vec::new();
    for _ in 0..below(chance, 60) {
        match below(chance, 5) {
            0 if !open.is_empty() => {
                let name: &str = open.pop().unwrap();
                deck.push_str(&format!("</{name}>"));
            }
            1 | 2 if open.len() < 20 => {
                let name = OPEN[below(chance, OPEN.len())];
                deck.push('<');
                deck.push_str(name);
                let from = below(chance, ATTRIBUTES.len());
                for attribute in ATTRIBUTES.iter().skip(from).take(below(chance, 4)) {
                    deck.push_str(&format!(" {attribute}=\"{}\"", VALUES[below(chance, VALUES.len())]));
                }
                if below(chance, 3) == 0 {
                    deck.push_str("/>");
                } else {
                    deck.push('>');
                    open.push(name);
                }
            }
            _ => {
                let text =
                    chance.text(9).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('$', "$$");
                let is_char = |c: &char| (*c >= ' ' || "\t\n\r".contains(*c)) && !"\u{fffe}\u{ffff}".contains(*c);
                deck.push_str(&text.chars().filter(is_char).collect::<String>());
            }
        }
    }
    open.iter().rev().for_each(|name| deck.push_str(&format!("</{name}>")));
    deck + "</card></wml>"
}

#[test]
fn what_was_compiled_comes_back() {
    let mut chance = Chance(29);
    for _ in 0..2000 {
        let deck = any_deck(&mut chance);
        let once = compile(deck.as_bytes(), None).unwrap_or_else(|error| panic!("{error}: {deck}"));
        let said = xml(&once).unwrap_or_else(|error| panic!("{error}: {deck}"));
        let twice = compile(said.as_bytes(), None).unwrap_or_else(|error| panic!("{error}: {said}"));
        assert!(once == twice, "{deck}\n{said}\n{}", xml(&twice).unwrap());
    }
}

/// Octets and characters changed, left out and put in: whatever comes, no panic, and what is accepted is well-formed.
#[test]
fn nothing_makes_a_panic() {
    let mut chance = Chance(31);
    let mut accepted = 0;
    for _ in 0..3000 {
        let deck = any_deck(&mut chance);
        let mut octets =
            if below(&mut chance, 2) == 0 { deck.into_bytes() } else { compile(deck.as_bytes(), None).unwrap() };
        for _ in 0..=below(&mut chance, 4) {
            let at = below(&mut chance, octets.len());
            match below(&mut chance, 3) {
                0 => octets[at] = below(&mut chance, 256) as u8,
                1 => drop(octets.remove(at)),
                _ => octets.insert(at, below(&mut chance, 256) as u8),
            }
        }
        if let Ok(said) = xml(&octets) {
            compile(said.as_bytes(), None).unwrap_or_else(|error| panic!("{error}: {said}"));
            accepted += 1;
        }
        if let Ok(compiled) = compile(&octets, None) {
            xml(&compiled).unwrap_or_else(|error| panic!("{error}: {compiled:02X?}"));
            accepted += 1;
        }
    }
    assert!(accepted > 100, "{accepted}");
}
