//! The doctor, by the real program on this machine: what it finds on a box that is well and on boxes that are not, and
//! what it says to do. And the running box's account of itself, which it rests on.
//!
//! Not here: what cannot be made on a machine of others, such as a worn card or a kernel's console; the readers of those
//! files are tested beside them.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;
use tokio::net::unix::pipe;
use yizhan::number::Number;
use yizhan::sim::modem::SimModem;

use crate::command::modem_on_a_terminal;
use crate::harness::Appliance;
use crate::program::{PATIENCE, Program, Scratch, printed, run, said, yizhan};

/// A config with all that a test names, and a port that was free a moment ago.
struct Site {
    folder: Scratch,
    port: u16,
}

impl Site {
    fn new(more: &str) -> Site {
        let folder = Scratch::new();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let site = Site { folder, port };
        site.write(&site.folder.join("data"), "", more);
        site
    }

    fn write(&self, data: &Path, of_the_box: &str, more: &str) {
        let (data, port) = (data.display(), self.port);
        let text = format!(
            "[box]\nid = \"sd-jinan-01\"\ndomain = \"box.example.com\"\ndata = \"{data}\"\n{of_the_box}\n\
             [http]\nlisten = \"127.0.0.1:{port}\"\n[wap]\nconnectionless_port = 0\nsession_port = 0\n{more}\n"
        );
        fs::write(self.config(), text).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.folder.join("yizhan.toml")
    }

    /// On a Chinese terminal, with neither systemd nor a time server to ask.
    fn command(&self, more: &[&str]) -> Command {
        let config = self.config();
        let mut command = yizhan(&[&["--config", config.to_str().unwrap(), "doctor"], more].concat());
        command.env("LC_ALL", "C.UTF-8").env("PATH", self.folder.join("bin"));
        command
    }

    fn doctor(&self) -> Output {
        self.command(&[]).output().unwrap()
    }

    /// What it finds of one check, as JSON.
    fn findings(&self, check: &str) -> Vec<Value> {
        let whole: Value = serde_json::from_slice(&self.command(&["--json"]).output().unwrap().stdout).unwrap();
        whole["findings"].as_array().unwrap().iter().filter(|finding| finding["check"] == check).cloned().collect()
    }

    /// The one thing that it finds of a check.
    fn finding(&self, check: &str) -> Found {
        let [finding] = self.findings(check).try_into().unwrap_or_else(|all| panic!("{check}: {all:?}"));
        let word = |name: &str| finding[name].as_str().unwrap().to_owned();
        Found { level: word("level"), says: word("says"), help: word("help") }
    }

    fn serve(&self) -> Program {
        let program = Program::start(&["--config", self.config().to_str().unwrap(), "serve"], "");
        let begun = Instant::now();
        while self.finding("box").level != "good" {
            assert!(begun.elapsed() < PATIENCE, "{}", program.errors());
        }
        program
    }
}

struct Found {
    level: String,
    says: String,
    help: String,
}

impl Found {
    #[track_caller]
    fn is(&self, level: &str, says: &str, help: &str) {
        let Found { level: of, says: words, help: todo } = self;
        assert!(of == level && words.contains(says) && todo.contains(help), "{of}: {words}\n{todo}");
    }
}

