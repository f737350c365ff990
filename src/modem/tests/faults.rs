//! Lost, late and missing answers: nothing doubled, nothing stalls, and only what may have left is in doubt.

use super::*;

/// What became of messages sent one after the other.
#[derive(Default)]
struct Tally {
    submitted: u64,
    unknown: u64,
    not_sent: u64,
}

impl Tally {
    /// Sends until so many have an end; what did not leave is sent again, as the room does.
    async fn send(bench: &mut Bench, sim: &SimModem, messages: u64) -> Tally {
        let (mut tally, mut ready, mut pending) = (Tally::default(), true, false);
        while tally.submitted + tally.unknown < messages {
            if ready && !pending {
                bench.submit("x");
                pending = true;
            }
            match bench.event_later().await {
                Event::Outcome { outcome, .. } => tally.add(outcome),
                Event::State { state, .. } => {
                    ready = matches!(state, State::Ready { .. });
                    continue;
                }
                other => panic!("{other:?}"),
            }
            pending = false;
            assert_eq!(
                sim.submitted(),
                tally.submitted + tally.unknown,
                "what is in doubt has left, and nothing twice"
            );
            assert!(tally.not_sent < messages, "it stalls");
        }
        tally
    }

    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Submitted { reference } => {
                self.submitted += 1;
                assert_eq!(u64::from(reference), self.submitted + self.unknown, "the answer to another message");
            }
            Outcome::Unknown => self.unknown += 1,
            Outcome::NotSent => self.not_sent += 1,
            refused => panic!("{refused:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn with_lost_answers_nothing_is_doubled_and_nothing_stalls() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    sim.suffer("lose 10% of answers").unwrap();
    let tally = Tally::send(&mut bench, &sim, 60).await;
    assert!((1..=15).contains(&tally.unknown), "{} in doubt", tally.unknown);
    sim.suffer("well").unwrap();
    assert_eq!(Tally::send(&mut bench, &sim, 0).await.unknown, 0);
    let facts = bench.modem.bearer.facts.borrow().clone();
    assert_eq!((facts.sent, facts.in_doubt), (tally.submitted, tally.unknown));
}

#[tokio::test(start_paused = true)]
async fn it_starts_although_answers_are_lost() {
    for lost in ["every 3rd answer", "every 7th answer", "25% of answers"] {
        let sim = simulated(10);
        sim.suffer(&format!("lose {lost}")).unwrap();
        let mut bench = Bench::on(&sim);
        sim.deliver(PHONE, "heard", NOW);
        let inbound = loop {
            match bench.event_later().await {
                Event::Inbound(inbound) => break inbound,
                Event::State { .. } => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(text(&inbound), "heard");
        done(inbound, "");
    }
}

/// Answers come while the clock races: every limit is passed now and then just before its answer comes.
#[tokio::test(start_paused = true)]
async fn late_answers_are_never_taken_for_the_next_ones() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    let (mut done, mut doubts) = (0, 0);
    for late_ms in [20, 35, 38, 40, 50, 80] {
        sim.suffer(&format!("late {late_ms} ms")).unwrap();
        for _ in 0..4 {
            bench.submit("x");
            match bench.outcome_later().await {
                Outcome::Submitted { reference } => {
                    done += 1;
                    // One that was in doubt left before it.
                    assert!(sim.submitted() == u64::from(reference), "the answer to another message");
                }
                Outcome::Unknown => doubts += 1,
                Outcome::NotSent => {}
                refused => panic!("{refused:?}"),
            }
            assert!(sim.submitted() <= done + doubts, "one that left is told as not sent");
        }
    }
    assert!(done > 0);
}

#[tokio::test(start_paused = true)]
async fn a_hang_at_any_command_ends_by_itself() {
    let hangs = ["AT+CMGS", "AT+CMGR", "AT+CMGD", "AT+CSQ", "AT+CMEE", "AT+CNMI", "AT+CPMS", "AT+CGMI"];
    let plays = hangs.map(|command| {
        tokio::spawn(async move {
            let sim = simulated(10);
            sim.suffer(&format!("hang at {command}")).unwrap();
            let mut bench = Bench::on(&sim);
            sim.deliver(PHONE, "in", NOW);
            let mut heard = false;
            let mut sent = false;
            while !heard || !sent {
                match bench.event_later().await {
                    Event::Inbound(inbound) => {
                        heard |= text(&inbound) == "in";
                        done(inbound, "");
                    }
                    Event::State { state: State::Ready { .. }, .. } if !sent => bench.submit("out"),
                    Event::Outcome { outcome: Outcome::Submitted { .. } | Outcome::Unknown, .. } => sent = true,
                    Event::Outcome { .. } | Event::State { .. } | Event::Time(_) => {}
                }
            }
            command
        })
    });
    for play in plays {
        play.await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_whose_answer_was_lost_takes_no_new_text_with_it() {
    let sim = simulated(1);
    let mut bench = Bench::ready(&sim).await;
    sim.deliver(PHONE, "first", NOW);
    let inbound = bench.inbound().await;
    // The network has the next one ready for the slot.
    sim.deliver(PHONE, "second", NOW);
    sim.suffer("lose every 1st answer").unwrap();
    done(inbound, "");
    while sim.occupied_slots() == 0 || !sim.announced() {
        tokio::task::yield_now().await;
    }
    sim.suffer("well").unwrap();
    let Event::Inbound(inbound) = bench.event_later().await else { panic!() };
    assert_eq!(text(&inbound), "second");
    done(inbound, "");
    sim.idle().await;
}

#[tokio::test(start_paused = true)]
async fn a_full_storage_is_emptied_and_goes_on() {
    for maker in ["huawei", "simcom", "plain"] {
        let sim = simulated(2);
        sim.suffer(&format!("be {maker}")).unwrap();
        let mut bench = Bench::ready(&sim).await;
        for n in 0..9 {
            sim.deliver(PHONE, &n.to_string(), NOW);
        }
        let mut texts = Vec::new();
        while texts.len() < 9 {
            match bench.event_later().await {
                Event::Inbound(inbound) => {
                    texts.push(text(&inbound));
                    done(inbound, "");
                }
                Event::State { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        sim.idle().await;
        texts.sort();
        assert_eq!(texts, (0..9).map(|n| n.to_string()).collect::<Vec<_>>(), "{maker}");
        // The modem itself says so when it is to send.
        sim.suffer("cms 322").unwrap();
        bench.submit("x");
        let Outcome::Refused { class: crate::sms::bearer::Retry::AfterSweep, .. } = bench.outcome_later().await else {
            panic!()
        };
        bench.submit("x");
        assert!(matches!(bench.outcome_later().await, Outcome::Submitted { .. }));
    }
}

#[tokio::test(start_paused = true)]
async fn the_clock_that_is_due_is_looked_at_in_a_long_burst() {
    let sim = simulated(5);
    let mut bench = Bench::ready(&sim).await;
    // Nobody announces it: only the minute's look finds it.
    sim.suffer("refuse AT+CNMI").unwrap();
    sim.unplug();
    sim.replug();
    bench.lost_and_back().await;
    bench.until_ready().await;
    sim.deliver(PHONE, "found", NOW);
    bench.clock.advance(Duration::from_secs(61));
    for _ in 0..50 {
        if !hand_over(&bench.modem.bearer, outgoing("x").remove(0)) {
            tokio::task::yield_now().await;
        }
        match bench.event().await {
            Event::Inbound(inbound) => return done(inbound, ""),
            Event::Outcome { .. } | Event::State { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    panic!("it sends and does not look");
}
