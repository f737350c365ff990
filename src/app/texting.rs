//! The texts' half of the box: modems → events → the room, on a thread of its own. Whatever pages cost, no text waits for
//! them; and what goes back and forth between a modem's driver and the queue wakes no thread but the store's writer.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};

use super::texts;
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::error::{Error, Result};
use crate::modem::port::{Opener, Serial};
use crate::modem::{self, Modem, ModemOptions};
use crate::sim::modem::SimModem;
use crate::sites::House;
use crate::sms::pool::Rules;
use crate::sms::pool::quiet::Quiet;
use crate::sms::pool::rates::Limits;
use crate::sms::talk::Manners;
use crate::sms::{Settings, Sms};
use crate::stop::Stop;
use crate::store::Store;

/// Events of all modems that wait for the room; a modem with more waits itself.
const EVENTS: usize = 64;
/// A modem may be in the middle of a message when the box stops; longer than this it is not waited for.
const MODEM_END: Duration = Duration::from_secs(10);
/// A port is closed in no time, or hangs.
const PORTS_END: Duration = Duration::from_secs(2);

pub struct Texting {
    pub sms: Arc<Sms>,
    pub modems: Vec<Modem>,
    room: JoinHandle<()>,
    thread: Thread,
}

/// Where the tasks of modems and texts run.
pub struct Thread {
    handle: Handle,
    end: oneshot::Sender<()>,
    ended: std::thread::JoinHandle<()>,
}

impl Texting {
    pub async fn start(
        config: &Config,
        simulated: Option<&SimModem>,
        store: &Store,
        house: &Arc<House>,
        clock: &Clock,
        stop: Stop,
    ) -> Result<Texting> {
        let sms = open(config, store, house, clock).await?;
        let (thread, (events, inbox)) = (Thread::start()?, mpsc::channel(EVENTS));
        let mut modems = Vec::new();
        for (options, site) in modem_options(config, simulated) {
            let modem = thread.within(|| modem::spawn(options, clock.clone(), events.clone()));
            sms.add_bearer(modem.bearer.clone(), site);
            modems.push(modem);
        }
        let room = thread.within(|| tokio::spawn(Arc::clone(&sms).run(inbox, stop)));
        Ok(Texting { sms, modems, room, thread })
    }

    /// Ends the modems, each in its own time; the room ends by its signal.
    pub async fn close(self) -> Closing {
        let close = |modem: Modem| async move {
            let name = modem.bearer.name.clone();
            if tokio::time::timeout(MODEM_END, modem.close()).await.is_err() {
                log::warn!("modem {name} is in the middle of a message and is left; what becomes of it is not known");
            }
        };
        self.modems.into_iter().map(close).collect::<JoinSet<()>>().join_all().await;
        Closing { room: self.room, thread: self.thread }
    }
}

/// What is left when the modems are closed.
pub struct Closing {
    room: JoinHandle<()>,
    thread: Thread,
}

impl Closing {
    /// After the signal: waits for the room, and drops what its tasks still hold.
    pub async fn end(self) {
        if let Err(error) = self.room.await {
            log::error!("a task did not end well: {error}");
        }
        drop(self.thread.end);
        let _ = tokio::task::spawn_blocking(|| self.thread.ended.join()).await;
    }
}

impl Thread {
    fn start() -> Result<Thread> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::internal)?;
        let (handle, (end, ends)) = (runtime.handle().clone(), oneshot::channel::<()>());
        let run = move || {
            let _ = runtime.block_on(ends);
            // A port that does not close is left to the system.
            runtime.shutdown_timeout(PORTS_END);
        };
        let ended = std::thread::Builder::new().name("texts".into()).spawn(run).map_err(Error::internal)?;
        Ok(Thread { handle, end, ended })
    }

    /// What `work` spawns runs here.
    fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        let _entered = self.handle.enter();
        work()
    }
}

async fn open(config: &Config, store: &Store, house: &Arc<House>, clock: &Clock) -> Result<Arc<Sms>> {
    let sms = &config.sms;
    let manners = Manners {
        segments: sms.segments,
        keys_valid: sms.keys_valid,
        form_open: sms.form_silence,
        pushes: texts::pushes(sms.push_tries),
        replies: sms.replies_10min as usize,
    };
    let limits =
        Limits { minute: sms.per_minute, hour: sms.per_hour, day: sms.per_day, person_hour: sms.per_recipient_hour };
    let quiet = Quiet { from: sms.quiet_from, to: sms.quiet_to, zone: config.this_box.timezone.clone() };
    let own_sites = config.modems.iter().filter_map(|modem| modem.site.clone()).collect();
    let rules = Rules { limits, quiet, own_sites };
    let settings =
        Settings { manners, partial_wait: sms.partial_wait, rules, notes: Some(config.this_box.data.join("line")) };
    let (store, house, clock) = (store.clone(), Arc::clone(house), clock.clone());
    tokio::task::spawn_blocking(move || Sms::open(store, house, clock, settings)).await.map_err(Error::internal)?
}

fn modem_options(config: &Config, simulated: Option<&SimModem>) -> Vec<(ModemOptions, Option<String>)> {
    let real = config.modems.iter().map(|m: &config::Modem| {
        let opener = Serial::new(m.port.to_string_lossy(), m.baud, m.power.clone());
        let options = ModemOptions {
            name: m.name.clone(),
            opener: Arc::new(opener),
            number: m.number.clone(),
            pin: m.pin.as_ref().map(|p| p.reveal().to_owned()),
            profile: m.profile.clone(),
        };
        (options, m.site.clone())
    });
    let simulated = simulated.map(|sim| {
        let opener: Arc<dyn Opener> = Arc::new(sim.clone());
        (ModemOptions { name: "simulated".to_owned(), opener, number: None, pin: None, profile: None }, None)
    });
    real.chain(simulated).collect()
}
