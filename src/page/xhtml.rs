//! Blocks to the body of an XHTML Mobile Profile 1.0 page (OMA WAP-277; XHTML Basic 1.0 with what it adds), for phones
//! of WAP 2.0: small, well-formed, no script, pictures only where they are the matter.
//!
//! Not here: the frame (`web::frame`), and how much fits a phone (`page::fit` hands in the blocks that do).

use super::form::{Ask, Field, Form, Method};
use super::links::Links;
use super::markup::{self, chosen, escape};
use super::{Block, Entry, Lang, Link, Page, Picture, Post, Role, Span, To, Tone, Weight, figure};
use crate::message::CHARSET_FIELD;
use crate::words;

/// Appends these blocks of the page. The digits 1 to 9 choose its first nine links, as the same digits do by SMS.
pub fn render(blocks: &[Block], page: &Page, links: &Links, out: &mut String) {
    let mut xhtml =
        Xhtml { out, links, lang: page.lang, said: [&page.title, &page.face.name], key: 0, address: String::new() };
    let notice = |block: &&Block| matches!(block, Block::Notice(..));
    for block in blocks.iter().filter(notice) {
        xhtml.block(block);
    }
    for block in blocks.iter().filter(|block| !notice(block)) {
        xhtml.block(block);
    }
}

/// The page's blocks as they are to be fitted, which opens groups: the one picture that opens a site is worth its octets.
pub fn opened(blocks: &[Block]) -> Vec<Block> {
    let weighty = |block: &Block| match block {
        Block::Picture(picture) => Block::Picture(Picture { weight: Weight::Content, ..picture.clone() }),
        other => other.clone(),
    };
    let open = |block: &Block| match block {
        Block::Group(Role::Hero, inner) => Block::Group(Role::Hero, inner.iter().map(weighty).collect()),
        other => other.clone(),
    };
    blocks.iter().map(open).collect()
}

struct Xhtml<'a> {
    out: &'a mut String,
    links: &'a Links,
    lang: Lang,
    /// What the frame says above: the page's title, the site's name.
    said: [&'a str; 2],
    /// The last digit given away.
    key: u8,
    address: String,
}

