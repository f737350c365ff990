//! How the modems and the queue are: one judgement, which the API, the modem page and `doctor` show to people.
//!
//! Refused messages do not make a modem unwell: most are a wrong number's. They are counted, with what helps.

use crate::clock::Time;
use crate::sms::bearer::{Facts, Failure, Reports, State};
use crate::sms::pool::Hold;
use crate::sms::{Health, Sms};
use crate::web::api::texts::{Backlog, ClassBacklog, Held, Level, Modem, ModemFacts, ModemFailure, Verdict};
use crate::words::modems as words;
use crate::words::{Lang, Word, span};

/// Below 5 of 31 (-103 dBm) texts fail now and then, and a box stands still: its antenna can be moved.
pub const SIGNAL_WEAK: u8 = 5;

/// A queue that moves is empty in minutes, even of ten texts a minute.
const LONG_WAIT_S: u64 = 15 * 60;

pub fn all(sms: &Sms, lang: Lang) -> Vec<Modem> {
    sms.health().into_iter().map(|health| shown(health, lang)).collect()
}

/// What a person reads of a state that is neither well nor lost, and what he does about it.
pub fn of_state(state: &State) -> Option<(Word, Word)> {
    Some(match state {
        State::Ready { .. } | State::Lost { .. } => return None,
        State::Starting => (words::MODEM_STARTING, words::MODEM_WAIT),
        State::NoSim => (words::NO_SIM, words::NO_SIM_HELP),
        State::PinNeeded => (words::PIN_NEEDED, words::PIN_NEEDED_HELP),
        State::PinWrong => (words::PIN_WRONG, words::PIN_WRONG_HELP),
        State::PukNeeded => (words::PUK_NEEDED, words::PUK_NEEDED_HELP),
        State::NoNetwork => (words::NO_NETWORK, words::NO_NETWORK_HELP),
    })
}

pub fn backlog(sms: &Sms, now: Time, lang: Lang) -> Backlog {
    let age = |made: Time| now.since(made).as_secs();
    let (mut oldest, mut is_stuck, mut why) = (None::<Time>, false, String::new());
    let classes = sms.backlog().map(|(class, waiting, first)| {
        let made = first.as_ref().map(|message| message.made);
        let (says, in_its_time) = first.map(|message| sms.waits_for(&message, &[lang])).unwrap_or_default();
        oldest = [oldest, made].into_iter().flatten().min();
        if !in_its_time && made.is_some_and(|made| age(made) > LONG_WAIT_S) {
            is_stuck = true;
            why.clone_from(&says);
        }
        ClassBacklog { class: class.name(), waiting, oldest_age_s: made.map(age), why: says }
    });
    let waiting = classes.iter().map(|class| class.waiting).sum::<u64>();
    let (hold, count) = (sms.hold(), waiting.to_string());
    let verdict = match oldest {
        _ if hold.is_any() => verdict(Level::Note, lang, (words::QUEUE_HELD, &[&count]), words::QUEUE_HELD_HELP),
        Some(oldest) if is_stuck => {
            let waited = span(lang, age(oldest));
            let known = verdict(Level::Note, lang, (words::QUEUE_STUCK, &[&count, &waited]), words::QUEUE_HELP);
            if why.is_empty() { known } else { Verdict { help: why, ..known } }
        }
        _ => good(words::QUEUE_GOOD.with(lang, &[&count])),
    };
    let oldest_age_s = oldest.map(age);
    Backlog { waiting, oldest, oldest_age_s, held: held(hold), classes: classes.to_vec(), verdict }
}

pub fn held(hold: Hold) -> Held {
    Held { all: hold.all, classes: hold.classes.iter().map(|class| class.name()).collect(), sites: hold.sites }
}

