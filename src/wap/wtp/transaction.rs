//! One transaction of the responder (WAP-224, 9.5.2), state by state, each state's rows in the standard's order.
//!
//! ```text
//!             number in doubt            segments to come
//!   LISTEN ──────────────────> TIDOK WAIT ──────────────> GATHERING
//!     │ number believed             │ meant                   │ all there
//!     └──────────────┬──────────────┴─────────────────────────┘
//!                    v        accepted               result                 acknowledged
//!            INVOKE RESP WAIT ────────> RESULT WAIT ────────> RESULT RESP WAIT ────────> (end)
//!                    │ class 1: accepted
//!                    └────────> WAIT TIMEOUT ──────────────────────────────────────────> (end)
//! ```
//!
//! LISTEN is where there is none yet, so its rows are `responder`'s, and so is class 0, which leaves nothing behind.

use std::time::Duration;

use super::pdu::{Invoke, Packet, Pdu, Place, RESPONDER, reason};
use super::sar::{Gathered, Gathering, Sending, result_max};
use super::tids::Tids;
use super::{Indication, Key, Out, Timers};

/// Between two times that an initiator asks again; a phone waits for several seconds.
pub(super) const ASKED_AGAIN: Duration = Duration::from_secs(1);

pub(super) struct Transaction {
    state: State,
    class: u8,
    tid_new: bool,
    user_ack: bool,
    joins_segments: bool,
    /// The last segment of what came.
    last: Option<u8>,
    acknowledged: bool,
    /// The counter of its state's timer.
    count: u8,
    /// Negative acknowledgements of a group, and repeated Invokes behind the result, that were answered.
    missed: u8,
    /// When its timer runs out.
    pub due: Duration,
}

enum State {
    TidokWait { place: Place, data: Vec<u8> },
    Gathering(Gathering),
    InvokeRespWait,
    ResultWait,
    ResultRespWait(Sending),
    WaitTimeout,
}

pub(super) enum Event<'a> {
    Received(&'a Packet<'a>),
    Accept,
    Result(Vec<u8>),
    Abort(u8),
    TimesOut,
    /// What came is no PDU.
    Malformed,
    /// What came is more than may be kept.
    NoRoom,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Stays,
    /// The initiator meant it.
    Verified,
    Ends,
}

pub(super) struct Cx<'a> {
    pub key: Key,
    pub now: Duration,
    pub timers: &'a Timers,
    pub tids: &'a Tids,
    pub out: &'a mut Out,
    /// The initiator has acknowledged something of a result.
    pub acknowledged: bool,
}

impl Cx<'_> {
    pub fn send(&mut self, psn: Option<u8>, pdu: Pdu) {
        let octets = Packet { tid: self.key.tid | RESPONDER, psn, pdu }.write();
        self.out.datagrams.push((self.key.peer, octets));
    }

    fn send_all(&mut self, datagrams: Vec<Vec<u8>>) {
        self.out.datagrams.extend(datagrams.into_iter().map(|octets| (self.key.peer, octets)));
    }

    fn tell(&mut self, indication: Indication) {
        self.out.indications.push(indication);
    }

    /// Whether a result may go out that went out so often: to who has acknowledged none yet, once again.
    fn may_send_again(&self, sent_again: u8) -> bool {
        sent_again == 0 || self.acknowledged || self.tids.has_acknowledged(self.key.peer)
    }

    /// It came to nothing on this side: both sides are told.
    fn give_up(&mut self, reason: u8) -> Next {
        self.send(None, Pdu::Abort { user: false, reason });
        self.tell(Indication::Aborted { key: self.key, user: false, reason });
        Next::Ends
    }
}

impl Transaction {
    fn new(invoke: &Invoke, state: State) -> Transaction {
        Transaction {
            state,
            class: invoke.class,
            tid_new: invoke.tid_new,
            user_ack: invoke.user_ack,
            // Some phones set one bit alone on a message of one part: they join segments.
            joins_segments: invoke.place != Place::Whole,
            last: None,
            acknowledged: false,
            count: 0,
            missed: 0,
            due: Duration::ZERO,
        }
    }

    /// LISTEN, the number in doubt: asks whether it is meant.
    pub fn questioned(invoke: &Invoke, cx: &mut Cx) -> Transaction {
        let state = State::TidokWait { place: invoke.place, data: invoke.data.to_vec() };
        cx.send(None, Pdu::Ack { tid_question: true, again: false });
        Transaction { due: cx.now + cx.timers.wait, ..Transaction::new(invoke, state) }
    }

    /// LISTEN, the number believed.
    pub fn begun(invoke: &Invoke, cx: &mut Cx) -> Transaction {
        let mut begun = Transaction::new(invoke, State::InvokeRespWait);
        begun.begin(invoke.place, invoke.data.to_vec(), cx);
        begun
    }

    pub fn is_unproved(&self) -> bool {
        matches!(self.state, State::TidokWait { .. })
    }

    pub fn is_tid_new(&self) -> bool {
        self.tid_new
    }

