//! What each outcome makes of a row, the old layout, and what a start finds.

use super::*;
use crate::clock::Reading;
use crate::sms::bearer::{Outcome, Retry, SubmitError};
use crate::store::Store;
use crate::store::tests::{Folder, open};

const NOON: Time = Time(1_795_320_000_000);
const HINT: Word = Word::new("网络忙", "busy");

fn made(store: &Store, class: Class, text: &str, carrier: Option<&'static str>) -> u64 {
    let (to, text) = (Number::parse("13912345678").unwrap(), text.to_owned());
    let queued = store.write_blocking(move |tx| {
        let validity = Duration::from_secs(3600);
        let wanted = Wanted { to: &to, from: None, class, site: None, text: &text, now: NOON, validity };
        queue(tx, &wanted, carrier)
    });
    queued.unwrap().0
}

fn now(store: &Store, id: u64) -> Message {
    store.get(&key(id)).unwrap().unwrap()
}

fn settled(store: &Store, id: u64, part: u8, outcome: Outcome, at: Time) -> Message {
    store.write_blocking(move |tx| settle(tx, id, part, &outcome, at)).unwrap();
    now(store, id)
}

fn again(store: &Store, id: u64) {
    let give = move |tx: &mut Tx| {
        let mut message: Message = tx.get(&key(id))?.unwrap();
        message.give_to("sim1", None, NOON);
        tx.put(&key(id), &message)
    };
    store.write_blocking(give).unwrap();
}

fn refused(error: SubmitError, class: Retry) -> Outcome {
    Outcome::Refused { error, class, hint: HINT }
}

#[test]
fn pauses_grow_and_end_with_the_messages_time() {
    let folder = Folder::new();
    let store = open(&folder);
    let id = made(&store, Class::Transactional, "x", Some("sim1"));
    let mut pauses = Vec::new();
    for _ in 0..9 {
        let message = settled(&store, id, 0, refused(SubmitError::Cms(512), Retry::Soon), NOON);
        assert_eq!(message.hint, hint(HINT));
        pauses.push(message.not_before.since(NOON).as_secs());
        if !message.is_open() {
            break;
        }
        again(&store, id);
    }
    assert_eq!(pauses, [2, 5, 10, 30, 60, 300, 900, 1800, 1800]);
    let late =
        settled(&store, id, 0, refused(SubmitError::Cms(42), Retry::Later), NOON.plus(Duration::from_secs(1801)));
    assert_eq!((late.state(), late.hint.is_empty()), (State::Expired, false), "the next try would come too late");
}

#[test]
fn each_class_of_refusal_has_its_end() {
    let folder = Folder::new();
    let store = open(&folder);
    let after = |error: SubmitError, class, times: usize| {
        let id = made(&store, Class::Bulk, "x", Some("sim1"));
        for _ in 1..times {
            settled(&store, id, 0, refused(error.clone(), class), NOON);
            again(&store, id);
        }
        let message = settled(&store, id, 0, refused(error, class), NOON);
        (message.state(), message.tries)
    };
    use SubmitError::*;
    assert_eq!(after(Cms(1), Retry::Never, 1), (State::Failed, 1));
    assert_eq!(after(Cms(8), Retry::StopPort, 5), (State::Queued, 0), "another SIM may send it");
    assert_eq!(after(Cms(96), Retry::Soon, 1), (State::Queued, 1), "once may be chance");
    assert_eq!(after(Cms(96), Retry::Soon, 2), (State::Failed, 2));
    assert_eq!(after(Text("ERROR".into()), Retry::Reset, 3).0, State::Queued);
    assert_eq!(after(Text("ERROR".into()), Retry::Reset, 4).0, State::Failed, "it would stop the modem for ever");
    assert_eq!(after(Cms(0xC5), Retry::Never, 1).0, State::Submitted, "the service centre has it already");
    assert_eq!(after(Cms(0xC7), Retry::Never, 1), (State::Queued, 0));
    assert_eq!(after(Cms(0xC7), Retry::Never, 2).0, State::Failed);
    let id = made(&store, Class::Bulk, "x", Some("sim1"));
    assert_eq!(outgoing(id, &now(&store, id), NOON, true, &Witness::default())[0].tpdu[0], 0x31, "period and report");
    settled(&store, id, 0, refused(Cms(0xC7), Retry::Never), NOON);
    again(&store, id);
    assert_eq!(
        outgoing(id, &now(&store, id), NOON, false, &Witness::default())[0].tpdu[0],
        0x01,
        "without the period that is not known"
    );
}

