//! A client as plain as can be: every status is an answer.

use lab::GitLab;
use reqwest::header::HeaderMap;
use serde_json::Value;

/// A client with the lab's token.
pub struct Client {
    http: reqwest::Client,
    api: String,
    token: String,
}

/// Status, headers and body.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Client {
    pub fn of(lab: &GitLab) -> Self {
        Self { http: http(lab.pem.as_deref()), api: lab.api(), token: lab.token.clone() }
    }

    pub fn with_token(lab: &GitLab, token: &str) -> Self {
        Self { token: token.to_owned(), ..Self::of(lab) }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, &body).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send("PUT", path, &body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", path, &body).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, &Value::Null).await
    }

    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.try_send(method, path, body).await.expect("the lab answers")
    }

    pub async fn try_send(&self, method: &str, path: &str, body: &Value) -> Result<Reply, reqwest::Error> {
        let mut request = self
            .http
            .request(method.parse().expect("a method"), format!("{}{path}", self.api))
            .header("PRIVATE-TOKEN", &self.token);
        if !body.is_null() {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or_default();
        Ok(Reply { status, headers, text, body })
    }
}

impl Reply {
    /// Asserts the status and gives the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().expect("headers are ASCII")).unwrap_or("(absent)")
    }
}

/// An HTTP client that trusts a certificate, and no other where there is one.
pub fn http(pem: Option<&str>) -> reqwest::Client {
    // A second installation is refused, which is as good.
    rustls::crypto::ring::default_provider().install_default().ok();
    let mut builder = reqwest::Client::builder().no_proxy();
    if let Some(pem) = pem {
        let certificate = reqwest::Certificate::from_pem(pem.as_bytes()).expect("the lab's certificate is PEM");
        builder = builder.tls_certs_only([certificate]);
    }
    builder.build().expect("a client")
}
