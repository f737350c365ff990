//! Numbers and what they mean, the last line, forms beside other things, and texts of no sense.

use super::*;
use crate::page::Tone;
use crate::page::form::tests::{Chance, every_ask, field};
use crate::page::form::{Ask, Need};

/// One for each character: like UCS-2.
fn characters(text: &str) -> usize {
    text.chars().count()
}

fn room(max: usize, first_no: u16) -> Room<'static> {
    Room { max, cost: &characters, first_no }
}

fn page(blocks: Vec<Block>) -> Page {
    let mut page = Page::new("热菜", Path::site("tea", "menu"), Some(Path::site("tea", "")), Lang::Zh);
    page.blocks = blocks;
    page
}

fn dish(n: usize) -> Entry {
    let to = To::Visit(Path::site("tea", &format!("menu/p{n}")));
    Entry { id: format!("p{n}"), title: format!("第{n}道菜"), to: Some(to), ..Entry::default() }
}

fn form(fields: Vec<crate::page::form::Field>, method: Method) -> Form {
    let (id, title) = ("order".to_owned(), "预订".to_owned());
    Form { id, title, to: Path::site("tea", "order"), fields, method, confirm: false }
}

#[test]
fn numbers_run_on_and_mean_their_line() {
    let page = page(vec![Block::List((1..=20).map(dish).collect())]);
    let (mut from, mut first_no, mut seen) = (Some(Mark::default()), 1, Vec::new());
    while let Some(mark) = from {
        let screen = text(&page, mark, &room(60, first_no));
        assert!(characters(&screen.text) <= 60, "{}", screen.text);
        assert_eq!(screen.text.starts_with("热菜\n"), mark.is_start());
        for (no, to) in &screen.keys {
            assert_eq!(*no, first_no);
            assert!(screen.text.contains(&format!("{no}.第{no}道菜")), "{}", screen.text);
            assert_eq!(*to, To::Visit(Path::site("tea", &format!("menu/p{no}"))));
            first_no += 1;
            seen.push(*no);
        }
        let last = if screen.more.is_some() { "回数字选择 #下页 0返回" } else { "回数字选择 0返回" };
        assert!(screen.text.ends_with(last), "{}", screen.text);
        from = screen.more;
    }
    assert_eq!(seen, (1..=20).collect::<Vec<_>>());
}

#[test]
fn the_last_line_says_what_can_be_answered() {
    let last = |page: &Page| text(page, Mark::default(), &room(134, 1)).text.lines().last().unwrap_or("").to_owned();
    let mut quiet = page(vec![Block::text("没有号码")]);
    assert_eq!(last(&quiet), "0返回");
    quiet.up = None;
    assert_eq!(last(&quiet), "?帮助");
    quiet.blocks = vec![Block::List(vec![dish(1)])];
    assert_eq!(last(&quiet), "回数字选择");
    quiet.lang = Lang::En;
    assert_eq!(last(&quiet), "Answer a number");
}

#[test]
fn a_page_about_a_form_asks_and_a_search_does_not() {
    let ask = || vec![field("a", Ask::Line { max: 9 }, Need::Must)];
    let question = page(vec![Block::text("每桌十人。"), Block::Form(form(ask(), Method::Post))]);
    let screen = text(&question, Mark::default(), &room(134, 1));
    assert_eq!((screen.asks, screen.text.as_str()), (Some(Path::site("tea", "order")), "热菜\n每桌十人。"));
    let beside = page(vec![Block::List(vec![dish(1)]), Block::Form(form(ask(), Method::Post))]);
    let screen = text(&beside, Mark::default(), &room(134, 1));
    assert!(screen.asks.is_none() && screen.text.contains("2.预订"), "{}", screen.text);
    let search = page(vec![Block::Notice(Tone::Info, "没有找到".into()), Block::Form(form(ask(), Method::Get))]);
    let screen = text(&search, Mark::default(), &room(134, 1));
    assert!(screen.asks.is_none() && screen.keys.is_empty() && screen.text.ends_with("0返回"), "{}", screen.text);
}

#[test]
fn what_can_be_dialled_is_shown_and_what_cannot_gets_a_number() {
    let link = |label: &str, to| Span::Link(Link { label: label.into(), to });
    let spans = vec![
        link("0531-86001234", To::Call("0531-86001234".into())),
        link("订座", To::Call("110".into())),
        link("本页", To::Visit(Path::site("tea", "menu"))),
        link("地图", To::Map { lat: 1.0, lon: 2.0 }),
    ];
    let screen = text(&page(vec![Block::Text(spans)]), Mark::default(), &room(134, 1));
    assert!(screen.text.contains("0531-86001234订座110本页地图(1)"), "{}", screen.text);
    assert_eq!(screen.keys, [(1, To::Map { lat: 1.0, lon: 2.0 })]);
}

#[test]
fn a_changed_page_starts_again_and_says_so() {
    let mut changing = page(vec![Block::List((1..=20).map(dish).collect())]);
    let mark = text(&changing, Mark::default(), &room(60, 1)).more.unwrap();
    if let Block::List(entries) = &mut changing.blocks[0] {
        entries.remove(0);
    }
    let screen = text(&changing, mark, &room(60, 5));
    assert!(screen.text.starts_with("热菜\n内容已更新"), "{}", screen.text);
}

/// Every screen of any page keeps to its room and comes to an end.
#[test]
fn no_text_breaks_a_screen() {
    let mut chance = Chance(7);
    for n in 0..400 {
        let mut words = |max| chance.text(max);
        let entry = Entry { title: words(200), line: words(300), tag: Some(words(5)), ..dish(n) };
        let mut fields: Vec<_> = every_ask().into_iter().map(|ask| field("x", ask, Need::May)).collect();
        fields[0].label = words(100);
        let post = Post { id: "1".into(), who: words(9), when: words(9), text: words(300), reply: Some(words(300)) };
        let mut page = page(vec![
            Block::Heading(words(30)),
            Block::text(words(400)),
            Block::List(vec![entry, dish(n)]),
            Block::Facts(vec![(words(9), vec![Span::Strong(words(200))])]),
            Block::Posts(vec![post]),
            Block::Table { head: vec![words(9)], rows: vec![vec![words(90), words(9)]] },
            Block::Chart { title: words(9), unit: words(3), bars: vec![(words(9), f64::NAN), (words(9), -1e300)] },
            Block::Form(form(fields, Method::Post)),
        ]);
        page.title = words(12);
        let mut from = Some(Mark::default());
        for screens in 0.. {
            let Some(mark) = from else { break };
            assert!(screens < 300, "screens without end");
            let screen = text(&page, mark, &room(134, 1));
            assert!(characters(&screen.text) <= 134, "{}", screen.text);
            from = screen.more;
        }
    }
}