#[test]
fn a_doubt_is_settled_once_and_bulk_never_goes_twice() {
    let folder = Folder::new();
    let store = open(&folder);
    for (class, first) in [(Class::Reply, State::Queued), (Class::Code, State::Queued), (Class::Bulk, State::Unknown)] {
        let id = made(&store, class, "x", Some("sim1"));
        assert_eq!(settled(&store, id, 0, Outcome::Unknown, NOON).state(), first);
        again(&store, id);
        let message = settled(&store, id, 0, Outcome::Unknown, NOON);
        assert_eq!((message.state(), message.hint.is_empty()), (State::Unknown, false));
        assert_eq!(settled(&store, id, 0, Outcome::NotSent, NOON).state(), State::Unknown, "it was settled");
    }
}

#[test]
fn half_a_text_goes_on_by_its_number_or_whole_by_another() {
    let folder = Folder::new();
    let store = open(&folder);
    let id = made(&store, Class::Bulk, &"字".repeat(150), Some("sim1"));
    let ours = |n: u8| Number::parse(&format!("1380000000{n}")).unwrap();
    settled(&store, id, 0, Outcome::Submitted { reference: 7 }, NOON);
    settled(&store, id, 1, refused(SubmitError::Cms(42), Retry::Later), NOON);
    let mut message = settled(&store, id, 2, Outcome::NotSent, NOON);
    assert_eq!((message.waiting(), message.is_begun()), (2, true));
    message.from = Some(ours(1));
    let mut same = message.clone();
    same.give_to("sim1", Some(&ours(1)), NOON);
    let parts: Vec<u8> = outgoing(id, &same, NOON, false, &Witness::default()).iter().map(|o| o.part).collect();
    assert_eq!(parts, [1, 2]);
    message.give_to("sim2", Some(&ours(2)), NOON);
    assert_eq!(
        outgoing(id, &message, NOON, false, &Witness::default()).len(),
        3,
        "a phone joins only what one number has sent"
    );
    assert_eq!(message.from, Some(ours(2)));
}

/// A row of version 1 as the program wrote it before: parts without a carrier.
#[test]
fn rows_of_the_first_layout_are_read() {
    let folder = Folder::new();
    let store = open(&folder);
    let octets = include_bytes!("../../../tests/data/store/outbox-1.bin");
    assert_eq!(octets[0], 1);
    let old: First = rmp_serde::from_slice(&octets[1..]).unwrap();
    store.write_blocking(move |tx| tx.put(&key(3), &old)).unwrap();
    let message = now(&store, 3);
    assert_eq!((message.to.as_str(), message.class, message.tries), ("+8613912345678", Class::Reply, 1));
    let part = Part { state: State::Submitted, reference: Some(7), error: Some("CMS 42".into()), by: None, sent: None };
    assert_eq!(message.parts, [part]);
    assert!(message.again, "it was one count for refusals and doubts");
}

#[test]
fn a_start_doubts_only_what_may_have_left() {
    let folder = Folder::new();
    let store = open(&folder);
    let (left, stayed) = (made(&store, Class::Bulk, "x", Some("sim1")), made(&store, Class::Bulk, "y", Some("sim1")));
    let (reply, told) = (made(&store, Class::Reply, "z", Some("sim2")), made(&store, Class::Reply, "t", Some("sim3")));
    let waits = made(&store, Class::Bulk, "w", None);
    let has_left = |by: &str, id: u64, _: u8| (by != "sim2").then_some(id == left || id == told);
    let (mut open, mut sent) = (Vec::new(), Vec::new());
    let found = |found: Found<'_>| match found {
        Found::Open(id, _) => open.push(id),
        Found::Sent(id, _) => sent.push(id),
    };
    recover(&store, NOON, has_left, found).unwrap();
    assert_eq!((open, sent), (vec![stayed, reply, waits], vec![left, told]));
    assert_eq!((now(&store, left).state(), now(&store, stayed).state()), (State::Unknown, State::Queued));
    assert!(now(&store, reply).again && !now(&store, stayed).again);
    assert_eq!(now(&store, told).state(), State::Unknown, "who has it shall not get it twice");
}

#[test]
fn an_old_time_is_no_time() {
    let folder = Folder::new();
    let store = open(&folder);
    let id = made(&store, Class::Bulk, "x", None);
    let message = now(&store, id);
    assert!(!message.is_late(&Reading::sure(NOON)) && message.is_late(&Reading::sure(message.expires)));
}
