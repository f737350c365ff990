//! The real program as a test runs it: to its end, or until it has greeted and is asked; and a terminal for its modem.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::unix::pipe;

use crate::harness::{Reply, folder, parse};

pub const PATIENCE: Duration = Duration::from_secs(60);
/// An end that a person at a terminal calls quick, on a machine that does other things too.
const QUICK: Duration = Duration::from_secs(8);

/// The program, as `cargo test` built it; or another one by its command line, such as `qemu-arm-static target/…/yizhan`.
pub fn yizhan(args: &[&str]) -> Command {
    let named = std::env::var("YIZHAN_BOX").unwrap_or_else(|_| env!("CARGO_BIN_EXE_yizhan").to_owned());
    let mut words = named.split(' ');
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).args(args).env_remove("RUST_BACKTRACE");
    command
}

pub fn run(args: &[&str]) -> Output {
    yizhan(args).stdin(Stdio::null()).output().unwrap()
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A folder of this test's own, gone with it.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new() -> Scratch {
        Scratch(folder())
    }
}

impl Deref for Scratch {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A program that runs; it ends with the test.
pub struct Program {
    child: Child,
    pub greeting: String,
    /// With what it says on stderr.
    scratch: Scratch,
}

impl Program {
    /// Started, and heard until this line.
    pub fn start(args: &[&str], last_line: &str) -> Program {
        Program::start_with(yizhan(args), last_line)
    }

    /// The same in an environment of its own.
    pub fn start_with(mut command: Command, last_line: &str) -> Program {
        let scratch = Scratch::new();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(fs::File::create(scratch.join("stderr")).unwrap());
        let mut child = command.spawn().unwrap();
        let (lines, heard) = mpsc::sync_channel(1000);
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).for_each(|line| drop(lines.try_send(line))));
        let mut program = Program { child, greeting: String::new(), scratch };
        while !last_line.is_empty() && !program.greeting.contains(last_line) {
            let line = heard.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no greeting: {}", program.errors()));
            program.greeting.push_str(&line);
            program.greeting.push('\n');
        }
        program
    }

    pub fn demo(data: &Path, more: &[&str]) -> Program {
        let data = data.to_str().unwrap();
        let args = [&["demo", "--listen", "127.0.0.1:0", "--data", data], more].concat();
        Program::start(&args, "Ctrl-C ends it.")
    }

    pub fn errors(&self) -> String {
        fs::read_to_string(self.scratch.join("stderr")).unwrap()
    }

    /// `127.0.0.1:8080`
    pub fn address(&self) -> &str {
        let (_, rest) = self.greeting.split_once("http://").unwrap();
        rest.split('/').next().unwrap()
    }

    pub fn get(&self, target: &str) -> Reply {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
        answer(stream)
    }

    pub fn post(&self, target: &str, form: &str) -> Reply {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        let length = form.len();
        write!(
            stream,
            "POST {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{form}"
        )
        .unwrap();
        answer(stream)
    }

    /// Ends as systemd and Ctrl-C end it.
    pub fn end(mut self, signal: Signal) {
        let begun = Instant::now();
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end: {}", self.errors());
            std::thread::sleep(Duration::from_millis(20));
        };
        assert_eq!(status.code(), Some(0), "{}", self.errors());
        assert!(begun.elapsed() < QUICK, "ended after {:?}", begun.elapsed());
        assert!(!self.errors().contains("panicked"), "{}", self.errors());
    }
}

impl Program {
    /// Ends as the power ends it; what it had said on stderr.
    pub fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.errors()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A pseudo terminal for `--modem`: its far end, the path of the near end, and that held open, so that the terminal stays
/// while nobody has it.
pub fn terminal() -> (impl AsyncRead + AsyncWrite + Send + Unpin, String, fs::File) {
    let far = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&far).unwrap();
    unlockpt(&far).unwrap();
    rustix::fs::fcntl_setfl(&far, rustix::fs::OFlags::NONBLOCK).unwrap();
    let path = ptsname(&far, Vec::new()).unwrap().to_string_lossy().into_owned();
    let near = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let writer = pipe::Sender::from_owned_fd_unchecked(far.try_clone().unwrap()).unwrap();
    (tokio::io::join(pipe::Receiver::from_owned_fd_unchecked(far).unwrap(), writer), path, near)
}

fn answer(mut stream: TcpStream) -> Reply {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets).unwrap();
    parse(&octets)
}
