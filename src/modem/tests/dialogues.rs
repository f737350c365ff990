//! The dialogues under `tests/data/at/`, one a row of `profiles`, each played against the driver. What their lines mean:
//!
//! ```text
//! # words for the reader: whose modem, and what the lines rest on
//! profile huawei                     the row that the driver must take; `unproved` behind it until it was recorded
//! > AT+CGMI                          what the driver says …
//! < huawei                           … and what such a modem answers, to its OK or error; `< >` is the prompt, after which
//! > PDU                              stands for the message itself. A command said again is answered as before, or by the
//!                                    next; `*` at its end stands for any rest
//! ! +CMTI: "SM",1                    what the modem says by itself; lines together come together
//! * text hello                       the driver is given a text to send, asking for a report
//! = in 1                             it hands over a text of these words
//! = report 5                         it hands over the report of that message
//! = sent 5                           the message went out under this reference
//! = facts reports direct             what it then says of the modem; also `storage SM 1/20`, `announces no`
//! ```
//! A command that the file does not name is answered as the standard has it. Every one that it names must be said, those before
//! the first event in this order.

use std::collections::HashMap;
use std::path::Path;

use tokio::io::{AsyncRead, AsyncWrite};

use super::*;
use crate::modem::profiles;
use crate::sms::bearer::Facts;
use crate::sms::pdu::StatusReport;

/// What every modem says alike.
const USUAL: &[(&str, &str)] = &[
    ("AT+CMEE?", "+CMEE: 1"),
    ("AT+CPIN?", "+CPIN: READY"),
    ("AT+CREG?", "+CREG: 0,1"),
    ("AT+CSQ", "+CSQ: 17,99"),
    ("AT+CMGF?", "+CMGF: 0"),
    ("AT+CFUN?", "+CFUN: 1"),
];

#[derive(Default)]
struct Dialogue {
    profile: String,
    unproved: bool,
    /// In the file's order, with their answers in turn.
    commands: Vec<(String, Vec<String>)>,
    /// How many of them stand before the first event.
    at_start: usize,
    steps: Vec<String>,
}

impl Dialogue {
    fn read(text: &str) -> Dialogue {
        let mut dialogue = Dialogue::default();
        let mut open: Option<(String, String)> = None;
        for line in text.lines().chain(["#"]) {
            let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
            if mark == "<" {
                let (_, answer) = open.as_mut().unwrap_or_else(|| panic!("an answer to nothing: {line}"));
                let line = if rest == ">" { "\r\n> ".to_owned() } else { format!("\r\n{rest}\r\n") };
                answer.push_str(&line);
                continue;
            }
            if let Some((command, answer)) = open.take() {
                dialogue.answer(command, answer);
            }
            match mark {
                "" | "#" => {}
                "profile" => {
                    let (name, proof) = rest.split_once(' ').unwrap_or((rest, ""));
                    (dialogue.profile, dialogue.unproved) = (name.to_owned(), proof == "unproved");
                }
                ">" => open = Some((rest.to_owned(), String::new())),
                "!" | "*" | "=" => {
                    if dialogue.steps.is_empty() {
                        dialogue.at_start = dialogue.commands.len();
                    }
                    match dialogue.steps.last_mut().filter(|last| mark == "!" && last.starts_with('!')) {
                        Some(last) => last.push_str(&format!("\n{rest}")),
                        None => dialogue.steps.push(line.to_owned()),
                    }
                }
                _ => panic!("this line says nothing: {line}"),
            }
        }
        dialogue
    }

    fn answer(&mut self, command: String, answer: String) {
        match self.commands.iter_mut().find(|(known, _)| *known == command) {
            Some((_, answers)) => answers.push(answer),
            None => self.commands.push((command, vec![answer])),
        }
    }

    fn said(&self, command: &str, times: usize) -> String {
        let exact = self.commands.iter().find(|(known, _)| known == command);
        let named = exact.or_else(|| self.commands.iter().find(|(known, _)| is_said(known, command)));
        if let Some((_, answers)) = named {
            return answers[times.min(answers.len() - 1)].clone();
        }
        let usual = USUAL.iter().find(|(known, _)| *known == command);
        usual.map_or("\r\nOK\r\n".to_owned(), |(_, line)| format!("\r\n{line}\r\n\r\nOK\r\n"))
    }
}

/// A `*` at the end stands for any rest, of what is not named otherwise.
fn is_said(named: &str, command: &str) -> bool {
    named == command || named.strip_suffix('*').is_some_and(|beginning| command.starts_with(beginning))
}

/// The modem of a dialogue.
#[derive(Clone)]
struct Player {
    dialogue: Arc<Dialogue>,
    heard: Arc<Mutex<Vec<String>>>,
    urcs: Arc<tokio::sync::Mutex<mpsc::Receiver<String>>>,
}

