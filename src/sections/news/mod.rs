//! News and notices (新闻公告): dated, one may be pinned, each may expire.

use jiff::civil::Date;

use super::context::{Cx, Item, field, has, picture};
use super::field::{FieldDef, FieldKind};
use super::{Kind, Sample, Shape};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::page::{Block, Entry, Link, Page, Role, Status, To, Tone};
use crate::words::{self, Lang, Word};

pub struct News;

/// A list page shows so many and then leads on.
const LIST: usize = 30;
const BRIEF: usize = 3;

const ITEM: &[FieldDef] = &[
    FieldDef::must("title", Word::new("标题", "Title"), FieldKind::Line(60)),
    FieldDef::must("date", Word::new("日期", "Date"), FieldKind::Date),
    FieldDef::may("expires", Word::new("有效至", "Good until"), FieldKind::Date),
    FieldDef::may("pinned", Word::new("置顶", "Pinned"), FieldKind::Flag),
    FieldDef::may("picture", Word::new("图片", "Picture"), FieldKind::Picture),
    FieldDef::must("body", Word::new("正文", "Text"), FieldKind::Rich(6000)),
];

impl Kind for News {
    fn name(&self) -> &'static str {
        "news"
    }

    fn title(&self, lang: Lang) -> &'static str {
        words::NEWS.say(lang)
    }

    fn shape(&self) -> Shape {
        Shape::Many
    }

    fn fields(&self) -> &'static [FieldDef] {
        &[]
    }

    fn item_fields(&self) -> &'static [FieldDef] {
        ITEM
    }

    fn example(&self) -> Sample {
        Sample {
            items: &[
                (
                    "n1",
                    &[
                        ("title", "冬至饺子宴开始预订"),
                        ("date", "2026-11-20"),
                        ("pinned", "true"),
                        ("body", "今年有三种馅。\n\n请提前一天订座。"),
                    ],
                ),
                (
                    "n2",
                    &[
                        ("title", "招聘服务员两名"),
                        ("date", "2026-11-02"),
                        ("expires", "2099-12-31"),
                        ("body", "包食宿。"),
                    ],
                ),
                (
                    "n3",
                    &[
                        ("title", "国庆期间照常营业"),
                        ("date", "2026-09-28"),
                        ("expires", "2026-10-08"),
                        ("body", "已经过去的一条。"),
                    ],
                ),
            ],
            ..Sample::default()
        }
    }

    fn brief(&self, cx: &Cx) -> Result<Vec<Block>> {
        let (entries, _) = list(cx, None, BRIEF)?;
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let more = Block::Menu(vec![Link::visit(words::ALL_OF.with(cx.lang, &[&cx.column.title]), cx.path(""))]);
        Ok(vec![Block::Group(Role::News, vec![Block::Heading(cx.column.title.clone()), Block::List(entries), more])])
    }

    fn view(&self, cx: &Cx, at: &str) -> Result<Page> {
        if at.is_empty() || at.starts_with('~') {
            return list_page(cx, at);
        }
        let item = cx.item(at)?;
        if expired(cx, &item) {
            return Err(Error::Gone);
        }
        let mut page = cx.page(field(&item.fields, "title"), at);
        let mut blocks = vec![Block::text(day_of(&item))];
        blocks.extend(picture(&item.fields, "picture", field(&item.fields, "title")).map(Block::Picture));
        blocks.extend(cx.rich(field(&item.fields, "body")));
        page.blocks = vec![Block::Group(Role::Story, blocks)];
        page.until = ends(cx, &item).map(|t| t.0);
        Ok(page)
    }

    fn find(&self, cx: &Cx, words: &str) -> Result<Vec<Entry>> {
        let found = cx.items(None, 200)?.into_iter().filter(|i| !expired(cx, i));
        Ok(found.filter(|i| has(field(&i.fields, "title"), words)).map(|i| entry(cx, &i)).collect())
    }
}

fn list_page(cx: &Cx, at: &str) -> Result<Page> {
    let mut page = cx.page(&cx.column.title, at);
    let (entries, more) = list(cx, at.strip_prefix('~'), LIST)?;
    page.until = first_end(cx)?;
    if entries.is_empty() {
        page.blocks = vec![Block::Notice(Tone::Info, words::NO_NEWS.say(cx.lang).to_owned())];
        return Ok(page);
    }
    page.blocks = vec![Block::Group(Role::News, vec![Block::List(entries)])];
    if let Some(last) = more {
        page.blocks.push(Block::Menu(vec![Link::visit(words::OLDER.say(cx.lang), cx.path(&format!("~{last}")))]));
    }
    if !at.is_empty() {
        page.status = Status::Ok;
    }
    Ok(page)
}

/// Entries that have not expired, the pinned one first, and the id to go on from.
fn list(cx: &Cx, after: Option<&str>, limit: usize) -> Result<(Vec<Entry>, Option<String>)> {
    let mut shown: Vec<Item> = Vec::new();
    let mut last = after.map(str::to_owned);
    loop {
        let batch = cx.items(last.as_deref(), limit + 1)?;
        let ended = batch.len() <= limit;
        for item in batch {
            if shown.len() == limit && !expired(cx, &item) {
                let more = last.clone();
                shown.sort_by_key(|i| field(&i.fields, "pinned").is_empty());
                return Ok((shown.iter().map(|i| entry(cx, i)).collect(), more));
            }
            last = Some(item.id.clone());
            if !expired(cx, &item) {
                shown.push(item);
            }
        }
        if ended {
            shown.sort_by_key(|i| field(&i.fields, "pinned").is_empty());
            return Ok((shown.iter().map(|i| entry(cx, i)).collect(), None));
        }
    }
}

fn entry(cx: &Cx, item: &Item) -> Entry {
    Entry {
        id: item.id.clone(),
        title: field(&item.fields, "title").to_owned(),
        line: day_of(item),
        tag: (!field(&item.fields, "pinned").is_empty()).then(|| words::PINNED.say(cx.lang).to_owned()),
        picture: picture(&item.fields, "picture", field(&item.fields, "title")),
        to: Some(To::Visit(cx.path(&item.id))),
        price: None,
    }
}

fn day_of(item: &Item) -> String {
    field(&item.fields, "date").to_owned()
}

/// The first instant after its last day.
fn ends(cx: &Cx, item: &Item) -> Option<Time> {
    let last: Date = field(&item.fields, "expires").parse().ok()?;
    Time::of_civil(last.tomorrow().ok()?.at(0, 0, 0, 0), cx.zone)
}

fn expired(cx: &Cx, item: &Item) -> bool {
    // A clock that nobody has checked is behind rather than ahead: what is over by it is over.
    ends(cx, item).is_some_and(|end| cx.now >= end)
}

/// When the list will next lose an item by itself.
fn first_end(cx: &Cx) -> Result<Option<i64>> {
    let items = cx.items(None, LIST)?;
    Ok(items.iter().filter_map(|i| ends(cx, i)).filter(|end| *end > cx.now).map(|t| t.0).min())
}
