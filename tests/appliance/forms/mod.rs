//! One script fills one form with every question there is: on the web, on a WAP phone of each kind and by text. What is
//! stored is the same.

mod browser;
mod deck;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use yizhan::number::Number;
use yizhan::sections::Fields;
use yizhan::sms::fields::{Address, Scts};
use yizhan::sms::parts::{segments, submits};
use yizhan::sms::pdu::Deliver;

use crate::harness::{Appliance, Phone, folder};
use crate::markup::{encoded, tags};
use crate::sampler::{self, CODE, KINDS};
use browser::{by_browser, hidden};
use deck::{Deck, by_deck};

/// One question as a person sees it: its field, its label, an answer that will not do, and one that will. Options are
/// named by their labels, several divided by `、`.
struct Line {
    field: &'static str,
    label: &'static str,
    wrong: Option<&'static str>,
    right: &'static str,
}

const fn line(field: &'static str, label: &'static str, wrong: Option<&'static str>, right: &'static str) -> Line {
    Line { field, label, wrong, right }
}

const SCRIPT: &[Line] = &[
    line("who", "称呼", None, ""),
    line("tel", "手机", Some("12ab"), "139 1234 5678"),
    line("topic", "事由", Some("这个事由写得实在太长了一行里怎么也放不下去"), "<b>&\"$5\"$(x)'😀"),
    line("story", "说明", None, "不要辣。\n分两次上;谢谢"),
    line("count", "桌数", Some("12"), "３"),
    line("offer", "预算", Some("十来块"), "1288.5"),
    line("day", "日子", Some("2026-02-30"), "2026/12/31"),
    line("size", "份量", Some("特大"), "大份"),
    line("town", "乡镇", Some("没有这个乡"), "第37乡"),
    line("extras", "加菜", Some("没有这个菜"), "凉拌小菜第2样、凉拌小菜第29样"),
    line("note", "备注", None, ""),
    line("secret", "口令", None, ""),
    line("table", "桌号", Some("0"), "8"),
];

/// The stored row, with values in their normal form.
fn expected() -> Fields {
    let row = [
        ("who", ""),
        ("tel", "+8613912345678"),
        ("topic", "<b>&\"$5\"$(x)'😀"),
        ("story", "不要辣。\n分两次上;谢谢"),
        ("count", "3"),
        ("offer", "128850"),
        ("day", "2026-12-31"),
        ("size", "v2"),
        ("town", "v37"),
        ("extras", "v2,v29"),
        ("note", ""),
        ("secret", ""),
        ("photo", ""),
        ("price", "88元"),
    ];
    row.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn script(field: &str) -> &'static Line {
    SCRIPT.iter().find(|l| l.field == field).unwrap_or_else(|| panic!("no script for {field}"))
}

async fn shop(deck_octets: usize) -> Appliance {
    let appliance = Appliance::empty(KINDS, folder(), |config| {
        config.wap.deck_octets = deck_octets;
        // Nobody else fills forms this fast.
        config.sms.replies_10min = 1000;
    })
    .await;
    sampler::open(&appliance);
    appliance
}

const DECK: usize = 1300;

