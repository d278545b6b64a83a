//! The cluster as tests hold it: started, called, watched, filled with objects, and bereft of its manager.

use std::io::{self, Write as _};
use std::ops::Deref;
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::ceph::process::{self, Manager, Ready, Release};
use crate::ceph::proxy::{Doors, Upstream};
use crate::http::log::Request;
use crate::http::plain;
use crate::http::running::{Place, Running};
use crate::process::Process;

/// A running cluster. Dropping it stops it.
///
/// It has three OSDs of the class `ssd` on one host, and its pools have three copies where nobody says otherwise. Its address leads through
/// the proxy before the active manager, whose log and faults are those of [`Running`].
///
/// ```no_run
/// # async fn example() {
/// use lab::{Ceph, Fault};
///
/// let ceph = Ceph::start().await;
/// ceph.fault(Fault::on("GET", "/pool").status(500, ""));
/// // … use ceph.url, lab::Ceph::USER and lab::Ceph::PASSWORD …
/// assert_eq!(ceph.count("GET", "/pool"), 1);
/// assert_eq!(ceph.violations(), [""; 0]);
/// # }
/// ```
#[derive(Debug)]
pub struct Ceph {
    /// The proxy before the standby, where there is one.
    pub standby: Option<Running>,
    running: Running,
    process: Process<Ready>,
}

/// A cluster that is about to start.
#[derive(Clone, Copy, Debug, Default)]
pub struct Builder {
    release: Release,
    standby: bool,
}

impl Ceph {
    /// The account with all rights.
    pub const USER: &'static str = "admin";

    /// Its password.
    pub const PASSWORD: &'static str = "Lab-Passw0rd";

    /// Starts one on free ports of the loopback address, after installing Ceph where it is missing and may be installed.
    ///
    /// # Panics
    ///
    /// Ceph cannot be installed or does not start; the text says what to do.
    pub async fn start() -> Self {
        Self::builder().start().await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Chooses what to start.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Id of the cluster.
    #[must_use]
    pub fn fsid(&self) -> &str {
        &self.process.ready.fsid
    }

    /// Addresses of the managers' own dashboards, past the proxies: where a manager was killed, nobody answers there.
    #[must_use]
    pub fn dashboards(&self) -> Vec<String> {
        self.process.ready.managers.iter().map(|manager| format!("http://{}", manager.address)).collect()
    }

    /// Calls the dashboard of the active manager, past the proxy, its log and its faults: to prepare a state or to change one behind the back
    /// of whoever is tested. The path starts after `/api` and arrives as it is; an absent body is `Value::Null`.
    ///
    /// The thread waits for the answer.
    ///
    /// # Panics
    ///
    /// No manager is active, or it does not answer.
    #[must_use = "the status tells whether it worked"]
    pub fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let login = json!({ "username": Self::USER, "password": Self::PASSWORD });
        let logins = self.process.ready.managers.iter().filter_map(|manager| {
            let (_, answer) = exchange(&manager.address, "POST", "/auth", &login, "1.0", "").ok()?;
            Some((&manager.address, answer["token"].as_str()?.to_owned()))
        });
        let (address, token) = logins.into_iter().next().expect("no manager is active");
        let ask = |version: &str| {
            let answer = exchange(address, method, path, body, version, &token);
            answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
        };
        let (status, answer) = ask("1.0");
        // "Incorrect version: endpoint is '2.0', client requested '1.0'"
        let wanted = answer["detail"].as_str().filter(|_| status == 415).and_then(|said| said.split('\'').nth(1));
        match wanted.map(str::to_owned) {
            Some(version) => ask(&version),
            None => (status, answer),
        }
    }

