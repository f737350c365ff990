//! libgammu reads the corpus and what we emit, through Debian's `python3-gammu`: gammu itself has no command for it.

use std::process::{Command, Stdio};

use serde_json::Value;
use yizhan::sms::fields::{Alphabet, Scts, concat_of};
use yizhan::sms::pdu::hex_of_octets;

use crate::corpus::Message;
use crate::others::{Case, Difference, cases, complain};

#[test]
fn gammu_reads_the_same() {
    let cases = cases("gammu");
    let input: String = cases.iter().map(|case| format!("00{}\n", hex_of_octets(&case.tpdu))).collect();
    let lines = decoded(input);
    assert_eq!(lines.len(), cases.len());
    let differences = cases.iter().zip(&lines).map(|(case, theirs)| differences(case, theirs)).collect();
    complain("gammu", &cases, differences);
}

fn decoded(input: String) -> Vec<Value> {
    // Debian's Python, not any other that stands first on the path: the module is installed there.
    let mut python = Command::new("/usr/bin/python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pdu/libgammu.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Debian's Python is not there: `.ci/packages python3-gammu` installs it");
    let mut stdin = python.stdin.take().unwrap();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, input.as_bytes()));
    let output = python.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn differences(case: &Case, theirs: &Value) -> Vec<Difference> {
    let mut out = Vec::new();
    let mut compare = |key: &'static str, ours: String, theirs: String| {
        if ours != theirs {
            out.push((key, ours, theirs));
        }
    };
    if let Some(error) = theirs["error"].as_str() {
        return vec![("reading", "possible".into(), error.to_owned())];
    }
    let said = |key: &str| match &theirs[key] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    compare("address", case.message.address().to_string(), said("number"));
    if let Some(stamp) = case.message.stamp().filter(|stamp| stamp.time().is_some()) {
        compare("stamp", on_the_clock(stamp), said("time"));
    }
    match &case.message {
        Message::Report(report) => compare("TP-MR", report.reference.to_string(), said("reference")),
        Message::Submit(submit) => {
            let replaced = submit.pid.checked_sub(0x40).filter(|n| (1..=7).contains(n)).unwrap_or(0);
            compare("replaced", replaced.to_string(), said("replace"));
        }
        Message::Deliver(_) => {}
    }
    if let Some((_, dcs, data)) = case.message.content() {
        if dcs.alphabet() != Alphabet::Octets {
            compare("text", data.text(dcs).unwrap_or_default(), said("text"));
        }
        let concat = concat_of(&data.elements);
        let parts = concat.map(|c| format!("[{},{},{}]", c.reference, c.index, c.total)).unwrap_or_default();
        compare("parts", parts, said("parts"));
        compare("class", dcs.class().map_or("-1".into(), |c| c.to_string()), said("class"));
    }
    out
}

/// The time as the digits say it, whatever the zone.
fn on_the_clock(stamp: Scts) -> String {
    let mut local = stamp;
    local.0[6] = 0;
    local.time().map(|t| t.rfc3339().trim_end_matches('Z').to_owned()).unwrap_or_default()
}
