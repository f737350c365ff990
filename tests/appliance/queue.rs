//! The queue of a whole box: limits with what is kept for answers, quiet hours, a SIM without credit, reports, the verbs.

use std::time::Duration;

use serde_json::{Value, json};
use yizhan::config::Config;
use yizhan::sections::ALL;
use yizhan::sim::modem::Trouble;

use crate::harness::{Appliance, folder};

const HOUR: Duration = Duration::from_secs(3600);

async fn sends(appliance: &Appliance, to: &str, class: &str) -> String {
    let body = json!({ "to": to, "text": "hello", "class": class }).to_string();
    appliance.api("POST", "/api/v1/messages", &body).await.json()["id"].as_str().unwrap().to_owned()
}

async fn message(appliance: &Appliance, id: &str) -> Value {
    appliance.api("GET", &format!("/api/v1/messages/{id}"), "").await.json()
}

async fn until(appliance: &Appliance, id: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..1000 {
        let said = message(appliance, id).await;
        if is_so(&said) {
            return said;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to that: {}", message(appliance, id).await);
}

async fn with(change: impl FnOnce(&mut Config)) -> Appliance {
    Appliance::with(ALL, folder(), change).await
}

/// What marketing may use up leaves room for the person who asks.
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_keeps_room_for_answers() {
    let appliance = with(|config| config.sms.per_minute = 8).await;
    let mut ids = Vec::new();
    for n in 0..8 {
        ids.push(sends(&appliance, &format!("+861371111000{n}"), "bulk").await);
    }
    for _ in 0..6 {
        appliance.next_sent().await;
    }
    let waits = until(&appliance, &ids[6], |said| said["hint"].as_str().is_some_and(|hint| !hint.is_empty())).await;
    assert!(waits["state"] == "queued" && waits["hint"].as_str().unwrap().contains("limit"), "{waits}");
    // An answer counts, and waits for no minute.
    assert!(!appliance.phone("+8613912345678").asks("1001").await.is_empty());
    assert!(appliance.unread().await.is_empty(), "nothing overtook it");
    appliance.clock.advance(Duration::from_secs(62));
    appliance.next_sent().await;
    appliance.next_sent().await;
    until(&appliance, &ids[7], |said| said["state"] == "delivered").await;
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn marketing_waits_for_the_morning() {
    let hours = |config: &mut Config| {
        (config.sms.quiet_from, config.sms.quiet_to) = ("11:00".parse().unwrap(), "14:30".parse().unwrap());
    };
    let appliance = with(hours).await;
    let (bulk, care) =
        (sends(&appliance, "+8613711110001", "bulk").await, sends(&appliance, "+8613711110002", "care").await);
    sends(&appliance, "+8613711110003", "transactional").await;
    assert_eq!(appliance.next_sent().await.to, "+8613711110003", "what a person waits for does not");
    for id in [&bulk, &care] {
        let waits = message(&appliance, id).await;
        assert!(waits["state"] == "queued" && waits["hint"].as_str().unwrap().contains("14:30"), "{waits}");
    }
    appliance.clock.advance(2 * HOUR + HOUR / 2);
    assert_eq!(appliance.next_sent().await.to, "+8613711110002", "care before bulk");
    assert_eq!(appliance.next_sent().await.to, "+8613711110001");
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sim_without_credit_is_told_and_tried_again() {
    let appliance = with(|_| {}).await;
    appliance.modem.trouble_next(Trouble::Cms(8));
    let id = sends(&appliance, "+8613711110001", "transactional").await;
    let waits = until(&appliance, &id, |said| !said["parts"][0]["error"].is_null()).await;
    assert!(waits["state"] == "queued" && waits["hint"].as_str().unwrap().contains("credit"), "{waits}");
    assert_eq!(waits["parts"][0]["error"], "CMS 8");
    let modem = appliance.api("GET", "/api/v1/modems?lang=en", "").await.json()["items"][0].take();
    assert!(modem["ready"] == true && modem["stopped"].as_str().unwrap().contains("credit"), "{modem}");
    let metrics = appliance.get("/metrics", &[]).await.text();
    for line in [
        "yizhan_modem_stopped{modem=\"simulated\"} 1",
        "yizhan_refusals_total{error=\"CMS 8\"} 1",
        "yizhan_waiting{class=\"transactional\"} 1",
    ] {
        assert!(metrics.contains(line), "{line} in\n{metrics}");
    }
    // The operator has topped it up and says so.
    appliance.api("POST", "/api/v1/queue/release", "").await;
    assert_eq!(appliance.next_sent().await.to, "+8613711110001");
    until(&appliance, &id, |said| said["state"] == "delivered" && said["hint"] == "").await;
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_is_seen_and_emptied_before_a_modem_is_there() {
    let appliance = with(|_| {}).await;
    appliance.modem.unplug();
    let mut ids = Vec::new();
    for (n, class) in ["bulk", "bulk", "code", "care"].into_iter().enumerate() {
        ids.push(sends(&appliance, &format!("+861371111000{n}"), class).await);
    }
    until(&appliance, &ids[0], |said| said["hint"].as_str().unwrap().contains("modem")).await;
    let page = appliance.api("GET", "/api/v1/queue?limit=3", "").await.json();
    assert_eq!(
        (page["items"].as_array().unwrap().len(), &page["waiting"], &page["next"]),
        (3, &json!(4), &json!(ids[2]))
    );
    let rest = appliance.api("GET", &format!("/api/v1/queue?after={}", ids[2]), "").await.json();
    assert_eq!(rest["items"][0]["id"], ids[3].as_str());
    assert!(rest["items"][0]["made"].as_str().unwrap().starts_with("2026-11-22T"), "{rest}");
    let cancelled = appliance.api("DELETE", &format!("/api/v1/messages/{}", ids[3]), "").await;
    assert_eq!((cancelled.status, &cancelled.json()["state"]), (200, &json!("cancelled")));
    assert_eq!(appliance.api("DELETE", &format!("/api/v1/messages/{}", ids[3]), "").await.status, 409);
    assert_eq!(appliance.api("DELETE", "/api/v1/messages/999", "").await.status, 404);
    let purge = async |body: &str| appliance.api("POST", "/api/v1/queue/purge", body).await;
    assert_eq!(purge(r#"{"class": "bulk", "older_than_s": 60}"#).await.json()["cancelled"], 0);
    assert_eq!(purge(r#"{"class": "letters"}"#).await.status, 422);
    assert_eq!(purge(r#"{"class": "bulk"}"#).await.json()["cancelled"], 2);
    let left = appliance.api("GET", "/api/v1/queue", "").await.json();
    assert_eq!((left["items"].as_array().unwrap().len(), &left["items"][0]["id"]), (1, &json!(ids[2])));
    appliance.stop().await;
}
