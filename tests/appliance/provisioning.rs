//! The API of the outside contract: companies from order to end, what visitors wrote, and sites as files.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use serde_json::{Value, json};
use yizhan::clock::Clock;
use yizhan::demo;
use yizhan::error::Error;
use yizhan::sections::ALL;
use yizhan::sections::context::ItemRecord;
use yizhan::sites::files;
use yizhan::store::{Options, Probe, Records, Store};
use yizhan::words::Lang;

use crate::api::{BEARER, ENTERPRISES, box_with_token, local, refused};
use crate::harness::NOON;
use crate::kills::site;
use crate::program::Scratch;

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
        ("slug", json!("wap")),
        ("slug", json!("m")),
        ("slug", json!("www")),
        ("slug", json!("console")),
        ("slug", json!("api")),
        ("slug", json!("s")),
        ("slug", json!("")),
        ("slug", json!("Tea")),
        ("slug", json!("茶")),
        ("slug", json!("a/b")),
        ("slug", json!("-a")),
        ("slug", json!("a--b")),
        ("slug", json!("a.b")),
        ("slug", json!("a".repeat(21))),
        ("slug", json!(7)),
        ("code", json!("1")),
        ("code", json!("123")),
        ("code", json!("0000")),
        ("code", json!("STOP")),
        ("code", json!("TD")),
        ("code", json!("茶")),
        ("code", json!("1 001")),
        ("code", json!("1".repeat(13))),
        ("name", json!("")),
        ("name", json!(long)),
        ("name", json!(null)),
        ("industry", json!("space")),
        ("industry", json!("")),
        ("contact_phone", json!("call me")),
        ("plan", json!("gold")),
        ("short_name", json!("十三个字的简称实在是太长了吧")),
        ("order", json!(order_long)),
        ("colour", json!("red")),
    ] {
        refused(&appliance.api("POST", ENTERPRISES, &with(field, value)).await, 422, "invalid", Some(field));
    }
    refused(&appliance.api("POST", ENTERPRISES, &with("slug", json!("tea"))).await, 409, "conflict", None);
    refused(&appliance.api("POST", ENTERPRISES, &with("code", json!("1001"))).await, 409, "conflict", None);
    let all = appliance.api("GET", &format!("{ENTERPRISES}?limit=2"), "").await.json();
    let next = all["next"].as_str().unwrap();
    let rest = appliance.get(&format!("{ENTERPRISES}?after={next}"), &[BEARER]).await.json();
    let slugs: Vec<&str> = [&all, &rest]
        .iter()
        .flat_map(|p| p["items"].as_array().unwrap())
        .map(|e| e["slug"].as_str().unwrap())
        .collect();
    assert_eq!(slugs, ["hongye", "juhelou", "quanshui", "renxin", "tea"]);
    for (verb, status, state, page) in [
        ("suspend", 200, "suspended", 503),
        ("suspend", 200, "suspended", 503),
        ("resume", 200, "open", 200),
        ("close", 200, "closed", 404),
        ("close", 200, "closed", 404),
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
    assert_eq!(
        (&items[0]["fields"]["text"], &items[1]["fields"]["text"]),
        (&json!("seats today?"), &json!("有座位吗"))
    );
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
    for (body, status, field) in [
        ("{}", 422, Some("text")),
        ("{", 400, None),
        (r#"{"text": 1}"#, 422, Some("text")),
        (r#"{"words": "x"}"#, 422, Some("words")),
        (long.as_str(), 422, Some("text")),
    ] {
        refused(&appliance.api("POST", &format!("{rows}/{id}/answer"), body).await, status, "invalid", field);
    }
    for target in ["999999/answer", "x/answer", "1/explode", "18446744073709551616/hide"] {
        refused(&appliance.api("POST", &format!("{rows}/{target}"), &answer).await, 404, "not_found", None);
    }
    refused(&appliance.api("GET", rows, "").await, 422, "invalid", Some("section"));
    refused(&appliance.api("GET", &format!("{rows}?section=nothing"), "").await, 404, "not_found", None);
    refused(
        &appliance.api("GET", &format!("{rows}?section=guestbook&after=x"), "").await,
        422,
        "invalid",
        Some("after"),
    );
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
    for (body, field) in [(&b""[..], "site.toml"), (b"not a tar at all", "tar"), (&[0xff; 2048], "tar"), (&cut, "tar")]
    {
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
    appliance.stop().await;
}

#[test]
fn an_import_that_is_cut_off_shows_nothing_of_itself() {
    let data = Scratch::new();
    let (clock, writes_left) = (Clock::by_hand(NOON), Arc::new(AtomicU64::new(u64::MAX)));
    let (left, time) = (Arc::clone(&writes_left), clock.clone());
    let free: Probe = Arc::new(move |_| {
        // The store asks once a second, here at each write.
        time.advance(Duration::from_secs(2));
        Ok(left.fetch_update(SeqCst, SeqCst, |n| n.checked_sub(1)).map_or(0, |_| u64::MAX))
    });
    let store = Store::open(&data, Options { free, clock: clock.clone(), ..Options::default() }).unwrap();
    let import = |edition: u32| {
        let import = files::read(&site::edition("kan", edition), ALL, Lang::Zh).unwrap();
        files::write(&store, import, clock.now(), "box", Lang::Zh)
    };
    let shown = || files::export(&store, "kan", ALL).ok().map(|export| site::edition_of("kan", &export));
    for (before, edition) in [(None, 2), (Some(Ok(2)), 5)] {
        let mut cuts = 0;
        loop {
            writes_left.store(cuts, SeqCst);
            let imported = import(edition);
            writes_left.store(u64::MAX, SeqCst);
            if imported.is_ok() {
                break;
            }
            assert_eq!(shown(), before, "cut off at write {cuts}");
            cuts += 1;
        }
        // In pictures, at the start, in two chunks of items or at the end; what is there is not written again.
        assert!(cuts >= 4, "{cuts}");
        assert_eq!(shown(), Some(Ok(edition)));
        import(edition).unwrap();
        let kept = store.scan::<ItemRecord>(b"", None, usize::MAX).unwrap().len();
        assert_eq!(kept as u32, site::items(edition), "what was cut off is cleared away");
    }
    // What is refused at the end leaves nothing either.
    let mut other = site::edition("other", 3);
    let text = String::from_utf8(other["site.toml"].clone()).unwrap().replacen("slug =", "code = \"1001\"\nslug =", 1);
    other.insert("site.toml".to_owned(), text.into_bytes());
    let kept = store.scan::<ItemRecord>(b"", None, usize::MAX).unwrap().len();
    let taken = files::read(&other, ALL, Lang::Zh).unwrap();
    assert!(matches!(files::write(&store, taken, clock.now(), "box", Lang::Zh), Err(Error::Conflict(_))));
    assert_eq!(store.scan::<ItemRecord>(b"", None, usize::MAX).unwrap().len(), kept);
    assert!(files::export(&store, "other", ALL).is_err());
}
