//! A visitor who left something that the owner looks at first sees it at once, and nobody else does: with cookies and
//! without, on every rendering and through the gateway's way of asking.

use std::time::Duration;

use crate::harness::{Appliance, Reply};
use crate::markup::tags;

/// The clinic shows what visitors write after a look.
const BOOK: &str = "/s/renxin/guestbook";
const MINE: &str = "目前只有您能看到";
const NOKIA: (&str, &str) = ("user-agent", "Nokia6600/1.0 (4.09.1)");

fn href(page: &Reply, part: &str) -> String {
    let all = tags(&page.text());
    let found = all.iter().filter(|tag| matches!(tag.name.as_str(), "a" | "go" | "form"));
    let addresses = found.flat_map(|tag| [tag.value("href"), tag.value("action")]);
    let mut fitting = addresses.filter(|address| address.contains(part)).map(|address| address.replace("&amp;", "&"));
    fitting.next().unwrap_or_else(|| panic!("no {part} in {}", page.text()))
}

fn cookie(page: &Reply, name: &str) -> Option<String> {
    let all = page.headers.iter().filter(|(header, _)| header == "set-cookie").map(|(_, value)| value);
    all.filter_map(|value| value.split(';').next())
        .find(|pair| pair.starts_with(&format!("{name}=")))
        .map(str::to_owned)
}

/// Whether an address or a form of the page says who the visitor is.
fn tells(page: &Reply) -> bool {
    let text = page.text();
    ["?s=", "&s=", "&amp;s=", "name=\"s\""].iter().any(|part| text.contains(part))
}

