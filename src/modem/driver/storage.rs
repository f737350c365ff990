//! A modem's slots: every message in them is handed over, and deleted once it is ours.
//!
//! A text: read its slot → hand it on → wait for the verdict → send the replies → delete the slot. A slot whose deletion
//! failed is remembered by its octets and only deleted when it is seen again with the same: a new text may lie there by then.
//! What did not come whole is read again, and left where it is if that does not help: it would pass as a shorter text.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::oneshot;

use super::ladder::Fault;
use super::session::Session;
use crate::clock::Time;
use crate::modem::chat::{ANSWER_LIMIT, ChatError};
use crate::modem::lines::Line;
use crate::modem::profiles::Listing;
use crate::modem::start::{self, Halt};
use crate::sms::bearer::{Event, Inbound, Slots, Verdict};
use crate::sms::parts::Key;
use crate::sms::pdu::Deliver;

/// A full storage is listed within this by those that can; the others hang in it for ever.
const LIST_LIMIT: Duration = Duration::from_secs(60);
/// Storages of 27.005, 3.1 that somebody named.
const MEMORIES: usize = 4;
/// So often a slot is read whose message does not come whole; the next sweep tries again.
const READS: u32 = 3;

/// Storages besides the chosen one in which something was announced: they are swept too.
#[derive(Default)]
pub struct Memories(BTreeSet<String>);