    /// What it holds of messages.
    pub fn octets(&self) -> usize {
        match &self.state {
            State::TidokWait { data, .. } => data.len(),
            State::Gathering(gathering) => gathering.octets(),
            State::ResultRespWait(sending) => sending.octets(),
            State::InvokeRespWait | State::ResultWait | State::WaitTimeout => 0,
        }
    }

    /// What it would keep more.
    pub fn keeps(&self, event: &Event) -> usize {
        match (&self.state, event) {
            (State::Gathering(_), Event::Received(Packet { pdu: Pdu::SegmentedInvoke { data, .. }, .. })) => data.len(),
            (State::InvokeRespWait | State::ResultWait, Event::Result(data)) => data.len(),
            _ => 0,
        }
    }

    pub fn step(&mut self, event: Event, cx: &mut Cx) -> Next {
        match (&event, &self.state) {
            // Rows that every state has.
            (Event::Malformed, _) => return self.ends(reason::PROTOCOL_ERROR, cx),
            (Event::NoRoom, _) => return self.ends(reason::CAPACITY, cx),
            (Event::Abort(reason), _) => {
                cx.send(None, Pdu::Abort { user: true, reason: *reason });
                return Next::Ends;
            }
            (Event::Received(Packet { pdu: Pdu::Abort { .. }, .. }), State::TidokWait { .. } | State::Gathering(_)) => {
                return Next::Ends;
            }
            (Event::Received(Packet { pdu: Pdu::Abort { user, reason }, .. }), _) => {
                cx.tell(Indication::Aborted { key: cx.key, user: *user, reason: *reason });
                return Next::Ends;
            }
            _ => {}
        }
        match &self.state {
            State::TidokWait { .. } => self.tidok_wait(&event, cx),
            State::Gathering(_) => self.gathering(&event, cx),
            State::InvokeRespWait => self.invoke_resp_wait(event, cx),
            State::ResultWait => self.result_wait(event, cx),
            State::ResultRespWait(_) => self.result_resp_wait(&event, cx),
            State::WaitTimeout => self.wait_timeout(&event, cx),
        }
    }

    /// Both sides are told; the user only of what it was told of.
    fn ends(&self, reason: u8, cx: &mut Cx) -> Next {
        if matches!(self.state, State::TidokWait { .. } | State::Gathering(_)) {
            cx.send(None, Pdu::Abort { user: false, reason });
            return Next::Ends;
        }
        cx.give_up(reason)
    }

    fn begin(&mut self, place: Place, data: Vec<u8>, cx: &mut Cx) {
        if place.ends_message() {
            return self.indicate(data, cx);
        }
        if place == Place::EndsGroup {
            cx.send(Some(0), Pdu::Ack { tid_question: false, again: false });
        }
        self.state = State::Gathering(Gathering::new(&data));
        self.due = cx.now + cx.timers.wait;
    }

    fn indicate(&mut self, data: Vec<u8>, cx: &mut Cx) {
        self.state = State::InvokeRespWait;
        (self.count, self.due) = (0, cx.now + cx.timers.acknowledgement);
        let result_max = result_max(self.joins_segments);
        cx.tell(Indication::Invoke { key: cx.key, class: self.class, data, result_max });
    }

    /// "Hold on": it has come and is being worked on.
    fn acknowledge(&mut self, again: bool, cx: &mut Cx) {
        self.acknowledged = true;
        cx.send(self.last, Pdu::Ack { tid_question: false, again });
    }

    fn tidok_wait(&mut self, event: &Event, cx: &mut Cx) -> Next {
        match event {
            Event::Received(Packet { pdu: Pdu::Ack { tid_question: true, .. }, .. }) => {
                if let State::TidokWait { place, data } = &mut self.state {
                    let (place, data) = (*place, std::mem::take(data));
                    self.begin(place, data, cx);
                }
                Next::Verified
            }
            Event::Received(Packet { pdu: Pdu::Invoke(Invoke { again: true, .. }), .. }) => {
                cx.send(None, Pdu::Ack { tid_question: true, again: true });
                Next::Stays
            }
            Event::TimesOut => Next::Ends,
            _ => Next::Stays,
        }
    }

    fn gathering(&mut self, event: &Event, cx: &mut Cx) -> Next {
        let State::Gathering(gathering) = &mut self.state else { return Next::Stays };
        let before = gathering.count();
        let (gathered, psn) = match event {
            Event::Received(Packet { pdu: Pdu::SegmentedInvoke { place, psn, data, .. }, .. }) => {
                (gathering.take(*place, *psn, data), *psn)
            }
            Event::Received(Packet { pdu: Pdu::Invoke(Invoke { place, again: true, .. }), .. }) => {
                (gathering.at(*place, 0), 0)
            }
            Event::TimesOut => return self.ends(reason::NO_RESPONSE, cx),
            _ => return Next::Stays,
        };
        // What it has had already is no step onward: so often only it is waited on for it.
        self.count = if gathering.count() > before { 0 } else { self.count.saturating_add(1) };
        if self.count <= cx.timers.retries_max {
            self.due = cx.now + cx.timers.wait;
        }
        match gathered {
            Gathered::Waits => {}
            Gathered::Group(psn) => cx.send(Some(psn), Pdu::Ack { tid_question: false, again: false }),
            Gathered::Missing(missing) => cx.send(None, Pdu::NegativeAck { again: false, missing: &missing }),
            Gathered::Message(data) => {
                self.last = Some(psn);
                self.indicate(data, cx);
            }
            Gathered::TooLarge => return self.ends(reason::TOO_LARGE, cx),
        }
        Next::Stays
    }

