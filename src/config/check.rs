//! The one pass over a config file: every key is held against its row in the table, and every fault is kept with its
//! line, so that one run tells them all. It reads nothing but the text; of files that are named it asks only whether
//! they are there and who may read them.
//!
//! Not here: whether ports are free, devices exist or names resolve. That is the machine, and `doctor` looks at it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{ALL, File, Key, OFF, Shape, Table, Twin};
use super::syntax::{Mended, mend};
use super::values::{Read, Value, url_host};
use super::{Config, Fault};

/// A table as written.
pub struct Place<'a> {
    path: &'static str,
    pub table: &'a DeTable<'a>,
    /// Of its header; 1 where it is not written at all.
    line: usize,
}

pub struct Check<'a> {
    text: &'a str,
    base: &'a Path,
    faults: Vec<Fault>,
    /// The line of each key that is written, by its whole name; of several, the first.
    lines: BTreeMap<String, usize>,
    /// The lines that are not TOML, as they stand.
    broken: Vec<&'a str>,
}

/// Reads a config text. Relative paths in it start at `base`.
///
/// # Errors
/// Everything that is wrong, sorted by line; never empty.
pub fn check(text: &str, base: &Path) -> Result<Config, Vec<Fault>> {
    let Mended { text: mended, faults } = mend(text);
    let (root, _) = DeTable::parse_recoverable(&mended);
    let root = root.get_ref();
    let broken = faults.iter().filter_map(|fault| text.lines().nth(fault.line - 1)).collect();
    let mut check = Check { text, base, faults, lines: BTreeMap::new(), broken };
    let mut config = Config {
        this_box: check.one(root),
        http: check.one(root),
        https: check.one(root),
        wap: check.one(root),
        modems: check.many(root, "modem"),
        sms: check.one(root),
        sendsms: check.many(root, "sendsms"),
        api: check.one(root),
        webhooks: check.many(root, "webhook"),
        hub: check.one(root),
        store: check.one(root),
        log: check.one(root),
    };
    check.unknown_tables(root);
    check.contradictions(&config);
    config.fill();
    if check.faults.is_empty() { Ok(config) } else { Err(check.sorted()) }
}