#[tokio::test(flavor = "multi_thread")]
async fn one_script_stores_the_same_row_on_every_channel() {
    let appliance = shop(DECK).await;
    by_browser(&appliance, "web").await;
    by_browser(&appliance, "xhtml").await;
    by_deck(&appliance, "/s/shop/ask/order?v=wml", |_| {}).await;
    by_text(&appliance).await;
    let large = shop(20_000).await;
    by_deck(&large, "/s/shop/ask/order?v=wml", |_| {}).await;
    let all: Vec<Fields> =
        [sampler::rows(&appliance), sampler::rows(&large)].concat().into_iter().map(|r| r.0).collect();
    assert_eq!(all.len(), 5);
    for (row, channel) in all.iter().zip(["web", "xhtml", "questions in WML", "SMS", "one deck"]) {
        assert_eq!(*row, expected(), "{channel}");
    }
    appliance.stop().await;
    large.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_sent_twice_counts_once() {
    let appliance = shop(DECK).await;
    for (n, version) in ["web", "xhtml", "wml"].into_iter().enumerate() {
        let at = format!("/s/shop/ask/short?v={version}");
        let shown = appliance.get(&at, &[]).await.text();
        let body = if version == "wml" {
            let deck = Deck::read(&shown);
            let go = deck.goes.first().unwrap();
            encoded(&go.filled(&BTreeMap::from([("text".to_owned(), "一次".to_owned())])))
        } else {
            let mut pairs = hidden(&tags(&shown), "short");
            pairs.push(("text".into(), "一次".into()));
            encoded(&pairs)
        };
        for _ in 0..2 {
            let reply = appliance.post(&at, &[], &body).await;
            assert_eq!(reply.status, if version == "web" { 303 } else { 200 });
        }
        assert_eq!(sampler::rows(&appliance).len(), n + 1, "{version}");
    }
    let phone = appliance.phone("+8613912345678");
    for text in [CODE, "1", "2"] {
        phone.asks(text).await;
    }
    // The network brings the very same text twice.
    let tpdu = delivered(&phone.number, "只算一次", &appliance);
    assert!(appliance.modem.deliver_tpdu(tpdu.clone()));
    let thanks = phone.gets().await;
    assert!(thanks.contains("已经记下"), "{thanks}");
    assert!(appliance.modem.deliver_tpdu(tpdu));
    appliance.modem.idle().await;
    assert!(appliance.unread().await.is_empty());
    assert_eq!(sampler::rows(&appliance).len(), 4);
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_changed_keeps_answers_and_says_so() {
    let appliance = shop(DECK).await;
    let changed = |content: &[(&str, &str)]| sampler::set(&appliance, content);
    const TABLE: &[(&str, &str)] = &[("price", "88元"), ("confirm", "true"), ("table", "true")];
    // In WML a question joins while the second one is answered.
    let seen = by_deck(&appliance, "/s/shop/ask/order?v=wml", |n| {
        if n == 3 {
            changed(TABLE)
        }
    })
    .await;
    assert!(seen.iter().any(|deck| deck.contains("表单已更新")), "{seen:#?}");
    // By text one joins, and then the price changes just before it is sent.
    changed(&[("price", "88元"), ("confirm", "true")]);
    let phone = appliance.phone("+8613912345678");
    let mut screen = open_order(&phone).await;
    let mut said = Vec::new();
    for n in 0..40 {
        if n == 2 {
            changed(TABLE);
        }
        if screen.contains("回1确认") {
            break;
        }
        screen = answer(&phone, &screen, &mut BTreeSet::new(), true).await;
        said.push(screen.clone());
    }
    assert!(said.iter().any(|s| s.contains("表单已更新")), "{said:#?}");
    assert!(screen.contains("单价:88元"), "{screen}");
    changed(&[("price", "99元"), ("confirm", "true"), ("table", "true")]);
    let again = phone.asks("1").await;
    assert!(again.contains("表单已更新") && again.contains("99元") && again.contains("回1确认"), "{again}");
    assert_eq!(sampler::rows(&appliance).len(), 1);
    assert!(phone.asks("1").await.contains("已经记下"));
    let rows = sampler::rows(&appliance);
    for (row, price) in rows.iter().zip(["88元", "99元"]) {
        let mut wanted = expected();
        wanted.extend([("table".to_owned(), "8".to_owned()), ("price".to_owned(), price.to_owned())]);
        assert_eq!(row.0, wanted);
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_that_changed_is_asked_for_again() {
    let appliance = shop(DECK).await;
    for version in ["web", "xhtml", "wml"] {
        sampler::set(&appliance, &[("price", "88元")]);
        let at = format!("/s/shop/ask/short?v={version}");
        let shown = appliance.get(&at, &[]).await.text();
        assert!(shown.contains("88元"), "{version}: {shown}");
        sampler::set(&appliance, &[("price", "99元")]);
        let typed = BTreeMap::from([("text".to_owned(), "来两份".to_owned())]);
        let send = |shown: &str| match version {
            "wml" => encoded(&Deck::read(shown).goes.first().unwrap().filled(&typed)),
            _ => encoded(&[hidden(&tags(shown), "short"), vec![("text".into(), "来两份".into())]].concat()),
        };
        let before = sampler::rows(&appliance).len();
        let again = appliance.post(&at, &[], &send(&shown)).await;
        assert_eq!(again.status, if version == "web" { 422 } else { 200 });
        let again = again.text();
        assert!(
            again.contains("内容已有变动") && again.contains("99元") && again.contains("来两份"),
            "{version}: {again}"
        );
        assert_eq!(sampler::rows(&appliance).len(), before);
        appliance.post(&at, &[], &send(&again)).await;
        let rows = sampler::rows(&appliance);
        assert_eq!((rows.len(), rows[before].0["price"].as_str()), (before + 1, "99元"), "{version}");
    }
    // By text a form that needs no agreement asks for it when what was shown has changed.
    let phone = appliance.phone("+8613912345678");
    for text in [CODE, "1", "2"] {
        phone.asks(text).await;
    }
    sampler::set(&appliance, &[("price", "77元")]);
    let again = phone.asks("来两份").await;
    assert!(again.contains("表单已更新") && again.contains("77元") && again.contains("回1确认"), "{again}");
    assert_eq!(sampler::rows(&appliance).len(), 3);
    assert!(phone.asks("1").await.contains("已经记下"));
    assert_eq!(sampler::rows(&appliance)[3].0["price"], "77元");
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_may_be_left_and_a_file_leads_to_the_web() {
    let appliance = shop(DECK).await;
    let phone = appliance.phone("+8613912345678");
    let question = open_order(&phone).await;
    assert!(question.contains("事由") && question.ends_with("0退出"), "{question}");
    assert!(phone.asks("0").await.contains("没有保存"));
    // Left at the very end, too.
    let mut screen = phone.asks("1").await;
    while !screen.contains("回1确认") {
        screen = answer(&phone, &screen, &mut BTreeSet::new(), true).await;
    }
    assert!(phone.asks("0").await.contains("没有保存"));
    let photo = phone.asks("3").await;
    assert!(photo.contains("/s/shop/") && photo.ends_with("0返回"), "{photo}");
    assert!(phone.asks("0").await.contains("预订"));
    let deck = appliance.get("/s/shop/ask/photo?v=wml", &[]).await.text();
    assert!(deck.contains("/s/shop/") && !deck.contains("postfield"), "{deck}");
    assert!(sampler::rows(&appliance).is_empty());
    appliance.stop().await;
}

// Texts.

async fn by_text(appliance: &Appliance) {
    let phone = appliance.phone("+8613912345678");
    let mut screen = open_order(&phone).await;
    let mut tried = BTreeSet::new();
    while !screen.contains("回1确认") {
        screen = answer(&phone, &screen, &mut tried, false).await;
    }
    assert!(screen.contains("份量:大份") && screen.contains("乡镇:第37乡"), "{screen}");
    assert_eq!(tried.len(), SCRIPT.iter().filter(|l| l.wrong.is_some()).count() - 2, "the number is known: {tried:?}");
    assert!(phone.asks("1").await.contains("已经记下"));
}

async fn open_order(phone: &Phone<'_>) -> String {
    phone.asks(CODE).await;
    phone.asks("1").await;
    phone.asks("1").await
}

/// Answers the question that the screen asks, looking through its options.
async fn answer(phone: &Phone<'_>, screen: &str, tried: &mut BTreeSet<String>, only_right: bool) -> String {
    assert!(segments(screen) <= 2, "{screen}");
    let asked = |screen: &str| SCRIPT.iter().find(|l| screen.lines().any(|s| s.starts_with(l.label)));
    let line = asked(screen).unwrap_or_else(|| panic!("which question is this? {screen}"));
    if let Some(wrong) = line.wrong.filter(|_| !only_right && tried.insert(line.field.to_owned())) {
        let again = phone.asks(wrong).await;
        assert_eq!(asked(&again).map(|l| l.field), Some(line.field), "{wrong} was taken: {again}");
        return again;
    }
    if line.right.is_empty() {
        assert!(screen.contains("-跳过"), "{screen}");
        return phone.asks("-").await;
    }
    if !screen.lines().any(|s| s.starts_with("1.")) {
        return phone.asks(line.right).await;
    }
    let mut numbers = Vec::new();
    let mut screen = screen.to_owned();
    for label in line.right.split('、') {
        let number = loop {
            let found = screen.lines().find_map(|s| s.split_once('.').filter(|(_, l)| *l == label));
            if let Some((number, _)) = found {
                break number.to_owned();
            }
            screen = phone.asks("#").await;
            assert!(segments(&screen) <= 2, "{screen}");
        };
        numbers.push(number);
    }
    phone.asks(&numbers.join(",")).await
}

fn delivered(from: &str, text: &str, appliance: &Appliance) -> Vec<u8> {
    let from = Number::parse(from).unwrap();
    let submit = submits(&from, text, 1, None, false).remove(0);
    let stamp = Scts::of(appliance.clock.now().plus(Duration::from_secs(3600)), 32);
    let deliver = Deliver {
        more: false,
        loop_prevention: false,
        report_indication: false,
        reply_path: false,
        from: Address::of(&from),
        pid: submit.pid,
        dcs: submit.dcs,
        stamp,
        data: submit.data,
    };
    deliver.emit().unwrap()
}
