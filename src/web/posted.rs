//! A form that was sent: read, answered on the store's writer, and shown as its channel does: 303 on the web, the next
//! page on WAP. A form sent question by question shows the next question.

use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::device::Rendering;
use super::message::{Request, Response, pairs};
use super::public::{Asked, Public, respond};
use crate::error::{Error, Result};
use crate::page::form::Form;
use crate::page::wml::Step;
use crate::page::{Page, Tone};
use crate::sites::{self, Answer, Visit, Visitor};

/// What was sent, with our own fields taken out.
struct Posted {
    form: String,
    once: Vec<u8>,
    /// One question of several: the others are still to come.
    step: bool,
    options_from: Option<usize>,
    values: Vec<(String, String)>,
}

pub(super) async fn answer(public: &Public, asked: &Asked, request: &Request) -> Response {
    let posted = match posted(request) {
        Ok(posted) => posted,
        Err(error) => return page_of(public, asked, request, error_page(public, asked, &error), None),
    };
    if posted.step
        && let Some(response) = next_question(public, asked, request, &posted)
    {
        return response;
    }
    let answer = write(public, asked, &posted).await;
    match answer {
        Ok(Answer::See(path, tone, text)) if asked.rendering == Rendering::Html => {
            let tone = match tone {
                Tone::Done => 'd',
                Tone::Info => 'i',
                Tone::Warn => 'w',
                Tone::Wrong => 'x',
            };
            let said = utf8_percent_encode(&text, NON_ALPHANUMERIC);
            Response { status: 303, ..Response::default() }
                .with("location", asked.links.path(&path))
                .with("set-cookie", format!("said={tone}-{said}; Path=/; Max-Age=30; HttpOnly; SameSite=Lax"))
        }
        Ok(Answer::See(path, tone, text)) => {
            let who = Visitor::default();
            let visit = Visit { to: &path, query: &[], who: &who, lang: asked.lang, now: asked.now };
            let page = sites::with_notice(sites::visit(&public.house, &public.store, &visit), tone, text);
            page_of(public, asked, request, page, None)
        }
        Ok(Answer::Page(page)) => {
            // Of a form in questions only the wrong ones are asked again.
            let step = page.form(&posted.form).filter(|_| posted.step).map(|form| good_answers(form, &posted.values));
            page_of(public, asked, request, *page, step.as_ref())
        }
        Err(error) => page_of(public, asked, request, error_page(public, asked, &error), None),
    }
}

fn posted(request: &Request) -> Result<Posted> {
    let kind = request.header("content-type").unwrap_or("application/x-www-form-urlencoded");
    let (media, rest) = kind.split_once(';').unwrap_or((kind, ""));
    if !media.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Error::invalid("content-type", "a form is sent as application/x-www-form-urlencoded"));
    }
    let charset = rest.split(';').find_map(|p| p.trim().strip_prefix("charset="));
    let (mut ours, mut values) = (Vec::new(), Vec::new());
    for (name, value) in pairs(&request.body, charset) {
        if name.starts_with('_') { ours.push((name, value)) } else { values.push((name, value)) }
    }
    let get = |name: &str| ours.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let once = get("_once").filter(|o| (16..=64).contains(&o.len())).map(|o| o.as_bytes().to_vec());
    Ok(Posted {
        form: get("_form").unwrap_or("").to_owned(),
        // Without a mark it cannot be told from the same form filled twice, so it counts.
        once: once.map_or_else(fresh_mark, |mark| with_words(&mark, &values)),
        step: get("_step").is_some(),
        options_from: get("_opt").and_then(|n| n.parse().ok()),
        values,
    })
}

/// The mark of the page together with what was written: a page that the browser kept may be filled anew, with other words,
/// and these are not lost.
fn with_words(mark: &[u8], values: &[(String, String)]) -> Vec<u8> {
    let mut print = Sha256::new_with_prefix(mark);
    for text in values.iter().flat_map(|(name, value)| [name, value]) {
        print.update((text.len() as u64).to_be_bytes());
        print.update(text);
    }
    print.finalize()[..MARK_OCTETS].to_vec()
}

/// 128 bits: no two forms of a town share them by chance.
const MARK_OCTETS: usize = 16;

fn fresh_mark() -> Vec<u8> {
    let mut octets = vec![0u8; MARK_OCTETS];
    let _ = getrandom::fill(&mut octets);
    octets
}

async fn write(public: &Public, asked: &Asked, posted: &Posted) -> Result<Answer> {
    let house = Arc::clone(&public.house);
    let (to, lang, now) = (asked.to.clone(), asked.lang, asked.now);
    let (form, values, once) = (posted.form.clone(), posted.values.clone(), posted.once.clone());
    public
        .store
        .write(move |tx| {
            let who = Visitor::default();
            let visit = Visit { to: &to, query: &[], who: &who, lang, now };
            sites::answer(&house, tx, &visit, &form, &values, &once)
        })
        .await
}

/// The next question of a form that is asked one by one; `None` when all are answered.
fn next_question(public: &Public, asked: &Asked, request: &Request, posted: &Posted) -> Option<Response> {
    let who = Visitor::default();
    let visit = Visit { to: &asked.to, query: &[], who: &who, lang: asked.lang, now: asked.now };
    let mut page = sites::visit(&public.house, &public.store, &visit);
    let form = page.form(&posted.form)?;
    let mut step = good_answers(form, &posted.values);
    let asks_on = posted.options_from.is_some();
    step.options_from = posted.options_from.unwrap_or(0);
    let open: Vec<&str> = form
        .fields
        .iter()
        .filter(|f| !matches!(f.ask, crate::page::form::Ask::Fixed(_)) && !step.got.iter().any(|(n, _)| *n == f.name))
        .map(|f| f.name.as_str())
        .collect();
    let first = (*open.first()?).to_owned();
    // An answer that will not do is said at the question.
    let given = posted.values.iter().find(|(n, _)| *n == first).filter(|_| !asks_on).map(|(_, v)| v.clone());
    if let Some(raw) = given
        && let Some(field) = page.form_mut(&posted.form)?.fields.iter_mut().find(|f| f.name == first)
    {
        field.wrong = field.check(&raw, asked.lang).err();
        field.was = Some(raw);
    }
    Some(page_of(public, asked, request, page, Some(&step)))
}

/// The answers so far that pass their check.
fn good_answers(form: &Form, values: &[(String, String)]) -> Step {
    let good = form.fields.iter().filter_map(|f| {
        let (name, raw) = values.iter().find(|(n, _)| *n == f.name)?;
        let value = f.check(raw, crate::words::Lang::Zh).ok()?;
        (f.wrong.is_none()).then(|| (name.clone(), value))
    });
    Step { got: good.collect(), options_from: 0 }
}

fn error_page(public: &Public, asked: &Asked, error: &Error) -> Page {
    let who = Visitor::default();
    let visit = Visit { to: &asked.to, query: &[], who: &who, lang: asked.lang, now: asked.now };
    sites::error_page(&public.house, &public.store, &visit, error)
}

fn page_of(public: &Public, asked: &Asked, request: &Request, page: Page, step: Option<&Step>) -> Response {
    let kept = public.rendered(&page, asked, step, 0, request);
    let mut response = respond(&kept, asked, request);
    response.headers.retain(|(name, _)| !matches!(*name, "cache-control" | "etag"));
    response.with("cache-control", "no-store")
}
