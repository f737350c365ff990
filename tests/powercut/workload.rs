//! What is done to the store while it is recorded, and what must be there afterwards.
//!
//! Commit `n` is a function of `n`: it notes itself, writes some slots over, deletes what older commits noted, the same keys in two
//! tables, values of many sizes in one of them. So the state after `n` commits can be said without having seen them, and
//! what a crash image holds is right only if it is one of these states, whole. Pictures stand beside that.
//!
//! The child says on its output what it was told is durable: `done <n> [<picture's seed>]`, `kept <seed> <file>`,
//! `restoring <n>` and `restored`, and for the classes of cuts `phase <name>`. Not here: the power cut.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;

use serde::{Deserialize, Serialize};
use yizhan::error::Result;
use yizhan::store::{Never, Options, Record, Records, Store, Table};

use crate::chance::mix;
use crate::record::say;

/// Threads that commit; each has one commit under way.
pub const THREADS: u64 = 4;
/// Keys that are written over again and again.
const SLOTS: u64 = 40;
/// A checkpoint and a new segment come after some twenty commits.
const SEGMENT_BYTES: u64 = 64 * 1024;
const PICTURE_LIMIT_BYTES: usize = 64 * 1024;

#[derive(Clone, Copy)]
enum Phase {
    /// Opens the store; what it shows then has been shown to people.
    Boot(&'static str),
    /// So many commits by each thread, now and then with a picture. Checkpoints, segments and snapshots come by themselves.
    Work(u64),
    /// The same while the view is made anew, or a backup.
    Compaction(u64),
    Backup(u64),
    /// Makes a checkpoint and lets the directory go.
    Close,
    /// Puts the last backup in the place of all that.
    Restore,
}

const PHASES: &[Phase] = &[
    Phase::Boot("first boot"),
    Phase::Work(50),
    Phase::Compaction(6),
    Phase::Work(6),
    Phase::Close,
    Phase::Boot("boot"),
    Phase::Backup(6),
    Phase::Work(12),
    Phase::Close,
    Phase::Restore,
    Phase::Boot("boot after a restore"),
    Phase::Work(8),
    Phase::Close,
];

/// The name of the store's directory.
const STORE: &str = "data";

pub fn child(base: &Path) {
    let mut store = None;
    let mut backup = (Vec::new(), 0);
    for (turn, phase) in PHASES.iter().enumerate() {
        let turn = turn as u64;
        match phase {
            Phase::Boot(name) => {
                say(&format!("phase {name}"));
                store = Some(boot(base).unwrap());
            }
            Phase::Work(each) => work(store.as_ref().unwrap(), "work", *each, turn, |_| {}),
            Phase::Compaction(each) => {
                work(store.as_ref().unwrap(), "compaction", *each, turn, |store| store.compact().unwrap());
            }
            Phase::Backup(each) => {
                work(store.as_ref().unwrap(), "backup", *each, turn, |store| backup = back_up(store));
            }
            Phase::Close => {
                say("phase close");
                store.take().unwrap().close().unwrap();
            }
            Phase::Restore => {
                say("phase restore");
                say(&format!("restoring {}", backup.1));
                yizhan::store::restore(&base.join(STORE), &mut backup.0.as_slice()).unwrap();
                say("restored");
            }
        }
    }
}

pub fn boot(base: &Path) -> Result<Store> {
    let store = Store::open(&base.join(STORE), Options { segment_bytes: SEGMENT_BYTES, ..Options::default() })?;
    say(&format!("done {}", last(&store)?));
    Ok(store)
}

/// Commits from all threads, while this one does something else.
fn work(store: &Store, phase: &str, each: u64, turn: u64, meanwhile: impl FnOnce(&Store)) {
    say(&format!("phase {phase}"));
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for round in 0..each {
                    let seed = mix(turn << 32 | thread << 16 | round);
                    let picture = if round % 7 == thread { Some(seed) } else { None };
                    add(store, picture).unwrap();
                }
            });
        }
        meanwhile(store);
    });
}

