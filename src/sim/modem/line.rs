//! The serial line from the simulated modem's side: echo, prompt, answers and announcements, and what can befall them.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::SimModem;
use super::device::{Answer, COMMAND_OCTETS};
use super::faults::{Cure, Damage, Loss};

/// What befalls the line.
#[derive(Default)]
pub struct Weather {
    /// It takes everything and says nothing, until then.
    pub hung: Option<Cure>,
    pub hang_at: Option<&'static str>,
    pub byte_wise: bool,
    pub garbage: bool,
    pub chatter: bool,
    pub late: Duration,
    pub loss: Option<Loss>,
    pub damage: Option<Damage>,
    /// Its prompt is `>` alone.
    pub bare_prompt: bool,
    /// Answers that could have been lost so far, and lines that could have been damaged.
    answers: u32,
    lines: u32,
    pub dice: Dice,
}

/// The same throws in every run.
pub struct Dice(u64);

impl Default for Dice {
    fn default() -> Dice {
        Dice(7)
    }
}

impl Dice {
    /// Knuth's multiplier (MMIX); its high bits are the good ones.
    pub fn below(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32 % sides.max(1)
    }
}

impl Weather {
    fn loses(&mut self, is_message: bool) -> bool {
        let Some(loss) = self.loss.filter(|loss| is_message || !loss.of_messages) else { return false };
        self.answers = self.answers.wrapping_add(1);
        self.dice.hits(loss, self.answers)
    }

    /// What of a text is left on the line.
    fn damaged(&mut self, text: String) -> String {
        let Some(damage) = self.damage else { return text };
        let mut out = String::new();
        for line in text.split_inclusive("\r\n") {
            let body = line.trim_end_matches("\r\n");
            let is_pdu = body.len() > SHORTEST_PDU && body.bytes().all(|octet| octet.is_ascii_hexdigit());
            let counts = is_pdu || !damage.which.of_messages && !body.is_empty() && body.is_ascii() && body != "> ";
            self.lines = self.lines.wrapping_add(u32::from(counts));
            if !counts || !self.dice.hits(damage.which, self.lines) {
                out.push_str(line);
                continue;
            }
            let from = self.dice.below(body.len() as u32) as usize;
            let count = 1 + self.dice.below((body.len() - from) as u32) as usize;
            let left = if damage.cuts { String::new() } else { "~".repeat(count) };
            out.push_str(&format!("{}{left}{}", &body[..from], &line[from + count..]));
        }
        out
    }
}

impl Dice {
    fn hits(&mut self, which: Loss, count: u32) -> bool {
        if which.every > 0 { count.is_multiple_of(which.every) } else { self.below(100) < which.percent }
    }
}

pub struct Line<S> {
    modem: SimModem,
    stream: S,
    command: Vec<u8>,
    /// Set between the prompt and Ctrl-Z.
    pdu_octets: Option<usize>,
}

/// In digits; what is shorter is a number.
const SHORTEST_PDU: usize = 24;

const CTRL_Z: u8 = 0x1A;
const ESCAPE: u8 = 0x1B;

impl<S: AsyncRead + AsyncWrite + Unpin> Line<S> {
    pub fn new(modem: SimModem, stream: S) -> Line<S> {
        Line { modem, stream, command: Vec::new(), pdu_octets: None }
    }

