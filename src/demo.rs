//! The demo: the whole box with sample companies, on a simulated modem unless a real one is named.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use rust_embed::RustEmbed;

use crate::app::{self, Plan, Running};
use crate::clock::Clock;
use crate::config::{Config, Modem, Wap};
use crate::error::{Error, Result};
use crate::number::Number;
use crate::sim::modem::SimModem;
use crate::sites::files::{self, Files};
use crate::sites::{House, enterprise};
use crate::store::Store;

/// The starter sites. The drawings that the pictures were made from stay outside.
#[derive(RustEmbed)]
#[folder = "templates/industry"]
#[include = "*/site.toml"]
#[include = "*/pictures/*"]
struct Starters;

/// The simulated SIM's number.
pub const NUMBER: &str = "+8613800138000";
/// As many as a SIM card of the middle kind.
const SLOTS: usize = 30;

pub struct Wish {
    pub listen: Option<SocketAddr>,
    pub data: Option<PathBuf>,
    pub modems: Vec<String>,
    pub wap_ports: Option<(u16, u16)>,
}

/// A running demo, and the directory that ends with it if it was made for it.
pub struct Demo {
    pub running: Running,
    temporary: Option<PathBuf>,
    real_modem: bool,
    lan: Option<String>,
    /// Where phones of before 2004 ask.
    gateway: String,
}

/// Where the demo listens when nobody says.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

pub async fn start(wish: Wish) -> Result<Demo> {
    let temporary = if wish.data.is_none() { Some(temporary()?) } else { None };
    let started = start_in(wish, temporary.clone()).await;
    if let (Err(_), Some(folder)) = (&started, temporary) {
        let _ = std::fs::remove_dir_all(folder);
    }
    started
}

async fn start_in(wish: Wish, temporary: Option<PathBuf>) -> Result<Demo> {
    let data = wish.data.clone().or_else(|| temporary.clone()).unwrap_or_default();
    let data = std::path::absolute(&data).map_err(|e| Error::invalid("data", e.to_string()))?;
    let listen = wish.listen.unwrap_or(LISTEN);
    let lan = app::lan_address();
    let shown =
        if listen.ip().is_unspecified() { SocketAddr::new(lan.unwrap_or(listen.ip()), listen.port()) } else { listen };
    let mut config = Config::demo(data, shown);
    config.http.listen = listen;
    config.this_box.name = "驿站".to_owned();
    if let Some((connectionless, session)) = wish.wap_ports {
        (config.wap.connectionless_port, config.wap.session_port) = (connectionless, session);
    }
    for (n, spec) in wish.modems.iter().enumerate() {
        config.modems.push(modem(n, spec)?);
    }
    let real_modem = !config.modems.is_empty();
    let gateway = gateway(&config.wap);
    let mut plan = Plan::new(config);
    plan.handset = true;
    // Named addresses are kept to; without one a phone in the same network is let in as well.
    plan.also = lan.filter(|_| wish.listen.is_none()).map(|ip| SocketAddr::new(ip, 0));
    if !real_modem {
        let modem = SimModem::new(Number::parse(NUMBER).ok_or(Error::NotFound)?, SLOTS);
        // Its network goes by this machine.
        modem.set_network_time(&plan.clock, plan.clock.now());
        // As in a real one, the word that a phone has a message comes seconds later.
        modem.suffer("reports late 3 s").map_err(Error::internal)?;
        plan.simulated = Some(modem);
    }
    let open = plan.also.is_some() || listen.ip().is_unspecified();
    let clock = plan.clock.clone();
    let running = app::start(plan).await?;
    fill(&running.store, &running.house, &clock).await?;
    let lan = lan.filter(|_| open).map(|ip| format!("http://{}/", SocketAddr::new(ip, running.address.port())));
    Ok(Demo { running, temporary, real_modem, lan, gateway })
}

fn gateway(wap: &Wap) -> String {
    let port = |port: u16, how: &str| match port {
        0 => String::new(),
        port => format!("  UDP {} ({how})", SocketAddr::new(wap.listen, port)),
    };
    let all = port(wap.connectionless_port, "WSP") + &port(wap.session_port, "WSP over WTP");
    if all.is_empty() { "off".to_owned() } else { all.trim_start().to_owned() }
}

