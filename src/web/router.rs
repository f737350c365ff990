//! Which of the box's own services a request on the portal's host is for; everything else is the public function.

use std::sync::Arc;

use super::api::{Api, BODY_OCTETS, Trust};
use super::console;
use super::host::{Host, host};
use super::message::{Request, Response};
use super::metrics;
use super::public::Public;
use super::sendsms;
use super::serve::{Answering, Service};
use crate::config::{Http, SendSms};

/// Routes of another room below one path, such as the handset page's.
pub struct Mount {
    pub prefix: &'static str,
    pub answer: Arc<dyn Fn(Request) -> Answering + Send + Sync>,
}

pub struct Router {
    pub public: Arc<Public>,
    pub api: Arc<Api>,
    pub http: Http,
    pub sendsms: Vec<SendSms>,
    pub mounts: Vec<Mount>,
    pub figures: metrics::Source,
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

    /// What the local socket serves: the API, without a token, and the metrics.
    pub fn local(self: Arc<Self>) -> Service {
        let (answers, limits) = (Arc::clone(&self), self);
        Service {
            answer: Box::new(move |request| {
                let router = Arc::clone(&answers);
                Box::pin(async move {
                    match request.path() {
                        "/metrics" => router.metrics().await,
                        _ => router.api.answer(&request, Trust::Local).await,
                    }
                })
            }),
            body_limit: Box::new(move |request| limits.api.body_limit(request, Trust::Local)),
        }
    }

    async fn answer(&self, request: Request) -> Response {
        let path = request.path().to_owned();
        // Programs call the box by whatever name it has in their network.
        if path == sendsms::PATH {
            return sendsms::answer(&*self.api.texts, &self.http, &self.sendsms, &request).await;
        }
        if !is_reserved(&path) || !self.is_portal(&request) {
            return self.public.answer(&request).await;
        }
        if let Some(mount) = self.mounts.iter().find(|m| path.starts_with(m.prefix)) {
            return (mount.answer)(request).await;
        }
        match path.as_str() {
            p if p.starts_with("/api/v1/") => self.api.answer(&request, Trust::Token).await,
            "/healthz" => self.health(),
            "/metrics" | console::MODEMS if !request.peer.is_none_or(|p| self.http.is_private(p)) => {
                Response::text(403, "for private addresses only")
            }
            "/metrics" => self.metrics().await,
            console::MODEMS => console::modems(&self.public, &*self.api.texts, &request),
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

    /// On a thread of its own: folders are read for it.
    async fn metrics(&self) -> Response {
        let figures = Arc::clone(&self.figures);
        match tokio::task::spawn_blocking(move || figures()).await {
            Ok(figures) => metrics::answer(&figures),
            Err(error) => {
                log::error!("metrics: {error}");
                Response::text(500, "something went wrong; it was logged\n")
            }
        }
    }
}

fn is_reserved(path: &str) -> bool {
    ["/api/", "/handset/", "/console/", "/cgi-bin/", "/p/"].iter().any(|p| path.starts_with(p))
        || matches!(path, "/handset" | "/healthz" | "/metrics")
}
