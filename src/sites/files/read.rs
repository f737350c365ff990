//! The files of a site, read and checked: every fault is told.

use std::collections::BTreeMap;

use super::super::enterprise::{self, Opening, Site};
use super::super::pictures;
use super::{Files, Import, Section, SiteFile, Values, Whole};
use crate::config::is_host_name;
use crate::page::Lang;
use crate::sections::context::{Column, Content, ItemRecord};
use crate::sections::field::{FieldDef, FieldKind, Fields, check_all};
use crate::sections::{Kind, Shape, kind_of};

/// Reads and checks the files of a site. `Err` holds every fault, one line each.
pub fn read(
    files: &Files,
    kinds: &'static [&'static dyn Kind],
    lang: Lang,
) -> std::result::Result<Import, Vec<String>> {
    let text = files.get("site.toml").ok_or_else(|| vec!["site.toml is missing".to_owned()])?;
    let text = std::str::from_utf8(text).map_err(|e| vec![format!("site.toml is not UTF-8: {e}")])?;
    let file: SiteFile = toml::from_str(text).map_err(|e| vec![format!("site.toml: {}", e.to_string().trim_end())])?;
    let mut reader = Reader { files, lang, faults: Vec::new(), pictures: BTreeMap::new() };
    let company = file.enterprise;
    let mut site = Site {
        slogan: company.slogan,
        address: company.address,
        licence: company.licence,
        icp: company.icp,
        picture: reader.picture("enterprise, picture", &company.picture),
        columns: Vec::new(),
        domains: company.domains.iter().map(|d| d.trim_end_matches('.').to_lowercase()).collect(),
    };
    let lines = [("slogan", &site.slogan, 60), ("address", &site.address, 80)];
    for (name, value, max) in lines.into_iter().chain([("licence", &site.licence, 80), ("icp", &site.icp, 40)]) {
        if value.chars().count() > max || value.chars().any(char::is_control) {
            reader.faults.push(format!("enterprise, {name}: one line of at most {max} characters"));
        }
    }
    for domain in site.domains.iter().filter(|domain| !is_host_name(domain)) {
        reader.faults.push(format!("enterprise, domains: {domain:?} is no host name"));
    }
    let mut sections = Vec::new();
    for section in file.sections {
        if let Some(read) = reader.section(section, kinds, &site.columns) {
            site.columns.push(read.column.clone());
            sections.push(read);
        }
    }
    let opening = Opening {
        name: company.name,
        short_name: company.short_name,
        slug: company.slug,
        code: company.code,
        industry: company.industry,
        contact_phone: company.contact_phone,
        ..Opening::default()
    };
    let Reader { mut faults, pictures, .. } = reader;
    let of_company = enterprise::faults(&opening, lang);
    faults.extend(of_company.into_iter().map(|(field, why)| format!("enterprise, {field}: {why}")));
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Import { opening, site, sections, pictures: pictures.into_values().filter_map(|p| p.found).collect() })
}

struct Reader<'a> {
    files: &'a Files,
    lang: Lang,
    faults: Vec<String>,
    pictures: BTreeMap<String, Seen>,
}

/// A picture of the folder: its stored value, and its name and octets for the store.
struct Seen {
    stored: String,
    found: Option<(String, Vec<u8>)>,
}

