//! One command at a time with its answer, over a port (3GPP TS 27.005, 3.5; ITU-T V.250, 5).
//!
//! ```text
//! idle ──command──→ waiting ──final result──→ idle          unsolicited lines are kept in every state
//! idle ──CMGS──→ waiting for the prompt ──PDU and Ctrl-Z in one write──→ waiting ──+CMGS, OK──→ idle
//! ```
//! After silence the chat is out of step: a late answer would be taken for the next one's. It is then dropped, and the
//! driver opens the port anew. Not here: which commands, and what their answers mean.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::errors;
use super::lines::{Digester, Expected, Line, Sorted, Sorter, Token};
use super::port::Port;
use super::pulse::Beat;
use crate::clock::Clock;
use crate::sms::bearer::{Outcome, SubmitError};
use crate::sms::pdu::line_of_tpdu;

/// For commands the modem answers by itself.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// The line that belongs to an `OK` comes before it; behind it only if that `OK` was an earlier command's.
const LATE_LIMIT: Duration = Duration::from_secs(1);
/// The prompt needs no network either.
const PROMPT_LIMIT: Duration = Duration::from_secs(5);
/// The makers' maximum response time of CMGS.
const SUBMIT_LIMIT: Duration = Duration::from_secs(120);

/// Unsolicited lines kept while a command runs. Of more the oldest are dropped: the sweep finds what they announced.
const UNSOLICITED_KEPT: usize = 64;
/// Lines of one answer: a full storage of 255 messages fits.
const ANSWER_LINES: usize = 512;

/// `+CMS ERROR: 332`: the network did not answer in time, so the message may have left.
const NETWORK_TIMEOUT: SubmitError = SubmitError::Cms(332);

const CTRL_Z: char = '\x1A';
const ESCAPE: &[u8] = b"\x1B";

#[derive(Debug)]
pub enum ChatError {
    /// The modem answered, with an error.
    Refused(SubmitError),
    /// No answer in time to this command.
    Silent(String),
    /// The port is gone.
    Lost(io::Error),
}

impl From<io::Error> for ChatError {
    fn from(error: io::Error) -> Self {
        ChatError::Lost(error)
    }
}

impl std::fmt::Display for ChatError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ChatError::Refused(error) => write!(f, "refused: {error:?}"),
            ChatError::Silent(command) => write!(f, "no answer to {command}"),
            ChatError::Lost(error) => write!(f, "port lost: {error}"),
        }
    }
}

pub struct Chat {
    port: Port,
    clock: Clock,
    beat: Beat,
    digester: Digester,
    sorter: Sorter,
    tokens: VecDeque<Token>,
    unsolicited: VecDeque<Line>,
    /// Of the command that runs, so that they outlive its time limit.
    answer: Vec<Line>,
}

impl Chat {
    pub fn new(port: Port, clock: Clock, beat: Beat) -> Chat {
        Chat {
            port,
            clock,
            beat,
            digester: Digester::default(),
            sorter: Sorter::default(),
            tokens: VecDeque::new(),
            unsolicited: VecDeque::new(),
            answer: Vec::new(),
        }
    }

    /// The lines of a command's answer that begin with one of `prefixes`; possibly none.
    pub async fn run(&mut self, command: &str, prefixes: &[&str], limit: Duration) -> Result<Vec<Line>, ChatError> {
        self.within(command, limit, async |chat: &mut Chat| {
            chat.write(&format!("{command}\r")).await?;
            chat.finish(Expected { echo: command, prefixes }, false).await
        })
        .await?;
        Ok(std::mem::take(&mut self.answer))
    }

    /// The first line of an answer that should have one with `prefix`. An `OK` without it may be a late one to an earlier
    /// command, so this also brings chat and modem into step; a modem that says no more than `OK` gives an empty line.
    pub async fn ask(&mut self, command: &str, prefix: &str) -> Result<Line, ChatError> {
        self.within(command, ANSWER_LIMIT, async |chat: &mut Chat| {
            chat.write(&format!("{command}\r")).await?;
            chat.finish(Expected { echo: command, prefixes: &[prefix] }, true).await
        })
        .await?;
        Ok(self.answer.drain(..).next().unwrap_or_default())
    }

    /// Aborts a PDU that a modem may still wait for.
    pub async fn escape(&mut self) -> Result<(), ChatError> {
        self.within("escape", PROMPT_LIMIT, async |chat: &mut Chat| Ok(chat.port.write_all(ESCAPE).await?)).await
    }

    /// Drops what came before the modem was in step: lines of its start, and announcements the first sweep finds.
    pub fn forget_unsolicited(&mut self) {
        self.unsolicited.clear();
    }

