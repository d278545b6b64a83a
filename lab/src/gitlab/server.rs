//! The server as tests hold it: started, called, watched and stopped.

use std::collections::BTreeSet;
use std::io;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::gitlab::branches;
use crate::gitlab::callers::{Caller, identify};
use crate::gitlab::context::Context;
use crate::gitlab::errors::Outcome;
use crate::gitlab::fields::On;
use crate::gitlab::limits::{Limit, Window};
use crate::gitlab::router::route;
use crate::gitlab::seed;
use crate::gitlab::store::{Store, USER};
use crate::http::call::{Answer, Call, segments};
use crate::http::running::{Place, Running};
use crate::http::serve::{Api, Instruments};
use crate::http::tls::Tls;

const VERSION: &str = "18.5.1";
const REVISION: &str = "4b1b0ac4d5f";

/// A running server. Dropping it stops it.
///
/// Its address, its log and its faults are those of [`Running`].
///
/// ```no_run
/// # async fn example() {
/// use lab::{Fault, GitLab};
///
/// let lab = GitLab::start().await;
/// lab.fault(Fault::on("POST", "/groups").status(503, "no healthy upstream"));
/// // … use lab.url and lab.token …
/// assert_eq!(lab.count("POST", "/groups"), 1);
/// assert_eq!(lab.violations(), [""; 0]);
/// # }
/// ```
#[derive(Debug)]
pub struct GitLab {
    /// Token of the one user, with all scopes.
    pub token: String,
    /// Token with the scope `read_api`.
    pub read_token: String,
    running: Running,
    service: Arc<Service>,
}

/// A server that is about to start.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    place: Place,
    demo: bool,
    options: Options,
}

/// What the server has: a licence or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edition {
    /// Community Edition: no fields and rules that need a licence.
    Community,
    /// Enterprise Edition with a licence.
    #[default]
    Enterprise,
}

/// When a deleted group or project is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// After that many further reads of it.
    AfterPolls(u32),
    /// When `permanently_remove` asks for it, and two reads later; until then it is marked, as on an instance with a
    /// retention period.
    Retained,
}

/// How a server was started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Licence or none.
    pub edition: Edition,
    /// When deleted objects are gone.
    pub deletion: Deletion,
    /// Requests until the default branch of a new project is protected.
    pub protection_delay: u32,
    /// Users that rules of protected branches can name.
    pub users: BTreeSet<i64>,
    /// Role of the one user in every project, which no access token exceeds.
    pub access_level: i64,
    /// Token of the one user.
    pub token: String,
    /// Token of theirs that only reads.
    pub read_token: String,
    limit: Limit,
}

#[derive(Debug)]
struct Service {
    options: Options,
    url: String,
    demo: bool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    store: Store,
    window: Window,
}

impl GitLab {
    /// Starts a licensed server on a free port of the loopback address.
    ///
    /// # Panics
    ///
    /// The system has no port left.
    pub async fn start() -> Self {
        Self::builder().start().await.expect("a loopback port is free")
    }

    /// Chooses how to start.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Address of the API, with `/api/v4`.
    #[must_use]
    pub fn api(&self) -> String {
        format!("{}/api/v4", self.url)
    }

    /// Calls the API without a connection, a log entry, a fault or a token: to prepare a state or to change one behind
    /// the back of whoever is tested. The path starts after `/api/v4`.
    #[must_use = "the status tells whether it worked"]
    pub fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.service.call(method, path, body)
    }

    /// Makes all access tokens older, as if so many days had passed.
    pub fn age_access_tokens(&self, days: i64) {
        self.service.lock().store.tokens.values_mut().for_each(|token| token.age(days));
    }

    /// Returns to the state of the start: no objects but seeds, an empty log, no faults.
    pub fn reset(&self) {
        self.service.reset();
        self.running.forget();
    }
}

impl Deref for GitLab {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

impl Builder {
    /// Listens on this port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.place.port = port;
        self
    }

