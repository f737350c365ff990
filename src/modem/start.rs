//! Brings a modem from an open port to PDU mode with announcements on (3GPP TS 27.005, 3; TS 27.007, 5 to 8).
//!
//! ```text
//! AT until OK → ATE0 → CMEE → who are you → CPIN ──READY──→ CMGF → CSMS → CPMS → CNMI → CMMS → CTZU → CNUM, SIM → up
//!                                            ├─ SIM PIN ── once ──↑
//!                                            └─ PUK, no SIM, wrong PIN → a State, tried again later
//! ```
//! What changes while it runs is asked in `network`; the driver says when.

use std::time::Duration;

use super::chat::{ANSWER_LIMIT, Chat, ChatError};
use super::driver::ladder::Fault;
use super::lines::Line;
use super::network;
use super::profiles::{self, Profile, Proof};
use super::trace::masked_number;
use crate::clock::Clock;
use crate::number::Number;
use crate::sms::bearer::{Facts, Reports, Slots, State, SubmitError};

/// A modem that wakes up answers within a second or not to this `AT`.
const WAKE_LIMIT: Duration = Duration::from_secs(1);
/// USB modems need up to half a minute after power-on.
pub const WAKE_TRIES: usize = 30;
/// "SIM busy" (CME 14) passes within half a minute of a start.
const SIM_BUSY_TRIES: usize = 30;
const SIM_BUSY_PAUSE: Duration = Duration::from_secs(1);
/// Entering a PIN makes a modem read the whole SIM.
const PIN_LIMIT: Duration = Duration::from_secs(30);
/// What is kept of a maker's own words.
const WORD_CHARS: usize = 48;
/// The numbers of devices, subscribers and cards have 15 to 20 digits (TS 23.003, 2.2 and 6.2; ITU-T E.118).
const SERIAL_DIGITS: usize = 14;

/// Whether the configured PIN may be entered: three wrong ones lock a SIM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinTrial {
    Untried,
    /// It was right, so it may be entered again after the modem lost power.
    Right,
    Wrong,
}

/// Why a modem is not up.
pub enum Halt {
    /// The box is closing.
    Closed,
    /// Its SIM wants a person.
    State(State),
    Lost(Fault, String),
}

impl Halt {
    pub fn lost(fault: Fault, why: impl std::fmt::Display) -> Halt {
        Halt::Lost(fault, why.to_string())
    }
}

impl From<ChatError> for Halt {
    fn from(error: ChatError) -> Self {
        let fault = match error {
            ChatError::Lost(_) => Fault::Gone,
            ChatError::Silent(_) => Fault::Silent,
            ChatError::Refused(_) | ChatError::Unanswered(_) => Fault::Refusing,
        };
        Halt::lost(fault, error)
    }
}

/// What is known of a modem that is up.
pub struct Up {
    pub profile: &'static Profile,
    /// Where messages are stored, as CPMS names it.
    pub memory: String,
    pub notified: Notified,
    /// Messages that come directly must be acknowledged with CNMA.
    pub acknowledges: bool,
    /// The modem said it sets its clock by the network.
    pub knows_time: bool,
    pub number: Option<Number>,
    /// What it says of itself and its SIM; the rest comes while it runs.
    pub facts: Facts,
}

