//! Any octets as what WSP reads, chosen by libFuzzer; `fuzz/run wsp` starts it. Nothing panics, what is read and written reads
//! the same, and what of headers we write comes out the same each time.
#![no_main]

use yizhan::wap::wsp::capabilities::negotiate;
use yizhan::wap::wsp::headers::{self, Fields, Head};
use yizhan::wap::wsp::pdu::Pdu;

fn written(fields: &Fields) -> Vec<u8> {
    let kind = fields.iter().rfind(|(name, _)| name == "content-type").map_or("", |(_, kind)| kind);
    let mut head = Head::new(kind);
    fields.iter().for_each(|(name, value)| head.field(name, value));
    head.into_octets()
}

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Ok(pdu) = Pdu::read(octets) {
        assert_eq!(Pdu::read(&pdu.write()), Ok(pdu));
    }
    if let Ok((agreed, answer)) = negotiate(octets) {
        assert_eq!(negotiate(&answer), Ok((agreed, answer)));
    }
    let _ = headers::read(octets);
    if let Ok(fields) = headers::read_with_type(octets) {
        for (name, value) in &fields {
            assert!(!name.chars().chain(value.chars()).any(char::is_control), "{name}: {value}");
        }
        let once = written(&fields);
        let Ok(again) = headers::read_with_type(&once) else { return assert!(once.len() > 4096) };
        assert_eq!(written(&again), once, "{fields:?}, then {again:?}");
    }
});