    /// Speaks TLS with a self-signed certificate.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.place.tls = Tls::Server;
        self
    }

    /// Starts with a few groups, projects, labels and variables.
    #[must_use]
    pub fn demo(mut self) -> Self {
        self.demo = true;
        self
    }

    /// Chooses the edition; Enterprise unless told.
    #[must_use]
    pub fn edition(mut self, edition: Edition) -> Self {
        self.options.edition = edition;
        self
    }

    /// Chooses when deleted objects are gone; after two reads unless told.
    #[must_use]
    pub fn deletion(mut self, deletion: Deletion) -> Self {
        self.options.deletion = deletion;
        self
    }

    /// Protects the default branch of a new project after that many further requests; one unless told.
    #[must_use]
    pub fn protection_delay(mut self, requests: u32) -> Self {
        self.options.protection_delay = requests;
        self
    }

    /// Refuses requests above this number in a window.
    #[must_use]
    pub fn rate_limit(mut self, requests: u32, window: Duration) -> Self {
        self.options.limit = Limit { requests, window, enforced: true };
        self
    }

    /// Uses this token instead of the usual one.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.options.token);
        self
    }

    /// Role of the one user, such as 40 for a maintainer; owner unless told. The lab weighs it where access tokens are
    /// made, and nowhere else.
    #[must_use]
    pub fn access_level(mut self, level: i64) -> Self {
        self.options.access_level = level;
        self
    }

    /// Users besides the first that rules of protected branches can name.
    #[must_use]
    pub fn users(mut self, users: &[i64]) -> Self {
        self.options.users.extend(users);
        self
    }

    /// Starts.
    pub async fn start(self) -> io::Result<GitLab> {
        let (token, read_token) = (self.options.token.clone(), self.options.read_token.clone());
        let (running, service) = Running::start(self.place, |url| Service {
            options: self.options,
            url: url.to_owned(),
            demo: self.demo,
            state: Mutex::new(State::default()),
        })
        .await?;
        service.reset();
        Ok(GitLab { token, read_token, running, service })
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            edition: Edition::default(),
            deletion: Deletion::AfterPolls(2),
            protection_delay: 1,
            users: BTreeSet::from([USER]),
            access_level: 50,
            limit: Limit::default(),
            token: "glpat-lab-token-0001".to_owned(),
            read_token: "glpat-lab-token-read".to_owned(),
        }
    }
}

impl Options {
    /// Whether there is a licence.
    pub fn licensed(&self) -> bool {
        self.edition == Edition::Enterprise
    }

    /// Reads until a deleted object is gone.
    pub fn polls(&self) -> u32 {
        match self.deletion {
            Deletion::AfterPolls(polls) => polls,
            Deletion::Retained => 2,
        }
    }
}

impl Service {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn execute(&self, store: &mut Store, caller: Caller, call: &Call) -> Outcome {
        branches::protect_defaults(store);
        let path = call.path.strip_prefix(self.prefix()).unwrap_or_default();
        let before = (call.method != "GET").then(|| store.project_paths());
        let mut context = Context { call, caller, store: &mut *store, options: &self.options, url: &self.url };
        let outcome = route(&mut context, &segments(path));
        if let Some(before) = before {
            store.note_moves(before);
        }
        outcome
    }

    fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut call = Call::new(method, &format!("{}{path}", self.prefix()));
        if !body.is_null() {
            call = call.with_json(body);
        }
        let outcome = self.execute(&mut self.lock().store, Caller::User, &call);
        let answer = outcome.unwrap_or_else(|refusal| refusal.answer());
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }
}

impl Api for Service {
    fn prefix(&self) -> &'static str {
        "/api/v4"
    }

    fn answer(&self, call: &Call, instruments: &Instruments) -> Answer {
        let mut state = self.lock();
        let State { store, window } = &mut *state;
        let answer = window.admit(&self.options.limit).and_then(|()| {
            let caller = identify(call, &self.options, store);
            caller.and_then(|caller| self.execute(store, caller, call)).map_err(|refusal| {
                if let Some(violation) = &refusal.violation {
                    instruments.log.violate(violation.clone());
                }
                refusal.answer()
            })
        });
        state.window.describe(&self.options.limit, answer.unwrap_or_else(|refusal| refusal))
    }

    fn reset(&self) {
        *self.lock() = State::default();
        if self.demo {
            seed::demo(|method, path, body| self.call(method, path, body));
        }
    }
}

/// `GET /version`.
pub fn version(context: &mut Context) -> Outcome {
    context.params(On::Both, &[], &[])?;
    Ok(Answer::json(200, &json!({ "version": version_text(context), "revision": REVISION })))
}

/// `GET /metadata`.
pub fn metadata(context: &mut Context) -> Outcome {
    context.params(On::Both, &[], &[])?;
    Ok(Answer::json(
        200,
        &json!({
            "version": version_text(context),
            "revision": REVISION,
            "kas": { "enabled": false, "externalUrl": null, "externalK8sProxyUrl": null, "version": null },
            "enterprise": context.licensed(),
        }),
    ))
}

fn version_text(context: &Context) -> String {
    if context.licensed() { format!("{VERSION}-ee") } else { VERSION.to_owned() }
}
