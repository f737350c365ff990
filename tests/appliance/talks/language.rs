//! The language of the talks, read into steps. What each line means stands at the head of `talks.rs`.

use std::time::Duration;

use yizhan::sim::modem::faults;

#[derive(Debug, Clone)]
pub struct Step {
    /// From 1.
    pub line: usize,
    pub deed: Deed,
}

#[derive(Debug, Clone)]
pub enum Deed {
    Phone(String),
    Text(String),
    TextTwice(String),
    Part {
        index: u8,
        total: u8,
        text: String,
    },
    /// Lines; the last may be `…`. So many lines of the file are this reply.
    Reply(Vec<String>),
    Silence,
    /// A push or a card: its port and words in it; or none of them.
    Data(Option<(u16, String)>),
    Time(Duration),
    Shows {
        target: String,
        words: String,
        not: bool,
    },
    Answers {
        book: String,
        site: String,
        text: String,
    },
    Moderates {
        verb: &'static str,
        book: String,
        site: String,
        words: String,
    },
    TakesOff {
        title: String,
        site: String,
    },
    Operator {
        verb: &'static str,
        site: String,
    },
    /// `hold`, `release` or `purge`.
    Queue(&'static str),
    Opens {
        name: String,
        site: String,
        industry: String,
    },
    Trouble(Trouble),
    /// In the simulated modem's own words.
    Modem(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    Unplug,
    Plug,
    Restart,
    Off(Duration),
    NetworkTime,
    Full,
    Space,
}

/// A talk's steps, or the number of a line that says nothing and why.
pub fn read(talk: &str) -> Result<Vec<Step>, (usize, String)> {
    let mut steps: Vec<Step> = Vec::new();
    // Lines of a reply belong together as long as nothing stands between them.
    let mut reply_goes_on = false;
    for (number, raw) in talk.lines().enumerate().map(|(n, l)| (n + 1, l.trim_end())) {
        let (mark, rest) = raw.split_at(raw.chars().next().map_or(0, char::len_utf8));
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        if mark == "<" {
            match steps.last_mut().map(|s| &mut s.deed) {
                Some(Deed::Reply(lines)) if reply_goes_on => lines.push(rest.to_owned()),
                _ => steps.push(Step { line: number, deed: Deed::Reply(vec![rest.to_owned()]) }),
            }
            reply_goes_on = true;
            continue;
        }
        reply_goes_on = false;
        let deed = match mark {
            "" | "#" => continue,
            "@" => Some(Deed::Phone(rest.to_owned())),
            ">" => sent(rest),
            "-" if rest.is_empty() => Some(Deed::Silence),
            "^" => data(rest).map(Deed::Data),
            "~" => time(rest).map(Deed::Time),
            "=" => shows(rest),
            "*" => happens(rest),
            "!" => match rest.strip_prefix("modem ") {
                Some(words) => faults::read(words).is_ok().then(|| Deed::Modem(words.to_owned())),
                None => trouble(rest).map(Deed::Trouble),
            },
            _ => None,
        };
        let deed = deed.ok_or_else(|| (number, format!("this line says nothing: {raw}")))?;
        steps.push(Step { line: number, deed });
    }
    Ok(steps)
}

fn sent(rest: &str) -> Option<Deed> {
    if let Some(text) = rest.strip_prefix('>') {
        return Some(Deed::TextTwice(spread(text.trim_start())));
    }
    let part = || {
        let (place, text) = rest.split_once(' ')?;
        let (index, total) = place.split_once('/')?;
        Some(Deed::Part { index: index.parse().ok()?, total: total.parse().ok()?, text: spread(text) })
    };
    Some(part().unwrap_or_else(|| Deed::Text(spread(rest))))
}

/// `{500×好}` is that word so many times.
fn spread(text: &str) -> String {
    let spread = || {
        let (before, rest) = text.split_once('{')?;
        let (inner, after) = rest.split_once('}')?;
        let (count, word) = inner.split_once('×')?;
        Some(format!("{before}{}{after}", word.repeat(count.parse().ok()?)))
    };
    spread().unwrap_or_else(|| text.to_owned())
}

fn time(rest: &str) -> Option<Duration> {
    let (count, unit) = rest.split_once(' ')?;
    let seconds = match unit {
        "s" => 1,
        "min" => 60,
        "h" | "hours" => 3600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    Some(Duration::from_secs(count.parse::<u64>().ok()? * seconds))
}

fn data(rest: &str) -> Option<Option<(u16, String)>> {
    match rest.split_once(' ').unwrap_or((rest, "")) {
        ("nothing", "") => Some(None),
        ("push", words) => Some(Some((2948, words.to_owned()))),
        ("card", words) => Some(Some((9204, words.to_owned()))),
        _ => None,
    }
}

fn shows(rest: &str) -> Option<Deed> {
    let (target, words) = rest.strip_prefix("GET ")?.split_once(' ')?;
    let (not, words) = match words.strip_prefix("not ") {
        Some(words) => (true, words),
        None => (false, words),
    };
    let words = words.strip_prefix("contains ")?.to_owned();
    Some(Deed::Shows { target: target.to_owned(), words, not })
}

fn happens(rest: &str) -> Option<Deed> {
    let (who, rest) = rest.split_once(' ')?;
    let (verb, rest) = rest.split_once(' ')?;
    let at = |rest: &str| {
        let (place, words) = rest.split_once(": ").unwrap_or((rest, ""));
        let (book, site) = place.split_once(" of ")?;
        Some((book.to_owned(), site.to_owned(), words.to_owned()))
    };
    match (who, verb) {
        ("owner", "answers") => at(rest).map(|(book, site, text)| Deed::Answers { book, site, text }),
        ("owner", "hides") => at(rest).map(|(book, site, words)| Deed::Moderates { verb: "hide", book, site, words }),
        ("owner", "shows") => at(rest).map(|(book, site, words)| Deed::Moderates { verb: "show", book, site, words }),
        ("owner", "takes") => {
            let (title, site) = rest.split_once(" off ")?;
            Some(Deed::TakesOff { title: title.to_owned(), site: site.to_owned() })
        }
        ("operator", "suspends") => Some(Deed::Operator { verb: "suspend", site: rest.to_owned() }),
        ("operator", "resumes") => Some(Deed::Operator { verb: "resume", site: rest.to_owned() }),
        ("operator", "closes") => Some(Deed::Operator { verb: "close", site: rest.to_owned() }),
        ("operator", "holds") if rest == "the queue" => Some(Deed::Queue("hold")),
        ("operator", "releases") if rest == "the queue" => Some(Deed::Queue("release")),
        ("operator", "empties") if rest == "the queue" => Some(Deed::Queue("purge")),
        ("operator", "opens") => {
            let (name, rest) = rest.split_once(" as ")?;
            let (site, industry) = rest.split_once(" in ")?;
            Some(Deed::Opens { name: name.to_owned(), site: site.to_owned(), industry: industry.to_owned() })
        }
        _ => None,
    }
}

fn trouble(rest: &str) -> Option<Trouble> {
    match rest {
        "unplug" => Some(Trouble::Unplug),
        "plug" => Some(Trouble::Plug),
        "restart" => Some(Trouble::Restart),
        "network time" => Some(Trouble::NetworkTime),
        "full" => Some(Trouble::Full),
        "space" => Some(Trouble::Space),
        _ => time(rest.strip_prefix("off ")?).map(Trouble::Off),
    }
}
