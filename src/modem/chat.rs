//! One command at a time with its answer, over a port (3GPP TS 27.005, 3.5; ITU-T V.250, 5).
//!
//! ```text
//! idle ──command──→ waiting ──final result──→ idle          unsolicited lines are kept in every state
//! idle ──CMGS──→ waiting for the prompt ──PDU and Ctrl-Z in one write──→ waiting ──+CMGS, OK──→ idle
//!        silence ──→ out of step ──a marker and its own answer──→ idle
//! ```
//! After silence the chat is out of step: a late answer would be taken for the next one's. A marker is a question whose
//! answer no other question has; what comes before that answer was late and is let go. Each marker of a row is another, so
//! that the late answer to the first is not taken for the second's. If none is answered, the driver opens the port anew. Not
//! here: which commands, and what their answers mean.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use super::errors;
use super::lines::{Expected, Line, Sorted, Sorter, Token};
use super::port::Port;
use super::pulse::Beat;
use super::trace::Trace;
use super::wire::Wire;
use crate::clock::Clock;
use crate::sms::bearer::{Outcome, SubmitError};
use crate::sms::pdu::line_of_tpdu;

/// For commands the modem answers by itself.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// The line that belongs to an `OK` comes before it; behind it only if that `OK` was an earlier command's.
const LATE_LIMIT: Duration = Duration::from_secs(1);
/// The prompt needs no network either.
const PROMPT_LIMIT: Duration = Duration::from_secs(5);
/// A modem tells an error when the network has not answered for 35 to 45 s (TR1M of 3GPP TS 24.011, 10): one that is still
/// silent then is asked whether it is busy or its answer was lost. V.250 lets any character end a command, so not before.
const SUBMIT_LIMIT: Duration = Duration::from_secs(45);
/// With the three markers 120 s in all, the makers' maximum response time of CMGS.
const BUSY_LIMIT: Duration = Duration::from_secs(25);
/// A modem that is not busy answers a marker at once.
const MARKER_LIMIT: Duration = Duration::from_secs(3);

/// Questions that no line comes to unasked, and their answers.
const MARKERS: [(&str, &str); 3] = [("AT+CMEE?", "+CMEE:"), ("AT+CMGF?", "+CMGF:"), ("AT+CFUN?", "+CFUN:")];

/// Unsolicited lines kept while a command runs. Of more the oldest are dropped: the sweep finds what they announced.
const UNSOLICITED_KEPT: usize = 64;
/// Lines of one answer: a full storage of 255 messages fits.
const ANSWER_LINES: usize = 512;

/// `+CMS ERROR: 332`: the network did not answer in time, so the message may have left.
const NETWORK_TIMEOUT: SubmitError = SubmitError::Cms(332);

const CTRL_Z: char = '\x1A';

#[derive(Debug)]
pub enum ChatError {
    /// The modem answered, with an error.
    Refused(SubmitError),
    /// No answer to this command, but the modem is in step: what became of the command is not known.
    Unanswered(String),
    /// No answer to this command, nor to a marker.
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
            ChatError::Unanswered(command) => write!(f, "never an answer to {command}"),
            ChatError::Silent(command) => write!(f, "no answer to {command}"),
            ChatError::Lost(error) => write!(f, "port lost: {error}"),
        }
    }
}

pub struct Chat {
    wire: Wire,
    clock: Clock,
    sorter: Sorter,
    unsolicited: VecDeque<Line>,
    /// Of the command that runs, so that they outlive its time limit.
    answer: Vec<Line>,
    /// The first error that came before a marker's answer.
    late_error: Option<SubmitError>,
}

impl Chat {
    pub fn new(port: Port, clock: Clock, beat: Beat, trace: Trace) -> Chat {
        Chat {
            wire: Wire::new(port, beat, trace),
            clock,
            sorter: Sorter::default(),
            unsolicited: VecDeque::new(),
            answer: Vec::new(),
            late_error: None,
        }
    }

    /// The lines of a command's answer that begin with one of `prefixes`; possibly none. What is not answered is said
    /// once more, so the command must be one that may be done twice.
    pub async fn run(&mut self, command: &str, prefixes: &[&str], limit: Duration) -> Result<Vec<Line>, ChatError> {
        match self.once(command, prefixes, limit).await {
            Err(ChatError::Unanswered(_)) => self.once(command, prefixes, limit).await,
            answered => answered,
        }
    }

    /// As `run`, for a command that must not be done twice.
    pub async fn once(&mut self, command: &str, prefixes: &[&str], limit: Duration) -> Result<Vec<Line>, ChatError> {
        self.exchange(Expected { echo: command, prefixes }, false, limit).await?;
        Ok(std::mem::take(&mut self.answer))
    }

