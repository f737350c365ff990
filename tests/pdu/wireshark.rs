//! Wireshark's `gsm_sms` dissector reads the corpus and what we emit: all in one run of `tshark`, which takes a second.
//!
//! Each TPDU is a packet of a link type of the user's own in a capture file (pcapng); its direction tells the dissector
//! which of the message types that share a number it is.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use yizhan::sms::fields::{Ton, concat_of, ports_of};
use yizhan::sms::pdu::{Deliver, StatusReport, Submit};

use crate::corpus::Message;
use crate::others::{Case, Difference, cases, complain};

#[test]
fn wireshark_reads_the_same() {
    let cases = cases("wireshark");
    let dissected = dissect(&cases);
    assert_eq!(dissected.len(), cases.len());
    let differences = cases.iter().zip(&dissected).map(|(case, layers)| differences(&case.message, layers)).collect();
    complain("wireshark", &cases, differences);
}

fn dissect(cases: &[Case]) -> Vec<Value> {
    let mut tshark = Command::new("tshark")
        .args(["-n", "-r", "-", "-T", "json", "--no-duplicate-keys", "-J", "gsm_sms"])
        .args(["-o", "gsm_sms.reassemble:FALSE"])
        .args(["-o", "uat:user_dlts:\"User 0 (DLT=147)\",\"gsm_sms\",\"0\",\"\",\"0\",\"\""])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("tshark is not there: `.ci/packages tshark` installs it");
    let capture = capture(cases);
    let mut input = tshark.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&capture));
    let output = tshark.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let packets: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    packets.into_iter().map(|packet| packet["_source"]["layers"].clone()).collect()
}

/// A capture file: section, interface, one packet a message (draft-ietf-opsawg-pcapng, 4).
fn capture(cases: &[Case]) -> Vec<u8> {
    const LINKTYPE_USER0: u16 = 147;
    let mut out = Vec::new();
    let mut block = |kind: u32, body: &[u8]| {
        let length = (body.len() as u32 + 12).to_le_bytes();
        out.extend(kind.to_le_bytes());
        out.extend(length);
        out.extend(body);
        out.extend(length);
    };
    let words = |words: &[u32]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
    block(0x0A0D_0D0A, &words(&[0x1A2B_3C4D, 1, u32::MAX, u32::MAX]));
    block(1, &words(&[LINKTYPE_USER0.into(), u32::from(u16::MAX)]));
    for case in cases {
        let length = case.tpdu.len() as u32;
        let mut body = words(&[0, 0, 0, length, length]);
        body.extend(&case.tpdu);
        body.resize(body.len().next_multiple_of(4), 0);
        // The flags word: 1 is inbound, which a centre's network sees a SUBMIT as; 2 outbound.
        let direction = if matches!(case.message, Message::Submit(_)) { 1 } else { 2 };
        body.extend(words(&[0x0004_0002, direction, 0]));
        block(6, &body);
    }
    out
}

