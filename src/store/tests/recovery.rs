//! Coming back: from torn tails, rot, failed syncs, lost and damaged views. What is damaged here is damaged by hand.

use super::super::changes::Changes;
use super::super::journal::frame::{self, Builder};
use super::super::journal::{Failure, Journal, Met, replay};
use super::*;

/// ENOSPC and EIO of Linux on every architecture that we build for.
const NO_SPACE: i32 = 28;
const IO_ERROR: i32 = 5;

fn commit(journal: &mut Journal, text: &str) -> std::result::Result<(), Failure> {
    let mut changes = Changes::default();
    changes.set(Table::Row, b"k".to_vec(), Some(text.as_bytes().to_vec()));
    let mut builder = Builder::new(journal.epoch(), journal.last() + 1);
    builder.push(&changes);
    let last = builder.last();
    journal.append(&builder.finish(), last)
}

/// The values of `k` behind `after`, in order.
fn values(journal: &Journal, after: u64) -> Vec<String> {
    let mut found = Vec::new();
    replay(journal.dir(), after, journal.last(), &mut |met| {
        let Met::Group(group) = met else { return Ok(()) };
        for changes in &group.commits {
            for (_, _, value) in changes.iter() {
                found.push(String::from_utf8(value.unwrap().to_vec()).unwrap());
            }
        }
        Ok(())
    })
    .unwrap();
    found
}

fn segment(folder: &Folder, first: u64) -> PathBuf {
    folder.0.join(format!("journal/{first:020}.log"))
}

/// A journal of three commits; its octets, and where the last frame begins.
fn three(folder: &Folder) -> (Vec<u8>, usize) {
    let mut journal = Journal::open(&folder.0).unwrap();
    for text in ["one", "two", "three"] {
        assert!(commit(&mut journal, text).is_ok());
    }
    let mut bytes = fs::read(segment(folder, 1)).unwrap();
    bytes.truncate(journal.segment_bytes() as usize);
    let short = bytes.len() - "three".len() + "two".len();
    (bytes, short / 3 * 2)
}

#[test]
fn a_tail_torn_at_any_octet_is_cut_and_the_rest_stays() {
    let folder = Folder::new();
    let (bytes, last_frame) = three(&folder);
    for length in last_frame..bytes.len() {
        // Cut short; or as long as it was meant to be, with zeros where nothing had arrived.
        for zeros in [0, bytes.len() - length] {
            let mut torn = bytes[..length].to_vec();
            torn.resize(length + zeros, 0);
            fs::write(segment(&folder, 1), &torn).unwrap();
            let mut journal = Journal::open(&folder.0).unwrap();
            assert_eq!(journal.last(), 2, "cut at {length}");
            assert_eq!(values(&journal, 0), ["one", "two"]);
            assert!(commit(&mut journal, "again").is_ok());
            assert_eq!(values(&Journal::open(&folder.0).unwrap(), 1), ["two", "again"]);
        }
    }
}

#[test]
fn damage_in_front_of_a_good_frame_is_a_gap_and_what_is_behind_is_kept() {
    let folder = Folder::new();
    let (bytes, last_frame) = three(&folder);
    let second = last_frame / 2;
    for place in 0..last_frame {
        let mut rotten = bytes.clone();
        rotten[place] ^= 0x10;
        fs::write(segment(&folder, 1), &rotten).unwrap();
        let journal = Journal::open(&folder.0).unwrap();
        assert!(journal.has_gap());
        let expected = if place < second { ["two", "three"] } else { ["one", "three"] };
        assert_eq!((&values(&journal, 0)[..], journal.last()), (&expected.map(String::from)[..], 3), "{place}");
    }
    fs::write(segment(&folder, 1), &bytes[second..]).unwrap();
    assert_eq!(values(&Journal::open(&folder.0).unwrap(), 0), ["two", "three"], "a missing first frame");
    fs::write(segment(&folder, 1), &bytes).unwrap();
    let journal = Journal::open(&folder.0).unwrap();
    assert!(!journal.has_gap());
    assert_eq!(values(&journal, 0), ["one", "two", "three"]);
}

