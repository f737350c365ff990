//! Cuts a page to a budget, and finds the place again where it was cut.
//!
//! It measures nothing itself: the cost of some blocks (compiled octets, segments of a text) is a function of the caller's.
//! A paragraph may be cut inside, a list between its entries; a notice is never cut and a form is one piece.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::form::Print;
use super::{Block, Span};

/// Where a cut page goes on. It names a place in the content, and carries a print of all that stands before it: when that
/// has changed, the mark is worthless and the page starts again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// How many pieces (entries, paragraphs …) lie before it.
    pub piece: u32,
    /// Characters of a paragraph that were already shown.
    pub chars: u32,
    pub print: u16,
}

impl Mark {
    /// As long as one can become: what is measured with it never costs less than the real one.
    pub const LONGEST: Mark = Mark { piece: 99_999, chars: 99_999, print: 0xffff };

    pub fn is_start(&self) -> bool {
        self.piece == 0 && self.chars == 0
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{:x}", self.piece, self.chars, self.print)
    }
}

impl FromStr for Mark {
    type Err = ();

    fn from_str(s: &str) -> Result<Mark, ()> {
        let mut parts = s.splitn(3, '.');
        let mut next = || parts.next().ok_or(());
        let piece = next()?.parse().map_err(|_| ())?;
        let chars = next()?.parse().map_err(|_| ())?;
        let print = u16::from_str_radix(next()?, 16).map_err(|_| ())?;
        Ok(Mark { piece, chars, print })
    }
}

/// One screenful.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    pub blocks: Vec<Block>,
    /// Where it goes on; `None` at the end.
    pub next: Option<Mark>,
    /// The mark did not fit the content any more, so this is the start again.
    pub changed: bool,
}

/// What some blocks cost, in the caller's unit; `more` says that a way to go on must be shown too.
pub type Cost<'a> = &'a dyn Fn(&[Block], bool) -> usize;

/// As much of `blocks` from `from` on as costs at most `max`, and at least one piece, so that every page comes to an end.
pub fn fit(blocks: &[Block], from: Mark, max: usize, cost: Cost) -> Cut {
    let pieces = pieces(blocks);
    let changed = !from.is_start() && print_at(&pieces, &from) != Some(from.print);
    let from = if changed { Mark::default() } else { from };
    let mut taken: Vec<Block> = if from.is_start() { notices(blocks) } else { Vec::new() };
    let mut origin = usize::MAX;
    let mut at = from;
    while let Some(piece) = pieces.get(at.piece as usize) {
        let block = if at.chars > 0 { tail(&piece.block, at.chars as usize) } else { piece.block.clone() };
        let more = at.piece as usize + 1 < pieces.len();
        let tried = joined(&taken, &block, piece.origin == origin);
        if cost(&tried, more) <= max {
            (taken, origin) = (tried, piece.origin);
            at = Mark { piece: at.piece + 1, ..Mark::default() };
            continue;
        }
        let alone = taken.iter().all(|b| matches!(b, Block::Notice(..) | Block::Heading(_)));
        if let Some(chars) = cut_text(&taken, &block, alone, max, cost) {
            taken.push(head(&block, chars));
            at.chars += chars as u32;
        } else if alone {
            // A piece too large for an empty screen: shown clipped rather than never, after its heading if that fills it.
            let fits = |b: &Block| cost(&joined(&taken, b, false), more) <= max;
            let short = clipped(&block, fits);
            if at == from || fits(&short) {
                taken.push(short);
                at = Mark { piece: at.piece + 1, ..Mark::default() };
            }
        }
        break;
    }
    drop_trailing_heading(&mut taken, &mut at, from, &pieces);
    let next = ((at.piece as usize) < pieces.len()).then(|| Mark { print: print_at(&pieces, &at).unwrap_or(0), ..at });
    Cut { blocks: taken, next, changed }
}

/// All blocks in order, groups opened, notices first.
pub fn flat(blocks: &[Block]) -> Vec<&Block> {
    fn walk<'a>(blocks: &'a [Block], out: &mut Vec<&'a Block>) {
        for block in blocks {
            match block {
                Block::Group(_, inner) => walk(inner, out),
                other => out.push(other),
            }
        }
    }
    let mut out = Vec::new();
    walk(blocks, &mut out);
    out.sort_by_key(|b| !matches!(b, Block::Notice(..)));
    out
}

