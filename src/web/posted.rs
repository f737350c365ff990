//! A form that was sent: read, answered on the store's writer, and shown as its channel does: 303 on the web, the next
//! page on WAP. A form sent question by question shows the next question.

use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use super::cache::Revision;
use super::device::Rendering;
use super::message::{Request, Response, pairs, text_of};
use super::public::{Asked, Public};
use super::respond::{never_kept, respond};
use super::visitors::Known;
use crate::error::{Error, Result};
use crate::page::form;
use crate::page::wml::Step;
use crate::page::{Page, Path, Tone};
use crate::sites::{self, Answer, Visit, Visitor};
use crate::words;

/// What was sent, with our own fields taken out.
struct Posted {
    form: String,
    once: Vec<u8>,
    step: Stepwise,
    /// The form that its questions were taken from.
    version: Option<u32>,
    options_from: Option<usize>,
    /// What was picked of a question whose options go on.
    picked: Vec<(String, String)>,
    values: Vec<(String, String)>,
}

/// How far a form was sent that is asked question by question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stepwise {
    /// It was sent whole.
    No,
    /// The others are still to come.
    Asked,
    /// It was looked at and is sent.
    Sent,
}

pub(super) async fn answer(public: &Public, asked: &Asked, request: &Request) -> Response {
    let posted = match posted(request) {
        Ok(posted) => posted,
        Err(error) => return page_of(public, asked, request, error_page(public, asked, &error), None),
    };
    if posted.step != Stepwise::No
        && let Some(response) = next_question(public, asked, request, &posted)
    {
        return response;
    }
    // What is left by somebody is somebody's.
    let known = asked.known.unwrap_or_else(|| public.visitors.born());
    let who = Visitor { id: public.visitors.id(&known), ..asked.who.clone() };
    let asked = &Asked { who, ..asked.clone() };
    match write(public, asked, &posted).await {
        Ok(Answer::See(path, tone, text)) => seen(public, asked, request, &known, &path, tone, &text),
        Ok(Answer::Page(page)) => {
            // Of a form in questions only the wrong ones are asked again.
            let step = page
                .form(&posted.form)
                .filter(|_| posted.step != Stepwise::No)
                .map(|form| Step { got: form.good(&posted.values, asked.lang), options_from: 0 });
            page_of(public, asked, request, *page, step.as_ref())
        }
        Err(error) => page_of(public, asked, request, error_page(public, asked, &error), None),
    }
}

/// The page that a form leads to. Who sent it is told who he is: by a cookie, and on WAP, where no cookie of ours has come
/// back yet, by every link of the page. People hand the addresses of the web on to others, so there a cookie is all.
fn seen(
    public: &Public,
    asked: &Asked,
    request: &Request,
    known: &Known,
    path: &Path,
    tone: Tone,
    text: &str,
) -> Response {
    let told = |response: Response| match asked.known {
        Some(_) => response,
        None => response.with("set-cookie", public.visitors.cookie(known, request)),
    };
    if asked.rendering == Rendering::Html {
        let tone = match tone {
            Tone::Done => 'd',
            Tone::Info => 'i',
            Tone::Warn => 'w',
            Tone::Wrong => 'x',
        };
        let said = utf8_percent_encode(text, NON_ALPHANUMERIC);
        let response = Response { status: 303, ..Response::default() }
            .with("location", asked.links.path(path))
            .with("set-cookie", format!("said={tone}-{said}; Path=/; Max-Age=30; HttpOnly; SameSite=Lax"));
        return told(response);
    }
    let mut asked = asked.clone();
    if asked.known.is_none() && request.header("cookie").is_none() {
        asked.links.visitor = Some(public.carried(known, request));
    }
    let visit = Visit { to: path, query: &[], who: &asked.who, lang: asked.lang, now: asked.now };
    let page = sites::with_notice(sites::visit(&public.house, &public.store, &visit), tone, text.to_owned());
    told(page_of(public, &asked, request, page, None))
}

