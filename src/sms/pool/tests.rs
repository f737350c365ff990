//! The order, the limits and the pool without a store: random loads over hours, checked against what was allowed.

use super::*;
use crate::clock::Reading;
use crate::sms::bearer::{Retry, State, SubmitError};
use crate::sms::outbox::{Part, State as PartState};

const DAY: Duration = Duration::from_secs(24 * 3600);
const SECOND: Duration = Duration::from_secs(1);
/// 2026-11-22 12:00 in Jinan.
const NOON: Time = Time(1_795_320_000_000);
const LIMITS: Limits = Limits { minute: 10, hour: 40, day: 90, person_hour: 3 };

/// Knuth's constants; tests are to go the same way each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn message(class: Class, phone: u64, parts: usize) -> Message {
    let part = Part { state: PartState::Queued, reference: None, error: None, by: None, sent: None };
    Message {
        to: Number::parse(&format!("139{phone:08}")).unwrap(),
        from: None,
        class,
        site: None,
        text: String::new(),
        reference: 0,
        parts: vec![part; parts],
        made: NOON,
        expires: NOON.plus(24 * 3600 * SECOND),
        not_before: NOON,
        tries: 0,
        again: false,
        hint: String::new(),
        kind: Default::default(),
    }
}

fn pool(limits: Limits, modems: &[&str]) -> Pool {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let quiet = Quiet { from: "21:00".parse().unwrap(), to: "08:00".parse().unwrap(), zone };
    let mut pool = Pool::new(Rules { limits, quiet, own_sites: Vec::new() }, Hold::default());
    for name in modems {
        pool.add_bearer(BearerHandle::new((*name).to_owned(), None).0, None, Witness::default(), Duration::ZERO);
        pool.bearers.get_mut(*name).unwrap().set_state(ready(), Duration::ZERO);
    }
    pool
}

fn ready() -> State {
    State::Ready { operator: None, signal: None, number: None }
}

fn sure(passed: Duration) -> Reading {
    Reading::sure(NOON.plus(passed))
}

#[test]
fn a_key_holds_what_it_was_made_of() {
    for (class, id, route, parts) in
        [(Class::Bulk, (1 << 48) - 1, 511, 10), (Class::Reply, 1, 0, 1), (Class::Care, 77, 3, 2)]
    {
        let key = Key::new(id, &message(class, 1, parts), route);
        assert_eq!((key.lane(), key.id(), key.route(), key.parts() as usize), (class, id, route, parts));
    }
}

/// Random claims over two days: in no day more than the limit, in no minute and hour more but answers, and what is kept
/// is there for replies.
#[test]
fn no_window_ever_holds_more_than_its_limit() {
    for seed in 0..8 {
        let (mut dice, mut rates) = (Dice(seed), Rates::new(&LIMITS));
        let (mut passed, mut left) = (Duration::ZERO, Vec::<(Duration, Class, u32)>::new());
        while passed < Duration::from_secs(2 * 24 * 3600) {
            let most = [40, 3_000, 400_000][dice.below(3) as usize];
            passed += Duration::from_millis(dice.below(most));
            let (class, parts) = (Class::ALL[dice.below(5) as usize], 1 + dice.below(3) as u32);
            let wait = rates.wait(class, parts, passed);
            if wait.is_zero() {
                rates.take(parts, passed);
                left.push((passed, class, parts));
            } else {
                assert!(rates.wait(class, parts, passed + wait).is_zero(), "after the wait it may go");
            }
        }
        assert!(left.len() > 60, "something left: {}", left.len());
        for (span, limit) in [(60, 10_u32), (3600, 40), (24 * 3600, 90)] {
            let span = Duration::from_secs(span);
            let is_held = |class: &Class| span >= DAY || !matches!(class, Class::Reply | Class::Code);
            for (n, (end, class, _)) in left.iter().enumerate().filter(|(_, (_, class, _))| is_held(class)) {
                let within = left[..=n].iter().rev().take_while(|(at, ..)| *end - *at < span);
                let sum: u32 = within.map(|(.., parts)| parts).sum();
                let allowed = limit - if matches!(class, Class::Care | Class::Bulk) { limit.div_ceil(4) } else { 0 };
                assert!(sum <= allowed, "{sum} within {span:?} at {end:?} for {class:?}, seed {seed}");
            }
        }
    }
}

#[test]
fn what_was_sent_before_a_start_counts() {
    let mut rates = Rates::new(&LIMITS);
    for n in 0..10 {
        rates.taken_before(1, n * SECOND, Duration::ZERO);
    }
    assert_eq!(rates.left(Duration::ZERO)[0].1, Some(0));
    assert!(rates.wait(Class::Reply, 1, Duration::ZERO).is_zero(), "a person waits for it");
    let wait = rates.wait(Class::Transactional, 1, Duration::ZERO);
    assert!((50..=53).contains(&wait.as_secs()), "the oldest was nine seconds ago: {wait:?}");
    rates.give_back(3);
    assert_eq!(rates.left(Duration::ZERO)[0].1, Some(3));
}

/// Each of many messages to one person gets a moment of its own, so none is looked at again and again.
#[test]
fn one_person_gets_no_more_than_is_decent() {
    let (mut people, mut passed) = (People::new(&LIMITS), Duration::from_secs(50));
    for _ in 0..3 {
        assert_eq!(people.wait(7, passed), None);
        people.take(7, passed);
        passed += 10 * SECOND;
    }
    let waits: Vec<u64> = (0..7).map(|_| (passed + people.wait(7, passed).unwrap()).as_secs()).collect();
    assert_eq!(waits, [3651, 3661, 3671, 7251, 7261, 7271, 10851]);
    assert_eq!(people.wait(8, passed), None, "another person");
    let mut times = vec![50, 60, 70];
    for at in waits {
        let at = Duration::from_secs(at);
        if people.wait(7, at).is_none() {
            people.take(7, at);
            times.push(at.as_secs());
        }
    }
    assert!(times.len() >= 9, "{times:?}");
    assert!(times.windows(4).all(|four| four[3] - four[0] >= 3600), "{times:?}");
}

