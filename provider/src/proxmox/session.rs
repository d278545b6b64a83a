//! Who asks: an API token, or a ticket that is renewed before it ends.

use std::sync::Arc;
use std::time::Duration;

use tfplugin::operation;
use tfplugin::prelude::*;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::config::{CREDENTIAL, Config};
use crate::http::{Answer, Request, Transport, path};

/// A ticket lasts two hours; a run that takes longer gets another one in time.
const RENEWAL: Duration = Duration::from_secs(90 * 60);

/// Who may do everything, and change every password without a word.
const ROOT: &str = "root@pam";

/// A connection as somebody.
pub struct Session {
    config: Config,
    current: Mutex<Option<Login>>,
}

#[derive(Clone)]
struct Login {
    transport: Arc<Transport>,
    /// When there should be another one; a token needs none.
    renew_at: Option<Instant>,
}

impl Session {
    /// A session as whom the configuration says. It logs in when something is sent.
    pub fn new(config: Config) -> Result<Self> {
        if config.api_token.is_none() && config.password.is_none() {
            let hint =
                format!("Set {CREDENTIAL}: an API token such as `user@realm!name=secret`, or a user and a password.");
            return Err(Error::new("there is no credential for Proxmox VE").hint(hint));
        }
        config.settings(Vec::new())?;
        Ok(Session { config, current: Mutex::new(None) })
    }

    /// The user or the token that asks; of a token what stands before its secret.
    pub fn user(&self) -> Option<&str> {
        match &self.config.api_token {
            Some(token) => token.expose().split('=').next(),
            None => self.config.username.as_deref(),
        }
    }

    /// The password that the session was opened with, by another one than `root@pam`.
    pub fn confirmation(&self) -> Option<&str> {
        let login = self.config.username.as_deref().filter(|user| self.config.api_token.is_none() && *user != ROOT);
        login.and(self.config.password.as_ref()).map(|password| password.expose().as_str())
    }

    /// Sends a request.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        let transport = self.transport().await?;
        transport.send(request).await
    }

    async fn transport(&self) -> Result<Arc<Transport>> {
        let mut current = operation::cancellable(self.current.lock()).await?;
        if let Some(login) = current.as_ref().filter(|login| login.renew_at.is_none_or(|end| Instant::now() < end)) {
            return Ok(Arc::clone(&login.transport));
        }
        let login = self.log_in().await?;
        let transport = Arc::clone(&login.transport);
        *current = Some(login);
        Ok(transport)
    }

    async fn log_in(&self) -> Result<Login> {
        let (credentials, renew_at) = match (&self.config.api_token, &self.config.username, &self.config.password) {
            (Some(token), ..) => (vec![("authorization".to_owned(), format!("PVEAPIToken={}", token.expose()))], None),
            (None, Some(user), Some(password)) => (self.ticket(user, password).await?, Some(Instant::now() + RENEWAL)),
            _ => {
                return Err(
                    Error::new("a password needs a user").hint("Set `proxmox.username` or PROXMOX_VE_USERNAME.")
                );
            }
        };
        let transport = Arc::new(Transport::new(self.config.settings(credentials)?)?);
        Ok(Login { transport, renew_at })
    }

    /// The headers that a login brings.
    async fn ticket(&self, user: &str, password: &Secret<String>) -> Result<Vec<(String, String)>> {
        let form = [("username", user), ("password", password.expose())];
        let request = Request::post(path!("access/ticket")).form(form).secret(password.expose());
        let request = request.confidential().repeatable(true).purpose("log in");
        let answer = Transport::new(self.config.settings(Vec::new())?)?.send(request).await?.json()?;
        let member = |name: &str| answer["data"][name].as_str().map(str::to_owned);
        match (member("ticket"), member("CSRFPreventionToken"), &answer["data"]["NeedTFA"]) {
            (Some(_), _, serde_json::Value::Number(_)) => Err(Error::new(format!("`{user}` needs a second factor"))
                .hint("Use an API token: `proxmox.api_token` or PROXMOX_VE_API_TOKEN.")),
            (Some(ticket), Some(csrf), _) => Ok(vec![
                ("cookie".to_owned(), format!("PVEAuthCookie={ticket}")),
                ("csrfpreventiontoken".to_owned(), csrf),
            ]),
            _ => Err(Error::new(format!("the login of `{user}` brought no ticket"))),
        }
    }
}
