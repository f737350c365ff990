//! A modem that is up: what it announces, what it is given to send, and the minute's look at it.
//!
//! At most one message is in doubt: the next is taken when the one before has its outcome. Between two messages nothing is
//! asked or waited for. Not here: slots and what lies in them (`storage`).

use std::time::Duration;

use super::Driver;
use super::ladder::Fault;
use super::storage::Memories;
use crate::modem::chat::{Chat, ChatError};
use crate::modem::lines::Line;
use crate::modem::network;
use crate::modem::profiles::Listing;
use crate::modem::start::{self, Halt, Up};
use crate::number::Number;
use crate::sms::bearer::{Event, Facts, Failure, Handed, Outcome, Outgoing, Retry, State, SubmitError};
use crate::words::Word;

/// How often storage, SIM and network are looked at: the net under lost announcements.
const CHECK_PERIOD: Duration = Duration::from_secs(60);
/// The same while there is no network, or no announcements.
const HASTY_PERIOD: Duration = Duration::from_secs(5);

/// A modem that comes into the network is given what was kept for it, within a minute or two. What comes later is new.
const LIVE_AFTER: Duration = Duration::from_secs(600);

/// So many messages in a row that the modem itself did not manage: it is reset.
const MISHAPS: u32 = 3;
/// Kinds of refusals kept for people.
const FAILURES_KEPT: usize = 16;

/// Lines that say the storage is full: nothing is announced from then on.
const FULL: [&str; 3] = ["^SMMEMFULL", "+SMS FULL", "+CIEV: \"SMSFULL\",1"];
/// Lines of a modem that has just started: all it was told is forgotten.
const RESTARTED: [&str; 3] = ["RDY", "^SYSSTART", "+WIND: 1"];

const FULL_HINT: Word = Word::new(
    "短信存储已满且删不掉，请在手机里清空SIM卡短信",
    "The storage is full and cannot be emptied: empty the SIM's texts in a phone",
);
const LEFT_HINT: Word = Word::new(
    "有短信传来时不完整，暂留在模块里：请检查串口线和波特率",
    "Texts do not come whole out of the modem and are left in it: look at its cable and its baud rate",
);

pub struct Session<'a> {
    pub(super) driver: &'a mut Driver,
    pub(super) chat: Chat,
    pub(super) up: Up,
    pub(super) number: Option<Number>,
    /// The storage that is read from just now.
    pub(super) memory: String,
    pub(super) memories: Memories,
    pub(super) sweep_due: bool,
    /// Messages that the last sweep could not read whole.
    pub(super) left: u32,
    /// What is read now was announced just now.
    pub(super) live: bool,
    /// When, as the clock has passed, the time is to be asked for.
    time_due: Duration,
    /// Since when, as the clock has passed, a network has had it.
    registered_since: Option<Duration>,
    mishaps: u32,
}

