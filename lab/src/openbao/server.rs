//! The server as tests hold it: started, called, watched and stopped.

use std::io;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::http::call::{Answer, Call};
use crate::http::running::{Place, Running};
use crate::http::serve::{Api, Instruments};
use crate::http::tls::Tls;
use crate::openbao::namespaces;
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};
use crate::openbao::router::{Routed, repeats, token_of};
use crate::openbao::status;
use crate::openbao::store::{Barrier, Store};

/// A running server. Dropping it stops it.
///
/// Its address, its log and its faults are those of [`Running`]; paths in them start after `/v1`.
///
/// ```no_run
/// # async fn example() {
/// use lab::{Fault, OpenBao};
///
/// let lab = OpenBao::start().await;
/// lab.fault(Fault::on("GET", "/sys/mounts").status(503, r#"{"errors":["Vault is sealed"]}"#));
/// // … use lab.url and lab.token …
/// assert_eq!(lab.count("GET", "/sys/mounts"), 1);
/// assert_eq!(lab.violations(), [""; 0]);
/// # }
/// ```
#[derive(Debug)]
pub struct OpenBao {
    /// Token with the policy `root`.
    pub token: String,
    /// Key for `sys/unseal`.
    pub unseal_key: String,
    running: Running,
    service: Arc<Service>,
}

/// A server that is about to start.
#[derive(Clone, Debug)]
pub struct Builder {
    place: Place,
    options: Options,
}

#[derive(Clone, Debug)]
struct Options {
    namespaces: bool,
    barrier: Barrier,
    token: String,
}

#[derive(Debug)]
struct Service {
    options: Options,
    store: Mutex<Store>,
}

impl OpenBao {
    /// Starts an unsealed server on a free port of the loopback address.
    ///
    /// # Panics
    ///
    /// The system has no port left.
    pub async fn start() -> Self {
        Self::builder().start().await.expect("a loopback port is free")
    }

    /// Starts a server that has namespaces, which is unrecorded; see [`Builder::namespaces`].
    ///
    /// # Panics
    ///
    /// The system has no port left.
    pub async fn with_namespaces() -> Self {
        Self::builder().namespaces().start().await.expect("a loopback port is free")
    }

    /// Chooses how to start.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Calls the API as root, without a connection, a log entry or a fault: to prepare a state or to change one behind
    /// the back of whoever is tested. The path starts after `/v1`.
    #[must_use = "the status tells whether it worked"]
    pub fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.call_in("", method, path, body)
    }

    /// Calls the API as root in a namespace.
    #[must_use = "the status tells whether it worked"]
    pub fn call_in(&self, namespace: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let mut call = Call::new(method, &format!("/v1{path}"));
        if !body.is_null() {
            call = call.with_json(body);
        }
        if method == "PATCH" {
            call = call.with_header("content-type", "application/merge-patch+json");
        }
        let call = call.with_header("x-vault-namespace", namespace).with_header("x-vault-token", &self.token);
        let (answer, _) = self.service.execute(&call);
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// Returns to the state of the start: nothing but what a new server has, an empty log, no faults.
    pub fn reset(&self) {
        self.service.reset();
        self.running.forget();
    }

    /// Seals the server: it answers 503 until it is unsealed.
    pub fn seal(&self) {
        self.service.lock().barrier = Barrier::Sealed;
    }

    /// Unseals the server.
    pub fn unseal(&self) {
        self.service.lock().barrier = Barrier::Unsealed;
    }
}

impl Deref for OpenBao {
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

    /// Has namespaces, as OpenBao since 2.3 and Vault Enterprise. This is a small fake from the source of OpenBao, not
    /// from a recording: a header names the namespace, each has mounts, policies and tokens of its own, and
    /// `sys/namespaces` manages them.
    #[must_use]
    pub fn namespaces(mut self) -> Self {
        self.options.namespaces = true;
        self
    }

    /// Starts without keys, as on the first day.
    #[must_use]
    pub fn uninitialized(mut self) -> Self {
        self.options.barrier = Barrier::Uninitialized;
        self
    }

    /// Uses this root token instead of the usual one.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.options.token);
        self
    }

    /// Starts.
    pub async fn start(self) -> io::Result<OpenBao> {
        let options = self.options;
        let token = options.token.clone();
        let (running, service) = Running::start(self.place, |_| Service {
            store: Mutex::new(Store::new(options.barrier, &options.token)),
            options,
        })
        .await?;
        Ok(OpenBao { token, unseal_key: status::UNSEAL_KEY.to_owned(), running, service })
    }
}

impl Default for Builder {
    fn default() -> Self {
        let token = "s.LabRootToken000000000001".to_owned();
        Self { place: Place::default(), options: Options { namespaces: false, barrier: Barrier::Unsealed, token } }
    }
}

impl Service {
    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer, and what the real server would not have understood.
    fn execute(&self, call: &Call) -> (Answer, Vec<String>) {
        let mut request = match Request::of(call) {
            Ok(request) => request,
            Err(refusal) => return (refusal.answer(), Vec::new()),
        };
        let outcome = self.outcome(&mut request);
        request.warn_of_ignored_fields(&outcome);
        let mut violations = request.violations;
        let answer = match outcome {
            Ok(reply) => {
                let reads = matches!(request.operation, Operation::Read | Operation::List);
                reply.answer(reads, repeats(&request.path), &request.warnings)
            }
            Err(refusal) => {
                let answer = refusal.answer();
                violations.extend(refusal.violation);
                answer
            }
        };
        (answer, violations)
    }

    fn outcome(&self, request: &mut Request) -> Outcome {
        let store = &mut *self.lock();
        // A server without namespaces ignores the header.
        let header = request.call.header("x-vault-namespace").filter(|_| self.options.namespaces);
        let here = namespaces::canonical(header.unwrap_or_default());
        let system = request.path.strip_prefix("sys/").unwrap_or_default();
        if !here.is_empty() && namespaces::is_restricted(system) {
            return Err(Refusal::bad_request("operation only available in root namespace"));
        }
        if let Some(outcome) = status::answer(request, store, &self.options.token) {
            return outcome;
        }
        if store.barrier != Barrier::Unsealed {
            return Err(Refusal::sealed());
        }
        if !store.namespaces.contains_key(&here) {
            return Err(Refusal::new(404, "namespace not found"));
        }
        let call = request.call;
        let token = token_of(|name| call.header(name)).and_then(|id| store.tokens.get(id)).cloned();
        let has_namespaces = self.options.namespaces;
        let routed = Routed { request, store: &mut *store, here: &here, has_namespaces, token: token.as_ref() };
        let outcome: Result<Reply, Refusal> = routed.answer();
        if let Some(token) = token {
            store.tokens.count_use(&token.id);
        }
        outcome
    }
}

impl Api for Service {
    fn prefix(&self) -> &'static str {
        "/v1"
    }

    fn answer(&self, call: &Call, instruments: &Instruments) -> Answer {
        let (answer, violations) = self.execute(call);
        for violation in violations {
            instruments.log.violate(violation);
        }
        // `http/handler.go`, `wrapGenericHandler`.
        answer.with_header("Cache-Control", "no-store")
    }

    fn reset(&self) {
        *self.lock() = Store::new(self.options.barrier, &self.options.token);
    }
}
