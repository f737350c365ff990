//! What every kind in `ALL` keeps to, shown by its own `example()`: the owner's check takes it, every page of it comes
//! out on all four channels within their limits, no number or link leads nowhere, hostile words break nothing, and an
//! empty section says so. `shows.snap` beside a kind is what it looks like; `SNAPSHOTS=overwrite cargo test` writes it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use super::{ALL, FieldDef, FieldKind, Kind, Sample};
use crate::clock::Time;
use crate::page::fit::{Mark, flat};
use crate::page::form::{Form, Method};
use crate::page::links::Links;
use crate::page::text::{self, Room};
use crate::page::wml::{self, Budget, Version};
use crate::page::{Block, Page, Path, Span, Status, To, html, xhtml};
use crate::sections::context::Column;
use crate::sites::enterprise::{self, Opening, Site};
use crate::sites::{self, House, Numbers, Visit, Visitor, files};
use crate::sms::parts::segments;
use crate::store::tests::{Folder, open};
use crate::store::{Store, Tx};
use crate::wap::bound::bound;
use crate::wap::compile::compile;
use crate::wap::{decompile, tokens, wbxml};
use crate::words::Lang;

/// 2026-11-22 12:00 in Jinan, a Sunday.
const NOON: Time = Time(1_795_320_000_000);
const DECK_OCTETS: usize = 1300;
const SEGMENTS: usize = 2;
/// More screens than any page may need.
const SCREENS_MAX: usize = 200;

type Values = BTreeMap<String, String>;

/// A section's content, items and rows, as an owner's file holds them.
#[derive(Default)]
struct Written {
    content: Values,
    items: Vec<(String, Values)>,
    rows: Vec<Values>,
}

impl Written {
    fn of(sample: &Sample) -> Written {
        let values = |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Written {
            content: values(sample.content),
            items: sample.items.iter().map(|(id, pairs)| ((*id).to_owned(), values(pairs))).collect(),
            rows: sample.rows.iter().map(|pairs| values(pairs)).collect(),
        }
    }

    /// With `words` in every field that takes words, cut to what the field takes.
    fn hostile(mut self, kind: &dyn Kind, words: &str) -> Written {
        let fill = |values: &mut Values, fields: &[FieldDef]| {
            for field in fields {
                let max = match field.kind {
                    FieldKind::Line(max) | FieldKind::Lines(max) | FieldKind::Rich(max) => usize::from(max),
                    _ => continue,
                };
                values.insert(field.name.to_owned(), words.chars().take(max).collect());
            }
        };
        fill(&mut self.content, kind.fields());
        self.items.iter_mut().for_each(|(_, item)| fill(item, kind.item_fields()));
        self.rows.iter_mut().for_each(|row| fill(row, kind.row_fields()));
        self
    }

    fn site_toml(&self, kind: &dyn Kind, words: &str) -> String {
        let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let table = |out: &mut String, values: &Values| {
            values.iter().for_each(|(name, value)| writeln!(out, "{name} = {}", text(value)).unwrap());
        };
        let cut = |max| text(&words.chars().take(max).collect::<String>());
        let mut out = String::from("[enterprise]\nslug = \"sample\"\ncode = \"1001\"\nindustry = \"restaurant\"\n");
        let slogan = text(&format!("百年老店:{}", words.chars().take(50).collect::<String>()));
        writeln!(out, "name = {}\nshort_name = {}\nslogan = {slogan}", cut(40), cut(12)).unwrap();
        writeln!(out, "contact_phone = \"0531-86001234\"\n[[section]]\nid = \"it\"\nkind = {}", text(kind.name()))
            .unwrap();
        out.push_str("[section.content]\n");
        table(&mut out, &self.content);
        for (id, item) in &self.items {
            writeln!(out, "[[section.item]]\nid = {}", text(id)).unwrap();
            table(&mut out, item);
        }
        for row in &self.rows {
            out.push_str("[[section.row]]\n");
            table(&mut out, row);
        }
        out
    }
}

/// A box with one company that has one section.
struct Stage {
    store: Store,
    house: House,
    _folder: Folder,
}

impl Stage {
    fn empty() -> Stage {
        let folder = Folder::new();
        let house = House {
            name: "驿站".to_owned(),
            url: "http://box.example.com".to_owned(),
            domain: "box.example.com".to_owned(),
            zone: jiff::tz::TimeZone::get("Asia/Shanghai").unwrap(),
            lang: Lang::Zh,
            help_phone: String::new(),
            numbers: Numbers::default(),
            kinds: ALL,
            clock: crate::clock::Clock::by_hand(NOON),
            tell: |_, _| Ok(()),
        };
        house.numbers.add(crate::number::Number::parse("+8613800138000").unwrap(), None);
        Stage { store: open(&folder), house, _folder: folder }
    }

