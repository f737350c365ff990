//! Where a deck is written: the elements and attributes that our decks use, and XML text as one sink for them.
//!
//! Not here: which elements a page becomes (`writer`), and the compiled form (`wap::wbxml`).

use std::borrow::Cow;

macro_rules! names {
    ($kind:ident, $doc:literal: $($variant:ident = $name:literal),* $(,)?) => {
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $kind { $($variant),* }

        impl $kind {
            pub const ALL: &[$kind] = &[$($kind::$variant),*];

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
    Multiple = "multiple", MaxLength = "maxlength", Format = "format", AcceptCharset = "accept-charset", NewContext = "newcontext");

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

/// What a phone can be sent of a text: XML 1.0 (2.2) has no place for other control characters, and none of ours needs one.
pub fn sendable(text: &str) -> Cow<'_, str> {
    let is_sendable = |c: &char| !(c.is_control() && !matches!(c, '\n' | '\t') || matches!(c, '\u{fffe}' | '\u{ffff}'));
    // The octets that any other character begins with; without a way out of the loop it takes many at a time.
    let is_suspect = |octet: u8| (octet < b' ') | (octet == 0x7F) | (octet == 0xC2) | (octet == 0xEF);
    if !text.as_bytes().iter().fold(false, |found, octet| found | is_suspect(*octet))
        || text.chars().all(|c| is_sendable(&c))
    {
        return Cow::Borrowed(text);
    }
    text.chars().filter(is_sendable).collect()
}

/// Writes a deck as XML text: markup escaped, and every `$` of a text doubled, since WML takes one for a variable.
pub(super) struct XmlText {
    pub(super) out: String,
    pub(super) is_ascii: bool,
}

impl XmlText {
    /// A parser makes a blank of a line end that stands bare in an attribute (XML 1.0, 3.3.3).
    fn escaped(&mut self, text: &str, attribute: bool) {
        for c in sendable(text).chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\n' if attribute => self.out.push_str("&#10;"),
                '$' => self.out.push_str("$$"),
                c if self.is_ascii && !c.is_ascii() => self.out.push_str(&format!("&#{};", c as u32)),
                c => self.out.push(c),
            }
        }
    }
}

impl Sink for XmlText {
    fn open(&mut self, tag: Tag, attrs: &[(Attr, Value)], content: bool) {
        self.out.push('<');
        self.out.push_str(tag.name());
        for (attr, value) in attrs {
            self.out.push(' ');
            self.out.push_str(attr.name());
            self.out.push_str("=\"");
            match value {
                Value::Lit(text) => self.escaped(text, true),
                Value::Var(name) => {
                    self.out.push_str("$(");
                    self.out.push_str(name);
                    self.out.push(')');
                }
            }
            self.out.push('"');
        }
        self.out.push_str(if content { ">" } else { "/>" });
    }

    fn text(&mut self, text: &str) {
        self.escaped(text, false);
    }

    fn close(&mut self, tag: Tag) {
        self.out.push_str("</");
        self.out.push_str(tag.name());
        self.out.push('>');
    }
}
