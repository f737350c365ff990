//! WAP: what turns decks and pushes into the octets of phones. The datagram side (WTP, WSP) stands beside it when it comes.

pub mod bound;
pub mod charset;
pub mod compile;
pub mod decompile;
pub mod push;
pub mod tokens;
pub mod wbxml;
