//! A page as octets, for the device that asked: the renderers of `page`, cut to what it takes.
//!
//! Not here: which rendering that is, and what HTTP says round it (`respond`).

use std::sync::OnceLock;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::cache::{Kept, Revision};
use super::device::Rendering;
use super::frame::Extras;
use super::public::{Asked, Public};
use crate::clock::Time;
use crate::page::fit::{Mark, fit};
use crate::page::form::Method;
use crate::page::links::Links;
use crate::page::wml::{self, Budget, Step};
use crate::page::{Block, Page, Status, Tone, xhtml};
use crate::words;

/// A phone of WAP 2.0 takes more, but shows this much well (the carriers' advice for its first generation).
const XHTML_OCTETS: usize = 9000;
/// With less room than this for a whole page its foot has the ways on and back only: all of it takes 1,200 octets.
const WHOLE_FOOT_ROOM: usize = 4000;

impl Public {
    /// A page as octets.
    pub(super) fn rendered(&self, page: &Page, asked: &Asked, step: Option<&Step>, revision: Revision) -> Kept {
        let mut links = asked.links.clone();
        if has_post_form(page) {
            links.once = once();
        }
        let body = match asked.rendering {
            Rendering::Html => self.frames.html(page, &links, &self.extras(page, asked)).into_bytes(),
            Rendering::Xhtml => self.xhtml(page, asked, &links).into_bytes(),
            Rendering::Wml => {
                let deck = self.deck(page, asked, step, &links, self.deck_bound);
                if asked.phone.is_ascii { deck.xml_in_ascii() } else { deck.xml() }.into_bytes()
            }
            Rendering::Wmlc => (self.compile)(&self.deck(page, asked, step, &links, self.deck_size)),
        };
        let print = Sha256::digest(&body);
        let etag: String = print[..10].iter().map(|b| format!("{b:02x}")).collect();
        Kept {
            status: status_of(page.status, asked.rendering),
            media_type: asked.rendering.media_type(&asked.accept),
            rendering: asked.rendering,
            choices: asked.keep.iter().map(|(name, value)| format!("{name}={value}; Path=/; SameSite=Lax")).collect(),
            etag,
            plain: Bytes::from(body),
            gzip: OnceLock::new(),
            revision,
            until: page.until.map(Time),
        }
    }

    fn deck<'a>(
        &self,
        page: &'a Page,
        asked: &Asked,
        step: Option<&Step>,
        links: &'a Links,
        cost: fn(&wml::Deck) -> usize,
    ) -> wml::Deck<'a> {
        wml::deck(
            page,
            asked.from,
            step,
            links,
            &Budget { max: asked.deck_octets, cost: &cost, version: asked.phone.wml },
        )
    }

    fn xhtml(&self, page: &Page, asked: &Asked, links: &Links) -> String {
        let cost = |blocks: &[Block], _: bool| {
            let mut out = String::new();
            xhtml::render(blocks, page, links, &mut out);
            out.len()
        };
        let room = asked.phone.room.unwrap_or(usize::MAX);
        let is_short = room < WHOLE_FOOT_ROOM;
        let mut most = XHTML_OCTETS;
        if room < usize::MAX {
            let next = Some(links.at(&page.at, &Mark::LONGEST.to_string()));
            most =
                most.min(room.saturating_sub(self.frames.xhtml(page, &[changed(page)], next, links, is_short).len()));
        }
        let cut = fit(&xhtml::opened(&page.blocks), asked.from, most, &cost);
        let mut blocks = cut.blocks;
        if cut.changed {
            blocks.insert(0, changed(page));
        }
        let next = cut.next.map(|mark| links.at(&page.at, &mark.to_string()));
        self.frames.xhtml(page, &blocks, next, links, is_short)
    }

    fn extras(&self, page: &Page, asked: &Asked) -> Extras {
        let site = page.at.site.as_deref();
        let links = Links { portal: self.house.url.clone(), ..Links::default() };
        let searched = asked.query.iter().find(|(n, _)| n == "q").map(|(_, v)| v.clone());
        let from_path = page.at.at.strip_prefix("search/").map(str::to_owned);
        Extras {
            canonical: links.path(&page.at),
            picture: first_picture(&page.blocks)
                .map(|f| format!("{}/pictures/{f}", self.house.url))
                .unwrap_or_default(),
            next: None,
            searched: searched.or(from_path).filter(|_| site.is_none()).unwrap_or_default(),
        }
    }
}

fn status_of(status: Status, rendering: Rendering) -> u16 {
    match status {
        Status::Ok => 200,
        // Gateways drop the body of an error, and with it what was wrong.
        Status::Invalid if rendering != Rendering::Html => 200,
        Status::Invalid => 422,
        Status::NotFound => 404,
        Status::Gone => 410,
        Status::Denied => 403,
        Status::Suspended | Status::Busy => 503,
        Status::TooLarge => 413,
        Status::TooMany => 429,
        Status::Full => 507,
        Status::Internal => 500,
    }
}

fn changed(page: &Page) -> Block {
    Block::Notice(Tone::Info, words::CONTENT_CHANGED.say(page.lang).to_owned())
}

pub(super) fn has_post_form(page: &Page) -> bool {
    page.form("").is_some_and(|f| f.method == Method::Post)
}

fn first_picture(blocks: &[Block]) -> Option<&str> {
    blocks.iter().find_map(|b| match b {
        Block::Picture(p) => Some(p.file.as_str()),
        Block::Group(_, inner) => first_picture(inner),
        _ => None,
    })
}

/// A mark of its own for each form that is shown.
fn once() -> String {
    let mut octets = [0u8; 16];
    // Without the kernel's randomness nothing on the machine works; a form then counts as sent anew each time.
    let _ = getrandom::fill(&mut octets);
    octets.iter().map(|b| format!("{b:02x}")).collect()
}
