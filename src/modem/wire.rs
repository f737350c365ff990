//! A port as lines and prompts: every octet both ways passes here, and the trace sees it. Not here: whose a line is.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::lines::{Digester, Token};
use super::port::Port;
use super::pulse::Beat;
use super::trace::Trace;
use crate::clock::Clock;

const ESCAPE: &[u8] = b"\x1B";

/// Some modems leave out the blank of `> `. Twenty characters at 9,600 baud: more of that line would have come by then.
const BLANK_LIMIT: Duration = Duration::from_millis(20);

pub struct Wire {
    port: Port,
    beat: Beat,
    trace: Trace,
    digester: Digester,
    tokens: VecDeque<Token>,
}

impl Wire {
    pub fn new(port: Port, beat: Beat, trace: Trace) -> Wire {
        Wire { port, beat, trace, digester: Digester::default(), tokens: VecDeque::new() }
    }

    pub async fn write(&mut self, text: &str) -> io::Result<()> {
        self.trace.note('<', text.trim_end());
        // No flush: what the port has taken it sends, and draining a slow line would hold the thread.
        self.port.write_all(text.as_bytes()).await
    }

    /// Aborts a PDU that the modem may wait for.
    pub async fn escape(&mut self) -> io::Result<()> {
        self.port.write_all(ESCAPE).await
    }

    /// What `waiting` comes to; the task still answers that it moves.
    pub async fn during<T>(&mut self, waiting: impl Future<Output = T>) -> T {
        self.beat.during(waiting).await
    }

    /// The next line or prompt; loses nothing when dropped.
    pub async fn token(&mut self) -> io::Result<Token> {
        loop {
            match self.digested() {
                Some(token) => return Ok(token),
                None => self.read().await?,
            }
        }
    }

    /// As `token`, where a prompt is due: `>` without its blank is one if nothing follows it.
    pub async fn prompt_or_line(&mut self, clock: &Clock) -> io::Result<Token> {
        loop {
            match self.digested() {
                Some(Token::Line(text)) if text == ">" => return Ok(Token::Prompt),
                Some(token) => return Ok(token),
                None => {}
            }
            let bare = self.digester.is_at_prompt();
            tokio::select! {
                biased;
                read = self.read() => read?,
                () = clock.limit(BLANK_LIMIT), if bare => {
                    self.digester = Digester::default();
                    return Ok(Token::Prompt);
                }
            }
        }
    }

    /// The next line or prompt of what was read.
    fn digested(&mut self) -> Option<Token> {
        let token = self.tokens.pop_front()?;
        self.trace.note('>', if let Token::Line(text) = &token { text } else { "> " });
        Some(token)
    }

    async fn read(&mut self) -> io::Result<()> {
        let mut octets = [0; 512];
        let count = self.beat.during(self.port.read(&mut octets)).await?;
        if count == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "unplugged"));
        }
        self.tokens.extend(octets[..count].iter().filter_map(|octet| self.digester.push(*octet)));
        Ok(())
    }
}
