//! How a cluster is reached, and as whom.

use std::time::Duration;

use tfplugin::prelude::*;

use super::refusal::explain;
use crate::http::{Origins, Settings};

/// Where the user says where the dashboards are.
pub const ENDPOINTS: &str = "`ceph.endpoints` or CEPH_ENDPOINTS";

/// Where the user says who asks.
pub const CREDENTIAL: &str = "`ceph.username` and `ceph.password`, or CEPH_USERNAME and CEPH_PASSWORD";

const ORIGINS: Origins = Origins {
    address: ENDPOINTS,
    credential: CREDENTIAL,
    ca_certificate: "`ceph.ca_cert_file` or CEPH_CA_CERT_FILE, or `ceph.ca_cert_pem`",
};

/// Requests at once. The dashboard has ten threads for all who ask (CherryPy's `thread_pool`), and one stays for people.
const CONCURRENCY: usize = 9;

/// Tries of a request: a manager that is gone is not asked for long, since another one may be there.
pub const TRIES: u32 = 3;

/// How a Ceph cluster is reached.
#[derive(Nested)]
pub struct Config {
    /// Addresses of the managers' dashboards, such as `https://ceph-1.example.com:8443`; in the environment, with commas
    /// between them. Name all managers: whichever is active is asked, and another one when it dies in the midst of a run.
    /// A standby names the active one, which then gets the login, too; but never one without TLS in the place of one with it.
    #[tf(comma, env("CEPH_ENDPOINTS"), check = some)]
    endpoints: Option<Vec<String>>,

    /// Name of the dashboard's account; its role must allow what is managed, such as `pool-manager` or `block-manager`.
    #[tf(env("CEPH_USERNAME"))]
    username: Option<String>,

    /// Password of the account.
    #[tf(env("CEPH_PASSWORD"))]
    password: Option<Secret<String>>,

    /// File with certificates in PEM that are trusted besides those of the system.
    #[tf(env("CEPH_CA_CERT_FILE"))]
    ca_cert_file: Option<String>,

    /// Such certificates themselves, in PEM.
    #[tf(env("CEPH_CA_CERT_PEM"))]
    ca_cert_pem: Option<String>,

    /// Whether any certificate is accepted; for a laboratory only.
    #[tf(default = false, env("CEPH_INSECURE"))]
    insecure: bool,

    /// Seconds that one try of a request may take.
    #[tf(default = 60, env("CEPH_TIMEOUT"), check = between(5..=3_600))]
    timeout_seconds: u64,

    /// Seconds to wait for another manager when the active one is gone. Ceph itself notices after 30.
    #[tf(default = 120, env("CEPH_FAILOVER"), check = between(0..=3_600))]
    failover_seconds: u64,
}

fn some(endpoints: &[String]) -> Result<(), String> {
    match endpoints.iter().any(|endpoint| !endpoint.trim().is_empty()) {
        true => Ok(()),
        false => Err("names no address".to_owned()),
    }
}

impl Config {
    /// Refuses a configuration that does not say where to log in, or as whom.
    pub fn complete(&self) -> Result<()> {
        if self.addresses().is_empty() {
            return Err(Error::new("there is no address of a Ceph dashboard").hint(format!(
                "Set {ENDPOINTS} to the addresses of all managers, such as `https://ceph-1.example.com:8443`."
            )));
        }
        match (&self.username, &self.password) {
            (Some(_), Some(_)) => Ok(()),
            _ => Err(Error::new("there is no account for the Ceph dashboard").hint(format!("Set {CREDENTIAL}."))),
        }
    }

    /// The addresses, without slashes at their ends.
    pub fn addresses(&self) -> Vec<String> {
        let endpoints = self.endpoints.iter().flatten().map(|endpoint| address_of(endpoint));
        endpoints.filter(|endpoint| !endpoint.is_empty()).collect()
    }

    /// Who logs in.
    pub fn username(&self) -> &str {
        self.username.as_deref().unwrap_or_default()
    }

    /// With which password.
    pub fn password(&self) -> &str {
        self.password.as_ref().map_or("", |password| password.expose())
    }

    /// How long to wait for another manager.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.failover_seconds)
    }

    /// The settings of a connection to the manager at this address, with a token or for a login.
    pub fn settings(&self, address: &str, token: Option<&str>) -> Result<Settings> {
        let mut settings = Settings::new(format!("{address}/api"), ORIGINS, explain);
        settings.credentials.extend(token.map(|token| ("authorization".to_owned(), format!("Bearer {token}"))));
        settings.secret_members = &["token"];
        settings.insecure = self.insecure;
        settings.ca_certificate = self.authorities()?;
        settings.timeout = Duration::from_secs(self.timeout_seconds);
        settings.concurrency = CONCURRENCY;
        settings.retry.tries = TRIES;
        Ok(settings)
    }

    fn authorities(&self) -> Result<Option<String>> {
        let mut pem = self.ca_cert_pem.clone().unwrap_or_default();
        if let Some(file) = &self.ca_cert_file {
            let text = std::fs::read_to_string(file).map_err(|error| {
                Error::new(format!("cannot read `{file}`: {error}"))
                    .hint("Correct `ceph.ca_cert_file` or CEPH_CA_CERT_FILE.")
            })?;
            pem.push('\n');
            pem.push_str(&text);
        }
        Ok(Some(pem).filter(|pem| !pem.is_empty()))
    }
}

/// An address as the client compares it: without slashes and `/api` at its end.
pub fn address_of(url: &str) -> String {
    let url = url.trim().trim_end_matches('/');
    url.strip_suffix("/api").unwrap_or(url).trim_end_matches('/').to_owned()
}
