//! The real program under texts, posts and imports on one growing store, killed again and again; after each restart its
//! public faces and the phones must show everything it acknowledged, once. `tests/kills` runs it longer.
//!
//! Not here: power cuts. A killed process leaves to the kernel all that it has written.

mod ask;
mod deed;
mod disk;
mod ledger;
mod line;
mod load;
mod look;
mod phones;
mod report;
pub mod site;

use std::env;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tokio::sync::{broadcast, watch};
use yizhan::clock::Clock;
use yizhan::demo;
use yizhan::number::Number;
use yizhan::sim::modem::{SentMessage, SimModem};

use self::ask::Door;
use self::line::Line;
use self::load::{MOMENTS, World};
use self::look::{GUESTBOOK_PAGES, Seen, Underway};
use self::phones::{Arrived, Row};
use self::report::Report;
use crate::dice::Dice;
use crate::program::{PATIENCE, Program, Scratch};

/// Kills in the test command.
const KILLS: usize = 24;
/// A load that makes no such moment as was waited for is killed without it.
const MOMENT_LIMIT: Duration = Duration::from_millis(400);
/// How often is asked for what nobody tells: whether the outbox has come to rest.
const GLANCE: Duration = Duration::from_millis(10);
/// As on a small SIM card: a burst of texts waits in the network.
const SLOTS: usize = 10;

/// What makes a good box fail the trial.
#[derive(Clone, Copy, PartialEq)]
enum Control {
    None,
    /// After a kill the disk is as it was after the one before.
    Loss,
    /// The trial counts as acknowledged what was only asked.
    Hasty,
}

struct Trial {
    world: Arc<World>,
    line: Line,
    data: Scratch,
    dice: Dice,
    control: Control,
    sent: broadcast::Receiver<SentMessage>,
    /// What reached phones, in the order of the network, and how many lives the box has had.
    log: Vec<Arrived>,
    life: usize,
    /// The outbox.
    rows: Vec<Row>,
    /// Kills since the last check, and whether one of them was not in a start.
    unchecked: usize,
    was_under_load: bool,
    /// For the control: the disk as it was.
    before: Option<Scratch>,
    report: Report,
}

impl Trial {
    fn new(seed: u64, control: Control) -> Trial {
        let modem = SimModem::new(Number::parse(demo::NUMBER).unwrap(), SLOTS);
        // What may wait for a trusted clock need not wait.
        let clock = Clock::machine();
        modem.set_network_time(&clock, clock.now());
        let (moments, _) = broadcast::channel(256);
        let (sent, line) = (modem.sent(), Line::new(&modem, moments.clone()));
        let world = Arc::new(World::new(modem, moments, control == Control::Hasty));
        let (data, dice, report) = (Scratch::new(), Dice::new(seed), Report { seed, ..Report::default() });
        Trial {
            world,
            line,
            data,
            dice,
            control,
            sent,
            log: Vec::new(),
            life: 0,
            rows: Vec::new(),
            unchecked: 0,
            was_under_load: false,
            before: None,
            report,
        }
    }

    /// So many kills, or until something is wrong.
    async fn run(mut self, kills: usize) -> Report {
        let begun = Instant::now();
        // The first start brings in the sample companies; it may be cut off, too.
        for _ in 0..(kills / 8).min(4) {
            self.kill_in_start().await;
        }
        loop {
            let is_last = self.report.kills >= kills;
            let program = self.restart_and_check(is_last).await;
            if is_last || !self.report.faults.is_empty() {
                self.report.octets.1 = disk::size(&self.data);
                if self.report.faults.is_empty() {
                    program.end(Signal::TERM);
                } else if self.control == Control::None {
                    // For whoever looks into it.
                    println!("{}\nthe store is kept in {}", program.errors(), self.data.display());
                    std::mem::forget(self.data);
                }
                break;
            }
            self.load_and_kill(program).await;
            while self.report.kills < kills && self.dice.chance(20) {
                self.kill_in_start().await;
            }
        }
        self.report.told = self.world.ledger().told().to_vec();
        self.report.took = begun.elapsed();
        self.report
    }

