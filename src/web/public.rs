//! The public function: a request in, a response out. HTTP calls it, and the WAP gateway.
//!
//! It finds the site, the rendering and the language, asks `sites`, and has the page `rendered`. It knows no kind of section
//! and no socket.

use std::sync::Arc;

use bytes::Bytes;

use super::cache::{Cache, Kept, Revision};
use super::device::{Device, Rendering};
use super::file::Files;
use super::frame::Frames;
use super::host::{Host, host};
use super::message::{Request, Response, decoded, pairs};
use super::phone::Phone;
use super::posted;
use super::rendered::has_post_form;
use super::respond::{never_kept, respond};
use super::visitors::{self, By, Known, Visitors};
use crate::clock::{Clock, Time};
use crate::error::{Error, Result};
use crate::page::fit::Mark;
use crate::page::links::Links;
use crate::page::wml;
use crate::page::{Block, Lang, Path, Status, Tone};
use crate::sites::{self, House, Visit, Visitor};
use crate::store::Store;
use crate::words;

/// What the public side of the box needs.
pub struct Public {
    pub store: Store,
    pub house: Arc<House>,
    pub clock: Clock,
    pub frames: Frames,
    pub cache: Cache,
    pub files: Files,
    pub visitors: Visitors,
    /// What a deck may cost, compiled, on a phone that is not known.
    pub deck_octets: usize,
    /// WAP's own knowledge: octets of a deck as it is compiled here, at most as any other gateway does, and the deck compiled.
    pub deck_size: fn(&wml::Deck) -> usize,
    pub deck_bound: fn(&wml::Deck) -> usize,
    pub compile: fn(&wml::Deck) -> Vec<u8>,
}

/// Compressing less than this costs more than it saves.
pub(super) const GZIP_MIN: usize = 600;
/// The longest address that is looked at.
const TARGET_MAX: usize = 2048;

/// Everything that the request itself decides.
#[derive(Clone)]
pub(super) struct Asked {
    pub to: Path,
    pub query: Vec<(String, String)>,
    pub rendering: Rendering,
    pub lang: Lang,
    pub links: Links,
    pub accept: String,
    /// What a deck may cost on this phone, compiled.
    pub deck_octets: usize,
    pub phone: Phone,
    pub from: Mark,
    pub unknown_host: Option<String>,
    pub known: Option<Known>,
    pub who: Visitor,
    /// Choices to be kept by a cookie.
    pub keep: Vec<(&'static str, String)>,
    pub now: Time,
}

impl Public {
    pub async fn answer(&self, request: &Request) -> Response {
        let mut response = self.whole(request).await;
        if request.is_head() && response.status != 304 {
            let length = response.body.len().to_string();
            response.headers.push(("content-length", length.into()));
            response.body = Bytes::new();
        }
        response
    }

    async fn whole(&self, request: &Request) -> Response {
        let key = self.key(request);
        if let Some(key) = &key
            && let Some(kept) = self.cache.get(key, self.revision(), self.clock.now())
        {
            return respond(&kept, request);
        }
        if let Some(file) = self.files.answer(&self.store, self.house.lang, request).await {
            return file;
        }
        let asked = match self.asked(request) {
            Ok(asked) => asked,
            Err(error) => {
                log::error!("a request could not be read: {error}");
                return Response::text(500, words::INTERNAL.say(self.house.lang));
            }
        };
        if request.target.len() > TARGET_MAX {
            return self.refused(&asked, request, 414, words::NOT_UNDERSTOOD_TITLE, words::NOT_UNDERSTOOD);
        }
        if request.too_large {
            return self.refused(&asked, request, 413, words::TOO_LARGE_TITLE, words::TOO_LARGE_TEXT);
        }
        if asked.unknown_host.is_some() {
            return self.unknown_host(&asked, request);
        }
        match request.method.as_str() {
            "GET" | "HEAD" => self.shown(&asked, request, key),
            "POST" => posted::answer(self, &asked, request).await,
            _ => self
                .refused(&asked, request, 405, words::NOT_UNDERSTOOD_TITLE, words::NOT_UNDERSTOOD)
                .with("allow", "GET, HEAD, POST"),
        }
    }

