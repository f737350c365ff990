//! The box's clock: time that is skipped in the demo, and a board without a clock chip.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use yizhan::clock::{Clock, EARLIEST, Source, Time, Trust};
use yizhan::demo;
use yizhan::number::Number;
use yizhan::sections::ALL;
use yizhan::sim::modem::Trouble;
use yizhan::sms::fields::{Address, Concat, Dcs, Element, Scts};
use yizhan::sms::pdu::{Deliver, UserData};

use crate::harness::{Appliance, NOON, Outside, folder};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
const YEAR: Duration = Duration::from_secs(365 * 86_400);
const PATIENCE: Duration = Duration::from_secs(30);
const PHONE: &str = "+8613912345678";

/// A box on a machine that shows this time, and that nobody tells the time.
async fn unchecked(data: std::path::PathBuf, machine: Time) -> Appliance {
    let outside = Outside { clock: Clock::by_hand(machine), synchronised: Arc::new(|| false), ..Outside::default() };
    let appliance = Appliance::on(ALL, data, outside, |_| {}).await;
    demo::fill(&appliance.running.store, &appliance.running.house, &appliance.clock).await.unwrap();
    appliance
}

/// The network tells the time, and the box takes it.
async fn network_time(appliance: &Appliance, now: Time) {
    let before = appliance.clock.settings();
    appliance.modem.set_network_time(&appliance.clock, now);
    tokio::time::timeout(PATIENCE, appliance.clock.set_since(before)).await.expect("the clock is set");
    assert_eq!((appliance.clock.now(), appliance.clock.source()), (now, Source::Modem));
}

/// Time passes when the modem has nothing left to do.
async fn pass(appliance: &Appliance, d: Duration) {
    tokio::time::timeout(PATIENCE, appliance.modem.idle()).await.expect("a text was never taken");
    appliance.clock.advance(d);
}

async fn send(appliance: &Appliance, class: &str) -> String {
    let body = json!({ "to": PHONE, "text": class, "class": class, "expires_s": 7200 });
    let sent = appliance.api("POST", "/api/v1/messages", &body.to_string()).await;
    assert_eq!(sent.status, 202, "{}", sent.text());
    format!("/api/v1/messages/{}", sent.json()["id"].as_str().unwrap())
}

