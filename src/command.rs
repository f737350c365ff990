//! What the command line's commands do. Errors are sentences for a person at a terminal.

pub mod modem;
pub mod queue;

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::app::watchdog::Manager;
use crate::app::{self, Plan, journald};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::demo::{self, Wish};
use crate::doctor;
use crate::error::Error;
use crate::sites::files::{self, Files, IMPORT_BYTES_MAX};
use crate::store::{self, Store};
use crate::words::Lang;

type Done = Result<(), String>;

/// A config longer than this is another file.
const CONFIG_BYTES_MAX: u64 = 1 << 20;
/// A line of a head is some tens of octets.
const HEAD_BYTES_MAX: u64 = 4096;
/// A little longer than the box gives itself.
const ANSWER: Duration = Duration::from_secs(app::LOCAL_TIMEOUT.as_secs() + 10);

pub fn demo(wish: Wish) -> Done {
    journald::start(log::LevelFilter::Warn)?;
    runtime()?.block_on(async {
        let mut ends = Ends::new()?;
        let demo = demo::start(wish).await.map_err(|e| e.to_string())?;
        say(&demo.greeting());
        ends.wait().await;
        demo.stop().await;
        Ok(())
    })
}

pub fn serve(path: &Path, socket: Option<PathBuf>) -> Done {
    let mut config = read_config(path)?;
    config.read_secrets().map_err(|faults| config::report(path, &faults))?;
    if let Some(socket) = socket {
        config.this_box.socket = socket;
    }
    journald::start(config.log.level)?;
    runtime()?.block_on(async {
        let mut ends = Ends::new()?;
        let manager = Manager::of_environment(config.this_box.language);
        let running = app::start(Plan { manager, ..Plan::new(config) }).await.map_err(|e| e.to_string())?;
        log::info!("listening on {}", running.address);
        ends.wait().await;
        running.stop().await;
        Ok(())
    })
}

pub fn check(path: &Path) -> Done {
    let config = read_config(path)?;
    say(&format!("{} is good: box {}, {} modem(s)", path.display(), config.this_box.id, config.modems.len()));
    Ok(())
}

