//! A page as one WML 1.3 deck (WAP-191), written by one typed writer into a sink: XML text here, compiled octets in `wap`.
//!
//! One card a deck, no script, no table (column widths of phones differ too much), links numbered by their access key.
//! What a deck may cost is measured by the caller; a page that costs more goes on by a link, a form question by question.

mod sink;
mod writer;

pub use sink::{Attr, Sink, Tag, Value};

use super::fit::{Mark, fit, flat};
use super::form::{Ask, Field, Form, Method};
use super::links::Links;
use super::text::asked;
use super::{Block, Link, Page, Tone};
use crate::words;
use sink::XmlText;
use writer::Writer;

/// How much a deck may cost, and what it costs.
pub struct Budget<'a> {
    pub max: usize,
    pub cost: &'a dyn Fn(&Deck) -> usize,
}

/// One question of a form, asked by itself: the answers before it, and where its options go on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    pub got: Vec<(String, String)>,
    pub options_from: usize,
}

/// What one deck shows.
pub struct Deck<'a> {
    page: &'a Page,
    links: &'a Links,
    blocks: Vec<Block>,
    next: Option<Mark>,
    /// The form on it is one question of several; its options end before this one.
    step: Option<(usize, usize)>,
}

/// The deck of `page` from `from` on. With `step` the form of the page is asked from there, one question a deck.
pub fn deck<'a>(page: &'a Page, from: Mark, step: Option<&Step>, links: &'a Links, budget: &Budget) -> Deck<'a> {
    let of = |blocks: &[Block], next| Deck { page, links, blocks: blocks.to_vec(), next, step: None };
    if let Some(form) = asked(page).filter(|f| f.method == Method::Post) {
        let whole = of(&page.blocks, None);
        if step.is_none() && (budget.cost)(&whole) <= budget.max {
            return whole;
        }
        return one_question(page, form, step.unwrap_or(&Step::default()), links, budget);
    }
    let blocks = linked_forms(page);
    let cost = |blocks: &[Block], more: bool| (budget.cost)(&of(blocks, more.then(long_mark)));
    let cut = fit(&blocks, from, budget.max, &cost);
    let mut shown = cut.blocks;
    if cut.changed {
        shown.insert(0, Block::Notice(Tone::Info, words::CONTENT_CHANGED.say(page.lang).to_owned()));
    }
    of(&shown, cut.next)
}

impl Deck<'_> {
    pub fn write(&self, sink: &mut dyn Sink) {
        let mut w = Writer::new(sink, self.links, self.page, self.step);
        w.sink.open(Tag::Wml, &[], true);
        w.sink.open(Tag::Card, &[(Attr::Id, Value::Lit("c")), (Attr::Title, Value::Lit(&self.page.title))], true);
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
        let mut out = XmlText(String::with_capacity(2048));
        out.0.push_str(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE wml PUBLIC \"-//WAPFORUM//DTD WML 1.3//EN\" \
             \"http://www.wapforum.org/DTD/wml13.dtd\">\n",
        );
        self.write(&mut out);
        out.0
    }
}

/// A mark as long as one can become, so that a deck measured with it never costs less than the real one.
fn long_mark() -> Mark {
    Mark { piece: 99_999, chars: 99_999, print: 0xffff }
}

/// Forms beside other content become links to their own page; search boxes stay.
fn linked_forms(page: &Page) -> Vec<Block> {
    let link = |block: &Block| match block {
        Block::Form(f) if f.method == Method::Post => Block::Menu(vec![Link::visit(f.title.clone(), f.to.clone())]),
        other => other.clone(),
    };
    flat(&page.blocks).into_iter().map(link).collect()
}

fn one_question<'a>(page: &'a Page, form: &Form, step: &Step, links: &'a Links, budget: &Budget) -> Deck<'a> {
    let open = |f: &&Field| !matches!(f.ask, Ask::Fixed(_)) && !step.got.iter().any(|(n, _)| *n == f.name);
    let mut blocks: Vec<Block> =
        flat(&page.blocks).into_iter().filter(|b| !matches!(b, Block::Form(_))).cloned().collect();
    // The words around the form stand before the first question only.
    if !step.got.is_empty() {
        blocks.retain(|b| matches!(b, Block::Notice(..)));
    }
    if let Some(field) = form.fields.iter().find(open) {
        blocks.push(Block::Form(form.one_step(&step.got, field)));
    }
    let count = form.fields.iter().find(open).map_or(0, |f| match &f.ask {
        Ask::One(options) | Ask::Many(options) => options.len(),
        _ => 0,
    });
    let from = step.options_from.min(count.saturating_sub(1));
    let mut deck = Deck { page, links, blocks, next: None, step: Some((from, count)) };
    // Only what came before can be too long besides the options: then it goes first, then the options are cut.
    if (budget.cost)(&Deck { step: Some((from, count.min(from + 1))), blocks: deck.blocks.clone(), ..deck })
        > budget.max
    {
        deck.blocks.retain(|b| matches!(b, Block::Form(_)));
    }
    while (budget.cost)(&deck) > budget.max {
        match deck.step {
            Some((from, to)) if to > from + 1 => deck.step = Some((from, to - 1)),
            _ => break,
        }
    }
    deck
}
