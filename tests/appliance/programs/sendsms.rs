//! `/cgi-bin/sendsms` beside what Kannel answered (`tests/data/sendsms`), and as real programs call it.

use yizhan::config::Secret;
use yizhan::config::{Config, SendSms};
use yizhan::sections::ALL;

use super::receiver::Receiver;
use crate::harness::{Appliance, data, folder, octets_of};

const PATH: &str = "/cgi-bin/sendsms";
const USER: &str = "username=erp&password=a-long-word";

async fn with_user(change: impl FnOnce(&mut Config)) -> Appliance {
    let user = SendSms { username: "erp".into(), password: Some(Secret::new("a-long-word")), password_file: None };
    let set = |config: &mut Config| {
        config.sendsms.push(user);
        change(config);
    };
    Appliance::with(ALL, folder(), set).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_kannels() {
    let appliance = with_user(|_| {}).await;
    let recorded = std::fs::read_to_string(data("sendsms/kannel.tsv")).unwrap();
    let mut wrong = Vec::new();
    for line in recorded.lines() {
        let mut columns = line.split('\t');
        let mut column = || columns.next().unwrap_or_default();
        let [method, asked, body, status, kind, said, ours] = std::array::from_fn(|_| column());
        let reply = match method {
            "GET" => appliance.get(&format!("{PATH}?{asked}"), &[]).await,
            _ => {
                let headers: Vec<(&str, &str)> =
                    asked.split(" | ").map(|h| h.split_once(':').map(|(n, v)| (n, v.trim())).unwrap()).collect();
                appliance.http(method, PATH, &headers, body.as_bytes()).await
            }
        };
        let expected = match ours.strip_prefix("differs: ") {
            Some(differs) => differs.to_owned(),
            None => format!("{status} {said}"),
        };
        let answered = format!("{} {}", reply.status, reply.text());
        if answered != expected || reply.header("content-type") != kind {
            wrong.push(format!("{method} {asked} {body}\n  answered {answered}\n  expected {expected}"));
        }
    }
    assert!(wrong.is_empty() && recorded.lines().count() > 70, "\n{}", wrong.join("\n"));
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_programs_send_arrives() {
    let appliance = with_user(|_| {}).await;
    // As found in public code: KannelRails, a shop's PHP, a shell script with `curl -I`, and one with the charset of China.
    for (method, query, text) in [
        ("GET", "password=a-long-word&text=Hello%20World!&to=13912345678&username=erp".to_owned(), "Hello World!"),
        ("GET", format!("coding=0&smsc=SMSC02&to=13912345678&from=8177&text=a+b;c&{USER}"), "a b;c"),
        ("HEAD", format!("{USER}&from=TBL_240&to=13912345678&text=full"), "full"),
        ("GET", format!("{USER}&to=13912345678&charset=GBK&coding=2&text=%C4%E3%BA%C3"), "你好"),
        ("GET", format!("{USER}&to=13912345678&coding=2&text=%4F%60%59%7D"), "你好"),
        // Kannel sends two question marks for this.
        ("GET", format!("{USER}&to=13912345678&text=%E4%BD%A0%E5%A5%BD"), "你好"),
    ] {
        let reply = appliance.http(method, &format!("{PATH}?{query}"), &[("host", "sms-gateway.lan")], b"").await;
        assert_eq!(reply.status, 202, "{query}: {}", reply.text());
        assert_eq!(appliance.next_sent().await.text.as_deref(), Some(text), "{query}");
    }
    let query = format!("{USER}&to=13912345678+%2B8613700000001+abc&text=both");
    assert_eq!(appliance.get(&format!("{PATH}?{query}"), &[]).await.text(), "0: Accepted for delivery");
    let to = [appliance.next_sent().await.to, appliance.next_sent().await.to];
    assert_eq!(to, ["+8613912345678", "+8613700000001"]);
    let query = format!("{USER}&to=13912345678&udh=%06%05%04%23%F4%00%00&text=BEGIN%3AVCARD%0D%0AEND%3AVCARD");
    appliance.get(&format!("{PATH}?{query}"), &[]).await;
    assert_eq!(octets_of(&appliance.next_data().await), (9204, b"BEGIN:VCARD\r\nEND:VCARD".to_vec()));
    // Without a modem that is ready it waits.
    appliance.modem.unplug();
    let query = format!("{USER}&to=13912345678&text=later");
    for _ in 0..200 {
        let answer = appliance.get(&format!("{PATH}?{query}"), &[]).await.text();
        if answer == "3: Queued for later delivery" {
            return appliance.stop().await;
        }
        assert_eq!(answer, "0: Accepted for delivery");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the modem is not missed");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_private_networks_may_ask() {
    let appliance = with_user(|config| config.http.private.clear()).await;
    let reply = appliance.get(&format!("{PATH}?{USER}&to=13912345678&text=x"), &[]).await;
    assert_eq!((reply.status, reply.text().as_str()), (403, "Authorization failed for sendsms"));
    assert!(appliance.unread().await.is_empty());
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_called_back_as_kannel_does() {
    let mut receiver = Receiver::new().await;
    let appliance = with_user(|_| {}).await;
    let url = format!("http%3A%2F%2F{}%2Fd%3Fd%3D%25d%26p%3D%25p%26n%3D%25n%26a%3D%25a", receiver.address);
    let (taken, delivered) = ("d=8&p=%2B8613912345678&n=erp&a=ACK%2F", "d=1&p=%2B8613912345678&n=erp&a=");
    let wanted = [(31, vec![taken, delivered]), (1, vec![delivered]), (8, vec![taken]), (2, vec![])];
    // A report may overtake the answer, and is told behind it all the same; or it comes when nothing else happens.
    for fault in ["reports early", "reports late 10 ms"] {
        appliance.modem.suffer(fault).unwrap();
        for (mask, told) in &wanted {
            let query = format!("{USER}&to=13912345678&text=x&dlr-mask={mask}&dlr-url={url}");
            assert_eq!(appliance.get(&format!("{PATH}?{query}"), &[]).await.status, 202);
            appliance.next_sent().await;
            for expected in told {
                let told = receiver.next().await;
                assert_eq!(told.line, format!("GET /d?{expected} HTTP/1.1"), "{fault}, mask {mask}");
                assert_eq!(told.header("yizhan-signature"), "");
            }
        }
    }
    assert!(receiver.is_quiet());
    appliance.stop().await;
}
