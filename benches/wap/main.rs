//! What must be fast when WAP is measured; `benches/wap/peers.py` calls it and says what is compared.
//!
//! ```text
//! deck FOLDER                            writes the deck that is compiled, as FOLDER/deck.wml
//! straight | size | xml | decompiled CALLS     microseconds of a call
//! load PORT URL CLIENTS SECONDS          phones that ask for a page again as soon as they have it
//! loss PORT URL CLIENTS PAGES PERCENT    the same while so many datagrams are lost, each way
//! sessions PORT COUNT                    opens so many sessions and leaves them open
//! floor FILE                             a bare server on a port of its choice that gives this file for whatever
//!                                        comes, as WSP does; until standard input ends
//! ```
//! A figure is a line of JSON. A port is on 127.0.0.1; one with an odd number has sessions (9201), others none (9200).
//! Not here: who is measured, rounds, medians, aims.

mod decks;
mod floor;
mod phone;

use serde_json::Value;

type Figure = Result<Value, Box<dyn std::error::Error>>;

fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match figure(&words) {
        Ok(figure) => println!("{figure}"),
        Err(error) => {
            eprintln!("wap: {error}");
            return 1.into();
        }
    }
    0.into()
}

fn figure(words: &[&str]) -> Figure {
    match *words {
        ["deck", folder] => decks::write(folder.as_ref()),
        [what @ ("straight" | "size" | "xml" | "decompiled"), calls] => decks::timed(what, calls.parse()?),
        ["load", port, url, clients, seconds] => phone::load(port.parse()?, url, clients.parse()?, seconds.parse()?),
        ["loss", port, url, clients, pages, percent] => {
            phone::loss(port.parse()?, url, clients.parse()?, pages.parse()?, percent.parse()?)
        }
        ["sessions", port, count] => phone::sessions(port.parse()?, count.parse()?),
        ["floor", file] => floor::run(file.as_ref()),
        _ => Err("see the head of benches/wap/main.rs".into()),
    }
}
