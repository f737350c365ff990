//! The API of the outside contract: every call, what it refuses and in which words, and that its description is whole.

use serde_json::{Value, json};
use yizhan::config::{Secret, Token};
use yizhan::demo;
use yizhan::sections::ALL;
use yizhan::sites::files;

use tokio::net::UnixStream;

use crate::harness::{Appliance, NOON, Reply, exchange, folder};

const TOKEN: &str = "0123456789abcdef-of-the-test";
const BEARER: (&str, &str) = ("authorization", "Bearer 0123456789abcdef-of-the-test");
const MESSAGES: &str = "/api/v1/messages";
const ENTERPRISES: &str = "/api/v1/enterprises";

async fn box_with_token(filled: bool) -> Appliance {
    let token = |config: &mut yizhan::config::Config| {
        let token = Token { name: "crm".to_owned(), token: Some(Secret::new(TOKEN)), token_file: None };
        config.api.tokens.push(token);
    };
    if filled { Appliance::with(ALL, folder(), token).await } else { Appliance::empty(ALL, folder(), token).await }
}

/// The form of every error: `{"error": {"code", "field"?, "message"}}` and nothing else.
fn refused(reply: &Reply, status: u16, code: &str, field: Option<&str>) {
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

async fn local(appliance: &Appliance, method: &str, target: &str, kind: &str, body: &[u8]) -> Reply {
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
    for contract in ["/messages", "/messages/{id}", "/inbox", "/enterprises", "/enterprises/{slug}", "/sites/{slug}/rows"] {
        assert!(paths.contains_key(contract), "{contract}");
    }
    for (path, operations) in paths {
        let target = path.replace("{slug}", "juhelou").replace("{id}", "1").replace("{verb}", "show");
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
    let message = until(&appliance, &id, "submitted").await;
    assert_eq!(message["to"], "+8613912345678");
    assert_eq!((&message["class"], &message["site"], &message["segments"]), (&json!("transactional"), &json!("juhelou"), &json!(1)));
    assert!(message["parts"][0]["reference"].is_u64() && message["parts"][0]["error"].is_null() && message["hint"].is_string());
    let again = appliance.api("POST", MESSAGES, &order.to_string()).await;
    assert_eq!((again.status, again.json()["id"].as_str()), (202, Some(id.as_str())));
    let other = order.to_string().replace("留好了", "没有了");
    refused(&appliance.api("POST", MESSAGES, &other).await, 409, "conflict", None);
    // Several parts, a NUL and an old phone's letters.
    for (text, parts) in [("长".repeat(200), 3), ("a\u{0}b".to_owned(), 1), ("@£$ plain".to_owned(), 1)] {
        let body = json!({"to": "+8613912345678", "text": text, "class": "code"}).to_string();
        let id = appliance.api("POST", MESSAGES, &body).await.json()["id"].as_str().unwrap().to_owned();
        let sent = appliance.next_sent().await;
        assert_eq!((sent.text.as_deref(), sent.tpdus.len()), (Some(text.as_str()), parts));
        assert_eq!(until(&appliance, &id, "submitted").await["segments"], parts);
    }
    assert!(appliance.unread().await.is_empty(), "nothing left twice");
    // Who opted out gets what he asked for, and no more.
    let phone = appliance.phone("+8613700000001");
    phone.asks("1001").await;
    phone.says("00000");
    appliance.modem.idle().await;
    drop(appliance.next_sent().await);
    for (class, state) in [("transactional", "suppressed"), ("care", "suppressed"), ("bulk", "suppressed"), ("code", "queued")] {
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
    for (query, field) in
        [("limit=0", "limit"), ("limit=501", "limit"), ("limit=x", "limit"), ("after=x", "after"), ("after=-1", "after")]
    {
        refused(&appliance.api("GET", &format!("/api/v1/inbox?{query}"), "").await, 422, "invalid", Some(field));
    }
    let modems = appliance.api("GET", "/api/v1/modems", "").await.json();
    assert_eq!(modems["items"][0]["number"], demo::NUMBER, "{modems}");
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn enterprises_from_order_to_end() {
    let appliance = box_with_token(true).await;
    let order = json!({"order": "A-1", "name": "济南老茶馆有限公司", "short_name": "老茶馆", "slug": "tea", "industry": "retail",
        "contact_phone": "0531-86005678", "plan": "standard"});
    let made = appliance.api("POST", ENTERPRISES, &order.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    assert_eq!((&made["id"], &made["slug"]), (&json!("tea"), &json!("tea")));
    assert!(made["code"].as_str().is_some_and(|c| c.len() >= 4 && c.bytes().all(|b| b.is_ascii_digit())), "{made}");
    assert_eq!(appliance.api("POST", ENTERPRISES, &order.to_string()).await.json(), made, "the same order again");
    assert_eq!(appliance.get("/s/tea/", &[]).await.status, 200);
    assert!(appliance.phone("+8613912345678").asks(made["code"].as_str().unwrap()).await.starts_with("老茶馆"));
    let with = |field: &str, value: Value| {
        let mut order = json!({"name": "另一家", "slug": "other", "industry": "retail"});
        order[field] = value;
        order.to_string()
    };
    let (long, order_long) = ("名".repeat(41), "x".repeat(300));
    for (field, value) in [
        ("slug", json!("wap")), ("slug", json!("m")), ("slug", json!("www")), ("slug", json!("console")),
        ("slug", json!("api")), ("slug", json!("s")), ("slug", json!("")), ("slug", json!("Tea")),
        ("slug", json!("茶")), ("slug", json!("a/b")), ("slug", json!("-a")), ("slug", json!("a--b")),
        ("slug", json!("a.b")), ("slug", json!("a".repeat(21))), ("slug", json!(7)),
        ("code", json!("1")), ("code", json!("123")), ("code", json!("0000")), ("code", json!("STOP")),
        ("code", json!("TD")), ("code", json!("茶")), ("code", json!("1 001")), ("code", json!("1".repeat(13))),
        ("name", json!("")), ("name", json!(long)), ("name", json!(null)), ("industry", json!("space")),
        ("industry", json!("")), ("contact_phone", json!("call me")), ("plan", json!("gold")),
        ("short_name", json!("十三个字的简称实在是太长了吧")), ("order", json!(order_long)), ("colour", json!("red")),
    ] {
        refused(&appliance.api("POST", ENTERPRISES, &with(field, value)).await, 422, "invalid", Some(field));
    }
    refused(&appliance.api("POST", ENTERPRISES, &with("slug", json!("tea"))).await, 409, "conflict", None);
    refused(&appliance.api("POST", ENTERPRISES, &with("code", json!("1001"))).await, 409, "conflict", None);
    let all = appliance.api("GET", &format!("{ENTERPRISES}?limit=2"), "").await.json();
    let next = all["next"].as_str().unwrap();
    let rest = appliance.get(&format!("{ENTERPRISES}?after={next}"), &[BEARER]).await.json();
    let slugs: Vec<&str> =
        [&all, &rest].iter().flat_map(|p| p["items"].as_array().unwrap()).map(|e| e["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["hongye", "juhelou", "quanshui", "renxin", "tea"]);
    for (verb, status, state, page) in [
        ("suspend", 200, "suspended", 503), ("suspend", 200, "suspended", 503), ("resume", 200, "open", 200),
        ("close", 200, "closed", 404), ("close", 200, "closed", 404),
    ] {
        let reply = appliance.http("POST", &format!("{ENTERPRISES}/tea/{verb}"), &[BEARER], b"").await;
        assert_eq!((reply.status, reply.json()["state"].as_str()), (status, Some(state)), "{verb}");
        assert_eq!(appliance.get("/s/tea/", &[]).await.status, page, "{verb}");
        assert_eq!(appliance.api("GET", &format!("{ENTERPRISES}/tea"), "").await.json()["state"], state);
    }
    refused(&appliance.api("POST", &format!("{ENTERPRISES}/tea/resume"), "").await, 409, "conflict", None);
    refused(&appliance.api("POST", &format!("{ENTERPRISES}/nobody/suspend"), "").await, 404, "not_found", None);
    refused(&appliance.api("POST", &format!("{ENTERPRISES}/tea/explode"), "").await, 404, "not_found", None);
    refused(&appliance.api("GET", &format!("{ENTERPRISES}/{}", "x".repeat(900)), "").await, 404, "not_found", None);
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_answers_what_visitors_wrote() {
    let appliance = box_with_token(true).await;
    let rows = "/api/v1/sites/juhelou/rows";
    let all = appliance.get(&format!("{rows}?section=guestbook"), &[BEARER]).await.json();
    let before = all["next"].as_str().unwrap().to_owned();
    appliance.post("/s/juhelou/guestbook/write", &[], "_form=write&text=seats%20today%3F").await;
    let phone = appliance.phone("+8613912345678");
    phone.asks("1001").await;
    phone.asks("LY").await;
    let thanks = phone.asks("有座位吗").await;
    assert!(thanks.contains("谢谢"), "{thanks}");
    let new = appliance.api("GET", &format!("{rows}?section=guestbook&after={before}"), "").await.json();
    let items = new["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{new}");
    assert_eq!((&items[0]["fields"]["text"], &items[1]["fields"]["text"]), (&json!("seats today?"), &json!("有座位吗")));
    let id = items[1]["id"].as_str().unwrap();
    let answer = json!({"text": "有,几位?"}).to_string();
    let done = appliance.http("POST", &format!("{rows}/{id}/answer"), &[BEARER], answer.as_bytes()).await;
    assert_eq!((done.status, done.json()), (200, json!({"id": id})));
    let told = phone.gets().await;
    assert!(told.contains("有,几位?") && told.contains("聚和楼"), "{told}");
    assert!(appliance.get("/s/juhelou/guestbook", &[]).await.text().contains("有,几位?"));
    assert_eq!(appliance.api("POST", &format!("{rows}/{id}/hide"), "").await.status, 200);
    assert!(!appliance.get("/s/juhelou/guestbook", &[]).await.text().contains("有座位吗"));
    assert_eq!(appliance.api("POST", &format!("{rows}/{id}/show"), "{}").await.status, 200);
    assert!(appliance.get("/s/juhelou/guestbook", &[]).await.text().contains("有座位吗"));
    let long = json!({"text": "长".repeat(501)}).to_string();
    for (body, status, field) in [("{}", 422, Some("text")), ("{", 400, None), (r#"{"text": 1}"#, 422, Some("text")),
        (r#"{"words": "x"}"#, 422, Some("words")), (long.as_str(), 422, Some("text"))] {
        refused(&appliance.api("POST", &format!("{rows}/{id}/answer"), body).await, status, "invalid", field);
    }
    for target in ["999999/answer", "x/answer", "1/explode", "18446744073709551616/hide"] {
        refused(&appliance.api("POST", &format!("{rows}/{target}"), &answer).await, 404, "not_found", None);
    }
    refused(&appliance.api("GET", rows, "").await, 422, "invalid", Some("section"));
    refused(&appliance.api("GET", &format!("{rows}?section=nothing"), "").await, 404, "not_found", None);
    refused(&appliance.api("GET", &format!("{rows}?section=guestbook&after=x"), "").await, 422, "invalid", Some("after"));
    refused(&appliance.api("GET", "/api/v1/sites/nobody/rows?section=x", "").await, 404, "not_found", None);
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sites_come_and_go_as_files() {
    let appliance = box_with_token(true).await;
    let tar = appliance.get("/api/v1/sites/juhelou/export", &[BEARER]).await;
    assert_eq!((tar.status, tar.header("content-type")), (200, "application/x-tar"));
    let imported = appliance.http("POST", "/api/v1/sites", &[BEARER], &tar.body).await;
    assert_eq!((imported.status, imported.json()["slug"].as_str()), (200, Some("juhelou")), "{}", imported.text());
    assert_eq!(appliance.api("GET", "/api/v1/sites/juhelou/export", "").await.body, tar.body, "there and back");
    refused(&appliance.api("GET", "/api/v1/sites/nobody/export", "").await, 404, "not_found", None);
    let send = async |tar: &[u8]| local(&appliance, "POST", "/api/v1/sites", "application/x-tar", tar).await;
    let mut cut = tar.body.clone();
    cut.truncate(cut.len() / 2);
    for (body, field) in [(&b""[..], "site.toml"), (b"not a tar at all", "tar"), (&[0xff; 2048], "tar"), (&cut, "tar")] {
        refused(&send(body).await, 422, "invalid", Some(field));
    }
    // A host name that is another company's: refused before anything is written.
    let with_domains = |slug: &str, domain: &str| {
        let (_, mut files) = demo::starters().into_iter().find(|(industry, _)| industry == slug).unwrap();
        let text = String::from_utf8(files["site.toml"].clone()).unwrap();
        let text = text.replacen("\nname = ", &format!("\ndomains = [\"{domain}\"]\nname = "), 1);
        files.insert("site.toml".to_owned(), text.replace("\nslogan = \"", "\nslogan = \"新").into_bytes());
        files::tar(&files).unwrap()
    };
    assert_eq!(send(&with_domains("hotel", "inn.example")).await.status, 200);
    refused(&send(&with_domains("farm", "INN.example.")).await, 409, "conflict", None);
    assert!(!appliance.get("/s/hongye/", &[]).await.text().contains("\"新"));
    let long = format!("{}.example", "a".repeat(400));
    for bad in ["", "localhost:80", "-.example", "a b", "127.0.0.1", &long] {
        let reply = send(&with_domains("farm", bad)).await;
        refused(&reply, 422, "invalid", Some("site.toml"));
        assert!(reply.text().contains("domains"), "{}", reply.text());
    }
    assert_eq!(NOON, appliance.clock.now(), "no time passed");
    appliance.stop().await;
}
