//! The tokens of WML 1.1 to 1.3 (WAP-191, 14.3), SI 1.0 (WAP-167, 8) and SL 1.0 (WAP-168, 8) in WBXML, code page 0, in the
//! order of the standards, and the ways to look one up: by token, and by the longest match of a text.
//!
//! Not here: how octets are put together (`wbxml`), what an element may hold (the tests' checker), WML 1.0.

use std::sync::LazyLock;

use crate::page::wml::Version;

pub const END: u8 = 0x01;
pub const ENTITY: u8 = 0x02;
pub const STR_I: u8 = 0x03;
pub const LITERAL: u8 = 0x04;
/// A variable with its name inline, by what is done to its value; with `EXT_T` the name stands in the string table.
pub const EXT_I: u8 = 0x40;
pub const EXT_T: u8 = 0x80;
pub const STR_T: u8 = 0x83;
pub const OPAQUE: u8 = 0xC3;
/// Bits of a tag.
pub const WITH_CONTENT: u8 = 0x40;
pub const WITH_ATTRIBUTES: u8 = 0x80;
/// UTF-8 among IANA's character sets (MIBenum).
pub const UTF_8: u8 = 106;

/// From which WML on there is such a name: 1.1, 1.2, 1.3.
type Since = u8;

#[rustfmt::skip]
const WML_TAGS: &[(u8, &str, Since)] = &[
    (0x1B, "pre", 2), (0x1C, "a", 1), (0x1D, "td", 1), (0x1E, "tr", 1), (0x1F, "table", 1), (0x20, "p", 1),
    (0x21, "postfield", 1), (0x22, "anchor", 1), (0x23, "access", 1), (0x24, "b", 1), (0x25, "big", 1),
    (0x26, "br", 1), (0x27, "card", 1), (0x28, "do", 1), (0x29, "em", 1), (0x2A, "fieldset", 1), (0x2B, "go", 1),
    (0x2C, "head", 1), (0x2D, "i", 1), (0x2E, "img", 1), (0x2F, "input", 1), (0x30, "meta", 1), (0x31, "noop", 1),
    (0x32, "prev", 1), (0x33, "onevent", 1), (0x34, "optgroup", 1), (0x35, "option", 1), (0x36, "refresh", 1),
    (0x37, "select", 1), (0x38, "small", 1), (0x39, "strong", 1), (0x3B, "template", 1), (0x3C, "timer", 1),
    (0x3D, "u", 1), (0x3E, "setvar", 1), (0x3F, "wml", 1),
];

