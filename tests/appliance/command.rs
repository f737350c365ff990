//! The command line, by the real program: what it prints, how it ends, and what it says when it cannot.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use yizhan::clock::Clock;
use yizhan::number::Number;
use yizhan::sim::modem::SimModem;

use crate::line::Line;
use crate::program::{PATIENCE, Program, Scratch, printed, run, said, terminal, yizhan};

/// The files below a folder by name.
fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(files_in(&path).into_iter().map(|(inner, octets)| (format!("{name}/{inner}"), octets)));
        } else {
            files.insert(name, fs::read(&path).unwrap());
        }
    }
    files
}

#[test]
fn the_demo_greets_answers_and_ends() {
    let demo = Program::start(&["demo", "--listen", "127.0.0.1:0"], "Ctrl-C ends it.");
    let greeting = demo.greeting.clone();
    let base = format!("http://{}", demo.address());
    for part in [
        format!("{base}/\n"),
        format!("{base}/?v=wml"),
        format!("{base}/handset/  (modem: simulated)"),
        format!("http://juhelou.localhost:{}/", demo.address().rsplit(':').next().unwrap()),
        "短信代码 济南聚和楼饭庄".to_owned(),
        "▀".to_owned(),
    ] {
        assert!(greeting.contains(&part), "{part:?} is missing:\n{greeting}");
    }
    assert!(demo.get("/").text().contains("驿站"));
    assert_eq!(demo.get("/s/renxin/?v=wml").header("content-type"), "text/vnd.wap.wml; charset=utf-8");
    assert_eq!(demo.get("/handset/").status, 200);
    assert_eq!(demo.get("/handset").header("location"), "/handset/");
    let data = PathBuf::from(greeting.split_once("Data     ").unwrap().1.lines().next().unwrap());
    assert!(data.join("yizhan.sock").exists(), "{}", data.display());
    // A handset page that waits does not hold it up.
    let mut waits = TcpStream::connect(demo.address()).unwrap();
    write!(waits, "GET /handset/messages?phone=x HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    demo.end(Signal::TERM);
    assert!(!data.exists(), "its own folder ends with it");
}

#[test]
fn a_second_start_keeps_what_was_edited() {
    let data = Scratch::new();
    let socket = data.join("yizhan.sock");
    let socket = socket.to_str().unwrap();
    let demo = Program::demo(&data, &[]);
    assert_eq!(demo.post("/s/juhelou/guestbook/write", "_form=write&text=kept-post").status, 303);
    // The owner's edit.
    let site = Scratch::new();
    let exported = run(&["--socket", socket, "export", "juhelou", site.to_str().unwrap()]);
    assert!(exported.status.success(), "{}", said(&exported));
    let text = fs::read_to_string(site.join("site.toml")).unwrap().replace("泉城老味道", "泉城新味道");
    fs::write(site.join("site.toml"), text).unwrap();
    let imported = run(&["--socket", socket, "import", site.to_str().unwrap()]);
    assert!(imported.status.success() && printed(&imported).starts_with("juhelou 1001 http://"), "{}", said(&imported));
    // While it runs: the same data, and the same port.
    let second = run(&["demo", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()]);
    assert_eq!(second.status.code(), Some(1));
    assert!(said(&second).contains("another process has the data directory"), "{}", said(&second));
    let temporary = Scratch::new();
    let second = yizhan(&["demo", "--listen", demo.address()]).env("TMPDIR", &*temporary).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(said(&second).contains(demo.address()) && said(&second).contains("in use"), "{}", said(&second));
    assert_eq!(fs::read_dir(&*temporary).unwrap().count(), 0, "what did not start leaves nothing");
    assert_eq!(demo.get("/s/juhelou/").status, 200, "the first runs on");
    demo.end(Signal::INT);
    let refused = run(&["--socket", socket, "enterprise", "list"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(said(&refused).contains("is the box running?"), "{}", said(&refused));
    let again = Program::demo(&data, &[]);
    assert!(again.get("/s/juhelou/").text().contains("泉城新味道"));
    assert!(again.get("/s/juhelou/guestbook").text().contains("kept-post"));
    again.end(Signal::TERM);
}

#[test]
fn check_says_everything_at_once() {
    let folder = Scratch::new();
    let file = folder.join("yizhan.toml");
    let path = file.to_str().unwrap();
    fs::write(&file, "[box]\nid = \"sd-jinan-01\"\ndomain = \"box.test\"\n").unwrap();
    let good = run(&["check", "--config", path]);
    assert!(good.status.success() && printed(&good).contains("sd-jinan-01") && said(&good).is_empty());
    let shipped = run(&["check", "--config", concat!(env!("CARGO_MANIFEST_DIR"), "/firmware-config/yizhan.toml")]);
    assert!(shipped.status.success(), "{}", said(&shipped));
    let bad = "[box]\nid = \"Ä\"\ndomain = \"box.test\"\nlanguage = \"fr\"\n[http]\nlisten = \"nowhere\"\nconections = 5\n[sms]\nsegments = 99\n";
    fs::write(&file, bad).unwrap();
    let found = run(&["check", "--config", path]);
    assert_eq!((found.status.code(), printed(&found).as_str()), (Some(1), ""));
    for (line, key) in
        [(2, "box.id"), (4, "box.language"), (6, "http.listen"), (7, "http.conections"), (9, "sms.segments")]
    {
        assert!(said(&found).contains(&format!("{path}:{line}: {key}")), "{line} {key}: {}", said(&found));
    }
    assert_eq!(said(&found).lines().count(), 5, "{}", said(&found));
    let serve = run(&["serve", "--config", path]);
    assert_eq!((serve.status.code(), said(&serve)), (Some(1), said(&found)), "serve says the same");
    let missing = run(&["check", "--config", "/nonexistent/yizhan.toml"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(said(&missing).contains("/nonexistent/yizhan.toml"));
    for (text, why) in [("[box\n", ":1:"), ("\u{0}", ":1:")] {
        fs::write(&file, text).unwrap();
        let found = run(&["check", "--config", path]);
        assert!(found.status.code() == Some(1) && said(&found).contains(why), "{text:?}: {}", said(&found));
    }
    for usage in [
        &[][..],
        &["frobnicate"],
        &["demo", "--listen", "somewhere"],
        &["demo", "--wap-ports", "9200"],
        &["enterprise"],
        &["enterprise", "open", "--name", "x"],
        &["export", "juhelou"],
        &["import"],
        &["check", "--colour"],
    ] {
        let wrong = run(usage);
        assert!(wrong.status.code() == Some(2) && said(&wrong).contains("--help"), "{usage:?}: {}", said(&wrong));
    }
    for (asked, answer) in [
        (&["--help"][..], "enterprise"),
        (&["--version"], concat!("yizhan ", env!("CARGO_PKG_VERSION"), "\n")),
        (&["demo", "--help"], "--modem"),
    ] {
        let told = run(asked);
        assert!(told.status.success() && printed(&told).contains(answer), "{asked:?}: {}", printed(&told));
    }
}

#[test]
fn a_box_from_a_config_file_and_its_commands() {
    let folder = Scratch::new();
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let text = format!(
        "[box]\nid = \"sd-jinan-01\"\ndomain = \"box.test\"\nurl = \"http://{listen}\"\ndata = \"data\"\n[http]\nlisten = \"{listen}\"\n[store]\nreserve_mib = 16\n"
    );
    let file = folder.join("yizhan.toml");
    fs::write(&file, text).unwrap();
    let config = file.to_str().unwrap();
    let with = |args: &[&str]| run(&[&["--config", config], args].concat());
    let not_yet = with(&["enterprise", "list"]);
    assert!(not_yet.status.code() == Some(1) && said(&not_yet).contains("is the box running?"), "{}", said(&not_yet));
    let serve = Program::start(&["--config", config, "serve"], "");
    let socket = folder.join("data/yizhan.sock");
    let begun = Instant::now();
    while UnixStream::connect(&socket).is_err() {
        assert!(begun.elapsed() < PATIENCE, "{}", serve.errors());
        std::thread::sleep(Duration::from_millis(20));
    }
    let open =
        ["enterprise", "open", "--name", "济南老茶馆", "--slug", "tea", "--industry", "retail", "--order", "A-1"];
    for _ in 0..2 {
        let made = with(&open);
        assert_eq!((made.status.code(), printed(&made).as_str()), (Some(0), "tea 1001\n"), "{}", said(&made));
    }
    let taken = with(&["enterprise", "open", "--name", "x", "--slug", "tea", "--industry", "retail"]);
    assert!(taken.status.code() == Some(1) && said(&taken).contains("slug tea is taken"), "{}", said(&taken));
    let reserved = with(&["enterprise", "open", "--name", "x", "--slug", "www", "--industry", "retail"]);
    assert!(reserved.status.code() == Some(1) && said(&reserved) == "slug: www is reserved\n", "{}", said(&reserved));
    for (verb, state) in [("suspend", "suspended"), ("resume", "open"), ("close", "closed")] {
        let done = with(&["enterprise", verb, "tea"]);
        assert_eq!((done.status.code(), printed(&done)), (Some(0), format!("tea {state}\n")));
        assert!(printed(&with(&["enterprise", "list"])).contains(&format!("tea\t1001\t{state}\tretail\t济南老茶馆")));
    }
    let closed = with(&["enterprise", "resume", "tea"]);
    assert!(closed.status.code() == Some(1) && said(&closed).contains("tea is closed"), "{}", said(&closed));
    assert_eq!(with(&["enterprise", "suspend", "nobody"]).status.code(), Some(1));
    imports_and_exports(&folder, &with);
    serve.end(Signal::TERM);
    let gone = with(&["enterprise", "list"]);
    assert!(gone.status.code() == Some(1) && said(&gone).contains("is the box running?"), "{}", said(&gone));
}

fn imports_and_exports(folder: &Path, with: &dyn Fn(&[&str]) -> Output) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let starter = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/industry/hotel");
    let imported = with(&["import", starter.to_str().unwrap()]);
    assert!(printed(&imported).starts_with("quanshui "), "{}", said(&imported));
    for target in [path("first"), path("first.tar")] {
        let exported = with(&["export", "quanshui", &target]);
        assert!(exported.status.success(), "{}", said(&exported));
    }
    let first = files_in(Path::new(&path("first")));
    assert!(first.contains_key("site.toml") && first.len() > 8, "{:?}", first.keys());
    let tar = yizhan::sites::files::untar(&fs::read(path("first.tar")).unwrap()).unwrap();
    assert_eq!(tar, first);
    // There and back, by folder and by tar: the same.
    for (n, source) in [path("first"), path("first.tar")].iter().enumerate() {
        assert!(with(&["import", source]).status.success());
        let again = path(&format!("again-{n}"));
        assert!(with(&["export", "quanshui", &again]).status.success());
        assert_eq!(files_in(Path::new(&again)), first, "{source}");
    }
    assert_eq!(with(&["export", "nobody", &path("none")]).status.code(), Some(1));
    assert!(!Path::new(&path("none")).exists());
    let missing = with(&["import", "/nonexistent/site"]);
    assert!(missing.status.code() == Some(1) && said(&missing).contains("/nonexistent/site"), "{}", said(&missing));
    let empty = path("empty");
    fs::create_dir(&empty).unwrap();
    assert!(said(&with(&["import", &empty])).contains("site.toml is missing"));
    let faults = path("faults");
    fs::create_dir_all(format!("{faults}/pictures")).unwrap();
    fs::write(format!("{faults}/pictures/broken.png"), b"\x89PNG no more").unwrap();
    let text = r#"
[enterprise]
slug = "No Good"
code = "12"
name = ""
industry = "space"
contact_phone = "call me"
picture = "none.png"
domains = ["a b"]
[[section]]
id = "goods"
kind = "products"
[[section.item]]
id = "p1"
name = "x"
price = "cheap"
picture = "broken.png"
[[section.item]]
id = "p1"
name = ""
[[section]]
id = "goods"
kind = "lottery"
"#;
    fs::write(format!("{faults}/site.toml"), text).unwrap();
    let refused = with(&["import", &faults]);
    assert_eq!(refused.status.code(), Some(1));
    for fault in [
        "enterprise, slug:",
        "enterprise, code:",
        "enterprise, name:",
        "enterprise, industry:",
        "enterprise, contact_phone:",
        "enterprise, picture: none.png",
        "enterprise, domains:",
        "item \"p1\", price:",
        "item \"p1\", picture: broken.png",
        "item \"p1\": an id",
        "section goods: there are two",
        "section goods: kind \"lottery\"",
    ] {
        assert!(said(&refused).contains(fault), "{fault} is missing:\n{}", said(&refused));
    }
}

/// A simulated modem on the far end of a pseudo terminal, the path of the near end, and that held open.
pub fn modem_on_a_terminal() -> (SimModem, String, fs::File) {
    let (far, path, near) = terminal();
    let modem = SimModem::new(Number::parse("+8613800001234").unwrap(), 30);
    tokio::spawn(modem.clone().serve(far));
    (modem, path, near)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_on_a_real_line() {
    let modem = SimModem::new(Number::parse("+8613800001234").unwrap(), 30);
    let mut sent = modem.sent();
    let data = Scratch::new();
    let line = Line::new(data.join("modem"), modem.clone());
    let (folder, path) = (data.join("data"), line.path().to_str().unwrap().to_owned());
    let demo = tokio::task::spawn_blocking(move || Program::demo(&folder, &["--modem", &format!("{path},115200")]));
    let demo = demo.await.unwrap();
    assert!(demo.greeting.contains("modem: real"), "{}", demo.greeting);
    modem.deliver("+8613912345678", "1001", Clock::machine().now());
    let reply = tokio::time::timeout(PATIENCE, sent.recv()).await.expect("no answer").unwrap();
    assert_eq!(reply.to, "+8613912345678");
    assert!(reply.text.unwrap().starts_with("聚和楼"));
    // The pages name the number that the SIM told.
    assert!(demo.get("/s/juhelou/").text().contains("sms:+8613800001234?body=1001"));
    let state = demo.get("/handset/state").json();
    assert_eq!((&state["modem"], &state["number"]), (&"real".into(), &"+8613800001234".into()));
    assert_eq!(demo.post("/handset/time", "advance_s=60").status, 204);
    demo.end(Signal::TERM);
}

#[test]
fn a_modem_that_is_not_there_is_told_and_the_rest_runs() {
    let data = Scratch::new();
    let demo = Program::demo(&data, &["--modem", "/dev/yizhan-no-such-modem"]);
    assert_eq!(demo.get("/s/juhelou/").status, 200);
    let begun = Instant::now();
    while !demo.errors().contains("/dev/yizhan-no-such-modem") {
        assert!(begun.elapsed() < PATIENCE, "nothing is said of it: {}", demo.errors());
        std::thread::sleep(Duration::from_millis(20));
    }
    demo.end(Signal::TERM);
    let wrong = run(&["demo", "--modem", "/dev/ttyUSB0,fast"]);
    assert!(wrong.status.code() == Some(1) && said(&wrong).contains("fast"), "{}", said(&wrong));
}
