//! What holds for any octets: `fuzz/fuzz_targets/pdu.rs` and `mutated` call it with theirs.

use yizhan::sms::fields::{Validity, concat_of, ports_of};
use yizhan::sms::parts::Key;
use yizhan::sms::pdu::{Deliver, StatusReport, Submit, line_of_tpdu, tpdu_of_line};

/// Reads octets as each kind of message. Nothing panics; what is read and can be emitted is read again as the same; an
/// error names an octet that is there, or the first that is not. Tells how many kinds they were.
pub fn check(octets: &[u8]) -> usize {
    assert_eq!(tpdu_of_line(&line_of_tpdu(octets)).unwrap(), octets);
    let _ = std::str::from_utf8(octets).map(tpdu_of_line);
    let mut read = 0;
    match Deliver::parse(octets) {
        Ok(deliver) => {
            read += 1;
            let _ = (deliver.text(), deliver.from.number(), deliver.stamp.time(), Key::of(&deliver));
            let _ = (concat_of(&deliver.data.elements), ports_of(&deliver.data.elements), deliver.dcs.waiting());
            if let Ok(emitted) = deliver.emit() {
                assert_eq!(Deliver::parse(&emitted).as_ref(), Ok(&deliver));
            }
        }
        Err(error) => assert!(error.offset <= octets.len(), "{error}"),
    }
    match Submit::parse(octets) {
        Ok(submit) => {
            read += 1;
            let _ = (submit.text(), submit.to.to_string(), submit.validity.and_then(Validity::period));
            if let Ok(emitted) = submit.emit() {
                assert_eq!(Submit::parse(&emitted).as_ref(), Ok(&submit));
            }
        }
        Err(error) => assert!(error.offset <= octets.len(), "{error}"),
    }
    match StatusReport::parse(octets) {
        Ok(report) => {
            read += 1;
            let _ = (report.fate(), report.sent.time(), report.done.time());
            let _ = report.data().map(|data| data.map(|(dcs, data)| data.text(dcs)));
            if let Ok(emitted) = report.emit() {
                assert_eq!(StatusReport::parse(&emitted).as_ref(), Ok(&report));
            }
        }
        Err(error) => assert!(error.offset <= octets.len(), "{error}"),
    }
    read
}
