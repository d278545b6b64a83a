//! A local process that tries to call the provider: with no certificate, with another one, or as the host itself.

use p521::ecdsa::signature::Signer as _;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, Signer, SigningKey, SingleCertAndKey};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureAlgorithm, SignatureScheme, StreamOwned,
};
use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How a client of HTTP/2 begins: the preface and empty settings. A server that listens answers with its own.
const HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";

/// A certificate and its key.
pub struct Identity {
    /// PEM of the certificate.
    pub certificate: &'static str,
    /// The key's scalar in hexadecimal.
    pub key: &'static str,
}

/// Says hello in plain text and returns what came back.
pub fn plain(socket: &Path) -> io::Result<Vec<u8>> {
    let mut stream = connect(socket)?;
    stream.write_all(HELLO)?;
    first_bytes(&mut stream)
}

/// Says hello over TLS and returns what came back; with TLS 1.3 a refusal shows only when the client reads.
pub fn encrypted(socket: &Path, identity: Option<&Identity>) -> io::Result<Vec<u8>> {
    let config = configuration(identity).map_err(io::Error::other)?;
    let name = ServerName::try_from("localhost").expect("localhost is a name");
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, connect(socket)?);
    stream.write_all(HELLO)?;
    stream.flush()?;
    first_bytes(&mut stream)
}

fn connect(socket: &Path) -> io::Result<UnixStream> {
    let stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok(stream)
}

fn first_bytes(stream: &mut impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 64];
    let count = stream.read(&mut bytes)?;
    bytes.truncate(count);
    Ok(bytes)
}

fn configuration(identity: Option<&Identity>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyServer));
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let chain =
                vec![CertificateDer::from_pem_slice(identity.certificate.as_bytes()).expect("a PEM certificate")];
            let key = Arc::new(P521Key(Arc::new(private_key(identity.key))));
            builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key))))
        }
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(config)
}

fn private_key(hex: &str) -> p521::ecdsa::SigningKey {
    let hex = hex.trim();
    let bytes: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("the key is hexadecimal"))
        .collect();
    p521::ecdsa::SigningKey::from_slice(&bytes).expect("the key is a scalar of P-521")
}

/// A key on P-521, the only curve that the host uses and one that ring cannot sign with.
#[derive(Debug)]
struct P521Key(Arc<p521::ecdsa::SigningKey>);

impl SigningKey for P521Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let known = offered.contains(&SignatureScheme::ECDSA_NISTP521_SHA512);
        known.then(|| Box::new(Self(self.0.clone())) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P521Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature: p521::ecdsa::Signature = self.0.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}

/// Trusts every server: the question is who may call, not who is called.
#[derive(Debug)]
struct AnyServer;

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
