//! The task that owns one modem: what comes in, what goes out, and how it comes back after it was lost.
//!
//! ```text
//! open ──→ AT ──→ start::bring_up ──→ session: sweep, then an announcement, a message to send, the minute's check ──┐
//!   ↑              │ no SIM, PIN, silence                ↑──────────────────────────────────────────────────────┘
//!   └── pause ←── a step of the ladder ←── silence, unplugged
//! ```
//! `session` is a modem that is up, `storage` its slots, `ladder` decides how one is brought back, `quiet` what of it is
//! logged. Here: the line's coming and going, and what is told of it.

pub mod ladder;
mod quiet;
mod session;
mod storage;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use self::ladder::{Fault, Ladder, Step};
use self::quiet::Quiet;
use self::session::Session;
use super::ModemOptions;
use super::chat::Chat;
use super::port::{Cut, Port};
use super::profiles::{self, Profile};
use super::pulse::Beat;
use super::start::{self, Halt, PinTrial};
use super::trace::Trace;
use crate::clock::Clock;
use crate::sms::bearer::{Event, Facts, Handed, Outcome, Outgoing, State};

/// A command that resets a modem is answered, if at all, at once.
const RESET_LIMIT: Duration = Duration::from_secs(5);
/// Between off and on: a modem's capacitors are empty, and the bus has noticed.
const CUT_PAUSE: Duration = Duration::from_secs(3);

pub struct Driver {
    options: ModemOptions,
    clock: Clock,
    ends: Ends,
    told: Option<State>,
    trial: PinTrial,
    ladder: Ladder,
    quiet: Quiet,
    /// As it was found last: how it is reset while it says nothing.
    profile: Option<&'static Profile>,
    /// Once `CMGL` has hung, slots are read one by one.
    list_hangs: bool,
    /// Slots done with but not deleted yet, by storage and index; as many as a storage has.
    undeleted: BTreeMap<(String, u16), Vec<u8>>,
    /// What is being sent: nobody else knows what became of it if this run ends in a panic.
    in_hand: Option<Outgoing>,
}

/// What joins a driver to the others.
pub struct Ends {
    pub events: mpsc::Sender<Event>,
    pub submit: mpsc::Receiver<Handed>,
    pub stop: watch::Receiver<bool>,
    pub beat: Beat,
    pub trace: Trace,
    pub facts: watch::Sender<Facts>,
}

impl Driver {
    pub fn new(options: ModemOptions, clock: Clock, ends: Ends) -> Driver {
        let profile = options.profile.as_deref().and_then(profiles::named);
        Driver {
            options,
            clock,
            ends,
            profile,
            told: None,
            trial: PinTrial::Untried,
            ladder: Ladder::default(),
            quiet: Quiet::default(),
            list_hangs: false,
            undeleted: BTreeMap::new(),
            in_hand: None,
        }
    }

    /// Drives the modem until it is closed.
    pub async fn run(&mut self) {
        if let Some(outgoing) = self.in_hand.take() {
            let _ = self.outcome(&outgoing, Outcome::Unknown).await;
        }
        loop {
            let (fault, state) = match self.session().await {
                Err(Halt::Lost(fault, why)) => (fault, State::Lost { why }),
                Err(Halt::State(State::NoSim)) => (Fault::NoSim, State::NoSim),
                Err(Halt::State(state)) => (Fault::Person, state),
                Err(Halt::Closed) | Ok(()) => break,
            };
            if self.recover(fault, state).await.is_err() {
                break;
            }
        }
        self.ends.submit.close();
        while let Some(handed) = self.ends.submit.recv().await {
            let _ = self.outcome(&handed.outgoing, Outcome::NotSent).await;
        }
    }

    /// From opening the port to losing it.
    async fn session(&mut self) -> Result<(), Halt> {
        self.check_open()?;
        if self.told.is_none() {
            self.tell(State::Starting).await?;
        }
        let mut chat = self.chat().await.map_err(|error| Halt::lost(fault_of(&error), error))?;
        let mut stop = self.ends.stop.clone();
        let up = tokio::select! {
            up = self.bring_up(&mut chat) => up?,
            _ = stop.wait_for(|stop| *stop) => return Err(Halt::Closed),
        };
        self.profile = Some(up.profile);
        self.ladder.up(self.clock.passed());
        Session::new(self, chat, up).attend().await
    }

    async fn bring_up(&mut self, chat: &mut Chat) -> Result<start::Up, Halt> {
        start::wake(chat, start::WAKE_TRIES).await?;
        // Only now: a modem that is dead for weeks does not start each minute.
        self.tell(State::Starting).await?;
        let (pin, profile) = (self.options.pin.as_deref(), self.options.profile.as_deref());
        start::bring_up(chat, &self.clock, pin, &mut self.trial, profile).await
    }

    async fn chat(&self) -> io::Result<Chat> {
        let port: Port = self.options.opener.open().await?;
        Ok(Chat::new(port, self.clock.clone(), self.ends.beat.clone(), self.ends.trace.clone()))
    }

