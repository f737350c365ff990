//! Blocks to the HTML5 inside `<main>` (WHATWG HTML), written straight into one string.
//!
//! Not here: what stands around the blocks (`web::frame`), and any style: a theme reads the classes and the layout
//! hints of `Group`. Nothing is written that `default-src 'self'; style-src 'self'` would refuse.

mod figures;
mod form;

use super::links::Links;
use super::markup::{self, escape};
use super::{Block, Entry, Lang, Link, Page, Picture, Post, Price, Role, Span, To, Tone, Weight};
use crate::words;

/// Appends all blocks of the page, below one `h1`: the heading of its `Hero`, else its title. What was done or went wrong
/// comes above it; an `Info`, such as that of an empty list, stays where the list would be.
pub fn render(page: &Page, links: &Links, out: &mut String) {
    let mut html =
        Html { out, links, lang: page.lang, title: &page.title, address: String::new(), depth: 2, hero: false };
    let (notices, rest): (Vec<&Block>, Vec<&Block>) =
        page.blocks.iter().partition(|block| matches!(block, Block::Notice(tone, _) if *tone != Tone::Info));
    let opens = rest.iter().any(|block| matches!(block, Block::Group(Role::Hero, inner) if has_heading(inner)));
    for block in notices {
        html.block(block);
    }
    html.raw(if stands_beside(&rest) {
        "<div class=\"sheet beside\">"
    } else if is_groups(&rest) {
        "<div class=\"sheet groups\">"
    } else {
        "<div class=\"sheet\">"
    });
    if !opens {
        html.element("h1", "title", &page.title);
    }
    for block in rest {
        html.block(block);
    }
    html.raw("</div>\n");
}

struct Html<'a> {
    out: &'a mut String,
    links: &'a Links,
    lang: Lang,
    title: &'a str,
    /// Where an address is put together before it is escaped.
    address: String,
    /// The level of an entry's heading: 2 straight below the title, 3 below a heading.
    depth: u8,
    hero: bool,
}

