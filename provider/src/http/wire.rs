//! The wire: one try of a request, from waiting for its turn to the last byte of the answer.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::ext::ReasonPhrase;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Url};
use tfplugin::process::caught;
use tfplugin::{Result, operation};
use tracing::{Instrument, Level};

use super::budget::{Class, Host, Permit};
use super::failure::{Asked, Fault};
use super::retry::{Jitter, repeat};
use super::{Answer, Redactor, Retry, Settings};

/// What sends to one server, or to some that share their limits.
///
/// StopProvider, the operation's deadline and a caller that goes away end waits and reads. A write that is on the wire
/// is awaited up to the timeout of a request: it runs in a task of its own, so that not even a dropped caller cuts it.
pub(super) struct Wire {
    client: Client,
    /// What the log calls it.
    name: String,
    host: Arc<Host>,
    retry: Retry,
    jitter: Jitter,
    timeout: Duration,
    pub(super) redactor: Redactor,
    calls: Mutex<BTreeMap<String, u64>>,
}

/// A request that is ready to be sent.
pub(super) struct Call {
    pub(super) asked: Arc<Asked>,
    pub(super) class: Class,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
}

impl Wire {
    /// A wire whose limits are those of all wires to `host`.
    pub(super) fn new(settings: &Settings, name: String, host: String) -> Result<Self> {
        Ok(Wire {
            client: settings.client()?,
            name,
            host: Host::of(host, &settings.rules, settings.concurrency),
            retry: settings.retry,
            jitter: Jitter::new(),
            timeout: settings.timeout,
            redactor: settings.redactor(),
            calls: Mutex::default(),
        })
    }

    /// Tries as often as is safe.
    pub(super) async fn repeat<T, F: Future<Output = Result<T, Fault>>>(
        &self,
        asked: &Asked,
        attempt: impl FnMut(u32) -> F,
    ) -> Result<T> {
        repeat(&self.retry, &self.jitter, asked, attempt).await.map_err(|given_up| given_up.into_error(asked))
    }

    /// Requests that were sent, repetitions included, by action or by method and class of endpoints.
    pub(super) fn statistics(&self) -> BTreeMap<String, u64> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One try: waits for its turn, then sends; any status is an answer.
    pub(super) async fn attempt(&self, call: &Call, number: u32) -> Result<Answer, Fault> {
        let permit = self.host.admit(call.class, &self.retry).await.map_err(Fault::Prevented)?;
        operation::proceed().map_err(Fault::Prevented)?;
        let name = call.asked.action.clone().unwrap_or_else(|| call.class.to_string());
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;

        let exchange = self.exchange(call, permit, number).run();
        if call.asked.method.reads() {
            return operation::cancellable(exchange).await.map_err(Fault::Prevented)?;
        }
        // The task is not part of the call that is caught, so its panic would be told as the end of the process.
        match tokio::spawn(caught("the exchange", exchange).in_current_span()).await {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => Err(call.asked.cut_off(&panic)),
            Err(_) => Err(call.asked.cut_off("the process ends")),
        }
    }

    fn exchange(&self, call: &Call, permit: Permit, number: u32) -> Exchange {
        let request = self.client.request(call.method.clone(), call.url.clone()).timeout(self.timeout);
        let request = request.headers(call.headers.clone());
        Exchange {
            request: match &call.body {
                Some(body) => request.body(body.clone()),
                None => request,
            },
            asked: call.asked.clone(),
            query: call.url.query().map(str::to_owned),
            body: call.body.clone(),
            timeout: self.timeout,
            permit,
            number,
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let calls = self.calls.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !calls.is_empty() {
            let by_class: Vec<_> = calls.iter().map(|(class, count)| format!("{class}: {count}")).collect();
            let total: u64 = calls.values().sum();
            tracing::info!(address = self.name, total, calls = by_class.join(", "), "requests sent");
        }
    }
}

/// One request on the wire; it owns all that it needs, so that it can outlive its caller.
struct Exchange {
    request: reqwest::RequestBuilder,
    asked: Arc<Asked>,
    query: Option<String>,
    body: Option<Bytes>,
    timeout: Duration,
    permit: Permit,
    number: u32,
}

impl Exchange {
    async fn run(self) -> Result<Answer, Fault> {
        let Exchange { request, asked, query, body, timeout, permit, number } = self;
        trace_body("request body", &asked, body.as_ref());
        let begin = Instant::now();
        let result = fetch(request, &asked, timeout).await;
        let duration_ms = begin.elapsed().as_millis();

        let (method, url, action) = (asked.method, &asked.url, asked.action.as_deref());
        let query = query.map(|query| asked.redactor.redact(&query)).unwrap_or_default();
        match &result {
            Ok(answer) => {
                let status = answer.status();
                tracing::debug!(action, %method, url, query, status, duration_ms, r#try = number, "exchange");
                trace_body("answer body", &asked, Some(&answer.body));
                permit.observe(answer);
            }
            Err(Fault::Unreachable { problem, .. } | Fault::Lost { problem }) => {
                tracing::debug!(action, %method, url, query, problem, duration_ms, r#try = number, "exchange");
            }
            Err(Fault::Prevented(_) | Fault::Refused { .. }) => {}
        }
        result
    }
}

/// Sends and reads to the end.
async fn fetch(request: reqwest::RequestBuilder, asked: &Arc<Asked>, timeout: Duration) -> Result<Answer, Fault> {
    let mut response = request.send().await.map_err(|error| Fault::of(&error, asked, timeout))?;
    let status = response.status();
    let reason = response.extensions().get::<ReasonPhrase>().map(|reason| reason.as_bytes().to_vec());
    let headers = std::mem::take(response.headers_mut());
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) if status.is_success() => return Err(Fault::of(&error, asked, timeout)),
        // A refusal is one even if its explanation is cut.
        Err(_) => Bytes::new(),
    };
    let reason = reason.map(|reason| String::from_utf8_lossy(&reason).into_owned());
    Ok(Answer { asked: asked.clone(), status, reason, headers, body })
}

/// Bodies are for the log of last resort, and Terraform takes at most 64 KiB in a line.
fn trace_body(what: &str, asked: &Asked, body: Option<&Bytes>) {
    const LENGTH: usize = 16 * 1024;
    let Some(body) = body.filter(|body| !body.is_empty() && !asked.confidential && tracing::enabled!(Level::TRACE))
    else {
        return;
    };
    let text = asked.redactor.redact(&String::from_utf8_lossy(body));
    let end = text.floor_char_boundary(LENGTH);
    tracing::trace!(method = %asked.method, url = asked.url, body = &text[..end], "{what}");
}
