//! The byte examples, every data coding scheme, and any octets at all.

use std::time::Duration;

use super::super::fields::{Concat, Ports, Ton, concat_of, ports_of};
use super::super::parts;
use super::*;
use crate::clock::Time;
use crate::number::Number;

const TWO_PARTS: [&str; 2] = [
    "41010D91683108108300F000088C0500030102014F014E1A5EFA7AD9003A56DE590D0031770B7B804ECB002C0032770B65B095FB002C0033770B\
     4EA754C1002C0034770B62DB8058002C0035770B4F9B6C42002C0036770B75598A00002C00308FD456DE4E0A7EA783DC53553002672C67614E3A\
     6D4B8BD577ED4FE1002C752867659A8C8BC18D85957F77ED4FE162C65206662F54266B63786E",
    "41020D91683108108300F000081205000301020230025B8C6BD5002C8C228C22",
];
const TWO_PARTS_TEXT: &str = "企业建站:回复1看简介,2看新闻,3看产品,4看招聘,5看供求,6看留言,0返回上级菜单。本条为测试短信,用来验证超长短信\
                              拆分是否正确。完毕,谢谢";
const EXTENSION: &str = "01010B813108108300F00000141B5E78E3DB9437A84D6AD3DB5036C0CD0B00";
const REPORT: &str = "062A0D91683108108300F0906010800300239060108053002300";
const SHORT_CODE: &str = "0405810180F60000906010308000230131";
const CHINESE: &str = "040D91683196325476F80008906010308300230462D67F8A";

fn octets(hex: &str) -> Vec<u8> {
    octets_of_hex(hex).unwrap()
}

fn number(text: &str) -> Number {
    Number::parse(text).unwrap()
}

#[test]
fn a_text_of_two_parts_is_the_example() {
    let mut submits = parts::submits(&number("+8613800138000"), TWO_PARTS_TEXT, 1, None, false);
    for (n, submit) in submits.iter_mut().enumerate() {
        submit.reference = n as u8 + 1;
        assert_eq!(hex_of_octets(&submit.emit().unwrap()), TWO_PARTS[n]);
        assert_eq!(Submit::parse(&octets(TWO_PARTS[n])).unwrap(), *submit);
    }
    assert_eq!(submits.len(), 2);
}

#[test]
fn extended_characters_are_the_example() {
    // The example's eleven digits stand under type 81, as its source wrote them.
    let submit = Submit::parse(&octets(EXTENSION)).unwrap();
    assert_eq!(submit.text().unwrap(), "[a]€{}~^|\\@");
    assert_eq!((submit.to.ton(), submit.to.text.as_str()), (Ton::Unknown, "13800138000"));
    assert_eq!(hex_of_octets(&submit.emit().unwrap()), EXTENSION);
}

#[test]
fn a_status_report_is_the_example() {
    let report = StatusReport::parse(&octets(REPORT)).unwrap();
    assert_eq!((report.reference, report.recipient.number()), (0x2A, Some(number("+8613800138000"))));
    assert_eq!(report.done.time().unwrap().since(report.sent.time().unwrap()), Duration::from_secs(300));
    assert_eq!(report.sent.time().unwrap().rfc3339(), "2009-06-01T00:30:00Z");
    assert_eq!((report.fate(), report.more), (Fate::Done, false));
    assert_eq!(hex_of_octets(&report.emit().unwrap()), REPORT);
    let fates = [0x1F, 0x20, 0x46, 0x60, 0xFF].map(|status| StatusReport { status, ..report.clone() }.fate());
    assert_eq!(fates, [Fate::Done, Fate::Trying, Fate::Failed, Fate::GaveUp, Fate::GaveUp]);
}

#[test]
fn delivers_are_the_examples() {
    let code = Deliver::parse(&octets(SHORT_CODE)).unwrap();
    assert_eq!((code.from.to_string().as_str(), code.text().as_deref(), code.more), ("10086", Some("1"), false));
    assert_eq!(code.from.number(), Some(number("10086")));
    let chinese = Deliver::parse(&octets(CHINESE)).unwrap();
    assert_eq!((chinese.from.to_string().as_str(), chinese.text().as_deref()), ("+8613692345678", Some("拖羊")));
    assert_eq!(chinese.stamp.time().unwrap().rfc3339(), "2009-05-31T19:38:00Z");
    for hex in [SHORT_CODE, CHINESE] {
        assert_eq!(hex_of_octets(&Deliver::parse(&octets(hex)).unwrap().emit().unwrap()), hex);
    }
}