pub async fn bring_up(
    chat: &mut Chat,
    clock: &Clock,
    pin: Option<&str>,
    trial: &mut PinTrial,
    profile: Option<&str>,
) -> Result<Up, Halt> {
    tolerate(chat, "ATE0").await?;
    tolerate(chat, "AT+CMEE=1").await?;
    if let Err(error @ (ChatError::Silent(_) | ChatError::Lost(_))) = chat.ask("AT+CMEE?", "+CMEE:").await {
        return Err(error.into());
    }
    chat.forget_unsolicited();
    let words = identity(chat).await?;
    let profile = profile.and_then(profiles::named).unwrap_or_else(|| profiles::detected(&words.concat()));
    unlock(chat, clock, pin, trial).await?;
    for command in profile.init {
        tolerate(chat, command).await?;
    }
    if !tolerate(chat, "AT+CMGF=0").await? {
        return Err(Halt::lost(Fault::Refusing, "the modem has no PDU mode"));
    }
    let service = if tolerate(chat, "AT+CSMS=0").await? { 0 } else { service(chat).await?.unwrap_or(0) };
    let acknowledges = profile.acknowledges && service == 1;
    let memory = storage(chat, profile).await?;
    let notified = notify(chat, profile).await?;
    let (announces, reports) = (notified.announces(), notified.reports.unwrap_or_default());
    // Keeps the radio link between messages of one burst, where a modem can.
    tolerate(chat, "AT+CMMS=2").await?;
    let knows_time = network::follow_time(chat, profile).await?;
    let number = own_number(chat).await?;
    let facts = Facts { announces, reports, ..about(chat, profile, words).await? };
    log::debug!("modem: profile {}, storage {memory}, announces {announces}, reports {reports:?}", profile.name);
    Ok(Up { profile, memory, notified, acknowledges, knows_time, number, facts })
}

/// Whether the modem took a command; only silence and a lost port are errors.
pub async fn tolerate(chat: &mut Chat, command: &str) -> Result<bool, ChatError> {
    taken(chat.run(command, &[], ANSWER_LIMIT).await)
}

