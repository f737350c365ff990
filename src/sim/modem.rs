//! A modem that is not there, with a network behind it: for the demo, sales and tests. To the driver it is one more port;
//! over a pseudo terminal also to any other program that speaks AT.
//!
//! `device` answers commands; here are the line (echo, prompt, announcements), the phones on the other side, and what can
//! go wrong. Not here: the handset page.

mod device;
mod network;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{broadcast, watch};

use self::device::{Answer, COMMAND_OCTETS, Device};
use self::network::NetworkTime;
use crate::clock::{Clock, Time};
use crate::modem::port::{Opener, Opening, Port};
use crate::number::Number;
use crate::sms::fields::{Address, Alphabet, Scts, concat_of};
use crate::sms::parts::{self, Piece};
use crate::sms::pdu::{Deliver, Submit};
use crate::words::Lang;

pub use self::device::Trouble;

/// What a slow reader of `sent` may lag behind.
const SENT_KEPT: usize = 4096;
/// Senders whose last stamp is remembered.
const SENDERS_KEPT: usize = 4096;
/// Texts of several parts that are not complete; the oldest goes.
const UNFINISHED_KEPT: usize = 64;
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

struct State {
    device: Device,
    unfinished: VecDeque<Vec<Vec<u8>>>,
    submitted: u64,
    reference: u8,
    /// The stamp of each sender's last text.
    stamps: HashMap<String, Time>,
    plugged: bool,
    /// How often it was pulled: a line ends even if the device is back at once.
    pulled: u64,
    hung: bool,
    network_delay: Duration,
    byte_wise: bool,
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
            hung: false,
            network_delay: Duration::ZERO,
            byte_wise: false,
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
            let mut tpdus = submits.into_iter().map(|submit| delivered(submit, address.clone(), time).emit());
            tpdus.all(|tpdu| tpdu.is_ok_and(|tpdu| state.device.deliver(tpdu)))
        })
    }

    /// Any octets as the network might bring them.
    pub fn deliver_tpdu(&self, tpdu: Vec<u8>) -> bool {
        self.change(|state| state.device.deliver(tpdu))
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

    pub fn occupied_slots(&self) -> usize {
        self.lock().device.occupied()
    }

    /// How long the network takes for each message sent.
    pub fn set_network_delay(&self, delay: Duration) {
        self.change(|state| state.network_delay = delay);
    }

    /// Writes octet by octet, so that a reader sees every cut.
    pub fn set_byte_wise(&self, on: bool) {
        self.change(|state| state.byte_wise = on);
    }

    /// For the next `AT+CMGS` that has none yet.
    pub fn trouble_next(&self, trouble: Trouble) {
        self.change(|state| state.device.trouble(trouble));
    }

    /// Commands with this beginning are refused from now on.
    pub fn refuse(&self, beginning: &str) {
        self.change(|state| state.device.refuse(beginning));
    }

    /// Takes everything and says nothing.
    pub fn set_hung(&self, on: bool) {
        self.change(|state| state.hung = on);
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
        self.change(|state| state.device.identity = [maker.to_owned(), model.to_owned()]);
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
        let mut changes = self.0.changes.subscribe();
        let pulled = self.lock().pulled;
        let mut line = Line { modem: self.clone(), stream, command: Vec::new(), pdu_octets: None };
        let mut octets = [0; 512];
        loop {
            changes.mark_unchanged();
            if self.lock().pulled != pulled {
                return Ok(());
            }
            line.announce().await?;
            tokio::select! {
                _ = changes.changed() => {}
                count = line.stream.read(&mut octets) => match count? {
                    0 => return Ok(()),
                    count => line.take(&octets[..count]).await?,
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

    /// One SUBMIT reached the network; tells it once its text is complete.
    fn reached_network(&self, tpdu: Vec<u8>) {
        let complete = self.change(|state| {
            state.submitted += 1;
            state.collect(tpdu)
        });
        if let Some(message) = complete.and_then(message_of) {
            // Nobody listening is no error.
            let _ = self.0.sent.send(message);
        }
    }
}

impl Opener for SimModem {
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

impl State {
    /// Puts a part to its text; all parts in order when that is complete.
    fn collect(&mut self, tpdu: Vec<u8>) -> Option<Vec<Vec<u8>>> {
        let key = |tpdu: &[u8]| {
            let submit = Submit::parse(tpdu).ok()?;
            let concat = concat_of(&submit.data.elements)?;
            Some((submit.to.to_string(), concat.reference, concat.total, concat.index))
        };
        let Some((to, reference, total, index)) = key(&tpdu) else { return Some(vec![tpdu]) };
        let same = |parts: &Vec<Vec<u8>>| {
            key(&parts[0]).is_some_and(|(t, r, n, _)| (t.as_str(), r, n) == (to.as_str(), reference, total))
        };
        let place = self.unfinished.iter().position(same).unwrap_or_else(|| {
            if self.unfinished.len() == UNFINISHED_KEPT {
                self.unfinished.pop_front();
            }
            self.unfinished.push_back(Vec::new());
            self.unfinished.len() - 1
        });
        let parts = &mut self.unfinished[place];
        // A part sent again replaces the one before.
        parts.retain(|part| key(part).is_none_or(|(.., i)| i != index));
        parts.push(tpdu);
        if parts.len() < usize::from(total) {
            return None;
        }
        parts.sort_by_key(|part| key(part).map(|(.., i)| i));
        self.unfinished.remove(place)
    }
}

/// What the network makes of a phone's SUBMIT.
fn delivered(submit: Submit, from: Address, time: Time) -> Deliver {
    let Submit { pid, dcs, data, .. } = submit;
    let stamp = Scts::of(time, QUARTERS);
    let (loop_prevention, report_indication, reply_path) = (false, false, false);
    Deliver { more: false, loop_prevention, report_indication, reply_path, from, pid, dcs, stamp, data }
}

fn message_of(tpdus: Vec<Vec<u8>>) -> Option<SentMessage> {
    let submits: Vec<Submit> = tpdus.iter().filter_map(|tpdu| Submit::parse(tpdu).ok()).collect();
    let first = submits.first()?;
    let pieces: Vec<Piece> = (1..=u8::MAX)
        .zip(&submits)
        .map(|(index, submit)| Piece { index, alphabet: submit.dcs.alphabet(), units: submit.data.units.clone() })
        .collect();
    let is_text = first.dcs.alphabet() != Alphabet::Octets;
    let text = is_text.then(|| parts::join(pieces.len() as u8, &pieces, Lang::default()));
    Some(SentMessage { to: first.to.to_string(), text, tpdus })
}

/// The serial line, from the modem's side.
struct Line<S> {
    modem: SimModem,
    stream: S,
    command: Vec<u8>,
    /// Set between the prompt and Ctrl-Z.
    pdu_octets: Option<usize>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    async fn take(&mut self, octets: &[u8]) -> io::Result<()> {
        for octet in octets {
            if self.modem.lock().hung {
                continue;
            }
            if self.modem.lock().device.echoes() {
                self.write(&[*octet]).await?;
            }
            match (octet, self.pdu_octets) {
                (b'\r', None) => {
                    let line = std::mem::take(&mut self.command);
                    let line = String::from_utf8_lossy(&line).into_owned();
                    let answer = self.modem.change(|state| state.device.command(&line));
                    self.answer(answer).await?;
                }
                (0x1A, Some(count)) => {
                    self.pdu_octets = None;
                    let pdu = std::mem::take(&mut self.command);
                    let pdu = String::from_utf8_lossy(&pdu).into_owned();
                    let delay = self.modem.lock().network_delay;
                    if !delay.is_zero() {
                        tokio::time::sleep(delay).await;
                    }
                    let answer = self.modem.change(|state| state.device.pdu(count, &pdu));
                    self.answer(answer).await?;
                }
                (0x1B, Some(_)) => {
                    self.pdu_octets = None;
                    self.command.clear();
                    self.write(b"\r\nOK\r\n").await?;
                }
                (b'\n' | 0x1B, None) => {}
                _ if self.command.len() < COMMAND_OCTETS => self.command.push(*octet),
                _ => {}
            }
        }
        Ok(())
    }

    async fn answer(&mut self, answer: Option<Answer>) -> io::Result<()> {
        let Some(answer) = answer else { return Ok(()) };
        self.pdu_octets = answer.pdu_octets;
        if let Some(tpdu) = answer.sent {
            self.modem.reached_network(tpdu);
        }
        self.write(answer.text.as_bytes()).await
    }

    /// Not while a PDU is awaited: it would stand in the middle of its echo.
    async fn announce(&mut self) -> io::Result<()> {
        if self.pdu_octets.is_some() || self.modem.lock().hung {
            return Ok(());
        }
        let lines = self.modem.lock().device.announcements();
        self.write(lines.as_bytes()).await
    }

    async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        if !self.modem.lock().byte_wise {
            self.stream.write_all(octets).await?;
            return self.stream.flush().await;
        }
        for octet in octets {
            self.stream.write_all(&[*octet]).await?;
            self.stream.flush().await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}
