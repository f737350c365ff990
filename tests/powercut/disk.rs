//! A file system as a power cut leaves it: what POSIX and ext4 allow, and no more kindness than that. Pure.
//!
//! - **Contents** are durable by fsync or fdatasync of the file, as far as they were written before it was asked for. Of the
//!   rest each 4 KiB page may be there as it was at any moment since, now and then torn between two of them at a sector.
//! - **Lengths** arrive in their order, apart from the pages: a longer file may have zeros where its pages did not come.
//!   What a truncation cut off comes back only if the truncation did not arrive.
//! - **Names** are durable by fsync of their directory alone (ext4 is kinder). Before that any beginning of what was done
//!   arrives: of everything (ext4's journal), of each directory, or of each name. A rename is never done by half.
//!
//! Not here: blocks of other files that show through, and a device that lies about its syncs.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::chance::Chance;
use crate::file::{Edit, File};

pub type Inode = usize;
pub const ROOT: Inode = 0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    Directory(Inode),
    File(Inode),
}

/// A name in a directory, and what it leads to from now on.
#[derive(Clone, Debug)]
pub struct Name {
    pub directory: Inode,
    pub name: String,
    pub node: Option<Node>,
}

#[derive(Clone, Debug)]
pub enum Change {
    /// Names that change together: one for a new or removed file, two for a rename.
    Names(Vec<Name>),
    Write(Inode, usize, Arc<[u8]>),
    /// Exactly this length.
    Truncate(Inode, usize),
    /// At least this length.
    Reserve(Inode, usize),
    /// Zeros from here to there, as far as the file goes.
    Zero(Inode, usize, usize),
}

/// Of what the beginning arrives, where names are not durable.
#[derive(Clone, Copy, Debug)]
pub enum Order {
    Everything,
    Directory,
    Name,
}

pub const ORDERS: [Order; 3] = [Order::Everything, Order::Directory, Order::Name];

/// Files with their contents, directories without; parents come first.
pub type Tree = BTreeMap<PathBuf, Option<Vec<u8>>>;

type Names = BTreeMap<(Inode, String), Node>;

#[derive(Default)]
pub struct Disk {
    start: Names,
    /// As a process sees them.
    now: Names,
    changes: Vec<NameChange>,
    files: BTreeMap<Inode, File>,
    inodes: Inode,
}

struct NameChange {
    step: usize,
    names: Vec<Name>,
    is_durable: bool,
}

impl Disk {
    /// A disk that holds this durably.
    pub fn of(tree: &Tree) -> Disk {
        let mut disk = Disk::default();
        for (path, contents) in tree {
            let inode = disk.new_inode();
            let node = match contents {
                None => Node::Directory(inode),
                Some(bytes) => {
                    disk.files.insert(inode, File::of(bytes.clone()));
                    Node::File(inode)
                }
            };
            let (directory, name) = disk.place(path).expect("a tree has parents first");
            disk.start.insert((directory, name.clone()), node);
            disk.now.insert((directory, name), node);
        }
        disk
    }

    /// One that nothing has, here or in the changes that were applied.
    pub fn new_inode(&mut self) -> Inode {
        self.inodes += 1;
        self.inodes
    }

    /// What a path leads to now.
    pub fn find(&self, path: &Path) -> Option<Node> {
        let mut node = Node::Directory(ROOT);
        for part in path {
            let Node::Directory(directory) = node else { return None };
            node = *self.now.get(&(directory, part.to_str()?.to_owned()))?;
        }
        Some(node)
    }

    /// The directory that a path lies in, and its name there.
    pub fn place(&self, path: &Path) -> Option<(Inode, String)> {
        match self.find(path.parent()?)? {
            Node::Directory(directory) => Some((directory, path.file_name()?.to_str()?.to_owned())),
            Node::File(_) => None,
        }
    }

    /// A file's contents as a process sees them.
    pub fn contents(&self, inode: Inode) -> &[u8] {
        self.files.get(&inode).map_or(&[], File::contents)
    }

