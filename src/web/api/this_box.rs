//! What the running box says of itself: `GET /api/v1/box`, which `doctor` asks. Only what the box alone can know; what
//! the machine shows to everybody (who holds a port, the file system, the clock's source), `doctor` looks at itself.

use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use super::super::message::Response;
use super::{Api, ok};
use crate::clock::Time;
use crate::error::Result;
use crate::store::Probe;
use crate::troubles;

/// What the box knows of itself from its start.
pub struct ThisBox {
    /// Not by the clock: a box without a clock chip starts in 1970 and is set later.
    pub started: Instant,
    pub data: PathBuf,
    pub reserve_bytes: u64,
    pub free: Probe,
    /// Name and device of each modem in the config.
    pub ports: Vec<(String, PathBuf)>,
}

impl Api {
    pub(super) fn this_box(&self) -> Result<Response> {
        let up = self.this_box.started.elapsed();
        let account = json!({
            "id": self.store.box_id(),
            "name": self.house.name,
            "version": env!("CARGO_PKG_VERSION"),
            "pid": std::process::id(),
            "started": self.clock.now().minus(up).rfc3339(),
            "uptime_s": up.as_secs(),
            "clock": self.clock_account(),
            "store": self.store_account(),
            "modems": self.modem_accounts(),
            "queue": self.queue_account()?,
            "memory": memory_account(),
            "troubles": troubles::lately(),
        });
        Ok(ok(200, &account))
    }

    /// How far the clock is trusted belongs here, once it knows.
    fn clock_account(&self) -> Value {
        json!({ "now": self.clock.now().rfc3339() })
    }

    /// Incidents, sizes and the snapshot's age belong here, once the store tells them.
    fn store_account(&self) -> Value {
        let about = &self.this_box;
        json!({
            "data": about.data,
            "sequence": self.store.sequence(),
            // As text: JSON's numbers do not carry 64 bits.
            "epoch": format!("{:016x}", self.store.epoch()),
            "is_full": self.store.is_full(),
            "is_broken": self.store.is_broken(),
            "free_octets": (about.free)(&about.data).ok(),
            "reserve_octets": about.reserve_bytes,
            "incidents": [],
        })
    }

    /// The modems as `/api/v1/modems` has them, with the device of each that has one.
    fn modem_accounts(&self) -> Value {
        let account = |modem| {
            let mut account = json!(modem);
            let port = self.this_box.ports.iter().find(|(name, _)| account["name"] == name.as_str());
            account["port"] = json!(port.map(|(_, path)| path));
            account
        };
        self.texts.modems().into_iter().map(account).collect()
    }

    fn queue_account(&self) -> Result<Value> {
        let oldest = self.texts.oldest()?;
        Ok(json!({
            "waiting": self.texts.waiting(),
            "oldest": oldest.map(Time::rfc3339),
            "oldest_age_s": oldest.map(|made| self.clock.now().since(made).as_secs()),
        }))
    }
}

/// What the process takes of the machine's memory now, and the most it ever took (proc(5)).
fn memory_account() -> Value {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let octets = |name: &str| {
        let kib = status.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next());
        kib.and_then(|kib| kib.parse::<u64>().ok()).map(|kib| kib * 1024)
    };
    json!({ "resident_octets": octets("VmRSS:"), "peak_octets": octets("VmHWM:") })
}
