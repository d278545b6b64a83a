//! The cluster as tests hold it: started, called, watched and stopped.

use std::io;
use std::ops::Deref;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use serde_json::Value;

use crate::http::call::{Call, encode};
use crate::http::running::{Place, Running};
use crate::http::tls::Tls;
use crate::proxmox::description;
use crate::proxmox::reply::{Refusal, Reply};
use crate::proxmox::service::{PREFIX, Service};
use crate::proxmox::world::{Options, World};

/// A running cluster. Dropping it stops it, and panics where something was asked that a real one would not understand, and
/// nobody said with [`Proxmox::excuse`] that this was meant.
///
/// Its address, its log and its faults are those of [`Running`]; paths in them start after `/api2/json`. A fault says why
/// in the status line, with [`crate::Fault::reason`], and in the body.
///
/// ```no_run
/// # async fn example() {
/// use lab::{Fault, Proxmox};
///
/// let lab = Proxmox::start().await;
/// lab.fault(Fault::on("POST", "/nodes/*/qemu/*/clone").status(500, "").reason("VM is locked (backup)"));
/// // … use lab.url and lab.token …
/// assert_eq!(lab.count("GET", "/cluster/resources"), 1);
/// assert_eq!(lab.invalid(), [""; 0]);
/// # }
/// ```
#[derive(Debug)]
pub struct Proxmox {
    /// Token of root with all of his rights, as `PROXMOX_VE_API_TOKEN` has it: `root@pam!lab=` and the secret.
    pub token: String,
    /// Password of `root@pam`.
    pub password: String,
    running: Running,
    service: Arc<Service>,
}

/// A cluster that is about to start.
#[derive(Clone, Debug)]
pub struct Builder {
    place: Place,
    options: Options,
}

impl Proxmox {
    /// Starts a cluster of `pve1`, `pve2` and `pve3` on a free port of the loopback address. It has the bridges `vmbr0`
    /// and `vmbr1` and the storages `local` (files), `local-lvm`, `ceph` (shared disks) and `nfs` (shared files).
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

    /// Calls the API as root, without a connection, a log entry, a fault or a wait: to prepare a state or to change one
    /// behind the back of whoever is tested. The path starts after `/api2/json`. Returns the data, or the reason.
    ///
    /// # Errors
    ///
    /// The call is refused; the status and the reason with what is wrong with the parameters.
    pub fn call(&self, method: &str, path: &str, params: &[(&str, &str)]) -> Result<Value, (u16, String)> {
        let form: Vec<String> =
            params.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let form = form.join("&");
        let takes_body = ["POST", "PUT"].contains(&method);
        let query = if takes_body || form.is_empty() { String::new() } else { format!("?{form}") };
        let mut call = Call::new(method, &format!("{PREFIX}{path}{query}"));
        if takes_body && !form.is_empty() {
            call.body = form.into();
            call = call.with_header("content-type", "application/x-www-form-urlencoded");
        }
        let call = call.with_header("authorization", &format!("PVEAPIToken={}", self.token));
        match self.service.execute(&call) {
            Ok(Reply::Data(data) | Reply::Page(data, _)) => Ok(data),
            Err(Refusal { status, reason, errors, .. }) => {
                let errors: String = errors.iter().map(|(name, error)| format!(" {name}: {error}")).collect();
                Err((status, reason + &errors))
            }
        }
    }

    /// Calls the API as [`Proxmox::call`] does, and carries out the task that it makes, if it makes one.
    ///
    /// # Panics
    ///
    /// The call is refused or the task fails; the text says why.
    pub fn act(&self, method: &str, path: &str, params: &[(&str, &str)]) -> Value {
        let answer = self.call(method, path, params);
        let answer = answer.unwrap_or_else(|(status, reason)| panic!("{method} {path}: {status} {reason}"));
        if let Some(upid) = answer.as_str().filter(|text| text.starts_with("UPID:")) {
            self.finish_tasks();
            let node = upid.split(':').nth(1).unwrap_or_default();
            let status = self.call("GET", &format!("/nodes/{node}/tasks/{}/status", encode(upid)), &[]);
            let exit = status.map_or_else(|(_, reason)| reason, |status| status["exitstatus"].to_string());
            assert_eq!(exit, "\"OK\"", "{method} {path}");
        }
        answer
    }

