//! Builds and joins every part of the box in one readable function, and ends them in order.

mod callbacks;
mod events;
mod figures;
mod gateway;
pub mod journald;
mod keeper;
pub mod modems;
mod texting;
mod texts;
pub mod time;
pub mod watchdog;

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use figures::{Sources, Written};
pub use keeper::Done;
use keeper::Keeper;

use self::time::Synchronised;
use crate::clock::{Clock, is_synchronised};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::hooks::{self, Accounts, Walk};
use crate::retention::Archive;
use crate::sections::{self, Kind};
use crate::sim::modem::SimModem;
use crate::sim::phone::Phones;
use crate::sites::{House, Numbers};
use crate::sms::{Sms, outbox};
use crate::stop::{self, Stopper};
use crate::store::{Options, Probe, Store, free_bytes};
use crate::wap::{bound, wbxml};
use crate::web::api::Api;
use crate::web::api::this_box::ThisBox;
use crate::web::frame::Frames;
use crate::web::public::Public;
use crate::web::router::{Mount, Router};
use crate::web::serve::{self, Limits};
use crate::web::tls;
use crate::web::visitors::Visitors;
use crate::web::waiting::{self, Waiting};
use texting::Texting;
use watchdog::{Manager, Watched};

/// What a box is made from.
pub struct Plan {
    pub config: Config,
    pub clock: Clock,
    /// The demo's modem when no real one is named.
    pub simulated: Option<SimModem>,
    /// The demo has a handset page, with real modems too.
    pub handset: bool,
    pub kinds: &'static [&'static dyn Kind],
    /// The demo listens here too, so that a phone in the same network gets to it.
    pub also: Option<SocketAddr>,
    /// Says how much room the disk has.
    pub free: Probe,
    /// Told how the box is.
    pub manager: Option<Manager>,
    pub synchronised: Synchronised,
}

impl Plan {
    pub fn new(config: Config) -> Plan {
        let kinds = sections::ALL;
        let (clock, free, synchronised) = (Clock::machine(), Arc::new(free_bytes), Arc::new(is_synchronised));
        Plan { config, clock, simulated: None, handset: false, kinds, also: None, free, synchronised, manager: None }
    }
}

/// A box that runs.
pub struct Running {
    pub address: SocketAddr,
    pub store: Store,
    pub house: Arc<House>,
    pub sms: Arc<Sms>,
    pub public: Arc<Public>,
    /// What the hourly sweep has done so far.
    pub swept: watch::Receiver<Done>,
    stopper: Stopper,
    texting: Texting,
    tasks: Vec<JoinHandle<()>>,
    manager: Option<Manager>,
    watch: Option<JoinHandle<()>>,
}

/// How long a command on the local socket may take: a large import on a slow card.
pub const LOCAL_TIMEOUT: Duration = Duration::from_secs(300);

/// Starts everything; an error names what could not start.
pub async fn start(plan: Plan) -> Result<Running> {
    let Some(manager) = plan.manager.clone() else { return join(plan).await };
    let mut running = manager.while_starting(join(plan)).await?;
    let modems = running.texting.modems.iter().map(|m| (m.bearer.name.clone(), m.pulse.clone())).collect();
    let watched = Watched { store: running.store.clone(), sms: Arc::clone(&running.sms), modems };
    running.watch = Some(tokio::spawn(manager.clone().watch(watched)));
    running.manager = Some(manager);
    Ok(running)
}