impl Html<'_> {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => self.heading(text),
            Block::Text(spans) => {
                self.raw("<p>");
                self.spans(spans);
                self.raw("</p>\n");
            }
            Block::Picture(picture) => {
                self.raw("<figure class=\"picture\">");
                self.picture(picture);
                self.raw("</figure>\n");
            }
            Block::Menu(links) => self.menu(links),
            Block::List(entries) => self.list(entries),
            Block::Facts(facts) => self.facts(facts),
            Block::Table { head, rows } => self.table(head, rows),
            Block::Chart { title, unit, bars } => self.chart(title, unit, bars),
            Block::Posts(posts) => self.posts(posts),
            Block::Form(form) => self.form(form),
            Block::Notice(tone, text) => self.notice(*tone, text),
            Block::Group(role, blocks) => self.group(*role, blocks),
        }
    }

    fn group(&mut self, role: Role, blocks: &[Block]) {
        let (open, close) = match role {
            Role::Hero => return self.hero(blocks),
            Role::Columns => ("<nav class=\"columns\">", "</nav>\n"),
            Role::Cards => ("<section class=\"cards\">", "</section>\n"),
            Role::News => ("<section class=\"news\">", "</section>\n"),
            Role::Aside => ("<aside class=\"aside\">", "</aside>\n"),
            Role::Story => ("<article class=\"story\">", "</article>\n"),
        };
        let depth = self.depth;
        self.raw(open);
        for block in blocks {
            self.block(block);
        }
        self.raw(close);
        self.depth = depth;
    }

    fn hero(&mut self, blocks: &[Block]) {
        let (pictures, words): (Vec<&Block>, Vec<&Block>) =
            blocks.iter().partition(|block| matches!(block, Block::Picture(_)));
        self.hero = true;
        self.raw(if pictures.is_empty() { "<section class=\"hero bare\">" } else { "<section class=\"hero\">" });
        for picture in pictures {
            self.block(picture);
        }
        self.raw("<div class=\"hero-words\">");
        for block in words {
            self.block(block);
        }
        self.raw("</div></section>\n");
        self.hero = false;
    }

    fn heading(&mut self, text: &str) {
        if self.hero {
            self.element("h1", "title", text);
            self.hero = false;
        } else if text != self.title {
            self.element("h2", "heading", text);
            self.depth = 3;
        }
    }

    fn spans(&mut self, spans: &[Span]) {
        for span in spans {
            match span {
                Span::Plain(text) => self.text(text),
                Span::Strong(text) => {
                    self.raw("<strong>");
                    self.text(text);
                    self.raw("</strong>");
                }
                Span::Link(link) => self.link(link),
            }
        }
    }

    fn link(&mut self, link: &Link) {
        self.anchor_open(&link.to);
        self.text(&link.label);
        self.raw("</a>");
    }

    fn anchor_open(&mut self, to: &To) {
        self.raw(match to {
            To::Visit(_) => "<a href=\"",
            To::Call(_) => "<a class=\"call\" href=\"",
            To::Text(..) => "<a class=\"sms\" href=\"",
            To::Map { .. } | To::Web(_) => "<a class=\"out\" rel=\"noopener\" href=\"",
        });
        self.address.clear();
        self.links.push_to(&mut self.address, to);
        escape(self.out, &self.address);
        self.raw("\">");
    }

    fn picture(&mut self, picture: &Picture) {
        self.raw("<img src=\"");
        self.address.clear();
        self.links.push_picture(&mut self.address, &picture.file);
        escape(self.out, &self.address);
        self.attribute("alt", if picture.weight == Weight::Decor { "" } else { &picture.alt });
        if picture.width > 0 && picture.height > 0 {
            self.out.push_str(&format!(" width=\"{}\" height=\"{}\"", picture.width, picture.height));
        }
        self.raw(if self.hero { " fetchpriority=\"high\">" } else { " loading=\"lazy\" decoding=\"async\">" });
    }

    fn menu(&mut self, links: &[Link]) {
        if links.is_empty() {
            return;
        }
        self.raw("<ul class=\"menu\">");
        for link in links {
            self.raw("<li>");
            self.link(link);
            self.raw("</li>");
        }
        self.raw("</ul>\n");
    }

    fn list(&mut self, entries: &[Entry]) {
        if entries.is_empty() {
            return;
        }
        self.raw("<ul class=\"list\">");
        for entry in entries {
            self.entry(entry);
        }
        self.raw("</ul>\n");
    }

    fn entry(&mut self, entry: &Entry) {
        self.raw("<li class=\"entry");
        if entry.picture.is_none() {
            self.raw(" bare");
        }
        if !entry.id.is_empty() {
            self.raw("\" id=\"");
            markup::anchor(self.out, "item", &entry.id);
        }
        self.raw("\">");
        if let Some(picture) = &entry.picture {
            self.picture(picture);
        }
        self.raw("<div class=\"entry-words\">");
        self.raw(if self.depth > 2 { "<h3 class=\"entry-title\">" } else { "<h2 class=\"entry-title\">" });
        if let Some(to) = &entry.to {
            self.anchor_open(to);
            self.text(&entry.title);
            self.raw("</a>");
        } else {
            self.element_inline("span", "", &entry.title);
        }
        if let Some(tag) = &entry.tag {
            self.element_inline("small", "tag", tag);
        }
        self.raw(if self.depth > 2 { "</h3>" } else { "</h2>" });
        if !entry.line.is_empty() {
            self.element_inline("p", "entry-line", &entry.line);
        }
        if let Some(price) = &entry.price {
            self.price(price);
        }
        self.raw("</div></li>\n");
    }

    fn price(&mut self, price: &Price) {
        self.raw("<p class=\"price\">");
        match price {
            Price::Ask => self.element_inline("b", "", words::PRICE_ASK.say(self.lang)),
            Price::Fen { now, was, unit } => {
                self.raw("<b>");
                markup::exact_yuan(self.out, *now);
                self.raw("</b>");
                if !unit.is_empty() {
                    self.raw("<span class=\"unit\">/");
                    self.text(unit);
                    self.raw("</span>");
                }
                if let Some(was) = was {
                    self.raw(" <del><span class=\"unseen\">");
                    self.text(words::PRICE_BEFORE.say(self.lang));
                    self.raw("</span>");
                    markup::exact_yuan(self.out, *was);
                    self.raw("</del>");
                }
            }
        }
        self.raw("</p>");
    }

    fn facts(&mut self, facts: &[(String, Vec<Span>)]) {
        if facts.is_empty() {
            return;
        }
        self.raw("<dl class=\"facts\">");
        for (label, spans) in facts {
            self.raw("<div>");
            self.element_inline("dt", "", label);
            self.raw("<dd>");
            self.spans(spans);
            self.raw("</dd></div>");
        }
        self.raw("</dl>\n");
    }

    fn posts(&mut self, posts: &[Post]) {
        if posts.is_empty() {
            return;
        }
        self.raw("<div class=\"posts\">");
        for post in posts {
            let mut anchor = String::new();
            markup::anchor(&mut anchor, "post", &post.id);
            self.out.push_str(&format!("<article class=\"post\" id=\"{anchor}\"><header>"));
            self.element_inline("b", "who", &post.who);
            self.out.push_str(&format!(" <a class=\"when\" href=\"#{anchor}\">"));
            self.text(&post.when);
            self.raw("</a></header>");
            self.element_inline("p", "", &post.text);
            if let Some(reply) = &post.reply {
                self.raw("<div class=\"reply\">");
                self.element_inline("b", "", words::REPLY.say(self.lang));
                self.element_inline("p", "", reply);
                self.raw("</div>");
            }
            self.raw("</article>\n");
        }
        self.raw("</div>\n");
    }

    fn notice(&mut self, tone: Tone, text: &str) {
        self.raw(match tone {
            Tone::Done => "<p class=\"notice done\" role=\"status\">",
            Tone::Info => "<p class=\"notice info\">",
            Tone::Warn => "<p class=\"notice warn\" role=\"status\">",
            Tone::Wrong => "<p class=\"notice wrong\" role=\"alert\">",
        });
        self.text(text);
        self.raw("</p>\n");
    }

    fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    fn text(&mut self, text: &str) {
        escape(self.out, text);
    }

    fn element(&mut self, name: &str, class: &str, text: &str) {
        self.element_inline(name, class, text);
        self.raw("\n");
    }

    fn element_inline(&mut self, name: &str, class: &str, text: &str) {
        self.raw("<");
        self.raw(name);
        if !class.is_empty() {
            self.raw(" class=\"");
            self.raw(class);
            self.raw("\"");
        }
        self.raw(">");
        self.text(text);
        self.raw("</");
        self.raw(name);
        self.raw(">");
    }

    /// Closes the quoted attribute before it and writes one more.
    fn attribute(&mut self, name: &str, value: &str) {
        self.raw("\"");
        self.attribute_text(name, value);
    }

    fn attribute_text(&mut self, name: &str, value: &str) {
        self.raw(" ");
        self.raw(name);
        self.raw("=\"");
        self.text(value);
        self.raw("\"");
    }
}

fn has_heading(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| matches!(block, Block::Heading(_)))
}

/// Whether something narrow stands beside something to read, so that a wide screen shows two columns.
fn stands_beside(blocks: &[&Block]) -> bool {
    let aside = blocks.iter().any(|block| matches!(block, Block::Group(Role::Aside, _)));
    aside && blocks.iter().any(|block| matches!(block, Block::Group(Role::News | Role::Story, _)))
}

/// Whether it is a list in several groups, which a wide screen shows side by side.
fn is_groups(blocks: &[&Block]) -> bool {
    let cards = blocks.iter().filter(|block| matches!(block, Block::Group(Role::Cards, _))).count();
    let groups = blocks.iter().filter(|block| matches!(block, Block::Group(..))).count();
    cards > 1 && cards == groups
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
