//! A form by SMS: its questions one by one, its check, its summing up. The machine itself is `page::form`.

use super::parts::segments;
use super::session::Asking;
use super::talk::Talk;
use crate::error::{Error, Result};
use crate::page::form::{Ask, Field, Form, Known, Need, Step, narrow};
use crate::page::{Lang, Page, Status, Tone};
use crate::sites::{self, Answer, Visit};
use crate::words;

/// After so many wrong answers the way out is offered.
const TRIES: u8 = 3;

/// Opens the form of `page`; `lead` is what the page itself says.
pub(super) fn begin(talk: &mut Talk, page: &Page, form: &Form, lead: String) -> Result<String> {
    if form.fields.iter().any(|f| matches!(f.ask, Ask::Secret | Ask::File { .. }) && f.need == Need::Must) {
        let address = talk.house.address(page.at.site.as_deref());
        return Ok(format!("{lead}\n{}", words::BY_WEB_ONLY.with(page.lang, &[&address])));
    }
    talk.session.asking = Some(Asking {
        form: form.to.clone(),
        id: form.id.clone(),
        version: form.version(),
        got: known(talk, form),
        ..Asking::default()
    });
    next(talk, form, &lead)
}

/// The text as an answer to the open form.
pub(super) fn answer(talk: &mut Talk) -> Result<String> {
    if talk.heard.gap {
        let notice = words::TEXT_WITH_GAP.say(talk.session.lang);
        return again(talk, notice);
    }
    let said = talk.heard.text.to_owned();
    match narrow(&said).as_str() {
        "0" => leave(talk),
        "00" => {
            talk.session.asking = None;
            talk.show(&crate::page::Path::portal(""), None)
        }
        "?" => {
            let help = words::FORM_HELP.say(talk.session.lang);
            again(talk, help)
        }
        _ => take(talk, &said),
    }
}

/// Takes `said` as the answer to the open question, and goes on.
pub(super) fn take(talk: &mut Talk, said: &str) -> Result<String> {
    let lang = talk.session.lang;
    let Some((form, changed)) = open_form(talk)? else { return gone(talk) };
    let Some(asking) = talk.session.asking.clone() else { return gone(talk) };
    let notice = if changed { words::FORM_CHANGED.say(lang) } else { "" };
    match form.next(&asking.got) {
        Step::Ask(field) => {
            if let Some(more) = more_options(field, &asking, said) {
                set(talk, |a| a.options_from = more);
                return next(talk, &form, notice);
            }
            match field.heard(said, lang) {
                Ok(value) => {
                    set(talk, |a| {
                        a.got.push((field.name.clone(), value));
                        (a.tries, a.options_from) = (0, 0);
                    });
                    next(talk, &form, notice)
                }
                Err(why) => {
                    set(talk, |a| a.tries = a.tries.saturating_add(1));
                    next(talk, &form, &why)
                }
            }
        }
        Step::Confirm if yes(said) => send(talk, &form),
        Step::Confirm => next(talk, &form, notice),
        Step::Send => send(talk, &form),
    }
}

/// What the form needs next, with `lead` before it.
fn next(talk: &mut Talk, form: &Form, lead: &str) -> Result<String> {
    let lang = talk.session.lang;
    let Some(asking) = talk.session.asking.clone() else { return gone(talk) };
    match form.next(&asking.got) {
        Step::Ask(field) => Ok(question(field, &asking, lead, lang, talk.manners.segments)),
        Step::Confirm => Ok(joined(lead, &summary(form, &asking, lang))),
        Step::Send => send(talk, form),
    }
}

fn again(talk: &mut Talk, lead: &str) -> Result<String> {
    match open_form(talk)? {
        Some((form, _)) => next(talk, &form, lead),
        None => gone(talk),
    }
}

/// The form as it is now. When its questions have changed, answers are kept by name.
fn open_form(talk: &mut Talk) -> Result<Option<(Form, bool)>> {
    let Some(asking) = talk.session.asking.clone() else { return Ok(None) };
    let page = talk.page(&asking.form);
    let Some(form) = page.form(&asking.id).filter(|_| page.status == Status::Ok).cloned() else { return Ok(None) };
    let changed = form.version() != asking.version;
    if changed {
        let version = form.version();
        let kept: Vec<(String, String)> = asking
            .got
            .into_iter()
            .filter(|(name, value)| form.field(name).is_some_and(|f| f.check(value, talk.session.lang).is_ok()))
            .collect();
        set(talk, |a| (a.version, a.got, a.options_from) = (version, kept, 0));
    }
    Ok(Some((form, changed)))
}

fn send(talk: &mut Talk, form: &Form) -> Result<String> {
    let lang = talk.session.lang;
    let Some(asking) = talk.session.asking.clone() else { return gone(talk) };
    let mut values = asking.got.clone();
    for field in &form.fields {
        if let Ask::Fixed(value) = &field.ask {
            values.push((field.name.clone(), value.clone()));
        }
    }
    let visit = Visit { to: &asking.form, query: &[], who: talk.who, lang, now: talk.heard.now };
    match sites::answer(talk.house, talk.tx, &visit, &form.id, &values, talk.heard.once) {
        Ok(Answer::See(path, tone, text)) => talk.show(&path, Some((tone, text))),
        Ok(Answer::Page(page)) => match page.form(&form.id).cloned() {
            Some(asked) if asked.fields.iter().any(|f| f.wrong.is_some()) => ask_wrong_again(talk, &asked),
            _ => talk.show_page(*page, None),
        },
        Err(Error::Invalid { why, .. }) => talk.show(&asking.form, Some((Tone::Wrong, why))),
        Err(Error::NotFound | Error::Gone) => gone(talk),
        Err(other) => Err(other),
    }
}

