//! What other decoders are shown: the corpus, and what we emit; and how their readings are held against ours.

use std::time::Duration;

use yizhan::number::Number;
use yizhan::sms::fields::Ports;
use yizhan::sms::parts::{Kind, Sending};
use yizhan::sms::pdu::tpdu_of_line;

use crate::corpus::{self, Message};

/// A message as octets, and what we read in it.
pub struct Case {
    place: String,
    pub tpdu: Vec<u8>,
    pub message: Message,
    /// In what the other decoder is known to differ, from the message's file.
    known: Vec<String>,
}

/// The name of a field, our reading and theirs.
pub type Difference = (&'static str, String, String);

/// All that can be read; `decoder` names the field with the differences that are known.
pub fn cases(decoder: &str) -> Vec<Case> {
    let entries = corpus::entries().into_iter().filter_map(|entry| {
        let message = entry.parse().ok()?;
        let known = entry.fields.iter().filter(|(key, _)| key == decoder);
        let known = known.map(|(_, why)| why.split(": ").next().unwrap().to_owned()).collect();
        Some(Case { place: entry.place, tpdu: tpdu_of_line(&entry.line).unwrap(), message, known })
    });
    entries.chain(ours()).collect()
}

/// Fails if anything differs that is not known to, or that is known and does not differ any more.
pub fn complain(decoder: &str, cases: &[Case], differences: Vec<Vec<Difference>>) {
    let mut wrong = Vec::new();
    for (case, differences) in cases.iter().zip(differences) {
        for (key, ours, theirs) in differences.iter().filter(|(key, ..)| !case.known.iter().any(|known| known == key)) {
            wrong.push(format!("{}: {key} is {ours:?}, {decoder} has {theirs:?}", case.place));
        }
        for known in case.known.iter().filter(|known| !differences.iter().any(|(key, ..)| key == known)) {
            wrong.push(format!("{}: {known} does not differ any more", case.place));
        }
    }
    assert!(wrong.is_empty(), "{} in {} messages:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// One of each that we send.
fn ours() -> Vec<Case> {
    let to = Number::parse("+8613800138000").unwrap();
    let code = Number::parse("10086").unwrap();
    let long = "你好😀".repeat(40);
    let kinds = [
        Kind::Text,
        Kind::Flash,
        Kind::Replace(3),
        Kind::Ports { ports: Ports::WAP_PUSH, octets: vec![6; 300] },
        Kind::Ports { ports: Ports::VCARD, octets: b"BEGIN:VCARD".to_vec() },
    ];
    let texts = ["", "1", "[a]€{}~^|\\@ é", &"ab€".repeat(90), "企业建站", &long];
    let mut cases = Vec::new();
    for kind in &kinds {
        for text in texts {
            for (to, validity) in [(&to, None), (&code, Some(Duration::from_secs(7200)))] {
                let sending =
                    Sending { to, kind, text, reference: 200, validity, report: true, reject_duplicates: true };
                for submit in sending.submits() {
                    let place = format!("ours: {:.20} {text:.10}", format!("{kind:?}"));
                    cases.push(Case {
                        place,
                        tpdu: submit.emit().unwrap(),
                        message: Message::Submit(submit),
                        known: Vec::new(),
                    });
                }
            }
        }
    }
    cases
}
