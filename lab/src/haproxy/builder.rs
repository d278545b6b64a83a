//! How an edge starts.

use std::fs;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;

use crate::haproxy::personality::Personality;
use crate::haproxy::ports;
use crate::haproxy::router::User;
use crate::haproxy::server::{HaProxy, Service, Shared};
use crate::haproxy::state::{Paths, State};
use crate::http::running::{Place, Running};
use crate::http::tls::Tls;

/// A server that is about to start.
#[derive(Clone, Debug)]
pub struct Builder {
    place: Place,
    personality: Personality,
    reload_delay: Duration,
    configuration: Option<String>,
    maps: Vec<(String, String)>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            place: Place::default(),
            personality: Personality::Current,
            // As where it was recorded; the setting's default is 5 s.
            reload_delay: Duration::from_secs(1),
            configuration: None,
            maps: Vec::new(),
        }
    }
}

impl Builder {
    /// Behaves as the API does with HAProxy 2.6; see [`Personality::Old`].
    #[must_use]
    pub fn old(mut self) -> Self {
        self.personality = Personality::Old;
        self
    }

    /// Speaks TLS with a self-signed certificate.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.place.tls = Tls::Server;
        self
    }

    /// Waits that long for further changes before a reload that is not forced.
    #[must_use]
    pub fn reload_delay(mut self, delay: Duration) -> Self {
        self.reload_delay = delay;
        self
    }

    /// Starts with this configuration; `@DIR@` stands for the folder with `run`, `maps` and `ssl`.
    #[must_use]
    pub fn configuration(mut self, text: &str) -> Self {
        self.configuration = Some(text.to_owned());
        self
    }

    /// Starts with this map file.
    #[must_use]
    pub fn map(mut self, name: &str, text: &str) -> Self {
        self.maps.push((name.to_owned(), text.to_owned()));
        self
    }

    /// Starts.
    ///
    /// # Errors
    ///
    /// HAProxy is missing and cannot be installed, or does not start; the text says what to do.
    pub async fn start(self) -> io::Result<HaProxy> {
        let folder = TempDir::new()?;
        let paths = Paths::make(folder.path())?;
        let status_port = ports::free();
        let text = self.configuration.unwrap_or_else(|| of_somebody_else(status_port));
        fs::write(&paths.configuration, text.replace("@DIR@", &folder.path().display().to_string()))?;
        for (name, text) in &self.maps {
            fs::write(paths.maps.join(name), text)?;
        }
        let personality = self.personality;
        let started = tokio::task::spawn_blocking(move || State::start(paths, personality)).await;
        let state = Arc::new(Mutex::new(started.map_err(io::Error::other)??));
        let user = User { name: "admin".to_owned(), password: "adminpwd".to_owned() };
        let service = Service { user: user.clone(), reload_delay: self.reload_delay, state };
        let (running, shared) = Running::start(self.place, |_| Shared(Arc::new(service))).await?;
        let service = Arc::clone(&shared.0);
        let User { name: user, password } = user;
        Ok(HaProxy { user, password, status_port, running, service, _folder: folder })
    }
}

/// What is there before Terraform comes, comments included.
fn of_somebody_else(port: u16) -> String {
    format!(
        "# _version=1\nglobal\n  stats socket @DIR@/run/admin.sock mode 600 level admin\n  # of the house\n  maxconn 2000\n\n\
         defaults unnamed_defaults_1\n  mode http\n  timeout connect 2s\n  timeout client 10s\n  timeout server 10s\n\n\
         userlist controller\n  user admin insecure-password adminpwd\n\n\
         # asked by the monitoring\nfrontend status\n  bind 127.0.0.1:{port} name status # nobody else\n  # always up\n  \
         http-request return status 200 content-type text/plain string \"up\"\n"
    )
}
