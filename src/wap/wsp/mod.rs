//! WSP (WAP-230): HTTP for narrow bearers. `pdu` is its octets, `headers` reads a phone's and writes ours by the tables of
//! `codes`, `capabilities` is what the two sides agree on, `session` the sessions of a port. Pure.
//!
//! Not here: push to phones that have a session, header code pages other than the default, multipart bodies.

pub mod capabilities;
pub mod codes;
pub mod headers;
pub mod octets;
pub mod pdu;
pub mod session;