    /// Calls as [`Ceph::call`] does, and demands that it succeeds.
    ///
    /// # Panics
    ///
    /// The status is no success.
    #[track_caller]
    pub fn act(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    /// Writes an object into a pool.
    ///
    /// # Panics
    ///
    /// Ceph refuses, or the cluster runs in a root directory of its own.
    pub fn write_object(&self, pool: &str, name: &str, content: &str) {
        let mut command = self.rados(&["--pool", pool, "put", name, "-"]);
        let mut child = command.stdin(Stdio::piped()).spawn().expect("rados starts");
        let mut input = child.stdin.take().expect("its input is piped");
        input.write_all(content.as_bytes()).expect("rados reads its input");
        drop(input);
        let done = child.wait_with_output().expect("rados ends");
        assert!(done.status.success(), "rados put {name}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// What an object of a pool holds; none where there is no such object.
    ///
    /// # Panics
    ///
    /// `rados` does not start.
    #[must_use]
    pub fn object(&self, pool: &str, name: &str) -> Option<String> {
        let done = self.rados(&["--pool", pool, "get", name, "-"]).output().expect("rados starts");
        done.status.success().then(|| String::from_utf8_lossy(&done.stdout).into_owned())
    }

    fn rados(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("rados");
        command.args(["--conf", &self.process.ready.configuration]).args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Kills the first manager, as when its machine goes down: the standby takes over after some seconds.
    ///
    /// # Panics
    ///
    /// There is no such process.
    pub fn kill_manager(&self) {
        self.signal("-KILL");
    }

    /// Halts the first manager: it takes connections, and answers nothing. The standby takes over after some seconds.
    ///
    /// # Panics
    ///
    /// There is no such process.
    pub fn hang_manager(&self) {
        self.signal("-STOP");
    }

    fn signal(&self, signal: &str) {
        let process = self.first().process.to_string();
        let status = Command::new("kill").args([signal, &process]).status().expect("kill starts");
        assert!(status.success(), "the manager with the process {process} is not there");
    }

    /// The requests without logins and their ends, without polls of tasks, and with the status that a call has which ends before Ceph makes a task of
    /// it: after two seconds, it answers 202, so both depend on how busy the machine is.
    #[must_use]
    pub fn settled_requests(&self) -> Vec<Request> {
        let requests = self.requests().into_iter();
        let requests = requests.filter(|request| !["/auth", "/auth/logout", "/task"].contains(&request.path.as_str()));
        let settled = requests.map(|mut request| {
            if request.status == 202 {
                request.status = match request.method.as_str() {
                    "POST" => 201,
                    "DELETE" => 204,
                    _ => 200,
                };
            }
            request
        });
        settled.collect()
    }

    fn first(&self) -> &Manager {
        &self.process.ready.managers[0]
    }
}

impl Deref for Ceph {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

impl Drop for Ceph {
    /// The program ends its daemons and removes their folder, which it could not if it were killed.
    fn drop(&mut self) {
        self.process.close();
    }
}

impl Builder {
    /// Takes Ceph 18.2, which knows users; see [`crate::ceph::reef_unavailable`].
    #[must_use]
    pub fn reef(mut self) -> Self {
        self.release = Release::Reef;
        self
    }

    /// Starts a second manager, which takes over when the first one is gone.
    #[must_use]
    pub fn standby(mut self) -> Self {
        self.standby = true;
        self
    }

    /// Starts, after installing Ceph where it is missing and may be installed.
    ///
    /// # Errors
    ///
    /// Ceph cannot be installed or does not start; the text says what to do.
    pub async fn start(self) -> io::Result<Ceph> {
        let managers = if self.standby { &["x", "y"][..] } else { &["x"][..] };
        let start = tokio::task::spawn_blocking(move || process::start(self.release, managers));
        let process = start.await.map_err(io::Error::other)??;
        let (doors, mut addresses, mut proxies) = (Doors::default(), Vec::new(), Vec::new());
        for manager in &process.ready.managers {
            let upstream = Upstream::new(&manager.address, &doors);
            let (running, _) = Running::start(Place::default(), |_| upstream).await?;
            addresses.push((format!("http://{}", manager.address), running.url.clone()));
            proxies.push(running);
        }
        Arc::clone(&doors).set(addresses).map_err(|_| io::Error::other("the doors are known once"))?;
        let standby = proxies.split_off(1).into_iter().next();
        let running = proxies.into_iter().next().ok_or_else(|| io::Error::other("a cluster has a manager"))?;
        Ok(Ceph { standby, running, process })
    }
}

fn exchange(
    address: &str,
    method: &str,
    path: &str,
    body: &Value,
    version: &str,
    token: &str,
) -> io::Result<(u16, Value)> {
    let accept = format!("application/vnd.ceph.api.v{version}+json");
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("Accept", accept.as_str()), ("Content-Type", "application/json")];
    headers.extend((!token.is_empty()).then_some(("Authorization", bearer.as_str())));
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let (status, text) = plain::exchange(address, method, &format!("/api{path}"), &headers, body.as_bytes())?;
    Ok((status, serde_json::from_str(&text).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;
    use std::time::Duration;

    /// Many clusters at once would take each other's time.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn it_serves_through_the_proxies_keeps_objects_and_ends_with_all_that_is_its_own() {
        let ceph = Ceph::builder().standby().start().await.unwrap();
        assert_eq!(ceph.act("GET", "/monitor", &Value::Null)["mon_status"]["monmap"]["fsid"], ceph.fsid());
        ceph.act("POST", "/pool", &json!({ "pool": "p", "pg_num": 1, "pool_type": "replicated" }));
        ceph.write_object("p", "o", "content");
        assert_eq!(ceph.object("p", "o").as_deref(), Some("content"));
        assert_eq!(ceph.object("p", "other"), None);
        assert_eq!(ceph.requests().len(), 0, "what tests ask goes past the proxy");

        let door = |running: &Running| {
            let authority = running.url.trim_start_matches("http://").to_owned();
            plain::exchange(&authority, "GET", "/api/pool", &[], b"").unwrap()
        };
        assert_eq!(door(&ceph).0, 401);
        assert_eq!(ceph.count("GET", "/pool"), 1);
        let standby = ceph.standby.as_ref().unwrap();
        let (status, _) = door(standby);
        let location = standby.requests()[0].clone();
        assert_eq!((status, location.status), (303, 303));

        let configuration = ceph.process.ready.configuration.clone();
        let processes: Vec<u32> = ceph.process.ready.managers.iter().map(|manager| manager.process).collect();
        ceph.kill_manager();
        drop(ceph);
        assert!(!std::path::Path::new(&configuration).exists(), "the folder is gone");
        let alive = |process: &u32| std::path::Path::new(&format!("/proc/{process}/exe")).exists();
        thread::sleep(Duration::from_millis(100));
        assert!(!processes.iter().any(alive), "the managers are gone");
    }

    #[test]
    fn it_ends_when_whoever_started_it_is_gone() {
        let mut process = process::start(Release::Installed, &["x"]).unwrap();
        let manager = process.ready.managers[0].process;
        process.orphan();
        assert!(!std::path::Path::new(&format!("/proc/{manager}/exe")).exists(), "the manager is gone");
    }

    #[tokio::test]
    async fn ceph_18_knows_users() {
        if let Some(reason) = crate::ceph::reef_unavailable() {
            return crate::machine::announce(&format!("skipped: {reason}"));
        }
        let ceph = Ceph::builder().reef().start().await.unwrap();
        let users = ceph.act("GET", "/cluster/user", &Value::Null);
        assert!(users.as_array().unwrap().iter().any(|user| user["entity"] == "client.admin"), "{users}");
    }
}
