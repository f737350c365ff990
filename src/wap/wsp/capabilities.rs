//! What the two sides of a session agree on (WAP-230, 8.3): what the client asks for, what it gets, and our words for it.
//!
//! Not here: extended methods, header code pages and aliases, which are refused or passed over.

use super::octets::{Malformed, Octets, push_uintvar};

/// What a session runs by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The most octets that the client takes at once.
    pub client_sdu: u32,
    /// The most that it may send at once.
    pub server_sdu: u32,
    /// Methods open at one time.
    pub methods: u8,
}

/// What holds where nothing is said (WAP-230, 8.3.3).
pub const SDU_DEFAULT: u32 = 1400;
const METHODS_DEFAULT: u8 = 1;

/// Phones ask for less only by mistake: no page fits in it. Kannel's bound.
const CLIENT_SDU_MIN: u32 = 256;
/// The largest message that segments carry; also what "no limit" is taken for.
pub const CLIENT_SDU_MAX: u32 = 256 * 1024;
/// Twice a form filled with all that our pages ask for.
const SERVER_SDU_MAX: u32 = 32 * 1024;
/// No phone opens more, and each is work.
const METHODS_MAX: u8 = 4;

const CLIENT_SDU: u8 = 0x00;
const SERVER_SDU: u8 = 0x01;
const OPTIONS: u8 = 0x02;
const METHODS: u8 = 0x03;
const PUSHES: u8 = 0x04;
const EXTENDED_METHODS: u8 = 0x05;
const CODE_PAGES: u8 = 0x06;

const RESUME: u8 = 0x20;
/// More than there are kinds.
const ENTRIES_MAX: usize = 20;

impl Default for Agreed {
    fn default() -> Agreed {
        Agreed { client_sdu: SDU_DEFAULT, server_sdu: SDU_DEFAULT, methods: METHODS_DEFAULT }
    }
}

/// What is agreed, and the answer to each thing asked for.
pub fn negotiate(asked: &[u8]) -> Result<(Agreed, Vec<u8>), Malformed> {
    let (mut octets, mut agreed, mut answer) = (Octets::new(asked), Agreed::default(), Vec::new());
    let mut entries = 0;
    while !octets.is_empty() {
        entries += 1;
        if entries > ENTRIES_MAX {
            return octets.malformed("too many capabilities");
        }
        // One named by a text is nobody's but its own client's.
        let [name @ 0x80..=0xFF, value @ ..] = octets.counted()? else { continue };
        let mut value = Octets::new(value);
        match name & 0x7F {
            CLIENT_SDU => {
                agreed.client_sdu = match value.uintvar()? {
                    0 => CLIENT_SDU_MAX,
                    size => size.clamp(CLIENT_SDU_MIN, CLIENT_SDU_MAX),
                };
                entry(&mut answer, CLIENT_SDU, &uintvar(agreed.client_sdu));
            }
            SERVER_SDU => {
                agreed.server_sdu = match value.uintvar()? {
                    0 => SERVER_SDU_MAX,
                    size => size.min(SERVER_SDU_MAX),
                };
                entry(&mut answer, SERVER_SDU, &uintvar(agreed.server_sdu));
            }
            OPTIONS => {
                let resume = value.octet()? & RESUME;
                entry(&mut answer, OPTIONS, &[resume]);
            }
            METHODS => {
                agreed.methods = value.octet()?.clamp(1, METHODS_MAX);
                entry(&mut answer, METHODS, &[agreed.methods]);
            }
            PUSHES => {
                value.octet()?;
                entry(&mut answer, PUSHES, &[0]);
            }
            refused @ (EXTENDED_METHODS | CODE_PAGES) => entry(&mut answer, refused, &[]),
            _ => {}
        }
    }
    Ok((agreed, answer))
}

fn uintvar(value: u32) -> Vec<u8> {
    let mut out = Vec::new();
    push_uintvar(&mut out, value);
    out
}

fn entry(out: &mut Vec<u8>, name: u8, value: &[u8]) {
    // At most six octets.
    out.extend([value.len() as u8 + 1, name | 0x80]);
    out.extend(value);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_bounded_and_answered() {
        let default = Agreed::default();
        for (asked, agreed, answer) in [
            (&[][..], default, &[][..]),
            // The example of the wire facts.
            (
                &[3, 0x80, 0x8A, 0x78, 3, 0x81, 0x8A, 0x78, 2, 0x82, 0xC0, 2, 0x83, 2, 2, 0x84, 1],
                Agreed { methods: 2, ..default },
                &[3, 0x80, 0x8A, 0x78, 3, 0x81, 0x8A, 0x78, 2, 0x82, 0, 2, 0x83, 2, 2, 0x84, 0],
            ),
            (
                &[2, 0x80, 0, 2, 0x81, 0],
                Agreed { client_sdu: CLIENT_SDU_MAX, server_sdu: SERVER_SDU_MAX, ..default },
                &[4, 0x80, 0x90, 0x80, 0, 4, 0x81, 0x82, 0x80, 0],
            ),
            (&[2, 0x80, 9], Agreed { client_sdu: 256, ..default }, &[3, 0x80, 0x82, 0]),
            (&[2, 0x82, 0xE0], default, &[2, 0x82, 0x20]),
            (&[2, 0x83, 0], default, &[2, 0x83, 1]),
            (&[2, 0x83, 99], Agreed { methods: 4, ..default }, &[2, 0x83, 4]),
            // Refused: their names without a value.
            (&[4, 0x85, 0x50, b'X', 0, 3, 0x86, 2, 0], default, &[1, 0x85, 1, 0x86]),
            // Passed over: aliases, what is newer, what is named by a text.
            (&[2, 0x87, 0, 3, 0x88, 0x8A, 0x78, 3, b'x', 0, 1], default, &[]),
        ] {
            assert_eq!(negotiate(asked).unwrap(), (agreed, answer.to_vec()), "{asked:02X?}");
        }
        for bad in [&[3, 0x80, 0x8A][..], &[1, 0x80], &[1, 0x82], &[0x8F], &[2, 0x83, 1].repeat(21)] {
            assert!(negotiate(bad).is_err(), "{bad:02X?}");
        }
    }
}
