//! Which rendering and language a device gets, how its choice lasts, and its pictures and styles.

use yizhan::sections::ALL;
use yizhan::wap::compile::compile;
use yizhan::wap::decompile;

use crate::harness::{Appliance, folder};

const HTML: &str = "text/html; charset=utf-8";
const XHTML: &str = "application/vnd.wap.xhtml+xml; charset=utf-8";
const WML: &str = "text/vnd.wap.wml; charset=utf-8";
const WMLC: &str = "application/vnd.wap.wmlc";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

/// The same address as a phone of 1999 takes it, one of 2003, and one that reads Chinese, but no UTF-8.
#[tokio::test(flavor = "multi_thread")]
async fn decks_are_in_the_wml_and_the_characters_that_a_phone_reads() {
    let appliance = Appliance::start().await;
    for (name, value, version, keys, ascii) in [
        ("user-agent", "Nokia6600/1.0", "1.3", true, false),
        ("user-agent", "Nokia7110/1.0 (05.01)", "1.1", false, false),
        ("accept-charset", "gb2312", "1.3", true, true),
        ("accept-charset", "gb2312, utf-8;q=0.5", "1.3", true, false),
    ] {
        let said = [(name, value), ("accept", "text/vnd.wap.wml")];
        let deck = appliance.get("/s/juhelou/", &said).await.text();
        assert_eq!(crate::rules::wrong_in(&deck), Vec::<String>::new(), "{value}");
        let found = (deck.contains(&format!("DTD WML {version}//EN")), deck.contains("accesskey"), deck.is_ascii());
        assert_eq!(found, (true, keys, ascii), "{value}: {deck}");
        let read = decompile::xml(&compile(deck.as_bytes(), None).unwrap()).unwrap();
        assert!(read.contains("济南聚和楼饭庄"), "{value}: {deck}");
        let compiled = appliance.get("/s/juhelou/", &[(name, value), ("accept", WMLC)]).await.body;
        let expected: &[u8] = if version == "1.1" { &[1, 4, 0x6A, 0] } else { &[3, 0x0A, 0x6A, 0] };
        assert_eq!(&compiled[..4], expected, "{value}");
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn host_choice_cookie_and_accept_in_this_order() {
    let appliance = Appliance::start().await;
    let (plain, wap) = ("juhelou.localhost", "wap.juhelou.localhost");
    for (host, choice, cookie, accept, kind) in [
        (plain, "", "", "", HTML),
        (plain, "", "", "*/*", HTML),
        (plain, "", "", BROWSER, HTML),
        (plain, "", "", "image/png", HTML),
        (plain, "", "", "text/vnd.wap.wml", WML),
        (plain, "", "", "application/vnd.wap.wmlc, text/vnd.wap.wml, image/vnd.wap.wbmp, */*", WMLC),
        (plain, "", "", "text/vnd.wap.wml;q=0.3, text/html;q=0.7", HTML),
        (plain, "", "", "text/vnd.wap.wml;q=0.7, text/html;q=0.3", WML),
        (plain, "", "", "application/vnd.wap.xhtml+xml, text/vnd.wap.wml;q=0.5", XHTML),
        (plain, "", "", "application/vnd.wap.wmlc;q=0, text/html", HTML),
        // The choice decides.
        (plain, "v=wml", "", BROWSER, WML),
        (plain, "v=wmlc", "", "*/*", WMLC),
        (plain, "v=xhtml", "", "*/*", XHTML),
        (plain, "v=xhtml", "", BROWSER, "application/xhtml+xml; charset=utf-8"),
        (plain, "v=web", "", "text/vnd.wap.wml", HTML),
        (plain, "v=nonsense", "", "*/*", HTML),
        // It lasts, unless the browser cannot show it.
        (plain, "", "v=wml", "*/*", WML),
        (plain, "", "v=wml", "text/vnd.wap.wml, text/html", WML),
        (plain, "", "v=wml", BROWSER, HTML),
        (plain, "", "v=wmlc", BROWSER, HTML),
        (plain, "", "v=xhtml", BROWSER, "application/xhtml+xml; charset=utf-8"),
        (plain, "", "v=web", "text/vnd.wap.wml", HTML),
        (plain, "v=web", "v=wml", "*/*", HTML),
        (plain, "", "a=b; v=<script>; lang=xx", "*/*", HTML),
        // A WAP host never gives HTML.
        (wap, "", "", "", XHTML),
        (wap, "", "", "*/*", XHTML),
        (wap, "", "", "text/html", XHTML),
        (wap, "", "", "text/vnd.wap.wml", WML),
        (wap, "", "", "text/vnd.wap.wml, text/html;q=0.1, */*", WML),
        (wap, "", "", "application/vnd.wap.wmlc", WMLC),
        (wap, "v=web", "", "*/*", XHTML),
        (wap, "v=web", "", "text/vnd.wap.wml", WML),
        (wap, "", "v=web", "*/*", XHTML),
        (wap, "v=wml", "", "*/*", WML),
    ] {
        let headers = [("host", host), ("accept", accept), ("cookie", cookie)];
        for target in ["/", "/products/p1", "/guestbook/write", "/nothing"] {
            let page = appliance.get(&format!("{target}?{choice}"), &headers).await;
            let case = format!("{host}{target} ?{choice} cookie {cookie:?} accept {accept:?}");
            assert_eq!(page.header("content-type"), kind, "{case}");
            assert_eq!(page.status, if target == "/nothing" { 404 } else { 200 }, "{case}");
            assert!(page.header("location").is_empty(), "{case}");
            let (text, body) = (page.text(), page.body.as_slice());
            let begins = match kind {
                HTML => text.starts_with("<!DOCTYPE html>\n<html lang"),
                WML => text.contains("<wml>") || text.contains("<wml "),
                // WBXML 1.3 or less, the number of a WML document type, UTF-8 (WAP-192, 5.3; IANA charset 106).
                WMLC => body[0] <= 3 && [4, 9, 0x0a].contains(&body[1]) && body[2] == 0x6a,
                _ => text.contains("XHTML Mobile 1.0"),
            };
            assert!(begins, "{case}: {text}");
        }
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_says_nothing_gets_what_its_model_shows() {
    let appliance = Appliance::start().await;
    let (plain, wap) = ("juhelou.localhost", "wap.juhelou.localhost");
    let n6600 = ("x-wap-profile", "\"http://nds1.nds.nokia.com/uaprof/N6600r100.xml\"");
    let android = "Mozilla/5.0 (Linux; U; Android 4.1.2; zh-cn; GT-I9300) AppleWebKit/534.30 Mobile Safari/534.30";
    let iphone =
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Safari/604.1";
    let samsung = ("x-wap-profile", "http://wap.samsungmobile.com/uaprof/GT-I9300.xml");
    let exchange = ("opt", "\"http://www.w3.org/1999/06/24-CCPPexchange\"; ns=19");
    for (host, agent, more, kind) in [
        (plain, "Nokia7110/1.0 (05.01)", &[][..], WML),
        (wap, "Nokia7110/1.0 (05.01)", &[], WML),
        (plain, "Nokia7110/1.0 (05.01)", &[("cookie", "v=xhtml")], XHTML),
        (plain, "Nokia6600/1.0 (4.09.1) SymbianOS/7.0s Series60/2.0 Profile/MIDP-2.0", &[], XHTML),
        (plain, "SonyEricssonT610/R201", &[], XHTML),
        (plain, "SAMSUNG-SGH-E700 UP.Browser/6.1", &[], XHTML),
        (plain, "unknown", &[n6600], XHTML),
        (plain, "unknown", &[exchange, ("19-profile", "http://nds1.nds.nokia.com/uaprof/N7650r200.xml")], WML),
        (plain, "curl/8.5.0", &[], HTML),
        (wap, "curl/8.5.0", &[], XHTML),
        (plain, "", &[], HTML),
        // A browser of the web is one, whatever its maker lets it send.
        (plain, iphone, &[], HTML),
        (plain, android, &[samsung], HTML),
        (wap, android, &[samsung], XHTML),
        (plain, android, &[samsung, ("accept", BROWSER)], HTML),
        // What is said counts more than what is known.
        (plain, "Nokia7110/1.0 (05.01)", &[("accept", "text/html")], HTML),
        (plain, "Nokia6600/1.0 Series60/2.0", &[("accept", "text/vnd.wap.wml, */*")], WML),
    ] {
        let mut headers = vec![("host", host), ("user-agent", agent)];
        headers.extend_from_slice(more);
        if !more.iter().any(|(name, _)| *name == "accept") {
            headers.push(("accept", "*/*"));
        }
        for target in ["/", "/products/p1", "/guestbook/write"] {
            let page = appliance.get(target, &headers).await;
            assert_eq!((page.status, page.header("content-type")), (200, kind), "{target} {headers:?}");
            assert!(page.header("vary").contains("User-Agent"), "{target}");
        }
    }
    appliance.stop().await;
}

/// 彩版 and 简版: from a front page to the other rendering of it, and on from there, with and without cookies; nobody is
/// offered what his device cannot show.
#[tokio::test(flavor = "multi_thread")]
async fn the_other_rendering_is_one_link_away() {
    let appliance = Appliance::start().await;
    let both = "application/vnd.wap.xhtml+xml, text/vnd.wap.wml, application/vnd.wap.wmlc, */*";
    for (lang, colours, plain) in [("zh", "彩版", "简版"), ("en", "Phone", "Old phone")] {
        let there = |page: &crate::harness::Reply, label: &str| {
            let text = page.text();
            let link = text
                .split("<a ")
                .find(|link| link.contains(&format!(">{label}</a>")))
                .unwrap_or_else(|| panic!("{text}"));
            let address = link.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
            address.replace("&amp;", "&")
        };
        let front = appliance.get(&format!("/s/juhelou/?lang={lang}"), &[("accept", both)]).await;
        assert_eq!(front.header("content-type"), XHTML);
        let deck = appliance.get(&there(&front, plain), &[("accept", both)]).await;
        assert_eq!(deck.header("content-type"), WML);
        // Kept by its links where cookies are refused, and by a cookie where links forget it.
        let news =
            crate::markup::tags(&deck.text()).into_iter().find(|tag| tag.value("href").contains("/news")).unwrap();
        let without = appliance.get(&news.value("href").replace("&amp;", "&"), &[("accept", both)]).await;
        let cookie = deck.headers.iter().find(|(name, value)| name == "set-cookie" && value.starts_with("v=")).unwrap();
        let with = [("accept", both), ("cookie", cookie.1.split(';').next().unwrap())];
        let with = appliance.get("/s/juhelou/news", &with).await;
        assert_eq!((without.header("content-type"), with.header("content-type")), (WML, WML));
        let back = appliance.get(&there(&deck, colours), &[("accept", both)]).await;
        assert_eq!(back.header("content-type"), XHTML, "{lang}");
    }
    let offers = |page: String, v: &str| page.contains(&format!("v={v}\""));
    for (v, accept, agent, ways) in [
        ("xhtml", BROWSER, "Mozilla/5.0 (Linux; Android 16)", [true, true, false]),
        ("xhtml", "*/*", "Mozilla/5.0 (Linux; Android 16)", [true, true, false]),
        ("xhtml", "application/vnd.wap.xhtml+xml", "", [false, true, false]),
        ("wml", "text/vnd.wap.wml, */*", "", [false, false, true]),
        ("wml", "*/*", "Nokia7110/1.0", [false, false, true]),
        ("wml", "*/*", "Nokia6600/1.0", [false, true, true]),
        ("xhtml", "*/*", "Nokia6600/1.0", [false, true, true]),
    ] {
        let headers = [("accept", accept), ("user-agent", agent)];
        let page = appliance.get(&format!("/s/juhelou/?v={v}"), &headers).await.text();
        let own = ["web", "xhtml", "wml"].map(|way| way == v || offers(page.clone(), way));
        assert_eq!(own, ways, "{headers:?} {page}");
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_is_kept_by_links_and_cookie() {
    let appliance = Appliance::start().await;
    for (v, other) in [("web", "en"), ("xhtml", "en"), ("wml", "zh")] {
        let page = appliance.get(&format!("/s/juhelou/?v={v}&lang={other}"), &[]).await;
        let text = page.text();
        let links: Vec<&str> = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let inside: Vec<&&str> = links.iter().filter(|l| l.starts_with('/') && !l.starts_with("/assets/")).collect();
        assert!(inside.len() > 5, "{links:?}");
        for link in inside {
            let carries = |name: &str| link.contains(&format!("?{name}=")) || link.contains(&format!("{name}="));
            assert!(carries("v") && carries("lang"), "{v}: {link}");
        }
        let cookies: Vec<&str> =
            page.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str()).collect();
        let kept = |name: &str, value: &str| cookies.iter().any(|c| c.starts_with(&format!("{name}={value}; Path=/")));
        assert!(kept("v", v) && kept("lang", other), "{cookies:?}");
    }
    let english = appliance.get("/s/juhelou/", &[("cookie", "lang=en")]).await;
    assert!(english.text().contains("<html lang=\"en\""));
    // The switch leads to this very page in the other language.
    let page = appliance.get("/s/juhelou/contact", &[]).await.text();
    assert!(page.contains("href=\"/s/juhelou/contact?lang=en\""), "{page}");
    // A form sent with a choice comes back with it; on WAP with the next page, never a redirect.
    let web = appliance.post("/s/juhelou/guestbook/write?v=web&lang=en", &[], "_form=write&text=hello").await;
    assert_eq!((web.status, web.header("location")), (303, "/s/juhelou/guestbook?v=web&lang=en"));
    for (v, kind) in [("xhtml", XHTML), ("wml", WML), ("wmlc", WMLC)] {
        let target = format!("/s/juhelou/guestbook/write?v={v}");
        let page = appliance.post(&target, &[], "_form=write&text=hello").await;
        assert_eq!((page.status, page.header("content-type")), (200, kind), "{v}");
        let again = appliance.post(&target, &[("if-none-match", "*")], "_form=write").await;
        assert_eq!((again.status, again.header("cache-control")), (200, "no-store"), "{v}: what is wrong is shown");
        assert!(!again.body.is_empty());
        for hostile in
            ["_opt=99999999999999999999", "_step=1&_opt=18446744073709551615", "_step=1&text=", "_step=&who=%24(x)"]
        {
            let page = appliance.post(&target, &[], &format!("_form=write&{hostile}")).await;
            assert_eq!(page.status, 200, "{v} {hostile}");
        }
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_word_that_a_redirect_brings_is_words_only() {
    let appliance = Appliance::start().await;
    let sent = appliance.post("/s/juhelou/guestbook/write", &[], "_form=write&text=hello").await;
    let cookie = sent.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("Max-Age=30"), "{cookie}");
    let said = cookie.split(';').next().unwrap();
    let page = appliance.get("/s/juhelou/guestbook", &[("cookie", said)]).await;
    assert!(
        page.text().contains("谢谢,留言已发布") && page.header("set-cookie").starts_with("said=; Path=/; Max-Age=0")
    );
    let without = appliance.get("/s/juhelou/guestbook", &[("if-none-match", page.header("etag"))]).await;
    assert!(without.status == 200 && !without.text().contains("谢谢,留言已发布"), "said once");
    for hostile in [
        "said=d-%3Cscript%3Ealert(1)%3C/script%3E",
        "said=x-\"><img src=x onerror=alert(1)>",
        "said=%0d%0aset-cookie:%20a=b",
        "said=d-%00%ff%fe",
        "said=",
        "said=-",
        "said=zzzz-%E4%BD",
    ] {
        let page = appliance.get("/s/juhelou/guestbook", &[("cookie", hostile)]).await;
        let text = page.text();
        assert!(page.status == 200 && !text.contains("<script>alert") && !text.contains("<img src=x"), "{hostile}");
    }
    let long = format!("said=d-{}", "x".repeat(5000));
    let page = appliance.get("/s/juhelou/guestbook", &[("cookie", &long)]).await.text();
    assert!(page.contains(&"x".repeat(200)) && !page.contains(&"x".repeat(201)));
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_and_styles_are_kept_for_ever() {
    let appliance = Appliance::start().await;
    let page = appliance.get("/s/juhelou/", &[]).await.text();
    let address = |begin: &str, text: &str| {
        let at = text.find(begin).unwrap_or_else(|| panic!("no {begin} in {text}"));
        text[at..].split(['"', '\'']).next().unwrap().to_owned()
    };
    for (target, kind) in [
        (address("/pictures/", &page), "image/png"),
        (address("/pictures/", &page).replace("/pictures/", "/pictures/small/"), "image/jpeg"),
        (address("/assets/style", &page), "text/css; charset=utf-8"),
        (address("/assets/restaurant", &page), "image/svg+xml"),
    ] {
        for host in ["localhost", "juhelou.localhost", "wap.localhost"] {
            let file = appliance.get(&target, &[("host", host)]).await;
            assert_eq!((file.status, file.header("content-type")), (200, kind), "{target}");
            assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable", "{target}");
            assert_eq!(file.header("x-content-type-options"), "nosniff", "{target}");
            let begins: &[u8] = match kind {
                "image/png" => b"\x89PNG",
                "image/jpeg" => b"\xff\xd8\xff",
                _ => b"",
            };
            assert!(file.body.starts_with(begins) && file.body.len() > 100, "{target}");
            let head = appliance.http("HEAD", &target, &[("host", host)], b"").await;
            assert_eq!((head.body.len(), head.header("content-length")), (0, file.body.len().to_string().as_str()));
        }
    }
    // The picture that opens a site is on the phone's page too, small.
    let opening = address("/pictures/", &page).replace("/pictures/", "/pictures/small/");
    let phone = appliance.get("/s/juhelou/?v=xhtml", &[]).await.text();
    assert!(phone.contains(&format!("<img src=\"{opening}\"")), "{phone}");
    let picture = address("/pictures/", &page);
    let (whole, small) = (appliance.get(&picture, &[]).await, picture.replace("/pictures/", "/pictures/small/"));
    assert!(appliance.get(&small, &[]).await.body.len() < whole.body.len());
    // Each phone has it as wide as its screen, in what it reads.
    let old = [("user-agent", "Nokia7110/1.0 (05.01)"), ("accept", "text/vnd.wap.wml, image/vnd.wap.wbmp, */*")];
    let dots = appliance.get(&small, &old).await;
    assert_eq!((dots.header("content-type"), &dots.body[..3]), ("image/vnd.wap.wbmp", &[0, 0, 96][..]));
    assert_eq!((dots.header("vary"), dots.body.len() <= 96 * 40), ("Accept, User-Agent", true));
    let coloured = [("user-agent", "Nokia6600/1.0 Series60/2.0"), ("accept", "image/gif, image/vnd.wap.wbmp")];
    let coloured = appliance.get(&small, &coloured).await;
    assert!(coloured.body.starts_with(b"GIF89a") && coloured.body.len() <= 176 * 40);
    assert_ne!(dots.header("etag"), coloured.header("etag"));
    let again = appliance.get(&picture, &[("if-none-match", whole.header("etag"))]).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let style = address("/assets/style", &page);
    let zipped = appliance.get(&style, &[("accept-encoding", "gzip")]).await;
    assert_eq!((zipped.header("content-encoding"), zipped.header("vary")), ("gzip", "Accept-Encoding"));
    assert_eq!(appliance.get(&style, &[]).await.header("vary"), "Accept-Encoding");
    let name = picture.strip_prefix("/pictures/").unwrap();
    for hostile in [
        "/pictures/".to_owned(),
        "/pictures/small/".to_owned(),
        "/pictures/../lock".to_owned(),
        "/pictures/%2e%2e/lock".to_owned(),
        "/pictures//etc/passwd".to_owned(),
        format!("/pictures/./{name}"),
        format!("/pictures/small/small/{name}"),
        format!("/pictures/{}", name.to_uppercase()),
        format!("/pictures/{name}%00"),
        format!("/pictures/{name}.tmp-0"),
        format!("/pictures/{}", name.replace(".png", ".svg")),
        format!("/pictures/{}", "0".repeat(2000)),
        style.replace(".css", ".svg"),
        "/assets/../frame.html".to_owned(),
        "/assets/frame.html".to_owned(),
    ] {
        assert_eq!(appliance.get(&hostile, &[]).await.status, 404, "{hostile}");
    }
    // Many at once: each is made once, and pages are served meanwhile.
    let many = (0..16).map(|_| appliance.get(&small, &[]));
    let mut made = Vec::new();
    for reply in many {
        made.push(reply.await.body);
    }
    assert!(made.windows(2).all(|two| two[0] == two[1]));
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_box_has_pages_too() {
    let appliance = Appliance::empty(ALL, folder(), |_| {}).await;
    for target in ["/", "/help", "/search?q=x", "/i/restaurant", "/nothing"] {
        for v in ["web", "xhtml", "wml", "wmlc"] {
            let separator = if target.contains('?') { '&' } else { '?' };
            let page = appliance.get(&format!("{target}{separator}v={v}"), &[]).await;
            assert_eq!(page.status, if target == "/nothing" { 404 } else { 200 }, "{target} {v}");
            assert!(!page.body.is_empty());
        }
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deck_is_as_long_as_the_phone_takes() {
    let appliance = Appliance::start().await;
    // A text that is longer than the smallest deck, compiled.
    let mut lengths = Vec::new();
    for agent in ["", "Nokia7110/1.0 (05.01)", "EricssonR380/2.0", ""] {
        let headers = [("user-agent", agent), ("accept", "application/vnd.wap.wmlc")];
        let deck = appliance.get("/s/juhelou/about", &headers).await;
        assert_eq!((deck.status, deck.header("content-type")), (200, "application/vnd.wap.wmlc"));
        lengths.push(deck.body.len());
    }
    let [unknown, old, large, again] = lengths[..] else { unreachable!() };
    assert!(unknown <= 1300 && old <= 1300 && large > 1300 && large <= 3500, "{lengths:?}");
    assert_eq!(unknown, again, "what was kept for one phone is not given to another");
}
