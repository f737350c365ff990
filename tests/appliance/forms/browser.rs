//! A browser of the web or of WAP 2.0 that fills a form: it knows the fields from the page alone.

use std::collections::BTreeSet;

use super::{Line, SCRIPT, script};
use crate::harness::{Appliance, Reply};
use crate::markup::{Tag, encoded, tags};

/// Everything wrong at once, then everything right.
pub async fn by_browser(appliance: &Appliance, version: &str) {
    let at = format!("/s/shop/ask/order?v={version}");
    let shown = appliance.get(&at, &[]).await.text();
    let wrong = sent(appliance, &at, &shown, |l| l.wrong.unwrap_or(l.right)).await;
    assert_eq!(wrong.status, if version == "web" { 422 } else { 200 }, "{version}");
    let wrong = wrong.text();
    let page = tags(&wrong);
    for line in SCRIPT.iter().filter(|l| l.wrong.is_some() && l.field != "table") {
        let said = match version {
            "web" => {
                page.iter().any(|t| t.value("id") == format!("field-order-{}-why", line.field) && !t.text.is_empty())
            }
            _ => label_is_followed_by(&page, line.label, "em"),
        };
        assert!(said, "{version} says nothing about {}: {wrong}", line.field);
    }
    let done = sent(appliance, &at, &wrong, |l| l.right).await;
    if version == "web" {
        assert_eq!(done.status, 303);
        let cookie = done.header("set-cookie").split(';').next().unwrap().to_owned();
        let shown = appliance.get(done.header("location"), &[("cookie", &cookie)]).await;
        assert!(shown.text().contains("已经记下"));
    } else {
        assert!(done.text().contains("已经记下"));
    }
}

/// Sends the page's form with what `say` answers to each of its fields.
pub async fn sent(appliance: &Appliance, at: &str, page: &str, say: impl Fn(&Line) -> &'static str) -> Reply {
    let page = tags(page);
    let mut pairs = hidden(&page, "order");
    let names: BTreeSet<String> = controls(&page, "order").map(|t| t.value("name")).collect();
    for name in names.iter().filter(|n| !n.starts_with('_') && !matches!(n.as_str(), "price" | "photo")) {
        let said = say(script(name));
        let options = options(&page, name);
        if options.is_empty() {
            // A browser writes a line end as CR LF.
            pairs.push((name.clone(), said.replace('\n', "\r\n")));
        }
        for label in said.split('、').filter(|l| !options.is_empty() && !l.is_empty()) {
            // What is no option can only be sent by hand.
            let value = options.iter().find(|(l, _)| l == label).map_or(label, |(_, v)| v);
            pairs.push((name.clone(), value.to_owned()));
        }
    }
    if !page.iter().any(|t| t.value("enctype") == "multipart/form-data") {
        return appliance.post(at, &[], &encoded(&pairs)).await;
    }
    let mut body: String = pairs
        .iter()
        .map(|(n, v)| format!("--xyz\r\nContent-Disposition: form-data; name=\"{n}\"\r\n\r\n{v}\r\n"))
        .collect();
    body.push_str(
        "--xyz\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n\r\n--xyz--\r\n",
    );
    appliance.http("POST", at, &[("content-type", "multipart/form-data; boundary=xyz")], body.as_bytes()).await
}

/// The tags of the form that carries this id.
pub fn controls<'a>(page: &'a [Tag], form: &str) -> impl Iterator<Item = &'a Tag> {
    let id = page.iter().position(|t| t.value("name") == "_form" && t.value("value") == form).expect("the form");
    let end = page[id..].iter().position(|t| t.name == "/form").unwrap();
    page[id..id + end]
        .iter()
        .filter(|t| matches!(t.name.as_str(), "input" | "select" | "textarea") && t.get("name").is_some())
}

pub fn hidden(page: &[Tag], form: &str) -> Vec<(String, String)> {
    let hidden = controls(page, form).filter(|t| t.value("type") == "hidden");
    hidden.map(|t| (t.value("name"), t.value("value"))).collect()
}

/// (label, value) of a field's options.
pub fn options(page: &[Tag], name: &str) -> Vec<(String, String)> {
    let choice = |t: &&Tag| matches!(t.value("type").as_str(), "radio" | "checkbox") && t.value("name") == name;
    let mut found: Vec<(String, String)> =
        page.iter().filter(choice).map(|t| (t.text.trim().to_owned(), t.value("value"))).collect();
    if let Some(at) = page.iter().position(|t| t.name == "select" && t.value("name") == name) {
        let inside = page[at..].iter().take_while(|t| t.name != "/select").filter(|t| t.name == "option");
        found.extend(inside.map(|t| (t.text.clone(), t.value("value"))));
    }
    found
}

pub fn label_is_followed_by(page: &[Tag], label: &str, name: &str) -> bool {
    let at = page.iter().position(|t| t.text.starts_with(label));
    at.is_some_and(|at| page[at + 1..].iter().take(3).any(|t| t.name == name && !t.text.is_empty()))
}
