//! The sockets: accept, limits on connections, sizes and times, TLS, and an end in good order.
//!
//! Nothing here knows a site. What answers is a function that `app` builds.
//!
//! HTTP/2 is for TLS, where the handshake says it (RFC 9113, 3.3): without TLS no browser speaks it, and to find it out
//! from the first octets would mean to wait for them.

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Either, Full};
use hyper::StatusCode;
use hyper::body::{Body as _, Frame, Incoming};
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;

use super::message::{Pieces, Request, Response};
use super::taken::Taken;
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
    /// For body and answer together; also how long a peer may take nothing of what it asked for.
    pub request_timeout: Duration,
    /// For what is under way when the box stops.
    pub drain: Duration,
}

/// Heads longer than this are no browser's (RFC 9110, 5.4 leaves the limit to us).
const HEAD_OCTETS: usize = 32 * 1024;
/// What is read and dropped of a body that is too long, so that the sender gets to read the answer.
const DROPPED_OCTETS: usize = 8 << 20;
const TLS_HANDSHAKE: Duration = Duration::from_secs(10);

/// After an accept that failed: out of file descriptors, and some will be free in a moment.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

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
    while let Some(place) = place(&places, &mut stop).await {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    log::warn!("accept: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            () = stop.wait() => break,
        };
        // Small answers must not wait for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let (service, watcher, tls, peer) = (Arc::clone(&service), graceful.watcher(), tls.clone(), Some(peer.ip()));
        let mut stop = stop.clone();
        tokio::spawn(async move {
            let _place = place;
            let Some(tls) = tls else { return connection(stream, false, peer, service, limits, watcher).await };
            let shaken = tokio::select! {
                shaken = tokio::time::timeout(TLS_HANDSHAKE, tls.accept(stream)) => shaken,
                () = stop.wait() => return,
            };
            if let Ok(Ok(stream)) = shaken {
                let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                connection(stream, http2, peer, service, limits, watcher).await;
            }
        });
    }
    drop(listener);
    drain(graceful, limits).await;
}

/// Serves the local socket until `stop` is true, then drains.
pub async fn unix(listener: UnixListener, service: Arc<Service>, limits: Limits, mut stop: Stop) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    while let Some(place) = place(&places, &mut stop).await {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    log::warn!("accept on the local socket: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            () = stop.wait() => break,
        };
        let (service, watcher) = (Arc::clone(&service), graceful.watcher());
        tokio::spawn(async move {
            let _place = place;
            connection(stream, false, None, service, limits, watcher).await;
        });
    }
    drop(listener);
    drain(graceful, limits).await;
}

/// A place first, then the connection: those who wait stand in the kernel's queue and cost us nothing. `None` at the end.
async fn place(places: &Arc<Semaphore>, stop: &mut Stop) -> Option<OwnedSemaphorePermit> {
    tokio::select! {
        place = Arc::clone(places).acquire_owned() => place.ok(),
        () = stop.wait() => None,
    }
}

async fn drain(graceful: GracefulShutdown, limits: Limits) {
    if tokio::time::timeout(limits.drain, graceful.shutdown()).await.is_err() {
        log::warn!("connections were still busy after {:?} and are cut", limits.drain);
    }
}

async fn connection<S>(
    stream: S,
    http2: bool,
    peer: Option<IpAddr>,
    service: Arc<Service>,
    limits: Limits,
    watcher: Watcher,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut builder = if http2 { builder.http2_only() } else { builder.http1_only() };
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.header_timeout).max_buf_size(HEAD_OCTETS);
    // Simple clients close their side when they have asked (RFC 9112, 9.6 lets them), and are answered all the same.
    builder.http1().half_close(true);
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
                Ok(None) => Response::text(400, "the request is not a whole one"),
                Err(_) if http2 => Response::text(408, "the request took too long"),
                Err(_) => Response::text(408, "the request took too long").with("connection", "close"),
            };
            Ok::<_, Infallible>(sent(response))
        }
    });
    let stream = TokioIo::new(Taken::new(stream, limits.request_timeout));
    let connection = builder.serve_connection(stream, handler);
    // Errors here are the peer's: it left, or never spoke HTTP.
    if let Err(error) = watcher.watch(connection.into_owned()).await {
        log::debug!("connection of {peer:?}: {error}");
    }
}

/// `None` for what cannot be answered as it is.
async fn received(request: hyper::Request<Incoming>, peer: Option<IpAddr>, service: &Service) -> Option<Request> {
    let (parts, body) = request.into_parts();
    let mut headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    // Two hosts are two sites, and who passed this on may have taken the other (RFC 9112, 3.2).
    if headers.iter().filter(|(name, _)| name == "host").count() > 1 {
        return None;
    }
    // HTTP/2 and absolute targets name the host in the target.
    if let Some(authority) = parts.uri.authority() {
        headers.retain(|(name, _)| name != "host");
        headers.push(("host".to_owned(), authority.as_str().to_owned()));
    }
    let target = parts.uri.path_and_query().map_or("/", |t| t.as_str()).to_owned();
    let mut whole = Request { method: parts.method.as_str().to_owned(), target, headers, peer, ..Request::default() };
    let limit = (service.body_limit)(&whole);
    // Who asks before sending (RFC 9110, 10.1.1) is told at once; the others must be heard out to read the answer.
    let asks_first = whole.header("expect").is_some_and(|expect| expect.eq_ignore_ascii_case("100-continue"));
    if asks_first && body.size_hint().lower() > limit as u64 {
        whole.too_large = true;
        return Some(whole);
    }
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

/// A body that comes piece by piece, as hyper takes it.
struct Coming(Pieces);

impl hyper::body::Body for Coming {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        self.0.poll(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

fn sent(response: Response) -> hyper::Response<Either<Full<Bytes>, Coming>> {
    let body = match response.pieces {
        Some(pieces) => Either::Right(Coming(pieces)),
        None => Either::Left(Full::new(response.body)),
    };
    let mut out = hyper::Response::new(body);
    *out.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in response.headers {
        // The names are our own, in small letters; of the values, what no header may hold is left out.
        let value = HeaderValue::from_maybe_shared(match value {
            Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
            Cow::Owned(text) => Bytes::from(text),
        });
        if let Ok(value) = value {
            out.headers_mut().append(HeaderName::from_static(name), value);
        }
    }
    out
}
