//! Where texts are cut, what becomes of them on their way, and each kind of message.

use std::time::Duration;

use super::super::fields::{Dcs, Element, Ports, languages_of, ports_of};
use super::super::pdu::{Submit, hex_of_octets};
use super::*;
use crate::number::Number;

fn number() -> Number {
    Number::parse("+8613800138000").unwrap()
}

fn emitted(text: &str) -> Vec<String> {
    let submits = submits(&number(), text, 1, None, false);
    submits.iter().map(|s| hex_of_octets(&s.emit().unwrap())).collect()
}

fn piece(index: u8, alphabet: Alphabet, units: &[u8]) -> Piece {
    Piece { index, alphabet, units: units.to_vec() }
}

#[test]
fn splits_as_the_examples_do() {
    let lengths = |text: String| -> Vec<String> { emitted(&text).iter().map(|h| h[26..28].to_owned()).collect() };
    let a = |n| "a".repeat(n);
    assert_eq!(lengths(a(160)), ["A0"]);
    assert_eq!(lengths(a(153) + &"b".repeat(10)), ["A0", "11"]);
    assert_eq!(lengths(a(152) + "€" + &"b".repeat(10)), ["9F", "13"], "the escape pair moves whole");
    let pair = emitted(&("字".repeat(66) + "😀" + &"字".repeat(10)));
    assert_eq!((&pair[0][26..28], &pair[1][26..28]), ("8A", "1E"), "the surrogate pair moves whole");
    assert_eq!(&pair[1][40..48], "D83DDE00");
    assert!(emitted(&(a(153) + "bbbbbbbbbb"))[0][40..].starts_with("C2E170"));
}

#[test]
fn a_sign_stays_whole_unless_it_is_longer_than_a_part() {
    for sign in ["👨‍👩‍👧‍👦", "👍🏽", "❤️", "1️⃣", "🇨🇳", "e\u{301}"] {
        for before in 55..=67 {
            let text = "字".repeat(before) + sign + &"文".repeat(20);
            let parts = split(&text).texts;
            assert_eq!(parts.concat(), text);
            assert_eq!(parts.iter().filter(|p| p.contains(sign)).count(), 1, "{sign} after {before}");
        }
    }
    let flags = "🇨🇳".repeat(40);
    assert!(split(&flags).texts.iter().all(|part| part.chars().count() % 2 == 0));
    let endless = "👩\u{200D}".repeat(100);
    let parts = split(&endless).texts;
    assert_eq!(parts.concat(), endless);
    assert_eq!(parts.len(), segments(&endless));
    assert!(parts.iter().all(|part| part.encode_utf16().count() <= 67));
}

#[test]
fn any_text_is_cut_within_its_room_and_comes_back() {
    let pool: Vec<char> = "ab€[{ \n字文😀👍🏽\u{200D}❤\u{FE0F}é🇨🇳@".chars().collect();
    let mut seed = 1u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % below
    };
    for _ in 0..400 {
        let kinds = [4, 7, pool.len()][next(3)];
        let text: String = (0..next(400)).map(|_| pool[next(kinds)]).collect();
        let parts = split(&text);
        assert_eq!(parts.texts.concat(), text);
        assert_eq!(parts.texts.len(), segments(&text));
        let mut pieces = Vec::new();
        for submit in submits(&number(), &text, 7, Some(Duration::from_secs(3600)), true) {
            let again = Submit::parse(&submit.emit().unwrap()).unwrap();
            assert_eq!(again, submit);
            let index = concat_of(&again.data.elements).map_or(1, |c| c.index);
            pieces.insert(0, Piece { index, alphabet: again.dcs.alphabet(), units: again.data.units });
        }
        assert_eq!(join(pieces.len() as u8, &pieces, Lang::Zh), text);
    }
}

#[test]
fn limits_are_the_standards() {
    let count = |c: &str, n: usize| segments(&c.repeat(n));
    assert_eq!((count("", 0), count("a", 160), count("a", 161), count("a", 306), count("a", 307)), (1, 1, 2, 2, 3));
    assert_eq!((count("字", 70), count("字", 71), count("字", 134), count("字", 135)), (1, 2, 2, 3));
    assert_eq!((count("€", 80), count("€", 81), count("€", 153)), (1, 2, 3), "76 pairs in a part of 153");
    assert_eq!(submits(&number(), &"字".repeat(67 * 300), 1, None, false).len(), MAX_PARTS);
}

