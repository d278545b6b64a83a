//! Self-signed certificates for the loopback address, made anew by each server.

use std::sync::Arc;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

/// Whether a server speaks TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// It does not.
    #[default]
    No,
    /// It shows a certificate.
    Server,
    /// It demands one of its clients, too.
    Mutual,
}

/// What a server needs to speak TLS, and what a client needs to trust it.
pub struct Identity {
    /// Takes connections.
    pub acceptor: TlsAcceptor,
    /// Certificate as PEM, for the client's `cacert` setting.
    pub pem: String,
    /// What the server demands of its clients, where it does.
    pub client: Option<ClientPem>,
}

/// A client's certificate and its key, in PEM.
#[derive(Clone, Debug)]
pub struct ClientPem {
    /// The certificate.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

/// Makes a certificate for `127.0.0.1` and `localhost`.
///
/// # Panics
///
/// The system has no source of randomness.
#[must_use]
pub fn self_signed() -> Identity {
    identity(None)
}

/// The same for a server that demands a certificate of its clients.
///
/// # Panics
///
/// The system has no source of randomness.
#[must_use]
pub fn mutual() -> Identity {
    identity(Some(generate("client")))
}

type Made = rcgen::CertifiedKey<rcgen::KeyPair>;

fn generate(name: &str) -> Made {
    let names = vec![name.to_owned(), "127.0.0.1".to_owned()];
    rcgen::generate_simple_self_signed(names).expect("both names are valid and ring makes P-256 keys")
}

fn identity(client: Option<Made>) -> Identity {
    let made = generate("localhost");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("ring has the cipher suites of TLS 1.2 and 1.3");
    let builder = match &client {
        Some(client) => {
            let mut known = RootCertStore::empty();
            known.add(client.cert.der().clone()).expect("a certificate that was just made is one");
            let verifier = WebPkiClientVerifier::builder_with_provider(known.into(), provider).build();
            builder.with_client_cert_verifier(verifier.expect("one certificate is known"))
        }
        None => builder.with_no_client_auth(),
    };
    let mut config =
        builder.with_single_cert(vec![made.cert.der().clone()], key).expect("the key belongs to the certificate");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let client = client.map(|made| ClientPem { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() });
    Identity { acceptor: TlsAcceptor::from(Arc::new(config)), pem: made.cert.pem(), client }
}
