//! What a bearer and the SMS room say to each other. A bearer carries TPDUs and knows nothing of texts, sessions or
//! the store; the SMS room knows nothing of AT commands or sockets.
//!
//! A message is handed over while its row is on its way to the device: the bearer asks its network for room meanwhile, and
//! writes the message when the row is durable (`Handed`).
//!
//! Order of one text: `Event::Inbound` → the room stores it, with its reply already `submitting` → `Verdict::Done` →
//! the bearer sends the reply, tells the `Outcome`, and only then deletes the slot. Whoever hands over the next message
//! does so after the `Outcome` of the one before, while the bearer's last `State` is `Ready`.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use crate::clock::Time;
use crate::number::Number;
use crate::words::Word;

/// A message the bearer holds for us.
#[derive(Debug)]
pub struct Inbound {
    pub bearer: String,
    /// Our number on that SIM, if known.
    pub number: Option<Number>,
    /// DELIVER or STATUS-REPORT without service centre address; possibly octets that are neither.
    pub tpdu: Vec<u8>,
    /// It came just now, and the network did not keep it for a bearer that was away: its stamp tells the time.
    pub live: bool,
    /// Dropped without an answer it means `Keep`.
    pub answer: oneshot::Sender<Verdict>,
}

#[derive(Debug)]
pub enum Verdict {
    /// Not stored: leave it where it is, it is read again at the next sweep.
    Keep,
    /// Stored for good. Send these, already durable as submitting, in order; then delete the slot.
    Done { send: Vec<Outgoing> },
}

/// One SUBMIT to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The outbox row and the part of it, given back with the outcome.
    pub id: u64,
    pub part: u8,
    pub tpdu: Vec<u8>,
    pub witness: Witness,
}

impl Outgoing {
    /// To be called right before the octet that sends it is written, and not if it is not.
    pub fn leaves(&self) {
        self.witness.leaves(self.id, self.part);
    }
}

/// A message in a bearer's hands.
#[derive(Debug)]
pub struct Handed {
    pub outgoing: Outgoing,
    durable: Option<oneshot::Receiver<()>>,
}

impl Handed {
    /// Comes to true when its row says on the device that it is being submitted, and to false when it never will: then it
    /// must not leave, and no outcome is told.
    pub async fn is_durable(&mut self) -> bool {
        match self.durable.take() {
            Some(durable) => durable.await.is_ok(),
            None => true,
        }
    }
}

impl From<Outgoing> for Handed {
    /// Its row is durable already.
    fn from(outgoing: Outgoing) -> Handed {
        Handed { outgoing, durable: None }
    }
}

/// Is told what is about to leave, and makes no difference between two messages.
#[derive(Clone, Default)]
pub struct Witness(Option<Arc<dyn Fn(u64, u8) + Send + Sync>>);

impl Witness {
    pub fn new(note: impl Fn(u64, u8) + Send + Sync + 'static) -> Witness {
        Witness(Some(Arc::new(note)))
    }

    pub fn leaves(&self, id: u64, part: u8) {
        if let Some(note) = &self.0 {
            note(id, part);
        }
    }

    /// What was told last has not left, for certain.
    pub fn stays(&self) {
        // No message has the number 0.
        self.leaves(0, 0);
    }
}

impl PartialEq for Witness {
    fn eq(&self, _: &Witness) -> bool {
        true
    }
}

impl Eq for Witness {}

impl std::fmt::Debug for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Witness")
    }
}

/// What became of one SUBMIT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The network took it under this TP-MR.
    Submitted { reference: u8 },
    /// It did not leave. `hint` is for people.
    Refused { error: SubmitError, class: Retry, hint: Word },
    /// It may have left: it was written whole, and no answer came.
    Unknown,
    /// It certainly did not leave: it was never written whole.
    NotSent,
}

/// Why a bearer or network refused a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitError {
    /// `+CMS ERROR` (3GPP TS 27.005, 3.2.5).
    Cms(u16),
    /// `+CME ERROR` (3GPP TS 27.007, 9.2).
    Cme(u16),
    /// No number: plain `ERROR`, or words.
    Text(String),
}

/// What helps after a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same in seconds, a few times; then as `Later`.
    Soon,
    /// With growing pauses.
    Later,
    /// Nothing: permanent for this message.
    Never,
    /// The bearer starts itself anew: the same once it is ready again, a few times.
    Reset,
    /// Nothing goes out here until a person has done something.
    StopPort,
    /// Once, after the bearer has emptied its storage.
    AfterSweep,
}