impl Demo {
    /// What a person reads first.
    pub fn greeting(&self) -> String {
        let house = &self.running.house;
        let base = &house.url;
        let mut out = format!("驿站 Yizhan demo\n\n  Web      {base}/\n");
        for company in enterprise::enterprises(&self.running.store, None, 50).unwrap_or_default() {
            let own = format!("http://{}.localhost:{}/", company.slug, self.running.address.port());
            out.push_str(&format!("  {}  {own}  短信代码 {}\n", company.code, company.name));
        }
        out.push_str(&format!("  WAP      {base}/?v=wml  {base}/?v=xhtml\n"));
        out.push_str(&format!("  Gateway  {}\n", self.gateway));
        let modem = if self.real_modem { "modem: real; text its number" } else { "modem: simulated" };
        out.push_str(&format!("  Handset  {base}/handset/  ({modem})\n  Data     {}\n", self.data().display()));
        let (target, word) = match &self.lan {
            Some(lan) => (lan.clone(), "手机扫码打开 (same network): "),
            None => (format!("{base}/"), "this machine only; for phones: --listen 0.0.0.0:8080. "),
        };
        if let Ok(code) = QrCode::new(&target) {
            out.push_str(&format!("\n{word}{target}\n{}\n", code.render::<Dense1x2>().build()));
        }
        out.push_str("Ctrl-C ends it.\n");
        out
    }

    fn data(&self) -> PathBuf {
        self.temporary
            .clone()
            .unwrap_or_else(|| self.running.store.media().folder().parent().map(Path::to_owned).unwrap_or_default())
    }

    pub async fn stop(self) {
        self.running.stop().await;
        if let Some(folder) = self.temporary {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// The files of each starter site by the name of its industry.
pub fn starters() -> Vec<(String, Files)> {
    let mut all: Vec<(String, Files)> = Vec::new();
    for path in Starters::iter() {
        let (Some((industry, name)), Some(file)) = (path.split_once('/'), Starters::get(&path)) else { continue };
        if all.last().is_none_or(|(last, _)| last != industry) {
            all.push((industry.to_owned(), Files::new()));
        }
        if let Some((_, files)) = all.last_mut() {
            files.insert(name.to_owned(), file.data.into_owned());
        }
    }
    all
}

/// Brings in the sample companies that are not there; what was edited stays.
pub async fn fill(store: &Store, house: &std::sync::Arc<House>, clock: &Clock) -> Result<()> {
    let (store, house, now) = (store.clone(), std::sync::Arc::clone(house), clock.now());
    let work = move || {
        for (industry, files) in starters() {
            // To read a whole site decodes its pictures: not for one that was brought in before.
            if files::slug(&files).is_some_and(|slug| enterprise::enterprise(&store, &slug).is_ok()) {
                continue;
            }
            let import = files::read(&files, house.kinds, house.lang)
                .map_err(|faults| Error::internal(format!("starter {industry}: {}", faults.join("; "))))?;
            let home = store.box_id().to_owned();
            files::write(&store, import, now, &home, house.lang)?;
        }
        Ok(())
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

/// `/dev/ttyUSB0` or `/dev/ttyUSB0,115200`.
fn modem(n: usize, spec: &str) -> Result<Modem> {
    let (path, baud) = match spec.rsplit_once(',') {
        Some((path, baud)) => {
            let baud = baud.parse().map_err(|_| Error::invalid("--modem", format!("{baud:?} is no baud rate")))?;
            (path, Some(baud))
        }
        None => (spec, None),
    };
    Ok(Modem::at(&format!("modem{}", n + 1), PathBuf::from(path), baud))
}

fn temporary() -> Result<PathBuf> {
    let mut octets = [0u8; 6];
    getrandom::fill(&mut octets).map_err(Error::internal)?;
    let name: String = octets.iter().map(|b| format!("{b:02x}")).collect();
    let folder = std::env::temp_dir().join(format!("yizhan-demo-{name}"));
    std::fs::create_dir(&folder).map_err(|e| Error::invalid("data", format!("{}: {e}", folder.display())))?;
    Ok(folder)
}
