//! Power cuts: what a process wrote and synced is recorded by strace, and cut off at random moments into images of what a disk
//! may then hold; each is opened by the store and must have everything that was acknowledged, whole.
//!
//! **The control**: the same with syncs left out finds losses. If it finds none, this test sees nothing.
//!
//! `record` (with `strace`, `calls`) gets the steps, `cut` chooses moments, `disk` (with `file`) makes the images, `trial` opens
//! them, `workload` says what is done and what must be there. `tests/powercuts [images] [seed]` makes many.
#![allow(clippy::unwrap_used)]

mod calls;
mod chance;
mod cut;
mod disk;
mod disk_tests;
mod file;
mod record;
mod strace;
mod tally;
mod trial;
mod workload;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use chance::Chance;
use cut::{Cut, Cuts};
use disk::{ORDERS, Tree};
use record::{BASE, Ignored, ROLE, Recording, lay_down, remove};
use tally::Tally;

/// As many as go into half a minute.
const IMAGES: usize = 120;
/// One image in so many is opened under strace, and the power cut while it recovers; in its place half of the times the
/// process is killed.
const AGAIN_ONE_IN: usize = 12;
/// How often.
const CUTS_AGAIN: usize = 4;

/// The recorded workload, made once for all tests.
static RECORDING: LazyLock<Recording> = LazyLock::new(|| {
    let folder = Folder::new("recording");
    Recording::of(&Tree::new(), &[]).and("work", &folder.0.join("disk"))
});

#[test]
fn power_cuts_lose_nothing() {
    if let Ok(role) = std::env::var(ROLE) {
        return child(&role);
    }
    let folder = Folder::new("images");
    let run = Run { recording: &RECORDING, ignored: Ignored::None, seed: seed(), folder: &folder.0 };
    let tally = run.images(number("YIZHAN_POWERCUTS", IMAGES as u64) as usize, AGAIN_ONE_IN);
    println!("seed {}\n{tally}", run.seed);
    if let Some(faults) = tally.faults() {
        folder.keep();
        panic!("{faults}\nthe images are kept");
    }
}

#[test]
fn without_the_syncs_something_is_lost() {
    let images = number("YIZHAN_POWERCUTS", IMAGES as u64) as usize / 5;
    for ignored in [Ignored::DataSyncs, Ignored::Percent(70)] {
        let folder = Folder::new("control");
        let run = Run { recording: &RECORDING, ignored, seed: seed(), folder: &folder.0 };
        let tally = run.images(images, usize::MAX);
        println!("control, {ignored:?} ignored, seed {}\n{tally}", run.seed);
        assert!(tally.bad() * 10 > images, "{} of {images} images had lost something", tally.bad());
    }
}

fn child(role: &str) {
    let base = PathBuf::from(std::env::var_os(BASE).unwrap());
    match role {
        "work" => workload::child(&base),
        "trial" => trial::child(&base),
        _ => panic!("no role {role}"),
    }
}

struct Run<'a> {
    recording: &'a Recording,
    ignored: Ignored,
    seed: u64,
    folder: &'a Path,
}

impl Run<'_> {
    /// Makes images and opens them, one thread for each processor.
    fn images(&self, count: usize, again_one_in: usize) -> Tally {
        let cuts = Cuts::of(self.recording, 0);
        let next = AtomicUsize::new(0);
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let tallies: Vec<Tally> = thread::scope(|scope| {
            let work = || {
                let mut tally = Tally::default();
                loop {
                    let image = next.fetch_add(1, Ordering::Relaxed);
                    if image >= count {
                        return tally;
                    }
                    self.image(image, &cuts, again_one_in, &mut tally);
                }
            };
            let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        tallies.into_iter().fold(Tally::default(), Tally::and)
    }

    fn image(&self, image: usize, cuts: &Cuts, again_one_in: usize, tally: &mut Tally) {
        let mut chance = Chance::new(self.seed, image as u64);
        let cut = cuts.draw(&mut chance);
        let name = image.to_string();
        if chance.one_in(again_one_in) {
            let (what, before) = match chance.one_in(2) {
                true => ("killed before", self.recording.killed_at(cuts.draw_in_sync(&mut chance).steps)),
                false => {
                    let (tree, said) = self.after_cut(self.recording, &cut, &mut chance);
                    ("cut before", Recording::of(&tree, &said))
                }
            };
            let recording = before.and("trial", &self.folder.join(format!("{name}-recorded")));
            let cuts = Cuts::of(&recording, before.steps.len());
            for again in 0..CUTS_AGAIN {
                let Cut { class, steps, moment } = cuts.draw(&mut chance);
                let cut = Cut { class: format!("{what}: {class}"), steps, moment };
                self.trial(&format!("{name}-{again}"), &recording, &cut, &mut chance, tally);
            }
        }
        self.trial(&name, self.recording, &cut, &mut chance, tally);
    }

    fn after_cut(&self, recording: &Recording, cut: &Cut, chance: &mut Chance) -> (Tree, Vec<String>) {
        let disk = recording.disk_at(cut.steps, self.ignored, chance.below(usize::MAX) as u64);
        let order = *chance.pick(&ORDERS);
        (disk.after_cut(order, chance), recording.said_at(cut.steps))
    }

    fn trial(&self, name: &str, recording: &Recording, cut: &Cut, chance: &mut Chance, tally: &mut Tally) {
        let (tree, said) = self.after_cut(recording, cut, chance);
        let base = self.folder.join(name);
        lay_down(&base, &tree, &said);
        let verdict = trial::open(&base);
        remove(&base);
        if verdict.is_err() {
            // As it was before it was opened, for whoever wants to know.
            lay_down(&base, &tree, &said);
        }
        tally.count(name, cut, verdict);
    }
}

fn seed() -> u64 {
    number("YIZHAN_POWERCUT_SEED", 20)
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// A folder in memory where there is one: thousands of images would wear a disk for nothing.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let memory = PathBuf::from("/dev/shm");
        let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path =
            parent.canonicalize().unwrap().join(format!("yizhan-powercut-{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn keep(self) {
        println!("kept: {}", self.0.display());
        std::mem::forget(self);
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
