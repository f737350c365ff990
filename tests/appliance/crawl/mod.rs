//! From the portal's front page along every link, on every channel: the places found are the same, and no page of them
//! breaks a limit, leads nowhere, or leaves its visitor without a way back.

mod texts;
mod xhtml;

use std::collections::{BTreeSet, VecDeque};
use std::path::Path as File;
use std::process::{Command, Stdio};
use std::sync::Arc;

use yizhan::message::{Request, decoded};
use yizhan::page::fit::Mark;
use yizhan::page::links::Links;
use yizhan::page::wml::{self, Budget, Version};
use yizhan::page::{Lang, Path};
use yizhan::sites::{self, House, Visit, Visitor, enterprise, files};
use yizhan::store::Store;
use yizhan::wap::bound::bound;
use yizhan::wap::wbxml;

use yizhan::web::public::Public;

use crate::decks::by_kannel;
use crate::harness::{Appliance, NOON, folder};
use crate::markup::{Tag, substituted, tags};
use crate::rules::wrong_in;
use texts::by_text;

/// What is searched for on every channel: some sample company has it.
const SOUGHT: &str = "鱼";
const DECK_OCTETS: usize = 1300;
/// More than the sample companies have by far: links that never end.
const PAGES_MAX: usize = 3000;

/// `juhelou/menu/p1`; the portal's begin with a slash.
type Places = BTreeSet<String>;

#[tokio::test(flavor = "multi_thread")]
async fn every_place_is_on_every_channel() {
    let appliance = Appliance::start().await;
    tokio::task::block_in_place(|| open_hostile(&appliance));
    let running = &appliance.running;
    let crawl = |version: &'static str| tokio::spawn(crawl(Arc::clone(&running.public), version));
    let (web, xhtml, wml) = (crawl("web"), crawl("xhtml"), crawl("wml"));
    let (store, house) = (running.store.clone(), Arc::clone(&running.house));
    let sms = tokio::task::spawn_blocking(move || by_text(&store, house));
    let (web, xhtml, wml, sms) = (web.await.unwrap(), xhtml.await.unwrap(), wml.await.unwrap(), sms.await.unwrap());
    assert!(web.0.len() > 80, "only {:?}", web.0);
    for (channel, found) in [("XHTML-MP", &xhtml.0), ("WML", &wml.0), ("SMS", &sms)] {
        let missing: Vec<_> = web.0.difference(found).collect();
        let more: Vec<_> = found.difference(&web.0).collect();
        assert!(missing.is_empty() && more.is_empty(), "{channel} lacks {missing:?}, the web lacks {more:?}");
    }
    let (house, store) = (Arc::clone(&running.house), running.store.clone());
    let public = Arc::clone(&running.public);
    for (target, served) in &wml.1 {
        let compiled = fetch(&public, &target.replace("v=wml", "v=wmlc")).await;
        check_deck(&house, &store, target, served, &compiled);
    }
    let xhtml = [xhtml.1, others(&appliance).await].concat();
    let wrong = xhtml::wrong_in(&xhtml);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (target, page) in xhtml.iter().chain(&wml.1) {
        check_for_fingers(target, page);
    }
    appliance.stop().await;
}

/// The pages of XHTML-MP that no link leads to: what went wrong, what comes after a form, and the other language.
async fn others(appliance: &Appliance) -> Vec<(String, String)> {
    let long = format!("/{}?v=xhtml", "x".repeat(3000));
    let (write, text) = ("/s/odd/guestbook/write?v=xhtml", format!("_form=write&text={}", "鱼".repeat(600)));
    let mut pages = Vec::new();
    for (method, target, host, body, status) in [
        ("GET", "/nothing?v=xhtml", "localhost", "", 404),
        ("GET", "/s/nobody/?v=xhtml", "localhost", "", 404),
        ("GET", "/s/odd/products/gone?v=xhtml", "localhost", "", 410),
        ("GET", "/?v=xhtml", "no.such.example", "", 404),
        ("GET", "/?v=xhtml&at=999.0.0", "localhost", "", 200),
        ("GET", "/search?q=%00%3Cnothing%3E&v=xhtml", "localhost", "", 200),
        ("GET", &long, "localhost", "", 414),
        ("PUT", "/?v=xhtml", "localhost", "", 405),
        ("POST", "/nothing?v=xhtml", "localhost", "_form=x", 404),
        ("POST", write, "localhost", "_form=write&text=", 200),
        ("POST", write, "localhost", &text, 200),
        ("POST", write, "localhost", "_form=write&text=%3Cb%3E%26%22%27", 200),
        ("GET", "/?v=xhtml&lang=en", "localhost", "", 200),
        ("GET", "/s/juhelou/?v=xhtml&lang=en", "localhost", "", 200),
        ("GET", "/s/juhelou/guestbook/write?lang=en", "wap.localhost", "", 200),
    ] {
        let headers = [("host", host), ("content-type", "application/x-www-form-urlencoded")];
        let page = appliance.http(method, target, &headers, body.as_bytes()).await;
        assert_eq!(page.status, status, "{method} {target} {body}");
        pages.push((format!("{method} {target} {body}"), page.text()));
    }
    pages
}