async fn join(plan: Plan) -> Result<Running> {
    let Plan { config, clock, simulated, handset, kinds, also, free, synchronised, manager: _ } = plan;
    let (listener, address) = bind("http.listen", config.http.listen).await?;
    let (stopper, stop) = stop::pair();
    let mut tasks = Vec::new();

    // Whoever comes while the store is being opened reads how far it is.
    let (door, options) = (Arc::new(OnceLock::new()), Options { free, ..store_options(&config, &clock) });
    let service = Arc::new(waiting::service(waiting_room(&config, &options), Arc::clone(&door)));
    let limits = limits(&config);
    tasks.push(tokio::spawn(serve::tcp(listener, None, Arc::clone(&service), limits, stop.clone())));
    let store = open_store(&config, options).await?;
    time::begin(&clock, &store, &synchronised)?;
    tasks.push(tokio::spawn(time::keep(clock.clone(), store.clone(), synchronised, stop.clone())));
    let house = Arc::new(house(&config, address, kinds, &clock));

    let texting = Texting::start(&config, simulated.as_ref(), &store, &house, &clock, stop.clone()).await?;
    let sms = Arc::clone(&texting.sms);

    // Pages: sockets → router → public function, API, handset.
    let public = Arc::new(public(&config, &store, &house, &clock));
    let (wap_tasks, wap) = gateway::begin(&config, &public, &clock, &stop).await;
    tasks.extend(wap_tasks);
    let mut mounts = vec![texts::marks(&store, &sms, &clock)];
    if handset {
        let phones = Phones::new(
            simulated,
            Arc::clone(&house),
            store.clone(),
            clock.clone(),
            config.wap.deck_octets,
            stop.clone(),
        );
        tasks.push(tokio::spawn(Arc::clone(&phones).run()));
        let answer = Arc::new(move |request| -> serve::Answering { Box::pin(Arc::clone(&phones).answer(request)) });
        mounts.push(Mount { prefix: "/handset", answer });
    }
    // Other programs: each is told what happens in its own lane.
    let accounts = Arc::new(Accounts::default());
    for lane in events::lanes(&config, &store, &sms)? {
        let walk = Walk::begin(lane, store.clone(), clock.clone(), Arc::clone(&accounts)).await?;
        tasks.push(tokio::spawn(hooks::run(walk, stop.clone())));
    }
    let api = Arc::new(api(&config, &texting, &store, &house, &clock, &accounts));

    // What keeps the box from growing, and the figures that say so.
    let written = Written::new(config.this_box.data.clone(), clock.clone());
    let keeper = Arc::new(keeper(&config, &store, &clock, kinds, written.clone()));
    let swept = keeper.done.subscribe();
    tasks.push(tokio::spawn(keeper.run(stop.clone())));
    let sources = Sources {
        data: config.this_box.data.clone(),
        store: store.clone(),
        sms: Arc::clone(&sms),
        clock,
        written,
        accounts,
        done: swept.clone(),
        wap,
    };
    let figures = Arc::new(move || sources.figures());
    let (http, sendsms) = (config.http.clone(), config.sendsms.clone());
    let router = Arc::new(Router { public: Arc::clone(&public), api, http, sendsms, mounts, figures });
    let _ = door.set(Arc::clone(&router).service());
    if let Some(also) = also.map(|a| SocketAddr::new(a.ip(), address.port()))
        && let Ok((listener, _)) = bind("http.listen", also).await
    {
        tasks.push(tokio::spawn(serve::tcp(listener, None, Arc::clone(&service), limits, stop.clone())));
    }
    if let Some(listen) = config.https.listen {
        let tls = tls::acceptor(&config.https.certificates)?;
        let (listener, _) = bind("https.listen", listen).await?;
        tasks.push(tokio::spawn(serve::tcp(listener, Some(tls), service, limits, stop.clone())));
    }
    let local = Arc::new(router.local());
    let limits = Limits { request_timeout: LOCAL_TIMEOUT, ..limits };
    tasks.push(tokio::spawn(serve::unix(local_socket(&config)?, local, limits, stop)));
    Ok(Running { address, store, house, sms, public, swept, stopper, texting, tasks, manager: None, watch: None })
}

impl Running {
    /// Modems first, so that nothing comes in that nobody answers; then the rooms; the store last.
    pub async fn stop(self) {
        if let Some(manager) = &self.manager {
            manager.stopping();
        }
        if let Some(watch) = self.watch {
            watch.abort();
            // It ends where it waits, and with it its handle of the store.
            let _ = watch.await;
        }
        let closing = self.texting.close().await;
        self.stopper.stop();
        for task in self.tasks {
            if let Err(error) = task.await {
                log::error!("a task did not end well: {error}");
            }
        }
        drop((self.sms, self.public));
        closing.end().await;
        let closed = tokio::task::spawn_blocking(|| self.store.close()).await;
        match closed {
            Ok(Ok(())) => {}
            Ok(Err(error)) => log::error!("the store did not close well: {error}"),
            Err(error) => log::error!("the store did not close well: {error}"),
        }
    }
}

async fn bind(key: &str, address: SocketAddr) -> Result<(TcpListener, SocketAddr)> {
    let wrong = |e: std::io::Error| {
        let hint = match e.kind() {
            ErrorKind::AddrInUse => "; another program has this port: `ss -ltnp` says which",
            ErrorKind::PermissionDenied => "; ports below 1024 are for root and for services that are given them",
            _ => "",
        };
        Error::invalid(key, format!("{address}: {e}{hint}"))
    };
    let listener = TcpListener::bind(address).await.map_err(wrong)?;
    let bound = listener.local_addr().map_err(wrong)?;
    Ok((listener, bound))
}

/// How the config says that the store is opened.
pub fn store_options(config: &Config, clock: &Clock) -> Options {
    Options {
        segment_bytes: config.store.segment,
        reserve_bytes: config.store.reserve,
        cache_bytes: config.store.cache,
        box_id: config.this_box.id.clone(),
        clock: clock.clone(),
        ..Options::default()
    }
}

