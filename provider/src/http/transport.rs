//! The transport: sends requests, each as often as is safe, and never drops a write on the wire.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use tfplugin::process::caught;
use tfplugin::{Error, Result, operation};
use tracing::{Instrument, Level};

use super::budget::{Class, Host, Permit};
use super::failure::{Asked, Fault};
use super::retry::{Jitter, repeat};
use super::settings::header_value;
use super::{Answer, Explain, Origins, Redactor, Refusal, Request, Retry, Rule, Settings};

/// Sends requests to one backend.
///
/// StopProvider, the operation's deadline and a caller that goes away end waits and reads. A write that is on the wire
/// is awaited up to the timeout of a request: it runs in a task of its own, so that not even a dropped caller cuts it.
pub struct Transport {
    client: Client,
    /// Without a slash at its end.
    address: String,
    redactor: Redactor,
    host: Arc<Host>,
    rules: Vec<Rule>,
    retry: Retry,
    jitter: Jitter,
    timeout: Duration,
    origins: Origins,
    explain: Explain,
    calls: Mutex<BTreeMap<Class, u64>>,
}

impl Transport {
    /// A transport with these settings; it connects when something is sent.
    pub fn new(settings: Settings) -> Result<Self> {
        let address = settings.parse_address()?;
        Ok(Transport {
            client: settings.client()?,
            redactor: settings.redactor(),
            host: Host::of(address.origin().ascii_serialization(), &settings.rules, settings.concurrency),
            address: address.as_str().trim_end_matches('/').to_owned(),
            rules: settings.rules,
            retry: settings.retry,
            jitter: Jitter::new(),
            timeout: settings.timeout,
            origins: settings.origins,
            explain: settings.explain,
            calls: Mutex::default(),
        })
    }

    /// Sends a request and returns its answer: 2xx, or a status that the request accepts.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        request.path.check()?;
        let call = self.prepare(request)?;
        repeat(&self.retry, &self.jitter, &call.asked, |number| self.attempt(&call, number))
            .await
            .map_err(|given_up| given_up.into_error(&call.asked))
    }

    /// Requests that were sent, repetitions included, by method and class of endpoints.
    pub fn statistics(&self) -> BTreeMap<String, u64> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().map(|(class, count)| (class.to_string(), *count)).collect()
    }

    fn prepare(&self, request: Request) -> Result<Call> {
        let redactor = self.redactor.clone().with(&request.secrets);
        let text = format!("{}/{}", self.address, request.path.as_str());
        let mut url = Url::parse(&text).map_err(|source| Error::new(format!("the path is not valid: {source}")))?;
        let asked = Asked {
            method: request.method,
            url: redactor.redact(url.as_str()),
            repeatable: request.repeatable,
            purpose: request.purpose.map(|purpose| redactor.redact(&purpose)),
            confidential: request.confidential,
            redactor: redactor.with(&request.values),
            origins: self.origins,
        };
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let rule = self.rules.iter().find(|rule| rule.matches(request.method, request.path.as_str()));
        let mut headers = Vec::with_capacity(request.headers.len());
        for (name, value) in &request.headers {
            headers.push((*name, header_value(name, value)?));
        }
        Ok(Call {
            asked: Arc::new(asked),
            class: Class { method: request.method, pattern: rule.map(|rule| rule.pattern) },
            url,
            headers,
            body: request.body.encode(),
            accepted: request.accepted,
        })
    }

    /// One try: waits for its turn, then sends.
    async fn attempt(&self, call: &Call, number: u32) -> Result<Answer, Fault> {
        let permit = self.host.admit(call.class, &self.retry).await.map_err(Fault::Prevented)?;
        operation::proceed().map_err(Fault::Prevented)?;
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(call.class).or_default() += 1;

        let exchange = self.exchange(call, permit, number).run();
        if call.asked.method.reads() {
            return operation::cancellable(exchange).await.map_err(Fault::Prevented)?;
        }
        // The task is not part of the call that is caught, so its panic would be told as the end of the process.
        let cut_off = match tokio::spawn(caught("the exchange", exchange).in_current_span()).await {
            Ok(Ok(result)) => return result,
            Ok(Err(panic)) => call.asked.redactor.excerpt(&panic),
            Err(_) => "the process ends".to_owned(),
        };
        Err(Fault::Lost { problem: format!("was cut off: {cut_off}") })
    }

    fn exchange(&self, call: &Call, permit: Permit, number: u32) -> Exchange {
        let mut request = self.client.request(call.asked.method.into(), call.url.clone()).timeout(self.timeout);
        for (name, value) in &call.headers {
            request = request.header(*name, value.clone());
        }
        if let Some((content_type, bytes)) = &call.body {
            request = request.header(CONTENT_TYPE, *content_type).body(bytes.clone());
        }
        Exchange {
            request,
            asked: call.asked.clone(),
            query: call.url.query().map(str::to_owned),
            body: call.body.as_ref().map(|(_, bytes)| bytes.clone()),
            accepted: call.accepted.clone(),
            explain: self.explain,
            timeout: self.timeout,
            permit,
            number,
        }
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        let calls = self.calls.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !calls.is_empty() {
            let by_class: Vec<_> = calls.iter().map(|(class, count)| format!("{class}: {count}")).collect();
            let total: u64 = calls.values().sum();
            tracing::info!(address = self.address, total, calls = by_class.join(", "), "requests sent");
        }
    }
}

