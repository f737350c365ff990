//! What the service manager is told: in this process who does not answer, and by the real program over its socket.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use sd_notify::NotifyState;
use tokio::sync::mpsc;
use yizhan::app::watchdog::{Manager, Watched};
use yizhan::app::{self, Plan, Running};
use yizhan::config::Config;
use yizhan::demo;
use yizhan::modem::pulse;
use yizhan::number::Number;
use yizhan::sim::modem::{SimModem, Trouble};
use yizhan::words::Lang;

use crate::program::{PATIENCE, Program, Scratch, run, said, yizhan};

/// So short that a test is quick: a feeding is due every 100 ms.
const LIMIT: Duration = Duration::from_millis(300);

/// A manager, and what it hears.
fn manager() -> (Manager, mpsc::Receiver<String>) {
    let (heard, hears) = mpsc::channel(1000);
    let tell = move |state: &[NotifyState<'_>]| {
        let lines: Vec<String> = state.iter().map(ToString::to_string).collect();
        let _ = heard.try_send(lines.join("\n"));
    };
    (Manager { tell: Arc::new(tell), watchdog: Some(LIMIT), language: Lang::En }, hears)
}

/// The next message that has `part` in it, and all that came before it.
async fn until(heard: &mut mpsc::Receiver<String>, part: &str) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let next = tokio::time::timeout(PATIENCE, heard.recv()).await;
        all.push(next.unwrap_or_else(|_| panic!("never {part:?}, but {all:?}")).unwrap());
        if all.last().unwrap().contains(part) {
            return all;
        }
    }
}

async fn start(data: &Scratch, modem: &SimModem, manager: Manager) -> Running {
    let mut config = Config::demo(data.to_path_buf(), "127.0.0.1:0".parse().unwrap());
    config.store.reserve = 1 << 20;
    let plan = Plan { simulated: Some(modem.clone()), manager: Some(manager), ..Plan::new(config) };
    app::start(plan).await.unwrap()
}

