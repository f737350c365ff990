//! Elements, attributes and texts of a document as they come, into `wbxml::Writer`: blanks as WML counts them, variables,
//! dates.
//!
//! Not here: the prologue, and whether an element may stand where it does.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart};

use super::super::charset::{is_char, is_name};
use super::super::push::date;
use super::super::tokens::{Attribute, Known, Language};
use super::super::wbxml::{Conversion, Writer};
use super::{Why, is_blank};

/// Emphasis within emphasis is the only thing in WML without a natural end.
pub(super) const DEPTH_MAX: usize = 64;
/// Different names that the language has no token for, and attributes of one element; the makers' extensions have fewer.
pub(super) const NAMES_MAX: usize = 64;

type Result<T> = std::result::Result<T, Why>;

/// What stands before the next text on its line.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Nothing,
    Text,
    /// A blank that is written already, and one that is not: two are one.
    Blank,
    BlankDue,
}

struct Level {
    /// Its tag is written, so that it needs an END; before, whether it has content is not known.
    has_content: bool,
    /// Within a line, but no part of it: blanks in it mean nothing.
    is_task: bool,
    keeps_blanks: bool,
    is_inline: bool,
    /// Stands in a line like a word.
    is_object: bool,
}

pub(super) struct Body<'x> {
    language: &'static Language,
    writer: Writer<Vec<u8>>,
    open: Vec<Level>,
    /// The innermost element as long as nothing is known to be in it.
    waiting: Option<BytesStart<'x>>,
    text: String,
    /// Room for a text whose blanks are joined.
    line: String,
    before: Before,
    begun: bool,
}