#[test]
fn a_hundred_thousand_wait_in_some_octets_each_and_the_first_is_found() {
    let mut index = Index::default();
    let bulk = message(Class::Bulk, 1, 1);
    (1..=100_000).for_each(|id| index.add(Key::new(id, &bulk, 0)));
    index.add(Key::new(100_001, &message(Class::Reply, 1, 1), 3));
    assert_eq!(index.first(Class::Bulk, &[0]).map(Key::id), Some(1));
    assert_eq!(index.first(Class::Reply, &[0]), None);
    assert_eq!(index.first(Class::Reply, &[0, 3]).map(Key::id), Some(100_001));
    assert_eq!(index.ids_after(99_998, 10), [99_999, 100_000, 100_001]);
    assert_eq!(size_of::<Key>(), 8);
    let first = index.first(Class::Bulk, &[0]).unwrap();
    index.take(first);
    index.park(first, NOON.plus(SECOND));
    assert_eq!((index.wake(NOON), index.first(Class::Bulk, &[0]).map(Key::id)), (Some(NOON.plus(SECOND)), Some(2)));
    assert_eq!((index.wake(NOON.plus(SECOND)), index.first(Class::Bulk, &[0]).map(Key::id)), (None, Some(1)));
    index.forget(|id| id < 100_000);
    assert_eq!(index.count(), 2);
}

#[test]
fn replies_go_first_and_a_begun_text_is_finished_at_night() {
    let mut pool = pool(LIMITS, &["sim1"]);
    let look = |pool: &Pool, passed| pool.look("sim1", &sure(passed), passed);
    for (id, class) in
        [(1, Class::Bulk), (2, Class::Care), (3, Class::Transactional), (4, Class::Code), (5, Class::Reply)]
    {
        pool.add(id, &message(class, id, 1));
    }
    for id in [5, 4, 3, 2, 1] {
        let Look::Now(key) = look(&pool, SECOND) else { panic!("nothing for {id}") };
        assert_eq!(key.id(), id);
        pool.index.take(key);
    }
    assert_eq!(look(&pool, SECOND), Look::Nothing);
    let night = Duration::from_secs(10 * 3600);
    pool.add(6, &message(Class::Bulk, 6, 2));
    assert_eq!(look(&pool, night), Look::At(night + Duration::from_secs(10 * 3600)), "22:00, so at eight");
    let mut begun = message(Class::Bulk, 7, 2);
    begun.parts[0].state = PartState::Submitted;
    pool.add(7, &begun);
    assert!(matches!(look(&pool, night), Look::Now(key) if key.id() == 7));
    let mut unsure = sure(SECOND);
    unsure.trust = crate::clock::Trust::Seen;
    pool.index.forget(|id| id == 7);
    assert_eq!(pool.look("sim1", &unsure, SECOND), Look::Nothing, "who knows whether it is night");
}

#[test]
fn a_refused_sim_is_stopped_and_a_failing_one_rests() {
    let mut pool = pool(LIMITS, &["sim1", "sim2"]);
    pool.add(1, &message(Class::Bulk, 1, 1));
    let look = |pool: &Pool, name: &str, passed| pool.look(name, &sure(passed), passed);
    let hint = Word::new("欠费", "no credit");
    let send = |pool: &mut Pool, outcome: Outcome, passed| {
        pool.bearers.get_mut("sim1").unwrap().line =
            Line::Sending(Sending { left: vec![0], ..Sending::new(9, vec![]) });
        assert!(pool.outcome("sim1", 9, 0, &outcome, passed).is_free);
        pool.bearers.get_mut("sim1").unwrap().line = Line::Idle;
    };
    let refused = |class| Outcome::Refused { error: SubmitError::Cms(8), class, hint };
    send(&mut pool, refused(Retry::StopPort), SECOND);
    assert_eq!(look(&pool, "sim1", SECOND), Look::At(3601 * SECOND), "it is tried once an hour");
    assert!(matches!(look(&pool, "sim2", SECOND), Look::Now(_)), "its messages go elsewhere");
    pool.bearers.get_mut("sim2").unwrap().set_state(State::NoSim, SECOND);
    assert!(matches!(pool.why(&message(Class::Bulk, 1, 1), &sure(SECOND), SECOND), Some(Why::Stopped(h)) if h == hint));
    pool.bearers.get_mut("sim1").unwrap().set_state(State::Lost { why: String::new() }, 2 * SECOND);
    pool.bearers.get_mut("sim1").unwrap().set_state(ready(), 3 * SECOND);
    assert!(matches!(look(&pool, "sim1", 3 * SECOND), Look::Now(_)), "somebody has seen to it");

    send(&mut pool, refused(Retry::Later), 4 * SECOND);
    send(&mut pool, refused(Retry::Later), 4 * SECOND);
    assert!(matches!(look(&pool, "sim1", 4 * SECOND), Look::Now(_)));
    send(&mut pool, refused(Retry::Later), 4 * SECOND);
    assert_eq!(look(&pool, "sim1", 4 * SECOND), Look::At(6 * SECOND));
    send(&mut pool, Outcome::Unknown, 6 * SECOND);
    assert_eq!(look(&pool, "sim1", 6 * SECOND), Look::At(10 * SECOND));
    send(&mut pool, Outcome::Submitted { reference: 1 }, 10 * SECOND);
    assert!(matches!(look(&pool, "sim1", 10 * SECOND), Look::Now(_)));
}
