//! How a Vault is reached, and as whom.

use std::time::Duration;

use tfplugin::prelude::*;

use super::refusal::explain;
use crate::http::{ClientCertificate, Origins, Settings};

/// Where the user says where Vault is.
pub const ADDRESS: &str = "`vault.address` or VAULT_ADDR";

/// Where the user says who asks.
pub const CREDENTIAL: &str = "`vault.token`, VAULT_TOKEN or the login in `vault`";

const ORIGINS: Origins =
    Origins { address: ADDRESS, credential: CREDENTIAL, ca_certificate: "`vault.ca_cert_file` or VAULT_CACERT" };

/// Members of answers that hold tokens, AppRole's secrets and OIDC's, whoever asks for them.
const SECRET_MEMBERS: &[&str] = &["client_token", "oidc_client_secret", "secret_id", "token"];

/// How a Vault or OpenBao is reached.
#[derive(Nested)]
pub struct Config {
    /// Address of the server, such as `https://vault.example.com:8200`.
    #[tf(default = "https://127.0.0.1:8200", env("VAULT_ADDR", "BAO_ADDR"))]
    address: String,

    /// Token to use as it is: no child token is made of it. Omit it to log in, or to use what `vault login` left in
    /// `~/.vault-token`.
    #[tf(env("VAULT_TOKEN", "BAO_TOKEN"))]
    token: Option<Secret<String>>,

    /// Login with an AppRole; the token is revoked when the run ends.
    pub auth_login_approle: Option<AppRoleLogin>,

    /// Login with a JWT, such as the ID token of a CI job; the token is revoked when the run ends.
    pub auth_login_jwt: Option<JwtLogin>,

    /// Namespace to work in, on a server that has namespaces.
    #[tf(env("VAULT_NAMESPACE", "BAO_NAMESPACE"))]
    namespace: Option<String>,

    /// File with certificates in PEM that are trusted besides those of the system.
    #[tf(env("VAULT_CACERT", "BAO_CACERT"))]
    ca_cert_file: Option<String>,

    /// Such certificates themselves, in PEM.
    #[tf(env("VAULT_CACERT_BYTES", "BAO_CACERT_BYTES"))]
    ca_cert_pem: Option<String>,

    /// Directory of files with such certificates.
    #[tf(env("VAULT_CAPATH", "BAO_CAPATH"))]
    ca_cert_dir: Option<String>,

    /// File with the client's certificate in PEM, for a server that asks for one.
    #[tf(env("VAULT_CLIENT_CERT", "BAO_CLIENT_CERT"))]
    client_cert: Option<String>,

    /// File with the client certificate's key in PEM.
    #[tf(env("VAULT_CLIENT_KEY", "BAO_CLIENT_KEY"))]
    client_key: Option<String>,

    /// Whether any certificate is accepted; for a laboratory only.
    #[tf(default = false, env("VAULT_SKIP_VERIFY", "BAO_SKIP_VERIFY"))]
    skip_tls_verify: bool,

    /// How often a request is repeated that failed in passing.
    #[tf(default = 4, env("VAULT_MAX_RETRIES", "BAO_MAX_RETRIES"), check = between(0..=100))]
    max_retries: u64,

    /// Seconds that one try of a request may take.
    #[tf(default = 60, env("VAULT_CLIENT_TIMEOUT", "BAO_CLIENT_TIMEOUT"), check = between(1..=86_400))]
    timeout_seconds: u64,

    /// Headers that a proxy in front of the server needs; their values are kept out of logs and errors.
    headers: Option<Secret<BTreeMap<String, String>>>,
}

/// Login with an AppRole.
#[derive(Nested)]
pub struct AppRoleLogin {
    /// Path of the auth method.
    #[tf(default = "approle")]
    pub mount: String,

    /// The role's id.
    pub role_id: String,

    /// A secret id of the role; omit it for a role that binds none.
    #[tf(env("VAULT_SECRET_ID", "BAO_SECRET_ID"))]
    pub secret_id: Option<Secret<String>>,
}

/// Login with a JWT.
#[derive(Nested)]
pub struct JwtLogin {
    /// Path of the auth method.
    #[tf(default = "jwt")]
    pub mount: String,

    /// Name of the role; omit it for the method's default role.
    pub role: Option<String>,

