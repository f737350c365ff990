//! The API of the outside contract: who may ask, messages out and in, how it refuses, and that its description is whole.

use serde_json::{Value, json};
use tokio::net::UnixStream;
use yizhan::config::{Secret, Token};
use yizhan::demo;
use yizhan::sections::ALL;

use crate::harness::{Appliance, Reply, exchange, folder};

const TOKEN: &str = "0123456789abcdef-of-the-test";
pub const BEARER: (&str, &str) = ("authorization", "Bearer 0123456789abcdef-of-the-test");
const MESSAGES: &str = "/api/v1/messages";
pub const ENTERPRISES: &str = "/api/v1/enterprises";

pub async fn box_with_token(filled: bool) -> Appliance {
    let token = |config: &mut yizhan::config::Config| {
        let token = Token { name: "crm".to_owned(), token: Some(Secret::new(TOKEN)), token_file: None };
        config.api.tokens.push(token);
    };
    if filled { Appliance::with(ALL, folder(), token).await } else { Appliance::empty(ALL, folder(), token).await }
}

/// The form of every error: `{"error": {"code", "field"?, "message"}}` and nothing else.
pub fn refused(reply: &Reply, status: u16, code: &str, field: Option<&str>) {
    let text = reply.text();
    assert_eq!(reply.status, status, "{text}");
    assert_eq!(reply.header("content-type"), "application/json", "{text}");
    let whole = reply.json();
    assert_eq!(whole.as_object().unwrap().len(), 1, "{text}");
    let error = whole["error"].as_object().unwrap();
    assert_eq!(error["code"], code, "{text}");
    assert_eq!(error.get("field").and_then(Value::as_str), field, "{text}");
    assert!(error["message"].as_str().is_some_and(|m| !m.is_empty()), "{text}");
    assert!(error.keys().all(|key| ["code", "field", "message"].contains(&key.as_str())), "{text}");
}

pub async fn local(appliance: &Appliance, method: &str, target: &str, kind: &str, body: &[u8]) -> Reply {
    let stream = UnixStream::connect(appliance.data.join("yizhan.sock")).await.unwrap();
    exchange(stream, method, target, &[("content-type", kind)], body).await
}

