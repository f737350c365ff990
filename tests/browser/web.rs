//! The web site: from the portal to a dish and back, searching, the other language, the guestbook.

use crate::stage::play;

#[tokio::test]
async fn from_the_portal_to_a_dish_and_back() {
    play(&[], async |stage| {
        let browser = &stage.browser;
        stage.open("/").await;
        assert_eq!(browser.text("h1").await, "驿站");
        browser.follow(".columns a", "餐饮美食").await;
        browser.follow(".entry-title a", "济南聚和楼饭庄").await;
        assert_eq!(browser.path().await, "/s/juhelou/");
        browser.follow("nav a", "招牌菜").await;
        assert!(browser.texts(".entry").await.len() >= 12, "a menu card of a dozen dishes");
        browser.follow(".entry-title a", "糖醋黄河鲤鱼").await;
        assert_eq!(browser.text("h1").await, "糖醋黄河鲤鱼");
        assert!(browser.text(".facts").await.contains("98"));
        let drawn = "(picture => picture.complete && picture.naturalWidth > 0)(document.querySelector('main img'))";
        browser.until(drawn, &[]).await;
        // Up by the page's own way, and back by the browser's.
        browser.send(".trail .up").await;
        assert_eq!(browser.path().await, "/s/juhelou/products");
        browser.back().await;
        assert_eq!(browser.text("h1").await, "糖醋黄河鲤鱼");
        browser.follow(".foot a", "驿站首页").await;
        assert_eq!(browser.text("h1").await, "驿站");
    })
    .await;
}

#[tokio::test]
async fn searching_finds_goods_of_every_company() {
    play(&[], async |stage| {
        let browser = &stage.browser;
        stage.open("/s/renxin/").await;
        browser.fill(".find input[type=search]", "鲤鱼").await;
        browser.send(".find button").await;
        assert_eq!(browser.text("h1").await, "搜索:鲤鱼");
        assert!(browser.texts(".entry-title").await.iter().any(|title| title.contains("糖醋黄河鲤鱼")));
        browser.fill(".find input[type=search]", "没有的东西").await;
        browser.send(".find button").await;
        assert!(browser.text(".notice").await.contains("没有的东西"));
    })
    .await;
}

#[tokio::test]
async fn the_other_language_stays_on_the_next_page() {
    play(&[], async |stage| {
        let browser = &stage.browser;
        stage.open("/").await;
        browser.follow(".tools a", "English").await;
        assert_eq!(browser.find("html").await.attr("lang").await.unwrap().as_deref(), Some("en"));
        browser.follow(".entry-title a", "济南聚和楼饭庄").await;
        assert_eq!(browser.text(".find button").await, "Search");
        browser.follow(".tools a", "中文").await;
        assert_eq!(browser.text(".find button").await, "搜索");
    })
    .await;
}

#[tokio::test]
async fn a_post_is_corrected_sent_once_and_seen() {
    // An answer that will not do is a response 422, which chromium writes down.
    play(&["guestbook/write - Failed to load resource: the server responded with a status of 422"], async |stage| {
        let browser = &stage.browser;
        stage.open("/s/juhelou/guestbook").await;
        browser.follow("main a", "写留言").await;
        // The browser takes a blank for an answer; the box does not.
        browser.fill("textarea[name=text]", " ").await;
        browser.fill("input[name=who]", "小李").await;
        browser.send("main form button").await;
        assert_eq!(browser.text(".field.wrong .why").await, "请填写留言内容");
        let focused = browser.find("textarea[name=text]").await.attr("aria-invalid").await.unwrap();
        assert_eq!(focused.as_deref(), Some("true"));
        assert_eq!(browser.find("input[name=who]").await.prop("value").await.unwrap().as_deref(), Some("小李"));

        browser.fill("textarea[name=text]", "包间还有吗?<b>六个人</b>").await;
        browser.send("main form button").await;
        assert_eq!(browser.path().await, "/s/juhelou/guestbook");
        assert_eq!(browser.text(".notice.done").await, "谢谢,留言已发布");
        assert!(browser.text(".post").await.contains("包间还有吗?<b>六个人</b>"));
        let posts = browser.texts(".post").await.len();

        browser.reload().await;
        assert_eq!(browser.texts(".notice").await, Vec::<String>::new(), "thanks are said once");
        assert_eq!(browser.texts(".post").await.len(), posts, "a reload posts nothing");
    })
    .await;
}