/// `name` begins an attribute whose value follows, `name=value` one whose value, or its beginning, the token says.
/// 33 and 34 are as libwbxml and Kannel have them; Wireshark has them the other way round.
#[rustfmt::skip]
const WML_STARTS: &[(u8, &str, &str, Since)] = &[
    (0x05, "accept-charset", "", 1), (0x06, "align", "bottom", 1), (0x07, "align", "center", 1),
    (0x08, "align", "left", 1), (0x09, "align", "middle", 1), (0x0A, "align", "right", 1), (0x0B, "align", "top", 1),
    (0x0C, "alt", "", 1), (0x0D, "content", "", 1), (0x0F, "domain", "", 1), (0x10, "emptyok", "false", 1),
    (0x11, "emptyok", "true", 1), (0x12, "format", "", 1), (0x13, "height", "", 1), (0x14, "hspace", "", 1),
    (0x15, "ivalue", "", 1), (0x16, "iname", "", 1), (0x18, "label", "", 1), (0x19, "localsrc", "", 1),
    (0x1A, "maxlength", "", 1), (0x1B, "method", "get", 1), (0x1C, "method", "post", 1), (0x1D, "mode", "nowrap", 1),
    (0x1E, "mode", "wrap", 1), (0x1F, "multiple", "false", 1), (0x20, "multiple", "true", 1), (0x21, "name", "", 1),
    (0x22, "newcontext", "false", 1), (0x23, "newcontext", "true", 1), (0x24, "onpick", "", 1),
    (0x25, "onenterbackward", "", 1), (0x26, "onenterforward", "", 1), (0x27, "ontimer", "", 1),
    (0x28, "optional", "false", 1), (0x29, "optional", "true", 1), (0x2A, "path", "", 1), (0x2E, "scheme", "", 1),
    (0x2F, "sendreferer", "false", 1), (0x30, "sendreferer", "true", 1), (0x31, "size", "", 1), (0x32, "src", "", 1),
    (0x33, "ordered", "true", 1), (0x34, "ordered", "false", 1), (0x35, "tabindex", "", 1), (0x36, "title", "", 1),
    (0x37, "type", "", 1), (0x38, "type", "accept", 1), (0x39, "type", "delete", 1), (0x3A, "type", "help", 1),
    (0x3B, "type", "password", 1), (0x3C, "type", "onpick", 1), (0x3D, "type", "onenterbackward", 1),
    (0x3E, "type", "onenterforward", 1), (0x3F, "type", "ontimer", 1), (0x45, "type", "options", 1),
    (0x46, "type", "prev", 1), (0x47, "type", "reset", 1), (0x48, "type", "text", 1), (0x49, "type", "vnd.", 1),
    (0x4A, "href", "", 1), (0x4B, "href", "http://", 1), (0x4C, "href", "https://", 1), (0x4D, "value", "", 1),
    (0x4E, "vspace", "", 1), (0x4F, "width", "", 1), (0x50, "xml:lang", "", 1), (0x52, "align", "", 1),
    (0x53, "columns", "", 1), (0x54, "class", "", 1), (0x55, "id", "", 1), (0x56, "forua", "false", 1),
    (0x57, "forua", "true", 1), (0x58, "src", "http://", 1), (0x59, "src", "https://", 1),
    (0x5A, "http-equiv", "", 1), (0x5B, "http-equiv", "Content-Type", 1),
    (0x5C, "content", "application/vnd.wap.wmlc;charset=", 1), (0x5D, "http-equiv", "Expires", 1),
    (0x5E, "accesskey", "", 2), (0x5F, "enctype", "", 2), (0x60, "enctype", "application/x-www-form-urlencoded", 2),
    (0x61, "enctype", "multipart/form-data", 2), (0x62, "xml:space", "preserve", 3),
    (0x63, "xml:space", "default", 3), (0x64, "cache-control", "no-cache", 3),
];

#[rustfmt::skip]
const WML_VALUES: &[(u8, &str)] = &[
    (0x85, ".com/"), (0x86, ".edu/"), (0x87, ".net/"), (0x88, ".org/"), (0x89, "accept"), (0x8A, "bottom"),
    (0x8B, "clear"), (0x8C, "delete"), (0x8D, "help"), (0x8E, "http://"), (0x8F, "http://www."), (0x90, "https://"),
    (0x91, "https://www."), (0x93, "middle"), (0x94, "nowrap"), (0x95, "onpick"), (0x96, "onenterbackward"),
    (0x97, "onenterforward"), (0x98, "ontimer"), (0x99, "options"), (0x9A, "password"), (0x9B, "reset"),
    (0x9D, "text"), (0x9E, "top"), (0x9F, "unknown"), (0xA0, "wrap"), (0xA1, "www."),
];

const SI_TAGS: &[(u8, &str, Since)] = &[(0x05, "si", 1), (0x06, "indication", 1), (0x07, "info", 1), (0x08, "item", 1)];

#[rustfmt::skip]
const SI_STARTS: &[(u8, &str, &str, Since)] = &[
    (0x05, "action", "signal-none", 1), (0x06, "action", "signal-low", 1), (0x07, "action", "signal-medium", 1),
    (0x08, "action", "signal-high", 1), (0x09, "action", "delete", 1), (0x0A, "created", "", 1), (0x0B, "href", "", 1),
    (0x0C, "href", "http://", 1), (0x0D, "href", "http://www.", 1), (0x0E, "href", "https://", 1),
    (0x0F, "href", "https://www.", 1), (0x10, "si-expires", "", 1), (0x11, "si-id", "", 1), (0x12, "class", "", 1),
];

const SL_TAGS: &[(u8, &str, Since)] = &[(0x05, "sl", 1)];

#[rustfmt::skip]
const SL_STARTS: &[(u8, &str, &str, Since)] = &[
    (0x05, "action", "execute-low", 1), (0x06, "action", "execute-high", 1), (0x07, "action", "cache", 1),
    (0x08, "href", "", 1), (0x09, "href", "http://", 1), (0x0A, "href", "http://www.", 1),
    (0x0B, "href", "https://", 1), (0x0C, "href", "https://www.", 1),
];

/// Within an address, of SI and SL.
const PUSH_VALUES: &[(u8, &str)] = &[(0x85, ".com/"), (0x86, ".edu/"), (0x87, ".net/"), (0x88, ".org/")];

