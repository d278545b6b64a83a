//! The transport: sends requests, each as often as is safe, and never drops a write on the wire.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tfplugin::process::caught;
use tfplugin::{Error, Result};

use super::budget::Class;
use super::failure::{Asked, Fault};
use super::settings::header_value;
use super::wire::{Call, Wire};
use super::{Answer, Explain, Origins, Refusal, Request, Rule, Settings};

/// Sends requests to one backend.
pub struct Transport {
    wire: Wire,
    /// Without a slash at its end.
    address: String,
    rules: Vec<Rule>,
    origins: Origins,
    explain: Explain,
}

impl Transport {
    /// A transport with these settings; it connects when something is sent.
    pub fn new(settings: Settings) -> Result<Self> {
        let address = settings.parse_address()?;
        let base = address.as_str().trim_end_matches('/').to_owned();
        Ok(Transport {
            wire: Wire::new(&settings, base.clone(), address.origin().ascii_serialization())?,
            address: base,
            rules: settings.rules,
            origins: settings.origins,
            explain: settings.explain,
        })
    }

    /// Sends a request and returns its answer: 2xx, or a status that the request accepts.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        request.path.check()?;
        let accepted = request.accepted.clone();
        let call = self.prepare(request)?;
        self.wire.repeat(&call.asked, |number| self.attempt(&call, &accepted, number)).await
    }

    /// Requests that were sent, repetitions included, by method and class of endpoints.
    pub fn statistics(&self) -> BTreeMap<String, u64> {
        self.wire.statistics()
    }

    fn prepare(&self, request: Request) -> Result<Call> {
        let redactor = self.wire.redactor.clone().with(&request.secrets);
        let text = format!("{}/{}", self.address, request.path.as_str());
        let mut url = Url::parse(&text).map_err(|source| Error::new(format!("the path is not valid: {source}")))?;
        let asked = Asked {
            action: None,
            method: request.method,
            url: redactor.redact(url.as_str()),
            repeatable: request.repeatable,
            purpose: request.purpose.map(|purpose| redactor.redact(&purpose)),
            confidential: request.confidential,
            redactor: redactor.with(&request.values),
            origins: self.origins,
            places: request.places,
        };
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let rule = self.rules.iter().find(|rule| rule.matches(request.method, request.path.as_str()));
        let mut headers = HeaderMap::with_capacity(request.headers.len() + 1);
        for (name, value) in &request.headers {
            headers.append(HeaderName::from_static(name), header_value(name, value)?);
        }
        let body = request.body.encode().map(|(content_type, bytes)| {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            bytes
        });
        Ok(Call {
            class: Class { method: request.method, pattern: rule.map(|rule| rule.pattern) },
            method: request.method.into(),
            asked: Arc::new(asked),
            url,
            headers,
            body,
        })
    }

    async fn attempt(&self, call: &Call, accepted: &[u16], number: u32) -> Result<Answer, Fault> {
        let answer = self.wire.attempt(call, number).await?;
        if answer.status.is_success() || accepted.contains(&answer.status()) {
            return Ok(answer);
        }
        // A panic of what reads it must not hide that the request was sent.
        let read = async { Refusal::read(&answer, self.explain) };
        match caught("the exchange", read).await {
            Ok(refusal) => Err(Fault::Refused { answer, refusal }),
            Err(panic) => Err(call.asked.cut_off(&panic)),
        }
    }
}