enum Name<'n> {
    Token(&'static Attribute),
    Literal(&'n str),
}

impl<'x> Body<'x> {
    pub(super) fn new(language: &'static Language) -> Body<'x> {
        let writer = Writer::new(language, Vec::with_capacity(1500));
        let (open, text, line) = (Vec::new(), String::new(), String::new());
        Body { language, writer, open, waiting: None, text, line, before: Before::Nothing, begun: false }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.begun && self.open.is_empty()
    }

    pub(super) fn document(self, version: u8) -> Vec<u8> {
        self.writer.document(version)
    }

    pub(super) fn start(&mut self, start: BytesStart<'x>, is_empty: bool) -> Result<()> {
        self.begun = true;
        if self.open.len() == DEPTH_MAX {
            return Err(Why::TooDeep);
        }
        let name = start.name();
        let name = name.as_ref();
        let is_task = is_task(name);
        let is_inline = is_task || is_inline(name);
        self.flush(match name {
            _ if is_task => Edge::Later,
            _ if is_inline => Edge::Inline,
            _ => Edge::Block,
        })?;
        self.has_content()?;
        let keeps_blanks = name == "pre" || self.open.last().is_some_and(|level| level.keeps_blanks);
        let is_object = matches!(name, "img" | "input" | "select");
        self.open.push(Level { has_content: false, is_task, keeps_blanks, is_inline, is_object });
        self.waiting = Some(start);
        if is_empty { self.end() } else { Ok(()) }
    }

    pub(super) fn end(&mut self) -> Result<()> {
        let is_inline = self.open.last().is_some_and(|level| level.is_inline);
        self.flush(if is_inline { Edge::Later } else { Edge::Block })?;
        if let Some(start) = self.waiting.take() {
            self.tag(&start, false)?;
        }
        let Some(level) = self.open.pop() else { return Ok(()) };
        if level.has_content {
            self.writer.end();
        }
        if level.is_object {
            self.before = Before::Text;
        }
        Ok(())
    }

    pub(super) fn text(&mut self, text: &str, is_data: bool) -> Result<()> {
        if !is_data && text.contains(']') && text.contains("]]>") {
            return Err(Why::NotWellFormed("]]> outside of a CDATA section".into()));
        }
        self.text.push_str(text);
        Ok(())
    }

    pub(super) fn reference(&mut self, name: &BytesRef) -> Result<()> {
        if name.is_char_ref() {
            let found = name.resolve_char_ref().ok().flatten().filter(|c| is_char(*c));
            self.text.push(found.ok_or_else(|| Why::Entity(name.to_string()))?);
        } else {
            self.text.push_str(entity(name).ok_or_else(|| Why::Entity(name.to_string()))?);
        }
        Ok(())
    }

    /// Writes the text so far, up to an element's begin or end.
    fn flush(&mut self, edge: Edge) -> Result<()> {
        let text = std::mem::take(&mut self.text);
        let level = self.open.last();
        if level.is_some_and(|level| level.keeps_blanks) {
            self.before = Before::Text;
            self.written(&text)?;
        } else if !text.is_empty() || self.before == Before::BlankDue {
            let is_task = level.is_some_and(|level| level.is_task);
            let mut line = std::mem::take(&mut self.line);
            line.clear();
            self.join(&mut line, &text, edge, is_task);
            self.written(&line)?;
            self.line = line;
        }
        if edge == Edge::Block {
            self.before = Before::Nothing;
        }
        // The room is used again.
        self.text = text;
        self.text.clear();
        Ok(())
    }

    /// Blanks in a row are one, and none at the ends of a line (WAP-191, 11.8.2); the one before an inline element stays.
    fn join(&mut self, out: &mut String, text: &str, edge: Edge, is_task: bool) {
        let mut words = text.split_ascii_whitespace();
        let Some(first) = words.next() else {
            if !text.is_empty() && !is_task && self.before == Before::Text {
                self.before = Before::BlankDue;
            }
            return out.push_str(self.due(edge));
        };
        let begins_blank = text.starts_with(is_blank);
        match self.before {
            Before::BlankDue => out.push(' '),
            Before::Text if begins_blank => out.push(' '),
            _ => {}
        }
        out.push_str(first);
        for word in words {
            out.push(' ');
            out.push_str(word);
        }
        self.before = if text.ends_with(is_blank) { Before::BlankDue } else { Before::Text };
        out.push_str(self.due(edge));
    }

    /// A blank before an inline element stands before it, not in it, and one at its end behind it.
    fn due(&mut self, edge: Edge) -> &'static str {
        if self.before == Before::BlankDue && edge == Edge::Inline {
            self.before = Before::Blank;
            return " ";
        }
        ""
    }

    fn written(&mut self, text: &str) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.has_content()?;
        if !self.language.is_wml() {
            self.writer.text(text);
            return Ok(());
        }
        variables(text, Conversion::None, &mut self.writer, |writer, text| writer.text(text))
    }

    fn has_content(&mut self) -> Result<()> {
        if let Some(level) = self.open.last_mut() {
            level.has_content = true;
        }
        match self.waiting.take() {
            Some(start) => self.tag(&start, true),
            None => Ok(()),
        }
    }

    fn tag(&mut self, start: &BytesStart, content: bool) -> Result<()> {
        let name = start.name();
        let at = match self.language.tag(name.as_ref()) {
            Some(tag) => self.writer.open(tag, false, content),
            None => {
                self.literal(name.as_ref())?;
                self.writer.open_named(name.as_ref(), false, content)
            }
        };
        let mut has_attributes = false;
        for (count, attribute) in start.attributes().enumerate() {
            let attribute = attribute.map_err(|error| Why::NotWellFormed(error.to_string()))?;
            if count == NAMES_MAX {
                return Err(Why::TooManyNames);
            }
            let name = attribute.key.0;
            let known = match self.language.attribute(name) {
                Known::Token(known) => Name::Token(known),
                Known::No if !name.starts_with("xmlns") => Name::Literal(name),
                _ => continue,
            };
            let value = value(&attribute)?;
            // Its default; tools differ about which of its tokens says so.
            if name == "ordered" && value == "true" {
                continue;
            }
            if !has_attributes {
                self.writer.has_attributes(at);
                has_attributes = true;
            }
            self.attribute(&known, &value)?;
        }
        if has_attributes {
            self.writer.end();
        }
        Ok(())
    }

    fn attribute(&mut self, name: &Name, value: &str) -> Result<()> {
        let (name, rest) = match name {
            Name::Token(known) => (known.name, self.writer.attribute(known, value)),
            Name::Literal(name) => {
                self.literal(name)?;
                self.writer.attribute_named(name);
                (*name, value)
            }
        };
        if !self.language.is_wml() && matches!(name, "created" | "si-expires") {
            let at: jiff::Timestamp = value.parse().map_err(|_| Why::Date)?;
            self.writer.opaque(&date(jiff::tz::TimeZone::UTC.to_datetime(at)));
            return Ok(());
        }
        match Conversion::of(name).filter(|_| self.language.is_wml()) {
            Some(default) => variables(rest, default, &mut self.writer, |writer, text| writer.value(text)),
            None => {
                self.writer.value(rest);
                Ok(())
            }
        }
    }

    fn literal(&mut self, name: &str) -> Result<()> {
        if !is_name(name) {
            return Err(Why::NotWellFormed("this is no name".into()));
        }
        if self.writer.names() > NAMES_MAX { Err(Why::TooManyNames) } else { Ok(()) }
    }
}

