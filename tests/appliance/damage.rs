//! What a box lives through besides users: its view is damaged, its journal rots, its disk is another one.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::harness::{Appliance, data, folder};
use crate::program::{Program, Scratch, printed, run, said};
use yizhan::sections::ALL;

/// sled's file of the view in use.
fn db(data: &Path) -> std::path::PathBuf {
    let current = fs::read_to_string(data.join("view/current")).unwrap();
    data.join("view").join(current.trim_end()).join("db")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_view_is_made_anew_and_told_on_the_front_page() {
    // A port of its own would be in the texts.
    let start = |data| Appliance::with(ALL, data, |config| config.this_box.url = "http://yz.example".to_owned());
    let appliance = start(folder()).await;
    let phone = appliance.phone("+8613912345678");
    let site = phone.asks("1001").await;
    let data = appliance.halt().await;
    let path = db(&data);
    let length = fs::metadata(&path).unwrap().len();
    fs::OpenOptions::new().write(true).open(&path).unwrap().write_all_at(&vec![0x5A; length as usize], 0).unwrap();

    let appliance = start(data).await;
    // The same words at the same second would be the text that was answered before.
    appliance.clock.advance(Duration::from_secs(60));
    let front = appliance.get("/", &[]).await.text();
    assert!(front.contains("内容完整"), "{front} {:?}", appliance.running.store.incidents());
    assert!(appliance.get("/?v=wml", &[]).await.text().contains("内容完整"));
    assert!(appliance.get("/s/juhelou/", &[]).await.text().contains("济南聚和楼饭庄"));
    let phone = appliance.phone("+8613912345678");
    assert_eq!(phone.asks("1001").await, site);
    let menu = phone.asks("00").await;
    assert!(menu.contains("已自动修复") && menu.contains("餐饮美食"), "{menu}");
    appliance.clock.advance(Duration::from_secs(90_000));
    assert!(!appliance.get("/", &[]).await.text().contains("内容完整"), "told for a day");
    appliance.stop().await;
}

/// The octets that the first program wrote, with records whose layout has changed since.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_first_program_wrote_is_read() {
    let folder = folder();
    fs::create_dir(folder.join("journal")).unwrap();
    fs::copy(data("store/first/journal.log"), folder.join(format!("journal/{:020}.log", 1))).unwrap();
    fs::copy(data("store/first/epoch"), folder.join("epoch")).unwrap();
    let appliance = Appliance::empty(ALL, folder, |_| {}).await;
    assert!(appliance.get("/s/juhelou/", &[]).await.text().contains("济南聚和楼饭庄"));
    let inbox = appliance.api("GET", "/api/v1/inbox", "").await.json();
    let texts: Vec<&str> = inbox["items"].as_array().unwrap().iter().map(|row| row["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["1001", "2", "LY"]);
    let again = r#"{"to":"+8613900000001","text":"old","key":"k1"}"#;
    assert_eq!(appliance.api("POST", "/api/v1/messages", again).await.json()["id"], "4", "its key is known");
    // The sweep reads every record there is.
    let mut swept = appliance.running.swept.clone();
    appliance.clock.advance(Duration::from_secs(700));
    let done = *swept.wait_for(|done| done.runs > 0).await.unwrap();
    assert_eq!(done.failed, 0);
    assert_eq!(appliance.running.store.incidents().unwrap().len(), 1, "that there was no view");
    appliance.stop().await;
}

fn config(folder: &Path, id: &str) -> String {
    let text = format!(
        "[box]\nid = \"{id}\"\ndomain = \"localhost\"\ndata = \"data\"\n[http]\nlisten = \"127.0.0.1:0\"\n\
         [store]\nreserve_mib = 16\n"
    );
    fs::create_dir_all(folder).unwrap();
    let path = folder.join("yizhan.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_backup_of_a_running_box_makes_another_box() {
    let scratch = Scratch::new();
    let data = scratch.join("data");
    let demo = Program::demo(&data, &[]);
    let posted = demo.post("/handset/send", r#"{"phone":"+8613912345678","text":"1001"}"#);
    assert!(posted.status < 400, "{}", posted.text());
    let file = scratch.join("box.tar");
    let (socket, file) = (data.join("yizhan.sock"), file.to_str().unwrap());
    let backup = run(&["backup", file, "--socket", socket.to_str().unwrap()]);
    assert!(backup.status.success(), "{}", said(&backup));
    assert!(printed(&backup).contains("octets, box demo, up to commit"), "{}", printed(&backup));
    let denied = demo.get("/api/v1/backup");
    assert_eq!(denied.status, 401, "not over the network");
    demo.end(Signal::TERM);

    let (wrong, other) = (scratch.join("cut.tar"), config(&scratch.join("other"), "other"));
    fs::write(&wrong, &fs::read(file).unwrap()[..100_000]).unwrap();
    let refused = run(&["restore", wrong.to_str().unwrap(), "--config", &other]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("cut.tar: it"), "{}", said(&refused));
    let restored = run(&["restore", file, "--config", &other]);
    assert!(restored.status.success(), "{}", said(&restored));
    assert!(printed(&restored).contains("set [box] id = \"demo\""), "{}", printed(&restored));

    let again = scratch.join("again.tar");
    let offline = run(&["backup", again.to_str().unwrap(), "--config", &other]);
    assert!(offline.status.success(), "without a running box: {}", said(&offline));
    let data = scratch.join("other/data");
    let demo = Program::demo(&data, &[]);
    assert!(demo.get("/s/juhelou/").text().contains("济南聚和楼饭庄"));
    assert!(demo.get("/").text().contains("已从备份恢复"));
    let busy = run(&["restore", file, "--config", &other]);
    assert!(said(&busy).contains("stop the box first"), "{}", said(&busy));
    demo.end(Signal::TERM);
    let over = run(&["restore", file, "--config", &other]);
    assert!(printed(&over).contains("before-restore"), "{} {}", printed(&over), said(&over));
}