impl Reader<'_> {
    fn section(&mut self, section: Section, kinds: &'static [&'static dyn Kind], before: &[Column]) -> Option<Whole> {
        let at = format!("section {}", section.id);
        if !good_id(&section.id) || section.id == "search" {
            self.faults.push(format!("{at}: an id is 1 to 30 of a-z, 0-9 and -"));
        }
        if before.iter().any(|c| c.id == section.id) {
            self.faults.push(format!("{at}: there are two"));
        }
        let Some(kind) = kind_of(kinds, &section.kind) else {
            let all: Vec<&str> = kinds.iter().map(|k| k.name()).collect();
            self.faults.push(format!("{at}: kind {:?} is none of {}", section.kind, all.join(", ")));
            return None;
        };
        let title = if section.title.is_empty() { kind.title(self.lang).to_owned() } else { section.title };
        if title.chars().count() > 12 {
            self.faults.push(format!("{at}, title: at most 12 characters"));
        }
        let fields = self.fields(&at, kind.fields(), section.content);
        if kind.shape() == Shape::One && !section.items.is_empty() {
            self.faults.push(format!("{at}: {} has no items", section.kind));
        }
        let mut items = Vec::new();
        for mut values in section.items {
            let id = values.remove("id").map(plain).unwrap_or_default();
            let at = format!("{at}, item {id:?}");
            if !good_id(&id) || items.iter().any(|(other, _)| *other == id) {
                self.faults.push(format!("{at}: an id is 1 to 30 of a-z, 0-9 and -, and no two items have the same"));
            }
            let fields = self.fields(&at, kind.item_fields(), values);
            items.push((id, ItemRecord { fields }));
        }
        let rows = section.rows.into_iter().enumerate();
        let rows = rows.map(|(n, row)| self.fields(&format!("{at}, row {}", n + 1), kind.row_fields(), row)).collect();
        let content = Content { fields, items: items.iter().map(|(id, _)| id.clone()).collect(), edition: 0 };
        Some(Whole { column: Column { id: section.id, kind: section.kind, title }, content, items, rows })
    }

    fn fields(&mut self, at: &str, defs: &[FieldDef], values: Values) -> Fields {
        let mut raw: Fields = values.into_iter().map(|(name, value)| (name, plain(value))).collect();
        for def in defs {
            let Some(value) = raw.get_mut(def.name).filter(|v| !v.is_empty()) else { continue };
            match def.kind {
                FieldKind::Picture => *value = self.picture(&format!("{at}, {}", def.name), value),
                FieldKind::Rich(_) => *value = self.rich(&format!("{at}, {}", def.name), value),
                _ => {}
            }
        }
        check_all(defs, &raw, self.lang).unwrap_or_else(|wrong| {
            self.faults.extend(wrong.into_iter().map(|(name, why)| format!("{at}, {name}: {why}")));
            Fields::new()
        })
    }

    /// The stored value of a picture of the folder; a fault when it is missing or broken.
    fn picture(&mut self, at: &str, name: &str) -> String {
        if name.is_empty() {
            return String::new();
        }
        if let Some(seen) = self.pictures.get(name) {
            return seen.stored.clone();
        }
        let bytes = self.files.get(&format!("pictures/{name}")).or_else(|| self.files.get(name));
        let seen = match bytes.ok_or_else(|| "there is no such file".to_owned()).and_then(|b| pictures::check(b)) {
            Ok(good) => {
                let bytes = bytes.cloned().unwrap_or_default();
                Seen {
                    stored: format!("{}|{}|{}", good.file, good.width, good.height),
                    found: Some((good.extension.to_owned(), bytes)),
                }
            }
            Err(why) => {
                self.faults.push(format!("{at}: {name}: {why}"));
                Seen { stored: String::new(), found: None }
            }
        };
        let stored = seen.stored.clone();
        self.pictures.insert(name.to_owned(), seen);
        stored
    }

    /// Rich text with the folder's picture names replaced by stored values.
    fn rich(&mut self, at: &str, text: &str) -> String {
        let line = |line: &str| match line.trim().strip_prefix("![").and_then(|l| l.strip_suffix(')')?.split_once("]("))
        {
            Some((alt, name)) => format!("![{alt}]({})", self.picture(at, name)),
            None => line.to_owned(),
        };
        text.lines().map(line).collect::<Vec<_>>().join("\n")
    }
}

fn good_id(id: &str) -> bool {
    let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=30).contains(&id.len()) && id.bytes().all(good)
}

/// Values may be written with or without quotes.
fn plain(value: toml::Value) -> String {
    match value {
        toml::Value::String(s) => s,
        other => other.to_string(),
    }
}
