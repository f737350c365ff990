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
/// So many options stand on one screen.
const OPTIONS: usize = 9;
/// The name of the question whether to send; no field is called so.
const CONFIRM: &str = "?";

/// Opens the form of `page`; `lead` is what the page itself says.
pub(super) fn begin(talk: &mut Talk, page: &Page, form: &Form, lead: String) -> Result<String> {
    if form.needs(only_by_web) {
        let elsewhere = words::BY_WEB_ONLY.with(page.lang, &[&talk.house.address(page.at.site.as_deref())]);
        let back = words::ANSWER_BACK.say(page.lang);
        return Ok(within(talk, &lead, |_| format!("{elsewhere}\n{back}")));
    }
    talk.session.asking = Some(Asking {
        form: form.to.clone(),
        id: form.id.clone(),
        version: form.version(),
        got: known(talk, form),
        ..Asking::default()
    });
    next(talk, form, &lead, false)
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
    let (Step::Ask(first), true) = (form.next(&asking.got), asking.asked != CONFIRM) else {
        // Nobody agrees to what was not shown.
        return if yes(said) && !changed && asking.asked == CONFIRM {
            send(talk, &form)
        } else {
            next(talk, &form, notice, changed)
        };
    };
    // The answer is to the question that was asked, wherever it stands now; if it is gone, so is the answer.
    let field = match form.field(&asking.asked) {
        Some(asked) if !asking.got.iter().any(|(name, _)| *name == asked.name) => asked,
        _ if changed => return next(talk, &form, notice, changed),
        _ => first,
    };
    // A number meant an option of the old list.
    if changed && !field.ask.options().is_empty() {
        return next(talk, &form, notice, changed);
    }
    if let Some(more) = more_options(field, &asking, said) {
        set(talk, |a| a.options_from = more);
        return next(talk, &form, notice, changed);
    }
    match field.heard(said, lang) {
        Ok(value) => {
            set(talk, |a| {
                a.got.push((field.name.clone(), value));
                (a.tries, a.options_from) = (0, 0);
            });
            next(talk, &form, notice, changed)
        }
        Err(why) => {
            set(talk, |a| a.tries = a.tries.saturating_add(1));
            next(talk, &form, &why, changed)
        }
    }
}

/// What the form needs next, with `lead` before it. A form that changed meanwhile is looked at before it is sent.
fn next(talk: &mut Talk, form: &Form, lead: &str, changed: bool) -> Result<String> {
    let Some(asking) = talk.session.asking.clone() else { return gone(talk) };
    let field = match form.next(&asking.got) {
        Step::Ask(field) => field,
        Step::Send if !changed && asking.asked != CONFIRM => return send(talk, form),
        Step::Send | Step::Confirm => {
            set(talk, |a| CONFIRM.clone_into(&mut a.asked));
            return Ok(within(talk, lead, |chars| summary(form, &asking, talk.session.lang, chars)));
        }
    };
    set(talk, |a| a.asked.clone_from(&field.name));
    let lang = talk.session.lang;
    Ok(within(talk, lead, |chars| question(field, &asking, lang, chars)))
}

fn again(talk: &mut Talk, lead: &str) -> Result<String> {
    match open_form(talk)? {
        Some((form, changed)) => next(talk, &form, lead, changed),
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
    let visit = Visit { to: &asking.form, query: &[], who: talk.who, lang, now: talk.heard.clock.now };
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
    // Where nothing can be asked again, as with a price that changed, it is looked at again.
    next(talk, form, &why, true)
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
    let mut known = form.left_out(only_by_web);
    known.extend(form.fields.iter().filter_map(|f| match f.need {
        Need::Known(Known::Phone) => Some((f.name.clone(), talk.heard.from.to_string())),
        Need::Known(Known::Name) => Some((f.name.clone(), String::new())),
        _ => None,
    }));
    known
}

/// What nobody should text, and what cannot be texted.
fn only_by_web(ask: &Ask) -> bool {
    matches!(ask, Ask::Secret | Ask::File { .. })
}

fn yes(said: &str) -> bool {
    matches!(narrow(said).to_uppercase().as_str(), "1" | "Y" | "YES" | "是" | "好" | "确认")
}

/// `#` at a question with options that goes on shows the next of them; at any other question it is an answer.
fn more_options(field: &Field, asking: &Asking, said: &str) -> Option<u16> {
    const PAGE: u16 = OPTIONS as u16;
    let count = field.ask.options().len() as u16;
    let asked = matches!(narrow(said).to_uppercase().as_str(), "#" | "下" | "MORE");
    (asked && count > PAGE).then(|| if asking.options_from + PAGE < count { asking.options_from + PAGE } else { 0 })
}

/// A text with its lead, its parts as long as the screen allows: long labels and answers are clipped to the characters
/// that `text` is given, then the lead gives way.
fn within(talk: &Talk, lead: &str, text: impl Fn(usize) -> String) -> String {
    let first = lead.lines().next().unwrap_or("");
    // Rather a shorter lead than options nobody can read.
    for (lead, least) in [(lead, 12), (first, 5), ("", 3)] {
        for chars in [usize::MAX, 60, 30, 20, 12, 8, 5, 3].into_iter().take_while(|chars| *chars >= least) {
            let whole = joined(lead, &text(chars));
            if segments(&whole) <= talk.manners.segments {
                return whole;
            }
        }
    }
    text(1)
}

fn question(field: &Field, asking: &Asking, lang: Lang, chars: usize) -> String {
    let hint = if field.hint.is_empty() { field.ask.hint(lang) } else { field.hint.clone() };
    let hint = if hint.is_empty() { hint } else { format!("({hint})") };
    // A question is worth more than an option.
    let asked = clipped(&format!("{}{hint}", field.label), chars.saturating_mul(4));
    let mut lines = vec![asked];
    let from = usize::from(asking.options_from);
    let all = field.ask.options();
    for (n, (_, label)) in all.iter().enumerate().skip(from).take(OPTIONS) {
        lines.push(format!("{}.{}", n + 1, clipped(label, chars)));
    }
    let mut last = vec![if all.is_empty() { words::ANSWER_TEXT } else { words::ANSWER_NUMBER }.say(lang)];
    if all.len() > OPTIONS {
        last.push(words::ANSWER_MORE.say(lang));
    }
    if field.need != Need::Must {
        last.push(words::ANSWER_SKIP.say(lang));
    }
    last.push(if asking.tries >= TRIES { words::ANSWER_GIVE_UP } else { words::ANSWER_LEAVE }.say(lang));
    format!("{}\n{}", lines.join("\n"), last.join(" "))
}

fn summary(form: &Form, asking: &Asking, lang: Lang, chars: usize) -> String {
    let answers = form.summary(&asking.got);
    let mut lines = vec![words::CONFIRM.say(lang).to_owned()];
    lines.extend(answers.iter().map(|(label, value)| format!("{}:{}", clipped(label, chars), clipped(value, chars))));
    // Many short answers together may still be too many for one screen.
    if chars < 8 {
        lines = vec![lines.join(" ")];
        lines[0] = clipped(&lines[0], 100);
    }
    lines.push(words::ANSWER_CONFIRM.say(lang).to_owned());
    lines.join("\n")
}

fn clipped(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn joined(lead: &str, text: &str) -> String {
    if lead.is_empty() { text.to_owned() } else { format!("{lead}\n{text}") }
}
