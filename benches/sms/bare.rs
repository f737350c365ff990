//! The floor: the fewest steps with which anybody can send or answer on these modems, blocking, without a queue, a log,
//! a time limit or a thought for faults.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use serde_json::json;

use crate::Figure;

/// "bench" to +8613912345678 in the 7-bit alphabet (3GPP TS 23.040, 9.2.2.2), behind an empty service centre address.
const LINE: &str = "0001000D91683119325476F8000005E2B27B8C06";

struct Modem {
    port: File,
    buffer: Vec<u8>,
}

/// Sends on modems 1 to `count`, a thread and a file each, for so many seconds. The modems tell how many.
pub fn send(folder: &Path, count: usize, seconds: f64, octets: usize) -> Figure {
    let mut modems =
        (1..=count).map(|n| Modem::open(&folder.join(format!("modem{n}")))).collect::<io::Result<Vec<_>>>()?;
    let (began, length) = (Instant::now(), Duration::from_secs_f64(seconds));
    let work = |n: usize, modem: &mut Modem| -> io::Result<()> {
        let mut log = Log::new(&folder.join(format!("floor{n}")), octets)?;
        while began.elapsed() < length {
            log.append()?;
            modem.submit()?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> =
            modems.iter_mut().enumerate().map(|(n, modem)| scope.spawn(move || work(n, modem))).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, io::Result<()>>| {
            thread.join().unwrap_or_else(|_| Err(io::Error::other("panicked")))
        };
        threads.into_iter().try_for_each(join)
    })?;
    Ok(json!({}))
}

/// Answers whatever comes in until standard input ends.
pub fn answer(folder: &Path, octets: usize) -> Figure {
    let mut modem = Modem::open(&folder.join("modem1"))?;
    let mut log = Log::new(&folder.join("floor"), octets)?;
    modem.command("AT+CNMI=2,1")?;
    println!("{}", json!({ "ready": true }));
    std::thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    loop {
        modem.until(b"\"SM\",")?;
        let index = String::from_utf8_lossy(&modem.until(b"\r\n")?).trim().to_owned();
        modem.command(&format!("AT+CMGR={index}"))?;
        log.append()?;
        modem.submit()?;
        modem.command(&format!("AT+CMGD={index}"))?;
    }
}

/// Room made ahead: then a sync writes the message and nothing of the file system's own, which is the most a disk allows.
const AHEAD_OCTETS: usize = 8 * 1024 * 1024;

/// A file into which each message goes and is synced, as a queue that loses nothing must at least.
struct Log(Option<File>, Vec<u8>);

impl Log {
    fn new(path: &Path, octets: usize) -> io::Result<Log> {
        let mut log = Log((octets > 0).then(|| File::create(path)).transpose()?, vec![b'x'; octets]);
        if let Log(Some(file), _) = &mut log {
            file.write_all(&vec![0; AHEAD_OCTETS])?;
            file.sync_all()?;
            file.rewind()?;
        }
        Ok(log)
    }

    fn append(&mut self) -> io::Result<()> {
        let Log(Some(file), octets) = self else { return Ok(()) };
        file.write_all(octets)?;
        file.sync_data()
    }
}

impl Modem {
    fn open(path: &Path) -> io::Result<Modem> {
        let port = OpenOptions::new().read(true).write(true).open(path)?;
        let mut settings = tcgetattr(&port)?;
        settings.make_raw();
        tcsetattr(&port, OptionalActions::Now, &settings)?;
        let mut modem = Modem { port, buffer: Vec::new() };
        modem.command("ATE0")?;
        modem.command("AT+CMGF=0")?;
        Ok(modem)
    }

    fn submit(&mut self) -> io::Result<()> {
        self.port.write_all(format!("AT+CMGS={}\r", LINE.len() / 2 - 1).as_bytes())?;
        self.until(b"> ")?;
        self.port.write_all(format!("{LINE}\x1a").as_bytes())?;
        self.until(b"\r\nOK\r\n").map(drop)
    }

    fn command(&mut self, command: &str) -> io::Result<()> {
        self.port.write_all(format!("{command}\r").as_bytes())?;
        self.until(b"\r\nOK\r\n").map(drop)
    }

    /// Everything up to this; what comes behind it is kept.
    fn until(&mut self, end: &[u8]) -> io::Result<Vec<u8>> {
        let mut octets = [0; 512];
        loop {
            if let Some(at) = self.buffer.windows(end.len()).position(|window| window == end) {
                return Ok(self.buffer.drain(..at + end.len()).collect());
            }
            let count = self.port.read(&mut octets)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.buffer.extend_from_slice(&octets[..count]);
        }
    }
}
