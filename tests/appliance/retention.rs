//! What the hourly sweep takes away, and what people and programs see of it.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use yizhan::config::Config;
use yizhan::demo;
use yizhan::sections::ALL;
use yizhan::sites::files;

use crate::api::refused;
use crate::harness::{Appliance, folder};

const DAY: Duration = Duration::from_secs(24 * 3600);
const MESSAGES: &str = "/api/v1/messages";

async fn with_short_memory() -> Appliance {
    let set = |config: &mut Config| {
        config.store.keep_days = 10;
        // A push of its own would stand between the texts.
        config.sms.push_tries = 0;
    };
    Appliance::with(ALL, folder(), set).await
}

fn archived(appliance: &Appliance, file: &str) -> Vec<Value> {
    let text = fs::read_to_string(appliance.data.join("archive").join(file)).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn old_texts_move_to_the_archive() {
    let appliance = with_short_memory().await;
    let phone = appliance.phone("+8613912345678");
    let order = json!({"to": "+8613900000001", "text": "您的订单已发货", "key": "k1"}).to_string();
    let sent = appliance.api("POST", MESSAGES, &order).await.json();
    let id = sent["id"].as_str().unwrap().to_owned();
    assert_eq!(appliance.next_sent().await.text.as_deref(), Some("您的订单已发货"));
    let menu = phone.asks("1001").await;
    appliance.sweeps_after(8 * DAY).await;
    appliance.modem_is_back().await;
    assert_eq!(appliance.api("GET", &format!("{MESSAGES}/{id}"), "").await.json()["state"], "delivered");
    phone.asks("1001").await;
    // The key's week is over: the same order is another message now.
    let again = appliance.api("POST", MESSAGES, &order).await.json();
    assert_ne!(again["id"], sent["id"]);
    appliance.next_sent().await;

    appliance.sweeps_after(4 * DAY).await;
    refused(&appliance.api("GET", &format!("{MESSAGES}/{id}"), "").await, 410, "gone", None);
    refused(&appliance.api("GET", &format!("{MESSAGES}/999"), "").await, 404, "not_found", None);
    let again = again["id"].as_str().unwrap();
    assert_eq!(appliance.api("GET", &format!("{MESSAGES}/{again}"), "").await.status, 200);
    let inbox = appliance.api("GET", "/api/v1/inbox", "").await.json();
    assert_eq!((inbox["archived"].as_str(), inbox["items"].as_array().unwrap().len()), (Some("1"), 1));

    let lines = archived(&appliance, "texts-2026-11.jsonl");
    let ways: Vec<&str> = lines.iter().map(|line| line["way"].as_str().unwrap()).collect();
    assert_eq!(ways, ["in", "out", "out"]);
    assert_eq!((&lines[0]["from"], &lines[0]["text"]), (&json!("+8613912345678"), &json!("1001")));
    assert_eq!(lines[0]["received"], "2026-11-22T04:00:00Z");
    assert_eq!((&lines[1]["id"], &lines[1]["class"]), (&json!(1), &json!("transactional")));
    assert_eq!((&lines[2]["text"], &lines[2]["parts"][0]["state"]), (&json!(menu), &json!("submitted")));

    appliance.sweeps_after(150 * DAY).await;
    let later = archived(&appliance, "texts-2026-11.jsonl");
    let ids: Vec<String> = later.iter().map(|line| format!("{} {}", line["way"], line["id"])).collect();
    let all = ["\"in\" 1", "\"out\" 1", "\"out\" 2", "\"in\" 2", "\"out\" 3", "\"out\" 4"];
    assert_eq!(ids, all, "five months on each can be looked up, and stands there once");
    appliance.sweeps_after(90 * DAY).await;
    assert!(!appliance.data.join("archive/texts-2026-11.jsonl").exists());
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_phone_is_forgotten_and_its_opt_out_is_not() {
    let appliance = with_short_memory().await;
    let phone = appliance.phone("+8613912345678");
    phone.asks("1001").await;
    assert!(phone.asks("EN").await.contains("back"));
    phone.asks("00000").await;
    appliance.sweeps_after(11 * DAY).await;
    appliance.modem_is_back().await;
    let menu = phone.asks("你好").await;
    assert!(menu.contains("餐饮美食"), "the language is forgotten, the portal stands there: {menu}");
    let order = json!({"to": "+8613912345678", "text": "大减价", "class": "bulk"}).to_string();
    assert_eq!(appliance.api("POST", MESSAGES, &order).await.json()["state"], "suppressed");
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_without_a_modem_expires_before_it_goes() {
    let appliance = with_short_memory().await;
    appliance.modem.unplug();
    let order = json!({"to": "+8613900000001", "text": "等等", "expires_s": 604_800}).to_string();
    let id = appliance.api("POST", MESSAGES, &order).await.json()["id"].as_str().unwrap().to_owned();
    let state = async || appliance.api("GET", &format!("{MESSAGES}/{id}"), "").await.json()["state"].clone();
    appliance.sweeps_after(6 * DAY).await;
    assert_eq!(state().await, "queued");
    appliance.sweeps_after(2 * DAY).await;
    assert_eq!(state().await, "expired");
    appliance.sweeps_after(3 * DAY).await;
    assert_eq!(state().await, Value::Null);
    let lines = archived(&appliance, "texts-2026-11.jsonl");
    assert_eq!((&lines[0]["text"], &lines[0]["parts"][0]["state"]), (&json!("等等"), &json!("expired")));
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_the_site_before_go_a_day_later() {
    let appliance = with_short_memory().await;
    let (_, mut site) = demo::starters().into_iter().find(|(industry, _)| industry == "restaurant").unwrap();
    let pictures = || fs::read_dir(appliance.data.join("pictures")).unwrap().count();
    let before = pictures();
    let text = String::from_utf8(site["site.toml"].clone()).unwrap();
    let plain: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("picture = ")).collect();
    site.insert("site.toml".to_owned(), plain.join("\n").into_bytes());
    let reply = appliance.api_octets("POST", "/api/v1/sites", &files::tar(&site).unwrap()).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    appliance.sweeps_after(DAY / 24).await;
    assert_eq!(pictures(), before);
    appliance.sweeps_after(DAY).await;
    assert!(pictures() < before);
    let page = appliance.get("/s/hongye/", &[]).await.text();
    let shown = page.split("src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(appliance.get(&shown, &[]).await.status, 200, "another site's stay: {shown}");
    appliance.stop().await;
}
