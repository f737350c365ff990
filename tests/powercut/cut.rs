//! When the power goes: moments of a recording, by what the process was doing and by how near a sync was. Pure.

use std::collections::BTreeMap;

use crate::calls::{Step, What};
use crate::chance::Chance;
use crate::disk::Change;
use crate::record::Recording;

/// How the moment lies to a sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// It was asked for and has not returned.
    Before,
    /// It has just returned.
    After,
    Between,
}

#[derive(Clone, Debug)]
pub struct Cut {
    /// So many steps had returned.
    pub steps: usize,
    pub class: String,
    pub moment: Moment,
}

/// The moments of a recording at which the power can go.
pub struct Cuts {
    all: Vec<Cut>,
    by_class: Vec<Vec<Vec<Cut>>>,
}

impl Cuts {
    /// From this step on.
    pub fn of(recording: &Recording, from: usize) -> Cuts {
        let (mut phase, mut class) = ("", "");
        let mut all = Vec::new();
        let mut classes: BTreeMap<&str, BTreeMap<Moment, Vec<Cut>>> = BTreeMap::new();
        for (steps, step) in recording.steps.iter().enumerate().skip(from) {
            match &step.what {
                // What is said belongs to what was done before: the moment when nothing but the syncs can have kept it.
                What::Say(said) => phase = said.strip_prefix("phase ").unwrap_or(phase),
                _ if phase == "work" => class = room(step),
                _ => class = phase,
            }
            if class.is_empty() {
                continue;
            }
            let is_after = steps > 0 && is_sync(&recording.steps[steps - 1]);
            let moment = match (is_sync(step), is_after) {
                (true, _) => Moment::Before,
                (false, true) => Moment::After,
                (false, false) => Moment::Between,
            };
            let cut = Cut { steps, class: class.to_owned(), moment };
            all.push(cut.clone());
            classes.entry(class).or_default().entry(moment).or_default().push(cut);
        }
        let by_class = classes.into_values().map(|moments| moments.into_values().collect()).collect();
        Cuts { all, by_class }
    }

    /// One in three anywhere; else each class as often as the others, however short it is, and so each moment of it.
    pub fn draw(&self, chance: &mut Chance) -> Cut {
        if chance.one_in(3) {
            return chance.pick(&self.all).clone();
        }
        let class = chance.pick(&self.by_class);
        let moment = chance.pick(class);
        chance.pick(moment).clone()
    }

    /// In a sync, of which every start has some: most of what a process then takes for granted is not durable.
    pub fn draw_in_sync(&self, chance: &mut Chance) -> Cut {
        loop {
            let cut = self.draw(chance);
            if cut.moment == Moment::Before {
                return cut;
            }
        }
    }
}

/// What the store was at, told by the file.
fn room(step: &Step) -> &'static str {
    let is_name = matches!(step.what, What::Change(Change::Names(_)));
    match step.path.to_string_lossy() {
        path if path.contains("/journal/") && is_name || path.ends_with("/journal") => "segment change",
        path if path.contains("/journal/") => "commit",
        path if path.contains("/pictures") => "picture",
        path if path.contains("/view") => "checkpoint",
        path if path.contains("/snapshots") => "snapshot",
        _ => "elsewhere",
    }
}

fn is_sync(step: &Step) -> bool {
    matches!(step.what, What::Sync { .. })
}
