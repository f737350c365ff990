//! What the operator sees of modems and queue: the page, the figures, the commands; and what visitors read meanwhile.

use std::time::Duration;

use serde_json::json;
use yizhan::config::{Config, Modem, Secret};
use yizhan::demo;
use yizhan::number::Number;
use yizhan::sections::ALL;
use yizhan::sim::modem::SimModem;

use crate::harness::{Appliance, folder};
use crate::line::Line;
use crate::markup::tags;
use crate::program::{Program, Scratch, printed, run, said};

const MODEMS: &str = "/console/modems";
const WEB: &str = "text/html";
const PHONE: &str = "application/vnd.wap.xhtml+xml";
const OLD_PHONE: &str = "text/vnd.wap.wml";
const VISITORS_READ: &str = "短信现在暂时收发不了";

async fn with(change: impl FnOnce(&mut Config)) -> Appliance {
    Appliance::with(ALL, folder(), change).await
}

async fn page(appliance: &Appliance, target: &str, accept: &str) -> String {
    let shown = appliance.get(target, &[("accept", accept)]).await;
    assert_eq!(shown.status, 200, "{target}");
    words(&shown.text())
}

/// What is read, without markup.
fn words(markup: &str) -> String {
    let texts: String = tags(markup).iter().map(|tag| format!("{} ", tag.text)).collect();
    texts.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Looks at the page until it has this, while time passes for a modem that waits for it.
async fn until(appliance: &Appliance, part: &str) -> String {
    for _ in 0..400 {
        let shown = page(appliance, MODEMS, WEB).await;
        if shown.contains(part) {
            return shown;
        }
        appliance.clock.advance(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never {part}: {}", page(appliance, MODEMS, WEB).await);
}

#[track_caller]
fn has(shown: &str, parts: &[&str]) {
    for part in parts {
        assert!(shown.contains(part), "{part} is missing: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_is_well_on_every_screen() {
    let appliance = with(|_| {}).await;
    let zh = until(&appliance, "一切正常:1 个模块就绪,0 条短信待发").await;
    has(
        &zh,
        &["simulated", "就绪(11-22 ", "/31", demo::NUMBER, "发出 0,收到 0,不明 0", "0 次,复位 0 次", "暂停", "没有"],
    );
    let en = page(&appliance, &format!("{MODEMS}?lang=en"), WEB).await;
    has(&en, &["All is well: modems ready 1, messages waiting 0", "ready (since 11-22 ", "SM: 0 of 30 used", " ago"]);
    for (accept, name) in [(PHONE, "xhtml"), (OLD_PHONE, "wml")] {
        let shown = page(&appliance, MODEMS, accept).await;
        has(&shown, &["一切正常", "simulated", demo::NUMBER]);
        assert!(!shown.contains('{'), "{name}: {shown}");
    }
    // What has gone through is counted.
    appliance.phone("+8613912345678").asks("1001").await;
    assert!(!until(&appliance, "一切正常").await.contains("发出 0,收到 0"));
    let shown = appliance.get(MODEMS, &[]).await;
    assert_eq!((shown.header("cache-control"), shown.header("etag")), ("no-store", ""));
    assert_eq!(appliance.post(MODEMS, &[], "").await.status, 405);
    // Only the portal's host has it.
    assert_eq!(appliance.get(MODEMS, &[("host", "juhelou.localhost")]).await.status, 404);
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_for_private_networks() {
    let appliance = with(|config| config.http.private.clear()).await;
    for path in [MODEMS, "/metrics"] {
        let refused = appliance.get(path, &[]).await;
        assert_eq!((refused.status, refused.text().contains("simulated")), (403, false), "{path}");
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modem_is_pulled_and_everybody_is_told() {
    let appliance = with(|_| {}).await;
    until(&appliance, "一切正常").await;
    assert!(!page(&appliance, "/", WEB).await.contains(VISITORS_READ));
    appliance.modem.unplug();
    let message = json!({ "to": "+8613912345678", "text": "later" }).to_string();
    appliance.api("POST", "/api/v1/messages", &message).await;
    let shown = until(&appliance, "simulated: 连不上").await;
    has(&shown, &["有 1 件事要处理", "检查供电和插头", "通知 1 条,最早的已等", "没有可用的短信模块"]);
    assert!(!shown.contains("No modem"), "one language at a time: {shown}");
    // Whoever would text is told on every screen; the sites are there.
    for target in ["/", "/s/juhelou/"] {
        for accept in [WEB, PHONE, OLD_PHONE] {
            has(&page(&appliance, target, accept).await, &[VISITORS_READ]);
        }
    }
    has(&page(&appliance, "/?lang=en", WEB).await, &["Texts are not answered just now"]);
    assert!(!page(&appliance, "/s/juhelou/products", WEB).await.contains(VISITORS_READ));
    let metrics = appliance.get("/metrics", &[]).await.text();
    has(
        &metrics,
        &[
            "yizhan_modem_registered{modem=\"simulated\"} 0",
            "yizhan_modem_state{modem=\"simulated\",state=\"lost\"} 1",
            "yizhan_modem_losses_total{modem=\"simulated\"} 1",
            "yizhan_waiting{class=\"transactional\"} 1",
        ],
    );
    // Nobody looks after it for a while.
    appliance.clock.advance(Duration::from_secs(20 * 60));
    let shown = until(&appliance, "待发短信: 1 条,最早的已等 20 分").await;
    has(&shown, &["有 2 件事要处理"]);
    appliance.modem.replug();
    let shown = until(&appliance, "一切正常").await;
    has(&shown, &["1 次,复位 0 次"]);
    assert!(!page(&appliance, "/", WEB).await.contains(VISITORS_READ));
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_held_is_told() {
    let appliance = with(|_| {}).await;
    until(&appliance, "一切正常").await;
    appliance.api("POST", "/api/v1/queue/hold", r#"{"class": "bulk"}"#).await;
    let shown = page(&appliance, MODEMS, WEB).await;
    has(&shown, &["能用,有 1 件事值得看一下", "已由管理员暂停", "yizhan queue release", "暂停 群发"]);
    assert!(!page(&appliance, "/", WEB).await.contains(VISITORS_READ), "visitors still get their answers");
    appliance.api("POST", "/api/v1/queue/hold", "{}").await;
    has(&page(&appliance, MODEMS, WEB).await, &["暂停 全部"]);
    has(&page(&appliance, "/", WEB).await, &[VISITORS_READ]);
    let queue = appliance.api("GET", "/api/v1/queue?lang=en", "").await.json();
    assert_eq!((&queue["level"], &queue["classes"][0]["class"]), (&json!("note"), &json!("reply")), "{queue}");
    appliance.api("POST", "/api/v1/queue/release", "{}").await;
    has(&page(&appliance, MODEMS, WEB).await, &["一切正常"]);
    assert!(!page(&appliance, "/", WEB).await.contains(VISITORS_READ));
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_sim_and_a_refused_message() {
    let appliance = with(|_| {}).await;
    until(&appliance, "一切正常").await;
    appliance.modem.suffer("cms 42").unwrap();
    let message = json!({ "to": "+8613912345678", "text": "a" }).to_string();
    appliance.api("POST", "/api/v1/messages", &message).await;
    let shown = until(&appliance, "CMS 42").await;
    has(&shown, &["被拒的短信", "CMS 42 1 次,最近 11-22 12:0", "网络忙", "一切正常"]);
    for words in ["slots 3", "refuse AT+CMGD"] {
        appliance.modem.suffer(words).unwrap();
    }
    for n in 0..3 {
        appliance.phone(&format!("+861391234567{n}")).says("1001");
    }
    let shown = until(&appliance, "短信存储已满(3/3)").await;
    has(&shown, &["有 1 件事要处理", "清空SIM卡短信", "SM 已用 3/3"]);
    let metrics = appliance.get("/metrics", &[]).await.text();
    has(
        &metrics,
        &[
            "yizhan_modem_slots_used{modem=\"simulated\"} 3",
            "yizhan_modem_slots{modem=\"simulated\"} 3",
            "yizhan_modem_failures_total{modem=\"simulated\",error=\"CMS 42\"} 1",
        ],
    );
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_beside_a_modem_that_is_well() {
    let scratch = Scratch::new();
    let locked = SimModem::new(Number::parse("+8613800009999").unwrap(), 10);
    locked.set_pin("1234");
    let line = Line::new(scratch.join("modem"), locked.clone());
    let modem = Modem { pin: Some(Secret::new("0000")), ..Modem::at("second", line.path().into(), None) };
    let appliance = with(|config| config.modems.push(modem)).await;
    let shown = until(&appliance, "second: 配置里的 PIN 码不对").await;
    has(&shown, &["有 1 件事要处理", "用手机确认 PIN 码", "simulated", "就绪"]);
    assert_eq!(locked.pin_tries(), 1);
    assert!(!page(&appliance, "/", WEB).await.contains(VISITORS_READ), "the other one answers");
    appliance.stop().await;
}

#[test]
fn the_commands() {
    let data = Scratch::new();
    let demo = Program::demo(&data, &[]);
    let socket = data.join("yizhan.sock");
    let modem = |args: &[&str]| run(&[&["--socket", socket.to_str().unwrap(), "modem"], args].concat());
    let listed = modem(&["list"]);
    assert!(listed.status.success(), "{}", said(&listed));
    assert!(printed(&listed).starts_with("simulated\tready\t+86"), "{}", printed(&listed));
    assert!(printed(&listed).trim_end().ends_with("\t0/30\tready"), "{}", printed(&listed));
    let off = modem(&["log", "simulated"]);
    assert_eq!(off.status.code(), Some(1));
    assert!(said(&off).contains("is off") && said(&off).contains("--minutes 10"), "{}", said(&off));
    let nobody = modem(&["log", "sim9"]);
    assert_eq!(nobody.status.code(), Some(1));
    assert!(said(&nobody).contains("no modem sim9; there is: simulated"), "{}", said(&nobody));
    let on = modem(&["log", "simulated", "--minutes", "5"]);
    assert!(on.status.success() && printed(&on).contains("on for 5 min (masked)"), "{}", said(&on));
    demo.post("/handset/send", r#"{"phone": "+8613912345678", "text": "1001"}"#);
    let begun = std::time::Instant::now();
    loop {
        let log = modem(&["log", "simulated"]);
        assert!(log.status.success(), "{}", said(&log));
        if printed(&log).contains(" < AT+CMGS=") {
            assert!(!printed(&log).contains("13912345678") && printed(&log).contains(" > "), "{}", printed(&log));
            break;
        }
        assert!(begun.elapsed() < crate::program::PATIENCE, "{}", printed(&log));
    }
    assert!(printed(&modem(&["log", "simulated", "--minutes", "1", "--detail"])).contains("(whole)"));
    assert!(printed(&modem(&["log", "simulated", "--minutes", "0"])).contains("is off"));
    for usage in [&["log"][..], &["log", "simulated", "--minutes", "1441"], &["log", "simulated", "--detail"]] {
        assert_eq!(modem(usage).status.code(), Some(2), "{usage:?}");
    }
    demo.end(rustix::process::Signal::TERM);
    let gone = modem(&["list"]);
    assert!(gone.status.code() == Some(1) && said(&gone).contains("is the box running?"), "{}", said(&gone));
}
