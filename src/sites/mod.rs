//! Whose site it is, and the question: `visit` shows a place, `answer` takes what a visitor sent.
//!
//! Every channel asks these two and gets one tree back. Nothing here knows a channel.

pub mod enterprise;
pub mod files;
mod front;
pub mod pictures;
mod portal;
pub mod retention;
pub mod search;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use jiff::tz::TimeZone;

use crate::clock::{Clock, Time};
use crate::error::{Error, Result};
use crate::number::Number;
use crate::page::form::Form;
use crate::page::{Block, Face, Lang, Page, Path, Role, Status, TextTo, Tone};
pub use crate::sections::context::{Address, Phone, Visitor};
use crate::sections::context::{Column, Tell};
use crate::sections::{Act, Cx, Kind, kind_of};
pub use crate::sections::{Answer, Said};
use crate::store::{Read, Tx};
use crate::words;
use enterprise::{Enterprise, Opening, Site, State};

/// What is the same for every visit to this box.
pub struct House {
    pub name: String,
    /// `http://box.example.com`, without a slash at its end: what texts and codes print.
    pub url: String,
    /// `box.example.com`, or `localhost`.
    pub domain: String,
    pub zone: TimeZone,
    pub lang: Lang,
    pub help_phone: String,
    /// The SIM cards' numbers, which may become known only when a modem has been asked.
    pub numbers: Numbers,
    pub kinds: &'static [&'static dyn Kind],
    /// Asked how far it may be trusted; what time it is a question brings with it.
    pub clock: Clock,
    pub tell: Tell,
}

/// Our own numbers.
#[derive(Default)]
pub struct Numbers {
    all: RwLock<Vec<Own>>,
    changes: AtomicU64,
}

#[derive(Clone)]
struct Own {
    number: Number,
    /// The company that it belongs to alone, if there is one.
    site: Option<String>,
    /// Texts to it are not answered now.
    is_silent: bool,
}

impl Numbers {
    pub fn add(&self, number: Number, site: Option<String>) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        if !all.iter().any(|own| own.number == number) {
            all.push(Own { number, site, is_silent: false });
            self.changes.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub fn has(&self, number: &Number) -> bool {
        self.find(|own| own.number == *number).is_some()
    }

    /// Whether texts to it are answered now is told by who carries them.
    pub fn set_silent(&self, number: &Number, is_silent: bool) {
        if self.find(|own| own.number == *number && own.is_silent != is_silent).is_none() {
            return;
        }
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        all.iter_mut().filter(|own| own.number == *number).for_each(|own| own.is_silent = is_silent);
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts up whenever pages may have changed.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Relaxed)
    }

    fn find(&self, test: impl Fn(&Own) -> bool) -> Option<Own> {
        self.all.read().unwrap_or_else(PoisonError::into_inner).iter().find(|own| test(own)).cloned()
    }
}

impl House {
    /// The number to text for a site: its own, or one that serves the portal.
    pub fn number_for(&self, site: Option<&str>) -> Option<Number> {
        let own = self.numbers.find(|own| own.site.is_some() && own.site.as_deref() == site);
        own.or_else(|| self.numbers.find(|own| own.site.is_none())).map(|own| own.number)
    }

    /// Whether texts for a site are not answered now, by none of the numbers that serve it.
    pub fn is_silent(&self, site: Option<&str>) -> bool {
        let Some(own) = self.number_for(site).and_then(|number| self.numbers.find(|own| own.number == number)) else {
            return false;
        };
        own.is_silent && self.numbers.find(|other| other.site == own.site && !other.is_silent).is_none()
    }

    /// The company that a number of ours belongs to alone.
    pub fn site_of(&self, number: &Number) -> Option<String> {
        self.numbers.find(|own| own.number == *number)?.site
    }

    /// What a text or a code prints for a site.
    pub fn address(&self, site: Option<&str>) -> String {
        match site {
            Some(slug) => format!("{}/s/{slug}/", self.url),
            None => format!("{}/", self.url),
        }
    }
}

/// One question, from whatever channel.
#[derive(Clone, Copy)]
pub struct Visit<'a> {
    pub to: &'a Path,
    pub query: &'a [(String, String)],
    pub who: &'a Visitor,
    pub lang: Lang,
    pub now: Time,
}

/// The page at a place. It never fails: what goes wrong is a page too.
pub fn visit(house: &House, read: &dyn Read, v: &Visit) -> Page {
    match place(house, read, v) {
        Ok(page) => page,
        Err(error) => error_page(house, read, v, &error),
    }
}

