//! Product catalogue (产品管理): what there is, in categories, with prices and pictures.

use serde::{Deserialize, Serialize};

use super::context::{Cx, Item, field, has, item_key, picture, record};
use super::field::{FieldDef, FieldKind};
use super::{Kind, Sample, Shape};
use crate::error::{Error, Result};
use crate::page::{Block, Entry, Link, Page, Price, Role, Span, To, Tone};
use crate::store::{Never, Record, Records, Table};
use crate::words::{self, Lang, Word};

pub struct Products;

/// A list page shows so many and then leads on.
const LIST: usize = 60;
const BRIEF: usize = 4;

const ITEM: &[FieldDef] = &[
    FieldDef::must("title", Word::new("名称", "Name"), FieldKind::Line(30)),
    FieldDef::may("category", Word::new("类别", "Category"), FieldKind::Line(12)),
    FieldDef::must("price", Word::new("价格", "Price"), FieldKind::Price),
    FieldDef::may("was", Word::new("原价", "Was"), FieldKind::Price),
    FieldDef::may("unit", Word::new("单位", "Unit"), FieldKind::Line(8)),
    FieldDef::may("line", Word::new("一句话", "In a few words"), FieldKind::Line(60)),
    FieldDef::may("tag", Word::new("标记", "Mark"), FieldKind::Line(6)),
    FieldDef::may("picture", Word::new("图片", "Picture"), FieldKind::Picture),
    FieldDef::may("body", Word::new("介绍", "Text"), FieldKind::Rich(4000)),
];

impl Kind for Products {
    fn name(&self) -> &'static str {
        "products"
    }

    fn title(&self, lang: Lang) -> &'static str {
        words::PRODUCTS.say(lang)
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
                    "p1",
                    &[
                        ("title", "糖醋鲤鱼"),
                        ("category", "热菜"),
                        ("price", "88"),
                        ("was", "108"),
                        ("unit", "份"),
                        ("line", "外酥里嫩"),
                        ("tag", "招牌"),
                        ("body", "现杀现做,约二十分钟。"),
                    ],
                ),
                ("p2", &[("title", "九转大肠"), ("category", "热菜"), ("price", "68.50"), ("unit", "份")]),
                ("p3", &[("title", "包间宴席"), ("category", "宴席"), ("price", "ask"), ("line", "十人起订")]),
            ],
            ..Sample::default()
        }
    }

    fn brief(&self, cx: &Cx) -> Result<Vec<Block>> {
        let items = chosen(cx)?;
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let entries = items.iter().map(|i| entry(cx, i)).collect();
        let more = Block::Menu(vec![Link::visit(words::ALL_OF.with(cx.lang, &[&cx.column.title]), cx.path(""))]);
        Ok(vec![Block::Group(Role::Cards, vec![Block::Heading(cx.column.title.clone()), Block::List(entries), more])])
    }

    fn view(&self, cx: &Cx, at: &str) -> Result<Page> {
        match at.strip_prefix('~') {
            None if at.is_empty() => list_page(cx, None),
            Some(after) => list_page(cx, Some(after)),
            None => item_page(cx, &cx.item(at)?),
        }
    }

    fn find(&self, cx: &Cx, words: &str) -> Result<Vec<Entry>> {
        let hit = |i: &Item| ["title", "category", "line"].iter().any(|f| has(field(&i.fields, f), words));
        Ok(cx.items(None, 200)?.iter().filter(|i| hit(i)).map(|i| entry(cx, i)).collect())
    }
}

/// Of an item whether the owner marked it: a front page asks this of all goods, and reads only a few whole.
#[derive(Serialize, Deserialize)]
struct Marked {
    fields: Mark,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    #[serde(default)]
    tag: String,
}

record!(Marked, Item);

/// The owner's marked goods first, then as they come.
fn chosen(cx: &Cx) -> Result<Vec<Item>> {
    let content = cx.content()?;
    let (mut marked, mut plain) = (Vec::new(), Vec::new());
    for id in content.items.iter().take(LIST) {
        match cx.read.get::<Marked>(&item_key(cx.site, &cx.column.id, content.edition, id))? {
            Some(item) if !item.fields.tag.is_empty() => marked.push(id),
            Some(_) => plain.push(id),
            None => {}
        }
        if marked.len() == BRIEF {
            break;
        }
    }
    let items = marked.into_iter().chain(plain).take(BRIEF).map(|id| cx.item(id));
    items.filter(|item| !matches!(item, Err(Error::Gone))).collect()
}

fn list_page(cx: &Cx, after: Option<&str>) -> Result<Page> {
    let at = after.map(|a| format!("~{a}")).unwrap_or_default();
    let mut page = cx.page(&cx.column.title, &at);
    let mut items = cx.items(after, LIST + 1)?;
    if items.is_empty() {
        page.blocks = vec![Block::Notice(Tone::Info, words::NO_PRODUCTS.say(cx.lang).to_owned())];
        return Ok(page);
    }
    let more = items.len() > LIST;
    items.truncate(LIST);
    let mut categories: Vec<&str> = Vec::new();
    for item in &items {
        let category = field(&item.fields, "category");
        if !categories.contains(&category) {
            categories.push(category);
        }
    }
    for category in &categories {
        let of = items.iter().filter(|i| field(&i.fields, "category") == *category);
        let mut group = Vec::new();
        if !category.is_empty() {
            group.push(Block::Heading((*category).to_owned()));
        }
        group.push(Block::List(of.map(|i| entry(cx, i)).collect()));
        page.blocks.push(Block::Group(Role::Cards, group));
    }
    if let Some(last) = items.last().filter(|_| more) {
        page.blocks.push(Block::Menu(vec![Link::visit(words::MORE.say(cx.lang), cx.path(&format!("~{}", last.id)))]));
    }
    Ok(page)
}

fn item_page(cx: &Cx, item: &Item) -> Result<Page> {
    let title = field(&item.fields, "title");
    let mut page = cx.page(title, &item.id);
    let mut blocks: Vec<Block> = picture(&item.fields, "picture", title).map(Block::Picture).into_iter().collect();
    if let Some(price) = price(item) {
        let now = crate::page::text::price_words(&price, cx.lang);
        let mut spans = vec![Span::Strong(now)];
        if let Price::Fen { was: Some(was), .. } = price {
            spans.push(Span::Plain(words::PRICE_WAS.with(cx.lang, &[&crate::page::yuan(was)])));
        }
        blocks.push(Block::Facts(vec![(words::PRICE.say(cx.lang).to_owned(), spans)]));
    }
    if !field(&item.fields, "line").is_empty() {
        blocks.push(Block::text(field(&item.fields, "line")));
    }
    blocks.extend(cx.rich(field(&item.fields, "body")));
    page.blocks.push(Block::Group(Role::Story, blocks));
    Ok(page)
}

fn entry(cx: &Cx, item: &Item) -> Entry {
    let text = |name: &str| field(&item.fields, name).to_owned();
    Entry {
        id: item.id.clone(),
        title: text("title"),
        line: text("line"),
        price: price(item),
        tag: Some(text("tag")).filter(|t| !t.is_empty()),
        picture: picture(&item.fields, "picture", field(&item.fields, "title")),
        to: Some(To::Visit(cx.path(&item.id))),
    }
}

fn price(item: &Item) -> Option<Price> {
    let fen = |name: &str| field(&item.fields, name).parse::<i64>().ok();
    match field(&item.fields, "price") {
        "ask" => Some(Price::Ask),
        _ => Some(Price::Fen { now: fen("price")?, was: fen("was"), unit: field(&item.fields, "unit").to_owned() }),
    }
}
