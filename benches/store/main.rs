//! One figure of the store a run, as one line of JSON; `benches/run --only store` makes the rounds and the table.
//!
//! ```text
//! store floor   ROOM   FOLDER OCTETS WRITERS SECONDS    append + fdatasync; ROOM: grow, fallocate, zeros, recycled
//! store commits ENGINE FOLDER WRITERS SECONDS           one row a commit; ENGINE: ours, sled
//! store fill    ENGINE FOLDER ROWS                      and close
//! store kill    ENGINE FOLDER ROWS COUNT                writes COUNT of the first ROWS anew without a checkpoint, dies
//! store open    ENGINE FOLDER                           how long, and how much memory then
//! store churn   ENGINE FOLDER KEYS OVERWRITES           sizes on disk, at the begin and after each tenth
//! ```
//! A figure of memory needs a process of its own, and so each has one. Not here: rounds, medians, aims.

mod engine;
mod floor;
mod rows;

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Signal, getpid, kill_process};
use serde_json::{Value, json};

use engine::Engine;
use floor::{Device, Room};

type Figure = Result<Value, Box<dyn std::error::Error>>;

/// Rows that come into one commit where no figure hangs on it.
const BATCH: u64 = 100;

fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match figure(&words) {
        Ok(figure) => println!("{figure}"),
        Err(error) => {
            eprintln!("store: {error}");
            return 1.into();
        }
    }
    0.into()
}

fn figure(words: &[&str]) -> Figure {
    match *words {
        ["floor", room, folder, octets, writers, seconds] => {
            let room = Room::named(room).ok_or("no such room")?;
            Ok(floor::run(Path::new(folder), room, octets.parse()?, writers.parse()?, seconds.parse()?)?)
        }
        ["commits", engine, folder, writers, seconds] => {
            commits(engine, Path::new(folder), writers.parse()?, seconds.parse()?)
        }
        ["fill", engine, folder, rows] => fill(engine, Path::new(folder), rows.parse()?),
        ["kill", engine, folder, rows, count] => kill(engine, Path::new(folder), rows.parse()?, count.parse()?),
        ["open", engine, folder] => open(engine, Path::new(folder)),
        ["churn", engine, folder, keys, overwrites] => {
            churn(engine, Path::new(folder), keys.parse()?, overwrites.parse()?)
        }
        _ => Err("see the head of benches/store/main.rs".into()),
    }
}

/// Commits of one row each, by so many writers, each of which waits for its own before the next.
fn commits(engine: &str, folder: &Path, writers: u64, seconds: f64) -> Figure {
    let engine = Engine::open(engine, folder)?;
    let device = Device::of(folder)?;
    let before = device.written()?;
    let (began, length) = (Instant::now(), Duration::from_secs_f64(seconds));
    let count = engine.commit_until(writers, began + length)?;
    let took = began.elapsed();
    let written = device.written()?;
    let figure = json!({
        "per_s": count as f64 / took.as_secs_f64(),
        "octets": rows::commit_octets(),
        "device_octets_each": before.zip(written).map(|(b, w)| (w - b) as f64 / count as f64),
    });
    engine.close()?;
    Ok(figure)
}

fn fill(engine: &str, folder: &Path, rows: u64) -> Figure {
    let began = Instant::now();
    let engine = Engine::open(engine, folder)?;
    for first in (0..rows).step_by(BATCH as usize) {
        engine.put((first..rows.min(first + BATCH)).collect(), 0)?;
    }
    engine.close()?;
    Ok(json!({ "rows": rows, "ms": began.elapsed().as_secs_f64() * 1e3, "octets": size(folder)? }))
}

fn kill(engine: &str, folder: &Path, rows: u64, count: u64) -> Figure {
    let engine = Engine::open_without_checkpoints(engine, folder)?;
    for first in (0..count).step_by(BATCH as usize) {
        engine.put((first..count.min(first + BATCH)).map(|n| n % rows).collect(), first)?;
    }
    kill_process(getpid(), Signal::KILL)?;
    unreachable!("SIGKILL is not survived")
}

fn open(engine: &str, folder: &Path) -> Figure {
    let began = Instant::now();
    let engine = Engine::open(engine, folder)?;
    let ms = began.elapsed().as_secs_f64() * 1e3;
    let status = fs::read_to_string("/proc/self/status")?;
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.trim_matches([':', '\t', ' ', 'k', 'B']).parse::<u64>().ok())
    };
    let figure = json!({ "ms": ms, "rss_kib": kib("VmRSS"), "peak_kib": kib("VmHWM"), "octets": size(folder)? });
    engine.close()?;
    Ok(figure)
}

/// Overwrites in an order that is always the same and looks like chance.
fn churn(engine: &str, folder: &Path, keys: u64, overwrites: u64) -> Figure {
    let engine = Engine::open(engine, folder)?;
    for first in (0..keys).step_by(BATCH as usize) {
        engine.put((first..keys.min(first + BATCH)).collect(), 0)?;
    }
    let (device, mut sizes) = (Device::of(folder)?, vec![size(folder)?]);
    let before = device.written()?;
    for tenth in 0..10 {
        for batch in 0..overwrites / 10 / BATCH {
            let done = tenth * (overwrites / 10) + batch * BATCH;
            engine.put((done..done + BATCH).map(|n| chance(n) % keys).collect(), done + 1)?;
        }
        sizes.push(size(folder)?);
    }
    let written = device.written()?;
    engine.compact()?;
    let compacted = size(folder)?;
    engine.close()?;
    Ok(json!({
        "octets": sizes,
        "compacted": compacted,
        "device_octets_each": before.zip(written).map(|(b, w)| (w - b) as f64 / overwrites as f64),
    }))
}

fn chance(n: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    n.hash(&mut hasher);
    hasher.finish()
}

/// What a folder takes of the disk, in octets.
fn size(folder: &Path) -> std::io::Result<u64> {
    let mut octets = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // A file may have been let go of meanwhile.
        let Ok(about) = entry.metadata() else { continue };
        octets += if about.is_dir() { size(&entry.path())? } else { about.blocks() * 512 };
    }
    Ok(octets)
}
