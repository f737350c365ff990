//! What is answered while the store is still being opened: replay after a power cut, or another view after damage, may
//! take a slow box a minute. People read how far it is; programs get 503 with `Retry-After`.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use super::assets;
use super::device::{Device, Rendering};
use super::frame::{Extras, Frames};
use super::host::name_of;
use super::message::{Request, Response, pairs};
use super::phone::Phone;
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
        let (phone, kept) = (Phone::of(request), request.cookie("v").and_then(Rendering::of_name));
        let is_wap_host = name_of(request.header("host").unwrap_or("")).starts_with("wap.");
        let rendering = Device { chosen, kept, accept: &accept, takes: phone.takes, is_wap_host }.rendering();
        let mut page = Page::new(words::RECOVERING_TITLE.say(self.lang), Path::portal(""), None, self.lang);
        page.face.name.clone_from(&self.name);
        page.blocks.push(Block::Notice(Tone::Info, why));
        let links = Links::default();
        let body = match rendering {
            Rendering::Html => Frames::new().html(&page, &links, &Extras::default()),
            Rendering::Xhtml => Frames::new().xhtml(&page, &page.blocks, None, &links, false),
            // A deck that is compiled needs another room; every phone that takes it reads the text as well.
            Rendering::Wml | Rendering::Wmlc => {
                let budget = Budget { max: self.deck_octets, cost: &|deck| deck.xml().len(), version: phone.wml };
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    async fn get(service: &Service, target: &str, accept: &str) -> Response {
        at(service, "", target, accept).await
    }

    async fn at(service: &Service, host: &str, target: &str, accept: &str) -> Response {
        let headers = [("host", host), ("accept", accept)];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let request = Request { method: "GET".into(), target: target.into(), headers, ..Request::default() };
        (service.answer)(request).await
    }

    #[tokio::test]
    async fn it_says_how_far_it_is_until_the_door_opens() {
        let progress = Arc::new(Progress::default());
        progress.total_bytes.store(200, Ordering::Relaxed);
        progress.done_bytes.store(80, Ordering::Relaxed);
        let waiting = Waiting { name: "驿站".into(), lang: Lang::Zh, progress, deck_octets: 1300 };
        let door = Arc::new(OnceLock::new());
        let service = service(waiting, Arc::clone(&door));
        let page = get(&service, "/s/tea/", "text/html").await;
        let text = String::from_utf8(page.body.to_vec()).unwrap();
        assert_eq!((page.status, page.header("retry-after"), page.header("refresh")), (503, Some("3"), Some("3")));
        assert!(text.contains("(40%)") && text.contains("</html>"), "{text}");
        let style = text.split("href=\"").find(|rest| rest.split('"').next().unwrap().ends_with(".css")).unwrap();
        assert_eq!(get(&service, style.split('"').next().unwrap(), "*/*").await.status, 200);
        let deck = get(&service, "/", "text/vnd.wap.wml").await;
        assert_eq!((deck.status, deck.header("content-type")), (200, Some("text/vnd.wap.wml; charset=utf-8")));
        assert!(String::from_utf8(deck.body.to_vec()).unwrap().contains("(40%)"));
        let small = at(&service, "wap.box.example.com:80", "/?v=web", "*/*").await;
        assert!(small.header("content-type").unwrap().contains("xhtml"), "never HTML there");
        for program in ["/healthz", "/api/v1/messages"] {
            let answer = get(&service, program, "*/*").await;
            assert_eq!((answer.status, answer.header("content-type")), (503, Some("text/plain; charset=utf-8")));
        }
        let open = Service {
            answer: Box::new(|_| Box::pin(async { Response::text(200, "open") })),
            body_limit: Box::new(|_| 7),
        };
        assert!(door.set(open).is_ok());
        assert_eq!(get(&service, "/", "*/*").await.body, "open");
        assert_eq!((service.body_limit)(&Request::default()), 7);
    }
}
