//! What a deck of WML 1.1 to 1.3 must keep to, written down from the DTD and the prose of WAP-191 (13, and the sections
//! named): elements in their order, attributes with their types, ids and names that stand once. Debian has no such DTD.
//!
//! Not here: what a deck costs, and what phones make of it.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

/// One place in an element's content: which elements or text (`#`), and how many.
type Place = (&'static str, usize, usize);

struct Element {
    name: &'static str,
    content: &'static [Place],
    /// `name:type`, `!` behind what must be there; `@2` behind what came with WML 1.2.
    attributes: &'static str,
}

const MANY: usize = usize::MAX;
const TASK: &str = "go prev noop refresh";
const FLOW: &str = "# em strong b i u big small br img anchor a table";
const FIELDS: &str = "# em strong b i u big small br img anchor a table input select fieldset do";
const CELL: &str = "# em strong b i u big small br img anchor a";
const EVENTS: &str = "onenterforward:address onenterbackward:address ontimer:address";

const fn of(name: &'static str, content: &'static [Place], attributes: &'static str) -> Element {
    Element { name, content, attributes }
}

/// Every element has `id` and `class` as well.
const ELEMENTS: [Element; 37] = [
    of("wml", &[("head", 0, 1), ("template", 0, 1), ("card", 1, MANY)], "xml:lang:token"),
    of(
        "card",
        &[("onevent", 0, MANY), ("timer", 0, 1), ("do p pre@2", 0, MANY)],
        "title:vdata newcontext:true|false ordered:true|false xml:lang:token $events",
    ),
    of("do", &[(TASK, 1, 1)], "type!:text label:vdata name:token optional:true|false xml:lang:token"),
    of("onevent", &[(TASK, 1, 1)], "type!:onenterforward|onenterbackward|ontimer|onpick"),
    of("head", &[("access meta", 1, MANY)], ""),
    of("template", &[("do onevent", 0, MANY)], "$events"),
    of("access", &[], "domain:text path:text"),
    of("meta", &[], "http-equiv:text name:text forua:true|false content!:text scheme:text"),
    of(
        "go",
        &[("postfield setvar", 0, MANY)],
        "href!:address sendreferer:true|false method:get|post enctype@2:vdata accept-charset:text cache-control@3:no-cache",
    ),
    of("prev", &[("setvar", 0, MANY)], ""),
    of("refresh", &[("setvar", 0, MANY)], ""),
    of("noop", &[], ""),
    of("postfield", &[], "name!:vdata value!:vdata"),
    of("setvar", &[], "name!:vdata value!:vdata"),
    of(
        "select",
        &[("optgroup option", 1, MANY)],
        "title:vdata name:token value:vdata iname:token ivalue:vdata multiple:true|false tabindex:number xml:lang:token",
    ),
    of("optgroup", &[("optgroup option", 1, MANY)], "title:vdata xml:lang:token"),
    of("option", &[("# onevent", 0, MANY)], "value:vdata title:vdata onpick:address xml:lang:token"),
    of(
        "input",
        &[],
        "name!:token type:text|password value:vdata format:text emptyok:true|false size:number maxlength:number \
         tabindex:number title:vdata accesskey@2:vdata xml:lang:token",
    ),
    of("fieldset", &[(FIELDS, 0, MANY)], "title:vdata xml:lang:token"),
    of("timer", &[], "name:token value!:vdata"),
    of(
        "img",
        &[],
        "alt!:vdata src!:address localsrc:vdata vspace:length hspace:length align:top|middle|bottom height:length \
         width:length xml:lang:token",
    ),
    of("anchor", &[("# br img go prev refresh", 0, MANY)], "title:vdata accesskey@2:vdata xml:lang:token"),
    of("a", &[("# br img", 0, MANY)], "href!:address title:vdata accesskey@2:vdata xml:lang:token"),
    of("table", &[("tr", 1, MANY)], "title:vdata align:text columns!:number xml:lang:token"),
    of("tr", &[("td", 1, MANY)], ""),
    of("td", &[(CELL, 0, MANY)], "xml:lang:token"),
    of("em", &[(FLOW, 0, MANY)], "xml:lang:token"),
    of("strong", &[(FLOW, 0, MANY)], "xml:lang:token"),
    of("b", &[(FLOW, 0, MANY)], "xml:lang:token"),
    of("i", &[(FLOW, 0, MANY)], "xml:lang:token"),
    of("u", &[(FLOW, 0, MANY)], "xml:lang:token"),
    of("big", &[(FLOW, 0, MANY)], "xml:lang:token"),
    of("small", &[(FLOW, 0, MANY)], "xml:lang:token"),
    of("p", &[(FIELDS, 0, MANY)], "align:left|right|center mode:wrap|nowrap xml:lang:token"),
    of("br", &[], ""),
    of("pre", &[("# a br i b em strong input select", 0, MANY)], "xml:space:preserve"),
    of("$any", &[], "id:id class:text"),
];

struct Open {
    element: &'static Element,
    /// Where in its content it is, and how many stand there.
    place: usize,
    count: usize,
    /// Names of `do` and types of `onevent` in it: one of each (9.7, 9.10).
    named: Vec<String>,
}

struct Check {
    version: u8,
    ids: Vec<String>,
    open: Vec<Open>,
    wrong: Vec<String>,
}

/// What is wrong with the deck; its DOCTYPE says which WML it is.
pub fn wrong_in(deck: &str) -> Vec<String> {
    let mut check = Check { version: 1, ids: Vec::new(), open: Vec::new(), wrong: Vec::new() };
    let mut reader = quick_xml::Reader::from_str(deck);
    loop {
        match reader.read_event() {
            Err(error) => {
                check.wrong.push(error.to_string());
                break;
            }
            Ok(Event::DocType(doctype)) => {
                let version = ["WML 1.1//", "WML 1.2//", "WML 1.3//"].iter().position(|v| doctype.contains(v));
                match version {
                    Some(at) => check.version = at as u8 + 1,
                    None => check.wrong.push(format!("an unknown DOCTYPE {}", &*doctype)),
                }
            }
            Ok(Event::Start(start)) => check.begin(&start),
            Ok(Event::Empty(start)) => {
                check.begin(&start);
                check.end();
            }
            Ok(Event::End(_)) => check.end(),
            Ok(Event::Text(text)) if text.trim().is_empty() => {}
            Ok(Event::Text(text)) => {
                check.content("#");
                check.variables(&text, "a text");
            }
            Ok(Event::CData(_) | Event::GeneralRef(_)) => check.content("#"),
            Ok(Event::Eof) => break,
            Ok(_) => {}
        }
    }
    check.wrong
}

impl Check {
    fn begin(&mut self, start: &BytesStart) {
        let name = start.name().as_ref().to_owned();
        self.content(&name);
        let Some(element) = ELEMENTS.iter().find(|element| element.name == name) else {
            self.wrong.push(format!("there is no {name}"));
            // Whatever is in it is as wrong.
            self.open.push(Open { element: &ELEMENTS[36], place: 0, count: 0, named: Vec::new() });
            return;
        };
        self.attributes(element, start);
        self.open.push(Open { element, place: 0, count: 0, named: Vec::new() });
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let missing = open.element.content.iter().enumerate().skip(open.place);
        let missing =
            missing.filter(|(at, (_, least, _))| if *at == open.place { open.count < *least } else { *least > 0 });
        for (_, (what, ..)) in missing {
            self.wrong.push(format!("{} without {what}", open.element.name));
        }
    }

    /// The next element or text in what is open.
    fn content(&mut self, name: &str) {
        let version = self.version;
        let Some(open) = self.open.last_mut() else {
            if name != "wml" {
                self.wrong.push(format!("{name} outside of wml"));
            }
            return;
        };
        let is_in = |places: &str| places.split(' ').any(|word| is_since(word, version) == Some(name));
        for (at, (places, least, most)) in open.element.content.iter().enumerate().skip(open.place) {
            let count = if at == open.place { open.count } else { 0 };
            if is_in(places) && count < *most {
                (open.place, open.count) = (at, count + 1);
                return;
            }
            if count < *least {
                break;
            }
        }
        self.wrong.push(format!("{name} has no place in {} here", open.element.name));
    }

    fn attributes(&mut self, element: &Element, start: &BytesStart) {
        let types = element.attributes.replace("$events", EVENTS) + " " + ELEMENTS[36].attributes;
        let types: Vec<(&str, bool, &str)> = types
            .split_whitespace()
            .filter_map(|one| {
                let (name, kind) = one.rsplit_once(':').unwrap();
                let name = is_since(name, self.version)?;
                Some((name.trim_end_matches('!'), name.ends_with('!'), kind))
            })
            .collect();
        let mut found = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.unwrap_or_else(|error| panic!("{error}: {start:?}"));
            let name = attribute.key.as_ref().to_owned();
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).unwrap_or_else(|e| panic!("{e}: {start:?}"));
            match types.iter().find(|(known, ..)| *known == name) {
                Some((_, _, kind)) => self.value(&format!("{} {name}", element.name), kind, &value),
                None => self.wrong.push(format!("{} has no attribute {name} in WML 1.{}", element.name, self.version)),
            }
            found.push((name, value.into_owned()));
        }
        for (name, ..) in types.iter().filter(|(name, must, _)| *must && !found.iter().any(|(n, _)| n == name)) {
            self.wrong.push(format!("{} without {name}", element.name));
        }
        let get = |name: &str| found.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
        let named = match element.name {
            "do" => get("name").or_else(|| get("type")),
            "onevent" => get("type").map(|kind| format!("on {kind}")),
            _ => None,
        };
        if let (Some(named), Some(parent)) = (named, self.open.last_mut()) {
            if parent.named.contains(&named) {
                self.wrong.push(format!("{named} twice in one {}", parent.element.name));
            }
            parent.named.push(named);
        }
    }

    fn value(&mut self, place: &str, kind: &str, value: &str) {
        let is_token = |value: &str| {
            !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':'))
        };
        let is_digits = |value: &str| !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        let good = match kind {
            "text" => true,
            "vdata" => {
                self.variables(value, place);
                true
            }
            "address" => {
                self.variables(value, place);
                !value.contains(char::is_whitespace)
            }
            "token" => is_token(value),
            "number" => is_digits(value),
            "length" => is_digits(value.trim_end_matches('%')),
            "id" => {
                let is_new = !self.ids.iter().any(|known| known == value);
                self.ids.push(value.to_owned());
                is_new && is_token(value) && !value.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
            }
            words => words.split('|').any(|word| word == value),
        };
        // A variable is named by a token that WML narrows (10.1).
        let names_variable = kind == "token" && place.ends_with("name") && !place.starts_with("do");
        let is_variable = |value: &str| {
            value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                && !value.starts_with(|c: char| c.is_ascii_digit())
        };
        if !good || names_variable && !is_variable(value) {
            self.wrong.push(format!("{place} is {value:?}, not {kind}"));
        }
        if place.ends_with("accesskey") && value.chars().count() != 1 {
            self.wrong.push(format!("{place} is {value:?}, not one key"));
        }
    }

    /// `$name`, `$(name)`, `$(name:escape)` and `$$` (10.3).
    fn variables(&mut self, text: &str, place: &str) {
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('$') {
            let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
            let (name, next) = match after.strip_prefix('(') {
                _ if after.starts_with('$') => ("x", &after[1..]),
                Some(inner) => inner.split_once(')').unwrap_or(("", "")),
                None => after.split_at(after.bytes().take_while(|b| is_name(*b)).count()),
            };
            let (name, how) = name.split_once(':').unwrap_or((name, "n"));
            let known = ["e", "escape", "u", "unesc", "n", "noesc"].contains(&how.to_lowercase().as_str());
            if name.is_empty() || !name.bytes().all(is_name) || name.as_bytes()[0].is_ascii_digit() || !known {
                self.wrong.push(format!("{place}: {text:?} has a variable that is none"));
            }
            rest = next;
        }
    }
}

