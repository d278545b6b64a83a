//! A client of OpenBao as plain as can be: every status is an answer.

use lab::OpenBao;
use serde_json::{Value, json};

use crate::client::{Reply, http};

/// A client with a token, in a namespace or none.
#[derive(Clone)]
pub struct Bao {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
    namespace: Option<String>,
}

impl Bao {
    /// A client with the root token.
    pub fn of(lab: &OpenBao) -> Self {
        Self { http: http(lab.pem.as_deref()), url: lab.url.clone(), token: Some(lab.token.clone()), namespace: None }
    }

    /// The same client with another token, or none.
    pub fn with_token(&self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self.clone() }
    }

    /// The same client in a namespace.
    pub fn in_namespace(&self, namespace: &str) -> Self {
        Self { namespace: Some(namespace.to_owned()), ..self.clone() }
    }

    /// A client with a new token that has these policies.
    pub async fn of_policies(&self, policies: &[&str]) -> Self {
        let made = self.post("/auth/token/create", json!({ "policies": policies })).await.expect(200);
        self.with_token(made["auth"]["client_token"].as_str())
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &Value::Null).await
    }

    pub async fn list(&self, path: &str) -> Reply {
        self.send("LIST", path, &Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, &body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", path, &body).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, &Value::Null).await
    }

    /// Sends to a path after `/v1`.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        let url = format!("{}/v1{path}", self.url);
        let mut request = self.http.request(method.parse().expect("a method"), url);
        if let Some(token) = &self.token {
            request = request.header("X-Vault-Token", token);
        }
        if let Some(namespace) = &self.namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        if !body.is_null() {
            let merges = if method == "PATCH" { "merge-patch+" } else { "" };
            request = request.header("Content-Type", format!("application/{merges}json")).body(body.to_string());
        }
        Reply::of(request).await.expect("the lab answers")
    }
}
