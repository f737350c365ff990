//! Which of the box's own services a request on the portal's host is for; everything else is the public function.

use std::sync::Arc;

use super::api::{Api, BODY_OCTETS, Trust};
use super::host::{Host, host};
use super::message::{Request, Response};
use super::public::Public;
use super::serve::{Answering, Service};
use crate::config::Http;

/// Routes of another room below one path, such as the handset page's.
pub struct Mount {
    pub prefix: &'static str,
    pub answer: Arc<dyn Fn(Request) -> Answering + Send + Sync>,
}

pub struct Router {
    pub public: Arc<Public>,
    pub api: Arc<Api>,
    pub http: Http,
    pub mounts: Vec<Mount>,
}

impl Router {
    /// What the TCP sockets serve.
    pub fn service(self: Arc<Self>) -> Service {
        let (answers, limits) = (Arc::clone(&self), self);
        Service {
            answer: Box::new(move |request| {
                let router = Arc::clone(&answers);
                Box::pin(async move { router.answer(request).await })
            }),
            body_limit: Box::new(move |request| limits.body_limit(request)),
        }
    }

    /// What the local socket serves: the API, without a token.
    pub fn local(self: Arc<Self>) -> Service {
        let (answers, limits) = (Arc::clone(&self.api), Arc::clone(&self.api));
        Service {
            answer: Box::new(move |request| {
                let api = Arc::clone(&answers);
                Box::pin(async move { api.answer(&request, Trust::Local).await })
            }),
            body_limit: Box::new(move |request| limits.body_limit(request, Trust::Local)),
        }
    }

    async fn answer(&self, request: Request) -> Response {
        let path = request.path().to_owned();
        if !is_reserved(&path) || !self.is_portal(&request) {
            return self.public.answer(&request).await;
        }
        if let Some(mount) = self.mounts.iter().find(|m| path.starts_with(m.prefix)) {
            return (mount.answer)(request).await;
        }
        match path.as_str() {
            p if p.starts_with("/api/v1/") => self.api.answer(&request, Trust::Token).await,
            "/healthz" => self.health(),
            "/metrics" if request.peer.is_none_or(|p| self.http.is_private(p)) => self.metrics(),
            "/metrics" => Response::text(403, "for private addresses only"),
            _ => self.public.answer(&request).await,
        }
    }

    fn body_limit(&self, request: &Request) -> usize {
        if request.path().starts_with("/api/") {
            self.api.body_limit(request, Trust::Token).max(BODY_OCTETS)
        } else {
            self.http.body_limit
        }
    }

    fn is_portal(&self, request: &Request) -> bool {
        matches!(host(&self.public.house, &self.public.store, request.header("host")), Ok(Host::Portal { .. }))
    }

    fn health(&self) -> Response {
        match (self.public.store.is_broken(), self.public.store.is_full()) {
            (true, _) => Response::text(503, "the store takes no more writes; restart the box\n"),
            (_, true) => Response::text(503, "storage full\n"),
            _ => Response::text(200, "ok\n"),
        }
    }

    /// Prometheus' text format, version 0.0.4.
    fn metrics(&self) -> Response {
        let store = &self.public.store;
        let modems = self.api.texts.modems();
        let ready = modems.iter().filter(|m| m.ready).count();
        let mut out = String::new();
        for (name, kind, help, value) in [
            ("yizhan_store_sequence", "counter", "Commits since the box was set up", store.sequence()),
            ("yizhan_store_full", "gauge", "1 while the disk's reserve is reached", u64::from(store.is_full())),
            ("yizhan_modems", "gauge", "Modems that are configured", modems.len() as u64),
            ("yizhan_modems_ready", "gauge", "Modems that send and receive", ready as u64),
            ("yizhan_queue", "gauge", "Messages that wait to be sent", self.api.texts.waiting() as u64),
        ] {
            out.push_str(&format!("# HELP {name} {help}.\n# TYPE {name} {kind}\n{name} {value}\n"));
        }
        Response::new(200, "text/plain; version=0.0.4; charset=utf-8", out)
    }
}

fn is_reserved(path: &str) -> bool {
    ["/api/", "/handset/", "/console/", "/cgi-bin/"].iter().any(|p| path.starts_with(p))
        || matches!(path, "/handset" | "/healthz" | "/metrics")
}
