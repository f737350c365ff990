//! Blocks to the elements of a card.
//!
//! Not here: what fits into a deck (`super::deck`), and escaping (the sink's).

use super::super::fit::{Mark, flat};
use super::super::form::{Ask, Field, Form, Method, Need};
use super::super::links::{Links, dialled};
use super::super::text::push_price;
use super::super::{Block, Entry, Link, Page, Post, Span, To, Tone, Weight, figure};
use super::sink::{Attr, Sink, Tag, Value};
use super::step::Asks;
use super::{CARRY_OCTETS, Deck, Version};
use crate::message::CHARSET_FIELD;
use crate::words;

const KEYS: &str = "123456789";

pub(super) struct Writer<'s, 'a> {
    pub(super) sink: &'s mut dyn Sink,
    links: &'a Links,
    page: &'a Page,
    version: Version,
    /// The place of the next access key; after the last one links have none.
    key: usize,
    asks: Option<Asks>,
    carry_octets: usize,
    /// For one address or price after the other.
    room: String,
}

impl<'s, 'a> Writer<'s, 'a> {
    pub(super) fn new(sink: &'s mut dyn Sink, deck: &Deck<'a>) -> Writer<'s, 'a> {
        let Deck { links, page, version, asks, carry_octets, .. } = *deck;
        Writer { sink, links, page, version, key: 0, asks, carry_octets, room: String::new() }
    }

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

    /// A link with the next access key, its digit shown before the label. Without keys digits would promise what there is not.
    fn keyed(&mut self, label: &[&str], to: &To) {
        if !self.version.has(Attr::AccessKey) {
            return self.link(label, to);
        }
        let Some(digit) = KEYS.get(self.key..=self.key) else { return self.link(label, to) };
        self.key += 1;
        let address = self.address(to);
        let attrs = [(Attr::Href, Value::Lit(&address)), (Attr::AccessKey, Value::Lit(digit))];
        self.sink.open(Tag::A, &attrs, true);
        [digit, "."].iter().chain(label).for_each(|piece| self.sink.text(piece));
        self.sink.close(Tag::A);
        self.room = address;
    }

    fn link(&mut self, label: &[&str], to: &To) {
        let address = self.address(to);
        self.anchor(label, &address);
        self.room = address;
    }

    fn anchor(&mut self, label: &[&str], href: &str) {
        self.sink.open(Tag::A, &[(Attr::Href, Value::Lit(href))], true);
        label.iter().for_each(|piece| self.sink.text(piece));
        self.sink.close(Tag::A);
    }