fn sees(page: &Reply, text: &str) -> bool {
    assert_eq!(page.status, 200, "{}", page.text());
    page.text().contains(text)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_cookies_the_address_knows_the_visitor() {
    let appliance = Appliance::start().await;
    for v in ["xhtml", "wml"] {
        let text = format!("waits-{v}");
        let form = appliance.get(&format!("{BOOK}/write?v={v}"), &[NOKIA]).await;
        assert!(!tells(&form), "nobody is anybody before it is needed");
        let sent = appliance.post(&format!("{BOOK}/write?v={v}"), &[NOKIA], &format!("_form=write&text={text}")).await;
        assert!(sees(&sent, &text) && sent.text().contains(MINE), "{}", sent.text());
        assert_eq!(sent.header("cache-control"), "no-store");
        // Every way on carries it along, and says that it is nobody else's business.
        let on = href(&sent, "write");
        assert!(on.contains("&s="), "{on}");
        let form = appliance.get(&on, &[NOKIA]).await;
        assert_eq!(form.header("cache-control"), "no-store");
        let back = href(&form, "/guestbook?");
        let again = appliance.get(&back, &[NOKIA]).await;
        assert!(sees(&again, &text) && again.text().contains(MINE), "{}", again.text());
        let compiled = appliance.get(&back.replace("v=wml", "v=wmlc"), &[NOKIA]).await;
        assert!(v == "xhtml" || compiled.body.len() <= 1300, "{} octets", compiled.body.len());
        // Searching and what it finds keep it too, and no other host is told.
        let front = appliance.get(&href(&again, "/s/renxin/?"), &[NOKIA]).await;
        let searches = v == "wml" || front.text().contains("name=\"s\"");
        assert!(tells(&front) && searches, "{}", front.text());
        let own = [NOKIA, ("host", "renxin.localhost")];
        let token = back.split("s=").nth(1).unwrap().split('&').next().unwrap();
        let elsewhere = appliance.get(&format!("/guestbook?v={v}&s={token}"), &own).await;
        assert!(sees(&elsewhere, &text));
        for tag in tags(&elsewhere.text()) {
            let address = tag.value("href") + &tag.value("action");
            assert!(!address.contains("://") || !address.contains("&amp;s=") && !address.contains("&s="), "{address}");
        }
        // A second message from there is the same visitor's.
        let more = appliance.post(&on, &[NOKIA], &format!("_form=write&text=more-{v}")).await;
        assert!(sees(&more, &text) && sees(&more, &format!("more-{v}")));
        // Somebody else: with nothing, with another phone, with a token that is made up, and when half an hour has passed.
        let forged: String = token.chars().rev().collect();
        for (target, agent) in [
            (format!("{BOOK}?v={v}"), NOKIA),
            (back.clone(), ("user-agent", "Nokia7650/1.0")),
            (format!("{BOOK}?v={v}&s={forged}"), NOKIA),
            (format!("{BOOK}?v={v}&s="), NOKIA),
            (format!("{BOOK}?v={v}&s={}", "z".repeat(500)), NOKIA),
        ] {
            assert!(!sees(&appliance.get(&target, &[agent]).await, &text), "{target}");
        }
        // What it sends by that address is not lost, and another's.
        let other = ("user-agent", "Nokia7650/1.0");
        let theirs = appliance.post(&on, &[other], &format!("_form=write&text=other-{v}")).await;
        assert!(sees(&theirs, &format!("other-{v}")) && !sees(&theirs, &text), "{}", theirs.text());
        appliance.clock.advance(Duration::from_secs(20 * 60));
        let used = appliance.get(&back, &[NOKIA]).await;
        assert!(sees(&used, &text));
        appliance.clock.advance(Duration::from_secs(20 * 60));
        let last = href(&used, "/s/renxin/guestbook/write?");
        let kept = href(&appliance.get(&last, &[NOKIA]).await, "/guestbook?");
        assert!(sees(&appliance.get(&kept, &[NOKIA]).await, &text), "half an hour from the last use");
        assert!(!sees(&appliance.get(&back, &[NOKIA]).await, &text), "half an hour has passed");
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_cookies_no_address_tells() {
    let appliance = Appliance::start().await;
    for v in ["web", "xhtml", "wml"] {
        let text = format!("waits-{v}");
        let target = format!("{BOOK}/write?v={v}");
        let sent = appliance.post(&target, &[NOKIA], &format!("_form=write&text={text}")).await;
        let known = cookie(&sent, "s").unwrap();
        let whole = sent.headers.iter().find(|(_, value)| value.starts_with(&known)).unwrap().1.clone();
        for part in ["; Path=/", "; Max-Age=1800", "; HttpOnly", "; SameSite=Lax"] {
            assert!(whole.contains(part), "{whole}");
        }
        assert!(!sent.header("location").contains("s="), "people hand the addresses of the web on");
        let list = format!("{BOOK}?v={v}");
        let page = appliance.get(&list, &[NOKIA, ("cookie", &known)]).await;
        assert!(
            sees(&page, &text) && page.text().contains(MINE) && !page.text().contains("&amp;s="),
            "{}",
            page.text()
        );
        assert_eq!(page.header("cache-control"), "no-store");
        // The page of everybody is kept, and never this one.
        assert!(!sees(&appliance.get(&list, &[NOKIA]).await, &text));
        assert!(sees(&appliance.get(&list, &[NOKIA, ("cookie", &known)]).await, &text));
        // A cookie is no token of an address, nor the other way round.
        let token = known.strip_prefix("s=").unwrap();
        assert!(!sees(&appliance.get(&format!("{list}&s={token}"), &[NOKIA]).await, &text));
        // It is made anew while it is used.
        appliance.clock.advance(Duration::from_secs(25 * 60));
        let renewed = appliance.get(&list, &[NOKIA, ("cookie", &known)]).await;
        let renewed = cookie(&renewed, "s").unwrap();
        appliance.clock.advance(Duration::from_secs(25 * 60));
        assert!(sees(&appliance.get(&list, &[NOKIA, ("cookie", &renewed)]).await, &text));
        assert!(!sees(&appliance.get(&list, &[NOKIA, ("cookie", &known)]).await, &text));
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_owner_has_seen_is_everybodys_or_nobodys() {
    let appliance = Appliance::start().await;
    let sent = appliance.post(&format!("{BOOK}/write?v=web"), &[], "_form=write&text=looked-at").await;
    let known = cookie(&sent, "s").unwrap();
    let list = format!("{BOOK}?v=web");
    assert!(sees(&appliance.get(&list, &[("cookie", &known)]).await, MINE));
    let rows = appliance.api("GET", "/api/v1/sites/renxin/rows?section=guestbook", "").await.json();
    let items = rows["items"].as_array().unwrap();
    let row = items.iter().find(|row| row["fields"]["text"] == "looked-at").unwrap_or_else(|| panic!("{rows}"));
    let id = row["id"].as_str().unwrap();
    for (verb, everybody, own) in [("show", true, true), ("hide", false, false)] {
        let done = appliance.api("POST", &format!("/api/v1/sites/renxin/rows/{id}/{verb}"), "{}").await;
        assert_eq!(done.status, 200, "{}", done.text());
        let page = appliance.get(&list, &[("cookie", &known)]).await;
        assert_eq!((sees(&page, "looked-at"), page.text().contains(MINE)), (own, false), "{verb}");
        assert_eq!(sees(&appliance.get(&list, &[]).await, "looked-at"), everybody, "{verb}");
    }
    appliance.stop().await;
}

/// What a browser shows is handed on with its address, by whoever made it.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_makes_no_visitor_of_a_browser() {
    let appliance = Appliance::start().await;
    let browser =
        ("user-agent", "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36");
    let sent = appliance.post(&format!("{BOOK}/write?v=wml"), &[browser], "_form=write&text=somebodys").await;
    let on = href(&sent, "/guestbook/write?");
    let token = on.split("s=").nth(1).unwrap().split('&').next().unwrap();
    for target in [format!("{BOOK}?s={token}"), format!("{BOOK}?v=xhtml&s={token}"), format!("{BOOK}?%73={token}")] {
        assert!(!sees(&appliance.get(&target, &[browser]).await, "somebodys"), "{target}");
    }
    // However a phone spells it, its page is nobody else's.
    let sent = appliance.post(&format!("{BOOK}/write?v=wml"), &[NOKIA], "_form=write&text=phones").await;
    let on = href(&sent, "/guestbook/write?");
    let token = on.split("s=").nth(1).unwrap().split('&').next().unwrap();
    let spelled = format!("{BOOK}?v=wml&%73={token}");
    assert!(sees(&appliance.get(&spelled, &[NOKIA]).await, "phones"));
    appliance.clock.advance(Duration::from_secs(31 * 60));
    assert!(!sees(&appliance.get(&spelled, &[NOKIA]).await, "phones"), "it was kept");
    appliance.stop().await;
}
