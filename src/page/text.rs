//! A page as one SMS screen: lines, numbers, and what each number means.
//!
//! It does not know segments or alphabets: what a text costs is a function of the caller's.

use super::fit::{Mark, fit, flat};
use super::form::{Form, Method};
use super::{Block, Entry, Lang, Link, Page, Path, Post, Price, Span, To, Weight, figure, push_yuan};
use crate::words;

/// One screen, and what an answer to it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Screen {
    pub text: String,
    pub keys: Vec<(u16, To)>,
    pub more: Option<Mark>,
    /// The page is a question: what is answered goes into this form.
    pub asks: Option<Path>,
}

/// How much room a screen has.
pub struct Room<'a> {
    pub max: usize,
    pub cost: &'a dyn Fn(&str) -> usize,
    /// The first number to give: numbers run on when a page does.
    pub first_no: u16,
}

/// The screen of `page` from `from` on.
pub fn text(page: &Page, from: Mark, room: &Room) -> Screen {
    let asks = asked(page).map(|f| f.to.clone());
    let lead = if from.is_start() { page.title.as_str() } else { "" };
    let write = |blocks: &[Block], more: bool| {
        let mut w = Writer {
            lang: page.lang,
            title: &page.title,
            at: &page.at,
            no: room.first_no,
            keys: Vec::new(),
            out: lead.to_owned(),
        };
        let asking = asks.is_some();
        blocks.iter().for_each(|b| w.block(b, asking));
        if !asking {
            let footer = footer(page, !w.keys.is_empty(), more);
            w.line(&footer);
        }
        w
    };
    let cut = fit(&page.blocks, from, room.max, &|blocks, more| (room.cost)(&write(blocks, more).out));
    let mut blocks = cut.blocks;
    if cut.changed {
        return text_again(page, room);
    }
    // A title that is repeated as the first heading says nothing.
    blocks.retain(|b| !matches!(b, Block::Heading(h) if *h == page.title));
    let done = write(&blocks, cut.next.is_some());
    Screen { text: done.out, keys: done.keys, more: cut.next, asks }
}

/// The start of a page that changed since the mark was made, and says so.
fn text_again(page: &Page, room: &Room) -> Screen {
    let mut page = page.clone();
    page.blocks.insert(0, Block::Notice(super::Tone::Info, words::CONTENT_CHANGED.say(page.lang).to_owned()));
    text(&page, Mark::default(), room)
}

/// The form that a page is about: nothing else on it could be answered.
pub fn asked(page: &Page) -> Option<&Form> {
    let mut form = None;
    for block in flat(&page.blocks) {
        match block {
            // A search box is no question: other words may be meant otherwise.
            Block::Form(f) if form.is_none() && f.method == Method::Post => form = Some(f),
            Block::Notice(..) | Block::Heading(_) | Block::Picture(_) => {}
            Block::Text(spans) if !spans.iter().any(|s| matches!(s, Span::Link(_))) => {}
            _ => return None,
        }
    }
    form
}

/// The last line says what to answer.
fn footer(page: &Page, numbers: bool, more: bool) -> String {
    let mut parts = Vec::new();
    if numbers {
        parts.push(words::ANSWER_NUMBER.say(page.lang));
    }
    if more {
        parts.push(words::ANSWER_MORE.say(page.lang));
    }
    if page.up.is_some() {
        parts.push(words::ANSWER_BACK.say(page.lang));
    } else if parts.is_empty() {
        parts.push(words::ANSWER_HELP.say(page.lang));
    }
    parts.join(" ")
}