    /// Starts the box; `last_line` empty: without waiting for its greeting.
    async fn start(&mut self, last_line: &'static str) -> Program {
        self.life += 1;
        let (data, modem) = (self.data.to_str().unwrap().to_owned(), self.line.path.clone());
        let start =
            move || Program::start(&["demo", "--listen", "127.0.0.1:0", "--data", &data, "--modem", &modem], last_line);
        tokio::task::spawn_blocking(start).await.unwrap()
    }

    async fn restart_and_check(&mut self, is_last: bool) -> Program {
        self.line.hold();
        let begun = Instant::now();
        let program = self.start("Ctrl-C ends it.").await;
        self.report.starts.push(begun.elapsed());
        let door = Door { address: program.address().to_owned(), socket: self.data.join("yizhan.sock") };
        // Before the modem says a word and anything is asked again.
        let first = look::look(&door, &self.world, is_last).await;
        look::outbox(&door, &mut self.rows).await;
        self.report.faults.extend(look::faults(&self.world, &first, &self.rows));
        if self.report.checks == 0 {
            self.report.octets.0 = disk::size(&self.data);
        }
        let underway = look::note_seen(&self.world, &first, &self.rows, &self.log);
        self.count_kill(underway, program.errors().contains(disk::TORN));
        self.line.release();
        let open = self.world.ledger().open.clone();
        for deed in open {
            self.world.ask(&deed, &door).await.expect("the box died by itself");
        }
        match self.come_to_rest(&door).await {
            Ok(()) => self.check(&door, is_last).await,
            Err(fault) => self.report.faults.push(fault),
        }
        program
    }

    /// In which class the kill under load falls; those of a start have one of their own.
    fn count_kill(&mut self, underway: Underway, is_torn: bool) {
        if !std::mem::take(&mut self.was_under_load) {
            return;
        }
        let Report { untold, torn, before, idle, .. } = &mut self.report;
        let class = match underway {
            _ if is_torn => torn,
            Underway { there: 1.., .. } => untold,
            Underway { missing: 1.., .. } => before,
            Underway { .. } => idle,
        };
        *class += 1;
    }

