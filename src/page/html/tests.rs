//! What the HTML renderer writes for each block, and what no text can break.

use super::super::form::{Ask, Field, Form, Known, Method, Need};
use super::super::{Path, xhtml};
use super::*;

const HOSTILE: &str = "<script>\"'&";

fn field(name: &str, ask: Ask) -> Field {
    Field {
        name: name.into(),
        label: name.to_uppercase(),
        hint: String::new(),
        ask,
        need: Need::May,
        was: None,
        wrong: None,
    }
}

fn choices(count: usize) -> Vec<(String, String)> {
    (1..=count).map(|n| (n.to_string(), format!("choice {n}"))).collect()
}

fn order() -> Form {
    let fields = vec![
        field("line", Ask::Line { max: 20 }),
        field("lines", Ask::Lines { max: 200 }),
        field("number", Ask::Number { min: 1, max: 9 }),
        field("money", Ask::Money),
        field("phone", Ask::Phone),
        field("day", Ask::Date),
        field("secret", Ask::Secret),
        field("few", Ask::One(choices(6))),
        field("lots", Ask::One(choices(7))),
        field("any", Ask::Many(choices(3))),
        field("price", Ask::Fixed("3800".into())),
    ];
    Form {
        id: "order".into(),
        title: "Order".into(),
        to: Path::site("tea", "p1/order"),
        fields,
        method: Method::Post,
        confirm: true,
    }
}

fn page(blocks: Vec<Block>) -> Page {
    let mut page = Page::new("Page", Path::site("tea", "p1"), None, Lang::Zh);
    page.blocks = blocks;
    page
}

fn links() -> Links {
    Links { here: Some("tea".into()), once: "token".into(), ..Links::default() }
}

fn shown(blocks: Vec<Block>) -> String {
    let mut out = String::new();
    render(&page(blocks), &links(), &mut out);
    out
}

/// Every block with this text in every text position.
fn every_block(text: &str) -> Vec<Block> {
    let words = || text.to_owned();
    let visit = || To::Visit(Path::site(text, text));
    let picture = || Picture { file: words(), alt: words(), weight: Weight::Content, width: 640, height: 480 };
    let price = Price::Fen { now: 3800, was: Some(4800), unit: words() };
    let entry = Entry {
        id: words(),
        title: words(),
        line: words(),
        price: Some(price),
        tag: Some(words()),
        picture: Some(picture()),
        to: Some(visit()),
    };
    let mut form = order();
    form.title = words();
    for field in &mut form.fields {
        (field.label, field.hint) = (words(), words());
        (field.was, field.wrong) = (Some(words()), Some(words()));
    }
    form.fields.push(field("fixed", Ask::Fixed(words())));
    form.fields.push(field("more", Ask::Many(vec![(words(), words())])));
    form.fields.push(field("photo", Ask::File { max_kib: 512 }));
    vec![
        Block::Notice(Tone::Warn, words()),
        Block::Group(Role::Hero, vec![Block::Picture(picture()), Block::Heading(words())]),
        Block::Group(Role::Columns, vec![Block::Menu(vec![Link { label: words(), to: visit() }])]),
        Block::Group(
            Role::Cards,
            vec![Block::List(vec![entry, Entry { price: Some(Price::Ask), ..Entry::default() }])],
        ),
        Block::Group(Role::News, vec![Block::List(vec![Entry { title: words(), ..Entry::default() }])]),
        Block::Text(vec![
            Span::Plain(words()),
            Span::Strong(words()),
            Span::Link(Link { label: words(), to: To::Web(format!("http://example.com/{text}")) }),
            Span::Link(Link { label: words(), to: To::Text(words(), words()) }),
        ]),
        Block::Facts(vec![(words(), vec![Span::Link(Link { label: words(), to: To::Call(words()) })])]),
        Block::Table { head: vec![words()], rows: vec![vec![words()], Vec::new()] },
        Block::Chart {
            title: words(),
            unit: words(),
            bars: vec![(words(), 2.0), (words(), f64::NAN), (words(), -1.0)],
        },
        Block::Posts(vec![Post { id: words(), who: words(), when: words(), text: words(), reply: Some(words()) }]),
        Block::Form(form),
    ]
}

#[test]
fn no_text_position_lets_markup_through() {
    let mut out = shown(every_block(HOSTILE));
    let mut phone = String::new();
    xhtml::render(&every_block(HOSTILE), &page(Vec::new()), &links(), &mut phone);
    out.push_str(&phone);
    assert!(out.contains("&lt;script&gt;"));
    for forbidden in ["<script", "\"\"'", "&\"", "&'", " style=", " onclick", "javascript:"] {
        assert!(!out.contains(forbidden), "{forbidden}");
    }
    // Every ampersand opens one of the five references that are written.
    for (at, _) in out.match_indices('&') {
        let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
        assert!(known.iter().any(|reference| out[at..].starts_with(reference)), "{}", &out[at..at + 8]);
    }
}

