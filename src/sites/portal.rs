//! The portal: the box's companies by industry, each leading to its site; help; search.

use std::time::Duration;

use super::enterprise::{self, Enterprise, INDUSTRIES, State, industry_name};
use super::{House, Visit, search, text_to};
use crate::error::{Error, Result};
use crate::page::form::{Ask, Field, Form, Method, Need};
use crate::page::{Block, Entry, Face, Lang, Link, Page, Path, Role, To, Tone};
use crate::sections::field::picture_of;
use crate::store::{Read, What, incidents};
use crate::words;

/// So many companies are looked at for one page of the portal; the index of a later time knows more.
const COMPANIES: usize = 1000;

pub fn page(house: &House, read: &dyn Read, v: &Visit) -> Result<Page> {
    let at = v.to.at.as_str();
    match at.split_once('/').unwrap_or((at, "")) {
        ("", "") => front(house, read, v),
        ("i", industry) => of_industry(read, v, industry),
        ("search", words) => search::on_portal(house, read, v, words),
        ("help", "") => Ok(help(house, v)),
        _ => Err(Error::NotFound),
    }
}

pub fn face(house: &House, lang: Lang) -> Face {
    let menu = vec![Link::visit(words::HELP.say(lang), Path::portal("help"))];
    Face {
        name: house.name.clone(),
        theme: "portal".to_owned(),
        home: Path::portal(""),
        menu,
        // Any text gets the menu; this one says hello.
        text_to: text_to(house, None, words::HELLO.say(lang)),
        address: house.address(None),
        phone: Some(house.help_phone.clone()).filter(|p| !p.is_empty()),
        foot: vec![house.name.clone()],
    }
}

/// A search box, the same everywhere.
pub fn search_form(lang: Lang) -> Form {
    let field = Field {
        name: "q".to_owned(),
        label: words::SEARCH_FOR.say(lang).to_owned(),
        hint: String::new(),
        ask: Ask::Line { max: 40 },
        need: Need::Must,
        was: None,
        wrong: None,
    };
    Form {
        id: "search".to_owned(),
        title: words::SEARCH.say(lang).to_owned(),
        to: Path::portal("search"),
        fields: vec![field],
        method: Method::Get,
        confirm: false,
    }
}

/// All companies that are open.
pub fn open_companies(read: &dyn Read) -> Result<Vec<Enterprise>> {
    let all = enterprise::enterprises(read, None, COMPANIES)?;
    Ok(all.into_iter().filter(|e| e.state == State::Open).collect())
}

/// A company as one entry of a list.
pub fn entry(read: &dyn Read, company: &Enterprise) -> Result<Entry> {
    let site = enterprise::site(read, &company.slug)?;
    Ok(Entry {
        id: company.slug.clone(),
        title: company.name.clone(),
        line: site.slogan,
        // What to text for it: a postmark on the web, in brackets by SMS.
        tag: Some(company.code.clone()),
        picture: picture_of(&site.picture, &company.name),
        to: Some(To::Visit(Path::site(&company.slug, ""))),
        ..Entry::default()
    })
}

fn front(house: &House, read: &dyn Read, v: &Visit) -> Result<Page> {
    let mut page = Page::new(&house.name, Path::portal(""), None, v.lang);
    tell_faults(house, read, v, &mut page)?;
    let companies = open_companies(read)?;
    if companies.is_empty() {
        page.blocks.push(Block::Notice(Tone::Info, words::NO_COMPANIES.say(v.lang).to_owned()));
        return Ok(page);
    }
    page.blocks.push(Block::Group(
        Role::Hero,
        vec![Block::Heading(house.name.clone()), Block::text(words::PORTAL_LINE.say(v.lang))],
    ));
    let count = |id: &str| companies.iter().filter(|c| c.industry == id).count();
    let industries = INDUSTRIES
        .iter()
        .filter(|(id, _)| count(id) > 0)
        .map(|(id, word)| Link::visit(word.say(v.lang), Path::portal(&format!("i/{id}"))));
    page.blocks.push(Block::Group(Role::Columns, vec![Block::Menu(industries.collect())]));
    page.blocks.push(Block::Form(search_form(v.lang)));
    let newest = newest_first(companies, 8);
    let entries = newest.iter().map(|c| entry(read, c)).collect::<Result<Vec<_>>>()?;
    let heading = Block::Heading(words::COMPANIES.say(v.lang).to_owned());
    page.blocks.push(Block::Group(Role::Cards, vec![heading, Block::List(entries)]));
    Ok(page)
}

/// What befell the stored data is not hidden: a repair without loss is told for a day, a loss for a week.
fn tell_faults(house: &House, read: &dyn Read, v: &Visit, page: &mut Page) -> Result<()> {
    for incident in incidents(read)? {
        let (tone, word, days) = match incident.what {
            What::Lost { .. } | What::Incomplete => (Tone::Warn, words::DATA_LOST, 7),
            What::Restored => (Tone::Info, words::DATA_RESTORED, 7),
            What::Rebuilt | What::Mended => (Tone::Info, words::DATA_REPAIRED, 1),
        };
        let until = incident.at.plus(Duration::from_secs(days * 86_400));
        if until > v.now {
            let when = incident.at.civil(&house.zone).strftime("%m-%d %H:%M").to_string();
            page.blocks.push(Block::Notice(tone, word.with(v.lang, &[&when])));
            page.until = Some(until.0);
            // The latest says enough; `doctor` has them all.
            break;
        }
    }
    Ok(())
}

fn newest_first(mut companies: Vec<Enterprise>, limit: usize) -> Vec<Enterprise> {
    companies.sort_by(|a, b| b.opened.cmp(&a.opened).then_with(|| a.code.cmp(&b.code)));
    companies.truncate(limit);
    companies
}

fn of_industry(read: &dyn Read, v: &Visit, industry: &str) -> Result<Page> {
    let title = industry_name(industry, v.lang).ok_or(Error::NotFound)?;
    let mut page = Page::new(title, v.to.clone(), Some(Path::portal("")), v.lang);
    let of = open_companies(read)?.into_iter().filter(|c| c.industry == industry);
    let entries = of.map(|c| entry(read, &c)).collect::<Result<Vec<_>>>()?;
    if entries.is_empty() {
        page.blocks.push(Block::Notice(Tone::Info, words::NO_COMPANIES.say(v.lang).to_owned()));
    } else {
        page.blocks.push(Block::Group(Role::Cards, vec![Block::List(entries)]));
    }
    Ok(page)
}

/// How to use the box by text, on every channel.
fn help(house: &House, v: &Visit) -> Page {
    let mut page = Page::new(words::HELP.say(v.lang), v.to.clone(), Some(Path::portal("")), v.lang);
    page.blocks.push(Block::text(words::HELP_TEXT.say(v.lang)));
    let mut facts = Vec::new();
    if !house.help_phone.is_empty() {
        let call = Link { label: house.help_phone.clone(), to: To::Call(house.help_phone.clone()) };
        facts.push((words::HELP_PHONE.say(v.lang).to_owned(), vec![crate::page::Span::Link(call)]));
    }
    facts.push((words::ADDRESS_WEB.say(v.lang).to_owned(), vec![crate::page::Span::Plain(house.address(None))]));
    page.blocks.push(Block::Facts(facts));
    page
}
