//! The queue as an operator handles it: look, hold, release, purge, take one back. Also before a modem is there.
//!
//! A hold outlives a restart. What a bearer has already is not held back by anything.

use std::collections::HashSet;
use std::time::Duration;

use super::Sms;
use super::outbox::{self, Class, Message, State};
use super::pool::{Hold, Why};
use crate::clock::Reading;
use crate::error::{Error, Result};
use crate::sections::context::record;
use crate::store::{Never, Record, Records, Table};
use crate::words::{Lang, Word};

pub(super) const HOLD: &[u8] = b"sms/hold";

record!(Hold, Meta);

/// Messages that may wait; who asks for more is told that the box is busy. Replies are not counted: texts bound them.
pub const WAITING_MAX: usize = 100_000;
/// Rows changed in one transaction.
const CHUNK: usize = 100;

const HELD: Word = Word::new("队列已由管理员暂停", "Held back by the operator");
const NO_MODEM: Word = Word::new("没有可用的短信模块，恢复后自动发送", "No modem can send now; it leaves when one can");
const NO_TIME: Word = crate::words::WAITS_FOR_TIME;
const QUIET: Word = Word::new("免打扰时段，{}以后发送", "Quiet hours: it leaves after {}");
const RATES: Word = Word::new("已到SIM卡的发送限额，稍后自动发送", "The SIM's limit is reached; it leaves later");
const PERSON_OR_PAUSE: Word = Word::new("稍后再发", "It is tried again later");

/// Which messages are meant; nothing said means all.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    pub class: Option<Class>,
    pub site: Option<String>,
    pub older_than: Option<Duration>,
}

impl Choice {
    fn fits(&self, message: &Message, clock: &Reading) -> bool {
        self.class.is_none_or(|class| class == message.class)
            && (self.site.is_none() || self.site == message.site)
            && self.older_than.is_none_or(|age| clock.age(message.made) >= age)
    }
}

impl Hold {
    pub fn is_any(&self) -> bool {
        *self != Hold::default()
    }

    fn add(&mut self, class: Option<Class>, site: Option<String>) {
        match (class, site) {
            (None, None) => self.all = true,
            (class, site) => {
                self.classes.extend(class.filter(|class| !self.classes.contains(class)));
                self.sites.extend(site.filter(|site| !self.sites.contains(site)));
            }
        }
    }

    fn remove(&mut self, class: Option<Class>, site: Option<String>) {
        match (class, site) {
            (None, None) => *self = Hold::default(),
            (class, site) => {
                self.classes.retain(|held| Some(*held) != class);
                self.sites.retain(|held| Some(held) != site.as_ref());
            }
        }
    }
}

impl Sms {
    pub fn hold(&self) -> Hold {
        self.pool().hold.clone()
    }

    /// Holds back a class, a company's messages, or everything.
    pub async fn hold_back(&self, class: Option<Class>, site: Option<String>) -> Result<Hold> {
        self.set_hold(move |hold| hold.add(class, site)).await
    }

    /// Lets it go again; nothing said means everything, and stopped SIMs are tried at once.
    pub async fn release(&self, class: Option<Class>, site: Option<String>) -> Result<Hold> {
        let hold = self.set_hold(move |hold| hold.remove(class, site)).await?;
        let mut pool = self.pool();
        pool.index.release();
        pool.try_again();
        drop(pool);
        self.tell_numbers();
        self.changed();
        Ok(hold)
    }

    async fn set_hold(&self, change: impl FnOnce(&mut Hold) + Send + 'static) -> Result<Hold> {
        let hold = self.store.write(move |tx| {
            let mut hold: Hold = tx.get(HOLD)?.unwrap_or_default();
            change(&mut hold);
            tx.put(HOLD, &hold)?;
            Ok(hold)
        });
        let hold = hold.await?;
        self.pool().hold = hold.clone();
        self.tell_numbers();
        Ok(hold)
    }