fn modem() -> SimModem {
    SimModem::new(Number::parse(demo::NUMBER).unwrap(), 10)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_fed_while_the_box_is_well_and_not_while_the_writer_hangs() {
    let (data, (manager, mut heard)) = (Scratch::new(), manager());
    let running = start(&data, &modem(), manager).await;
    let begun = until(&mut heard, "READY=1").await;
    assert!(begun[0].contains("STATUS=Starting"), "{begun:?}");
    assert_eq!(begun[1], "EXTEND_TIMEOUT_USEC=60000000", "{begun:?}");
    assert!(begun.last().unwrap().contains("STATUS=Running: companies 0, modems ready "), "{begun:?}");
    demo::fill(&running.store, &running.house, &yizhan::clock::Clock::machine()).await.unwrap();
    until(&mut heard, "companies 4, modems ready 1 of 1").await;
    until(&mut heard, "WATCHDOG=1").await;

    let (release, held) = std::sync::mpsc::sync_channel::<()>(1);
    let (store, (is_held, holds)) = (running.store.clone(), tokio::sync::oneshot::channel());
    let hold = tokio::spawn(async move {
        let wait = move |_: &mut yizhan::store::Tx| {
            let _ = is_held.send(());
            let _ = held.recv();
            Ok(())
        };
        store.write(wait).await
    });
    holds.await.unwrap();
    until(&mut heard, "STATUS=No answer from the store's writer").await;
    let waits = until(&mut heard, "STATUS=No answer from the store's writer").await;
    assert!(!waits.iter().any(|told| told.contains("WATCHDOG")), "fed by a box that hangs: {waits:?}");
    release.send(()).unwrap();
    hold.await.unwrap().unwrap();
    let well = until(&mut heard, "WATCHDOG=1").await;
    assert!(well.last().unwrap().contains("STATUS=Running"), "{well:?}");

    running.stop().await;
    until(&mut heard, "STOPPING=1").await;
    heard.close();
    assert!(heard.recv().await.is_none(), "nothing is said after the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_not_fed_while_one_modems_task_hangs() {
    let (data, (first, _)) = (Scratch::new(), manager());
    let running = start(&data, &modem(), first).await;
    let ((lives, mut beat), (hangs, _nobody)) = (pulse::pair(), pulse::pair());
    let living = tokio::spawn(async move { beat.during(std::future::pending::<()>()).await });
    let modems = vec![("lives".to_owned(), lives), ("hangs".to_owned(), hangs)];
    let watched = Watched { store: running.store.clone(), sms: Arc::clone(&running.sms), modems };
    let (manager, mut heard) = manager();
    let watch = tokio::spawn(manager.watch(watched));
    until(&mut heard, "READY=1").await;
    let mut waits = until(&mut heard, "STATUS=No answer from ").await;
    waits.extend(until(&mut heard, "STATUS=No answer from ").await);
    assert_eq!(waits.last().unwrap(), "STATUS=No answer from hangs");
    assert!(!waits.iter().any(|told| told.contains("WATCHDOG")), "{waits:?}");
    watch.abort();
    living.abort();
    running.stop().await;
}

/// The seconds that systemd waits for an end.
fn stop_limit() -> Duration {
    let unit = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd/yizhan.service")).unwrap();
    let line = unit.lines().find_map(|line| line.strip_prefix("TimeoutStopSec=")).unwrap();
    Duration::from_secs(line.trim_end_matches('s').parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_box_in_the_middle_of_a_message_stops_in_time() {
    let (data, modem, (manager, mut heard)) = (Scratch::new(), modem(), manager());
    let running = start(&data, &modem, manager).await;
    let mut sent = modem.sent();
    modem.trouble_next(Trouble::NoAnswer);
    assert!(modem.deliver("+8613912345678", "你好", yizhan::clock::Clock::machine().now()));
    tokio::time::timeout(PATIENCE, sent.recv()).await.expect("nothing was sent").unwrap();
    // It waits for the network's answer, up to two minutes, and the watchdog is fed all the same.
    until(&mut heard, "WATCHDOG=1").await;
    until(&mut heard, "WATCHDOG=1").await;
    let begun = Instant::now();
    running.stop().await;
    assert!(begun.elapsed() < stop_limit() / 2, "{:?}", begun.elapsed());
    // What was in doubt is known to be in doubt at the next start.
    assert!(yizhan::store::Store::open(&data, yizhan::store::Options::default()).is_ok());
}

/// A config in a folder of its own, which listens where there is room.
fn config(folder: &Path) -> String {
    let text = "[box]\nid = \"sd-jinan-01\"\ndomain = \"box.test\"\nlanguage = \"en\"\ndata = \"data\"\n[http]\nlisten = \"127.0.0.1:0\"\n[store]\nreserve_mib = 16\n";
    let file = folder.join("yizhan.toml");
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn the_program_tells_systemd() {
    let folder = Scratch::new();
    let config = config(&folder);
    let path = folder.join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let until = |part: &str| {
        let mut octets = [0; 4096];
        loop {
            let count = socket.recv(&mut octets).unwrap_or_else(|e| panic!("never {part:?}: {e}"));
            let told = String::from_utf8_lossy(&octets[..count]).into_owned();
            if told.contains(part) {
                return told;
            }
        }
    };
    let mut command = yizhan(&["serve", "--config", &config]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "300000").env_remove("WATCHDOG_PID");
    let serve = Program::start_with(command, "");
    until("EXTEND_TIMEOUT_USEC=");
    assert!(until("READY=1").contains("STATUS=Running: companies 0, modems ready 0 of 0"));
    assert!(folder.join("data/yizhan.sock").exists(), "ready means that it serves");
    until("WATCHDOG=1");
    until("WATCHDOG=1");
    serve.end(Signal::TERM);
    until("STOPPING=1");
}

#[test]
fn in_the_journal_each_line_has_its_level() {
    let folder = Scratch::new();
    let config = config(&folder);
    let journal = fs::File::create(folder.join("journal")).unwrap();
    let stream = journal.metadata().map(|m| format!("{}:{}", m.dev(), m.ino())).unwrap();
    fs::write(&config, "[box]\nid = \"Ä\"\n").unwrap();
    let args = ["serve", "--config", &config];
    let status = yizhan(&args).env("JOURNAL_STREAM", stream).stderr(journal).status().unwrap();
    let kept = fs::read_to_string(folder.join("journal")).unwrap();
    assert!(status.code() == Some(1) && kept.lines().count() == 2, "{kept}");
    assert!(kept.lines().all(|line| line.starts_with("<3>") && line.contains("box.")), "{kept}");
    // A journal that is not this program's own standard error is somebody else's.
    let elsewhere = yizhan(&args).env("JOURNAL_STREAM", "1:2").output().unwrap();
    assert!(said(&elsewhere).starts_with('/'), "{}", said(&elsewhere));
}

#[test]
fn a_start_that_fails_says_which_key_and_what_helps() {
    let folder = Scratch::new();
    let file = config(&folder);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let text = fs::read_to_string(&file).unwrap().replace("127.0.0.1:0", &address);
    fs::write(&file, text).unwrap();
    let failed = run(&["serve", "--config", &file]);
    let why = said(&failed);
    assert!(failed.status.code() == Some(1) && why.starts_with(&format!("http.listen: {address}: ")), "{why}");
    assert!(why.contains("in use") && why.contains("ss -ltnp"), "{why}");
}
