//! What a deck costs at most when another gateway compiles it: a phone behind one gets what that one's compiler makes.
//!
//! It may keep variables as text, leave `$$` as it is, know fewer tokens, or write a string table. Checked over every deck
//! of the sample companies against libwbxml and Kannel (`tests/appliance/crawl`). Not here: what ours costs (`wbxml::size`).

use crate::page::wml::{Attr, Deck, Sink, Tag, Value};

/// Octets that no compiler exceeds on this deck.
pub fn bound(deck: &Deck) -> usize {
    let mut out = Bound(HEADER_MAX);
    deck.write(&mut out);
    out.0
}

/// Version, public identifier as a literal of up to 25 characters with its index, charset, length of the table.
const HEADER_MAX: usize = 40;

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