/// A language of documents, its tokens ready to be looked up.
pub struct Language {
    /// The public identifier in the octets, and as it stands in a DOCTYPE with the address of the DTD.
    pub id: u8,
    pub formal: &'static str,
    pub system: &'static str,
    pub root: &'static str,
    /// By token.
    tag_names: [&'static str; 0x40],
    starts: [(&'static str, &'static str); 0x80],
    values: [&'static str; 0x80],
    /// By name, sorted.
    tags: Names<u8>,
    attributes: Names<Attribute>,
    /// Names of a later version: there is no token for them here, and a phone has no use for them.
    later: Vec<&'static str>,
    /// Values that are looked for inside a text, the longest first, and the octets that one of them begins with.
    fragments: Vec<(&'static str, u8)>,
    fragment_begins: [bool; 0x100],
    words: Names<u8>,
}

/// Rows by name: sorted, and where those with the same first octet begin and end.
struct Names<T> {
    rows: Vec<(&'static str, T)>,
    begins: [u8; 0x81],
}

impl<T> Names<T> {
    fn new(mut rows: Vec<(&'static str, T)>) -> Names<T> {
        rows.sort_by_key(|(name, _)| *name);
        let before = |first: usize| rows.iter().filter(|(name, _)| usize::from(name.as_bytes()[0]) < first).count();
        Names { begins: std::array::from_fn(|first| before(first) as u8), rows }
    }

    fn get(&self, name: &str) -> Option<&T> {
        let first = usize::from(*name.as_bytes().first().filter(|octet| octet.is_ascii())?);
        let rows = &self.rows[usize::from(self.begins[first])..usize::from(self.begins[first + 1])];
        rows.iter().find(|(known, _)| *known == name).map(|(_, row)| row)
    }
}

/// The tokens that begin one attribute.
pub struct Attribute {
    pub name: &'static str,
    bare: Option<u8>,
    /// With a value or its beginning, the longest first.
    wholes: Vec<(&'static str, u8)>,
    beginnings: Vec<(&'static str, u8)>,
}

/// What a language says to a name.
pub enum Known<T> {
    Token(T),
    Later,
    No,
}

static LANGUAGES: LazyLock<[Language; 5]> = LazyLock::new(|| {
    let wml = |id, version: Version| {
        let (formal, system) = version.doctype();
        Language::new([formal, system, "wml"], id, version as Since + 1, (WML_TAGS, WML_STARTS, WML_VALUES))
    };
    let push = |id, names, tags, starts| Language::new(names, id, 1, (tags, starts, PUSH_VALUES));
    [
        wml(0x04, Version::Wml11),
        wml(0x09, Version::Wml12),
        wml(0x0A, Version::Wml13),
        push(0x05, ["-//WAPFORUM//DTD SI 1.0//EN", "http://www.wapforum.org/DTD/si.dtd", "si"], SI_TAGS, SI_STARTS),
        push(0x06, ["-//WAPFORUM//DTD SL 1.0//EN", "http://www.wapforum.org/DTD/sl.dtd", "sl"], SL_TAGS, SL_STARTS),
    ]
});

pub fn languages() -> &'static [Language] {
    &*LANGUAGES
}

pub fn wml(version: Version) -> &'static Language {
    &LANGUAGES[version as usize]
}

pub fn si() -> &'static Language {
    &LANGUAGES[3]
}

pub fn sl() -> &'static Language {
    &LANGUAGES[4]
}

type Tables = (
    &'static [(u8, &'static str, Since)],
    &'static [(u8, &'static str, &'static str, Since)],
    &'static [(u8, &'static str)],
);