    fn with(kind: &dyn Kind, written: &Written, words: &str) -> Stage {
        let stage = Stage::empty();
        let file = written.site_toml(kind, words);
        let import = files::read(&[("site.toml".to_owned(), file.into())].into(), ALL, Lang::Zh)
            .unwrap_or_else(|faults| panic!("{}: its own check refuses it: {}", kind.name(), faults.join("; ")));
        files::write(&stage.store, import, NOON, "box", Lang::Zh).unwrap();
        stage
    }

    fn page(&self, at: &Path, lang: Lang) -> Page {
        let who = Visitor::default();
        sites::visit(&self.house, &self.store, &Visit { to: at, query: &[], who: &who, lang, now: NOON })
    }

    /// The front page and every page of the site that links and forms lead to from it.
    fn pages(&self, lang: Lang) -> Vec<Page> {
        let front = Path::site("sample", "");
        let (mut seen, mut next) = (BTreeSet::from([front.clone()]), VecDeque::from([front]));
        let mut pages = Vec::new();
        while let Some(at) = next.pop_front() {
            let page = self.page(&at, lang);
            let places = places(&page.blocks).into_iter().filter(|to| to.site.as_deref() == Some("sample"));
            next.extend(places.filter(|to| seen.insert(to.clone())));
            pages.push(page);
        }
        pages
    }
}

fn places(blocks: &[Block]) -> Vec<Path> {
    let mut found = Vec::new();
    let mut add = |to: &To| {
        if let To::Visit(path) = to {
            found.push(path.clone());
        }
    };
    let spans = |spans: &[Span], add: &mut dyn FnMut(&To)| {
        for span in spans {
            if let Span::Link(link) = span {
                add(&link.to);
            }
        }
    };
    for block in flat(blocks) {
        match block {
            Block::Menu(links) => links.iter().for_each(|l| add(&l.to)),
            Block::List(entries) => entries.iter().filter_map(|e| e.to.as_ref()).for_each(&mut add),
            Block::Text(text) => spans(text, &mut add),
            Block::Facts(facts) => facts.iter().for_each(|(_, value)| spans(value, &mut add)),
            Block::Form(form) => add(&To::Visit(form.to.clone())),
            _ => {}
        }
    }
    found
}

fn links() -> Links {
    Links { once: "0123456789abcdef0123456789abcdef".to_owned(), ..Links::default() }
}

/// Every deck of the page as it is compiled here, where it holds more than a deck that goes out as text.
fn compiled(page: &Page, links: &Links, version: Version) {
    let budget = Budget { max: DECK_OCTETS, cost: &wbxml::size, version };
    let mut from = Some(Mark::default());
    while let Some(mark) = from {
        let deck = wml::deck(page, mark, None, links, &budget);
        let (octets, xml) = (wbxml::compile(&deck), deck.xml());
        assert!(octets.len() <= DECK_OCTETS && octets.len() == wbxml::size(&deck), "{xml}");
        // Blanks in a row are the phone's to join, and the compiler's.
        let said = decompile::xml(&octets).unwrap();
        assert!(compile(said.as_bytes(), None) == compile(xml.as_bytes(), None), "{xml}");
        let ascii = deck.xml_in_ascii();
        assert!(ascii.is_ascii() && compile(ascii.as_bytes(), None) == compile(xml.as_bytes(), None), "{ascii}");
        assert!(octets[..2] == [version as u8 + 1, tokens::wml(version).id], "{octets:02X?}");
        from = deck.next();
    }
}

/// The page on all four channels, every deck and screen of it, each checked against its limits.
fn rendered(page: &Page) -> String {
    let links = links();
    let mut out = format!("=== /{} {}\n--- html\n", page.at.at, page.title);
    html::render(page, &links, &mut out);
    out.push_str("--- xhtml\n");
    let mut body = String::new();
    xhtml::render(&page.blocks, page, &links, &mut body);
    well_formed(&format!("<body>{body}</body>"));
    out.push_str(&body);
    Version::ALL.into_iter().for_each(|version| compiled(page, &links, version));
    let mut from = Some(Mark::default());
    while let Some(mark) = from {
        let deck = wml::deck(
            page,
            mark,
            None,
            &links,
            &Budget { max: DECK_OCTETS, cost: &bound, version: Version::default() },
        );
        let (octets, xml) = (bound(&deck), deck.xml());
        assert!(octets <= DECK_OCTETS, "{octets} octets: {xml}");
        assert!(wbxml::size(&deck) <= octets);
        well_formed(&xml);
        let xml = xml.split_once("<wml>").map_or(xml.as_str(), |(_, deck)| deck);
        writeln!(out, "--- wml, at most {octets} octets\n<wml>{xml}").unwrap();
        from = deck.next();
        assert!(out.matches("--- wml").count() < SCREENS_MAX, "decks without end: {}", page.title);
    }
    let (mut from, mut first_no) = (Some(Mark::default()), 1);
    while let Some(mark) = from {
        let room = Room { max: SEGMENTS, cost: &segments, first_no };
        let screen = text::text(page, mark, &room);
        assert!(segments(&screen.text) <= SEGMENTS, "{}", screen.text);
        writeln!(out, "--- sms\n{}", screen.text).unwrap();
        screen.keys.iter().for_each(|(no, to)| writeln!(out, "{no} -> {to:?}").unwrap());
        first_no = screen.keys.last().map_or(first_no, |(no, _)| no + 1);
        from = screen.more;
        assert!(out.matches("--- sms").count() < SCREENS_MAX, "screens without end: {}", page.title);
    }
    out
}

