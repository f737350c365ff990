//! What is shown: one tree for every channel, and the pure functions that turn it into octets or a text.
//!
//! `Block` is closed, so that the compiler names each renderer that must learn a new one. The blocks are meant for WML
//! and 70 Chinese characters first; HTML reads layout hints from `Group`. Nothing here knows a channel, store or clock.

pub mod fit;
pub mod form;
pub mod html;
pub mod links;
pub mod markup;
pub mod rich;
pub mod text;
pub mod wml;
pub mod xhtml;

pub use crate::words::Lang;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// One page, whoever asked for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub title: String,
    pub at: Path,
    /// Where "back" leads; `None` only on the portal's front page.
    pub up: Option<Path>,
    pub lang: Lang,
    pub status: Status,
    pub blocks: Vec<Block>,
    /// What stands around the blocks on every page of one site.
    pub face: Face,
    /// Milliseconds since 1970 after which the same question may have another answer although nothing was written.
    pub until: Option<i64>,
}

/// What every page of a site, or of the portal, has around it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Face {
    /// The site's full name, or the portal's.
    pub name: String,
    /// The industry whose look HTML takes: `restaurant`, `hotel` …, or `portal`.
    pub theme: String,
    /// The site's front page.
    pub home: Path,
    /// The columns, in the order of their SMS numbers.
    pub menu: Vec<Link>,
    /// Which word to text to which number for the same site by SMS.
    pub text_to: Option<TextTo>,
    /// The address to print and scan, such as `http://tea.example.com/`.
    pub address: String,
    /// A telephone for the header and footer, as a person writes it.
    pub phone: Option<String>,
    /// Lines at the foot: address, licence numbers.
    pub foot: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextTo {
    pub number: String,
    pub code: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Ok,
    Invalid,
    NotFound,
    Gone,
    Denied,
    Suspended,
    TooLarge,
    TooMany,
    Busy,
    Full,
    Internal,
}