#[test]
fn every_data_coding_scheme_has_its_alphabet() {
    for value in 0..=255u8 {
        let dcs = Dcs(value);
        let bits = format!("{value:08b}");
        let alphabet = match &bits[..4] {
            "1110" => Alphabet::Ucs2,
            "1111" if &bits[5..6] == "1" => Alphabet::Octets,
            "1111" | "1000" | "1001" | "1010" | "1011" | "1100" | "1101" => Alphabet::Gsm7,
            group if &group[2..3] == "1" => Alphabet::Octets,
            _ => [Alphabet::Gsm7, Alphabet::Octets, Alphabet::Ucs2, Alphabet::Gsm7]
                [usize::from_str_radix(&bits[4..6], 2).unwrap()],
        };
        assert_eq!(dcs.alphabet(), alphabet, "{bits}");
        let has_class = (bits.starts_with('0') && &bits[3..4] == "1") || bits.starts_with("1111");
        assert_eq!(dcs.class(), has_class.then_some(value % 4), "{bits}");
        assert_eq!(dcs.compressed(), bits.starts_with("001") || bits.starts_with("011"), "{bits}");
        assert_eq!(dcs.deletes_itself(), bits.starts_with("01"), "{bits}");
        let waits = ["1100", "1101", "1110"].contains(&&bits[..4]);
        assert_eq!(dcs.waiting().is_some(), waits, "{bits}");
        assert_eq!(dcs.waiting().is_some_and(|w| w.discard), bits.starts_with("1100"), "{bits}");
    }
}

#[test]
fn addresses_keep_their_type() {
    for (number, toa) in [("+8613912345678", 0x91), ("10086", 0x81), ("+4", 0x91)] {
        assert_eq!(Address::of(&self::number(number)).toa, toa);
    }
    let deliver = |from: Address| Deliver { from, ..Deliver::parse(&octets(CHINESE)).unwrap() };
    for (toa, text) in [(0x91, "8613912345678"), (0x81, "95588"), (0xA1, "13912345678"), (0xC1, "*1#abc"), (0x91, "")] {
        let address = Address { toa, text: text.into() };
        let again = Deliver::parse(&deliver(address.clone()).emit().unwrap()).unwrap();
        assert_eq!(again.from, address);
    }
    for name in ["A", "YIZHAN", "Hello12", "Bank of Tea", "12345678", "1234567@", "123456@"] {
        let address = Address::alphanumeric(name);
        let again = Deliver::parse(&deliver(address).emit().unwrap()).unwrap().from;
        assert_eq!((again.text.as_str(), again.ton(), again.number()), (name, Ton::Alphanumeric, None));
    }
    let long = Address { toa: 0x91, text: "1".repeat(21) };
    assert_eq!(deliver(long).emit().unwrap_err().field, "TP-OA");
    assert_eq!(Address { toa: 0xA1, text: "13912345678".into() }.number(), Some(number("13912345678")));
}

#[test]
fn stamps_are_read_in_any_zone_and_garbage_is_none() {
    let time = Time(1_243_845_480_000);
    for quarters in [-48, -20, -1, 0, 1, 32, 35, 56] {
        assert_eq!(Scts::of(time, quarters).time(), Some(time), "{quarters}");
    }
    assert_eq!(Scts::of(time, 32).0, [0x90, 0x60, 0x10, 0x61, 0x83, 0x00, 0x23]);
    for garbage in
        [[0; 7], [0xFF; 7], [0x90, 0x31, 0x10, 0, 0, 0, 0], [0x90, 0x20, 0x03, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6, 7]]
    {
        let at = Scts(garbage).time();
        assert!(at.is_none() || garbage == [1, 2, 3, 4, 5, 6, 7], "{garbage:?}");
    }
    for n in 0..=255u8 {
        for place in 0..7 {
            let mut stamp = Scts::of(time, 32);
            stamp.0[place] = n;
            let _ = stamp.time();
        }
    }
}

