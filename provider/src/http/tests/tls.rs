//! Certificates: refused with advice, accepted when the user says so.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::server::{fail, read_request, settings, text};
use crate::http::{ClientCertificate, Request, Settings, Transport};
use crate::path;

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap(), key)
    }

    /// A server that shows a certificate for `name` and, if told so, asks for one of this authority.
    async fn serve(&self, name: &str, asks: bool) -> Settings {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match asks {
            true => {
                let mut roots = RootCertStore::empty();
                roots.add(self.0.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            }
            false => builder.with_no_client_auth(),
        };
        let (certificate, key) = self.issue(name);
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let acceptor =
            TlsAcceptor::from(Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client that does not trust this server hangs up.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let Ok(_request) = read_request(&mut stream).await else { continue };
                stream.write_all(text("200 OK", "", "{}").as_bytes()).await.unwrap();
                stream.shutdown().await.ok();
            }
        });
        settings(&format!("https://localhost:{port}"))
    }
}

async fn status(settings: Settings) -> u16 {
    Transport::new(settings).unwrap().send(Request::get(path!("x"))).await.unwrap().status()
}

#[tokio::test]
async fn an_unknown_authority_is_refused_and_can_be_named() {
    let authority = Authority::new();
    let refused = Transport::new(authority.serve("localhost", false).await).unwrap();
    let error = fail(&refused, Request::get(path!("x"))).await;
    assert!(
        error.message().ends_with("cannot trust the server: an unknown authority signed its certificate"),
        "{error}"
    );
    assert!(error.hint_text().unwrap().contains("into `gitlab.ca_certificate`"), "{error}");
    assert_eq!(refused.statistics()["GET (other)"], 1);

    let mut trusting = authority.serve("localhost", false).await;
    trusting.ca_certificate = Some(authority.0.pem());
    assert_eq!(status(trusting).await, 200);

    let mut insecure = authority.serve("localhost", false).await;
    insecure.insecure = true;
    assert_eq!(status(insecure).await, 200);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let authority = Authority::new();
    let mut settings = authority.serve("other.example.com", false).await;
    settings.ca_certificate = Some(authority.0.pem());
    let error = fail(&Transport::new(settings).unwrap(), Request::get(path!("x"))).await;
    assert!(error.message().contains("cannot trust the server: ") && error.message().contains("localhost"), "{error}");
    assert!(error.hint_text().unwrap().contains("host name"), "{error}");
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let authority = Authority::new();
    let (certificate, key) = authority.issue("client");
    let mut settings = authority.serve("localhost", true).await;
    settings.ca_certificate = Some(authority.0.pem());
    settings.client_certificate = Some(ClientCertificate { certificate: certificate.pem(), key: key.serialize_pem() });
    assert_eq!(status(settings).await, 200);
}

#[tokio::test]
async fn plain_http_where_tls_is_expected_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = settings(&format!("https://{}", listener.local_addr().unwrap()));
    let answer = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream
    };
    let transport = Transport::new(settings).unwrap();
    let (error, _stream) = tokio::join!(fail(&transport, Request::get(path!("x"))), answer);
    assert!(error.message().contains("got an answer that is not TLS"), "{error}");
    assert!(error.hint_text().unwrap().contains("http://"), "{error}");
}

#[test]
fn a_certificate_that_is_none_is_refused() {
    let mut bad = settings("https://x");
    bad.ca_certificate = Some("/etc/ssl/ca.pem".to_owned());
    let error = Transport::new(bad).err().unwrap();
    assert!(error.hint_text().unwrap().contains("-----BEGIN CERTIFICATE-----"), "{error}");

    let mut bad = settings("https://x");
    bad.client_certificate = Some(ClientCertificate { certificate: "x".into(), key: "glpat-key".into() });
    let error = Transport::new(bad).err().unwrap();
    assert!(error.message().contains("client certificate") && !error.to_string().contains("glpat-key"), "{error}");
}
