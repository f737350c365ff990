//! Simulated modems for whoever speaks AT, and what their network saw. Each command is one JSON line and is answered by
//! one, so that nobody reads along while something is timed.
//!
//! `deliver` a TPDU (`modem`, `tpdu`, `times`) · `reply` the same, and the milliseconds until something is sent (`timeout_s`)
//! · `wait` until `count` messages were sent (`timeout_s`) · `quiet` until nothing was for `for_s` (`timeout_s`) · `sent` all of
//! them · `clear` forgets them · `delay` of the network (`ms`) · `refuse` one message of `every` by `cms`, `lose` one answer of
//! `every` · `hang` (`on`) · `pull` · `plug` · `registration` (`status`) · `stored` in slots

use std::io::BufRead;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::{sleep_until, timeout};
use yizhan::number::Number;
use yizhan::sim::modem::{SentMessage, SimModem, Trouble};

use crate::Figure;
use crate::line::Terminal;

/// As many as a SIM card of the middle kind.
const SLOTS: usize = 30;

struct Sent {
    modem: usize,
    at: Instant,
    message: SentMessage,
}

/// What all modems' networks saw.
#[derive(Default)]
struct Seen {
    sent: Mutex<Vec<Sent>>,
    count: watch::Sender<usize>,
    /// One message of so many is refused by this `+CMS ERROR`.
    refuse: Mutex<Option<(usize, u16)>>,
}

struct Modems {
    all: Vec<(SimModem, Terminal)>,
    seen: Arc<Seen>,
    began: Instant,
}

pub fn run(folder: &Path, count: usize) -> Figure {
    let (sender, commands) = mpsc::channel(1);
    std::thread::spawn(move || {
        let lines = std::io::stdin().lock().lines();
        lines.map_while(Result::ok).take_while(|line| sender.blocking_send(line.clone()).is_ok()).for_each(drop);
    });
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(folder, count, commands))
}

async fn serve(folder: &Path, count: usize, mut commands: mpsc::Receiver<String>) -> Figure {
    let seen = Arc::new(Seen::default());
    let mut all = Vec::new();
    for n in 1..=count {
        let number = Number::parse(&format!("+861380013800{n}")).ok_or("not a number")?;
        let modem = SimModem::new(number, SLOTS);
        tokio::spawn(Arc::clone(&seen).record(n, modem.clone(), modem.sent()));
        all.push((modem.clone(), Terminal::new(folder.join(format!("modem{n}")), modem)?));
    }
    let mut modems = Modems { all, seen, began: Instant::now() };
    println!("{}", json!({ "modems": count }));
    while let Some(line) = commands.recv().await {
        println!("{}", modems.answer(&serde_json::from_str(&line)?).await?);
    }
    // Nobody reads on.
    std::process::exit(0)
}

impl Seen {
    async fn record(self: Arc<Self>, modem: usize, sim: SimModem, mut sent: broadcast::Receiver<SentMessage>) {
        loop {
            match sent.recv().await {
                Ok(message) => {
                    let count = {
                        let mut sent = lock(&self.sent);
                        sent.push(Sent { modem, at: Instant::now(), message });
                        sent.len()
                    };
                    if lock(&self.refuse).is_some_and(|(every, _)| count.is_multiple_of(every)) {
                        lock(&self.refuse).iter().for_each(|(_, code)| sim.trouble_next(Trouble::Cms(*code)));
                    }
                    self.count.send_replace(count);
                }
                Err(broadcast::error::RecvError::Lagged(count)) => eprintln!("{count} sent messages were not seen"),
                Err(broadcast::error::RecvError::Closed) => return,
            }
        }
    }
}

impl Modems {
    async fn answer(&mut self, command: &Value) -> Figure {
        let number = |name: &str| command[name].as_u64().unwrap_or(0);
        let seconds = |name: &str| Duration::from_secs_f64(command[name].as_f64().unwrap_or(0.0));
        let limit = tokio::time::Instant::now() + seconds("timeout_s");
        match command["do"].as_str().unwrap_or_default() {
            "deliver" => self.deliver(command)?,
            "reply" => {
                let before = *self.seen.count.borrow();
                let began = Instant::now();
                self.deliver(command)?;
                self.wait(before + 1, limit).await;
                let end = lock(&self.seen.sent).get(before).map(|sent| sent.at);
                return Ok(json!({ "ms": end.map(|end| (end - began).as_secs_f64() * 1e3) }));
            }
            "wait" => self.wait(number("count") as usize, limit).await,
            "quiet" => {
                let mut count = self.seen.count.subscribe();
                while tokio::time::Instant::now() < limit && timeout(seconds("for_s"), count.changed()).await.is_ok() {}
            }
            "sent" => return Ok(self.sent()),
            "clear" => {
                lock(&self.seen.sent).clear();
                self.seen.count.send_replace(0);
            }
            "delay" => self.all.iter().for_each(|(sim, _)| sim.set_network_delay(Duration::from_millis(number("ms")))),
            "refuse" => {
                let every = number("every") as usize;
                *lock(&self.seen.refuse) = (every > 0).then(|| (every, number("cms") as u16));
            }
            "lose" => self.all.iter().for_each(|(_, terminal)| {
                terminal.loss.every.store(number("every"), std::sync::atomic::Ordering::Relaxed);
            }),
            "hang" => self.all.iter().for_each(|(sim, _)| sim.set_hung(command["on"].as_bool().unwrap_or(false))),
            "pull" => {
                for (_, terminal) in &mut self.all {
                    terminal.pull().await;
                }
            }
            "plug" => self.all.iter_mut().try_for_each(|(_, terminal)| terminal.plug())?,
            "registration" => self.all.iter().for_each(|(sim, _)| sim.set_registration(number("status") as u8)),
            "stored" => {
                return Ok(json!({ "stored": self.all.iter().map(|(sim, _)| sim.occupied_slots()).sum::<usize>() }));
            }
            other => return Err(format!("no such command: {other}").into()),
        }
        let sent = lock(&self.seen.sent);
        let since = |sent: Option<&Sent>| sent.map(|sent| (sent.at - self.began).as_secs_f64());
        Ok(json!({ "count": sent.len(), "first": since(sent.first()), "last": since(sent.last()) }))
    }

    fn deliver(&self, command: &Value) -> Result<(), Box<dyn std::error::Error>> {
        let modem = command["modem"].as_u64().unwrap_or(1) as usize;
        let digits = command["tpdu"].as_str().unwrap_or_default();
        let octet = |at: usize| u8::from_str_radix(digits.get(at..at + 2).unwrap_or_default(), 16);
        let tpdu: Vec<u8> = (0..digits.len()).step_by(2).map(octet).collect::<Result<_, _>>()?;
        let (sim, _) = self.all.get(modem.wrapping_sub(1)).ok_or("no such modem")?;
        for _ in 0..command["times"].as_u64().unwrap_or(1) {
            if !sim.deliver_tpdu(tpdu.clone()) {
                return Err("the network is full".into());
            }
        }
        Ok(())
    }

    async fn wait(&self, count: usize, limit: tokio::time::Instant) {
        let mut counted = self.seen.count.subscribe();
        tokio::select! {
            // The sender lives as long as `self`.
            _ = counted.wait_for(|sent| *sent >= count) => {}
            () = sleep_until(limit) => {}
        }
    }

    fn sent(&self) -> Value {
        let sent = lock(&self.seen.sent);
        let row = |s: &Sent| json!([s.modem, s.message.to, s.message.text, (s.at - self.began).as_secs_f64()]);
        json!({ "sent": sent.iter().map(row).collect::<Vec<_>>() })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
