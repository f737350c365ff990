//! What stands round a page in both frames.

use quick_xml::events::Event;

use super::*;
use crate::page::form::{Ask, Field, Form, Method, Need};
use crate::page::{Entry, Face, Link, Picture, Post, Price, Role, TextTo, Tone, Weight};
use crate::web::assets::asset;

const HOSTILE: &str = "<script>\"'&";

fn page(text: &str, blocks: Vec<Block>) -> Page {
    let mut page = Page::new(text, Path::site("tea", "products/p1"), Some(Path::site("tea", "products")), Lang::Zh);
    page.blocks = blocks;
    page.face = Face {
        name: format!("Tea {text}"),
        theme: "restaurant".into(),
        home: Path::site("tea", ""),
        menu: vec![Link::visit(text, Path::site("tea", "news")), Link::visit("Goods", Path::site("tea", "products"))],
        text_to: Some(TextTo { number: "+8613800001000".into(), code: "1001".into() }),
        address: format!("http://tea.example.com/{text}"),
        phone: Some("0531-8600 1234".into()),
        foot: vec![text.to_owned()],
    };
    page
}

fn own_host() -> Links {
    let ways = vec!["web", "xhtml", "wml"];
    Links { here: Some("tea".into()), portal: "http://box.example.com".into(), ways, ..Links::default() }
}

fn every_block(text: &str) -> Vec<Block> {
    let field = |name: &str, ask| Field {
        name: name.into(),
        label: text.into(),
        hint: text.into(),
        ask,
        need: Need::Must,
        was: Some(text.into()),
        wrong: Some(text.into()),
    };
    let options = vec![(text.to_owned(), text.to_owned())];
    let fields = vec![
        field("a", Ask::Line { max: 9 }),
        field("b", Ask::Lines { max: 9 }),
        field("c", Ask::Number { min: 0, max: 9 }),
        field("d", Ask::Secret),
        field("e", Ask::One(options.clone())),
        field("f", Ask::Many(options)),
        field("g", Ask::File { max_kib: 9 }),
        field("h", Ask::Fixed(text.into())),
        field("i", Ask::Money),
        field("j", Ask::Date),
        field("k", Ask::Phone),
    ];
    let to = Path::site("tea", "order");
    let form = Form { id: "o".into(), title: text.into(), to, fields, method: Method::Post, confirm: false };
    let picture = Picture { file: "a.png".into(), alt: text.into(), weight: Weight::Decor, width: 960, height: 540 };
    let price = Price::Fen { now: 1, was: Some(2), unit: text.into() };
    let entry =
        Entry { title: text.into(), line: text.into(), price: Some(price), tag: Some(text.into()), ..Entry::default() };
    let linked = Entry { id: text.into(), to: Some(To::Call(text.into())), price: Some(Price::Ask), ..entry.clone() };
    let spans =
        vec![Span::Plain("a\nb".into()), Span::Strong(text.into()), Span::Link(Link::visit(text, Path::default()))];
    vec![
        Block::Notice(Tone::Done, text.into()),
        Block::Group(
            Role::Hero,
            vec![Block::Picture(picture), Block::Heading("Hero".into()), Block::Text(spans.clone())],
        ),
        Block::Menu((0..12).map(|n| Link::visit(n.to_string(), Path::site("tea", "x"))).collect()),
        Block::List(vec![entry, linked]),
        Block::Facts(vec![(text.into(), spans)]),
        Block::Table { head: vec![text.into()], rows: vec![vec![text.into()], Vec::new()] },
        Block::Table { head: Vec::new(), rows: Vec::new() },
        Block::Chart { title: text.into(), unit: text.into(), bars: vec![(text.into(), 1.5)] },
        Block::Posts(vec![Post {
            id: text.into(),
            who: text.into(),
            when: text.into(),
            text: text.into(),
            reply: Some(text.into()),
        }]),
        Block::Form(form),
    ]
}

/// Reads the whole document and returns all its elements' names; panics where it is not well-formed.
fn elements(document: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(document);
    reader.config_mut().check_end_names = true;
    let (mut names, mut depth) = (Vec::new(), 0i32);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                depth += 1;
                tag.attributes().for_each(|attribute| assert!(attribute.is_ok(), "{attribute:?}"));
                names.push(tag.name().as_ref().to_owned());
            }
            Event::Empty(tag) => names.push(tag.name().as_ref().to_owned()),
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    names
}

