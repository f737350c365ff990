//! Every page on a phone of 360 pixels: nothing sticks out, every picture is drawn, nothing is missing.

use std::collections::BTreeSet;

use serde_json::json;

use crate::stage::play;

/// The width of most phones of today, in CSS pixels.
const PHONE: u32 = 360;
/// Kinds of pages of a sample site are found twice over below this; more would be the same page with other words.
const PAGES: usize = 60;

#[tokio::test]
async fn no_page_is_wider_than_a_phone() {
    play(&["/no-such-page - Failed to load", "/s/closed/ - Failed to load"], async |stage| {
        let browser = &stage.browser;
        let long = "济南市历城区柳埠街道九顶塔民俗风情文化旅游发展有限责任公司";
        for (slug, name) in [("empty", long), ("closed", "停业小店")] {
            let body = json!({ "order": slug, "name": name, "short_name": slug, "slug": slug, "industry": "service",
                "contact_phone": "053188001234", "plan": "standard" });
            stage.api("POST", "/api/v1/enterprises", &body.to_string());
        }
        stage.api("POST", "/api/v1/enterprises/closed/suspend", "{}");

        browser.screen(PHONE, 740, false).await;
        let first = [
            "/",
            "/help",
            "/search?q=%E9%B1%BC",
            "/no-such-page",
            "/s/empty/",
            "/s/closed/",
            "/handset/",
            "/console/modems",
        ];
        let mut open: Vec<String> = first.into_iter().rev().map(str::to_owned).collect();
        let mut seen: BTreeSet<String> = open.iter().cloned().collect();
        let mut looked = 0;
        while let Some(path) = open.pop().filter(|_| looked < PAGES) {
            looked += 1;
            stage.open(&path).await;
            let wide = browser.run("return document.documentElement.scrollWidth", Vec::new()).await;
            assert_eq!(wide, json!(PHONE), "{path} scrolls sideways");
            // Pictures further down come when they are near; here they come now.
            browser.run("for (const picture of document.images) picture.loading = 'eager'", Vec::new()).await;
            let drawn = "[...document.images].every((picture) => picture.complete && picture.naturalWidth > 0)";
            browser.until(drawn, &[]).await;
            for link in links(browser).await {
                if seen.len() < PAGES && seen.insert(link.clone()) {
                    open.insert(0, link);
                }
            }
        }
        assert!(looked >= 40, "only {looked} pages were found");
    })
    .await;
}

/// Where the page leads on this box, other languages and renderings left out.
async fn links(browser: &crate::driver::Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('main a, .main-menu a')]
        .filter((a) => a.origin === location.origin && !a.search && !a.hash).map((a) => a.pathname)";
    serde_json::from_value(browser.run(script, Vec::new()).await).unwrap()
}