/// A key leads to one place, and a number can be dialled.
fn check_for_fingers(target: &str, page: &str) {
    let mut keys = BTreeSet::new();
    for tag in tags(page) {
        if let Some(key) = tag.get("accesskey") {
            let is_on_a_phone = key.len() == 1 && "0123456789*#".contains(key);
            assert!(is_on_a_phone && keys.insert(key.to_owned()), "{target}: {key:?} in {page}");
        }
        let address = tag.value("href");
        for scheme in ["tel:", "wtai://wp/mc;", "wtai:"] {
            let Some(number) = address.strip_prefix(scheme) else { continue };
            let digits = number.strip_prefix('+').unwrap_or(number);
            assert!(digits.len() > 2 && digits.bytes().all(|b| b.is_ascii_digit()), "{target}: {address}");
            break;
        }
        assert_eq!(address.starts_with("wtai:"), address.starts_with("wtai://wp/mc;"), "{target}: {address}");
    }
}

/// A company whose owner and visitors write what breaks markup, decks and screens elsewhere.
fn open_hostile(appliance: &Appliance) {
    const WORDS: &str = "<script>&\"'$(x)$$]]>-->😀%00&#0;{{ 7 }}";
    let mut site = String::from("[enterprise]\nslug = \"odd\"\ncode = \"9001\"\nindustry = \"other\"\n");
    let text = |field: &str, chars: usize| {
        let long: String = WORDS.chars().chain("鱼".repeat(chars).chars()).take(chars).collect();
        format!("{field} = '\u{27}\u{27}{long}\u{27}\u{27}'\n")
    };
    site += &[text("name", 40), text("short_name", 12), text("slogan", 60), text("address", 80)].concat();
    let items = |fields: &dyn Fn() -> String| -> String {
        (1..=35).map(|n| format!("[[section.item]]\nid = \"p{n}\"\n{}", fields())).collect()
    };
    let section = |kind: &str| format!("[[section]]\nid = \"{kind}\"\nkind = \"{kind}\"\n{}", text("title", 12));
    site += &section("profile");
    site += &format!("[section.content]\n{}{}", text("lead", 70), text("body", 3000));
    site += &section("news");
    site += &items(&|| format!("date = \"2026-11-20\"\n{}{}", text("title", 60), text("body", 900)));
    site += &section("products");
    site += &items(&|| {
        let words = [("title", 30), ("category", 12), ("unit", 8), ("line", 60), ("tag", 6), ("body", 400)];
        format!("price = \"8.5\"\n{}", words.map(|(field, chars)| text(field, chars)).concat())
    });
    site += &section("guestbook");
    site += &format!("[section.content]\n{}", text("welcome", 80));
    site += &(0..35).map(|_| format!("[[section.row]]\n{}{}", text("who", 20), text("text", 500))).collect::<String>();
    let house = &appliance.running.house;
    let import = files::read(&[("site.toml".to_owned(), site.into())].into(), house.kinds, house.lang).unwrap();
    files::write(&appliance.running.store, import, NOON, "test", house.lang).unwrap();
}

// HTML, XHTML-MP and WML.

