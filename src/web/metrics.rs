//! `/metrics`: the box's figures in OpenMetrics 1.0 text. What they are made from is `app`'s; who may read them, the
//! router's.

use std::sync::Arc;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::message::Response;
use crate::error::{Error, Result};

/// What there is to say, at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    pub written_bytes: u64,
    pub device_written_bytes: u64,
    pub device_day_bytes: u64,
    pub store_sequence: u64,
    pub store_epoch: u64,
    pub store_full: bool,
    pub store_broken: bool,
    pub folders: [(&'static str, u64); 5],
    pub free_bytes: u64,
    pub archived: [(&'static str, u64); 3],
    pub sweeps: u64,
    pub sweeps_failed: u64,
    pub deleted: u64,
    pub uptime_s: u64,
    pub memory_bytes: [(&'static str, u64); 2],
    /// Of each: events taken, events given up, failures in a row.
    pub webhooks: Vec<(String, [u64; 3])>,
    pub texts_arrived: u64,
    pub replies: u64,
    pub queue: [(&'static str, u64); 2],
    pub queue_held: bool,
    /// By class: how many wait, and for how many seconds the oldest has.
    pub waiting: Vec<(&'static str, u64, u64)>,
    pub outcomes: Vec<(&'static str, u64)>,
    pub refusals: Vec<(String, u64)>,
    /// By modem and window, what is left of the limit.
    pub left: Vec<(String, &'static str, u64)>,
    pub stopped: Vec<(String, bool)>,
    /// Of the gateway for old phones: what is open now, and what has come since the start.
    pub wap_open: [(&'static str, u64); 2],
    pub wap: [(&'static str, u64); 5],
    pub modems: Vec<ModemFigures>,
}

/// One modem's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModemFigures {
    pub name: String,
    pub state: &'static str,
    pub is_ready: bool,
    pub signal: Option<u64>,
    pub slots: Option<[u64; 2]>,
    pub contact_age_s: Option<u64>,
    pub sent: u64,
    pub received: u64,
    pub in_doubt: u64,
    pub garbled: u64,
    pub losses: u64,
    /// By step.
    pub resets: Vec<(&'static str, u64)>,
    /// By error.
    pub failures: Vec<(String, u64)>,
}

/// Collects the figures; may wait for the disk.
pub type Source = Arc<dyn Fn() -> Figures + Send + Sync>;

/// OpenMetrics 1.0, "Protocol negotiation": there is but this version.
const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub fn answer(figures: &Figures) -> Response {
    match text(figures) {
        Ok(text) => Response::new(200, MEDIA_TYPE, text).with("cache-control", "no-store"),
        Err(error) => {
            log::error!("metrics: {error}");
            Response::text(500, "something went wrong; it was logged\n")
        }
    }
}

fn text(figures: &Figures) -> Result<String> {
    let mut page = Page(Registry::with_prefix("yizhan"));
    flash(&mut page, figures);
    store(&mut page, figures);
    let f = figures;
    page.count("texts", "Texts that came in since the start, those that came twice included", f.texts_arrived);
    page.count("replies", "Replies to them since the start", f.replies);
    messages(&mut page, figures);
    modems(&mut page, &f.modems);
    page.each("wap_open", "Of the gateway for old phones: sessions and transactions now", "what", &f.wap_open);
    let help = "Requests of phones by port, and datagrams that were not answered and why";
    page.count_each("wap", help, "what", f.wap.iter().copied());
    let of = |place: usize| f.webhooks.iter().map(|(name, all)| (name.as_str(), all[place])).collect::<Vec<_>>();
    page.each("webhook_delivered", "Events that a program has taken, ever", "webhook", &of(0));
    page.each("webhook_given_up", "Events that a program did not take in time, ever", "webhook", &of(1));
    page.each("webhook_failures", "How often in a row it has failed now", "webhook", &of(2));
    let memory = "Memory of the process: now, and the most it ever had";
    page.each_byte("memory", memory, "what", &f.memory_bytes);
    page.0.register_with_unit("uptime", "Since the start", Unit::Seconds, gauge(f.uptime_s));
    let mut out = String::new();
    encode(&mut out, &page.0).map_err(Error::internal)?;
    Ok(out)
}

fn messages(page: &mut Page, f: &Figures) {
    page.each("queue", "Messages that wait or are being sent", "state", &f.queue);
    page.gauge("queue_held", "1 while an operator holds something back", u64::from(f.queue_held));
    let counts: Vec<(&str, u64)> = f.waiting.iter().map(|(class, count, _)| (*class, *count)).collect();
    page.each("waiting", "Messages that wait, by class", "class", &counts);
    let ages: Vec<(&str, u64)> = f.waiting.iter().map(|(class, _, age)| (*class, *age)).collect();
    let help = "For how long the oldest of them has waited";
    page.0.register_with_unit("waiting_oldest", help, Unit::Seconds, gauges("class", &ages));
    let help = "What became of messages handed to modems, by part; delivered and undelivered is what reports say";
    page.count_each("outcomes", help, "outcome", f.outcomes.iter().map(|(name, count)| (*name, *count)));
    let refusals = f.refusals.iter().map(|(name, count)| (name.as_str(), *count));
    page.count_each("refusals", "Refusals by error code", "error", refusals);
    let left = Family::<Vec<(String, String)>, Gauge>::default();
    for (modem, window, count) in &f.left {
        let labels = vec![("modem".to_owned(), modem.clone()), ("window".to_owned(), (*window).to_owned())];
        left.get_or_create(&labels).set(i64::try_from(*count).unwrap_or(i64::MAX));
    }
    page.0.register("segments_left", "Segments that a SIM may still send", left);
    let stopped: Vec<(&str, u64)> = f.stopped.iter().map(|(name, is)| (name.as_str(), u64::from(*is))).collect();
    page.each("modem_stopped", "1 while a SIM is refused for good: look at credit and SIM", "modem", &stopped);
}

fn modems(page: &mut Page, all: &[ModemFigures]) {
    page.gauge("modems", "Modems that are configured", all.len() as u64);
    let up = all.iter().filter(|modem| modem.is_ready).count() as u64;
    page.gauge("modems_up", "Modems that send and receive", up);
    let of = |figure: fn(&ModemFigures) -> Option<u64>| -> Vec<(&str, u64)> {
        all.iter().filter_map(|modem| Some((modem.name.as_str(), figure(modem)?))).collect()
    };
    let registered = "1 while it is in a network, sends and receives";
    page.each("modem_registered", registered, "modem", &of(|modem| Some(u64::from(modem.is_ready))));
    page.each("modem_signal", "Strength of the signal, 0 to 31", "modem", &of(|modem| modem.signal));
    page.each("modem_slots_used", "Texts in its storage", "modem", &of(|modem| modem.slots.map(|[used, _]| used)));
    page.each("modem_slots", "Texts that its storage holds", "modem", &of(|modem| modem.slots.map(|[_, all]| all)));
    let ages = of(|modem| modem.contact_age_s);
    page.0.register_with_unit("modem_contact_age", "Since it last answered", Unit::Seconds, gauges("modem", &ages));
    type Figure = fn(&ModemFigures) -> u64;
    let counts: [(&str, &str, Figure); 5] = [
        ("modem_sent", "Messages that the network took from it since the start, by part", |modem| modem.sent),
        ("modem_received", "Texts and reports that it brought since the start", |modem| modem.received),
        ("modem_in_doubt", "Messages that got no answer since the start, by part", |modem| modem.in_doubt),
        ("modem_garbled", "Texts and reports that did not come whole over its line since the start", |modem| {
            modem.garbled
        }),
        ("modem_losses", "How often it was lost since the start", |modem| modem.losses),
    ];
    for (name, help, figure) in counts {
        page.count_each(name, help, "modem", all.iter().map(|modem| (modem.name.as_str(), figure(modem))));
    }
    let states = all.iter().map(|modem| (modem, modem.state, 1));
    page.0.register("modem_state", "1 for the state that it is in", pairs::<Gauge>("state", states));
    let resets = all.iter().flat_map(|modem| modem.resets.iter().map(move |(step, count)| (modem, *step, *count)));
    let help = "What was done to bring it back since the start";
    page.0.register("modem_resets", help, pairs::<Counter>("step", resets));
    let failures = all.iter().flat_map(|m| m.failures.iter().map(move |(error, count)| (m, error.as_str(), *count)));
    page.0.register(
        "modem_failures",
        "Messages that it or the network refused, by error",
        pairs::<Counter>("error", failures),
    );
}

/// A figure for each modem and something else.
fn pairs<'a, M: Value>(
    label: &str,
    figures: impl Iterator<Item = (&'a ModemFigures, &'a str, u64)>,
) -> Family<Vec<(String, String)>, M> {
    let family = Family::<Vec<(String, String)>, M>::default();
    for (modem, value, count) in figures {
        let labels = vec![("modem".to_owned(), modem.name.clone()), (label.to_owned(), value.to_owned())];
        family.get_or_create(&labels).be(count);
    }
    family
}

/// What a counter and a gauge have in common here.
trait Value: Default + Clone {
    fn be(&self, value: u64);
}

impl Value for Counter {
    fn be(&self, value: u64) {
        self.inc_by(value);
    }
}

impl Value for Gauge {
    fn be(&self, value: u64) {
        self.set(i64::try_from(value).unwrap_or(i64::MAX));
    }
}

fn flash(page: &mut Page, f: &Figures) {
    let help = "Octets of the pages that the process has made dirty since its start, more than it wrote";
    page.count_bytes("written", help, f.written_bytes);
    let help = "Octets written to the disk of the data since the machine's start, by everybody: what wears it";
    page.count_bytes("device_written", help, f.device_written_bytes);
    let help = "The same of the last 24 hours; it does not outlive the process, so it is less in a box's first day";
    page.0.register_with_unit("device_written_day", help, Unit::Bytes, gauge(f.device_day_bytes));
    page.each_byte("disk", "Octets in the folders of the data directory", "folder", &f.folders);
    page.0.register_with_unit(
        "disk_free",
        "Free for the box on the disk of its data",
        Unit::Bytes,
        gauge(f.free_bytes),
    );
}

fn store(page: &mut Page, f: &Figures) {
    page.gauge("store_sequence", "Commits since the box was set up", f.store_sequence);
    let epoch = Family::<Vec<(String, String)>, Gauge>::default();
    epoch.get_or_create(&vec![("epoch".to_owned(), format!("{:016x}", f.store_epoch))]).set(1);
    page.0.register("store_info", "Which life of the journal this is", epoch);
    page.gauge(
        "store_full",
        "1 while the disk's reserve is touched, and nothing new is taken",
        u64::from(f.store_full),
    );
    page.gauge("store_broken", "1 when a sync has failed: restart the box", u64::from(f.store_broken));
    page.each("archived", "Records moved to the archive since the box was set up", "table", &f.archived);
    page.count("deleted_records", "Records that the sweep deleted since the start", f.deleted);
    page.count("sweeps", "Runs of the hourly sweep since the start", f.sweeps);
    page.count("sweeps_failed", "Parts of them that failed; the log says why", f.sweeps_failed);
}

struct Page(Registry);

impl Page {
    fn count(&mut self, name: &str, help: &str, value: u64) {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        self.0.register(name, help, counter);
    }

    fn count_each<'a>(&mut self, name: &str, help: &str, label: &str, values: impl Iterator<Item = (&'a str, u64)>) {
        let family = Family::<Vec<(String, String)>, Counter>::default();
        for (value, count) in values {
            family.get_or_create(&vec![(label.to_owned(), value.to_owned())]).inc_by(count);
        }
        self.0.register(name, help, family);
    }

    fn count_bytes(&mut self, name: &str, help: &str, value: u64) {
        let counter = Counter::<u64>::default();
        counter.inc_by(value);
        self.0.register_with_unit(name, help, Unit::Bytes, counter);
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) {
        self.0.register(name, help, gauge(value));
    }

    fn each(&mut self, name: &str, help: &str, label: &str, values: &[(&str, u64)]) {
        self.0.register(name, help, gauges(label, values));
    }

    fn each_byte(&mut self, name: &str, help: &str, label: &str, values: &[(&str, u64)]) {
        self.0.register_with_unit(name, help, Unit::Bytes, gauges(label, values));
    }
}

fn gauge(value: u64) -> Gauge {
    let gauge = Gauge::default();
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    gauge
}

fn gauges(label: &str, values: &[(&str, u64)]) -> Family<Vec<(String, String)>, Gauge> {
    let family = Family::<Vec<(String, String)>, Gauge>::default();
    for (name, value) in values {
        let one = family.get_or_create(&vec![(label.to_owned(), (*name).to_owned())]);
        one.set(i64::try_from(*value).unwrap_or(i64::MAX));
    }
    family
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The rules of OpenMetrics 1.0 that a scraper trips over: every sample belongs to the family named by the TYPE
    /// before it, a counter's ends in `_total`, nothing stands twice, `# EOF` ends it.
    #[test]
    fn the_text_is_open_metrics() {
        let figures = Figures {
            written_bytes: 7,
            folders: [("journal", 1), ("view", 2), ("snapshots", 5), ("pictures", 3), ("archive", u64::MAX)],
            archived: [("inbox", 4), ("outbox", 5), ("row", 6)],
            queue: [("queued", 1), ("submitting", 0)],
            memory_bytes: [("resident", 1), ("most", 2)],
            waiting: vec![("reply", 1, 0), ("bulk", 7, 90)],
            outcomes: vec![("submitted", 3)],
            refusals: vec![("CMS 42".to_owned(), 2), ("\"odd\" words\n".to_owned(), 1)],
            left: vec![("sim1".to_owned(), "minute", 9)],
            stopped: vec![("sim1".to_owned(), true)],
            modems: vec![ModemFigures {
                name: "sim1".to_owned(),
                state: "ready",
                signal: Some(9),
                slots: Some([3, 30]),
                contact_age_s: Some(4),
                resets: vec![("usb", 2)],
                failures: vec![("CMS 42".to_owned(), 5)],
                ..ModemFigures::default()
            }],
            ..Figures::default()
        };
        let text = text(&figures).unwrap();
        let body = text.strip_suffix("# EOF\n").unwrap();
        let (mut family, mut kind, mut seen) = ("", "", Vec::new());
        for line in body.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                let words: Vec<&str> = comment.splitn(3, ' ').collect();
                match words[0] {
                    "HELP" => family = words[1],
                    "TYPE" => (family, kind) = (words[1], words[2]),
                    "UNIT" => assert!(family.ends_with(words[2]), "{line}"),
                    other => panic!("{other}"),
                }
                assert_eq!(words[1], family, "{line}");
                continue;
            }
            let (sample, value) = line.rsplit_once(' ').unwrap();
            let name = sample.split('{').next().unwrap();
            assert!(value.parse::<f64>().is_ok() && family.starts_with("yizhan_"), "{line}");
            assert_eq!(name, if kind == "counter" { format!("{family}_total") } else { family.to_owned() });
            assert!(!seen.contains(&sample), "{line}");
            seen.push(sample);
        }
        for line in [
            "yizhan_written_bytes_total 7",
            "yizhan_disk_bytes{folder=\"view\"} 2",
            "yizhan_modems_up 0",
            "yizhan_modem_signal{modem=\"sim1\"} 9",
            "yizhan_modem_slots_used{modem=\"sim1\"} 3",
            "yizhan_modem_contact_age_seconds{modem=\"sim1\"} 4",
            "yizhan_modem_resets_total{modem=\"sim1\",step=\"usb\"} 2",
            "yizhan_modem_failures_total{modem=\"sim1\",error=\"CMS 42\"} 5",
            "yizhan_modem_state{modem=\"sim1\",state=\"ready\"} 1",
        ] {
            assert!(body.lines().any(|l| l == line), "{line} in\n{body}");
        }
        assert!(seen.len() > 20);
    }
}