    pub fn apply(&mut self, step: usize, change: &Change) {
        match change {
            Change::Names(names) => {
                for name in names {
                    let key = (name.directory, name.name.clone());
                    match name.node {
                        Some(node @ (Node::Directory(inode) | Node::File(inode))) => {
                            self.inodes = self.inodes.max(inode);
                            self.now.insert(key, node)
                        }
                        None => self.now.remove(&key),
                    };
                }
                self.changes.push(NameChange { step, names: names.clone(), is_durable: false });
            }
            Change::Write(inode, offset, bytes) => self.edit(step, *inode, Edit::Write(*offset, bytes.clone())),
            Change::Truncate(inode, length) if *length < self.contents(*inode).len() => {
                self.edit(step, *inode, Edit::Cut(*length));
            }
            Change::Truncate(inode, length) | Change::Reserve(inode, length) => {
                self.edit(step, *inode, Edit::Grow(*length));
            }
            Change::Zero(inode, from, to) => {
                let end = (*to).min(self.contents(*inode).len());
                if *from < end {
                    self.edit(step, *inode, Edit::Write(*from, vec![0; end - from].into()));
                }
            }
        }
    }

    /// A sync that was asked for when the steps before `began` were done has returned.
    pub fn sync(&mut self, node: Node, began: usize) {
        match node {
            Node::File(inode) => self.files.entry(inode).or_default().sync(began),
            Node::Directory(inode) => {
                let covered = self.changes.iter_mut().filter(|change| change.step < began);
                for change in covered.filter(|change| change.names.iter().any(|name| name.directory == inode)) {
                    change.is_durable = true;
                }
            }
        }
    }

    /// What a process sees.
    pub fn seen(&self) -> Tree {
        self.tree(&self.now, &mut |file| file.contents().to_vec())
    }

    /// What is found after the power was cut now.
    pub fn after_cut(&self, order: Order, chance: &mut Chance) -> Tree {
        let mut names = self.start.clone();
        for change in self.surviving_names(order, chance) {
            for name in &change.names {
                let key = (name.directory, name.name.clone());
                match name.node {
                    Some(node) => names.insert(key, node),
                    None => names.remove(&key),
                };
            }
        }
        self.tree(&names, &mut |file| file.after_cut(chance))
    }

    fn edit(&mut self, step: usize, inode: Inode, edit: Edit) {
        self.files.entry(inode).or_default().edit(step, edit);
    }

    /// From the last change to the first: one that arrived takes with it whatever must have come before.
    fn surviving_names(&self, order: Order, chance: &mut Chance) -> Vec<&NameChange> {
        let mut losses = HashMap::new();
        let mut required = HashSet::new();
        let mut kept = Vec::new();
        for change in self.changes.iter().rev() {
            let keys: Vec<_> = change.names.iter().map(|name| key(order, name)).collect();
            let mut is_lost = false;
            for key in &keys {
                let left = losses.entry(key.clone()).or_insert_with(|| lost_changes(chance));
                is_lost |= *left > 0;
                *left = left.saturating_sub(1);
            }
            if change.is_durable || !is_lost || keys.iter().any(|key| required.contains(key)) {
                required.extend(keys);
                kept.push(change);
            }
        }
        kept.reverse();
        kept
    }

    fn tree(&self, names: &Names, contents: &mut dyn FnMut(&File) -> Vec<u8>) -> Tree {
        let mut tree = Tree::new();
        let mut waiting = vec![(ROOT, PathBuf::new())];
        while let Some((directory, path)) = waiting.pop() {
            for ((_, name), node) in names.range((directory, String::new())..(directory + 1, String::new())) {
                let path = path.join(name);
                match node {
                    Node::File(inode) => {
                        let empty = File::default();
                        tree.insert(path, Some(contents(self.files.get(inode).unwrap_or(&empty))));
                    }
                    Node::Directory(inode) => {
                        tree.insert(path.clone(), None);
                        waiting.push((*inode, path));
                    }
                }
            }
        }
        tree
    }
}

/// How many of the last changes do not arrive: none, all that can, or a few.
fn lost_changes(chance: &mut Chance) -> usize {
    match chance.below(3) {
        0 => 0,
        1 => usize::MAX,
        _ => 1 + chance.below(8),
    }
}

/// Changes with the same key arrive in their order.
fn key(order: Order, name: &Name) -> (Inode, String) {
    match order {
        Order::Everything => (ROOT, String::new()),
        Order::Directory => (name.directory, String::new()),
        Order::Name => (name.directory, name.name.clone()),
    }
}
