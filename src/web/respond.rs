//! A rendered page as the response to one request: compressed where it is worth it, 304 to who has it, and the headers
//! that say what it depends on and who may keep it. Not here: how it is rendered (`public`) and kept (`cache`).

use bytes::Bytes;

use super::cache::Kept;
use super::device::Rendering;
use super::gzip::{gzip, takes_gzip};
use super::message::{Request, Response};
use super::public::GZIP_MIN;

/// The response of a rendered page: 304 if the visitor has it.
pub(super) fn respond(kept: &Kept, request: &Request) -> Response {
    let worth = is_worth_gzip(&kept.plain, kept.rendering);
    let gzip = (worth && takes_gzip(request)).then(|| kept.gzip.get_or_init(|| gzip(&kept.plain)).as_ref()).flatten();
    let etag = format!("\"{}{}\"", kept.etag, if gzip.is_some() { "-gz" } else { "" });
    let mut response = Response::new(kept.status, kept.media_type, gzip.unwrap_or(&kept.plain).clone())
        .with("etag", etag)
        .with("vary", "Accept, User-Agent, Accept-Encoding, Cookie")
        .with("cache-control", "no-cache")
        .with("x-content-type-options", "nosniff");
    // What browsers show; decks have no place for either.
    if !kept.rendering.is_wml() {
        response = response
            .with(
                "content-security-policy",
                "default-src 'self'; img-src 'self' data:; style-src 'self'; base-uri 'none'; frame-ancestors 'self'",
            )
            .with("referrer-policy", "same-origin");
    }
    if gzip.is_some() {
        response = response.with("content-encoding", "gzip");
    }
    for choice in &kept.choices {
        response = response.with("set-cookie", choice.clone());
    }
    let is_read = matches!(request.method.as_str(), "GET" | "HEAD");
    if is_read && kept.status == 200 && has_already(request, &kept.etag) {
        response.status = 304;
        response.body = Bytes::new();
        response.headers.retain(|(name, _)| !matches!(*name, "content-type" | "content-encoding"));
    }
    response
}

/// Of one visitor, and for nobody else.
pub(super) fn never_kept(mut response: Response) -> Response {
    response.headers.retain(|(name, _)| !matches!(*name, "cache-control" | "etag"));
    response.with("cache-control", "no-store")
}

/// Whether the visitor has the page with this tag, in either coding (RFC 9110, 13.1.2).
pub(super) fn has_already(request: &Request, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim_start_matches("W/").trim_matches('"').trim_end_matches("-gz") == etag;
    request.all("if-none-match").split(',').map(str::trim).any(|tag| tag == "*" || opaque(tag))
}

fn is_worth_gzip(body: &[u8], rendering: Rendering) -> bool {
    body.len() >= GZIP_MIN && rendering != Rendering::Wmlc
}
