//! A server that runs, whatever its API: its address, its log and its faults.

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::http::fault::Fault;
use crate::http::log::Request;
use crate::http::serve::{self, Api, Instruments};
use crate::http::tls;

/// Where a server listens, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// Port of the loopback address; 0 for any.
    pub port: u16,
    /// Whether it speaks TLS with a self-signed certificate.
    pub tls: bool,
}

/// A running server. Dropping it stops it.
pub struct Running {
    /// Address without the API's prefix.
    pub url: String,
    /// Certificate to trust, where the server speaks TLS.
    pub pem: Option<String>,
    instruments: Arc<Instruments>,
    task: JoinHandle<()>,
}

impl Running {
    /// Starts to serve the API that is made for the server's address.
    pub async fn start<A: Api>(place: Place, make: impl FnOnce(&str) -> A) -> io::Result<(Self, Arc<A>)> {
        let (listener, address) = serve::bind(place.port).await?;
        let (acceptor, pem) = match place.tls.then(tls::self_signed) {
            Some(identity) => (Some(identity.acceptor), Some(identity.pem)),
            None => (None, None),
        };
        let url = format!("{}://{address}", if place.tls { "https" } else { "http" });
        let service = Arc::new(make(&url));
        let instruments = Arc::new(Instruments::default());
        let task = tokio::spawn(serve::serve(listener, acceptor, Arc::clone(&service), Arc::clone(&instruments)));
        Ok((Self { url, pem, instruments, task }, service))
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

    /// Calls that the real server would not have understood: unknown fields, unknown paths.
    #[must_use]
    pub fn violations(&self) -> Vec<String> {
        self.instruments.log.violations()
    }

    /// Forgets what was asked and what was to go wrong.
    pub fn reset(&self) {
        self.instruments.log.reset();
        self.instruments.faults.clear();
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}
