//! The session: whose token is used, and that a token which the process itself got does not outlive it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tfplugin::prelude::*;
use tokio::sync::Mutex;

use super::config::Config;
use crate::http::{ApiPath, Request, Transport};

/// A token that the process logged in for.
pub struct Session {
    pub token: String,
    /// When to renew it; none where it cannot be renewed.
    renewal: Mutex<Option<Instant>>,
}

impl Session {
    /// Logs in as the configuration says.
    pub async fn log_in(config: &Config) -> Result<Session> {
        let (mount, credential, body) = match (&config.auth_login_approle, &config.auth_login_jwt) {
            (Some(login), _) => {
                let secret_id = login.secret_id.as_ref().map(Secret::expose);
                (&login.mount, secret_id, json!({ "role_id": login.role_id, "secret_id": secret_id }))
            }
            (None, Some(login)) => {
                let Some(jwt) = &login.jwt else {
                    return Err(Error::new("there is no token to log in with").hint(
                        "Set `vault.auth_login_jwt.jwt` or VAULT_ID_TOKEN; in GitLab CI, `id_tokens` of the job puts it there.",
                    ));
                };
                (&login.mount, Some(jwt.expose()), json!({ "role": login.role, "jwt": jwt.expose() }))
            }
            (None, None) => return Err(Error::new("no login is configured")),
        };
        let path = ApiPath::default().literal("auth").segments(mount.trim_matches('/')).literal("login");
        let mut request = Request::post(path).json(body).confidential().purpose("log in");
        if let Some(credential) = credential {
            request = request.secret(credential);
        }
        if let Some(namespace) = &config.namespace {
            request = request.header("x-vault-namespace", namespace.clone());
        }
        let answer = Transport::new(config.settings(None)?)?.send(request).await;
        let answer = answer.map_err(|error| error.context(format!("cannot log in at `{mount}`")))?.json()?;
        let auth = &answer["auth"];
        match auth["client_token"].as_str() {
            Some(token) => Ok(Session { token: token.to_owned(), renewal: Mutex::new(renewal(auth)) }),
            None => Err(Error::new(format!("the login at `{mount}` brought no token"))
                .hint("An MFA requirement or a wrong path of the auth method is the usual reason.")),
        }
    }

    /// Renews the token once half of its time is over; the others wait for it.
    pub async fn keep_alive(&self, transport: &Transport) {
        let mut due = self.renewal.lock().await;
        if due.is_none_or(|due| Instant::now() < due) {
            return;
        }
        let request = Request::post(crate::http::path!("auth/token/renew-self")).json(json!({})).repeatable(true);
        let answer = transport.send(request.confidential()).await.and_then(|answer| answer.json());
        *due = match answer {
            Ok(answer) => renewal(&answer["auth"]),
            Err(error) => {
                tracing::warn!(%error, "the token of this run cannot be renewed");
                None
            }
        };
    }

    /// Revokes the token.
    pub async fn end(&self, transport: &Transport) {
        let request = Request::post(crate::http::path!("auth/token/revoke-self")).json(json!({}));
        if let Err(error) = transport.send(request).await {
            tracing::warn!(%error, "the token of this run lives until it expires");
        }
    }
}

/// When half of the time is over that a renewable token has (`lease_duration` in seconds).
fn renewal(auth: &Value) -> Option<Instant> {
    let half = Duration::from_secs(auth["lease_duration"].as_u64()? / 2);
    let renewable = auth["renewable"].as_bool()? && !half.is_zero();
    renewable.then(|| Instant::now() + half)
}
