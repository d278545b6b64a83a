//! Servers behind the edge, which say their names: over HTTP, and over TLS for what passes through.

use std::io;
use std::net;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::blocking::Carrier;
use crate::http::tls::self_signed;

/// What ends the head of a request.
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A server that answers every request with its name or another body, from a thread of its own. Dropping it stops it.
#[derive(Debug)]
pub struct Upstream {
    /// Port of the loopback address.
    pub port: u16,
    /// Its certificate, where it speaks TLS.
    pub pem: Option<String>,
    served: Arc<AtomicUsize>,
    _carrier: Carrier,
}

impl Upstream {
    /// Starts one that speaks HTTP.
    ///
    /// # Panics
    ///
    /// The system has no port or no thread left.
    #[must_use]
    pub fn http(name: &str) -> Self {
        Self::answering("200 OK", name)
    }

    /// Starts one that speaks HTTP and answers with this status and body, as an ingress does that does not know a host.
    ///
    /// # Panics
    ///
    /// The system has no port or no thread left.
    #[must_use]
    pub fn answering(status: &str, body: &str) -> Self {
        Self::start(answer(status, body), None).expect("a loopback port and a thread are free")
    }

    /// Starts one that speaks HTTP in TLS, with a certificate for `localhost`.
    ///
    /// # Panics
    ///
    /// The system has no port or no thread left.
    #[must_use]
    pub fn tls(name: &str) -> Self {
        let identity = self_signed();
        let started = Self::start(answer("200 OK", name), Some(identity.acceptor))
            .expect("a loopback port and a thread are free");
        Self { pem: Some(identity.pem), ..started }
    }

    /// How many requests it has answered.
    #[must_use]
    pub fn served(&self) -> usize {
        self.served.load(Ordering::Relaxed)
    }

    fn start(answer: Vec<u8>, tls: Option<TlsAcceptor>) -> io::Result<Self> {
        let listener = net::TcpListener::bind(("127.0.0.1", 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let (carrier, served) = (Carrier::new()?, Arc::new(AtomicUsize::new(0)));
        let listener = {
            let _within = carrier.enter();
            TcpListener::from_std(listener)?
        };
        carrier.spawn(serve(listener, tls, answer, Arc::clone(&served)));
        Ok(Self { port, pem: None, served, _carrier: carrier })
    }
}

async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, answer: Vec<u8>, served: Arc<AtomicUsize>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                connections.spawn(connection(stream, tls.clone(), answer.clone(), Arc::clone(&served)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

fn answer(status: &str, body: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n", body.len());
    (head + body).into_bytes()
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, answer: Vec<u8>, served: Arc<AtomicUsize>) {
    // A client that goes away is no concern of the server.
    match tls {
        None => exchange(stream, &answer, &served).await.ok(),
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(stream) => exchange(stream, &answer, &served).await.ok(),
            Err(_) => None,
        },
    };
}

/// Answers one request after the other. They have no bodies.
async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &[u8],
    served: &AtomicUsize,
) -> io::Result<()> {
    let mut read = Vec::new();
    loop {
        let mut some = [0; 4096];
        match stream.read(&mut some).await? {
            0 => return Ok(()),
            count => read.extend_from_slice(&some[..count]),
        }
        while let Some(at) = read.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD) {
            read.drain(..at + END_OF_HEAD.len());
            served.fetch_add(1, Ordering::Relaxed);
            stream.write_all(answer).await?;
        }
    }
}
