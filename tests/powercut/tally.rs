//! How many images there were of each class of cuts, and what was wrong with them: a table for people.

use std::collections::BTreeMap;
use std::fmt;

use crate::cut::{Cut, Moment};
use crate::trial::{Fault, Verdict};

#[derive(Default)]
pub struct Tally {
    classes: BTreeMap<String, Row>,
    faults: Vec<String>,
}

#[derive(Clone, Default)]
struct Row {
    before: usize,
    after: usize,
    between: usize,
    rebuilt: usize,
    faults: BTreeMap<Fault, usize>,
}

impl Tally {
    pub fn count(&mut self, image: &str, cut: &Cut, verdict: Verdict) {
        let row = self.classes.entry(cut.class.clone()).or_default();
        match cut.moment {
            Moment::Before => row.before += 1,
            Moment::After => row.after += 1,
            Moment::Between => row.between += 1,
        }
        match verdict {
            Ok(rebuilt) => row.rebuilt += usize::from(rebuilt > 0),
            Err((fault, why)) => {
                *row.faults.entry(fault).or_default() += 1;
                self.faults.push(format!("{fault:?}: image {image}, {}, step {}: {why}", cut.class, cut.steps));
            }
        }
    }

    pub fn and(mut self, other: Tally) -> Tally {
        for (class, row) in other.classes {
            self.classes.entry(class).or_default().add(&row);
        }
        self.faults.extend(other.faults);
        self
    }

    /// Images with something wrong.
    pub fn bad(&self) -> usize {
        self.faults.len()
    }

    /// What was wrong with the first of them.
    pub fn faults(&self) -> Option<String> {
        (!self.faults.is_empty()).then(|| self.faults.iter().take(20).cloned().collect::<Vec<_>>().join("\n"))
    }
}

impl Row {
    fn images(&self) -> usize {
        self.before + self.after + self.between
    }

    fn add(&mut self, other: &Row) {
        self.before += other.before;
        self.after += other.after;
        self.between += other.between;
        self.rebuilt += other.rebuilt;
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
    }

    fn write(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = |fault| self.faults.get(&fault).copied().unwrap_or(0);
        let (refused, crashed) = (fault(Fault::Refused), fault(Fault::Crashed));
        let (lost, halves) = (fault(Fault::Lost), fault(Fault::Halves));
        let Row { before, after, between, rebuilt, .. } = self;
        write!(f, "{name:34}{:8}{before:10}{after:10}{between:10}{rebuilt:9}", self.images())?;
        writeln!(f, "{lost:8}{halves:8}{refused:9}{crashed:9}")
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:34}{:>8}{:>10}{:>10}{:>10}{:>9}{:>8}{:>8}{:>9}{:>9}",
            "cut in", "images", "in a sync", "after one", "between", "rebuilt", "lost", "halves", "refused", "crashed"
        )?;
        let mut all = Row::default();
        for (class, row) in &self.classes {
            row.write(class, f)?;
            all.add(row);
        }
        all.write("all", f)
    }
}
