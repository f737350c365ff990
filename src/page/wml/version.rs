//! The versions of WML, as far as decks of ours differ in them.

use super::sink::Attr;

/// What a phone's browser knows: WML 1.1 (of 1999), 1.2 or 1.3 (WAP-191).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    Wml11,
    Wml12,
    #[default]
    Wml13,
}

impl Version {
    pub const ALL: [Version; 3] = [Version::Wml11, Version::Wml12, Version::Wml13];

    /// The public identifier of its DTD, and where that lies.
    pub const fn doctype(self) -> (&'static str, &'static str) {
        match self {
            Version::Wml11 => ("-//WAPFORUM//DTD WML 1.1//EN", "http://www.wapforum.org/DTD/wml_1.1.xml"),
            Version::Wml12 => ("-//WAPFORUM//DTD WML 1.2//EN", "http://www.wapforum.org/DTD/wml12.dtd"),
            Version::Wml13 => ("-//WAPFORUM//DTD WML 1.3//EN", "http://www.wapforum.org/DTD/wml13.dtd"),
        }
    }

    pub fn has(self, attr: Attr) -> bool {
        attr != Attr::AccessKey || self >= Version::Wml12
    }
}