    /// The token that somebody else issued.
    #[tf(env("VAULT_ID_TOKEN", "TERRAFORM_VAULT_AUTH_JWT", "BAO_ID_TOKEN"))]
    pub jwt: Option<Secret<String>>,
}

impl Config {
    /// The token to use as it is; none where the process is to log in.
    pub fn given_token(&self) -> Result<Option<String>> {
        match (&self.auth_login_approle, &self.auth_login_jwt, &self.token) {
            (Some(_), Some(_), _) => {
                Err(Error::new("`vault.auth_login_approle` and `vault.auth_login_jwt` exclude each other")
                    .hint("Keep one of them."))
            }
            (Some(_), None, _) | (None, Some(_), _) => Ok(None),
            (None, None, Some(token)) => Ok(Some(token.expose().trim().to_owned())),
            (None, None, None) => match token_file() {
                Some(token) => Ok(Some(token)),
                None => Err(Error::new("there is no token for Vault").hint(
                    "Set `vault.token` or VAULT_TOKEN, or `vault.auth_login_approle` or `vault.auth_login_jwt`, or run \
                     `vault login`.",
                )),
            },
        }
    }

    /// The namespace to work in; none where it is the first one, which has no name.
    pub fn namespace(&self) -> Option<String> {
        self.namespace.clone().filter(|namespace| !namespace.trim_matches('/').is_empty())
    }

    /// The settings of a connection with this token, or of a login.
    pub fn settings(&self, token: Option<&str>) -> Result<Settings> {
        let address = self.address.trim_end_matches('/');
        let address = address.strip_suffix("/v1").unwrap_or(address);
        let mut settings = Settings::new(format!("{address}/v1"), ORIGINS, explain);
        settings.credentials.extend(token.map(|token| ("x-vault-token".to_owned(), token.to_owned())));
        settings.credentials.extend(self.headers.iter().flat_map(|headers| headers.expose().clone()));
        settings.secret_members = SECRET_MEMBERS;
        settings.insecure = self.skip_tls_verify;
        settings.ca_certificate = self.authorities()?;
        settings.client_certificate = self.client_certificate()?;
        settings.timeout = Duration::from_secs(self.timeout_seconds);
        settings.retry.tries = u32::try_from(self.max_retries).unwrap_or(u32::MAX).saturating_add(1);
        Ok(settings)
    }

    fn authorities(&self) -> Result<Option<String>> {
        let mut pem = self.ca_cert_pem.clone().unwrap_or_default();
        if let Some(file) = &self.ca_cert_file {
            pem.push('\n');
            pem.push_str(&read("ca_cert_file", file)?);
        }
        if let Some(folder) = &self.ca_cert_dir {
            let unreadable = |error| unreadable("ca_cert_dir", folder, &error);
            for entry in std::fs::read_dir(folder).map_err(unreadable)? {
                let path = entry.map_err(unreadable)?.path();
                if path.is_file() {
                    pem.push('\n');
                    pem.push_str(&read("ca_cert_dir", &path.to_string_lossy())?);
                }
            }
        }
        Ok(Some(pem).filter(|pem| !pem.is_empty()))
    }

    fn client_certificate(&self) -> Result<Option<ClientCertificate>> {
        match (&self.client_cert, &self.client_key) {
            (Some(certificate), Some(key)) => {
                let (certificate, key) = (read("client_cert", certificate)?, read("client_key", key)?);
                Ok(Some(ClientCertificate { certificate, key }))
            }
            (None, None) => Ok(None),
            _ => Err(Error::new("`vault.client_cert` and `vault.client_key` belong together").hint("Set both.")),
        }
    }
}

fn read(setting: &str, file: &str) -> Result<String> {
    std::fs::read_to_string(file).map_err(|error| unreadable(setting, file, &error))
}

fn unreadable(setting: &str, path: &str, error: &std::io::Error) -> Error {
    Error::new(format!("cannot read `{path}`: {error}"))
        .hint(format!("Correct `vault.{setting}`, or the variable in the environment that stands for it."))
}

/// What `vault login` left behind.
fn token_file() -> Option<String> {
    let file = std::env::home_dir()?.join(".vault-token");
    let token = std::fs::read_to_string(file).ok()?.trim().to_owned();
    Some(token).filter(|token| !token.is_empty())
}
