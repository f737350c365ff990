//! What a story plays on: the built program's demo in a process of its own, and a browser before it.

use std::future::Future;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::Value;

use crate::driver::Browser;

pub struct Stage {
    pub browser: Browser,
    /// The demo's address without a slash at its end.
    pub home: String,
    folder: PathBuf,
}

/// Plays one story, and ends the browser and the demo however it went. A complaint of the browser that the story does
/// not expect (a word of it) is a failure.
pub async fn play<F, Told>(expected: &'static [&'static str], story: F)
where
    F: FnOnce(Arc<Stage>) -> Told,
    Told: Future<Output = ()> + Send + 'static,
{
    let folder = folder();
    let demo = Demo::start(&folder);
    let (browser, machine) = Browser::start(&folder).await;
    let stage = Arc::new(Stage { browser: browser.clone(), home: demo.home.clone(), folder: folder.clone() });
    let told = tokio::spawn(story(Arc::clone(&stage))).await;
    let complaints = browser.complaints().await;
    let last = browser.picture(None).await;
    browser.close().await;
    drop((machine, demo));
    let _ = std::fs::remove_dir_all(&folder);
    if let Err(error) = told {
        let picture =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.png", folder.file_name().unwrap().display()));
        std::fs::write(&picture, last).unwrap();
        eprintln!("it looked like {}, and the browser said: {complaints:#?}", picture.display());
        std::panic::resume_unwind(error.into_panic());
    }
    let unexpected: Vec<_> =
        complaints.iter().filter(|line| !expected.iter().any(|word| line.contains(word))).collect();
    assert!(unexpected.is_empty(), "the browser complains: {unexpected:#?}");
}

impl Stage {
    pub async fn open(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.home)).await;
    }

    /// The owner's program at the local socket.
    pub fn api(&self, method: &str, target: &str, body: &str) -> Value {
        let mut stream = UnixStream::connect(self.folder.join("data/yizhan.sock")).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 20"), "{method} {target}: {answer}");
        serde_json::from_str(body).unwrap_or_default()
    }
}

struct Demo {
    child: Child,
    home: String,
}

impl Demo {
    fn start(folder: &Path) -> Demo {
        let mut child = Command::new(env!("CARGO_BIN_EXE_yizhan"))
            .args(["demo", "--listen", "127.0.0.1:0", "--wap-ports", "0,0", "--data"])
            .arg(folder.join("data"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let home =
            lines.find_map(|line| Some(line.trim().strip_prefix("Web")?.trim().trim_end_matches('/').to_owned()));
        std::thread::spawn(move || lines.for_each(drop));
        Demo { child, home: home.expect("the demo names its address") }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn folder() -> PathBuf {
    let mut octets = [0u8; 6];
    getrandom::fill(&mut octets).unwrap();
    let name: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    let folder = std::env::temp_dir().join(format!("yizhan-browser-{name}"));
    std::fs::create_dir(&folder).unwrap();
    folder
}
