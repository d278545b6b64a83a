//! A server that runs, whatever its API: its address, its log and its faults.

use std::io;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::http::fault::Fault;
use crate::http::log::Request;
use crate::http::serve::{self, Handler, Instruments};
use crate::http::tls::{self, ClientPem, Tls};

/// Where a server listens, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// Port of the loopback address; 0 for any.
    pub port: u16,
    /// Whether it speaks TLS.
    pub tls: Tls,
}

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    /// Address without the API's prefix.
    pub url: String,
    /// Certificate to trust, where the server speaks TLS.
    pub pem: Option<String>,
    /// What a client must show, where the server demands it.
    pub client: Option<ClientPem>,
    instruments: Arc<Instruments>,
    task: JoinHandle<()>,
}

impl Running {
    /// Starts to serve what is made for the server's address.
    ///
    /// # Errors
    ///
    /// The port is taken.
    pub async fn start<H: Handler>(place: Place, make: impl FnOnce(&str) -> H) -> io::Result<(Self, Arc<H>)> {
        let (listener, address) = serve::bind(place.port).await?;
        let identity = match place.tls {
            Tls::No => None,
            Tls::Server => Some(tls::self_signed()),
            Tls::Mutual => Some(tls::mutual()),
        };
        let url = format!("{}://{address}", if identity.is_some() { "https" } else { "http" });
        let (acceptor, pem, client) = match identity {
            Some(identity) => (Some(identity.acceptor), Some(identity.pem), identity.client),
            None => (None, None, None),
        };
        let handler = Arc::new(make(&url));
        let instruments = Arc::new(Instruments::default());
        let task = tokio::spawn(serve::serve(listener, acceptor, Arc::clone(&handler), Arc::clone(&instruments)));
        Ok((Self { url, pem, client, instruments, task }, handler))
    }

    /// Lets something go wrong.
    pub fn fault(&self, fault: Fault) {
        self.instruments.faults.add(fault);
    }

    /// Drops faults that have not struck.
    pub fn clear_faults(&self) {
        self.instruments.faults.clear();
    }

    /// All requests since the start or [`Running::clear_log`].
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.instruments.log.requests()
    }

    /// How many requests had this method (`*`: any) and path, such as `/projects/*/labels`.
    #[must_use]
    pub fn count(&self, method: &str, pattern: &str) -> usize {
        self.instruments.log.count(method, pattern)
    }

    /// Forgets the requests.
    pub fn clear_log(&self) {
        self.instruments.log.clear();
    }

    /// Calls that the real server would not have understood, or whose fields it would have dropped: unknown paths,
    /// unknown fields.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.instruments.log.violations()
    }

    /// Forgets what [`Running::violations`] has so far, and returns it.
    #[must_use]
    pub fn pardon(&self) -> Vec<String> {
        self.instruments.log.pardon()
    }

    /// Empties the log and drops faults that have not struck.
    pub fn forget(&self) {
        self.instruments.log.reset();
        self.instruments.faults.clear();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}
