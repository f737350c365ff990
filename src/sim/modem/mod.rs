//! A modem that is not there, with a network behind it: for the demo, sales and tests. To the driver it is one more port;
//! over a pseudo terminal also to any other program that speaks AT.
//!
//! `device` answers commands and `messages` those about texts; `line` is its side of the serial line, `makers` whose it can
//! be, `faults` the words for what goes wrong, `state` what all that changes. Here: its handle. Not here: the handset page.

mod commands;
mod device;
pub mod faults;
mod line;
pub mod makers;
mod messages;
mod network;
mod state;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{broadcast, watch};

use self::device::Device;
use self::faults::{Cure, When};
use self::line::{Line, Weather};
use self::network::NetworkTime;
use self::state::{State, message_of};
use crate::clock::{Clock, Time};
use crate::modem::port::{Cut, Opener, Opening, Port};
use crate::number::Number;
use crate::sms::fields::Address;
use crate::sms::parts;

pub use self::device::Trouble;
pub use self::state::delivered;

/// What a slow reader of `sent` may lag behind.
const SENT_KEPT: usize = 4096;
/// Senders whose last stamp is remembered.
const SENDERS_KEPT: usize = 4096;
/// China's clock, in quarter hours before UTC.
const QUARTERS: i8 = 32;
/// The room of the line between driver and modem in this process.
const LINE_OCTETS: usize = 4096;

/// A message that reached the network, all its parts together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentMessage {
    /// As dialled: `+86…` or a short code.
    pub to: String,
    /// `None` for data such as a WAP push.
    pub text: Option<String>,
    /// The SUBMITs in the order of their parts.
    pub tpdus: Vec<Vec<u8>>,
}

/// The simulated modem; a clone is the same one.
#[derive(Clone)]
pub struct SimModem(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Counts whatever changed: what waits for something looks again.
    changes: watch::Sender<u64>,
    sent: broadcast::Sender<SentMessage>,
}

impl SimModem {
    /// A modem whose SIM has this number and so many slots, without a PIN.
    pub fn new(number: Number, slots: usize) -> SimModem {
        let state = State {
            device: Device::new(number, slots),
            unfinished: VecDeque::new(),
            submitted: 0,
            reference: 0,
            stamps: HashMap::new(),
            plugged: true,
            pulled: 0,
            weather: Weather::default(),
            network_delay: Duration::ZERO,
            duplicates: false,
            reversed: false,
            reports: When::After(Duration::ZERO),
            report_status: 0,
            cuts: Vec::new(),
        };
        let (changes, sent) = (watch::Sender::new(0), broadcast::Sender::new(SENT_KEPT));
        SimModem(Arc::new(Shared { state: Mutex::new(state), changes, sent }))
    }

    /// A person texts: split as a phone does, into slots, or into the network's queue while they are full. A sender
    /// with letters is a service's name. `false`: thousands wait already, and a part of it is lost.
    pub fn deliver(&self, from: &str, text: &str, time: Time) -> bool {
        let sender = Number::parse(from);
        let address = sender.as_ref().map_or_else(|| Address::alphanumeric(from), Address::of);
        self.change(|state| {
            state.reference = state.reference.wrapping_add(1);
            // Only the address of these differs from what a phone's network delivers.
            let Some(any) = sender.or_else(|| Number::parse("0")) else { return false };
            // Service centres stamp whole seconds; two texts of one person's same words must not look like one delivered
            // twice. Those of others do not count: the stamps would run ahead of the time.
            let after = state.stamps.get(from).map_or(time, |last| last.plus(Duration::from_secs(1)));
            let time = time.max(after);
            if state.stamps.len() >= SENDERS_KEPT {
                state.stamps.clear();
            }
            state.stamps.insert(from.to_owned(), time);
            let submits = parts::submits(&any, text, state.reference, None, false);
            let tpdus = submits.into_iter().map(|submit| delivered(submit, address.clone(), time).emit());
            let mut tpdus: Vec<_> = tpdus.collect();
            if state.reversed {
                tpdus.reverse();
            }
            tpdus.into_iter().all(|tpdu| tpdu.is_ok_and(|tpdu| state.deliver(tpdu)))
        })
    }

    /// Any octets as the network might bring them.
    pub fn deliver_tpdu(&self, tpdu: Vec<u8>) -> bool {
        self.change(|state| state.deliver(tpdu))
    }

    /// What goes wrong from now on, in the words of `faults`.
    ///
    /// # Errors
    /// The words, if they name nothing.
    pub fn suffer(&self, words: &str) -> Result<(), String> {
        let fault = faults::read(words)?;
        self.change(|state| state.suffer(fault));
        Ok(())
    }

    /// The device can be cut off so.
    pub fn allow_cut(&self, cut: Cut) {
        self.change(|state| state.cuts.push(cut));
    }

    /// The messages that reach the network from now on.
    pub fn sent(&self) -> broadcast::Receiver<SentMessage> {
        self.0.sent.subscribe()
    }

    /// Waits until every message that was delivered has been read and deleted.
    pub async fn idle(&self) {
        self.until(|state| state.device.is_idle()).await;
    }

    /// SUBMITs that reached the network so far.
    pub fn submitted(&self) -> u64 {
        self.lock().submitted
    }

    /// Nothing waits to be announced.
    pub fn announced(&self) -> bool {
        self.lock().device.announcements.is_empty()
    }

    /// CNMI tells it to announce texts.
    pub fn announces(&self) -> bool {
        self.lock().device.settings.notify[1] == 1
    }

