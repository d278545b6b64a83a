//! Traffic through the real HAProxy while everything changes: no request fails.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use lab::HaProxy;
use lab::haproxy::Upstream;
use rustls::ClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::estate::{document, fine, host, understood};
use crate::haproxy_certificate::{certificate, pair};
use crate::haproxy_edge::{backend, frontend, get, route, routes};

/// Requests in one run.
const REQUESTS: usize = 5_000;

/// Takes every certificate: it is the way that is looked at, not who is at its end.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// The body of the answer to a GET over TLS with this name in the hello.
pub async fn over_tls(port: u16, name: &str) -> std::io::Result<String> {
    rustls::crypto::ring::default_provider().install_default().ok();
    let config = ClientConfig::builder().dangerous().with_custom_certificate_verifier(Arc::new(Anybody));
    let connector = TlsConnector::from(Arc::new(config.with_no_client_auth()));
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let name = ServerName::try_from(name.to_owned()).map_err(std::io::Error::other)?;
    let host = name.to_str().into_owned();
    let mut stream = connector.connect(name, stream).await?;
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await?;
    let mut answer = vec![0; 4096];
    let count = stream.read(&mut answer).await?;
    let text = String::from_utf8_lossy(&answer[..count]).into_owned();
    match text.starts_with("HTTP/1.1 200") {
        true => Ok(text.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned()),
        false => Err(std::io::Error::other(text)),
    }
}

/// Requests that never end until they are told to.
struct Traffic {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    senders: Vec<std::thread::JoinHandle<Vec<String>>>,
}

impl Traffic {
    /// Sends over HTTP to one port, and over TLS to others.
    fn start(http: u16, tls: &[u16]) -> Self {
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let sender = |ask: Box<dyn Fn() -> Result<(), String> + Send>| {
            let (stop, sent) = (stop.clone(), sent.clone());
            std::thread::spawn(move || {
                let mut failed = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    sent.fetch_add(1, Ordering::Relaxed);
                    failed.extend(ask().err());
                }
                failed
            })
        };
        let plain = move || match get(http, "kept.example.com", "/") {
            Ok((200, _)) => Ok(()),
            Ok((_, answer)) => Err(answer),
            Err(error) => Err(error.to_string()),
        };
        let mut senders = vec![sender(Box::new(plain))];
        for port in tls.iter().copied() {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
            let encrypted = move || {
                runtime.block_on(over_tls(port, "kept.example.com")).map(drop).map_err(|error| error.to_string())
            };
            senders.push(sender(Box::new(encrypted)));
        }
        Traffic { stop, sent, senders }
    }

    /// Waits for enough requests, and says how many there were and which failed.
    async fn end(self) -> (usize, Vec<String>) {
        while self.sent.load(Ordering::Relaxed) < REQUESTS {
            tfplugin::operation::sleep(std::time::Duration::from_millis(20)).await.expect("nobody interrupts");
        }
        self.stop.store(true, Ordering::Relaxed);
        let failed = self.senders.into_iter().flat_map(|sender| sender.join().expect("a sender ends"));
        (self.sent.load(Ordering::Relaxed), failed.collect())
    }
}

/// A frontend that passes TLS through to a server by the name in the hello.
fn passing(port: u16, server: u16) -> String {
    let tcp = |text: String| text.replace("mode = \"http\"", "mode = \"tcp\"");
    let route = route("pass", "sni = [\"kept.example.com\"]\n  backend = \"be_pass\"");
    tcp(backend("be_pass", server)) + &tcp(frontend(port) + &route).replace("edge", "pass")
}

/// A whole edge is applied, routes change, a certificate is replaced, two changes are refused, and most of it goes.
#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_while_everything_changes() {
    let lab = HaProxy::start().await;
    let mut host = host(&lab).await;
    let (upstream, behind) = (Upstream::http("up"), Upstream::tls("behind"));
    let [http, tls, pass] = [(); 3].map(|()| lab::haproxy::free_port());
    let (first, second) = (pair("kept.example.com"), pair("kept.example.com"));
    let encrypted = format!(
        "{{ address = \"127.0.0.1\", port = {tls}, ssl = true, ssl_certificate = \
         substrate_haproxy_certificate.kept.file }} }}"
    );
    let kept = backend("be_kept", upstream.port)
        + &frontend(http).replace("} }\n}", &format!("}}, tls = {encrypted}\n}}"))
        + &routes(0..1, "be_kept").replace("host-0", "kept")
        + &passing(pass, behind.port);
    let base = |pem: &str, version: u32| kept.clone() + &certificate("kept", pem, version);
    fine(host.apply(&document(&base(&first, 1))).await);

    let traffic = Traffic::start(http, &[tls, pass]);
    let more: String = (0..20).map(|number| backend(&format!("be_{number}"), upstream.port)).collect();
    fine(host.apply(&document(&(base(&first, 1) + &more + &routes(1..200, "be_kept")))).await);
    fine(host.apply(&document(&(base(&second, 2) + &more + &routes(1..100, "be_3")))).await);
    let more_of = |text: String| {
        let bind = format!("http2 = {{ address = \"127.0.0.1\", port = {} }}, tls = {{", lab::haproxy::free_port());
        let rule = "routes = true\n  http_request_rules = [{ type = \"set-header\", hdr_name = \"X-Edge\", hdr_format = \"1\" }]";
        text.replacen("tls = {", &bind, 1).replacen("routes = true", rule, 1)
    };
    let reloads = lab.reloads();
    fine(host.apply(&document(&(more_of(base(&second, 2)) + &more))).await);
    assert!(lab.reloads() > reloads, "the frontend changes under the traffic");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let occupied = frontend(taken.local_addr().expect("it is bound").port()).replace("edge", "bad");
    let nowhere = frontend(lab::haproxy::free_port())
        .replace("edge", "bad")
        .replace("routes = true", "default_backend = \"nowhere\"");
    for refused in [nowhere, occupied.replace("routes = true", "")] {
        let report = host.apply(&document(&(base(&second, 2) + &more + &refused))).await;
        assert!(report.expect("no rule is broken").failed());
    }
    fine(host.apply(&document(&base(&second, 2))).await);
    let (sent, failed) = traffic.end().await;
    assert!(sent >= REQUESTS, "{sent}");
    assert_eq!(failed, [""; 0], "of {sent} requests");
    understood(&lab);
}
