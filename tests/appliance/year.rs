//! A simulated year of a box: texts, posts, page views, messages and imports every day, the hourly sweep every hour, a
//! restart every month. Memory, disk and the time of a restart must be in the last quarter what they were in the first
//! whole one. `tests/year` runs it alone and prints the months; a short one runs with the other tests.
//!
//! Not here: whether what is kept is right (the other tests), and how fast it is.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use yizhan::clock::Clock;
use yizhan::demo;
use yizhan::number::Number;
use yizhan::sections::ALL;
use yizhan::sim::modem::SimModem;
use yizhan::sites::files::{self, Files};
use yizhan::store::{Read, Table};

use crate::harness::{Appliance, NOON, Outside, folder};

const HOUR: Duration = Duration::from_secs(3600);
/// A day of it: texts, posts, messages by the API, pages.
#[derive(Clone, Copy)]
struct Day {
    texts: u64,
    posts: u64,
    messages: u64,
    views: u64,
}

/// A small town's box.
const TOWN: Day = Day { texts: 40, posts: 24, messages: 10, views: 60 };
const VILLAGE: Day = Day { texts: 10, posts: 6, messages: 3, views: 6 };
const SITES: [&str; 4] = ["juhelou", "quanshui", "renxin", "hongye"];
const WORDS: [&str; 6] = ["1001", "1", "0", "2", "地址", "你好"];

