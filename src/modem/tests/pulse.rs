//! Whose task lives and whose does not: a modem's troubles are not its task's.

use super::*;
use crate::sim::modem::Trouble;

async fn answers(bench: &Bench) -> bool {
    tokio::time::timeout(PATIENCE, bench.modem.pulse.feel()).await.expect("the task does not answer")
}

#[tokio::test(start_paused = true)]
async fn a_task_that_waits_for_its_modem_answers() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    assert!(answers(&bench).await, "idle");
    // The limits of this clock fire only when it is moved: the answer is waited for all the while.
    let mut taken = sim.sent();
    sim.trouble_next(Trouble::NoAnswer);
    bench.submit("hello");
    tokio::time::timeout(PATIENCE, taken.recv()).await.unwrap().unwrap();
    assert!(answers(&bench).await, "in the middle of a message");
    assert_eq!(bench.outcome_later().await, Outcome::Unknown);
    sim.unplug();
    while !matches!(bench.event_later().await, Event::State { state: State::Lost { .. }, .. }) {}
    assert!(answers(&bench).await, "waits to open the port again");
    let pulse = bench.modem.pulse.clone();
    bench.modem.close().await;
    assert!(!pulse.feel().await, "ended");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_nobody_behind_it_serves_does_not_answer() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    sim.deliver(PHONE, "1", NOW);
    let inbound = bench.inbound().await;
    let mut felt = Box::pin(bench.modem.pulse.feel());
    // Polled for a while in which every task of this thread gets its turns.
    for _ in 0..1_000 {
        tokio::select! {
            biased;
            _ = &mut felt => panic!("it answers, and waits for a verdict that may never come"),
            () = tokio::task::yield_now() => {}
        }
    }
    done(inbound, "");
    assert!(tokio::time::timeout(PATIENCE, felt).await.unwrap(), "it goes on");
}