/// Exit code 1 when something is wrong; what it is stands on stdout, for there is nothing else to say.
pub fn doctor(path: &Path, socket: Option<PathBuf>, json: bool) -> Done {
    // A terminal that is not said to be UTF-8 may have no Chinese, nor marks.
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(std::env::var_os).find(|value| !value.is_empty());
    let locale = locale.map(|value| value.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let plain = !json && !locale.contains("utf-8") && !locale.contains("utf8");
    let report = runtime()?.block_on(doctor::examine(path, socket, plain.then_some(Lang::En)));
    say(&if json { report.json().to_string() } else { report.text(plain) });
    if report.is_well() { Ok(()) } else { Err(String::new()) }
}

pub fn import(config: &Path, socket: Option<PathBuf>, path: &Path) -> Done {
    let tar = if path.is_dir() {
        files::tar(&read_folder(path)?).map_err(|e| e.to_string())?
    } else {
        fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?
    };
    let answer = ask(config, socket, "POST", "/api/v1/sites", "application/x-tar", &tar)?;
    let company: Value = serde_json::from_slice(&answer).unwrap_or_default();
    say(&format!("{} {} {}", text(&company, "slug"), text(&company, "code"), text(&company, "url")));
    Ok(())
}

pub fn export(config: &Path, socket: Option<PathBuf>, slug: &str, path: &Path) -> Done {
    let tar = ask(config, socket, "GET", &format!("/api/v1/sites/{slug}/export"), "", &[])?;
    let said = |e: std::io::Error| format!("{}: {e}", path.display());
    if path.extension().is_some_and(|e| e == "tar") {
        return fs::write(path, tar).map_err(said);
    }
    for (name, content) in files::untar(&tar).map_err(|e| e.to_string())? {
        let file = path.join(&name);
        fs::create_dir_all(file.parent().unwrap_or(path)).map_err(said)?;
        fs::write(&file, content).map_err(said)?;
    }
    Ok(())
}

pub fn open_enterprise(config: &Path, socket: Option<PathBuf>, fields: &[(&str, String)]) -> Done {
    let body: serde_json::Map<String, Value> =
        fields.iter().filter(|(_, v)| !v.is_empty()).map(|(n, v)| ((*n).to_owned(), json!(v))).collect();
    let body = Value::Object(body).to_string();
    let answer = ask(config, socket, "POST", "/api/v1/enterprises", "application/json", body.as_bytes())?;
    let made: Value = serde_json::from_slice(&answer).unwrap_or_default();
    say(&format!("{} {}", text(&made, "slug"), text(&made, "code")));
    Ok(())
}

pub fn change_enterprise(config: &Path, socket: Option<PathBuf>, slug: &str, verb: &str) -> Done {
    let answer = ask(config, socket, "POST", &format!("/api/v1/enterprises/{slug}/{verb}"), "application/json", b"")?;
    let company: Value = serde_json::from_slice(&answer).unwrap_or_default();
    say(&format!("{} {}", text(&company, "slug"), text(&company, "state")));
    Ok(())
}

pub fn list_enterprises(config: &Path, socket: Option<PathBuf>) -> Done {
    let mut after = String::new();
    loop {
        let path = format!("/api/v1/enterprises?limit=500&after={after}");
        let answer = ask(config, socket.clone(), "GET", &path, "", &[])?;
        let page: Value = serde_json::from_slice(&answer).unwrap_or_default();
        let items = page["items"].as_array().cloned().unwrap_or_default();
        for e in &items {
            let line = ["slug", "code", "state", "industry", "name"].map(|f| text(e, f).to_owned());
            say(&line.join("\t"));
        }
        if items.len() < 500 {
            return Ok(());
        }
        after = text(&page, "next").to_owned();
    }
}

/// Everything, into a file: from the running box, or from its folder when none runs.
pub fn backup(config: &Path, socket: Option<PathBuf>, path: &Path) -> Done {
    let said = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let made = OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(&part);
    let mut file = made.map_err(said)?;
    let label = (|| {
        fetch_backup(config, socket, &mut file)?;
        file.sync_all().and_then(|()| file.seek(SeekFrom::Start(0))).map_err(said)?;
        let label = store::examine(&mut BufReader::new(&file)).map_err(|e| e.to_string())?;
        fs::rename(&part, path).map_err(said)?;
        Ok::<_, String>(label)
    })();
    if label.is_err() {
        let _ = fs::remove_file(&part);
    }
    let label = label?;
    let bytes = fs::metadata(path).map_or(0, |found| found.len());
    say(&format!("{}: {bytes} octets, box {}, up to commit {}", path.display(), label.box_id, label.sequence));
    Ok(())
}

fn fetch_backup(config: &Path, socket: Option<PathBuf>, file: &mut fs::File) -> Done {
    let path = match &socket {
        Some(socket) => socket.clone(),
        None => read_config(config)?.this_box.socket,
    };
    let said = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut stream = match UnixStream::connect(&path) {
        Ok(stream) => stream,
        // Nobody listens: the box does not run, and its folder is free to be read.
        Err(e) if socket.is_none() && matches!(e.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
            let config = read_config(config)?;
            return backup_folder(&config, file);
        }
        Err(e) => return Err(unreachable_box(&path, &e)),
    };
    stream.set_read_timeout(Some(ANSWER)).map_err(said)?;
    // HTTP/1.0: the body ends with the connection; whether it is whole stands in it.
    stream.write_all(b"GET /api/v1/backup HTTP/1.0\r\nhost: localhost\r\n\r\n").map_err(said)?;
    let mut input = BufReader::new(stream);
    let mut status = String::new();
    input.by_ref().take(HEAD_BYTES_MAX).read_line(&mut status).map_err(said)?;
    let mut line = String::new();
    while input.by_ref().take(HEAD_BYTES_MAX).read_line(&mut line).map_err(said)? > 2 {
        line.clear();
    }
    if !status.contains(" 200 ") {
        return Err(format!("{}: the box answers {}", path.display(), status.trim_end()));
    }
    std::io::copy(&mut input, file).map(drop).map_err(|e| format!("the backup broke off: {e}"))
}

fn backup_folder(config: &Config, file: &mut fs::File) -> Done {
    let data = &config.this_box.data;
    if !data.is_dir() {
        return Err(format!("{}: there is no such folder, and no box runs", data.display()));
    }
    let options = app::store_options(config, &Clock::machine());
    let made = Store::open(data, options).and_then(|store| store.backup(file).and(store.close()));
    // Opening may have made files, and root's are not the box's.
    made.and(store::give_to_owner(data, data)).map_err(|e| e.to_string())
}

/// Makes the box's folder what a backup holds. The box must not run.
pub fn restore(config: &Path, path: &Path) -> Done {
    let config = read_config(config)?;
    let data = &config.this_box.data;
    let file = fs::File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let label = store::restore(data, &mut BufReader::new(file)).map_err(|e| match e {
        Error::Conflict(why) => format!("{why}; stop the box first (systemctl stop yizhan)"),
        Error::Invalid { why, .. } => format!("{}: {why}", path.display()),
        other => other.to_string(),
    })?;
    say(&format!("{} is now as box {} was at {}", data.display(), label.box_id, label.made.rfc3339()));
    if data.join(store::BEFORE).is_dir() {
        say(&format!("what was there before: {}", data.join(store::BEFORE).display()));
    }
    if label.box_id != config.this_box.id {
        let (was, is) = (&label.box_id, &config.this_box.id);
        say(&format!("the config says that this box is {is}: to stand in for the other one, set [box] id = \"{was}\""));
    }
    Ok(())
}

/// A line for the terminal. Who stopped reading, as `head` does, does not miss it.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("")
}