fn differences(message: &Message, layers: &Value) -> Vec<Difference> {
    let sms = &layers["gsm_sms"];
    let mut out = Vec::new();
    let mut compare = |key: &'static str, ours: Option<String>, theirs: Option<String>| {
        if ours != theirs {
            out.push((key, ours.unwrap_or_default(), theirs.unwrap_or_default()));
        }
    };
    let find = |key: &str| found(sms, key);
    let number = |key: &str| find(key).map(|v| number(&v).to_string());
    let address = message.address();
    let theirs = ["gsm_sms.tp-oa", "gsm_sms.tp-da", "gsm_sms.tp-ra"].iter().find_map(|key| find(key));
    compare("address", Some(address.text.clone()), Some(theirs.unwrap_or_default()));
    let ton = if address.ton() == Ton::Alphanumeric { 5 } else { address.toa >> 4 & 7 };
    compare("type of number", Some(ton.to_string()), number("gsm_sms.dis_field_addr.num_type"));
    let stamps: Vec<_> = match message {
        Message::Deliver(Deliver { stamp, .. }) => vec![("TP-Service-Centre-Time-Stamp", stamp)],
        Message::Report(StatusReport { sent, done, .. }) => {
            vec![("TP-Service-Centre-Time-Stamp", sent), ("TP-Discharge-Time", done)]
        }
        Message::Submit(_) => Vec::new(),
    };
    for (key, stamp) in stamps {
        let ours = stamp.time().map(|t| t.rfc3339());
        // What is no time is shown there digit by digit.
        if ours.is_some() {
            compare(key, ours, instant(&found_object(sms, key), stamp.0[6] & 0x08 != 0));
        }
    }
    match message {
        Message::Report(report) => compare("TP-MR", Some(report.reference.to_string()), number("gsm_sms.tp-mr")),
        Message::Submit(submit) => submit_differences(submit, sms, &mut compare),
        Message::Deliver(_) => {}
    }
    if let Some((pid, dcs, data)) = message.content() {
        compare("TP-PID", Some(pid.to_string()), number("gsm_sms.tp-pid"));
        compare("TP-DCS", Some(dcs.0.to_string()), number("gsm_sms.tp-dcs"));
        let text = data.text(dcs).filter(|t| !t.is_empty());
        compare("text", text, find("gsm_sms.sms_text").filter(|t| !t.is_empty()));
        let concat = concat_of(&data.elements);
        let part = |n: Option<u8>| n.map(|n| n.to_string());
        compare("parts", part(concat.map(|c| c.total)), number("gsm_sms.udh.mm.msg_parts"));
        compare("part", part(concat.map(|c| c.index)), number("gsm_sms.udh.mm.msg_part"));
        let reference = concat.map(|c| c.reference.to_string());
        compare("reference", reference, number("gsm_sms.udh.mm.msg_id"));
        let port = ports_of(&data.elements).map(|p| p.destination.to_string());
        let theirs = number("gsm_sms.udh.ports.destination_port").or_else(|| number("gsm_sms.destination_port"));
        compare("port", port, theirs);
    }
    out
}

fn submit_differences(
    submit: &Submit,
    sms: &Value,
    compare: &mut impl FnMut(&'static str, Option<String>, Option<String>),
) {
    let bit = |on: bool| Some(u8::from(on).to_string());
    let flag = |key| found(sms, key).map(|v| number(&v).to_string());
    compare("TP-SRR", bit(submit.report), flag("gsm_sms.tp-srr"));
    compare("TP-RD", bit(submit.reject_duplicates), flag("gsm_sms.tp-rd"));
    compare("TP-MR", Some(submit.reference.to_string()), flag("gsm_sms.tp-mr"));
}

/// The first value of that name, however deep.
fn found(value: &Value, key: &str) -> Option<String> {
    match value {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| match value {
            Value::String(text) if name == key => Some(text.clone()),
            Value::Array(values) if name == key => values.last().and_then(Value::as_str).map(str::to_owned),
            _ => found(value, key),
        }),
        Value::Array(values) => values.iter().find_map(|value| found(value, key)),
        _ => None,
    }
}

fn found_object(value: &Value, key: &str) -> Value {
    value.get(key).cloned().unwrap_or(Value::Null)
}

/// A number as Wireshark writes it, decimal or hexadecimal.
fn number(text: &str) -> i64 {
    match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).unwrap_or(-1),
        None => text.parse().unwrap_or(-1),
    }
}

/// Its fields of a time stamp as an instant. The sign of the zone is in a label only.
fn instant(stamp: &Value, west: bool) -> Option<String> {
    let field = |key: &str| found(stamp, &format!("gsm_sms.scts.{key}")).map(|v| number(&v));
    let year = field("year")?;
    let year = if year < 70 { 2000 + year } else { 1900 + year };
    let quarters = if west { -field("timezone")? } else { field("timezone")? };
    let local = jiff::civil::DateTime::new(
        year as i16,
        field("month")? as i8,
        field("day")? as i8,
        field("hour")? as i8,
        field("minutes")? as i8,
        field("seconds")? as i8,
        0,
    );
    let ms = local.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond() - quarters * 900_000;
    Some(yizhan::clock::Time(ms).rfc3339())
}
