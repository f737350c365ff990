//! Where an inbound text becomes a reply: the grammar, the numbers of the last screens, search. Forms are in `asking`.
//!
//! Everything here runs inside one transaction on the store's writer, with the text's inbox row and its reply.

use std::time::Duration;

use super::asking;
use super::grammar::{self, Command};
use super::optout;
use super::outbox::Message;
use super::parts::segments;
use super::push::Pushes;
use super::session::{self, Session};
use crate::clock::{Reading, Time};
use crate::error::{Error, Result};
use crate::number::Number;
use crate::page::fit::Mark;
use crate::page::form::Print;
use crate::page::text::{self, Room, Screen};
use crate::page::{Lang, Page, Path, To, Tone};
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
    pub pushes: Pushes,
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
    /// The box's clock when it came.
    pub clock: &'a Reading,
    /// Parts of it are missing: it is no answer and no command.
    pub gap: bool,
}

/// So many numbers stay valid when a page is longer than a screen.
const KEYS_MAX: usize = 60;
/// The same words to the same screen so often in an hour, without a step between, and no more: the other side is a
/// machine.
const SAME_WORDS_MAX: u8 = 3;
/// The same with other words each time, as an alarm with a counter sends; a person who searches in vain stops before.
const SAME_PLACE_MAX: u8 = 10;
const HOUR: Duration = Duration::from_secs(3600);
const TEN_MINUTES: Duration = Duration::from_secs(600);

/// What a text leads to.
#[derive(Debug, Default)]
pub struct Said {
    /// `None` when the sender must not be answered.
    pub reply: Option<String>,
    /// Messages that are queued beside it.
    pub pushed: Vec<(u64, Message)>,
}

/// The reply to a text. The session is written.
pub fn reply(house: &House, manners: &Manners, tx: &mut Tx, heard: &Heard) -> Result<Said> {
    if !may_answer(house, heard.from) {
        return Ok(Said::default());
    }
    let key = session::key(heard.from, heard.to);
    let stored = tx.get::<Session>(&key)?.map(|session| session.seen_by(heard.clock));
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
    let pushed = Vec::new();
    let mut talk = Talk { house, manners, tx, heard, who: &who, session: &mut session, fresh, pushed };
    let (text, pushed) = (talk.answer()?, talk.pushed);
    let silent = too_often(&mut session, manners, heard);
    session.seen = heard.clock.now;
    tx.put(&key, &session)?;
    Ok(Said { reply: (!silent).then_some(text), pushed })
}

/// Never a service code, a name, or one of our own numbers: two machines would talk for ever.
fn may_answer(house: &House, from: &Number) -> bool {
    from.is_person() && !house.numbers.has(from)
}

/// The same words that lead to the same place again and again are a machine's, and so are ever other words that lead
/// nowhere.
fn too_often(session: &mut Session, manners: &Manners, heard: &Heard) -> bool {
    let now = heard.clock.now;
    let words = grammar::normal(heard.text);
    // To page on is a step, among a question's options too; a screen that is cut elsewhere because of a notice is none.
    let asked = session.asking.as_ref().map(|a| (a.got.len(), a.options_from));
    let paged = session.more.filter(|_| grammar::command(&words) == Some(Command::Next));
    let place = format!("{:?} {paged:?} {asked:?} {:?}", session.at, session.lang);
    let same = again(&mut session.last, &[&place, &words], now);
    let still = again(&mut session.stood, &[&place], now);
    session.replies.retain(|t| now.since(*t) < TEN_MINUTES);
    let silent = same > SAME_WORDS_MAX || still > SAME_PLACE_MAX || session.replies.len() >= manners.replies;
    if !silent {
        session.replies.push(now);
    }
    silent
}

/// How often that was in a row within an hour, this time included.
fn again(last: &mut (u32, u8, Time), what: &[&str], now: Time) -> u8 {
    let mut print = Print::new();
    what.iter().for_each(|w| print.add(w));
    let (known, count, since) = *last;
    let same = known == print.value() && now.since(since) < HOUR;
    *last = if same { (known, count.saturating_add(1), since) } else { (print.value(), 1, now) };
    last.1
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
    pub pushed: Vec<(u64, Message)>,
}