fn this_process() -> String {
    format!("({})", std::process::id())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_that_is_well() {
    let (modem, path, _near) = modem_on_a_terminal();
    modem.set_identity("HUAWEI", "E3372");
    let site = Site::new(&format!("[[modem]]\nname = \"sim1\"\nport = \"{path}\""));
    tokio::task::spawn_blocking(move || {
        let program = site.serve();
        let begun = Instant::now();
        while site.finding("modem").level != "good" {
            assert!(begun.elapsed() < PATIENCE, "{}", program.errors());
        }
        let shown = site.doctor();
        let text = printed(&shown);
        assert_eq!((shown.status.code(), said(&shown).as_str()), (Some(0), ""), "{text}");
        assert!(text.starts_with("驿站 ") && text.lines().next().unwrap().ends_with("sd-jinan-01"), "{text}");
        for line in [
            "✓ 驿站: 在运行",
            "✓ 数据: ",
            &format!("✓ 端口: 127.0.0.1:{} 由驿站监听", site.port),
            &format!("✓ 网站: http://127.0.0.1:{}/healthz 回答正常", site.port),
            "✓ 存储: 正常",
            "✓ 短信模块 sim1: 就绪",
            "号码 +8613800001234",
            "✓ 模块收发 sim1: ",
            "发出 0,收到 0,不明 0;掉线 0 次",
            "✓ 待发短信: 0 条",
            "✓ 时钟: ",
            "✓ 内存: ",
            "有问题 0 项",
        ] {
            assert!(text.contains(line), "{line} is missing:\n{text}");
        }
        let held = run(&["--config", site.config().to_str().unwrap(), "queue", "hold"]);
        assert!(held.status.success(), "{}", said(&held));
        site.finding("queue").is("note", "已由管理员暂停,0 条在等", "yizhan queue release");
        let english = printed(&site.command(&[]).env("LC_ALL", "C").output().unwrap());
        assert!(english.contains("Queue: held back by the operator, 0 waiting"), "{english}");
        // The config was changed, and the box not restarted.
        let (was, now) = (site.folder.join("data"), site.folder.join("elsewhere"));
        fs::write(site.config(), fs::read_to_string(site.config()).unwrap().replace("/data\"", "/elsewhere\""))
            .unwrap();
        let other = site.command(&["--socket", was.join("yizhan.sock").to_str().unwrap(), "--json"]).output().unwrap();
        let says = format!("用的是 {},配置写的是 {}", was.display(), now.display());
        assert!(printed(&other).contains(&says), "{}", printed(&other));
        fs::write(site.config(), fs::read_to_string(site.config()).unwrap().replace("/elsewhere\"", "/data\""))
            .unwrap();
        // For a terminal that has ASCII only.
        let plain = printed(&site.command(&[]).env("LC_ALL", "C").output().unwrap());
        assert!(plain.is_ascii() && plain.contains("ok  Modem sim1: ready"), "{plain}");
    })
    .await
    .unwrap();
}

#[test]
fn nothing_runs_and_the_modem_is_not_there() {
    let site = Site::new("[[modem]]\nname = \"sim1\"\nport = \"/dev/serial/by-id/usb-not-there\"");
    let shown = site.doctor();
    let text = printed(&shown);
    assert_eq!(shown.status.code(), Some(1), "{text}");
    assert!(text.contains("✗ 短信模块 sim1: 没有 /dev/serial/by-id/usb-not-there\n    → "), "{text}");
    assert!(text.contains("! 驿站: 没有运行") && text.contains("systemctl start yizhan"), "{text}");
    site.finding("data").is("good", "第一次启动时建立", "");
    site.finding("port").is("good", "空闲", "");
    assert!(!site.folder.join("data").exists(), "looking changes nothing");
    site.write(&site.folder.join("data"), "", "[[modem]]\nname = \"sim1\"\nport = \"/dev/null\"");
    site.finding("modem").is("wrong", "/dev/null 不是串口", "");
    // In the box's other language.
    site.write(&site.folder.join("data"), "language = \"en\"", "");
    site.finding("box").is("note", "does not run", "start it");
    site.finding("modem").is("note", "none is configured", "");
}

#[test]
fn a_config_that_is_wrong_or_missing() {
    let site = Site::new("[http2]\n[[modem]]\nname = \"sim1\"\nport = \"ttyUSB0\"\nbaud = 1");
    let found = site.finding("config");
    found.is("wrong", "3 处错误", "modem.baud = 1");
    found.is("wrong", "yizhan.toml", "yizhan check");
    assert_eq!(found.help.lines().filter(|line| line.contains("right would be")).count(), 3, "{}", found.help);
    // What does not need it is looked at all the same.
    assert_eq!(site.findings("clock").len(), 1);
    fs::remove_file(site.config()).unwrap();
    site.finding("config").is("wrong", "读不到", "--config");
    assert_eq!(site.doctor().status.code(), Some(1));
    // A secret that nobody can read is the config's fault too.
    site.write(&site.folder.join("data"), "", "[[sendsms]]\nusername = \"erp\"\npassword_file = \"erp.secret\"");
    let secret = site.folder.join("erp.secret");
    fs::write(&secret, "short").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
    site.finding("config").is("wrong", "1 处错误", "sendsms.password_file");
}

#[test]
fn a_port_and_a_line_that_others_have() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut site = Site::new("");
    site.port = taken.local_addr().unwrap().port();
    let far = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&far).unwrap();
    unlockpt(&far).unwrap();
    let path = ptsname(&far, Vec::new()).unwrap().to_string_lossy().into_owned();
    let near = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    // By another name, as udev gives it.
    let by_id = site.folder.join("usb-modem");
    std::os::unix::fs::symlink(&path, &by_id).unwrap();
    let modem = format!("[[modem]]\nname = \"sim1\"\nport = \"{}\"", by_id.display());
    site.write(&site.folder.join("data"), "", &modem);
    site.finding("port").is("wrong", &this_process(), "http.listen");
    site.finding("modem").is("wrong", &this_process(), "kill");
    drop((taken, near));
    site.finding("port").is("good", "空闲", "");
    // Nobody has the line now, so it is asked; at its far end there is nobody.
    site.finding("modem").is("wrong", "连不上", "供电");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_modem_that_nobody_drives_is_asked() {
    let (modem, path) = modem_that_waits();
    modem.set_identity("HUAWEI", "E3372");
    let site = Site::new(&format!("[[modem]]\nname = \"sim1\"\nport = \"{path}\""));
    tokio::task::spawn_blocking(move || {
        site.finding("modem").is("good", "HUAWEI E3372", "");
        modem.set_registration(3);
        site.finding("modem").is("wrong", "拒绝这张卡", "欠费");
        modem.set_registration(2);
        site.finding("modem").is("wrong", "没有网络", "天线");
        modem.set_pin("1234");
        site.finding("modem").is("wrong", "要 PIN 码", "pin_file");
        assert_eq!(modem.pin_tries(), 0);
    })
    .await
    .unwrap();
}

