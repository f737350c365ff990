//! The operator's page of modems and queue: `/console/modems`, to read, from private networks only (the router looks).
//!
//! First what a person must do, then how each modem is, then what waits and why. It shows what `GET /api/v1/modems` and
//! `GET /api/v1/queue` say, through the renderers of every other page. Not here: any judgement, any verb.

use super::api::texts::{Backlog, Held, Level, Modem, ModemFacts, ModemFailure, Texts, Verdict};
use super::cache::Revision;
use super::message::{Request, Response};
use super::public::Public;
use super::respond::respond;
use crate::clock::Time;
use crate::page::{Block, Entry, Face, Lang, Page, Path, Span, Tone};
use crate::sites::House;
use crate::words::{Word, modems as words, span};

pub const MODEMS: &str = "/console/modems";

pub fn modems(public: &Public, texts: &dyn Texts, request: &Request) -> Response {
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Response::text(405, "use GET").with("allow", "GET, HEAD");
    }
    let asked = match public.asked(request) {
        Ok(asked) => asked,
        Err(error) => {
            log::error!("the modem page: {error}");
            return Response::text(500, crate::words::INTERNAL.say(public.house.lang));
        }
    };
    let view = View { house: &public.house, lang: asked.lang, now: asked.now };
    let page = view.page(&texts.modems(asked.lang), &texts.backlog(asked.lang));
    let mut response = respond(&public.rendered(&page, &asked, None, Revision::default()), request);
    // Numbers of people's SIMs, and old in a minute: for nobody's cache.
    response.headers.retain(|(name, _)| !matches!(*name, "cache-control" | "etag"));
    response.with("cache-control", "no-store")
}

struct View<'a> {
    house: &'a House,
    lang: Lang,
    now: Time,
}

type Fact = (String, Vec<Span>);