    /// What was written by the other end; nothing when that is gone. Loses nothing when dropped.
    pub async fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut octets = [0; 512];
        let count = self.stream.read(&mut octets).await?;
        Ok(octets[..count].to_vec())
    }

    /// Does what was written.
    pub async fn take(&mut self, octets: &[u8]) -> io::Result<()> {
        for piece in octets.split_inclusive(|octet| [b'\r', b'\n', CTRL_Z, ESCAPE].contains(octet)) {
            self.piece(piece).await?;
        }
        Ok(())
    }

    /// Not while a PDU is awaited: it would stand in the middle of its echo.
    pub async fn announce(&mut self) -> io::Result<()> {
        if self.pdu_octets.is_some() {
            return Ok(());
        }
        let lines = {
            let mut state = self.modem.lock();
            if state.weather.hung.is_some() || state.device.is_dead() {
                String::new()
            } else {
                let lines = state.device.announcements();
                state.weather.damaged(lines)
            }
        };
        self.write(lines.as_bytes()).await
    }

    /// Octets up to one that ends something, if they have one.
    async fn piece(&mut self, piece: &[u8]) -> io::Result<()> {
        let (silent, echoes) = {
            let state = self.modem.lock();
            (state.weather.hung.is_some() || state.device.is_dead(), state.device.settings.echo)
        };
        let (end, body) = match piece.split_last() {
            Some((&end @ (b'\r' | b'\n' | CTRL_Z | ESCAPE), body)) => (Some(end), body),
            _ => (None, piece),
        };
        let room = COMMAND_OCTETS - self.command.len().min(COMMAND_OCTETS);
        self.command.extend_from_slice(&body[..body.len().min(room)]);
        if silent {
            return self.hears_in_silence(end);
        }
        if echoes {
            self.write(piece).await?;
        }
        match (end, self.pdu_octets) {
            (Some(b'\r'), None) => {
                let line = self.taken();
                self.command(&line).await
            }
            (Some(CTRL_Z), Some(count)) => {
                self.pdu_octets = None;
                let pdu = self.taken();
                let delay = self.modem.lock().network_delay;
                if !delay.is_zero() {
                    tokio::time::sleep(delay).await;
                }
                let answer = self.modem.change(|state| state.device.pdu(count, &pdu));
                self.answer(answer).await
            }
            (Some(ESCAPE), Some(_)) => {
                self.pdu_octets = None;
                self.command.clear();
                self.write(b"\r\nOK\r\n").await
            }
            _ => Ok(()),
        }
    }

    async fn command(&mut self, line: &str) -> io::Result<()> {
        let hangs = {
            let mut state = self.modem.lock();
            let hangs = state.weather.hang_at.is_some_and(|beginning| line.starts_with(beginning));
            if hangs {
                (state.weather.hung, state.weather.hang_at) = (Some(Cure::Restart), None);
            }
            hangs
        };
        if hangs {
            return self.hears_in_silence(None);
        }
        let answer = self.modem.change(|state| state.device.command(line));
        // One that hangs in a command, such as CMGL, says nothing to the next either.
        if answer.is_none() && line.to_ascii_uppercase().starts_with("AT+CMGL") {
            self.modem.lock().weather.hung = Some(Cure::Restart);
        }
        self.answer(answer).await
    }

    /// A hung modem may still hear what starts it anew.
    fn hears_in_silence(&mut self, end: Option<u8>) -> io::Result<()> {
        if end.is_none() {
            return Ok(());
        }
        let line = self.taken();
        self.pdu_octets = None;
        self.modem.change(|state| {
            let starts = matches!(line.as_str(), "AT+CFUN=1,1" | "AT+CFUN=16" | "AT!RESET");
            match state.weather.hung {
                Some(Cure::Restart | Cure::Radio) if starts => {
                    state.weather.hung = None;
                    state.device.restart();
                }
                Some(Cure::Radio) if line == "AT+CFUN=1" => state.weather.hung = None,
                _ => {}
            }
        });
        Ok(())
    }

    fn taken(&mut self) -> String {
        let line = String::from_utf8_lossy(&self.command).into_owned();
        self.command.clear();
        line
    }

    async fn answer(&mut self, answer: Option<Answer>) -> io::Result<()> {
        let Some(answer) = answer else { return Ok(()) };
        self.pdu_octets = answer.pdu_octets;
        let is_message = answer.sent.is_some();
        let report = answer.sent.and_then(|tpdu| self.modem.reached_network(tpdu));
        if is_message {
            // A report that was quicker than the answer.
            self.announce().await?;
        }
        let (text, late) = {
            let mut state = self.modem.lock();
            let lost = !answer.text.is_empty() && state.weather.loses(is_message);
            let text = if lost { String::new() } else { answer.text };
            let text = if state.weather.bare_prompt { text.replace("\r\n> ", "\r\n>") } else { text };
            let text = if state.weather.chatter { chattered(&text, state.device.maker.chatter) } else { text };
            let noise = if state.weather.garbage { noise(&mut state.weather.dice) } else { String::new() };
            (noise + &state.weather.damaged(text), state.weather.late)
        };
        if !late.is_zero() {
            tokio::time::sleep(late).await;
        }
        self.write(text.as_bytes()).await?;
        if let Some(report) = report {
            self.modem.change(|state| state.device.report(report));
        }
        Ok(())
    }

    async fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        if octets.is_empty() {
            return Ok(());
        }
        if !self.modem.lock().weather.byte_wise {
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

/// A line of the maker's after every line of an answer; none after a prompt.
fn chattered(text: &str, chatter: &[&str]) -> String {
    let mut lines = chatter.iter().cycle();
    let mut out = String::new();
    for line in text.split_inclusive("\r\n") {
        out.push_str(line);
        if let Some(chat) = lines.next().filter(|_| line.ends_with("\r\n")) {
            out.push_str(&format!("\r\n{chat}\r\n"));
        }
    }
    out
}

/// A line of what a bad contact or a starting modem makes; no letters, so that it is no result.
fn noise(dice: &mut Dice) -> String {
    let count = 1 + dice.below(12);
    let octets = (0..count).map(|_| ["\0", "~", "{", "%", "\x7F", "}", "|", "\u{7}"][dice.below(8) as usize]);
    format!("{}\r\n", octets.collect::<String>())
}
