//! Octets of WBXML (WAP-192, 5), and decks written straight into them: our own decks are never parsed.
//!
//! Strings stand inline, also those that come twice: every phone reads them, a deck is written in one pass, and what it
//! costs is known as it is written. A string table for what is repeated would save 7 % of the sample companies' decks
//! (measured with libwbxml with and without). The table here is for names alone that the language has no token for.
//!
//! Not here: which token says what (`tokens`), reading XML (`compile`), reading octets (`decompile`).

use std::sync::LazyLock;

use super::tokens::{self, Attribute, Language};
use crate::page::wml::{Attr, Deck, Sink, Tag, Value, Version, sendable};

/// WBXML 1.3 (WAP-192) and 1.2: the second is what every phone that takes pushes knows.
pub const VERSION: u8 = 0x03;
pub const PUSH_VERSION: u8 = 0x02;

/// Where the length of the string table stands behind version, public identifier and character set, and that there is none.
const TABLE_AT: usize = 3;
const NO_TABLE: u8 = 0;

/// Where octets go: a vector, or a count of them for who only needs to know how many.
pub trait Out {
    fn octet(&mut self, octet: u8);
    fn octets(&mut self, octets: &[u8]);
    fn count(&self) -> usize;
}

impl Out for Vec<u8> {
    fn octet(&mut self, octet: u8) {
        self.push(octet);
    }

    fn octets(&mut self, octets: &[u8]) {
        self.extend_from_slice(octets);
    }

    fn count(&self) -> usize {
        self.len()
    }
}

/// Counts.
#[derive(Default)]
pub struct Count(usize);

impl Out for Count {
    fn octet(&mut self, _: u8) {
        self.0 += 1;
    }

    fn octets(&mut self, octets: &[u8]) {
        self.0 += octets.len();
    }

    fn count(&self) -> usize {
        self.0
    }
}

/// What is done to a variable's value where it is put in (WAP-191, 10.3.1), in the order of the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    Escape,
    Unescape,
    None,
}

impl Conversion {
    pub const ALL: [(Conversion, &'static str); 3] =
        [(Conversion::Escape, "escape"), (Conversion::Unescape, "unesc"), (Conversion::None, "noesc")];

    /// Of a variable in this attribute, unless it says otherwise: in addresses they are escaped. `None`: no variable
    /// stands there (it is no `%vdata` of WAP-191's DTD).
    pub fn of(attribute: &str) -> Option<Conversion> {
        match attribute {
            "href" | "src" | "onpick" | "onenterbackward" | "onenterforward" | "ontimer" => Some(Conversion::Escape),
            "accesskey" | "alt" | "enctype" | "ivalue" | "label" | "localsrc" | "name" | "title" | "value" => {
                Some(Conversion::None)
            }
            _ => None,
        }
    }
}

/// The deck in WBXML, of the version that came with its WML.
pub fn compile(deck: &Deck) -> Vec<u8> {
    let mut writer = Writer::new(tokens::wml(deck.version()), Vec::with_capacity(1500));
    deck.write(&mut writer);
    writer.document(deck.version() as u8 + 1)
}

/// The octets that `compile` makes of it.
pub fn size(deck: &Deck) -> usize {
    let mut writer = Writer::new(tokens::wml(deck.version()), Count::default());
    deck.write(&mut writer);
    writer.size()
}

/// Puts a document's body together. Who calls it closes with `end` what it opened with content.
pub struct Writer<O> {
    language: &'static Language,
    body: O,
    table: Vec<u8>,
    names: usize,
    /// A string is open: more text belongs to it, anything else ends it.
    in_string: bool,
}

impl<O: Out> Writer<O> {
    /// `body` is empty yet.
    pub fn new(language: &'static Language, mut body: O) -> Writer<O> {
        body.octets(&[VERSION, language.id, tokens::UTF_8, NO_TABLE]);
        Writer { language, body, table: Vec::new(), names: 0, in_string: false }
    }

    /// Where its octet stands.
    pub fn open(&mut self, tag: u8, attributes: bool, content: bool) -> usize {
        self.end_string();
        let at = self.body.count();
        self.body.octet(with(tag, attributes, content));
        at
    }

    /// An element without a token: its name stands in the string table.
    pub fn open_named(&mut self, name: &str, attributes: bool, content: bool) -> usize {
        let at = self.open(tokens::LITERAL, attributes, content);
        self.name(name);
        at
    }

    /// Begins an attribute; what its token does not say of `value` is to follow.
    pub fn attribute<'v>(&mut self, attribute: &Attribute, value: &'v str) -> &'v str {
        self.end_string();
        match attribute.begin(value) {
            Some((token, said)) => {
                self.body.octet(token);
                &value[said..]
            }
            None => {
                self.body.octet(tokens::LITERAL);
                self.name(attribute.name);
                value
            }
        }
    }