    /// The first line of an answer that should have one with `prefix`; a modem that says no more than `OK` gives an
    /// empty line. As `run` otherwise.
    pub async fn ask(&mut self, command: &str, prefix: &str) -> Result<Line, ChatError> {
        let prefixes = [prefix];
        let expected = Expected { echo: command, prefixes: &prefixes };
        match self.exchange(expected, true, ANSWER_LIMIT).await {
            Err(ChatError::Unanswered(_)) => self.exchange(expected, true, ANSWER_LIMIT).await?,
            answered => answered?,
        }
        Ok(self.answer.drain(..).next().unwrap_or_default())
    }

    /// Says a command once, with no more than its own time for an answer: silence leaves the chat out of step.
    pub async fn call(&mut self, command: &str, limit: Duration) -> Result<(), ChatError> {
        self.within(command, limit, async |chat: &mut Chat| {
            chat.wire.write(&format!("{command}\r")).await?;
            chat.finish(Expected { echo: command, prefixes: &[] }, false).await
        })
        .await
    }

    /// Aborts a PDU that a modem may still wait for.
    pub async fn escape(&mut self) -> Result<(), ChatError> {
        self.within("escape", PROMPT_LIMIT, async |chat: &mut Chat| Ok(chat.wire.escape().await?)).await
    }

    /// Brings chat and modem into step.
    pub async fn resync(&mut self) -> Result<(), ChatError> {
        let mut last = MARKERS[0].0;
        for (command, prefix) in MARKERS {
            self.escape().await?;
            match self.marked(command, &[prefix], MARKER_LIMIT).await {
                Err(ChatError::Silent(_)) => last = command,
                answered => return answered,
            }
        }
        Err(ChatError::Silent(last.to_owned()))
    }

    /// Drops what came before the modem was in step: lines of its start, and announcements the first sweep finds.
    pub fn forget_unsolicited(&mut self) {
        self.unsolicited.clear();
    }

    /// Sends one SUBMIT. The outcome is certain or says that it is not; with an error beside it the chat is out of step.
    /// It leaves only if `may_leave` comes to true, which the modem's prompt does not wait for; `leaves` is called right
    /// before its Ctrl-Z is written.
    pub async fn submit(
        &mut self,
        tpdu: &[u8],
        may_leave: impl Future<Output = bool>,
        leaves: impl FnOnce(),
    ) -> (Outcome, Option<ChatError>) {
        let command = format!("AT+CMGS={}", tpdu.len());
        let prompt = self.within(&command, PROMPT_LIMIT, async |chat: &mut Chat| {
            chat.wire.write(&format!("{command}\r")).await?;
            chat.prompt(&command).await
        });
        match prompt.await {
            Ok(()) => {}
            Err(ChatError::Refused(error)) => return (refused(error), None),
            Err(ChatError::Silent(_)) => return (Outcome::NotSent, self.resync().await.err()),
            Err(error) => return (Outcome::NotSent, Some(error)),
        }
        let pdu = line_of_tpdu(tpdu);
        if !self.wire.during(may_leave).await {
            return (Outcome::NotSent, self.resync().await.err());
        }
        leaves();
        // One write: what is cut off here never had its Ctrl-Z.
        if let Err(error) =
            self.within(&command, PROMPT_LIMIT, async |c| Ok(c.wire.write(&format!("{pdu}{CTRL_Z}")).await?)).await
        {
            return (Outcome::NotSent, Some(error));
        }
        self.late_error = None;
        let mut finish = self
            .within(&command, SUBMIT_LIMIT, async |chat: &mut Chat| {
                chat.finish(Expected { echo: &pdu, prefixes: &[SUBMITTED] }, true).await
            })
            .await;
        let silent = matches!(finish, Err(ChatError::Silent(_))) && self.answer.is_empty();
        if silent {
            finish = self.busy_or_lost().await;
        }
        let reference = self.answer.drain(..).find(|line| line.text.starts_with(SUBMITTED));
        if !silent && matches!(finish, Err(ChatError::Silent(_))) {
            finish = self.resync().await;
        }
        match (finish, reference) {
            (finish, Some(line)) => (Outcome::Submitted { reference: line.number(0).unwrap_or(0) as u8 }, finish.err()),
            (Err(ChatError::Refused(error)), None) if error != NETWORK_TIMEOUT => (refused(error), None),
            (Err(ChatError::Refused(_)), None) => (Outcome::Unknown, None),
            (Ok(()), None) if silent => (Outcome::Unknown, None),
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
            match self.wire.token().await? {
                Token::Line(text) => {
                    if let Sorted::Unsolicited(line) = self.sorter.sort(text, None) {
                        self.keep(line);
                    }
                }
                // Of a CMGS that was given up.
                Token::Prompt => self.wire.escape().await?,
            }
        }
    }