    /// The variables that lead a provider here.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 2] {
        [("PROXMOX_VE_ENDPOINT", self.url.clone()), ("PROXMOX_VE_API_TOKEN", self.token.clone())]
    }

    /// The variables that let a provider log in here as `root@pam`, who may do what no token may.
    #[must_use]
    pub fn login(&self) -> [(&'static str, String); 3] {
        [
            ("PROXMOX_VE_ENDPOINT", self.url.clone()),
            ("PROXMOX_VE_USERNAME", "root@pam".to_owned()),
            ("PROXMOX_VE_PASSWORD", self.password.clone()),
        ]
    }

    /// What the server's own description has against the requests so far; see [`crate::proxmox::valid`].
    #[must_use]
    pub fn invalid(&self) -> Vec<String> {
        self.requests().iter().filter_map(|request| description::valid(request).err()).collect()
    }

    /// Forgets what a real cluster would not have understood, and returns it: for a test that means to be refused.
    #[must_use]
    pub fn excuse(&self) -> Vec<String> {
        self.running.pardon()
    }

    /// The greatest number of writers that a node had at once: of calls that change something there, each until it is
    /// answered and its task is over. What [`Proxmox::act`] does counts too, but for the call.
    #[must_use]
    pub fn most_writers(&self, node: &str) -> usize {
        self.service.most_writers(node)
    }

    /// Returns to the state of the start, with an empty log and no faults.
    pub fn reset(&self) {
        self.service.renew();
        self.running.forget();
    }

    /// The cluster, with everything done that is due.
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.service.world()
    }
}

impl Deref for Proxmox {
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

    /// Has these nodes.
    #[must_use]
    pub fn nodes(mut self, names: &[&str]) -> Self {
        self.options.nodes = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Has the storage `local` and nothing else, not even a bridge, as on the first day.
    #[must_use]
    pub fn bare(mut self) -> Self {
        self.options.furnished = false;
        self
    }

    /// Shows in `/cluster/resources` what was there that long ago; 10 s where nothing is said.
    #[must_use]
    pub fn lag(mut self, lag: Duration) -> Self {
        self.options.lag = lag;
        self
    }

    /// Lets a call wait for the lock of a guest's file no longer than this. Where nothing is said, it waits as long as
    /// the real server: a change 10 s, a create 5 s, a clone 1 s.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.options.patience = patience;
        self
    }

    /// Answers a wrong password, token or ticket after this; 3 s where nothing is said.
    #[must_use]
    pub fn penalty(mut self, penalty: Duration) -> Self {
        self.options.penalty = penalty;
        self
    }

    /// Lets tasks take this long; 20 ms where nothing is said. [`Proxmox::slow`] is for one type alone.
    #[must_use]
    pub fn task_time(mut self, time: Duration) -> Self {
        self.options.task = time;
        self
    }

    /// Gives up an agent that hangs after this; 3 s where nothing is said.
    #[must_use]
    pub fn agent_time(mut self, time: Duration) -> Self {
        self.options.agent = time;
        self
    }

    /// Starts.
    ///
    /// # Errors
    ///
    /// The port is taken.
    pub async fn start(self) -> io::Result<Proxmox> {
        let (token, password) = (format!("root@pam!lab={}", self.options.secret), self.options.password.clone());
        let (running, service) = Running::start(self.place, |_| Service::new(self.options)).await?;
        Ok(Proxmox { token, password, running, service })
    }
}

impl Drop for Proxmox {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let violations = self.running.violations();
            assert!(violations.is_empty(), "calls that Proxmox VE would not understand: {violations:#?}");
        }
    }
}

impl Default for Builder {
    fn default() -> Self {
        let options = Options {
            nodes: ["pve1", "pve2", "pve3"].map(str::to_owned).to_vec(),
            furnished: true,
            lag: Duration::from_secs(10),
            patience: Duration::from_secs(10),
            penalty: Duration::from_secs(3),
            task: Duration::from_millis(20),
            agent: Duration::from_secs(3),
            secret: "7d2f5c1a-3b64-4e0b-9c58-0a1b2c3d4e5f".to_owned(),
            password: "Pve-Test-1".to_owned(),
        };
        Self { place: Place::default(), options }
    }
}
