//! The driver against the simulated modem, in this process and over a pseudo terminal. Time is moved by hand: a limit fires only when a test lets it.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::port::{Opener, Opening, Port, Serial, terminal};
use super::{Modem, ModemOptions, spawn};
use crate::clock::{Clock, Time};
use crate::number::Number;
use crate::sim::modem::SimModem;
use crate::sms::bearer::{BearerHandle, Event, Inbound, Outcome, Outgoing, State, Verdict};
use crate::sms::parts;
use crate::sms::pdu::Deliver;
use crate::words::Lang;

mod asked;
mod dialogues;
mod faults;
mod makers;
mod pulse;
mod quiet;
mod resets;
mod scripted;
mod time;
mod trouble;
mod whole;

const PHONE: &str = "+8613912345678";
const NOW: Time = Time(1_243_845_480_000);
/// Real time after which a test has failed.
const PATIENCE: Duration = Duration::from_secs(30);

fn number(text: &str) -> Number {
    Number::parse(text).unwrap()
}

fn simulated(slots: usize) -> SimModem {
    SimModem::new(number("+8613800138000"), slots)
}

/// A driven modem, and this side of it.
struct Bench {
    modem: Modem,
    events: mpsc::Receiver<Event>,
    clock: Clock,
}

impl Bench {
    fn of(opener: Arc<dyn Opener>, pin: Option<&str>) -> Bench {
        let clock = Clock::by_hand(NOW);
        let (sender, events) = mpsc::channel(16);
        let pin = pin.map(str::to_owned);
        let options = ModemOptions { name: "m".into(), opener, number: None, pin, profile: None };
        Bench { modem: spawn(options, clock.clone(), sender), events, clock }
    }

    fn on(sim: &SimModem) -> Bench {
        Bench::of(Arc::new(sim.clone()), None)
    }

    async fn ready(sim: &SimModem) -> Bench {
        let mut bench = Bench::on(sim);
        bench.until_ready().await;
        bench
    }

    async fn event(&mut self) -> Event {
        tokio::time::timeout(PATIENCE, self.events.recv()).await.expect("an event in time").expect("a living driver")
    }

    /// Lets time pass until something happens.
    async fn event_later(&mut self) -> Event {
        for _ in 0..5_000 {
            tokio::select! {
                biased;
                event = self.events.recv() => return event.unwrap(),
                () = tokio::time::sleep(Duration::from_millis(1)) => self.clock.advance(Duration::from_secs(1)),
            }
        }
        panic!("nothing happened");
    }

    async fn state(&mut self) -> State {
        match self.event().await {
            Event::State { state, .. } => state,
            other => panic!("{other:?}"),
        }
    }

    async fn until_ready(&mut self) {
        while !matches!(self.state().await, State::Ready { .. }) {}
    }

    async fn inbound(&mut self) -> Inbound {
        match self.event().await {
            Event::Inbound(inbound) => inbound,
            other => panic!("{other:?}"),
        }
    }

    async fn outcome(&mut self) -> Outcome {
        match self.event().await {
            Event::Outcome { outcome, .. } => outcome,
            other => panic!("{other:?}"),
        }
    }

