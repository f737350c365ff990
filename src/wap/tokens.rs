//! Tokens in WBXML, code page 0: of WML 1.3 (WAP-191, 14.3) for what our decks use, of SI 1.0 (WAP-167, 8) and SL 1.0
//! (WAP-168, 8).

use crate::page::wml::{Attr, Tag};

/// WBXML 1.3, public identifier of WML 1.3, UTF-8 (MIBenum 106), no string table (WAP-192, 5.4).
pub const HEADER: [u8; 4] = [0x03, 0x0A, 0x6A, 0x00];

pub const END: u8 = 0x01;
pub const STR_I: u8 = 0x03;
/// A variable without conversion, its name inline.
pub const EXT_I_2: u8 = 0x42;
pub const WITH_CONTENT: u8 = 0x40;
pub const WITH_ATTRIBUTES: u8 = 0x80;

pub const OPAQUE: u8 = 0xC3;

/// WBXML 1.2, public identifiers of SI 1.0 and SL 1.0, UTF-8, no string table: what every phone that takes pushes knows.
pub const SI_HEADER: [u8; 4] = [0x02, 0x05, 0x6A, 0x00];
pub const SL_HEADER: [u8; 4] = [0x02, 0x06, 0x6A, 0x00];

pub const SI: u8 = 0x05;
pub const INDICATION: u8 = 0x06;
/// `action=signal-none`; low, medium, high and delete follow.
pub const SI_ACTION: u8 = 0x05;
pub const SI_CREATED: u8 = 0x0A;
pub const SI_HREF: &[(&str, u8)] =
    &[("", 0x0B), ("http://", 0x0C), ("http://www.", 0x0D), ("https://", 0x0E), ("https://www.", 0x0F)];
pub const SI_EXPIRES: u8 = 0x10;
pub const SI_ID: u8 = 0x11;

pub const SL: u8 = 0x05;
/// `action=execute-low`; high and cache follow.
pub const SL_ACTION: u8 = 0x05;
pub const SL_HREF: &[(&str, u8)] =
    &[("", 0x08), ("http://", 0x09), ("http://www.", 0x0A), ("https://", 0x0B), ("https://www.", 0x0C)];

/// Within an address, of both.
pub const PUSH_VALUES: &[(&str, u8)] = &[(".com/", 0x85), (".edu/", 0x86), (".net/", 0x87), (".org/", 0x88)];

pub fn tag(tag: Tag) -> u8 {
    match tag {
        Tag::A => 0x1C,
        Tag::P => 0x20,
        Tag::Postfield => 0x21,
        Tag::Anchor => 0x22,
        Tag::B => 0x24,
        Tag::Br => 0x26,
        Tag::Card => 0x27,
        Tag::Do => 0x28,
        Tag::Go => 0x2B,
        Tag::Img => 0x2E,
        Tag::Input => 0x2F,
        Tag::Option => 0x35,
        Tag::Select => 0x37,
        Tag::Wml => 0x3F,
    }
}

/// The token that begins an attribute, with as much of its value as the token already says.
pub fn attribute(attr: Attr, value: &str) -> (u8, usize) {
    let whole = value.len();
    match (attr, value) {
        (Attr::EmptyOk, "false") => (0x10, whole),
        (Attr::EmptyOk, "true") => (0x11, whole),
        (Attr::Method, "get") => (0x1B, whole),
        (Attr::Method, "post") => (0x1C, whole),
        (Attr::Multiple, "false") => (0x1F, whole),
        (Attr::Multiple, "true") => (0x20, whole),
        (Attr::NewContext, "false") => (0x22, whole),
        (Attr::NewContext, "true") => (0x23, whole),
        (Attr::Type, "accept") => (0x38, whole),
        (Attr::Type, "password") => (0x3B, whole),
        (Attr::Type, "options") => (0x45, whole),
        (Attr::Type, "prev") => (0x46, whole),
        (Attr::Type, "text") => (0x48, whole),
        (Attr::Href, v) if v.starts_with("http://") => (0x4B, "http://".len()),
        (Attr::Href, v) if v.starts_with("https://") => (0x4C, "https://".len()),
        (Attr::Src, v) if v.starts_with("http://") => (0x58, "http://".len()),
        (Attr::Src, v) if v.starts_with("https://") => (0x59, "https://".len()),
        (attr, _) => (bare(attr), 0),
    }
}

fn bare(attr: Attr) -> u8 {
    match attr {
        Attr::AcceptCharset => 0x05,
        Attr::Alt => 0x0C,
        Attr::EmptyOk => 0x11,
        Attr::Format => 0x12,
        Attr::Label => 0x18,
        Attr::MaxLength => 0x1A,
        Attr::Method => 0x1B,
        Attr::Multiple => 0x20,
        Attr::Name => 0x21,
        Attr::NewContext => 0x22,
        Attr::Src => 0x32,
        Attr::Title => 0x36,
        Attr::Type => 0x37,
        Attr::Href => 0x4A,
        Attr::Value => 0x4D,
        Attr::Id => 0x55,
        Attr::AccessKey => 0x5E,
    }
}
