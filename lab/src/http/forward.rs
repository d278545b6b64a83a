//! Forwarding a call, as it came, to the server behind a proxy.

use std::error::Error;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, TRANSFER_ENCODING};
use hyper::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::http::call::{Answer, Call};

/// Headers that belong to one connection and not to the call.
const OF_CONNECTION: [HeaderName; 3] = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING];

/// A server that calls are forwarded to, without TLS.
#[derive(Debug)]
pub struct Forwarder {
    authority: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Forwarder {
    /// Forwards to `host:port`.
    #[must_use]
    pub fn new(authority: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { authority: authority.to_owned(), client }
    }

    /// Sends the call and reads the answer to its end.
    ///
    /// # Errors
    ///
    /// The server does not answer.
    pub async fn forward(&self, call: &Call) -> Result<Answer, Box<dyn Error + Send + Sync>> {
        let uri = Uri::builder().scheme("http").authority(self.authority.as_str()).path_and_query(&*call.target);
        let mut request =
            Request::builder().method(&*call.method).uri(uri.build()?).body(Full::new(call.body.clone()))?;
        *request.headers_mut() = end_to_end(&call.headers);
        let (parts, body) = self.client.request(request).await?.into_parts();
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers = end_to_end(&parts.headers);
        Ok(Answer {
            headers: headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect(),
            body: body.collect().await?.to_bytes(),
            ..Answer::empty(parts.status.as_u16())
        })
    }
}

fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    OF_CONNECTION.iter().for_each(|name| drop(headers.remove(name)));
    headers
}
