//! Where an inbound text becomes a reply: the grammar, the numbers of the last screens, search. Forms are in `asking`.
//!
//! Everything here runs inside one transaction on the store's writer, with the text's inbox row and its reply.

use std::time::Duration;

use super::asking;
use super::grammar::{self, Command};
use super::parts::segments;
use super::session::{self, OptOut, Session, opt_out_key};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::number::Number;
use crate::page::fit::Mark;
use crate::page::form::Print;
use crate::page::text::{self, Room, Screen};
use crate::page::{Block, Lang, Page, Path, To, Tone};
use crate::sections::context::Visitor;
use crate::sites::{self, House, Phone, Visit, enterprise, search};
use crate::store::{Records, Tx};
use crate::words;

/// What the grammar may be set to.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// Segments of one screen.
    pub segments: usize,
    pub keys_valid: Duration,
    pub form_open: Duration,
    /// Replies to one phone in ten minutes.
    pub replies: usize,
}

/// One text to be answered.
pub struct Heard<'a> {
    pub from: &'a Number,
    /// The number that was texted.
    pub to: Option<&'a Number>,
    pub text: &'a str,
    /// The same each time this text is read.
    pub once: &'a [u8],
    pub now: Time,
}

/// So many numbers stay valid when a page is longer than a screen.
const KEYS_MAX: usize = 60;
/// The same screen so often in an hour, without a step between, and no more: the other side is a machine.
const SAME_SCREEN_MAX: u8 = 3;
const HOUR: Duration = Duration::from_secs(3600);
const TEN_MINUTES: Duration = Duration::from_secs(600);

/// The reply, or `None` when the sender must not be answered. The session is written.
pub fn reply(house: &House, manners: &Manners, tx: &mut Tx, heard: &Heard) -> Result<Option<String>> {
    if !may_answer(house, heard.from) {
        return Ok(None);
    }
    let key = session::key(heard.from, heard.to);
    let stored: Option<Session> = tx.get(&key)?;
    let fresh = stored.is_none();
    let own_site = heard.to.and_then(|n| house.site_of(n));
    let mut session = stored.unwrap_or_else(|| Session {
        at: Path { site: own_site.clone(), at: String::new() },
        site: own_site,
        lang: house.lang,
        ..Session::default()
    });
    let who = Visitor {
        id: [0; 16],
        phone: Phone::Claimed(heard.from.clone()),
        reply_to: super::outbox::address(heard.from, heard.to),
    };
    let mut talk = Talk { house, manners, tx, heard, who: &who, session: &mut session, fresh };
    let text = talk.answer()?;
    let silent = too_often(&mut session, manners, &text, heard.now);
    session.seen = heard.now;
    tx.put(&key, &session)?;
    Ok((!silent).then_some(text))
}

/// Never a service code, a name, or one of our own numbers: two machines would talk for ever.
fn may_answer(house: &House, from: &Number) -> bool {
    from.is_person() && !house.numbers.has(from)
}

fn too_often(session: &mut Session, manners: &Manners, text: &str, now: Time) -> bool {
    let mut print = Print::new();
    print.add(text);
    let (last, count, since) = session.last;
    session.last = if last == print.value() && now.since(since) < HOUR {
        (last, count.saturating_add(1), since)
    } else {
        (print.value(), 1, now)
    };
    session.replies.retain(|t| now.since(*t) < TEN_MINUTES);
    let silent = session.last.1 > SAME_SCREEN_MAX || session.replies.len() >= manners.replies;
    if !silent {
        session.replies.push(now);
    }
    silent
}

pub(super) struct Talk<'a> {
    pub house: &'a House,
    pub manners: &'a Manners,
    pub tx: &'a mut Tx,
    pub heard: &'a Heard<'a>,
    pub who: &'a Visitor,
    pub session: &'a mut Session,
    /// The first text of this phone to this number.
    pub fresh: bool,
}

