//! Keeps the box's clock: begins with what the box before it saw, asks the machine each minute, and notes now and then
//! that it is alive.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{Clock, RECORD_PERIOD, Seen};
use crate::error::Result;
use crate::sections::context::record;
use crate::stop::Stop;
use crate::store::{Never, Record, Records, Store, Table};

/// Says whether a time server keeps the machine's clock.
pub type Synchronised = Arc<dyn Fn() -> bool + Send + Sync>;

record!(Seen, Meta);

const KEY: &[u8] = b"clock";
/// Somebody who sets the machine's clock looks whether it helped.
const LOOK_PERIOD: Duration = Duration::from_secs(60);

pub fn begin(clock: &Clock, store: &Store, synchronised: &Synchronised) -> Result<()> {
    let seen: Option<Seen> = store.get(KEY)?;
    clock.begin(seen.as_ref(), synchronised());
    log::info!("it is {}: {}", clock.now().rfc3339(), clock.source().word().en);
    Ok(())
}

/// Until `stop` is true.
pub async fn keep(clock: Clock, store: Store, synchronised: Synchronised, mut stop: Stop) {
    let mut noted: Option<(Duration, u64)> = None;
    loop {
        clock.look(synchronised());
        let (passed, settings) = (clock.passed(), clock.settings());
        // With a quarter left of what the last one vouches for.
        let is_due = noted.is_none_or(|(at, count)| passed >= at + RECORD_PERIOD * 3 / 4 || count != settings);
        if is_due && note(&store, clock.seen(false)).await {
            noted = Some((passed, settings));
        }
        tokio::select! {
            () = clock.sleep(LOOK_PERIOD) => {}
            () = clock.set_since(settings) => {}
            () = stop.wait() => break,
        }
    }
    note(&store, clock.seen(true)).await;
}

/// Without room for it the next box begins a little further back.
async fn note(store: &Store, seen: Seen) -> bool {
    let noted = store.write(move |tx| tx.put(KEY, &seen)).await;
    noted.inspect_err(|error| log::debug!("the time could not be noted: {error}")).is_ok()
}