impl Check<'_> {
    /// Reads one key of a table. A key at fault or absent gives its default.
    pub fn key<T>(&mut self, place: &Place<'_>, key: &Key, read: impl Fn(&Value) -> Read<T>) -> T {
        let name = format!("{}.{}", place.path, key.name);
        match find(place.table, key.name) {
            Some(written) => {
                self.lines.entry(name.clone()).or_insert_with(|| line_of(self.text, written.span().start));
                match read(&Value { written: written.get_ref(), base: self.base }) {
                    Ok(meant) => {
                        self.named_file(&name, key, written);
                        return meant;
                    }
                    Err(all) => {
                        for wrong in all {
                            let span = wrong.at.unwrap_or(written.span());
                            self.fault(&name, span.clone(), self.shown(key, span), wrong.why, key.right.to_owned());
                        }
                    }
                }
            }
            None if key.must => self.missing(place, &name, format!("{} = {}", key.name, key.right)),
            None => {}
        }
        let default = DeValue::parse(key.default).expect("a default is TOML: a test reads each");
        read(&Value { written: default.get_ref(), base: self.base }).expect("a default is good: a test reads each")
    }

    /// Reads a table that is written once, or not at all.
    fn one<T: Table>(&mut self, root: &DeTable<'_>) -> T {
        let path = T::SHAPE.path;
        let empty = DeTable::new();
        let place = match find(root, path) {
            None => Place { path, table: &empty, line: 1 },
            Some(written) => {
                let line = line_of(self.text, written.span().start);
                if let Some(table) = written.get_ref().as_table() {
                    Place { path, table, line }
                } else {
                    self.fault(path, written.span(), String::new(), "not one table".into(), format!("[{path}]"));
                    return T::read(&Place { path, table: &empty, line }, &mut self.silent());
                }
            }
        };
        self.table::<T>(&place)
    }

    /// Reads a list of tables: `[[modem]]`, or `certificates = [{…}]` within its parent.
    pub fn many<T: Table>(&mut self, parent: &DeTable<'_>, name: &str) -> Vec<T> {
        let path = T::SHAPE.path;
        let Some(list) = find(parent, name) else { return Vec::new() };
        self.lines.entry(path.to_owned()).or_insert_with(|| line_of(self.text, list.span().start));
        let items = list.get_ref().as_array().map_or(&[][..], |items| items);
        if !list.get_ref().is_array() {
            self.fault(path, list.span(), String::new(), "not a list of tables".into(), format!("[[{path}]]"));
        }
        let mut read = Vec::new();
        let mut tables = Vec::new();
        for item in items {
            let line = line_of(self.text, item.span().start);
            match item.get_ref().as_table() {
                Some(table) => {
                    read.push(self.table::<T>(&Place { path, table, line }));
                    tables.push(table);
                }
                None => self.fault(path, item.span(), String::new(), "not a table".into(), format!("[[{path}]]")),
            }
        }
        for key in T::SHAPE.keys {
            self.twice(path, key, &tables);
        }
        read
    }

    fn table<T: Table>(&mut self, place: &Place<'_>) -> T {
        self.unknown_keys(place, &T::SHAPE);
        for key in T::SHAPE.keys {
            self.twins(place, key, &T::SHAPE);
        }
        T::read(place, self)
    }

    /// The same pass with its faults thrown away: for a table whose one fault is its form.
    fn silent(&self) -> Check<'_> {
        Check { text: "", base: self.base, faults: Vec::new(), lines: BTreeMap::new(), broken: Vec::new() }
    }

    fn unknown_keys(&mut self, place: &Place<'_>, shape: &Shape) {
        for (key, _) in place.table {
            let name: &str = key.get_ref();
            let known: Vec<&str> = shape.keys.iter().map(|key| key.name).chain(shape.lists.iter().copied()).collect();
            if known.contains(&name) {
                continue;
            }
            let right = match nearest(name, &known) {
                Some(near) => format!("{}.{near}", place.path),
                None => elsewhere(name).unwrap_or_else(|| format!("one of {}", known.join(", "))),
            };
            self.fault(&format!("{}.{name}", place.path), key.span(), String::new(), "no such key".into(), right);
        }
    }

    fn unknown_tables(&mut self, root: &DeTable<'_>) {
        let known: Vec<&str> = ALL.iter().map(|shape| shape.path).filter(|path| !path.contains('.')).collect();
        for (key, value) in root {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let is_key = !value.get_ref().is_table() && !value.get_ref().is_array();
            let other = if is_key { elsewhere(name) } else { None };
            let near = nearest(name, &known).map(str::to_owned);
            let right = other.or(near).unwrap_or_else(|| format!("one of {}", known.join(", ")));
            let wrong = if is_key { "no such key outside the tables" } else { "no such table" };
            self.fault(name, key.span(), String::new(), wrong.into(), right);
        }
    }

    fn twins(&mut self, place: &Place<'_>, key: &Key, shape: &Shape) {
        let says = |name| find(place.table, name).filter(|value| value.get_ref().as_str() != Some(""));
        let name = format!("{}.{}", place.path, key.name);
        let (Twin::NotWith(twin) | Twin::OneOf(twin)) = key.twin else { return };
        match (says(key.name), says(twin)) {
            (Some(_), Some(written)) => {
                let wrong = format!("{} and {twin} are both written", key.name);
                self.fault(&name, written.span(), String::new(), wrong, format!("one of the two, better {twin}"));
            }
            (None, None) if matches!(key.twin, Twin::OneOf(_)) => {
                let example = shape.keys.iter().find(|key| key.name == twin).map_or(OFF, |twin| twin.right);
                self.missing(place, &name, format!("{} = \"…\", better {twin} = {example}", key.name));
            }
            _ => {}
        }
    }

    fn twice(&mut self, path: &str, key: &Key, tables: &[&DeTable<'_>]) {
        let Some(form) = key.unique else { return };
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for written in tables.iter().filter_map(|table| find(table, key.name)) {
            let Some(text) = written.get_ref().as_str().filter(|text| !text.is_empty()) else { continue };
            let line = line_of(self.text, written.span().start);
            if let Some(first) = seen.get(&form(text)) {
                let wrong = format!("the [[{path}]] of line {first} has it already");
                let right = format!("a {} of its own", key.name);
                self.fault(
                    &format!("{path}.{}", key.name),
                    written.span(),
                    self.shown(key, written.span()),
                    wrong,
                    right,
                );
            } else {
                seen.insert(form(text), line);
            }
        }
    }

    /// Whether a file that is named is there, and a private one private.
    fn named_file(&mut self, name: &str, key: &Key, written: &Spanned<DeValue<'_>>) {
        let Some(text) = written.get_ref().as_str().filter(|text| !text.is_empty()) else { return };
        if key.file == File::No {
            return;
        }
        let path = self.base.join(text);
        let fault = match std::fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Some(("there is no such file".into(), format!("a file at {}", path.display())))
            }
            Err(error) => Some((format!("cannot be looked at: {error}"), "a file that this user may see".into())),
            Ok(found) if !found.is_file() => Some(("not a file".into(), key.right.to_owned())),
            Ok(found) if key.file == File::Private && is_open(&found) => {
                Some(("everybody on this machine may read it".into(), format!("chmod 640 {}", path.display())))
            }
            Ok(_) => None,
        };
        if let Some((wrong, right)) = fault {
            self.fault(name, written.span(), self.shown(key, written.span()), wrong, right);
        }
    }

    /// Keys that are each good and together make no sense.
    fn contradictions(&mut self, config: &Config) {
        let (http, sms, wap) = (&config.http, &config.sms, &config.wap);
        if let Some(tls) = config.https.listen {
            let shared = tls.ip() == http.listen.ip() || tls.ip().is_unspecified() || http.listen.ip().is_unspecified();
            if tls.port() == http.listen.port() && tls.port() != 0 && shared {
                self.contradiction(["https.listen", "http.listen"], "is taken by http.listen", "a port of its own");
            }
            if config.https.certificates.is_empty() {
                let right = "[[https.certificates]] with cert and key";
                self.contradiction(["https.listen", "https.certificates"], "there is no certificate", right);
            }
        }
        if wap.connectionless_port != 0 && wap.connectionless_port == wap.session_port {
            let keys = ["wap.session_port", "wap.connectionless_port"];
            self.contradiction(keys, "is the connectionless port too", "9201, or 0 for off");
        }
        let is_beyond = |shorter: u32, longer: u32| longer > 0 && shorter > longer;
        if is_beyond(sms.per_minute, sms.per_hour) {
            let keys = ["sms.per_minute", "sms.per_hour"];
            self.contradiction(keys, "a minute may hold more than an hour", "per_minute ≤ per_hour ≤ per_day");
        }
        if is_beyond(sms.per_hour, sms.per_day) {
            let keys = ["sms.per_hour", "sms.per_day"];
            self.contradiction(keys, "an hour may hold more than a day", "per_minute ≤ per_hour ≤ per_day");
        }
        if config.store.reserve < 2 * config.store.segment {
            let keys = ["store.reserve_mib", "store.segment_mib"];
            self.contradiction(keys, "less than two journal segments", "at least twice segment_mib");
        }
        if let Some(host) = url_host(config.this_box.url.trim_end_matches('/'), &["http", "https"]) {
            let domain = &config.this_box.domain;
            let is_name = host.contains(|c: char| c.is_ascii_alphabetic()) && !host.starts_with('[');
            if is_name && host != domain && !host.ends_with(&format!(".{domain}")) {
                let right = format!("http://{domain}, or an address");
                self.contradiction(
                    ["box.url", "box.domain"],
                    "its host is not box.domain: it would lead nowhere",
                    &right,
                );
            }
        }
    }

    /// One fault for two keys, at the first of them that is written; none when one of them is at fault by itself.
    fn contradiction(&mut self, keys: [&str; 2], wrong: &str, right: &str) {
        if self.faults.iter().any(|fault| keys.iter().any(|key| fault.key.starts_with(key))) {
            return;
        }
        let key = keys.iter().find(|key| self.lines.contains_key(**key)).unwrap_or(&keys[0]);
        let (line, key) = (self.lines.get(*key).copied().unwrap_or(1), (*key).to_owned());
        self.faults.push(Fault { line, key, written: String::new(), wrong: wrong.into(), right: right.into() });
    }

    fn missing(&mut self, place: &Place<'_>, name: &str, right: String) {
        if !self.may_be_in_what_is_broken(name) {
            let (key, wrong) = (name.to_owned(), "missing".to_owned());
            self.faults.push(Fault { line: place.line, key, written: String::new(), wrong, right });
        }
    }

    /// A line that is not TOML may have held the key, or the header of its table.
    fn may_be_in_what_is_broken(&self, name: &str) -> bool {
        let key = name.rsplit('.').next().unwrap_or(name);
        self.broken.iter().any(|line| line.trim_start().starts_with('[') || line.contains(key))
    }

    fn fault(&mut self, key: &str, span: Range<usize>, written: String, wrong: String, right: String) {
        let line = line_of(self.text, span.start);
        self.faults.push(Fault { line, key: key.to_owned(), written, wrong, right });
    }

    /// What is written, as far as it may be shown and fits a line.
    fn shown(&self, key: &Key, span: Range<usize>) -> String {
        const WIDTH: usize = 60; // with path, key and reason about two lines of a terminal
        if key.secret {
            return "***".to_owned();
        }
        let line = self.text.get(span).unwrap_or("").lines().next().unwrap_or("");
        match line.char_indices().nth(WIDTH) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line.to_owned(),
        }
    }

    fn sorted(mut self) -> Vec<Fault> {
        self.faults.sort_by_key(|fault| fault.line);
        self.faults
    }
}

fn find<'t, 'i>(table: &'t DeTable<'i>, name: &str) -> Option<&'t Spanned<DeValue<'i>>> {
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
}

/// Counted from 1.
fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|b| *b == b'\n').count()
}

/// The table in which a key of this name is known.
fn elsewhere(name: &str) -> Option<String> {
    let shape =
        ALL.iter().find(|shape| shape.keys.iter().any(|key| key.name == name) || shape.lists.contains(&name))?;
    Some(format!("{}.{name}", shape.path))
}

/// The known name that was probably meant: at most one slip in three letters.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let near = known.iter().map(|known| (slips(name, known), *known)).min()?;
    (near.0 <= near.1.len().div_ceil(3)).then_some(near.1)
}

/// Levenshtein's distance, with two neighbours swapped as one slip.
fn slips(a: &str, b: &str) -> usize {
    const LONGEST: usize = 64; // octets; no key is half as long, and the table below stays small
    if a.len() > LONGEST {
        return usize::MAX;
    }
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(unix)]
fn is_open(found: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o004 != 0
}

#[cfg(not(unix))]
fn is_open(_found: &std::fs::Metadata) -> bool {
    false
}
