//! Backups: of a running store, cut short, damaged, put into place over other data, and cut off while they are.

use super::super::snapshot::restore::finish;
use super::*;

fn options() -> Options {
    Options { segment_bytes: 20_000, ..Options::default() }
}

fn made(store: &Store) -> (Vec<u8>, Label) {
    let mut tar = Vec::new();
    let label = store.backup(&mut tar).unwrap();
    (tar, label)
}

#[test]
fn a_backup_of_a_running_store_is_all_of_it_on_another_machine() {
    let folder = Folder::new();
    let store = Store::open(&folder.0, options()).unwrap();
    let picture = store.media().put(b"abc", "png", 10).unwrap();
    fs::create_dir(folder.0.join("archive")).unwrap();
    fs::write(folder.0.join("archive/texts-2026-11.jsonl"), b"{}\n").unwrap();
    let done = AtomicBool::new(false);
    let ((tar, label), written) = thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut number = 0;
            while !done.load(Ordering::SeqCst) {
                put(&store, &format!("{number:06}"), &number.to_string()).unwrap();
                number += 1;
            }
            number
        });
        while store.sequence() < 300 {
            thread::yield_now();
        }
        let made = made(&store);
        done.store(true, Ordering::SeqCst);
        (made, writer.join().unwrap())
    });
    assert!(label.sequence >= 300 && label.sequence <= written);
    let epoch = store.epoch();
    drop(store);

    let other = Folder::new();
    assert_eq!(restore(&other.0, &mut tar.as_slice()).unwrap(), label);
    let store = open(&other);
    let notes = store.scan::<Note>(b"", None, usize::MAX).unwrap();
    assert_eq!(notes.len() as u64, label.sequence, "each commit was one note");
    for (number, (key, note)) in notes.into_iter().enumerate() {
        assert_eq!((key, note.text), (format!("{number:06}").into_bytes(), number.to_string()));
    }
    assert_ne!(store.epoch(), epoch, "the other box may have gone on");
    assert_eq!(store.media().read(&picture).unwrap(), b"abc");
    assert_eq!(fs::read(other.0.join("archive/texts-2026-11.jsonl")).unwrap(), b"{}\n");
    let told: Vec<What> = store.incidents().unwrap().into_iter().map(|incident| incident.what).collect();
    assert_eq!(told, [What::Restored], "{:?}", store.incidents());
    put(&store, "new", "1").unwrap();
    drop(store);
    let store = open(&other);
    assert_eq!((text(&store, "new").unwrap(), store.incidents().unwrap().len()), ("1".into(), 1), "told once");
}

#[test]
fn what_was_there_is_put_aside_and_what_is_no_backup_changes_nothing() {
    let (folder, other) = (Folder::new(), Folder::new());
    let store = open(&folder);
    put(&store, "a", "1").unwrap();
    store.media().put(b"abc", "png", 10).unwrap();
    let (tar, _) = made(&store);
    let store = open(&other);
    put(&store, "b", "2").unwrap();
    let busy = restore(&other.0, &mut tar.as_slice());
    assert!(matches!(busy, Err(Error::Conflict(_))), "{busy:?}");
    drop(store);
    let refused = |octets: &[u8]| {
        let why = restore(&other.0, &mut &*octets).unwrap_err();
        assert!(matches!(&why, Error::Invalid { field, .. } if field == "backup"), "{why}");
        assert!(!other.0.join("restore.part").exists() && !other.0.join("restore.ready").exists());
    };
    refused(b"");
    refused(&[b'x'; 5000]);
    for length in (512..tar.len() - 1536).step_by(512) {
        refused(&tar[..length]);
    }
    // One octet of the snapshot, of the journal's head, of the picture.
    for what in [&b"a\xA1"[..], b"abc"] {
        let place = tar.windows(what.len()).position(|octets| octets == what);
        let Some(place) = place else { continue };
        let mut damaged = tar.clone();
        damaged[place] ^= 1;
        refused(&damaged);
    }
    assert_eq!(text(&open(&other), "b").unwrap(), "2");

    restore(&other.0, &mut tar.as_slice()).unwrap();
    let store = open(&other);
    assert_eq!((text(&store, "a").unwrap(), text(&store, "b")), ("1".into(), None));
    drop(store);
    let aside = other.0.join("before-restore");
    assert!(["view", "journal", "snapshots", "epoch"].iter().all(|name| aside.join(name).exists()));
    assert_eq!(text(&Store::open(&aside, Options::default()).unwrap(), "b").unwrap(), "2", "it is a store of its own");
}

#[test]
fn a_path_out_of_the_folder_is_refused() {
    let folder = Folder::new();
    let store = open(&folder);
    let (tar, _) = made(&store);
    for name in ["epoch", "journal/x/y", "other/x", "/etc/passwd"] {
        let mut evil = tar::Builder::new(Vec::new());
        for entry in tar::Archive::new(tar.as_slice()).entries().unwrap().take(1) {
            let entry = entry.unwrap();
            evil.append(&entry.header().clone(), entry).unwrap();
        }
        let mut head = tar::Header::new_gnu();
        head.set_size(1);
        head.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        head.set_cksum();
        evil.append(&head, &b"x"[..]).unwrap();
        let evil = evil.into_inner().unwrap();
        let other = Folder::new();
        let why = restore(&other.0, &mut evil.as_slice()).unwrap_err().to_string();
        assert!(why.contains("nothing that a backup holds"), "{name}: {why}");
    }
}

/// A start finishes what a power cut left, from whichever of its steps.
#[test]
fn a_restore_that_is_cut_off_is_finished_by_the_next_start() {
    let folder = Folder::new();
    let store = open(&folder);
    put(&store, "a", "1").unwrap();
    let (tar, _) = made(&store);
    for moved in 0..=4 {
        let other = Folder::new();
        let store = open(&other);
        put(&store, "b", "2").unwrap();
        drop(store);
        restore(&other.0, &mut tar.as_slice()).unwrap();
        // Back to when only some of the names were in place.
        let (ready, before) = (other.0.join("restore.ready"), other.0.join("before-restore"));
        fs::create_dir(&ready).unwrap();
        for name in ["snapshots", "journal", "epoch"].into_iter().skip(moved) {
            fs::rename(other.0.join(name), ready.join(name)).unwrap();
            fs::rename(before.join(name), other.0.join(name)).unwrap();
        }
        if moved == 0 {
            fs::rename(before.join("view"), other.0.join("view")).unwrap();
        }
        if moved == 4 {
            finish(&other.0).unwrap();
        }
        let store = open(&other);
        assert_eq!((text(&store, "a").unwrap(), text(&store, "b")), ("1".into(), None), "{moved}");
    }
}
