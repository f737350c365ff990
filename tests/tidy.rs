//! The house in order: arrows between rooms point down, libraries stay in their rooms, every file says what it is, and
//! the paths that the map and the README name exist.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

const BASE: [&str; 8] = ["words", "number", "clock", "error", "stop", "config", "troubles", "message"];

/// What each room may use besides itself and `BASE`. `app`, `demo`, `command`, `doctor` and `sim` stand above and beside all.
const ROOMS: [(&str, &[&str]); 11] = [
    ("config", &[]),
    ("store", &[]),
    ("retention", &["store"]),
    ("page", &[]),
    ("sections", &["page", "store"]),
    ("sites", &["sections", "page", "retention", "store"]),
    ("sms", &["sites", "sections", "page", "retention", "store"]),
    ("wap", &["page"]),
    ("web", &["sites", "sections", "page", "store"]),
    ("hooks", &["store"]),
    ("modem", &["sms"]),
];

/// Words that only the named places may say.
const WORDS: [(&str, &[&str]); 4] = [
    ("sled::", &["src/store/"]),
    ("hyper::", &["src/web/", "src/hooks/"]),
    ("tokio_serial", &["src/modem/port.rs"]),
    ("SystemTime", &["src/clock"]),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    assert!(!found.is_empty(), "{folder} has no Rust file");
    let name = |p: &Path| p.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    found.into_iter().map(|p| (name(&p), fs::read_to_string(&p).unwrap())).collect()
}

/// The code that is shipped: without comments and tests.
fn shipped(name: &str, text: &str) -> String {
    if name.contains("/tests") || name.ends_with("/tests.rs") || name.ends_with("/contract.rs") {
        return String::new();
    }
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or("");
    let code = code.split("#[cfg(test)]\n#[allow(clippy::unwrap_used)]\nmod tests {").next().unwrap_or("");
    code.lines().map(|l| l.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The rooms that a text of code names by `crate::`, alone or in braces.
fn used(code: &str) -> Vec<String> {
    let mut out = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let list = rest.strip_prefix('{').and_then(|r| r.split('}').next());
        let names: Vec<&str> = list.map_or_else(|| vec![rest], |l| l.split(',').collect());
        for name in names {
            let word: String = name.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            out.push(word);
        }
    }
    out
}

#[test]
fn arrows_point_down() {
    let mut wrong = Vec::new();
    for (room, below) in ROOMS {
        let files = rust_files("src").into_iter();
        let own = files.filter(|(n, _)| n.starts_with(&format!("src/{room}/")) || *n == format!("src/{room}.rs"));
        for (name, text) in own {
            for word in used(&shipped(&name, &text)) {
                let known = ROOMS.iter().any(|(r, _)| *r == word)
                    || ["app", "demo", "command", "doctor", "sim"].contains(&word.as_str());
                let allowed = word == room || BASE.contains(&word.as_str()) || below.contains(&word.as_str());
                if known && !allowed {
                    wrong.push(format!("{name} uses crate::{word}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn libraries_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for (name, text) in rust_files("src") {
        let code = shipped(&name, &text);
        for (word, places) in WORDS {
            if code.contains(word) && !places.iter().any(|p| name.starts_with(p)) {
                wrong.push(format!("{name} says {word}"));
            }
        }
        if name.starts_with("src/page/") && ["tokio", "std::fs", "std::net"].iter().any(|w| code.contains(w)) {
            wrong.push(format!("{name} is not pure"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_kind_names_no_channel_and_a_channel_no_kind() {
    let kinds = ["profile", "news", "products", "contact", "guestbook"];
    for (name, text) in rust_files("src") {
        let code = shipped(&name, &text);
        let channel = ["src/web/", "src/sms/", "src/wap/"].iter().any(|c| name.starts_with(c));
        for kind in kinds {
            assert!(!(channel && code.contains(&format!("\"{kind}\""))), "{name} names the kind {kind}");
        }
        if name.starts_with("src/sections/") {
            for word in ["sms", "wml", "html", "http"] {
                let said = code.to_lowercase().contains(&format!("{word}::"));
                assert!(!said, "{name} names the channel {word}");
            }
        }
    }
}

#[test]
fn every_file_says_what_it_is() {
    for folder in ["src", "tests"] {
        for (name, text) in rust_files(folder) {
            assert!(text.starts_with("//!"), "{name} has no head");
        }
    }
}

#[test]
fn named_paths_exist() {
    for (file, folders) in [("src/lib.rs", ["src", "."]), ("README.md", [".", "."])] {
        let text = fs::read_to_string(root().join(file)).unwrap();
        let mut seen = 0;
        for word in text.split('`').skip(1).step_by(2) {
            let path = word.split_whitespace().next().unwrap_or("");
            let is_path =
                path.contains('/') && !path.contains(':') && !path.starts_with('/') && !path.contains(['*', '<', '=']);
            if is_path {
                seen += 1;
                assert!(folders.iter().any(|f| root().join(f).join(path).exists()), "{file} names {path}");
            }
        }
        assert!(seen > 3, "{file} names no paths");
    }
}