    pub fn attribute_named(&mut self, name: &str) {
        self.end_string();
        self.body.octet(tokens::LITERAL);
        self.name(name);
    }

    /// A value, or the rest of one.
    pub fn value(&mut self, value: &str) {
        if let Some(word) = self.language.word(value) {
            self.end_string();
            return self.body.octet(word);
        }
        let mut rest = value;
        while let Some((begin, end, token)) = self.language.fragment(rest) {
            self.text(&rest[..begin]);
            self.end_string();
            self.body.octet(token);
            rest = &rest[end..];
        }
        self.text(rest);
    }

    /// Without NUL, which would end the string early.
    pub fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if !self.in_string {
            self.in_string = true;
            self.body.octet(tokens::STR_I);
        }
        self.body.octets(text.as_bytes());
    }

    pub fn variable(&mut self, name: &str, conversion: Conversion) {
        self.end_string();
        self.body.octet(tokens::EXT_I + conversion as u8);
        self.body.octets(name.as_bytes());
        self.body.octet(0);
    }

    pub fn opaque(&mut self, octets: &[u8]) {
        self.end_string();
        self.body.octet(tokens::OPAQUE);
        number(octets.len(), &mut self.body);
        self.body.octets(octets);
    }

    /// Ends the attributes of a tag, or its content.
    pub fn end(&mut self) {
        self.end_string();
        self.body.octet(tokens::END);
    }

    /// Different names without a token so far.
    pub fn names(&self) -> usize {
        self.names
    }

    /// How many octets the document has.
    pub fn size(&self) -> usize {
        let mut length = Count::default();
        number(self.table.len(), &mut length);
        self.body.count() - 1 + length.0 + self.table.len() + usize::from(self.in_string)
    }

    fn end_string(&mut self) {
        if std::mem::take(&mut self.in_string) {
            self.body.octet(0);
        }
    }

    /// The offset of a name in the string table.
    fn name(&mut self, name: &str) {
        let mut at = 0;
        let known = self.table.split_inclusive(|octet| *octet == 0).find_map(|entry| {
            let here = at;
            at += entry.len();
            (entry.strip_suffix(&[0]) == Some(name.as_bytes())).then_some(here)
        });
        let offset = known.unwrap_or(self.table.len());
        if known.is_none() {
            self.names += 1;
            self.table.extend_from_slice(name.as_bytes());
            self.table.push(0);
        }
        number(offset, &mut self.body);
    }
}

impl Writer<Vec<u8>> {
    /// The element whose octet stands there has attributes after all.
    pub fn has_attributes(&mut self, at: usize) {
        self.body[at] = with(self.body[at], true, false);
    }

    pub fn document(mut self, version: u8) -> Vec<u8> {
        self.end_string();
        self.body[0] = version;
        if !self.table.is_empty() {
            let mut table = Vec::with_capacity(self.table.len() + 3);
            number(self.table.len(), &mut table);
            table.extend_from_slice(&self.table);
            self.body.splice(TABLE_AT..=TABLE_AT, table);
        }
        self.body
    }
}

/// An `mb_u_int32`: seven bits an octet, the most significant first (WAP-192, 5.1).
fn number(value: usize, out: &mut impl Out) {
    let septets = (usize::BITS - value.leading_zeros()).div_ceil(7).max(1);
    for at in (0..septets).rev() {
        let more = if at > 0 { 0x80 } else { 0 };
        out.octet((value >> (7 * at)) as u8 & 0x7F | more);
    }
}

fn with(tag: u8, attributes: bool, content: bool) -> u8 {
    let bit = |given: bool, bit| if given { bit } else { 0 };
    tag | bit(attributes, tokens::WITH_ATTRIBUTES) | bit(content, tokens::WITH_CONTENT)
}