#[test]
fn every_element_is_closed() {
    let out = shown(every_block("茶"));
    let void = ["img", "input", "br"];
    let mut open: Vec<&str> = Vec::new();
    for part in out.split('<').skip(1) {
        let name = part.split(['>', ' ', '/', '\n']).find(|name| !name.is_empty()).unwrap();
        if part.starts_with('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !void.contains(&name) && !part.split('>').next().unwrap().ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_page_has_one_first_heading() {
    let plain = shown(vec![Block::Heading("Page".into()), Block::Heading("More".into())]);
    assert!(plain.contains("<h1 class=\"title\">Page</h1>") && plain.contains("<h2 class=\"heading\">More</h2>"));
    assert_eq!(plain.matches("Page").count(), 1);
    let hero = shown(vec![Block::Group(Role::Hero, vec![Block::Heading("Welcome".into())])]);
    assert!(hero.contains("<h1 class=\"title\">Welcome</h1>"));
    assert_eq!(hero.matches("<h1").count(), 1);
}

#[test]
fn forms_carry_names_values_and_the_token() {
    let mut form = order();
    form.fields[0].was = Some("Wang".into());
    form.fields[0].need = Need::Known(Known::Name);
    form.fields[2].need = Need::Must;
    form.fields[6].was = Some("hunter2".into());
    form.fields[7].was = Some("2".into());
    form.fields[9].was = Some("1,3".into());
    let out = shown(vec![Block::Form(form)]);
    for expected in [
        "action=\"/p1/order\" method=\"post\">",
        "<input type=\"hidden\" name=\"_form\" value=\"order\">",
        "<input type=\"hidden\" name=\"_once\" value=\"token\">",
        "maxlength=\"20\" autocomplete=\"name\" id=\"fieldorder-line\" name=\"line\" value=\"Wang\">",
        "type=\"number\" min=\"1\" max=\"9\" step=\"1\" id=\"field-order-number\" name=\"number\" required>",
        "type=\"radio\" name=\"few\" value=\"2\" checked>",
        "<select id=\"field-order-lots\" name=\"lots\"><option value=\"\">",
        "type=\"checkbox\" name=\"any\" value=\"1\" checked>",
        "type=\"checkbox\" name=\"any\" value=\"2\">",
        "type=\"checkbox\" name=\"any\" value=\"3\" checked>",
        "<input type=\"hidden\" name=\"price\" value=\"3800\">",
        "<input type=\"password\"",
        "<button type=\"submit\">发送</button>",
    ] {
        assert!(out.contains(&expected.replace("fieldorder", "field-order")), "{expected}\n{out}");
    }
    assert!(!out.contains("hunter2") && !out.contains("multipart"));
}

#[test]
fn a_file_makes_the_form_multipart() {
    let mut form = order();
    form.fields.push(field("photo", Ask::File { max_kib: 512 }));
    assert!(shown(vec![Block::Form(form)]).contains("enctype=\"multipart/form-data\""));
}

#[test]
fn what_is_wrong_is_said_on_top_and_beside() {
    let mut form = order();
    form.fields[4].wrong = Some("no number".into());
    form.fields[4].hint = "only we see it".into();
    let out = shown(vec![Block::Form(form)]);
    assert!(out.contains("<li><a href=\"#field-order-phone\">PHONE</a> no number</li>"));
    assert!(out.contains("aria-describedby=\"field-order-phone-hint field-order-phone-why\" aria-invalid=\"true\">"));
    assert!(out.contains("<p class=\"why\" id=\"field-order-phone-why\">no number</p>"));
}

#[test]
fn a_search_carries_the_rendering_but_no_token() {
    let mut form = order();
    form.method = Method::Get;
    form.fields.truncate(1);
    let links = Links { carry: Some("v=web".into()), once: "token".into(), ..Links::default() };
    let mut out = String::new();
    render(&page(vec![Block::Form(form)]), &links, &mut out);
    assert!(out.contains("role=\"search\"") && out.contains("action=\"/s/tea/p1/order\" method=\"get\""));
    assert!(out.contains("name=\"v\" value=\"web\"") && !out.contains("token") && !out.contains("_form"));
}

#[test]
fn prices_show_what_they_were() {
    let price = |price| Entry { title: "Tea".into(), price: Some(price), ..Entry::default() };
    let now = Price::Fen { now: 3800, was: Some(4850), unit: "盒".into() };
    let out = shown(vec![Block::List(vec![price(now), price(Price::Ask)])]);
    assert!(out.contains("<b>¥38.00</b><span class=\"unit\">/盒</span> <del>"));
    assert!(out.contains("¥48.50</del>") && out.contains("<b>面议</b>"));
}

#[test]
fn pictures_keep_their_place_and_wait_outside_the_hero() {
    let picture = || {
        Block::Picture(Picture {
            file: "a.png".into(),
            alt: "Tea".into(),
            weight: Weight::Content,
            width: 4,
            height: 3,
        })
    };
    let hero = shown(vec![Block::Group(Role::Hero, vec![Block::Heading("Hi".into()), picture()])]);
    assert!(hero.contains("<img src=\"/pictures/a.png\" alt=\"Tea\" width=\"4\" height=\"3\" fetchpriority=\"high\">"));
    assert!(shown(vec![picture()]).contains("loading=\"lazy\""));
}

#[test]
fn the_longest_bar_fills_its_row() {
    let bars = vec![("a".into(), 5.0), ("b".into(), 10.0), ("c".into(), -3.0)];
    let out = shown(vec![Block::Chart { title: "t".into(), unit: String::new(), bars }]);
    for width in ["50.0", "100.0", "0.0"] {
        assert!(out.contains(&format!("<rect width=\"{width}\"")), "{width}");
    }
}

#[test]
fn lists_in_groups_say_so_and_other_pages_do_not() {
    let group = |role: Role| Block::Group(role, vec![Block::Heading("Soups".into()), Block::Text(Vec::new())]);
    let sheet = |blocks: Vec<Block>| {
        let mut out = String::new();
        render(&page(blocks), &Links::default(), &mut out);
        out.contains("class=\"sheet groups\"")
    };
    assert!(sheet(vec![group(Role::Cards), group(Role::Cards)]));
    assert!(!sheet(vec![group(Role::Cards)]));
    assert!(!sheet(vec![group(Role::Cards), group(Role::News), group(Role::Cards)]));
}
