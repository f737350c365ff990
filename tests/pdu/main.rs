//! The PDU codec against what others made and what others read: `tests/data/pdu` (see its README), Wireshark's and
//! gammu's decoders, messages of any content, and any octets at all.
#![allow(clippy::unwrap_used)]

mod any;
mod corpus;
mod gammu;
mod mutated;
mod others;
mod round;
mod wireshark;
