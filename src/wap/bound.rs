//! What a deck costs at most when another gateway compiles it: a phone behind one gets what that one's compiler makes.
//!
//! It may keep variables as text, leave `$$` as it is, know fewer tokens, or write a string table. Checked over every deck
//! of the sample companies against libwbxml and Kannel's compiler (`tests/appliance/crawl`). Not here: what ours costs
//! (`wbxml::size`).

use crate::page::wml::{Attr, Deck, Sink, Tag, Value};

/// Octets that no compiler exceeds on this deck.
pub fn bound(deck: &Deck) -> usize {
    let mut out = Bound { octets: HEADER_MAX, in_text: false };
    deck.write(&mut out);
    out.octets
}

/// Version, public identifier as a literal of up to 25 characters with its index, charset, length of the table.
const HEADER_MAX: usize = 40;

struct Bound {
    octets: usize,
    /// More text belongs to the same string.
    in_text: bool,
}

impl Bound {
    /// An inline string, `$` doubled as in the source for compilers that leave it so.
    fn string(&mut self, text: &str) {
        self.octets += 2 + text.len() + doubled(text);
    }
}

impl Sink for Bound {
    fn open(&mut self, _tag: Tag, attrs: &[(Attr, Value)], _content: bool) {
        self.in_text = false;
        self.octets += 1 + usize::from(!attrs.is_empty());
        for (_, value) in attrs {
            self.octets += 1;
            match value {
                Value::Lit(text) => self.string(text),
                Value::Var(name) => self.octets += 2 + name.len() + "$()".len(),
            }
        }
    }

    fn text(&mut self, text: &str) {
        match self.in_text {
            true => self.octets += text.len() + doubled(text),
            false => self.string(text),
        }
        self.in_text = true;
    }

    fn close(&mut self, _tag: Tag) {
        self.in_text = false;
        self.octets += 1;
    }
}

fn doubled(text: &str) -> usize {
    text.bytes().filter(|octet| *octet == b'$').count()
}
