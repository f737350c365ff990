//! The store as its users see it: what a transaction reads, what an error leaves, what a full disk refuses. How it comes
//! back from power cuts and damage is in `recovery`, from kills in `kill`.

#![allow(clippy::unwrap_used)]

mod above;
mod backup;
mod kill;
mod recovery;
mod salvage;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::*;
use crate::clock::{Clock, Time};

/// A directory for one test, gone with it.
pub struct Folder(pub PathBuf);

#[allow(clippy::new_without_default)]
impl Folder {
    pub fn new() -> Folder {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("yizhan-store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A record of a table that pages show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    pub text: String,
}

impl Record for Note {
    const TABLE: Table = Table::Row;
    const VERSION: u8 = 1;
    type Previous = Never;

    fn migrate(old: Never) -> Note {
        match old {}
    }
}

/// One of a table that they do not show.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Quiet(u64);

impl Record for Quiet {
    const TABLE: Table = Table::Session;
    const VERSION: u8 = 1;
    type Previous = Never;

    fn migrate(old: Never) -> Quiet {
        match old {}
    }
}

pub fn note(text: &str) -> Note {
    Note { text: text.to_owned() }
}

pub fn open(folder: &Folder) -> Store {
    Store::open(&folder.0, Options::default()).unwrap()
}

pub fn put(store: &Store, key: &str, text: &str) -> Result<()> {
    let (key, note) = (key.to_owned(), note(text));
    store.write_blocking(move |tx| tx.put(key.as_bytes(), &note))
}

pub fn text(store: &Store, key: &str) -> Option<String> {
    store.get::<Note>(key.as_bytes()).unwrap().map(|note| note.text)
}

/// xorshift64*: the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % bound
    }
}

type Closure = Box<dyn FnOnce(&mut Tx) -> Result<()> + Send>;
type Model = BTreeMap<Vec<u8>, String>;

fn change_some(tx: &mut Tx, model: &mut Model, chance: &mut Chance) {
    for _ in 0..20 {
        let key = vec![b'k', chance.below(40) as u8];
        if chance.below(3) == 0 {
            model.remove(&key);
            tx.delete::<Note>(&key).unwrap();
        } else {
            let value = chance.below(1000).to_string();
            tx.put(&key, &note(&value)).unwrap();
            model.insert(key, value);
        }
    }
}

fn compare(read: &dyn Read, model: &Model, chance: &mut Chance) {
    for _ in 0..60 {
        let edge = vec![b'k', chance.below(42) as u8];
        let limit = chance.below(12) as usize;
        let is_same = |found: Vec<(Vec<u8>, Note)>, expected: Vec<(&Vec<u8>, &String)>| {
            let found: Vec<_> = found.iter().map(|(key, note)| (key, &note.text)).collect();
            assert_eq!(found, expected);
        };
        let ahead = model.iter().filter(|(key, _)| **key > edge).take(limit).collect();
        is_same(read.scan(b"k", Some(&edge), limit).unwrap(), ahead);
        let back = model.iter().rev().filter(|(key, _)| **key < edge).take(limit).collect();
        is_same(read.scan_back(b"k", Some(&edge), limit).unwrap(), back);
        assert_eq!(read.get::<Note>(&edge).unwrap().map(|note| note.text).as_ref(), model.get(&edge));
    }
    assert_eq!(read.scan::<Note>(b"", None, 100).unwrap().len(), model.len());
    assert_eq!(read.scan_back::<Note>(b"k", None, 100).unwrap().len(), model.len());
}

/// Queues all of `acts` while the writer is held up, so that they run in one group, and returns their results.
fn in_one_group(store: &Store, acts: Vec<Closure>) -> Vec<Result<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let (release, held) = std::sync::mpsc::sync_channel::<()>(1);
        let gate = store.clone();
        let first = tokio::spawn(async move { gate.write(move |_| held.recv().map_err(Error::internal)).await });
        let mut tasks = Vec::new();
        for act in acts {
            let store = store.clone();
            tasks.push(tokio::spawn(async move { store.write(act).await }));
        }
        // One turn of this runtime polls each task once, which puts its closure into the queue.
        tokio::task::yield_now().await;
        release.send(()).unwrap();
        first.await.unwrap().unwrap();
        let mut results = Vec::new();
        for task in tasks {
            results.push(task.await.unwrap());
        }
        results
    })
}