    pub(super) fn block(&mut self, block: &Block) {
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
                    self.sink.text(label);
                    self.sink.text(":");
                    self.spans(spans);
                    self.br();
                }
            }
            Block::Table { head, rows } => rows.iter().for_each(|r| self.row(head, r)),
            Block::Chart { title, unit, bars } => {
                self.line(&format!("{title}({unit})"));
                bars.iter().for_each(|(label, value)| self.line(&format!("{label} {}", figure(*value))));
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
                Span::Link(link) => self.link(&[&link.label], &link.to),
            }
        }
    }

    /// In the room that is given back to `self.room`.
    fn address(&mut self, to: &To) -> String {
        let mut address = std::mem::take(&mut self.room);
        address.clear();
        match to {
            // The phone's own call function (WAP-268, 8.1): phones of 2003 know it, not all know tel:. It dials digits and
            // a `+` before them; codes for the network it refuses.
            To::Call(number) => {
                address.push_str("wtai://wp/mc;");
                address.extend(dialled(number).filter(|c| !matches!(c, '*' | '#')));
            }
            to => self.links.push_to(&mut address, to),
        }
        address
    }

    fn choice(&mut self, link: &Link) {
        self.keyed(&[&link.label], &link.to);
        self.br();
    }

    fn entry(&mut self, entry: &Entry) {
        let label = match &entry.tag {
            Some(tag) => ["[", tag, "]", &entry.title],
            None => ["", "", "", &entry.title],
        };
        match &entry.to {
            Some(to) => self.keyed(&label, to),
            None => label.iter().for_each(|piece| self.sink.text(piece)),
        }
        if let Some(price) = &entry.price {
            let mut words = std::mem::take(&mut self.room);
            words.clear();
            words.push(' ');
            push_price(&mut words, price, self.page.lang);
            self.sink.text(&words);
            self.room = words;
        }
        if entry.to.is_none() && !entry.line.is_empty() {
            self.sink.text(" ");
            self.sink.text(&entry.line);
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
        let lang = self.page.lang;
        let label = match self.asks {
            Some(Asks::One { .. }) => words::NEXT.say(lang),
            None if form.method == Method::Get => words::SEARCH.say(lang),
            _ => words::SEND.say(lang),
        };
        self.send(form, label, None);
        self.br();
        let options = form.fields.iter().map(|f| f.ask.options().len()).max().unwrap_or(0);
        if let Some(Asks::One { to, .. }) =
            self.asks.filter(|asks| matches!(asks, Asks::One { to, .. } if *to < options))
        {
            self.send(form, words::MORE_OPTIONS.say(lang), Some(to));
            self.br();
        }
    }

    fn field(&mut self, field: &Field) {
        self.line(field.wrong.as_deref().unwrap_or(""));
        if matches!(field.ask, Ask::Fixed(_)) {
            if !field.label.is_empty() {
                self.line(&format!("{}:{}", field.label, field.shown("")));
            }
            return;
        }
        let hint = if field.hint.is_empty() { String::new() } else { format!("({})", field.hint) };
        self.sink.text(&format!("{}{hint}:", field.label));
        self.br();
        let was = field.was.as_deref().filter(|was| was.len() <= CARRY_OCTETS).unwrap_or("");
        let mut attrs = vec![(Attr::Name, Value::Lit(field.name.as_str()))];
        match &field.ask {
            Ask::One(options) => return self.select(field, options, was),
            Ask::Many(options) => return self.select(field, options, &was.replace(',', ";")),
            Ask::File { .. } => return self.line(words::FILE_BY_WEB.say(self.page.lang)),
            Ask::Secret => attrs.push((Attr::Type, Value::Lit("password"))),
            Ask::Number { min, .. } if *min >= 0 => attrs.push((Attr::Format, Value::Lit("*N"))),
            _ => {}
        }
        if !was.is_empty() && field.ask != Ask::Secret {
            attrs.push((Attr::Value, Value::Lit(was)));
        }
        let empty = if field.need == Need::Must { "false" } else { "true" };
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

    /// `was` is what is chosen beforehand, its values divided by `;`.
    fn select(&mut self, field: &Field, options: &[(String, String)], was: &str) {
        let many = matches!(field.ask, Ask::Many(_));
        let (from, to) = match self.asks {
            Some(Asks::One { from, to }) => (from, to),
            _ => (0, options.len()),
        };
        let mut attrs = vec![(Attr::Name, Value::Lit(field.name.as_str()))];
        if many {
            attrs.push((Attr::Multiple, Value::Lit("true")));
        }
        if !was.is_empty() && from == 0 {
            attrs.push((Attr::Value, Value::Lit(was)));
        }
        self.sink.open(Tag::Select, &attrs, true);
        if !many && field.need != Need::Must {
            self.option("", "-");
        }
        options.iter().take(to).skip(from).for_each(|(value, label)| self.option(value, label));
        self.sink.close(Tag::Select);
        self.br();
    }

    fn option(&mut self, value: &str, label: &str) {
        self.sink.open(Tag::Option, &[(Attr::Value, Value::Lit(value))], true);
        self.sink.text(label);
        self.sink.close(Tag::Option);
    }

    /// The link that sends a form; `options_from` asks for the next options of the same question instead.
    fn send(&mut self, form: &Form, label: &str, options_from: Option<usize>) {
        let is_get = form.method == Method::Get;
        let href = if is_get { self.links.bare(&form.to) } else { self.links.path(&form.to) };
        self.sink.open(Tag::Anchor, &[], true);
        self.sink.text(label);
        let mut attrs = vec![(Attr::Href, Value::Lit(href.as_str()))];
        if !is_get {
            attrs.extend([(Attr::Method, Value::Lit("post")), (Attr::AcceptCharset, Value::Lit("utf-8"))]);
        }
        self.sink.open(Tag::Go, &attrs, true);
        if is_get {
            let links = self.links;
            links.carried(&form.to).for_each(|(name, value)| self.postfield(name, Value::Lit(value)));
        } else {
            self.postfield("_form", Value::Lit(&form.id));
            self.postfield("_once", Value::Lit(&self.links.once));
        }
        self.postfield(CHARSET_FIELD.0, Value::Lit(CHARSET_FIELD.1));
        match self.asks {
            Some(Asks::One { .. }) => self.postfield("_step", Value::Lit("1")),
            Some(Asks::Send) => self.postfield("_step", Value::Lit("0")),
            None => {}
        }
        if self.asks.is_some()
            && let Some(whole) = self.page.form(&form.id)
        {
            self.postfield("_version", Value::Lit(&format!("{:x}", whole.version())));
        }
        if let Some(from) = options_from {
            self.postfield("_opt", Value::Lit(&from.to_string()));
        }
        form.fields.iter().for_each(|field| self.answer(field, options_from.is_some()));
        self.sink.close(Tag::Go);
        self.sink.close(Tag::Anchor);
    }

    /// The answer to one field; with `goes_on` more options of the open question are asked for, and what was picked so
    /// far is no answer yet.
    fn answer(&mut self, field: &Field, goes_on: bool) {
        let typed = Value::Var(&field.name);
        match &field.ask {
            Ask::Fixed(value) if field.was.is_some() && value.len() > self.carry_octets => {
                self.postfield(&field.name, typed);
            }
            Ask::Fixed(value) => self.postfield(&field.name, Value::Lit(value)),
            Ask::File { .. } => {}
            Ask::Many(_) => {
                let name = if goes_on { "_picked" } else { &field.name };
                self.postfield(name, typed);
                let before =
                    field.was.as_deref().filter(|_| matches!(self.asks, Some(Asks::One { from, .. }) if from > 0));
                if let Some(before) = before {
                    self.postfield(name, Value::Lit(before));
                }
            }
            _ if goes_on => {}
            _ => self.postfield(&field.name, typed),
        }
    }

    fn postfield(&mut self, name: &str, value: Value) {
        self.sink.open(Tag::Postfield, &[(Attr::Name, Value::Lit(name)), (Attr::Value, value)], false);
    }

    /// The way on, the way back, and the same site by text message.
    pub(super) fn foot(&mut self, next: Option<Mark>) {
        let lang = self.page.lang;
        if let Some(next) = next {
            self.anchor(&[words::MORE.say(lang)], &self.links.at(&self.page.at, &next.to_string()));
            self.br();
        }
        if let Some(up) = &self.page.up {
            self.anchor(&[words::BACK.say(lang)], &self.links.path(up));
            if *up != self.page.face.home && self.page.at != self.page.face.home {
                self.sink.text(" ");
                self.anchor(&[words::HOME.say(lang)], &self.links.path(&self.page.face.home));
            }
            self.br();
        }
        // What the web has around every page, such as the portal's help, stands on the front page here.
        if self.page.at == self.page.face.home {
            let shown =
                |link: &&Link| !flat(&self.page.blocks).iter().any(|b| matches!(b, Block::Menu(m) if m.contains(link)));
            for link in self.page.face.menu.iter().filter(shown) {
                self.link(&[&link.label], &link.to);
                self.br();
            }
            if self.links.ways.contains(&"xhtml") {
                self.anchor(&[words::WAY_PHONE.say(lang)], &self.links.switched(&self.page.at, "v", "xhtml"));
                self.br();
            }
        }
        if let Some(text_to) = &self.page.face.text_to {
            let label = words::TEXT_TO.with(lang, &[&text_to.code, &text_to.number]);
            self.link(&[&label], &To::Text(text_to.number.clone(), text_to.code.clone()));
        }
    }
}
