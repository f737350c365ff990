//! A site as plain files: `site.toml` and its pictures, in a folder or a tar of it. Starter sites have the same form.
//!
//! An import says all that is wrong with the files at once and then does nothing, or replaces the site's content as a
//! whole; what visitors wrote stays.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use serde::{Deserialize, Serialize};

use super::enterprise::{self, Enterprise, Opening, Site};
use super::pictures;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::page::{Lang, yuan};
use crate::sections::context::{Address, Column, Content, ItemRecord, Row, item_key, row_key, section_key};
use crate::sections::field::{FieldDef, FieldKind, Fields, check_all};
use crate::sections::{Kind, Shape, kind_of};
use crate::store::{Records, Store};

/// File names inside the folder (with `/`) and what is in them.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Enough for a site of some hundred pictures; more is a mistake or an attack.
pub const IMPORT_BYTES_MAX: usize = 64 << 20;
const FILES_MAX: usize = 2000;
/// Items written in one transaction: imports must not hold up the texts of others.
const CHUNK: usize = 100;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteFile {
    enterprise: Company,
    #[serde(default, rename = "section")]
    sections: Vec<Section>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Company {
    slug: String,
    code: String,
    name: String,
    short_name: String,
    industry: String,
    contact_phone: String,
    slogan: String,
    address: String,
    licence: String,
    icp: String,
    picture: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    domains: Vec<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    id: String,
    kind: String,
    #[serde(default)]
    title: String,
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    content: Values,
    #[serde(default, rename = "item", skip_serializing_if = "Vec::is_empty")]
    items: Vec<Values>,
    #[serde(default, rename = "row", skip_serializing_if = "Vec::is_empty")]
    rows: Vec<Values>,
}

type Values = BTreeMap<String, toml::Value>;

/// A site whose files were found good.
#[derive(Debug)]
pub struct Import {
    pub opening: Opening,
    site: Site,
    sections: Vec<Whole>,
    pictures: Vec<(String, Vec<u8>)>,
}

/// A section with all that is in it.
#[derive(Debug)]
struct Whole {
    column: Column,
    content: Content,
    items: Vec<(String, ItemRecord)>,
    /// Visitors' rows that a starter site begins with.
    rows: Vec<Fields>,
}

/// The files of a tar; a leading folder name is taken off.
pub fn untar(bytes: &[u8]) -> Result<Files> {
    let wrong = |e: std::io::Error| Error::invalid("tar", e.to_string());
    let mut files = Files::new();
    let mut total = 0;
    for entry in tar::Archive::new(Cursor::new(bytes)).entries().map_err(wrong)? {
        let mut entry = entry.map_err(wrong)?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = entry.path().map_err(wrong)?.to_string_lossy().trim_start_matches("./").to_owned();
        let mut content = Vec::new();
        (&mut entry).take(IMPORT_BYTES_MAX as u64 + 1).read_to_end(&mut content).map_err(wrong)?;
        total += content.len();
        if total > IMPORT_BYTES_MAX || files.len() >= FILES_MAX {
            return Err(Error::invalid("tar", "too large for a site"));
        }
        files.insert(name, content);
    }
    let folder = files.keys().find_map(|n| n.strip_suffix("site.toml")).unwrap_or("").to_owned();
    if !folder.is_empty() {
        files = files.into_iter().filter_map(|(n, c)| Some((n.strip_prefix(&folder)?.to_owned(), c))).collect();
    }
    Ok(files)
}

/// The tar of files, each with the same old date, so that the same site gives the same octets.
pub fn tar(files: &Files) -> Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        builder.append_data(&mut header, name, content.as_slice()).map_err(Error::internal)?;
    }
    builder.into_inner().map_err(Error::internal)
}

