//! One crash image: laid down in a folder, opened by a child of its own (it may crash or hang), checked, written to, opened and
//! checked again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use yizhan::store::Store;

use crate::calls::MARK;
use crate::disk::Tree;
use crate::record::{as_child, say};
use crate::workload::{self, STORE, THREADS};

/// The slowest image seen took 1.5 s, on a machine with other work to do.
const PATIENCE: Duration = Duration::from_secs(30);
/// No picture of the workload has this seed.
const PICTURE_SEED: u64 = 1;

/// What is wrong with an image. All but `Halves` is something lost: what was acknowledged cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The store did not open, or takes no commit.
    Refused,
    /// Something acknowledged is missing.
    Lost,
    /// What is there is no state that ever was.
    Halves,
    /// It crashed, or never came to its end.
    Crashed,
}

pub type Verdict = Result<(), (Fault, String)>;

/// Puts an image into `base`, which must not be there, and beside it what the child has to look for.
pub fn lay_down(base: &Path, tree: &Tree, said: &[String]) {
    fs::create_dir(base).unwrap();
    for (path, contents) in tree {
        match contents {
            None => fs::create_dir(base.join(path)).unwrap(),
            Some(bytes) => fs::write(base.join(path), bytes).unwrap(),
        }
    }
    fs::write(base.with_extension("said"), said.join("\n")).unwrap();
}

/// Lets a child open and check the image in `base`.
pub fn open(base: &Path) -> Verdict {
    let output = as_child(&mut Command::new(std::env::current_exe().unwrap()), "trial", base).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let verdict = text.lines().filter_map(|line| line.split_once(MARK)?.1.strip_prefix("verdict ")).next_back();
    match verdict.map(|verdict| verdict.split_once(' ').unwrap_or((verdict, ""))) {
        Some(("Fine", _)) => Ok(()),
        Some(("Refused", why)) => Err((Fault::Refused, why.to_owned())),
        Some(("Lost", why)) => Err((Fault::Lost, why.to_owned())),
        Some(("Halves", why)) => Err((Fault::Halves, why.to_owned())),
        Some((_, why)) => Err((Fault::Crashed, why.to_owned())),
        None => Err((Fault::Crashed, format!("{} {}", output.status, String::from_utf8_lossy(&output.stderr)))),
    }
}

/// The child.
pub fn child(base: &Path) {
    thread::spawn(|| {
        thread::sleep(PATIENCE);
        say("verdict Crashed it hangs");
        std::process::exit(1);
    });
    let said = fs::read_to_string(base.with_extension("said")).unwrap();
    match examine(base, &Expected::of(&said)) {
        Ok(()) => say("verdict Fine"),
        Err((fault, why)) => say(&format!("verdict {fault:?} {}", why.replace('\n', " "))),
    }
}

/// What must be there, from what was said.
#[derive(Default)]
struct Expected {
    /// The last commit that was acknowledged, or shown.
    last: u64,
    /// Commits and the pictures they name.
    pictures: BTreeMap<u64, u64>,
    /// Pictures that were put, and their files.
    kept: BTreeMap<u64, String>,
}

impl Expected {
    fn of(said: &str) -> Expected {
        let mut expected = Expected::default();
        for line in said.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let number = |place: usize| -> u64 { words[place].parse().unwrap() };
            match words[0] {
                "done" => {
                    expected.last = expected.last.max(number(2));
                    if words.len() > 3 {
                        expected.pictures.insert(number(2), number(3));
                    }
                }
                "kept" => drop(expected.kept.insert(number(2), words[3].to_owned())),
                _ => {}
            }
        }
        expected
    }

    /// Hands back the last commit that is there, which must be none behind `highest`.
    fn check(&self, store: &Store, highest: u64) -> Result<u64, (Fault, String)> {
        let last = workload::last(store).map_err(|e| (Fault::Refused, e.to_string()))?;
        if last < self.last {
            return Err((Fault::Lost, format!("{} was acknowledged, {last} is the last", self.last)));
        }
        if last > highest {
            return Err((Fault::Halves, format!("{last} cannot be there, {} was acknowledged", self.last)));
        }
        workload::check(store, last).map_err(|what| (Fault::Halves, what))?;
        for (number, seed) in &self.pictures {
            workload::check_picture_of(store, *number, *seed).map_err(|what| (Fault::Lost, what))?;
        }
        for (seed, file) in &self.kept {
            workload::check_kept(store, *seed, file).map_err(|what| (Fault::Lost, what))?;
        }
        Ok(last)
    }
}

fn examine(base: &Path, expected: &Expected) -> Verdict {
    let refused = |doing: &'static str| move |e: yizhan::error::Error| (Fault::Refused, format!("{doing}: {e}"));
    say("phase recovery");
    let store = workload::boot(base, STORE).map_err(refused("opening"))?;
    let last = expected.check(&store, expected.last + THREADS)?;
    say("phase work");
    let next = workload::add(&store, STORE, Some(PICTURE_SEED)).map_err(refused("committing"))?;
    if next != last + 1 {
        return Err((Fault::Halves, format!("the commit after {last} was told it is {next}")));
    }
    say("phase close");
    store.close().map_err(refused("closing"))?;
    say("phase boot");
    let store = workload::boot(base, STORE).map_err(refused("opening again"))?;
    let again = expected.check(&store, next).map_err(|(fault, what)| (fault, format!("opened again: {what}")))?;
    if again != next {
        return Err((Fault::Lost, format!("opened again: {next} was acknowledged, {again} is the last")));
    }
    workload::check_picture_of(&store, next, PICTURE_SEED).map_err(|what| (Fault::Lost, what))?;
    say("phase close");
    store.close().map_err(refused("closing again"))?;
    say("phase over");
    Ok(())
}
