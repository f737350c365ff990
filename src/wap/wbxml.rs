//! Decks as compiled octets (WBXML 1.3, WAP-192), and an upper bound of what any compiler makes of them.
//!
//! Our own decks are never parsed: the deck writer speaks to these sinks directly. Compiling foreign XML is not here.

use super::tokens;
use crate::page::wml::{Attr, Deck, Sink, Tag, Value};

/// The deck in WBXML.
pub fn compile(deck: &Deck) -> Vec<u8> {
    let mut out = Octets(tokens::HEADER.to_vec());
    deck.write(&mut out);
    out.0
}

/// Octets that no compiler exceeds on this deck: phones behind a gateway get what that gateway's compiler makes, which
/// may keep variables as text, know fewer tokens, or write a string table.
pub fn bound(deck: &Deck) -> usize {
    let mut out = Bound(HEADER_MAX);
    deck.write(&mut out);
    out.0
}

/// Version, public identifier as a literal of up to 25 characters with its index, charset, length of the table.
const HEADER_MAX: usize = 40;

struct Octets(Vec<u8>);

impl Octets {
    fn string(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.0.push(tokens::STR_I);
        // A NUL would end the string early; no text of ours needs one.
        self.0.extend(text.bytes().filter(|b| *b != 0));
        self.0.push(0);
    }
}

impl Sink for Octets {
    fn open(&mut self, tag: Tag, attrs: &[(Attr, Value)], content: bool) {
        let mut token = tokens::tag(tag);
        if content {
            token |= tokens::WITH_CONTENT;
        }
        if !attrs.is_empty() {
            token |= tokens::WITH_ATTRIBUTES;
        }
        self.0.push(token);
        for (attr, value) in attrs {
            match value {
                Value::Lit(text) => {
                    let (token, said) = tokens::attribute(*attr, text);
                    self.0.push(token);
                    self.string(&text[said..]);
                }
                Value::Var(name) => {
                    self.0.extend([tokens::attribute(*attr, "").0, tokens::EXT_I_2]);
                    self.0.extend(name.bytes());
                    self.0.push(0);
                }
            }
        }
        if !attrs.is_empty() {
            self.0.push(tokens::END);
        }
    }

    fn text(&mut self, text: &str) {
        self.string(text);
    }

    fn close(&mut self, _tag: Tag) {
        self.0.push(tokens::END);
    }
}

struct Bound(usize);

impl Bound {
    /// An inline string, `$` doubled as in the source for compilers that leave it so.
    fn string(&mut self, text: &str) {
        self.0 += 2 + text.len() + text.matches('$').count();
    }
}

impl Sink for Bound {
    fn open(&mut self, _tag: Tag, attrs: &[(Attr, Value)], _content: bool) {
        self.0 += 1 + usize::from(!attrs.is_empty());
        for (_, value) in attrs {
            self.0 += 1;
            match value {
                Value::Lit(text) => self.string(text),
                Value::Var(name) => self.0 += 2 + name.len() + "$()".len(),
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.string(text);
    }

    fn close(&mut self, _tag: Tag) {
        self.0 += 1;
    }
}
