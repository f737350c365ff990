//! A modem's slots: every message in them is handed over, and deleted once it is ours.
//!
//! A text: read its slot → hand it on → wait for the verdict → send the replies → delete the slot. A slot whose deletion
//! failed is remembered by its octets and only deleted when it is seen again with the same: a new text may lie there by then.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::oneshot;

use super::ladder::Fault;
use super::session::Session;
use crate::modem::chat::{ANSWER_LIMIT, ChatError};
use crate::modem::lines::{Line, octets_of_line};
use crate::modem::profiles::Listing;
use crate::modem::start::{self, Halt};
use crate::sms::bearer::{Event, Inbound, Verdict};

/// A full storage is listed within this by those that can; the others hang in it for ever.
const LIST_LIMIT: Duration = Duration::from_secs(60);
/// Storages of 27.005, 3.1 that somebody named.
const MEMORIES: usize = 4;

/// Storages besides the chosen one in which something was announced: they are swept too.
#[derive(Default)]
pub struct Memories(BTreeSet<String>);

impl Session<'_> {
    /// Everything in storage, in the order in which the network got it: a slot that became free is filled again, so
    /// the order of slots says nothing.
    pub(super) async fn sweep(&mut self) -> Result<(), Halt> {
        self.sweep_due = false;
        self.sweep_here().await?;
        for memory in self.memories.0.clone() {
            self.visit(&memory).await?;
        }
        Ok(())
    }

    /// Sweeps another storage, now and from now on with the rest.
    pub(super) async fn visit(&mut self, memory: &str) -> Result<(), Halt> {
        if self.choose(memory).await? {
            self.sweep_here().await?;
            self.leave().await?;
        }
        Ok(())
    }

    /// Reads a slot in the storage that the announcement names, which is not always the one we chose.
    pub(super) async fn announced(&mut self, memory: &str, index: u16) -> Result<(), Halt> {
        if memory.is_empty() {
            self.read(index).await?;
        } else if self.choose(memory).await? {
            self.read(index).await?;
            self.leave().await?;
        }
        Ok(())
    }

    /// Reads from this storage until `leave`; whether the modem has it.
    async fn choose(&mut self, memory: &str) -> Result<bool, Halt> {
        if memory == self.memory {
            return Ok(true);
        }
        if self.memories.0.len() < MEMORIES {
            self.memories.0.insert(memory.to_owned());
        }
        let chosen = start::tolerate(&mut self.chat, &format!("AT+CPMS=\"{memory}\"")).await?;
        if chosen {
            self.memory = memory.to_owned();
        }
        Ok(chosen)
    }

    async fn leave(&mut self) -> Result<(), Halt> {
        if self.memory != self.up.memory {
            start::tolerate(&mut self.chat, &format!("AT+CPMS=\"{}\"", self.up.memory)).await?;
            self.memory = self.up.memory.clone();
        }
        Ok(())
    }

    /// A message that came without being stored: it is acknowledged once it is ours. Nobody waits for a report that is
    /// not: nothing holds it any more, and it has no reply.
    pub(super) async fn direct(&mut self, pdu: &str, is_report: bool) -> Result<(), Halt> {
        if is_report && !self.up.acknowledges {
            self.bring(octets_of_line(pdu)).await?;
            self.received();
        } else if let Verdict::Done { send } = self.hand_over(octets_of_line(pdu)).await? {
            if self.up.acknowledges {
                start::tolerate(&mut self.chat, "AT+CNMA").await?;
            }
            self.send_all(send).await?;
        }
        Ok(())
    }

    async fn sweep_here(&mut self) -> Result<(), Halt> {
        if self.driver.list_hangs || self.up.profile.listing == Listing::ByIndex {
            return self.sweep_by_index().await;
        }
        let mut lines = match self.chat.run("AT+CMGL=4", &["+CMGL:"], LIST_LIMIT).await {
            Ok(lines) => lines,
            Err(ChatError::Refused(_)) => return self.sweep_by_index().await,
            Err(ChatError::Unanswered(_)) => {
                self.driver.list_hangs = true;
                return self.sweep_by_index().await;
            }
            Err(error) => {
                self.driver.list_hangs |= matches!(error, ChatError::Silent(_));
                return Err(error.into());
            }
        };
        let listed: Vec<u16> = lines.iter().filter_map(|line| line.number(0)).collect();
        let memory = &self.memory;
        self.driver.undeleted.retain(|(at, index), _| at != memory || listed.contains(index));
        lines.sort_by_cached_key(Line::stamp);
        for line in lines {
            if let Some(index) = line.number(0) {
                self.slot(index, line).await?;
            }
        }
        Ok(())
    }

    async fn sweep_by_index(&mut self) -> Result<(), Halt> {
        let Some(slots) = start::slots(&mut self.chat).await? else { return Ok(()) };
        let mut found = Vec::new();
        // Some count slots from 0, some from 1.
        for index in 0..=slots.total {
            if found.len() == usize::from(slots.used) {
                break;
            }
            found.extend(self.look(index).await?.map(|line| (index, line)));
        }
        found.sort_by_cached_key(|(_, line)| line.stamp());
        for (index, line) in found {
            self.slot(index, line).await?;
        }
        Ok(())
    }

    /// Reads one slot and does what is to be done with it.
    async fn read(&mut self, index: u16) -> Result<(), Halt> {
        match self.look(index).await? {
            Some(line) => self.slot(index, line).await,
            None => Ok(()),
        }
    }

    /// What is in a slot, if there is something.
    async fn look(&mut self, index: u16) -> Result<Option<Line>, Halt> {
        match self.chat.run(&format!("AT+CMGR={index}"), &["+CMGR:"], ANSWER_LIMIT).await {
            Ok(lines) => Ok(lines.into_iter().next()),
            Err(ChatError::Refused(_)) => {
                let memory = self.memory.clone();
                self.driver.undeleted.remove(&(memory, index));
                Ok(None)
            }
            // The next sweep sees it.
            Err(ChatError::Unanswered(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn slot(&mut self, index: u16, line: Line) -> Result<(), Halt> {
        // Text mode names the state in words; its content would be lost here.
        if line.pdu.is_none() && line.text.contains('"') && (line.text.contains("REC ") || line.text.contains("STO ")) {
            return Err(Halt::lost(Fault::Gone, "the modem has left PDU mode"));
        }
        let tpdu = octets_of_line(line.pdu.as_deref().unwrap_or_default());
        let key = (self.memory.clone(), index);
        if self.driver.undeleted.get(&key) != Some(&tpdu) {
            let Verdict::Done { send } = self.hand_over(tpdu.clone()).await? else { return Ok(()) };
            self.driver.undeleted.insert(key.clone(), tpdu);
            self.send_all(send).await?;
        }
        // Not said twice: an answer that was lost says nothing of the slot, and the next text may lie there already.
        match self.chat.once(&format!("AT+CMGD={index}"), &[], ANSWER_LIMIT).await {
            Ok(_) => drop(self.driver.undeleted.remove(&key)),
            Err(ChatError::Refused(_) | ChatError::Unanswered(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn hand_over(&mut self, tpdu: Vec<u8>) -> Result<Verdict, Halt> {
        let verdict = self.bring(tpdu).await?.await.unwrap_or(Verdict::Keep);
        if matches!(verdict, Verdict::Done { .. }) {
            self.received();
        }
        Ok(verdict)
    }

    async fn bring(&mut self, tpdu: Vec<u8>) -> Result<oneshot::Receiver<Verdict>, Halt> {
        let (answer, verdict) = oneshot::channel();
        let bearer = self.driver.options.name.clone();
        let inbound = Inbound { bearer, number: self.number.clone(), tpdu, live: self.live, answer };
        self.driver.event(Event::Inbound(inbound)).await?;
        Ok(verdict)
    }

    fn received(&self) {
        let now = self.driver.clock.now();
        let ends = &self.driver.ends;
        ends.facts.send_modify(|facts| (facts.received, facts.last_contact) = (facts.received + 1, Some(now)));
    }
}
