//! A modem that is dead for a day: what is logged and told of it.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Counts the lines that name the modem of this test; whatever else is logged in this process goes by.
struct Counter;

static LINES: AtomicUsize = AtomicUsize::new(0);
const NAME: &str = "dead-for-a-day";

impl log::Log for Counter {
    fn enabled(&self, _: &log::Metadata) -> bool {
        true
    }

    fn log(&self, record: &log::Record) {
        if record.level() <= log::Level::Info && record.args().to_string().contains(NAME) {
            LINES.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn flush(&self) {}
}

/// Opened so often, and never there.
struct Absent(AtomicUsize);

impl Opener for Absent {
    fn open(&self) -> Opening<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Err(io::ErrorKind::NotFound.into()) })
    }
}

#[tokio::test(start_paused = true)]
async fn a_day_without_a_modem_is_a_few_lines() {
    let _ = log::set_logger(&Counter).map(|()| log::set_max_level(log::LevelFilter::Info));
    let clock = Clock::by_hand(NOW);
    let (sender, mut events) = mpsc::channel(16);
    let absent = Arc::new(Absent(AtomicUsize::new(0)));
    let options = ModemOptions { name: NAME.into(), opener: absent.clone(), number: None, pin: None, profile: None };
    let modem = spawn(options, clock.clone(), sender);
    let mut told = 0;
    // Five seconds at a time for a day.
    for _ in 0..24 * 720 {
        clock.advance(Duration::from_secs(5));
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
        while events.try_recv().is_ok() {
            told += 1;
        }
    }
    let (looked, lines) = (absent.0.load(Ordering::Relaxed), LINES.load(Ordering::Relaxed));
    assert!((10_000..=43_200).contains(&looked), "looked {looked} times: it is found within seconds");
    assert!((1..=6).contains(&lines), "{lines} lines in a day");
    assert_eq!(told, 2, "starting, lost");
    drop(modem);
}