/// XML 1.0 as a parser takes it, and no character that it has no place for (2.2).
fn well_formed(xml: &str) {
    let illegal = |c: char| (c < ' ' && !matches!(c, '\n' | '\t' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    assert!(!xml.contains(illegal), "{xml:?}");
    let mut reader = quick_xml::Reader::from_str(xml);
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("{e}: {xml}")) {
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                tag.attributes().for_each(|attribute| assert!(attribute.is_ok(), "{attribute:?}: {xml}"));
            }
            quick_xml::events::Event::Eof => return,
            _ => {}
        }
    }
}

#[test]
fn every_kind_shows_its_example_everywhere() {
    let overwrite = std::env::var("SNAPSHOTS").is_ok_and(|v| v == "overwrite");
    for kind in ALL {
        let stage = Stage::with(*kind, &Written::of(&kind.example()), "聚和楼");
        let pages = stage.pages(Lang::Zh);
        assert!(pages.len() > 1, "{}: nothing leads to it", kind.name());
        for page in &pages {
            assert_eq!(page.status, Status::Ok, "{}: {:?} is linked and does not exist", kind.name(), page.at);
            assert!(page.up.is_some(), "{}: no way back from {:?}", kind.name(), page.at);
            for block in flat(&page.blocks) {
                // Beside other things to answer, a form needs a page of its own: a text can answer only one.
                if let Block::Form(Form { to, method: Method::Post, .. }) = block {
                    assert!(*to != page.at || text::asked(page).is_some(), "{}: {:?}", kind.name(), page.at);
                }
            }
        }
        let shown: String = pages.iter().map(rendered).collect();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sections").join(kind.name());
        let file = folder.join("shows.snap");
        if overwrite {
            std::fs::write(&file, &shown).unwrap();
        }
        let before = std::fs::read_to_string(&file).unwrap_or_default();
        let differs = before.lines().zip(shown.lines()).position(|(a, b)| a != b);
        assert!(
            before == shown,
            "{} looks different from line {:?} on; if that is right: SNAPSHOTS=overwrite cargo test",
            file.display(),
            differs.map_or(before.lines().count(), |n| n) + 1
        );
    }
}

#[test]
fn every_kind_speaks_english() {
    for kind in ALL {
        let stage = Stage::with(*kind, &Written::of(&kind.example()), "Juhelou");
        for page in stage.pages(Lang::En) {
            assert_eq!(page.status, Status::Ok);
            rendered(&page);
        }
    }
}

#[test]
fn hostile_words_break_no_kind() {
    let long = |word: &str| word.repeat(300);
    let hostile = [
        "<script>&\"'$(x)$$]]>-->%00&#0;".to_owned() + &long("壹"),
        long("😀"),
        long("x"),
        long("长"),
        long("$"),
        long("&"),
        long("\"<"),
        "a\u{0}b\u{1b}[2J\u{fffe}\u{202e}c\u{85}\r\n\t ".to_owned() + &long("é\u{301}"),
        "## <h1>\n\n**[x](<script>)** ![\"](&) [tel](tel:<&\">) [w](http://\"<>) [j](javascript:1)\n\n".repeat(60),
        long("字\n\n"),
    ];
    for kind in ALL {
        for words in &hostile {
            let stage = Stage::with(
                *kind,
                &Written::of(&kind.example()).hostile(*kind, words),
                &words.chars().filter(|c| !c.is_control()).collect::<String>(),
            );
            for page in stage.pages(Lang::Zh) {
                rendered(&page);
            }
        }
    }
}

#[test]
fn an_empty_section_says_so() {
    for kind in ALL {
        let stage = Stage::empty();
        let column =
            Column { id: "it".to_owned(), kind: kind.name().to_owned(), title: kind.title(Lang::Zh).to_owned() };
        let words = |text: &str| text.to_owned();
        let opening = Opening {
            slug: words("sample"),
            code: words("1001"),
            name: words("聚和楼"),
            industry: words("other"),
            ..Opening::default()
        };
        let site = Site { columns: vec![column], ..Site::default() };
        let write = move |tx: &mut Tx| {
            enterprise::open(tx, &opening, NOON, Lang::Zh)?;
            enterprise::put_site(tx, "sample", &site)
        };
        stage.store.write_blocking(write).unwrap();
        let page = stage.page(&Path::site("sample", "it"), Lang::Zh);
        let says = flat(&page.blocks).iter().any(|b| matches!(b, Block::Notice(..)));
        assert!(page.status == Status::Ok && says, "{}: {:?}", kind.name(), page.blocks);
        for page in stage.pages(Lang::Zh) {
            rendered(&page);
        }
    }
}
