//! The fields of a TPDU, one type each: address, data coding scheme, time stamp and validity, header elements
//! (3GPP TS 23.040, 9.1.2.5 and 9.2.3; TS 23.038, 4).
//!
//! Not here: how they follow one another (`pdu`).

mod address;
mod dcs;
mod header;
mod time;

pub use address::{Address, Ton};
pub use dcs::{Alphabet, Dcs, Waiting};
pub use header::{Concat, Element, Ports, concat_of, languages_of, ports_of};
pub use time::{Scts, Validity};
