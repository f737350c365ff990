//! Damage: of the view in every way, of the journal in its middle, of snapshots; what is mended and what is told. And
//! what the keeper does while commits go on.

use std::os::unix::fs::FileExt;

use super::super::snapshot;
use super::*;

/// What is done to sled's file or beside it.
type Deed = Box<dyn Fn(&Path)>;

fn small() -> Options {
    Options { segment_bytes: 4000, ..Options::default() }
}

fn fill(store: &Store, from: u64, to: u64) {
    for number in from..to {
        put(store, &format!("{number:06}"), &format!("{number}/{}", "x".repeat(100))).unwrap();
    }
}

fn is_filled(store: &Store, to: u64) {
    let notes = store.scan::<Note>(b"0", None, usize::MAX).unwrap();
    assert_eq!(notes.len() as u64, to, "{:?} {:?}", store.incidents(), store.account());
    for (number, (key, note)) in notes.iter().enumerate() {
        assert_eq!(
            (key.as_slice(), note.text.split('/').next()),
            (format!("{number:06}").as_bytes(), Some(number.to_string().as_str()))
        );
    }
}

fn happened(store: &Store) -> Vec<What> {
    store.incidents().unwrap().into_iter().map(|incident| incident.what).collect()
}

/// sled's file of the view in use.
fn db(folder: &Folder) -> PathBuf {
    let current = fs::read_to_string(folder.0.join("view/current")).unwrap();
    folder.0.join("view").join(current.trim_end()).join("db")
}

/// Overwrites some blocks of a file with noise, the same for each seed.
fn noise(path: &Path, chance: &mut Chance, blocks: u64) {
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    for _ in 0..blocks {
        let at = chance.below(length.div_ceil(4096)) * 4096;
        let octets: Vec<u8> = (0..4096.min(length - at)).map(|_| chance.below(256) as u8).collect();
        file.write_all_at(&octets, at).unwrap();
    }
}

#[test]
fn whatever_happens_to_the_views_files_nothing_is_lost() {
    let folder = Folder::new();
    let store = Store::open(&folder.0, small()).unwrap();
    fill(&store, 0, 300);
    drop(store);
    let cut = |share: u64| {
        move |path: &Path| {
            let file = fs::OpenOptions::new().write(true).open(path).unwrap();
            let length = file.metadata().unwrap().len();
            file.set_len(length * share / 4).unwrap();
        }
    };
    let others = |suffix: &'static str, octets: &'static [u8]| {
        move |path: &Path| fs::write(path.with_file_name(suffix), octets).unwrap()
    };
    let deeds: [Deed; 14] = [
        Box::new(|path| fs::remove_file(path).unwrap()),
        Box::new(|path| fs::remove_dir_all(path.parent().unwrap()).unwrap()),
        Box::new(|path| fs::remove_file(path.parent().unwrap().with_file_name("current")).unwrap()),
        Box::new(|path| fs::write(path.parent().unwrap().with_file_name("current"), "noise").unwrap()),
        Box::new(cut(0)),
        Box::new(cut(1)),
        Box::new(cut(2)),
        Box::new(cut(3)),
        Box::new(others("snap.0000000000000123.generating", b"half")),
        Box::new(others("snap.0000000000FFFFFF", b"not a snapshot")),
        Box::new(others("conf", b"not a configuration")),
        Box::new(|path| noise(path, &mut Chance(9), 1_000)),
        Box::new(|path| fs::write(path.parent().unwrap().with_file_name("suspect"), "it failed").unwrap()),
        Box::new(|path| fs::write(path.parent().unwrap().with_file_name("opening"), "3").unwrap()),
    ];
    for (number, deed) in deeds.iter().enumerate() {
        deed(&db(&folder));
        let store = Store::open(&folder.0, small()).unwrap();
        is_filled(&store, 300);
        put(&store, "again", &number.to_string()).unwrap();
        drop(store);
        let store = Store::open(&folder.0, small()).unwrap();
        assert_eq!(text(&store, "again").unwrap(), number.to_string());
        assert!(happened(&store).iter().all(|what| *what == What::Rebuilt), "{number}: {:?}", store.incidents());
    }
    // sled's left-overs are cured without another view, and so is the loss of its snapshot.
    let told = happened(&Store::open(&folder.0, small()).unwrap()).len();
    assert!((8..=11).contains(&told), "{told}");
    assert!(!folder.0.join("view/damaged").exists(), "what lost nothing is not kept");
}

#[test]
fn noise_anywhere_in_the_view_is_noticed() {
    let folder = Folder::new();
    let store = Store::open(&folder.0, small()).unwrap();
    fill(&store, 0, 800);
    drop(store);
    let mut chance = Chance(77);
    for blocks in [1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 5, 8, 13, 21] {
        noise(&db(&folder), &mut chance, blocks);
        is_filled(&Store::open(&folder.0, small()).unwrap(), 800);
    }
}

