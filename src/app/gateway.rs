//! The gateway for old phones joined to the web: a phone's request is answered by the public function, and by it alone: what
//! else the web server serves is not for the air.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::config::Config;
use crate::stop::Stop;
use crate::wap::gateway::{self, Answering, Counts, Gateway};
use crate::web::host::{Host, host};
use crate::web::message;
use crate::web::public::Public;

pub(super) async fn begin(
    config: &Config,
    public: &Arc<Public>,
    clock: &Clock,
    stop: &Stop,
) -> (Vec<JoinHandle<()>>, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    let asked = Arc::clone(public);
    let origin = Arc::new(move |request| -> Answering { Box::pin(answer(Arc::clone(&asked), request)) });
    let (lang, clock) = (config.this_box.language, clock.clone());
    let gateway = Gateway { origin, clock, lang, counts: Arc::clone(&counts) };
    (gateway::begin(gateway, &config.wap, stop).await, counts)
}

async fn answer(public: Arc<Public>, request: gateway::Request) -> Option<gateway::Response> {
    let name = request.headers.iter().find(|(name, _)| name == "host").map_or("", |(_, name)| name);
    if !is_ours(&public, name) {
        return None;
    }
    let gateway::Request { method, headers, target, body, peer } = request;
    let request =
        message::Request { method: method.to_owned(), target, headers, body: body.into(), too_large: false, peer };
    let message::Response { status, headers, body, .. } = public.answer(&request).await;
    Some(gateway::Response { status, headers, body })
}

/// The web takes every address for its own, since it was reached by it. A phone that goes through a gateway means the
/// address it names: the box's is the one it prints, or one of the town's own network.
fn is_ours(public: &Public, name: &str) -> bool {
    let bare = match name.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => name.split(':').next().unwrap_or(""),
    };
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) if ip.is_loopback() || ip.is_private() || ip.is_link_local() => true,
        Ok(IpAddr::V6(ip)) if ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() => true,
        Ok(_) => public.house.url.split("//").nth(1).is_some_and(|own| own.starts_with(bare)),
        Err(_) => !matches!(host(&public.house, &public.store, Some(name)), Ok(Host::Unknown(_)) | Err(_)),
    }
}
