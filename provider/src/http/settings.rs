//! Settings: how a backend is reached, and how patient and how polite the transport is.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, Client, Identity, Url};
use tfplugin::{Error, Result};

use super::{Explain, Redactor, Retry, Rule};

const USER_AGENT: &str = concat!("terraform-provider-substrate/", env!("CARGO_PKG_VERSION"));

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Proxmox VE closes a connection after 5 idle seconds; a POST that meets a closing connection has no answer.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// All that a transport is built from.
pub struct Settings {
    /// Address of the API, without a trailing slash: `https://gitlab.example.com/api/v4`.
    pub address: String,
    /// Headers of every request; their values are taken for secrets.
    pub credentials: Vec<(String, String)>,
    /// Members of JSON answers whose texts are secret although nobody sent them.
    pub secret_members: &'static [&'static str],
    /// Certificates in PEM that are trusted besides those of the system.
    pub ca_certificate: Option<String>,
    /// What the client shows to a server that asks for a certificate.
    pub client_certificate: Option<ClientCertificate>,
    /// Whether any certificate is accepted.
    pub insecure: bool,
    /// A host, and where it is in the place of what DNS says.
    pub resolve: Option<(String, SocketAddr)>,
    /// Time for one try of a request, from connecting to the last byte of the answer.
    pub timeout: Duration,
    /// How often and how long to try again.
    pub retry: Retry,
    /// Rates that the server is known to allow; the first rule that matches a request limits it.
    pub rules: Vec<Rule>,
    /// Requests on the wire at once, to this host.
    pub concurrency: usize,
    /// Where the user set what an error speaks of.
    pub origins: Origins,
    /// Reads the server's words out of an answer that is not a success.
    pub explain: Explain,
}

/// A certificate and its key, in PEM.
pub struct ClientCertificate {
    /// The certificate and what signed it, up to the authority.
    pub certificate: String,
    /// The private key.
    pub key: String,
}

/// Where settings come from, in the user's words: "`gitlab.token` or GITLAB_TOKEN".
#[derive(Clone, Copy, Debug)]
pub struct Origins {
    /// Of the address.
    pub address: &'static str,
    /// Of the credential.
    pub credential: &'static str,
    /// Of the trusted certificate.
    pub ca_certificate: &'static str,
}

impl Settings {
    /// Settings for `address` with the defaults: 60 seconds, 5 tries, 16 requests at once, no rules.
    pub fn new(address: impl Into<String>, origins: Origins, explain: Explain) -> Self {
        Settings {
            address: address.into(),
            credentials: Vec::new(),
            secret_members: &[],
            ca_certificate: None,
            client_certificate: None,
            insecure: false,
            resolve: None,
            timeout: Duration::from_secs(60),
            retry: Retry::default(),
            rules: Vec::new(),
            concurrency: 16,
            origins,
            explain,
        }
    }

    pub(super) fn redactor(&self) -> Redactor {
        // "Bearer abc": the server may echo `abc` alone.
        let values = self.credentials.iter().map(|(_, value)| value.as_str());
        let bare = values.clone().filter_map(|value| value.split_once(' ')).map(|(_, bare)| bare);
        let keys = self.client_certificate.iter().map(|pair| pair.key.as_str());
        Redactor::new(values.chain(bare).chain(keys)).hiding(self.secret_members)
    }

    pub(super) fn parse_address(&self) -> Result<Url> {
        let origin = self.origins.address;
        let invalid = |problem: &str| {
            Err(Error::new(format!("the address of the API {problem}"))
                .hint(format!("Set {origin} to an address such as `https://host.example.com`.")))
        };
        let url = match Url::parse(self.address.trim()) {
            Ok(url) => url,
            Err(source) => return invalid(&format!("is not a URL: {source}")),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return invalid("begins with neither `https://` nor `http://`");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return invalid("holds a user name or a password, which logs would show");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return invalid("has a `?` or `#` part");
        }
        Ok(url)
    }

    pub(super) fn client(&self) -> Result<Client> {
        // reqwest is built without a crypto provider and takes the process's; a second installation changes nothing.
        rustls::crypto::ring::default_provider().install_default().ok();

        // A redirect would repeat a write as a GET, or carry the credential to another host: it is told to the user.
        let mut client = Client::builder()
            .user_agent(USER_AGENT)
            .default_headers(self.header_map()?)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tls_danger_accept_invalid_certs(self.insecure);
        if let Some((host, address)) = &self.resolve {
            client = client.resolve(host, *address);
        }
        if let Some(pem) = &self.ca_certificate {
            client = client.tls_certs_merge(self.authorities(pem)?);
        }
        if let Some(pair) = &self.client_certificate {
            let pem = format!("{}\n{}", pair.certificate.trim(), pair.key.trim());
            let identity = Identity::from_pem(pem.as_bytes())
                .map_err(|_| Error::new("the client certificate or its key is not valid PEM").hint(
                    "The one begins with `-----BEGIN CERTIFICATE-----`, the other with `-----BEGIN PRIVATE KEY-----` or \
                     the like.",
                ))?;
            client = client.identity(identity);
        }
        client.build().map_err(|source| {
            Error::new(format!("cannot set up TLS: {}", super::failure::root_cause(&source))).hint(format!(
                "The system's trusted certificates (the package ca-certificates) or {} cannot be used.",
                self.origins.ca_certificate
            ))
        })
    }

    fn authorities(&self, pem: &str) -> Result<Vec<Certificate>> {
        match Certificate::from_pem_bundle(pem.as_bytes()) {
            Ok(certificates) if !certificates.is_empty() => Ok(certificates),
            _ => Err(Error::new("the CA certificate is not valid PEM").hint(format!(
                "Put text that begins with `-----BEGIN CERTIFICATE-----` into {}.",
                self.origins.ca_certificate
            ))),
        }
    }

    fn header_map(&self) -> Result<HeaderMap> {
        let mut map = HeaderMap::new();
        for (name, value) in &self.credentials {
            let mut value = HeaderValue::from_str(value).map_err(|_| {
                Error::new("the credential has characters that a header cannot carry")
                    .hint(format!("Check {}: a line break at its end is the usual reason.", self.origins.credential))
            })?;
            value.set_sensitive(true);
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| Error::new(format!("`{name}` is not the name of a header")))?;
            map.insert(name, value);
        }
        Ok(map)
    }
}

pub(super) fn header_value(name: &str, value: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(value)
        .map_err(|_| Error::new(format!("the value of header `{name}` has characters that a header cannot carry")))
}