/// The places of one rendering, and every address that was fetched for them with its page.
async fn crawl(public: Arc<Public>, version: &'static str) -> (Places, Vec<(String, String)>) {
    let mut next = VecDeque::from([format!("/?v={version}")]);
    let (mut seen, mut places, mut fetched) = (BTreeSet::new(), Places::new(), Vec::new());
    while let Some(target) = next.pop_front() {
        if !seen.insert(target.clone()) {
            continue;
        }
        assert!(seen.len() < PAGES_MAX, "{version}: links without end");
        let page = String::from_utf8(fetch(&public, &target).await).unwrap();
        let tags = tags(&page);
        let here = place(&target);
        places.insert(here.clone());
        let found = targets(&tags, version);
        check(&public.store, &tags, &page, &here, version, &found);
        next.extend(found);
        fetched.push((target, page));
    }
    (places, fetched)
}

async fn fetch(public: &Public, target: &str) -> Vec<u8> {
    let request = Request {
        method: "GET".to_owned(),
        target: target.to_owned(),
        headers: vec![("host".to_owned(), "localhost".to_owned())],
        ..Request::default()
    };
    let response = public.answer(&request).await;
    assert_eq!(response.status, 200, "{target} is linked");
    response.body.to_vec()
}

/// Where the page's links and search boxes lead, in the same rendering and language.
pub fn targets(tags: &[Tag], version: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, tag) in tags.iter().enumerate() {
        let address = match tag.name.as_str() {
            "a" | "go" => tag.get("href"),
            "form" => tag.get("action"),
            _ => None,
        };
        let Some(address) = address.filter(|a| a.starts_with('/')) else { continue };
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        // What is sent with POST is a place too, and looking at it is GET.
        let asks = tag.name == "form" || tag.get("method") == Some("post");
        let searches = asks && tag.get("method") == Some("get")
            || tag.name == "go" && tags[at + 1..].iter().take(3).any(|t| t.value("name") == "q");
        if searches {
            found.push(format!("{path}?q={SOUGHT}&v={version}"));
        } else if query.split('&').any(|pair| pair == format!("v={version}")) && !query.contains("lang=") {
            found.push(address.to_owned());
        } else {
            assert!(query.contains("v=") || query.contains("lang="), "{address} forgets {version}");
        }
    }
    found
}

fn place(target: &str) -> String {
    let path = decoded(target.split('?').next().unwrap(), false);
    let path = path.trim_end_matches('/');
    let path = path.strip_prefix("/s/").map_or_else(|| format!("/{}", path.trim_start_matches('/')), str::to_owned);
    if path.starts_with("/search") { "/search".to_owned() } else { path }
}

/// The places from which one comes down to this: its section, its site, the portal.
fn above(place: &str) -> Vec<String> {
    let mut above: Vec<String> = place.match_indices('/').map(|(at, _)| place[..at].to_owned()).collect();
    above.push("/".to_owned());
    above.retain(|a| !a.is_empty());
    above
}

fn check(store: &Store, tags: &[Tag], page: &str, here: &str, version: &str, found: &[String]) {
    if here != "/" {
        let up = above(here);
        assert!(found.iter().any(|t| up.contains(&place(t))), "no way back from {here} on {version}");
    }
    let code = match here.split_once('/').map_or(here, |(slug, _)| slug) {
        "" => String::new(),
        slug => enterprise::enterprise(store, slug).unwrap().code,
    };
    let texts = |t: &Tag| t.name == "a" && t.value("href").starts_with(&format!("sms:+8613800138000?body={code}"));
    assert!(tags.iter().any(texts), "{here} on {version} does not say which word to text: {page}");
    if version != "web" {
        return;
    }
    assert_eq!(tags.iter().filter(|t| t.name == "h1").count(), 1, "{here}");
    assert!(tags.iter().all(|t| t.name != "img" || t.get("alt").is_some()), "{here}: a picture without words");
    let labels: BTreeSet<&str> = tags.iter().filter(|t| t.name == "label").filter_map(|t| t.get("for")).collect();
    let mut in_label = false;
    for tag in tags {
        match tag.name.as_str() {
            "label" => in_label = true,
            "/label" => in_label = false,
            "input" | "select" | "textarea" if tag.value("type") != "hidden" => {
                let named = tag.get("id").is_some_and(|id| labels.contains(id)) || tag.get("aria-label").is_some();
                assert!(named || in_label, "{here}: {tag:?} has no label");
            }
            _ => {}
        }
    }
}

