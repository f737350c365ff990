//! What a trial has seen, in lines for a person.

use std::fmt::{Display, Formatter, Result};
use std::time::Duration;

use super::phones::Tally;

#[derive(Default)]
pub struct Report {
    pub seed: u64,
    pub kills: usize,
    /// The box was killed before it had greeted.
    pub in_start: usize,
    /// After the kill there was what nobody had been told of.
    pub untold: usize,
    /// The journal's tail was torn.
    pub torn: usize,
    /// Something was under way, and none of it was there.
    pub before: usize,
    pub idle: usize,
    pub checks: usize,
    pub told: Vec<(&'static str, usize)>,
    pub tally: Tally,
    pub starts: Vec<Duration>,
    pub octets: (u64, u64),
    pub took: Duration,
    pub faults: Vec<String>,
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Report { seed, kills, in_start, untold, torn, before, idle, checks, tally, .. } = self;
        writeln!(f, "kills: seed {seed}, {kills} kills, {checks} checks in {:.0} s", self.took.as_secs_f64())?;
        writeln!(
            f,
            "  inside a commit {}: {untold} left what nobody had been told of, {torn} tore the journal's tail",
            untold + torn
        )?;
        writeln!(f, "  {before} left nothing of what was under way, {idle} hit an idle box, {in_start} its start")?;
        let told: Vec<String> = self.told.iter().map(|(what, count)| format!("{count} {what}")).collect();
        writeln!(f, "  acknowledged: {}", told.join(", "))?;
        let Tally { unknown, unknown_replies, never_left } = tally;
        writeln!(
            f,
            "  in doubt at a kill: {unknown} messages ({unknown_replies} of them replies), {never_left} never left"
        )?;
        let mut starts = self.starts.clone();
        starts.sort();
        let at = |n: usize| starts.get(n).map_or(0, Duration::as_millis);
        let (median, longest) = (at(starts.len() / 2), at(starts.len().saturating_sub(1)));
        let [before, after] = [self.octets.0, self.octets.1].map(|octets| octets / 1024);
        write!(f, "  a restart took {median} ms (at most {longest}); the store grew from {before} to {after} KiB")?;
        // The beginning names it; a long post goes on.
        let mut faults = self.faults.iter().take(20).map(|fault| fault.chars().take(300).collect::<String>());
        faults.try_for_each(|fault| write!(f, "\n  WRONG: {fault}"))
    }
}
