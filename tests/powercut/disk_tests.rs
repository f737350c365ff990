//! The model of a disk, held to what it promises: what a sync covered is always there, and what it did not cover is there in
//! every way that it may be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::chance::Chance;
use crate::disk::{Change, Disk, Inode, Name, Node, ORDERS, Order, ROOT, Tree};

const FILE: Inode = 1;

fn disk_with(bytes: &[u8]) -> Disk {
    Disk::of(&Tree::from([(PathBuf::from("file"), Some(bytes.to_vec()))]))
}

fn write(offset: usize, bytes: &[u8]) -> Change {
    Change::Write(FILE, offset, bytes.into())
}

fn name(directory: Inode, name: &str, node: Option<Node>) -> Name {
    Name { directory, name: name.to_owned(), node }
}

/// All that a file may hold after a cut.
fn outcomes(disk: &Disk) -> BTreeSet<Vec<u8>> {
    let image = |seed| disk.after_cut(Order::Everything, &mut Chance::new(seed, 0));
    (0..400).map(|seed| image(seed)[Path::new("file")].clone().unwrap()).collect()
}

/// All lists of names that may be there after a cut.
fn names(disk: &Disk, order: Order) -> BTreeSet<String> {
    let image = |seed| disk.after_cut(order, &mut Chance::new(seed, 0));
    let list = |tree: Tree| tree.keys().map(|path| path.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
    (0..400).map(|seed| list(image(seed))).collect()
}

fn set<const N: usize>(of: [&str; N]) -> BTreeSet<String> {
    of.map(str::to_owned).into()
}

#[test]
fn what_was_synced_is_there_and_what_came_later_may_be() {
    let mut disk = disk_with(b"old");
    disk.apply(0, &write(0, b"one"));
    disk.sync(Node::File(FILE), 1);
    assert_eq!(outcomes(&disk), [b"one".to_vec()].into());
    disk.apply(2, &write(0, b"two"));
    disk.apply(3, &write(0, b"six"));
    assert_eq!(outcomes(&disk), [b"one".to_vec(), b"six".to_vec(), b"two".to_vec()].into());
    assert_eq!(disk.contents(FILE), b"six");
}

#[test]
fn a_sync_covers_what_was_done_before_it_was_asked_for() {
    let mut disk = disk_with(b"old");
    disk.apply(0, &write(0, b"one"));
    disk.apply(1, &write(0, b"two"));
    disk.sync(Node::File(FILE), 1);
    assert_eq!(outcomes(&disk), [b"one".to_vec(), b"two".to_vec()].into());
}

#[test]
fn pages_arrive_apart_from_each_other_and_from_the_length() {
    let mut disk = disk_with(b"");
    disk.apply(0, &write(0, &[b'x'; 8192]));
    let found: BTreeSet<(usize, bool, bool)> = outcomes(&disk)
        .into_iter()
        .map(|bytes| (bytes.len(), bytes.first() == Some(&b'x'), bytes.get(4096) == Some(&b'x')))
        .collect();
    let all = [(0, false, false), (8192, false, false), (8192, false, true), (8192, true, false), (8192, true, true)];
    assert_eq!(found, all.into());
}

#[test]
fn a_page_may_be_torn_at_a_sector_and_nowhere_else() {
    let mut disk = disk_with(&[b'a'; 4096]);
    disk.apply(0, &write(0, &[b'b'; 4096]));
    let outcomes = outcomes(&disk);
    assert!(
        outcomes.iter().all(|bytes| bytes.chunks(512).all(|sector| sector.iter().all(|octet| *octet == sector[0])))
    );
    assert!(outcomes.len() > 2, "no page was torn");
}

#[test]
fn what_was_cut_off_comes_back_only_without_the_cut() {
    let mut disk = disk_with(&[b'a'; 6000]);
    disk.apply(0, &Change::Truncate(FILE, 5000));
    disk.apply(1, &write(5500, b"b"));
    for bytes in outcomes(&disk) {
        let rest: Vec<u8> = bytes[5000..].to_vec();
        let is_uncut = rest == [b'a'; 1000];
        let is_cut = rest.iter().all(|octet| *octet != b'a');
        assert!(is_uncut || is_cut, "{} octets, {:?}", bytes.len(), &rest[..]);
    }
    let lengths: BTreeSet<usize> = outcomes(&disk).iter().map(Vec::len).collect();
    assert_eq!(lengths, [5000, 5501, 6000].into());
}

#[test]
fn room_that_was_reserved_is_zeros() {
    let mut disk = disk_with(b"ab");
    disk.apply(0, &Change::Reserve(FILE, 4));
    assert_eq!(outcomes(&disk), [b"ab".to_vec(), b"ab\0\0".to_vec()].into());
    disk.apply(1, &Change::Zero(FILE, 1, 100));
    disk.sync(Node::File(FILE), 2);
    assert_eq!(outcomes(&disk), [b"a\0\0\0".to_vec()].into());
}

#[test]
fn a_name_needs_its_directory_synced() {
    let mut disk = Disk::default();
    let (one, two) = (disk.new_inode(), disk.new_inode());
    disk.apply(0, &Change::Names(vec![name(ROOT, "one", Some(Node::File(one)))]));
    disk.apply(1, &Change::Names(vec![name(ROOT, "two", Some(Node::File(two)))]));
    disk.sync(Node::File(one), 2);
    assert_eq!(names(&disk, Order::Everything), set(["", "one", "one two"]));
    assert_eq!(names(&disk, Order::Directory), set(["", "one", "one two"]));
    assert_eq!(names(&disk, Order::Name), set(["", "one", "two", "one two"]));
    disk.sync(Node::Directory(ROOT), 1);
    for order in ORDERS {
        assert_eq!(names(&disk, order), set(["one", "one two"]), "{order:?}");
    }
}

#[test]
fn directories_arrive_apart_from_each_other() {
    let mut disk = Disk::of(&Tree::from([(PathBuf::from("a"), None), (PathBuf::from("b"), None)]));
    let file = Node::File(disk.new_inode());
    disk.apply(0, &Change::Names(vec![name(1, "x", Some(file))]));
    disk.apply(1, &Change::Names(vec![name(2, "y", Some(file))]));
    assert_eq!(names(&disk, Order::Everything), set(["a b", "a a/x b", "a a/x b b/y"]));
    assert_eq!(names(&disk, Order::Directory), set(["a b", "a a/x b", "a b b/y", "a a/x b b/y"]));
    disk.sync(Node::Directory(2), 2);
    assert_eq!(
        names(&disk, Order::Everything),
        set(["a a/x b b/y"]),
        "the journal of ext4 takes what came before along"
    );
    assert_eq!(names(&disk, Order::Directory), set(["a b b/y", "a a/x b b/y"]));
}

#[test]
fn a_rename_is_done_or_not_and_never_loses_both() {
    for order in ORDERS {
        let mut disk = disk_with(b"old");
        let new = disk.new_inode();
        disk.apply(0, &Change::Names(vec![name(ROOT, "new", Some(Node::File(new)))]));
        disk.apply(1, &Change::Write(new, 0, (*b"new").into()));
        disk.sync(Node::File(new), 2);
        disk.sync(Node::Directory(ROOT), 2);
        let moved = vec![name(ROOT, "new", None), name(ROOT, "file", Some(Node::File(new)))];
        disk.apply(4, &Change::Names(moved));
        assert_eq!(names(&disk, order), set(["file new", "file"]), "{order:?}");
        assert_eq!(outcomes(&disk), [b"new".to_vec(), b"old".to_vec()].into());
    }
}

#[test]
fn a_rename_between_directories_takes_along_what_it_needs() {
    for order in ORDERS {
        let mut disk = Disk::of(&Tree::from([(PathBuf::from("a"), None), (PathBuf::from("b"), None)]));
        let file = Node::File(disk.new_inode());
        disk.apply(0, &Change::Names(vec![name(1, "x", Some(file))]));
        disk.apply(1, &Change::Names(vec![name(1, "x", None), name(2, "y", Some(file))]));
        assert_eq!(names(&disk, order), set(["a b", "a a/x b", "a b b/y"]), "{order:?}");
        disk.sync(Node::Directory(2), 2);
        assert_eq!(names(&disk, order), set(["a b b/y"]), "{order:?}");
    }
}
