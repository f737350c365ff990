//! One journal frame: the commits of one group, laid out by hand.
//!
//! ```text
//! body length  u32   octets behind the checksum
//! checksum     u32   CRC-32 (IEEE 802.3) of the body
//! body: format u8 = 1 | epoch u64 | sequence of the first commit u64 | commits u16
//!       each commit: changes u32, each: table u8 | 0 delete, 1 put  u8 | key length u16 | key
//!                                       and for a put: value length u32 | value
//! ```
//! A snapshot is made of such frames too, each with one commit of puts and all with the sequence that it is of.
//!
//! Numbers are little-endian. By hand, because the values are MessagePack already and an envelope that is read after a
//! power cut should have no parser but this page.
//!
//! **One frame for the group**, not one for each commit: a device may write the later pages of one append and lose the
//! earlier ones. With a checksum over the group that is one bad frame with nothing good behind it: a torn tail. With
//! several it could be a bad one in front of a good one, and that must mean rot and stop the start.
//!
//! Not here: files.

use super::super::changes::Changes;
use super::super::table::Table;
use super::super::tx::TX_LIMIT_BYTES;

/// Body length and checksum.
pub const HEAD_BYTES: usize = 8;
/// Format, epoch, sequence and number of commits.
const BODY_HEAD_BYTES: usize = 1 + 8 + 8 + 2;
/// The writer ends a group when it has this much, so that the last of it does not wait for ever longer appends.
pub const GROUP_BYTES: usize = 1024 * 1024;
/// No frame is longer: a group that is almost full, one whole transaction, and the lengths between them. A length
/// beyond this is not believed, so damage cannot make us ask for memory.
pub const BODY_LIMIT_BYTES: usize = GROUP_BYTES + TX_LIMIT_BYTES + 64 * 1024;
const FORMAT: u8 = 1;

/// Collects the commits of a group.
pub struct Builder {
    bytes: Vec<u8>,
    first: u64,
    commits: u16,
}

impl Builder {
    pub fn new(epoch: u64, first: u64) -> Builder {
        let mut bytes = vec![0; HEAD_BYTES];
        bytes.push(FORMAT);
        bytes.extend(epoch.to_le_bytes());
        bytes.extend(first.to_le_bytes());
        bytes.extend(0u16.to_le_bytes());
        Builder { bytes, first, commits: 0 }
    }

    /// Adds one commit. `Tx` has checked the lengths of keys and values; the writer ends the group in time.
    pub fn push(&mut self, changes: &Changes) {
        self.bytes.extend((changes.len() as u32).to_le_bytes());
        for (table, key, value) in changes.iter() {
            self.bytes.extend([table.number(), u8::from(value.is_some())]);
            self.bytes.extend((key.len() as u16).to_le_bytes());
            self.bytes.extend(key);
            if let Some(value) = value {
                self.bytes.extend((value.len() as u32).to_le_bytes());
                self.bytes.extend(value);
            }
        }
        self.commits += 1;
    }

    pub fn commits(&self) -> u16 {
        self.commits
    }

    pub fn is_full(&self) -> bool {
        self.bytes.len() >= GROUP_BYTES
    }

    /// The sequence of the last commit; without one, that of the commit before.
    pub fn last(&self) -> u64 {
        self.first + u64::from(self.commits) - 1
    }

    pub fn finish(mut self) -> Vec<u8> {
        let count_at = HEAD_BYTES + BODY_HEAD_BYTES - 2;
        self.bytes[count_at..count_at + 2].copy_from_slice(&self.commits.to_le_bytes());
        let length = (self.bytes.len() - HEAD_BYTES) as u32;
        let checksum = crc32fast::hash(&self.bytes[HEAD_BYTES..]);
        self.bytes[..4].copy_from_slice(&length.to_le_bytes());
        self.bytes[4..8].copy_from_slice(&checksum.to_le_bytes());
        self.bytes
    }
}

/// What a frame holds.
pub struct Group {
    pub epoch: u64,
    /// The sequence of its first commit; the others follow without a gap.
    pub first: u64,
    pub commits: Vec<Changes>,
}

impl Group {
    pub fn last(&self) -> u64 {
        self.first + self.commits.len() as u64 - 1
    }
}

#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// Cut short, or not what was written: at the journal's end a torn tail, elsewhere rot.
    Damaged,
    /// Whole, but of a layout or table that this program does not know. Never to be cut.
    Unknown(String),
}

/// The length of the body that follows this head, if it can be one. (A hole full of zeros is none.)
pub fn body_length(head: &[u8; HEAD_BYTES]) -> Option<usize> {
    let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
    (BODY_HEAD_BYTES..=BODY_LIMIT_BYTES).contains(&length).then_some(length)
}

pub fn decode(head: &[u8; HEAD_BYTES], body: &[u8]) -> Result<Group, Fault> {
    if crc32fast::hash(body) != u32::from_le_bytes([head[4], head[5], head[6], head[7]]) {
        return Err(Fault::Damaged);
    }
    // From here on the octets are what some program wrote: what does not fit is another layout, not damage.
    let mut input = Input(body);
    let format = input.octet()?;
    if format != FORMAT {
        return Err(Fault::Unknown(format!("frame of format {format}")));
    }
    let (epoch, first, count) = (input.u64()?, input.u64()?, input.u16()?);
    let mut commits = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        commits.push(input.commit()?);
    }
    let ends = first.checked_add(u64::from(count)).is_some();
    if count == 0 || first == 0 || !ends || !input.0.is_empty() {
        return Err(Fault::Unknown("frame with other contents than it says".to_owned()));
    }
    Ok(Group { epoch, first, commits })
}

