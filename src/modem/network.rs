//! What a modem says of the network it is in: whether that has it, how well, who it is, and what time it is there
//! (3GPP TS 27.007: CREG 7.2, COPS 7.3, CSQ 8.5, CCLK 8.15, CTZU 8.40, CTZR 8.41).
//!
//! Of the time: the modem is told to set its own clock by the network, and that is read. What an announcement itself says is not:
//! makers disagree whether it is local time. A modem that was told nothing shows 1980, 2004 or 2070, no plausible year;
//! so what its clock shows counts once it is in a network, if it took CTZU or has announced a time.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::chat::{ANSWER_LIMIT, Chat, ChatError};
use super::lines::Line;
use super::profiles::Profile;
use super::start::{inquire, tolerate};
use crate::clock::{self, Time};
use crate::number::Number;
use crate::sms::bearer::State;

/// How often the time is asked for once it was told. A box without a clock chip runs wrong by seconds a day.
pub const TIME_PERIOD: Duration = Duration::from_secs(3600);

/// The beginnings of lines that say that the network has told the time: the standard's, and Huawei's.
const TIME_TOLD: [&str; 2] = ["+CTZ", "^NWTIME:"];

/// How a modem stands with its network.
pub struct Network {
    pub registered: bool,
    /// The network knows the SIM and refuses it.
    pub denied: bool,
    /// 0 to 31 (27.007, 8.5).
    signal: Option<u8>,
    operator: Option<String>,
}

impl Network {
    pub fn state(self, number: Option<Number>) -> State {
        match self.registered {
            true => State::Ready { operator: self.operator, signal: self.signal, number },
            false => State::NoNetwork,
        }
    }
}

/// Home, roaming, or for SMS only, in either domain. A modem that cannot say is taken for registered.
pub async fn ask(chat: &mut Chat) -> Result<Network, ChatError> {
    let mut answers = Vec::new();
    for (command, prefix) in [("AT+CREG?", "+CREG:"), ("AT+CEREG?", "+CEREG:")] {
        match chat.run(command, &[prefix], ANSWER_LIMIT).await {
            Ok(lines) => answers.extend((!lines.is_empty()).then(|| lines.iter().find_map(registration))),
            Err(ChatError::Refused(_) | ChatError::Unanswered(_)) => {}
            Err(error) => return Err(error),
        }
        if matches!(answers.last(), Some(Some(1 | 5 | 6 | 7))) {
            break;
        }
    }
    let registered = answers.is_empty() || matches!(answers.last(), Some(Some(1 | 5 | 6 | 7)));
    let denied = !registered && answers.contains(&Some(3));
    let signal = inquire(chat, "AT+CSQ", "+CSQ:").await?.and_then(|line| line.number(0));
    // 99: not known.
    let signal = signal.filter(|signal| *signal <= 31).map(|signal| signal as u8);
    let operator = if registered { inquire(chat, "AT+COPS?", "+COPS:").await? } else { None };
    let operator = operator.and_then(|line| line.values().get(2).cloned()).filter(|name| !name.is_empty());
    Ok(Network { registered, denied, signal, operator })
}

/// `+CREG: <n>,<stat>[,"<lac>",…]`. Between it there may be an announcement, which begins with `<stat>` and has no number
/// or a place in quotation marks behind it.
fn registration(line: &Line) -> Option<u16> {
    line.text.split(',').nth(1)?.trim().parse().ok()
}

/// Whether the modem sets its clock by the network from now on. It is asked to announce it in any case.
pub async fn follow_time(chat: &mut Chat, profile: &Profile) -> Result<bool, ChatError> {
    let sets = tolerate(chat, profile.time).await?;
    let _announces = tolerate(chat, "AT+CTZR=2").await? || tolerate(chat, "AT+CTZR=1").await?;
    Ok(sets)
}

pub fn tells_time(line: &str) -> bool {
    TIME_TOLD.iter().any(|beginning| line.starts_with(beginning))
}

/// What the modem's clock shows, if somebody can have told it that.
pub async fn time(chat: &mut Chat) -> Result<Option<Time>, ChatError> {
    let line = inquire(chat, "AT+CCLK?", "+CCLK:").await?;
    Ok(line.and_then(|line| read_clock(line.values().first()?)).filter(|time| clock::is_plausible(*time)))
}

/// `26/11/22,12:00:00+32`: local time, and by how many quarter hours it is ahead of UTC. Without these it is any time.
fn read_clock(text: &str) -> Option<Time> {
    let at = text.rfind(['+', '-'])?;
    let (local, quarters) = (&text[..at], text[at..].parse::<i64>().ok()?);
    let local = if local.find('/')? == 2 { format!("20{local}") } else { local.to_owned() };
    let local = DateTime::strptime("%Y/%m/%d,%H:%M:%S", local).ok()?;
    // As far as the zones of the earth go.
    let quarters = Some(quarters).filter(|q| (-48..=56).contains(q))?;
    Some(Time(Time::of_civil(local, &TimeZone::UTC)?.0 - quarters * QUARTER_MS))
}

const QUARTER_MS: i64 = 15 * 60 * 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read() {
        let noon = Some(Time(1_795_320_000_000));
        for text in ["26/11/22,12:00:00+32", "2026/11/22,12:00:00+32", "26/11/22,04:00:00+00", "26/11/21,23:00:00-20"] {
            assert_eq!(read_clock(text), noon, "{text}");
        }
        let nonsense =
            ["", "+", "-", "26/11/22,12:00:00", "26/13/22,12:00:00+32", "26/11/22,12:00:00+99", "é/11+1", "//+1"];
        for text in nonsense {
            assert_eq!(read_clock(text), None, "{text}");
        }
    }
}