impl View<'_> {
    fn page(&self, modems: &[Modem], backlog: &Backlog) -> Page {
        let mut page = Page::new(self.say(words::MODEMS_TITLE), Path::portal(MODEMS), Some(Path::default()), self.lang);
        page.face = Face { name: self.house.name.clone(), theme: "portal".to_owned(), ..Face::default() };
        self.verdict(modems, backlog, &mut page.blocks);
        for modem in modems {
            page.blocks.push(Block::Heading(modem.name.clone()));
            page.blocks.push(Block::Facts(self.facts(modem)));
            self.failures(&modem.facts, &mut page.blocks);
        }
        self.queue(backlog, &mut page.blocks);
        page.blocks.push(Block::text(words::AS_OF.with(self.lang, &[&self.shown(self.now)])));
        page
    }

    /// Whether all is well, and else what a person is to do, the worst first.
    fn verdict(&self, modems: &[Modem], backlog: &Backlog, blocks: &mut Vec<Block>) {
        let of_modems = modems.iter().map(|modem| (modem.name.as_str(), &modem.verdict));
        let all = of_modems.chain([(self.say(words::QUEUE_TITLE), &backlog.verdict)]);
        let mut troubles: Vec<(&str, &Verdict)> = all.filter(|(_, verdict)| verdict.level != Level::Good).collect();
        troubles.sort_by_key(|(_, verdict)| verdict.level == Level::Note);
        let (count, ready) = (troubles.len().to_string(), modems.iter().filter(|modem| modem.ready).count());
        let (tone, says) = match troubles.first().map(|(_, verdict)| verdict.level) {
            Some(Level::Wrong) => (Tone::Wrong, words::MUST_DO.with(self.lang, &[&count])),
            Some(_) => (Tone::Warn, words::MAY_DO.with(self.lang, &[&count])),
            None if modems.is_empty() => (Tone::Info, self.say(words::NO_MODEM).to_owned()),
            None => {
                let says = words::ALL_WELL.with(self.lang, &[&ready.to_string(), &backlog.waiting.to_string()]);
                (Tone::Done, says)
            }
        };
        blocks.push(Block::Notice(tone, says));
        if modems.is_empty() {
            blocks.push(Block::text(self.say(words::NO_MODEM_HELP)));
        }
        let entry = |(name, verdict): (&str, &Verdict)| Entry {
            title: words::OF.with(self.lang, &[name, &verdict.says]),
            line: verdict.help.clone(),
            ..Entry::default()
        };
        if !troubles.is_empty() {
            blocks.push(Block::List(troubles.into_iter().map(entry).collect()));
        }
    }

    fn facts(&self, modem: &Modem) -> Vec<Fact> {
        let facts = &modem.facts;
        // What is wrong with one that is ready stands at the page's head, and has another beginning.
        let state = if modem.ready { self.say(words::MODEM_IS_READY) } else { &modem.verdict.says };
        let (since, long) = (self.shown(modem.since), span(self.lang, self.age(modem.since)));
        let resets: u64 = facts.resets.values().sum();
        let steps: Vec<String> = facts.resets.iter().map(|(step, count)| format!("{step} {count}")).collect();
        let falls = [facts.losses.to_string(), resets.to_string(), steps.join(", ")];
        let falls = match resets {
            0 => words::FALLS_ARE.with(self.lang, &[&falls[0], &falls[1]]),
            _ => words::FALLS_BY.with(self.lang, &[&falls[0], &falls[1], &falls[2]]),
        };
        let traffic = [facts.sent, facts.received, facts.in_doubt].map(|count| count.to_string());
        let slots = facts.slots_used.zip(facts.slots).map(|(used, total)| {
            words::SLOTS_ARE.with(self.lang, &[&facts.storage, &used.to_string(), &total.to_string()])
        });
        let contact =
            facts.last_contact.map(|at| words::AGO.with(self.lang, &[&self.shown(at), &span(self.lang, self.age(at))]));
        let signal = modem.signal.map(|signal| words::SIGNAL_IS.with(self.lang, &[&signal.to_string()]));
        let device = [facts.maker.as_str(), &facts.model].join(" ");
        let rows = [
            (words::HOW_IT_IS, words::SINCE.with(self.lang, &[state, &since, &long])),
            (words::SIGNAL, signal.unwrap_or_default()),
            (words::OPERATOR, modem.operator.clone().unwrap_or_default()),
            (words::NUMBER, modem.number.as_ref().map(ToString::to_string).unwrap_or_default()),
            (words::SIM, facts.card.clone()),
            (words::DEVICE, device.trim().to_owned()),
            (words::SLOTS, slots.unwrap_or_default()),
            (words::LAST_CONTACT, contact.unwrap_or_default()),
            (words::TRAFFIC, words::TRAFFIC_IS.with(self.lang, &[&traffic[0], &traffic[1], &traffic[2]])),
            (words::FALLS, falls),
        ];
        rows.into_iter().map(|(label, value)| self.fact(label, value)).collect()
    }

    /// What was refused, the newest first, with what helps.
    fn failures(&self, facts: &ModemFacts, blocks: &mut Vec<Block>) {
        let fact = |failure: &ModemFailure| {
            let (count, last) = (failure.count.to_string(), self.shown(failure.last));
            let says = words::FAILED.with(self.lang, &[&count, &last, &failure.hint]);
            (failure.error.clone(), vec![Span::Plain(says)])
        };
        if !facts.failures.is_empty() {
            blocks.push(Block::text(words::FAILURES.say(self.lang)));
            blocks.push(Block::Facts(facts.failures.iter().rev().map(fact).collect()));
        }
    }

    fn queue(&self, backlog: &Backlog, blocks: &mut Vec<Block>) {
        let oldest = backlog
            .oldest
            .zip(backlog.oldest_age_s)
            .map(|(at, age)| words::AGO.with(self.lang, &[&self.shown(at), &span(self.lang, age)]));
        blocks.push(Block::Heading(self.say(words::QUEUE_TITLE).to_owned()));
        let mut facts = vec![
            self.fact(words::WAITING, backlog.waiting.to_string()),
            self.fact(words::OLDEST, oldest.unwrap_or_default()),
            self.fact(words::HELD, self.held(&backlog.held)),
        ];
        for class in backlog.classes.iter().filter(|class| class.waiting > 0) {
            let (count, age) = (class.waiting.to_string(), span(self.lang, class.oldest_age_s.unwrap_or(0)));
            let says = words::CLASS_WAITS.with(self.lang, &[&count, &age, &class.why]);
            facts.push((self.class(class.class).to_owned(), vec![Span::Plain(says)]));
        }
        blocks.push(Block::Facts(facts));
    }

    fn held(&self, held: &Held) -> String {
        if held.all {
            return self.say(words::HELD_ALL).to_owned();
        }
        let classes = held.classes.iter().map(|class| self.class(class));
        let names: Vec<&str> = classes.chain(held.sites.iter().map(String::as_str)).collect();
        if names.is_empty() { self.say(words::HELD_NOTHING).to_owned() } else { names.join(", ") }
    }

    fn class<'n>(&self, name: &'n str) -> &'n str {
        let word = match name {
            "reply" => words::CLASS_REPLY,
            "code" => words::CLASS_CODE,
            "transactional" => words::CLASS_TRANSACTIONAL,
            "care" => words::CLASS_CARE,
            "bulk" => words::CLASS_BULK,
            other => return other,
        };
        self.say(word)
    }

    fn fact(&self, label: Word, value: String) -> Fact {
        let value = if value.is_empty() { "-".to_owned() } else { value };
        (self.say(label).to_owned(), vec![Span::Plain(value)])
    }

    fn say(&self, word: Word) -> &'static str {
        word.say(self.lang)
    }

    /// On the wall clock of the box's place.
    fn shown(&self, at: Time) -> String {
        at.civil(&self.house.zone).strftime("%m-%d %H:%M:%S").to_string()
    }

    fn age(&self, at: Time) -> u64 {
        self.now.since(at).as_secs()
    }
}
