//! The task that owns one modem: what comes in, what goes out, and how it comes back after it was lost.
//!
//! ```text
//! open ──→ start::bring_up ──→ sweep ──→ ready ──→ an announcement, a message to send, the minute's check ──┐
//!   ↑            │ no SIM, PIN, silence            ↑──────────────────────────────────────────────────────┘
//!   └── pause, growing from 1 s to 60 s ←── silence, unplugged
//! ```
//! A text: read its slot → hand it on → wait for the verdict → send the replies → delete the slot. A slot whose deletion
//! failed is remembered by its octets and only deleted when it is seen again. Not here yet: resets by command or power;
//! they belong where `run` pauses.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::ModemOptions;
use super::chat::{ANSWER_LIMIT, Chat, ChatError};
use super::lines::{Line, octets_of_line};
use super::network;
use super::profiles::Listing;
use super::pulse::Beat;
use super::start::{self, Halt, PinTrial, Up};
use crate::clock::Clock;
use crate::number::Number;
use crate::sms::bearer::{Event, Inbound, Outcome, Outgoing, Retry, State, Verdict};

/// Pauses before the port is opened again; each is twice the one before.
pub const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How often storage, SIM and network are looked at: the net under lost announcements.
const CHECK_PERIOD: Duration = Duration::from_secs(60);
/// The same while there is no network, or no announcements.
const HASTY_PERIOD: Duration = Duration::from_secs(5);
/// A full storage is listed within this by those that can; the others hang in it for ever.
const LIST_LIMIT: Duration = Duration::from_secs(60);

/// A modem that comes into the network is given what was kept for it, within a minute or two. What comes later is new.
const LIVE_AFTER: Duration = Duration::from_secs(600);

/// Lines that say the storage is full: nothing is announced from then on.
const FULL: [&str; 2] = ["^SMMEMFULL", "+SMS FULL"];
/// Lines of a modem that has just started: all it was told is forgotten.
const RESTARTED: [&str; 2] = ["RDY", "^SYSSTART"];

pub struct Driver {
    options: ModemOptions,
    clock: Clock,
    events: mpsc::Sender<Event>,
    submit: mpsc::Receiver<Outgoing>,
    stop: watch::Receiver<bool>,
    beat: Beat,
    told: Option<State>,
    trial: PinTrial,
    /// Once `CMGL` has hung, slots are read one by one.
    list_hangs: bool,
    /// Slots done with but not deleted yet, by storage and index; as many as a storage has.
    undeleted: BTreeMap<(String, u16), Vec<u8>>,
    pause: Duration,
}

impl Driver {
    pub fn new(
        options: ModemOptions,
        clock: Clock,
        events: mpsc::Sender<Event>,
        submit: mpsc::Receiver<Outgoing>,
        stop: watch::Receiver<bool>,
        beat: Beat,
    ) -> Driver {
        Driver {
            options,
            clock,
            events,
            submit,
            stop,
            beat,
            told: None,
            trial: PinTrial::Untried,
            list_hangs: false,
            undeleted: BTreeMap::new(),
            pause: FIRST_PAUSE,
        }
    }

    /// Drives the modem until it is closed.
    pub async fn run(&mut self) {
        loop {
            let Err(Halt::State(state)) = self.session().await else { break };
            log::warn!("modem {}: {state:?}", self.options.name);
            if self.tell(state).await.is_err() || self.wait().await.is_err() {
                break;
            }
        }
        self.submit.close();
        while let Some(outgoing) = self.submit.recv().await {
            let _ = self.outcome(&outgoing, Outcome::NotSent).await;
        }
    }

    /// From opening the port to losing it.
    async fn session(&mut self) -> Result<(), Halt> {
        self.check_open()?;
        self.tell(State::Starting).await?;
        let port = self.options.opener.open().await.map_err(Halt::lost)?;
        let mut chat = Chat::new(port, self.clock.clone(), self.beat.clone());
        let (pin, profile) = (self.options.pin.as_deref(), self.options.profile.as_deref());
        let mut stop = self.stop.clone();
        let up = tokio::select! {
            up = start::bring_up(&mut chat, &self.clock, pin, &mut self.trial, profile) => up?,
            _ = stop.wait_for(|stop| *stop) => return Err(Halt::Closed),
        };
        self.pause = FIRST_PAUSE;
        let number = self.options.number.clone().or_else(|| up.number.clone());
        let (registered_since, time_due) = (None, Duration::ZERO);
        let (sweep_due, live) = (false, false);
        Session { driver: self, chat, up, number, sweep_due, time_due, registered_since, live }.attend().await
    }

    /// Waits before the next attempt. What is handed over meanwhile certainly did not leave.
    async fn wait(&mut self) -> Result<(), Halt> {
        let clock = self.clock.clone();
        let pause = clock.sleep(self.pause);
        tokio::pin!(pause);
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        let mut beat = self.beat.clone();
        loop {
            tokio::select! {
                () = beat.during(&mut pause) => return self.check_open(),
                _ = self.stop.changed() => return Err(Halt::Closed),
                Some(outgoing) = self.submit.recv() => self.outcome(&outgoing, Outcome::NotSent).await?,
            }
        }
    }