/// A backup, and the number of the last of our commits in it.
fn back_up(store: &Store) -> (Vec<u8>, u64) {
    let mut bytes = Vec::new();
    let label = store.backup(&mut bytes).unwrap();
    // The store commits what it has to tell at a start, and only then.
    let incidents = store.write_blocking(|tx| Ok(tx.sequence() - 1 - last(tx)?)).unwrap();
    (bytes, label.sequence - incidents)
}

/// One commit, with the picture of that seed, and the word that it is durable.
pub fn add(store: &Store, picture: Option<u64>) -> Result<u64> {
    let picture = match picture {
        Some(seed) => {
            let file = store.media().put(&picture_bytes(seed), "png", PICTURE_LIMIT_BYTES)?;
            say(&format!("kept {seed} {file}"));
            Some(Picture { seed, file })
        }
        None => None,
    };
    let seed = picture.as_ref().map(|picture| format!(" {}", picture.seed)).unwrap_or_default();
    let number = store.write_blocking(move |tx| {
        let number = tx.next_id("commits")?;
        for (key, is_put) in changes(number) {
            if is_put {
                tx.put(key.as_bytes(), &Large { author: number, text: text(number, &key, large_bytes) })?;
                tx.put(key.as_bytes(), &Small { author: number, text: text(number, &key, small_bytes) })?;
            } else {
                tx.delete::<Large>(key.as_bytes())?;
                tx.delete::<Small>(key.as_bytes())?;
            }
        }
        if let Some(picture) = &picture {
            tx.put(&number.to_be_bytes(), picture)?;
        }
        Ok(number)
    })?;
    say(&format!("done {number}{seed}"));
    Ok(number)
}

/// The number of the last of our commits. Not the sequence: the store has commits of its own.
pub fn last(read: &impl Records) -> Result<u64> {
    let notes = read.scan_back::<Large>(b"note/", None, 1)?;
    Ok(notes.first().map_or(0, |(_, note)| note.author))
}

/// Whether a store holds the state after `number` commits, whole; the error says where it does not.
pub fn check(store: &Store, number: u64) -> std::result::Result<(), String> {
    let expected = state(number);
    let large = store.scan::<Large>(b"", None, usize::MAX).map_err(|e| e.to_string())?;
    let small = store.scan::<Small>(b"", None, usize::MAX).map_err(|e| e.to_string())?;
    let large = large.into_iter().map(|(key, found)| (key, found.author, found.text));
    let small = small.into_iter().map(|(key, found)| (key, found.author, found.text));
    compare(&expected, large, large_bytes)
        .map_err(|what| format!("after {number}, table {}: {what}", Large::TABLE.name()))?;
    compare(&expected, small, small_bytes)
        .map_err(|what| format!("after {number}, table {}: {what}", Small::TABLE.name()))?;
    let own = store.incidents().map_err(|e| e.to_string())?.len() as u64;
    if !(number..=number + own).contains(&store.sequence()) {
        return Err(format!("after {number} and at most {own} of its own, the sequence is {}", store.sequence()));
    }
    for (key, picture) in store.scan::<Picture>(b"", None, usize::MAX).map_err(|e| e.to_string())? {
        check_picture(store, &picture).map_err(|what| format!("the picture of commit {key:?}: {what}"))?;
    }
    Ok(())
}

/// Whether the picture that commit `number` was acknowledged with is there.
pub fn check_picture_of(store: &Store, number: u64, seed: u64) -> std::result::Result<(), String> {
    match store.get::<Picture>(&number.to_be_bytes()) {
        Ok(Some(picture)) if picture.seed == seed => Ok(()),
        other => Err(format!("commit {number} has {other:?} for the picture {seed}")),
    }
}

/// Whether a picture that `put` had answered for is there, whole.
pub fn check_kept(store: &Store, seed: u64, file: &str) -> std::result::Result<(), String> {
    check_picture(store, &Picture { seed, file: file.to_owned() })
}

