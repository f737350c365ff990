//! A page as one WML 1.3 deck (WAP-191), written by one typed writer into a sink: XML text here, compiled octets in `wap`.
//!
//! One card a deck, no script, no table (column widths of phones differ too much), links numbered by their access key.
//! What a deck may cost is measured by the caller; a page that costs more goes on by a link, a form question by question.

use super::fit::{Mark, fit, flat};
use super::form::{Ask, Field, Form, Method};
use super::links::Links;
use super::text::{asked, price_words};
use super::{Block, Entry, Link, Page, Post, Span, To, Tone, Weight};
use crate::words;

macro_rules! names {
    ($kind:ident, $doc:literal: $($variant:ident = $name:literal),* $(,)?) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $kind { $($variant),* }

        impl $kind {
            pub fn name(self) -> &'static str {
                match self { $($kind::$variant => $name),* }
            }
        }
    };
}

names!(Tag, "The elements that our decks use (WAP-191, 11).":
    Wml = "wml", Card = "card", P = "p", Br = "br", A = "a", Anchor = "anchor", Go = "go", Do = "do", B = "b",
    Img = "img", Input = "input", Select = "select", Option = "option", Postfield = "postfield");

names!(Attr, "The attributes that our decks use (WAP-191, 11).":
    Id = "id", Title = "title", Href = "href", AccessKey = "accesskey", Type = "type", Label = "label",
    Method = "method", Name = "name", Value = "value", Src = "src", Alt = "alt", EmptyOk = "emptyok",
    Multiple = "multiple", MaxLength = "maxlength", Format = "format", AcceptCharset = "accept-charset");

/// An attribute's value: plain text, or what the visitor typed into a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    Lit(&'a str),
    Var(&'a str),
}

/// Where a deck is written. Texts come as they are meant; escaping is the sink's.
pub trait Sink {
    /// `content`: whether text or elements follow, ended by `close`.
    fn open(&mut self, tag: Tag, attrs: &[(Attr, Value)], content: bool);
    fn text(&mut self, text: &str);
    fn close(&mut self, tag: Tag);
}

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
        let mut w = Writer { sink, links: self.links, page: self.page, key: 1, step: self.step };
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

struct Writer<'s, 'a> {
    sink: &'s mut dyn Sink,
    links: &'a Links,
    page: &'a Page,
    /// The next access key; after 9 links have none.
    key: u8,
    step: Option<(usize, usize)>,
}

impl Writer<'_, '_> {
    fn br(&mut self) {
        self.sink.open(Tag::Br, &[], false);
    }

    fn bold(&mut self, text: &str) {
        self.sink.open(Tag::B, &[], true);
        self.sink.text(text);
        self.sink.close(Tag::B);
    }

    fn line(&mut self, text: &str) {
        if !text.is_empty() {
            self.sink.text(text);
            self.br();
        }
    }

    /// A link with the next access key, its digit shown before the label.
    fn keyed(&mut self, label: &str, href: &str) {
        if self.key > 9 {
            return self.link(label, href);
        }
        let digit = char::from(b'0' + self.key).to_string();
        self.key += 1;
        let attrs = [(Attr::Href, Value::Lit(href)), (Attr::AccessKey, Value::Lit(&digit))];
        self.sink.open(Tag::A, &attrs, true);
        self.sink.text(&format!("{digit}.{label}"));
        self.sink.close(Tag::A);
    }