#[test]
fn a_transaction_reads_its_own_changes_over_the_groups_over_what_is_committed() {
    let folder = Folder::new();
    let store = open(&folder);
    let state = Arc::new(Mutex::new((Model::new(), Chance(7))));
    for _ in 0..8 {
        let acts = (0..3).map(|_| {
            let state = state.clone();
            let act = move |tx: &mut Tx| {
                let (model, chance) = &mut *state.lock().unwrap();
                for _ in 0..2 {
                    change_some(tx, model, chance);
                    compare(tx, model, chance);
                }
                Ok(())
            };
            Box::new(act) as Closure
        });
        assert!(in_one_group(&store, acts.collect()).iter().all(Result::is_ok));
        let (model, chance) = &mut *state.lock().unwrap();
        compare(&store, model, chance);
    }
}

#[test]
fn ranges_that_run_backwards_or_end_nowhere_are_empty_or_whole() {
    let folder = Folder::new();
    let store = open(&folder);
    store
        .write_blocking(|tx| {
            tx.put(b"\xFF\xFF1", &note("a"))?;
            tx.put(b"b", &note("b"))?;
            for (from, to) in [(b"c", b"b"), (b"b", b"b")] {
                let (from, to) = (Bound::Excluded(from.to_vec()), Bound::Excluded(to.to_vec()));
                assert!(tx.range(Table::Row, from, to, false, 9)?.is_empty());
            }
            assert_eq!(tx.scan::<Note>(b"\xFF\xFF", None, 9)?.len(), 1);
            assert_eq!(tx.scan_back::<Note>(b"\xFF", None, 9)?.len(), 1);
            assert_eq!(tx.scan::<Note>(b"b", Some(b"a-made-up-cursor"), 9)?.len(), 1);
            assert!(tx.scan::<Note>(b"b", Some(b"zzz"), 9)?.is_empty());
            assert_eq!(tx.scan_back::<Note>(b"b", Some(b"zzz"), 9)?.len(), 1);
            assert!(tx.scan_back::<Note>(b"b", Some(b"a"), 9)?.is_empty());
            Ok(())
        })
        .unwrap();
    assert!(store.scan::<Note>(b"b", Some(b"zzz"), 9).unwrap().is_empty());
    assert!(store.scan_back::<Note>(b"b", Some(b"a"), 9).unwrap().is_empty());
}

#[test]
fn an_error_and_a_panic_drop_their_own_changes_alone() {
    let folder = Folder::new();
    let store = open(&folder);
    let results = in_one_group(
        &store,
        vec![
            Box::new(|tx| tx.put(b"a", &note("1"))),
            Box::new(|tx| {
                tx.put(b"a", &note("2"))?;
                tx.next_id("order")?;
                Err(Error::Denied)
            }),
            Box::new(|tx| {
                tx.delete::<Note>(b"a")?;
                panic!("a closure's own fault");
            }),
            Box::new(|tx| {
                assert_eq!(tx.get::<Note>(b"a")?, Some(note("1")));
                assert_eq!(tx.next_id("order")?, 1);
                tx.put(b"b", &note("3"))
            }),
        ],
    );
    assert_eq!(results[0], Ok(()));
    assert_eq!(results[1], Err(Error::Denied));
    assert!(matches!(&results[2], Err(Error::Internal(why)) if why.contains("a closure's own fault")));
    assert_eq!(results[3], Ok(()));
    assert_eq!((text(&store, "a").unwrap(), text(&store, "b").unwrap()), ("1".into(), "3".into()));
    assert_eq!(store.sequence(), 2, "what came to nothing has no sequence");
    drop(store);
    let store = open(&folder);
    assert_eq!((text(&store, "a").unwrap(), store.sequence()), ("1".into(), 2));
}

#[test]
fn many_threads_share_device_waits_and_lose_nothing() {
    let folder = Folder::new();
    let store = open(&folder);
    let threads: Vec<_> = (0..16)
        .map(|thread| {
            let store = store.clone();
            thread::spawn(move || {
                let ids = (0..20).map(|turn| {
                    put(&store, &format!("{thread}/{turn}"), "x").unwrap();
                    assert_eq!(text(&store, &format!("{thread}/{turn}")).unwrap(), "x", "visible once it is answered");
                    store.write_blocking(|tx| tx.next_id("n")).unwrap()
                });
                ids.collect::<Vec<u64>>()
            })
        })
        .collect();
    let mut ids: Vec<u64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=320).collect::<Vec<u64>>());
    assert_eq!(store.sequence(), 640);
    drop(store);
    let store = open(&folder);
    assert_eq!(store.scan::<Note>(b"", None, 1000).unwrap().len(), 320);
    assert_eq!(store.write_blocking(|tx| tx.next_id("n")), Ok(321));
    assert_eq!(store.write_blocking(|tx| tx.next_id("other")), Ok(1));
}