    /// At most `limit` messages that wait, behind the number `after`, the oldest first.
    pub fn page(&self, after: u64, limit: usize) -> Result<Vec<(u64, Message)>> {
        let ids = self.pool().index.ids_after(after, limit);
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(message) = self.store.get::<Message>(&outbox::key(id))? {
                found.push((id, message));
            }
        }
        Ok(found)
    }

    /// Cancels what waits and fits; how many that were.
    pub async fn purge(&self, choice: Choice) -> Result<u64> {
        let (mut after, mut gone) = (0, HashSet::new());
        loop {
            let ids = self.pool().index.ids_after(after, CHUNK);
            let Some(last) = ids.last() else { break };
            after = *last;
            let (choice, clock) = (choice.clone(), self.clock.reading());
            let cancelled = self.store.write(move |tx| {
                let mut cancelled = Vec::new();
                for id in ids {
                    if let Some(mut message) = tx.get::<Message>(&outbox::key(id))?.filter(Message::is_open)
                        && choice.fits(&message, &clock)
                    {
                        message.set_waiting(State::Cancelled);
                        outbox::keep(tx, id, &message, clock.now)?;
                        cancelled.push(id);
                    }
                }
                Ok(cancelled)
            });
            gone.extend(cancelled.await?);
        }
        self.pool().index.forget(|id| gone.contains(&id));
        self.changed();
        Ok(gone.len() as u64)
    }

    /// Takes one message back that has not left.
    pub async fn cancel(&self, id: u64) -> Result<()> {
        let now = self.clock.now();
        self.store
            .write(move |tx| {
                let mut message: Message = tx.get(&outbox::key(id))?.ok_or(Error::NotFound)?;
                if !message.is_open() {
                    return Err(Error::Conflict(format!("it is {} already", message.state().name())));
                }
                message.set_waiting(State::Cancelled);
                outbox::keep(tx, id, &message, now)
            })
            .await?;
        self.pool().index.forget(|gone| gone == id);
        self.changed();
        Ok(())
    }

    /// The state of a message as it is now: what is late is expired, also while nothing looks at it.
    pub fn state_of(&self, message: &Message) -> State {
        let clock = self.clock.reading();
        let mut seen = message.clone().seen_by(&clock);
        if seen.is_open() && seen.is_late(&clock) {
            seen.set_waiting(State::Expired);
        }
        seen.state()
    }

    /// What a person can do about a message, or why it waits.
    pub fn hint_of(&self, message: &Message) -> String {
        if self.state_of(message) != State::Queued {
            return message.hint.clone();
        }
        self.waits_for(message, &[Lang::Zh, Lang::En]).0
    }

    /// Why a message waits, in these languages, and whether it goes out by itself in its time.
    pub fn waits_for(&self, message: &Message, langs: &[Lang]) -> (String, bool) {
        let (clock, passed) = (self.clock.reading(), self.clock.passed());
        let said = |word: Word, values: &[&str]| {
            langs.iter().map(|lang| word.with(*lang, values)).collect::<Vec<_>>().join(" ")
        };
        match self.pool().why(message, &clock, passed) {
            Some(Why::Held) => (said(HELD, &[]), false),
            Some(Why::NoModem) => (said(NO_MODEM, &[]), false),
            Some(Why::NoTime) => (said(NO_TIME, &[]), false),
            Some(Why::Stopped(hint)) => (said(hint, &[]), false),
            Some(Why::Rates) => (said(RATES, &[]), true),
            Some(Why::Quiet(until)) => {
                (said(QUIET, &[&until.civil(&self.house.zone).strftime("%H:%M").to_string()]), true)
            }
            None if !message.hint.is_empty() => (message.hint.clone(), false),
            None if message.not_before > clock.now => (said(PERSON_OR_PAUSE, &[]), true),
            None => (String::new(), false),
        }
    }

    /// What waits, by class: how many, and the one that waits longest. Looks at all: not for every page.
    pub fn backlog(&self) -> [(Class, u64, Option<Message>); 5] {
        let waiting = self.pool().index.waiting();
        let oldest = |id: u64| self.store.get::<Message>(&outbox::key(id)).ok().flatten();
        waiting.map(|(class, waiting)| (class, waiting.count, waiting.oldest.and_then(oldest)))
    }

    /// Whether so many wait that no more are taken.
    pub fn is_full(&self) -> bool {
        self.waiting() >= WAITING_MAX
    }
}
