//! What the running box says of itself: `GET /api/v1/box`, which `doctor` asks. Only what the box alone can know; what
//! the machine shows to everybody (who holds a port, the file system, the clock's source), `doctor` looks at itself.

use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};

use super::super::message::Response;
use super::{Api, ok};
use crate::clock::Trust;
use crate::error::Result;
use crate::store::What;
use crate::words::{Lang, Word};
use crate::{troubles, words};

/// What the box knows of itself from its start.
pub struct ThisBox {
    /// Not by the clock: a box without a clock chip starts in 1970 and is set later.
    pub started: Instant,
    pub data: PathBuf,
    pub reserve_bytes: u64,
    /// Name and device of each modem in the config.
    pub ports: Vec<(String, PathBuf)>,
    /// How those are who are told what happens.
    pub webhooks: Box<dyn Fn() -> Value + Send + Sync>,
}

impl Api {
    pub(super) fn this_box(&self, query: &[(String, String)]) -> Result<Response> {
        let lang = self.lang(query);
        let up = self.this_box.started.elapsed();
        let account = json!({
            "id": self.store.box_id(),
            "name": self.house.name,
            "version": env!("CARGO_PKG_VERSION"),
            "pid": std::process::id(),
            "started": self.clock.now().minus(up).rfc3339(),
            "uptime_s": up.as_secs(),
            "clock": self.clock_account(),
            "store": self.store_account()?,
            "modems": self.modem_accounts(lang),
            "queue": self.texts.backlog(lang),
            "webhooks": (self.this_box.webhooks)(),
            "memory": memory_account(),
            "troubles": troubles::lately(),
        });
        Ok(ok(200, &account))
    }

    /// How far the clock is trusted, and by what.
    fn clock_account(&self) -> Value {
        let says = said(&self.clock.source().word(), &[]);
        let is_trusted = self.clock.trust() >= Trust::Network;
        json!({ "now": self.clock.now().rfc3339(), "is_trusted": is_trusted, "says": says })
    }

    fn store_account(&self) -> Result<Value> {
        let (about, account) = (&self.this_box, self.store.account()?);
        let incidents = self.store.incidents()?;
        let told = incidents.iter().map(|incident| {
            let word = match incident.what {
                What::Lost { .. } | What::Incomplete => words::INCIDENT_LOST,
                What::Restored => words::INCIDENT_RESTORED,
                What::Rebuilt | What::Mended => words::INCIDENT_REPAIRED,
            };
            let at = incident.at.civil(&self.house.zone).strftime("%Y-%m-%d %H:%M").to_string();
            json!({
                "at": incident.at.rfc3339(), "is_loss": incident.what.is_loss(), "detail": incident.detail,
                "says": said(&word, &[&at, &incident.detail]),
            })
        });
        Ok(json!({
            "data": about.data,
            "sequence": account.sequence,
            // As text: JSON's numbers do not carry 64 bits.
            "epoch": format!("{:016x}", account.epoch),
            "entries": account.entries,
            "journal_octets": account.journal_bytes,
            "view_octets": account.view_bytes,
            "snapshot": account.snapshot,
            "snapshot_octets": account.snapshot_bytes,
            "is_full": self.store.is_full(),
            "is_broken": self.store.is_broken(),
            "free_octets": self.store.free_bytes(),
            "reserve_octets": about.reserve_bytes,
            "incidents": told.collect::<Value>(),
        }))
    }

    /// The modems as `/api/v1/modems` has them, with the device of each that has one.
    fn modem_accounts(&self, lang: Lang) -> Value {
        let account = |modem| {
            let mut account = json!(modem);
            let port = self.this_box.ports.iter().find(|(name, _)| account["name"] == name.as_str());
            account["port"] = json!(port.map(|(_, path)| path));
            account
        };
        self.texts.modems(lang).into_iter().map(account).collect()
    }
}

/// In both languages: who asks may speak another one than the box.
fn said(word: &Word, values: &[&str]) -> Value {
    json!({ "zh": word.with(Lang::Zh, values), "en": word.with(Lang::En, values) })
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
