//! What stands around the blocks of a page: the frames of HTML5 and XHTML-MP.
//!
//! Not here: the blocks (`page::html`, `page::xhtml`), the styles (`assets`), and anything read from the store.

use std::borrow::Cow;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment};
use serde::Serialize;

use super::assets::{address_of, source};
use crate::message::CHARSET_FIELD;
use crate::page::form::Method;
use crate::page::links::Links;
use crate::page::markup::escape;
use crate::page::{Block, Link, Page, Path, Role, Span, Status, To, html, xhtml};
use crate::words::{self, Lang, Word};

/// The values of `?v=` and what a visitor calls them.
const WAYS: [(&str, Word); 3] = [("web", words::WAY_WEB), ("xhtml", words::WAY_PHONE), ("wml", words::WAY_OLD_PHONE)];

/// A look: its name and the colour of the browser's bar, light and dark, as in its style sheet.
const THEMES: [(&str, &str, &str); 6] = [
    ("restaurant", "#6b1713", "#1c1210"),
    ("hotel", "#faf7f1", "#0e1d20"),
    ("clinic", "#ffffff", "#0f1b1c"),
    ("farm", "#3f6b2a", "#181a10"),
    ("portal", "#27336b", "#11142a"),
    PLAIN,
];
/// The look of an industry that has none of its own.
const PLAIN: (&str, &str, &str) = ("plain", "#fafaf7", "#14181d");

/// About what search engines and shares show of a description, in characters.
const DESCRIPTION_MAX: usize = 120;

/// What the frame shows of the request.
#[derive(Clone, Debug, Default)]
pub struct Extras {
    /// The absolute address of this page on its own host; empty when there is none to tell.
    pub canonical: String,
    /// The absolute address of the picture to show where the page is shared; may be empty.
    pub picture: String,
    /// Where a page too long for one response goes on.
    pub next: Option<String>,
    /// What was searched for, to stay in the search box.
    pub searched: String,
}

pub struct Frames {
    templates: Environment<'static>,
}

impl Default for Frames {
    fn default() -> Frames {
        Frames::new()
    }
}

impl Frames {
    pub fn new() -> Frames {
        let mut templates = Environment::new();
        // By default only some extensions are escaped; here all are, with the one escaping of the renderers.
        templates.set_auto_escape_callback(|_| AutoEscape::Html);
        templates.set_formatter(|out, _, value| {
            // All values of both frames are strings; what is not shows as minijinja would show it.
            let shown = value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed);
            if value.is_safe() {
                return Ok(out.write_str(&shown)?);
            }
            let mut escaped = String::with_capacity(shown.len());
            escape(&mut escaped, &shown);
            Ok(out.write_str(&escaped)?)
        });
        for (name, source) in [("html", source("frame.html")), ("xhtml", source("frame.xhtml"))] {
            templates.add_template_owned(name, source).expect("both frames are parsed by every test of this file");
        }
        Frames { templates }
    }

    /// The whole HTML5 page.
    pub fn html(&self, page: &Page, links: &Links, more: &Extras) -> String {
        let mut body = String::with_capacity(16 * 1024);
        html::render(page, links, &mut body);
        self.render("html", &Around::new(page, links, "web", more, body))
    }

    /// The whole XHTML-MP page with as many of its blocks as fit; `next` is the address of the rest. `is_short`: with no
    /// more around them than a way on, a way back and the number to text.
    pub fn xhtml(&self, page: &Page, blocks: &[Block], next: Option<String>, links: &Links, is_short: bool) -> String {
        let mut body = String::with_capacity(4 * 1024);
        xhtml::render(blocks, page, links, &mut body);
        self.render(
            "xhtml",
            &Around { is_short, ..Around::new(page, links, "xhtml", &Extras { next, ..Extras::default() }, body) },
        )
    }

    fn render(&self, name: &str, around: &Around) -> String {
        let template = self.templates.get_template(name).expect("both frames were added by new()");
        template.render(Serde(around)).expect("a frame only tests, walks and prints values, which fails for none")
    }
}

