//! How a Data Plane API is reached, and as whom.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tfplugin::prelude::*;

use super::refusal::explain;
use crate::http::{Origins, Settings};

/// Where the user says where the API is.
pub const ADDRESS: &str = "`haproxy.url` or HAPROXY_DATAPLANE_URL";

const ORIGINS: Origins = Origins {
    address: ADDRESS,
    credential: "`haproxy.username` and `haproxy.password`, or HAPROXY_DATAPLANE_USERNAME and HAPROXY_DATAPLANE_PASSWORD",
    ca_certificate: "`haproxy.ca_cert_file`",
};

/// How a Data Plane API is reached.
#[derive(Nested)]
pub struct Config {
    /// Address of the Data Plane API, version 3, such as `https://edge.example.com:5555`. With `http://`, the
    /// password goes to another machine in clear.
    #[tf(default = "http://127.0.0.1:5555", env("HAPROXY_DATAPLANE_URL", "HAPROXY_ENDPOINT"))]
    url: String,

    /// Name of the API's user.
    #[tf(env("HAPROXY_DATAPLANE_USERNAME", "HAPROXY_USER"))]
    username: Option<String>,

    /// Password of the API's user.
    #[tf(env("HAPROXY_DATAPLANE_PASSWORD", "HAPROXY_PASSWORD"))]
    password: Option<Secret<String>>,

    /// File with certificates in PEM that are trusted besides those of the system.
    ca_cert_file: Option<String>,

    /// Whether any certificate is accepted; for a laboratory only.
    #[tf(default = false, env("HAPROXY_DATAPLANE_INSECURE", "HAPROXY_INSECURE"))]
    insecure: bool,

    /// Seconds that HAProxy may take to start a new worker after a reload, before the change is rolled back.
    #[tf(default = 15, check = between(1..=600))]
    reload_timeout_seconds: u64,

    /// Whether a port that a frontend is to listen on is tried first from here. HAProxy stops listening everywhere for up to
    /// two seconds when it reloads with a port that another program has. Set it to false where something on the way, such as
    /// a proxy, takes connections to every port.
    #[tf(default = true)]
    check_ports: bool,

    /// Whether each refresh looks into every certificate's file, at a call for each: one that somebody else replaced is sent
    /// again then. Otherwise one call tells of all of them whether they are there.
    #[tf(default = false)]
    check_certificates: bool,
}

impl Config {
    /// How long a reload may take.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.reload_timeout_seconds)
    }

    /// The machine that HAProxy runs on, as the API's address names it; none where ports are not to be tried.
    pub fn host(&self) -> Option<String> {
        let (_, rest) = self.url.split_once("://").filter(|_| self.check_ports)?;
        let authority = rest.split('/').next().unwrap_or_default();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        };
        Some(host.trim_matches(['[', ']']).to_owned())
    }

    /// Whether a refresh looks into the files of certificates.
    pub fn checks_certificates(&self) -> bool {
        self.check_certificates
    }

    /// Whether there is a user for the API, without whom it is never asked.
    pub fn has_user(&self) -> bool {
        self.username.is_some() && self.password.is_some()
    }

    /// The settings of the connection.
    pub fn settings(&self) -> Result<Settings> {
        let address = self.url.trim().trim_end_matches('/');
        if address.ends_with("/v2") {
            return Err(Error::new("version 2 of the Data Plane API is not supported")
                .hint(format!("Set {ADDRESS} to the address without `/v2`, of a Data Plane API 3.0 or later.")));
        }
        let mut settings =
            Settings::new(format!("{}/v3", address.strip_suffix("/v3").unwrap_or(address)), ORIGINS, explain);
        if let (Some(username), Some(password)) = (&self.username, &self.password) {
            let credential = STANDARD.encode(format!("{username}:{}", password.expose()));
            settings.credentials.push(("authorization".to_owned(), format!("Basic {credential}")));
        }
        settings.insecure = self.insecure;
        settings.ca_certificate = self.ca_cert_file.as_deref().map(read).transpose()?;
        Ok(settings)
    }
}

/// What is told who asks the API without a user.
pub fn no_user() -> Error {
    Error::new("there is no user for the Data Plane API").hint(format!("Set {}.", ORIGINS.credential))
}

fn read(file: &str) -> Result<String> {
    std::fs::read_to_string(file)
        .map_err(|error| Error::new(format!("cannot read `{file}`: {error}")).hint("Correct `haproxy.ca_cert_file`."))
}