/// An absolute place, of stable ids and never of positions: `tea` + `products/p7`. Good in a session for a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Path {
    /// `None` is the portal.
    pub site: Option<String>,
    /// Without a slash at either end; empty is the front page.
    pub at: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum To {
    Visit(Path),
    /// A telephone number as it is to be dialled.
    Call(String),
    /// A text message: number, words.
    Text(String, String),
    Map {
        lat: f64,
        lon: f64,
    },
    Web(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub label: String,
    pub to: To,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Span {
    Plain(String),
    Strong(String),
    Link(Link),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The file's name: the first 32 hex digits of its SHA-256, a dot and the extension.
    pub file: String,
    pub alt: String,
    pub weight: Weight,
    /// Pixels, so that a browser keeps its place; 0 when unknown.
    pub width: u32,
    pub height: u32,
}

/// WML and SMS drop `Decor`; SMS shows `[图:alt]` for `Content`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Content,
    Decor,
}

/// A layout hint that only HTML themes read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The opening of a front page: picture, heading, a line or two.
    Hero,
    /// The columns of a site or the industries of the portal as tiles.
    Columns,
    /// A list best shown as a grid of pictures with prices.
    Cards,
    /// Dated lines, best shown narrow.
    News,
    /// Something beside the main matter: hours, address.
    Aside,
    /// A text to be read.
    Story,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Done,
    Info,
    Warn,
    Wrong,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Heading(String),
    /// One paragraph; the only block that is cut inside.
    Text(Vec<Span>),
    Picture(Picture),
    /// SMS numbers them, WML gives access keys.
    Menu(Vec<Link>),
    /// Goods, news, companies; cut between entries.
    List(Vec<Entry>),
    /// "label: value"; a `Call` inside is tel: or wtai.
    Facts(Vec<(String, Vec<Span>)>),
    /// WML and SMS show one run of "head: cell" a row.
    Table {
        head: Vec<String>,
        rows: Vec<Vec<String>>,
    },
    Chart {
        title: String,
        unit: String,
        bars: Vec<(String, f64)>,
    },
    Posts(Vec<Post>),
    Form(form::Form),
    /// First on every channel, and never cut.
    Notice(Tone, String),
    /// Flattened below HTML.
    Group(Role, Vec<Block>),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    pub id: String,
    pub title: String,
    pub line: String,
    pub price: Option<Price>,
    /// A short mark: 招牌, 置顶, 新.
    pub tag: Option<String>,
    pub picture: Option<Picture>,
    pub to: Option<To>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Price {
    /// 面议
    Ask,
    /// In fen (1/100 yuan); `was` is the price before a promotion.
    Fen { now: i64, was: Option<i64>, unit: String },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    pub id: String,
    pub who: String,
    pub when: String,
    pub text: String,
    pub reply: Option<String>,
}

impl Path {
    /// A place on the portal.
    pub fn portal(at: &str) -> Path {
        Path { site: None, at: at.trim_matches('/').to_owned() }
    }

    /// A place on a company's site.
    pub fn site(slug: &str, at: &str) -> Path {
        Path { site: Some(slug.to_owned()), at: at.trim_matches('/').to_owned() }
    }

    /// One level down.
    pub fn join(&self, more: &str) -> Path {
        let at = if self.at.is_empty() { more.to_owned() } else { format!("{}/{more}", self.at) };
        Path { site: self.site.clone(), at }
    }

    pub fn is_front(&self) -> bool {
        self.at.is_empty()
    }
}

impl Link {
    pub fn visit(label: impl Into<String>, path: Path) -> Link {
        Link { label: label.into(), to: To::Visit(path) }
    }
}

impl Block {
    /// One paragraph of plain text.
    pub fn text(text: impl Into<String>) -> Block {
        Block::Text(vec![Span::Plain(text.into())])
    }
}

impl Page {
    /// An empty page; who answers the visit fills in `face`.
    pub fn new(title: impl Into<String>, at: Path, up: Option<Path>, lang: Lang) -> Page {
        let (title, status) = (title.into(), Status::Ok);
        Page { title, at, up, lang, status, blocks: Vec::new(), face: Face::default(), until: None }
    }

    /// The form of that id, at any depth; any form when the id is empty.
    pub fn form(&self, id: &str) -> Option<&form::Form> {
        fn find<'a>(blocks: &'a [Block], id: &str) -> Option<&'a form::Form> {
            blocks.iter().find_map(|b| match b {
                Block::Form(form) if id.is_empty() || form.id == id => Some(form),
                Block::Group(_, inner) => find(inner, id),
                _ => None,
            })
        }
        find(&self.blocks, id)
    }

    /// The same, to be changed.
    pub fn form_mut(&mut self, id: &str) -> Option<&mut form::Form> {
        fn find<'a>(blocks: &'a mut [Block], id: &str) -> Option<&'a mut form::Form> {
            blocks.iter_mut().find_map(|b| match b {
                Block::Form(form) if id.is_empty() || form.id == id => Some(form),
                Block::Group(_, inner) => find(inner, id),
                _ => None,
            })
        }
        find(&mut self.blocks, id)
    }
}

/// `8800` fen as `88`, `8850` as `88.50`: how prices are written.
pub fn yuan(fen: i64) -> String {
    let mut out = String::new();
    push_yuan(&mut out, fen);
    out
}

fn push_yuan(out: &mut String, fen: i64) {
    let (sign, fen) = if fen < 0 { ("-", fen.unsigned_abs()) } else { ("", fen.unsigned_abs()) };
    // Writing into a string fails never.
    let _ = match fen % 100 {
        0 => write!(out, "{sign}{}", fen / 100),
        cents => write!(out, "{sign}{}.{cents:02}", fen / 100),
    };
}

/// A number of a chart as it is read: no more digits than a line has room for.
pub fn figure(value: f64) -> String {
    match value {
        v if !v.is_finite() => "-".to_owned(),
        // Beyond 2^53 the digits of an f64 say nothing.
        v if v.abs() >= 9e15 => format!("{v:.2e}"),
        v => v.to_string().chars().take(18).collect(),
    }
}