/// Takes what a visitor sent to the form at `v.to`: checks it against the form as it is now, and lets the kind act. A
/// form with faults comes back as a page that asks again.
pub fn answer(
    house: &House,
    tx: &mut Tx,
    v: &Visit,
    form: &str,
    given: &[(String, String)],
    once: &[u8],
) -> Result<Answer> {
    let page = place(house, tx, v)?;
    if page.status != Status::Ok {
        // Suspended meanwhile: that page says so.
        return Ok(Answer::Page(Box::new(page)));
    }
    let Some(asked) = page.form(form) else { return Err(Error::NotFound) };
    let values = match asked.fill(given, v.lang) {
        Ok(values) => values,
        Err(again) => return Ok(Answer::Page(Box::new(asked_again(page, *again)))),
    };
    let slug = v.to.site.as_deref().ok_or(Error::NotFound)?;
    let site = enterprise::site(tx, slug)?;
    let (column, rest) = column_at(&site, &v.to.at).ok_or(Error::NotFound)?;
    let kind = kind_of(house.kinds, &column.kind).ok_or(Error::NotFound)?;
    let mut act = Act {
        tx,
        site: slug,
        column,
        who: v.who,
        lang: v.lang,
        now: v.now,
        trust: house.clock.trust(),
        zone: &house.zone,
        tell: house.tell,
    };
    let said = Said { form, values: &values, once };
    match kind.answer(&mut act, rest, &said)? {
        Answer::Page(page) => Ok(Answer::Page(Box::new(dressed(house, tx, *page)?))),
        see => Ok(see),
    }
}

/// Opens a site as an order says; it is born with an empty column of every kind.
pub fn open(house: &House, tx: &mut Tx, opening: &Opening, now: Time) -> Result<Enterprise> {
    let made = enterprise::open(tx, opening, now, Lang::En)?;
    if enterprise::site(tx, &made.slug)? == Site::default() {
        let column = |kind: &&'static dyn Kind| {
            let (id, title) = (kind.name().to_owned(), kind.title(house.lang).to_owned());
            Column { kind: id.clone(), id, title }
        };
        let columns = house.kinds.iter().map(column).collect();
        enterprise::put_site(tx, &made.slug, &Site { columns, ..Site::default() })?;
    }
    Ok(made)
}

/// What an owner does with a visitor's row.
#[derive(Clone, Debug)]
pub struct Deed {
    pub site: String,
    pub section: String,
    pub row: u64,
    pub verb: String,
    pub text: String,
}

/// The owner's verb on a visitor's row, through the API or the console.
pub fn act_on_row(house: &House, tx: &mut Tx, deed: &Deed, now: Time) -> Result<()> {
    let site = enterprise::site(tx, &deed.site)?;
    let column = site.columns.iter().find(|c| c.id == deed.section).ok_or(Error::NotFound)?;
    let kind = kind_of(house.kinds, &column.kind).ok_or(Error::NotFound)?;
    if !kind.verbs().iter().any(|v| v.name == deed.verb) {
        return Err(Error::NotFound);
    }
    let who = Visitor::default();
    let (lang, trust, zone, tell) = (house.lang, house.clock.trust(), &house.zone, house.tell);
    let mut act = Act { tx, site: &deed.site, column, who: &who, lang, now, trust, zone, tell };
    kind.act(&mut act, deed.row, &deed.verb, &deed.text)
}

/// Where a word such as `LY` leads on that site: the first section whose kind has it.
pub fn place_of_word(house: &House, read: &dyn Read, slug: &str, word: &str) -> Result<Option<Path>> {
    let site = enterprise::site(read, slug)?;
    let place = |column: &Column| {
        let (known, at) = kind_of(house.kinds, &column.kind)?.word()?;
        (known == word).then(|| Path::site(slug, &column.id).join(at))
    };
    Ok(site.columns.iter().find_map(place))
}

/// A page with a word on top, as `Answer::See` asks for it.
pub fn with_notice(mut page: Page, tone: Tone, text: String) -> Page {
    page.blocks.insert(0, Block::Notice(tone, text));
    page
}

fn asked_again(mut page: Page, form: Form) -> Page {
    if let Some(asked) = page.form_mut(&form.id) {
        *asked = form;
    }
    page.status = Status::Invalid;
    page
}

fn place(house: &House, read: &dyn Read, v: &Visit) -> Result<Page> {
    let Some(slug) = v.to.site.as_deref() else { return dressed(house, read, portal::page(house, read, v)?) };
    let company = enterprise::enterprise(read, slug)?;
    match company.state {
        State::Open => {
            let site = enterprise::site(read, slug)?;
            let page = on_site(house, read, v, &company, &site)?;
            Ok(Page { face: front::face(house, &company, &site), ..page })
        }
        State::Suspended => Ok(front::suspended(house, &company, v)),
        State::Closed => Err(Error::NotFound),
    }
}