impl Xhtml<'_> {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) if self.said.contains(&text.as_str()) => {}
            Block::Heading(text) => self.element("h2", text),
            Block::Text(spans) => {
                self.raw("<p>");
                self.spans(spans);
                self.raw("</p>\n");
            }
            Block::Picture(picture) if picture.weight == Weight::Content => self.picture(picture),
            Block::Picture(_) => {}
            Block::Menu(links) => self.menu(links),
            Block::List(entries) => self.list(entries),
            Block::Facts(facts) => self.facts(facts),
            Block::Table { head, rows } => self.table(head, rows),
            Block::Chart { title, unit, bars } => self.chart(title, unit, bars),
            Block::Posts(posts) => posts.iter().for_each(|post| self.post(post)),
            Block::Form(form) => self.form(form),
            Block::Notice(tone, text) => {
                self.raw(match tone {
                    Tone::Done => "<p class=\"n d\">",
                    Tone::Info => "<p class=\"n\">",
                    Tone::Warn | Tone::Wrong => "<p class=\"n w\">",
                });
                self.text(text);
                self.raw("</p>\n");
            }
            Block::Group(_, blocks) => blocks.iter().for_each(|block| self.block(block)),
        }
    }

    fn spans(&mut self, spans: &[Span]) {
        for span in spans {
            match span {
                Span::Plain(text) => self.lines(text),
                Span::Strong(text) => {
                    self.raw("<b>");
                    self.lines(text);
                    self.raw("</b>");
                }
                Span::Link(link) => self.link(&link.to, &link.label, None),
            }
        }
    }

    fn link(&mut self, to: &To, label: &str, key: Option<u8>) {
        self.raw("<a href=\"");
        self.address.clear();
        self.links.push_to(&mut self.address, to);
        escape(self.out, &self.address);
        if let Some(key) = key {
            self.out.push_str(&format!("\" accesskey=\"{key}"));
        }
        self.raw("\">");
        self.text(label);
        self.raw("</a>");
    }

    /// A link on a line of its own with the next digit, as long as there are digits.
    fn keyed(&mut self, to: &To, label: &str) {
        if self.key == 9 {
            return self.link(to, label, None);
        }
        self.key += 1;
        self.out.push_str(&format!("{} ", self.key));
        self.link(to, label, Some(self.key));
    }

    fn picture(&mut self, picture: &Picture) {
        self.raw("<p><img src=\"");
        escape(self.out, &self.links.small_picture(&picture.file));
        self.raw("\" alt=\"");
        self.text(&picture.alt);
        self.raw("\"");
        // As wide as it is made for the phone that asks for it.
        self.raw("/></p>\n");
    }

    fn menu(&mut self, links: &[Link]) {
        if links.is_empty() {
            return;
        }
        self.raw("<p>");
        for (n, link) in links.iter().enumerate() {
            self.raw(if n > 0 { "<br/>\n" } else { "" });
            self.keyed(&link.to, &link.label);
        }
        self.raw("</p>\n");
    }

    fn list(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.raw("<p class=\"e\">");
            match &entry.to {
                Some(to) => self.keyed(to, &entry.title),
                None => {
                    self.raw("<b>");
                    self.text(&entry.title);
                    self.raw("</b>");
                }
            }
            if let Some(tag) = &entry.tag {
                self.raw(" [");
                self.text(tag);
                self.raw("]");
            }
            if let Some(price) = &entry.price {
                let mut line = String::new();
                markup::price_line(&mut line, price, self.lang);
                self.raw(" <span class=\"p\">");
                self.text(&line);
                self.raw("</span>");
            }
            if !entry.line.is_empty() {
                self.raw("<br/>");
                self.lines(&entry.line);
            }
            self.raw("</p>\n");
        }
    }

    fn facts(&mut self, facts: &[(String, Vec<Span>)]) {
        for (label, spans) in facts {
            self.raw("<p><b>");
            self.text(label);
            self.raw("</b> ");
            self.spans(spans);
            self.raw("</p>\n");
        }
    }

    /// XHTML Basic 1.0 has tables without `thead` and `tbody`; a row without cells would not be valid.
    fn table(&mut self, head: &[String], rows: &[Vec<String>]) {
        if head.is_empty() && rows.iter().all(Vec::is_empty) {
            return;
        }
        self.raw("<table>");
        self.row("th", head);
        for row in rows {
            self.row("td", row);
        }
        self.raw("</table>\n");
    }

    fn row(&mut self, name: &str, cells: &[String]) {
        if cells.is_empty() {
            return;
        }
        self.raw("<tr>");
        for cell in cells {
            self.out.push_str(&format!("<{name}>"));
            self.text(cell);
            self.out.push_str(&format!("</{name}>"));
        }
        self.raw("</tr>");
    }

    fn chart(&mut self, title: &str, unit: &str, bars: &[(String, f64)]) {
        if bars.is_empty() {
            return;
        }
        self.raw("<table><caption>");
        self.text(title);
        if !unit.is_empty() {
            self.raw(" ");
            self.text(&words::UNIT_OF.with(self.lang, &[unit]));
        }
        self.raw("</caption>");
        for (label, value) in bars {
            self.row("td", &[label.clone(), figure(*value)]);
        }
        self.raw("</table>\n");
    }

    fn post(&mut self, post: &Post) {
        self.raw("<div class=\"e\" id=\"");
        markup::anchor(self.out, "post", &post.id);
        self.raw("\"><p><b>");
        self.text(&post.who);
        self.raw("</b> ");
        self.text(&post.when);
        self.raw("<br/>");
        self.lines(&post.text);
        self.raw("</p>");
        if let Some(reply) = &post.reply {
            self.raw("<p class=\"r\"><b>");
            self.text(words::REPLY.say(self.lang));
            self.raw("</b> ");
            self.lines(reply);
            self.raw("</p>");
        }
        self.raw("</div>\n");
    }

    fn form(&mut self, form: &Form) {
        let address = match form.method {
            Method::Get => self.links.bare(&form.to),
            Method::Post => self.links.path(&form.to),
        };
        if form.title != self.said[0] && form.fields.len() > 1 {
            self.element("h2", &form.title);
        }
        self.raw("<form action=\"");
        self.text(&address);
        self.raw(if form.method == Method::Post { "\" method=\"post\"><p>" } else { "\" method=\"get\"><p>" });
        let links = self.links;
        match form.method {
            Method::Get => links.carried(&form.to).for_each(|(name, value)| self.input("hidden", name, value, "")),
            Method::Post => {
                self.input("hidden", "_form", &form.id, "");
                self.input("hidden", "_once", &links.once, "");
            }
        }
        self.input("hidden", CHARSET_FIELD.0, CHARSET_FIELD.1, "");
        self.raw("</p>\n");
        for field in &form.fields {
            self.raw("<p>");
            self.field(field);
            self.raw("</p>\n");
        }
        self.raw("<p>");
        self.raw("<input type=\"submit\" value=\"");
        let send = if form.method == Method::Get { words::SEARCH } else { words::SEND };
        self.text(send.say(self.lang));
        self.raw("\"/></p></form>\n");
    }

    fn field(&mut self, field: &Field) {
        if let (Ask::Fixed(value), "") = (&field.ask, field.label.as_str()) {
            self.wrong(field);
            return self.input("hidden", &field.name, value, "");
        }
        self.text(&field.label);
        if !field.hint.is_empty() && !matches!(field.ask, Ask::Fixed(_)) {
            self.raw(" <small>");
            self.text(&field.hint);
            self.raw("</small>");
        }
        self.wrong(field);
        self.raw("<br/>");
        let was = field.was.as_deref().unwrap_or("");
        match &field.ask {
            Ask::Line { max } => self.input("text", &field.name, was, &format!(" maxlength=\"{max}\"")),
            Ask::Lines { .. } => {
                self.raw("<textarea rows=\"4\" cols=\"20\" name=\"");
                self.text(&field.name);
                self.raw("\">");
                self.text(was);
                self.raw("</textarea>");
            }
            // The class asks a WCSS phone for its digit keys (-wap-input-format).
            Ask::Number { .. } | Ask::Phone => {
                self.input("text", &field.name, was, " class=\"digits\" maxlength=\"24\"")
            }
            Ask::Money => self.input("text", &field.name, was, " maxlength=\"12\""),
            Ask::Date => self.input("text", &field.name, was, " maxlength=\"10\""),
            Ask::Secret => self.input("password", &field.name, "", ""),
            Ask::One(choices) => self.select(field, choices),
            Ask::Many(choices) => self.checks(field, choices),
            Ask::File { .. } => self.text(words::FILE_BY_WEB.say(self.lang)),
            Ask::Fixed(value) => {
                self.text(if field.hint.is_empty() { value } else { &field.hint });
                self.input("hidden", &field.name, value, "");
            }
        }
    }

    fn wrong(&mut self, field: &Field) {
        if let Some(wrong) = &field.wrong {
            self.raw("<br/><em>");
            self.text(wrong);
            self.raw("</em>");
        }
    }

    fn input(&mut self, kind: &str, name: &str, value: &str, more: &str) {
        self.raw("<input type=\"");
        self.raw(kind);
        self.raw("\" name=\"");
        self.text(name);
        self.raw("\" value=\"");
        self.text(value);
        self.raw("\"");
        self.raw(more);
        self.raw("/>");
    }

    fn select(&mut self, field: &Field, choices: &[(String, String)]) {
        self.raw("<select name=\"");
        self.text(&field.name);
        self.raw("\"><option value=\"\">");
        self.text(words::CHOOSE.say(self.lang));
        self.raw("</option>");
        for (value, label) in choices {
            self.raw("<option value=\"");
            self.text(value);
            self.raw(if field.was.as_deref() == Some(value) { "\" selected=\"selected\">" } else { "\">" });
            self.text(label);
            self.raw("</option>");
        }
        self.raw("</select>");
    }

    fn checks(&mut self, field: &Field, choices: &[(String, String)]) {
        for (value, label) in choices {
            let more = if chosen(field.was.as_deref(), value) { " checked=\"checked\"" } else { "" };
            self.input("checkbox", &field.name, value, more);
            self.raw(" ");
            self.text(label);
            self.raw("<br/>");
        }
    }

    fn element(&mut self, name: &str, text: &str) {
        self.out.push_str(&format!("<{name}>"));
        self.text(text);
        self.out.push_str(&format!("</{name}>\n"));
    }

    fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
    }

    fn text(&mut self, text: &str) {
        escape(self.out, text);
    }

    /// What an owner wrote on several lines stays on several lines.
    fn lines(&mut self, text: &str) {
        for (n, line) in text.lines().enumerate() {
            self.raw(if n > 0 { "<br/>" } else { "" });
            self.text(line);
        }
    }
}
