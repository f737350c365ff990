//! How fast decks become octets: ours written straight and compiled from XML, libwbxml called in process, Kannel's compiler.
//!
//! ```text
//! cargo bench --bench wap [-- --rounds 5] [-- --calls 20000]
//! ```
//! The same page each time, a deck of about 1.2 kB compiled; rounds in turns, so that whatever else the machine does falls
//! on all; medians with the lowest and the highest. It needs cc, libwbxml2-dev and kannel-extras of Debian; without one its
//! row is left out and says so.

use std::hint::black_box;
use std::path::{Path as File, PathBuf};
use std::process::Command;
use std::time::Instant;

use yizhan::page::fit::Mark;
use yizhan::page::links::Links;
use yizhan::page::wml::{self, Budget};
use yizhan::page::{Block, Entry, Lang, Page, Path, Price, To};
use yizhan::wap::{compile, decompile, wbxml};

const DECK_OCTETS: usize = 1200;
/// Kannel's tester starts anew each time: the difference between many calls and few is what calls cost.
const FEW_CALLS: u32 = 200;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().collect();
    let option = |name: &str, usual: u32| -> Outcome<u32> {
        let at = words.iter().position(|word| word == name);
        at.and_then(|at| words.get(at + 1)).map_or(Ok(usual), |value| Ok(value.parse()?))
    };
    let (rounds, calls) = (option("--rounds", 5)?, option("--calls", 20_000)?);
    let (page, links) = (page(), Links { carry: Some("v=wmlc".into()), ..Links::default() });
    let deck = wml::deck(&page, Mark::default(), None, &links, &Budget { max: DECK_OCTETS, cost: &wbxml::size });
    let (xml, compiled) = (deck.xml(), wbxml::compile(&deck));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("wap-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("deck.wml");
    std::fs::write(&file, &xml)?;
    let libwbxml = built(&folder);
    let mut rows: Vec<(&str, Vec<f64>)> = Vec::new();
    for _ in 0..rounds {
        let mut put = |name, microseconds: Outcome<f64>| match microseconds {
            Ok(figure) => match rows.iter_mut().find(|(known, _)| *known == name) {
                Some((_, figures)) => figures.push(figure),
                None => rows.push((name, vec![figure])),
            },
            Err(error) => eprintln!("{name}: left out: {error}"),
        };
        put("deck written straight", Ok(timed(calls, || drop(black_box(wbxml::compile(black_box(&deck)))))));
        put(
            "its size alone",
            Ok(timed(calls, || {
                black_box(wbxml::size(black_box(&deck)));
            })),
        );
        put("XML compiled", Ok(timed(calls, || drop(black_box(compile::compile(black_box(xml.as_bytes()), None))))));
        put("decompiled", Ok(timed(calls, || drop(black_box(decompile::xml(black_box(&compiled)))))));
        put("libwbxml", by_libwbxml(&libwbxml, &file, calls / 10));
        put("Kannel", by_kannel(&file, calls / 10));
    }
    std::fs::remove_dir_all(&folder)?;
    println!(
        "A deck of {} octets compiled, {} of XML; {calls} calls a round, {rounds} rounds.\n",
        compiled.len(),
        xml.len()
    );
    println!("| What | µs a call | decks/s | × libwbxml |\n|---|---|---|---|");
    let median = |figures: &[f64]| {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        (sorted[sorted.len() / 2], sorted[0], sorted[sorted.len() - 1])
    };
    let reference = rows.iter().find(|(name, _)| *name == "libwbxml").map(|(_, figures)| median(figures).0);
    for (name, figures) in &rows {
        let (middle, low, high) = median(figures);
        let times = reference.map_or("?".into(), |reference| format!("{:.1}", reference / middle));
        println!("| {name} | {middle:.2} ({low:.2}–{high:.2}) | {:.0} | {times} |", 1e6 / middle);
    }
    Ok(())
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

/// Microseconds of one call.
fn timed(calls: u32, mut call: impl FnMut()) -> f64 {
    let begin = Instant::now();
    (0..calls).for_each(|_| call());
    begin.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
}

/// The loop around libwbxml, made now: what is measured is the library that the machine has.
fn built(folder: &File) -> Outcome<PathBuf> {
    let program = folder.join("libwbxml");
    let source = File::new(env!("CARGO_MANIFEST_DIR")).join("benches/wap/libwbxml.c");
    let made = Command::new("cc")
        .args(["-O2", "-I/usr/include/libwbxml-1.0/wbxml", "-I/usr/include/libwbxml-1.0", "-o"])
        .args([program.as_path(), source.as_path()])
        .arg("-lwbxml2")
        .output()?;
    if made.status.success() { Ok(program) } else { Err(String::from_utf8_lossy(&made.stderr).into()) }
}

fn by_libwbxml(program: &Outcome<PathBuf>, deck: &File, calls: u32) -> Outcome<f64> {
    let program = program.as_ref().map_err(|error| error.to_string())?;
    let ran = Command::new(program).arg(deck).arg(calls.to_string()).output()?;
    let said = String::from_utf8(ran.stdout)?;
    Ok(said.split_whitespace().next().ok_or("it compiled nothing")?.parse()?)
}

fn by_kannel(deck: &File, calls: u32) -> Outcome<f64> {
    let run = |calls: u32| -> Outcome<f64> {
        let begin = Instant::now();
        let made = deck.with_extension("made");
        let ran = Command::new("/usr/lib/kannel/test/wml_tester")
            .args(["-n", &calls.to_string(), "-b", "-f"])
            .args([made.as_path(), deck])
            .output()?;
        if !ran.status.success() || std::fs::metadata(&made)?.len() == 0 {
            return Err("it compiled nothing".into());
        }
        Ok(begin.elapsed().as_secs_f64() * 1e6)
    };
    Ok((run(FEW_CALLS + calls)? - run(FEW_CALLS)?) / f64::from(calls))
}
