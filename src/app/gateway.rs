//! The gateway for old phones joined to the web: a phone's request is answered by the public function, and by it alone: what
//! else the web server serves is not for the air.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::clock::Clock;
use crate::config::Config;
use crate::message::{Request, Response};
use crate::stop::Stop;
use crate::wap::gateway::{self, Answering, Counts, Gateway};
use crate::web::host::{self, Host};
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

async fn answer(public: Arc<Public>, request: Request) -> Option<Response> {
    if !is_ours(&public, request.header("host").unwrap_or("")) {
        return None;
    }
    Some(public.answer(&request).await)
}

/// The web takes every address for its own, since it was reached by it. A phone that goes through a gateway means the
/// address it names: the box's is the one it prints, or one of the town's own network.
fn is_ours(public: &Public, named: &str) -> bool {
    match host::name_of(named).parse() {
        Ok(IpAddr::V4(ip)) if ip.is_loopback() || ip.is_private() || ip.is_link_local() => true,
        Ok(IpAddr::V6(ip)) if ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() => true,
        Ok(ip) => printed(&public.house.url) == Some(ip),
        Err(_) => !matches!(host::host(&public.house, &public.store, Some(named)), Ok(Host::Unknown(_)) | Err(_)),
    }
}

/// The address in the box's own URL, if it is not a name.
fn printed(url: &str) -> Option<IpAddr> {
    let (_, rest) = url.split_once("//")?;
    host::name_of(rest.split('/').next()?).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_boxs_own_whole_or_not_at_all() {
        for (url, own) in [
            ("http://203.0.113.1", "203.0.113.1"),
            ("http://203.0.113.1:8080/", "203.0.113.1"),
            ("http://[2001:db8::1]:8080", "2001:db8::1"),
            ("http://[2001:0DB8:0::1]", "2001:db8::1"),
        ] {
            assert_eq!(printed(url), own.parse().ok(), "{url}");
        }
        assert_eq!((printed("http://box.example.com"), printed("box"), printed("")), (None, None, None));
    }
}