/// How a bearer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Starting,
    /// It sends and receives. `signal` is 0 to 31 (27.007, 8.5).
    Ready {
        operator: Option<String>,
        signal: Option<u8>,
        number: Option<Number>,
    },
    NoSim,
    /// The SIM wants a PIN and none is configured.
    PinNeeded,
    /// The PIN was refused once and is not tried again.
    PinWrong,
    PukNeeded,
    /// It works, but no network has it; what is stored in it still comes in.
    NoNetwork,
    /// No answer, unplugged, or never there; it is tried again and again.
    Lost {
        why: String,
    },
}

impl State {
    /// As the API says it.
    pub fn name(&self) -> &'static str {
        match self {
            State::Starting => "starting",
            State::Ready { .. } => "ready",
            State::NoSim => "no_sim",
            State::PinNeeded => "pin_needed",
            State::PinWrong => "pin_wrong",
            State::PukNeeded => "puk_needed",
            State::NoNetwork => "no_network",
            State::Lost { .. } => "lost",
        }
    }
}

/// How a bearer brings status reports. Where none come, asking for them (TP-SRR) makes no sense.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reports {
    #[default]
    Off,
    /// At once, held nowhere (`+CDS`).
    Direct,
    /// Held in a slot like texts (`+CDSI`).
    Stored,
}

/// Where a bearer keeps what came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slots {
    /// As 27.005, 3.2.2 names it: `SM` is the SIM, `ME` the modem.
    pub memory: String,
    pub used: u16,
    pub total: u16,
}

/// One way in which messages were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `CMS 42`, or the modem's own words.
    pub error: String,
    pub count: u64,
    pub last: Time,
    pub hint: Word,
}

/// What is known of a bearer's device and of how it does, for people. The bearer keeps it current; what names the SIM
/// or the device is masked. Empty words: not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub maker: String,
    pub model: String,
    pub firmware: String,
    /// IMEI, ICCID and IMSI, masked.
    pub device: String,
    pub card: String,
    pub subscriber: String,
    /// The service centre that the SIM names.
    pub centre: String,
    pub profile: &'static str,
    /// The profile rests on a dialogue recorded from a real device, or on the simulator.
    pub is_proved: bool,
    pub operator: Option<String>,
    /// 0 to 31 (27.007, 8.5).
    pub signal: Option<u8>,
    pub slots: Option<Slots>,
    /// New texts are announced; else they are found by looking.
    pub announces: bool,
    pub reports: Reports,
    /// When it last answered.
    pub last_contact: Option<Time>,
    /// How often it was lost, and what was done to bring it back, by name.
    pub losses: u64,
    pub resets: Vec<(&'static str, u64)>,
    pub sent: u64,
    /// Sent without an answer: whether they left is not known.
    pub in_doubt: u64,
    pub received: u64,
    /// Messages that did not come whole out of it: they are read again, and left in it if that does not help.
    pub garbled: u64,
    /// The newest kinds of refusals.
    pub failures: Vec<Failure>,
    /// What a person can do about the state it is in.
    pub hint: Option<Word>,
}

#[derive(Debug)]
pub enum Event {
    Inbound(Inbound),
    Outcome {
        bearer: String,
        id: u64,
        part: u8,
        outcome: Outcome,
    },
    State {
        bearer: String,
        state: State,
    },
    /// What time it is, as the network has told.
    Time(Time),
}

/// The SMS room's end of a bearer.
#[derive(Debug, Clone)]
pub struct BearerHandle {
    pub name: String,
    /// As configured; one learned from the SIM comes with `State::Ready`.
    pub number: Option<Number>,
    /// Kept current as long as the bearer lives.
    pub facts: watch::Receiver<Facts>,
    submit: mpsc::Sender<Handed>,
}

impl BearerHandle {
    /// The handle and the bearer's end. One message waits at most.
    pub fn new(name: String, number: Option<Number>) -> (BearerHandle, mpsc::Receiver<Handed>) {
        let (submit, receiver) = mpsc::channel(1);
        let facts = watch::channel(Facts::default()).1;
        (BearerHandle { name, number, facts, submit }, receiver)
    }

    /// The same with what the bearer tells of itself.
    pub fn with_facts(self, facts: watch::Receiver<Facts>) -> BearerHandle {
        BearerHandle { facts, ..self }
    }

    /// Hands over one message whose row is about to be made durable; what it gives is to be told so, or dropped. The outcome
    /// comes as an event, `NotSent` at once from a bearer that is not ready. `None` if another message still waits or the
    /// bearer has been closed.
    pub fn announce(&self, outgoing: Outgoing) -> Option<oneshot::Sender<()>> {
        let (done, durable) = oneshot::channel();
        self.submit.try_send(Handed { outgoing, durable: Some(durable) }).ok()?;
        Some(done)
    }

    /// Hands over one message whose row is durable, waiting while another one waits. False when the bearer has been closed.
    pub async fn submit(&self, outgoing: Outgoing) -> bool {
        self.submit.send(outgoing.into()).await.is_ok()
    }
}