/// A request that is ready to be sent, more than once.
struct Call {
    asked: Arc<Asked>,
    class: Class,
    url: Url,
    headers: Vec<(&'static str, reqwest::header::HeaderValue)>,
    body: Option<(&'static str, Bytes)>,
    accepted: Vec<u16>,
}

/// One request on the wire; it owns all that it needs, so that it can outlive its caller.
struct Exchange {
    request: reqwest::RequestBuilder,
    asked: Arc<Asked>,
    query: Option<String>,
    body: Option<Bytes>,
    accepted: Vec<u16>,
    explain: Explain,
    timeout: Duration,
    permit: Permit,
    number: u32,
}

impl Exchange {
    async fn run(self) -> Result<Answer, Fault> {
        let Exchange { request, asked, query, body, accepted, explain, timeout, permit, number } = self;
        trace_body("request body", &asked, body.as_ref());
        let begin = Instant::now();
        let result = fetch(request, &asked, timeout).await;
        let duration_ms = begin.elapsed().as_millis();

        let (method, url) = (asked.method, &asked.url);
        let query = query.map(|query| asked.redactor.redact(&query)).unwrap_or_default();
        match &result {
            Ok(answer) => {
                let status = answer.status();
                tracing::debug!(%method, url, query, status, duration_ms, r#try = number, "exchange");
                trace_body("answer body", &asked, Some(&answer.body));
                permit.observe(answer);
            }
            Err(Fault::Unreachable { problem, .. } | Fault::Lost { problem }) => {
                tracing::debug!(%method, url, query, problem, duration_ms, r#try = number, "exchange");
            }
            Err(Fault::Prevented(_) | Fault::Refused { .. }) => {}
        }
        let answer = result?;
        if answer.status.is_success() || accepted.contains(&answer.status()) {
            return Ok(answer);
        }
        let refusal = Refusal::read(&answer, explain);
        Err(Fault::Refused { answer, refusal })
    }
}

/// Sends and reads to the end.
async fn fetch(request: reqwest::RequestBuilder, asked: &Arc<Asked>, timeout: Duration) -> Result<Answer, Fault> {
    let mut response = request.send().await.map_err(|error| Fault::of(&error, asked, timeout))?;
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let body = match response.bytes().await {
        Ok(body) => body,
        Err(error) if status.is_success() => return Err(Fault::of(&error, asked, timeout)),
        // A refusal is one even if its explanation is cut.
        Err(_) => Bytes::new(),
    };
    Ok(Answer { asked: asked.clone(), status, headers, body })
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
