//! What a town does to a box, all at the same time and until it dies: texts, forms, messages of programs, orders, imports,
//! owners' answers, and a program that reads the inbox.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;
use yizhan::sim::modem::SimModem;

use super::ask::{Door, JSON};
use super::deed::Deed;
use super::ledger::Ledger;
use super::phones::Phone;
use crate::dice::Dice;

type Working = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a kill can be timed by: something has just begun.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// A slot of the SIM is read: its text is about to be stored and answered.
    Read,
    /// A message went to the network: its outcome is about to be stored.
    Sent,
    /// A slot is deleted.
    Deleted,
    Post,
    Message,
    Order,
    Import,
    Answer,
}

pub const MOMENTS: [Moment; 8] = [
    Moment::Read,
    Moment::Sent,
    Moment::Deleted,
    Moment::Post,
    Moment::Message,
    Moment::Order,
    Moment::Import,
    Moment::Answer,
];

/// The sample sites whose guestbooks are written to.
pub const GUESTBOOKS: [&str; 4] = ["juhelou", "quanshui", "renxin", "hongye"];
const CLASSES: [&str; 4] = ["transactional", "code", "care", "bulk"];
/// Phones that talk at the same time.
const TALKS: usize = 4;
/// Sites that are imported again and again; others once.
const REIMPORTED: u64 = 3;

/// The world outside the box; it outlives it.
pub struct World {
    pub modem: SimModem,
    pub ledger: Mutex<Ledger>,
    pub phones: Mutex<Vec<Phone>>,
    /// Rows of guestbooks that nobody has answered: site, row, and who texted it.
    pub unanswered: Mutex<Vec<(String, u64, Option<String>)>>,
    /// What the program that reads the inbox has got: row and words.
    pub polled: Mutex<Vec<(u64, String)>>,
    pub moments: broadcast::Sender<Moment>,
    next: AtomicU64,
    /// Counts what was not sent as sent: the trial must find it.
    pub is_hasty: bool,
}

impl World {
    pub fn new(modem: SimModem, moments: broadcast::Sender<Moment>, is_hasty: bool) -> World {
        let (ledger, phones, unanswered, polled) = Default::default();
        World { modem, ledger, phones, unanswered, polled, moments, next: AtomicU64::new(1), is_hasty }
    }

    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Asks and notes what comes of it. `None`: the box died meanwhile.
    pub async fn ask(&self, deed: &Deed, door: &Door) -> Option<()> {
        deed.note_asked(&mut self.ledger());
        if self.is_hasty {
            deed.note_done(&mut self.ledger());
        }
        let _ = self.moments.send(match deed {
            Deed::Post { .. } => Moment::Post,
            Deed::Message { .. } => Moment::Message,
            Deed::Company { .. } => Moment::Order,
            Deed::Import { .. } => Moment::Import,
            Deed::Answer { .. } => Moment::Answer,
        });
        let reply = deed.ask(door).await?;
        deed.note_answer(&mut self.ledger(), &reply);
        Some(())
    }

    /// A text of a phone that may text now: one that has begun, or a new one.
    pub fn texts(&self, at: usize) {
        self.phones.lock().unwrap()[at].text(&self.modem, &mut self.ledger());
    }

    pub fn new_phone(&self, dice: &mut Dice) -> usize {
        let mut phones = self.phones.lock().unwrap();
        phones.push(Phone::new(self.number(), dice));
        phones.len() - 1
    }
}

