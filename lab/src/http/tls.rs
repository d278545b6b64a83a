//! A self-signed certificate for the loopback address, made anew by each server.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

/// What a server needs to speak TLS, and what a client needs to trust it.
pub struct Identity {
    /// Takes connections.
    pub acceptor: TlsAcceptor,
    /// Certificate as PEM, for the client's `cacert` setting.
    pub pem: String,
}

/// Makes a certificate for `127.0.0.1` and `localhost`.
///
/// # Panics
///
/// The system has no source of randomness.
#[must_use]
pub fn self_signed() -> Identity {
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("both names are valid and ring makes P-256 keys");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has the cipher suites of TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("the key belongs to the certificate");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Identity { acceptor: TlsAcceptor::from(Arc::new(config)), pem: made.cert.pem() }
}
