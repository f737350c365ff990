//! What goes wrong with the simulated modem, in words that a talk, a dialogue or a person at a bench writes:
//!
//! ```text
//! be huawei                  a maker's modem (makers.rs), plugged in anew
//! slots 3                    room for so many texts
//! slow 2 s                   the network takes so long for each message
//! late 300 ms                the modem for each answer
//! byte by byte               it writes octet by octet
//! garbage                    noise before every answer
//! chatter                    unsolicited lines at every line's end, within answers too
//! lose every 3rd answer      so many are never written; also `lose 10% of answers`, `lose every 3rd +CMGS`
//! cut every 3rd line         so many lose octets on their way; also `cut 10% of lines`, `cut every 2nd message`, whose PDU it is
//! garble every 3rd line      the same with octets that become others, of no meaning
//! hang                       it takes everything and says nothing; also `hang until restart`, `radio`, `usb`, `power`
//! hang at AT+CMGR            from the next such command on
//! no prompt, no answer       for the next message
//! bare prompt                `>` without the blank behind it
//! forget CNMI                it announces nothing any more, until it is told again
//! cms 42                     the next message is refused so
//! refuse AT+CNMI             commands with this beginning, always
//! searching, denied, home    how the network has it
//! duplicates                 the network brings everything twice
//! reversed                   it brings the parts of a text last first
//! reports late 5 min         status reports come then; also `early` (before the answer to the message), `never`, `now`
//! reports failed 46          … and say so (TP-ST, hexadecimal)
//! restart                    it starts anew by itself
//! well                       none of this any more
//! ```
//! Pure: words to a `Fault`. What each does stands where it is done.

use std::time::Duration;

use super::device::Trouble;
use super::makers::{self, Maker};

#[derive(Clone, Copy)]
pub enum Fault {
    Be(&'static Maker),
    Slots(usize),
    Slow(Duration),
    Late(Duration),
    ByteByByte,
    Garbage,
    Chatter,
    Lose(Loss),
    Damage(Damage),
    BarePrompt,
    ForgetNotify,
    Hang(Cure),
    HangAt(&'static str),
    Next(Trouble),
    Refuse(&'static str),
    Registration(u8),
    Duplicates,
    Reversed,
    Reports(When),
    ReportStatus(u8),
    Restart,
    Well,
}

/// Which answers are lost, or lines damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Of a hundred, by a seeded dice; or each so-manieth.
    pub percent: u32,
    pub every: u32,
    /// Of messages only: the answers to those sent, the PDUs of those read.
    pub of_messages: bool,
}

/// What the serial line does to lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    pub which: Loss,
    /// Octets are gone; else they are others.
    pub cuts: bool,
}

/// What a hung modem comes back by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// `well`, or being pulled.
    Nothing,
    Radio,
    Restart,
    Usb,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Early,
    After(Duration),
    Never,
}

/// The fault that the words name.
///
/// # Errors
/// The words again, if they name none.
pub fn read(words: &str) -> Result<Fault, String> {
    let words = words.trim();
    let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
    let fault = match (verb, rest) {
        ("be", name) => makers::named(name).map(Fault::Be),
        ("slots", count) => count.parse().ok().map(Fault::Slots),
        ("slow", time) => duration(time).map(Fault::Slow),
        ("late", time) => duration(time).map(Fault::Late),
        ("byte", "by byte") => Some(Fault::ByteByByte),
        ("garbage", "") => Some(Fault::Garbage),
        ("chatter", "") => Some(Fault::Chatter),
        ("lose", rest) => loss(rest).map(Fault::Lose),
        ("cut", rest) => loss(rest).map(|which| Fault::Damage(Damage { which, cuts: true })),
        ("garble", rest) => loss(rest).map(|which| Fault::Damage(Damage { which, cuts: false })),
        ("bare", "prompt") => Some(Fault::BarePrompt),
        ("forget", "CNMI") => Some(Fault::ForgetNotify),
        ("hang", "") => Some(Fault::Hang(Cure::Nothing)),
        ("hang", rest) => hang(rest),
        ("no", "prompt") => Some(Fault::Next(Trouble::NoPrompt)),
        ("no", "answer") => Some(Fault::Next(Trouble::NoAnswer)),
        ("cms", code) => code.parse().ok().map(|code| Fault::Next(Trouble::Cms(code))),
        ("refuse", beginning) => known(beginning).map(Fault::Refuse),
        ("home", "") => Some(Fault::Registration(1)),
        ("searching", "") => Some(Fault::Registration(2)),
        ("denied", "") => Some(Fault::Registration(3)),
        ("duplicates", "") => Some(Fault::Duplicates),
        ("reversed", "") => Some(Fault::Reversed),
        ("reports", rest) => reports(rest),
        ("restart", "") => Some(Fault::Restart),
        ("well", "") => Some(Fault::Well),
        _ => None,
    };
    fault.ok_or_else(|| words.to_owned())
}

