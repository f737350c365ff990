//! What must be fast when gateways for texts are measured; `benches/sms/gateways.py` calls it and says what is compared.
//!
//! ```text
//! modems FOLDER COUNT                    simulated modems as FOLDER/modem1…; a JSON line in, a JSON line out
//! loop FOLDER COUNT SECONDS OCTETS       the floor: a bare AT loop on each; before each message OCTETS are put on the
//!                                        disk in FOLDER (0: no disk)
//! answer FOLDER OCTETS                   the floor of replies on modem1: read, one append and sync, send, delete;
//!                                        until standard input ends
//! fill SOCKET FIRST COUNT WRITERS        messages for Yizhan's queue, by its API
//! ```
//! Not here: who is measured, rounds, medians, aims.

mod bare;
mod fill;
mod line;
mod modems;

use serde_json::Value;

type Figure = Result<Value, Box<dyn std::error::Error>>;

fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match figure(&words) {
        Ok(figure) => println!("{figure}"),
        Err(error) => {
            eprintln!("sms: {error}");
            return 1.into();
        }
    }
    0.into()
}

fn figure(words: &[&str]) -> Figure {
    match *words {
        ["modems", folder, count] => modems::run(folder.as_ref(), count.parse()?),
        ["loop", folder, count, seconds, octets] => {
            bare::send(folder.as_ref(), count.parse()?, seconds.parse()?, octets.parse()?)
        }
        ["answer", folder, octets] => bare::answer(folder.as_ref(), octets.parse()?),
        ["fill", socket, first, count, writers] => {
            fill::run(socket.as_ref(), first.parse()?, count.parse()?, writers.parse()?)
        }
        _ => Err("see the head of benches/sms/main.rs".into()),
    }
}
