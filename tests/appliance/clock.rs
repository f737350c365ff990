//! The box's clock: time that is skipped in the demo.

use std::time::Duration;

use crate::harness::{Appliance, NOON};

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_skips_time() {
    let appliance = Appliance::start().await;
    let phone = appliance.phone("+8613912345678");
    assert!(phone.asks("1001").await.contains("1."));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let skipped = appliance.post("/handset/time", &form, "advance_s=90000").await;
    assert_eq!((skipped.status, skipped.body.len()), (204, 0));
    assert_eq!(appliance.clock.now(), NOON.plus(Duration::from_secs(90_000)));
    assert_eq!(appliance.get("/handset/state", &[]).await.json()["now"], "2026-11-23T05:00:00Z");
    // The numbers of a screen are good for a day.
    assert!(phone.asks("1").await.contains("已失效"));

    for nonsense in ["", "advance_s=", "advance_s=0", "advance_s=-5", "advance_s=1.5", "advance_s=2678401", "seconds=5"]
    {
        let refused = appliance.post("/handset/time", &form, nonsense).await;
        assert_eq!((refused.status, &refused.json()["error"]["code"]), (400, &"invalid".into()), "{nonsense}");
    }
    assert_eq!(appliance.clock.now(), NOON.plus(Duration::from_secs(90_000)));
    appliance.stop().await;
}
