//! Guestbook (留言板): visitors write on any channel, the owner answers or hides; the answer goes back to a texter.

use super::context::{Act, Cx, Row, RowView, field};
use super::field::{FieldDef, FieldKind, Fields};
use super::{Answer, Kind, Said, Sample, Shape, Verb};
use crate::error::{Error, Result};
use crate::page::form::{Ask, Field, Form, Known, Method, Need};
use crate::page::{Block, Link, Page, Post, Tone};
use crate::words::{self, Lang, Word};

pub struct Guestbook;

const LIST: usize = 30;
const TEXT_MAX: u16 = 500;
const NAME_MAX: u16 = 20;
/// Sixty-odd pages of posts; nobody pages back further, and the archive has the rest.
const ROWS_KEPT: usize = 2000;

const SHOWN: &str = "shown";
const WAITING: &str = "waiting";
const HIDDEN: &str = "hidden";

const FIELDS: &[FieldDef] = &[
    FieldDef::may("welcome", Word::new("欢迎语", "Welcome"), FieldKind::Line(80)),
    FieldDef::may(
        "publish",
        Word::new("何时公开", "Shown"),
        FieldKind::Choice(&[
            ("at_once", Word::new("立即公开", "at once")),
            ("after_look", Word::new("看过后公开", "after a look")),
        ]),
    ),
];

const ROW: &[FieldDef] = &[
    FieldDef::must("who", Word::new("称呼", "Name"), FieldKind::Line(NAME_MAX)),
    FieldDef::must("text", Word::new("留言", "Message"), FieldKind::Lines(TEXT_MAX)),
    FieldDef::may("reply", Word::new("回复", "Answer"), FieldKind::Lines(TEXT_MAX)),
    FieldDef::may("when", Word::new("时间", "Time"), FieldKind::When),
];

const VERBS: &[Verb] = &[
    Verb { name: "answer", label: words::ANSWER_VERB, text: true },
    Verb { name: "hide", label: words::HIDE_VERB, text: false },
    Verb { name: "show", label: words::SHOW_VERB, text: false },
];

impl Kind for Guestbook {
    fn name(&self) -> &'static str {
        "guestbook"
    }

    fn title(&self, lang: Lang) -> &'static str {
        words::GUESTBOOK.say(lang)
    }

    fn shape(&self) -> Shape {
        Shape::One
    }

    fn fields(&self) -> &'static [FieldDef] {
        FIELDS
    }

    fn row_fields(&self) -> &'static [FieldDef] {
        ROW
    }

    fn example(&self) -> Sample {
        Sample {
            content: &[("welcome", "欢迎留言,每条都看。"), ("publish", "at_once")],
            rows: &[
                &[("who", "王女士"), ("text", "鱼很新鲜!"), ("reply", "谢谢,常来。"), ("when", "2026-11-18T12:30")],
                &[("who", "路过"), ("text", "周六有位吗?<b>&$(x)"), ("when", "2026-11-19T09:05")],
            ],
            ..Sample::default()
        }
    }

    fn brief(&self, _cx: &Cx) -> Result<Vec<Block>> {
        Ok(Vec::new())
    }

    fn view(&self, cx: &Cx, at: &str) -> Result<Page> {
        match at.strip_prefix('~') {
            Some(before) => list_page(cx, at, Some(before.parse().map_err(|_| Error::NotFound)?)),
            None if at.is_empty() => list_page(cx, "", None),
            None if at == "write" => Ok(write_page(cx)?),
            None => Err(Error::NotFound),
        }
    }

    fn answer(&self, act: &mut Act, at: &str, said: &Said) -> Result<Answer> {
        if at != "write" {
            return Err(Error::NotFound);
        }
        let content = act.cx().content()?.fields;
        let waits = field(&content, "publish") == "after_look";
        let thanks = if waits { words::THANKS_WAITING } else { words::THANKS_SHOWN };
        if act.first(said)? {
            let who = match said.get("who") {
                "" => anonymous(act),
                name => name.to_owned(),
            };
            let fields = Fields::from([("who".to_owned(), who), ("text".to_owned(), said.get("text").to_owned())]);
            act.add(fields, if waits { WAITING } else { SHOWN })?;
        }
        Ok(Answer::See(act.cx().path(""), Tone::Done, thanks.say(act.lang).to_owned()))
    }

    fn rows_kept(&self) -> Option<usize> {
        Some(ROWS_KEPT)
    }

    fn word(&self) -> Option<(&'static str, &'static str)> {
        Some(("LY", "write"))
    }

    fn verbs(&self) -> &'static [Verb] {
        VERBS
    }

    fn act(&self, act: &mut Act, row: u64, verb: &str, text: &str) -> Result<()> {
        let RowView { mut row, id } = act.cx().row(row)?;
        match verb {
            "answer" => return answer_row(act, id, row, text),
            "hide" => row.state = HIDDEN.to_owned(),
            "show" => row.state = SHOWN.to_owned(),
            _ => return Err(Error::NotFound),
        }
        act.change(id, &row)
    }
}

