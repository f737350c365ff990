//! Refusals, silence, PINs, unplugging and panics: what is told, and that it comes back.

use super::*;
use crate::sim::modem::Trouble;
use crate::sms::bearer::{Retry, SubmitError};

#[tokio::test(start_paused = true)]
async fn refusals_carry_class_and_hint() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    for (code, class) in [(8, Retry::StopPort), (42, Retry::Later), (1, Retry::Never), (512, Retry::Soon)] {
        sim.trouble_next(Trouble::Cms(code));
        bench.submit("x");
        let Outcome::Refused { error, class: told, hint } = bench.outcome().await else { panic!("{code}") };
        assert_eq!((error, told), (SubmitError::Cms(code), class));
        assert!(!hint.zh.is_empty());
    }
    sim.trouble_next(Trouble::Cms(332));
    bench.submit("x");
    assert_eq!(bench.outcome().await, Outcome::Unknown, "the network may have taken it");
    bench.submit("x");
    assert_eq!(bench.outcome().await, Outcome::Submitted { reference: 1 });
}

#[tokio::test(start_paused = true)]
async fn after_a_refused_part_the_rest_of_its_text_waits() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    sim.trouble_next(Trouble::Cms(42));
    sim.deliver(PHONE, "?", NOW);
    done(bench.inbound().await, &"字".repeat(150));
    let Outcome::Refused { class: Retry::Later, .. } = bench.outcome().await else { panic!() };
    assert_eq!((bench.outcome().await, bench.outcome().await), (Outcome::NotSent, Outcome::NotSent));
    sim.idle().await;
}

#[tokio::test(start_paused = true)]
async fn no_prompt_is_not_sent_and_no_answer_is_unknown() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    for (trouble, outcome) in [(Trouble::NoPrompt, Outcome::NotSent), (Trouble::NoAnswer, Outcome::Unknown)] {
        sim.trouble_next(trouble);
        bench.submit("x");
        let Event::Outcome { outcome: told, id: 7, part: 1, .. } = bench.event_later().await else { panic!() };
        assert_eq!(told, outcome);
    }
    bench.submit("x");
    assert_eq!(bench.outcome().await, Outcome::Submitted { reference: 2 }, "it was never lost");
}

#[tokio::test]
async fn what_is_not_durable_stays() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    let durable = bench.modem.bearer.announce(outgoing("lost").remove(0)).unwrap();
    // The modem shows its prompt meanwhile, and the store fails then.
    bench.modem.pulse.feel().await;
    drop(durable);
    // Nobody is told: who gave it up knows.
    let durable = bench.modem.bearer.announce(outgoing("kept").remove(0)).unwrap();
    bench.modem.pulse.feel().await;
    assert_eq!(sim.submitted(), 0);
    durable.send(()).unwrap();
    assert!(matches!(bench.outcome().await, Outcome::Submitted { .. }));
    assert_eq!(sim.submitted(), 1, "what was given up before left nothing behind");
}

#[tokio::test(start_paused = true)]
async fn one_that_manages_no_message_is_reset() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    for _ in 0..3 {
        sim.trouble_next(Trouble::Cms(500));
        bench.submit("x");
        let Outcome::Refused { .. } = bench.outcome().await else { panic!() };
    }
    bench.lost_and_back().await;
    bench.until_ready().await;
    let failures = bench.modem.bearer.facts.borrow().failures.clone();
    assert_eq!((failures.len(), failures[0].error.as_str(), failures[0].count), (1, "CMS 500", 3));
}

#[tokio::test(start_paused = true)]
async fn a_slot_done_with_is_only_deleted_after_the_line_broke() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    let mut sent = sim.sent();
    sim.trouble_next(Trouble::NoAnswer);
    sim.deliver(PHONE, "once", NOW);
    let inbound = bench.inbound().await;
    let send = outgoing(&"字".repeat(100));
    sim.trouble_next(Trouble::NoAnswer);
    inbound.answer.send(Verdict::Done { send }).unwrap();
    while sim.submitted() == 0 {
        tokio::task::yield_now().await;
    }
    sim.unplug();
    let Event::Outcome { part: 1, outcome: Outcome::Unknown, .. } = bench.event_later().await else { panic!() };
    let Event::Outcome { part: 2, outcome: Outcome::NotSent, .. } = bench.event_later().await else { panic!() };
    let State::Lost { .. } = bench.state().await else { panic!() };
    sim.replug();
    let Event::State { state: State::Starting, .. } = bench.event_later().await else { panic!() };
    // No second Inbound: `until_ready` takes nothing but states.
    bench.until_ready().await;
    sim.idle().await;
    assert!(sent.try_recv().is_err());
}

#[tokio::test(start_paused = true)]
async fn a_wrong_pin_is_tried_once() {
    let sim = simulated(10);
    sim.set_pin("1234");
    let mut bench = Bench::of(Arc::new(sim.clone()), Some("9999"));
    assert_eq!(bench.state().await, State::Starting);
    for _ in 0..4 {
        let Event::State { state: State::PinWrong, .. } = bench.event_later().await else { panic!() };
        let Event::State { state: State::Starting, .. } = bench.event_later().await else { panic!() };
    }
    assert_eq!(sim.pin_tries(), 1);

    let mut without = Bench::on(&sim);
    assert_eq!(without.state().await, State::Starting);
    assert_eq!(without.state().await, State::PinNeeded);
}

#[tokio::test(start_paused = true)]
async fn the_right_pin_is_entered_again_after_power_was_lost() {
    let sim = simulated(10);
    sim.set_pin("1234");
    let mut bench = Bench::of(Arc::new(sim.clone()), Some("1234"));
    bench.until_ready().await;
    sim.unplug();
    sim.replug();
    bench.lost_and_back().await;
    bench.until_ready().await;
    assert_eq!(sim.pin_tries(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_unplugged_modem_comes_back() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    sim.unplug();
    let State::Lost { .. } = bench.state().await else { panic!() };
    bench.submit("x");
    assert_eq!(bench.outcome().await, Outcome::NotSent);
    sim.deliver(PHONE, "meanwhile", NOW);
    let Event::State { state: State::Lost { why }, .. } = bench.event_later().await else { panic!() };
    assert!(why.contains("unplugged"), "{why}");
    sim.replug();
    let Event::State { state: State::Starting, .. } = bench.event_later().await else { panic!() };
    let inbound = bench.inbound().await;
    assert_eq!(text(&inbound), "meanwhile");
    done(inbound, "");
    bench.until_ready().await;
    sim.idle().await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_modem_is_noticed_by_the_check() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    sim.set_hung(true);
    let Event::State { state: State::Lost { .. }, .. } = bench.event_later().await else { panic!() };
    sim.set_hung(false);
    let Event::State { state: State::Starting, .. } = bench.event_later().await else { panic!() };
    let Event::State { state: State::Ready { .. }, .. } = bench.event_later().await else { panic!() };
}

/// Fails as no opener should.
struct Panicking(Mutex<bool>, SimModem);

impl Opener for Panicking {
    fn open(&self) -> Opening<'_> {
        let first = std::mem::replace(&mut *self.0.lock().unwrap(), false);
        assert!(!first, "the panic of this test");
        self.1.open()
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_ends_one_run_only() {
    let mut bench = Bench::of(Arc::new(Panicking(Mutex::new(true), simulated(1))), None);
    assert_eq!(bench.state().await, State::Starting);
    let Event::State { state: State::Ready { .. }, .. } = bench.event_later().await else { panic!() };
}
