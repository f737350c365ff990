//! How a record becomes octets: one version octet, then MessagePack with field names.
//!
//! Field names, because a field added with `#[serde(default)]` then reads old octets, and an older program (or a hub
//! one version behind) reads new ones. The version octet is for what names cannot carry: when a layout changes, the old
//! struct stays as `Previous` in its owner's file, and what is stored moves up when it is next written. There is no
//! migration at start-up and so no half-migrated store. (The pattern is Garage's.)
//!
//! Not here: keys, and limits of size (`tx`). Stored types use neither `#[serde(flatten)]` nor untagged enums.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::table::Table;
use crate::error::{Error, Result};

/// A type that is stored. The first layout of a type has `type Previous = Never` and
/// `fn migrate(old: Never) -> Self { match old {} }`.
pub trait Record: Serialize + DeserializeOwned {
    const TABLE: Table;
    /// 1 for a type's first layout, one more for each that `migrate` leads to. 0 is `Never`'s.
    const VERSION: u8;
    type Previous: Record;
    fn migrate(old: Self::Previous) -> Self;
}

/// What came before the first layout: nothing. It has no value, so nothing can be read as one.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Never {}

impl Record for Never {
    const TABLE: Table = Table::Meta;
    const VERSION: u8 = 0;
    type Previous = Never;

    fn migrate(old: Never) -> Never {
        old
    }
}

/// The octets to store. Fails only for types that MessagePack cannot carry.
pub(super) fn encode<R: Record>(record: &R) -> Result<Vec<u8>> {
    let mut bytes = vec![R::VERSION];
    let mut writer = rmp_serde::Serializer::new(&mut bytes).with_struct_map();
    record
        .serialize(&mut writer)
        .map_err(|e| Error::internal(format_args!("encoding for {}: {e}", R::TABLE.name())))?;
    Ok(bytes)
}

/// Reads this layout or any before it.
pub(super) fn decode<R: Record>(bytes: &[u8]) -> Result<R> {
    let (version, body) =
        bytes.split_first().ok_or_else(|| Error::internal(format_args!("empty record in {}", R::TABLE.name())))?;
    decode_body(*version, body)
}

fn decode_body<R: Record>(version: u8, body: &[u8]) -> Result<R> {
    if version == R::VERSION && version > 0 {
        rmp_serde::from_slice(body).map_err(|e| Error::internal(format_args!("record in {}: {e}", R::TABLE.name())))
    } else if version < R::VERSION && R::Previous::VERSION > 0 {
        decode_body::<R::Previous>(version, body).map(R::migrate)
    } else {
        Err(Error::internal(format_args!("record in {} has version {version}, which is not known", R::TABLE.name())))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct First {
        name: String,
        phone: String,
    }

    impl Record for First {
        const TABLE: Table = Table::Enterprise;
        const VERSION: u8 = 1;
        type Previous = Never;

        fn migrate(old: Never) -> First {
            match old {}
        }
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Second {
        name: String,
        phones: Vec<String>,
        #[serde(default)]
        note: String,
    }

    impl Record for Second {
        const TABLE: Table = Table::Enterprise;
        const VERSION: u8 = 2;
        type Previous = First;

        fn migrate(old: First) -> Second {
            Second { name: old.name, phones: vec![old.phone], note: String::new() }
        }
    }

    /// Version 1 as it was once written: {"name": "茶", "phone": "10"}.
    const OLD: &[u8] = b"\x01\x82\xa4name\xa3\xe8\x8c\xb6\xa5phone\xa210";

    #[test]
    fn octets_of_the_first_layout_stay_readable() {
        let now: Second = decode(OLD).unwrap();
        assert_eq!(now, Second { name: "茶".into(), phones: vec!["10".into()], note: String::new() });
        assert_eq!(encode(&First { name: "茶".into(), phone: "10".into() }).unwrap(), OLD);
    }

    #[test]
    fn fields_may_be_added_and_unknown_ones_are_passed_over() {
        let without_note = b"\x02\x82\xa4name\xa1a\xa6phones\x90";
        assert_eq!(decode::<Second>(without_note).unwrap().note, "");
        let with_later_field = b"\x02\x83\xa4name\xa1a\xa6phones\x90\xa5later\x07";
        assert_eq!(decode::<Second>(with_later_field).unwrap().name, "a");
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_no_panic() {
        assert!(decode::<Second>(b"").is_err());
        assert!(decode::<Second>(b"\x00\x80").is_err());
        assert!(decode::<Second>(b"\x03\x80").is_err());
        assert!(decode::<Second>(b"\x02").is_err());
        assert!(decode::<Never>(b"\x00").is_err());
        for length in 0..OLD.len() {
            assert!(decode::<Second>(&OLD[..length]).is_err(), "cut at {length}");
        }
    }
}