fn answer_row(act: &mut Act, id: u64, mut row: Row, text: &str) -> Result<()> {
    let text = Ask::Lines { max: TEXT_MAX }.check(text, act.lang).map_err(|why| Error::invalid("text", why))?;
    if text.is_empty() {
        return Err(Error::invalid("text", words::MUST_FILL.with(act.lang, &["text"])));
    }
    let said = beginning(field(&row.fields, "text"));
    row.fields.insert("reply".to_owned(), text.clone());
    // Whom the owner answers, the owner lets be seen, unless it was hidden on purpose.
    if row.state == WAITING {
        row.state = SHOWN.to_owned();
    }
    act.change(id, &row)?;
    if row.reply_to.0.is_empty() {
        return Ok(());
    }
    let mut page = act.cx().page(words::OWNER_ANSWERS.with(act.lang, &[&said]), "");
    page.blocks = vec![Block::text(text)];
    act.tell(&row.reply_to, &page)
}

/// Enough of a text to know it again.
fn beginning(text: &str) -> String {
    const CHARS: usize = 12;
    match text.char_indices().nth(CHARS) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

fn anonymous(act: &Act) -> String {
    match act.who.phone.number() {
        Some(number) => number.masked(),
        None => words::VISITOR.say(act.lang).to_owned(),
    }
}

fn list_page(cx: &Cx, at: &str, before: Option<u64>) -> Result<Page> {
    let content = cx.content()?.fields;
    let mut page = cx.page(&cx.column.title, at);
    if !field(&content, "welcome").is_empty() && before.is_none() {
        page.blocks.push(Block::text(field(&content, "welcome")));
    }
    let write = Link::visit(words::WRITE_POST.say(cx.lang), cx.path("write"));
    page.blocks.push(Block::Menu(vec![write]));
    let (posts, more) = shown_posts(cx, before)?;
    if posts.is_empty() {
        page.blocks.push(Block::Notice(Tone::Info, words::NO_POSTS.say(cx.lang).to_owned()));
        return Ok(page);
    }
    page.blocks.push(Block::Posts(posts));
    if let Some(last) = more {
        page.blocks.push(Block::Menu(vec![Link::visit(words::OLDER.say(cx.lang), cx.path(&format!("~{last}")))]));
    }
    Ok(page)
}

/// Posts that this visitor may see, newest first, and the number to go on from.
fn shown_posts(cx: &Cx, mut before: Option<u64>) -> Result<(Vec<Post>, Option<u64>)> {
    let mut posts = Vec::new();
    loop {
        let rows = cx.rows(before, LIST)?;
        let ended = rows.len() < LIST;
        for view in rows {
            let is_own = view.row.state == WAITING && cx.is_own(&view.row);
            if view.row.state != SHOWN && !is_own {
                before = Some(view.id);
                continue;
            }
            if posts.len() == LIST {
                return Ok((posts, before));
            }
            before = Some(view.id);
            posts.push(post(cx, view));
        }
        if ended {
            return Ok((posts, None));
        }
    }
}

fn post(cx: &Cx, RowView { id, row }: RowView) -> Post {
    let text = |name: &str| field(&row.fields, name).to_owned();
    let mut when = row.made.civil(cx.zone).strftime("%m-%d %H:%M").to_string();
    if row.state == WAITING {
        when = format!("{when} {}", words::WAITS_FOR_LOOK.say(cx.lang));
    }
    let reply = Some(text("reply")).filter(|r| !r.is_empty());
    Post { id: id.to_string(), who: text("who"), when, text: text("text"), reply }
}

fn write_page(cx: &Cx) -> Result<Page> {
    let mut page = cx.page(words::WRITE_POST.say(cx.lang), "write");
    let field = |name: &str, label: Word, ask: Ask, need: Need| Field {
        name: name.to_owned(),
        label: label.say(cx.lang).to_owned(),
        hint: String::new(),
        ask,
        need,
        was: None,
        wrong: None,
    };
    let fields = vec![
        field("text", words::POST_TEXT, Ask::Lines { max: TEXT_MAX }, Need::Must),
        field("who", words::POST_WHO, Ask::Line { max: NAME_MAX }, Need::Known(Known::Name)),
    ];
    let form = Form {
        id: "write".to_owned(),
        title: words::WRITE_POST.say(cx.lang).to_owned(),
        to: cx.path("write"),
        fields,
        method: Method::Post,
        confirm: false,
    };
    page.blocks = vec![Block::Form(form)];
    Ok(page)
}