#[test]
fn the_revision_rises_with_what_pages_show() {
    let folder = Folder::new();
    let store = open(&folder);
    let before = store.revision();
    store.write_blocking(|tx| tx.put(b"q", &Quiet(1))).unwrap();
    assert_eq!((store.revision(), store.sequence()), (before, 1));
    assert_eq!(store.write_blocking(|tx| Ok(tx.sequence())), Ok(2));
    put(&store, "a", "1").unwrap();
    let raised = store.revision();
    assert!(raised > before);
    drop(store);
    assert!(open(&folder).revision() >= raised);
}

#[test]
fn what_is_too_large_is_refused_and_what_just_fits_is_kept() {
    let folder = Folder::new();
    let store = open(&folder);
    let is_invalid = |result: Result<()>| matches!(result, Err(Error::Invalid { .. }));
    assert!(is_invalid(put(&store, "", "x")));
    assert!(is_invalid(put(&store, &"k".repeat(257), "x")));
    put(&store, &"k".repeat(256), "x").unwrap();
    // Version, map of one, "text" as a str of 4, and the head of a str with a 16-bit length.
    let frame = 1 + 1 + 5 + 3;
    assert!(is_invalid(put(&store, "v", &"x".repeat(VALUE_LIMIT_BYTES - frame + 1))));
    put(&store, "v", &"x".repeat(VALUE_LIMIT_BYTES - frame)).unwrap();
    let large = "x".repeat(30_000);
    let all = store.write_blocking(move |tx| (0..200).try_for_each(|n: u8| tx.put(&[n, 1], &note(&large))));
    assert!(is_invalid(all));
    assert_eq!(store.sequence(), 2);
}

#[test]
fn a_full_disk_refuses_what_grows_and_recovers() {
    let folder = Folder::new();
    let free = Arc::new(AtomicU64::new(1000));
    let probe = free.clone();
    let clock = Clock::by_hand(Time(0));
    let options = Options {
        reserve_bytes: 800,
        free: Arc::new(move |_: &Path| Ok(probe.load(Ordering::SeqCst))),
        clock: clock.clone(),
        ..Options::default()
    };
    let store = Store::open(&folder.0, options).unwrap();
    let set = |bytes| {
        free.store(bytes, Ordering::SeqCst);
        clock.advance(Duration::from_secs(1));
    };
    put(&store, "a", "old").unwrap();
    set(799);
    assert!(store.is_full());
    assert_eq!(put(&store, "b", "new"), Err(Error::Full));
    put(&store, "a", "two").unwrap();
    assert_eq!(put(&store, "a", "three"), Err(Error::Full), "longer");
    assert_eq!(text(&store, "a").unwrap(), "two");
    assert_eq!(store.write_blocking(|tx| tx.get::<Note>(b"b")), Ok(None), "a reader is not refused");
    store.write_blocking(|tx| tx.delete::<Note>(b"a")).unwrap();
    set(199);
    assert_eq!(store.write_blocking(|tx| tx.delete::<Note>(b"a")), Err(Error::Full), "nothing at all");
    free.store(1000, Ordering::SeqCst);
    assert!(store.is_full(), "one answer holds for a second");
    set(1000);
    assert!(!store.is_full());
    put(&store, "b", "new").unwrap();
}

#[test]
fn one_process_at_a_time_and_nothing_after_the_close() {
    let folder = Folder::new();
    let store = open(&folder);
    let second = Store::open(&folder.0, Options::default());
    assert!(matches!(second.err(), Some(Error::Conflict(why)) if why.contains("another process")));
    let other = store.clone();
    put(&store, "a", "1").unwrap();
    store.close().unwrap();
    assert!(matches!(put(&other, "b", "2"), Err(Error::Internal(why)) if why.contains("closed")));
    assert_eq!(text(&other, "a").unwrap(), "1", "reading goes on");
    drop(other);
    let view = View::open(&folder.0.join("view/1"), 1024 * 1024).unwrap();
    assert_eq!(view.last(), 1, "nothing is left for the next start to replay");
    drop(view);
    assert_eq!(text(&open(&folder), "a").unwrap(), "1");
}

#[test]
fn a_closure_may_not_wait_for_the_writer_but_may_own_the_last_handle() {
    let folder = Folder::new();
    let store = open(&folder);
    let inner = store.clone();
    let nested = store.write_blocking(move |_| inner.write_blocking(|_| Ok(())));
    assert!(matches!(nested, Err(Error::Internal(why)) if why.contains("waits for the writer")));
    let (done, was_done) = std::sync::mpsc::sync_channel(1);
    let last = store.clone();
    let (job, _) = writer::Act::job(move |tx: &mut Tx| {
        tx.put(b"a", &note("1"))?;
        drop(last);
        done.send(()).map_err(Error::internal)
    });
    store.queue().unwrap().blocking_send(Order::Act(job)).unwrap();
    drop(store);
    was_done.recv().unwrap();
}
