//! Mutual TLS with one peer: the host whose certificate came with the environment.
//!
//! Hosts sign with a throw-away key on P-521, which ring does not have, and mark their certificate as an authority,
//! which webpki refuses to a client; so the verifier compares the whole certificate instead and checks the signature
//! with `p521`.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use p521::ecdsa::signature::Verifier;
use p521::ecdsa::{DerSignature, VerifyingKey};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::crypto::{verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, PrivateKeyDer, SignatureVerificationAlgorithm, UnixTime,
    alg_id,
};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ServerConfig};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, SignatureScheme};
use tokio_rustls::TlsAcceptor;

use crate::{Error, Result};

/// Our side of the TLS with one host.
pub(super) struct Tls {
    pub(super) acceptor: TlsAcceptor,
    /// Our certificate as the handshake spells it.
    pub(super) certificate: String,
}

/// A new identity that serves only the owner of `client_certificate`, a PEM.
pub(super) fn mutual(client_certificate: &str) -> Result<Tls> {
    let host = CertificateDer::from_pem_slice(client_certificate.as_bytes())
        .map_err(|error| Error::new(format!("PLUGIN_CLIENT_CERT holds no certificate: {error}")))?;
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()])
        .map_err(|error| Error::new(format!("cannot make a certificate: {error}")))?;
    let certificate = STANDARD_NO_PAD.encode(own.cert.der());
    let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
    let config = server_config(host, own.cert.der().clone(), key)
        .map_err(|error| Error::new(format!("cannot set TLS up: {error}")))?;
    Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), certificate })
}

fn server_config(
    host: CertificateDer<'static>,
    own: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let provider: CryptoProvider = ring::default_provider();
    let verifier = OnlyHost { host, others: provider.signature_verification_algorithms };
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_single_cert(vec![own], key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    // A host connects once.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}

/// Accepts one certificate.
#[derive(Debug)]
struct OnlyHost {
    host: CertificateDer<'static>,
    /// What ring verifies, for a host that signs with another curve.
    others: WebPkiSupportedAlgorithms,
}

impl OnlyHost {
    fn algorithms(&self, scheme: SignatureScheme) -> &WebPkiSupportedAlgorithms {
        if scheme == SignatureScheme::ECDSA_NISTP521_SHA512 { &P521 } else { &self.others }
    }
}

impl ClientCertVerifier for OnlyHost {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if *end_entity == self.host {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, self.algorithms(signature.scheme))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, self.algorithms(signature.scheme))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        [P521.supported_schemes(), self.others.supported_schemes()].concat()
    }
}

static P521: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[&EcdsaP521],
    mapping: &[(SignatureScheme::ECDSA_NISTP521_SHA512, &[&EcdsaP521])],
};

/// ECDSA on P-521 with SHA-512.
#[derive(Debug)]
struct EcdsaP521;

impl SignatureVerificationAlgorithm for EcdsaP521 {
    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let key = VerifyingKey::from_sec1_bytes(key).map_err(|_| InvalidSignature)?;
        let signature = DerSignature::from_bytes(signature).map_err(|_| InvalidSignature)?;
        key.verify(message, &signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA512
    }
}
