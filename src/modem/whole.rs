//! Whether a message came whole over the line. A serial line without flow control drops octets, and what is left of a PDU
//! may still be one: a shorter text. Only the header's `<length>` and the PDU's own fields tell (3GPP TS 27.005, 3.1; TS
//! 23.040, 9.2). Pure. Not here: what is done about one that did not, and a digit that became another, which nothing tells.

use super::lines::Line;
use crate::sms::fields::Alphabet;
use crate::sms::pdu::{Deliver, StatusReport, Submit, UserData, octets_of_hex, tpdu_of_line};

/// TP-MTI (23.040, 9.2.3.1), as it is towards us; a stored SUBMIT may lie in a slot too.
const TYPE: u8 = 0b11;
const SUBMIT: u8 = 0b01;
const STATUS_REPORT: u8 = 0b10;

impl Line {
    /// The TPDU that the line carries, if it came whole: with as many octets as its header names. Where a modem counts
    /// the service centre's address too, or sends none, it must be as long as its own fields say as well. Octets that are
    /// no message at all are given as they came: who stores them decides.
    pub fn tpdu(&self) -> Option<Vec<u8>> {
        let digits = self.pdu.as_deref()?;
        let (line, named) = (octets_of_hex(digits).ok()?, self.octets_named()?);
        match tpdu_of_line(digits) {
            Ok(tpdu) if tpdu.len() == named => Some(tpdu),
            _ if line.len() != named => None,
            Ok(tpdu) if is_complete(&tpdu) => Some(tpdu),
            Ok(_) => is_complete(&line).then_some(line),
            Err(_) => Some(line),
        }
    }

    /// A slot without a message: some name none in words, but a length of 0.
    pub fn is_empty(&self) -> bool {
        self.pdu.is_none() && self.octets_named() == Some(0)
    }

    /// `<length>`, the last value of every header.
    fn octets_named(&self) -> Option<usize> {
        self.values().last()?.parse().ok()
    }
}

/// As long as its own fields say.
fn is_complete(tpdu: &[u8]) -> bool {
    let data = UserData::default();
    let fields = match tpdu.first().map(|first| first & TYPE) {
        // Its last fields may be left out: whether they were cut is not seen.
        Some(STATUS_REPORT) => return StatusReport::parse(tpdu).is_ok(),
        Some(SUBMIT) => Submit::parse(tpdu).and_then(|submit| Ok((submit.dcs, Submit { data, ..submit }.emit()?))),
        _ => Deliver::parse(tpdu).and_then(|deliver| Ok((deliver.dcs, Deliver { data, ..deliver }.emit()?))),
    };
    let Ok((dcs, fields)) = fields else { return false };
    // Emitted without data, the last octet is TP-UDL.
    let Some(count) = tpdu.get(fields.len() - 1).map(|octet| usize::from(*octet)) else { return false };
    let octets = if dcs.alphabet() == Alphabet::Gsm7 { (count * 7).div_ceil(8) } else { count };
    tpdu.len() == fields.len() + octets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::pdu::hex_of_octets;

    const CENTRE: &str = "0891683108100005F0";
    /// From 10086, `1`, and from a phone, in UCS2.
    const TEXTS: [&str; 2] = ["0405810180F60000906010308000230131", "040D91683196325476F80008906010308300230462D67F8A"];
    const REPORT: &str = "062A0D91683108108300F0906010800300239060108053002300";

    fn came(header: &str, pdu: &str) -> Option<String> {
        let line = Line { text: header.to_owned(), pdu: Some(pdu.to_owned()), ..Line::default() };
        line.tpdu().map(|tpdu| hex_of_octets(&tpdu))
    }

    #[test]
    fn a_message_is_whole_with_the_octets_that_its_header_names() {
        for tpdu in [TEXTS[0], TEXTS[1], REPORT] {
            let count = tpdu.len() / 2;
            for header in ["+CMGR: 0,,", "+CMGL: 3,1,\"A, B\",", "+CMT: ,", "+CDS: ", "+CDS: ,"] {
                assert_eq!(came(&format!("{header}{count}"), &format!("{CENTRE}{tpdu}")).as_deref(), Some(tpdu));
            }
            assert_eq!(came(&format!("+CMGR: 0,,{count}"), &format!("00{tpdu}")).as_deref(), Some(tpdu));
        }
    }

    #[test]
    fn some_count_the_centre_too_and_some_send_none() {
        for tpdu in [TEXTS[0], TEXTS[1], REPORT] {
            let line = format!("{CENTRE}{tpdu}");
            assert_eq!(came(&format!("+CMGR: 0,,{}", line.len() / 2), &line).as_deref(), Some(tpdu));
            assert_eq!(came(&format!("+CMGR: 0,,{}", tpdu.len() / 2), tpdu).as_deref(), Some(tpdu));
        }
    }

    #[test]
    fn nothing_that_was_cut_is_whole() {
        for tpdu in [TEXTS[0], TEXTS[1]] {
            let (count, line) = (tpdu.len() / 2, format!("{CENTRE}{tpdu}"));
            for header in [format!("+CMGR: 0,,{count}"), "+CMGR: 0,,".to_owned(), "+CMGR: 0,,~".to_owned()] {
                for from in 0..line.len() {
                    for to in from + 1..=line.len() {
                        let cut = format!("{}{}", &line[..from], &line[to..]);
                        // Without the centre's address it still is, whatever the flags of its first octet.
                        let whole = came(&header, &cut);
                        assert!(whole.is_none_or(|whole| whole[2..] == tpdu[2..]), "{header} {cut}");
                    }
                }
            }
        }
        assert_eq!(came("+CMGR: 0,,17", "~~"), None);
        assert_eq!(Line { text: "+CMGR: 0,,17".to_owned(), ..Line::default() }.tpdu(), None);
        assert_eq!(came("+CMGR: 0,,1", &format!("{CENTRE}{}", TEXTS[0])), None, "a header that was cut");
    }

    #[test]
    fn what_is_no_message_is_given_as_it_is() {
        let erased = "FF".repeat(20);
        assert_eq!(came("+CMGR: 0,,20", &erased).as_deref(), Some(erased.as_str()));
        assert_eq!(came("+CMGR: 0,,21", &erased), None);
        assert!(Line { text: "+CMGR: 0,,0".to_owned(), ..Line::default() }.is_empty());
    }
}