    /// Sends one SUBMIT. The outcome is certain or says that it is not; with an error beside it the chat is out of step.
    pub async fn submit(&mut self, tpdu: &[u8]) -> (Outcome, Option<ChatError>) {
        let command = format!("AT+CMGS={}", tpdu.len());
        let prompt = self.within(&command, PROMPT_LIMIT, async |chat: &mut Chat| {
            chat.write(&format!("{command}\r")).await?;
            chat.prompt(&command).await
        });
        match prompt.await {
            Ok(()) => {}
            Err(ChatError::Refused(error)) => return (refused(error), None),
            Err(error) => {
                let _ = self.escape().await;
                return (Outcome::NotSent, Some(error));
            }
        }
        let pdu = line_of_tpdu(tpdu);
        // One write: what is cut off here never had its Ctrl-Z.
        if let Err(error) =
            self.within(&command, PROMPT_LIMIT, async |c| c.write(&format!("{pdu}{CTRL_Z}")).await).await
        {
            return (Outcome::NotSent, Some(error));
        }
        let finish = self.within(&command, SUBMIT_LIMIT, async |chat: &mut Chat| {
            chat.finish(Expected { echo: &pdu, prefixes: &["+CMGS:"] }, true).await
        });
        let finish = finish.await;
        let reference = self.answer.drain(..).next().map(|line| line.number(0).unwrap_or(0) as u8);
        match (finish, reference) {
            (finish, Some(reference)) => (Outcome::Submitted { reference }, finish.err()),
            (Err(ChatError::Refused(error)), None) if error != NETWORK_TIMEOUT => (refused(error), None),
            (Err(ChatError::Refused(_)), None) => (Outcome::Unknown, None),
            // It asked for the PDU and then said OK: it was this message's, whatever number it got.
            (Ok(()), None) => (Outcome::Submitted { reference: 0 }, None),
            (finish, None) => (Outcome::Unknown, finish.err()),
        }
    }

    /// The next unsolicited line. May be dropped while it waits without losing any.
    pub async fn unsolicited(&mut self) -> Result<Line, ChatError> {
        loop {
            if let Some(line) = self.unsolicited.pop_front() {
                return Ok(line);
            }
            let text = match self.token().await? {
                Token::Line(text) => text,
                Token::Prompt => return Err(out_of_step()),
            };
            if let Sorted::Unsolicited(line) = self.sorter.sort(text, None) {
                self.keep(line);
            }
        }
    }

    async fn within<T>(
        &mut self,
        command: &str,
        limit: Duration,
        work: impl AsyncFnOnce(&mut Chat) -> Result<T, ChatError>,
    ) -> Result<T, ChatError> {
        self.answer.clear();
        let clock = self.clock.clone();
        tokio::select! {
            biased;
            result = work(self) => result,
            () = clock.limit(limit) => Err(ChatError::Silent(command.to_owned())),
        }
    }

    async fn write(&mut self, text: &str) -> Result<(), ChatError> {
        log::trace!("modem < {}", text.trim_end());
        // No flush: what the port has taken it sends, and draining a slow line would hold the thread.
        Ok(self.port.write_all(text.as_bytes()).await?)
    }

    /// Collects the answer until its final result. A `strict` one has at least one line, or comes to nothing within
    /// `LATE_LIMIT` of its `OK`.
    async fn finish(&mut self, expected: Expected<'_>, strict: bool) -> Result<(), ChatError> {
        let clock = self.clock.clone();
        let mut bare = false;
        loop {
            let token = tokio::select! {
                biased;
                token = self.token() => token?,
                () = clock.limit(LATE_LIMIT), if bare => return Ok(()),
            };
            let Token::Line(text) = token else { return Err(out_of_step()) };
            match self.sorter.sort(text, Some(expected)) {
                Sorted::Answer(line) if self.answer.len() < ANSWER_LINES => self.answer.push(line),
                Sorted::Unsolicited(line) => self.keep(line),
                Sorted::Final(Ok(())) if strict && self.answer.is_empty() => bare = true,
                Sorted::Final(result) => {
                    self.answer.extend(self.sorter.without_pdu());
                    return result.map_err(ChatError::Refused);
                }
                Sorted::Answer(_) | Sorted::Nothing => {}
            }
        }
    }

    async fn prompt(&mut self, command: &str) -> Result<(), ChatError> {
        loop {
            let Token::Line(text) = self.token().await? else { return Ok(()) };
            match self.sorter.sort(text, Some(Expected { echo: command, prefixes: &[] })) {
                Sorted::Final(Err(error)) => return Err(ChatError::Refused(error)),
                Sorted::Unsolicited(line) => self.keep(line),
                Sorted::Final(Ok(())) | Sorted::Answer(_) | Sorted::Nothing => {}
            }
        }
    }

    /// The next line or prompt; loses nothing when dropped.
    async fn token(&mut self) -> Result<Token, ChatError> {
        loop {
            if let Some(token) = self.tokens.pop_front() {
                log::trace!("modem > {token:?}");
                return Ok(token);
            }
            let mut octets = [0; 512];
            let count = self.beat.during(self.port.read(&mut octets)).await?;
            if count == 0 {
                return Err(ChatError::Lost(io::Error::new(io::ErrorKind::UnexpectedEof, "unplugged")));
            }
            self.tokens.extend(octets[..count].iter().filter_map(|octet| self.digester.push(*octet)));
        }
    }

    fn keep(&mut self, line: Line) {
        if self.unsolicited.len() == UNSOLICITED_KEPT {
            self.unsolicited.pop_front();
        }
        self.unsolicited.push_back(line);
    }
}

fn refused(error: SubmitError) -> Outcome {
    let (class, hint) = errors::advice(&error);
    Outcome::Refused { error, class, hint }
}

fn out_of_step() -> ChatError {
    ChatError::Lost(io::Error::new(io::ErrorKind::InvalidData, "a prompt nobody asked for"))
}