/// Notices are about the moment: they stand on the first screen whatever they cost, and count for no mark.
fn notices(blocks: &[Block]) -> Vec<Block> {
    flat(blocks).into_iter().filter(|b| matches!(b, Block::Notice(..))).cloned().collect()
}

/// The smallest part that stands alone: one entry, one fact, one paragraph.
struct Piece {
    origin: usize,
    block: Block,
}

fn pieces(blocks: &[Block]) -> Vec<Piece> {
    let mut out = Vec::new();
    for (origin, block) in flat(blocks).into_iter().filter(|b| !matches!(b, Block::Notice(..))).enumerate() {
        let mut add = |block| out.push(Piece { origin, block });
        match block {
            Block::Menu(links) => links.iter().for_each(|l| add(Block::Menu(vec![l.clone()]))),
            Block::List(entries) => entries.iter().for_each(|e| add(Block::List(vec![e.clone()]))),
            Block::Facts(facts) => facts.iter().for_each(|f| add(Block::Facts(vec![f.clone()]))),
            Block::Posts(posts) => posts.iter().for_each(|p| add(Block::Posts(vec![p.clone()]))),
            Block::Table { head, rows } => {
                rows.iter().for_each(|r| add(Block::Table { head: head.clone(), rows: vec![r.clone()] }));
            }
            other => add(other.clone()),
        }
    }
    out
}

/// `taken` with one more piece, merged into the block that it was cut from.
fn joined(taken: &[Block], piece: &Block, same: bool) -> Vec<Block> {
    let mut out = taken.to_vec();
    match (out.last_mut().filter(|_| same), piece) {
        (Some(Block::Menu(all)), Block::Menu(one)) => all.extend_from_slice(one),
        (Some(Block::List(all)), Block::List(one)) => all.extend_from_slice(one),
        (Some(Block::Facts(all)), Block::Facts(one)) => all.extend_from_slice(one),
        (Some(Block::Posts(all)), Block::Posts(one)) => all.extend_from_slice(one),
        (Some(Block::Table { rows: all, .. }), Block::Table { rows: one, .. }) => all.extend_from_slice(one),
        _ => out.push(piece.clone()),
    }
    out
}

/// How many characters of a paragraph still fit. A stub of a few characters is worse than starting it on the next screen.
fn cut_text(taken: &[Block], block: &Block, alone: bool, max: usize, cost: Cost) -> Option<usize> {
    const STUB_CHARS: usize = 12;
    let Block::Text(spans) = block else { return None };
    let total = length(spans);
    let fits = |chars: usize| cost(&joined(taken, &head(block, chars), false), true) <= max;
    let (mut low, mut high) = (0, total);
    while low < high {
        let middle = (low + high).div_ceil(2);
        if fits(middle) { low = middle } else { high = middle - 1 }
    }
    if low == 0 || (low < STUB_CHARS && !alone) {
        return None;
    }
    Some(good_end(&plain(spans), low))
}

/// The last good place to stop at or before `chars`: after a stop or blank in its last third, else just there.
fn good_end(text: &str, chars: usize) -> usize {
    let head: Vec<char> = text.chars().take(chars).collect();
    let from = chars - chars / 3;
    let stop = |c: &char| matches!(c, '。' | '!' | '?' | ';' | '！' | '？' | '；' | ',' | '，' | '、' | '.' | ' ');
    head.iter().rposition(stop).map(|i| i + 1).filter(|i| *i > from).unwrap_or(chars).max(1)
}

fn length(spans: &[Span]) -> usize {
    spans.iter().map(|s| words(s).chars().count()).sum()
}

fn plain(spans: &[Span]) -> String {
    spans.iter().map(words).collect()
}

fn words(span: &Span) -> &str {
    match span {
        Span::Plain(t) | Span::Strong(t) => t,
        Span::Link(l) => &l.label,
    }
}

