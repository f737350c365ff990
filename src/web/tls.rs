//! Certificates from files, chosen by the name that the visitor asks for. They are read at a start only.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::client::verify_server_name;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

use crate::config::Certificate;
use crate::error::{Error, Result};

/// What serves TLS with these certificates; the first one is for names that none has.
pub fn acceptor(certificates: &[Certificate]) -> Result<TlsAcceptor> {
    let keys = certificates.iter().map(|c| load(&c.cert, &c.key)).collect::<Result<Vec<_>>>()?;
    let provider = Arc::new(ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::internal)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(ByName(keys)));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn load(cert: &Path, key: &Path) -> Result<Arc<CertifiedKey>> {
    let wrong = |path: &Path, why: &dyn std::fmt::Display| {
        Error::invalid("https.certificates", format!("{}: {why}", path.display()))
    };
    let chain = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
        .map_err(|e| wrong(cert, &e))?;
    if chain.is_empty() {
        return Err(wrong(cert, &"no certificate in it"));
    }
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|e| wrong(key, &e))?;
    let signer = ring::sign::any_supported_type(&secret).map_err(|e| wrong(key, &e))?;
    Ok(Arc::new(CertifiedKey::new(chain, signer)))
}

#[derive(Debug)]
struct ByName(Vec<Arc<CertifiedKey>>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().and_then(|n| ServerName::try_from(n).ok());
        let fits = |key: &&Arc<CertifiedKey>| {
            let parsed = key.cert.first().and_then(|der| ParsedCertificate::try_from(der).ok());
            matches!((&parsed, &name), (Some(cert), Some(name)) if verify_server_name(cert, name).is_ok())
        };
        self.0.iter().find(fits).or_else(|| self.0.first()).cloned()
    }
}