/// Asks until the message is as far as that.
async fn until(appliance: &Appliance, id: &str, state: &str) -> Value {
    for _ in 0..600 {
        let message = appliance.api("GET", &format!("{MESSAGES}/{id}"), "").await.json();
        if message["state"] == state {
            return message;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("message {id} never became {state}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_ask() {
    let appliance = box_with_token(false).await;
    for (headers, known) in [
        (vec![], false),
        (vec![("authorization", "Bearer")], false),
        (vec![("authorization", "Bearer ")], false),
        (vec![("authorization", "Bearer 0123456789abcdef-of-the-tesT")], false),
        (vec![("authorization", "Basic MDEyMzQ1Njc4OWFiY2RlZi1vZi10aGUtdGVzdA==")], false),
        (vec![("authorization", "0123456789abcdef-of-the-test")], false),
        (vec![("cookie", "token=0123456789abcdef-of-the-test")], false),
        (vec![BEARER], true),
        (vec![("authorization", "bearer 0123456789abcdef-of-the-test")], true),
    ] {
        for target in [ENTERPRISES, "/api/v1/inbox", "/api/v1/modems", "/api/v1/nothing", MESSAGES] {
            let reply = appliance.get(target, &headers).await;
            if known {
                assert_ne!(reply.status, 401, "{headers:?}");
            } else {
                refused(&reply, 401, "unauthorized", None);
                assert_eq!(reply.header("www-authenticate"), "Bearer");
            }
        }
    }
    // Without a token a large body is not even taken.
    let large = vec![b' '; 200 * 1024];
    refused(&appliance.http("POST", "/api/v1/sites", &[], &large).await, 401, "unauthorized", None);
    refused(&appliance.http("POST", MESSAGES, &[BEARER], &large).await, 413, "too_large", None);
    refused(&local(&appliance, "POST", MESSAGES, "application/json", &large).await, 413, "too_large", None);
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(appliance.data.join("yizhan.sock")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o660, "the file's mode is the permission");
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_lists_every_route() {
    let appliance = box_with_token(true).await;
    let described = appliance.get("/api/v1/openapi.json", &[]).await;
    assert_eq!((described.status, described.header("content-type")), (200, "application/json"));
    refused(&appliance.api("POST", "/api/v1/openapi.json", "").await, 405, "method", None);
    let description = described.json();
    let paths = description["paths"].as_object().unwrap();
    // What the contract names, and what the box says it has.
    for contract in
        ["/messages", "/messages/{id}", "/inbox", "/enterprises", "/enterprises/{slug}", "/sites/{slug}/rows"]
    {
        assert!(paths.contains_key(contract), "{contract}");
    }
    for (path, operations) in paths {
        let target = path
            .replace("{slug}", "juhelou")
            .replace("{id}", "1")
            .replace("{verb}", "show")
            .replace("{name}", "simulated");
        let target = format!("/api/v1{target}?section=guestbook");
        let operations = operations.as_object().unwrap();
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let reply = appliance.api(method, &target, "[]").await;
            match operations.get(&method.to_lowercase()) {
                None => {
                    refused(&reply, 405, "method", None);
                    let allowed: Vec<String> = operations.keys().map(|o| o.to_uppercase()).collect();
                    assert_eq!(reply.header("allow"), allowed.join(", "), "{method} {path}");
                }
                Some(operation) => {
                    assert_ne!(reply.status, 405, "{method} {path}");
                    assert!(operation["summary"].is_string() && operation["responses"]["default"].is_object());
                    if method == "GET" && path != "/messages/{id}" {
                        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
                    }
                }
            }
        }
    }
    // Every reference leads somewhere.
    let mut waiting = vec![&description];
    while let Some(value) = waiting.pop() {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            assert!(description.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
        match value {
            Value::Object(fields) => waiting.extend(fields.values()),
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    for unknown in ["/api/v1/", "/api/v1/nothing", "/api/v1/messages/1/2", "/api/v1/sites/juhelou", "/api/v1//inbox"] {
        refused(&appliance.api("GET", unknown, "").await, 404, "not_found", None);
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_message_is_said() {
    let appliance = box_with_token(false).await;
    let long = "长".repeat(671);
    let (key, deep) = ("k".repeat(101), "[".repeat(5000));
    for (body, status, field) in [
        ("{", 400, None),
        ("", 422, Some("to")),
        ("[]", 400, None),
        ("null", 400, None),
        ("\u{1F4A5}", 400, None),
        (deep.as_str(), 400, None),
        (r#"{"to": 13912345678, "text": "x"}"#, 422, Some("to")),
        (r#"{"to": ["+8613912345678"], "text": "x"}"#, 422, Some("to")),
        (r#"{"to": "+8613912345678"}"#, 422, Some("text")),
        (r#"{"to": "+8613912345678", "text": ""}"#, 422, Some("text")),
        (r#"{"to": "+8613912345678", "text": {"x": 1}}"#, 422, Some("text")),
        (r#"{"to": "", "text": "x"}"#, 422, Some("to")),
        (r#"{"to": "telephone", "text": "x"}"#, 422, Some("to")),
        (r#"{"to": "+86139123456781234567890", "text": "x"}"#, 422, Some("to")),
        (r#"{"to": "+8613912345678\r\nAT+CMGD=1", "text": "x"}"#, 422, Some("to")),
        (r#"{"to": "+8613912345678", "text": "x", "class": "reply"}"#, 422, Some("class")),
        (r#"{"to": "+8613912345678", "text": "x", "class": 1}"#, 422, Some("class")),
        (r#"{"to": "+8613912345678", "text": "x", "site": "nobody"}"#, 422, Some("site")),
        (r#"{"to": "+8613912345678", "text": "x", "expires_s": 0}"#, 422, Some("expires_s")),
        (r#"{"to": "+8613912345678", "text": "x", "expires_s": -1}"#, 422, Some("expires_s")),
        (r#"{"to": "+8613912345678", "text": "x", "expires_s": 1.5}"#, 422, Some("expires_s")),
        (r#"{"to": "+8613912345678", "text": "x", "expires_s": 1e400}"#, 400, None),
        (r#"{"to": "+8613912345678", "text": "x", "expires_s": 604801}"#, 422, Some("expires_s")),
        (r#"{"to": "+8613912345678", "text": "x", "expires_s": "60"}"#, 422, Some("expires_s")),
        (r#"{"to": "+8613912345678", "text": "x", "colour": "red"}"#, 422, Some("colour")),
        (&json!({"to": "+8613912345678", "text": long}).to_string(), 422, Some("text")),
        (&json!({"to": "+8613912345678", "text": "x", "key": key}).to_string(), 422, Some("key")),
    ] {
        let reply = appliance.http("POST", MESSAGES, &[BEARER], body.as_bytes()).await;
        refused(&reply, status, "invalid", field);
    }
    for id in ["0", "999", "x", "-1", "18446744073709551616", "%00", "1%2F2"] {
        refused(&appliance.api("GET", &format!("{MESSAGES}/{id}"), "").await, 404, "not_found", None);
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_leaves_and_its_key_makes_it_leave_once() {
    let appliance = box_with_token(true).await;
    let order = json!({"to": "139 1234 5678", "text": "您的座位留好了 \u{1F389}", "site": "juhelou", "key": "my-1"});
    let made = appliance.http("POST", MESSAGES, &[BEARER], order.to_string().as_bytes()).await;
    assert_eq!(made.status, 202, "{}", made.text());
    assert!(made.json()["state"] == "queued" && made.json().as_object().unwrap().len() == 2, "{}", made.text());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let sent = appliance.next_sent().await;
    assert_eq!((sent.to.as_str(), sent.text.as_deref()), ("+8613912345678", Some("您的座位留好了 \u{1F389}")));
    let message = until(&appliance, &id, "delivered").await;
    assert_eq!(message["to"], "+8613912345678");
    assert_eq!(
        (&message["class"], &message["site"], &message["segments"]),
        (&json!("transactional"), &json!("juhelou"), &json!(1))
    );
    assert!(
        message["parts"][0]["reference"].is_u64()
            && message["parts"][0]["error"].is_null()
            && message["hint"].is_string()
    );
    let again = appliance.api("POST", MESSAGES, &order.to_string()).await;
    assert_eq!((again.status, again.json()["id"].as_str()), (202, Some(id.as_str())));
    let other = order.to_string().replace("留好了", "没有了");
    refused(&appliance.api("POST", MESSAGES, &other).await, 409, "conflict", Some("key"));
    // Several parts, a NUL and an old phone's letters.
    for (text, parts) in [("长".repeat(200), 3), ("a\u{0}b".to_owned(), 1), ("@£$ plain".to_owned(), 1)] {
        let body = json!({"to": "+8613912345678", "text": text, "class": "code"}).to_string();
        let id = appliance.api("POST", MESSAGES, &body).await.json()["id"].as_str().unwrap().to_owned();
        let sent = appliance.next_sent().await;
        assert_eq!((sent.text.as_deref(), sent.tpdus.len()), (Some(text.as_str()), parts));
        assert_eq!(until(&appliance, &id, "delivered").await["segments"], parts);
    }
    assert!(appliance.unread().await.is_empty(), "nothing left twice");
    // Who opted out gets what he asked for, and no more.
    let phone = appliance.phone("+8613700000001");
    phone.asks("1001").await;
    phone.says("00000");
    appliance.modem.idle().await;
    drop(appliance.next_sent().await);
    for (class, state) in
        [("transactional", "suppressed"), ("care", "suppressed"), ("bulk", "suppressed"), ("code", "queued")]
    {
        let body = json!({"to": phone.number, "text": "hello", "class": class, "site": "juhelou"}).to_string();
        let reply = appliance.api("POST", MESSAGES, &body).await;
        assert_eq!((reply.status, reply.json()["state"].as_str()), (202, Some(state)), "{class}");
    }
    assert_eq!(phone.gets().await, "hello", "the code alone");
    // What expires before it can leave never leaves.
    appliance.modem.unplug();
    let body = json!({"to": "+8613912345678", "text": "late", "expires_s": 60}).to_string();
    let id = appliance.api("POST", MESSAGES, &body).await.json()["id"].as_str().unwrap().to_owned();
    appliance.clock.advance(std::time::Duration::from_secs(61));
    appliance.modem.replug();
    let body = json!({"to": "+8613912345678", "text": "in time"}).to_string();
    appliance.api("POST", MESSAGES, &body).await;
    for _ in 0..100 {
        appliance.clock.advance(std::time::Duration::from_secs(10));
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        if appliance.api("GET", &format!("{MESSAGES}/{id}"), "").await.json()["state"] == "expired" {
            break;
        }
    }
    until(&appliance, &id, "expired").await;
    assert_eq!(appliance.next_sent().await.text.as_deref(), Some("in time"));
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inbox_by_pages() {
    let appliance = box_with_token(true).await;
    let phone = appliance.phone("+8613912345678");
    for text in ["你好", "1001", "0", "?"] {
        phone.asks(text).await;
    }
    let (mut after, mut texts) = (String::new(), Vec::new());
    loop {
        let page = appliance.get(&format!("/api/v1/inbox?limit=3&after={after}"), &[BEARER]).await.json();
        let items = page["items"].as_array().unwrap();
        after = page["next"].as_str().unwrap().to_owned();
        if items.is_empty() {
            break;
        }
        for item in items {
            assert_eq!((&item["from"], &item["to"]), (&json!("+8613912345678"), &json!(demo::NUMBER)), "{item}");
            assert!(item["id"].is_string() && item["received"].as_str().unwrap().starts_with("2026-11-22T"), "{item}");
            texts.push(item["text"].as_str().unwrap().to_owned());
        }
        assert_eq!(page["items"].as_array().unwrap().last().unwrap()["id"], after.as_str());
    }
    assert_eq!(texts, ["你好", "1001", "0", "?"]);
    let rest = appliance.api("GET", &format!("/api/v1/inbox?after={after}"), "").await.json();
    assert_eq!((rest["items"].as_array().unwrap().len(), rest["next"].as_str()), (0, Some(after.as_str())));
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("after=x", "after"),
        ("after=-1", "after"),
    ] {
        refused(&appliance.api("GET", &format!("/api/v1/inbox?{query}"), "").await, 422, "invalid", Some(field));
    }
    let modems = appliance.api("GET", "/api/v1/modems", "").await.json();
    assert_eq!(modems["items"][0]["number"], demo::NUMBER, "{modems}");
    let facts = &modems["items"][0]["facts"];
    assert_eq!((&facts["profile"], &facts["proved"]), (&"generic".into(), &true.into()), "{facts}");
    assert_eq!(facts["reports"], "direct", "{facts}");
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_to_a_modem_is_kept_while_somebody_wants_it() {
    let appliance = Appliance::start().await;
    let log = "/api/v1/modems/simulated/log";
    let kept = appliance.api("GET", log, "").await.json();
    assert_eq!((&kept["detail"], kept["items"].as_array().unwrap().len()), (&"off".into(), 0));
    assert_eq!(appliance.api("POST", log, r#"{"minutes": 5}"#).await.json()["detail"], "masked");
    appliance.phone("+8613912345678").asks("1001").await;
    let kept = appliance.api("GET", log, "").await.json().to_string();
    assert!(kept.contains("< AT+CMGR=1") && kept.contains("octets]") && !kept.contains("8613"), "{kept}");
    assert_eq!(appliance.api("POST", log, r#"{"minutes": 0}"#).await.json()["detail"], "off");
    refused(&appliance.api("POST", log, r#"{"detail": "all"}"#).await, 422, "invalid", Some("detail"));
    refused(&appliance.api("GET", "/api/v1/modems/none/log", "").await, 404, "not_found", None);
    appliance.stop().await;
}