/// Everything at once; each ends when the box dies or `stop` is true.
pub fn start(world: &Arc<World>, door: &Door, dice: &mut Dice, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let mut run = |work: fn(Arc<World>, Door, Dice) -> Working| {
        let (work, mut stop) = (work(Arc::clone(world), door.clone(), dice.fork()), stop.clone());
        tasks.spawn(async move {
            tokio::select! {
                () = work => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        });
    };
    for _ in 0..2 {
        run(|world, door, dice| Box::pin(visitor(world, door, dice)));
    }
    run(|world, door, dice| Box::pin(program(world, door, dice)));
    run(|world, door, dice| Box::pin(operator(world, door, dice)));
    run(|world, door, dice| Box::pin(importer(world, door, dice)));
    run(|world, door, dice| Box::pin(owner(world, door, dice)));
    run(|world, door, _| Box::pin(reader(world, door)));
    // Talks that were cut off go on.
    let begun: Vec<usize> = {
        let phones = world.phones.lock().unwrap();
        phones.iter().enumerate().filter(|(_, phone)| !phone.is_done()).map(|(at, _)| at).collect()
    };
    for talk in 0..TALKS {
        let (world, mut dice, mut at, mut stop) =
            (Arc::clone(world), dice.fork(), begun.get(talk).copied(), stop.clone());
        tasks.spawn(async move {
            while !*stop.borrow() {
                let at = at.take().unwrap_or_else(|| world.new_phone(&mut dice));
                tokio::select! {
                    () = talk_to_end(&world, at) => {}
                    _ = stop.wait_for(|stop| *stop) => {}
                }
            }
        });
    }
    tasks
}

async fn talk_to_end(world: &World, at: usize) {
    let mut sent = world.modem.sent();
    let number = world.phones.lock().unwrap()[at].number.clone();
    loop {
        let (is_done, goes_on) = {
            let phones = world.phones.lock().unwrap();
            (phones[at].is_done(), phones[at].sent > 0 && phones[at].goes_on())
        };
        if is_done {
            return;
        }
        world.texts(at);
        if goes_on {
            continue;
        }
        // A second copy of an earlier reply lets it text early, as an impatient person does.
        while sent.recv().await.expect("the modem lives").to != number {}
    }
}

/// Writes into guestbooks; reloads what was not answered, and now and then what was.
async fn visitor(world: Arc<World>, door: Door, mut dice: Dice) {
    loop {
        let site = dice.of(&GUESTBOOKS).to_owned();
        let Some(page) = door.web("GET", &format!("/s/{site}/guestbook/write"), b"").await else { return };
        let page = page.text();
        let once = page.split_once("name=\"_once\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
        let once = once.unwrap_or_else(|| panic!("no mark in the form of {site}: {page}")).0.to_owned();
        let text = format!("№{};{}", world.number(), "网上留言。".repeat(1 + dice.roll(40)));
        let deed = Deed::Post { site, once, text };
        if world.ask(&deed, &door).await.is_none() || (dice.chance(20) && world.ask(&deed, &door).await.is_none()) {
            return;
        }
    }
}

/// Sends messages, long ones too; asks again with the same key now and then.
async fn program(world: Arc<World>, door: Door, mut dice: Dice) {
    loop {
        let n = world.number();
        let text = format!("№{n};{}", "订单已发货。".repeat(dice.of(&[1, 5, 30])));
        let deed = Deed::Message { to: format!("+86138{n:08}"), class: dice.of(&CLASSES), text };
        if world.ask(&deed, &door).await.is_none() || (dice.chance(20) && world.ask(&deed, &door).await.is_none()) {
            return;
        }
        // The modem is slower than a program: what waits must not outgrow what a check waits for.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn operator(world: Arc<World>, door: Door, _dice: Dice) {
    let deed = Deed::Company { slug: format!("q{}", world.number()) };
    let _ = world.ask(&deed, &door).await;
}

async fn importer(world: Arc<World>, door: Door, mut dice: Dice) {
    loop {
        let edition = world.number() as u32;
        let slug =
            if dice.chance(20) { format!("once{edition}") } else { format!("site{}", u64::from(edition) % REIMPORTED) };
        if world.ask(&Deed::Import { slug, edition }, &door).await.is_none() {
            return;
        }
    }
}

async fn owner(world: Arc<World>, door: Door, _dice: Dice) {
    loop {
        let Some((site, row, tells)) = world.unanswered.lock().unwrap().pop() else { return };
        let text = format!("答复〔{}〕", world.number());
        if let Some(number) = &tells {
            world.ledger().words.insert(number.clone(), text.clone());
        }
        if world.ask(&Deed::Answer { site, row, text, tells }, &door).await.is_none() {
            return;
        }
    }
}

/// Reads the inbox by its cursor, as fast as it can.
async fn reader(world: Arc<World>, door: Door) {
    loop {
        let after = world.polled.lock().unwrap().last().map_or(0, |(id, _)| *id);
        let Some(reply) = door.api("GET", &format!("/api/v1/inbox?after={after}"), JSON, b"").await else { return };
        let page = reply.json();
        let items = page["items"].as_array().cloned().unwrap_or_default();
        world.polled.lock().unwrap().extend(items.iter().map(inbox_row));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A row of the inbox: its number, and who texted what.
pub fn inbox_row(item: &serde_json::Value) -> (u64, String) {
    let text = |name: &str| item[name].as_str().unwrap_or_default();
    let odd = item["partial"] == true || !text("raw").is_empty();
    (
        text("id").parse().unwrap_or_default(),
        format!("{} {}{}", text("from"), text("text"), if odd { " (in part)" } else { "" }),
    )
}