/// Only what was found wrong is asked again.
fn ask_wrong_again(talk: &mut Talk, form: &Form) -> Result<String> {
    let wrong: Vec<String> = form.fields.iter().filter(|f| f.wrong.is_some()).map(|f| f.name.clone()).collect();
    let why = form.fields.iter().find_map(|f| f.wrong.clone()).unwrap_or_default();
    set(talk, |a| a.got.retain(|(name, _)| !wrong.contains(name)));
    next(talk, form, &why)
}

fn leave(talk: &mut Talk) -> Result<String> {
    let form = talk.session.asking.take().map(|a| a.form).unwrap_or_default();
    let up = talk.page(&form).up.unwrap_or_default();
    talk.show(&up, Some((Tone::Info, words::FORM_LEFT.say(talk.session.lang).to_owned())))
}

fn gone(talk: &mut Talk) -> Result<String> {
    let at = talk.session.asking.take().map_or_else(|| talk.session.at.clone(), |a| a.form);
    talk.show(&at, None)
}

fn set(talk: &mut Talk, change: impl FnOnce(&mut Asking)) {
    if let Some(asking) = &mut talk.session.asking {
        change(asking);
    }
}

/// What need not be asked of a texter: the number is there, and a name is the number's masked form.
fn known(talk: &Talk, form: &Form) -> Vec<(String, String)> {
    let known = form.fields.iter().filter_map(|f| match f.need {
        Need::Known(Known::Phone) => Some((f.name.clone(), talk.heard.from.to_string())),
        Need::Known(Known::Name) => Some((f.name.clone(), String::new())),
        // What only a browser can send is left out.
        Need::May if matches!(f.ask, Ask::Secret | Ask::File { .. }) => Some((f.name.clone(), String::new())),
        _ => None,
    });
    known.collect()
}

fn yes(said: &str) -> bool {
    matches!(narrow(said).to_uppercase().as_str(), "1" | "Y" | "YES" | "是" | "好" | "确认")
}

fn options(field: &Field) -> &[(String, String)] {
    match &field.ask {
        Ask::One(options) | Ask::Many(options) => options,
        _ => &[],
    }
}

/// `#` at a question with options that goes on shows the next of them; at any other question it is an answer.
fn more_options(field: &Field, asking: &Asking, said: &str) -> Option<u16> {
    const PAGE: u16 = 9;
    let count = options(field).len() as u16;
    let asked = matches!(narrow(said).to_uppercase().as_str(), "#" | "下" | "MORE");
    (asked && count > PAGE).then(|| if asking.options_from + PAGE < count { asking.options_from + PAGE } else { 0 })
}

fn question(field: &Field, asking: &Asking, lead: &str, lang: Lang, max: usize) -> String {
    const PAGE: usize = 9;
    let hint = if field.hint.is_empty() { field.ask.hint(lang) } else { field.hint.clone() };
    let hint = if hint.is_empty() { hint } else { format!("({hint})") };
    let mut lines = vec![format!("{}{hint}", field.label)];
    let from = usize::from(asking.options_from);
    let all = options(field);
    for (n, (_, label)) in all.iter().enumerate().skip(from).take(PAGE) {
        lines.push(format!("{}.{label}", n + 1));
    }
    let mut last = vec![if all.is_empty() { words::ANSWER_TEXT } else { words::ANSWER_NUMBER }.say(lang)];
    if all.len() > PAGE {
        last.push(words::ANSWER_MORE.say(lang));
    }
    if field.need != Need::Must {
        last.push(words::ANSWER_SKIP.say(lang));
    }
    last.push(if asking.tries >= TRIES { words::ANSWER_GIVE_UP } else { words::ANSWER_LEAVE }.say(lang));
    let last = last.join(" ");
    // Long labels give way before the question or what may be answered does.
    for chars in [usize::MAX, 30, 20, 12, 8, 5, 3] {
        let clip = |line: &String| line.chars().take(chars.saturating_add(3)).collect::<String>();
        let body: Vec<String> = lines.iter().map(clip).collect();
        let text = joined(lead, &format!("{}\n{last}", body.join("\n")));
        if segments(&text) <= max {
            return text;
        }
    }
    format!("{}\n{last}", field.label)
}

fn summary(form: &Form, asking: &Asking, lang: Lang) -> String {
    let mut lines = vec![words::CONFIRM.say(lang).to_owned()];
    for field in &form.fields {
        let value = match &field.ask {
            Ask::Fixed(value) if !field.label.is_empty() => value.clone(),
            Ask::Fixed(_) => continue,
            _ => asking.got.iter().find(|(n, _)| *n == field.name).map(|(_, v)| field.shown(v)).unwrap_or_default(),
        };
        if !value.is_empty() {
            lines.push(format!("{}:{value}", field.label));
        }
    }
    lines.push(words::ANSWER_CONFIRM.say(lang).to_owned());
    lines.join("\n")
}

fn joined(lead: &str, text: &str) -> String {
    if lead.is_empty() { text.to_owned() } else { format!("{lead}\n{text}") }
}