#[test]
fn an_enhanced_validity_is_one_of_three() {
    let seconds = |hex: &str| {
        let validity = Validity::Enhanced(octets(hex).try_into().unwrap());
        validity.period().map(|p| p.as_secs())
    };
    assert_eq!(seconds("010B0000000000"), Some(3600), "as the relative form");
    assert_eq!((seconds("022D0000000000"), seconds("02000000000000")), (Some(45), None));
    assert_eq!(seconds("03214365000000"), Some(12 * 3600 + 34 * 60 + 56), "hours, minutes, seconds");
    assert_eq!((seconds("030A0000000000"), seconds("00000000000000"), seconds("81010B00000000")), (None, None, None));
    assert_eq!(seconds("41000000000000"), Some(300), "the bit for a single try changes nothing");
    assert_eq!(Validity::Absolute(Scts([0; 7])).period(), None);
}

#[test]
fn validity_is_the_table() {
    let period = |octet| Validity::Relative(octet).period().unwrap().as_secs() / 60;
    assert_eq!([0x00, 0x0B, 0x8F, 0xA7, 0xAA, 0xAD, 0xFF].map(period), [5, 60, 720, 1440, 5760, 10_080, 635_040]);
    for octet in 0..=255u8 {
        // Weeks below five repeat what days say already, so 197 to 255 begin where days end.
        assert_eq!(Validity::relative(Duration::from_secs(period(octet) * 60)), Validity::Relative(octet), "{octet}");
    }
    assert_eq!(Validity::relative(Duration::ZERO), Validity::Relative(0));
    assert_eq!(Validity::relative(Duration::from_secs(301)), Validity::Relative(1));
    assert_eq!(Validity::relative(Duration::MAX), Validity::Relative(255));
    for minutes in (1..50_000u64).step_by(7) {
        let period = Validity::relative(Duration::from_secs(minutes * 60)).period().unwrap();
        assert!(period.as_secs() >= minutes * 60, "{minutes}");
    }
}

#[test]
fn headers_keep_every_element() {
    let concat = Concat { reference: 0x1234, total: 3, index: 2, wide: true };
    let ports = Ports { destination: 2948, source: 9200 };
    let elements = vec![
        Element { id: 0x70, data: vec![] },
        Element::ports(ports),
        Element::concat(concat),
        Element { id: 0x24, data: vec![1] },
    ];
    for (dcs, units) in [(Dcs::GSM7, vec![0x61; 100]), (Dcs::UCS2, vec![0; 100]), (Dcs::DATA, vec![7; 100])] {
        let data = UserData { elements: elements.clone(), units };
        let deliver = Deliver { dcs, data, ..Deliver::parse(&octets(CHINESE)).unwrap() };
        let again = Deliver::parse(&deliver.emit().unwrap()).unwrap();
        assert_eq!(again, deliver);
        assert_eq!((concat_of(&again.data.elements), ports_of(&again.data.elements)), (Some(concat), Some(ports)));
    }
    let twice = [Element::concat(concat), Element::concat(Concat { wide: false, reference: 9, ..concat })];
    assert_eq!(concat_of(&twice).unwrap().reference, 9, "the last counts");
}

#[test]
fn errors_name_field_and_octet() {
    let fails = |hex: &str| Deliver::parse(&octets(hex)).unwrap_err();
    assert_eq!((fails("").field, fails("01").field), ("TP-MTI", "TP-MTI"));
    assert_eq!((fails("0415").field, fails("0415").offset), ("TP-OA", 1));
    assert_eq!((fails("0405810180F6").field, fails("0405810180F6").offset), ("TP-PID", 6));
    assert_eq!(
        (fails("0405810180F600009060103080002305").field, fails("0405810180F60000906010308000").offset),
        ("TP-UD", 8)
    );
    assert_eq!(fails("4405810180F60008906010308000230205FF").field, "TP-UDHL");
    assert_eq!(octets_of_hex("0G").unwrap_err().offset, 0);
    assert!(octets_of_hex("012").is_err());
}

