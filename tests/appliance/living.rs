//! The living thread: a text in, a page, a text out; and the same page by HTTP.

use crate::harness::Appliance;

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_hello_gets_the_menu() {
    let appliance = Appliance::start().await;
    let phone = appliance.phone("+8613912345678");
    let menu = phone.asks("你好").await;
    assert!(menu.contains("餐饮美食") && menu.ends_with("回数字选择 #下页"), "{menu}");
    let site = phone.asks("1001").await;
    assert!(site.starts_with("聚和楼\n"), "{site}");
    let page = appliance.get("/s/juhelou/", &[]).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("济南聚和楼饭庄"));
    appliance.stop().await;
}