/// Cuts spans to characters `from..to` of their text; a link is kept whole where it begins inside.
fn slice(spans: &[Span], from: usize, to: usize) -> Vec<Span> {
    let mut out = Vec::new();
    let mut at = 0;
    for span in spans {
        let len = words(span).chars().count();
        let (start, end) = (from.saturating_sub(at).min(len), to.saturating_sub(at).min(len));
        let part = || words(span).chars().skip(start).take(end - start).collect::<String>();
        if start < end {
            match span {
                Span::Plain(_) => out.push(Span::Plain(part())),
                Span::Strong(_) => out.push(Span::Strong(part())),
                Span::Link(link) if start == 0 => out.push(Span::Link(link.clone())),
                Span::Link(_) => {}
            }
        }
        at += len;
    }
    out
}

fn head(block: &Block, chars: usize) -> Block {
    match block {
        Block::Text(spans) => Block::Text(slice(spans, 0, chars)),
        other => other.clone(),
    }
}

fn tail(block: &Block, chars: usize) -> Block {
    match block {
        Block::Text(spans) => Block::Text(slice(spans, chars, usize::MAX)),
        other => other.clone(),
    }
}

/// The same piece with its texts shortened until `fits`; as short as can be if nothing fits.
fn clipped(block: &Block, fits: impl Fn(&Block) -> bool) -> Block {
    let mut last = block.clone();
    for chars in [200, 120, 80, 60, 40, 25, 15, 8] {
        last = shortened(block, chars);
        if fits(&last) {
            break;
        }
    }
    last
}

fn shortened(block: &Block, chars: usize) -> Block {
    let clip = |t: &str| -> String {
        let mut head: String = t.chars().take(chars).collect();
        if head.len() < t.len() {
            head.push('…');
        }
        head
    };
    let mut short = block.clone();
    match &mut short {
        Block::Heading(t) => *t = clip(t),
        Block::Menu(links) => links.iter_mut().for_each(|l| l.label = clip(&l.label)),
        Block::List(entries) => entries.iter_mut().for_each(|e| (e.title, e.line) = (clip(&e.title), clip(&e.line))),
        Block::Facts(facts) => facts.iter_mut().for_each(|(label, spans)| {
            (*label, *spans) = (clip(label), slice(spans, 0, chars));
        }),
        Block::Posts(posts) => posts.iter_mut().for_each(|p| {
            p.text = clip(&p.text);
            p.reply = p.reply.as_deref().map(clip);
        }),
        Block::Table { rows, .. } => rows.iter_mut().flatten().for_each(|cell| *cell = clip(cell)),
        Block::Chart { title, bars, .. } => {
            *title = clip(title);
            bars.truncate(chars / 4);
        }
        Block::Picture(p) => p.alt = clip(&p.alt),
        _ => {}
    }
    short
}

/// A heading at the foot of a screen belongs to the next one.
fn drop_trailing_heading(taken: &mut Vec<Block>, at: &mut Mark, from: Mark, pieces: &[Piece]) {
    let more = (at.piece as usize) < pieces.len() && at.piece > from.piece + 1;
    if more && at.chars == 0 && matches!(taken.last(), Some(Block::Heading(_))) {
        taken.pop();
        at.piece -= 1;
    }
}

/// The print of all before `mark`; `None` when it points past the content.
fn print_at(pieces: &[Piece], mark: &Mark) -> Option<u16> {
    let piece = pieces.get(mark.piece as usize)?;
    let mut print = Print::new();
    pieces[..mark.piece as usize].iter().for_each(|p| print.add(&identity(&p.block)));
    match &piece.block {
        Block::Text(spans) if mark.chars > 0 => {
            let text = plain(spans);
            print.add(&text.chars().take(mark.chars as usize).collect::<String>());
        }
        _ if mark.chars > 0 => return None,
        _ => {}
    }
    Some((print.value() ^ (print.value() >> 16)) as u16)
}

/// What makes a piece the same piece: not its price, which may change while somebody pages through a list.
fn identity(block: &Block) -> String {
    match block {
        Block::Text(spans) => plain(spans),
        Block::Heading(t) => t.clone(),
        Block::Menu(links) => links.iter().map(|l| format!("{:?}", l.to)).collect(),
        Block::List(entries) => entries.iter().map(|e| format!("{}\0{:?}", e.id, e.to)).collect(),
        Block::Posts(posts) => posts.iter().map(|p| p.id.as_str()).collect(),
        Block::Facts(facts) => facts.iter().map(|(label, _)| label.as_str()).collect(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests;