/// The first line of an answer, or `None` if the modem refuses the question or never answers it.
pub async fn inquire(chat: &mut Chat, command: &str, prefix: &str) -> Result<Option<Line>, ChatError> {
    match chat.run(command, &[prefix], ANSWER_LIMIT).await {
        Ok(lines) => Ok(lines.into_iter().next()),
        Err(ChatError::Refused(_) | ChatError::Unanswered(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The state that a SIM which needs a person is in; `None` if it is ready or the modem cannot say.
pub fn sim_state(answer: &Result<Line, ChatError>) -> Option<State> {
    match answer {
        Ok(line) => match line.values().first().map(String::as_str) {
            Some("SIM PIN") => Some(State::PinNeeded),
            Some("SIM PUK") => Some(State::PukNeeded),
            // PIN2 and PUK2 guard other things than messages; PH-… locks the modem to another SIM.
            Some(other) if other.starts_with("PH-") => Some(State::Lost { why: format!("locked: {other}") }),
            _ => None,
        },
        Err(ChatError::Refused(SubmitError::Cme(code))) => match code {
            10 | 13 | 15 => Some(State::NoSim),
            11 => Some(State::PinNeeded),
            12 => Some(State::PukNeeded),
            _ => None,
        },
        Err(_) => None,
    }
}

pub async fn wake(chat: &mut Chat, tries: usize) -> Result<(), Halt> {
    for attempt in 0..tries {
        // It may still wait for the PDU of a message that was cut off.
        if attempt > 0 {
            chat.escape().await?;
        }
        match chat.call("AT", WAKE_LIMIT).await {
            Ok(()) => return Ok(()),
            Err(error @ ChatError::Lost(_)) => return Err(error.into()),
            Err(_) => {}
        }
    }
    Err(Halt::lost(Fault::Silent, "no answer to AT"))
}

/// Maker, model, firmware, and all of them in the modem's own order.
pub async fn identity(chat: &mut Chat) -> Result<[String; 4], Halt> {
    let mut words: [String; 4] = Default::default();
    for (words, command) in words.iter_mut().zip(["AT+CGMI", "AT+CGMM", "AT+CGMR", "ATI"]) {
        match chat.run(command, &["", "+CGMI:", "+CGMM:", "+CGMR:"], ANSWER_LIMIT).await {
            Ok(lines) => words.extend(lines.iter().flat_map(|line| [line.text.as_str(), "\n"])),
            Err(ChatError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(words)
}

/// What is known once the SIM is open. None of it is needed.
async fn about(chat: &mut Chat, profile: &'static Profile, words: [String; 4]) -> Result<Facts, Halt> {
    let [maker, model, firmware, _] = words.map(|text| {
        let line = text.lines().next().unwrap_or_default();
        let value = line.split_once(": ").map_or(line, |(_, value)| value);
        value.trim().trim_matches('"').chars().take(WORD_CHARS).collect()
    });
    let device = digits(chat, "AT+CGSN", "+CGSN:").await?;
    let subscriber = digits(chat, "AT+CIMI", "+CIMI:").await?;
    let prefix = profile.card.trim_start_matches("AT").trim_end_matches('?');
    let card = digits(chat, profile.card, prefix).await?;
    let centre = inquire(chat, "AT+CSCA?", "+CSCA:").await?;
    let centre = centre.and_then(|line| line.values().first().cloned()).unwrap_or_default();
    let is_proved = profile.proof != Proof::Published;
    Ok(Facts {
        maker,
        model,
        firmware,
        device,
        card,
        subscriber,
        centre,
        profile: profile.name,
        is_proved,
        ..Facts::default()
    })
}

/// The number that a line consists of, or its first value, masked.
async fn digits(chat: &mut Chat, command: &str, prefix: &str) -> Result<String, Halt> {
    let lines = match chat.run(command, &[prefix, ""], ANSWER_LIMIT).await {
        Ok(lines) => lines,
        Err(ChatError::Refused(_) | ChatError::Unanswered(_)) => return Ok(String::new()),
        Err(error) => return Err(error.into()),
    };
    let longest = |line: &Line| {
        let words = line.text.split(|c: char| !c.is_ascii_hexdigit()).map(|word| word.trim_end_matches('F'));
        words.filter(|word| word.bytes().all(|c| c.is_ascii_digit())).max_by_key(|word| word.len()).map(str::to_owned)
    };
    let found = lines.iter().filter_map(longest).max_by_key(String::len).filter(|found| found.len() >= SERIAL_DIGITS);
    Ok(found.map_or_else(String::new, |found| masked_number(&found)))
}

async fn unlock(chat: &mut Chat, clock: &Clock, pin: Option<&str>, trial: &mut PinTrial) -> Result<(), Halt> {
    let state = match wait_for_sim(chat, clock).await? {
        None => return Ok(()),
        Some(State::PinNeeded) => match (pin, *trial) {
            (None, _) => State::PinNeeded,
            (Some(_), PinTrial::Wrong) => State::PinWrong,
            (Some(pin), _) => {
                // Counted as wrong until the modem has taken it: a crash or silence must not lead to a second try.
                *trial = PinTrial::Wrong;
                match chat.once(&format!("AT+CPIN=\"{pin}\""), &[], PIN_LIMIT).await {
                    Ok(_) | Err(ChatError::Unanswered(_)) => {}
                    Err(ChatError::Refused(_)) => return Err(Halt::State(State::PinWrong)),
                    Err(error) => return Err(error.into()),
                }
                match wait_for_sim(chat, clock).await? {
                    None => {
                        *trial = PinTrial::Right;
                        return Ok(());
                    }
                    Some(state) => state,
                }
            }
        },
        Some(state) => state,
    };
    Err(Halt::State(state))
}

/// Asks until the SIM is no longer busy. Some modems name the PIN state for a moment after it was entered; they say
/// busy first, so the first other answer counts.
pub async fn wait_for_sim(chat: &mut Chat, clock: &Clock) -> Result<Option<State>, Halt> {
    for _ in 0..SIM_BUSY_TRIES {
        let answer = chat.ask("AT+CPIN?", "+CPIN:").await;
        match answer {
            Err(ChatError::Refused(SubmitError::Cme(14))) => clock.sleep(SIM_BUSY_PAUSE).await,
            Err(error @ (ChatError::Silent(_) | ChatError::Lost(_))) => return Err(error.into()),
            answer => return Ok(sim_state(&answer)),
        }
    }
    Err(Halt::lost(Fault::Refusing, "SIM busy"))
}

async fn service(chat: &mut Chat) -> Result<Option<u16>, Halt> {
    Ok(inquire(chat, "AT+CSMS?", "+CSMS:").await?.and_then(|line| line.number(0)))
}

/// Chooses where messages are kept, and says where that is: some take any command and change nothing.
async fn storage(chat: &mut Chat, profile: &Profile) -> Result<String, Halt> {
    let mut chosen = "SM".to_owned();
    for command in profile.storage {
        if !tolerate(chat, command).await? {
            continue;
        }
        chosen = command.split('"').nth(1).unwrap_or("SM").to_owned();
        match slots(chat).await? {
            // A store without slots keeps nothing.
            Some(slots) if slots.total == 0 => continue,
            Some(slots) if !slots.memory.is_empty() => return Ok(slots.memory),
            _ => return Ok(chosen),
        }
    }
    log::warn!("modem: took no storage command; reading from {chosen}");
    Ok(chosen)
}

/// The storage that is read from, as `CPMS?` has it.
pub async fn slots(chat: &mut Chat) -> Result<Option<Slots>, ChatError> {
    let Some(line) = inquire(chat, "AT+CPMS?", "+CPMS:").await? else { return Ok(None) };
    let (memory, used, total) = (line.values().first().cloned(), line.number(1), line.number(2));
    let whole = memory.zip(used).zip(total);
    Ok(whole.map(|((memory, used), total)| Slots { memory, used, total }))
}

/// What a modem announces.
pub struct Notified {
    /// `None`: nothing; messages are found by sweeping only.
    pub reports: Option<Reports>,
    /// As it shows it itself.
    pub shown: Option<Line>,
}

impl Notified {
    pub fn announces(&self) -> bool {
        self.reports.is_some()
    }
}

/// Turns announcements on, with the best kind of reports that the modem takes. What it says afterwards counts: some take
/// a mode and stay in theirs.
pub async fn notify(chat: &mut Chat, profile: &Profile) -> Result<Notified, Halt> {
    let mut taken = None;
    'tries: for reports in profile.reports {
        let ds = *reports as u8;
        for mode in profile.modes {
            for buffer in [0, 1] {
                if tolerate(chat, &format!("AT+CNMI={mode},1,0,{ds},{buffer}")).await? {
                    taken = Some(*reports);
                    break 'tries;
                }
            }
        }
    }
    for mode in profile.modes {
        if taken.is_none() && tolerate(chat, &format!("AT+CNMI={mode},1")).await? {
            taken = Some(Reports::Off);
        }
    }
    if taken.is_none() {
        log::warn!("modem: announces no texts; they are looked for");
        return Ok(Notified { reports: None, shown: None });
    }
    let shown = notifies(chat).await?;
    let (stored, ds) = shown.as_ref().map_or((None, None), |line| (line.number(1), line.number(3)));
    let really = match ds {
        Some(0) => Some(Reports::Off),
        Some(1) => Some(Reports::Direct),
        Some(2) => Some(Reports::Stored),
        _ => taken,
    };
    Ok(Notified { reports: really.filter(|_| stored != Some(0)), shown })
}

/// What a modem says of what it announces.
pub async fn notifies(chat: &mut Chat) -> Result<Option<Line>, ChatError> {
    inquire(chat, "AT+CNMI?", "+CNMI:").await
}

async fn own_number(chat: &mut Chat) -> Result<Option<Number>, Halt> {
    let line = inquire(chat, "AT+CNUM", "+CNUM:").await?;
    Ok(line.and_then(|line| Number::parse(line.values().get(1)?)))
}

fn taken<T>(result: Result<T, ChatError>) -> Result<bool, ChatError> {
    match result {
        Ok(_) => Ok(true),
        Err(ChatError::Refused(_) | ChatError::Unanswered(_)) => Ok(false),
        Err(error) => Err(error),
    }
}