fn waiting_room(config: &Config, options: &Options) -> Waiting {
    Waiting {
        name: config.this_box.name.clone(),
        lang: config.this_box.language,
        progress: Arc::clone(&options.progress),
        deck_octets: config.wap.deck_octets,
    }
}

async fn open_store(config: &Config, options: Options) -> Result<Store> {
    let data = config.this_box.data.clone();
    // Replay may take seconds, and another view a minute.
    tokio::task::spawn_blocking(move || Store::open(&data, options)).await.map_err(Error::internal)?
}

fn keeper(
    config: &Config,
    store: &Store,
    clock: &Clock,
    kinds: &'static [&'static dyn Kind],
    written: Written,
) -> Keeper {
    Keeper {
        store: store.clone(),
        archive: Archive::new(&config.this_box.data, config.this_box.timezone.clone()),
        clock: clock.clone(),
        zone: config.this_box.timezone.clone(),
        kinds,
        keep: Duration::from_secs(u64::from(config.store.keep_days) * 24 * 3600),
        archive_months: config.store.archive_months,
        hourly: Box::new(move || written.note()),
        done: watch::Sender::default(),
    }
}

fn house(config: &Config, address: SocketAddr, kinds: &'static [&'static dyn Kind], clock: &Clock) -> House {
    let this_box = &config.this_box;
    // Port 0 is known only now.
    let url = this_box.url.trim_end_matches('/');
    let url = url.strip_suffix(":0").map_or_else(|| url.to_owned(), |host| format!("{host}:{}", address.port()));
    House {
        name: this_box.name.clone(),
        url,
        domain: this_box.domain.clone(),
        zone: this_box.timezone.clone(),
        lang: this_box.language,
        help_phone: config.sms.help_phone.as_ref().map(ToString::to_string).unwrap_or_default(),
        numbers: Numbers::default(),
        kinds,
        clock: clock.clone(),
        tell: outbox::tell,
    }
}

fn this_box(config: &Config, accounts: &Arc<Accounts>) -> ThisBox {
    let accounts = Arc::clone(accounts);
    ThisBox {
        webhooks: Box::new(move || serde_json::json!(accounts.all())),
        started: Instant::now(),
        data: config.this_box.data.clone(),
        reserve_bytes: config.store.reserve,
        ports: config.modems.iter().map(|m| (m.name.clone(), m.port.clone())).collect(),
    }
}

fn public(config: &Config, store: &Store, house: &Arc<House>, clock: &Clock) -> Public {
    Public {
        store: store.clone(),
        house: Arc::clone(house),
        clock: clock.clone(),
        frames: Frames::new(),
        cache: Default::default(),
        files: Default::default(),
        visitors: Visitors::new(clock.clone()),
        deck_octets: config.wap.deck_octets,
        deck_size: wbxml::size,
        deck_bound: bound::bound,
        compile: wbxml::compile,
    }
}

fn api(
    config: &Config,
    texting: &Texting,
    store: &Store,
    house: &Arc<House>,
    clock: &Clock,
    accounts: &Arc<Accounts>,
) -> Api {
    Api {
        store: store.clone(),
        house: Arc::clone(house),
        clock: clock.clone(),
        this_box: this_box(config, accounts),
        texts: Box::new(texts::Joint {
            sms: Arc::clone(&texting.sms),
            store: store.clone(),
            clock: clock.clone(),
            validity: config.sms.validity,
            traces: texting.modems.iter().map(|modem| modem.trace.clone()).collect(),
            house: Arc::clone(house),
            pushes: texts::pushes(config.sms.push_tries),
        }),
        tokens: config.api.tokens.clone(),
        importing: Default::default(),
    }
}

fn limits(config: &Config) -> Limits {
    Limits {
        connections: config.http.connections,
        header_timeout: config.http.header_timeout,
        request_timeout: config.http.request_timeout,
        drain: config.http.drain,
    }
}

fn local_socket(config: &Config) -> Result<UnixListener> {
    let path = &config.this_box.socket;
    let wrong = |e: std::io::Error| Error::invalid("box.socket", format!("{}: {e}", path.display()));
    // The store's lock says that no other box uses this data, so an old socket is a left-over.
    let _ = std::fs::remove_file(path);
    let listener = UnixListener::bind(path).map_err(wrong)?;
    // Owner and group: who may use the commands is who is in the group.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).map_err(wrong)?;
    Ok(listener)
}

/// The address by which others in the network reach this machine. Nothing is sent: connecting a datagram socket only
/// asks the kernel for the way.
pub fn lan_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // An address of the documentation block (RFC 5737), which leads to the default route.
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}