fn read_config(path: &Path) -> Result<Config, String> {
    let said = |e: std::io::Error| format!("{}: {e}{}", path.display(), who_may(&e));
    let path = std::path::absolute(path).map_err(said)?;
    let mut text = String::new();
    let file = fs::File::open(&path).map_err(said)?;
    file.take(CONFIG_BYTES_MAX).read_to_string(&mut text).map_err(said)?;
    config::check(&text, path.parent().unwrap_or(Path::new("/"))).map_err(|faults| config::report(&path, &faults))
}

/// A folder's files, one level of folders deep, as a site has them.
fn read_folder(path: &Path) -> Result<Files, String> {
    let mut files = Files::new();
    let mut total = 0;
    let mut read = |file: &Path, name: String| -> Done {
        let content = fs::read(file).map_err(|e| format!("{}: {e}", file.display()))?;
        total += content.len();
        if total > IMPORT_BYTES_MAX {
            return Err(format!("{}: too large for a site", path.display()));
        }
        files.insert(name, content);
        Ok(())
    };
    let entries = |folder: &Path| -> Result<Vec<fs::DirEntry>, String> {
        let all = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        all.map_err(|e| format!("{}: {e}", folder.display()))
    };
    for entry in entries(path)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_file() {
            read(&entry.path(), name)?;
        } else if name == "pictures" {
            for picture in entries(&entry.path())?.into_iter().filter(|p| p.path().is_file()) {
                read(&picture.path(), format!("pictures/{}", picture.file_name().to_string_lossy()))?;
            }
        }
    }
    Ok(files)
}

/// One request to the running box over its local socket.
fn ask(
    config: &Path,
    socket: Option<PathBuf>,
    method: &str,
    target: &str,
    kind: &str,
    body: &[u8],
) -> Result<Vec<u8>, String> {
    let socket = match socket {
        Some(socket) => socket,
        None => read_config(config)?.this_box.socket,
    };
    let stream = UnixStream::connect(&socket).map_err(|e| unreachable_box(&socket, &e))?;
    exchange(stream, ANSWER, method, target, kind, body)
}

/// One request on this stream; the body of a good answer, or why there is none.
pub fn exchange(
    mut stream: UnixStream,
    patience: Duration,
    method: &str,
    target: &str,
    kind: &str,
    body: &[u8],
) -> Result<Vec<u8>, String> {
    let said = |e: std::io::Error| format!("no answer of the box: {e}");
    stream.set_read_timeout(Some(patience)).map_err(said)?;
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).map_err(said)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).map_err(said)?;
    let (status, body) = split_answer(&answer).ok_or("this is no answer of a box")?;
    if (200..300).contains(&status) {
        return Ok(body.to_vec());
    }
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return Err(format!("the box answers {status}: {}", String::from_utf8_lossy(body).trim_end()));
    };
    let error = &value["error"];
    Err(match error["field"].as_str() {
        Some(field) => format!("{field}: {}", text(error, "message")),
        None => text(error, "message").to_owned(),
    })
}

/// What helps a person whom the system keeps out; the group is the one that the package makes.
fn who_may(error: &std::io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::PermissionDenied => {
            "; this is for root and the group yizhan: `sudo usermod -aG yizhan $USER`, then log in again"
        }
        _ => "",
    }
}

/// Why the box's socket cannot be used, and what helps.
fn unreachable_box(socket: &Path, error: &std::io::Error) -> String {
    let hint = match who_may(error) {
        "" => "; is the box running?",
        hint => hint,
    };
    format!("{}: {error}{hint}", socket.display())
}

/// Status and body; our own answers always have a length and no chunks.
fn split_answer(answer: &[u8]) -> Option<(u16, &[u8])> {
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, &answer[end + 4..]))
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())
}

/// The signals that end a box.
struct Ends {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Ends {
    fn new() -> Result<Ends, String> {
        let signal = |kind| signal(kind).map_err(|e| e.to_string());
        Ok(Ends { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