fn duration(text: &str) -> Option<Duration> {
    let (count, unit) = text.split_once(' ')?;
    let count: u64 = count.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(count)),
        "s" => Some(Duration::from_secs(count)),
        "min" => Some(Duration::from_secs(count * 60)),
        "h" => Some(Duration::from_secs(count * 3600)),
        _ => None,
    }
}

fn loss(rest: &str) -> Option<Loss> {
    let loss = Loss { percent: 0, every: 0, of_messages: rest.ends_with("+CMGS") || rest.contains("message") };
    if let Some((percent, _)) = rest.split_once("% of ") {
        return Some(Loss { percent: percent.parse().ok()?, ..loss });
    }
    let (every, _) = rest.strip_prefix("every ")?.split_once(' ')?;
    let every: String = every.chars().take_while(char::is_ascii_digit).collect();
    Some(Loss { every: every.parse().ok()?, ..loss })
}

fn hang(rest: &str) -> Option<Fault> {
    if let Some(command) = rest.strip_prefix("at ") {
        return known(command).map(Fault::HangAt);
    }
    let cure = match rest.strip_prefix("until ")? {
        "radio" => Cure::Radio,
        "restart" => Cure::Restart,
        "usb" => Cure::Usb,
        "power" => Cure::Power,
        _ => return None,
    };
    Some(Fault::Hang(cure))
}

fn reports(rest: &str) -> Option<Fault> {
    match rest.split_once(' ').unwrap_or((rest, "")) {
        ("now", _) => Some(Fault::Reports(When::After(Duration::ZERO))),
        ("early", _) => Some(Fault::Reports(When::Early)),
        ("never", _) => Some(Fault::Reports(When::Never)),
        ("late", time) => duration(time).map(|time| Fault::Reports(When::After(time))),
        ("failed", status) => u8::from_str_radix(status, 16).ok().map(Fault::ReportStatus),
        _ => None,
    }
}

/// Commands that a fault may name.
const COMMANDS: &[&str] = &[
    "AT+CMGS", "AT+CMGR", "AT+CMGL", "AT+CMGD", "AT+CPMS", "AT+CNMI", "AT+CMGF", "AT+CSMS", "AT+CMMS", "AT+CPIN",
    "AT+CREG", "AT+CEREG", "AT+CSQ", "AT+COPS", "AT+CTZ", "AT+CCLK", "AT+CNUM", "AT+CMEE", "AT+CGMI", "AT+CGSN",
    "AT+CFUN", "ATE0",
];

fn known(beginning: &str) -> Option<&'static str> {
    COMMANDS.iter().copied().find(|command| *command == beginning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_head_are_read() {
        let head = include_str!("faults.rs").split("//! ```").nth(1).unwrap_or_default();
        let mut count = 0;
        for line in head.lines().filter_map(|line| line.strip_prefix("//! ")).filter(|line| line.len() > 27) {
            let words = line[..27].trim();
            for words in words.split(", ") {
                assert!(read(words).is_ok(), "{words}");
                count += 1;
            }
        }
        assert!(count > 20, "{count}");
        for words in ["", "be nobody", "lose all", "hang until tea", "reports", "slow 2", "cms x"] {
            assert!(read(words).is_err(), "{words}");
        }
    }

    #[test]
    fn losses_have_their_measure() {
        let every = Loss { percent: 0, every: 3, of_messages: false };
        assert!(matches!(read("lose every 3rd answer"), Ok(Fault::Lose(loss)) if loss == every));
        let tenth = Loss { percent: 10, every: 0, of_messages: true };
        assert!(matches!(read("lose 10% of +CMGS"), Ok(Fault::Lose(loss)) if loss == tenth));
    }
}