    pub(super) fn asked(&self, request: &Request) -> Result<Asked> {
        let found = host(&self.house, &self.store, request.header("host"))?;
        let query = pairs(request.query().as_bytes(), None);
        let get = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let accept = request.all("accept");
        let phone = Phone::of(request);
        let chosen = get("v").and_then(Rendering::of_name);
        let kept = request.cookie("v").and_then(Rendering::of_name);
        // Nor does who comes by a WAP gateway.
        let is_wap_host = found.is_wap() || request.room.is_some();
        let device = Device { chosen, kept, accept: &accept, takes: phone.takes, is_wap_host };
        let (rendering, ways) = (device.rendering(), device.ways());
        let spoken = get("lang").and_then(Lang::of_tag);
        let lang = spoken.or_else(|| Lang::of_tag(request.cookie("lang")?)).unwrap_or(self.house.lang);
        let mut carry = Vec::new();
        let mut keep = Vec::new();
        if let Some(v) = chosen {
            carry.push(format!("v={}", v.name()));
            keep.push(("v", v.name().to_owned()));
        }
        if let Some(lang) = spoken {
            let tag = if lang == Lang::En { "en" } else { "zh" };
            carry.push(format!("lang={tag}"));
            keep.push(("lang", tag.to_owned()));
        }
        let (to, here, portal, unknown_host) = self.place(found, request.path());
        let carry = Some(carry.join("&")).filter(|carry| !carry.is_empty());
        // What browsers show is handed on with its address: there a cookie is all.
        let is_browsed = rendering == Rendering::Html || phone.takes == Some(Rendering::Html);
        let known = self.visitors.known(request, get(visitors::NAME).filter(|_| !is_browsed));
        let id = known.as_ref().map_or([0; 16], |known| self.visitors.id(known));
        let visitor = known.filter(|known| known.by == By::Address).map(|known| self.carried(&known, request));
        let links = Links { here, portal, carry, visitor, ways, ..Links::default() };
        let from = get("at").and_then(|m| m.parse().ok()).unwrap_or_default();
        let deck_octets = phone.deck.unwrap_or(self.deck_octets).min(phone.room.unwrap_or(usize::MAX));
        let (now, who) = (self.clock.now(), Visitor { id, ..Visitor::default() });
        #[rustfmt::skip]
        let asked = Asked {
            to, query, rendering, lang, links, accept, deck_octets, phone, from, unknown_host, known, who, keep, now,
        };
        Ok(asked)
    }

    /// Who a visitor is, for addresses.
    pub(super) fn carried(&self, known: &Known, request: &Request) -> String {
        format!("{}={}", visitors::NAME, self.visitors.token(known, By::Address, request))
    }

    /// The place that a host and a path name, and where links lead from there.
    fn place(&self, found: Host, path: &str) -> (Path, Option<String>, String, Option<String>) {
        let at = decoded(path, false);
        let at = at.trim_matches('/');
        match found {
            Host::Unknown(name) => (Path::default(), None, self.house.url.clone(), Some(name)),
            Host::Site { slug, .. } => {
                (Path { site: Some(slug.clone()), at: at.to_owned() }, Some(slug), self.house.url.clone(), None)
            }
            Host::Portal { .. } => {
                let to = match at.strip_prefix("s/") {
                    Some(rest) => {
                        let (slug, at) = rest.split_once('/').unwrap_or((rest, ""));
                        Path { site: Some(slug.to_ascii_lowercase()), at: at.to_owned() }
                    }
                    None => Path { site: None, at: at.to_owned() },
                };
                (to, None, String::new(), None)
            }
        }
    }

    /// All of a request that a page may depend on, as it was sent: two spellings of one wish are kept twice, and finding a
    /// kept page costs no reading of the request. `None` for what is made for one visitor.
    fn key(&self, request: &Request) -> Option<String> {
        let is_ones_own = request.cookie("said").is_some() || request.cookie(visitors::NAME).is_some();
        if !matches!(request.method.as_str(), "GET" | "HEAD") || is_ones_own || names_visitor(request.query()) {
            return None;
        }
        let mut key = String::with_capacity(300);
        let cookies = [request.cookie("v"), request.cookie("lang")];
        for part in [request.header("host"), Some(&request.target)].into_iter().chain(cookies) {
            key.push_str(part.unwrap_or(""));
            key.push('\n');
        }
        for (_, value) in request.headers.iter().filter(|(name, _)| name == "accept") {
            key.push_str(value);
            key.push(',');
        }
        // Pictures alone depend on the width.
        let Phone { width: _, deck, room, takes, wml, is_ascii } = Phone::of(request);
        let way = takes.map_or("", Rendering::name);
        let limits = [deck.unwrap_or(0), room.unwrap_or(0), wml as usize, is_ascii.into()];
        key.push_str(&format!("\n{limits:?}{way}\n{}", self.house.numbers.changes()));
        Some(key)
    }