#[test]
fn characters_cut_between_parts_join() {
    let whole = ucs2_octets("你😀好");
    let (a, b) = whole.split_at(4);
    let pieces = [piece(2, Alphabet::Ucs2, b), piece(1, Alphabet::Ucs2, a), piece(1, Alphabet::Ucs2, b"late")];
    assert_eq!(join(2, &pieces, Lang::Zh), "你😀好");
    let escape = [piece(1, Alphabet::Gsm7, &[0x61, 0x1B]), piece(2, Alphabet::Gsm7, &[0x65])];
    assert_eq!(join(2, &escape, Lang::Zh), "a€");
    let mixed = [piece(1, Alphabet::Gsm7, &[0x61]), piece(2, Alphabet::Ucs2, &ucs2_octets("字"))];
    assert_eq!(join(2, &mixed, Lang::Zh), "a字");
}

#[test]
fn gaps_are_marked() {
    let pieces = [piece(3, Alphabet::Gsm7, b"c"), piece(1, Alphabet::Gsm7, b"a")];
    assert_eq!(missing(4, &pieces), [2, 4]);
    assert_eq!(join(4, &pieces, Lang::Zh), "a[…缺第2条…]c[…缺第4条…]");
    assert_eq!(join(3, &pieces, Lang::En), "a[…part 2 missing…]c");
    assert_eq!(join(0, &pieces, Lang::En), "");
}

#[test]
fn each_kind_says_so() {
    let to = number();
    let long = "字".repeat(100);
    let of = |kind: &Kind, text: &str| {
        let sending = Sending {
            to: &to,
            kind,
            text,
            reference: 9,
            validity: Some(Duration::from_secs(3600)),
            report: true,
            reject_duplicates: true,
        };
        let submits = sending.submits();
        assert_eq!(submits.len(), kind.segments(text));
        for submit in &submits {
            let again = Submit::parse(&submit.emit().unwrap()).unwrap();
            assert_eq!(again, *submit);
            assert!(again.report && again.reject_duplicates);
        }
        submits
    };
    let one = |kind: &Kind, text: &str| (of(kind, text)[0].dcs, of(kind, text)[0].pid);
    assert_eq!(one(&Kind::Text, "a"), (Dcs::GSM7, 0));
    assert_eq!((one(&Kind::Flash, "a"), one(&Kind::Flash, "字")), ((Dcs::FLASH_GSM7, 0), (Dcs::FLASH_UCS2, 0)));
    assert!(of(&Kind::Flash, &long).iter().all(|s| s.dcs.class() == Some(0)));
    assert_eq!((one(&Kind::Replace(1), "a"), one(&Kind::Replace(7), "a")), ((Dcs::GSM7, 0x41), (Dcs::GSM7, 0x47)));
    assert_eq!((one(&Kind::Replace(0), "a").1, one(&Kind::Replace(200), "a").1), (0x41, 0x47), "only these there are");

    for (count, parts) in [(0, 1), (133, 1), (134, 2), (256, 2), (257, 3)] {
        let octets: Vec<u8> = (0..count).map(|n| n as u8).collect();
        let submits = of(&Kind::Ports { ports: Ports::WAP_PUSH, octets: octets.clone() }, "not looked at");
        assert_eq!(submits.len(), parts, "{count}");
        assert_eq!(submits.iter().flat_map(|s| s.data.units.clone()).collect::<Vec<_>>(), octets);
        for (n, submit) in submits.iter().enumerate() {
            assert_eq!((submit.dcs, ports_of(&submit.data.elements)), (Dcs::DATA, Some(Ports::WAP_PUSH)));
            let concat = concat_of(&submit.data.elements).map(|c| (c.reference, c.total, c.index));
            assert_eq!(concat, (parts > 1).then_some((9, parts as u8, n as u8 + 1)));
        }
    }
    let push = |count| Kind::Ports { ports: Ports::WAP_PUSH, octets: vec![7; count] };
    let user_data = |kind: &Kind| hex_of_octets(&of(kind, "")[0].emit().unwrap())[28..].to_owned();
    assert_eq!(user_data(&push(1)), "080605040B8423F007");
    assert!(user_data(&push(200)).starts_with("8C0B05040B8423F00003090201"));
}

#[test]
fn a_part_in_a_language_joins_with_the_others() {
    let concat = |index| Element::concat(Concat { reference: 5, total: 2, index, wide: false });
    let submit = submits(&number(), "x", 0, None, false).remove(0);
    let deliver = |index, units: &[u8]| Deliver {
        more: false,
        loop_prevention: false,
        report_indication: false,
        reply_path: false,
        from: submit.to.clone(),
        pid: 0,
        dcs: Dcs::GSM7,
        stamp: Default::default(),
        data: crate::sms::pdu::UserData {
            elements: vec![concat(index), Element { id: 0x25, data: vec![1] }],
            units: units.to_vec(),
        },
    };
    assert_eq!(languages_of(&deliver(1, &[]).data.elements).locking, 1);
    let pieces = [deliver(2, &[0x1C, 0x61]), deliver(1, &[0x40, 0x0B])].map(|d| Key::of(&d).unwrap().1);
    assert_eq!(join(2, &pieces, Lang::Zh), "İĞŞa");
}
