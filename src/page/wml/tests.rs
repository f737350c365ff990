//! What a deck writes, forms in questions within the budget, and texts of no sense.

use super::super::form::tests::{Chance, every_ask, field};
use super::super::form::{self, Field, Form, Need};
use super::super::{Entry, Path, Span, To};
use super::*;
use crate::page::Lang;

fn octets(deck: &Deck) -> usize {
    deck.xml().len()
}

fn budget(max: usize) -> Budget<'static> {
    Budget { max, cost: &octets, version: Version::default() }
}

fn page(blocks: Vec<Block>) -> Page {
    let mut page = Page::new("茶$馆", Path::site("tea", "menu"), Some(Path::site("tea", "")), Lang::Zh);
    page.face.home = Path::site("tea", "");
    page.blocks = blocks;
    page
}

fn form(fields: Vec<Field>) -> Form {
    let (id, title) = ("order".to_owned(), "预订".to_owned());
    Form { id, title, to: Path::site("tea", "menu"), fields, method: Method::Post, confirm: true }
}

fn whole(page: &Page) -> String {
    deck(page, Mark::default(), None, &Links { once: "token".into(), ..Links::default() }, &budget(99_999)).xml()
}

fn well_formed(xml: &str) {
    let mut reader = quick_xml::Reader::from_str(xml);
    while !matches!(reader.read_event().unwrap_or_else(|e| panic!("{e}: {xml}")), quick_xml::events::Event::Eof) {}
}

#[test]
fn a_dollar_is_a_dollar_everywhere() {
    let mut asked = field("a", Ask::Line { max: 90 }, Need::Must);
    (asked.was, asked.label) = (Some("$(b)".into()), "$5?".into());
    let xml = whole(&page(vec![
        Block::text("$(x) $$ 5$"),
        Block::Form(form(vec![asked, field("p", Ask::Fixed("$9".into()), Need::Must)])),
    ]));
    for expected in
        ["title=\"茶$$馆\"", "$$(x) $$$$ 5$$", "$$5?:", "value=\"$$(b)\"", "value=\"$$9\"", "name=\"a\" value=\"$(a)\""]
    {
        assert!(xml.contains(expected), "{expected}: {xml}");
    }
}

#[test]
fn a_line_end_survives_in_an_attribute() {
    let mut asked = field("a", Ask::Lines { max: 90 }, Need::Must);
    asked.was = Some("一\n二".into());
    assert!(whole(&page(vec![Block::Form(form(vec![asked]))])).contains("value=\"一&#10;二\""));
}

#[test]
fn a_form_sends_every_answer_and_its_marks() {
    let fields: Vec<Field> =
        every_ask().into_iter().enumerate().map(|(n, ask)| field(&format!("f{n}"), ask, Need::May)).collect();
    let xml = whole(&page(vec![Block::Form(form(fields.clone()))]));
    for field in &fields {
        let sent = match &field.ask {
            Ask::File { .. } => continue,
            Ask::Fixed(value) => format!("<postfield name=\"{}\" value=\"{value}\"/>", field.name),
            _ => format!("<postfield name=\"{0}\" value=\"$({0})\"/>", field.name),
        };
        assert!(xml.contains(&sent), "{sent}: {xml}");
    }
    assert!(xml.contains("name=\"_form\" value=\"order\"") && xml.contains("name=\"_once\" value=\"token\""));
    assert!(!xml.contains("_step") && xml.contains("method=\"post\" accept-charset=\"utf-8\""));
}