fn check_picture(store: &Store, picture: &Picture) -> std::result::Result<(), String> {
    match store.media().read(&picture.file) {
        Ok(bytes) if bytes == picture_bytes(picture.seed) => Ok(()),
        Ok(bytes) => Err(format!("{} has {} octets that are not its own", picture.file, bytes.len())),
        Err(error) => Err(format!("{}: {error}", picture.file)),
    }
}

fn compare(
    expected: &BTreeMap<String, u64>,
    found: impl Iterator<Item = (Vec<u8>, u64, String)>,
    bytes: fn(u64) -> usize,
) -> std::result::Result<(), String> {
    let mut expected = expected.iter();
    for (key, author, found) in found {
        let key = String::from_utf8_lossy(&key).into_owned();
        match expected.next() {
            Some((same, number)) if *same == key && *number == author => {}
            other => return Err(format!("{key} of {author} stands where {other:?} should")),
        }
        if found != text(author, &key, bytes) {
            return Err(format!("{key} of {author} has another value"));
        }
    }
    expected.next().map_or(Ok(()), |missing| Err(format!("{missing:?} is missing")))
}

/// The keys of both tables after `number` commits, and who wrote each last.
fn state(number: u64) -> BTreeMap<String, u64> {
    let mut state = BTreeMap::new();
    for author in 1..=number {
        for (key, is_put) in changes(author) {
            if is_put {
                state.insert(key, author)
            } else {
                state.remove(&key)
            };
        }
    }
    state
}

/// What commit `number` puts (true) and deletes.
fn changes(number: u64) -> Vec<(String, bool)> {
    let mut changes = vec![(note(number), true), (slot(mix(number)), true)];
    // Most notes live for thirty commits, some for two hundred.
    let life = |author: u64| if author.is_multiple_of(4) { 200 } else { 30 };
    for age in [30, 200] {
        if number > age && life(number - age) == age {
            changes.push((note(number - age), false));
        }
    }
    // Now and then an import: a frame of many pages.
    if number.is_multiple_of(37) {
        changes.extend((0..20).map(|more| (slot(mix(number) + more), true)));
    }
    changes
}

fn note(number: u64) -> String {
    format!("note/{number:06}")
}

fn slot(number: u64) -> String {
    format!("slot/{:02}", number % SLOTS)
}

fn large_bytes(chance: u64) -> usize {
    let limit = match chance % 10 {
        0..6 => 300,
        6..9 => 4000,
        _ => 16_000,
    };
    (chance >> 8) as usize % limit
}

fn small_bytes(chance: u64) -> usize {
    (chance >> 8) as usize % 60
}

/// Letters that only this author has for this key.
fn text(author: u64, key: &str, bytes: fn(u64) -> usize) -> String {
    let seed = key.bytes().fold(author, |seed, octet| mix(seed ^ u64::from(octet)));
    let word = format!("{author}:{seed:016x} ");
    let length = bytes(seed);
    word.repeat(length / word.len() + 1)[..length].to_owned()
}

fn picture_bytes(seed: u64) -> Vec<u8> {
    let length = 1 + (mix(seed) % 20_000) as usize;
    seed.to_le_bytes().into_iter().cycle().take(length).collect()
}

/// A record that pages show.
#[derive(Debug, Serialize, Deserialize)]
struct Large {
    author: u64,
    text: String,
}

/// One that they do not.
#[derive(Debug, Serialize, Deserialize)]
struct Small {
    author: u64,
    text: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Picture {
    seed: u64,
    file: String,
}

macro_rules! record {
    ($record:ty, $table:expr) => {
        impl Record for $record {
            const TABLE: Table = $table;
            const VERSION: u8 = 1;
            type Previous = Never;

            fn migrate(old: Never) -> $record {
                match old {}
            }
        }
    };
}

record!(Large, Table::Row);
record!(Small, Table::Session);
record!(Picture, Table::Item);
