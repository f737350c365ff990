//! Commits under SIGKILL: a child of this very test binary commits and says so on its output; whatever it said must be
//! there, and no commit in halves. (A kill keeps the page cache: that the device has it is for crash images to show.)

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use super::*;

const CHILD: &str = "YIZHAN_STORE_CHILD";
const NAME: &str = "store::tests::kill::what_was_acknowledged_survives_kills";
const THREADS: u64 = 4;

/// Small, so that kills also fall into checkpoints and new segments.
fn options() -> Options {
    Options { segment_bytes: 8 * 1024, ..Options::default() }
}

/// Commits until it is killed: each commit is a note and a quiet one of the same number.
fn child(dir: &Path) {
    let store = Store::open(dir, options()).unwrap();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let number = store
                        .write_blocking(|tx| {
                            let number = tx.next_id("kill")?;
                            tx.put(&number.to_be_bytes(), &note(&format!("{number}/{}", "x".repeat(100))))?;
                            tx.put(&number.to_be_bytes(), &Quiet(number))?;
                            Ok(number)
                        })
                        .unwrap();
                    writeln!(std::io::stdout().lock(), "done {number}").unwrap();
                }
            });
        }
    });
}

#[test]
fn what_was_acknowledged_survives_kills() {
    if let Some(dir) = std::env::var_os(CHILD) {
        return child(Path::new(&dir));
    }
    let folder = Folder::new();
    let mut acknowledged = Vec::new();
    let mut chance = Chance(20);
    for _ in 0..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", NAME, "--nocapture", "--test-threads=1"])
            .env(CHILD, &folder.0)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let wanted = acknowledged.len() + 1 + chance.below(150) as usize;
        let mut is_killed = false;
        // What it had said before the signal reached it stands in the pipe and counts.
        while let Some(Ok(line)) = lines.next() {
            if let Some(number) = line.split_once("done ").and_then(|(_, number)| number.parse::<u64>().ok()) {
                acknowledged.push(number);
            }
            if acknowledged.len() >= wanted && !is_killed {
                child.kill().unwrap();
                is_killed = true;
            }
        }
        assert!(is_killed, "the child ended by itself");
        child.wait().unwrap();

        let store = Store::open(&folder.0, options()).unwrap();
        for number in &acknowledged {
            assert!(
                store.get::<Note>(&number.to_be_bytes()).unwrap().is_some(),
                "{number} was acknowledged and is lost"
            );
        }
        let notes = store.scan::<Note>(b"", None, usize::MAX).unwrap();
        let quiet = store.scan::<Quiet>(b"", None, usize::MAX).unwrap();
        assert!(notes.iter().map(|(key, _)| key).eq(quiet.iter().map(|(key, _)| key)), "a commit in halves");
        assert_eq!(store.sequence(), notes.len() as u64);
    }
    let mut once = acknowledged.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), acknowledged.len(), "a number was given twice");
}
