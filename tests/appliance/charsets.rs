//! What phones and gateways write in GBK is read as it was meant: searches and forms, over HTTP and over UDP.

use std::net::UdpSocket;
use std::time::Duration;

use yizhan::sections::ALL;

use crate::harness::{Appliance, folder};
use crate::markup::tags;

const GBK: &encoding_rs::Encoding = encoding_rs::GBK;

fn in_gbk(text: &str) -> String {
    GBK.encode(text).0.iter().map(|octet| format!("%{octet:02X}")).collect()
}

/// What a phone sends that writes a form of ours in GBK: the hidden fields too.
fn sent(page: &str, fields: &[(&str, &str)]) -> String {
    let hidden = |tag: &crate::markup::Tag| tag.name == "postfield" || tag.value("type") == "hidden";
    let of_form = tags(page).into_iter().filter(hidden).map(|tag| (tag.value("name"), tag.value("value")));
    let own = of_form.filter(|(name, value)| !value.contains('$') && !name.is_empty());
    let typed = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let all: std::collections::BTreeMap<String, String> = own.chain(typed).collect();
    all.iter().map(|(name, value)| format!("{name}={}", in_gbk(value))).collect::<Vec<_>>().join("&")
}

/// 小学 is two letters of Russian in UTF-8, 鱼 is nothing.
const WORDS: [&str; 4] = ["鱼", "小学", "泉水全鱼宴", "没有这个"];

#[tokio::test(flavor = "multi_thread")]
async fn searches_in_gbk_find_what_searches_in_utf8_find() {
    let appliance = Appliance::start().await;
    for v in ["xhtml", "wml"] {
        // A search box as it is on a page, filled in GBK.
        let box_of = appliance.get(&format!("/?v={v}"), &[]).await.text();
        assert!(tags(&box_of).iter().any(|tag| tag.value("name") == "q"), "{box_of}");
        for words in WORDS {
            let form = if v == "wml" {
                format!("v=wml&_c={}&q={}", in_gbk("字"), in_gbk(words))
            } else {
                sent(&box_of, &[("q", words)])
            };
            let utf8 = crate::markup::encoded(&[("q".to_owned(), words.to_owned()), ("v".to_owned(), v.to_owned())]);
            let (gbk, utf8) = (
                appliance.get(&format!("/search?{form}"), &[]).await,
                appliance.get(&format!("/search?{utf8}"), &[]).await,
            );
            assert_eq!(gbk.status, 200);
            assert_eq!(gbk.text(), utf8.text(), "{v} {words} {form}");
            assert!(gbk.text().contains(words), "{words}: {}", gbk.text());
        }
    }
    // Without our mark, by the looks of it.
    let page = appliance.get(&format!("/search?v=wml&q={}", in_gbk("鱼")), &[]).await.text();
    assert!(page.contains("糖醋黄河鲤鱼"), "{page}");
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_in_gbk_are_stored_as_they_were_meant() {
    let appliance = Appliance::start().await;
    let kind = "application/x-www-form-urlencoded";
    for (v, kind, has_mark) in [
        ("xhtml", kind, true),
        ("wml", kind, true),
        ("wml", "application/x-www-form-urlencoded; charset=GB2312", false),
        ("wml", "application/x-www-form-urlencoded;Charset=\"gbk\"", false),
        ("wml", "application/x-www-form-urlencoded; charset=gb18030; x=y", false),
        ("wml", "application/x-www-form-urlencoded; charset=nonsense", true),
    ] {
        let target = format!("/s/juhelou/guestbook/write?v={v}");
        let form = appliance.get(&target, &[]).await.text();
        // Once more each time, so that none is the one before.
        let text = format!("小学{}", "好".repeat(kind.len() + usize::from(has_mark)));
        let mut body = sent(&form, &[("text", &text), ("who", "小学")]);
        assert!(body.contains("_c=%D7%D6"), "{body}");
        if !has_mark {
            body = body.replace("_c=%D7%D6", "_d=");
        }
        let page = appliance.http("POST", &target, &[("content-type", kind)], body.as_bytes()).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains(&text) && page.text().contains("<b>小学</b>"), "{v} {kind}: {}", page.text());
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_over_udp_may_be_in_gbk() {
    let free = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let appliance = Appliance::with(ALL, folder(), |config| config.wap.connectionless_port = port).await;
    let wanted = appliance.get("/search?q=%E5%B0%8F%E5%AD%A6", &[("accept", "application/vnd.wap.wmlc")]).await.body;
    for query in [format!("q={}&_c=%D7%D6", in_gbk("小学")).into_bytes(), GBK.encode("q=小学&_c=字").0.into_owned()]
    {
        let uri = [b"http://localhost/search?".as_slice(), &query].concat();
        // WAP-230, 8.2.3.1: transaction, Get, the address with its length, no headers.
        let get = [&[7, 0x40, uri.len() as u8][..], &uri].concat();
        let reply = tokio::task::spawn_blocking(move || {
            let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
            phone.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            phone.send_to(&get, ("127.0.0.1", port)).unwrap();
            let mut octets = [0; 4096];
            let count = phone.recv(&mut octets).unwrap();
            octets[..count].to_vec()
        });
        let reply = reply.await.unwrap();
        assert_eq!(reply[..3], [7, 0x04, 0x20], "transaction, Reply, 200");
        assert!(reply.ends_with(&wanted), "{}", String::from_utf8_lossy(&reply));
    }
    appliance.stop().await;
}