/// Where the first whole frame of one of these epochs begins, with the sequence `next` or a later one. It looks at every
/// offset, since behind damage no length can be trusted; nobody can put such a frame into a value without knowing the
/// epoch.
pub fn find(bytes: &[u8], epochs: &[u64], next: u64) -> Option<usize> {
    (0..bytes.len()).find(|start| {
        let Some((head, rest)) = bytes[*start..].split_first_chunk::<HEAD_BYTES>() else { return false };
        let Some(body) = body_length(head).and_then(|length| rest.get(..length)) else { return false };
        // Cheap and rare to hold by chance, so that the checksum is not taken at every offset.
        let mut input = Input(body);
        let (_, Ok(epoch), Ok(first)) = (input.octet(), input.u64(), input.u64()) else { return false };
        epochs.contains(&epoch) && first >= next && !matches!(decode(head, body), Err(Fault::Damaged))
    })
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let taken =
            self.0.split_at_checked(length).ok_or_else(|| Fault::Unknown("frame that ends early".to_owned()))?;
        self.0 = taken.1;
        Ok(taken.0)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn octet(&mut self) -> Result<u8, Fault> {
        Ok(self.array::<1>()?[0])
    }

    fn u16(&mut self) -> Result<u16, Fault> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    fn u32(&mut self) -> Result<u32, Fault> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, Fault> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn commit(&mut self) -> Result<Changes, Fault> {
        let mut changes = Changes::default();
        for _ in 0..self.u32()? {
            let number = self.octet()?;
            let table = Table::of_number(number).ok_or_else(|| Fault::Unknown(format!("table {number}")))?;
            let operation = self.octet()?;
            let key_length = usize::from(self.u16()?);
            let key = self.take(key_length)?.to_vec();
            let value = match operation {
                0 => None,
                1 => {
                    let value_length = self.u32()? as usize;
                    Some(self.take(value_length)?.to_vec())
                }
                other => return Err(Fault::Unknown(format!("operation {other}"))),
            };
            changes.set(table, key, value);
        }
        Ok(changes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn split(frame: &[u8]) -> (&[u8; HEAD_BYTES], &[u8]) {
        frame.split_first_chunk().unwrap()
    }

    fn two_commits() -> Vec<u8> {
        let mut builder = Builder::new(7, 41);
        let mut changes = Changes::default();
        changes.set(Table::Row, b"a".to_vec(), Some(b"one".to_vec()));
        changes.set(Table::Code, b"b".to_vec(), None);
        builder.push(&changes);
        let mut changes = Changes::default();
        changes.set(Table::Row, b"a".to_vec(), None);
        builder.push(&changes);
        builder.finish()
    }

    /// The layout of boxes in the field: if this test must change, `FORMAT` must too.
    #[test]
    fn the_layout_stands() {
        let mut body = vec![1];
        body.extend([7, 0, 0, 0, 0, 0, 0, 0]);
        body.extend([41, 0, 0, 0, 0, 0, 0, 0]);
        body.extend([2, 0]);
        body.extend(b"\x02\0\0\0\x03\0\x01\0b\x06\x01\x01\0a\x03\0\0\0one");
        body.extend(b"\x01\0\0\0\x06\0\x01\0a");
        let frame = two_commits();
        assert_eq!(&frame[HEAD_BYTES..], body);
        assert_eq!(frame[..4], (body.len() as u32).to_le_bytes());
        let (head, body) = split(&frame);
        let group = decode(head, body).unwrap();
        assert_eq!((group.epoch, group.first, group.last()), (7, 41, 42));
        assert_eq!(group.commits[0].iter().nth(1), Some((Table::Row, &b"a"[..], Some(&b"one"[..]))));
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let good = two_commits();
        for place in 0..good.len() * 8 {
            let mut frame = good.clone();
            frame[place / 8] ^= 1 << (place % 8);
            let (head, rest) = split(&frame);
            let body = body_length(head).and_then(|length| rest.get(..length));
            assert!(body.is_none_or(|body| decode(head, body).is_err()), "bit {place}");
        }
    }

    #[test]
    fn contents_that_nobody_wrote_are_unknown_and_no_panic() {
        let good = two_commits();
        for place in HEAD_BYTES..good.len() {
            for value in [0, 1, 99, 255] {
                let mut frame = good.clone();
                frame[place] = value;
                let checksum = crc32fast::hash(&frame[HEAD_BYTES..]);
                frame[4..8].copy_from_slice(&checksum.to_le_bytes());
                let (head, body) = split(&frame);
                assert!(!matches!(decode(head, body), Err(Fault::Damaged)), "octet {place}");
            }
        }
    }

    #[test]
    fn a_later_frame_is_found_behind_any_damage() {
        let frame = two_commits();
        let mut bytes = vec![0x5A; 33];
        bytes.extend(&frame);
        assert_eq!(find(&bytes, &[3, 7], 41), Some(33));
        assert_eq!(find(&bytes, &[7], 42), None, "an older frame is not looked for");
        assert_eq!(find(&bytes, &[8], 41), None, "nor is one of another epoch");
        assert_eq!(find(&bytes[..bytes.len() - 1], &[7], 41), None);
        assert_eq!(find(&[0; 4096], &[0], 0), None, "zeros are no frame");
    }
}
