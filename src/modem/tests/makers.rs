//! The driver against each maker's personality of the simulated modem, octet by octet and with unsolicited lines at every
//! line's end: a text in, a text out, and its status report.

use super::*;
use crate::sim::modem::makers::MAKERS;
use crate::sms::bearer::Reports;
use crate::sms::pdu::StatusReport;

fn asking(text: &str) -> Outgoing {
    let submit = parts::submits(&number(PHONE), text, 9, None, true).remove(0);
    Outgoing { id: 7, part: 1, tpdu: submit.emit().unwrap(), witness: Default::default() }
}

/// A text in, answered; a text out that asks for its report, and the report if one comes.
async fn play(maker: &str, weather: &[&str]) -> Reports {
    let sim = simulated(10);
    sim.suffer(&format!("be {maker}")).unwrap();
    weather.iter().for_each(|words| sim.suffer(words).unwrap());
    let mut bench = Bench::on(&sim);
    while !matches!(bench.event_later().await, Event::State { state: State::Ready { .. }, .. }) {}
    let mut sent = sim.sent();
    sim.deliver(PHONE, "菜单", NOW);
    let mut heard = None;
    while heard.is_none() {
        match bench.event_later().await {
            Event::Inbound(inbound) => heard = Some(inbound),
            Event::State { .. } | Event::Time(_) => {}
            other => panic!("{maker}: {other:?}"),
        }
    }
    let inbound = heard.unwrap();
    assert_eq!(text(&inbound), "菜单", "{maker}");
    done(inbound, "1 看新闻");
    assert_eq!(bench.outcome_later().await, Outcome::Submitted { reference: 1 }, "{maker}");
    assert_eq!(sent.recv().await.unwrap().text.as_deref(), Some("1 看新闻"));
    assert!(hand_over(&bench.modem.bearer, asking("out")));
    let reports = bench.modem.bearer.facts.borrow().reports;
    let (mut submitted, mut reported) = (false, reports == Reports::Off);
    while !submitted || !reported {
        match bench.event_later().await {
            Event::Outcome { outcome, .. } => {
                assert_eq!(outcome, Outcome::Submitted { reference: 2 }, "{maker}");
                submitted = true;
            }
            Event::Inbound(inbound) => {
                let report = StatusReport::parse(&inbound.tpdu).unwrap_or_else(|e| panic!("{maker}: {e}"));
                assert_eq!((report.reference, report.recipient.to_string().as_str()), (2, PHONE), "{maker}");
                done(inbound, "");
                reported = true;
            }
            Event::State { .. } | Event::Time(_) => {}
        }
    }
    reports
}

#[tokio::test(start_paused = true)]
async fn every_maker_carries_texts_both_ways_and_reports() {
    for maker in MAKERS {
        let reports = play(maker.name, &[]).await;
        let expected = if maker.name == "quectel" { Reports::Stored } else { Reports::Direct };
        assert_eq!(reports, expected, "{}", maker.name);
    }
}

#[tokio::test(start_paused = true)]
async fn every_maker_does_so_octet_by_octet_and_chattering() {
    for maker in MAKERS {
        play(maker.name, &["byte by byte", "chatter"]).await;
        play(maker.name, &["chatter", "garbage"]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_report_may_come_before_the_answer_or_with_a_failure() {
    play("plain", &["reports early"]).await;
    play("quectel", &["reports early", "byte by byte"]).await;
    play("zte", &["reports failed 46", "chatter"]).await;
}

#[tokio::test(start_paused = true)]
async fn parts_that_are_deleted_with_the_first_are_read_before() {
    let sim = simulated(10);
    sim.suffer("be simcom").unwrap();
    let mut bench = Bench::ready(&sim).await;
    sim.deliver(PHONE, &"字".repeat(200), NOW);
    let mut parts = 0;
    while parts < 3 {
        match bench.event_later().await {
            Event::Inbound(inbound) => {
                parts += 1;
                done(inbound, "");
            }
            Event::State { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    sim.idle().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_known_of_it_is_told_and_masked() {
    let sim = simulated(10);
    sim.suffer("be huawei").unwrap();
    let bench = Bench::ready(&sim).await;
    let facts = bench.modem.bearer.facts.borrow().clone();
    assert_eq!([facts.maker.as_str(), &facts.model, &facts.firmware], ["huawei", "E1750", "11.126.03.00.00"]);
    assert_eq!((facts.profile, facts.is_proved, facts.reports), ("huawei", false, Reports::Direct));
    assert_eq!([facts.device.as_str(), &facts.subscriber, &facts.card], ["860****0001", "460****0001", "899****0001"]);
    let slots = facts.slots.unwrap();
    assert_eq!((slots.memory.as_str(), slots.used, slots.total), ("SM", 0, 10));
    assert_eq!((facts.signal, facts.operator.as_deref(), facts.last_contact), (Some(20), Some("YIZHAN"), Some(NOW)));
}

#[tokio::test(start_paused = true)]
async fn what_is_said_can_be_looked_at_while_it_runs() {
    use crate::modem::trace::Detail;
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    assert!(bench.modem.trace.after(0).is_empty());
    bench.modem.trace.set(Detail::Masked, Duration::from_secs(600));
    bench.submit("secret");
    bench.outcome().await;
    let said: Vec<String> = bench.modem.trace.after(0).into_iter().map(|line| line.text).collect();
    assert_eq!(said[1..], ["> > ", &said[2], "> +CMGS: 1", "> OK"], "{said:?}");
    assert!(said[0].starts_with("< AT+CMGS=") && said[2].contains("octets]"), "{said:?}");
}
