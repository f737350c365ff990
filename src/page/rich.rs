//! The owner's rich text as it is written in files and stored: a few marks on plain text, read into blocks.
//!
//! `## heading`, `![alt](picture.png)` on a line of its own, `**strong**`, `[label](target)`; a blank line ends a paragraph.
//! Anything else is text: there is no way to write HTML. Targets: `tel:`, `http:`, `https:`, or a path of the same site.

use super::{Block, Link, Path, Picture, Span, To, Weight};

/// Reads `source`; `site` is the slug that paths in links belong to. Pictures have no size yet: who knows the files adds it.
pub fn blocks(source: &str, site: &str) -> Vec<Block> {
    let mut out = Vec::new();
    let mut paragraph = String::new();
    for line in source.lines().map(str::trim) {
        if let Some(heading) = line.strip_prefix("## ") {
            flush(&mut paragraph, site, &mut out);
            out.push(Block::Heading(heading.trim().to_owned()));
        } else if let Some(picture) = picture(line) {
            flush(&mut paragraph, site, &mut out);
            out.push(Block::Picture(picture));
        } else if line.is_empty() {
            flush(&mut paragraph, site, &mut out);
        } else {
            // Chinese lines join without a blank, Latin ones with one.
            if paragraph.chars().next_back().is_some_and(|c| c.is_ascii_graphic()) {
                paragraph.push(' ');
            }
            paragraph.push_str(line);
        }
    }
    flush(&mut paragraph, site, &mut out);
    out
}

fn flush(paragraph: &mut String, site: &str, out: &mut Vec<Block>) {
    if !paragraph.is_empty() {
        out.push(Block::Text(spans(paragraph, site)));
        paragraph.clear();
    }
}

fn picture(line: &str) -> Option<Picture> {
    let (alt, file) = line.strip_prefix("![")?.strip_suffix(')')?.split_once("](")?;
    Some(Picture { file: file.to_owned(), alt: alt.to_owned(), weight: Weight::Content, width: 0, height: 0 })
}

/// The inline marks of one paragraph; a mark that is not closed stays as it was written.
pub fn spans(text: &str, site: &str) -> Vec<Span> {
    let mut out = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (span, after) = match c {
            '*' => strong(rest),
            // A picture inside a line is not a link to it.
            '[' if !plain.ends_with('!') => link(rest, site),
            _ => None,
        }
        .map_or((None, rest), |(span, after)| (Some(span), after));
        match span {
            Some(span) => {
                if !plain.is_empty() {
                    out.push(Span::Plain(std::mem::take(&mut plain)));
                }
                out.push(span);
                rest = after;
            }
            None => {
                plain.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    if !plain.is_empty() {
        out.push(Span::Plain(plain));
    }
    out
}

fn strong(rest: &str) -> Option<(Span, &str)> {
    let (inner, after) = rest.strip_prefix("**")?.split_once("**")?;
    (!inner.is_empty()).then(|| (Span::Strong(inner.to_owned()), after))
}

fn link<'a>(rest: &'a str, site: &str) -> Option<(Span, &'a str)> {
    let (label, tail) = rest.strip_prefix('[')?.split_once("](")?;
    let (target, after) = tail.split_once(')')?;
    let to = match target {
        t if t.starts_with("tel:") => To::Call(t["tel:".len()..].to_owned()),
        t if t.starts_with("http://") || t.starts_with("https://") => To::Web(t.to_owned()),
        // Any other scheme (javascript:, data:) is no target of ours.
        t if t.contains(':') => return None,
        t => To::Visit(Path::site(site, t)),
    };
    Some((Span::Link(Link { label: label.to_owned(), to }), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_blocks() {
        let found = blocks(
            "## 由来\n\n第一段\n接着写\n\n![大堂](hall.png)\nWe are **open**\ndaily, [call](tel:0531-1).",
            "tea",
        );
        let picture =
            Picture { file: "hall.png".into(), alt: "大堂".into(), weight: Weight::Content, width: 0, height: 0 };
        let call = Link { label: "call".into(), to: To::Call("0531-1".into()) };
        let last = vec![
            Span::Plain("We are ".into()),
            Span::Strong("open".into()),
            Span::Plain(" daily, ".into()),
            Span::Link(call),
            Span::Plain(".".into()),
        ];
        let expected = vec![
            Block::Heading("由来".into()),
            Block::text("第一段接着写"),
            Block::Picture(picture),
            Block::Text(last),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_not_a_mark_is_text() {
        for text in ["a ** b", "**", "[x](javascript:alert(1))", "[x] (y)", "![a](b.png) tail", "<b>x</b>", "5 * 3"] {
            let found = blocks(text, "tea");
            assert_eq!(found.len(), 1, "{text}");
            assert!(
                matches!(&found[0], Block::Text(spans) if matches!(&spans[..], [Span::Plain(t)] if t == text)),
                "{found:?}"
            );
        }
    }
}
