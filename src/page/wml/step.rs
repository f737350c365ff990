//! A form too large for one deck: its questions one by one, the answers before them carried along, and at the end what
//! will be sent. Which question is next is `page::form`'s.

use super::super::fit::flat;
use super::super::form::{self, Form};
use super::super::links::Links;
use super::super::{Block, Page, Span};
use super::{Budget, CARRY_OCTETS, Deck, is_file, is_new};
use crate::words;

/// How far a form has been filled: the good answers, and where the options of the open question go on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    pub got: Vec<(String, String)>,
    pub options_from: usize,
}

/// What one deck of a form asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// One question, with its options `from..to`.
    One { from: usize, to: usize },
    /// Whether to send it.
    Send,
}

/// The deck of the next question. Without `step` a form that came back is asked for what was wrong in it.
pub(super) fn deck<'a>(
    page: &'a Page,
    form: &Form,
    step: Option<&Step>,
    links: &'a Links,
    budget: &Budget,
) -> Deck<'a> {
    let mut got = step.map_or_else(|| kept(form), |s| s.got.clone());
    let mut around: Vec<Block> =
        flat(&page.blocks).into_iter().filter(|b| !matches!(b, Block::Form(_))).cloned().collect();
    let begins = got.is_empty() && step.is_none_or(|s| s.options_from == 0) && is_new(form);
    // The words around the form stand before the first question only.
    if !got.is_empty() {
        around.retain(|b| matches!(b, Block::Notice(..)));
    }
    got.extend(form.left_out(is_file));
    let of = |blocks, asks, carry_octets| Deck {
        page,
        links,
        version: budget.version,
        blocks,
        next: None,
        asks: Some(asks),
        begins,
        carry_octets,
    };
    let fits = |deck: &Deck| (budget.cost)(deck) <= budget.max;
    let form::Step::Ask(field) = form.next(&got) else {
        let send = Block::Form(form.one_step(&got, None));
        let shown = |chars| [around.clone(), summary(form, &got, chars, page), vec![send.clone()]].concat();
        let decks = [(60, CARRY_OCTETS), (60, 0), (20, 0), (8, 0)].map(|(chars, carry)| (shown(chars), carry));
        let mut decks = decks.into_iter().chain([(vec![send.clone()], 0)]).map(|(b, carry)| of(b, Asks::Send, carry));
        return decks.find(fits).unwrap_or_else(|| of(vec![send.clone()], Asks::Send, 0));
    };
    let question = vec![Block::Form(form.one_step(&got, Some(field)))];
    let count = field.ask.options().len();
    let from = step.map_or(0, |s| s.options_from).min(count.saturating_sub(1));
    let least = count.min(from + 1);
    // What came before gives way first, then the options are divided.
    let whole = [around, question.clone()].concat();
    let ways = [(whole.clone(), CARRY_OCTETS), (whole, 0), (question, 0)];
    let cut = |way: &(Vec<Block>, usize), to| of(way.0.clone(), Asks::One { from, to }, way.1);
    let way = ways.iter().find(|way| fits(&cut(way, least))).unwrap_or(&ways[2]);
    let to = (least..=count).rev().find(|to| fits(&cut(way, *to))).unwrap_or(least);
    cut(way, to)
}

/// What a form that came back holds and did not find wrong; what is secret is asked again.
fn kept(form: &Form) -> Vec<(String, String)> {
    if is_new(form) {
        return Vec::new();
    }
    let good = form.fields.iter().filter(|f| f.wrong.is_none() && !matches!(f.ask, form::Ask::Secret));
    good.filter(|f| !matches!(f.ask, form::Ask::Fixed(_)))
        .map(|f| (f.name.clone(), f.was.clone().unwrap_or_default()))
        .collect()
}

fn summary(form: &Form, got: &[(String, String)], chars: usize, page: &Page) -> Vec<Block> {
    let clip = |text: String| match text.char_indices().nth(chars) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    };
    let facts = form.summary(got).into_iter().map(|(label, value)| (label, vec![Span::Plain(clip(value))]));
    vec![Block::text(words::CONFIRM.say(page.lang)), Block::Facts(facts.collect())]
}
