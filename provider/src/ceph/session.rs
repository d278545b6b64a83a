//! A login at one manager: its dashboard, and a token for it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tfplugin::prelude::*;

use super::config::{Config, address_of};
use crate::http::{Answer, Method, Request, Transport, path};

/// Versions that endpoints demand, where that is not 1.0: it was learned from answers.
#[derive(Default)]
pub struct Versions(Mutex<BTreeMap<Shape, String>>);

/// What says of a login that there is no active manager yet: a standby (`standby_error_status_code`, which is 500 where
/// nobody sets it), or a balancer before the managers.
const NOT_READY: [u16; 4] = [500, 502, 503, 504];

/// How long a login may take, whatever other requests take: a manager that hangs is found out by it.
const LOGIN: Duration = Duration::from_secs(20);

/// What tells endpoints apart: the method, where the path begins, and how many segments it has.
type Shape = (Method, String, usize);

/// Who answers at an address.
pub enum Login {
    /// The active manager.
    Active(Box<Session>),
    /// A standby, which names the active manager's address.
    Standby(String),
    /// A standby that knows of no active manager yet, or what stands before it, by the status of its answer.
    Waiting(u16),
}

/// A connection to one manager with a token of its own.
pub struct Session {
    /// Address of the dashboard.
    pub address: String,
    transport: Transport,
}

/// What a manager makes of a request.
pub enum Reply {
    /// It answered.
    Answered(Answer),
    /// It does not know the token any more.
    Unauthorized,
    /// It is not the active one any more.
    Standby,
}

impl Session {
    /// Logs in at an address, with so many tries.
    pub async fn open(config: &Config, address: &str, tries: u32) -> Result<Login> {
        let login = json!({ "username": config.username(), "password": config.password() });
        let request = Request::post(path!("auth")).json(login).confidential().secret(config.password());
        let request = versioned(request, "1.0").repeatable(true).accept(303).purpose("log in");
        let request = NOT_READY.into_iter().fold(request, Request::accept);
        let mut settings = config.settings(address, None)?;
        settings.retry.tries = tries;
        settings.timeout = settings.timeout.min(LOGIN);
        let answer = Transport::new(settings)?.send(request).await?;
        match answer.header("location").filter(|location| answer.status() == 303 && !location.is_empty()) {
            Some(location) => return Ok(Login::Standby(address_of(location))),
            None if answer.status() >= 300 || is_page(&answer) => return Ok(Login::Waiting(answer.status())),
            None => {}
        }
        let body = answer.json()?;
        let Some(token) = body["token"].as_str() else {
            return Err(Error::new(format!("the login at {address} brought no token")));
        };
        if body["pwdUpdateRequired"] == json!(true) {
            return Err(Error::new(format!("the account `{}` must change its password first", config.username()))
                .hint("Sign in to the dashboard with it once, or clear `pwdUpdateRequired` of the account."));
        }
        let transport = Transport::new(config.settings(address, Some(token))?)?;
        Ok(Login::Active(Box::new(Session { address: address.to_owned(), transport })))
    }

    /// Sends a request in the version that its endpoint has; each is learned once.
    pub async fn ask(&self, request: Request, versions: &Versions) -> Result<Reply> {
        let shape = shape(&request);
        let request = request.accept(303).accept(401);
        let guess = versioned(request.clone(), &versions.known(&shape)).accept(415);
        let mut answer = self.transport.send(guess).await?;
        if answer.status() == 415 {
            let version = demanded(&answer)?;
            versions.learn(shape, &version);
            answer = self.transport.send(versioned(request, &version)).await?;
        }
        Ok(match answer.status() {
            401 => Reply::Unauthorized,
            303 => Reply::Standby,
            _ if is_page(&answer) => Reply::Standby,
            _ => Reply::Answered(answer),
        })
    }

    /// Logs out.
    pub async fn end(&self) {
        let request = versioned(Request::post(path!("auth/logout")).json(json!({})), "1.0");
        if let Err(error) = self.transport.send(request).await {
            tracing::warn!(%error, "the session of this run lives until it expires");
        }
    }
}

impl Versions {
    fn known(&self, shape: &Shape) -> String {
        // The list of images is 2.0 since 16.2; that spares every run a refusal.
        let first = if shape == &images() { "2.0" } else { "1.0" };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(shape).map_or(first.to_owned(), Clone::clone)
    }

    fn learn(&self, shape: Shape, version: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(shape, version.to_owned());
    }
}

fn images() -> Shape {
    (Method::Get, "block".to_owned(), 2)
}

fn shape(request: &Request) -> Shape {
    let path = request.path().as_str();
    let first = path.split('/').next().unwrap_or_default();
    (request.method(), first.to_owned(), path.split('/').count())
}

fn versioned(request: Request, version: &str) -> Request {
    request.header("accept", format!("application/vnd.ceph.api.v{version}+json"))
}

/// The version in "Incorrect version: endpoint is '2.0', client requested '1.0'".
fn demanded(answer: &Answer) -> Result<String> {
    let body = answer.json()?;
    let said = body["detail"].as_str().unwrap_or_default();
    let version = said.split('\'').nth(1).filter(|version| version.split('.').all(|part| part.parse::<u32>().is_ok()));
    version.map(str::to_owned).ok_or_else(|| {
        Error::new(format!("{} {} answered 415 without the version that it has: {said}", answer.method(), answer.url()))
    })
}

/// What a standby says that knows of no active manager: a page for people, with the status 200.
fn is_page(answer: &Answer) -> bool {
    answer.status() == 200 && answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"))
}