impl Session<'_> {
    /// Everything in storage, in the order in which the network got it: a slot that became free is filled again, so
    /// the order of slots says nothing.
    pub(super) async fn sweep(&mut self) -> Result<(), Halt> {
        self.sweep_due = false;
        self.left = 0;
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

    /// A message that came without being stored: it is acknowledged once it is ours. One that did not come whole is not, so
    /// that the network sends it again. Nobody waits for a report that is not acknowledged: nothing holds it any more, and
    /// it has no reply.
    pub(super) async fn direct(&mut self, line: &Line) -> Result<(), Halt> {
        let Some(tpdu) = line.tpdu() else {
            self.garbled();
            return Ok(());
        };
        if line.text.starts_with("+CDS:") && !self.up.acknowledges {
            self.bring(tpdu).await?;
            self.received();
        } else if let Verdict::Done { send } = self.hand_over(tpdu).await? {
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
        let lines = match self.chat.run("AT+CMGL=4", &["+CMGL:"], LIST_LIMIT).await {
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
        lines.iter().try_for_each(in_pdu_mode)?;
        lines.iter().filter(|line| !line.is_empty() && line.tpdu().is_none()).for_each(|_| self.garbled());
        let Some(slots) = listed(&lines) else { return self.sweep_by_index().await };
        let memory = &self.memory;
        self.driver.undeleted.retain(|(at, index), _| at != memory || slots.contains_key(index));
        self.slots(slots.into_iter().collect()).await
    }

    async fn sweep_by_index(&mut self) -> Result<(), Halt> {
        let Some(slots) = start::slots(&mut self.chat).await? else { return Ok(()) };
        let (mut found, left) = (Vec::new(), self.left);
        // Some count slots from 0, some from 1.
        for index in 0..=slots.total {
            // With those that do not come whole and are left.
            if found.len() + (self.left - left) as usize == usize::from(slots.used) {
                break;
            }
            found.extend(self.look(index).await?.map(|tpdu| (index, tpdu)));
        }
        self.slots(found).await
    }

    async fn slots(&mut self, mut found: Vec<(u16, Vec<u8>)>) -> Result<(), Halt> {
        found.sort_by_cached_key(|(_, tpdu)| stamp(tpdu));
        let held = self.held(&found).await?;
        for (index, tpdu) in found {
            self.slot(index, tpdu, held.contains(&index)).await?;
        }
        Ok(())
    }

    /// What is not deleted yet. With one part's slot some empty those of the others too, which may have come since they were
    /// read, or not whole: their parts stay until the text is there, or the room is wanted.
    async fn held(&mut self, found: &[(u16, Vec<u8>)]) -> Result<BTreeSet<u16>, Halt> {
        let mut held = BTreeSet::new();
        if self.up.profile.listing != Listing::Whole {
            return Ok(held);
        }
        let mut texts: BTreeMap<_, BTreeMap<u8, u16>> = BTreeMap::new();
        for (index, tpdu) in found {
            let Some((key, piece)) = Deliver::parse(tpdu).ok().and_then(|deliver| Key::of(&deliver)) else { continue };
            texts.entry((key.sender, key.reference, key.total)).or_default().insert(piece.index, *index);
        }
        texts.retain(|(.., total), parts| parts.len() < usize::from(*total));
        let has_room = |slots: &Slots| slots.total == 0 || slots.used <= slots.total / 2;
        if !texts.is_empty() && start::slots(&mut self.chat).await?.is_none_or(|slots| has_room(&slots)) {
            held.extend(texts.into_values().flat_map(BTreeMap::into_values));
        }
        Ok(held)
    }

    /// Reads one slot and does what is to be done with it.
    async fn read(&mut self, index: u16) -> Result<(), Halt> {
        match self.look(index).await? {
            Some(tpdu) => self.slot(index, tpdu, false).await,
            None => Ok(()),
        }
    }

    /// The message in a slot, if there is one and it comes whole.
    async fn look(&mut self, index: u16) -> Result<Option<Vec<u8>>, Halt> {
        for _ in 0..READS {
            let line = match self.chat.run(&format!("AT+CMGR={index}"), &["+CMGR:"], ANSWER_LIMIT).await {
                Ok(lines) => lines.into_iter().next().filter(|line| !line.is_empty()),
                Err(ChatError::Refused(_)) => {
                    let memory = self.memory.clone();
                    self.driver.undeleted.remove(&(memory, index));
                    None
                }
                // The next sweep sees it.
                Err(ChatError::Unanswered(_)) => None,
                Err(error) => return Err(error.into()),
            };
            let Some(line) = line else { return Ok(None) };
            in_pdu_mode(&line)?;
            if let Some(tpdu) = line.tpdu() {
                return Ok(Some(tpdu));
            }
            self.garbled();
        }
        self.left += 1;
        Ok(None)
    }

    /// Hands over what is in a slot, unless that was done before, and deletes it, unless it is `held`.
    async fn slot(&mut self, index: u16, tpdu: Vec<u8>, held: bool) -> Result<(), Halt> {
        let key = (self.memory.clone(), index);
        if self.driver.undeleted.get(&key) != Some(&tpdu) {
            let Verdict::Done { send } = self.hand_over(tpdu.clone()).await? else { return Ok(()) };
            self.driver.undeleted.insert(key.clone(), tpdu);
            self.send_all(send).await?;
        }
        if held {
            return Ok(());
        }
        // Not said twice: an answer that was lost says nothing of the slot, and the next text may lie there already.
        match self.chat.once(&format!("AT+CMGD={index}"), &[], ANSWER_LIMIT).await {
            Ok(_) => drop(self.driver.undeleted.remove(&key)),
            Err(ChatError::Refused(_) | ChatError::Unanswered(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn garbled(&self) {
        self.driver.ends.facts.send_modify(|facts| facts.garbled += 1);
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

/// What was listed, by slot; `None` if anything in the list looks as if octets were lost: a slot's number that lost a digit
/// is another slot's, and a header whose message was lost takes the next one's.
fn listed(lines: &[Line]) -> Option<BTreeMap<u16, Vec<u8>>> {
    let mut slots = BTreeMap::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let (index, tpdu) = (line.number(0)?, line.tpdu()?);
        if line.apart || slots.insert(index, tpdu).is_some() {
            return None;
        }
    }
    Some(slots)
}

/// When the service centre got a message. In order, what has no stamp comes last.
fn stamp(tpdu: &[u8]) -> (bool, Option<Time>) {
    let time = Deliver::parse(tpdu).ok().and_then(|deliver| deliver.stamp.time());
    (time.is_none(), time)
}

/// Text mode names the state in words; a message's content would be lost here.
fn in_pdu_mode(line: &Line) -> Result<(), Halt> {
    let in_words = line.text.contains("\"REC ") || line.text.contains("\"STO ");
    match line.pdu {
        None if in_words => Err(Halt::lost(Fault::Gone, "the modem has left PDU mode")),
        _ => Ok(()),
    }
}