/// A form too large for a deck, with the longest answers: each deck within its limit, each question once.
#[test]
fn a_large_form_is_asked_in_steps_that_fit() {
    let options = |n: usize| (1..=n).map(|n| (format!("v{n}"), format!("这一带的第{n}个乡镇"))).collect();
    let mut fields = vec![
        field("text", Ask::Lines { max: 500 }, Need::Must),
        field("more", Ask::Lines { max: 500 }, Need::Must),
        field("town", Ask::One(options(90)), Need::Must),
        field("many", Ask::Many(options(90)), Need::Must),
        field("photo", Ask::File { max_kib: 9 }, Need::May),
        field("price", Ask::Fixed("88元".into()), Need::Must),
    ];
    fields.extend((0..8).map(|n| field(&format!("l{n}"), Ask::Line { max: 60 }, Need::Must)));
    let page = page(vec![Block::text("长".repeat(300)), Block::Form(form(fields))]);
    let max = 2200;
    let links = Links { once: "0123456789abcdef0123456789abcdef".into(), ..Links::default() };
    let mut step = Step::default();
    for decks in 0.. {
        assert!(decks < 60, "decks without end");
        let first = step == Step::default();
        let shown = deck(&page, Mark::default(), (!first).then_some(&step), &links, &budget(max));
        let xml = shown.xml();
        assert!(octets(&shown) <= max, "{} octets: {xml}", octets(&shown));
        well_formed(&xml);
        let form = page.form("order").unwrap();
        let open = form.next(&[step.got.clone(), form.left_out(is_file)].concat()).clone();
        let form::Step::Ask(asked) = open else {
            assert!(xml.contains("name=\"_step\" value=\"0\"") && xml.contains("请确认"), "{xml}");
            assert!(xml.contains("name=\"text\" value=\"$(text)\""), "what is long is the phone's to keep: {xml}");
            return;
        };
        assert!(
            xml.contains(&format!("name=\"{}\"", asked.name)) && xml.contains("name=\"_step\" value=\"1\""),
            "{xml}"
        );
        let last = xml.contains("value=\"v90\"") || asked.ask.options().is_empty();
        if last {
            let answer = if asked.ask.options().is_empty() { "字".repeat(60) } else { "v90".to_owned() };
            let long = matches!(asked.ask, Ask::Lines { .. });
            step.got.push((asked.name.clone(), if long { "字".repeat(500) } else { answer }));
            step.options_from = 0;
        } else {
            let next = xml.split_once("name=\"_opt\" value=\"").unwrap().1.split_once('"').unwrap().0;
            let next: usize = next.parse().unwrap();
            assert!(next > step.options_from);
            step.options_from = next;
        }
    }
}

#[test]
fn a_form_that_came_back_asks_for_what_was_wrong() {
    let mut fields: Vec<Field> = (0..40).map(|n| field(&format!("l{n}"), Ask::Line { max: 60 }, Need::Must)).collect();
    fields.iter_mut().for_each(|f| f.was = Some("好".into()));
    fields[20].wrong = Some("不对".into());
    let page = page(vec![Block::Form(form(fields))]);
    let xml = deck(&page, Mark::default(), None, &Links::default(), &budget(4000)).xml();
    assert!(xml.contains("不对") && xml.contains("<input name=\"l20\""), "{xml}");
    assert_eq!(xml.matches("<input").count(), 1);
    assert!(xml.contains("<postfield name=\"l39\" value=\"好\"/>"), "{xml}");
}

#[test]
fn a_file_that_must_be_sent_leads_to_the_web() {
    let mut page = page(vec![Block::Form(form(vec![field("f", Ask::File { max_kib: 9 }, Need::Must)]))]);
    page.face.address = "http://tea.example.com/".into();
    let xml = whole(&page);
    assert!(xml.contains("http://tea.example.com/") && !xml.contains("postfield"), "{xml}");
}

#[test]
fn no_text_breaks_a_deck() {
    let mut chance = Chance(11);
    for _ in 0..300 {
        let mut words = |max| chance.text(max);
        let to = To::Visit(Path::site("tea", &words(5)));
        let entry = Entry { id: words(5), title: words(200), line: words(300), to: Some(to), ..Entry::default() };
        let mut asked = field("a", Ask::One(vec![(words(9), words(90))]), Need::May);
        (asked.hint, asked.wrong, asked.was) = (words(30), Some(words(30)), Some(words(300)));
        let mut page = page(vec![
            Block::Notice(Tone::Warn, words(40)),
            Block::text(words(900)),
            Block::List(vec![entry]),
            Block::Facts(vec![(words(9), vec![Span::Link(Link { label: words(90), to: To::Call(words(9)) })])]),
            Block::Form(form(vec![asked])),
        ]);
        page.title = words(30);
        let mut from = Some(Mark::default());
        for decks in 0.. {
            let Some(mark) = from else { break };
            assert!(decks < 100, "decks without end");
            let links = Links::default();
            let shown = deck(&page, mark, None, &links, &budget(3000));
            assert!(octets(&shown) <= 3000, "{}", shown.xml());
            well_formed(&shown.xml());
            from = shown.next();
        }
    }
}
