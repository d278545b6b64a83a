//! How a Proxmox VE is reached, and as whom.

use tfplugin::prelude::*;

use super::principal::token;
use super::refusal::explain;
use super::user_words::with_realm;
use crate::http::{Origins, Settings};

/// Where the user says who asks.
pub const CREDENTIAL: &str = "`proxmox.api_token`, PROXMOX_VE_API_TOKEN or the login in `proxmox`";

const ORIGINS: Origins = Origins {
    address: "`proxmox.endpoint` or PROXMOX_VE_ENDPOINT",
    credential: CREDENTIAL,
    ca_certificate: "`proxmox.cacert_file` or PROXMOX_VE_CACERT_FILE",
};

/// A ticket and what guards its writes against forged requests, and the secret of a new token, which is its `value`.
const SECRET_MEMBERS: &[&str] = &["CSRFPreventionToken", "ticket", "value"];

/// Requests at once. pveproxy and pvedaemon have three workers each, so that more would only wait there.
const CONCURRENCY: usize = 8;

/// How a Proxmox VE is reached.
#[derive(Nested)]
#[tf(conflicts(api_token, password), requires(password, username))]
pub struct Config {
    /// Address of a node, such as `https://pve1.example.com:8006`, with or without `/api2/json`.
    #[tf(env("PROXMOX_VE_ENDPOINT"))]
    endpoint: Option<String>,

    /// API token as `user@realm!name=secret`. With privilege separation it has rights of its own.
    #[tf(env("PROXMOX_VE_API_TOKEN"), check = api_token)]
    pub api_token: Option<Secret<String>>,

    /// User to log in as, with the realm, such as `root@pam`.
    #[tf(env("PROXMOX_VE_USERNAME"), check = with_realm)]
    pub username: Option<String>,

    /// Password of the user.
    #[tf(env("PROXMOX_VE_PASSWORD"))]
    pub password: Option<Secret<String>>,

    /// File with certificates in PEM that are trusted besides those of the system, such as a cluster's
    /// `/etc/pve/pve-root-ca.pem`.
    #[tf(env("PROXMOX_VE_CACERT_FILE"))]
    cacert_file: Option<String>,

    /// Whether any certificate is accepted; for a laboratory only.
    #[tf(default = false, env("PROXMOX_VE_INSECURE"))]
    insecure: bool,
}

/// Refuses what is no token, without a word of it.
fn api_token(text: &str) -> Result<(), String> {
    let parts = text.split_once('=').filter(|(_, secret)| !secret.is_empty() && !secret.contains(char::is_whitespace));
    match parts.is_some_and(|(id, _)| token(id).is_ok()) {
        true => Ok(()),
        false => Err(
            "is no API token: it is `user@realm!name=secret`, as Proxmox VE shows it once, and not the secret alone"
                .to_owned(),
        ),
    }
}

impl Config {
    /// Settings of a transport that shows these headers.
    pub fn settings(&self, credentials: Vec<(String, String)>) -> Result<Settings> {
        let Some(endpoint) = &self.endpoint else {
            let hint = format!("Set {} to an address such as `https://pve1.example.com:8006`.", ORIGINS.address);
            return Err(Error::new("there is no address of a Proxmox VE").hint(hint));
        };
        let mut settings = Settings::new(api_address(endpoint), ORIGINS, explain);
        settings.credentials = credentials;
        settings.secret_members = SECRET_MEMBERS;
        settings.insecure = self.insecure;
        settings.concurrency = CONCURRENCY;
        settings.ca_certificate = self.cacert_file.as_deref().map(certificates).transpose()?;
        Ok(settings)
    }
}

fn api_address(endpoint: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    match endpoint.ends_with("/api2/json") {
        true => endpoint.to_owned(),
        false => format!("{endpoint}/api2/json"),
    }
}

fn certificates(file: &str) -> Result<String> {
    std::fs::read_to_string(file)
        .map_err(|error| Error::new(format!("`proxmox.cacert_file`: cannot read `{file}`: {error}")))
}