impl<'a> Session<'a> {
    pub fn new(driver: &'a mut Driver, chat: Chat, up: Up) -> Session<'a> {
        let number = driver.options.number.clone().or_else(|| up.number.clone());
        let kept = up.facts.clone();
        driver.ends.facts.send_modify(|facts| {
            let old = std::mem::take(facts);
            let Facts { losses, resets, sent, in_doubt, received, garbled, failures, .. } = old;
            *facts = Facts { losses, resets, sent, in_doubt, received, garbled, failures, ..kept };
        });
        let memory = up.memory.clone();
        let (memories, registered_since, time_due) = (Memories::default(), None, Duration::ZERO);
        Session {
            driver,
            chat,
            up,
            number,
            memory,
            memories,
            sweep_due: true,
            left: 0,
            live: false,
            time_due,
            registered_since,
            mishaps: 0,
        }
    }

    pub async fn attend(mut self) -> Result<(), Halt> {
        let clock = self.driver.clock.clone();
        loop {
            self.driver.check_open()?;
            self.sweep().await?;
            self.check().await?;
            let hasty = self.registered_since.is_none() || !self.up.notified.announces();
            let pause = clock.sleep(if hasty { HASTY_PERIOD } else { CHECK_PERIOD });
            tokio::pin!(pause);
            loop {
                if self.sweep_due {
                    self.sweep().await?;
                }
                tokio::select! {
                    biased;
                    _ = self.driver.ends.stop.changed() => return Err(Halt::Closed),
                    line = self.chat.unsolicited() => self.unsolicited(line?).await?,
                    // Before what is to be sent, of which there may be hours.
                    () = &mut pause => break,
                    Some(handed) = self.driver.ends.submit.recv() => self.send(handed).await.map(drop)?,
                }
            }
        }
    }

    async fn unsolicited(&mut self, line: Line) -> Result<(), Halt> {
        let passed = self.driver.clock.passed();
        self.live = self.registered_since.is_some_and(|since| passed >= since + LIVE_AFTER);
        let done = self.announced_line(line).await;
        self.live = false;
        done
    }

    async fn announced_line(&mut self, line: Line) -> Result<(), Halt> {
        let text = line.text.as_str();
        if text.starts_with("+CMTI:") || text.starts_with("+CDSI:") {
            let is_report = text.starts_with("+CDSI:");
            let memory = line.values().first().cloned().unwrap_or_default();
            match (self.up.profile.reports_in.filter(|_| is_report), line.number(1)) {
                (Some(reports_in), _) => self.visit(reports_in).await?,
                (None, Some(index)) if self.up.profile.listing != Listing::Whole => {
                    self.announced(&memory, index).await?
                }
                (None, _) => self.sweep_due = true,
            }
        } else if text.starts_with("+CMT:") || text.starts_with("+CDS:") {
            self.direct(&line).await?;
        } else if network::tells_time(text) {
            self.up.knows_time = true;
            self.ask_time().await?;
        } else if FULL.iter().any(|full| text.starts_with(full)) {
            self.sweep_due = true;
        } else if RESTARTED.contains(&text) {
            return Err(Halt::lost(Fault::Gone, "the modem has restarted"));
        }
        Ok(())
    }

    /// Sends in order. After a part that did not go out, the rest of its text waits: nobody pays for half a text.
    pub(super) async fn send_all(&mut self, send: Vec<Outgoing>) -> Result<(), Halt> {
        let mut halted = Ok(());
        let mut broken_off = None;
        for outgoing in send {
            if halted.is_err() || broken_off == Some(outgoing.id) {
                self.driver.outcome(&outgoing, Outcome::NotSent).await?;
                continue;
            }
            let id = outgoing.id;
            match self.send(outgoing.into()).await {
                Ok(true) => {}
                Ok(false) => broken_off = Some(id),
                Err(halt) => halted = Err(halt),
            }
        }
        halted
    }

    /// Whether the network took it.
    async fn send(&mut self, mut handed: Handed) -> Result<bool, Halt> {
        let outgoing = handed.outgoing.clone();
        let mut is_withdrawn = false;
        let may_leave = async {
            is_withdrawn = !handed.is_durable().await;
            !is_withdrawn
        };
        self.driver.in_hand = Some(outgoing.clone());
        let (outcome, broken) = self.chat.submit(&outgoing.tpdu, may_leave, || outgoing.leaves()).await;
        self.driver.in_hand = None;
        if is_withdrawn {
            return broken.map_or(Ok(false), |error| Err(error.into()));
        }
        let submitted = matches!(outcome, Outcome::Submitted { .. });
        self.count(&outcome);
        let (class, failed) = match &outcome {
            Outcome::Refused { error, class, .. } => (Some(*class), is_devices_own(error)),
            outcome => (None, !matches!(outcome, Outcome::Submitted { .. })),
        };
        self.mishaps = if failed { self.mishaps + 1 } else { 0 };
        self.driver.outcome(&outgoing, outcome).await?;
        if let Some(error) = broken {
            return Err(error.into());
        }
        match class {
            Some(Retry::AfterSweep) => self.sweep_due = true,
            Some(Retry::Reset) => {
                return Err(Halt::lost(Fault::Refusing, "it refuses without a reason of the network's"));
            }
            _ if self.mishaps == MISHAPS => return Err(Halt::lost(Fault::Refusing, "it manages no message")),
            _ => {}
        }
        Ok(submitted)
    }

    fn count(&self, outcome: &Outcome) {
        let now = self.driver.clock.now();
        self.driver.ends.facts.send_modify(|facts| {
            facts.last_contact = Some(now);
            match outcome {
                Outcome::Submitted { .. } => facts.sent += 1,
                Outcome::Unknown => facts.in_doubt += 1,
                Outcome::NotSent => {}
                Outcome::Refused { error, hint, .. } => {
                    let error = named(error);
                    let known = facts.failures.iter().position(|failure| failure.error == error);
                    let count = 1 + known.map_or(0, |at| facts.failures.remove(at).count);
                    if facts.failures.len() == FAILURES_KEPT {
                        facts.failures.remove(0);
                    }
                    facts.failures.push(Failure { error, count, last: now, hint: *hint });
                }
            }
        });
    }

    /// SIM, network, signal and storage; tells the state they make.
    async fn check(&mut self) -> Result<(), Halt> {
        let sim = self.chat.ask("AT+CPIN?", "+CPIN:").await;
        match start::sim_state(&sim) {
            // It was up, so it had its PIN: it has lost power since.
            Some(State::PinNeeded) => return Err(Halt::lost(Fault::Gone, "the modem has restarted")),
            Some(state) => return Err(Halt::State(state)),
            None => {}
        }
        if let Err(error @ (ChatError::Silent(_) | ChatError::Lost(_))) = sim {
            return Err(error.into());
        }
        let passed = self.driver.clock.passed();
        let network = network::ask(&mut self.chat).await?;
        self.registered_since = network.registered.then(|| self.registered_since.unwrap_or(passed));
        let registered = network.registered;
        self.keep_notified().await?;
        let slots = start::slots(&mut self.chat).await?;
        let state = network.state(self.number.clone());
        self.note(&state, slots);
        self.driver.tell(state).await?;
        if registered && self.up.knows_time && passed >= self.time_due {
            self.ask_time().await?;
        }
        Ok(())
    }

    /// A modem announces nothing more once a message was not acknowledged (27.005, 3.4.4), and some forget it by themselves.
    async fn keep_notified(&mut self) -> Result<(), Halt> {
        let shown = start::notifies(&mut self.chat).await?;
        if shown.is_some() && shown != self.up.notified.shown {
            self.up.notified = start::notify(&mut self.chat, self.up.profile).await?;
            let (announces, reports) = (self.up.notified.announces(), self.up.notified.reports.unwrap_or_default());
            self.driver.ends.facts.send_modify(|facts| (facts.announces, facts.reports) = (announces, reports));
        }
        Ok(())
    }

    fn note(&self, state: &State, slots: Option<crate::sms::bearer::Slots>) {
        let now = self.driver.clock.now();
        self.driver.ends.facts.send_modify(|facts| {
            facts.last_contact = Some(now);
            (facts.operator, facts.signal) = match state {
                State::Ready { operator, signal, .. } => (operator.clone(), *signal),
                _ => (None, None),
            };
            // It was swept just now.
            let full = slots.as_ref().is_some_and(|slots| slots.total > 0 && slots.used >= slots.total);
            let left = (self.left > 0).then_some(LEFT_HINT);
            facts.hint = left.or(full.then_some(FULL_HINT));
            facts.slots = slots;
        });
    }

    async fn ask_time(&mut self) -> Result<(), Halt> {
        let Some(time) = network::time(&mut self.chat).await? else { return Ok(()) };
        self.time_due = self.driver.clock.passed() + network::TIME_PERIOD;
        self.driver.event(Event::Time(time)).await
    }
}

/// Errors of the modem, not of the message or the network: three in a row, and it wants a reset.
fn is_devices_own(error: &SubmitError) -> bool {
    matches!(error, SubmitError::Cms(0xD1 | 0xD2 | 0xD4 | 0xD5 | 0xFF | 300 | 500))
}

fn named(error: &SubmitError) -> String {
    match error {
        SubmitError::Cms(code) => format!("CMS {code}"),
        SubmitError::Cme(code) => format!("CME {code}"),
        SubmitError::Text(text) => text.chars().take(48).collect(),
    }
}
