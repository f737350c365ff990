//! What a message costs while others wait: `cargo bench --bench queue -- [FOLDER] [MESSAGES]`, by hand; nothing is asserted.
//!
//! For 100, 10,000 and 100,000 waiting messages: how long a start takes and how much memory it leaves, then messages through
//! the room with bearers that answer at once, one commit each, against a bare append and fdatasync of as many octets on
//! the same disk. Not here: modems and lines (`benches/sms`).

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use yizhan::clock::{Clock, Source};
use yizhan::number::Number;
use yizhan::sections;
use yizhan::sites::{House, Numbers};
use yizhan::sms::bearer::{BearerHandle, Event, Outcome, State};
use yizhan::sms::fields::Ports;
use yizhan::sms::outbox::{self, Class, Wanted};
use yizhan::sms::pool::Rules;
use yizhan::sms::pool::quiet::Quiet;
use yizhan::sms::pool::rates::Limits;
use yizhan::sms::push::Pushes;
use yizhan::sms::talk::Manners;
use yizhan::sms::{Settings, Sms};
use yizhan::stop;
use yizhan::store::{Options, Store};
use yizhan::words::Lang;

const CHUNK: u64 = 500;
/// A row of a message and its frame in the journal.
const COMMIT_OCTETS: usize = 640;
const TEXT: &str = "【聚和楼】您好,您预订的明天中午十二点八人包间已经留好,凭此短信入座,回复T退订";

