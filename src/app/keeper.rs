//! Keeps the box from growing: once an hour each room's sweep, then the archive's old files.
//!
//! What an error or a power cut leaves undone, the next run does. A panic in one run is logged and ends that run alone. Not
//! here: what is over (`sms`, `sites`, `app::texts`) and how it goes (`retention`).

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::watch;

use super::{callbacks, texts};
use crate::clock::{Clock, Trust};
use crate::error::Result;
use crate::retention::{Archive, Sweep};
use crate::sections::Kind;
use crate::stop::Stop;
use crate::store::Store;
use crate::{sites, sms};

/// Often enough that little waits, seldom enough that the flash does not notice.
const HOUR: Duration = Duration::from_secs(3600);
/// The first run of a box that is switched on every morning; its modems and visitors come first.
const FIRST: Duration = Duration::from_secs(600);

pub struct Keeper {
    pub store: Store,
    pub archive: Archive,
    pub clock: Clock,
    pub zone: TimeZone,
    pub kinds: &'static [&'static dyn Kind],
    pub keep: Duration,
    pub archive_months: u32,
    /// Called at each run, whatever the sweep may do.
    pub hourly: Box<dyn Fn() + Send + Sync>,
    pub done: watch::Sender<Done>,
}

/// Hours of the day in which nobody minds that another view is made.
const QUIET: Range<i8> = 2..5;

/// What the runs since the start have done.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Done {
    pub runs: u64,
    pub failed: u64,
    pub deleted: u64,
    pub archived: u64,
}

impl Keeper {
    /// Until `stop` is true.
    pub async fn run(self: Arc<Self>, mut stop: Stop) {
        let mut pause = Box::pin(self.clock.sleep(FIRST));
        loop {
            tokio::select! {
                () = &mut pause => {}
                () = stop.wait() => return,
            }
            pause.set(self.clock.sleep(HOUR));
            (self.hourly)();
            let ending = Arc::new(AtomicBool::new(false));
            let (keeper, flag) = (Arc::clone(&self), Arc::clone(&ending));
            let trusted = self.clock.trust() >= Trust::Network;
            let mut work = tokio::task::spawn_blocking(move || keeper.round(trusted, &flag));
            let ended = tokio::select! {
                ended = &mut work => ended,
                () = stop.wait() => {
                    ending.store(true, Ordering::Relaxed);
                    work.await
                }
            };
            let done = ended.unwrap_or_else(|error| {
                log::error!("the sweep did not end well: {error}");
                Done { failed: 1, ..Done::default() }
            });
            self.done.send_modify(|all| {
                all.runs += 1;
                all.failed += done.failed;
                all.deleted += done.deleted;
                all.archived += done.archived;
            });
        }
    }

    /// One run. Blocks on the store.
    fn round(&self, trusted: bool, ending: &AtomicBool) -> Done {
        let done = self.sweep(trusted, ending);
        // In the small hours; a clock that is wrong does it at another time, and no harm.
        let is_quiet = QUIET.contains(&self.clock.now().civil(&self.zone).hour());
        if is_quiet
            && self.store.is_fat()
            && let Err(error) = self.store.compact()
        {
            log::error!("the view stays as large as it is: {error}");
        }
        done
    }

    /// What is old is told by the clock: nothing goes while that is not `trusted`.
    fn sweep(&self, trusted: bool, ending: &AtomicBool) -> Done {
        if !trusted {
            log::info!("nothing is swept: what time it is, is not known for sure");
            return Done::default();
        }
        let (clock, keep) = (self.clock.reading(), self.keep);
        let now = clock.now;
        let (store, archive) = (&self.store, &self.archive);
        let mut sweep = Sweep { store, archive, clock, keep, ending, deleted: 0, archived: 0 };
        let mut failed = 0;
        // One that fails must not keep the others from their work.
        let mut of = |room: &str, ended: Result<()>| {
            if let Err(error) = ended {
                log::error!("the sweep of {room}: {error}");
                failed += 1;
            }
        };
        of("texts", sms::retention::sweep(&mut sweep));
        of("keys of the API", texts::sweep(&mut sweep));
        of("callbacks", callbacks::sweep(&mut sweep));
        of("sites", sites::retention::sweep(self.kinds, &mut sweep));
        of("the archive", self.archive.drop_old(&self.store, now, self.archive_months));
        let Sweep { deleted, archived, .. } = sweep;
        if deleted + archived > 0 {
            log::info!("swept: {deleted} records deleted, {archived} moved to the archive");
        }
        Done { runs: 0, failed, deleted, archived }
    }
}
