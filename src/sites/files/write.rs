//! A good import written to the store, and a site of the store as files.

use std::collections::BTreeSet;

use super::super::enterprise::{self, Enterprise};
use super::super::pictures;
use super::{Company, Files, Import, Section, SiteFile, Values, Whole};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::page::{Lang, yuan};
use crate::sections::context::{
    Address, Column, Content, ItemRecord, Row, item_key, items_prefix, row_key, section_key,
};
use crate::sections::field::{FieldDef, FieldKind, Fields};
use crate::sections::{Kind, kind_of};
use crate::store::{Records, Store, Tx};

/// Items written in one transaction: imports must not hold up the texts of others.
const CHUNK: usize = 100;

/// Writes a good import. Blocks: for commands, start-up and threads that may wait. `Ok` is the company as it stands.
///
/// The items come first, in chunks and as an edition that nobody reads; one transaction then shows all that is new. So
/// nobody sees half a site, and none stays if the box is cut off in between.
pub fn write(store: &Store, import: Import, now: Time, home: &str, lang: Lang) -> Result<Enterprise> {
    for (extension, bytes) in &import.pictures {
        store.media().put(bytes, extension, pictures::FILE_BYTES_MAX)?;
    }
    let slug = import.opening.slug.clone();
    let (site, domains) = (slug.clone(), import.site.domains.clone());
    let edition = store.write_blocking(move |tx| {
        enterprise::check_domains(tx, &site, &domains)?;
        tx.next_id("edition")
    })?;
    for Whole { column, items, .. } in &import.sections {
        for chunk in items.chunks(CHUNK) {
            let (slug, section, chunk) = (slug.clone(), column.id.clone(), chunk.to_vec());
            store.write_blocking(move |tx| {
                chunk.iter().try_for_each(|(id, item)| tx.put(&item_key(&slug, &section, edition, id), item))
            })?;
        }
    }
    let home = home.to_owned();
    let shown = store.write_blocking(move |tx| show(tx, import, edition, now, &home, lang));
    // Also when it was refused: then this edition is what goes. What stays here goes at the next import.
    if let Err(error) = drop_hidden(store, &slug) {
        log::warn!("old items of {slug} stay: {error}");
    }
    shown
}

/// Makes an edition the one that is shown; opens the company if it is new.
fn show(tx: &mut Tx, import: Import, edition: u64, now: Time, home: &str, lang: Lang) -> Result<Enterprise> {
    let Import { opening, site, sections, .. } = import;
    let known = tx.get::<Enterprise>(opening.slug.as_bytes())?;
    let is_new = known.is_none();
    let company = known.map_or_else(|| enterprise::open(tx, &opening, now, lang), Ok)?;
    for Whole { column, content, rows, .. } in &sections {
        tx.put(&section_key(&company.slug, &column.id), &Content { edition, ..content.clone() })?;
        // The oldest first, so that the newest has the highest number.
        for fields in rows.iter().rev().filter(|_| is_new) {
            add_sample(tx, &company.slug, &column.id, fields, now, home)?;
        }
    }
    // What a column that is no longer there said; its items are hidden from here on, and go.
    for old in enterprise::site(tx, &company.slug)?.columns {
        if !site.columns.iter().any(|column| column.id == old.id) {
            tx.delete::<Content>(&section_key(&company.slug, &old.id))?;
        }
    }
    enterprise::put_site(tx, &company.slug, &site)?;
    Ok(company)
}

/// Drops the items of a site that are not shown: those of the edition before, and of imports that were cut off.
fn drop_hidden(store: &Store, slug: &str) -> Result<()> {
    let mut after: Option<Vec<u8>> = None;
    loop {
        let (slug, from) = (slug.to_owned(), after.take());
        after = store.write_blocking(move |tx| {
            let mut shown = BTreeSet::new();
            for Column { id: section, .. } in enterprise::site(tx, &slug)?.columns {
                let content: Content = tx.get(&section_key(&slug, &section))?.unwrap_or_default();
                shown.extend(content.items.iter().map(|id| item_key(&slug, &section, content.edition, id)));
            }
            let found: Vec<(Vec<u8>, ItemRecord)> = tx.scan(&items_prefix(&slug), from.as_deref(), CHUNK)?;
            for (key, _) in found.iter().filter(|(key, _)| !shown.contains(key)) {
                tx.delete::<ItemRecord>(key)?;
            }
            Ok(found.last().map(|(key, _)| key.clone()))
        })?;
        if after.is_none() {
            return Ok(());
        }
    }
}

fn add_sample(tx: &mut Tx, slug: &str, section: &str, fields: &Fields, now: Time, home: &str) -> Result<()> {
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
            let Some(item) = store.get::<ItemRecord>(&item_key(slug, &column.id, content.edition, id))? else {
                continue;
            };
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