    pub fn occupied_slots(&self) -> usize {
        self.lock().device.stores.occupied()
    }

    /// How long the network takes for each message sent.
    pub fn set_network_delay(&self, delay: Duration) {
        self.change(|state| state.network_delay = delay);
    }

    /// Writes octet by octet, so that a reader sees every cut.
    pub fn set_byte_wise(&self, on: bool) {
        self.change(|state| state.weather.byte_wise = on);
    }

    /// For the next `AT+CMGS` that has none yet.
    pub fn trouble_next(&self, trouble: Trouble) {
        self.change(|state| state.device.trouble(trouble));
    }

    /// Commands with this beginning are refused from now on.
    pub fn refuse(&self, beginning: &str) {
        self.change(|state| state.device.refused.push(beginning.to_owned()));
    }

    /// Takes everything and says nothing.
    pub fn set_hung(&self, on: bool) {
        self.change(|state| state.weather.hung = on.then_some(Cure::Nothing));
    }

    /// Makes the SIM ask for a PIN.
    pub fn set_pin(&self, pin: &str) {
        self.change(|state| state.device.lock(pin));
    }

    /// Wrong PINs entered so far.
    pub fn pin_tries(&self) -> u8 {
        self.lock().device.pin_tries()
    }

    /// As in `+CREG`: 1 home, 2 searching, 3 denied, 5 roaming.
    pub fn set_registration(&self, status: u8) {
        self.change(|state| state.device.registration = status);
    }

    /// It is `now` in the network, which tells it with `+CTZV`; its time passes with `clock`, whatever that shows.
    pub fn set_network_time(&self, clock: &Clock, now: Time) {
        self.change(|state| {
            state.device.time = Some(NetworkTime::new(clock.clone(), now));
            state.device.time_is_new = true;
        });
    }

    /// Maker and model, as the driver's profiles know them.
    pub fn set_identity(&self, maker: &str, model: &str) {
        self.change(|state| [maker, model].map(str::to_owned).swap_with_slice(&mut state.device.identity[..2]));
    }

    /// Pulls the device; slots and PIN stay on the SIM, all settings are forgotten.
    pub fn unplug(&self) {
        self.change(|state| {
            state.plugged = false;
            state.pulled += 1;
            state.device.power_off();
        });
    }

    pub fn replug(&self) {
        self.change(|state| state.plugged = true);
    }

    /// Is the modem on the other end of `stream` until that closes or the modem is unplugged.
    pub async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let (mut changes, pulled) = (self.0.changes.subscribe(), self.lock().pulled);
        let mut line = Line::new(self.clone(), stream);
        loop {
            changes.mark_unchanged();
            if self.lock().pulled != pulled {
                return Ok(());
            }
            line.announce().await?;
            tokio::select! {
                _ = changes.changed() => {}
                octets = line.read() => match octets? {
                    octets if octets.is_empty() => return Ok(()),
                    octets => line.take(&octets).await?,
                },
            }
        }
    }

    async fn until(&self, reached: impl Fn(&State) -> bool) {
        let mut changes = self.0.changes.subscribe();
        // The sender lives in `self`, so the wait ends only when the state is reached.
        let _ = changes.wait_for(|_| reached(&self.lock())).await;
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.0.changes.send_modify(|count| *count = count.wrapping_add(1));
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One SUBMIT reached the network under this reference; tells it once its text is complete. What comes back is a
    /// status report that was asked for, for after the answer.
    fn reached_network(&self, tpdu: Vec<u8>) -> Option<Vec<u8>> {
        let (complete, report) = self.change(|state| {
            state.submitted += 1;
            let report = state.report_of(&tpdu);
            (state.collect(tpdu), report)
        });
        if let Some(message) = complete.and_then(message_of) {
            // Nobody listening is no error.
            let _ = self.0.sent.send(message);
        }
        let (report, when) = (report?, self.lock().reports);
        match when {
            When::Never => None,
            When::After(Duration::ZERO) => Some(report),
            When::Early => {
                self.change(|state| state.device.report(report));
                None
            }
            When::After(long) => {
                let (modem, clock) = (self.clone(), self.lock().device.time.as_ref().map(NetworkTime::clock));
                tokio::spawn(async move {
                    match clock {
                        Some(clock) => clock.sleep(long).await,
                        None => tokio::time::sleep(long).await,
                    }
                    modem.change(|state| state.device.report(report));
                });
                None
            }
        }
    }
}

impl Opener for SimModem {
    fn can_cut(&self, cut: Cut) -> bool {
        self.lock().cuts.contains(&cut)
    }

    fn cut(&self, cut: Cut, off: bool) -> io::Result<()> {
        match off {
            true => self.unplug(),
            false => self.change(|state| {
                state.plugged = true;
                let cures = [Some(Cure::Power), Some(Cure::Usb), Some(Cure::Restart), Some(Cure::Radio)];
                if cures[usize::from(cut == Cut::Usb)..].contains(&state.weather.hung) {
                    state.weather.hung = None;
                }
            }),
        }
        Ok(())
    }

    fn open(&self) -> Opening<'_> {
        Box::pin(async {
            if !self.lock().plugged {
                return Err(io::Error::new(io::ErrorKind::NotFound, "unplugged"));
            }
            let (ours, theirs) = tokio::io::duplex(LINE_OCTETS);
            let modem = self.clone();
            tokio::spawn(async move {
                if let Err(error) = modem.serve(theirs).await {
                    log::debug!("simulated modem: {error}");
                }
            });
            Ok(Box::new(ours) as Port)
        })
    }
}