impl Talk<'_> {
    /// The order of DESIGN 7: the first that fits wins.
    fn answer(&mut self) -> Result<String> {
        let normal = grammar::normal(self.heard.text);
        if let Some(command) = grammar::opt_out(&normal) {
            return self.opt_out(&command);
        }
        let now = self.heard.now;
        if self.session.asking.is_some() {
            if now.since(self.session.seen) < self.manners.form_open {
                return asking::answer(self);
            }
            self.session.asking = None;
        }
        if grammar::is_number(&normal)
            && let Ok(number) = normal.parse::<u16>()
            && now.since(self.session.seen) < self.manners.keys_valid
            && let Some((_, to)) = self.session.keys.iter().find(|(n, _)| *n == number)
        {
            let to = to.clone();
            return self.go(&to);
        }
        if let Some(command) = grammar::command(&normal) {
            return self.command(command);
        }
        if let Some(text) = self.open_site(&normal)? {
            return Ok(text);
        }
        if grammar::is_number(&normal) && normal.len() < 4 && !self.fresh {
            let notice = words::NO_SUCH_NUMBER.with(self.session.lang, &[&normal]);
            let at = self.session.at.clone();
            return self.show(&at, Some((Tone::Info, notice)));
        }
        self.search(&normal)
    }

    /// What a number stands for.
    fn go(&mut self, to: &To) -> Result<String> {
        match to {
            To::Visit(path) => self.show(path, None),
            other => {
                let address = text::address_of(other, self.session.lang).unwrap_or_default();
                Ok(format!("{address}\n{}", words::ANSWER_BACK.say(self.session.lang)))
            }
        }
    }

    fn command(&mut self, command: Command) -> Result<String> {
        match command {
            Command::Up => {
                let up = self.page(&self.session.at.clone()).up.unwrap_or_default();
                self.show(&up, None)
            }
            Command::Portal => self.show(&Path::portal(""), None),
            Command::Next => self.next_screen(),
            Command::Help => self.show(&Path::portal("help"), None),
            Command::English => self.speak(Lang::En),
            Command::Chinese => self.speak(Lang::Zh),
            Command::Form(word) => self.form(word),
            Command::Search(words) if words.is_empty() => Ok(words::SEARCH_WHAT_SMS.say(self.session.lang).to_owned()),
            Command::Search(words) => self.found(&words),
            Command::Subscribe => self.subscribe(),
            Command::Unsubscribe => self.opt_out(&Command::OptOut),
            Command::Subscriptions => self.opt_out(&Command::OptOutList),
            Command::OptOut | Command::OptOutList | Command::OptOutAll => self.opt_out(&command),
        }
    }

    fn speak(&mut self, lang: Lang) -> Result<String> {
        self.session.lang = lang;
        let at = self.session.at.clone();
        self.show(&at, None)
    }

    fn next_screen(&mut self) -> Result<String> {
        let at = self.session.at.clone();
        let Some(mark) = self.session.more else {
            let notice = words::NO_MORE.say(self.session.lang).to_owned();
            return self.show(&at, Some((Tone::Info, notice)));
        };
        let page = self.page(&at);
        let first_no = self.session.keys.iter().map(|(n, _)| n + 1).max().unwrap_or(1);
        let screen = self.screen(&page, mark, first_no);
        self.session.keys.extend(screen.keys);
        let extra = self.session.keys.len().saturating_sub(KEYS_MAX);
        self.session.keys.drain(..extra);
        self.session.more = screen.more;
        Ok(screen.text)
    }

    /// A form by its word; with words behind it, they are the answer to its first question.
    fn form(&mut self, word: &str) -> Result<String> {
        let lang = self.session.lang;
        let Some(slug) = self.session.site.clone() else {
            return self.show(&Path::portal(""), Some((Tone::Info, words::FIRST_A_COMPANY.say(lang).to_owned())));
        };
        let Some(form) = sites::place_of_word(self.house, self.tx, &slug, word)? else {
            return self.show(&Path::site(&slug, ""), Some((Tone::Info, words::NOT_HERE.say(lang).to_owned())));
        };
        let question = self.show(&form, None)?;
        let said = grammar::rest_of(self.heard.text).to_owned();
        if said.is_empty() || self.session.asking.is_none() {
            return Ok(question);
        }
        asking::take(self, &said)
    }

    /// A company's code or exact name.
    fn open_site(&mut self, normal: &str) -> Result<Option<String>> {
        let is_code = !grammar::is_number(normal) || normal.len() >= 4;
        let by_code = if is_code { enterprise::by_code(self.tx, normal)? } else { None };
        let slug = match by_code {
            Some(slug) => Some(slug),
            None => match enterprise::by_name(self.tx, normal)?.as_slice() {
                [one] => Some(one.clone()),
                [] => None,
                _ => return self.found(normal).map(Some),
            },
        };
        slug.map(|slug| self.show(&Path::site(&slug, ""), None)).transpose()
    }

    /// In a site a search there, then in the portal; what a stranger says first is no search, unless it finds something.
    fn search(&mut self, words: &str) -> Result<String> {
        let lang = self.session.lang;
        let portal = Path::portal("");
        if words.is_empty() {
            let at = self.session.at.clone();
            let notice = (!self.fresh).then(|| (Tone::Info, words::EMPTY_TEXT.say(lang).to_owned()));
            return self.show(&at, notice);
        }
        if let Some(slug) = self.session.at.site.clone() {
            let visit = Visit { to: &portal, query: &[], who: self.who, lang, now: self.heard.now };
            if search::any_on_site(self.house, self.tx, &visit, &slug, words)? {
                return self.show(&Path::site(&slug, &format!("search/{}", searchable(words))), None);
            }
        }
        let visit = Visit { to: &portal, query: &[], who: self.who, lang, now: self.heard.now };
        if search::any_on_portal(self.house, self.tx, &visit, words)? {
            return self.found(words);
        }
        let at = if self.fresh { self.session.at.clone() } else { portal };
        let shown: String = words.chars().take(12).collect();
        let notice = (!self.fresh).then(|| (Tone::Info, words::FOUND_NOTHING.with(lang, &[&shown])));
        self.show(&at, notice)
    }

    fn found(&mut self, words: &str) -> Result<String> {
        self.show(&Path::portal(&format!("search/{}", searchable(words))), None)
    }

    fn opt_out(&mut self, command: &Command) -> Result<String> {
        self.session.asking = None;
        let lang = self.session.lang;
        let phone = self.heard.from;
        let site = match command {
            Command::OptOut => self.session.site.clone(),
            Command::OptOutAll => None,
            _ => return self.opt_out_list(),
        };
        let record = OptOut { made: self.heard.now, words: self.heard.text.chars().take(40).collect() };
        self.tx.put(&opt_out_key(phone, site.as_deref()), &record)?;
        Ok(match site {
            Some(slug) => words::OPTED_OUT.with(lang, &[&self.short_name(&slug)]),
            None => words::OPTED_OUT_ALL.with(lang, &[&self.house.name]),
        })
    }

    fn opt_out_list(&mut self) -> Result<String> {
        let lang = self.session.lang;
        let prefix = format!("{}/", self.heard.from);
        let found: Vec<(Vec<u8>, OptOut)> = self.tx.scan(prefix.as_bytes(), None, 20)?;
        let slugs: Vec<String> =
            found.iter().map(|(k, _)| String::from_utf8_lossy(&k[prefix.len()..]).into_owned()).collect();
        if slugs.iter().any(|s| s == "*") {
            return Ok(words::OUT_OF_ALL.say(lang).to_owned());
        }
        if slugs.is_empty() {
            return Ok(words::OUT_OF_NONE.say(lang).to_owned());
        }
        let names: Vec<String> = slugs.iter().map(|s| self.short_name(s)).collect();
        Ok(words::OUT_OF_SOME.with(lang, &[&names.join("、")]))
    }

    /// Only a person's own explicit word ends an opt-out.
    fn subscribe(&mut self) -> Result<String> {
        let lang = self.session.lang;
        let phone = self.heard.from;
        self.tx.delete::<OptOut>(&opt_out_key(phone, None))?;
        match self.session.site.clone() {
            Some(slug) => {
                self.tx.delete::<OptOut>(&opt_out_key(phone, Some(&slug)))?;
                Ok(words::SUBSCRIBED.with(lang, &[&self.short_name(&slug)]))
            }
            None => Ok(words::SUBSCRIBED.with(lang, &[&self.house.name])),
        }
    }

    fn short_name(&self, slug: &str) -> String {
        enterprise::enterprise(self.tx, slug).map_or_else(|_| slug.to_owned(), |e| e.short_name)
    }

    pub fn page(&self, at: &Path) -> Page {
        let visit = Visit { to: at, query: &[], who: self.who, lang: self.session.lang, now: self.heard.now };
        sites::visit(self.house, self.tx, &visit)
    }

    /// The first screen of a place; the session stands there then, and its numbers are this page's.
    pub fn show(&mut self, at: &Path, notice: Option<(Tone, String)>) -> Result<String> {
        let page = self.page(at);
        self.show_page(page, notice)
    }

    pub fn show_page(&mut self, mut page: Page, notice: Option<(Tone, String)>) -> Result<String> {
        if page.at.is_front() && !page.face.address.is_empty() {
            page.blocks.insert(0, Block::Notice(Tone::Info, page.face.address.clone()));
        }
        if let Some((tone, text)) = notice {
            page = sites::with_notice(page, tone, text);
        }
        let screen = self.screen(&page, Mark::default(), 1);
        self.session.at = page.at.clone();
        if page.at.site.is_some() {
            self.session.site.clone_from(&page.at.site);
        }
        self.session.keys = screen.keys;
        self.session.more = screen.more;
        self.session.asking = None;
        if let Some(form) = text::asked(&page).filter(|_| screen.asks.is_some()) {
            return asking::begin(self, &page, form, screen.text);
        }
        Ok(screen.text)
    }

    fn screen(&self, page: &Page, from: Mark, first_no: u16) -> Screen {
        text::text(page, from, &Room { max: self.manners.segments, cost: &segments, first_no })
    }
}

/// A path is divided by slashes; search words are not.
fn searchable(words: &str) -> String {
    words.replace('/', " ")
}

/// Whether something may be pushed to a phone.
pub fn may_push(tx: &Tx, phone: &Number, site: Option<&str>) -> Result<bool> {
    let all = tx.get::<OptOut>(&opt_out_key(phone, None))?;
    let one = match site {
        Some(slug) => tx.get::<OptOut>(&opt_out_key(phone, Some(slug)))?,
        None => None,
    };
    Ok(all.is_none() && one.is_none())
}

/// A failure as one sentence: for a text whose closure failed or panicked.
pub fn sentence(error: &Error, lang: Lang) -> String {
    match error {
        Error::Full => words::STORAGE_FULL.say(lang).to_owned(),
        Error::Busy => words::BUSY.say(lang).to_owned(),
        _ => words::INTERNAL.say(lang).to_owned(),
    }
}
