//! Webhooks: signed, in order, again until they are taken, and given up at last.

use std::time::Duration;

use serde_json::Value;
use yizhan::config::{Config, Secret, Webhook};
use yizhan::sections::ALL;

use super::PHONE;
use super::receiver::{Received, Receiver};
use crate::harness::{Appliance, Outside, folder};

const SECRET: &str = "a-secret-of-the-test";

fn hook(name: &str, receiver: &Receiver) -> Webhook {
    Webhook {
        name: name.to_owned(),
        url: format!("http://{}/in?from=box", receiver.address),
        secret: Some(Secret::new(SECRET)),
        secret_file: None,
        ca: None,
        events: vec!["text", "report"],
        site: None,
        give_up: Duration::from_secs(3600),
    }
}

fn is_signed(received: &Received) -> bool {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    let text = format!("{}.{}", received.header("yizhan-timestamp"), received.body);
    let hex = received.header("yizhan-signature").strip_prefix("v1=").unwrap_or_default();
    let octets: Vec<u8> =
        (0..hex.len() / 2).filter_map(|n| u8::from_str_radix(&hex[2 * n..2 * n + 2], 16).ok()).collect();
    ring::hmac::verify(&key, text.as_bytes(), &octets).is_ok()
}

async fn metric(appliance: &Appliance, name: &str) -> String {
    let text = appliance.get("/metrics", &[]).await.text();
    text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_told_in_order_and_again_after_a_failure() {
    let (mut crm, mut shop) = (Receiver::new().await, Receiver::new().await);
    let hooks =
        [hook("crm", &crm), Webhook { site: Some("quanshui".into()), events: vec!["text"], ..hook("shop", &shop) }];
    let appliance = Appliance::with(ALL, folder(), |config: &mut Config| config.webhooks = hooks.to_vec()).await;
    for answer in ["503 Later", "302 Found\r\nlocation: /elsewhere"] {
        crm.answer(answer);
    }
    let phone = appliance.phone(PHONE);
    phone.asks("1001").await;
    let first = crm.next().await;
    assert_eq!(first.line, "POST /in?from=box HTTP/1.1");
    assert!(is_signed(&first) && first.header("content-type") == "application/json", "{first:?}");
    assert_eq!((first.header("yizhan-clock"), first.header("yizhan-event")), ("trusted", "1"));
    phone.asks("1002").await;
    // Twice refused (a redirect is no receipt, and is not followed): the same again, and nothing else before it.
    for pause in [1, 2] {
        assert!(crm.is_quiet());
        let again = loop {
            appliance.clock.advance(Duration::from_secs(pause));
            tokio::time::sleep(Duration::from_millis(20)).await;
            if let Ok(received) = tokio::time::timeout(Duration::from_millis(200), crm.next()).await {
                break received;
            }
        };
        assert_eq!(again.body, first.body);
        assert!(is_signed(&again));
    }
    let mut told = vec![first.json()];
    while told.iter().filter(|event| event["event"] == "text").count() < 2 {
        told.push(crm.next().await.json());
    }
    assert_eq!(told[0]["text"]["text"], "1001");
    assert_eq!(told.last().unwrap()["text"]["text"], "1002");
    let ids: Vec<u64> = told.iter().map(|event| event["id"].as_str().unwrap().parse().unwrap()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    // Who missed something reads the same by cursor.
    let missed = appliance.api("GET", "/api/v1/events?limit=1", "").await.json();
    let item = &missed["items"][0];
    assert_eq!((item, missed["next"].as_str()), (&told[0], item["id"].as_str()));
    // The other program had its one text long ago.
    let one = shop.next().await.json();
    assert_eq!((one["text"]["text"].as_str(), one["text"]["site"].as_str()), (Some("1002"), Some("quanshui")));
    assert!(shop.is_quiet());
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_program_is_given_up_at_last_and_a_restart_goes_on() {
    let (mut alive, dead) = (Receiver::new().await, Receiver::new().await);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lost = Webhook { url: format!("http://{nobody}/"), ..hook("lost", &dead) };
    let hooks = [hook("alive", &alive), lost];
    let outside = Outside::default();
    let (modem, clock) = (outside.modem.clone(), outside.clock.clone());
    let set = |config: &mut Config| config.webhooks = hooks.to_vec();
    let appliance = Appliance::on(ALL, folder(), outside, set).await;
    let phone = appliance.phone(PHONE);
    for text in ["?", "00"] {
        phone.asks(text).await;
        assert_eq!(alive.next().await.json()["text"]["text"], text, "the dead one holds up nobody");
    }
    // What was told and not noted down would be told again.
    let noted = "yizhan_webhook_delivered{webhook=\"alive\"}";
    while !metric(&appliance, noted).await.ends_with(" 2") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let data = appliance.halt().await;
    let appliance = Appliance::on(ALL, data, Outside { modem, clock, ..Outside::default() }, set).await;
    appliance.phone(PHONE).asks("EN").await;
    assert_eq!(alive.next().await.json()["text"]["text"], "EN", "what was taken is not told again");
    let mut given_up = String::new();
    for _ in 0..200 {
        appliance.clock.advance(Duration::from_secs(300));
        tokio::time::sleep(Duration::from_millis(20)).await;
        given_up = metric(&appliance, "yizhan_webhook_given_up{webhook=\"lost\"}").await;
        if given_up.ends_with(" 3") {
            break;
        }
    }
    assert!(given_up.ends_with(" 3"), "{given_up}");
    assert!(metric(&appliance, "yizhan_webhook_delivered{webhook=\"alive\"}").await.ends_with(" 3"));
    let account = appliance.api("GET", "/api/v1/box", "").await.json()["webhooks"].clone();
    let lost = account.as_array().unwrap().iter().find(|hook| hook["name"] == "lost").unwrap().clone();
    assert!(lost["given_up"] == 3 && lost["why"] != Value::Null, "{lost}");
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_nobody_known_is_not_believed_and_ones_own_is() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let server = rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(server));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, mut received) = tokio::sync::mpsc::channel(100);
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, sender) = (acceptor.clone(), sender.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut octets = vec![0; 4096];
                let count = stream.read(&mut octets).await.unwrap_or(0);
                let _ = sender.send(String::from_utf8_lossy(&octets[..count]).into_owned()).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
            });
        }
    });
    let data = folder();
    std::fs::create_dir_all(&data).unwrap();
    let ca = data.with_extension("pem");
    std::fs::write(&ca, made.cert.pem()).unwrap();
    let plain = Receiver::new().await;
    let url = format!("https://localhost:{port}/");
    let hooks = [
        Webhook { url: url.clone(), ca: Some(ca.clone()), ..hook("own", &plain) },
        Webhook { url, ..hook("web", &plain) },
    ];
    let appliance = Appliance::with(ALL, data, |config: &mut Config| config.webhooks = hooks.to_vec()).await;
    appliance.phone(PHONE).asks("?").await;
    let one = tokio::time::timeout(Duration::from_secs(30), received.recv()).await.unwrap().unwrap();
    assert!(one.starts_with("POST / HTTP/1.1\r\n") && one.contains("yizhan-signature: v1="), "{one}");
    let mut failures = String::new();
    for _ in 0..200 {
        failures = metric(&appliance, "yizhan_webhook_failures{webhook=\"web\"}").await;
        if !failures.is_empty() && !failures.ends_with(" 0") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(failures.ends_with(" 1"), "{failures}");
    assert!(received.try_recv().is_err());
    appliance.stop().await;
    let _ = std::fs::remove_file(ca);
}
