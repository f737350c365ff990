//! One call over HTTP or HTTPS: signed, within a time, without following redirects.
//!
//! A certificate must be good for the name by the web's authorities, or by the lane's own. What the other side answers is
//! not kept. Not here: when it is tried again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::clock::{Clock, Trust};
use crate::config::Secret;
use crate::error::{Error, Result};

/// What is said to another program.
#[derive(Clone, Debug)]
pub struct Call {
    pub url: String,
    /// Posted as JSON; without one the address is fetched.
    pub body: Option<String>,
    pub secret: Option<Secret>,
}

/// A lane's own connections.
pub struct Client(hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// From the look-up of the name to the head of the answer.
const TIMEOUT: Duration = Duration::from_secs(15);
const AGENT: &str = concat!("Yizhan/", env!("CARGO_PKG_VERSION"));

impl Client {
    /// `ca`: certificates in PEM that are believed beside the web's.
    pub fn new(ca: Option<&Path>) -> Result<Client> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(path) = ca {
            let wrong =
                |why: &dyn std::fmt::Display| Error::invalid("webhook.ca", format!("{}: {why}", path.display()));
            for cert in CertificateDer::pem_file_iter(path).map_err(|e| wrong(&e))? {
                roots.add(cert.map_err(|e| wrong(&e))?).map_err(|e| wrong(&e))?;
            }
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Error::internal)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector =
            hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
        let mut builder = hyper_util::client::legacy::Client::builder(TokioExecutor::new());
        // A connection that rests may be dead by the next event, and the other side has few.
        Ok(Client(builder.pool_max_idle_per_host(0).build(connector)))
    }

    /// # Errors
    /// Why the call does not count as made, in words without the address: that may hold a password.
    pub async fn send(&self, call: &Call, event: u64, clock: &Clock) -> std::result::Result<(), String> {
        let request = request(call, event, clock)?;
        let answer = tokio::select! {
            answer = self.0.request(request) => answer.map_err(|error| cause(&error))?,
            () = clock.limit(TIMEOUT) => return Err(format!("no answer within {} seconds", TIMEOUT.as_secs())),
        };
        // A redirect is no receipt either.
        if answer.status().is_success() { Ok(()) } else { Err(format!("HTTP {}", answer.status().as_u16())) }
    }
}

fn request(call: &Call, event: u64, clock: &Clock) -> std::result::Result<Request<Full<Bytes>>, String> {
    let mut builder = Request::builder().uri(&call.url).header("user-agent", AGENT);
    if let Some(body) = &call.body {
        let seconds = clock.now().0.div_euclid(1000).to_string();
        let trust = if clock.trust() >= Trust::Network { "trusted" } else { "untrusted" };
        builder = builder
            .method("POST")
            .header("content-type", "application/json")
            .header("yizhan-event", event)
            .header("yizhan-timestamp", &seconds)
            .header("yizhan-clock", trust);
        if let Some(secret) = &call.secret {
            builder = builder.header("yizhan-signature", signature(secret, &seconds, body));
        }
    }
    let body = call.body.clone().unwrap_or_default();
    builder.body(Full::from(body)).map_err(|_| "the address cannot be called".to_owned())
}

/// HMAC-SHA256 (RFC 2104) over the time, a full stop, and the body.
fn signature(secret: &Secret, seconds: &str, body: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.reveal().as_bytes());
    let tag = ring::hmac::sign(&key, format!("{seconds}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|octet| format!("{octet:02x}")).collect();
    format!("v1={hex}")
}

/// The innermost reason: the outer ones say only that a request failed.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `printf '%s' '1795320000.{"id":"1"}' | openssl dgst -sha256 -hmac 0123456789abcdef`.
    #[test]
    fn the_signature_is_what_openssl_makes() {
        let expected = "v1=571e648c73b0624f71b072bb065908d98927c2551bb586b4157aab786c40ad7b";
        assert_eq!(signature(&Secret::new("0123456789abcdef"), "1795320000", r#"{"id":"1"}"#), expected);
    }
}
