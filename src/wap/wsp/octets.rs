//! The primitives of WSP's octets (WAP-230, 8.1.2): read with a bound on everything, and written.

/// What cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Octets from the beginning.
    pub at: usize,
    pub what: &'static str,
}

/// Octets that are read from the front.
#[derive(Clone, Copy, Debug)]
pub struct Octets<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Octets<'a> {
    pub fn new(all: &'a [u8]) -> Octets<'a> {
        Octets { all, at: 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.at >= self.all.len()
    }

    pub fn malformed<T>(&self, what: &'static str) -> Result<T, Malformed> {
        Err(Malformed { at: self.at, what })
    }

    pub fn peek(&self) -> Option<u8> {
        self.all.get(self.at).copied()
    }

    pub fn octet(&mut self) -> Result<u8, Malformed> {
        let Some(octet) = self.peek() else { return self.malformed("cut short") };
        self.at += 1;
        Ok(octet)
    }

    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let Some(taken) = self.all[self.at..].get(..length) else { return self.malformed("cut short") };
        self.at += length;
        Ok(taken)
    }

    pub fn rest(&mut self) -> &'a [u8] {
        let rest = &self.all[self.at..];
        self.at = self.all.len();
        rest
    }

    /// Seven bits an octet, at most five octets, less than 2³².
    pub fn uintvar(&mut self) -> Result<u32, Malformed> {
        let mut value = 0u64;
        for _ in 0..5 {
            let octet = self.octet()?;
            value = value << 7 | u64::from(octet & 0x7F);
            if octet & 0x80 == 0 {
                return u32::try_from(value).or_else(|_| self.malformed("a number too large"));
            }
        }
        self.malformed("a number too long")
    }

    /// A length that is written as such a number, and as much.
    pub fn counted(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.uintvar()?;
        self.take(length as usize)
    }

    /// Up to a NUL, which is dropped.
    pub fn text(&mut self) -> Result<&'a [u8], Malformed> {
        let rest = &self.all[self.at..];
        let Some(length) = rest.iter().position(|octet| *octet == 0) else {
            return self.malformed("a text without end");
        };
        self.at += length + 1;
        Ok(&rest[..length])
    }
}

pub fn push_uintvar(out: &mut Vec<u8>, value: u32) {
    for shift in [28, 21, 14, 7] {
        if value >> shift > 0 {
            out.push((value >> shift & 0x7F) as u8 | 0x80);
        }
    }
    out.push((value & 0x7F) as u8);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_up_to_five_octets() {
        for (value, octets) in [
            (0, &[0][..]),
            (0x7F, &[0x7F]),
            (0x80, &[0x81, 0]),
            (1400, &[0x8A, 0x78]),
            (u32::MAX, &[0x8F, 0xFF, 0xFF, 0xFF, 0x7F]),
        ] {
            let mut out = Vec::new();
            push_uintvar(&mut out, value);
            assert_eq!((out.as_slice(), Octets::new(octets).uintvar()), (octets, Ok(value)));
        }
        for bad in [&[0x90, 0x80, 0x80, 0x80, 0][..], &[0x80, 0x80, 0x80, 0x80, 0x80, 0], &[0x81], &[]] {
            assert!(Octets::new(bad).uintvar().is_err(), "{bad:?}");
        }
        // Leading zeros are allowed.
        assert_eq!(Octets::new(&[0x80, 0x80, 0x05]).uintvar(), Ok(5));
    }

    #[test]
    fn what_is_cut_short_says_where() {
        let mut octets = Octets::new(&[2, 7, b'a', 0, b'b']);
        assert_eq!((octets.counted(), octets.text()), (Ok(&[7, b'a'][..]), Ok(&[][..])));
        assert_eq!(octets.text(), Err(Malformed { at: 4, what: "a text without end" }));
        assert_eq!(octets.take(2), Err(Malformed { at: 4, what: "cut short" }));
        assert_eq!((octets.rest(), octets.octet().is_err(), octets.is_empty()), (&b"b"[..], true, true));
    }
}
