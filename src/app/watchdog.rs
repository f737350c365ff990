//! What the box tells the service manager that started it (sd_notify(3)): that its start goes on, that it serves, how it
//! is, that it ends; and the watchdog, which is fed only when the store's writer and every modem's task have answered
//! since it was last fed. Who does not answer is named in the log and in the status before the manager ends the box.
//!
//! Not here: how a modem is (a modem that is unplugged has a task that lives), and what the manager does (`systemd/`).

use std::collections::BTreeSet;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep, timeout};

use crate::modem::pulse::Pulse;
use crate::sites::enterprise;
use crate::sms::Sms;
use crate::sms::bearer::State;
use crate::store::Store;
use crate::words::{self, Lang, Word};

pub type Tell = dyn Fn(&[NotifyState<'_>]) + Send + Sync;

/// Who started the box and wants to know how it is.
#[derive(Clone)]
pub struct Manager {
    pub tell: Arc<Tell>,
    /// The box is ended when it has fed nothing for so long.
    pub watchdog: Option<Duration>,
    pub language: Lang,
}

/// What must answer before the watchdog is fed, and what the status counts.
pub struct Watched {
    pub store: Store,
    pub sms: Arc<Sms>,
    pub modems: Vec<(String, Pulse)>,
}

/// A start says that it goes on so often,
const START_PERIOD: Duration = Duration::from_secs(10);
/// and asks for so much more each time: a card can hold up the whole machine for some seconds.
const START_EXTENSION_US: u32 = 60_000_000;
/// Long enough for any card with any amount of data; what hangs for ever must end at some time.
const START_LIMIT: Duration = Duration::from_secs(3600);
/// Somebody who has just plugged in a modem looks at the status again and again.
const STATUS_PERIOD: Duration = Duration::from_secs(10);
/// Without a watchdog too, whoever does not answer for so long is named.
const PATIENCE: Duration = Duration::from_secs(60);
/// Companies counted for the status; a town has some hundreds.
const COUNTED: usize = 10_000;
/// The writer's name among those that are asked.
const WRITER: &str = "the store's writer";

impl Manager {
    /// systemd, or whoever else has put its socket into the environment; `None` when nobody has.
    pub fn of_environment(language: Lang) -> Option<Manager> {
        std::env::var_os("NOTIFY_SOCKET")?;
        let tell = |state: &[NotifyState<'_>]| {
            if let Err(error) = sd_notify::notify(state) {
                log::warn!("the service manager cannot be told: {error}");
            }
        };
        Some(Manager { tell: Arc::new(tell), watchdog: sd_notify::watchdog_enabled(), language })
    }

    /// Does the work of a start, which may take longer than a start usually may.
    pub async fn while_starting<T>(&self, start: impl Future<Output = T>) -> T {
        self.say(words::BOX_STARTS, &[], &[]);
        let (begun, mut often) = (Instant::now(), interval(START_PERIOD));
        tokio::pin!(start);
        loop {
            tokio::select! {
                started = &mut start => return started,
                _ = often.tick(), if begun.elapsed() < START_LIMIT => {
                    (self.tell)(&[NotifyState::ExtendTimeoutUsec(START_EXTENSION_US)]);
                }
            }
        }
    }

    pub fn stopping(&self) {
        self.say(words::BOX_STOPS, &[], &[NotifyState::Stopping]);
    }

    /// Says that the box serves, then watches over it for ever.
    pub async fn watch(self, watched: Watched) {
        let mut status = Status::default();
        self.say(words::BOX_RUNS, &status.of(&watched), &[NotifyState::Ready]);
        // The manager's own ends two complaints later.
        let patience = self.watchdog.map_or(PATIENCE, |limit| limit / 3);
        loop {
            sleep(patience.min(STATUS_PERIOD)).await;
            if self.all_answer(&watched, patience).await {
                self.say(words::BOX_RUNS, &status.of(&watched), &[NotifyState::Watchdog]);
            }
        }
    }

    /// Comes when everybody has answered; says who has not each time that nobody did for so long.
    async fn all_answer(&self, watched: &Watched, patience: Duration) -> bool {
        let mut missing = BTreeSet::from([WRITER.to_owned()]);
        missing.extend(watched.modems.iter().map(|(name, _)| name.clone()));
        let mut asked = watched.ask();
        loop {
            match timeout(patience, asked.join_next()).await {
                Ok(Some(Ok(name))) => drop(missing.remove(&name)),
                Ok(Some(Err(panic))) => log::error!("watchdog: {panic}"),
                Ok(None) => return missing.is_empty(),
                Err(_) => {
                    let names = missing.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                    log::error!("watchdog: no answer from {names}");
                    self.say(words::BOX_HANGS, &[names], &[]);
                }
            }
        }
    }

    fn say(&self, word: Word, values: &[String], also: &[NotifyState<'_>]) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let status = word.with(self.language, &values);
        let mut all = also.to_vec();
        all.push(NotifyState::Status(&status));
        (self.tell)(&all);
    }
}

impl Watched {
    /// One task for each that is asked; it ends with the name when the answer has come.
    fn ask(&self) -> JoinSet<String> {
        let mut asked = JoinSet::new();
        let store = self.store.clone();
        asked.spawn(async move {
            // An answer is enough: a full disk has one too.
            let _ = store.write(|_| Ok(())).await;
            if store.is_broken() {
                // Only another start helps.
                pending::<()>().await;
            }
            WRITER.to_owned()
        });
        for (name, pulse) in self.modems.clone() {
            asked.spawn(async move {
                if !pulse.feel().await {
                    pending::<()>().await;
                }
                name
            });
        }
        asked
    }
}

/// What the status counts: companies are counted again only when something has changed.
#[derive(Default)]
struct Status {
    companies: usize,
    at: Option<u64>,
}

impl Status {
    /// Companies, modems that are ready, modems.
    fn of(&mut self, watched: &Watched) -> Vec<String> {
        let revision = watched.store.revision();
        if self.at != Some(revision) {
            self.companies = enterprise::enterprises(&watched.store, None, COUNTED).map_or(0, |all| all.len());
            self.at = Some(revision);
        }
        let health = watched.sms.health();
        let ready = health.iter().filter(|modem| matches!(modem.state, State::Ready { .. })).count();
        [self.companies, ready, health.len()].iter().map(usize::to_string).collect()
    }
}
