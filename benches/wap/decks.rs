//! One page of a shop as a deck of about 1.2 kB, compiled again and again.

use std::hint::black_box;
use std::path::Path as File;
use std::time::Instant;

use serde_json::json;
use yizhan::page::fit::Mark;
use yizhan::page::links::Links;
use yizhan::page::wml::{self, Budget, Deck, Version};
use yizhan::page::{Block, Entry, Lang, Page, Path, Price, To};
use yizhan::wap::{compile, decompile, wbxml};

use crate::Figure;

const DECK_OCTETS: usize = 1200;

pub fn write(folder: &File) -> Figure {
    let (page, links) = (page(), links());
    let deck = deck(&page, &links);
    std::fs::write(folder.join("deck.wml"), deck.xml())?;
    Ok(json!({"octets": wbxml::size(&deck), "xml": deck.xml().len()}))
}

pub fn timed(what: &str, calls: u32) -> Figure {
    let (page, links) = (page(), links());
    let deck = deck(&page, &links);
    let (xml, compiled) = (deck.xml(), wbxml::compile(&deck));
    let call = || match what {
        "straight" => drop(black_box(wbxml::compile(black_box(&deck)))),
        "size" => drop(black_box(wbxml::size(black_box(&deck)))),
        "xml" => drop(black_box(compile::compile(black_box(xml.as_bytes()), None))),
        _ => drop(black_box(decompile::xml(black_box(&compiled)))),
    };
    let began = Instant::now();
    (0..calls).for_each(|_| call());
    Ok(json!({"us": began.elapsed().as_secs_f64() * 1e6 / f64::from(calls)}))
}

fn links() -> Links {
    Links { carry: Some("v=wmlc".into()), ..Links::default() }
}

fn deck<'a>(page: &'a Page, links: &'a Links) -> Deck<'a> {
    wml::deck(
        page,
        Mark::default(),
        None,
        links,
        &Budget { max: DECK_OCTETS, cost: &wbxml::size, version: Version::default() },
    )
}

/// A list of goods: what a deck of a shop holds most of.
fn page() -> Page {
    let mut page = Page::new("聚和楼鲁菜馆", Path::site("juhelou", "menu"), Some(Path::site("juhelou", "")), Lang::Zh);
    page.face.home = Path::site("juhelou", "");
    let dish = |number: i64| Entry {
        id: format!("p{number}"),
        title: format!("糖醋黄河鲤鱼{number}"),
        price: Some(Price::Fen { now: 6800 + number * 100, was: None, unit: "份".into() }),
        tag: (number % 3 == 0).then(|| "招牌".to_owned()),
        to: Some(To::Visit(Path::site("juhelou", &format!("menu/p{number}")))),
        ..Entry::default()
    };
    page.blocks = vec![Block::text("本店招牌鲁菜,每日活鱼,欢迎预订。"), Block::List((1..=40).map(dish).collect())];
    page
}