/// Looks at a message until it is as wanted.
async fn until(appliance: &Appliance, message: &str, wanted: impl Fn(&serde_json::Value) -> bool) {
    let looks = async {
        while !wanted(&appliance.api("GET", message, "").await.json()) {
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looks).await.expect("the message is never as wanted");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_skips_time() {
    let appliance = Appliance::start().await;
    let phone = appliance.phone(PHONE);
    assert!(phone.asks("1001").await.contains("1."));
    pass(&appliance, Duration::ZERO).await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let skipped = appliance.post("/handset/time", &form, "advance_s=90000").await;
    assert_eq!((skipped.status, skipped.body.len()), (204, 0));
    assert_eq!(appliance.clock.now(), NOON.plus(Duration::from_secs(90_000)));
    assert_eq!(appliance.get("/handset/state", &[]).await.json()["now"], "2026-11-23T05:00:00Z");
    // The numbers of a screen are good for a day.
    assert!(phone.asks("1").await.contains("已失效"));

    for nonsense in ["", "advance_s=", "advance_s=0", "advance_s=-5", "advance_s=1.5", "advance_s=2678401", "seconds=5"]
    {
        let refused = appliance.post("/handset/time", &form, nonsense).await;
        assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &"invalid".into()), "{nonsense}");
    }
    assert_eq!(appliance.clock.now(), NOON.plus(Duration::from_secs(90_000)));
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn care_and_marketing_wait_for_the_time_and_the_rest_does_not() {
    let appliance = unchecked(folder(), Time(0)).await;
    assert_eq!((appliance.clock.now(), appliance.clock.trust()), (EARLIEST, Trust::None));
    let mut waiting = Vec::new();
    for class in ["care", "bulk"] {
        waiting.push(send(&appliance, class).await);
    }
    send(&appliance, "transactional").await;
    assert_eq!(appliance.next_sent().await.text.unwrap(), "transactional");
    for message in &waiting {
        let said = appliance.api("GET", message, "").await.json();
        assert_eq!(said["state"], "queued", "{said}");
        assert!(said["hint"].as_str().unwrap().contains("等网络报时后再发"), "{said}");
    }
    // An hour of the two that they live, and then three weeks at once.
    appliance.clock.advance(HOUR);
    network_time(&appliance, NOON).await;
    for class in ["care", "bulk"] {
        assert_eq!(appliance.next_sent().await.text.unwrap(), class);
    }
    until(&appliance, &waiting[0], |said| said["state"] == "delivered" && said["hint"] == "").await;
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_lives_as_long_as_it_was_given() {
    let appliance = unchecked(folder(), Time(0)).await;
    let care = send(&appliance, "care").await;
    appliance.clock.advance(3 * HOUR);
    network_time(&appliance, NOON).await;
    send(&appliance, "transactional").await;
    assert_eq!(appliance.next_sent().await.text.unwrap(), "transactional");
    until(&appliance, &care, |said| said["state"] == "expired").await;
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_year_of_the_machine_lets_nothing_expire() {
    let appliance = Appliance::empty(ALL, folder(), |_| {}).await;
    appliance.modem.set_registration(2);
    appliance.clock.advance(Duration::from_secs(61));
    let message = send(&appliance, "transactional").await;
    let data = appliance.halt().await;

    // Its chip says 2029 after the cut; without a time server nobody knows better.
    let appliance = unchecked(data, NOON.plus(3 * YEAR)).await;
    assert_eq!(appliance.clock.trust(), Trust::Seen);
    assert_eq!(appliance.next_sent().await.text.unwrap(), "transactional");
    until(&appliance, &message, |said| said["state"] == "delivered").await;
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_sleeps_for_years_when_the_clock_goes_back() {
    let appliance = unchecked(folder(), NOON.plus(3 * YEAR)).await;
    // Not a company's code: its push would be what is refused.
    appliance.phone(PHONE).asks("?").await;
    // Refused for now: it is tried again after seconds of the box's clock.
    appliance.modem.trouble_next(Trouble::Cms(42));
    let message = send(&appliance, "transactional").await;
    until(&appliance, &message, |said| !said["parts"][0]["error"].is_null()).await;
    network_time(&appliance, NOON).await;
    let sent = async {
        loop {
            tokio::select! {
                sent = appliance.next_sent() => return sent,
                () = tokio::time::sleep(Duration::from_millis(3)) => appliance.clock.advance(Duration::from_secs(1)),
            }
        }
    };
    let sent = tokio::time::timeout(PATIENCE, sent).await.expect("it sleeps on");
    assert_eq!(sent.text.unwrap(), "transactional");
    assert!(appliance.clock.now() < NOON.plus(HOUR), "{:?}", appliance.clock.now());
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_order_and_cursors_go_on_when_the_clock_goes_back() {
    let appliance = unchecked(folder(), NOON.plus(3 * YEAR)).await;
    let phone = appliance.phone(PHONE);
    let inbox = async |after: &str| {
        let page = appliance.api("GET", &format!("/api/v1/inbox?after={after}"), "").await.json();
        let texts: Vec<String> =
            page["items"].as_array().unwrap().iter().map(|i| i["text"].as_str().unwrap().to_owned()).collect();
        (texts, page["next"].as_str().unwrap_or_default().to_owned())
    };
    phone.asks("1001").await;
    phone.asks("LY 三年后").await;
    let (texts, next) = inbox("").await;
    assert_eq!(texts, ["1001", "LY 三年后"]);
    network_time(&appliance, NOON).await;
    phone.asks("LY 三年前").await;
    assert_eq!(inbox(&next).await.0, ["LY 三年前"]);
    assert_eq!(inbox("").await.0, ["1001", "LY 三年后", "LY 三年前"]);
    let rows = appliance.api("GET", "/api/v1/sites/juhelou/rows?section=guestbook", "").await.json();
    let texts: Vec<&str> =
        rows["items"].as_array().unwrap().iter().filter_map(|row| row["fields"]["text"].as_str()).collect();
    assert!(texts.ends_with(&["三年后", "三年前"]), "{texts:?}");
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_talk_goes_on_when_the_clock_is_set() {
    for (machine, now) in [(Time(0), NOON.plus(YEAR)), (NOON.plus(3 * YEAR), NOON)] {
        let appliance = unchecked(folder(), machine).await;
        let phone = appliance.phone(PHONE);
        phone.asks("1001").await;
        assert!(phone.asks("LY").await.starts_with("写留言"));
        network_time(&appliance, now).await;
        pass(&appliance, Duration::from_secs(5)).await;
        assert!(phone.asks("钟表对过了").await.contains("谢谢,留言已发布"));
        assert!(phone.asks("0").await.starts_with("聚和楼"));
        // The numbers of that screen are good for a day, and no longer.
        pass(&appliance, 23 * HOUR).await;
        assert!(!phone.asks("2").await.contains("已失效"));
        pass(&appliance, DAY + HOUR).await;
        assert!(phone.asks("1").await.contains("已失效"));
        appliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_in_parts_waits_on_when_the_clock_is_set() {
    for (machine, now) in [(Time(0), NOON.plus(YEAR)), (NOON.plus(3 * YEAR), NOON)] {
        let appliance = unchecked(folder(), machine).await;
        let phone = appliance.phone(PHONE);
        let deliver = async |index, text| {
            let stamp = if index == 1 { machine.max(EARLIEST) } else { now };
            assert!(appliance.modem.deliver_tpdu(part(PHONE, index, text, stamp)));
            tokio::time::timeout(PATIENCE, appliance.modem.idle()).await.expect("it is read");
        };
        deliver(1, "LY 前半句,").await;
        network_time(&appliance, now).await;
        // A text to pass the time: were the parts overdue, the first would be answered before this.
        assert!(phone.asks("1001").await.starts_with("聚和楼"));
        deliver(2, "后半句").await;
        let reply = phone.gets().await;
        assert!(reply.contains("谢谢,留言已发布") && reply.contains("前半句,后半句"), "{reply}");
        appliance.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_without_a_chip_goes_on_from_when_it_ran() {
    let appliance = Appliance::start().await;
    appliance.clock.advance(DAY);
    let data = appliance.halt().await;
    let appliance = unchecked(data, Time(0)).await;
    assert_eq!((appliance.clock.now(), appliance.clock.source()), (NOON.plus(DAY), Source::Seen));
    // A text that came while the modem had long been in the network tells the time; one that was kept for it does not.
    let phone = appliance.phone(PHONE);
    let say = async |text: &str, time| {
        assert!(appliance.modem.deliver(PHONE, text, time));
        phone.gets().await;
    };
    say("1001", NOON.plus(2 * DAY)).await;
    assert_eq!((appliance.clock.now(), appliance.clock.trust()), (NOON.plus(2 * DAY), Trust::Seen));
    // The first may be found by the sweep that is due after an hour, and a command under way at the jump is silence to
    // the driver: the modem is then new to the network.
    for (n, text) in ["1002", "1003", "1004", "1001"].into_iter().enumerate() {
        if appliance.clock.source() != Source::Text {
            pass(&appliance, HOUR).await;
            appliance.modem_is_back().await;
            say(text, NOON.plus((3 + n as u32) * DAY)).await;
        }
    }
    assert_eq!(appliance.clock.source(), Source::Text);
    assert!(appliance.clock.now() >= NOON.plus(3 * DAY));
    appliance.stop().await;
}

/// One of two parts of a text, as the network brings it.
fn part(from: &str, index: u8, text: &str, time: Time) -> Vec<u8> {
    let concat = Concat { reference: 7, total: 2, index, wide: false };
    let units = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let deliver = Deliver {
        more: false,
        loop_prevention: false,
        report_indication: false,
        reply_path: false,
        from: Address::of(&Number::parse(from).unwrap()),
        pid: 0,
        dcs: Dcs::UCS2,
        stamp: Scts::of(time, 32),
        data: UserData { elements: vec![Element::concat(concat)], units },
    };
    deliver.emit().unwrap()
}