impl Language {
    fn new(
        [formal, system, root]: [&'static str; 3],
        id: u8,
        version: Since,
        (tags, starts, values): Tables,
    ) -> Language {
        let tags: Vec<(&str, u8)> = tags.iter().filter(|row| row.2 <= version).map(|row| (row.1, row.0)).collect();
        let (mut fragments, words): (Vec<_>, Vec<_>) =
            values.iter().map(|row| (row.1, row.0)).partition(|(text, _)| is_fragment(text));
        fragments.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        let mut made = Language {
            id,
            formal,
            system,
            root,
            tag_names: [""; 0x40],
            starts: [("", ""); 0x80],
            values: [""; 0x80],
            later: starts.iter().filter(|row| row.3 > version).map(|row| row.1).collect(),
            fragment_begins: [false; 0x100],
            attributes: Names::new(Attribute::all(starts, version)),
            words: Names::new(words),
            tags: Names::new(tags),
            fragments,
        };
        made.tags.rows.iter().for_each(|(name, token)| made.tag_names[usize::from(*token)] = name);
        values.iter().for_each(|(token, value)| made.values[usize::from(token & 0x7F)] = value);
        made.fragments.iter().for_each(|(text, _)| made.fragment_begins[usize::from(text.as_bytes()[0])] = true);
        for (token, name, value, _) in starts.iter().filter(|row| row.3 <= version) {
            made.starts[usize::from(*token)] = (name, value);
        }
        made
    }

    pub fn is_wml(&self) -> bool {
        self.root == "wml"
    }

    pub fn tag(&self, name: &str) -> Option<u8> {
        self.tags.get(name).copied()
    }

    pub fn attribute(&self, name: &str) -> Known<&Attribute> {
        match self.attributes.get(name) {
            Some(attribute) => Known::Token(attribute),
            None if self.later.contains(&name) => Known::Later,
            None => Known::No,
        }
    }

    /// The element of a tag's lower six bits.
    pub fn tag_name(&self, token: u8) -> Option<&'static str> {
        self.tag_names.get(usize::from(token)).copied().filter(|name| !name.is_empty())
    }

    /// The attribute that a token begins, and as much of its value as the token says.
    pub fn start(&self, token: u8) -> Option<(&'static str, &'static str)> {
        self.starts.get(usize::from(token)).copied().filter(|(name, _)| !name.is_empty())
    }

    /// The text of a value's token, which has its upper bit set.
    pub fn value(&self, token: u8) -> Option<&'static str> {
        let found = self.values[usize::from(token & 0x7F)];
        (token >= 0x80 && !found.is_empty()).then_some(found)
    }

    /// The token that is the whole of a value.
    pub fn word(&self, value: &str) -> Option<u8> {
        self.words.get(value).copied()
    }

    /// The first piece of a value that has a token: where it begins and ends.
    pub fn fragment(&self, value: &str) -> Option<(usize, usize, u8)> {
        let octets = value.as_bytes();
        // Each of them has one of these two; without a way out of the loop it takes many octets at a time.
        if !octets.iter().fold(false, |found, octet| found | (*octet == b'.') | (*octet == b':')) {
            return None;
        }
        let begins = octets.iter().enumerate().filter(|(_, octet)| self.fragment_begins[usize::from(**octet)]);
        begins.into_iter().find_map(|(at, _)| {
            let (text, token) = self.fragments.iter().find(|(text, _)| octets[at..].starts_with(text.as_bytes()))?;
            Some((at, at + text.len(), *token))
        })
    }
}

impl Attribute {
    fn all(starts: &[(u8, &'static str, &'static str, Since)], version: Since) -> Vec<(&'static str, Attribute)> {
        let mut all: Vec<(&str, Attribute)> = Vec::new();
        for (token, name, value, _) in starts.iter().filter(|row| row.3 <= version) {
            let at = all.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
                all.push((name, Attribute { name, bare: None, wholes: Vec::new(), beginnings: Vec::new() }));
                all.len() - 1
            });
            let attribute = &mut all[at].1;
            match *value {
                "" => attribute.bare = Some(*token),
                value if is_fragment(value) => attribute.beginnings.push((value, *token)),
                value => attribute.wholes.push((value, *token)),
            }
        }
        all.iter_mut().for_each(|(_, one)| one.beginnings.sort_by_key(|(text, _)| std::cmp::Reverse(text.len())));
        all
    }

    /// The token that begins the attribute with this value, and how much of the value it says. `None`: there is a token
    /// only for other values.
    pub fn begin(&self, value: &str) -> Option<(u8, usize)> {
        let whole = self.wholes.iter().find(|(text, _)| *text == value);
        let found = whole.or_else(|| self.beginnings.iter().find(|(text, _)| value.starts_with(text)));
        found.map(|(text, token)| (*token, text.len())).or(self.bare.map(|token| (token, 0)))
    }
}

/// Begins or ends where a word does not: such a text is used as a part of values, the others are whole values. A phone
/// may be asked to join `accept` and `able`, but none has seen it.
fn is_fragment(text: &str) -> bool {
    let is_word = |octet: Option<&u8>| octet.is_some_and(u8::is_ascii_alphanumeric);
    !(is_word(text.as_bytes().first()) && is_word(text.as_bytes().last()))
}
