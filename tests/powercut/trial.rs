//! One crash image: laid down in a folder, opened by a child of its own (it may crash or hang), checked, written to, opened and
//! checked again.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use yizhan::clock::{Clock, Time};
use yizhan::store::{Store, What};

use crate::calls::MARK;
use crate::record::{as_child, say};
use crate::workload::{self, THREADS};

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

/// How many times the store made its view anew, which costs nothing; or what is wrong.
pub type Verdict = Result<usize, (Fault, String)>;

/// Lets a child open and check the image in `base`.
pub fn open(base: &Path) -> Verdict {
    let output = as_child(&mut Command::new(std::env::current_exe().unwrap()), "trial", base).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let verdict = text.lines().filter_map(|line| line.split_once(MARK)?.1.strip_prefix("verdict ")).next_back();
    match verdict.map(|verdict| verdict.split_once(' ').unwrap_or((verdict, ""))) {
        Some(("Fine", rebuilt)) => Ok(rebuilt.parse().unwrap()),
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
    match examine(base, &said) {
        Ok(rebuilt) => say(&format!("verdict Fine {rebuilt}")),
        Err((fault, why)) => say(&format!("verdict {fault:?} {}", why.replace('\n', " "))),
    }
}

/// What must be there, from what was said: the one of these that it is.
struct Expected {
    /// While a backup is restored, what was there before stands first.
    known: Vec<Known>,
    /// Pictures that were put, and their files. A restore leaves them.
    kept: BTreeMap<u64, String>,
}

#[derive(Clone, Default)]
struct Known {
    /// The last commit that was acknowledged, or shown.
    last: u64,
    /// So many more may have been under way.
    more: u64,
    /// Commits and the pictures they name.
    pictures: BTreeMap<u64, u64>,
}

impl Expected {
    fn of(said: &str) -> Expected {
        let mut expected = Expected { known: vec![Known { more: THREADS, ..Known::default() }], kept: BTreeMap::new() };
        for line in said.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let number = |place: usize| -> u64 { words[place].parse().unwrap() };
            match words[0] {
                "done" => expected.done(number(1), words.get(2).map(|seed| seed.parse().unwrap())),
                "kept" => drop(expected.kept.insert(number(1), words[2].to_owned())),
                "restoring" => {
                    let mut known = expected.known[0].clone();
                    known.pictures.retain(|commit, _| *commit <= number(1));
                    expected.known.push(Known { last: number(1), more: 0, ..known });
                }
                "restored" => drop(expected.known.remove(0)),
                _ => {}
            }
        }
        expected
    }

    fn done(&mut self, number: u64, picture: Option<u64>) {
        // What a start showed stays, be it the old or the new.
        if self.known.len() > 1 {
            let place = usize::from(number < self.known[0].last);
            self.known = vec![self.known.swap_remove(place)];
        }
        let known = &mut self.known[0];
        (known.last, known.more) = (known.last.max(number), THREADS);
        known.pictures.extend(picture.map(|seed| (number, seed)));
    }

    /// Hands back the last commit that is there.
    fn check(&self, store: &Store) -> Result<u64, (Fault, String)> {
        let last = workload::last(store).map_err(|e| (Fault::Refused, e.to_string()))?;
        let least = self.known.iter().map(|known| known.last).min().unwrap_or(0);
        if last < least {
            return Err((Fault::Lost, format!("{least} was acknowledged, {last} is the last")));
        }
        let known = self.known.iter().find(|known| (known.last..=known.last + known.more).contains(&last));
        let known = known.ok_or_else(|| (Fault::Halves, format!("{last} can neither be the last")))?;
        workload::check(store, last).map_err(|what| (Fault::Halves, what))?;
        for (number, seed) in &known.pictures {
            workload::check_picture_of(store, *number, *seed).map_err(|what| (Fault::Lost, what))?;
        }
        for (seed, file) in &self.kept {
            workload::check_kept(store, *seed, file).map_err(|what| (Fault::Lost, what))?;
        }
        Ok(last)
    }
}

fn examine(base: &Path, said: &str) -> Verdict {
    let refused = |doing: &'static str| move |e: yizhan::error::Error| (Fault::Refused, format!("{doing}: {e}"));
    let began = Clock::machine().now();
    say("phase recovery");
    let store = workload::boot(base).map_err(refused("opening"))?;
    let last = Expected::of(said).check(&store)?;
    let rebuilt = rebuilt(&store, began)?;
    say("phase work");
    let next = workload::add(&store, Some(PICTURE_SEED)).map_err(refused("committing"))?;
    if next != last + 1 {
        return Err((Fault::Halves, format!("the commit after {last} was told it is {next}")));
    }
    say("phase close");
    store.close().map_err(refused("closing"))?;
    say("phase boot");
    let store = workload::boot(base).map_err(refused("opening again"))?;
    let said = format!("{said}\ndone {last}\ndone {next} {PICTURE_SEED}");
    let again = Expected::of(&said).check(&store).map_err(|(fault, what)| (fault, format!("opened again: {what}")))?;
    if again != next {
        return Err((Fault::Halves, format!("opened again: {next} was the last, {again} is")));
    }
    say("phase close");
    store.close().map_err(refused("closing again"))?;
    Ok(rebuilt)
}

/// A power cut may cost sled its files, which are made anew then. Nothing else may the store have to tell.
fn rebuilt(store: &Store, since: Time) -> Result<usize, (Fault, String)> {
    let incidents = store.incidents().map_err(|e| (Fault::Refused, e.to_string()))?;
    match incidents.iter().find(|incident| !matches!(incident.what, What::Rebuilt | What::Restored)) {
        Some(incident) => Err((Fault::Lost, format!("it says: {incident:?}"))),
        None => Ok(incidents.iter().filter(|incident| incident.at >= since && incident.what == What::Rebuilt).count()),
    }
}
