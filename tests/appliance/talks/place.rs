//! Where a talk is played: on a box in this process, or on the program in another one, with its modem on a serial line.
//!
//! What can be asked over HTTP is not here: it is the same for both.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rustix::process::Signal;
use tokio::net::TcpStream;
use tokio::task::spawn_blocking;
use yizhan::app::time::Synchronised;
use yizhan::clock::{Clock, Time};
use yizhan::demo;
use yizhan::number::Number;
use yizhan::sections::ALL;
use yizhan::sim::modem::SimModem;
use yizhan::store::Probe;

use super::language::{Deed, Step, Trouble};
use super::stage::Stage;
use crate::harness::{Appliance, NOON, Outside, Reply, exchange};
use crate::line::Line;
use crate::program::{Program, Scratch};

/// What the box is called in the talks: as long as the address of a program that listens at some port.
const URL: &str = "http://zhen.yz.example";
/// A store's free space in a talk.
const ROOM: u64 = 1 << 40;
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);
/// The most that `/handset/time` takes at a time.
const STEP_S: u64 = 31 * 24 * 3600;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Venue {
    /// This process.
    Here,
    /// The program in another one.
    There,
}

pub struct Place {
    pub modem: SimModem,
    /// The box's, or one that goes with it.
    pub clock: Clock,
    pub address: SocketAddr,
    scratch: Scratch,
    kind: Kind,
}

/// The box is `None` only between its end and its next start.
enum Kind {
    Here {
        appliance: Option<Box<Appliance>>,
        free: Arc<AtomicU64>,
        /// Whether a time server keeps the machine's clock.
        synchronised: Arc<AtomicBool>,
        /// The world's time when the clock began to run.
        zero: Time,
    },
    There {
        program: Option<Program>,
        line: Line,
    },
}

impl Venue {
    /// Boxes at a time: each has a store and some threads, and an emulated one fills a processor.
    pub fn boxes(self) -> usize {
        if self == Venue::Here { 8 } else { 2 }
    }

    /// Why a talk cannot be played.
    pub fn lacks(self, steps: &[Step]) -> Option<&'static str> {
        if self == Venue::Here {
            return None;
        }
        steps.iter().find_map(|step| match &step.deed {
            Deed::Modem(words) if Stage::waits(words) => Some("another process waits real minutes for its modem"),
            Deed::Trouble(Trouble::Full) => Some("another process cannot be told that its disk is full"),
            Deed::Trouble(Trouble::Off(_) | Trouble::NetworkTime) => Some("the machine's clock would have to be set"),
            _ => None,
        })
    }

    /// A box with the sample companies, from Sunday noon on. There, where time runs, it is the first that is to come.
    pub async fn open(self) -> Place {
        let modem = SimModem::new(Number::parse(demo::NUMBER).unwrap(), 30);
        let scratch = Scratch::new();
        let (clock, kind) = match self {
            Venue::Here => {
                let (free, synchronised) = (Arc::new(AtomicU64::new(ROOM)), Arc::new(AtomicBool::new(true)));
                (Clock::by_hand(NOON), Kind::Here { appliance: None, free, synchronised, zero: NOON })
            }
            Venue::There => {
                let clock = Clock::machine();
                let mut noon = NOON;
                while noon < clock.now() {
                    noon = noon.plus(WEEK);
                }
                clock.advance(noon.since(clock.now()));
                (clock, Kind::There { program: None, line: Line::new(scratch.join("modem"), modem.clone()) })
            }
        };
        let mut place = Place { modem, clock, address: ([127, 0, 0, 1], 0).into(), scratch, kind };
        place.start().await;
        place
    }
}