/// All values of both frames.
#[derive(Serialize)]
struct Around<'a> {
    /// Markup, so that it is not escaped again.
    body: Value,
    lang: &'static str,
    title: String,
    /// The heading that the XHTML frame writes; the HTML renderer writes its own.
    heading: Option<&'a str>,
    name: &'a str,
    description: String,
    hide: bool,
    is_short: bool,
    front: bool,
    kind: &'static str,
    theme: &'static str,
    colour: &'static str,
    dark_colour: &'static str,
    canonical: &'a str,
    picture: &'a str,
    icon: &'static str,
    style: &'static str,
    touch_style: &'static str,
    theme_style: &'static str,
    home: String,
    portal: Option<String>,
    up: Option<String>,
    up_is_portal: bool,
    next: Option<&'a str>,
    menu: Vec<Item>,
    trail: Vec<Item>,
    search: Search<'a>,
    /// The page itself is a search box: XHTML-MP needs no second one.
    searches: bool,
    language: Way,
    ways: Vec<Way>,
    call: Option<Item>,
    text_to: Option<Item>,
    address: &'a str,
    foot: &'a [String],
    charset_field: &'static str,
    words: Words,
}

#[derive(Serialize)]
struct Item {
    label: String,
    href: Option<String>,
    /// A value of `aria-current`.
    here: Option<&'static str>,
}

#[derive(Serialize)]
struct Way {
    label: &'static str,
    href: String,
    tag: &'static str,
    here: bool,
}

#[derive(Serialize)]
struct Search<'a> {
    href: String,
    hidden: Vec<(&'a str, &'a str)>,
    value: &'a str,
}

#[derive(Serialize)]
struct Words {
    skip: &'static str,
    columns: &'static str,
    trail: &'static str,
    search: &'static str,
    search_all: &'static str,
    call: &'static str,
    address: &'static str,
    portal: &'static str,
    back: &'static str,
    home: &'static str,
    more: &'static str,
}