impl Player {
    async fn serve(self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let (mut line, mut times) = (Vec::new(), HashMap::<String, usize>::new());
        let mut urcs = self.urcs.lock().await;
        let mut octet = [0];
        loop {
            let count = tokio::select! {
                Some(urc) = urcs.recv() => {
                    stream.write_all(urc.as_bytes()).await.unwrap();
                    continue;
                }
                count = stream.read(&mut octet) => count.unwrap_or(0),
            };
            match (count, octet[0]) {
                (0, _) => return,
                (_, end @ (b'\r' | 0x1A)) => {
                    let said = String::from_utf8_lossy(&std::mem::take(&mut line)).into_owned();
                    let command = match said.as_str() {
                        _ if end == 0x1A => "PDU",
                        said if said.starts_with("AT+CMGS=") => "AT+CMGS",
                        said => said,
                    };
                    let times = times.entry(command.to_owned()).or_default();
                    let answer = self.dialogue.said(command, *times);
                    *times += 1;
                    self.heard.lock().unwrap().push(command.to_owned());
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
                (_, 0x1B) => line.clear(),
                (_, octet) => line.push(octet),
            }
        }
    }
}

impl Opener for Player {
    fn open(&self) -> Opening<'_> {
        Box::pin(async {
            let (ours, theirs) = tokio::io::duplex(4096);
            tokio::spawn(self.clone().serve(theirs));
            Ok(Box::new(ours) as Port)
        })
    }
}

async fn play(path: &Path) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let dialogue = Arc::new(Dialogue::read(&std::fs::read_to_string(path).unwrap()));
    let (modem_says, urcs) = mpsc::channel(16);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let player =
        Player { dialogue: dialogue.clone(), heard: heard.clone(), urcs: Arc::new(tokio::sync::Mutex::new(urcs)) };
    let mut bench = Bench::of(Arc::new(player), None);
    while !matches!(bench.event_later().await, Event::State { state: State::Ready { .. }, .. }) {}
    for step in &dialogue.steps {
        let (mark, rest) = step.split_at(2);
        match mark {
            "! " => {
                let lines: String = rest.split('\n').map(|line| format!("\r\n{line}\r\n")).collect();
                modem_says.send(lines).await.unwrap();
            }
            "* " => {
                let submit = parts::submits(&number(PHONE), rest.trim_start_matches("text "), 9, None, true).remove(0);
                let outgoing = Outgoing { id: 7, part: 1, tpdu: submit.emit().unwrap(), witness: Default::default() };
                assert!(hand_over(&bench.modem.bearer, outgoing));
            }
            _ => expect(&mut bench, rest, &name).await,
        }
    }
    let facts = bench.modem.bearer.facts.clone();
    bench.modem.close().await;
    let facts = facts.borrow().clone();
    assert_eq!((facts.profile, facts.is_proved), (dialogue.profile.as_str(), !dialogue.unproved), "{name}");
    let heard = heard.lock().unwrap().clone();
    let place = |command: &String| heard.iter().position(|said| is_said(command, said));
    let places: Vec<usize> = dialogue
        .commands
        .iter()
        .map(|(command, _)| {
            place(command).unwrap_or_else(|| panic!("{name}: the driver never says {command}: {heard:#?}"))
        })
        .collect();
    assert!(places[..dialogue.at_start].is_sorted(), "{name}: in another order: {heard:#?}");
}

async fn expect(bench: &mut Bench, what: &str, name: &str) {
    if let Some(fact) = what.strip_prefix("facts ") {
        let facts: Facts = bench.modem.bearer.facts.borrow().clone();
        let slots = facts.slots.map(|slots| format!("storage {} {}/{}", slots.memory, slots.used, slots.total));
        let announces = if facts.announces { "announces yes" } else { "announces no" };
        let said =
            [format!("reports {:?}", facts.reports).to_lowercase(), slots.unwrap_or_default(), announces.to_owned()];
        return assert!(said.iter().any(|said| said == fact), "{name}: {fact}, but {said:?}");
    }
    loop {
        let came = match bench.event_later().await {
            Event::State { state: State::Ready { .. }, .. } | Event::Time(_) => continue,
            Event::State { state, .. } => panic!("{name}: {state:?}"),
            Event::Outcome { outcome: Outcome::Submitted { reference }, .. } => format!("sent {reference}"),
            Event::Outcome { outcome, .. } => panic!("{name}: {outcome:?}"),
            Event::Inbound(inbound) => {
                let came = match StatusReport::parse(&inbound.tpdu) {
                    Ok(report) => format!("report {}", report.reference),
                    Err(_) => format!("in {}", text(&inbound)),
                };
                done(inbound, "");
                came
            }
        };
        return assert_eq!(came, what, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_profile_has_its_dialogue_and_goes_as_it_is_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/at");
    for profile in profiles::names().filter(|name| *name != "generic") {
        play(&folder.join(format!("{profile}.dialogue"))).await;
    }
}