/// What is compared, and by how much it may differ beside a tenth.
type Figure = (&'static str, fn(&Month) -> u64, u64);

/// What a month left.
#[derive(Clone, Debug, Default)]
struct Month {
    memory_kib: u64,
    /// Octets: journal, view, pictures, archive.
    folders: [u64; 4],
    records: Vec<(&'static str, usize)>,
    restart_ms: u128,
    written_bytes: u64,
}

#[tokio::test(flavor = "multi_thread")]
async fn fifteen_days_leave_no_more_than_ten() {
    // A week stays at hand: after ten days as much goes as comes.
    let months = live(VILLAGE, 15, 5, |config| {
        config.store.keep_days = 7;
        config.store.archive_months = 1;
    })
    .await;
    let rows = |month: &Month, name| month.records.iter().find(|(table, _)| *table == name).unwrap().1;
    for table in ["inbox", "outbox", "session", "meta", "item", "section"] {
        let (second, third) = (rows(&months[1], table), rows(&months[2], table));
        assert!(third <= second + second / 10, "{table}: {second}, then {third}");
    }
    assert!(months[2].folders[2] <= months[0].folders[2] + 100_000, "pictures of imports before stay: {months:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; tests/year runs it alone"]
async fn a_year_leaves_no_more_than_a_quarter() {
    // A town fills a segment of 8 MiB in a season; smaller ones show a year of checkpoints.
    let months = live(TOWN, 364, 28, |config| config.store.segment = 1 << 20).await;
    // Months of four weeks. The first quarter fills what is kept for a time; the second is the first whole one.
    let (first, last) = (&months[3..6], &months[10..13]);
    let most = |of: &[Month], value: fn(&Month) -> u64| of.iter().map(value).max().unwrap_or(0);
    let mut wrong = String::new();
    let figures: [Figure; 5] = [
        // Malloc's own spread between runs is about a tenth of this.
        ("memory, KiB", |m| m.memory_kib, 6 * 1024),
        // One segment more or less, and what sled makes of it.
        ("journal, octets", |m| m.folders[0], 8 << 20),
        ("view, octets", |m| m.folders[1], 8 << 20),
        ("pictures, octets", |m| m.folders[2], 1 << 20),
        ("restart, ms", |m| m.restart_ms as u64, 500),
    ];
    for (name, value, margin) in figures {
        let (before, after) = (most(first, value), most(last, value));
        if after > before + before / 10 + margin {
            let _ = writeln!(wrong, "{name}: {before} in the second quarter, {after} in the last");
        }
    }
    let archive = |month: &Month| month.folders[3];
    // Six months and the one that is being written, and not one more.
    if archive(&months[12]) > archive(&months[7]) + archive(&months[7]) / 5 {
        let _ =
            writeln!(wrong, "archive: {} after eight months, {} at the end", archive(&months[7]), archive(&months[12]));
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Lives so many days and tells of each `month` of them.
async fn live(day: Day, days: u64, month: u64, change: impl Fn(&mut yizhan::config::Config) + Copy) -> Vec<Month> {
    let (clock, modem) = (Clock::by_hand(NOON), SimModem::new(Number::parse(demo::NUMBER).unwrap(), 30));
    let start = async |data| {
        let outside = Outside { modem: modem.clone(), clock: clock.clone(), ..Outside::default() };
        Appliance::on(ALL, data, outside, change).await
    };
    let mut appliance = start(folder()).await;
    demo::fill(&appliance.running.store, &appliance.running.house, &clock).await.unwrap();
    let mut months = Vec::new();
    for n in 0..days {
        live_a_day(&appliance, day, n).await;
        if (n + 1) % month == 0 {
            let mut told = tell(&appliance);
            let began = Instant::now();
            appliance = start(appliance.halt().await).await;
            assert_eq!(appliance.get("/s/juhelou/", &[]).await.status, 200);
            told.restart_ms = began.elapsed().as_millis();
            print_month(months.len(), &told);
            months.push(told);
        }
    }
    appliance.stop().await;
    months
}

async fn live_a_day(appliance: &Appliance, of: Day, day: u64) {
    for hour in 0..24 {
        for n in (0..of.texts).filter(|n| n % 24 == hour) {
            // Some come every day, some once.
            let who = if n % 2 == 0 { n } else { 1_000 + day * of.texts + n };
            let text = WORDS[((day + n) % WORDS.len() as u64) as usize];
            appliance.phone(&format!("+86139{who:08}")).asks(text).await;
        }
        for n in (0..of.posts).filter(|n| n % 24 == hour) {
            // All in one book, which has more than it keeps before the first quarter is over.
            let form = format!("_form=write&_once={:032}&text=post+{n}+of+day+{day}", day * of.posts + n);
            assert_eq!(appliance.post("/s/juhelou/guestbook/write", &[], &form).await.status, 303);
        }
        for n in (0..of.messages).filter(|n| n % 24 == hour) {
            let order =
                json!({"to": format!("+86138{n:08}"), "text": format!("第{day}天"), "key": format!("{day}/{n}")});
            assert_eq!(appliance.api("POST", "/api/v1/messages", &order.to_string()).await.status, 202);
            appliance.next_sent().await;
        }
        for n in (0..of.views).filter(|n| n % 24 == hour) {
            let (site, way) = (SITES[(n % 4) as usize], ["web", "xhtml", "wml"][(n % 3) as usize]);
            assert_eq!(appliance.get(&format!("/s/{site}/?v={way}&day={}", day % 7), &[]).await.status, 200);
        }
        if hour == 3 && day.is_multiple_of(7) {
            import(appliance, day).await;
        }
        appliance.sweeps_after(HOUR).await;
        appliance.modem_is_back().await;
    }
}

/// The week's new menu: each dish under a new name, a picture that was not there before, a column that goes again.
async fn import(appliance: &Appliance, day: u64) {
    let (_, mut site) = demo::starters().into_iter().find(|(industry, _)| industry == "restaurant").unwrap();
    let text = String::from_utf8(site["site.toml"].clone()).unwrap();
    let mut text = text.replace("[[section.item]]\nid = \"", &format!("[[section.item]]\nid = \"w{day}-"));
    let _ = write!(text, "\n[[section]]\nid = \"week-{day}\"\nkind = \"news\"\ntitle = \"本周\"\n");
    new_picture(&mut site, day);
    site.insert("site.toml".to_owned(), text.into_bytes());
    let reply = appliance.api_octets("POST", "/api/v1/sites", &files::tar(&site).unwrap()).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// One of the pictures with some octets more behind its end, which make it another file.
fn new_picture(site: &mut Files, day: u64) {
    let name = site.keys().find(|name| name.starts_with("pictures/")).cloned().unwrap();
    site.get_mut(&name).unwrap().extend_from_slice(&day.to_be_bytes());
}

fn tell(appliance: &Appliance) -> Month {
    let store = &appliance.running.store;
    let count = |table: Table| {
        let all = store.range(table, std::ops::Bound::Unbounded, std::ops::Bound::Unbounded, false, usize::MAX);
        (table.name(), all.unwrap().len())
    };
    Month {
        memory_kib: of_system("/proc/self/status", "VmRSS:"),
        folders: ["journal", "view", "pictures", "archive"].map(|name| size(&appliance.data.join(name))),
        records: Table::ALL.into_iter().map(count).filter(|(_, records)| *records > 0).collect(),
        restart_ms: 0,
        written_bytes: of_system("/proc/self/io", "write_bytes:"),
    }
}

fn print_month(n: usize, month: &Month) {
    let mib = |octets: u64| octets as f64 / f64::from(1 << 20);
    let [journal, view, pictures, archive] = month.folders.map(mib);
    let records: Vec<String> = month.records.iter().map(|(table, records)| format!("{table} {records}")).collect();
    println!(
        "{:>2}: VmRSS {:>5.1} MiB; journal {journal:>5.1}, view {view:>6.1}, pictures {pictures:.2}, archive {archive:>5.2} \
         MiB; restart {:>4} ms; written so far {:>6.0} MiB; {}",
        n + 1,
        month.memory_kib as f64 / 1024.0,
        month.restart_ms,
        mib(month.written_bytes),
        records.join(", ")
    );
}

fn of_system(file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(file).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

fn size(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let of = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => size(&entry.path()),
        found => found.map_or(0, |found| found.len()),
    };
    entries.map(|entry| of(entry.unwrap())).sum()
}