#[test]
fn a_gap_in_the_journal_is_named_unless_the_view_has_it() {
    let folder = Folder::new();
    let options = Options::default();
    let store = Store::open(&folder.0, options.clone()).unwrap();
    fill(&store, 0, 9);
    let epoch = store.epoch();
    drop(store);
    let segment = folder.0.join(format!("journal/{:020}.log", 1));
    // The fifth of nine frames of one length.
    let bytes = fs::read(&segment).unwrap();
    let length = 8 + u32::from_le_bytes(bytes[..4].try_into().unwrap()) as u64;
    fs::OpenOptions::new().write(true).open(&segment).unwrap().write_all_at(b"rot", length * 4 + 50).unwrap();

    let store = Store::open(&folder.0, options.clone()).unwrap();
    is_filled(&store, 9);
    assert_eq!(happened(&store), [What::Mended]);
    assert_ne!(store.epoch(), epoch, "the order is broken in the journal");
    drop(store);
    fs::remove_dir_all(folder.0.join("view")).unwrap();
    fs::remove_dir_all(folder.0.join("snapshots")).unwrap();
    let store = Store::open(&folder.0, options.clone()).unwrap();
    assert_eq!(store.scan::<Note>(b"0", None, 99).unwrap().len(), 8);
    assert_eq!(text(&store, "000004"), None);
    let told = happened(&store);
    assert!(told.contains(&What::Lost { from: 5, to: 5 }), "{told:?}");
    let sequence = store.sequence();
    put(&store, "000004", "4/again").unwrap();
    assert!(store.sequence() > sequence && sequence > 9);
    drop(store);
    let store = Store::open(&folder.0, options).unwrap();
    is_filled(&store, 9);
    assert_eq!(happened(&store), told, "told once");
}

/// Waits for the keeper, which tells nobody when it is done.
fn until(what: &str, mut is: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if is() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("{what} does not come");
}

#[test]
fn snapshots_let_the_journal_go_and_a_lost_view_comes_from_them() {
    let folder = Folder::new();
    let store = Store::open(&folder.0, small()).unwrap();
    let mut to = 0;
    until("a second snapshot", || {
        fill(&store, to, to + 20);
        to += 20;
        snapshot::list(&folder.0).unwrap().len() == 2 && !folder.0.join(format!("journal/{:020}.log", 1)).exists()
    });
    drop(store);
    for kept in [2, 1] {
        fs::remove_dir_all(folder.0.join("view")).unwrap();
        let found = snapshot::list(&folder.0).unwrap();
        if kept == 1 {
            // The journal reaches back to the older one.
            let newest = snapshot::path_of(&folder.0, *found.last().unwrap());
            noise(&newest, &mut Chance(5), 1);
        }
        let store = Store::open(&folder.0, small()).unwrap();
        is_filled(&store, to);
        assert!(happened(&store).iter().all(|what| *what == What::Rebuilt));
    }
    fs::remove_dir_all(folder.0.join("view")).unwrap();
    for sequence in snapshot::list(&folder.0).unwrap() {
        fs::write(snapshot::path_of(&folder.0, sequence), b"nothing").unwrap();
    }
    let store = Store::open(&folder.0, small()).unwrap();
    let told = happened(&store);
    assert!(told.contains(&What::Incomplete), "{told:?}");
    assert!(store.scan::<Note>(b"0", None, usize::MAX).unwrap().len() as u64 <= to);
}

#[test]
fn another_view_takes_over_while_commits_and_reads_go_on() {
    let folder = Folder::new();
    let store = Store::open(&folder.0, Options::default()).unwrap();
    fill(&store, 0, 200);
    let done = AtomicBool::new(false);
    let to = AtomicU64::new(200);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                let number = to.load(Ordering::SeqCst);
                fill(&store, number, number + 1);
                put(&store, "last", &number.to_string()).unwrap();
                to.store(number + 1, Ordering::SeqCst);
            }
        });
        scope.spawn(|| {
            while !done.load(Ordering::SeqCst) {
                let least = to.load(Ordering::SeqCst);
                let found = store.scan::<Note>(b"0", None, usize::MAX).unwrap().len() as u64;
                assert!(found >= least, "{found} of {least} are shown");
            }
        });
        for _ in 0..3 {
            store.compact().unwrap();
        }
        done.store(true, Ordering::SeqCst);
    });
    let to = to.into_inner();
    is_filled(&store, to);
    assert_eq!(text(&store, "last").unwrap(), (to - 1).to_string());
    let (before, sequence) = (store.account().unwrap(), store.sequence());
    assert_eq!(before.entries, to + 1);
    drop(store);
    assert_eq!(fs::read_to_string(folder.0.join("view/current")).unwrap(), "4\n");
    let store = Store::open(&folder.0, Options::default()).unwrap();
    is_filled(&store, to);
    assert_eq!((store.sequence(), happened(&store).len()), (sequence, 0));
}

#[test]
fn a_read_that_fails_makes_another_view_while_the_box_runs() {
    let folder = Folder::new();
    // A cache that cannot hold what is read, so that reads go to the file.
    let options = Options { cache_bytes: 64 * 1024, ..Options::default() };
    let store = Store::open(&folder.0, options.clone()).unwrap();
    fill(&store, 0, 3000);
    drop(store);
    let store = Store::open(&folder.0, options).unwrap();
    let length = fs::metadata(db(&folder)).unwrap().len();
    fs::OpenOptions::new()
        .write(true)
        .open(db(&folder))
        .unwrap()
        .write_all_at(&vec![0x5A; length as usize], 0)
        .unwrap();
    let mut failures = 0;
    until("another view", || {
        failures += u32::from(store.scan::<Note>(b"0", None, usize::MAX).is_err());
        happened(&store).contains(&What::Rebuilt)
    });
    assert!(failures > 0, "nothing was read from the file");
    is_filled(&store, 3000);
    fill(&store, 3000, 3010);
    drop(store);
    is_filled(&open(&folder), 3010);
}