#[test]
fn a_header_that_does_not_add_up_is_ignored() {
    // 9.2.3.24: too few or too many octets in its last element, and the whole header counts for nothing.
    for header in ["0300FF01", "0400030201", "06000301020124", "0124"] {
        let length = header.len() / 2 + 2;
        let hex = format!("4405810180F6000890601030800023{length:02X}{header}6587");
        let deliver = Deliver::parse(&octets(&hex)).unwrap();
        assert_eq!((deliver.data.elements.len(), deliver.text().unwrap().as_str()), (0, "文"), "{header}");
    }
}

#[test]
fn a_reserved_message_type_is_a_deliver() {
    let mut tpdu = octets(CHINESE);
    tpdu[0] |= 0b11;
    assert_eq!(Deliver::parse(&tpdu).unwrap(), Deliver::parse(&octets(CHINESE)).unwrap());
    assert_eq!(
        (Submit::parse(&tpdu).unwrap_err().field, StatusReport::parse(&tpdu).unwrap_err().offset),
        ("TP-MTI", 0)
    );
}

#[test]
fn a_report_may_bring_a_text() {
    let with = |rest: &str| StatusReport { rest: octets(rest), ..StatusReport::parse(&octets(REPORT)).unwrap() }.data();
    assert_eq!((with("").unwrap(), with("00").unwrap(), with("010A").unwrap()), (None, None, None));
    let (dcs, data) = with("070008026587").unwrap().unwrap();
    assert_eq!(data.text(dcs).unwrap(), "文");
    let (dcs, data) = with("0402E834").unwrap().unwrap();
    assert_eq!(data.text(dcs).unwrap(), "hi");
    assert_eq!((with("8002").unwrap(), with("06").unwrap_err().field), (None, "TP-DCS"));
    assert_eq!(with("80").unwrap_err().field, "TP-PI");
}

#[test]
fn lines_carry_the_service_centre_in_front() {
    assert_eq!(tpdu_of_line(&format!("00{SHORT_CODE}")).unwrap(), octets(SHORT_CODE));
    assert_eq!(tpdu_of_line(&format!("0891683108100005F0{SHORT_CODE}")).unwrap(), octets(SHORT_CODE));
    for bad in ["", "0891", "FF00", "0", "zz"] {
        assert!(tpdu_of_line(bad).is_err(), "{bad}");
    }
    assert_eq!(line_of_tpdu(&[1, 0xAB]), "0001AB");
}

#[test]
fn user_data_that_is_too_long_is_refused() {
    let mut deliver = Deliver::parse(&octets(CHINESE)).unwrap();
    deliver.data.units = vec![0; 142];
    assert_eq!(deliver.emit().unwrap_err().field, "TP-UD");
    deliver.data = UserData { elements: vec![Element { id: 1, data: vec![0; 300] }], units: vec![] };
    assert_eq!(deliver.emit().unwrap_err().field, "TP-UDH");
}

#[test]
fn any_octets_are_read_without_a_panic() {
    let mut seed = 7u64;
    let mut next = || {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 40) as u8
    };
    let examples = [TWO_PARTS[0], TWO_PARTS[1], EXTENSION, REPORT, SHORT_CODE, CHINESE];
    let mut read = 0;
    for round in 0..30_000usize {
        let mut tpdu = octets(examples[round % examples.len()]);
        for _ in 0..round % 5 {
            let place = usize::from(next()) % tpdu.len();
            tpdu[place] = next();
        }
        tpdu.truncate(usize::from(next()) % (tpdu.len() + 1));
        if round % 7 == 0 {
            tpdu = (0..next()).map(|_| next()).collect();
        }
        if let Ok(deliver) = Deliver::parse(&tpdu) {
            read += 1;
            let _ = (deliver.text(), deliver.from.number(), deliver.stamp.time(), parts::Key::of(&deliver));
            let _ = deliver.emit();
        }
        let _ = (Submit::parse(&tpdu).map(|s| s.text()), StatusReport::parse(&tpdu).map(|r| r.fate()));
    }
    assert!(read > 100, "{read}");
}
