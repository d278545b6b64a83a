//! The server as tests hold it.

use std::fs;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::haproxy::builder::Builder;
use crate::haproxy::master::Processes;
use crate::haproxy::router::User;
use crate::haproxy::state::{Paths, State};
use crate::http::call::{Answer, Call};
use crate::http::log::Request;
use crate::http::running::Running;
use crate::http::serve::{Handler, Instruments};

/// A running Data Plane API with the real HAProxy behind it. Dropping it ends both.
///
/// It starts with a frontend that somebody else made. Its address, its log and its faults are those of [`Running`]; paths
/// in them start after `/v3`.
///
/// ```no_run
/// # async fn example() {
/// use lab::{Fault, HaProxy};
///
/// let edge = HaProxy::start().await;
/// edge.fault(Fault::on("PUT", "/services/haproxy/transactions/*").reset_after());
/// // … use edge.url, edge.user and edge.password, and bind frontends to lab::haproxy::free_port() …
/// assert_eq!(edge.count("PUT", "/services/haproxy/transactions/*"), 1);
/// assert_eq!(edge.open_transactions(), [""; 0]);
/// # }
/// ```
#[derive(Debug)]
pub struct HaProxy {
    /// Name that may call.
    pub user: String,
    /// Its password.
    pub password: String,
    /// Port of the frontend `status` that somebody else made: it answers `up` to everything.
    pub status_port: u16,
    pub(super) running: Running,
    pub(super) service: Arc<Service>,
    pub(super) _folder: TempDir,
}

/// What answers.
#[derive(Debug)]
pub struct Service {
    /// Who may call.
    pub user: User,
    /// How long a reload that is not forced waits for further changes.
    pub reload_delay: Duration,
    /// What the API remembers.
    pub state: Arc<Mutex<State>>,
}

