//! Pages fetched from the program: on another processor or C library they are octet by octet what a box in this process
//! serves. What pages hold is asked elsewhere.

use crate::crawl::{content, converted};
use crate::garbage::well_formed;
use crate::harness::{Appliance, Reply, folder};
use crate::program::{Program, Scratch};
use yizhan::sections::ALL;

/// Without hours, which depend on the time of day, forms, of which each has a mark of its own, and what does not fit on
/// one deck, which is cut elsewhere once it is compiled.
const TARGETS: [&str; 6] =
    ["/", "/help", "/s/juhelou/products/p1", "/s/renxin/news", "/s/quanshui/products/p1", "/none"];

#[tokio::test(flavor = "multi_thread")]
async fn the_program_serves_what_the_box_in_this_process_serves() {
    let scratch = Scratch::new();
    let data = scratch.to_path_buf();
    let demo = tokio::task::spawn_blocking(move || Program::demo(&data, &[])).await.unwrap();
    let url = format!("http://{}", demo.address());
    let appliance = Appliance::with(ALL, folder(), |config| {
        config.this_box.url = url.clone();
        config.this_box.name = "驿站".to_owned();
    });
    let appliance = appliance.await;
    for target in TARGETS {
        for (choice, kind) in [
            ("web", "text/html; charset=utf-8"),
            ("xhtml", "application/vnd.wap.xhtml+xml; charset=utf-8"),
            ("wml", "text/vnd.wap.wml; charset=utf-8"),
            ("wmlc", "application/vnd.wap.wmlc"),
        ] {
            let target = format!("{target}?v={choice}");
            let (there, here) = (demo.get(&target), appliance.get(&target, &[]).await);
            assert_eq!((there.header("content-type"), there.status), (kind, here.status), "{target}");
            assert!(there.body == here.body, "{target}:\n{}\n\n{}", there.text(), here.text());
        }
        let deck = demo.get(&format!("{target}?v=wml")).text();
        well_formed(&deck).unwrap();
        well_formed(&demo.get(&format!("{target}?v=xhtml")).text()).unwrap();
        let compiled = demo.get(&format!("{target}?v=wmlc")).body;
        let xml = String::from_utf8(converted("wbxml2xml", &["-m", "2", "-k"], &compiled)).unwrap();
        // The choice goes along in links and forms, and the tool names the escaping that is meant anyway.
        let xml = xml.replace("wmlc", "wml").replace(":noesc)", ")");
        assert_eq!(content(&xml, str::to_owned), content(&deck, str::to_owned), "{target}");
    }
    for picture in pictures(&demo.get("/s/juhelou/products")) {
        let (there, here) = (demo.get(&picture), appliance.get(&picture, &[]).await);
        assert!(there.status == 200 && there.body == here.body, "{picture}");
    }
    assert_eq!(demo.get("/healthz").text(), "ok\n");
    appliance.stop().await;
    tokio::task::spawn_blocking(|| demo.end(rustix::process::Signal::TERM)).await.unwrap();
}

fn pictures(page: &Reply) -> Vec<String> {
    let page = page.text();
    let sources = page.split("src=\"/").skip(1).filter_map(|rest| rest.split('"').next());
    let pictures: Vec<String> = sources.map(|source| format!("/{source}")).collect();
    assert!(!pictures.is_empty(), "no picture:\n{page}");
    pictures
}
