//! The files that pages link to: styles and drawings, held in the binary.
//!
//! An asset's address holds a print of its octets, so that a browser may keep it for ever (RFC 8246). Not here: the
//! pictures of sites, which are in the store.

use std::sync::LazyLock;

use bytes::Bytes;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::gzip::gzip;
use super::public::GZIP_MIN;

#[derive(RustEmbed)]
#[folder = "templates/web"]
struct WebFiles;

#[derive(RustEmbed)]
#[folder = "templates/xhtml"]
struct XhtmlFiles;

/// The file at this address, `/assets/<name>.<print>.<extension>`. It never changes.
pub(super) fn asset(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

/// A frame's text by its name in `templates/`.
pub(super) fn source(name: &str) -> String {
    let file =
        WebFiles::get(name).or_else(|| XhtmlFiles::get(name)).expect("only the frames of the binary are asked for");
    String::from_utf8_lossy(&file.data).into_owned()
}

pub(super) struct Asset {
    path: String,
    pub kind: &'static str,
    pub bytes: Bytes,
    /// Where it is worth it.
    pub gzip: Option<Bytes>,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let web = WebFiles::iter().filter_map(|name| Some((name.clone(), WebFiles::get(&name)?)));
    let phone = XhtmlFiles::iter().filter_map(|name| Some((name.clone(), XhtmlFiles::get(&name)?)));
    web.chain(phone).filter_map(|(name, file)| load(&name, &file.data)).collect()
});

fn load(name: &str, data: &[u8]) -> Option<Asset> {
    let (stem, extension) = name.rsplit_once('.')?;
    let (kind, bytes) = match extension {
        "css" => ("text/css; charset=utf-8", shorten(&String::from_utf8_lossy(data)).into_bytes()),
        "svg" => ("image/svg+xml", data.to_vec()),
        _ => return None,
    };
    let print: String = Sha256::digest(&bytes).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let gzip = (bytes.len() >= GZIP_MIN).then(|| gzip(&bytes)).flatten();
    Some(Asset { path: format!("/assets/{stem}.{print}.{extension}"), kind, bytes: bytes.into(), gzip })
}

/// The address of a file by its name in `templates/`.
pub(super) fn address_of(name: &str) -> &'static str {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let fits = |asset: &&Asset| {
        let rest = asset.path.strip_prefix("/assets/").and_then(|rest| rest.strip_prefix(stem));
        rest.is_some_and(|rest| rest.starts_with('.') && rest.ends_with(extension))
    };
    ASSETS.iter().find(fits).map_or("", |asset| &asset.path)
}

/// A style sheet without comments and indentation. Quoted strings (the drawings) stay as they are.
fn shorten(css: &str) -> String {
    let mut short = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
        } else if c == '"' {
            let end = rest[1..].find('"').map_or(rest.len(), |end| end + 2);
            short.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if c.is_ascii_whitespace() {
            rest = rest.trim_ascii_start();
            let needless = short.is_empty() || short.ends_with(['{', '}', ';', ',', ':', '>', ' ']);
            if !needless && !rest.starts_with(['{', '}', '>']) && !rest.starts_with("/*") {
                short.push(' ');
            }
        } else {
            if c == '}' && short.ends_with(';') {
                short.pop();
            }
            short.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    short
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_pages_styles_stay_small_and_fetch_nothing() {
        let size = |name: &str| asset(address_of(name)).unwrap().bytes.len();
        for theme in ["restaurant", "hotel", "clinic", "farm", "portal", "plain"] {
            let css = String::from_utf8_lossy(&asset(address_of(&format!("{theme}.css"))).unwrap().bytes).into_owned();
            // Before gzip, and fetched once: the name changes with the content.
            assert!(size("style.css") + css.len() <= 15 * 1024, "{theme}: {} + {}", size("style.css"), css.len());
            assert!(
                !css.contains("@import")
                    && css.matches("url(").count() == css.matches("url(\"data:image/svg+xml,").count()
            );
        }
        assert!(size("phone.css") < 1500);
    }

    #[test]
    fn shortened_styles_mean_the_same() {
        assert_eq!(
            shorten("/* a */\na > b,\n c :hover {\n  x: y z;\n  w: \"a /* } */  b\";\n}\n"),
            "a>b,c :hover{x:y z;w:\"a /* } */  b\"}"
        );
        assert_eq!(shorten("a { b: calc(1px + 2px); }"), "a{b:calc(1px + 2px)}");
        assert_eq!(shorten("a { b: \"open"), "a{b:\"open");
    }
}
