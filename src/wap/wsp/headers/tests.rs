//! Headers octet by octet: what the wire facts list, and what is not of the grammar.

use super::*;
use crate::clock::Time;

fn octets(hex: &str) -> Vec<u8> {
    let digits: String = hex.chars().filter(char::is_ascii_hexdigit).collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

fn field(hex: &str) -> String {
    let fields = read(&octets(hex)).unwrap();
    fields.into_iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_kind_of_field() {
    for (hex, expected) in [
        ("80 94", "accept: application/vnd.wap.wmlc"),
        ("80 80", "accept: */*"),
        ("80 03 88 80 51", "accept: text/vnd.wap.wml; q=0.80"),
        ("80 04 88 80 83 31", "accept: text/vnd.wap.wml; q=0.333"),
        ("80 05 88 81 EA 80 33", "accept: text/vnd.wap.wml; charset=utf-8; q=0.50"),
        ("80 03 02 03 0A", "accept: application/vnd.wap.emn+wbxml"),
        ("80 612F6200", "accept: a/b"),
        ("80 09 612F6200 80 51 85 E100", ""),
        ("81 EA", "accept-charset: utf-8"),
        ("BB 02 EA 33", "accept-charset: utf-8;q=0.50"),
        ("BB 03 02 07 E9", "accept-charset: gb2312"),
        ("BB 02 07 E9", ""),
        ("81 80", "accept-charset: *"),
        ("83 C1", "accept-language: zh"),
        ("83 02 C1 51", "accept-language: zh;q=0.80"),
        ("83 7A682D434E00", "accept-language: zh-CN"),
        ("82 80", "accept-encoding: gzip"),
        ("BC 03 82 80 51", "accept-encoding: deflate;q=0.80"),
        ("A9 546573742F312E3000", "user-agent: Test/1.0"),
        ("A9 7F E4BDA000", "user-agent: 你"),
        ("B5 687474703A2F2F782F7000", "x-wap-profile: http://x/p"),
        ("B5 22687474703A2F2F7800", "x-wap-profile: \"http://x\""),
        ("97 04 6B029BA0", "if-modified-since: Sun, 22 Nov 2026 07:37:04 GMT"),
        ("8D E4", "content-length: 100"),
        ("8D 02 0514", "content-length: 1300"),
        ("88 80", "cache-control: no-cache"),
        ("BD 04 82 02 1C20", "cache-control: max-age=7200"),
        ("BD 02 82 80", "cache-control: max-age=0"),
        ("9F 80", "pragma: no-cache"),
        ("C3 93", "encoding-version: 1.3"),
        ("C3 9F", "encoding-version: 1"),
        ("99 22612200", "if-none-match: \"a\""),
        ("99 226100", "if-none-match: \"a\""),
        ("99 7F 01226100", "if-none-match: \"a\""),
        ("782D6100 6200", "x-a: b"),
        ("6574616700 226100", "etag: \"a\""),
        ("582D4100 04 01020304", ""),
        // A control character would begin a new header of HTTP.
        ("A9 610D0A623A6300", "user-agent: ab:c"),
        // What is not known is left out by its length, and the rest is read.
        ("FE 02 0101 80 94 C2 03 010203 A9 6100", "accept: application/vnd.wap.wmlc\nuser-agent: a"),
        ("FE 1F 02 0101 A9 6100", "user-agent: a"),
        // Numbers of another code page are none of ours, until the page is left.
        ("7F 02 80 94 01 80 94", "accept: application/vnd.wap.wmlc"),
        ("02 80 94 7F 01 A9 6100", "user-agent: a"),
    ] {
        assert_eq!(field(hex), expected, "{hex}");
    }
}

#[test]
fn what_has_no_end_is_refused() {
    for hex in ["80", "80 05 01", "A9 6162", "80 1F", "80 1F 8F FF FF FF FF FF", "7F", "00 80", "6162", "61 00"] {
        assert!(read(&octets(hex)).is_err(), "{hex}");
    }
}

#[test]
fn headers_are_bounded_and_lists_joined() {
    assert!(read(&octets("8094").repeat(100)).is_ok());
    // Also of those that are left out.
    assert!(read(&octets("8094").repeat(101)).is_err() && read(&octets("FE80").repeat(101)).is_err());
    let long = |length: usize| [&[0xA9][..], &vec![b'a'; length - 2], &[0]].concat();
    assert!(read(&long(OCTETS_MAX)).is_ok() && read(&long(OCTETS_MAX + 1)).is_err());
    assert!(read_with_type(&[&[0x92][..], &long(OCTETS_MAX + 1)].concat()).is_err());
    for (hex, expected) in [
        ("80 94 A9 6100 80 88", "accept: application/vnd.wap.wmlc, text/vnd.wap.wml\nuser-agent: a"),
        ("81 EA BB 02 EA 33 83 C1 83 99", "accept-charset: utf-8, utf-8;q=0.50\naccept-language: zh, en"),
        ("80 612F622C632F6400 80 80", "accept: a/b,c/d, */*"),
        // These say one thing each time.
        ("88 80 88 81", "cache-control: no-cache\ncache-control: no-store"),
    ] {
        assert_eq!(field(hex), expected, "{hex}");
    }
}

#[test]
fn the_content_type_stands_first() {
    for (hex, expected) in [
        ("92", "application/x-www-form-urlencoded"),
        ("04 92 81 EA 80", ""),
        ("03 92 81 EA", "application/x-www-form-urlencoded; charset=utf-8"),
        ("05 92 81 02 07E9", "application/x-www-form-urlencoded; charset=gb2312"),
        ("612F6200", "a/b"),
    ] {
        let fields = read_with_type(&octets(hex)).unwrap();
        assert_eq!(fields.last().map_or("", |(_, value)| value.as_str()), expected, "{hex}");
    }
    assert!(read_with_type(&[]).is_err());
}

#[test]
fn ours_octet_by_octet() {
    let written = |kind: &str, fields: &[(&str, &str)]| {
        let mut head = Head::new(kind);
        fields.iter().for_each(|(name, value)| head.field(name, value));
        head.into_octets()
    };
    for (kind, fields, expected) in [
        ("application/vnd.wap.wmlc", &[][..], "94"),
        ("text/vnd.wap.wml; charset=utf-8", &[], "03 88 81 EA"),
        ("text/plain; charset=GB2312", &[], "05 83 81 02 07E9"),
        ("application/vnd.wap.wmlc", &[("content-length", "100")], "94 8D E4"),
        ("application/vnd.wap.wmlc", &[("content-length", "1300")], "94 8D 02 0514"),
        ("application/vnd.wap.wmlc", &[("cache-control", "no-cache")], "94 88 80"),
        ("image/gif", &[("cache-control", "public, max-age=7200, immutable")], "9D 88 04 82 02 1C20"),
        ("image/gif", &[("etag", "\"a\""), ("vary", "Accept")], "9D 93 22612200"),
        ("image/gif", &[("content-encoding", "gzip"), ("content-encoding", "br")], "9D 8B 80"),
        ("a/b", &[("location", "/x")], "612F6200 9C 2F7800"),
        ("text/plain", &[("allow", "GET, HEAD,POST, PATCH")], "83 86 C0 86 C2 86 E0"),
    ] {
        assert_eq!(written(kind, fields), octets(expected), "{kind} {fields:?}");
    }
    let mut head = Head::new("image/png");
    head.date("date", Time(1_795_333_024_000));
    assert_eq!(head.into_octets(), octets("A0 92 04 6B029BA0"));
}

/// Of all that is written everything is read again.
#[test]
fn what_is_written_is_read() {
    let kind = "application/vnd.wap.xhtml+xml; charset=utf-8";
    let mut head = Head::new(kind);
    for (name, value) in [("content-length", "70000"), ("cache-control", "max-age=31536000"), ("etag", "é")] {
        head.field(name, value);
    }
    let read = read_with_type(&head.into_octets()).unwrap();
    let all: Vec<String> = read.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let expected =
        ["content-length: 70000", "cache-control: max-age=31536000", "etag: é", &format!("content-type: {kind}")];
    assert_eq!(all, expected);
}