    /// A dropped `Modem` closes like one told to.
    fn check_open(&self) -> Result<(), Halt> {
        if *self.stop.borrow() || self.stop.has_changed().is_err() { Err(Halt::Closed) } else { Ok(()) }
    }

    async fn tell(&mut self, state: State) -> Result<(), Halt> {
        if self.told.as_ref() == Some(&state) {
            return Ok(());
        }
        self.told = Some(state.clone());
        self.event(Event::State { bearer: self.options.name.clone(), state }).await
    }

    async fn outcome(&self, outgoing: &Outgoing, outcome: Outcome) -> Result<(), Halt> {
        let Outgoing { id, part, .. } = *outgoing;
        self.event(Event::Outcome { bearer: self.options.name.clone(), id, part, outcome }).await
    }

    async fn event(&self, event: Event) -> Result<(), Halt> {
        self.events.send(event).await.map_err(|_| Halt::Closed)
    }
}

/// A modem that is up.
struct Session<'a> {
    driver: &'a mut Driver,
    chat: Chat,
    up: Up,
    number: Option<Number>,
    sweep_due: bool,
    /// When, as the clock has passed, the time is to be asked for.
    time_due: Duration,
    /// Since when, as the clock has passed, a network has had it.
    registered_since: Option<Duration>,
    /// What is read now was announced just now.
    live: bool,
}