    /// Every text taken, every message settled.
    async fn come_to_rest(&mut self, door: &Door) -> Result<(), String> {
        let idle = tokio::time::timeout(PATIENCE, self.world.modem.idle());
        idle.await.map_err(|_| format!("{} texts stay on the SIM", self.world.modem.occupied_slots()))?;
        let begun = Instant::now();
        loop {
            look::outbox(door, &mut self.rows).await;
            let open: Vec<&Row> = self.rows.iter().filter(|row| !row.is_settled()).collect();
            if open.is_empty() {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("the outbox never came to rest: {open:?}"));
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn check(&mut self, door: &Door, is_last: bool) {
        self.collect();
        if is_last {
            // What was settled stays as it was, but for a report that came since.
            let known = std::mem::take(&mut self.rows);
            look::outbox(door, &mut self.rows).await;
            let same = |(row, known): (&Row, &Row)| row == known || *row == known.delivered();
            if self.rows.len() != known.len() || !self.rows.iter().zip(&known).all(same) {
                self.report.faults.push("outbox: a settled message has changed".to_owned());
            }
        }
        self.world.phones.lock().unwrap().iter().for_each(|phone| phone.note_taken(&mut self.world.ledger()));
        let seen = look::look(door, &self.world, is_last).await;
        let mut faults = look::faults(&self.world, &seen, &self.rows);
        faults.extend(look::page_faults(door, &seen, if is_last { usize::MAX } else { GUESTBOOK_PAGES }).await);
        if self.report.checks == 0 || is_last {
            faults.extend(look::sample_faults(door).await);
        }
        let before = self.report.tally;
        let (of_phones, tally) =
            phones::faults(&self.world.phones.lock().unwrap(), &self.rows, &self.log, &self.world.ledger());
        faults.extend(of_phones);
        // One message in doubt at a kill.
        let unknown = tally.unknown - before.unknown;
        if unknown > self.unchecked {
            faults.push(format!("{unknown} messages became unknown by {} kills", self.unchecked));
        }
        self.note_unanswered(seen);
        self.report.faults.extend(faults);
        self.report.tally = tally;
        self.report.checks += 1;
        self.unchecked = 0;
        self.world.ledger().touched.clear();
    }

    /// Rows that the owner may answer.
    fn note_unanswered(&mut self, seen: Seen) {
        let mut ledger = self.world.ledger();
        let mut unanswered = self.world.unanswered.lock().unwrap();
        for post in seen.posts.into_iter().filter(|post| post.reply.is_empty()) {
            if ledger.taken.insert(post.id) {
                unanswered.push((post.site, post.id, post.from));
            }
        }
    }

    async fn load_and_kill(&mut self, program: Program) {
        let door = Door { address: program.address().to_owned(), socket: self.data.join("yizhan.sock") };
        let (stop, stopped) = watch::channel(false);
        let mut moments = self.world.moments.subscribe();
        let mut tasks = load::start(&self.world, &door, &mut self.dice, &stopped);
        let (moment, mut left) = (self.dice.of(&MOMENTS), 1 + self.dice.roll(6));
        let wait = async {
            while left > 0 {
                left -= usize::from(moments.recv().await == Ok(moment));
            }
        };
        let _ = tokio::time::timeout(MOMENT_LIMIT, wait).await;
        // Most often while what has just begun is being stored.
        let longest_s = if self.dice.chance(75) { 0.012 } else { 0.2 };
        let delay = Duration::from_secs_f64(self.dice.spread(0.0002, longest_s));
        self.kill(program, delay).await;
        self.was_under_load = true;
        stop.send_replace(true);
        while let Some(task) = tasks.join_next().await {
            task.expect("a client failed");
        }
        self.after_kill().await;
        if self.control == Control::Loss {
            match self.before.take() {
                Some(before) => disk::copy(&before, &self.data),
                None => disk::copy(&self.data, self.before.insert(Scratch::new())),
            }
        }
    }

    async fn kill_in_start(&mut self) {
        let program = self.start("").await;
        let longest = self.report.starts.last().map_or(0.2, Duration::as_secs_f64) * 1.5;
        let delay = Duration::from_secs_f64(self.dice.spread(0.001, longest));
        self.kill(program, delay).await;
        self.report.in_start += 1;
        self.after_kill().await;
    }

    async fn kill(&mut self, program: Program, delay: Duration) {
        let begun = Instant::now();
        let kill = move || {
            // A sleep ends late by more than some of these delays are long.
            std::thread::sleep(delay.saturating_sub(Duration::from_millis(1)));
            while begun.elapsed() < delay {
                std::hint::spin_loop();
            }
            let said = program.kill();
            said.lines()
                .filter(|line| line.contains("panicked") || line.starts_with("ERROR"))
                // Three kills in a row while it opens its view must look to it like a view that kills it.
                .filter(|line| !line.contains("starts in a row ended while it was opened"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        self.report.faults.extend(tokio::task::spawn_blocking(kill).await.unwrap());
        self.report.kills += 1;
        self.unchecked += 1;
    }

    /// What the modem still does, and what happens while the box is down.
    async fn after_kill(&mut self) {
        self.line.end().await;
        self.collect();
        // Before its first whole start the box knows no company.
        if self.report.checks > 0 && self.dice.chance(30) {
            let phone = self.world.new_phone(&mut self.dice);
            self.world.texts(phone);
        }
    }

    /// What has reached phones in this life.
    fn collect(&mut self) {
        while let Ok(message) = self.sent.try_recv() {
            // A push is nobody's reply.
            let Some(text) = message.text else { continue };
            self.log.push(Arrived { life: self.life, to: message.to, text });
        }
    }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_box_keeps_what_it_said() {
    let seed = number("SEED").unwrap_or_else(|| u64::from(std::process::id()));
    let kills = number("KILLS").map_or(KILLS, |kills| kills as usize);
    let control = match env::var("CONTROL").as_deref() {
        Ok("loss") => Control::Loss,
        Ok("hasty") => Control::Hasty,
        _ => Control::None,
    };
    let report = Trial::new(seed, control).run(kills).await;
    println!("{report}");
    assert!(report.faults.is_empty(), "repeat it with SEED={seed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_box_that_loses_what_it_said_is_found_out() {
    let report = Trial::new(7, Control::Loss).run(8).await;
    assert!(report.faults.iter().any(|fault| fault.contains("is lost")), "{report}");
}