/// What a text ends at.
#[derive(Clone, Copy, PartialEq)]
enum Edge {
    Inline,
    Block,
    /// The end of what stands within a line, or what is done when an anchor is chosen, which is shown nowhere: a blank
    /// before it belongs to the text behind.
    Later,
}

/// Stands within a line of text, as tasks do.
fn is_inline(name: &str) -> bool {
    matches!(name, "a" | "anchor" | "b" | "big" | "em" | "i" | "img" | "input" | "select" | "small" | "strong" | "u")
}

fn is_task(name: &str) -> bool {
    matches!(name, "go" | "prev" | "refresh" | "noop" | "setvar" | "postfield")
}

/// Divides a text at its variables (WAP-191, 10.3): `$name`, `$(name)`, `$(name:escape)`; `$$` is the sign itself.
fn variables(
    text: &str,
    default: Conversion,
    writer: &mut Writer<Vec<u8>>,
    plain: impl Fn(&mut Writer<Vec<u8>>, &str),
) -> Result<()> {
    if !text.contains('$') {
        plain(writer, text);
        return Ok(());
    }
    let (mut rest, mut literal) = (text, String::new());
    while let Some((before, after)) = rest.split_once('$') {
        literal.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            literal.push('$');
            rest = after;
            continue;
        }
        plain(writer, &std::mem::take(&mut literal));
        let name;
        (name, rest) = match after.strip_prefix('(') {
            Some(after) => after.split_once(')').ok_or(Why::Variable)?,
            None => after.split_at(after.bytes().take_while(|octet| is_of_name(*octet)).count()),
        };
        let (name, conversion) = match name.split_once(':') {
            Some((name, asked)) => (name, conversion(asked)?),
            None => (name, default),
        };
        if name.is_empty() || name.as_bytes()[0].is_ascii_digit() || !name.bytes().all(is_of_name) {
            return Err(Why::Variable);
        }
        writer.variable(name, conversion);
    }
    literal.push_str(rest);
    plain(writer, &literal);
    Ok(())
}

fn is_of_name(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'_'
}

fn conversion(asked: &str) -> Result<Conversion> {
    match asked.to_ascii_lowercase().as_str() {
        "e" | "escape" => Ok(Conversion::Escape),
        "u" | "unesc" => Ok(Conversion::Unescape),
        "n" | "noesc" => Ok(Conversion::None),
        _ => Err(Why::Variable),
    }
}

/// With its references resolved and its line ends as blanks (XML 1.0, 3.3.3).
fn value<'a>(attribute: &quick_xml::events::attributes::Attribute<'a>) -> Result<Cow<'a, str>> {
    if !attribute.value.bytes().any(|octet| matches!(octet, b'<' | b'&' | b'\t' | b'\n')) {
        return Ok(attribute.value.clone());
    }
    if attribute.value.contains('<') {
        return Err(Why::NotWellFormed("a < within an attribute".into()));
    }
    // A reference stands for a character here, never for other references.
    let value = attribute.normalized_value_with(XmlVersion::Implicit1_0, 1, entity);
    let value = value.map_err(|error| Why::NotWellFormed(error.to_string()))?;
    // What stands there as it is was looked at with the whole document.
    match &value {
        Cow::Owned(made) if !made.chars().all(is_char) => {
            Err(Why::NotWellFormed("a character that XML does not have".into()))
        }
        _ => Ok(value),
    }
}

/// The entities of WML's DTD (WAP-191, 14.1).
fn entity(name: &str) -> Option<&'static str> {
    let known =
        [("quot", "\""), ("amp", "&"), ("apos", "'"), ("lt", "<"), ("gt", ">"), ("nbsp", "\u{a0}"), ("shy", "\u{ad}")];
    known.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}
