//! A site's front page, what stands round all its pages, and what is shown while it is suspended.

use super::enterprise::{Enterprise, Site};
use super::{House, Visit, cx, text_to};
use crate::error::Result;
use crate::page::{Block, Face, Link, Page, Path, Picture, Role, Span, Status, To, Tone, Weight};
use crate::sections::field::picture_of;
use crate::sections::kind_of;
use crate::store::Read;
use crate::words;

pub fn page(house: &House, read: &dyn Read, v: &Visit, company: &Enterprise, site: &Site) -> Result<Page> {
    let mut page = Page::new(&company.short_name, Path::site(&company.slug, ""), Some(Path::portal("")), v.lang);
    page.blocks.push(Block::Group(Role::Hero, hero(company, site)));
    page.blocks.push(Block::Group(Role::Columns, vec![Block::Menu(columns(company, site))]));
    if site.columns.is_empty() {
        page.blocks.push(Block::Notice(Tone::Info, words::NOTHING_WRITTEN.say(v.lang).to_owned()));
    }
    for column in &site.columns {
        if let Some(kind) = kind_of(house.kinds, &column.kind) {
            page.blocks.extend(kind.brief(&cx(house, read, v, &company.slug, column))?);
        }
    }
    // What a column shows of itself may turn with the time of day.
    page.until = Some(v.now.0 - v.now.0.rem_euclid(MINUTE_MS) + MINUTE_MS);
    Ok(page)
}

/// Opening hours and expiring news are told by the minute.
const MINUTE_MS: i64 = 60_000;

fn hero(company: &Enterprise, site: &Site) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(picture) = picture_of(&site.picture, &company.name) {
        blocks.push(Block::Picture(Picture { weight: Weight::Decor, ..picture }));
    }
    blocks.push(Block::Heading(company.name.clone()));
    if !site.slogan.is_empty() {
        blocks.push(Block::text(&site.slogan));
    }
    blocks
}

pub fn columns(company: &Enterprise, site: &Site) -> Vec<Link> {
    site.columns.iter().map(|c| Link::visit(c.title.clone(), Path::site(&company.slug, &c.id))).collect()
}

pub fn face(house: &House, company: &Enterprise, site: &Site) -> Face {
    let mut foot = Vec::new();
    for line in [&company.name, &site.address, &site.licence, &site.icp] {
        if !line.is_empty() {
            foot.push(line.clone());
        }
    }
    Face {
        name: company.name.clone(),
        theme: company.industry.clone(),
        home: Path::site(&company.slug, ""),
        menu: columns(company, site),
        text_to: text_to(house, Some(&company.slug), &company.code),
        address: house.address(Some(&company.slug)),
        phone: Some(company.contact_phone.clone()).filter(|p| !p.is_empty()),
        foot,
    }
}

/// A suspended company keeps its name and telephone; its pages wait.
pub fn suspended(house: &House, company: &Enterprise, v: &Visit) -> Page {
    let mut page = Page::new(&company.short_name, v.to.clone(), Some(Path::portal("")), v.lang);
    page.status = Status::Suspended;
    page.blocks.push(Block::Notice(Tone::Warn, words::SUSPENDED.with(v.lang, &[&company.short_name])));
    if !company.contact_phone.is_empty() {
        let call = Link { label: company.contact_phone.clone(), to: To::Call(company.contact_phone.clone()) };
        page.blocks.push(Block::Facts(vec![(words::PHONE.say(v.lang).to_owned(), vec![Span::Link(call)])]));
    }
    page.face = Face {
        name: company.name.clone(),
        theme: company.industry.clone(),
        home: Path::site(&company.slug, ""),
        text_to: text_to(house, Some(&company.slug), &company.code),
        address: house.address(Some(&company.slug)),
        ..Face::default()
    };
    page
}