/// One deck as it is served against Debian's compiler and its counterpart.
fn check_deck(house: &House, store: &Store, target: &str, served: &str, compiled: &[u8]) {
    let (path, query) = target.split_once('?').unwrap();
    let query: Vec<(String, String)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(n, v)| (n.to_owned(), decoded(v, false)))
        .collect();
    let get = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let at = decoded(path, false);
    let at = at.trim_matches('/');
    let to = match at.strip_prefix("s/") {
        Some(rest) => rest.split_once('/').map_or(Path::site(rest, ""), |(slug, at)| Path::site(slug, at)),
        None => Path::portal(at),
    };
    let who = Visitor::default();
    let page = sites::visit(house, store, &Visit { to: &to, query: &query, who: &who, lang: Lang::Zh, now: NOON });
    let from: Mark = get("at").map_or_else(Mark::default, |mark| mark.parse().unwrap());
    let budget = Budget { max: DECK_OCTETS, cost: &bound, version: Version::default() };
    let once = |octets: &[u8], before: &[u8]| {
        let at = octets.windows(before.len()).position(|w| w == before).map(|at| at + before.len());
        at.map_or(String::new(), |at| String::from_utf8(octets[at..at + 32].to_vec()).unwrap())
    };
    let ways = || vec!["web", "xhtml", "wml"];
    let links = |v: &str, once| Links { carry: Some(format!("v={v}")), once, ways: ways(), ..Links::default() };
    let plain_links = links("wml", once(served.as_bytes(), b"name=\"_once\" value=\""));
    let deck = wml::deck(&page, from, None, &plain_links, &budget);
    assert_eq!(deck.xml(), served, "{target}");
    assert!(wrong_in(served).is_empty(), "{target}: {:?} in {served}", wrong_in(served));
    let bound = bound(&deck);
    assert!(bound <= DECK_OCTETS, "{target}: up to {bound} octets");
    for options in [&[][..], &["-n"][..], &["-k"][..]] {
        let theirs = converted("xml2wbxml", options, served.as_bytes()).len();
        assert!(theirs <= bound, "{target}: {theirs} octets by xml2wbxml {options:?}, bound {bound}");
    }
    let theirs = by_kannel(served.as_bytes()).len();
    assert!(theirs <= bound, "{target}: {theirs} octets by Kannel, bound {bound}");
    // It holds more.
    let budget = Budget { max: DECK_OCTETS, cost: &wbxml::size, version: Version::default() };
    let compiled_links = links("wmlc", once(compiled, b"_once\0\x4D\x03"));
    let deck = wml::deck(&page, from, None, &compiled_links, &budget);
    assert!(wbxml::compile(&deck) == compiled && compiled.len() <= DECK_OCTETS, "{target}");
    let xml = String::from_utf8(converted("wbxml2xml", &["-m", "2", "-k"], compiled)).unwrap();
    assert_eq!(
        content(&xml, |text| text.replace(":noesc)", ")")),
        content(&deck.xml(), |text| substituted(text, |name| format!("$({name})")))
    );
}

/// The tags with their text and the values that a compiler must keep.
pub fn content(xml: &str, text: impl Fn(&str) -> String) -> Vec<[String; 4]> {
    let shown = |t: &Tag| {
        [
            t.name.clone(),
            text(&t.text).trim().to_owned(),
            t.value("href"),
            text(&t.value("value")) + &t.value("newcontext"),
        ]
    };
    tags(xml)
        .iter()
        .map(shown)
        .filter(|[_, text, href, value]| !(text.is_empty() && href.is_empty() && value.is_empty()))
        .collect()
}

/// What a tool of Debian's libwbxml2-utils makes of it.
pub fn converted(tool: &str, options: &[&str], input: &[u8]) -> Vec<u8> {
    let folder = folder();
    let (from, to) = (folder.join("from"), folder.join("to"));
    std::fs::write(&from, input).unwrap();
    let ran = Command::new(tool).args(options).arg("-o").arg(&to).arg(&from).stdout(Stdio::null()).output();
    let ran = ran.unwrap_or_else(|e| panic!("{tool}: {e}; apt-get install libwbxml2-utils"));
    let made = std::fs::read(&to).unwrap_or_default();
    assert!(!made.is_empty(), "{tool}: {}", String::from_utf8_lossy(&ran.stderr));
    remove(&folder);
    made
}

fn remove(folder: &File) {
    std::fs::remove_dir_all(folder).unwrap();
}
