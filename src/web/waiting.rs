//! What is answered while the store is still being opened: replay after a power cut, or another view after damage, may
//! take a slow box a minute. People read how far it is; programs get 503 with `Retry-After`.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use super::assets;
use super::device::{Rendering, by_accept};
use super::frame::{Extras, Frames};
use super::message::{Request, Response, pairs};
use super::serve::Service;
use crate::page::fit::Mark;
use crate::page::links::Links;
use crate::page::wml::{self, Budget};
use crate::page::{Block, Page, Path, Tone};
use crate::store::Progress;
use crate::words::{self, Lang};

/// Seconds until another look is worth it.
const AGAIN_S: &str = "3";

pub struct Waiting {
    pub name: String,
    pub lang: Lang,
    pub progress: Arc<Progress>,
    pub deck_octets: usize,
}

/// Answers for itself until the box's own service is set.
pub fn service(waiting: Waiting, open: Arc<OnceLock<Service>>) -> Service {
    let limits = Arc::clone(&open);
    let waiting = Arc::new(waiting);
    Service {
        answer: Box::new(move |request| match open.get() {
            Some(service) => (service.answer)(request),
            None => {
                let waiting = Arc::clone(&waiting);
                Box::pin(async move { waiting.answer(&request) })
            }
        }),
        body_limit: Box::new(move |request| limits.get().map_or(0, |service| (service.body_limit)(request))),
    }
}

impl Waiting {
    fn answer(&self, request: &Request) -> Response {
        let percent = self.percent().to_string();
        let why = words::RECOVERING.with(self.lang, &[&percent]);
        if request.path() == "/healthz" || request.path().starts_with("/api/") {
            return Response::text(503, &format!("{why}\n")).with("retry-after", AGAIN_S);
        }
        // So that the page looks like the box's.
        if let Some(asset) = assets::asset(request.path()) {
            return Response::new(200, asset.kind, asset.bytes.clone());
        }
        let accept = request.all("accept");
        let query = pairs(request.query().as_bytes(), None);
        let chosen = query.iter().find(|(name, _)| name == "v").and_then(|(_, v)| Rendering::of_name(v));
        let rendering = chosen.unwrap_or_else(|| by_accept(&accept, false));
        let mut page = Page::new(words::RECOVERING_TITLE.say(self.lang), Path::portal(""), None, self.lang);
        page.face.name.clone_from(&self.name);
        page.blocks.push(Block::Notice(Tone::Info, why));
        let links = Links::default();
        let body = match rendering {
            Rendering::Html => Frames::new().html(&page, &links, &Extras::default()),
            Rendering::Xhtml => Frames::new().xhtml(&page, &page.blocks, None, &links),
            // A deck that is compiled needs another room; every phone that takes it reads the text as well.
            Rendering::Wml | Rendering::Wmlc => {
                let budget = Budget { max: self.deck_octets, cost: &|deck| deck.xml().len() };
                wml::deck(&page, Mark::default(), None, &links, &budget).xml()
            }
        };
        let rendering = if rendering.is_wml() { Rendering::Wml } else { rendering };
        // Gateways drop the body of an error.
        let status = if rendering == Rendering::Html { 503 } else { 200 };
        let response = Response::new(status, rendering.media_type(&accept), body).with("cache-control", "no-store");
        response.with("retry-after", AGAIN_S).with("refresh", AGAIN_S)
    }

    /// Octets read of those there are; what is read in memory may be a little more than its file.
    fn percent(&self) -> u64 {
        let total = self.progress.total_bytes.load(Ordering::Relaxed).max(1);
        (self.progress.done_bytes.load(Ordering::Relaxed) * 100 / total).min(99)
    }
}
