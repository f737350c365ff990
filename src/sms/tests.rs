//! The whole queue against a model: random messages, outcomes, lost answers, refusals, kills, jumps of the clock, reports;
//! the bearers are played by the test. What is checked: nothing lost, nothing doubled, the order, the limits, the ends.

use std::collections::{BTreeMap, HashMap};

use super::outbox::{Message, State as Step, Wanted};
use super::pool::quiet::Quiet;
use super::pool::rates::Limits;
use super::*;
use crate::clock::Time;
use crate::sites::Numbers;
use crate::sms::bearer::{Facts, Handed, Outcome, Reports, Retry, SubmitError};
use crate::sms::fields::{Address, Scts};
use crate::sms::pdu::Submit;
use crate::stop::{self, Stopper};
use crate::store::tests::{Folder, open};
use crate::words::{Lang, Word};

/// 2026-11-22 12:00 in Jinan.
const NOON: Time = Time(1_795_320_000_000);
const SECOND: Duration = Duration::from_secs(1);
const LIMITS: Limits = Limits { minute: 12, hour: 200, day: 900, person_hour: 4 };
const HINT: Word = Word::new("忙", "busy");

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn is(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

fn phone(n: u64) -> Number {
    Number::parse(&format!("139{n:08}")).unwrap()
}

fn house(clock: &Clock) -> House {
    House {
        name: "驿站".to_owned(),
        url: String::new(),
        domain: "localhost".to_owned(),
        zone: jiff::tz::TimeZone::get("Asia/Shanghai").unwrap(),
        lang: Lang::Zh,
        help_phone: String::new(),
        numbers: Numbers::default(),
        kinds: crate::sections::ALL,
        clock: clock.clone(),
        tell: outbox::tell,
    }
}

fn settings(limits: Limits) -> Settings {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let quiet = Quiet { from: "21:00".parse().unwrap(), to: "08:00".parse().unwrap(), zone };
    let day = Duration::from_secs(24 * 3600);
    Settings {
        manners: Manners { segments: 2, keys_valid: day, form_open: day, replies: 100, pushes: no_pushes() },
        partial_wait: day,
        rules: Rules { limits, quiet, own_sites: Vec::new() },
        notes: None,
    }
}

/// A room with bearers that the test plays.
struct Room {
    sms: Arc<Sms>,
    events: mpsc::Sender<Event>,
    lines: BTreeMap<String, mpsc::Receiver<Handed>>,
    stopper: Stopper,
    task: tokio::task::JoinHandle<()>,
}

impl Room {
    async fn open(store: &Store, clock: &Clock, limits: Limits, names: &[&str]) -> Room {
        let (store, house, at) = (store.clone(), Arc::new(house(clock)), clock.clone());
        let sms =
            tokio::task::spawn_blocking(move || Sms::open(store, house, at, settings(limits)).unwrap()).await.unwrap();
        let (events, inbox) = mpsc::channel(64);
        let mut lines = BTreeMap::new();
        for (n, name) in names.iter().enumerate() {
            let number = Number::parse(&format!("1380000000{n}"));
            let (handle, line) = BearerHandle::new((*name).to_owned(), number);
            let facts = Facts { reports: Reports::Direct, ..Facts::default() };
            sms.add_bearer(handle.with_facts(tokio::sync::watch::channel(facts).1), None);
            lines.insert((*name).to_owned(), line);
        }
        let (stopper, stop) = stop::pair();
        let task = tokio::spawn(Arc::clone(&sms).run(inbox, stop));
        let room = Room { sms, events, lines, stopper, task };
        for name in names {
            room.state(name, State::Ready { operator: None, signal: None, number: None }).await;
        }
        room
    }

    async fn state(&self, bearer: &str, state: State) {
        self.events.send(Event::State { bearer: bearer.to_owned(), state }).await.unwrap();
    }

    async fn outcome(&self, bearer: &str, outgoing: &Outgoing, outcome: Outcome) {
        let Outgoing { id, part, .. } = *outgoing;
        self.events.send(Event::Outcome { bearer: bearer.to_owned(), id, part, outcome }).await.unwrap();
    }

    async fn report(&self, bearer: &str, to: &Number, reference: u8, status: u8, sent: Time) -> bool {
        let report = StatusReport {
            has_header: false,
            more: false,
            loop_prevention: false,
            of_command: false,
            reference,
            recipient: Address::of(to),
            sent: Scts::of(sent, 32),
            done: Scts::of(sent, 32),
            status,
            rest: Vec::new(),
        };
        let (answer, verdict) = tokio::sync::oneshot::channel();
        let tpdu = report.emit().unwrap();
        let inbound = Inbound { bearer: bearer.to_owned(), number: None, tpdu, live: true, answer };
        self.events.send(Event::Inbound(inbound)).await.unwrap();
        matches!(verdict.await, Ok(Verdict::Done { .. }))
    }

    async fn queue(&self, class: Class, to: Number, text: &str, validity: Duration) -> u64 {
        let (now, text) = (self.sms.clock.now(), text.to_owned());
        let queued = self.sms.store.write(move |tx| {
            outbox::queue(tx, &Wanted { to: &to, from: None, class, site: None, text: &text, now, validity }, None)
        });
        let (id, message) = queued.await.unwrap();
        self.sms.queued(id, &message);
        id
    }

    /// Until nothing moves any more without the test: what is written is written, and every claim has come to its end.
    async fn settle(&self) {
        let mut calm = 0;
        while calm < 3 {
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            self.sms.store.write(|_| Ok(())).await.unwrap();
            let is_claiming = self.sms.pool().bearers.values().any(|b| matches!(b.line, Line::Claiming));
            calm = if is_claiming || self.events.capacity() < 64 { 0 } else { calm + 1 };
        }
    }

    /// Until what was begun has been tried, whether it was stored or not.
    async fn settle_writes(&self) {
        for _ in 0..20 {
            tokio::task::yield_now().await;
            self.sms.store.write(|_| Ok(())).await.unwrap();
        }
    }

    /// What lies in the bearers' hands now.
    async fn handed(&mut self) -> Vec<(String, Outgoing)> {
        let mut taken = Vec::new();
        for (name, line) in &mut self.lines {
            while let Ok(mut handed) = line.try_recv() {
                // What was given up lies there still, and is let go as a driver lets it.
                if handed.is_durable().await {
                    taken.push((name.clone(), handed.outgoing));
                }
            }
        }
        taken
    }

    fn message(&self, id: u64) -> Message {
        self.sms.store.get(&outbox::key(id)).unwrap().unwrap()
    }

    /// As a kill does it: nobody is told, nothing is finished.
    async fn kill(self) {
        self.stopper.stop();
        let _ = self.task.await;
    }
}

#[derive(Default)]
struct Model {
    /// Parts that the network got, by message and part: how often, and of these how many answers were lost.
    left: HashMap<(u64, u8), u32>,
    classes: BTreeMap<u64, (Class, usize)>,
    /// By bearer, when how many segments left.
    rates: HashMap<String, Vec<Duration>>,
    doubts: u64,
    kills: u64,
}

impl Model {
    fn sent(&mut self, bearer: &str, outgoing: &Outgoing, passed: Duration) {
        assert!(Submit::parse(&outgoing.tpdu).is_ok());
        *self.left.entry((outgoing.id, outgoing.part)).or_default() += 1;
        let times = self.rates.entry(bearer.to_owned()).or_default();
        times.push(passed);
        let within = times.iter().rev().take_while(|at| passed - **at < Duration::from_secs(60)).count();
        assert!(within <= LIMITS.minute as usize, "{within} in a minute by {bearer}");
    }
}

#[tokio::test]
async fn whatever_happens_nothing_is_lost_and_nothing_comes_twice() {
    for seed in 1..=6 {
        let (folder, clock) = (Folder::new(), Clock::by_hand(NOON));
        let store = open(&folder);
        let (mut dice, mut model) = (Dice(seed), Model::default());
        let names = ["sim1", "sim2", "sim3"];
        let mut room = Room::open(&store, &clock, LIMITS, &names).await;
        let mut in_hand: Vec<(String, Outgoing)> = Vec::new();
        let mut reference = 0_u8;
        for step in 0..400 {
            // The first two thirds bring messages, then all come to their end.
            if step < 260 && dice.is(60) {
                let class = Class::ALL[dice.below(5) as usize];
                let text = "字".repeat([5, 5, 90, 150][dice.below(4) as usize]);
                let hours = 1 + dice.below(30);
                let id = room.queue(class, phone(dice.below(30)), &text, Duration::from_secs(3600 * hours)).await;
                model.classes.insert(id, (class, parts::segments(&text)));
            }
            room.settle().await;
            for (bearer, outgoing) in room.handed().await {
                assert!(!in_hand.iter().any(|(name, _)| *name == bearer), "{bearer} had one");
                in_hand.push((bearer, outgoing));
            }
            if !in_hand.is_empty() && dice.is(85) {
                let (bearer, outgoing) = in_hand.swap_remove(dice.below(in_hand.len() as u64) as usize);
                reference = reference.wrapping_add(1);
                let error = SubmitError::Cms([42, 512, 38][dice.below(3) as usize]);
                let outcome = match dice.below(20) {
                    0 => Outcome::Refused { error: SubmitError::Cms(1), class: Retry::Never, hint: HINT },
                    1 | 2 => Outcome::Refused { error, class: Retry::Later, hint: HINT },
                    3 => Outcome::Refused { error: SubmitError::Cms(8), class: Retry::StopPort, hint: HINT },
                    4 => Outcome::NotSent,
                    5 => Outcome::Unknown,
                    _ => Outcome::Submitted { reference },
                };
                let may_have_left = matches!(outcome, Outcome::Submitted { .. } | Outcome::Unknown);
                if may_have_left && (outcome != Outcome::Unknown || dice.is(50)) {
                    model.sent(&bearer, &outgoing, clock.passed());
                }
                model.doubts += u64::from(outcome == Outcome::Unknown);
                room.outcome(&bearer, &outgoing, outcome).await;
                room.settle().await;
            }
            if dice.is(4) {
                // The network has got it or not; the box knows neither.
                model.doubts += room.handed().await.len() as u64;
                for (bearer, outgoing) in in_hand.drain(..) {
                    model.doubts += 1;
                    if dice.is(50) {
                        model.sent(&bearer, &outgoing, clock.passed());
                    }
                }
                model.kills += 1;
                room.kill().await;
                room = Room::open(&store, &clock, LIMITS, &names).await;
            }
            if dice.is(3) {
                let name = names[dice.below(3) as usize];
                room.state(name, State::Lost { why: "unplugged".to_owned() }).await;
                room.state(name, State::Ready { operator: None, signal: None, number: None }).await;
            }
            clock.advance(Duration::from_millis([0, 900, 4_000, 60_000, 1_800_000][dice.below(5) as usize]));
        }
        finish(&mut room, &clock, &mut model, in_hand).await;
        check(&room, &model, seed);
        room.kill().await;
    }
}

/// The network answers all from here on, and the days pass.
async fn finish(room: &mut Room, clock: &Clock, model: &mut Model, mut in_hand: Vec<(String, Outgoing)>) {
    let mut reference = 0_u8;
    for _ in 0..4_000 {
        room.settle().await;
        in_hand.extend(room.handed().await);
        if in_hand.is_empty() {
            if room.sms.waiting() == 0 {
                return;
            }
            clock.advance(Duration::from_secs(61));
        }
        for (bearer, outgoing) in in_hand.drain(..) {
            reference = reference.wrapping_add(1);
            model.sent(&bearer, &outgoing, clock.passed());
            room.outcome(&bearer, &outgoing, Outcome::Submitted { reference }).await;
        }
    }
    panic!("{} messages never came to an end", room.sms.waiting());
}

fn check(room: &Room, model: &Model, seed: u64) {
    let (mut unknown, mut states) = (0, BTreeMap::<&str, u32>::new());
    for (id, (class, segments)) in &model.classes {
        let message = room.message(*id);
        let state = message.state();
        *states.entry(state.name()).or_default() += 1;
        let is_final = matches!(state, Step::Submitted | Step::Failed | Step::Expired | Step::Unknown);
        assert!(is_final, "message {id} is {state:?}, seed {seed}");
        unknown += u64::from(state == Step::Unknown);
        for part in 0..*segments as u8 {
            let left = model.left.get(&(*id, part)).copied().unwrap_or(0);
            let most = match class.is_sent_again() {
                true => 2,
                // Another number sends half a text whole.
                false if *segments > 1 => 2,
                false => 1,
            };
            assert!(left <= most, "part {part} of {class:?} {id} left {left} times, seed {seed}");
            assert!(left > 0 || state != Step::Submitted, "message {id} never left, seed {seed}");
        }
    }
    assert!(unknown <= model.doubts, "{unknown} unknown of {} doubts, seed {seed}", model.doubts);
    assert!(states.get("submitted").is_some_and(|count| *count > 40), "{states:?} after {} kills", model.kills);
}

/// The report tells what the answer did not, and before it.
#[tokio::test]
async fn reports_find_their_message_early_late_and_without_an_answer() {
    let (folder, clock) = (Folder::new(), Clock::by_hand(NOON));
    let store = open(&folder);
    let mut room = Room::open(&store, &clock, Limits::default(), &["sim1", "sim2"]).await;
    let day = Duration::from_secs(24 * 3600);
    let mut lost = Vec::new();
    // Late, early, of an answer that was lost, failed, not final, and another SIM's.
    for (n, (early, outcome, status, then)) in [
        (false, Outcome::Submitted { reference: 7 }, 0x00, "delivered"),
        (true, Outcome::Submitted { reference: 8 }, 0x00, "delivered"),
        (true, Outcome::Unknown, 0x00, "delivered"),
        (false, Outcome::Unknown, 0x00, "delivered"),
        (false, Outcome::Submitted { reference: 9 }, 0x46, "failed"),
        (false, Outcome::Submitted { reference: 10 }, 0x30, "submitted"),
        (false, Outcome::Submitted { reference: 11 }, 0x01, "submitted"),
    ]
    .into_iter()
    .enumerate()
    {
        let to = phone(n as u64);
        let id = room.queue(Class::Transactional, to.clone(), "hello", day).await;
        room.settle().await;
        let (bearer, outgoing) = room.handed().await.remove(0);
        let submit = Submit::parse(&outgoing.tpdu).unwrap();
        assert!(submit.report, "a report is asked for");
        let reference = if let Outcome::Submitted { reference } = outcome { reference } else { 77 };
        let national = Number::parse(&format!("0{}", &to.as_str()[3..])).unwrap();
        if early {
            assert!(room.report(&bearer, &national, reference, status, clock.now()).await);
        }
        room.outcome(&bearer, &outgoing, outcome.clone()).await;
        room.settle().await;
        let other = if bearer == "sim1" { "sim2" } else { "sim1" };
        if !early {
            assert!(room.report(other, &to, reference, 0x40, clock.now()).await);
            assert_ne!(room.message(id).state(), Step::Failed, "another SIM's report is none of this message");
            clock.advance(3600 * SECOND);
            assert!(room.report(&bearer, &national, reference, status, clock.now()).await);
        }
        let message = room.message(id);
        assert_eq!(message.state().name(), then, "{n}: {message:?}");
        assert_eq!(message.hint.is_empty(), then == "delivered", "{n}: {}", message.hint);
        // Twice is no more than once, and a failure after it was delivered is none.
        assert!(room.report(&bearer, &to, reference, 0x62, clock.now()).await);
        let same = room.message(id).state().name();
        assert!(same == then || then == "submitted", "{n}: {same}");
        lost.push(id);
    }
    // Also after a start.
    let id = room.queue(Class::Bulk, phone(50), "hello", day).await;
    room.settle().await;
    let (bearer, outgoing) = room.handed().await.remove(0);
    room.outcome(&bearer, &outgoing, Outcome::Submitted { reference: 99 }).await;
    room.settle().await;
    room.kill().await;
    let room = Room::open(&store, &clock, Limits::default(), &["sim1", "sim2"]).await;
    assert!(room.report(&bearer, &phone(50), 99, 0x00, clock.now()).await);
    assert_eq!(room.message(id).state(), Step::Delivered);
    room.kill().await;
}

/// The settle of one message and the claim of the next are one commit.
#[tokio::test]
async fn a_message_is_one_commit() {
    let (folder, clock) = (Folder::new(), Clock::by_hand(NOON));
    let store = open(&folder);
    let mut room = Room::open(&store, &clock, Limits::default(), &["sim1"]).await;
    for n in 0..20 {
        room.queue(Class::Bulk, phone(n), "hello", Duration::from_secs(3600)).await;
    }
    room.settle().await;
    let before = store.sequence();
    for n in 0..19_u64 {
        let (bearer, outgoing) = room.handed().await.remove(0);
        room.outcome(&bearer, &outgoing, Outcome::Submitted { reference: 1 }).await;
        room.settle().await;
        assert_eq!(store.sequence(), before + n + 1);
    }
    room.kill().await;
}

#[tokio::test]
async fn an_operator_holds_looks_and_empties() {
    let (folder, clock) = (Folder::new(), Clock::by_hand(NOON));
    let store = open(&folder);
    let mut room = Room::open(&store, &clock, Limits::default(), &["sim1"]).await;
    room.sms.hold_back(None, None).await.unwrap();
    let day = Duration::from_secs(24 * 3600);
    let mut ids = Vec::new();
    for n in 0..250 {
        let class = if n % 2 == 0 { Class::Bulk } else { Class::Code };
        ids.push(room.queue(class, phone(n), "hello", day).await);
    }
    room.settle().await;
    assert!(room.handed().await.is_empty() && room.sms.waiting() == 250);
    assert!(room.sms.hint_of(&room.message(ids[0])).contains("operator"));
    let page = room.sms.page(ids[9], 5).unwrap();
    assert_eq!(page.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ids[10..15]);
    room.sms.cancel(ids[1]).await.unwrap();
    assert!(room.sms.cancel(ids[1]).await.is_err() && room.sms.cancel(9_999).await.is_err());
    let choice = queue::Choice { class: Some(Class::Bulk), ..queue::Choice::default() };
    assert_eq!(room.sms.purge(choice).await.unwrap(), 125);
    assert_eq!((room.sms.waiting(), room.sms.waiting_of(Class::Bulk)), (124, 0));
    assert_eq!(room.message(ids[0]).state(), Step::Cancelled);
    // A hold outlives the process.
    room.kill().await;
    let mut room = Room::open(&store, &clock, Limits::default(), &["sim1"]).await;
    room.settle().await;
    assert!(room.handed().await.is_empty() && room.sms.hold().all);
    room.sms.release(None, None).await.unwrap();
    room.settle().await;
    assert_eq!(room.handed().await[0].1.id, ids[3]);
    room.kill().await;
}

#[tokio::test]
async fn whoever_is_free_gets_something() {
    let (folder, clock) = (Folder::new(), Clock::by_hand(NOON));
    let store = open(&folder);
    let mut room = Room::open(&store, &clock, Limits::default(), &["sim1", "sim2", "sim3"]).await;
    room.sms.hold_back(None, None).await.unwrap();
    for n in 0..3 {
        room.queue(Class::Transactional, phone(n), "hello", Duration::from_secs(3600)).await;
    }
    room.settle().await;
    assert!(room.handed().await.is_empty());
    room.sms.release(None, None).await.unwrap();
    room.settle().await;
    assert_eq!(room.handed().await.len(), 3, "one line does not carry what three can");
    room.kill().await;
}

#[tokio::test]
async fn an_outcome_that_does_not_fit_is_kept_until_it_does() {
    let (folder, clock) = (Folder::new(), Clock::by_hand(NOON));
    let free = Arc::new(std::sync::atomic::AtomicU64::new(u64::MAX));
    let probe = Arc::clone(&free);
    let options = crate::store::Options {
        reserve_bytes: 800,
        free: Arc::new(move |_: &std::path::Path| Ok(probe.load(Ordering::SeqCst))),
        clock: clock.clone(),
        ..Default::default()
    };
    let store = Store::open(&folder.0, options).unwrap();
    let mut room = Room::open(&store, &clock, Limits::default(), &["sim1"]).await;
    let mut ids = Vec::new();
    for n in 0..2 {
        ids.push(room.queue(Class::Transactional, phone(n), "hello", Duration::from_secs(3600)).await);
    }
    room.settle().await;
    let (bearer, first) = room.handed().await.remove(0);
    free.store(100, Ordering::SeqCst);
    clock.advance(Duration::from_secs(2));
    room.outcome(&bearer, &first, Outcome::Submitted { reference: 7 }).await;
    room.settle_writes().await;
    assert!(room.handed().await.is_empty(), "of two in doubt one would come twice");
    assert_eq!(room.message(ids[0]).state(), Step::Submitting);
    free.store(u64::MAX, Ordering::SeqCst);
    while room.message(ids[0]).state() == Step::Submitting {
        clock.advance(Duration::from_secs(5));
        room.settle_writes().await;
    }
    assert_eq!(room.message(ids[0]).parts[0].reference, Some(7));
    room.settle().await;
    clock.advance(Duration::from_secs(10));
    room.settle().await;
    assert_eq!(room.handed().await[0].1.id, ids[1]);
    room.kill().await;
}

/// Nobody here opens pushes.
fn no_pushes() -> super::push::Pushes {
    let ports = super::fields::Ports { destination: 2948, source: 9200 };
    super::push::Pushes { tries: 0, ports, compile: |_| Vec::new() }
}
