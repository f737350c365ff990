//! Contact (联系我们): where it is, when it is open, how to get there.

use super::context::{Cx, field};
use super::field::{FieldDef, FieldKind, Fields};
use super::hours::{self, Closed, Hours, Now};
use super::{Kind, Sample, Shape};
use crate::clock::{Time, Trust};
use crate::error::{Error, Result};
use crate::page::{Block, Link, Page, Role, Span, To, Tone};
use crate::words::{self, Lang, Word};

pub struct Contact;

const FIELDS: &[FieldDef] = &[
    FieldDef::must("address", Word::new("地址", "Address"), FieldKind::Line(80)),
    FieldDef::must("phone", Word::new("电话", "Telephone"), FieldKind::Phone),
    FieldDef::may("mobile", Word::new("手机", "Mobile"), FieldKind::Phone),
    FieldDef::may("email", Word::new("邮箱", "E-mail"), FieldKind::Line(60)),
    FieldDef::may("hours", Word::new("营业时间", "Opening hours"), FieldKind::Hours),
    FieldDef::may("closed", Word::new("休息日", "Days off"), FieldKind::Closed),
    FieldDef::may("lat", Word::new("纬度", "Latitude"), FieldKind::Degrees),
    FieldDef::may("lon", Word::new("经度", "Longitude"), FieldKind::Degrees),
    FieldDef::may("way", Word::new("交通", "How to get there"), FieldKind::Rich(2000)),
];

impl Kind for Contact {
    fn name(&self) -> &'static str {
        "contact"
    }

    fn title(&self, lang: Lang) -> &'static str {
        words::CONTACT.say(lang)
    }

    fn shape(&self) -> Shape {
        Shape::One
    }

    fn fields(&self) -> &'static [FieldDef] {
        FIELDS
    }

    fn example(&self) -> Sample {
        Sample {
            content: &[
                ("address", "济南市历下区芙蓉街58号"),
                ("phone", "0531-86001234"),
                ("mobile", "13800001001"),
                ("email", "hello@example.com"),
                ("hours", "mon-fri 10:30-14:00 17:00-21:30; sat,sun 10:30-21:30"),
                ("closed", "2027-02-05..2027-02-08 春节休息"),
                ("lat", "36.6655"),
                ("lon", "117.0203"),
                ("way", "公交41路芙蓉街站,向北五十米。"),
            ],
            ..Sample::default()
        }
    }

    fn brief(&self, cx: &Cx) -> Result<Vec<Block>> {
        let content = cx.content()?.fields;
        let mut facts = Vec::new();
        let mut blocks = vec![Block::Heading(cx.column.title.clone())];
        if let Some((state, _)) = open_now(cx, &content) {
            facts.push((words::TODAY.say(cx.lang).to_owned(), vec![Span::Strong(state)]));
        }
        facts.extend(address_and_phone(cx, &content));
        if facts.is_empty() {
            return Ok(Vec::new());
        }
        blocks.push(Block::Facts(facts));
        Ok(vec![Block::Group(Role::Aside, blocks)])
    }

    fn view(&self, cx: &Cx, at: &str) -> Result<Page> {
        if !at.is_empty() {
            return Err(Error::NotFound);
        }
        let content = cx.content()?.fields;
        let mut page = cx.page(&cx.column.title, "");
        if let Some((state, until)) = open_now(cx, &content) {
            page.blocks.push(Block::Notice(Tone::Info, state));
            page.until = until.map(|t| t.0);
        }
        let mut facts = address_and_phone(cx, &content);
        if !field(&content, "email").is_empty() {
            facts.push((words::EMAIL.say(cx.lang).to_owned(), vec![Span::Plain(field(&content, "email").to_owned())]));
        }
        facts.extend(hour_lines(cx, &content));
        if facts.is_empty() {
            page.blocks.push(Block::Notice(Tone::Info, words::NOTHING_WRITTEN.say(cx.lang).to_owned()));
            return Ok(page);
        }
        page.blocks.push(Block::Group(Role::Aside, vec![Block::Facts(facts)]));
        if let Some(map) = map(&content) {
            page.blocks.push(Block::Menu(vec![Link { label: words::MAP.say(cx.lang).to_owned(), to: map }]));
        }
        let way = field(&content, "way");
        if !way.is_empty() {
            let mut blocks = vec![Block::Heading(words::WAY.say(cx.lang).to_owned())];
            blocks.extend(cx.rich(way));
            page.blocks.push(Block::Group(Role::Story, blocks));
        }
        Ok(page)
    }
}

fn address_and_phone(cx: &Cx, content: &Fields) -> Vec<(String, Vec<Span>)> {
    let mut facts = Vec::new();
    if !field(content, "address").is_empty() {
        facts.push((words::ADDRESS.say(cx.lang).to_owned(), vec![Span::Plain(field(content, "address").to_owned())]));
    }
    for (name, word) in [("phone", words::PHONE), ("mobile", words::MOBILE)] {
        let number = field(content, name);
        if !number.is_empty() {
            let call = Link { label: number.to_owned(), to: To::Call(number.to_owned()) };
            facts.push((word.say(cx.lang).to_owned(), vec![Span::Link(call)]));
        }
    }
    facts
}

/// Whether it is open now in a sentence, and until when that sentence holds. Nothing while nobody has checked the clock:
/// who comes to a closed door was told wrong.
fn open_now(cx: &Cx, content: &Fields) -> Option<(String, Option<Time>)> {
    if cx.trust < Trust::Network {
        return None;
    }
    let hours = Hours::parse(field(content, "hours")).ok()?;
    let closed = Closed::parse(field(content, "closed")).unwrap_or_default();
    let now = cx.now.civil(cx.zone);
    let spoken = |at| hours::spoken(at, now.date(), cx.lang);
    let (text, until) = match hours.now(&closed, now) {
        Now::Open(to) => (words::OPEN_UNTIL.with(cx.lang, &[&spoken(to)]), Some(to)),
        Now::Shut(Some(from)) => (words::SHUT_UNTIL.with(cx.lang, &[&spoken(from)]), Some(from)),
        Now::Shut(None) => (words::SHUT.say(cx.lang).to_owned(), None),
        Now::DayOff(why, last) => {
            let why = if why.is_empty() { words::DAY_OFF.say(cx.lang).to_owned() } else { why };
            let text = words::OFF_TO.with(cx.lang, &[&why, &last.to_string()]);
            (text, last.tomorrow().ok().map(|d| d.at(0, 0, 0, 0)))
        }
    };
    // "Tomorrow" and day names turn at midnight, and a day off may begin then.
    let midnight = now.date().tomorrow().ok().map(|d| d.at(0, 0, 0, 0));
    let until = [until, midnight].into_iter().flatten().min();
    Some((text, until.and_then(|at| Time::of_civil(at, cx.zone))))
}

fn hour_lines(cx: &Cx, content: &Fields) -> Vec<(String, Vec<Span>)> {
    let Ok(hours) = Hours::parse(field(content, "hours")) else { return Vec::new() };
    hours.lines(cx.lang).into_iter().map(|(days, times)| (days, vec![Span::Plain(times)])).collect()
}

fn map(content: &Fields) -> Option<To> {
    let degrees = |name| field(content, name).parse::<f64>().ok();
    Some(To::Map { lat: degrees("lat")?, lon: degrees("lon")? })
}