    fn link(&mut self, label: &str, href: &str) {
        self.sink.open(Tag::A, &[(Attr::Href, Value::Lit(href))], true);
        self.sink.text(label);
        self.sink.close(Tag::A);
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Notice(tone, text) => {
                let mark = if matches!(tone, Tone::Warn | Tone::Wrong) { "! " } else { "" };
                self.bold(&format!("{mark}{text}"));
                self.br();
            }
            Block::Heading(text) => {
                self.bold(text);
                self.br();
            }
            Block::Text(spans) => {
                self.spans(spans);
                self.br();
            }
            Block::Picture(p) if p.weight == Weight::Content => {
                let src = self.links.small_picture(&p.file);
                self.sink.open(Tag::Img, &[(Attr::Src, Value::Lit(&src)), (Attr::Alt, Value::Lit(&p.alt))], false);
                self.br();
            }
            Block::Picture(_) => {}
            Block::Menu(links) => links.iter().for_each(|l| self.choice(l)),
            Block::List(entries) => entries.iter().for_each(|e| self.entry(e)),
            Block::Facts(facts) => {
                for (label, spans) in facts {
                    self.sink.text(&format!("{label}:"));
                    self.spans(spans);
                    self.br();
                }
            }
            Block::Table { head, rows } => rows.iter().for_each(|r| self.row(head, r)),
            Block::Chart { title, unit, bars } => {
                self.line(&format!("{title}({unit})"));
                bars.iter().for_each(|(label, value)| self.line(&format!("{label} {value}")));
            }
            Block::Posts(posts) => posts.iter().for_each(|p| self.post(p)),
            Block::Form(form) => self.form(form),
            Block::Group(_, inner) => inner.iter().for_each(|b| self.block(b)),
        }
    }

    fn spans(&mut self, spans: &[Span]) {
        for span in spans {
            match span {
                Span::Plain(text) => self.sink.text(text),
                Span::Strong(text) => self.bold(text),
                Span::Link(link) => self.link(&link.label, &self.href(&link.to)),
            }
        }
    }

    fn href(&self, to: &To) -> String {
        match to {
            // The phone's own call function (WAP-268, 8.1): phones of 2003 know it, not all know tel:.
            To::Call(number) => format!("wtai://wp/mc;{}", number.replace([' ', '-'], "")),
            to => self.links.to(to),
        }
    }

    fn choice(&mut self, link: &Link) {
        self.keyed(&link.label, &self.href(&link.to));
        self.br();
    }

    fn entry(&mut self, entry: &Entry) {
        let tag = entry.tag.as_ref().map(|t| format!("[{t}]")).unwrap_or_default();
        match &entry.to {
            Some(to) => self.keyed(&format!("{tag}{}", entry.title), &self.href(to)),
            None => self.sink.text(&format!("{tag}{}", entry.title)),
        }
        if let Some(price) = &entry.price {
            self.sink.text(&format!(" {}", price_words(price, self.page.lang)));
        }
        if entry.to.is_none() && !entry.line.is_empty() {
            self.sink.text(&format!(" {}", entry.line));
        }
        self.br();
    }

    fn row(&mut self, head: &[String], row: &[String]) {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(i, cell)| match head.get(i).filter(|h| !h.is_empty()) {
                Some(head) => format!("{head}:{cell}"),
                None => cell.clone(),
            })
            .collect();
        self.line(&cells.join(" "));
    }

    fn post(&mut self, post: &Post) {
        self.bold(&post.who);
        self.line(&format!(" {}", post.when));
        self.line(&post.text);
        if let Some(reply) = &post.reply {
            self.line(&format!("{}:{reply}", words::REPLY.say(self.page.lang)));
        }
    }

    fn form(&mut self, form: &Form) {
        for field in &form.fields {
            self.field(field);
        }
        let send = if form.method == Method::Get { words::SEARCH } else { words::SEND }.say(self.page.lang);
        let last = self.step.is_none_or(|(_, to)| to >= options(form).len());
        let label = if self.step.is_some() { words::NEXT.say(self.page.lang) } else { send };
        self.send(form, label, None);
        self.br();
        if let Some((_, to)) = self.step.filter(|_| !last) {
            self.send(form, words::MORE_OPTIONS.say(self.page.lang), Some(to));
            self.br();
        }
    }

    fn field(&mut self, field: &Field) {
        if matches!(field.ask, Ask::Fixed(_)) {
            return;
        }
        self.line(field.wrong.as_deref().unwrap_or(""));
        let hint = if field.hint.is_empty() { String::new() } else { format!("({})", field.hint) };
        self.sink.text(&format!("{}{hint}:", field.label));
        self.br();
        let empty = if field.need == super::form::Need::Must { "false" } else { "true" };
        let was = field.was.as_deref().unwrap_or("");
        let mut attrs = vec![(Attr::Name, Value::Lit(field.name.as_str()))];
        match &field.ask {
            Ask::One(options) => return self.select(field, options, false),
            Ask::Many(options) => return self.select(field, options, true),
            Ask::File { .. } => return self.line(words::FILE_BY_WEB.say(self.page.lang)),
            Ask::Secret => attrs.push((Attr::Type, Value::Lit("password"))),
            Ask::Number { min, .. } if *min >= 0 => attrs.push((Attr::Format, Value::Lit("*N"))),
            _ => {}
        }
        if !was.is_empty() && field.ask != Ask::Secret {
            attrs.push((Attr::Value, Value::Lit(was)));
        }
        attrs.push((Attr::EmptyOk, Value::Lit(empty)));
        let max = match &field.ask {
            Ask::Line { max } | Ask::Lines { max } => Some(max.to_string()),
            _ => None,
        };
        if let Some(max) = &max {
            attrs.push((Attr::MaxLength, Value::Lit(max)));
        }
        self.sink.open(Tag::Input, &attrs, false);
        self.br();
    }

    fn select(&mut self, field: &Field, options: &[(String, String)], many: bool) {
        let mut attrs = vec![(Attr::Name, Value::Lit(field.name.as_str()))];
        if many {
            attrs.push((Attr::Multiple, Value::Lit("true")));
        }
        self.sink.open(Tag::Select, &attrs, true);
        let (from, to) = self.step.unwrap_or((0, options.len()));
        if !many && field.need != super::form::Need::Must {
            self.sink.open(Tag::Option, &[(Attr::Value, Value::Lit(""))], true);
            self.sink.text("-");
            self.sink.close(Tag::Option);
        }
        for (value, label) in options.iter().take(to).skip(from) {
            self.sink.open(Tag::Option, &[(Attr::Value, Value::Lit(value))], true);
            self.sink.text(label);
            self.sink.close(Tag::Option);
        }
        self.sink.close(Tag::Select);
        self.br();
    }

    /// The link that sends a form; `options_from` asks for the next options of the same question instead.
    fn send(&mut self, form: &Form, label: &str, options_from: Option<usize>) {
        let method = if form.method == Method::Get { "get" } else { "post" };
        let href = if form.method == Method::Get { self.links.bare(&form.to) } else { self.links.path(&form.to) };
        self.sink.open(Tag::Anchor, &[], true);
        self.sink.text(label);
        let mut attrs = vec![(Attr::Href, Value::Lit(href.as_str()))];
        if method == "post" {
            attrs.extend([(Attr::Method, Value::Lit(method)), (Attr::AcceptCharset, Value::Lit("utf-8"))]);
        }
        self.sink.open(Tag::Go, &attrs, true);
        if form.method == Method::Post {
            self.postfield("_form", Value::Lit(&form.id));
            self.postfield("_once", Value::Lit(&self.links.once));
        } else if let Some((name, value)) = self.links.carry.as_deref().and_then(|c| c.split_once('=')) {
            self.postfield(name, Value::Lit(value));
        }
        if self.step.is_some() {
            self.postfield("_step", Value::Lit("1"));
        }
        if let Some(from) = options_from {
            self.postfield("_opt", Value::Lit(&from.to_string()));
        }
        for field in &form.fields {
            match &field.ask {
                Ask::Fixed(value) => self.postfield(&field.name, Value::Lit(value)),
                Ask::File { .. } => {}
                _ if options_from.is_some() => {}
                _ => self.postfield(&field.name, Value::Var(&field.name)),
            }
        }
        self.sink.close(Tag::Go);
        self.sink.close(Tag::Anchor);
    }

    fn postfield(&mut self, name: &str, value: Value) {
        self.sink.open(Tag::Postfield, &[(Attr::Name, Value::Lit(name)), (Attr::Value, value)], false);
    }

    /// The way on, the way back, and the same site by text message.
    fn foot(&mut self, next: Option<Mark>) {
        let lang = self.page.lang;
        if let Some(next) = next {
            self.link(words::MORE.say(lang), &self.links.at(&self.page.at, &next.to_string()));
            self.br();
        }
        if let Some(up) = &self.page.up {
            self.link(words::BACK.say(lang), &self.links.path(up));
            if *up != self.page.face.home && self.page.at != self.page.face.home {
                self.sink.text(" ");
                self.link(words::HOME.say(lang), &self.links.path(&self.page.face.home));
            }
            self.br();
        }
        if let Some(text_to) = &self.page.face.text_to {
            let label = words::TEXT_TO.with(lang, &[&text_to.code, &text_to.number]);
            self.link(&label, &self.links.to(&To::Text(text_to.number.clone(), text_to.code.clone())));
        }
    }
}