fn posted(request: &Request) -> Result<Posted> {
    let kind = request.header("content-type").unwrap_or("application/x-www-form-urlencoded");
    let (media, rest) = kind.split_once(';').unwrap_or((kind, ""));
    let parameter = |wanted: &str| {
        let mut all = rest.split(';').filter_map(|parameter| parameter.split_once('='));
        all.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim().trim_matches('"'))
    };
    let all = match media.trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => pairs(&request.body, parameter("charset")),
        "multipart/form-data" => multipart(&request.body, parameter("boundary").unwrap_or(""))?,
        _ => return Err(Error::invalid("content-type", "a form is sent as application/x-www-form-urlencoded")),
    };
    let (mut ours, mut values) = (Vec::new(), Vec::new());
    for (name, value) in all {
        if name.starts_with('_') { ours.push((name, value)) } else { values.push((name, value)) }
    }
    let get = |name: &str| ours.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let once = get("_once").filter(|o| (16..=64).contains(&o.len())).map(|o| o.as_bytes().to_vec());
    Ok(Posted {
        form: get("_form").unwrap_or("").to_owned(),
        // Without a mark it cannot be told from the same form filled twice, so it counts.
        once: once.map_or_else(fresh_mark, |mark| with_words(&mark, &values)),
        step: match get("_step") {
            None => Stepwise::No,
            Some("0") => Stepwise::Sent,
            Some(_) => Stepwise::Asked,
        },
        version: get("_version").and_then(|v| u32::from_str_radix(v, 16).ok()),
        options_from: get("_opt").and_then(|n| n.parse().ok()),
        picked: ours.iter().filter(|(name, _)| name == "_picked").cloned().collect(),
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
    let who = asked.who.clone();
    public
        .store
        .write(move |tx| {
            let visit = Visit { to: &to, query: &[], who: &who, lang, now };
            sites::answer(&house, tx, &visit, &form, &values, &once)
        })
        .await
}

/// The next question of a form that is asked one by one, or all answers to be looked at; `None` when it is to be sent.
fn next_question(public: &Public, asked: &Asked, request: &Request, posted: &Posted) -> Option<Response> {
    let visit = Visit { to: &asked.to, query: &[], who: &asked.who, lang: asked.lang, now: asked.now };
    let mut page = sites::visit(&public.house, &public.store, &visit);
    let form = page.form(&posted.form)?;
    let changed = posted.version.is_some_and(|version| version != form.version());
    if posted.step == Stepwise::Sent && !changed {
        return None;
    }
    let got = form.good(&posted.values, asked.lang);
    let answered = [got.clone(), form.left_out(|ask| matches!(ask, form::Ask::File { .. }))].concat();
    let open = match form.next(&answered) {
        form::Step::Ask(field) => Some(field.name.clone()),
        form::Step::Send if !changed => return None,
        form::Step::Send | form::Step::Confirm => None,
    };
    if changed {
        page = sites::with_notice(page, Tone::Info, words::FORM_CHANGED.say(asked.lang).to_owned());
    }
    let Some(open) = open else {
        return Some(page_of(public, asked, request, page, Some(&Step { got, options_from: 0 })));
    };
    let field = page.form_mut(&posted.form)?.fields.iter_mut().find(|f| f.name == open)?;
    if posted.options_from.is_some() {
        let picked: Vec<&str> = posted.picked.iter().map(|(_, v)| v.as_str()).collect();
        field.was = field.check(&picked.join(","), asked.lang).ok().filter(|was| !was.is_empty());
    } else if let Some((_, raw)) = posted.values.iter().find(|(n, _)| *n == open) {
        // An answer that will not do is said at the question.
        field.wrong = field.check(raw, asked.lang).err();
        field.was = Some(raw.clone());
    }
    let step = Step { got, options_from: posted.options_from.unwrap_or(0) };
    Some(page_of(public, asked, request, page, Some(&step)))
}

/// The fields of a form with a file in it (RFC 7578), as browsers send it. No kind takes a file yet, so one that has
/// octets is refused.
fn multipart(body: &[u8], boundary: &str) -> Result<Vec<(String, String)>> {
    const FIELDS_MAX: usize = 300;
    let wrong = || Error::invalid("content-type", "this is no multipart/form-data");
    if boundary.is_empty() {
        return Err(wrong());
    }
    // The first delimiter has no line end before it.
    let body = [b"\r\n", body].concat();
    let parts = split(&body, format!("\r\n--{boundary}").as_bytes());
    if parts.len() < 2 {
        return Err(wrong());
    }
    let mut parts = parts.into_iter().skip(1);
    let mut fields = Vec::new();
    for part in parts.by_ref().take(FIELDS_MAX).take_while(|part| !part.starts_with(b"--")) {
        let at = part.windows(4).position(|w| w == b"\r\n\r\n").ok_or_else(wrong)?;
        let (head, value) = (String::from_utf8_lossy(&part[..at]), &part[at + 4..]);
        let quoted = |name: &str| Some(head.split_once(name)?.1.split_once('"')?.0.to_owned());
        let name = quoted(" name=\"").ok_or_else(wrong)?;
        if quoted("filename=\"").is_some() && !value.is_empty() {
            return Err(Error::invalid(&name, "files are not taken"));
        }
        fields.push((name, text_of(value, None)));
    }
    Ok(fields)
}

fn split<'a>(mut octets: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some(at) = octets.windows(mark.len()).position(|w| w == mark) {
        parts.push(&octets[..at]);
        octets = &octets[at + mark.len()..];
    }
    parts.push(octets);
    parts
}

fn error_page(public: &Public, asked: &Asked, error: &Error) -> Page {
    let visit = Visit { to: &asked.to, query: &[], who: &asked.who, lang: asked.lang, now: asked.now };
    sites::error_page(&public.house, &public.store, &visit, error)
}

fn page_of(public: &Public, asked: &Asked, request: &Request, page: Page, step: Option<&Step>) -> Response {
    let kept = public.rendered(&page, asked, step, Revision::default());
    never_kept(respond(&kept, request))
}
