//! A company's site in numbered editions, so that whoever reads it back can tell one edition from another, and from a mix
//! of two.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use yizhan::sites::files::Files;

/// Enough items for several transactions of an import in some editions, a few in others.
const ITEMS_MAX: u32 = 260;
/// What a fresh site's guestbook begins with.
pub const ROWS: usize = 2;

/// The files of an edition.
pub fn edition(slug: &str, number: u32) -> Files {
    let mut site = format!(
        "[enterprise]\nslug = \"{slug}\"\nname = \"{slug} 百货\"\nshort_name = \"{slug}\"\nindustry = \"retail\"\n\
         slogan = \"第{number}版\"\npicture = \"front.png\"\n\
         [[section]]\nid = \"about\"\nkind = \"profile\"\n[section.content]\nlead = \"第{number}版\"\n\
         picture = \"hall.png\"\nbody = \"第{number}版的介绍\"\n\
         [[section]]\nid = \"guestbook\"\nkind = \"guestbook\"\n[section.content]\nwelcome = \"第{number}版\"\n"
    );
    for row in 1..=ROWS {
        site.push_str(&format!("[[section.row]]\nwho = \"老客\"\ntext = \"样例{row}\"\n"));
    }
    site.push_str("[[section]]\nid = \"goods\"\nkind = \"products\"\n");
    for item in 1..=items(number) {
        let body = "好货".repeat(100 + (item as usize * 7) % 300);
        site.push_str(&format!(
            "[[section.item]]\nid = \"p{item}\"\ntitle = \"第{number}版{item}\"\nprice = \"{item}\"\n\
             picture = \"item.png\"\nbody = \"{body}\"\n"
        ));
    }
    let picture = |shade: u8| {
        let [_, _, high, low] = number.to_be_bytes();
        let mut png = Cursor::new(Vec::new());
        RgbImage::from_pixel(8, 8, Rgb([high, low, shade])).write_to(&mut png, ImageFormat::Png).unwrap();
        png.into_inner()
    };
    let pictures =
        [("front", 1), ("hall", 2), ("item", 3)].map(|(name, n)| (format!("pictures/{name}.png"), picture(n)));
    pictures.into_iter().chain([("site.toml".to_owned(), site.into_bytes())]).collect()
}

pub fn items(number: u32) -> u32 {
    1 + number.wrapping_mul(97) % ITEMS_MAX
}

/// Which edition an export shows; `Err` if it is none as a whole.
pub fn edition_of(slug: &str, export: &Files) -> Result<u32, String> {
    let shown = plain(export)?;
    let slogan = shown["enterprise"]["slogan"].as_str().unwrap_or_default();
    let number: u32 = slogan
        .strip_prefix('第')
        .and_then(|rest| rest.strip_suffix('版')?.parse().ok())
        .ok_or_else(|| format!("{slug} has the slogan {slogan:?}"))?;
    let meant = plain(&edition(slug, number))?;
    for what in ["slogan", "picture"] {
        if shown["enterprise"].get(what) != meant["enterprise"].get(what) {
            return Err(format!("{slug} is edition {number} with another {what}"));
        }
    }
    let sections = |site: &toml::Table| site["section"].as_array().cloned().unwrap_or_default();
    let (shown, meant) = (sections(&shown), sections(&meant));
    if shown.len() != meant.len() {
        return Err(format!("{slug} is edition {number} with {} sections", shown.len()));
    }
    for (shown, meant) in shown.iter().zip(&meant) {
        let parts = |section: &toml::Value| (section.get("content").cloned(), items_of(section));
        let ((shown_content, shown_items), (content, items)) = (parts(shown), parts(meant));
        let id = meant["id"].as_str().unwrap_or_default();
        if shown_content != content || shown_items.len() != items.len() {
            return Err(format!(
                "{slug} is edition {number} with {} items of {} in {id}",
                shown_items.len(),
                items.len()
            ));
        }
        if let Some((shown, _)) = shown_items.iter().zip(&items).find(|(shown, meant)| shown != meant) {
            return Err(format!("{slug} is edition {number} with the item {} {}", shown["id"], shown["title"]));
        }
    }
    Ok(number)
}

fn items_of(section: &toml::Value) -> Vec<toml::Value> {
    section.get("item").and_then(toml::Value::as_array).cloned().unwrap_or_default()
}

/// The site file with the octets of its pictures in the place of their names, which an export makes anew.
fn plain(files: &Files) -> Result<toml::Table, String> {
    let text = files.get("site.toml").map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
    let mut table: toml::Table = text.parse().map_err(|error| format!("site.toml: {error}"))?;
    let mut replace = |value: &mut toml::Value| -> Result<(), String> {
        let Some(name) = value.get("picture").and_then(toml::Value::as_str) else { return Ok(()) };
        let octets = files.get(&format!("pictures/{name}")).ok_or_else(|| format!("{name} is missing"))?;
        value["picture"] = toml::Value::String(format!("{octets:?}"));
        Ok(())
    };
    if let Some(company) = table.get_mut("enterprise") {
        replace(company)?;
    }
    for section in table.get_mut("section").and_then(toml::Value::as_array_mut).into_iter().flatten() {
        section.get_mut("content").map(&mut replace).transpose()?;
        for item in section.get_mut("item").and_then(toml::Value::as_array_mut).into_iter().flatten() {
            replace(item)?;
        }
    }
    Ok(table)
}

/// What of a sample company is missing on a box: each is there whole after its first start, however often that was cut off.
pub fn faults_of_sample(slug: &str, starter: &Files, export: &Files) -> Vec<String> {
    let ids = |files: &Files| -> Vec<(String, Vec<String>)> {
        let table = plain(files).unwrap_or_default();
        let sections = table.get("section").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let id = |value: &toml::Value| value["id"].to_string();
        sections.iter().map(|section| (id(section), items_of(section).iter().map(id).collect())).collect()
    };
    let (meant, shown) = (ids(starter), ids(export));
    if meant == shown { Vec::new() } else { vec![format!("sample {slug}: {shown:?} instead of {meant:?}")] }
}

#[test]
fn a_mix_of_two_editions_is_found() {
    let (old, new) = (edition("kan", 4), edition("kan", 5));
    assert_eq!((edition_of("kan", &old), edition_of("kan", &new)), (Ok(4), Ok(5)));
    let text = |files: &Files| String::from_utf8(files["site.toml"].clone()).unwrap();
    let changed = |from: &str, to: &str| {
        let mut mixed = new.clone();
        mixed.insert("site.toml".to_owned(), text(&new).replacen(from, to, 1).into_bytes());
        edition_of("kan", &mixed)
    };
    for (from, to) in
        [("第5版2\"", "第4版2\""), ("lead = \"第5版\"", "lead = \"第4版\""), ("id = \"p3\"", "id = \"p4\"")]
    {
        assert!(changed(from, to).is_err(), "{to}");
    }
    let mut mixed = new.clone();
    mixed.insert("pictures/hall.png".to_owned(), old["pictures/hall.png"].clone());
    assert!(edition_of("kan", &mixed).is_err());
    mixed.remove("pictures/hall.png");
    assert!(edition_of("kan", &mixed).is_err());
}
