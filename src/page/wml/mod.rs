//! A page as one deck of WML 1.1 to 1.3 (WAP-191), written by one typed writer into a sink: XML text here, compiled octets in `wap`.
//!
//! One card a deck, no script, no table (column widths of phones differ too much), links numbered by their access key.
//! What a deck may cost is measured by the caller; a page that costs more goes on by a link, a form question by question.

mod sink;
mod step;
mod version;
mod writer;

pub use sink::{Attr, Sink, Tag, Value, sendable};
pub use step::Step;
pub use version::Version;

use super::fit::{Mark, fit, flat};
use super::form::{Ask, Form, Method};
use super::links::Links;
use super::text::asked;
use super::{Block, Link, Page, Tone};
use crate::words;
use sink::XmlText;
use step::Asks;
use writer::Writer;

/// How much a deck may cost, and what it costs in the language it is written in.
pub struct Budget<'a> {
    pub max: usize,
    pub cost: &'a dyn Fn(&Deck) -> usize,
    pub version: Version,
}

/// What one deck shows.
pub struct Deck<'a> {
    page: &'a Page,
    links: &'a Links,
    version: Version,
    blocks: Vec<Block>,
    next: Option<Mark>,
    /// The form on it is asked question by question.
    asks: Option<Asks>,
    /// A form begins here. A phone keeps what was typed into any form before under the same names, and would show it
    /// instead of an empty field (WAP-191, 11.6.3): it is told to forget.
    begins: bool,
    /// An answer of more octets than this is not written out: the phone still holds what was typed in the variable of
    /// the field's name (WAP-191, 10.3).
    carry_octets: usize,
}

/// About sixty Chinese characters: a name, an address.
const CARRY_OCTETS: usize = 200;

/// The deck of `page` from `from` on. With `step` the form of the page is asked from there, one question a deck.
pub fn deck<'a>(page: &'a Page, from: Mark, step: Option<&Step>, links: &'a Links, budget: &Budget) -> Deck<'a> {
    let of = |blocks: &[Block], next| {
        let blocks = blocks.to_vec();
        Deck {
            page,
            links,
            version: budget.version,
            blocks,
            next,
            asks: None,
            begins: false,
            carry_octets: CARRY_OCTETS,
        }
    };
    if let Some(form) = asked(page).filter(|f| !f.needs(is_file)) {
        let whole = Deck { begins: is_new(form), ..of(&page.blocks, None) };
        if step.is_none() && (budget.cost)(&whole) <= budget.max {
            return whole;
        }
        return step::deck(page, form, step, links, budget);
    }
    let blocks = linked_forms(page);
    let cost = |blocks: &[Block], more: bool| (budget.cost)(&of(blocks, more.then_some(Mark::LONGEST)));
    let cut = fit(&blocks, from, budget.max, &cost);
    let mut shown = cut.blocks;
    if cut.changed {
        shown.insert(0, Block::Notice(Tone::Info, words::CONTENT_CHANGED.say(page.lang).to_owned()));
    }
    of(&shown, cut.next)
}

impl Deck<'_> {
    pub fn version(&self) -> Version {
        self.version
    }

    /// Where the page goes on behind this deck.
    pub fn next(&self) -> Option<Mark> {
        self.next
    }

    pub fn write(&self, sink: &mut dyn Sink) {
        let mut w = Writer::new(sink, self);
        w.sink.open(Tag::Wml, &[], true);
        let mut card = vec![(Attr::Id, Value::Lit("c")), (Attr::Title, Value::Lit(&self.page.title))];
        if self.begins {
            card.push((Attr::NewContext, Value::Lit("true")));
        }
        w.sink.open(Tag::Card, &card, true);
        if let Some(up) = &self.page.up {
            let back = words::BACK.say(self.page.lang);
            w.sink.open(Tag::Do, &[(Attr::Type, Value::Lit("options")), (Attr::Label, Value::Lit(back))], true);
            w.sink.open(Tag::Go, &[(Attr::Href, Value::Lit(&self.links.path(up)))], false);
            w.sink.close(Tag::Do);
        }
        w.sink.open(Tag::P, &[], true);
        for block in flat(&self.blocks) {
            w.block(block);
        }
        w.foot(self.next);
        w.sink.close(Tag::P);
        w.sink.close(Tag::Card);
        w.sink.close(Tag::Wml);
    }

    /// The deck as XML text with its prologue.
    pub fn xml(&self) -> String {
        self.xml_text(false)
    }

    /// The same in ASCII, which is right in whatever character set a browser takes it for: all else as references.
    pub fn xml_in_ascii(&self) -> String {
        self.xml_text(true)
    }

    fn xml_text(&self, is_ascii: bool) -> String {
        let mut out = XmlText { out: String::with_capacity(2048), is_ascii };
        let (formal, system) = self.version.doctype();
        out.out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE wml PUBLIC \"");
        [formal, "\" \"", system, "\">\n"].iter().for_each(|piece| out.out.push_str(piece));
        self.write(&mut out);
        out.out
    }
}

fn is_new(form: &Form) -> bool {
    form.fields.iter().all(|f| f.wrong.is_none())
}

/// No phone of this kind sends a file.
fn is_file(ask: &Ask) -> bool {
    matches!(ask, Ask::File { .. })
}

/// Forms beside other content become links to their own page, and one that wants a file leads to the web; search boxes
/// stay.
fn linked_forms(page: &Page) -> Vec<Block> {
    let link = |block: &Block| match block {
        Block::Form(f) if f.needs(is_file) => {
            Block::Notice(Tone::Info, words::BY_WEB_ONLY.with(page.lang, &[&page.face.address]))
        }
        Block::Form(f) if f.method == Method::Post => Block::Menu(vec![Link::visit(f.title.clone(), f.to.clone())]),
        other => other.clone(),
    };
    flat(&page.blocks).into_iter().map(link).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
