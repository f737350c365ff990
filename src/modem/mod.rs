//! A bearer: a GSM, UMTS or LTE modem that speaks AT over a serial line, SMS in PDU mode (3GPP TS 27.005, TS 27.007).
//!
//! `port` moves octets, `wire` makes lines of them, `lines` sorts them, `whole` tells a message that was cut, `chat` does one
//! command at a time, `start` brings a modem up, `network` asks where it is and what time it is there, `driver` owns the line
//! and does what `sms::bearer` says, and brings a lost modem back; `usb` takes a device off its bus; `pulse` tells whether a
//! driver lives, `trace` what it says and hears; `probe` asks once for a person; `profiles` and `errors` are tables. Not here:
//! texts, sessions, the store, and the order in which messages are sent.

mod chat;
mod driver;
mod errors;
mod lines;
mod network;
pub mod port;
pub mod probe;
mod profiles;
pub mod pulse;
mod start;
pub mod trace;
mod usb;
mod whole;
mod wire;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::number::Number;
use crate::sms::bearer::{BearerHandle, Event, Facts};
use driver::{Driver, Ends, ladder};
use pulse::Pulse;
use trace::Trace;

#[derive(Clone)]
pub struct ModemOptions {
    /// As in the config; how the bearer is called everywhere.
    pub name: String,
    pub opener: Arc<dyn port::Opener>,
    /// Our number on this SIM; asked from the SIM (CNUM) if `None`.
    pub number: Option<Number>,
    /// Entered at most once; a refused one never again.
    pub pin: Option<String>,
    /// A row of `profiles`; found by the modem's own words if `None` or unknown.
    pub profile: Option<String>,
}

/// A modem that is being driven. Dropping it ends the task as `close` does, without waiting.
pub struct Modem {
    pub bearer: BearerHandle,
    pub pulse: Pulse,
    /// The switch of the log of every exchange.
    pub trace: Trace,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Modem {
    /// Ends after the current command, or the current message once it is written; nothing is cut off.
    pub async fn close(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            log::error!("modem {}: {error}", self.bearer.name);
        }
    }
}

/// Starts the task that owns the modem. `events` is bounded and must be read: the driver waits for room in it.
pub fn spawn(options: ModemOptions, clock: Clock, events: mpsc::Sender<Event>) -> Modem {
    let (facts, shown) = watch::channel(Facts::default());
    let (bearer, submit) = BearerHandle::new(options.name.clone(), options.number.clone());
    let bearer = bearer.with_facts(shown);
    let (stop, stopped) = watch::channel(false);
    let (pulse, beat) = pulse::pair();
    let trace = Trace::new(&options.name, clock.clone());
    let ends = Ends { events, submit, stop: stopped, beat, trace: trace.clone(), facts };
    let driver = Arc::new(Mutex::new(Driver::new(options, clock.clone(), ends)));
    let task = tokio::spawn(supervise(driver, clock, bearer.name.clone()));
    Modem { bearer, pulse, trace, stop, task }
}

/// A panic in one modem's driver ends that run only; what the driver knew of its SIM and slots is kept.
async fn supervise(driver: Arc<Mutex<Driver>>, clock: Clock, name: String) {
    loop {
        let driver = driver.clone();
        let run = tokio::spawn(async move { driver.lock().await.run().await });
        match run.await {
            Err(error) if error.is_panic() => log::error!("modem {name}: {error}; starting again"),
            _ => return,
        }
        clock.sleep(ladder::FIRST_PAUSE).await;
    }
}
