//! What is the same on every host and good for ever under its name: styles, drawings, and the pictures of sites, whole
//! or small for old phones.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::assets;
use super::cache::{Cache, Kept, Revision};
use super::device::Rendering;
use super::gzip::takes_gzip;
use super::message::{Request, Response};
use super::phone::{self, Phone};
use super::respond::has_already;
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::sites::pictures::{self, Format};
use crate::store::Store;
use crate::words::{self, Lang};

/// RFC 8246: whoever has it need not ask again.
const FOREVER: &str = "public, max-age=31536000, immutable";

#[derive(Default)]
pub struct Files {
    /// Small pictures: made once, since making one takes as long as some hundred pages.
    small: Cache,
    /// One at a time: a picture being decoded may take a quarter of the box's memory.
    decoding: Arc<tokio::sync::Mutex<()>>,
}

impl Files {
    /// `None` for what is no file.
    pub(super) async fn answer(&self, store: &Store, lang: Lang, request: &Request) -> Option<Response> {
        let path = request.path();
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            return None;
        }
        if let Some(asset) = assets::asset(path) {
            let zipped = asset.gzip.as_ref().filter(|_| takes_gzip(request));
            let response = kept_for_ever(asset.kind, zipped.unwrap_or(&asset.bytes).clone());
            let response = response.with("vary", "Accept-Encoding");
            return Some(if zipped.is_some() { response.with("content-encoding", "gzip") } else { response });
        }
        let name = path.strip_prefix("/pictures/")?;
        let (name, small) = name.strip_prefix("small/").map_or((name, false), |n| (n, true));
        let (phone, format) = (Phone::of(request), phone::format(request));
        // The same address is another picture on another phone.
        let tag = match small {
            true => format!("{name}-{}-{}-{format:?}", phone.width, phone.picture_octets()),
            false => name.to_owned(),
        };
        let found = if small { self.small(store, name, &tag, phone, format).await } else { whole(store, name).await };
        Some(match found {
            Ok(octets) => {
                let kind = if small { format.media_type() } else { picture_type(name) };
                let mut response = kept_for_ever(kind, octets).with("etag", format!("\"{tag}\""));
                if small {
                    response = response.with("vary", "Accept, User-Agent");
                }
                if has_already(request, &tag) {
                    Response { status: 304, body: Bytes::new(), ..response }
                } else {
                    response
                }
            }
            Err(Error::NotFound) => Response::text(404, words::PAGE_NOT_FOUND.say(lang)),
            Err(error) => {
                log::error!("picture {name}: {error}");
                Response::text(500, words::INTERNAL.say(lang))
            }
        })
    }

    async fn small(&self, store: &Store, name: &str, tag: &str, phone: Phone, format: Format) -> Result<Bytes> {
        // A picture never changes under its name, so neither the revision nor the time counts.
        let kept = || self.small.get(tag, Revision::default(), Time::default()).map(|kept| kept.plain.clone());
        if let Some(small) = kept() {
            return Ok(small);
        }
        let alone = Arc::clone(&self.decoding).lock_owned().await;
        if let Some(small) = kept() {
            return Ok(small);
        }
        let octets = whole(store, name).await?;
        // Who asked may be gone by then; the next begins when this has ended all the same.
        let make = move || {
            let _alone = alone;
            pictures::small(&octets, phone.width, format, phone.picture_octets())
        };
        let made = tokio::task::spawn_blocking(make).await;
        let plain = Bytes::from(made.map_err(Error::internal)?.map_err(Error::internal)?);
        let (status, media_type, etag) = (200, format.media_type(), tag.to_owned());
        let kept = Kept {
            status,
            media_type,
            rendering: Rendering::Html,
            choices: Vec::new(),
            etag,
            plain: plain.clone(),
            gzip: OnceLock::from(None),
            revision: Revision::default(),
            until: None,
        };
        self.small.put(tag.to_owned(), Arc::new(kept));
        Ok(plain)
    }
}

async fn whole(store: &Store, name: &str) -> Result<Bytes> {
    // A name that is none costs no thread.
    store.media().path(name)?;
    let (media, name) = (store.media().clone(), name.to_owned());
    tokio::task::spawn_blocking(move || media.read(&name)).await.map_err(Error::internal)?.map(Bytes::from)
}

fn kept_for_ever(kind: &'static str, octets: Bytes) -> Response {
    Response::new(200, kind, octets).with("cache-control", FOREVER).with("x-content-type-options", "nosniff")
}

fn picture_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, e)| e) {
        Some("png") => "image/png",
        Some("jpg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("svg") => "image/svg+xml",
        Some("wbmp") => "image/vnd.wap.wbmp",
        _ => "application/octet-stream",
    }
}