#[test]
fn a_block_from_an_earlier_life_is_a_torn_tail() {
    let folder = Folder::new();
    let (mut bytes, last_frame) = three(&folder);
    let first_frame = bytes[..last_frame / 2].to_vec();
    bytes.extend(first_frame);
    fs::write(segment(&folder, 1), &bytes).unwrap();
    let journal = Journal::open(&folder.0).unwrap();
    assert_eq!((journal.last(), journal.segment_bytes()), (3, (bytes.len() - last_frame / 2) as u64));
}

#[test]
fn an_append_without_room_leaves_nothing_and_the_next_one_stands() {
    let folder = Folder::new();
    let mut journal = Journal::open(&folder.0).unwrap();
    assert!(commit(&mut journal, "one").is_ok());
    journal.faults.append.store(NO_SPACE, Ordering::SeqCst);
    assert!(matches!(commit(&mut journal, "two"), Err(Failure::Undone(Error::Full))));
    assert_eq!(fs::metadata(segment(&folder, 1)).unwrap().len(), journal.segment_bytes());
    assert!(commit(&mut journal, "three").is_ok());
    assert_eq!(values(&Journal::open(&folder.0).unwrap(), 0), ["one", "three"]);
    journal.faults.sync.store(IO_ERROR, Ordering::SeqCst);
    assert!(matches!(commit(&mut journal, "four"), Err(Failure::Broken(Error::Internal(_)))));
    assert_eq!(values(&Journal::open(&folder.0).unwrap(), 0), ["one", "three"]);
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged_until_the_next_start() {
    let folder = Folder::new();
    let options = Options::default();
    let faults = options.faults.clone();
    let store = Store::open(&folder.0, options.clone()).unwrap();
    put(&store, "a", "1").unwrap();
    faults.append.store(NO_SPACE, Ordering::SeqCst);
    assert_eq!(put(&store, "a", "2"), Err(Error::Full));
    assert!(store.is_full() && !store.is_broken());
    assert_eq!(text(&store, "a").unwrap(), "1");
    drop(store);

    let store = Store::open(&folder.0, options).unwrap();
    put(&store, "a", "3").unwrap();
    faults.sync.store(IO_ERROR, Ordering::SeqCst);
    assert!(matches!(put(&store, "a", "4"), Err(Error::Internal(_))));
    assert!(store.is_broken());
    assert!(matches!(put(&store, "b", "5"), Err(Error::Internal(why)) if why.contains("sync has failed")));
    assert_eq!(text(&store, "a").unwrap(), "3");
    drop(store);
    let store = open(&folder);
    assert_eq!((text(&store, "a").unwrap(), text(&store, "b"), store.sequence()), ("3".into(), None, 2));
    put(&store, "a", "6").unwrap();
}

#[test]
fn a_lost_view_is_built_from_the_journal() {
    let folder = Folder::new();
    let store = open(&folder);
    put(&store, "a", "1").unwrap();
    put(&store, "a", "2").unwrap();
    put(&store, "b", "3").unwrap();
    store.write_blocking(|tx| tx.delete::<Note>(b"b")).unwrap();
    let epoch = store.epoch();
    drop(store);
    fs::remove_dir_all(folder.0.join("view")).unwrap();
    let store = open(&folder);
    assert_eq!((text(&store, "a").unwrap(), text(&store, "b")), ("2".into(), None));
    assert_eq!((store.sequence(), store.epoch()), (5, epoch), "the four, and one that says what happened");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_view_that_lost_its_end_gets_it_from_the_journal() {
    let folder = Folder::new();
    let (view, earlier) = (folder.0.join("view"), folder.0.join("earlier"));
    let options = Options { segment_bytes: 2000, ..Options::default() };
    for turn in 0..4 {
        let store = Store::open(&folder.0, options.clone()).unwrap();
        for part in 0..7 {
            put(&store, &format!("{turn}{part}"), &"x".repeat(100)).unwrap();
        }
        put(&store, "last", &turn.to_string()).unwrap();
        store.write_blocking(move |tx| tx.delete::<Note>(format!("{turn}0").as_bytes())).unwrap();
        drop(store);
        if turn > 0 {
            fs::remove_dir_all(&view).unwrap();
            copy(&earlier, &view);
            let store = Store::open(&folder.0, options.clone()).unwrap();
            assert_eq!(text(&store, "last").unwrap(), turn.to_string());
            assert_eq!(store.scan::<Note>(b"", None, 99).unwrap().len(), 1 + 6 * (turn + 1));
        }
        let _ = fs::remove_dir_all(&earlier);
        copy(&view, &earlier);
    }
}

/// The files as a kill leaves them, at any moment of a first start and of the one after it.
#[test]
fn a_kill_before_the_first_commit_is_no_damage() {
    let (folder, killed) = (Folder::new(), Folder::new());
    for _ in 0..2 {
        let store = open(&folder);
        fs::remove_dir_all(&killed.0).unwrap();
        copy(&folder.0, &killed.0);
        assert_eq!(open(&killed).incidents().unwrap(), []);
        drop(store);
    }
}

#[test]
fn a_view_ahead_of_a_lost_journal_is_kept_under_a_new_epoch() {
    let folder = Folder::new();
    let store = open(&folder);
    put(&store, "a", "1").unwrap();
    let epoch = store.epoch();
    let kept = fs::read(segment(&folder, 1)).unwrap();
    put(&store, "a", "2").unwrap();
    drop(store);
    fs::write(segment(&folder, 1), kept).unwrap();
    let store = open(&folder);
    assert_eq!((text(&store, "a").unwrap(), store.sequence()), ("2".into(), 3), "and one that says what happened");
    assert_ne!(store.epoch(), epoch);
    put(&store, "a", "3").unwrap();
    let epoch = store.epoch();
    drop(store);
    let store = open(&folder);
    assert_eq!((text(&store, "a").unwrap(), store.sequence(), store.epoch()), ("3".into(), 4, epoch));
}

#[test]
fn a_lost_epoch_file_is_written_again_from_the_frames() {
    let folder = Folder::new();
    let store = open(&folder);
    put(&store, "a", "1").unwrap();
    let epoch = store.epoch();
    drop(store);
    for damage in [None, Some("no number"), Some("")] {
        fs::remove_file(folder.0.join("epoch")).unwrap();
        if let Some(damage) = damage {
            fs::write(folder.0.join("epoch"), damage).unwrap();
        }
        let store = open(&folder);
        assert_eq!(store.epoch(), epoch);
        put(&store, "a", "2").unwrap();
    }
    assert_eq!(open(&folder).sequence(), 4);
}

#[test]
fn a_group_is_one_frame_with_a_sequence_for_each_commit() {
    let folder = Folder::new();
    let options = Options::default();
    let syncs = options.faults.syncs.clone();
    let store = Store::open(&folder.0, options).unwrap();
    store.write_blocking(|tx| tx.get::<Note>(b"a")).unwrap();
    assert_eq!(syncs.load(Ordering::SeqCst), 0, "what changes nothing waits for no device");
    let acts = (0..5u8).map(|n| {
        let act = move |tx: &mut Tx| {
            assert_eq!(tx.sequence(), u64::from(n) + 1);
            tx.put(&[n + 1], &note("x"))
        };
        Box::new(act) as Closure
    });
    in_one_group(&store, acts.collect());
    assert_eq!(syncs.load(Ordering::SeqCst), 1);
    let bytes = fs::read(segment(&folder, 1)).unwrap();
    let (head, rest) = bytes.split_first_chunk().unwrap();
    let (body, ahead) = rest.split_at(frame::body_length(head).unwrap());
    assert!(ahead.iter().all(|octet| *octet == 0), "one frame, and zeros ahead of the next");
    let group = frame::decode(head, body).unwrap();
    assert_eq!((group.first, group.last()), (1, 5));
}
