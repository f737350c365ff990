//! Pages cut at every size and joined again.

use super::*;
use crate::page::{Entry, Link, Path, Tone};

fn chars(blocks: &[Block], more: bool) -> usize {
    let size = |b: &Block| match b {
        Block::Text(spans) => length(spans),
        Block::List(entries) => entries.iter().map(|e| e.title.chars().count() + 1).sum(),
        Block::Notice(_, t) | Block::Heading(t) => t.chars().count(),
        Block::Menu(links) => links.iter().map(|l| l.label.chars().count() + 1).sum(),
        _ => 1,
    };
    blocks.iter().map(size).sum::<usize>() + usize::from(more)
}

fn entry(id: usize) -> Entry {
    Entry { id: format!("p{id}"), title: format!("商品{id:02}"), ..Entry::default() }
}

/// Every screen of a page, each within `max`.
fn walk(blocks: &[Block], max: usize) -> Vec<Cut> {
    let mut cuts = vec![fit(blocks, Mark::default(), max, &chars)];
    while let Some(next) = cuts.last().and_then(|c| c.next) {
        assert!(cuts.len() < 500, "it never ends");
        cuts.push(fit(blocks, next, max, &chars));
        assert!(!cuts.last().is_some_and(|c| c.changed));
    }
    for cut in &cuts {
        assert!(chars(&cut.blocks, cut.next.is_some()) <= max, "{cut:?}");
    }
    cuts
}

#[test]
fn lists_are_cut_between_entries_and_nothing_is_lost() {
    let page = [Block::Heading("菜单".into()), Block::List((0..25).map(entry).collect()), Block::text("完")];
    for max in 6..60 {
        let mut seen = Vec::new();
        for cut in walk(&page, max) {
            for block in cut.blocks {
                if let Block::List(entries) = block {
                    seen.extend(entries.into_iter().map(|e| e.id));
                }
            }
        }
        assert_eq!(seen, (0..25).map(|i| format!("p{i}")).collect::<Vec<_>>(), "max {max}");
    }
}

#[test]
fn paragraphs_are_cut_inside_and_join_again() {
    let text = "泉水从石缝里出来,一年四季都是十八度。冬天早晨,水面上有一层白气;夏天把西瓜放进去,半天就凉透了。";
    let link = Span::Link(Link::visit("交通", Path::site("tea", "contact")));
    let page = [Block::Text(vec![Span::Plain(text.into()), Span::Strong("欢迎".into()), link])];
    for max in 3..70 {
        let shown: String = walk(&page, max)
            .iter()
            .flat_map(|c| c.blocks.iter())
            .map(|b| if let Block::Text(s) = b { plain(s) } else { String::new() })
            .collect();
        assert_eq!(shown, format!("{text}欢迎交通"), "max {max}");
    }
}

#[test]
fn a_mark_outlives_a_price_but_not_a_change_before_it() {
    let mut page = vec![Block::List((0..20).map(entry).collect())];
    let first = fit(&page, Mark::default(), 30, &chars);
    let mark = first.next.expect("twenty entries do not fit 30 characters");
    let text: Mark = mark.to_string().parse().expect("a mark reads what it writes");
    assert_eq!(text, mark);
    if let Block::List(entries) = &mut page[0] {
        entries[0].line = "改价".into();
    }
    assert!(!fit(&page, mark, 30, &chars).changed);
    if let Block::List(entries) = &mut page[0] {
        entries.insert(0, entry(99));
    }
    let again = fit(&page, mark, 30, &chars);
    assert!(again.changed);
    assert_eq!(again.blocks, fit(&page, Mark::default(), 30, &chars).blocks);
    let past = Mark { piece: 900, chars: 3, print: 1 };
    assert!(fit(&page, past, 30, &chars).changed);
}

#[test]
fn notices_come_first_and_headings_never_last() {
    let page = [
        Block::text("正文正文正文"),
        Block::Heading("下一节".into()),
        Block::List((0..9).map(entry).collect()),
        Block::Notice(Tone::Warn, "今天休息".into()),
    ];
    let cut = fit(&page, Mark::default(), 16, &chars);
    assert!(matches!(cut.blocks[0], Block::Notice(..)));
    assert!(!matches!(cut.blocks.last(), Some(Block::Heading(_))));
}

#[test]
fn a_piece_larger_than_the_screen_is_clipped() {
    let long = Entry { title: "长".repeat(300), ..entry(1) };
    let cuts = walk(&[Block::List(vec![long, entry(2)])], 20);
    assert_eq!(cuts.len(), 2);
}
