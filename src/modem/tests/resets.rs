//! A modem that hangs until something is done, and what was done.

use super::*;
use crate::modem::port::Cut;

async fn resets_until_ready(sim: &SimModem, cure: &str) -> Vec<(&'static str, u64)> {
    let mut bench = Bench::ready(sim).await;
    sim.suffer(&format!("hang until {cure}")).unwrap();
    let Event::State { state: State::Lost { .. }, .. } = bench.event_later().await else { panic!() };
    assert!(bench.modem.bearer.facts.borrow().hint.is_some());
    while !matches!(bench.event_later().await, Event::State { state: State::Ready { .. }, .. }) {}
    let facts = bench.modem.bearer.facts.borrow().clone();
    assert_eq!((facts.losses, facts.hint), (1, None));
    facts.resets
}

#[tokio::test(start_paused = true)]
async fn the_ladder_goes_as_far_as_it_must() {
    let sim = simulated(5);
    sim.allow_cut(Cut::Usb);
    sim.allow_cut(Cut::Power);
    assert_eq!(resets_until_ready(&sim, "radio").await, [("radio", 1)]);
    assert_eq!(resets_until_ready(&sim, "restart").await, [("radio", 1), ("restart", 1)]);
    assert_eq!(resets_until_ready(&sim, "usb").await, [("radio", 1), ("restart", 1), ("usb", 1)]);
    assert_eq!(resets_until_ready(&sim, "power").await, [("radio", 1), ("restart", 1), ("usb", 1), ("power", 1)]);
}

#[tokio::test(start_paused = true)]
async fn what_nothing_here_cures_is_back_once_a_person_has_pulled_it() {
    let sim = simulated(5);
    let mut bench = Bench::ready(&sim).await;
    sim.suffer("hang until power").unwrap();
    let Event::State { state: State::Lost { .. }, .. } = bench.event_later().await else { panic!() };
    let facts = bench.modem.bearer.facts.clone();
    while facts.borrow().resets.len() < 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
        bench.clock.advance(Duration::from_secs(1));
    }
    assert!(facts.borrow().hint.is_some());
    sim.unplug();
    sim.suffer("well").unwrap();
    sim.replug();
    while !matches!(bench.event_later().await, Event::State { state: State::Ready { .. }, .. }) {}
}
