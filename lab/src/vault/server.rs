//! The server as tests hold it: started, called, watched, sealed and stopped.

use std::collections::BTreeSet;
use std::io;
use std::ops::Deref;

use serde_json::{Value, json};

use crate::http::plain;
use crate::http::running::{Place, Running};
use crate::http::tls::Tls;
use crate::process::Process;
use crate::vault::process::{self, Ready};
use crate::vault::proxy::Upstream;

/// A running Vault. Dropping it stops it.
///
/// It is empty but for what each Vault has, and each start is another one: root token, keys and accessors differ.
/// Its address leads through the proxy, whose log and faults are those of [`Running`].
///
/// ```no_run
/// # async fn example() {
/// use lab::{Fault, Vault};
///
/// let vault = Vault::start().await;
/// vault.fault(Fault::on("GET", "/sys/mounts").status(473, ""));
/// // … use vault.url and vault.root_token …
/// assert_eq!(vault.count("GET", "/sys/mounts"), 1);
/// assert_eq!(vault.violations(), [""; 0]);
/// # }
/// ```
#[derive(Debug)]
pub struct Vault {
    /// Token with all rights.
    pub root_token: String,
    running: Running,
    process: Process<Ready>,
}

/// A Vault that is about to start.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    place: Place,
}

impl Vault {
    /// Starts one on a free port of the loopback address, after building the program where that was never done.
    ///
    /// # Panics
    ///
    /// Vault cannot be built, such as without Go, or does not start; the text says what to do.
    pub async fn start() -> Self {
        Self::builder().start().await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Chooses how to start.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Calls the API as root, past the proxy, its log and its faults: to prepare a state or to change one behind the
    /// back of whoever is tested. The path starts after `/v1` and arrives as it is; an absent body is `Value::Null`.
    ///
    /// The thread waits for the answer, a millisecond or two.
    ///
    /// # Panics
    ///
    /// Vault does not answer.
    #[must_use = "the status tells whether it worked"]
    pub fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.call_as(&self.root_token, method, path, body)
    }

    /// The same with another token; an empty one is sent as none.
    ///
    /// # Panics
    ///
    /// Vault does not answer.
    #[must_use = "the status tells whether it worked"]
    pub fn call_as(&self, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        // Vault refuses a PATCH of another content type, and takes JSON under any for the rest.
        let content_type = if method == "PATCH" { "application/merge-patch+json" } else { "application/json" };
        let mut headers = vec![("Content-Type", content_type)];
        headers.extend((!token.is_empty()).then_some(("X-Vault-Token", token)));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let target = format!("/v1{path}");
        let (status, text) = plain::exchange(&self.process.ready.address, method, &target, &headers, body.as_bytes())
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Makes a token with these policies and this time to live, such as `1h`.
    ///
    /// # Panics
    ///
    /// Vault refuses.
    #[must_use]
    pub fn token(&self, policies: &[&str], ttl: &str) -> String {
        let answer = self.act("POST", "/auth/token/create", &json!({ "policies": policies, "ttl": ttl }));
        answer["auth"]["client_token"].as_str().expect("a new token is a text").to_owned()
    }

    /// The accessors of all tokens that live, the root token's among them.
    ///
    /// # Panics
    ///
    /// Vault refuses.
    #[must_use]
    pub fn accessors(&self) -> BTreeSet<String> {
        let answer = self.act("LIST", "/auth/token/accessors", &Value::Null);
        let accessors = answer["data"]["keys"].as_array().into_iter().flatten();
        accessors.map(|accessor| accessor.as_str().expect("an accessor is a text").to_owned()).collect()
    }

    /// Seals it: until [`Vault::unseal`], it answers 503.
    ///
    /// # Panics
    ///
    /// Vault refuses.
    pub fn seal(&self) {
        self.act("PUT", "/sys/seal", &Value::Null);
    }

    /// Unseals it; what it held before it was sealed is there again.
    ///
    /// # Panics
    ///
    /// Vault refuses.
    pub fn unseal(&self) {
        let status = self.act("PUT", "/sys/unseal", &json!({ "key": self.process.ready.unseal_key }));
        assert_eq!(status["sealed"], false, "{status}");
    }

    /// Calls the API as [`Vault::call`] does, and demands that it succeeds.
    ///
    /// # Panics
    ///
    /// The status is no success.
    pub fn act(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(method, path, body);
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }
}

impl Deref for Vault {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

impl Builder {
    /// Speaks TLS with a self-signed certificate.
    #[must_use]
    pub fn tls(mut self) -> Self {
        self.place.tls = Tls::Server;
        self
    }

    /// The same, and demands the certificate that [`Running::client`] holds.
    #[must_use]
    pub fn mutual_tls(mut self) -> Self {
        self.place.tls = Tls::Mutual;
        self
    }

    /// Starts, after building the program where that was never done.
    ///
    /// # Errors
    ///
    /// Vault cannot be built, such as without Go, or does not start; the text says what to do.
    pub async fn start(self) -> io::Result<Vault> {
        let process = tokio::task::spawn_blocking(|| process::start(&[])).await.map_err(io::Error::other)??;
        let upstream = Upstream::new(&process.ready.address, &process.ready.token);
        let (running, _) = Running::start(self.place, |_| upstream).await?;
        Ok(Vault { root_token: process.ready.token.clone(), running, process })
    }
}
