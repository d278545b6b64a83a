//! A client of the Data Plane API as plain as can be: every status is an answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lab::HaProxy;
use serde_json::Value;

use crate::client::{Reply, http};

/// A client with the name and the password of an edge.
pub struct Edge {
    http: reqwest::Client,
    url: String,
    authorization: String,
}

impl Edge {
    pub fn of(lab: &HaProxy) -> Self {
        Self::with_password(lab, &lab.password)
    }

    pub fn with_password(lab: &HaProxy, password: &str) -> Self {
        let pair = STANDARD.encode(format!("{}:{password}", lab.user));
        Self { http: http(lab.pem.as_deref()), url: lab.url.clone(), authorization: format!("Basic {pair}") }
    }

    /// Sends JSON to a path after `/v3/services/haproxy`; `Value::Null` is no body.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.send_text(method, &format!("/v3/services/haproxy{path}"), "application/json", text).await
    }

    /// Sends any body to a whole path.
    pub async fn send_text(&self, method: &str, path: &str, content_type: &str, body: String) -> Reply {
        let request = self.http.request(method.parse().expect("a method"), format!("{}{path}", self.url));
        let request = request.header("Authorization", &self.authorization);
        let request = if body.is_empty() { request } else { request.header("Content-Type", content_type).body(body) };
        Reply::of(request).await.expect("the lab answers")
    }

    /// Uploads a file.
    pub async fn upload(&self, path: &str, name: &str, content: &str) -> Reply {
        let (content_type, body) = multipart(name, content);
        self.send_text("POST", &format!("/v3/services/haproxy{path}"), &content_type, body).await
    }
}

/// The type and the text of a body with one file.
pub fn multipart(name: &str, content: &str) -> (String, String) {
    let disposition = format!("Content-Disposition: form-data; name=\"file_upload\"; filename=\"{name}\"");
    let body = format!("--X\r\n{disposition}\r\nContent-Type: text/plain\r\n\r\n{content}\r\n--X--\r\n");
    ("multipart/form-data; boundary=X".to_owned(), body)
}

/// A certificate for a name, with its key.
pub fn certificate(name: &str) -> String {
    let mut params = rcgen::CertificateParams::new([name.to_owned()]).expect("a name");
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let key = rcgen::KeyPair::generate().expect("ring makes P-256 keys");
    let certificate = params.self_signed(&key).expect("it signs itself");
    format!("{}{}", certificate.pem(), key.serialize_pem()).replace('\r', "")
}
