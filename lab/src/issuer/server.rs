//! The issuer as tests hold it: what Vault asks it, and the tokens that it signs.

use std::net::TcpListener;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::blocking::Carrier;
use crate::http::call::{Answer, Call};
use crate::http::serve::{self, Api, Instruments};
use crate::http::tls;
use crate::issuer::job::Job;
use crate::issuer::key::Key;

const DISCOVERY: &str = "/.well-known/openid-configuration";
const KEYS: &str = "/oauth/discovery/keys";

/// A running issuer. Dropping it stops it.
///
/// It is served from a thread of its own, so that it answers while a test waits for Vault, which asks it.
#[derive(Debug)]
pub struct Issuer {
    /// Address, and the claim `iss` of its tokens.
    pub url: String,
    /// Certificate to trust, where it speaks TLS.
    pub pem: Option<String>,
    key: Arc<Key>,
    _carrier: Carrier,
}

/// What the issuer tells the world.
#[derive(Debug)]
struct Site {
    url: String,
    key: Arc<Key>,
}

impl Issuer {
    /// Starts one with a new key on a free port of the loopback address.
    ///
    /// # Panics
    ///
    /// The system has no port or no thread left.
    #[must_use]
    pub fn start() -> Self {
        Self::serve(None)
    }

    /// The same over TLS, with a self-signed certificate.
    ///
    /// # Panics
    ///
    /// The system has no port or no thread left.
    #[must_use]
    pub fn start_tls() -> Self {
        Self::serve(Some(tls::self_signed()))
    }

    fn serve(identity: Option<tls::Identity>) -> Self {
        let carrier = Carrier::new().expect("a thread is free");
        // A test may have a runtime of its own, in which none may wait for another.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        listener.set_nonblocking(true).expect("a listener can be asked without a wait");
        let address = listener.local_addr().expect("a listener has an address");
        let url = format!("{}://{address}", if identity.is_some() { "https" } else { "http" });
        let key = Arc::new(Key::generate());
        let site = Arc::new(Site { url: url.clone(), key: Arc::clone(&key) });
        let (acceptor, pem) = identity.map(|identity| (identity.acceptor, identity.pem)).unzip();
        carrier.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("the runtime watches sockets");
            serve::serve(listener, acceptor, site, Arc::new(Instruments::default())).await;
        });
        Self { url, pem, key, _carrier: carrier }
    }

    /// Where its keys are, for `jwks_url`.
    #[must_use]
    pub fn keys_url(&self) -> String {
        format!("{}{KEYS}", self.url)
    }

    /// A job of this project, by its full path.
    #[must_use]
    pub fn job(&self, project: &str) -> Job<'_> {
        Job::new(self, project)
    }

    /// Signs any claims.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        self.key.sign(claims)
    }
}

impl Api for Site {
    fn prefix(&self) -> &'static str {
        ""
    }

    async fn answer(&self, call: &Call, _instruments: &Instruments) -> Answer {
        match (call.method.as_str(), call.path.as_str()) {
            ("GET", DISCOVERY) => Answer::json(
                200,
                &json!({
                    "issuer": self.url,
                    "authorization_endpoint": format!("{}/oauth/authorize", self.url),
                    "token_endpoint": format!("{}/oauth/token", self.url),
                    "jwks_uri": format!("{}{KEYS}", self.url),
                    "response_types_supported": ["code"],
                    "subject_types_supported": ["public"],
                    "id_token_signing_alg_values_supported": ["ES256"],
                }),
            ),
            ("GET", KEYS) => Answer::json(200, &json!({ "keys": [self.key.public()] })),
            _ => Answer::json(404, &json!({ "error": "404 Not Found" })),
        }
    }
}
