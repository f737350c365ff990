//! WAP: what turns decks into the octets of phones. The datagram side (WTP, WSP) stands beside it when it comes.

pub mod tokens;
pub mod wbxml;