impl<'a> Around<'a> {
    fn new(page: &'a Page, links: &'a Links, way: &str, more: &'a Extras, body: String) -> Around<'a> {
        let (face, lang) = (&page.face, page.lang);
        let front = page.at == face.home;
        let (theme, colour, dark_colour) = *THEMES.iter().find(|theme| theme.0 == face.theme).unwrap_or(&PLAIN);
        let other = if lang == Lang::Zh { ("en", "en") } else { ("zh", "zh-CN") };
        let item = |label: String, to: &To| Item { label, href: Some(links.to(to)), here: None };
        let search = Path::portal("search");
        Around {
            body: Value::from_safe_string(body),
            lang: lang.tag(),
            title: if front || page.title == face.name {
                face.name.clone()
            } else {
                format!("{} - {}", page.title, face.name)
            },
            heading: Some(page.title.as_str()).filter(|title| !front && *title != face.name),
            name: &face.name,
            description: description(&page.blocks).unwrap_or_default(),
            hide: page.status != Status::Ok,
            is_short: false,
            front,
            kind: match page.status {
                Status::Ok if front => "front",
                // A form with a wrong answer is a page like others.
                Status::Ok | Status::Invalid => "inner",
                _ => "inner quiet",
            },
            theme,
            colour,
            dark_colour,
            canonical: &more.canonical,
            picture: &more.picture,
            icon: address_of(&format!("{theme}.svg")),
            style: address_of(if way == "web" { "style.css" } else { "phone.css" }),
            touch_style: address_of("touch.css"),
            theme_style: address_of(&format!("{theme}.css")),
            home: links.path(&face.home),
            portal: page.at.site.as_ref().map(|_| links.path(&Path::default())),
            up_is_portal: page.up.as_ref() == Some(&Path::default()),
            up: page.up.as_ref().map(|up| links.path(up)),
            next: more.next.as_deref(),
            menu: if front && shows_columns(page) { Vec::new() } else { menu(page, links) },
            trail: if front { Vec::new() } else { trail(page, links) },
            search: Search {
                href: links.bare(&search),
                hidden: links.carried(&search).collect(),
                value: &more.searched,
            },
            searches: page.form("").is_some_and(|form| form.method == Method::Get),
            language: Way {
                label: words::OTHER_LANGUAGE.say(lang),
                href: links.switched(&page.at, "lang", other.0),
                tag: other.1,
                here: false,
            },
            ways: ways(page, links, way),
            call: face.phone.as_ref().map(|phone| item(phone.clone(), &To::Call(phone.clone()))),
            text_to: face.text_to.as_ref().map(|text| {
                let label = words::TEXT_TO_SITE.with(lang, &[&text.code, &text.number]);
                item(label, &To::Text(text.number.clone(), text.code.clone()))
            }),
            address: &face.address,
            foot: &face.foot,
            charset_field: CHARSET_FIELD.1,
            words: Words::of(lang),
        }
    }
}

impl Words {
    fn of(lang: Lang) -> Words {
        Words {
            skip: words::SKIP.say(lang),
            columns: words::COLUMNS.say(lang),
            trail: words::TRAIL.say(lang),
            search: words::SEARCH.say(lang),
            search_all: words::SEARCH_ALL.say(lang),
            call: words::CALL.say(lang),
            address: words::ADDRESS_HERE.say(lang),
            portal: words::PORTAL_HOME.say(lang),
            back: words::BACK.say(lang),
            home: words::HOME.say(lang),
            more: words::MORE.say(lang),
        }
    }
}

fn menu(page: &Page, links: &Links) -> Vec<Item> {
    let item = |link: &Link| {
        let here = match &link.to {
            To::Visit(path) if *path == page.at => Some("page"),
            To::Visit(path) if holds(path, &page.at) => Some("true"),
            _ => None,
        };
        Item { label: link.label.clone(), href: Some(links.to(&link.to)), here }
    };
    page.face.menu.iter().map(item).collect()
}

/// Whether the page itself offers all of the menu, large: one of the two is enough.
fn shows_columns(page: &Page) -> bool {
    let offered = page.blocks.iter().find_map(|block| match block {
        Block::Group(Role::Columns, inner) => Some(inner),
        _ => None,
    });
    let offers = |link: &Link| {
        let menus = offered.into_iter().flatten();
        menus
            .filter_map(|block| if let Block::Menu(links) = block { Some(links) } else { None })
            .flatten()
            .any(|l| l.to == link.to)
    };
    page.face.menu.iter().all(offers)
}

/// Front page, column, page.
fn trail(page: &Page, links: &Links) -> Vec<Item> {
    let lang = page.lang;
    let mut trail =
        vec![Item { label: words::HOME.say(lang).into(), href: Some(links.path(&page.face.home)), here: None }];
    let column = page.face.menu.iter().find(|link| matches!(&link.to, To::Visit(path) if holds(path, &page.at)));
    if let Some(link) = column {
        trail.push(Item { label: link.label.clone(), href: Some(links.to(&link.to)), here: None });
    }
    trail.push(Item { label: page.title.clone(), href: None, here: None });
    trail
}

/// This page in its rendering and the others that the device can show; nothing where there are none.
fn ways(page: &Page, links: &Links, way: &str) -> Vec<Way> {
    // A browser of the web has no use for a deck, even if it says nothing of what it shows.
    let offered = |v: &str| links.ways.contains(&v) && (way != "web" || v != "wml");
    let shown = WAYS.iter().filter(|(v, _)| *v == way || offered(v)).map(|(v, word)| Way {
        label: word.say(page.lang),
        href: links.switched(&page.at, "v", v),
        tag: "",
        here: *v == way,
    });
    Some(shown.collect::<Vec<_>>()).filter(|ways| ways.len() > 1).unwrap_or_default()
}

/// Whether `path` lies somewhere below `column`.
fn holds(column: &Path, path: &Path) -> bool {
    let below = path.at.strip_prefix(column.at.as_str()).is_some_and(|rest| rest.starts_with('/'));
    column.site == path.site && !column.at.is_empty() && below
}

/// The first sentence or two of the page.
fn description(blocks: &[Block]) -> Option<String> {
    blocks.iter().find_map(|block| match block {
        Block::Text(spans) => {
            let words = spans.iter().map(|span| match span {
                Span::Plain(text) | Span::Strong(text) => text.as_str(),
                Span::Link(link) => link.label.as_str(),
            });
            Some(words.flat_map(str::chars).take(DESCRIPTION_MAX).collect())
        }
        Block::Group(_, inner) => description(inner),
        _ => None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