impl HaProxy {
    /// Starts one that behaves as the API does with HAProxy 3.0, on free ports of the loopback address.
    ///
    /// # Panics
    ///
    /// HAProxy is missing and cannot be installed, or does not start; the text says what to do.
    pub async fn start() -> Self {
        Self::builder().start().await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Chooses how to start.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Variables with which a process finds its way here.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("HAPROXY_DATAPLANE_URL", self.url.clone()),
            ("HAPROXY_DATAPLANE_USERNAME", self.user.clone()),
            ("HAPROXY_DATAPLANE_PASSWORD", self.password.clone()),
        ]
    }

    /// The requests without what depends on how busy the machine is: whoever holds a mark, which is a map file, renews it as
    /// long as it works.
    #[must_use]
    pub fn settled_requests(&self) -> Vec<Request> {
        let renews = |request: &Request| {
            ["GET", "PUT"].contains(&&*request.method) && request.path.contains("/storage/maps/substrate-")
        };
        self.requests().into_iter().filter(|request| !renews(request)).collect()
    }

    /// Calls the API without a connection, a log entry or a fault, as a colleague would: to prepare a state or to change
    /// one behind the back of whoever is tested. The path starts after `/v3`; an absent body is `Value::Null`.
    #[must_use = "the status tells whether it worked"]
    pub fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut call = Call::new(method, &format!("/v3{path}"));
        if !body.is_null() {
            call = call.with_json(body);
        }
        let (answer, _) = self.service.execute(&self.service.user.sign(call));
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// Calls the API as [`HaProxy::call`] does, below `/services/haproxy`, and demands that it succeeds.
    ///
    /// # Panics
    ///
    /// The status is no success.
    pub fn act(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(method, &format!("/services/haproxy{path}"), body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// The configuration file.
    #[must_use]
    pub fn config_text(&self) -> String {
        self.service.lock().text()
    }

    /// A map file; `None` where there is none.
    #[must_use]
    pub fn map_text(&self, name: &str) -> Option<String> {
        let path = self.service.lock().paths.maps.join(name);
        fs::read_to_string(path).ok()
    }

    /// A certificate file; `None` where there is none.
    #[must_use]
    pub fn certificate_text(&self, name: &str) -> Option<String> {
        let path = self.service.lock().paths.certificates.join(name);
        fs::read_to_string(path).ok()
    }

    /// Where maps, certificates and the configuration are.
    #[must_use]
    pub fn paths(&self) -> Paths {
        self.service.lock().paths.clone()
    }

    /// Writes a file that somebody else keeps, and lets HAProxy and the API take it up as at their start.
    ///
    /// # Panics
    ///
    /// HAProxy refuses the configuration.
    pub fn rewrite(&self, change: impl FnOnce(&str) -> String) {
        let mut state = self.service.lock();
        let text = change(&state.text());
        state.take_over(&text).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Version that a change must name.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.service.lock().version
    }

    /// Ids of transactions that are open.
    #[must_use]
    pub fn open_transactions(&self) -> Vec<String> {
        self.service.lock().open_transactions()
    }

    /// How often HAProxy was told to reload, whatever became of it.
    #[must_use]
    pub fn reloads(&self) -> usize {
        self.service.lock().reloads.count()
    }

    /// Carries out the reload that waits, if any, as if its delay were over.
    pub fn carry_out_reload(&self) {
        let mut state = self.service.lock();
        if let Some(id) = state.reloads.pending().map(str::to_owned) {
            state.reload_queued(&id);
        }
    }

    /// What HAProxy's master says of its processes.
    ///
    /// # Panics
    ///
    /// HAProxy is gone.
    #[must_use]
    pub fn processes(&self) -> Processes {
        self.service.lock().master.processes().expect("the master answers between reloads")
    }

    /// The worker that serves.
    ///
    /// # Panics
    ///
    /// There is none.
    #[must_use]
    pub fn worker_pid(&self) -> u32 {
        self.processes().worker.expect("a worker serves")
    }

    /// Asks the worker over its socket, such as `show map`.
    ///
    /// # Panics
    ///
    /// HAProxy is gone.
    #[must_use]
    pub fn worker(&self, command: &str) -> String {
        self.service.lock().master.command(&format!("@1 {command}")).expect("the master answers between reloads")
    }
}

impl Deref for HaProxy {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

/// The service, where the connections and the owner both hold it.
#[derive(Debug)]
pub struct Shared(pub Arc<Service>);

impl Service {
    /// What the API remembers, to be read or changed.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer, and what the API would have dropped.
    fn execute(&self, call: &Call) -> (Answer, Vec<String>) {
        let mut violations = Vec::new();
        let mut state = self.lock();
        let answer = state.answer(call, &self.user, &mut violations);
        if let Some(id) = state.reloads.take_new() {
            let (state, delay) = (Arc::downgrade(&self.state), self.reload_delay);
            thread::spawn(move || reload_later(&state, delay, &id));
        }
        (answer, violations)
    }
}

fn reload_later(state: &Weak<Mutex<State>>, delay: Duration, id: &str) {
    thread::sleep(delay);
    if let Some(state) = state.upgrade() {
        state.lock().unwrap_or_else(PoisonError::into_inner).reload_queued(id);
    }
}

impl Handler for Shared {
    fn prefix(&self) -> &'static str {
        "/v3"
    }

    async fn answer(&self, call: &Call, instruments: &Instruments) -> Answer {
        let (service, call) = (Arc::clone(&self.0), call.clone());
        let named = format!("{} {}", call.method, call.path);
        // HAProxy checks and reloads meanwhile, and whoever sends traffic from the same thread must not wait.
        match tokio::task::spawn_blocking(move || service.execute(&call)).await {
            Ok((answer, violations)) => {
                for field in violations {
                    instruments.log.violate(format!("{named} has no `{field}`, or the lab does not write it"));
                }
                answer
            }
            Err(error) => Answer::text(500, &error.to_string()),
        }
    }
}
