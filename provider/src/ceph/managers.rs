//! The managers of a cluster, of which one is active at a time: found, and found again when it dies.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tfplugin::operation;
use tfplugin::prelude::*;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::config::{Config, ENDPOINTS, TRIES};
use super::refusal::is_standby;
use super::session::{Login, Reply, Session, Versions};
use crate::http::{Answer, Request};

/// Between two rounds of questions who is active.
const PAUSE: Duration = Duration::from_secs(1);

/// The managers, and the login at the active one.
pub struct Managers {
    config: Config,
    active: RwLock<Arc<Session>>,
    /// One looks for the active manager; the others wait.
    search: Mutex<()>,
    versions: Versions,
}

impl Managers {
    /// Logs in at the active manager.
    pub async fn find(config: Config) -> Result<Self> {
        config.complete()?;
        let session = Arc::new(search(&config, &config.addresses(), Silence::IsFinal).await?);
        Ok(Managers { config, active: RwLock::new(session), search: Mutex::default(), versions: Versions::default() })
    }

    /// Sends a request to the active manager. Where that one is gone, a request that was not sent, or that does no harm
    /// when it is sent twice, goes to the next one.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        let mut failing = None;
        let mut refused = false;
        loop {
            let session = self.session();
            let (mut expired, mut silent) = (false, false);
            let problem = match session.ask(request.clone(), &self.versions).await {
                Ok(Reply::Answered(answer)) => return Ok(answer),
                Ok(Reply::Unauthorized) if refused => return Err(unauthorized(&session)),
                Ok(Reply::Unauthorized) => {
                    expired = true;
                    unauthorized(&session)
                }
                Ok(Reply::Standby) => no_more_active(&session),
                Err(error) if is_standby(&error) => no_more_active(&session),
                Err(error) if error.is_unreachable() || (error.is_answer_lost() && request.is_repeatable()) => {
                    silent = true;
                    error
                }
                Err(error) => return Err(error),
            };
            // An expired token needs no patience; and a manager that hangs may have taken long to be found out.
            refused = expired;
            let since = *failing.get_or_insert_with(Instant::now);
            if !expired && since.elapsed() >= self.config.patience() {
                return Err(problem);
            }
            tracing::info!(%problem, "the manager is asked no more");
            self.move_on(&session, silent).await?;
        }
    }

    /// Ends the session.
    pub async fn end(&self) {
        self.session().end().await;
    }

    fn session(&self) -> Arc<Session> {
        Arc::clone(&self.active.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Logs in anew, unless somebody else did since `former` failed. One that was silent is asked after the others.
    async fn move_on(&self, former: &Arc<Session>, silent: bool) -> Result<()> {
        let _searching = operation::cancellable(self.search.lock()).await?;
        if !Arc::ptr_eq(former, &self.session()) {
            return Ok(());
        }
        let mut addresses = self.config.addresses();
        addresses.retain(|address| *address != former.address);
        addresses.insert(if silent { addresses.len() } else { 0 }, former.address.clone());
        let session = search(&self.config, &addresses, Silence::Passes).await?;
        *self.active.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(session);
        Ok(())
    }
}

fn unauthorized(session: &Session) -> Error {
    Error::new(format!("the manager at {} takes a login, and then refuses its token", session.address))
        .hint("The account may just have been disabled, or its password changed; the manager's log says why.")
}

fn no_more_active(session: &Session) -> Error {
    Error::unreachable(format!("the manager at {} is no more active", session.address))
}

/// What it means that no manager answers.
#[derive(Clone, Copy, PartialEq)]
enum Silence {
    /// The addresses are wrong, as far as anybody knows.
    IsFinal,
    /// One has answered in this run: another one will.
    Passes,
}

/// Why nobody logs in.
struct Nobody {
    problem: Error,
    /// Whether a standby answered, so that the cluster will have an active manager soon.
    standby: bool,
}

/// Asks each address, and those that standbys name, until one logs in, for as long as the configuration says.
async fn search(config: &Config, addresses: &[String], silence: Silence) -> Result<Session> {
    let begin = Instant::now();
    let mut hopeful = silence == Silence::Passes;
    loop {
        let nobody = match round(config, addresses, silence).await? {
            Ok(session) => return Ok(session),
            Err(nobody) => nobody,
        };
        // A standby that becomes active is silent for a moment.
        hopeful |= nobody.standby;
        if !hopeful || begin.elapsed() >= config.patience() {
            return Err(nobody.problem);
        }
        operation::sleep(PAUSE).await?;
    }
}

/// Asks each address once; a refused login is an error at once.
async fn round(config: &Config, addresses: &[String], silence: Silence) -> Result<Result<Session, Nobody>> {
    let mut asked = BTreeSet::new();
    let mut open: Vec<String> = addresses.iter().rev().cloned().collect();
    // Where there will be another round, one try is enough.
    let tries = if silence == Silence::Passes { 1 } else { TRIES };
    let problem = Error::unreachable("no manager is named").hint(format!("Set {ENDPOINTS}."));
    let mut nobody = Nobody { problem, standby: false };
    while let Some(address) = open.pop() {
        if !asked.insert(address.clone()) {
            continue;
        }
        match Session::open(config, &address, tries).await {
            Ok(Login::Active(session)) => return Ok(Ok(*session)),
            Ok(Login::Standby(active)) => {
                if in_the_clear(&address, &active) {
                    return Err(Error::new(format!("the manager at {address} sends logins to {active}, without TLS"))
                        .hint("Set `mgr/dashboard/ssl` alike for all managers."));
                }
                nobody.standby = true;
                open.push(active);
            }
            Ok(Login::Waiting(status)) => {
                let problem = Error::unreachable(format!("the manager at {address} answers a login with {status}"))
                    .hint("No manager of the cluster is active: look at `ceph -s`, and start one.");
                nobody = Nobody { problem, standby: true };
            }
            Err(error) if error.is_unreachable() || error.is_answer_lost() => nobody.problem = error,
            Err(error) => return Err(error.context(format!("cannot log in at {address}"))),
        }
    }
    Ok(Err(nobody))
}

/// Whether the password would leave the protection that the user has chosen for it.
fn in_the_clear(from: &str, to: &str) -> bool {
    from.starts_with("https://") && !to.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_went_over_tls_goes_nowhere_without_it() {
        assert!(in_the_clear("https://a:8443", "http://b:8080"));
        assert!(!in_the_clear("https://a:8443", "https://b:8443"));
        assert!(!in_the_clear("http://a:8080", "https://b:8443"));
    }
}