    /// Tells what it is lost by, does the ladder's next step, and waits.
    async fn recover(&mut self, fault: Fault, state: State) -> Result<(), Halt> {
        let able = self.able();
        let plan = self.ladder.lost(fault, &able, self.clock.passed());
        // One whose SIM waits for a person is tried again and again, and is not lost each time.
        let was_up = matches!(self.told, Some(State::Ready { .. } | State::NoNetwork));
        self.ends.facts.send_modify(|facts| {
            facts.losses += u64::from(was_up);
            (facts.hint, facts.signal, facts.operator) = (plan.hint, None, None);
        });
        self.tell(state).await?;
        if plan.step > Step::Reopen {
            self.say(&format!("{}: bringing it back by {}", self.why(), plan.step.name()));
            let mut beat = self.ends.beat.clone();
            beat.during(self.reset(plan.step)).await;
        }
        self.wait(plan.pause).await
    }

    /// The steps that this modem and this machine can do.
    fn able(&self) -> Vec<Step> {
        let (profile, opener) = (self.profile(), &self.options.opener);
        let all = [
            (Step::Radio, !profile.radio.is_empty()),
            (Step::Restart, !profile.restart.is_empty()),
            (Step::Usb, opener.can_cut(Cut::Usb)),
            (Step::Power, opener.can_cut(Cut::Power)),
        ];
        all.into_iter().filter(|(_, able)| *able).map(|(step, _)| step).collect()
    }

    async fn reset(&mut self, step: Step) {
        let profile = self.profile();
        let done = match step {
            Step::Reopen => return,
            Step::Radio => self.command_all(profile.radio).await,
            Step::Restart => {
                let done = self.command_all(&[profile.restart]).await;
                self.clock.sleep(profile.boot).await;
                done
            }
            Step::Usb => self.cut(Cut::Usb).await,
            Step::Power => self.cut(Cut::Power).await,
        };
        if let Err(error) = done {
            self.say(&format!("{} could not be done: {error}", step.name()));
        }
        self.ends.facts.send_modify(|facts| match facts.resets.iter_mut().find(|(name, _)| *name == step.name()) {
            Some((_, count)) => *count += 1,
            None => facts.resets.push((step.name(), 1)),
        });
    }

    /// Says commands to a modem that may not answer: some hear all the same.
    async fn command_all(&mut self, commands: &[&str]) -> io::Result<()> {
        let mut chat = self.chat().await?;
        chat.escape().await.map_err(|error| io::Error::other(error.to_string()))?;
        for command in commands {
            if let Err(error) = chat.call(command, RESET_LIMIT).await {
                log::debug!("modem {}: {command}: {error}", self.options.name);
            }
        }
        Ok(())
    }

    /// Off and on again, whatever happens between.
    async fn cut(&mut self, cut: Cut) -> io::Result<()> {
        for off in [true, false] {
            let opener = Arc::clone(&self.options.opener);
            // The system may take seconds to let a device go.
            tokio::task::spawn_blocking(move || opener.cut(cut, off)).await.map_err(io::Error::other)??;
            self.clock.sleep(CUT_PAUSE).await;
        }
        Ok(())
    }

    /// Waits before the next attempt. What is handed over meanwhile certainly did not leave.
    async fn wait(&mut self, pause: Duration) -> Result<(), Halt> {
        let clock = self.clock.clone();
        let pause = clock.sleep(pause);
        tokio::pin!(pause);
        let mut beat = self.ends.beat.clone();
        loop {
            tokio::select! {
                () = beat.during(&mut pause) => return self.check_open(),
                _ = self.ends.stop.changed() => return Err(Halt::Closed),
                Some(handed) = self.ends.submit.recv() => self.outcome(&handed.outgoing, Outcome::NotSent).await?,
            }
        }
    }

    fn profile(&self) -> &'static Profile {
        self.profile.unwrap_or_else(|| profiles::detected(""))
    }

    /// A dropped `Modem` closes like one told to.
    fn check_open(&self) -> Result<(), Halt> {
        let stop = &self.ends.stop;
        if *stop.borrow() || stop.has_changed().is_err() { Err(Halt::Closed) } else { Ok(()) }
    }

    async fn tell(&mut self, state: State) -> Result<(), Halt> {
        if self.told.as_ref() == Some(&state) {
            return Ok(());
        }
        let before = self.told.replace(state.clone());
        // The signal changes each minute.
        if before.is_none_or(|before| before.name() != state.name() || matches!(state, State::Lost { .. })) {
            self.say(&self.why());
        }
        self.event(Event::State { bearer: self.options.name.clone(), state }).await
    }

    /// How it is, in a few words.
    fn why(&self) -> String {
        match &self.told {
            Some(State::Lost { why }) => format!("lost: {why}"),
            Some(state) => state.name().to_owned(),
            None => String::new(),
        }
    }

    fn say(&mut self, text: &str) {
        let Some(line) = self.quiet.say(text, self.clock.passed()) else { return };
        match &self.told {
            Some(State::Starting | State::Ready { .. }) => log::info!("modem {}: {line}", self.options.name),
            _ => log::warn!("modem {}: {line}", self.options.name),
        }
    }

    async fn outcome(&self, outgoing: &Outgoing, outcome: Outcome) -> Result<(), Halt> {
        let Outgoing { id, part, .. } = *outgoing;
        self.event(Event::Outcome { bearer: self.options.name.clone(), id, part, outcome }).await
    }

    async fn event(&self, event: Event) -> Result<(), Halt> {
        self.ends.events.send(event).await.map_err(|_| Halt::Closed)
    }
}

fn fault_of(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ResourceBusy => Fault::Denied,
        // Also ENXIO and ENODEV, which have no kind: the name is there, and no device behind it.
        _ => Fault::Absent,
    }
}