fn on_site(house: &House, read: &dyn Read, v: &Visit, company: &Enterprise, site: &Site) -> Result<Page> {
    if v.to.is_front() {
        return front::page(house, read, v, company, site);
    }
    if let Some(words) = v.to.at.strip_prefix("search") {
        return search::on_site(house, read, v, site, words.trim_start_matches('/'));
    }
    let (column, rest) = column_at(site, &v.to.at).ok_or(Error::NotFound)?;
    let kind = kind_of(house.kinds, &column.kind).ok_or(Error::NotFound)?;
    kind.view(&cx(house, read, v, &company.slug, column), rest)
}

fn cx<'a>(house: &'a House, read: &'a dyn Read, v: &Visit<'a>, site: &'a str, column: &'a Column) -> Cx<'a> {
    let trust = house.clock.trust();
    Cx { read, site, column, who: v.who, lang: v.lang, now: v.now, trust, zone: &house.zone }
}

fn column_at<'a>(site: &'a Site, at: &'a str) -> Option<(&'a Column, &'a str)> {
    let (id, rest) = at.split_once('/').unwrap_or((at, ""));
    Some((site.columns.iter().find(|c| c.id == id)?, rest))
}

/// Puts round a page what stands on every page of its site.
fn dressed(house: &House, read: &dyn Read, mut page: Page) -> Result<Page> {
    let slug = page.at.site.as_deref();
    page.face = match slug {
        None => portal::face(house, page.lang),
        Some(slug) => front::face(house, &enterprise::enterprise(read, slug)?, &enterprise::site(read, slug)?),
    };
    Ok(page)
}

fn text_to(house: &House, site: Option<&str>, code: &str) -> Option<TextTo> {
    let number = house.number_for(site)?;
    Some(TextTo { number: number.to_string(), code: code.to_owned() })
}

/// What went wrong, as a page with a way on.
pub fn error_page(house: &House, read: &dyn Read, v: &Visit, error: &Error) -> Page {
    let (status, title, word) = match error {
        Error::NotFound => (Status::NotFound, words::NOT_FOUND_TITLE, words::PAGE_NOT_FOUND),
        Error::Gone => (Status::Gone, words::GONE_TITLE, words::ITEM_GONE),
        Error::Denied => (Status::Denied, words::DENIED_TITLE, words::DENIED),
        Error::Invalid { .. } | Error::Conflict(_) => {
            (Status::Invalid, words::NOT_UNDERSTOOD_TITLE, words::NOT_UNDERSTOOD)
        }
        Error::Full => (Status::Full, words::FULL_TITLE, words::STORAGE_FULL),
        Error::Busy => (Status::Busy, words::BUSY_TITLE, words::BUSY),
        Error::Internal(_) => (Status::Internal, words::INTERNAL_TITLE, words::INTERNAL),
    };
    if let Error::Internal(why) = error {
        log::error!("visit to {:?}: {why}", v.to);
    }
    let site =
        v.to.site
            .as_deref()
            .filter(|slug| enterprise::enterprise(read, slug).is_ok_and(|company| company.state == State::Open));
    let home = Path { site: site.map(str::to_owned), at: String::new() };
    let mut page = Page::new(title.say(v.lang), v.to.clone(), Some(home.clone()), v.lang);
    page.status = status;
    page.blocks.push(Block::Notice(Tone::Wrong, word.say(v.lang).to_owned()));
    if site.is_none() {
        page.at.site = None;
        page.up = Some(Path::portal(""));
    }
    // An item that is gone has siblings: its section, before the columns of the site.
    if let (Error::Gone, Some(slug), Some((section, _))) = (error, site, v.to.at.split_once('/')) {
        page.up = Some(Path::site(slug, section));
        let siblings = Visit { to: &Path::site(slug, section), ..*v };
        if let Ok(list) = place(house, read, &siblings) {
            page.blocks.extend(list.blocks);
        }
    }
    match dressed(house, read, page.clone()) {
        Ok(mut whole) => {
            if !matches!(error, Error::Gone) {
                whole.blocks.push(Block::Group(Role::Columns, vec![Block::Menu(whole.face.menu.clone())]));
            }
            whole
        }
        Err(_) => Page { face: Face { name: house.name.clone(), ..Face::default() }, ..page },
    }
}