fn main() {
    // `cargo bench` gives a flag of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let folder = words.first().map_or_else(std::env::temp_dir, PathBuf::from).join("yizhan-bench-queue");
    let count: u64 = words.get(1).map_or(2_000, |count| count.parse().expect("a number of messages"));
    println!(
        "waiting  bearers  start ms  MiB more  octets a message  us a message  messages/s  of the floor  us of CPU"
    );
    for waiting in [100, 10_000, 100_000] {
        for bearers in [1, 4] {
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir_all(&folder).expect("a folder to work in");
            run(&folder, waiting, bearers, count.min(waiting));
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
}

fn run(folder: &Path, waiting: u64, bearers: usize, count: u64) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let store = Store::open(&folder.join("data"), Options::default()).expect("a store");
    let clock = Clock::machine();
    // Marketing waits until the time is known.
    clock.heard(Source::Modem, clock.now());
    fill(&store, &clock, waiting);
    let floor = floor(folder, 500);
    let (memory, began) = (resident(), Instant::now());
    let sms = Sms::open(store.clone(), Arc::new(house(&clock)), clock.clone(), settings()).expect("a room");
    let (start, more) = (began.elapsed(), resident().saturating_sub(memory));
    assert_eq!(sms.waiting() as u64, waiting);
    let cpu = cpu_us();
    let took = runtime.block_on(send(&sms, bearers, count));
    let each = took / u32::try_from(count).expect("few");
    let cpu = (cpu_us() - cpu) / count;
    println!(
        "{waiting:>7}  {bearers:>7}  {:>8.0}  {:>8.1}  {:>16}  {:>12.0}  {:>10.0}  {:>12.2}  {cpu:>9}",
        start.as_secs_f64() * 1e3,
        more as f64 / (1 << 20) as f64,
        more / waiting,
        each.as_secs_f64() * 1e6,
        1.0 / each.as_secs_f64(),
        floor.as_secs_f64() / each.as_secs_f64(),
    );
    drop(sms);
    store.close().expect("a good end");
}

/// Messages that wait, of people who each get one.
fn fill(store: &Store, clock: &Clock, waiting: u64) {
    let now = clock.now();
    let mut n = 0;
    while n < waiting {
        let end = (n + CHUNK).min(waiting);
        let chunk = n..end;
        let made = store.write_blocking(move |tx| {
            for n in chunk {
                let to = Number::parse(&format!("139{n:08}")).expect("a mobile number");
                let class = if n % 10 == 0 { Class::Transactional } else { Class::Bulk };
                let validity = Duration::from_secs(24 * 3600);
                let wanted = Wanted { to: &to, from: None, class, site: Some("juhelou"), text: TEXT, now, validity };
                outbox::queue(tx, &wanted, None)?;
            }
            Ok(())
        });
        made.expect("rows");
        n = end;
    }
}

/// Bearers that have sent what they get at once.
async fn send(sms: &Arc<Sms>, bearers: usize, count: u64) -> Duration {
    let (events, inbox) = mpsc::channel(64);
    let (stopper, stop) = stop::pair();
    let (done, mut sent) = mpsc::channel(1024);
    let mut lines = Vec::new();
    for n in 0..bearers {
        let (handle, mut line) = BearerHandle::new(format!("sim{n}"), None);
        sms.add_bearer(handle, None);
        let (events, done) = (events.clone(), done.clone());
        lines.push(tokio::spawn(async move {
            let bearer = format!("sim{n}");
            let state = State::Ready { operator: None, signal: None, number: None };
            let _ = events.send(Event::State { bearer: bearer.clone(), state }).await;
            while let Some(mut handed) = line.recv().await {
                handed.is_durable().await;
                let outgoing = handed.outgoing;
                let (bearer, outcome) = (bearer.clone(), Outcome::Submitted { reference: outgoing.id as u8 });
                let event = Event::Outcome { bearer, id: outgoing.id, part: outgoing.part, outcome };
                if events.send(event).await.is_err() || done.send(()).await.is_err() {
                    return;
                }
            }
        }));
    }
    let task = tokio::spawn(Arc::clone(sms).run(inbox, stop));
    // The first claims are not what is measured.
    let mut left = count;
    let warm = (count / 10).max(1);
    let mut began = Instant::now();
    while left > 0 && sent.recv().await.is_some() {
        left -= 1;
        if count - left == warm {
            began = Instant::now();
        }
    }
    let took = began.elapsed();
    stopper.stop();
    let _ = task.await;
    lines.iter().for_each(tokio::task::JoinHandle::abort);
    took * u32::try_from(count).unwrap_or(1) / u32::try_from((count - warm).max(1)).unwrap_or(1)
}

/// A bare append and its sync.
fn floor(folder: &Path, times: u32) -> Duration {
    let mut file = File::create(folder.join("floor")).expect("a file");
    // As the journal does: room first, so that no sync has to write the file's length.
    file.write_all(&vec![0; COMMIT_OCTETS * times as usize]).and_then(|()| file.sync_all()).expect("room");
    let octets = [7; COMMIT_OCTETS];
    let began = Instant::now();
    for n in 0..u64::from(times) {
        std::os::unix::fs::FileExt::write_all_at(&file, &octets, n * COMMIT_OCTETS as u64).expect("a write");
        file.sync_data().expect("a sync");
    }
    began.elapsed() / times
}

fn house(clock: &Clock) -> House {
    House {
        name: "驿站".to_owned(),
        url: String::new(),
        domain: "localhost".to_owned(),
        zone: jiff::tz::TimeZone::UTC,
        lang: Lang::Zh,
        help_phone: String::new(),
        numbers: Numbers::default(),
        kinds: sections::ALL,
        clock: clock.clone(),
        tell: outbox::tell,
    }
}

fn settings() -> Settings {
    let never = jiff::civil::Time::midnight();
    let day = Duration::from_secs(24 * 3600);
    // Nobody here opens pushes.
    let ports = Ports { destination: 2948, source: 9200 };
    let pushes = Pushes { tries: 0, ports, compile: |_| Vec::new() };
    Settings {
        manners: Manners { segments: 2, keys_valid: day, form_open: day, replies: 100, pushes },
        partial_wait: day,
        rules: Rules {
            limits: Limits::default(),
            quiet: Quiet { from: never, to: never, zone: jiff::tz::TimeZone::UTC },
            own_sites: Vec::new(),
        },
        notes: None,
    }
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

/// User and system time of this process (proc_pid_stat(5), fields 14 and 15, in hundredths of a second).
fn cpu_us() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    [11, 12].iter().filter_map(|n| fields.get(*n)?.parse::<u64>().ok()).sum::<u64>() * 10_000
}
