//! The handset page: a phone's keys, texts that come and go, and the WML browser.

use fantoccini::key::Key;

use crate::driver::Browser;
use crate::stage::play;

/// Bubbles of the box in the thread.
const THEIRS: &str = "[data-test=thread] .them";

#[tokio::test]
async fn by_text_with_the_keys_of_the_phone() {
    play(&[], async |stage| {
        let browser = &stage.browser;
        stage.open("/handset/").await;
        browser.find(".screen[data-ready][data-app=idle]").await;
        browser.click("[data-test=open-messages]").await;
        browser.find(".screen[data-app=messages]").await;
        text(browser, "你好").await;
        let menu = answer(browser, 1).await;
        assert!(menu.contains("1.餐饮美食") && menu.contains("回数字选择"), "{menu}");

        // Digits by the drawn keys, sent with the green one.
        key(browser, "1").await;
        key(browser, "green").await;
        assert!(answer(browser, 2).await.contains("济南聚和楼饭庄"));
        for digit in ["1", "0", "0", "1"] {
            key(browser, digit).await;
        }
        key(browser, "left").await;
        let site = answer(browser, 3).await;
        assert!(site.starts_with("聚和楼"), "{site}");
        // The text itself is seen once, whatever the long poll and the send brought.
        assert_eq!(browser.texts("[data-test=thread] .me").await.len(), 3);
        key(browser, "red").await;
        browser.find(".screen[data-app=idle]").await;
    })
    .await;
}

#[tokio::test]
async fn from_a_text_into_the_wml_browser_and_onto_the_web() {
    play(&[], async |stage| {
        let browser = &stage.browser;
        stage.open("/handset/").await;
        browser.find(".screen[data-ready]").await;
        browser.click("[data-test=open-messages]").await;
        text(browser, "1001").await;
        assert!(answer(browser, 1).await.contains("/s/juhelou/"));
        browser.click("[data-test=thread] .them a").await;
        browser.find(".screen[data-app=browser]").await;
        card(browser, "聚和楼").await;
        // As the air has it: compiled, and what is shown was read from those octets.
        let meter = browser.text("[data-test=meter]").await;
        let octets: String = meter.split('/').next().unwrap().chars().filter(char::is_ascii_digit).collect();
        assert!((400..=1300).contains(&octets.parse::<usize>().unwrap()) && meter.contains("1,300"), "{meter}");
        tap(browser, "留言板").await;
        card(browser, "留言板").await;
        tap(browser, "写留言").await;
        card(browser, "写留言").await;
        browser.fill(".card input[name=text]", "从手机上写的 $(x) & <b>").await;
        browser.fill(".card input[name=who]", "老周").await;
        tap(browser, "发送").await;
        card(browser, "留言板").await;
        browser.until("document.querySelector('.card').innerText.includes(arguments[0])", &["谢谢,留言已发布"]).await;

        stage.open("/s/juhelou/guestbook").await;
        assert_eq!(browser.text(".post .who").await, "老周");
        assert_eq!(browser.text(".post > p").await, "从手机上写的 $(x) & <b>");
    })
    .await;
}

#[tokio::test]
async fn the_owners_answer_comes_to_the_handset() {
    play(&[], async |stage| {
        let browser = &stage.browser;
        stage.open("/handset/").await;
        browser.find(".screen[data-ready]").await;
        browser.click("[data-test=open-messages]").await;
        for (n, said) in ["1001", "LY 明天中午有包间吗", "0"].into_iter().enumerate() {
            text(browser, said).await;
            answer(browser, n + 1).await;
        }
        let rows = stage.api("GET", "/api/v1/sites/juhelou/rows?section=guestbook&limit=100", "");
        let items = rows["items"].as_array().unwrap();
        let row =
            items.iter().find(|row| row["fields"]["text"].as_str().unwrap().contains("明天中午有包间吗")).unwrap();
        let id = row["id"].as_str().unwrap();
        stage.api("POST", &format!("/api/v1/sites/juhelou/rows/{id}/answer"), r#"{"text": "有,给您留牡丹厅。"}"#);
        assert!(answer(browser, 4).await.contains("有,给您留牡丹厅。"));
    })
    .await;
}

#[tokio::test]
async fn a_day_is_skipped() {
    play(&[], async |stage| {
        let browser = &stage.browser;
        stage.open("/handset/").await;
        browser.find(".screen[data-ready]").await;
        let before = browser.text("[data-test=now]").await;
        browser.click("[data-test=skip-day]").await;
        browser.until("document.querySelector('[data-test=now]').textContent !== arguments[0]", &[&before]).await;
        // The phone's own clock goes with the box's, and a page opened later too.
        let date = "document.querySelector('.idle .date').textContent";
        let tomorrow = "new Intl.DateTimeFormat('zh', { month: 'long', day: 'numeric', weekday: 'long' }).format(new Date(Date.now() + 864e5))";
        browser.until(&format!("{date} === {tomorrow}"), &[]).await;
        browser.reload().await;
        browser.until(&format!("{date} === {tomorrow}"), &[]).await;
    })
    .await;
}

async fn text(browser: &Browser, words: &str) {
    let draft = browser.find("[data-test=draft]").await;
    draft.send_keys(words).await.unwrap();
    draft.send_keys(&Key::Enter.to_string()).await.unwrap();
}

async fn key(browser: &Browser, name: &str) {
    browser.click(&format!(".keys [data-key=\"{name}\"]")).await;
}

/// The box's `n`th answer, counted from 1, when it has come.
async fn answer(browser: &Browser, n: usize) -> String {
    browser.until(&format!("document.querySelectorAll('{THEIRS}').length >= {n}"), &[]).await;
    browser.texts(&format!("{THEIRS} .text")).await.swap_remove(n - 1)
}

async fn card(browser: &Browser, title: &str) {
    browser.until("document.querySelector('[data-test=card-title]').textContent === arguments[0]", &[title]).await;
}

/// Taps the link or the button of the card that says this, whatever digit stands before it.
async fn tap(browser: &Browser, words: &str) {
    let found = "[...document.querySelectorAll('.card a, .card button')].find((a) => a.textContent.trim().replace(/^\\d+\\./, '') === arguments[0])";
    browser.until(found, &[words]).await;
    browser.run(&format!("{found}.click()"), vec![words.into()]).await;
}