/// The tokens of what our decks use: the same in each version that has them.
struct Own {
    tags: Vec<u8>,
    attributes: Vec<&'static Attribute>,
}

static OWN: LazyLock<Own> = LazyLock::new(|| {
    let language = tokens::wml(Version::Wml13);
    let tag = |tag: &Tag| language.tag(tag.name()).expect("WML 1.3 has each element of ours, see the tests");
    let attribute = |attr: &Attr| match language.attribute(attr.name()) {
        tokens::Known::Token(attribute) => attribute,
        _ => unreachable!("WML 1.3 has each attribute of ours, see the tests"),
    };
    Own { tags: Tag::ALL.iter().map(tag).collect(), attributes: Attr::ALL.iter().map(attribute).collect() }
});

impl<O: Out> Sink for Writer<O> {
    fn open(&mut self, tag: Tag, attrs: &[(Attr, Value)], content: bool) {
        let own = &*OWN;
        self.open(own.tags[tag as usize], !attrs.is_empty(), content);
        for (attr, value) in attrs {
            let attribute = own.attributes[*attr as usize];
            match value {
                Value::Lit(text) => {
                    let text = sendable(text);
                    let rest = self.attribute(attribute, &text);
                    self.value(rest);
                }
                Value::Var(name) => {
                    self.attribute(attribute, "");
                    self.variable(name, Conversion::None);
                }
            }
        }
        if !attrs.is_empty() {
            self.end();
        }
    }

    fn text(&mut self, text: &str) {
        self.text(&sendable(text));
    }

    fn close(&mut self, _tag: Tag) {
        self.end();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        for (value, expected) in
            [(0, &[0][..]), (127, &[0x7F]), (128, &[0x81, 0]), (2025, &[0x8F, 0x69]), (1 << 21, &[0x81, 0x80, 0x80, 0])]
        {
            let mut out = Vec::new();
            number(value, &mut out);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn every_name_of_ours_has_its_token() {
        assert_eq!((OWN.tags.len(), OWN.attributes.len()), (Tag::ALL.len(), Attr::ALL.len()));
        assert_eq!(OWN.tags[Tag::Wml as usize], 0x3F);
        for version in Version::ALL {
            let language = tokens::wml(version);
            assert!(Tag::ALL.iter().all(|tag| language.tag(tag.name()) == Some(OWN.tags[*tag as usize])));
            for attr in Attr::ALL {
                let tokens =
                    |attribute: &Attribute| ["", "1", "true", "post", "http://a"].map(|value| attribute.begin(value));
                let same = match language.attribute(attr.name()) {
                    tokens::Known::Token(own) => tokens(own) == tokens(OWN.attributes[*attr as usize]),
                    _ => false,
                };
                assert_eq!(same, version.has(*attr), "{attr:?} in {version:?}");
            }
        }
        assert_eq!(OWN.attributes[Attr::AccessKey as usize].begin("1"), Some((0x5E, 0)));
    }

    #[test]
    fn a_name_without_token_stands_in_the_table_once() {
        let mut writer = Writer::new(tokens::wml(Version::Wml13), Vec::new());
        writer.open_named("blink", true, true);
        writer.attribute_named("rate");
        writer.value("1");
        writer.end();
        writer.open_named("blink", false, false);
        writer.end();
        let table = b"blink\0rate\0";
        let body = [0xC4, 0, 0x04, 6, 0x03, b'1', 0, 0x01, 0x04, 0, 0x01];
        assert_eq!(writer.document(3), [&[3, 0x0A, 0x6A, 11][..], table, &body].concat());
    }

    #[test]
    fn a_value_is_cut_where_tokens_are() {
        for (value, expected) in [
            ("a.com/b.org/", &b"\x03a\0\x85\x03b\0\x88"[..]),
            ("https://www.a", b"\x91\x03a\0"),
            ("http://www", b"\x8E\x03www\0"),
            ("text", b"\x9D"),
            ("context", b"\x03context\0"),
            ("", b""),
        ] {
            let mut writer = Writer::new(tokens::wml(Version::Wml13), Vec::new());
            writer.value(value);
            assert_eq!(writer.document(3)[4..], *expected, "{value}");
        }
    }
}