    /// The next outcome, with time passing and whatever state is told before it.
    async fn outcome_later(&mut self) -> Outcome {
        loop {
            match self.event_later().await {
                Event::Outcome { outcome, .. } => return outcome,
                Event::State { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn submit(&self, text: &str) {
        let [outgoing] = outgoing(text).try_into().unwrap();
        assert!(hand_over(&self.modem.bearer, outgoing));
    }

    async fn lost_and_back(&mut self) {
        let lost = self.event_later().await;
        assert!(matches!(lost, Event::State { state: State::Lost { .. }, .. }), "{lost:?}");
        let starting = self.event_later().await;
        assert!(matches!(starting, Event::State { state: State::Starting, .. }), "{starting:?}");
    }
}

/// Hands over a message whose row is durable; false if the bearer does not take it.
fn hand_over(bearer: &BearerHandle, outgoing: Outgoing) -> bool {
    bearer.announce(outgoing).is_some_and(|durable| durable.send(()).is_ok())
}

fn outgoing(text: &str) -> Vec<Outgoing> {
    let submits = parts::submits(&number(PHONE), text, 9, None, false);
    let part = |(part, submit): (u8, &crate::sms::pdu::Submit)| Outgoing {
        id: 7,
        part,
        tpdu: submit.emit().unwrap(),
        witness: Default::default(),
    };
    (1..).zip(&submits).map(part).collect()
}

fn done(inbound: Inbound, reply: &str) {
    let send = if reply.is_empty() { Vec::new() } else { outgoing(reply) };
    // Nobody waits for what becomes of a report that is not acknowledged.
    let heard = inbound.answer.send(Verdict::Done { send }).is_ok();
    assert!(heard || reply.is_empty());
}

fn text(inbound: &Inbound) -> String {
    Deliver::parse(&inbound.tpdu).unwrap().text().unwrap()
}

/// Notes what the driver writes to a simulated modem.
struct Tap {
    sim: SimModem,
    heard: Arc<Mutex<String>>,
}

impl Opener for Tap {
    fn open(&self) -> Opening<'_> {
        Box::pin(async {
            let (ours, theirs) = tokio::io::duplex(4096);
            let (mut from_modem, mut to_modem) = tokio::io::split(self.sim.open().await?);
            let (mut from_driver, mut to_driver) = tokio::io::split(theirs);
            let heard = self.heard.clone();
            tokio::spawn(async move { tokio::io::copy(&mut from_modem, &mut to_driver).await });
            tokio::spawn(async move {
                let mut octets = [0; 512];
                while let Ok(count @ 1..) = from_driver.read(&mut octets).await {
                    heard.lock().unwrap().push_str(&String::from_utf8_lossy(&octets[..count]));
                    to_modem.write_all(&octets[..count]).await?;
                }
                io::Result::Ok(())
            });
            Ok(Box::new(ours) as Port)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn it_starts_and_says_who_it_is() {
    let mut bench = Bench::on(&simulated(10));
    assert_eq!(bench.state().await, State::Starting);
    let number = Some(number("+8613800138000"));
    assert_eq!(bench.state().await, State::Ready { operator: Some("YIZHAN".into()), signal: Some(20), number });
    bench.modem.close().await;
}

#[tokio::test(start_paused = true)]
async fn a_text_is_answered_and_then_deleted() {
    let sim = simulated(10);
    let heard = Arc::new(Mutex::new(String::new()));
    let mut bench = Bench::of(Arc::new(Tap { sim: sim.clone(), heard: heard.clone() }), None);
    bench.until_ready().await;
    let mut sent = sim.sent();
    sim.deliver(PHONE, "菜单", NOW);
    let inbound = bench.inbound().await;
    assert_eq!((text(&inbound).as_str(), inbound.bearer.as_str()), ("菜单", "m"));
    assert_eq!(inbound.number, Some(number("+8613800138000")));
    assert_eq!(sim.occupied_slots(), 1);
    done(inbound, "1 看新闻");
    assert_eq!(bench.outcome().await, Outcome::Submitted { reference: 1 });
    let message = sent.recv().await.unwrap();
    assert_eq!((message.to.as_str(), message.text.as_deref()), (PHONE, Some("1 看新闻")));
    sim.idle().await;
    let heard = heard.lock().unwrap();
    let after = heard.split_once("AT+CMGR=1\r").unwrap().1;
    assert!(after.starts_with("AT+CMGS="), "{after}");
    let after = after.split_once('\x1A').unwrap().1;
    assert!(after.starts_with("AT+CMGD=1\r"), "{after}");
}

#[tokio::test(start_paused = true)]
async fn between_two_messages_nothing_is_asked() {
    let sim = simulated(10);
    let heard = Arc::new(Mutex::new(String::new()));
    let mut bench = Bench::of(Arc::new(Tap { sim, heard: heard.clone() }), None);
    bench.until_ready().await;
    heard.lock().unwrap().clear();
    for _ in 0..20 {
        bench.submit("x");
        assert!(matches!(bench.outcome().await, Outcome::Submitted { .. }));
    }
    let heard = heard.lock().unwrap().clone();
    assert_eq!((heard.matches("AT").count(), heard.matches("AT+CMGS=").count()), (20, 20), "{heard}");
}

#[tokio::test(start_paused = true)]
async fn long_texts_go_both_ways() {
    let sim = simulated(2);
    let mut bench = Bench::ready(&sim).await;
    let mut sent = sim.sent();
    let long = "驿站的短信网站，".repeat(40);
    sim.deliver(PHONE, &long, NOW);
    let mut pieces = Vec::new();
    let mut total = 5;
    while pieces.len() < usize::from(total) {
        let inbound = bench.inbound().await;
        let (key, piece) = parts::Key::of(&Deliver::parse(&inbound.tpdu).unwrap()).unwrap();
        (total, _) = (key.total, pieces.push(piece));
        let last = pieces.len() == usize::from(total);
        done(inbound, if last { &long } else { "" });
    }
    assert_eq!(parts::join(total, &pieces, Lang::Zh), long);
    for reference in 1..=total {
        assert_eq!(bench.outcome().await, Outcome::Submitted { reference });
    }
    assert_eq!(sent.recv().await.unwrap().text, Some(long));
    sim.idle().await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_before_the_start_is_swept_and_kept_texts_come_again() {
    let sim = simulated(2);
    for n in 1..=5 {
        sim.deliver(PHONE, &n.to_string(), NOW);
    }
    let mut bench = Bench::on(&sim);
    assert_eq!(bench.state().await, State::Starting);
    let first = bench.inbound().await;
    assert_eq!(text(&first), "1");
    drop(first);
    let second = bench.inbound().await;
    assert_eq!(text(&second), "2");
    done(second, "");
    bench.until_ready().await;
    for n in 3..=5 {
        let inbound = bench.inbound().await;
        assert_eq!(text(&inbound), n.to_string());
        done(inbound, "");
    }
    let Event::Inbound(again) = bench.event_later().await else { panic!("the kept one comes at the next sweep") };
    assert_eq!(text(&again), "1");
    done(again, "");
    sim.idle().await;
}

#[tokio::test(start_paused = true)]
async fn refused_commands_have_fall_backs() {
    let sim = simulated(10);
    for beginning in
        ["ATE0", "AT+CPMS=\"SM\",", "AT+CNMI=2", "AT+CREG", "AT+CEREG", "AT+CMGL", "AT+CSMS", "AT+CMMS", "AT+CNUM"]
    {
        sim.refuse(beginning);
    }
    for n in 1..=3 {
        sim.deliver(PHONE, &n.to_string(), NOW);
    }
    let mut bench = Bench::on(&sim);
    assert_eq!(bench.state().await, State::Starting);
    for n in 1..=3 {
        let inbound = bench.inbound().await;
        assert_eq!(text(&inbound), n.to_string());
        done(inbound, "");
    }
    let State::Ready { number: None, .. } = bench.state().await else { panic!() };
    sim.deliver(PHONE, "4", NOW);
    done(bench.inbound().await, "ok");
    assert_eq!(bench.outcome().await, Outcome::Submitted { reference: 1 });
    sim.idle().await;
}

#[tokio::test(start_paused = true)]
async fn without_announcements_the_sweep_finds_texts() {
    let sim = simulated(10);
    sim.refuse("AT+CNMI");
    let mut bench = Bench::ready(&sim).await;
    sim.deliver(PHONE, "found", NOW);
    let Event::Inbound(inbound) = bench.event_later().await else { panic!() };
    assert_eq!(text(&inbound), "found");
}

/// A slot that became free is filled again: the newer text may stand in front of the older one.
#[tokio::test(start_paused = true)]
async fn a_sweep_reads_in_the_order_in_which_people_texted() {
    for maker in ["Generic", "huawei"] {
        let sim = simulated(10);
        sim.set_identity(maker, "by index or as a list");
        sim.deliver_tpdu(vec![0xFF; 9]);
        sim.deliver("+8613912345679", "second", NOW.plus(Duration::from_secs(5)));
        sim.deliver(PHONE, "first", NOW);
        let mut bench = Bench::on(&sim);
        assert_eq!(bench.state().await, State::Starting);
        for expected in ["first", "second"] {
            let inbound = bench.inbound().await;
            assert_eq!(text(&inbound), expected, "{maker}");
            done(inbound, "");
        }
        assert_eq!(bench.inbound().await.tpdu, [0xFF; 9]);
    }
}

#[tokio::test(start_paused = true)]
async fn no_network_is_a_state_and_texts_still_come_in() {
    let sim = simulated(10);
    sim.set_registration(2);
    let mut bench = Bench::on(&sim);
    assert_eq!((bench.state().await, bench.state().await), (State::Starting, State::NoNetwork));
    sim.deliver(PHONE, "stored", NOW);
    done(bench.inbound().await, "");
    sim.idle().await;
    sim.set_registration(5);
    let Event::State { state: State::Ready { .. }, .. } = bench.event_later().await else { panic!() };
}

#[tokio::test(start_paused = true)]
async fn octets_that_are_no_message_are_handed_on_and_cleared() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    sim.deliver_tpdu(vec![0xFF; 9]);
    let inbound = bench.inbound().await;
    assert_eq!(inbound.tpdu, [0xFF; 9]);
    done(inbound, "");
    sim.idle().await;
}

#[tokio::test(start_paused = true)]
async fn closing_ends_the_task_and_what_waits_is_not_sent() {
    let sim = simulated(10);
    let mut bench = Bench::ready(&sim).await;
    sim.unplug();
    let State::Lost { .. } = bench.state().await else { panic!() };
    let bearer = bench.modem.bearer.clone();
    bench.modem.close().await;
    assert!(!hand_over(&bearer, outgoing("x").remove(0)));
    assert!(bench.events.recv().await.is_none());
}

/// In real time: the terminal is the machine's.
#[tokio::test]
async fn a_real_terminal_octet_by_octet() {
    let sim = simulated(10);
    sim.set_byte_wise(true);
    let (far, _near, path) = terminal().unwrap();
    tokio::spawn(sim.clone().serve(far));
    let mut bench = Bench::of(Arc::new(Serial::new(path, 115_200, None)), None);
    bench.until_ready().await;
    let mut sent = sim.sent();
    sim.deliver(PHONE, "你好", NOW);
    done(bench.inbound().await, &"回复".repeat(50));
    for reference in 1..=2 {
        assert_eq!(bench.outcome().await, Outcome::Submitted { reference });
    }
    assert_eq!(sent.recv().await.unwrap().text, Some("回复".repeat(50)));
    sim.idle().await;
    bench.modem.close().await;
}
