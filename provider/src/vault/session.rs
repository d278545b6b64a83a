//! The session: whose token is used, and that a token which the process itself got does not outlive it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tfplugin::prelude::*;
use tokio::sync::Mutex;

use super::config::Config;
use crate::http::{ApiPath, Request, Transport, path};

/// When a token is renewed, and when it expires unless it is.
#[derive(Clone, Copy)]
struct Renewal {
    due: Instant,
    end: Instant,
}

/// A token that the process logged in for.
pub struct Session {
    pub token: String,
    /// When to renew it; none where it cannot be renewed.
    renewal: Mutex<Option<Renewal>>,
    /// Where the token is known: what it asks about itself is asked there.
    namespace: Option<String>,
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
        let namespace = config.namespace();
        let mut request = within(namespace.as_deref(), Request::post(path).json(body)).confidential();
        if let Some(credential) = credential {
            request = request.secret(credential);
        }
        let answer = Transport::new(config.settings(None)?)?.send(request.purpose("log in")).await;
        let failed = |error: Error| match error.is_answer_lost() {
            true => error.hint("Run again: a token that nobody has got expires by itself."),
            false => error,
        };
        let answer = answer.map_err(|error| failed(error).context(format!("cannot log in at `{mount}`")))?.json()?;
        let auth = &answer["auth"];
        match auth["client_token"].as_str() {
            Some(token) => Ok(Session { token: token.to_owned(), renewal: Mutex::new(Renewal::of(auth)), namespace }),
            None => Err(Error::new(format!("the login at `{mount}` brought no token"))
                .hint("An MFA requirement or a wrong path of the auth method is the usual reason.")),
        }
    }

    /// Renews the token once half of its time is over; the others wait for it.
    ///
    /// A failure is followed by another try when half of what is left is over; Vault's word that it cannot be renewed is
    /// not.
    pub async fn keep_alive(&self, transport: &Transport) {
        let mut renewal = self.renewal.lock().await;
        let Some(former) = renewal.filter(|renewal| renewal.due <= Instant::now()) else { return };
        let request = self.about_itself(path!("auth/token/renew-self")).repeatable(true).confidential();
        let answer = transport.send(request.accept(400).accept(403)).await;
        *renewal = match answer.and_then(|answer| Ok((answer.status(), answer.json()?))) {
            Ok((200, answer)) => Renewal::of(&answer["auth"]),
            Ok((status, answer)) => {
                tracing::warn!(status, errors = %answer["errors"], "the token of this run cannot be renewed");
                None
            }
            Err(error) => {
                tracing::warn!(%error, "the token of this run is not renewed yet");
                former.later()
            }
        };
    }

    /// Revokes the token.
    pub async fn end(&self, transport: &Transport) {
        if let Err(error) = transport.send(self.about_itself(path!("auth/token/revoke-self"))).await {
            tracing::warn!(%error, "the token of this run lives until it expires");
        }
    }

    fn about_itself(&self, path: ApiPath) -> Request {
        within(self.namespace.as_deref(), Request::post(path).json(json!({})))
    }
}

/// The request in a namespace.
pub fn within(namespace: Option<&str>, request: Request) -> Request {
    match namespace {
        Some(namespace) => request.header("x-vault-namespace", namespace),
        None => request,
    }
}

impl Renewal {
    /// Of a token that was just made or renewed.
    fn of(auth: &Value) -> Option<Renewal> {
        let (half, now) = (half_time(auth)?, Instant::now());
        Some(Renewal { due: now + half, end: now + 2 * half })
    }

    /// When half of what is left is over, for the next try.
    fn later(self) -> Option<Renewal> {
        let left = self.end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        Some(Renewal { due: self.end - left / 2, ..self })
    }
}

/// Half of the time that a renewable token has, of `lease_duration` in seconds.
pub fn half_time(auth: &Value) -> Option<Duration> {
    let half = Duration::from_secs(auth["lease_duration"].as_u64()? / 2);
    (auth["renewable"].as_bool()? && !half.is_zero()).then_some(half)
}