impl Session<'_> {
    async fn attend(mut self) -> Result<(), Halt> {
        self.sweep().await?;
        let clock = self.driver.clock.clone();
        loop {
            self.check().await?;
            let hasty = self.registered_since.is_none() || !self.up.announces;
            let pause = clock.sleep(if hasty { HASTY_PERIOD } else { CHECK_PERIOD });
            tokio::pin!(pause);
            while !self.sweep_due {
                tokio::select! {
                    biased;
                    _ = self.driver.stop.changed() => return Err(Halt::Closed),
                    line = self.chat.unsolicited() => self.unsolicited(line?).await?,
                    Some(outgoing) = self.driver.submit.recv() => self.send(&outgoing).await.map(drop)?,
                    () = &mut pause => self.sweep_due = true,
                }
            }
            self.driver.check_open()?;
            self.sweep().await?;
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
            let values = line.values();
            let (memory, index) = (values.first().cloned().unwrap_or_default(), line.number(1));
            match index {
                Some(index) => self.announced(memory, index).await?,
                None => self.sweep_due = true,
            }
        } else if text.starts_with("+CMT:") || text.starts_with("+CDS:") {
            if let Some(pdu) = &line.pdu {
                self.direct(pdu).await?;
            }
        } else if network::tells_time(text) {
            self.up.knows_time = true;
            self.ask_time().await?;
        } else if FULL.iter().any(|full| text.starts_with(full)) {
            self.sweep_due = true;
        } else if RESTARTED.contains(&text) {
            return Err(Halt::lost("the modem has restarted"));
        }
        Ok(())
    }

    /// Reads a slot in the storage that the announcement names, which is not always the one we chose.
    async fn announced(&mut self, memory: String, index: u16) -> Result<(), Halt> {
        let usual = self.up.memory.clone();
        if memory.is_empty() || memory == usual {
            return self.read(index).await;
        }
        if start::tolerate(&mut self.chat, &format!("AT+CPMS=\"{memory}\"")).await? {
            self.up.memory = memory;
            self.read(index).await?;
            start::tolerate(&mut self.chat, &format!("AT+CPMS=\"{usual}\"")).await?;
            self.up.memory = usual;
        }
        Ok(())
    }

    /// A message that came without being stored: it is acknowledged once it is ours.
    async fn direct(&mut self, pdu: &str) -> Result<(), Halt> {
        if let Verdict::Done { send } = self.hand_over(octets_of_line(pdu)).await? {
            if self.up.acknowledges {
                start::tolerate(&mut self.chat, "AT+CNMA").await?;
            }
            self.send_all(send).await?;
        }
        Ok(())
    }

    /// Everything in storage, in the order in which the network got it: a slot that became free is filled again, so
    /// the order of slots says nothing.
    async fn sweep(&mut self) -> Result<(), Halt> {
        self.sweep_due = false;
        if self.driver.list_hangs || self.up.profile.listing == Listing::ByIndex {
            return self.sweep_by_index().await;
        }
        let mut lines = match self.chat.run("AT+CMGL=4", &["+CMGL:"], LIST_LIMIT).await {
            Ok(lines) => lines,
            Err(ChatError::Refused(_)) => return self.sweep_by_index().await,
            Err(error) => {
                self.driver.list_hangs |= matches!(error, ChatError::Silent(_));
                return Err(error.into());
            }
        };
        let listed: Vec<u16> = lines.iter().filter_map(|line| line.number(0)).collect();
        let memory = &self.up.memory;
        self.driver.undeleted.retain(|(at, index), _| at != memory || listed.contains(index));
        lines.sort_by_cached_key(Line::stamp);
        for line in lines {
            if let Some(index) = line.number(0) {
                self.slot(index, line).await?;
            }
        }
        Ok(())
    }

    async fn sweep_by_index(&mut self) -> Result<(), Halt> {
        let Some(line) = start::inquire(&mut self.chat, "AT+CPMS?", "+CPMS:").await? else { return Ok(()) };
        let (Some(used), Some(total)) = (line.number(1), line.number(2)) else { return Ok(()) };
        let mut found = Vec::new();
        // Some count slots from 0, some from 1.
        for index in 0..=total {
            if found.len() == usize::from(used) {
                break;
            }
            found.extend(self.look(index).await?.map(|line| (index, line)));
        }
        found.sort_by_cached_key(|(_, line)| line.stamp());
        for (index, line) in found {
            self.slot(index, line).await?;
        }
        Ok(())
    }

    /// Reads one slot and does what is to be done with it.
    async fn read(&mut self, index: u16) -> Result<(), Halt> {
        match self.look(index).await? {
            Some(line) => self.slot(index, line).await,
            None => Ok(()),
        }
    }

    /// What is in a slot, if there is something.
    async fn look(&mut self, index: u16) -> Result<Option<Line>, Halt> {
        match self.chat.run(&format!("AT+CMGR={index}"), &["+CMGR:"], ANSWER_LIMIT).await {
            Ok(lines) => Ok(lines.into_iter().next()),
            Err(ChatError::Refused(_)) => {
                let memory = self.up.memory.clone();
                self.driver.undeleted.remove(&(memory, index));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn slot(&mut self, index: u16, line: Line) -> Result<(), Halt> {
        // Text mode names the state in words; its content would be lost here.
        if line.pdu.is_none() && line.text.contains('"') && (line.text.contains("REC ") || line.text.contains("STO ")) {
            return Err(Halt::lost("the modem has left PDU mode"));
        }
        let tpdu = octets_of_line(line.pdu.as_deref().unwrap_or_default());
        let key = (self.up.memory.clone(), index);
        if self.driver.undeleted.get(&key) != Some(&tpdu) {
            let Verdict::Done { send } = self.hand_over(tpdu.clone()).await? else { return Ok(()) };
            self.driver.undeleted.insert(key.clone(), tpdu);
            self.send_all(send).await?;
        }
        if start::tolerate(&mut self.chat, &format!("AT+CMGD={index}")).await? {
            self.driver.undeleted.remove(&key);
        }
        Ok(())
    }

    async fn hand_over(&mut self, tpdu: Vec<u8>) -> Result<Verdict, Halt> {
        let (answer, verdict) = oneshot::channel();
        let bearer = self.driver.options.name.clone();
        let inbound = Inbound { bearer, number: self.number.clone(), tpdu, live: self.live, answer };
        self.driver.event(Event::Inbound(inbound)).await?;
        Ok(verdict.await.unwrap_or(Verdict::Keep))
    }

    /// Sends in order. After a part that did not go out, the rest of its text waits: nobody pays for half a text.
    async fn send_all(&mut self, send: Vec<Outgoing>) -> Result<(), Halt> {
        let mut halted = Ok(());
        let mut broken_off = None;
        for outgoing in &send {
            if halted.is_err() || broken_off == Some(outgoing.id) {
                self.driver.outcome(outgoing, Outcome::NotSent).await?;
                continue;
            }
            match self.send(outgoing).await {
                Ok(true) => {}
                Ok(false) => broken_off = Some(outgoing.id),
                Err(halt) => halted = Err(halt),
            }
        }
        halted
    }

    /// Whether the network took it.
    async fn send(&mut self, outgoing: &Outgoing) -> Result<bool, Halt> {
        let (outcome, broken) = self.chat.submit(&outgoing.tpdu).await;
        let submitted = matches!(outcome, Outcome::Submitted { .. });
        let class = if let Outcome::Refused { class, .. } = &outcome { Some(*class) } else { None };
        self.driver.outcome(outgoing, outcome).await?;
        if let Some(error) = broken {
            return Err(error.into());
        }
        match class {
            Some(Retry::AfterSweep) => self.sweep_due = true,
            Some(Retry::Reset) => return Err(Halt::lost("the modem refuses without a reason of the network's")),
            _ => {}
        }
        Ok(submitted)
    }

    /// SIM, network and signal; tells the state they make.
    async fn check(&mut self) -> Result<(), Halt> {
        let sim = self.chat.ask("AT+CPIN?", "+CPIN:").await;
        match start::sim_state(&sim) {
            // It was up, so it had its PIN: it has lost power since.
            Some(State::PinNeeded) => return Err(Halt::lost("the modem has restarted")),
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
        self.driver.tell(network.state(self.number.clone())).await?;
        if registered && self.up.knows_time && passed >= self.time_due {
            self.ask_time().await?;
        }
        Ok(())
    }

    async fn ask_time(&mut self) -> Result<(), Halt> {
        let Some(time) = network::time(&mut self.chat).await? else { return Ok(()) };
        self.time_due = self.driver.clock.passed() + network::TIME_PERIOD;
        self.driver.event(Event::Time(time)).await
    }
}
