//! `yizhan queue …`: what waits to be sent, on the running box's local socket.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Done, ask, say, text};

const PAGE: usize = 500;

pub fn list(config: &Path, socket: Option<PathBuf>, class: &str, site: &str) -> Done {
    let mut after = String::new();
    loop {
        let path = format!("/api/v1/queue?limit={PAGE}&after={after}");
        let page = answer(ask(config, socket.clone(), "GET", &path, "", &[])?);
        let items = page["items"].as_array().cloned().unwrap_or_default();
        let fits = |item: &&Value| {
            (class.is_empty() || text(item, "class") == class) && (site.is_empty() || text(item, "site") == site)
        };
        for item in items.iter().filter(fits) {
            let line = ["id", "made", "class", "site", "to", "state", "hint"].map(|name| text(item, name).to_owned());
            say(&line.join("\t"));
        }
        if items.len() < PAGE {
            return held(&page);
        }
        after = text(&page, "next").to_owned();
    }
}

/// `hold` or `release`.
pub fn hold(config: &Path, socket: Option<PathBuf>, verb: &str, class: &str, site: &str) -> Done {
    let page = answer(post(config, socket, verb, &json!({ "class": class, "site": site }))?);
    match is_held(&page) {
        true => held(&page),
        false => {
            say("nothing is held back");
            Ok(())
        }
    }
}

pub fn purge(
    config: &Path,
    socket: Option<PathBuf>,
    class: &str,
    site: &str,
    older_than_min: Option<u64>,
    all: bool,
) -> Done {
    if class.is_empty() && site.is_empty() && older_than_min.is_none() && !all {
        return Err(
            "this would cancel everything that waits: name --class, --site or --older-than, or say --all".to_owned()
        );
    }
    let older_than_s = older_than_min.map(|minutes| minutes.saturating_mul(60));
    let body = json!({ "class": class, "site": site, "older_than_s": older_than_s });
    say(&format!("{} cancelled", answer(post(config, socket, "purge", &body)?)["cancelled"]));
    Ok(())
}

pub fn cancel(config: &Path, socket: Option<PathBuf>, id: u64) -> Done {
    let message = answer(ask(config, socket, "DELETE", &format!("/api/v1/messages/{id}"), "", &[])?);
    say(&format!("{id} {}", text(&message, "state")));
    Ok(())
}

fn post(config: &Path, socket: Option<PathBuf>, verb: &str, body: &Value) -> Result<Vec<u8>, String> {
    let body = body.to_string();
    ask(config, socket, "POST", &format!("/api/v1/queue/{verb}"), "application/json", body.as_bytes())
}

fn answer(octets: Vec<u8>) -> Value {
    serde_json::from_slice(&octets).unwrap_or_default()
}

fn is_held(page: &Value) -> bool {
    let held = &page["held"];
    let any = |name: &str| held[name].as_array().is_some_and(|names| !names.is_empty());
    held["all"] == true || any("classes") || any("sites")
}

/// Says what is held back, if anything is.
fn held(page: &Value) -> Done {
    if is_held(page) {
        let held = &page["held"];
        let names = ["classes", "sites"].into_iter().flat_map(|name| held[name].as_array().into_iter().flatten());
        let names: Vec<&str> = names.filter_map(Value::as_str).collect();
        let what = if held["all"] == true { "everything".to_owned() } else { names.join(", ") };
        say(&format!("held back: {what}"));
    }
    Ok(())
}
