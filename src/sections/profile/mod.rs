//! Company profile (企业介绍): a picture, two sentences for a text message, and the whole story.

use super::context::{Cx, field, picture};
use super::field::{FieldDef, FieldKind};
use super::{Kind, Sample, Shape};
use crate::error::Result;
use crate::page::{Block, Link, Page, Role, Tone, Weight};
use crate::words::{self, Lang, Word};

pub struct Profile;

const FIELDS: &[FieldDef] = &[
    FieldDef::may("picture", Word::new("图片", "Picture"), FieldKind::Picture),
    FieldDef::may("lead", Word::new("一句话介绍", "In one sentence"), FieldKind::Line(70)),
    FieldDef::may("body", Word::new("正文", "Text"), FieldKind::Rich(6000)),
];

impl Kind for Profile {
    fn name(&self) -> &'static str {
        "profile"
    }

    fn title(&self, lang: Lang) -> &'static str {
        words::PROFILE.say(lang)
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
                ("lead", "百年老店,三代人守着一口井。"),
                (
                    "body",
                    "## 由来\n\n民国八年,曾祖父挑着担子进了城。**一碗面**,一做就是一百年。\n\n订座请打 [0531-86001234](tel:0531-86001234)。",
                ),
            ],
            ..Sample::default()
        }
    }

    fn brief(&self, cx: &Cx) -> Result<Vec<Block>> {
        let content = cx.content()?.fields;
        let lead = field(&content, "lead");
        if lead.is_empty() {
            return Ok(Vec::new());
        }
        let mut blocks = vec![Block::Heading(cx.column.title.clone())];
        blocks.extend(
            picture(&content, "picture", &cx.column.title)
                .map(|p| Block::Picture(crate::page::Picture { weight: Weight::Decor, ..p })),
        );
        blocks.push(Block::text(lead));
        blocks.push(Block::Menu(vec![Link::visit(words::READ_ON.say(cx.lang), cx.path(""))]));
        Ok(vec![Block::Group(Role::Story, blocks)])
    }

    fn view(&self, cx: &Cx, at: &str) -> Result<Page> {
        if !at.is_empty() {
            return Err(crate::error::Error::NotFound);
        }
        let content = cx.content()?.fields;
        let mut page = cx.page(&cx.column.title, "");
        let mut story: Vec<Block> = picture(&content, "picture", &cx.column.title)
            .map(|p| Block::Picture(crate::page::Picture { weight: Weight::Decor, ..p }))
            .into_iter()
            .collect();
        if !field(&content, "lead").is_empty() {
            story.push(Block::Text(vec![crate::page::Span::Strong(field(&content, "lead").to_owned())]));
        }
        story.extend(cx.rich(field(&content, "body")));
        if story.is_empty() {
            story.push(Block::Notice(Tone::Info, words::NOTHING_WRITTEN.say(cx.lang).to_owned()));
        }
        page.blocks = vec![Block::Group(Role::Story, story)];
        Ok(page)
    }
}
