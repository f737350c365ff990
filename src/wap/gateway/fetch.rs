//! One wish answered: asked of the box itself, and its answer as the octets of a Reply that the client takes.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use super::Gateway;
use super::origin::{WMLC, Wish, request, smallest, takes_decks};
use crate::clock::Time;
use crate::message::{Request, Response};
use crate::page::fit::Mark;
use crate::page::links::Links;
use crate::page::wml::{Budget, Version, deck};
use crate::page::{Block, Page, Path, Tone};
use crate::wap::wbxml;
use crate::wap::wsp::codes;
use crate::wap::wsp::headers::Head;
use crate::wap::wsp::pdu::{Method, Pdu};
use crate::words::{self, Lang, Word};

impl Gateway {
    /// Always a Reply, whatever happens on the way: a phone that hears nothing asks again for a minute.
    pub(super) async fn fetch(&self, wish: Wish) -> Vec<u8> {
        let (now, lang) = (self.clock.now(), self.lang);
        let Some(request) = request(&wish) else {
            return said(403, words::WAP_NOT_OURS_TITLE, words::WAP_NOT_OURS, lang);
        };
        let Some(answer) = self.ask(request.clone()).await else {
            return said(403, words::WAP_NOT_OURS_TITLE, words::WAP_NOT_OURS, lang);
        };
        let reply = octets(&answer, &request, now);
        if fits(&reply, &wish) {
            return reply;
        }
        // A form of XHTML-MP is one piece, whatever it holds; as decks it is asked question by question.
        if wish.method == Method::Get && is_page(&answer) && takes_decks(&wish.fields) {
            let request = smallest(&request);
            if let Some(answer) = self.ask(request.clone()).await {
                let reply = octets(&answer, &request, now);
                if fits(&reply, &wish) {
                    return reply;
                }
            }
        }
        said(502, words::WAP_TOO_LARGE_TITLE, words::WAP_TOO_LARGE, lang)
    }

    /// A panic in one visit stays there.
    async fn ask(&self, request: Request) -> Option<Response> {
        let mut visit = (self.origin)(request);
        let answered = poll_fn(|context| {
            let polled = catch_unwind(AssertUnwindSafe(|| visit.as_mut().poll(context)));
            polled.map_or_else(|_| Poll::Ready(Err(())), |poll| poll.map(Ok))
        });
        answered.await.unwrap_or_else(|()| {
            log::error!("a page for a phone ended in a panic");
            let body = deck_of(words::INTERNAL_TITLE, words::INTERNAL, self.lang);
            Some(Response::new(500, WMLC, body))
        })
    }
}

fn fits(reply: &[u8], wish: &Wish) -> bool {
    reply.len() <= wish.client_sdu as usize
}

fn is_page(response: &Response) -> bool {
    response.header("content-type").is_some_and(|kind| kind.contains("html"))
}

fn octets(response: &Response, request: &Request, now: Time) -> Vec<u8> {
    // What has no type has no body, and a type it must have.
    let mut head = Head::new(response.header("content-type").unwrap_or("text/plain"));
    if response.header("content-length").is_none() {
        head.field("content-length", &response.body.len().to_string());
    }
    for (name, value) in &response.headers {
        match *name {
            // Phones of the time follow whole addresses only.
            "location" if value.starts_with('/') => {
                let host = request.header("host").unwrap_or("");
                head.field(name, &if host.is_empty() { value.to_string() } else { format!("http://{host}{value}") });
            }
            // An age counts from somewhere.
            "cache-control" if value.contains("max-age=") => {
                head.date("date", now);
                head.field(name, value);
            }
            _ => head.field(name, value),
        }
    }
    let (status, headers) = (codes::status(response.status), head.into_octets());
    Pdu::Reply { status, headers: &headers, data: &response.body }.write()
}

/// A sentence of the gateway's own.
pub(super) fn said(status: u16, title: Word, text: Word, lang: Lang) -> Vec<u8> {
    let body = deck_of(title, text, lang);
    let mut head = Head::new(WMLC);
    head.field("content-length", &body.len().to_string());
    head.field("cache-control", "no-cache");
    Pdu::Reply { status: codes::status(status), headers: &head.into_octets(), data: &body }.write()
}

fn deck_of(title: Word, text: Word, lang: Lang) -> Vec<u8> {
    let mut page = Page::new(title.say(lang), Path::portal(""), None, lang);
    page.blocks.push(Block::Notice(Tone::Wrong, text.say(lang).to_owned()));
    let links = Links::default();
    // Which every phone reads.
    let budget = Budget { max: usize::MAX, cost: &|_| 0, version: Version::Wml11 };
    wbxml::compile(&deck(&page, Mark::default(), None, &links, &budget))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