    /// Changes when a page may have: something shown was written, or the clock was set.
    fn revision(&self) -> Revision {
        (self.store.revision(), self.clock.settings())
    }

    fn shown(&self, asked: &Asked, request: &Request, key: Option<String>) -> Response {
        let flash = request.cookie("said").filter(|_| asked.rendering == Rendering::Html);
        // Before the page is read: what is written meanwhile makes it old.
        let revision = self.revision();
        let visit = Visit { to: &asked.to, query: &asked.query, who: &asked.who, lang: asked.lang, now: asked.now };
        let mut page = sites::visit(&self.house, &self.store, &visit);
        // Where the number to text is first offered.
        if page.status == Status::Ok && page.at.is_front() && self.house.is_silent(page.at.site.as_deref()) {
            page = sites::with_notice(page, Tone::Warn, words::TEXTS_WAIT.say(asked.lang).to_owned());
        }
        let plain = page.status == Status::Ok && !has_post_form(&page) && flash.is_none();
        if let Some((tone, text)) = flash.and_then(said) {
            page = sites::with_notice(page, tone, text);
        }
        let kept = Arc::new(self.rendered(&page, asked, None, revision));
        if let Some(key) = key.filter(|_| plain && asked.known.is_none()) {
            self.cache.put(key, Arc::clone(&kept));
        }
        let mut response = respond(&kept, request);
        if let Some(known) = &asked.known {
            response = never_kept(response);
            if known.by == By::Cookie && known.is_old {
                response = response.with("set-cookie", self.visitors.cookie(known, request));
            }
        }
        if flash.is_some() { response.with("set-cookie", "said=; Path=/; Max-Age=0") } else { response }
    }

    fn unknown_host(&self, asked: &Asked, request: &Request) -> Response {
        let name = asked.unknown_host.as_deref().unwrap_or("");
        let visit = Visit { to: &asked.to, query: &[], who: &asked.who, lang: asked.lang, now: asked.now };
        let mut page = sites::error_page(&self.house, &self.store, &visit, &Error::NotFound);
        page.blocks[0] = Block::Notice(Tone::Wrong, words::NO_SUCH_SITE.with(asked.lang, &[name]));
        respond(&self.rendered(&page, asked, None, Revision::default()), request)
    }

    fn refused(
        &self,
        asked: &Asked,
        request: &Request,
        status: u16,
        title: words::Word,
        word: words::Word,
    ) -> Response {
        let visit = Visit { to: &asked.to, query: &[], who: &asked.who, lang: asked.lang, now: asked.now };
        let mut page = sites::error_page(&self.house, &self.store, &visit, &Error::NotFound);
        page.title = title.say(asked.lang).to_owned();
        page.blocks[0] = Block::Notice(Tone::Wrong, word.say(asked.lang).to_owned());
        let kept = Kept { status, ..self.rendered(&page, asked, None, Revision::default()) };
        let response = respond(&kept, request);
        if asked.known.is_some() { never_kept(response) } else { response }
    }
}

fn names_visitor(query: &str) -> bool {
    query.split(['&', ';']).any(|pair| pair.split('=').next() == Some(visitors::NAME))
}

/// The word that a redirect brought along: a tone's letter, a dash, the text.
fn said(cookie: &str) -> Option<(Tone, String)> {
    let (tone, text) = cookie.split_once('-')?;
    let tone = match tone {
        "d" => Tone::Done,
        "w" => Tone::Warn,
        "x" => Tone::Wrong,
        _ => Tone::Info,
    };
    let text: String = decoded(text, false).chars().filter(|c| !c.is_control()).take(200).collect();
    Some((tone, text))
}
