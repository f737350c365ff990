//! The outside contract of HTTP: hosts, paths, methods, bodies, forms, and what may be kept by whom.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use yizhan::demo;
use yizhan::sections::ALL;
use yizhan::sites::files;

use crate::harness::{Appliance, Reply, exchange, folder, parse};

/// The restaurant's starter site with its own host names, as a tar.
fn restaurant(change: impl Fn(&str) -> String) -> Vec<u8> {
    let (_, mut files) = demo::starters().into_iter().find(|(industry, _)| industry == "restaurant").unwrap();
    let text = String::from_utf8(files["site.toml"].clone()).unwrap();
    files.insert("site.toml".to_owned(), change(&text).into_bytes());
    files::tar(&files).unwrap()
}

async fn import(appliance: &Appliance, tar: &[u8]) -> Reply {
    let stream = UnixStream::connect(appliance.data.join("yizhan.sock")).await.unwrap();
    exchange(stream, "POST", "/api/v1/sites", &[("content-type", "application/x-tar")], tar).await
}

/// Everything that comes back for these octets until the box closes.
async fn raw(appliance: &Appliance, octets: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(appliance.running.address).await.unwrap();
    stream.write_all(octets).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut answer));
    read.await.expect("no answer").unwrap();
    answer
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map_or("", |(found, _)| found)
}

