//! `yizhan modem …`: how the modems are, and the log of what is said to one, on the running box's local socket.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Done, ask, say, text};

/// A line for each: name, state, number, operator, signal, slots, how it is; below it what to do.
pub fn list(config: &Path, socket: Option<PathBuf>) -> Done {
    for modem in modems(config, socket)? {
        let count = |value: &Value| value.as_u64().map_or_else(|| "-".to_owned(), |count| count.to_string());
        let [name, state, number, operator, says, help] =
            ["name", "state", "number", "operator", "says", "help"].map(|field| text(&modem, field));
        let slots = format!("{}/{}", count(&modem["facts"]["slots_used"]), count(&modem["facts"]["slots"]));
        say(&[name, state, number, operator, &count(&modem["signal"]), &slots, says].join("\t"));
        if !help.is_empty() {
            say(&format!("\t→ {help}"));
        }
    }
    Ok(())
}

/// Prints what is kept; with `minutes` it turns the log on for so long, or off with 0, and prints nothing else.
pub fn log(config: &Path, socket: Option<PathBuf>, name: &str, minutes: Option<u64>, whole: bool) -> Done {
    let known = modems(config, socket.clone())?;
    if !known.iter().any(|modem| text(modem, "name") == name) {
        let names: Vec<&str> = known.iter().map(|modem| text(modem, "name")).collect();
        return Err(match names.as_slice() {
            [] => "the box has no modem".to_owned(),
            names => format!("there is no modem {name}; there is: {}", names.join(", ")),
        });
    }
    let path = format!("/api/v1/modems/{name}/log");
    if let Some(minutes) = minutes {
        let detail = if whole { "whole" } else { "masked" };
        let body = json!({ "minutes": minutes, "detail": detail }).to_string();
        ask(config, socket, "POST", &path, "application/json", body.as_bytes())?;
        say(&match minutes {
            0 => format!("the log of {name} is off"),
            _ => format!("the log of {name} is on for {minutes} min ({detail}); read it: yizhan modem log {name}"),
        });
        return Ok(());
    }
    let log: Value = serde_json::from_slice(&ask(config, socket, "GET", &path, "", &[])?).unwrap_or_default();
    let lines = log["items"].as_array().map_or(&[][..], Vec::as_slice);
    for line in lines {
        say(&format!("{} {}", text(line, "at"), text(line, "text")));
    }
    match (text(&log, "detail"), lines) {
        ("off", []) => {
            Err(format!("the log of {name} is off and holds nothing; turn it on: yizhan modem log {name} --minutes 10"))
        }
        (_, []) => {
            say("nothing was said yet");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// In English, as everything that a command says.
fn modems(config: &Path, socket: Option<PathBuf>) -> Result<Vec<Value>, String> {
    let answer = ask(config, socket, "GET", "/api/v1/modems?lang=en", "", &[])?;
    let page: Value = serde_json::from_slice(&answer).unwrap_or_default();
    Ok(page["items"].as_array().cloned().unwrap_or_default())
}
