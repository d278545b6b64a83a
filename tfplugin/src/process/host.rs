//! A host for tests: it has a certificate on P-521, marked as an authority, and calls as go-plugin does.

use std::io;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hyper_util::rt::TokioIo;
use p521::ecdsa::signature::Signer as _;
use p521::ecdsa::{Signature, SigningKey};
use rustls::client::ClientConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, alg_id};
use rustls::sign::{CertifiedKey, Signer, SingleCertAndKey};
use rustls::{RootCertStore, SignatureAlgorithm, SignatureScheme};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

use super::connection::{Connection, Stream};
use super::listener::Address;

/// A host's identity.
pub(super) struct Host {
    certificate: CertificateDer<'static>,
    key: Arc<HostKey>,
}

impl Host {
    /// A host with a new key.
    pub(super) fn new() -> Self {
        let mut secret = [0; 66];
        ring::default_provider().secure_random.fill(&mut secret[1..]).expect("randomness");
        let key = SigningKey::from_slice(&secret).expect("less than the order of the curve");
        Host { certificate: certificate(&key), key: Arc::new(HostKey(key)) }
    }

    /// This host's key beside the certificate of another.
    pub(super) fn with_certificate_of(self, other: &Host) -> Self {
        Host { certificate: other.certificate.clone(), ..self }
    }

    /// What the host puts into the environment of a plugin.
    pub(super) fn pem(&self) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(&self.certificate))
    }

    /// TLS towards the plugin whose handshake carried `plugin`, with this host's certificate.
    pub(super) fn tls(&self, plugin: &str) -> ClientConfig {
        let identity = CertifiedKey::new(vec![self.certificate.clone()], self.key.clone());
        tls(plugin, Some(identity))
    }
}

/// TLS towards the plugin whose handshake carried `plugin`.
pub(super) fn tls(plugin: &str, identity: Option<CertifiedKey>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let plugin = STANDARD_NO_PAD.decode(plugin).expect("the handshake's base64");
    roots.add(plugin.into()).expect("a certificate");
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions that ring has")
        .with_root_certificates(roots);
    let mut config = match identity {
        Some(identity) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity))),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config
}

/// Connects; under TLS 1.3 a plugin that refuses the certificate lets the first call fail.
pub(super) async fn dial(address: &Address, tls: Option<ClientConfig>) -> Result<Channel, tonic::transport::Error> {
    let (network, target) = (address.network, address.text.clone());
    let tls = tls.map(|config| TlsConnector::from(Arc::new(config)));
    let connect = move |_| {
        let (target, tls) = (target.clone(), tls.clone());
        async move {
            let stream: Box<dyn Stream> = match network {
                "unix" => Box::new(UnixStream::connect(target).await?),
                _ => Box::new(TcpStream::connect(target).await?),
            };
            let stream: Box<dyn Stream> = match tls {
                Some(tls) => {
                    let name = ServerName::try_from("localhost").expect("a name");
                    Box::new(tls.connect(name, stream).await?)
                }
                None => stream,
            };
            Ok::<_, io::Error>(TokioIo::new(Connection(stream)))
        }
    };
    Endpoint::from_static("http://localhost").connect_with_connector(tower::service_fn(connect)).await
}

#[derive(Debug)]
struct HostKey(SigningKey);

impl rustls::sign::SigningKey for HostKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer: Box<dyn Signer> = Box::new(HostKey(self.0.clone()));
        offered.contains(&SignatureScheme::ECDSA_NISTP521_SHA512).then_some(signer)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for HostKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(signature(&self.0, message))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}

fn signature(key: &SigningKey, message: &[u8]) -> Vec<u8> {
    let signature: Signature = key.sign(message);
    signature.to_der().as_bytes().to_vec()
}

/// A certificate of `key` by itself, as Go's hosts make it; rcgen on ring does not know the curve.
fn certificate(key: &SigningKey) -> CertificateDer<'static> {
    const AUTHORITY: &[u8] = b"\x30\x0f\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x05\x30\x03\x01\x01\xff";
    let algorithm = sequence(&[&alg_id::ECDSA_SHA512]);
    let common_name = sequence(&[b"\x06\x03\x55\x04\x03", &tlv(0x0c, &[b"localhost"])]);
    let name = sequence(&[&tlv(0x31, &[&common_name])]);
    let valid = sequence(&[&tlv(0x17, &[b"200101000000Z"]), &tlv(0x17, &[b"491231235959Z"])]);
    let point = key.verifying_key().to_sec1_point(false);
    let public = sequence(&[&sequence(&[&alg_id::ECDSA_P521]), &tlv(0x03, &[b"\0", point.as_bytes()])]);
    let version = tlv(0xa0, &[b"\x02\x01\x02"]);
    let extensions = tlv(0xa3, &[&sequence(&[AUTHORITY])]);
    let body = sequence(&[&version, b"\x02\x01\x01", &algorithm, &name, &valid, &name, &public, &extensions]);
    sequence(&[&body, &algorithm, &tlv(0x03, &[b"\0", &signature(key, &body)])]).into()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

/// A tag, a length and a content, in DER.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).expect("certificates are short").to_be_bytes();
    let header = match length {
        [0, short @ 0..=127] => vec![tag, short],
        [0, short] => vec![tag, 0x81, short],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [header, content].concat()
}