/// A simulated modem on a terminal that nobody holds open; it answers whoever comes.
fn modem_that_waits() -> (SimModem, String) {
    let far = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&far).unwrap();
    unlockpt(&far).unwrap();
    rustix::fs::fcntl_setfl(&far, rustix::fs::OFlags::NONBLOCK).unwrap();
    let path = ptsname(&far, Vec::new()).unwrap().to_string_lossy().into_owned();
    let modem = SimModem::new(Number::parse("+8613800001234").unwrap(), 30);
    let served = modem.clone();
    tokio::spawn(async move {
        loop {
            let end = || far.try_clone().unwrap();
            let writer = pipe::Sender::from_owned_fd_unchecked(end()).unwrap();
            let reader = pipe::Receiver::from_owned_fd_unchecked(end()).unwrap();
            // It fails as long as nobody is at the near end, and says so by nothing else.
            let _ = served.clone().serve(tokio::io::join(reader, writer)).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    (modem, path)
}

#[test]
fn a_folder_that_the_box_may_not_use() {
    let site = Site::new("");
    let data = site.folder.join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(&*site.folder, fs::Permissions::from_mode(0o755)).unwrap();
    // Root may do everything, so somebody else looks then; from a copy, since ours may lie where he may not go.
    let program = site.folder.join("yizhan");
    fs::copy(env!("CARGO_BIN_EXE_yizhan"), &program).unwrap();
    let mut command = Command::new(&program);
    command.args(["--config", site.config().to_str().unwrap(), "doctor"]).env("LC_ALL", "C.UTF-8").env("PATH", "");
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        const NOBODY: u32 = 65_534;
        command.uid(NOBODY).gid(NOBODY);
    }
    let shown = command.output().unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    let text = printed(&shown);
    assert_eq!(shown.status.code(), Some(1), "{text}");
    assert!(text.contains(&format!("✗ 数据: {}", data.display())) && text.contains("chown -R"), "{text}");
    assert!(text.contains("! 权限: "), "{text}");
}

#[test]
fn a_folder_that_is_open_none_or_in_use() {
    let site = Site::new("");
    let data = site.folder.join("data");
    fs::create_dir(&data).unwrap();
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    site.finding("data").is("note", "任何用户都能看", "chmod -R o-rwx");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).unwrap();
    // A box on the same data that does not listen where the config says.
    let lock = fs::File::create(data.join("lock")).unwrap();
    site.finding("data").is("wrong", &this_process(), "结束");
    drop(lock);
    site.finding("data").is("good", "", "");
    // The clock was ahead when that was written, or is behind now.
    fs::create_dir(data.join("journal")).unwrap();
    let segment = fs::File::create(data.join("journal/00000000000000000001.log")).unwrap();
    let written = segment.metadata().unwrap().modified().unwrap();
    segment.set_modified(written + Duration::from_secs(3 * 3600)).unwrap();
    site.finding("clock").is("wrong", "比最新的数据", "timedatectl");
    fs::remove_dir_all(&data).unwrap();
    fs::write(&data, "").unwrap();
    site.finding("data").is("wrong", "不是文件夹", "box.data");
}

