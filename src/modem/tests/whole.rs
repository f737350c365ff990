//! Lines that lose octets on their way: no text is ever shorter than it was sent, and none is lost.

use super::*;

/// Texts whose PDUs are equally long, so that one header fits another's message, and some of several parts.
fn texts() -> Vec<String> {
    let short = (0..6).map(|n| format!("订{n}号"));
    short.chain((0..2).map(|n| format!("{n}{}", "驿站的短信".repeat(15)))).collect()
}

/// Everything handed over until each of `awaited` has come; of `all` some may come again.
async fn hear(bench: &mut Bench, awaited: &[Vec<u8>], all: &[Vec<u8>], damage: &str) {
    let mut missing: Vec<&Vec<u8>> = awaited.iter().collect();
    while !missing.is_empty() {
        match bench.event_later().await {
            Event::Inbound(inbound) => {
                assert!(all.contains(&inbound.tpdu), "{damage}: nobody sent {:02x?}", inbound.tpdu);
                missing.retain(|tpdu| **tpdu != inbound.tpdu);
                done(inbound, "");
            }
            Event::State { .. } | Event::Time(_) => {}
            other => panic!("{damage}: {other:?}"),
        }
    }
}

fn delivers(texts: &[String]) -> Vec<Vec<u8>> {
    let from = crate::sms::fields::Address::of(&number(PHONE));
    let submits = texts.iter().zip(1..).flat_map(|(text, n)| parts::submits(&number(PHONE), text, n, None, false));
    submits.map(|s| crate::sim::modem::delivered(s, from.clone(), NOW).emit().unwrap()).collect()
}

/// Some wait for the modem, and some are announced.
async fn play(maker: &str, damage: &str) {
    let (sim, tpdus) = (simulated(20), delivers(&texts()));
    let (early, late) = tpdus.split_at(7);
    sim.suffer(&format!("be {maker}")).unwrap();
    sim.suffer(damage).unwrap();
    early.iter().for_each(|tpdu| assert!(sim.deliver_tpdu(tpdu.clone())));
    let mut bench = Bench::on(&sim);
    hear(&mut bench, early, &tpdus, damage).await;
    late.iter().for_each(|tpdu| assert!(sim.deliver_tpdu(tpdu.clone())));
    hear(&mut bench, late, &tpdus, damage).await;
    let garbled = bench.modem.bearer.facts.borrow().garbled;
    assert!(garbled > 0 || damage.ends_with("line"), "{maker}: {damage} did nothing");
}

#[tokio::test(start_paused = true)]
async fn no_text_is_lost_or_shortened_by_a_bad_line() {
    let mut plays = Vec::new();
    for maker in ["plain", "huawei", "simcom"] {
        for damage in
            ["cut every 3rd message", "cut every 8th line", "garble every 2nd message", "garble every 7th line"]
        {
            plays.push(tokio::spawn(play(maker, damage)));
        }
    }
    for play in plays {
        play.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_comes_whole_is_left_where_it_is_and_told() {
    let sim = simulated(5);
    let mut bench = Bench::ready(&sim).await;
    sim.suffer("cut every 1st message").unwrap();
    sim.deliver(PHONE, "菜单", NOW);
    let facts = bench.modem.bearer.facts.clone();
    while facts.borrow().hint.is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        bench.clock.advance(Duration::from_secs(1));
    }
    assert!(facts.borrow().garbled >= 3);
    assert_eq!((facts.borrow().received, sim.occupied_slots()), (0, 1));
    sim.suffer("well").unwrap();
    let Event::Inbound(inbound) = bench.event_later().await else { panic!() };
    assert_eq!(text(&inbound), "菜单");
    done(inbound, "");
    sim.idle().await;
    while facts.borrow().hint.is_some() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        bench.clock.advance(Duration::from_secs(1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_modem_that_announces_nothing_more_is_told_again() {
    let sim = simulated(5);
    let mut bench = Bench::ready(&sim).await;
    sim.suffer("forget CNMI").unwrap();
    sim.deliver(PHONE, "found", NOW);
    let Event::Inbound(inbound) = bench.event_later().await else { panic!() };
    assert_eq!(text(&inbound), "found");
    done(inbound, "");
    while !sim.announces() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        bench.clock.advance(Duration::from_secs(1));
    }
    sim.deliver(PHONE, "announced", NOW);
    assert_eq!(text(&bench.inbound().await), "announced");
}

#[tokio::test(start_paused = true)]
async fn a_prompt_without_its_blank_is_one() {
    for weather in [&["bare prompt"][..], &["bare prompt", "byte by byte"]] {
        let sim = simulated(5);
        let mut bench = Bench::ready(&sim).await;
        weather.iter().for_each(|words| sim.suffer(words).unwrap());
        for reference in 1..=3 {
            bench.submit("x");
            assert_eq!(bench.outcome_later().await, Outcome::Submitted { reference });
        }
    }
}