fn shown(health: Health, lang: Lang) -> Modem {
    let verdict = judge(&health, lang);
    let Health { name, number, state, since, stopped, left, facts } = health;
    let (word, ready) = (state.name(), matches!(state, State::Ready { .. }));
    let (operator, signal, why) = match state {
        State::Ready { operator, signal, .. } => (operator, signal, String::new()),
        State::Lost { why } => (None, None, why),
        _ => (None, None, String::new()),
    };
    let stopped = stopped.map(|hint| hint.say(lang).to_owned()).unwrap_or_default();
    let left = left.into_iter().filter_map(|(window, left)| Some((window, left?))).collect();
    let facts = shown_facts(facts, lang);
    Modem { name, number, state: word, why, ready, since, verdict, operator, signal, stopped, left, facts }
}

fn judge(health: &Health, lang: Lang) -> Verdict {
    let facts = &health.facts;
    let full = facts.slots.as_ref().filter(|slots| slots.total > 0 && slots.used >= slots.total);
    match (&health.state, &health.stopped, full) {
        (State::Lost { why }, ..) => {
            let help = facts.hint.unwrap_or(words::MODEM_IS_LOST_HELP);
            verdict(Level::Wrong, lang, (words::MODEM_IS_LOST, &[why]), help)
        }
        (State::Ready { .. }, Some(hint), _) => verdict(Level::Wrong, lang, (words::SIM_REFUSED, &[]), *hint),
        (State::Ready { .. }, None, Some(slots)) => {
            let (used, total) = (slots.used.to_string(), slots.total.to_string());
            let help = facts.hint.unwrap_or(words::SLOTS_FULL_HELP);
            verdict(Level::Wrong, lang, (words::SLOTS_FULL, &[&used, &total]), help)
        }
        (State::Ready { operator, signal: Some(signal), .. }, ..) if *signal < SIGNAL_WEAK => {
            let (operator, signal) = (operator.as_deref().unwrap_or("-"), signal.to_string());
            verdict(Level::Note, lang, (words::SIGNAL_LOW, &[operator, &signal]), words::SIGNAL_HELP)
        }
        (state, ..) => match of_state(state) {
            Some((says, help)) if *state == State::Starting => verdict(Level::Note, lang, (says, &[]), help),
            Some((says, help)) => verdict(Level::Wrong, lang, (says, &[]), help),
            None => good(words::MODEM_IS_READY.say(lang).to_owned()),
        },
    }
}

fn good(says: String) -> Verdict {
    Verdict { level: Level::Good, says, help: String::new() }
}

fn verdict(level: Level, lang: Lang, (says, values): (Word, &[&str]), help: Word) -> Verdict {
    Verdict { level, says: says.with(lang, values), help: help.say(lang).to_owned() }
}

fn shown_facts(facts: Facts, lang: Lang) -> ModemFacts {
    let failure =
        |f: Failure| ModemFailure { error: f.error, count: f.count, last: f.last, hint: f.hint.say(lang).to_owned() };
    let reports = match facts.reports {
        Reports::Off => "off",
        Reports::Direct => "direct",
        Reports::Stored => "stored",
    };
    let (slots_used, slots) = facts.slots.as_ref().map(|slots| (slots.used, slots.total)).unzip();
    ModemFacts {
        maker: facts.maker,
        model: facts.model,
        firmware: facts.firmware,
        device: facts.device,
        card: facts.card,
        subscriber: facts.subscriber,
        centre: facts.centre,
        profile: facts.profile,
        proved: facts.is_proved,
        storage: facts.slots.map(|slots| slots.memory).unwrap_or_default(),
        slots_used,
        slots,
        announces: facts.announces,
        reports,
        last_contact: facts.last_contact,
        losses: facts.losses,
        resets: facts.resets.into_iter().collect(),
        sent: facts.sent,
        in_doubt: facts.in_doubt,
        received: facts.received,
        garbled: facts.garbled,
        failures: facts.failures.into_iter().map(failure).collect(),
        hint: facts.hint.map(|hint| hint.say(lang).to_owned()).unwrap_or_default(),
    }
}
