//! A client of Proxmox VE as plain as can be: every status is an answer.

use std::collections::BTreeMap;

use hyper::ext::ReasonPhrase;
use lab::Proxmox;
use serde_json::Value;

use crate::client::http;

/// A client that says who it is in one way or another.
#[derive(Clone)]
pub struct Pve {
    http: reqwest::Client,
    url: String,
    headers: BTreeMap<&'static str, String>,
}

/// Status, reason and body.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub reason: String,
    pub closes: bool,
    pub text: String,
    pub body: Value,
}

impl Pve {
    /// A client with root's token.
    pub fn of(lab: &Proxmox) -> Self {
        let nobody = Self { http: http(lab.pem.as_deref()), url: lab.url.clone(), headers: BTreeMap::new() };
        nobody.with_token(&lab.token)
    }

    /// The same client with another token.
    pub fn with_token(&self, token: &str) -> Self {
        let headers = BTreeMap::from([("Authorization", format!("PVEAPIToken={token}"))]);
        Self { headers, ..self.clone() }
    }

    /// The same client with a ticket, and with what protects it from forged calls or without.
    pub fn with_ticket(&self, ticket: &str, csrf: Option<&str>) -> Self {
        let mut headers = BTreeMap::from([("Cookie", format!("PVEAuthCookie={}", ticket.replace(':', "%3A")))]);
        headers.extend(csrf.map(|csrf| ("CSRFPreventionToken", csrf.to_owned())));
        Self { headers, ..self.clone() }
    }

    /// The same client without a word about who it is.
    pub fn unknown(&self) -> Self {
        Self { headers: BTreeMap::new(), ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[]).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, &[]).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        self.send("POST", path, form).await
    }

    pub async fn put(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        self.send("PUT", path, form).await
    }

    /// Sends a form to a path after `/api2/json`.
    pub async fn send(&self, method: &str, path: &str, form: &[(&str, &str)]) -> Reply {
        let pairs: Vec<String> =
            form.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let body = pairs.join("&").into_bytes();
        let kind = (!form.is_empty()).then_some("application/x-www-form-urlencoded");
        self.exchange(method, path, kind, body).await
    }

    /// Sends any body.
    pub async fn exchange(&self, method: &str, path: &str, kind: Option<&str>, body: Vec<u8>) -> Reply {
        let url = format!("{}/api2/json{path}", self.url);
        let mut request = self.http.request(method.parse().expect("a method"), url);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(kind) = kind {
            request = request.header("Content-Type", kind).body(body);
        }
        let response = request.send().await.expect("the lab answers");
        let said = response.extensions().get::<ReasonPhrase>();
        let reason = said.map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned());
        let status = response.status();
        let closes = response.headers().get("connection").is_some_and(|value| value == "close");
        let text = response.text().await.expect("the body is whole");
        let body = serde_json::from_str(&text).unwrap_or_default();
        let reason = reason.or(status.canonical_reason().map(str::to_owned)).unwrap_or_default();
        Reply { status: status.as_u16(), reason, closes, text, body }
    }
}

impl Reply {
    /// The data of an answer with 200.
    #[track_caller]
    pub fn data(self) -> Value {
        assert_eq!(self.status, 200, "{} {}", self.reason, self.text);
        self.body["data"].clone()
    }
}

pub fn encode(text: &str) -> String {
    lab::http::call::encode(text)
}
