//! A site as plain files: `site.toml` and its pictures, in a folder or a tar of it. Starter sites have the same form.
//!
//! An import says all that is wrong with the files at once and then does nothing, or replaces the site's content as a
//! whole; what visitors wrote stays.

mod read;
mod write;

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use serde::{Deserialize, Serialize};

use super::enterprise::{Opening, Site};
use crate::error::{Error, Result};
use crate::sections::context::{Column, Content, ItemRecord};
use crate::sections::field::Fields;
pub use read::read;
pub use write::{export, write};

/// File names inside the folder (with `/`) and what is in them.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Enough for a site of some hundred pictures; more is a mistake or an attack.
pub const IMPORT_BYTES_MAX: usize = 64 << 20;
const FILES_MAX: usize = 2000;

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