impl Talk<'_> {
    /// The order of DESIGN 7: the first that fits wins.
    fn answer(&mut self) -> Result<String> {
        let normal = grammar::normal(self.heard.text);
        if let Some(command) = grammar::opt_out(&normal).filter(|_| !self.heard.gap) {
            return self.opt_out(&command);
        }
        let silence = self.heard.clock.now.since(self.session.seen);
        let form_over = self.session.asking.is_some() && silence >= self.manners.form_open;
        if form_over {
            self.leave_form();
        }
        if self.session.asking.is_some() {
            return asking::answer(self);
        }
        if self.heard.gap {
            let notice = words::TEXT_WITH_GAP.say(self.session.lang).to_owned();
            return self.show(&self.session.at.clone(), Some((Tone::Info, notice)));
        }
        let key = normal.parse::<u16>().ok().filter(|_| grammar::is_number(&normal));
        let key = key.and_then(|number| self.session.keys.iter().find(|(n, _)| *n == number));
        let too_old = key.is_some() && silence >= self.manners.keys_valid;
        if let Some((_, to)) = key.filter(|_| !too_old) {
            let to = to.clone();
            return self.go(&to);
        }
        if let Some(command) = grammar::command(&normal) {
            return self.command(command);
        }
        if let Some(text) = self.open_site(&normal)? {
            return Ok(text);
        }
        let lang = self.session.lang;
        let notice = if form_over {
            words::FORM_OVER.say(lang).to_owned()
        } else if too_old {
            words::NUMBERS_TOO_OLD.say(lang).to_owned()
        } else if grammar::is_number(&normal) && normal.len() < 4 && !self.fresh {
            words::NO_SUCH_NUMBER.with(lang, &[&normal])
        } else {
            return self.search(&grammar::plain(self.heard.text));
        };
        self.show(&self.session.at.clone(), Some((Tone::Info, notice)))
    }

    /// An open form is left without an answer: its section is where the phone stands then.
    pub(super) fn leave_form(&mut self) {
        if let Some(asking) = self.session.asking.take() {
            self.session.at = self.page(&asking.form).up.unwrap_or_default();
        }
    }

    /// What a number stands for.
    fn go(&mut self, to: &To) -> Result<String> {
        match to {
            To::Visit(_) if optout::is_place_of_all(to) => self.opt_out(&Command::OptOutAll),
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
            Command::Card => self.card(),
            Command::SendCard => self.send_card(),
            Command::Search(words) if words.is_empty() => Ok(words::SEARCH_WHAT_SMS.say(self.session.lang).to_owned()),
            // As it was written, not in capitals.
            Command::Search(_) => self.found(grammar::rest_of(&grammar::plain(self.heard.text))),
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
        let slug = slug.filter(|slug| !self.is_closed(slug));
        let Some(slug) = slug else { return Ok(None) };
        self.offer(&slug)?;
        self.show(&Path::site(&slug, ""), None).map(Some)
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
            let visit = Visit { to: &portal, query: &[], who: self.who, lang, now: self.heard.clock.now };
            if search::any_on_site(self.house, self.tx, &visit, &slug, words)? {
                return self.show(&Path::site(&slug, &format!("search/{}", searchable(words))), None);
            }
        }
        let visit = Visit { to: &portal, query: &[], who: self.who, lang, now: self.heard.clock.now };
        if search::any_on_portal(self.house, self.tx, &visit, words)? {
            return self.found(words);
        }
        let shown: String = words.chars().take(12).collect();
        let may_write = match self.session.at.site.as_deref() {
            Some(slug) if !grammar::is_number(words) => {
                sites::place_of_word(self.house, self.tx, slug, "LY")?.is_some()
            }
            _ => false,
        };
        let word = if may_write { words::FOUND_NOTHING_WRITE } else { words::FOUND_NOTHING };
        let notice = (!self.fresh).then(|| (Tone::Info, word.with(lang, &[&shown])));
        let mut at = self.session.at.clone();
        // What was sought before has nothing to do with it.
        if at.at.starts_with("search/") {
            at.at.clear();
        }
        self.show(&at, notice)
    }

    fn is_closed(&self, slug: &str) -> bool {
        enterprise::enterprise(self.tx, slug).map_or(true, |company| company.state == enterprise::State::Closed)
    }

    fn found(&mut self, words: &str) -> Result<String> {
        self.show(&Path::portal(&format!("search/{}", searchable(words))), None)
    }

    pub fn page(&self, at: &Path) -> Page {
        let visit = Visit { to: at, query: &[], who: self.who, lang: self.session.lang, now: self.heard.clock.now };
        sites::visit(self.house, self.tx, &visit)
    }

    /// The first screen of a place; the session stands there then, and its numbers are this page's.
    pub fn show(&mut self, at: &Path, notice: Option<(Tone, String)>) -> Result<String> {
        // A company that is closed for good has no page to stand on.
        if at.site.as_deref().is_some_and(|slug| self.is_closed(slug)) {
            self.session.site = None;
            let notice = words::SITE_CLOSED.say(self.session.lang).to_owned();
            return self.show_page(self.page(&Path::portal("")), Some((Tone::Info, notice)));
        }
        let page = self.page(at);
        self.show_page(page, notice)
    }

    pub fn show_page(&mut self, mut page: Page, notice: Option<(Tone, String)>) -> Result<String> {
        // The address can wait when there is something else to say: the choices need the room.
        let address =
            || Some((Tone::Info, page.face.address.clone())).filter(|(_, a)| page.at.is_front() && !a.is_empty());
        if let Some((tone, text)) = notice.or_else(address) {
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

/// A failure as one sentence: for a text whose closure failed or panicked.
pub fn sentence(error: &Error, lang: Lang) -> String {
    match error {
        Error::Full => words::STORAGE_FULL.say(lang).to_owned(),
        Error::Busy => words::BUSY.say(lang).to_owned(),
        _ => words::INTERNAL.say(lang).to_owned(),
    }
}