    fn invoke_resp_wait(&mut self, event: Event, cx: &mut Cx) -> Next {
        match event {
            Event::Accept if self.class == 1 => {
                self.acknowledge(false, cx);
                self.state = State::WaitTimeout;
                self.due = cx.now + cx.timers.wait;
                Next::Stays
            }
            Event::Accept => {
                self.state = State::ResultWait;
                (self.count, self.due) = (0, cx.now + cx.timers.acknowledgement);
                Next::Stays
            }
            // With the user's own acknowledgement asked for, only `Accept` is one.
            Event::TimesOut if self.user_ack => self.waits(cx),
            event => self.result_wait(event, cx),
        }
    }

    fn result_wait(&mut self, event: Event, cx: &mut Cx) -> Next {
        match event {
            Event::Result(data) if data.len() > result_max(self.joins_segments) => cx.give_up(reason::TOO_LARGE),
            Event::Result(data) => {
                let sending = Sending::new(data, self.joins_segments);
                cx.send_all(sending.group(cx.key.tid));
                self.state = State::ResultRespWait(sending);
                (self.count, self.due) = (0, cx.now + cx.timers.retry);
                Next::Stays
            }
            Event::Received(packet) if is_again(packet) => {
                if self.acknowledged || self.last.is_some() {
                    self.acknowledge(true, cx);
                }
                Next::Stays
            }
            Event::TimesOut => {
                let next = self.waits(cx);
                if next == Next::Stays {
                    self.acknowledge(self.acknowledged, cx);
                }
                next
            }
            _ => Next::Stays,
        }
    }

    /// Another interval passes, unless these were enough.
    fn waits(&mut self, cx: &mut Cx) -> Next {
        if self.count >= cx.timers.acknowledgements_max {
            return cx.give_up(reason::NO_RESPONSE);
        }
        (self.count, self.due) = (self.count + 1, cx.now + cx.timers.acknowledgement);
        Next::Stays
    }

    fn result_resp_wait(&mut self, event: &Event, cx: &mut Cx) -> Next {
        let State::ResultRespWait(sending) = &mut self.state else { return Next::Stays };
        match event {
            // An answer to the question about the number, come late, is none to the result.
            Event::Received(Packet { psn, pdu: Pdu::Ack { tid_question: false, .. }, .. }) => {
                let Some(is_all) = sending.acknowledged(psn.unwrap_or(0)) else { return Next::Stays };
                cx.acknowledged = true;
                if is_all {
                    cx.tell(Indication::Confirmed(cx.key));
                    return Next::Ends;
                }
                cx.send_all(sending.group(cx.key.tid));
                (self.count, self.missed, self.due) = (0, 0, cx.now + cx.timers.retry);
            }
            // Somebody is there, so patience begins anew; but not for ever.
            Event::Received(Packet { pdu: Pdu::NegativeAck { missing, .. }, .. }) => {
                let again = sending.missing(cx.key.tid, missing);
                if !again.is_empty()
                    && self.missed < cx.timers.retries_max
                    && cx.may_send_again(self.count + self.missed)
                {
                    cx.send_all(again);
                    (self.count, self.missed, self.due) = (0, self.missed + 1, cx.now + cx.timers.retry);
                }
            }
            // Who has acknowledged nothing yet gets no more of itself, but may ask, as seldom as a phone does.
            Event::Received(packet)
                if is_again(packet)
                    && !cx.may_send_again(self.count + self.missed)
                    && self.missed < cx.timers.retries_max
                    && cx.now + cx.timers.retry >= self.due + ASKED_AGAIN =>
            {
                cx.send_all(vec![sending.again(cx.key.tid)]);
                (self.missed, self.due) = (self.missed + 1, cx.now + cx.timers.retry);
            }
            Event::TimesOut if self.count >= cx.timers.retries_max => return cx.give_up(reason::NO_RESPONSE),
            Event::TimesOut => {
                if cx.may_send_again(self.count + self.missed) {
                    cx.send_all(vec![sending.again(cx.key.tid)]);
                }
                (self.count, self.due) = (self.count + 1, cx.now + cx.timers.retry);
            }
            _ => {}
        }
        Next::Stays
    }

    fn wait_timeout(&mut self, event: &Event, cx: &mut Cx) -> Next {
        match event {
            Event::Received(packet) if is_again(packet) => self.acknowledge(true, cx),
            Event::TimesOut => return Next::Ends,
            _ => {}
        }
        Next::Stays
    }
}

fn is_again(packet: &Packet) -> bool {
    matches!(packet.pdu, Pdu::Invoke(Invoke { again: true, .. }) | Pdu::SegmentedInvoke { again: true, .. })
}