#[test]
fn xhtml_is_well_formed_and_of_the_mobile_profile() {
    let page = page(HOSTILE, every_block(HOSTILE));
    let document = Frames::new().xhtml(&page, &page.blocks, Some("/x?at=1&v=xhtml".into()), &own_host(), false);
    let profile = [
        "html", "head", "title", "link", "meta", "body", "p", "div", "h1", "h2", "a", "b", "br", "em", "small", "span",
        "img", "form", "input", "textarea", "select", "option", "table", "caption", "tr", "th", "td",
    ];
    for name in elements(&document) {
        assert!(profile.contains(&name.as_str()), "{name}");
    }
    assert!(document.contains("href=\"/x?at=1&amp;v=xhtml\" accesskey=\"#\""));
    assert_eq!(document.matches("accesskey=\"9\"").count(), 1);
    assert!(!document.contains("<script") && !document.contains("style=\""));
}

#[test]
fn html_shows_every_way_to_the_site() {
    let document = Frames::new().html(&page("茶", vec![Block::text("First words.")]), &own_host(), &Extras::default());
    for expected in [
        "<html lang=\"zh-CN\">",
        "<title>茶 - Tea 茶</title>",
        "href=\"sms:+8613800001000?body=1001\">发短信 1001 到 +8613800001000",
        "href=\"tel:053186001234\"",
        "<a href=\"/products\" aria-current=\"true\">Goods</a>",
        "action=\"http://box.example.com/search\" method=\"get\"",
        "<a class=\"up\" href=\"/products\">",
        "<a href=\"/products/p1?v=xhtml\" rel=\"nofollow\">彩版</a>",
        "<b aria-current=\"true\">电脑版</b>",
        "<a class=\"lang\" href=\"/products/p1?lang=en\" lang=\"en\"",
        "<a href=\"http://box.example.com/\">驿站首页</a>",
        "content=\"First words.\"",
    ] {
        assert!(document.contains(expected), "{expected}\n{document}");
    }
    // A browser would show the source of a deck.
    assert!(!document.contains("v=wml"));
}

#[test]
fn a_front_page_offers_its_columns_once() {
    let mut front = page("茶", Vec::new());
    front.at = front.face.home.clone();
    let html = |page: &Page| Frames::new().html(page, &own_host(), &Extras::default());
    assert_eq!(html(&front).matches(">Goods</a>").count(), 1);
    front.blocks = vec![Block::Group(Role::Columns, vec![Block::Menu(front.face.menu.clone())])];
    assert_eq!(html(&front).matches(">Goods</a>").count(), 1);
    assert!(!html(&front).contains("main-menu"));
}

#[test]
fn only_pages_that_failed_stand_alone() {
    let quiet = |status: Status| {
        let mut page = page("茶", Vec::new());
        page.status = status;
        Frames::new().html(&page, &own_host(), &Extras::default()).contains("class=\"inner quiet\"")
    };
    assert!(quiet(Status::NotFound) && quiet(Status::Suspended));
    assert!(!quiet(Status::Ok) && !quiet(Status::Invalid));
}

#[test]
fn hostile_words_around_the_page_stay_words() {
    let extras = Extras {
        canonical: HOSTILE.into(),
        picture: HOSTILE.into(),
        next: Some(HOSTILE.into()),
        searched: HOSTILE.into(),
    };
    let document = Frames::new().html(&page(HOSTILE, every_block(HOSTILE)), &own_host(), &extras);
    for forbidden in ["<script", " style=", "&\"", "'&"] {
        assert!(!document.contains(forbidden), "{forbidden}");
    }
    assert!(document.contains("value=\"&lt;script&gt;&quot;&#39;&amp;\""));
}

#[test]
fn carried_queries_survive_the_switches() {
    let links = Links { carry: Some("v=web&lang=zh".into()), ways: vec!["web", "xhtml"], ..Links::default() };
    let document = Frames::new().html(&page("茶", Vec::new()), &links, &Extras::default());
    assert!(document.contains("href=\"/s/tea/products/p1?v=web&amp;lang=en\""));
    assert!(document.contains("href=\"/s/tea/products/p1?lang=zh&amp;v=xhtml\""));
    assert!(document.contains("<input type=\"hidden\" name=\"v\" value=\"web\">"));
}

#[test]
fn every_link_to_an_asset_is_served() {
    let mut seen = 0;
    for (theme, ..) in THEMES {
        let mut page = page("茶", Vec::new());
        page.face.theme = theme.into();
        let mut documents = Frames::new().html(&page, &own_host(), &Extras::default());
        documents.push_str(&Frames::new().xhtml(&page, &[], None, &own_host(), false));
        for part in documents.split("href=\"/assets/").skip(1) {
            let path = format!("/assets/{}", part.split('"').next().unwrap());
            assert!(asset(&path).is_some(), "{path}");
            seen += 1;
        }
    }
    assert_eq!(seen, THEMES.len() * 5);
    assert!(asset("/assets/style.css").is_none() && asset("/assets/../frame.html").is_none());
}

#[test]
fn an_unknown_industry_has_the_plain_look() {
    let mut page = page("茶", Vec::new());
    page.face.theme = "../x".into();
    assert!(Frames::new().html(&page, &own_host(), &Extras::default()).contains("/assets/plain."));
}
