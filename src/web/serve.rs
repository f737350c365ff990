//! The sockets: accept, limits on connections, sizes and times, TLS, and an end in good order.
//!
//! Nothing here knows a site. What answers is a function that `app` builds.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::message::{Request, Response};
use crate::stop::Stop;

pub type Answering = Pin<Box<dyn Future<Output = Response> + Send>>;

/// What answers a request, and how long a body it takes for a head.
pub struct Service {
    pub answer: Box<dyn Fn(Request) -> Answering + Send + Sync>,
    pub body_limit: Box<dyn Fn(&Request) -> usize + Send + Sync>,
}

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub connections: usize,
    /// For the whole head of a request; also how long an idle connection is kept.
    pub header_timeout: Duration,
    /// For body and answer together.
    pub request_timeout: Duration,
    /// For what is under way when the box stops.
    pub drain: Duration,
}

/// Heads longer than this are no browser's (RFC 9110, 5.4 leaves the limit to us).
const HEAD_OCTETS: usize = 32 * 1024;
/// What is read and dropped of a body that is too long, so that the sender gets to read the answer.
const DROPPED_OCTETS: usize = 8 << 20;
const TLS_HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves TCP until `stop` is true, then drains.
pub async fn tcp(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    service: Arc<Service>,
    limits: Limits,
    mut stop: Stop,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        // A place first: those who wait stand in the kernel's queue and cost us nothing.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    log::warn!("accept: {error}");
                    // Out of file descriptors: some will be free in a moment.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            },
            () = stop.wait() => break,
        };
        // Small answers must not wait for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let (service, watcher, tls) = (Arc::clone(&service), graceful.watcher(), tls.clone());
        tokio::spawn(async move {
            let _place = place;
            match tls {
                None => connection(stream, Some(peer.ip()), service, limits, watcher).await,
                Some(tls) => {
                    if let Ok(Ok(stream)) = tokio::time::timeout(TLS_HANDSHAKE, tls.accept(stream)).await {
                        connection(stream, Some(peer.ip()), service, limits, watcher).await;
                    }
                }
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.drain, graceful.shutdown()).await.is_err() {
        log::warn!("connections were still busy after {:?} and are cut", limits.drain);
    }
}

/// Serves the local socket until `stop` is true.
pub async fn unix(listener: UnixListener, service: Arc<Service>, limits: Limits, mut stop: Stop) {
    let graceful = GracefulShutdown::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => continue,
            },
            () = stop.wait() => break,
        };
        tokio::spawn(connection(stream, None, Arc::clone(&service), limits, graceful.watcher()));
    }
    let _ = tokio::time::timeout(limits.drain, graceful.shutdown()).await;
}

async fn connection<S>(
    stream: S,
    peer: Option<IpAddr>,
    service: Arc<Service>,
    limits: Limits,
    watcher: hyper_util::server::graceful::Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.header_timeout).max_buf_size(HEAD_OCTETS);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(64).keep_alive_interval(Duration::from_secs(30));
    let handler = service_fn(move |request| {
        let service = Arc::clone(&service);
        async move {
            let whole = async {
                let request = received(request, peer, &service).await?;
                Some((service.answer)(request).await)
            };
            let response = match tokio::time::timeout(limits.request_timeout, whole).await {
                Ok(Some(response)) => response,
                Ok(None) => Response::text(400, "the request broke off"),
                Err(_) => Response::text(408, "the request took too long").with("connection", "close"),
            };
            Ok::<_, Infallible>(sent(response))
        }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), handler);
    // Errors here are the peer's: it left, or never spoke HTTP.
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        log::debug!("connection of {peer:?}: {error}");
    }
}

async fn received(request: hyper::Request<Incoming>, peer: Option<IpAddr>, service: &Service) -> Option<Request> {
    let (parts, body) = request.into_parts();
    let mut headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    // HTTP/2 and absolute targets name the host in the target.
    if let Some(authority) = parts.uri.authority() {
        headers.retain(|(name, _)| name != "host");
        headers.push(("host".to_owned(), authority.as_str().to_owned()));
    }
    let target = parts.uri.path_and_query().map_or("/", |t| t.as_str()).to_owned();
    let mut whole = Request { method: parts.method.as_str().to_owned(), target, headers, peer, ..Request::default() };
    let limit = (service.body_limit)(&whole);
    (whole.body, whole.too_large) = collected(body, limit).await?;
    Some(whole)
}

/// The body up to `limit`, and whether there was more. `None` when it broke off.
async fn collected(mut body: Incoming, limit: usize) -> Option<(Bytes, bool)> {
    let mut kept = BytesMut::new();
    let mut seen = 0usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.ok()?;
        let Some(data) = frame.data_ref() else { continue };
        seen = seen.saturating_add(data.len());
        if seen <= limit {
            kept.extend_from_slice(data);
        } else if seen > limit.saturating_add(DROPPED_OCTETS) {
            break;
        } else {
            kept.clear();
        }
    }
    Some((kept.freeze(), seen > limit))
}

fn sent(response: Response) -> hyper::Response<Full<Bytes>> {
    let mut out = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        if let Ok(value) = hyper::header::HeaderValue::from_bytes(value.as_bytes()) {
            out = out.header(*name, value);
        }
    }
    out.body(Full::new(response.body)).unwrap_or_else(|error| {
        log::error!("a response could not be built: {error}");
        let mut broken = hyper::Response::new(Full::new(Bytes::new()));
        *broken.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}