/// The slug that the files are for, without checking anything else.
pub fn slug(files: &Files) -> Option<String> {
    let text = std::str::from_utf8(files.get("site.toml")?).ok()?;
    let table: toml::Table = text.parse().ok()?;
    Some(table.get("enterprise")?.get("slug")?.as_str()?.to_owned())
}

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
    for (name, value, max) in [("slogan", &site.slogan, 60), ("address", &site.address, 80)] {
        if value.chars().count() > max {
            reader.faults.push(format!("enterprise, {name}: at most {max} characters"));
        }
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
    let Reader { faults, pictures, .. } = reader;
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
        let content = Content { fields, items: items.iter().map(|(id, _)| id.clone()).collect() };
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

/// Writes a good import. Blocks: for commands, start-up and threads that may wait. `Ok` is the company as it stands.
pub fn write(store: &Store, import: Import, now: Time, home: &str, lang: Lang) -> Result<Enterprise> {
    for (extension, bytes) in &import.pictures {
        store.media().put(bytes, extension, pictures::FILE_BYTES_MAX)?;
    }
    let slug = import.opening.slug.clone();
    let opening = import.opening;
    let (company, fresh) = store.write_blocking(move |tx| match tx.get::<Enterprise>(opening.slug.as_bytes())? {
        Some(there) => Ok((there, false)),
        None => enterprise::open(tx, &opening, now, lang).map(|made| (made, true)),
    })?;
    // The items first, in chunks; the columns that show them last, so that nobody sees half a site.
    for Whole { column, items, .. } in &import.sections {
        for chunk in items.chunks(CHUNK) {
            let (slug, section, chunk) = (slug.clone(), column.id.clone(), chunk.to_vec());
            store.write_blocking(move |tx| {
                chunk.iter().try_for_each(|(id, item)| tx.put(&item_key(&slug, &section, id), item))
            })?;
        }
    }
    let (site, sections, home) = (import.site, import.sections, home.to_owned());
    store.write_blocking(move |tx| {
        for Whole { column, content, .. } in &sections {
            drop_old_items(tx, &slug, &column.id, &content.items)?;
            tx.put(&section_key(&slug, &column.id), content)?;
        }
        enterprise::put_site(tx, &slug, &site)?;
        for Whole { column, rows, .. } in sections.iter().filter(|_| fresh) {
            // The oldest first, so that the newest has the highest number.
            for fields in rows.iter().rev() {
                add_sample(tx, &slug, &column.id, fields, now, &home)?;
            }
        }
        Ok(())
    })?;
    Ok(company)
}

fn drop_old_items(tx: &mut crate::store::Tx, slug: &str, section: &str, kept: &[String]) -> Result<()> {
    let old: Option<Content> = tx.get(&section_key(slug, section))?;
    for id in old.unwrap_or_default().items {
        if !kept.contains(&id) {
            tx.delete::<ItemRecord>(&item_key(slug, section, &id))?;
        }
    }
    Ok(())
}

fn add_sample(
    tx: &mut crate::store::Tx,
    slug: &str,
    section: &str,
    fields: &Fields,
    now: Time,
    home: &str,
) -> Result<()> {
    let mut fields = fields.clone();
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap_or(jiff::tz::TimeZone::UTC);
    let made = fields.remove("when").and_then(|w| Time::of_civil(w.parse().ok()?, &zone)).unwrap_or(now);
    let id = tx.next_id("row")?;
    let row = Row {
        fields,
        made,
        phone: None,
        reply_to: Address::default(),
        visitor: [0; 16],
        state: "shown".to_owned(),
        home: home.to_owned(),
    };
    tx.put(&row_key(slug, section, id), &row)
}

/// The files of a site that is there; what visitors wrote is not among them.
pub fn export(store: &Store, slug: &str, kinds: &'static [&'static dyn Kind]) -> Result<Files> {
    let company = enterprise::enterprise(store, slug)?;
    let site = enterprise::site(store, slug)?;
    let mut files = Files::new();
    let mut sections = Vec::new();
    for column in &site.columns {
        let kind = kind_of(kinds, &column.kind).ok_or(Error::NotFound)?;
        let content: Content = store.get(&section_key(slug, &column.id))?.unwrap_or_default();
        let mut items = Vec::new();
        for id in &content.items {
            let Some(item) = store.get::<ItemRecord>(&item_key(slug, &column.id, id))? else { continue };
            let mut values = written(store, kind.item_fields(), &item.fields, &mut files)?;
            values.insert("id".to_owned(), toml::Value::String(id.clone()));
            items.push(values);
        }
        let content = written(store, kind.fields(), &content.fields, &mut files)?;
        let (id, kind, title) = (column.id.clone(), column.kind.clone(), column.title.clone());
        sections.push(Section { id, kind, title, content, items, rows: Vec::new() });
    }
    let file = SiteFile {
        enterprise: Company {
            slug: company.slug,
            code: company.code,
            name: company.name,
            short_name: company.short_name,
            industry: company.industry,
            contact_phone: company.contact_phone,
            slogan: site.slogan,
            address: site.address,
            licence: site.licence,
            icp: site.icp,
            picture: picture_file(store, &site.picture, &mut files)?,
            domains: site.domains,
        },
        sections,
    };
    files.insert("site.toml".to_owned(), toml::to_string_pretty(&file).map_err(Error::internal)?.into_bytes());
    Ok(files)
}

/// Fields as an owner would write them, their pictures added to `files`.
fn written(store: &Store, defs: &[FieldDef], fields: &Fields, files: &mut Files) -> Result<Values> {
    let mut out = Values::new();
    for def in defs {
        let Some(value) = fields.get(def.name) else { continue };
        let text = match def.kind {
            FieldKind::Price => value.parse().map_or_else(|_| value.clone(), yuan),
            FieldKind::Picture => picture_file(store, value, files)?,
            FieldKind::Rich(_) => {
                let mut lines = Vec::new();
                for line in value.lines() {
                    lines.push(match line.strip_prefix("![").and_then(|l| l.strip_suffix(')')?.split_once("](")) {
                        Some((alt, stored)) => format!("![{alt}]({})", picture_file(store, stored, files)?),
                        None => line.to_owned(),
                    });
                }
                lines.join("\n")
            }
            _ => value.clone(),
        };
        out.insert(def.name.to_owned(), toml::Value::String(text));
    }
    Ok(out)
}

fn picture_file(store: &Store, stored: &str, files: &mut Files) -> Result<String> {
    let name = stored.split('|').next().unwrap_or("").to_owned();
    if !name.is_empty() {
        files.insert(format!("pictures/{name}"), store.media().read(&name)?);
    }
    Ok(name)
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