struct Writer<'a> {
    lang: Lang,
    title: &'a str,
    at: &'a Path,
    no: u16,
    keys: Vec<(u16, To)>,
    out: String,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        // Where a paragraph was cut there may be a blank.
        let line = line.trim_end();
        if line.is_empty() {
            return;
        }
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out.push_str(line);
    }

    fn number(&mut self, to: &To) -> u16 {
        let no = self.no;
        self.keys.push((no, to.clone()));
        self.no += 1;
        no
    }

    fn block(&mut self, block: &Block, asking: bool) {
        match block {
            Block::Notice(_, t) | Block::Heading(t) => self.line(t),
            Block::Text(spans) => {
                let text = self.spans(spans);
                self.line(&text);
            }
            // A picture that is called as the page says nothing more.
            Block::Picture(p) if p.weight == Weight::Content && !p.alt.is_empty() && p.alt != self.title => {
                self.line(&format!("[{}:{}]", words::PICTURE.say(self.lang), p.alt));
            }
            Block::Picture(_) => {}
            Block::Menu(links) => links.iter().for_each(|l| self.choice(l)),
            Block::List(entries) => entries.iter().for_each(|e| self.entry(e)),
            Block::Facts(facts) => {
                for (label, spans) in facts {
                    let value = self.spans(spans);
                    self.line(&format!("{label}:{value}"));
                }
            }
            Block::Table { head, rows } => {
                for row in rows {
                    let cells: Vec<String> = row.iter().enumerate().map(|(i, c)| cell(head.get(i), c)).collect();
                    self.line(&cells.join(" "));
                }
            }
            Block::Chart { title, unit, bars } => self.chart(title, unit, bars),
            Block::Posts(posts) => posts.iter().for_each(|p| self.post(p)),
            Block::Form(form) if !asking => self.form(form),
            Block::Form(_) => {}
            Block::Group(_, inner) => inner.iter().for_each(|b| self.block(b, asking)),
        }
    }

    fn spans(&mut self, spans: &[Span]) -> String {
        let mut text = String::new();
        for span in spans {
            match span {
                Span::Plain(t) | Span::Strong(t) => text.push_str(t),
                Span::Link(link) => text.push_str(&self.inline(link)),
            }
        }
        text
    }

    /// A link inside a sentence: what can be dialled or typed is shown, a page gets a number.
    fn inline(&mut self, link: &Link) -> String {
        match &link.to {
            To::Call(number) if link.label.contains(number.as_str()) => link.label.clone(),
            To::Call(number) => format!("{}{number}", link.label),
            To::Visit(path) if path == self.at => link.label.clone(),
            to => format!("{}({})", link.label, self.number(to)),
        }
    }

    fn choice(&mut self, link: &Link) {
        match &link.to {
            To::Call(number) if link.label.contains(number.as_str()) => self.line(&link.label),
            To::Call(number) => self.line(&format!("{} {number}", link.label)),
            To::Text(number, words) => {
                let line = words::TEXT_TO.with(self.lang, &[words, number]);
                self.line(&format!("{} {line}", link.label));
            }
            to => {
                let no = self.number(to);
                self.line(&format!("{no}.{}", link.label));
            }
        }
    }

    fn entry(&mut self, entry: &Entry) {
        let mut line = match &entry.to {
            Some(to) => format!("{}.", self.number(to)),
            None => String::new(),
        };
        if let Some(tag) = &entry.tag {
            line.push_str(&format!("[{tag}]"));
        }
        line.push_str(&entry.title);
        if let Some(price) = &entry.price {
            line.push(' ');
            line.push_str(&price_words(price, self.lang));
        }
        // What a number leads to tells the rest.
        if entry.to.is_none() && !entry.line.is_empty() {
            line.push(' ');
            line.push_str(&entry.line);
        }
        self.line(&line);
    }

    fn chart(&mut self, title: &str, unit: &str, bars: &[(String, f64)]) {
        self.line(&format!("{title}({unit})"));
        let top = bars.iter().map(|(_, v)| *v).fold(0.0, f64::max);
        for (label, value) in bars {
            let eighths = if top > 0.0 { (value / top * 7.0).round().clamp(0.0, 7.0) as u32 } else { 0 };
            let bar = char::from_u32('▁' as u32 + eighths).unwrap_or('▁');
            self.line(&format!("{label} {bar}{}", figure(*value)));
        }
    }

    fn post(&mut self, post: &Post) {
        self.line(&format!("{}:{}", post.who, post.text));
        if let Some(reply) = &post.reply {
            self.line(&format!("{}:{reply}", words::REPLY.say(self.lang)));
        }
    }

    fn form(&mut self, form: &Form) {
        if form.method == Method::Get {
            self.line(words::SEARCH_BY_TEXT.say(self.lang));
        } else {
            self.choice(&Link::visit(form.title.clone(), form.to.clone()));
        }
    }
}

/// A price in a few characters: 88元/份, 面议.
pub fn price_words(price: &Price, lang: Lang) -> String {
    let mut out = String::new();
    push_price(&mut out, price, lang);
    out
}

/// The same, behind what is in `out` already.
pub(super) fn push_price(out: &mut String, price: &Price, lang: Lang) {
    match price {
        Price::Ask => out.push_str(words::PRICE_ASK.say(lang)),
        Price::Fen { now, unit, .. } => {
            let (before, behind) = words::YUAN.say(lang).split_once("{}").unwrap_or_default();
            out.push_str(before);
            push_yuan(out, *now);
            out.push_str(behind);
            if !unit.is_empty() {
                out.push('/');
                out.push_str(unit);
            }
        }
    }
}

fn cell(head: Option<&String>, cell: &str) -> String {
    match head.filter(|h| !h.is_empty()) {
        Some(head) => format!("{head}:{cell}"),
        None => cell.to_owned(),
    }
}

/// What an answer leads to that cannot be shown by SMS.
pub fn address_of(to: &To, lang: Lang) -> Option<String> {
    match to {
        To::Web(address) => Some(address.clone()),
        To::Map { lat, lon } => Some(format!("geo:{lat:.5},{lon:.5}")),
        To::Call(number) => Some(number.clone()),
        To::Text(number, words) => Some(words::TEXT_TO.with(lang, &[words, number])),
        To::Visit(_) => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
