//! WAP: what turns decks and pushes into the octets of phones, and the gateway that phones of before 2004 reach them by:
//! `wtp` transactions, `wsp` sessions and headers, `gateway` the sockets round both, `peer` who speaks to them.

pub mod bound;
pub mod charset;
pub mod compile;
pub mod decompile;
pub mod gateway;
pub mod peer;
pub mod push;
pub mod tokens;
pub mod wbxml;
pub mod wsp;
pub mod wtp;