/// `pre@2` is `pre` from WML 1.2 on; a `!` behind stays.
fn is_since(word: &str, version: u8) -> Option<&str> {
    match word.split_once('@') {
        Some((name, since)) if since.trim_end_matches('!').parse::<u8>().unwrap() <= version => Some(name),
        Some(_) => None,
        None => Some(word),
    }
}

#[test]
fn each_rule_is_kept() {
    let deck = |body: &str| {
        let doctype = "<!DOCTYPE wml PUBLIC \"-//WAPFORUM//DTD WML 1.1//EN\" \"x\">";
        wrong_in(&format!("{doctype}<wml><card>{body}</card></wml>")).join("; ")
    };
    assert_eq!(deck("<do type=\"a\"><noop/></do><p>a<b>b</b> $(c:e) $$<br/></p>"), "");
    for (body, expected) in [
        ("text", "# has no place in card here"),
        ("<b>a</b>", "b has no place in card here"),
        ("<p><p/></p>", "p has no place in p here"),
        ("<pre>a</pre>", "pre has no place in card here"),
        ("<p/><timer value=\"1\"/>", "timer has no place in card here"),
        ("<timer value=\"1\"/><timer value=\"1\"/>", "timer has no place in card here"),
        ("<do type=\"a\"/>", "do without go prev noop refresh"),
        ("<do type=\"a\"><prev/><noop/></do>", "noop has no place in do here"),
        ("<do type=\"a\"><prev/></do><do name=\"a\" type=\"b\"><prev/></do>", "a twice in one card"),
        ("<p><select/></p>", "select without optgroup option"),
        ("<p><blink/></p>", "blink has no place in p here; there is no blink"),
        ("<p><img src=\"a\"/></p>", "img without alt"),
        ("<p><a href=\"a b\">c</a></p>", "a href is \"a b\", not address"),
        ("<p><a href=\"a\" accesskey=\"1\">c</a></p>", "a has no attribute accesskey in WML 1.1"),
        ("<p align=\"justify\"/>", "p align is \"justify\", not left|right|center"),
        ("<p id=\"a\"/><p id=\"a\"/>", "p id is \"a\", not id"),
        ("<p><input name=\"a-b\"/></p>", "input name is \"a-b\", not token"),
        ("<p><input name=\"a\" size=\"x\"/></p>", "input size is \"x\", not number"),
        ("<p>5 $</p>", "a text: \"5 $\" has a variable that is none"),
        (
            "<p><table columns=\"1\"><tr><td><table columns=\"1\"/></td></tr></table></p>",
            "table has no place in td here; table without tr",
        ),
    ] {
        assert_eq!(deck(body), expected, "{body}");
    }
    assert_eq!(wrong_in("<wml/>"), ["wml without card"]);
    assert_eq!(wrong_in("<!DOCTYPE html><p/>")[0], "an unknown DOCTYPE html");
}
