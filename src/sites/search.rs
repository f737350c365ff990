//! Search on a site and on the portal: names, slogans, goods and news, by what their owners wrote.
//!
//! It walks what there is and is meant for the some hundred companies of one box; an index comes later.

use super::enterprise::{self, Site, industry_name};
use super::{House, Visit, cx, portal};
use crate::error::Result;
use crate::page::form::narrow;
use crate::page::{Block, Entry, Page, Path, Role, Tone};
use crate::sections::context::has;
use crate::sections::kind_of;
use crate::store::Read;
use crate::words;

/// A person looks at so many hits; more means other words.
const HITS: usize = 40;
/// The longest words that are searched for.
const WORDS_CHARS: usize = 40;

pub fn on_portal(house: &House, read: &dyn Read, v: &Visit, words: &str) -> Result<Page> {
    let words = sought(v, words);
    let mut page =
        Page::new(words::SEARCH.say(v.lang), Path::portal(&format!("search/{words}")), Some(Path::portal("")), v.lang);
    let mut form = portal::search_form(v.lang);
    form.fields[0].was = Some(words.clone()).filter(|w| !w.is_empty());
    let hits = if words.is_empty() { Vec::new() } else { companies_and_goods(house, read, v, &words)? };
    found(&mut page, &words, hits);
    page.blocks.push(Block::Form(form));
    Ok(page)
}

pub fn on_site(house: &House, read: &dyn Read, v: &Visit, site: &Site, words: &str) -> Result<Page> {
    let words = sought(v, words);
    let slug = v.to.site.as_deref().unwrap_or_default();
    let at = Path::site(slug, &format!("search/{words}"));
    let mut page = Page::new(words::SEARCH.say(v.lang), at, Some(Path::site(slug, "")), v.lang);
    let hits = if words.is_empty() { Vec::new() } else { goods(house, read, v, slug, site, &words)? };
    found(&mut page, &words, hits);
    Ok(page)
}

/// Whether a search on that site finds anything.
pub fn any_on_site(house: &House, read: &dyn Read, v: &Visit, slug: &str, words: &str) -> Result<bool> {
    let site = enterprise::site(read, slug)?;
    Ok(!goods(house, read, v, slug, &site, words)?.is_empty())
}

/// Whether a search on the portal finds anything.
pub fn any_on_portal(house: &House, read: &dyn Read, v: &Visit, words: &str) -> Result<bool> {
    Ok(!companies_and_goods(house, read, v, words)?.is_empty())
}

fn found(page: &mut Page, words: &str, mut hits: Vec<Entry>) {
    let lang = page.lang;
    if words.is_empty() {
        return page.blocks.push(Block::Notice(Tone::Info, words::SEARCH_WHAT.say(lang).to_owned()));
    }
    page.title = words::SEARCH_OF.with(lang, &[words]);
    if hits.is_empty() {
        return page.blocks.push(Block::Notice(Tone::Info, words::FOUND_NOTHING.with(lang, &[words])));
    }
    hits.truncate(HITS);
    page.blocks.push(Block::Group(Role::Cards, vec![Block::List(hits)]));
}

/// The words of the path, or of the query `q` that a search box sends.
fn sought(v: &Visit, in_path: &str) -> String {
    let raw = match v.query.iter().find(|(name, _)| name == "q") {
        Some((_, q)) if in_path.is_empty() => q.as_str(),
        _ => in_path,
    };
    let plain: String = narrow(raw).chars().filter(|c| !c.is_control() && !matches!(c, '/' | '?' | '#')).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(WORDS_CHARS).collect()
}

fn companies_and_goods(house: &House, read: &dyn Read, v: &Visit, words: &str) -> Result<Vec<Entry>> {
    let (mut companies, mut rest) = (Vec::new(), Vec::new());
    for company in portal::open_companies(read)? {
        let industry = industry_name(&company.industry, v.lang).unwrap_or("");
        let mut entry = portal::entry(read, &company)?;
        let hit = [company.name.as_str(), &company.short_name, &company.code, industry, &entry.line]
            .iter()
            .any(|text| has(text, words));
        if hit {
            companies.push(entry);
            continue;
        }
        let site = enterprise::site(read, &company.slug)?;
        for mut found in goods(house, read, v, &company.slug, &site, words)? {
            if rest.len() >= HITS {
                break;
            }
            entry.line.clear();
            found.line = company.short_name.clone();
            found.title = format!("{} · {}", found.title, company.short_name);
            rest.push(found);
        }
    }
    companies.extend(rest);
    Ok(companies)
}

fn goods(house: &House, read: &dyn Read, v: &Visit, slug: &str, site: &Site, words: &str) -> Result<Vec<Entry>> {
    let mut out = Vec::new();
    for column in &site.columns {
        if has(&column.title, words) {
            let to = Some(crate::page::To::Visit(Path::site(slug, &column.id)));
            out.push(Entry { id: column.id.clone(), title: column.title.clone(), to, ..Entry::default() });
        }
        if let Some(kind) = kind_of(house.kinds, &column.kind) {
            out.extend(kind.find(&cx(house, read, v, slug, column), words)?);
        }
    }
    Ok(out)
}
