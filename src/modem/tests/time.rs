//! What a modem tells of the time, and when a text's stamp does.

use super::*;

/// 2026-11-22 12:00 in Jinan.
const NOON: Time = Time(1_795_320_000_000);
const HOUR: Duration = Duration::from_secs(3600);

async fn time(bench: &mut Bench) -> Time {
    match bench.event_later().await {
        Event::Time(time) => time,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_networks_time_is_told_at_once_and_each_hour() {
    let sim = simulated(5);
    sim.set_network_time(&Clock::by_hand(NOW), NOON);
    let mut bench = Bench::ready(&sim).await;
    assert_eq!(time(&mut bench).await, NOON);
    // Its network stands still; the box's hour passes.
    bench.clock.advance(HOUR - Duration::from_secs(120));
    let told = bench.clock.passed();
    assert_eq!(time(&mut bench).await, NOON);
    let passed = bench.clock.passed() - told;
    assert!((Duration::from_secs(60)..Duration::from_secs(180)).contains(&passed), "{passed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_modem_that_takes_no_command_for_it_is_believed_once_it_announces_a_time() {
    let sim = simulated(5);
    sim.refuse("AT+CTZU");
    let mut bench = Bench::ready(&sim).await;
    sim.set_network_time(&bench.clock, NOON);
    assert_eq!(time(&mut bench).await, NOON);
}

#[tokio::test(start_paused = true)]
async fn without_a_network_time_nothing_is_told() {
    for refused in ["AT+CTZ", "AT+CCLK", "none"] {
        let sim = simulated(5);
        sim.refuse(refused);
        let mut bench = Bench::ready(&sim).await;
        // 1980 each minute, or an error.
        for _ in 0..3 {
            bench.clock.advance(Duration::from_secs(61));
            assert!(sim.deliver(PHONE, "x", NOW));
            let inbound = bench.inbound().await;
            done(inbound, "");
            sim.idle().await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_is_announced_in_a_network_it_has_long_been_in_is_live() {
    let sim = simulated(5);
    assert!(sim.deliver(PHONE, "kept", NOW));
    let mut bench = Bench::on(&sim);
    let live = async |bench: &mut Bench, text: &str| {
        assert!(text.is_empty() || sim.deliver(PHONE, text, NOW));
        let inbound = loop {
            match bench.event().await {
                Event::Inbound(inbound) => break inbound,
                Event::State { .. } => {}
                other => panic!("{other:?}"),
            }
        };
        let live = inbound.live;
        done(inbound, "");
        sim.idle().await;
        live
    };
    assert!(!live(&mut bench, "").await, "swept at the start");
    bench.until_ready().await;
    assert!(!live(&mut bench, "kept by the network").await);
    bench.clock.advance(HOUR);
    // The first may be found by the sweep that is due after an hour.
    let mut found = false;
    for text in ["a", "b", "c", "d"] {
        found |= live(&mut bench, text).await;
    }
    assert!(found);
}