async fn once_of(appliance: &Appliance, target: &str) -> String {
    let form = appliance.get(target, &[]).await.text();
    let once = between(&form, "name=\"_once\" value=\"", "\"").to_owned();
    assert_eq!(once.len(), 32, "{form}");
    once
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_chooses() {
    let appliance = Appliance::empty(ALL, folder(), |config| {
        config.this_box.domain = "www.box.test".to_owned();
        config.this_box.url = "http://www.box.test/".to_owned();
    })
    .await;
    let own = "slug = \"juhelou\"\ndomains = [\"www.JuHeLou.example.\", \"juhelou.cn\"]\n";
    let made = import(&appliance, &restaurant(|text| text.replacen("slug = \"juhelou\"\n", own, 1))).await;
    assert_eq!(made.status, 200, "{}", made.text());
    let (portal, site) =
        (("og:url\" content=\"http://www.box.test/\""), "og:url\" content=\"http://www.box.test/s/juhelou/\"");
    for (host, status, holds) in [
        ("www.box.test", 200, portal),
        ("WWW.Box.Test.:8080", 200, portal),
        ("www.www.box.test", 200, portal),
        ("localhost", 200, portal),
        ("127.0.0.1:80", 200, portal),
        ("[::1]:80", 200, portal),
        ("::1", 200, portal),
        ("", 200, portal),
        (":80", 200, portal),
        ("wap.www.box.test", 200, "XHTML Mobile"),
        ("juhelou.www.box.test", 200, site),
        ("JUHELOU.www.box.test.", 200, site),
        ("www.juhelou.www.box.test", 200, site),
        ("m.juhelou.www.box.test", 200, site),
        ("wap.juhelou.www.box.test", 200, "XHTML Mobile"),
        ("www.juhelou.example", 200, site),
        ("WWW.JUHELOU.EXAMPLE.:81", 200, site),
        ("wap.www.juhelou.example", 200, "XHTML Mobile"),
        ("juhelou.cn", 200, site),
        ("wap.juhelou.cn", 200, "XHTML Mobile"),
        ("wap.nobody.www.box.test", 404, "XHTML Mobile"),
        ("nobody.www.box.test", 404, "href=\"http://www.box.test/\""),
        ("xjuhelou.cn", 404, "href=\"http://www.box.test/\""),
        ("box.test", 404, "href=\"http://www.box.test/\""),
        ("evil\"><script>alert(1)</script>", 404, "&lt;script&gt;"),
        ("user@www.box.test", 404, "href=\"http://www.box.test/\""),
    ] {
        let page = appliance.get("/", &[("host", host)]).await;
        assert_eq!(page.status, status, "{host}");
        assert!(page.text().contains(holds), "{host}: {}", page.text());
        assert!(!page.text().contains("<script>alert"), "{host}");
    }
    let two = b"GET / HTTP/1.1\r\nhost: juhelou.cn\r\nhost: www.box.test\r\n\r\n";
    assert_eq!(parse(&raw(&appliance, two).await).status, 400);
    let long = "a".repeat(5000);
    let page = appliance.get("/", &[("host", &long)]).await;
    assert!(page.status == 404 && !page.text().contains(&long));
    for (octets, holds) in
        [("GET / HTTP/1.0\r\n\r\n", portal), ("GET http://juhelou.cn/ HTTP/1.1\r\nhost: www.box.test\r\n\r\n", site)]
    {
        let page = parse(&raw(&appliance, octets.as_bytes()).await);
        assert!(page.status == 200 && page.text().contains(holds), "{octets}");
    }
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paths_of_attackers_and_of_old_gateways() {
    let appliance = Appliance::start().await;
    let long_item = format!("/s/juhelou/products/{}", "p".repeat(1500));
    for (target, status) in [
        ("/", 200),
        ("//", 200),
        ("/s/juhelou", 200),
        ("/s/JUHELOU/", 200),
        ("/s/juhelou/products/p1", 200),
        ("/s/juhelou/products/p1/", 200),
        ("/s/juhelou/%70roducts/p1", 200),
        ("/?v=nonsense&lang=xx&at=zzz", 200),
        ("/s/juhelou/products?at=p999.7.12345", 200),
        ("/search", 200),
        ("/s", 404),
        ("/s/", 404),
        ("/s/nobody/", 404),
        ("/s/juhelou/products/p99", 410),
        (long_item.as_str(), 410),
        ("/s/juhelou/../../etc/passwd", 404),
        ("/s/juhelou/products/%2e%2e%2f%2e%2e%2fcontact", 410),
        ("/s/juhelou/guestbook/~99999999999999999999999", 404),
        ("/s/juhelou/guestbook/~-1", 404),
        ("/etc/passwd", 404),
        ("/%ff%fe%00", 404),
        ("/%", 404),
        ("/%zz%e9", 404),
        ("/console/", 404),
        ("/handsets", 404),
        ("/i/nothing", 404),
    ] {
        let page = appliance.get(target, &[]).await;
        assert_eq!(page.status, status, "{target}");
        if status != 200 {
            let (text, says) = (page.text(), if status == 410 { "已下架" } else { "没有找到这一页" });
            assert!(text.contains(says) && text.contains("href=\"/"), "{target}: {text}");
        }
    }
    // GBK, UTF-8, and a tag as words.
    for query in ["%D3%E3", "%E9%B1%BC", "鱼"] {
        let raw_query = format!("GET /search?q={query} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let page = parse(&raw(&appliance, raw_query.as_bytes()).await);
        assert!(
            page.status == 200 && page.text().contains("搜索“鱼”") || page.text().contains("value=\"鱼\""),
            "{query}"
        );
    }
    let page = appliance.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E%22%27", &[]).await.text();
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script>alert"));
    let target = format!("/?{}", "x".repeat(3000));
    for (accept, kind) in
        [("text/html", "text/html; charset=utf-8"), ("text/vnd.wap.wml", "text/vnd.wap.wml; charset=utf-8")]
    {
        let page = appliance.get(&target, &[("accept", accept)]).await;
        assert_eq!((page.status, page.header("content-type")), (414, kind));
        assert!(page.text().contains("href=\"/"));
    }
    let header = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(64 * 1024));
    assert_eq!(parse(&raw(&appliance, header.as_bytes()).await).status, 431);
    // On a site's own host nothing is reserved, and nothing of the portal answers.
    for target in ["/healthz", "/metrics", "/api/v1/inbox", "/api/v1/openapi.json", "/handset/", "/handset/state"] {
        let page = appliance.get(target, &[("host", "juhelou.localhost")]).await;
        assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"), "{target}");
    }
    assert_eq!(appliance.get("/healthz", &[]).await.text(), "ok\n");
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_for_private_addresses() {
    let strangers = Appliance::empty(ALL, folder(), |config| config.http.private.clear()).await;
    let refused = strangers.get("/metrics", &[("x-forwarded-for", "127.0.0.1")]).await;
    assert_eq!(refused.status, 403);
    assert_eq!(strangers.get("/healthz", &[]).await.status, 200);
    strangers.stop().await;
    let appliance = Appliance::start().await;
    let phone = appliance.phone("+8613912345678");
    phone.asks("1001").await;
    let metrics = appliance.get("/metrics", &[]).await;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!((metrics.status, metrics.header("content-type")), (200, kind));
    let text = metrics.text();
    assert!(text.ends_with("\n# EOF\n"), "{text}");
    let value = |name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} in\n{text}")).parse().unwrap()
    };
    for (name, exact) in [("texts_total", 1.0), ("replies_total", 1.0), ("modems", 1.0), ("modems_up", 1.0)] {
        assert_eq!(value(&format!("yizhan_{name}")), exact, "{name}");
    }
    let data = |folder| value(&format!("yizhan_disk_bytes{{folder=\"{folder}\"}}"));
    // The sample sites' pictures are about 0.9 MiB.
    assert!(data("pictures") > 500_000.0 && data("view") > 0.0 && data("archive") == 0.0, "{text}");
    assert!(value("yizhan_memory_bytes{what=\"most\"}") > 1e6 && value("yizhan_disk_free_bytes") > 0.0, "{text}");
    // Commits of the box's own, such as a note of the time, may have come meanwhile.
    let sequence = value("yizhan_store_sequence");
    assert!(sequence > 0.0 && sequence <= appliance.running.store.sequence() as f64, "{sequence}");
    let local = appliance.api("GET", "/metrics", "").await;
    assert_eq!((local.status, local.header("content-type")), (200, kind), "for doctor, over the local socket");
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_and_bodies() {
    let appliance = Appliance::start().await;
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"] {
        let page = appliance.http(method, "/s/juhelou/", &[], b"").await;
        assert_eq!((page.status, page.header("allow")), (405, "GET, HEAD, POST"), "{method}");
    }
    for target in ["/s/juhelou/", "/nothing", "/pictures/none.png", "/s/juhelou/?v=wmlc"] {
        let (get, head) = (appliance.get(target, &[]).await, appliance.http("HEAD", target, &[], b"").await);
        assert!(!get.body.is_empty() && head.body.is_empty(), "{target}");
        assert_eq!((get.status, get.header("content-type")), (head.status, head.header("content-type")), "{target}");
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{target}");
        assert_eq!(get.header("etag"), head.header("etag"), "{target}");
    }
    let limit = 256 * 1024;
    let body = |octets: usize| format!("text={}", "a".repeat(octets - 5));
    let page = appliance.post("/s/juhelou/guestbook/write", &[], &body(limit + 1)).await;
    assert!(page.status == 413 && page.text().contains("发送的内容太大") && page.text().contains("href=\"/"));
    let page = appliance.post("/s/juhelou/guestbook/write", &[], &body(limit)).await;
    assert_eq!(page.status, 422, "not too large, but too long for the field");
    let mut chunked =
        b"POST /s/juhelou/guestbook/write HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..9 {
        chunked.extend_from_slice(b"8000\r\n");
        chunked.extend_from_slice(&[b'a'; 0x8000]);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    assert_eq!(parse(&raw(&appliance, &chunked).await).status, 413);
    // Who asks first is told first.
    let asks = b"POST /s/juhelou/guestbook/write HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99000000\r\nexpect: 100-continue\r\n\r\n";
    assert_eq!(parse(&raw(&appliance, asks).await).status, 413);
    // What broke off is not taken for whole.
    let broken =
        b"POST /s/juhelou/guestbook/write HTTP/1.1\r\nhost: localhost\r\ncontent-length: 500\r\n\r\ntext=%E5%8D%8A";
    let answer = raw(&appliance, broken).await;
    assert!(answer.is_empty() || parse(&answer).status == 400);
    assert!(!appliance.get("/s/juhelou/guestbook", &[]).await.text().contains("半<"));
    let smuggled = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let answer = String::from_utf8_lossy(&raw(&appliance, smuggled).await).into_owned();
    assert!(!answer.contains("\r\n\r\nok\n") || answer.matches("HTTP/1.1 ").count() == 2, "{answer}");
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_counts_once_and_says_what_is_wrong() {
    let appliance = Appliance::start().await;
    let (write, book) = ("/s/juhelou/guestbook/write", "/s/juhelou/guestbook");
    let count = async |text: &str| appliance.get(book, &[]).await.text().matches(text).count();
    let once = once_of(&appliance, write).await;
    let form = format!("_form=write&_once={once}&text=%E9%B1%BC%E5%A5%BD%E5%90%83&who=%E7%8E%8B");
    for _ in 0..3 {
        let sent = appliance.post(write, &[], &form).await;
        assert_eq!((sent.status, sent.header("location")), (303, book));
    }
    assert_eq!(count("鱼好吃").await, 1, "sent three times, and counts once");
    appliance.post(write, &[], &format!("_form=write&_once={once}&text=again-other&who=")).await;
    assert_eq!(count("again-other").await, 1, "the page kept by the browser, filled anew");
    for _ in 0..2 {
        appliance.post(write, &[], "_form=write&text=no-mark").await;
    }
    assert_eq!(count("no-mark").await, 2, "without a mark each counts");
    let missing = appliance.post(write, &[], &format!("_form=write&_once={once}&who=x")).await;
    assert!(missing.status == 422 && missing.text().contains("value=\"x\""), "{}", missing.text());
    let long = "鱼".repeat(501);
    let long = appliance.post(write, &[], &format!("_form=write&text={long}")).await;
    assert!(long.status == 422 && long.text().contains("<textarea"));
    for form in ["_form=other&text=x", "_form=%00&text=x"] {
        assert_eq!(appliance.post(write, &[], form).await.status, 404, "{form}");
    }
    assert_eq!(appliance.post("/s/juhelou/products/p1", &[], "_form=write&text=x").await.status, 404);
    assert_eq!(appliance.post("/", &[], "_form=write&text=x").await.status, 404);
    assert_eq!(appliance.post("/s/nobody/guestbook/write", &[], "_form=write&text=x").await.status, 404);
    for kind in ["application/json", "multipart/form-data; boundary=x", "text/plain"] {
        let page = appliance.http("POST", write, &[("content-type", kind)], b"_form=write&text=strange").await;
        assert!(page.status == 422 && page.text().contains("没有看懂"), "{kind}");
    }
    let gbk = [("content-type", "application/x-www-form-urlencoded; charset=GBK")];
    appliance.http("POST", write, &gbk, b"_form=write&text=%D3%E3%CC%C0").await;
    assert_eq!(count("鱼汤").await, 1);
    appliance.post(write, &[], "_form=write&text=%3Cimg+src%3Dx+onerror%3Dalert(1)%3E&who=%3Cb%3E").await;
    assert_eq!((count("<img src=x").await, count("&lt;img src=x onerror").await), (0, 1));
    // A suspended company's form says so instead of taking it.
    assert_eq!(appliance.api("POST", "/api/v1/enterprises/juhelou/suspend", "").await.status, 200);
    let page = appliance.post(write, &[], "_form=write&text=late").await;
    assert!(page.status == 503 && page.text().contains("暂停服务"), "{}", page.text());
    appliance.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_never_old_and_never_anothers() {
    let appliance = Appliance::start().await;
    let page = "/s/juhelou/guestbook";
    let first = appliance.get(page, &[]).await;
    let zipped = appliance.get(page, &[("accept-encoding", "br, gzip")]).await;
    assert_eq!((first.header("content-encoding"), zipped.header("content-encoding")), ("", "gzip"));
    assert_ne!(first.header("etag"), zipped.header("etag"));
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(zipped.body.as_slice()), &mut plain).unwrap();
    assert_eq!(plain, first.body);
    assert_eq!(appliance.get(page, &[("accept-encoding", "gzip;q=0")]).await.header("content-encoding"), "");
    for name in ["vary", "cache-control", "x-content-type-options", "content-security-policy"] {
        assert!(!first.header(name).is_empty(), "{name}");
    }
    assert!(first.header("vary").starts_with("Accept, User-Agent"));
    let tag = first.header("etag").to_owned();
    let weak = format!("W/{tag}, \"other\"");
    for known in [tag.as_str(), weak.as_str(), zipped.header("etag"), "*"] {
        for method in ["GET", "HEAD"] {
            let again = appliance.http(method, page, &[("if-none-match", known)], b"").await;
            assert_eq!((again.status, again.body.len()), (304, 0), "{method} {known}");
            assert!(again.header("etag").starts_with(tag.trim_end_matches('"')) && !again.header("vary").is_empty());
            assert!(["", &first.body.len().to_string()].contains(&again.header("content-length")));
        }
    }
    let fresh = async |after: &str, tag: &str| {
        let page = appliance.get(page, &[("if-none-match", tag)]).await;
        assert_eq!(page.status, 200, "{after}");
        page
    };
    appliance.post("/s/juhelou/guestbook/write", &[], "_form=write&text=new-post").await;
    let posted = fresh("a post", &tag).await;
    assert!(posted.text().contains("new-post"));
    let changed =
        restaurant(|text| text.replace("泉城老味道", "泉城新味道").replace("title = \"留言板\"", "title = \"留言本\""));
    assert_eq!(import(&appliance, &changed).await.status, 200);
    assert!(appliance.get("/s/juhelou/", &[]).await.text().contains("泉城新味道"));
    appliance.api("POST", "/api/v1/enterprises/juhelou/suspend", "").await;
    assert_eq!(appliance.get(page, &[("if-none-match", posted.header("etag"))]).await.status, 503);
    assert!(!appliance.get("/", &[]).await.text().contains("/s/juhelou/"));
    appliance.api("POST", "/api/v1/enterprises/juhelou/resume", "").await;
    // The same place in all renderings, languages and hosts, twice: nobody gets another's.
    for _ in 0..2 {
        for (target, host, accept, kind, holds) in [
            ("/s/renxin/", "localhost", "*/*", "text/html; charset=utf-8", "lang=\"zh-CN\""),
            ("/s/renxin/?lang=en", "localhost", "*/*", "text/html; charset=utf-8", "lang=\"en\""),
            ("/", "renxin.localhost", "*/*", "text/html; charset=utf-8", "href=\"/contact\""),
            ("/", "renxin.localhost", "text/vnd.wap.wml", "text/vnd.wap.wml; charset=utf-8", "<wml"),
            ("/s/renxin/", "localhost", "text/vnd.wap.wml", "text/vnd.wap.wml; charset=utf-8", "<wml"),
            ("/s/renxin/?v=xhtml", "localhost", "*/*", "application/vnd.wap.xhtml+xml; charset=utf-8", "v=xhtml"),
            (
                "/s/renxin/?v=xhtml",
                "localhost",
                "text/html, application/xhtml+xml",
                "application/xhtml+xml; charset=utf-8",
                "v=xhtml",
            ),
            ("/", "localhost", "*/*", "text/html; charset=utf-8", "href=\"/s/renxin/\""),
        ] {
            let page = appliance.get(target, &[("host", host), ("accept", accept)]).await;
            assert_eq!((page.status, page.header("content-type")), (200, kind), "{host}{target} {accept}");
            assert!(page.text().contains(holds), "{host}{target} {accept}: {}", page.text());
        }
    }
    appliance.stop().await;
}
