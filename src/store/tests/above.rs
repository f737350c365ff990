//! What is committed and not in sled's trees yet is read like all else, and no read sees half of it go down there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::*;

/// Some commits of this make what stands above the trees go down.
fn ballast() -> Note {
    note(&"x".repeat(20_000))
}

#[test]
fn a_range_sees_whole_commits_while_changes_go_down() {
    let folder = Folder::new();
    let store = open(&folder);
    put(&store, "m00", "here").unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = [false, true].map(|reverse| reader(store.clone(), done.clone(), reverse)).into();
    for n in 0..400_u32 {
        let (from, to) = (format!("m{:02}", n % 40), format!("m{:02}", (n + 1) % 40));
        let moved = store.write_blocking(move |tx| {
            tx.delete::<Note>(from.as_bytes())?;
            tx.put(to.as_bytes(), &note("here"))?;
            tx.put(format!("z{}", n % 40).as_bytes(), &ballast())
        });
        moved.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.join().unwrap() > 0, "a reader never came to read");
    }
}

/// Looks for the one row that moves about until it is told to end; says how often it looked.
fn reader(store: Store, done: Arc<AtomicBool>, reverse: bool) -> thread::JoinHandle<usize> {
    thread::spawn(move || {
        let mut looks = 0;
        while !done.load(Ordering::Relaxed) || looks == 0 {
            let found: Vec<(Vec<u8>, Note)> = match reverse {
                true => store.scan_back(b"m", None, 50).unwrap(),
                false => store.scan(b"m", None, 50).unwrap(),
            };
            assert_eq!(found.len(), 1, "a commit moves the row from one key to another");
            looks += 1;
        }
        looks
    })
}

#[test]
fn a_deletion_that_stands_above_hides_the_row_below() {
    let folder = Folder::new();
    let store = open(&folder);
    for key in ["a", "b", "c"] {
        put(&store, key, "old").unwrap();
    }
    let settled = store.account().unwrap().entries;
    let change = |tx: &mut Tx| {
        tx.delete::<Note>(b"b")?;
        tx.put(b"c", &note("new"))
    };
    store.write_blocking(change).unwrap();
    let keys = |rows: Vec<(Vec<u8>, Note)>| rows.into_iter().map(|(key, note)| (key[0], note.text)).collect::<Vec<_>>();
    let expected = vec![(b'a', "old".to_owned()), (b'c', "new".to_owned())];
    assert_eq!(keys(store.scan(b"", None, 9).unwrap()), expected);
    assert_eq!(keys(store.scan_back(b"", None, 9).unwrap()), expected.iter().rev().cloned().collect::<Vec<_>>());
    assert_eq!(text(&store, "b"), None);
    assert_eq!(store.account().unwrap().entries, settled - 1);
    assert_eq!(keys(store.scan(b"", None, 9).unwrap()), expected, "the same from the trees");
}