#[test]
fn a_disk_that_is_nearly_full_and_forgets() {
    let memory = Path::new("/dev/shm");
    if !memory.is_dir() {
        return;
    }
    // The largest reserve there may be is more than this has.
    let site = Site::new("");
    site.write(memory, "", "[store]\nreserve_mib = 65536");
    let found = site.findings("disk");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0]["level"] == "note" && found[0]["says"].as_str().unwrap().contains("断电全丢"), "{found:?}");
    assert!(found[1]["level"] == "wrong" && found[1]["says"].as_str().unwrap().contains("满了"), "{found:?}");
    assert!(found[1]["help"].as_str().unwrap().contains("du -xh /dev/shm"), "{found:?}");
}

#[test]
fn what_systemd_says() {
    let site = Site::new("");
    let bin = site.folder.join("bin");
    fs::create_dir(&bin).unwrap();
    let says = |sub: &str, active: &str, restarts: u32| {
        let shown = format!(
            "LoadState=loaded\\nActiveState={active}\\nSubState={sub}\\nResult=exit-code\\nNRestarts={restarts}\\nUnitFileState=enabled\\nUser=root\\n"
        );
        let script = bin.join("systemctl");
        fs::write(&script, format!("#!/bin/sh\nprintf '{shown}'\n")).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    };
    says("failed", "failed", 5);
    site.finding("unit").is("wrong", "exit-code", "journalctl");
    site.finding("box").is("wrong", "没有运行", "systemctl start");
    says("auto-restart", "activating", 7);
    site.finding("unit").is("wrong", "7 次", "reset-failed");
    says("running", "active", 2);
    site.finding("unit").is("note", "2 次", "journalctl");
    says("running", "active", 0);
    site.finding("unit").is("good", "systemd", "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_box_gives_an_account_of_itself() {
    let appliance = Appliance::start().await;
    let account = appliance.api("GET", "/api/v1/box", "").await.json();
    assert_eq!(account["version"], env!("CARGO_PKG_VERSION"), "{account}");
    assert_eq!(account["pid"], std::process::id(), "{account}");
    assert_eq!(account["store"]["sequence"], appliance.running.store.sequence(), "{account}");
    assert_eq!(account["store"]["is_full"], false, "{account}");
    assert!(account["memory"]["resident_octets"].as_u64().is_some_and(|octets| octets > 1 << 20), "{account}");
    assert_eq!(account["modems"][0]["state"], "ready", "{account}");
    assert_eq!(account["queue"]["oldest"], Value::Null, "{account}");
    // What waits, and for how long.
    appliance.modem.unplug();
    let message = r#"{"to": "+8613912345678", "text": "later"}"#;
    assert_eq!(appliance.api("POST", "/api/v1/messages", message).await.status, 202);
    appliance.clock.advance(Duration::from_secs(90));
    let account = appliance.api("GET", "/api/v1/box", "").await.json();
    assert_eq!((&account["queue"]["waiting"], &account["queue"]["oldest_age_s"]), (&1.into(), &90.into()), "{account}");
    assert!(account["uptime_s"].as_u64().is_some_and(|up| up < 90), "not by a clock that was set: {account}");
    // It is for those who may ask.
    assert_eq!(appliance.get("/api/v1/box", &[]).await.status, 401);
    appliance.stop().await;
}