impl Place {
    async fn start(&mut self) {
        let data = self.scratch.join("data");
        match &mut self.kind {
            Kind::Here { appliance, free, synchronised, .. } => {
                let (free, synchronised) = (Arc::clone(free), Arc::clone(synchronised));
                let probe: Probe = Arc::new(move |_| Ok(free.load(Ordering::Relaxed)));
                let synchronised: Synchronised = Arc::new(move || synchronised.load(Ordering::Relaxed));
                let (modem, clock) = (self.modem.clone(), self.clock.clone());
                let outside = Outside { modem, clock, free: probe, synchronised };
                let started = Appliance::on(ALL, data, outside, |config| config.this_box.url = URL.to_owned()).await;
                demo::fill(&started.running.store, &started.running.house, &self.clock).await.unwrap();
                self.address = started.running.address;
                *appliance = Some(Box::new(started));
            }
            Kind::There { program, line } => {
                let line = line.path().to_str().unwrap().to_owned();
                let started = spawn_blocking(move || Program::demo(&data, &["--modem", &line])).await.unwrap();
                self.address = started.address().parse().unwrap();
                *program = Some(started);
                self.set_clock().await;
            }
        }
    }

    /// Ends the box as it ends when it is told to, and leaves its folder.
    async fn stop(&mut self) {
        match &mut self.kind {
            Kind::Here { appliance, .. } => drop(appliance.take().unwrap().halt().await),
            Kind::There { program, .. } => {
                let program = program.take().unwrap();
                spawn_blocking(|| program.end(Signal::TERM)).await.unwrap();
            }
        }
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// Off for so long, without a clock chip and without a time server.
    pub async fn switch_off(&mut self, long: Duration) {
        self.stop().await;
        if let Kind::Here { synchronised, zero, .. } = &mut self.kind {
            *zero = zero.plus(long);
            self.clock.set_machine(Time(0));
            synchronised.store(false, Ordering::Relaxed);
        }
        self.start().await;
    }

    /// What time it is outside, whatever the box thinks.
    pub fn world(&self) -> Time {
        match &self.kind {
            Kind::Here { zero, .. } => zero.plus(self.clock.passed()),
            Kind::There { .. } => self.clock.now(),
        }
    }

    pub async fn end(mut self) {
        self.stop().await;
    }

    pub fn socket(&self) -> PathBuf {
        self.scratch.join("data/yizhan.sock")
    }

    /// A text of the box as the talks write it.
    pub fn written(&self, text: &str) -> String {
        let own = format!("http://{}", self.address);
        assert_eq!(own.len(), URL.len(), "{own} may break pages elsewhere");
        text.replace(&own, URL)
    }

    /// On the box at least so much, whatever ran by itself.
    pub async fn advance(&self, passes: Duration) {
        self.clock.advance(passes);
        if let Kind::There { .. } = &self.kind {
            self.pass(passes.as_secs()).await;
        }
    }

    pub fn plug(&mut self) {
        match &mut self.kind {
            Kind::Here { .. } => self.modem.replug(),
            Kind::There { line, .. } => line.plug(),
        }
    }

    pub fn unplug(&mut self) {
        match &mut self.kind {
            Kind::Here { .. } => self.modem.unplug(),
            Kind::There { line, .. } => line.pull(),
        }
    }

    pub fn set_full(&self, full: bool) {
        if let Kind::Here { free, .. } = &self.kind {
            free.store(if full { 0 } else { ROOM }, Ordering::Relaxed);
        }
    }

    /// What the program said on stderr.
    pub fn errors(&self) -> String {
        match &self.kind {
            Kind::There { program: Some(program), .. } => program.errors(),
            _ => String::new(),
        }
    }

    /// Moves the program's clock to ours.
    async fn set_clock(&self) {
        let state = self.asked("GET", "/handset/state", "").await.json();
        let shown: jiff::Timestamp = state["now"].as_str().unwrap().parse().unwrap();
        self.pass(self.clock.now().since(Time(shown.as_millisecond())).as_secs()).await;
    }

    async fn pass(&self, mut seconds: u64) {
        while seconds > 0 {
            let step = seconds.min(STEP_S);
            let moved = self.asked("POST", "/handset/time", &format!("advance_s={step}")).await;
            assert_eq!(moved.status, 204, "{}", moved.text());
            seconds -= step;
        }
    }

    async fn asked(&self, method: &str, target: &str, form: &str) -> Reply {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        exchange(stream, method, target, &headers, form.as_bytes()).await
    }
}
