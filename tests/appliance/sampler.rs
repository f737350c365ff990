//! A kind for tests only: one form with every `Ask` and every `Need`, a short one, and rows of what was sent.

use yizhan::clock::Time;
use yizhan::error::{Error, Result};
use yizhan::page::form::{Ask, Field, Form, Known, Method, Need};
use yizhan::page::{Block, Link, Page, Tone};
use yizhan::sections::context::{Content, Row, field, row_prefix, section_key};
use yizhan::sections::{Act, Answer, Cx, FieldDef, FieldKind, Fields, Kind, Said, Sample, Shape};
use yizhan::sites::files;
use yizhan::store::Records;
use yizhan::words::{Lang, Word};

use crate::harness::Appliance;

pub struct Sampler;

pub static KINDS: &[&dyn Kind] = &[&Sampler];
pub const CODE: &str = "7001";

const FIELDS: &[FieldDef] = &[
    FieldDef::must("price", Word::new("单价", "Price"), FieldKind::Line(10)),
    FieldDef::may("table", Word::new("问桌号", "Asks for the table"), FieldKind::Flag),
    FieldDef::may("confirm", Word::new("请确认", "Sums up"), FieldKind::Flag),
];

impl Kind for Sampler {
    fn name(&self) -> &'static str {
        "sampler"
    }

    fn title(&self, _: Lang) -> &'static str {
        "订餐"
    }

    fn shape(&self) -> Shape {
        Shape::One
    }

    fn fields(&self) -> &'static [FieldDef] {
        FIELDS
    }

    fn example(&self) -> Sample {
        Sample { content: &[("price", "88元")], ..Sample::default() }
    }

    fn brief(&self, _: &Cx) -> Result<Vec<Block>> {
        Ok(Vec::new())
    }

    fn view(&self, cx: &Cx, at: &str) -> Result<Page> {
        let content = cx.content()?.fields;
        let mut page = cx.page(self.title(cx.lang), at);
        page.blocks = match at {
            "" => vec![Block::Menu(vec![
                Link::visit("预订", cx.path("order")),
                Link::visit("捎话", cx.path("short")),
                Link::visit("投稿", cx.path("photo")),
            ])],
            "order" => vec![Block::text("每桌十人,提前一天。"), Block::Form(order(cx, &content))],
            "short" => vec![Block::Form(form(cx, "short", "捎话", vec![text(), price(&content)], false))],
            "photo" => vec![Block::Form(form(
                cx,
                "photo",
                "投稿",
                vec![asked("photo", "照片", Ask::File { max_kib: 100 }, Need::Must)],
                false,
            ))],
            _ => return Err(Error::NotFound),
        };
        Ok(page)
    }

    fn answer(&self, act: &mut Act, _: &str, said: &Said) -> Result<Answer> {
        if act.once(said.once)? {
            act.add(said.values.iter().cloned().collect(), "new")?;
        }
        Ok(Answer::See(act.cx().path(""), Tone::Done, "已经记下".to_owned()))
    }
}

fn asked(name: &str, label: &str, ask: Ask, need: Need) -> Field {
    let (name, label, hint) = (name.to_owned(), label.to_owned(), String::new());
    Field { name, label, hint, ask, need, was: None, wrong: None }
}

fn text() -> Field {
    asked("text", "口信", Ask::Line { max: 30 }, Need::Must)
}

fn price(content: &Fields) -> Field {
    asked("price", "单价", Ask::Fixed(field(content, "price").to_owned()), Need::Must)
}

fn form(cx: &Cx, at: &str, title: &str, fields: Vec<Field>, confirm: bool) -> Form {
    Form { id: at.to_owned(), title: title.to_owned(), to: cx.path(at), fields, method: Method::Post, confirm }
}

fn order(cx: &Cx, content: &Fields) -> Form {
    let options = |from: u32, to: u32, label: &dyn Fn(u32) -> String| -> Vec<(String, String)> {
        (from..=to).map(|n| (format!("v{n}"), label(n))).collect()
    };
    let sizes = ["小份", "中份", "大份"];
    let mut fields = vec![
        asked("who", "称呼", Ask::Line { max: 20 }, Need::Known(Known::Name)),
        asked("tel", "手机", Ask::Phone, Need::Known(Known::Phone)),
        asked("topic", "事由", Ask::Line { max: 20 }, Need::Must),
        asked("story", "说明", Ask::Lines { max: 200 }, Need::May),
        asked("count", "桌数", Ask::Number { min: 1, max: 9 }, Need::Must),
        asked("offer", "预算", Ask::Money, Need::May),
        asked("day", "日子", Ask::Date, Need::Must),
        asked("size", "份量", Ask::One(options(0, 2, &|n| sizes[n as usize].to_owned())), Need::Must),
        asked("town", "乡镇", Ask::One(options(1, 40, &|n| format!("第{n}乡"))), Need::Must),
        asked("extras", "加菜", Ask::Many(options(1, 30, &|n| format!("凉拌小菜第{n}样"))), Need::May),
        asked("note", "备注", Ask::Line { max: 20 }, Need::May),
        asked("secret", "口令", Ask::Secret, Need::May),
        asked("photo", "照片", Ask::File { max_kib: 100 }, Need::May),
        price(content),
    ];
    if !field(content, "table").is_empty() {
        fields.insert(5, asked("table", "桌号", Ask::Number { min: 1, max: 20 }, Need::Must));
    }
    form(cx, "order", "预订", fields, !field(content, "confirm").is_empty())
}

/// A company with nothing but the sampler on its site.
pub fn open(appliance: &Appliance) {
    let site = "[enterprise]\nslug = \"shop\"\ncode = \"7001\"\nname = \"样品店\"\nshort_name = \"样品店\"\n\
                industry = \"retail\"\ncontact_phone = \"0531-86001234\"\n[[section]]\nid = \"ask\"\nkind = \"sampler\"\n\
                [section.content]\nprice = \"88元\"\nconfirm = \"true\"\n";
    let house = &appliance.running.house;
    let import = files::read(&[("site.toml".to_owned(), site.into())].into(), house.kinds, house.lang).unwrap();
    let write = || files::write(&appliance.running.store, import, appliance.clock.now(), "test", house.lang);
    tokio::task::block_in_place(write).unwrap();
}

/// The owner changes the section while visitors fill its form.
pub fn set(appliance: &Appliance, fields: &[(&str, &str)]) {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let content = Content { fields, ..Content::default() };
    let write = || appliance.running.store.write_blocking(move |tx| tx.put(&section_key("shop", "ask"), &content));
    tokio::task::block_in_place(write).unwrap();
}

/// What was stored, oldest first.
pub fn rows(appliance: &Appliance) -> Vec<(Fields, Time)> {
    let found: Vec<(Vec<u8>, Row)> = appliance.running.store.scan(&row_prefix("shop", "ask"), None, 100).unwrap();
    found.into_iter().map(|(_, row)| (row.fields, row.made)).collect()
}