    /// One command and its answer; after silence the chat is brought into step.
    async fn exchange(&mut self, expected: Expected<'_>, strict: bool, limit: Duration) -> Result<(), ChatError> {
        let command = expected.echo;
        let finish = self.within(command, limit, async |chat: &mut Chat| {
            chat.wire.write(&format!("{command}\r")).await?;
            chat.finish(expected, strict).await
        });
        match finish.await {
            Err(ChatError::Silent(command)) => match self.resync().await {
                Ok(()) => Err(ChatError::Unanswered(command)),
                Err(ChatError::Silent(_)) => Err(ChatError::Silent(command)),
                Err(error) => Err(error),
            },
            finish => finish,
        }
    }

    /// After the PDU there was silence. A modem that answers a marker has nothing on its way any more: what it said of the
    /// message before is now in `answer` or is the error of this, and if it said nothing it was lost.
    async fn busy_or_lost(&mut self) -> Result<(), ChatError> {
        for (command, prefix) in MARKERS {
            match self.marked(command, &[prefix, SUBMITTED], BUSY_LIMIT).await {
                Err(ChatError::Silent(_)) if self.answer.is_empty() => {}
                Err(error) => return Err(error),
                Ok(()) => return self.late_error.take().map_or(Ok(()), |error| Err(ChatError::Refused(error))),
            }
        }
        Err(ChatError::Silent("AT+CMGS".to_owned()))
    }

    /// Says a marker and waits for the end of its own answer: the first of `prefixes`. A modem that refuses it or says no
    /// more than `OK` is in step when nothing else follows.
    async fn marked(&mut self, command: &str, prefixes: &[&str], limit: Duration) -> Result<(), ChatError> {
        self.within(command, limit, async |chat: &mut Chat| {
            chat.wire.write(&format!("{command}\r")).await?;
            let (clock, mut seen, mut bare) = (chat.clock.clone(), false, false);
            loop {
                let token = tokio::select! {
                    biased;
                    token = chat.wire.token() => token?,
                    () = clock.limit(LATE_LIMIT), if bare => return Ok(()),
                };
                let Token::Line(text) = token else {
                    chat.wire.escape().await?;
                    continue;
                };
                match chat.sorter.sort(text, Some(Expected { echo: command, prefixes })) {
                    Sorted::Answer(line) if line.text.starts_with(prefixes[0]) => seen = true,
                    Sorted::Answer(line) => chat.answer.push(line),
                    Sorted::Unsolicited(line) => chat.keep(line),
                    Sorted::Final(_) if seen => return Ok(()),
                    Sorted::Final(result) => {
                        bare = true;
                        chat.sorter.without_pdu();
                        // Plain ERROR may be the marker's own.
                        let coded = result.err().filter(|error| matches!(error, SubmitError::Cms(_)));
                        chat.late_error = chat.late_error.take().or(coded);
                    }
                    Sorted::Nothing => {}
                }
            }
        })
        .await
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

    /// Collects the answer until its final result. A `strict` one has at least one line, or comes to nothing within
    /// `LATE_LIMIT` of its `OK`.
    async fn finish(&mut self, expected: Expected<'_>, strict: bool) -> Result<(), ChatError> {
        let clock = self.clock.clone();
        let mut bare = false;
        loop {
            let token = tokio::select! {
                biased;
                token = self.wire.token() => token?,
                () = clock.limit(LATE_LIMIT), if bare => return Ok(()),
            };
            // A prompt here is another's, or a modem's that shows one for each line of a PDU: ESC might undo that.
            let Token::Line(text) = token else { continue };
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
            let Token::Line(text) = self.wire.prompt_or_line(&self.clock).await? else { return Ok(()) };
            match self.sorter.sort(text, Some(Expected { echo: command, prefixes: &[] })) {
                Sorted::Final(Err(error)) => return Err(ChatError::Refused(error)),
                Sorted::Unsolicited(line) => self.keep(line),
                Sorted::Final(Ok(())) | Sorted::Answer(_) | Sorted::Nothing => {}
            }
        }
    }

    fn keep(&mut self, line: Line) {
        if self.unsolicited.len() == UNSOLICITED_KEPT {
            self.unsolicited.pop_front();
        }
        self.unsolicited.push_back(line);
    }
}

/// What a message that went out is answered with.
const SUBMITTED: &str = "+CMGS:";

fn refused(error: SubmitError) -> Outcome {
    let (class, hint) = errors::advice(&error);
    Outcome::Refused { error, class, hint }
}