fn options(form: &Form) -> &[(String, String)] {
    form.fields
        .iter()
        .find_map(|f| match &f.ask {
            Ask::One(options) | Ask::Many(options) => Some(options.as_slice()),
            _ => None,
        })
        .unwrap_or(&[])
}

/// Writes a deck as XML text: markup escaped, and every `$` of a text doubled, since WML takes one for a variable.
struct XmlText(String);

impl XmlText {
    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '$' => self.0.push_str("$$"),
                // XML 1.0 (2.2) has no place for other control characters.
                c if c.is_control() && !matches!(c, '\n' | '\t') => {}
                '\u{fffe}' | '\u{ffff}' => {}
                c => self.0.push(c),
            }
        }
    }
}

impl Sink for XmlText {
    fn open(&mut self, tag: Tag, attrs: &[(Attr, Value)], content: bool) {
        self.0.push('<');
        self.0.push_str(tag.name());
        for (attr, value) in attrs {
            self.0.push(' ');
            self.0.push_str(attr.name());
            self.0.push_str("=\"");
            match value {
                Value::Lit(text) => self.escaped(text),
                Value::Var(name) => {
                    self.0.push_str("$(");
                    self.0.push_str(name);
                    self.0.push(')');
                }
            }
            self.0.push('"');
        }
        self.0.push_str(if content { ">" } else { "/>" });
    }

    fn text(&mut self, text: &str) {
        self.escaped(text);
    }

    fn close(&mut self, tag: Tag) {
        self.0.push_str("</");
        self.0.push_str(tag.name());
        self.0.push('>');
    }
}
