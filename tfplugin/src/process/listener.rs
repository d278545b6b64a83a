//! Where the host connects: a unix socket, or a port on loopback where there is none.

use std::io;
use std::net::Ipv4Addr;
use std::ops::RangeInclusive;
use std::time::Duration;

use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;

use super::connection::{Connection, Stream};
use super::environment::Environment;
#[cfg(unix)]
use super::socket_directory::SocketDirectory;
use crate::operation;

/// How long a peer may take to prove who it is.
const TLS_LIMIT: Duration = Duration::from_secs(10);

/// The kind of socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    #[cfg(unix)]
    Unix,
    #[cfg_attr(
        all(unix, not(test)),
        expect(dead_code, reason = "used where there are no unix sockets, and by tests everywhere")
    )]
    Tcp,
}

impl Transport {
    /// What go-plugin's hosts prefer on this system.
    #[cfg(unix)]
    pub(super) const NATIVE: Self = Self::Unix;
    /// What go-plugin's hosts prefer on this system.
    #[cfg(not(unix))]
    pub(super) const NATIVE: Self = Self::Tcp;
}

/// An address as the handshake spells it.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) network: &'static str,
    pub(super) text: String,
}

/// A listening socket.
#[derive(Debug)]
pub(super) enum Listener {
    #[cfg(unix)]
    Unix(UnixListener),
    Tcp(TcpListener),
}

/// Where a socket is; what it left on disk goes with this value.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) address: Address,
    #[cfg(unix)]
    _directory: Option<SocketDirectory>,
}

/// Opens a socket for the host.
pub(super) async fn bind(transport: Transport, environment: &Environment) -> io::Result<(Listener, Place)> {
    match transport {
        #[cfg(unix)]
        Transport::Unix => bind_unix(environment),
        Transport::Tcp => bind_tcp(environment.ports.clone()).await,
    }
}

#[cfg(unix)]
fn bind_unix(environment: &Environment) -> io::Result<(Listener, Place)> {
    let directory = SocketDirectory::create(&environment.socket_parent)?;
    let listener = Listener::Unix(UnixListener::bind(directory.socket())?);
    if let Some(group) = &environment.socket_group
        && let Err(error) = directory.admit(group)
    {
        tracing::warn!(group, %error, "the host's group cannot call this provider");
    }
    let text = directory.socket().to_string_lossy().into_owned();
    Ok((listener, Place { address: Address { network: "unix", text }, _directory: Some(directory) }))
}

async fn bind_tcp(ports: RangeInclusive<u16>) -> io::Result<(Listener, Place)> {
    let mut last_error = io::Error::new(io::ErrorKind::InvalidInput, "the range of ports is empty");
    for port in ports {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => {
                let text = listener.local_addr()?.to_string();
                let place = Place {
                    address: Address { network: "tcp", text },
                    #[cfg(unix)]
                    _directory: None,
                };
                return Ok((Listener::Tcp(listener), place));
            }
            Err(error) => last_error = error,
        }
    }
    Err(last_error)
}

impl Listener {
    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            #[cfg(unix)]
            Listener::Unix(listener) => Ok(Box::new(listener.accept().await?.0)),
            Listener::Tcp(listener) => {
                let stream = listener.accept().await?.0;
                // Nagle's algorithm against a delayed acknowledgement costs 40 ms per exchange.
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

/// The connections of peers that proved who they are, if they have to.
pub(super) fn incoming(listener: Listener, tls: Option<TlsAcceptor>) -> ReceiverStream<io::Result<Connection>> {
    let (ready, connections) = mpsc::channel(1);
    tokio::spawn(async move {
        while !ready.is_closed() {
            match listener.accept().await {
                Ok(stream) => drop(tokio::spawn(admit(stream, tls.clone(), ready.clone()))),
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    // Out of file descriptors, the next attempt would fail at once.
                    if operation::sleep(Duration::from_millis(100)).await.is_err() {
                        break;
                    }
                }
            }
        }
    });
    ReceiverStream::new(connections)
}

/// Each peer proves itself in a task of its own, so that one that says nothing keeps nobody waiting.
async fn admit(stream: Box<dyn Stream>, tls: Option<TlsAcceptor>, ready: mpsc::Sender<io::Result<Connection>>) {
    let connection = match tls {
        None => Connection(stream),
        Some(tls) => match tokio::time::timeout(TLS_LIMIT, tls.accept(stream)).await {
            Ok(Ok(stream)) => Connection(Box::new(stream)),
            Ok(Err(error)) => return tracing::warn!(%error, "refused a connection"),
            Err(_) => return tracing::warn!("refused a connection that said nothing"),
        },
    };
    if ready.send(Ok(connection)).await.is_err() {
        tracing::debug!("the server ended before a connection was ready");
    }
}
