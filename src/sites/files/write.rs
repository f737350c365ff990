//! A good import written to the store, and a site of the store as files.

use super::super::enterprise::{self, Enterprise};
use super::super::pictures;
use super::{Company, Files, Import, Section, SiteFile, Values, Whole};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::page::{Lang, yuan};
use crate::sections::context::{Address, Content, ItemRecord, Row, item_key, row_key, section_key};
use crate::sections::field::{FieldDef, FieldKind, Fields};
use crate::sections::{Kind, kind_of};
use crate::store::{Records, Store};

/// Items written in one transaction: imports must not hold up the texts of others.
const CHUNK: usize = 100;

/// Writes a good import. Blocks: for commands, start-up and threads that may wait. `Ok` is the company as it stands.
pub fn write(store: &Store, import: Import, now: Time, home: &str, lang: Lang) -> Result<Enterprise> {
    for (extension, bytes) in &import.pictures {
        store.media().put(bytes, extension, pictures::FILE_BYTES_MAX)?;
    }
    let slug = import.opening.slug.clone();
    let (opening, domains) = (import.opening, import.site.domains.clone());
    let (company, fresh) = store.write_blocking(move |tx| {
        enterprise::check_domains(tx, &opening.slug, &domains)?;
        match tx.get::<Enterprise>(opening.slug.as_bytes())? {
            Some(there) => Ok((there, false)),
            None => enterprise::open(tx, &opening, now, lang).map(|made| (made, true)),
        }
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
