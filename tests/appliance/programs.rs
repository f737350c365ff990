//! What other programs rely on: kinds of messages, listing and taking back, webhooks, and Kannel's `sendsms`.

mod receiver;
mod sendsms;
mod webhooks;

use std::time::Duration;

use serde_json::{Value, json};
use yizhan::sms::pdu::Submit;

use crate::api::{BEARER, box_with_token, refused};
use crate::harness::{Appliance, octets_of};

const MESSAGES: &str = "/api/v1/messages";
const PHONE: &str = "+8613912345678";

async fn sends(appliance: &Appliance, order: Value) -> Value {
    let reply = appliance.http("POST", MESSAGES, &[BEARER], order.to_string().as_bytes()).await;
    assert_eq!(reply.status, 202, "{}", reply.text());
    reply.json()
}

async fn state(appliance: &Appliance, id: &Value) -> String {
    let id = id.as_str().unwrap();
    appliance.api("GET", &format!("{MESSAGES}/{id}"), "").await.json()["state"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_leaves_as_what_it_is() {
    let appliance = box_with_token(true).await;
    for (more, pid, dcs) in [
        (json!({}), 0, 0x00),
        (json!({"kind": "text"}), 0, 0x00),
        (json!({"kind": "flash"}), 0, 0x10),
        (json!({"replace": 3}), 0x43, 0x00),
        (json!({"kind": "replace", "replace": 7}), 0x47, 0x00),
    ] {
        let mut order = json!({"to": PHONE, "text": "ready"});
        order.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = sends(&appliance, order).await;
        let sent = appliance.next_sent().await;
        let submit = Submit::parse(&sent.tpdus[0]).unwrap();
        assert_eq!((submit.pid, submit.dcs.0, sent.text.as_deref()), (pid, dcs, Some("ready")), "{more}");
        let shown = appliance.api("GET", &format!("{MESSAGES}/{}", made["id"].as_str().unwrap()), "").await.json();
        let kind = if pid > 0 { "replace" } else { more["kind"].as_str().unwrap_or("text") };
        assert_eq!((shown["kind"].as_str(), shown["text"].as_str()), (Some(kind), Some("ready")));
    }
    let card = json!({"to": PHONE, "card": {"name": "张三", "phone": "+8613800001111", "title": "经理"}});
    sends(&appliance, card).await;
    let (port, octets) = octets_of(&appliance.next_data().await);
    let text = String::from_utf8(octets).unwrap();
    assert_eq!(port, 9204);
    assert!(text.contains("N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0=E4=B8=89\r\nTITLE;"), "{text}");
    for (order, field) in [
        (json!({"kind": "loud", "text": "x"}), "kind"),
        (json!({"replace": 8, "text": "x"}), "replace"),
        (json!({"kind": "replace", "text": "x"}), "replace"),
        (json!({"kind": "flash", "replace": 1, "text": "x"}), "replace"),
        (json!({"push": {}, "card": {}, "text": "x"}), "push"),
        (json!({"push": "http://a/", "text": "x"}), "push"),
        (json!({"push": {"url": "javascript:alert(1)"}, "text": "x"}), "push.url"),
        (json!({"push": {}, "text": "x"}), "push.url"),
        (json!({"push": {"url": "http://a.example/"}}), "push.text"),
        (json!({"push": {"url": "http://a.example/", "action": "jump"}, "text": "x"}), "push.action"),
        (json!({"push": {"colour": "red"}, "text": "x"}), "push.colour"),
        (json!({"card": {"phone": "1"}}), "card.name"),
        (json!({"card": {"name": "a"}}), "card.phone"),
        (json!({"card": {"name": "a\r\nTEL:2", "phone": "1"}}), "card.name"),
        (json!({"wait_s": -1, "text": "x"}), "wait_s"),
    ] {
        let mut order = order;
        order["to"] = PHONE.into();
        refused(&appliance.api("POST", MESSAGES, &order.to_string()).await, 422, "invalid", Some(field));
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_followed_by_a_text_unless_it_is_opened() {
    let appliance = box_with_token(true).await;
    let order = json!({"to": PHONE, "site": "juhelou", "push": {"text": "新菜单", "id": "menu"}, "key": "p1"});
    let made = sends(&appliance, order.clone()).await;
    let (port, octets) = octets_of(&appliance.next_data().await);
    let words = String::from_utf8_lossy(&octets).into_owned();
    // Version 1.2, SI 1.0, UTF-8, no string table, si with content, behind eight octets of WSP.
    assert_eq!((port, &octets[1..14]), (2948, &b"\x06\x06\x03\xAE\x81\xEA\xAF\x82\x02\x05\x6A\x00\x45"[..]));
    assert!(words.contains("新菜单") && words.contains("menu"), "{words}");
    let again = sends(&appliance, order).await;
    assert_eq!((&again["id"], &again["follows"]), (&made["id"], &made["follows"]), "the same key makes nothing new");
    assert_eq!(state(&appliance, &made["follows"]).await, "queued");
    // Nobody asks for it: the text goes out with the plain address.
    appliance.clock.advance(Duration::from_secs(601));
    let text = appliance.next_sent().await.text.unwrap();
    assert!(text.starts_with("新菜单\nhttp://") && text.ends_with("/s/juhelou/"), "{text}");
    // The second one is opened, and its text is taken back.
    let made = sends(&appliance, json!({"to": PHONE, "site": "juhelou", "text": "特价", "push": {}})).await;
    let (_, octets) = octets_of(&appliance.next_data().await);
    let words = String::from_utf8_lossy(&octets).into_owned();
    let mark = words.split("/p/").nth(1).unwrap()[..8].to_owned();
    assert_eq!(appliance.http("HEAD", &format!("/p/{mark}"), &[], b"").await.status, 405);
    assert_eq!(state(&appliance, &made["follows"]).await, "queued", "a look from outside opens nothing");
    let opened = appliance.get(&format!("/p/{mark}"), &[]).await;
    assert_eq!(opened.status, 302);
    assert!(opened.header("location").ends_with("/s/juhelou/"), "{:?}", opened.headers);
    assert_eq!(state(&appliance, &made["follows"]).await, "cancelled");
    // This handset opens pushes: no text behind the third. Three that it leaves lie, and it gets texts again.
    for _ in 0..3 {
        let made = sends(&appliance, json!({"to": PHONE, "site": "juhelou", "text": "再来", "push": {}})).await;
        assert!(made["follows"].is_null(), "{made}");
        appliance.next_data().await;
    }
    sends(&appliance, json!({"to": PHONE, "text": "最后", "push": {"url": "https://tea.example/a?b=1"}})).await;
    assert_eq!(appliance.next_sent().await.text.as_deref(), Some("最后\nhttps://tea.example/a?b=1"));
    for gone in ["/p/abcdefgh", "/p/", "/p/%00", "/p/ABCDEFGH/x"] {
        assert_eq!(appliance.get(gone, &[]).await.header("location"), "/", "{gone}");
    }
    assert!(appliance.unread().await.is_empty());
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_by_pages_and_taken_back() {
    let appliance = box_with_token(true).await;
    appliance.modem.unplug();
    let mut ids = Vec::new();
    for n in 0..7 {
        let (to, site) = if n % 2 == 0 { (PHONE, "juhelou") } else { ("+8613700000001", "quanshui") };
        ids.push(sends(&appliance, json!({"to": to, "site": site, "text": format!("no {n}")})).await["id"].clone());
    }
    let taken = appliance.api("DELETE", &format!("{MESSAGES}/{}", ids[2].as_str().unwrap()), "").await;
    assert_eq!((taken.status, taken.json()["state"].as_str()), (200, Some("cancelled")), "{}", taken.text());
    let again = appliance.api("DELETE", &format!("{MESSAGES}/{}", ids[2].as_str().unwrap()), "").await;
    refused(&again, 409, "conflict", None);
    refused(&appliance.api("DELETE", &format!("{MESSAGES}/999"), "").await, 404, "not_found", None);
    for (query, expected) in [
        ("", vec![0, 1, 2, 3, 4, 5, 6]),
        ("state=queued", vec![0, 1, 3, 4, 5, 6]),
        ("state=cancelled", vec![2]),
        ("to=13912345678", vec![0, 2, 4, 6]),
        ("site=quanshui&state=queued", vec![1, 3, 5]),
        ("state=delivered", vec![]),
    ] {
        let (mut found, mut after) = (Vec::new(), "0".to_owned());
        loop {
            let page = appliance.api("GET", &format!("{MESSAGES}?limit=2&after={after}&{query}"), "").await.json();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            found.extend(items.iter().map(|item| item["id"].clone()));
            if page["next"] == after.as_str() {
                break;
            }
            after = page["next"].as_str().unwrap().to_owned();
        }
        assert_eq!(found, expected.into_iter().map(|n: usize| ids[n].clone()).collect::<Vec<_>>(), "{query}");
    }
    for (query, field) in [("limit=0", "limit"), ("after=x", "after"), ("to=you", "to")] {
        refused(&appliance.api("GET", &format!("{MESSAGES}?{query}"), "").await, 422, "invalid", Some(field));
    }
    appliance.stop().await;
}

/// The description and the server name the same fields.
#[tokio::test(flavor = "multi_thread")]
async fn the_description_names_every_field() {
    let appliance = box_with_token(true).await;
    let described = appliance.get("/api/v1/openapi.json", &[]).await.json();
    let names = |schema: &str| -> Vec<String> {
        let found = &described["components"]["schemas"][schema]["properties"];
        let mut names: Vec<String> = found.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let told = appliance.api("POST", MESSAGES, r#"{"colour": 1}"#).await.json()["error"]["message"].clone();
    let mut known: Vec<String> =
        told.as_str().unwrap().split_once("known are ").unwrap().1.split(", ").map(str::to_owned).collect();
    known.sort();
    assert_eq!(names("Order"), known);
    let keys = |value: &Value| -> Vec<String> {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let made = sends(&appliance, json!({"to": PHONE, "text": "x"})).await;
    appliance.next_sent().await;
    let message = appliance.api("GET", &format!("{MESSAGES}/{}", made["id"].as_str().unwrap()), "").await.json();
    assert_eq!(names("Message"), keys(&message));
    appliance.phone(PHONE).asks("1001").await;
    let inbox = appliance.api("GET", "/api/v1/inbox", "").await.json();
    assert_eq!(names("Text"), keys(&inbox["items"][0]));
    let events = appliance.api("GET", "/api/v1/events", "").await.json();
    let mut all: Vec<String> = events["items"].as_array().unwrap().iter().flat_map(keys).collect();
    all.sort();
    all.dedup();
    assert_eq!(names("Event"), all);
    appliance.stop().await;
}
