//! The transport under the clients of an SDK: the SDK writes, signs and reads; waiting for a turn, sending, tracing and
//! repetition are the same as everywhere.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};
use tfplugin::{Error, Result};

use super::budget::Class;
use super::failure::{Asked, Fault};
use super::wire::{Call, Wire};
use super::{Answer, Method, Origins, Refusal, Settings};

tokio::task_local! {
    /// What the task asks of a service, for the connector that the SDK calls.
    static TRY: Try;
}

#[derive(Clone)]
struct Try {
    asked: Arc<Asked>,
    class: Class,
    number: u32,
}

/// Says what an error of a service means, by its code and message.
pub type ExplainError = fn(&ErrorMetadata) -> Refusal;

/// What is asked of a service.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// The service: the pattern of the rule that limits it.
    pub service: &'static str,
    /// Name of the operation, such as `CreateRole`.
    pub name: &'static str,
    /// What it is like: GET reads, PUT can be repeated, POST cannot, DELETE deletes.
    pub method: Method,
}

/// Calls operations of an SDK's clients, each as often as is safe. A clone is the same one.
#[derive(Clone)]
pub struct Sdk {
    wire: Arc<Wire>,
    origins: Origins,
    explain: ExplainError,
}

impl Sdk {
    /// Sends with these settings, whose address only names the whole; who has the same `limits` shares the rates.
    pub fn new(settings: &Settings, limits: String, explain: ExplainError) -> Result<Self> {
        let wire = Wire::new(settings, settings.address.clone(), limits)?;
        Ok(Sdk { wire: Arc::new(wire), origins: settings.origins, explain })
    }

    /// The client under those of services, which are called by [`call`](Self::call) only.
    pub fn http_client(&self) -> SharedHttpClient {
        self.client(true)
    }

    /// The client under what finds credentials: it has its own repetition, and its bodies are never logged.
    pub fn credentials_client(&self) -> SharedHttpClient {
        self.client(false)
    }

    fn client(&self, of_service: bool) -> SharedHttpClient {
        let limit = None;
        SharedHttpClient::new(Connector { wire: self.wire.clone(), origins: self.origins, of_service, limit })
    }

    /// Sends what `send` makes, as often as is safe.
    pub async fn call<T, E, F>(&self, action: Action, send: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let class = Class { method: Method::Post, pattern: Some(action.service) };
        let asked = Arc::new(Asked {
            action: Some(format!("{}:{}", action.service, action.name)),
            method: action.method,
            url: String::new(),
            repeatable: action.method != Method::Post,
            purpose: None,
            confidential: false,
            places: BTreeMap::new(),
            redactor: self.wire.redactor.clone(),
            origins: self.origins,
        });
        let attempt = |number| {
            let this = Try { asked: asked.clone(), class, number };
            let answer = TRY.scope(this, Box::pin(send()));
            async { answer.await.map_err(|error| self.fault(&asked, error)) }
        };
        self.wire.repeat(&asked, attempt).await
    }

    fn fault<E>(&self, asked: &Arc<Asked>, error: SdkError<E, HttpResponse>) -> Fault
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        match error {
            SdkError::ServiceError(error) => {
                let refusal = (self.explain)(error.err().meta());
                let answer = refused(asked, error.raw());
                let refusal = refusal.to(&answer);
                Fault::Refused { answer, refusal }
            }
            SdkError::ResponseError(error) => {
                let answer = refused(asked, error.raw());
                let text = asked.redactor.excerpt(&answer.text());
                Fault::Lost {
                    problem: format!("answered {} with something else than its API: {text}", answer.status()),
                }
            }
            other => match carried(&other) {
                Some(carried) if carried.of_service => carried.fault.clone(),
                // Whatever became of the calls for credentials, the action itself was not sent.
                _ => Fault::Prevented(not_sent(&other, self.origins)),
            },
        }
    }
}

fn refused(asked: &Arc<Asked>, raw: &HttpResponse) -> Answer {
    let headers = raw.headers().iter().filter_map(|(name, value)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
    });
    Answer {
        asked: asked.clone(),
        status: StatusCode::from_u16(raw.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        reason: None,
        headers: headers.collect(),
        body: raw.body().bytes().map(Bytes::copy_from_slice).unwrap_or_default(),
    }
}

/// The fault of our connector that an error of the SDK carries.
fn carried<'e>(error: &'e (dyn StdError + 'static)) -> Option<&'e Carried> {
    chain(error).find_map(|cause| cause.downcast_ref())
}

/// What failed before anything was sent: no credentials, or input that the SDK refuses.
fn not_sent(error: &(dyn StdError + 'static), origins: Origins) -> Error {
    let mut texts: Vec<String> = chain(error).filter_map(said).collect();
    texts.dedup();
    Error::new(texts.join(": ")).hint(format!("Check the credentials in {}.", origins.credential))
}

/// Words of the SDK that only name a layer of an error.
const LAYERS: [&str; 6] =
    ["dispatch failure", "failed to construct request", "io error", "other", "service error", "user error"];

/// What one error of a chain says.
fn said(cause: &(dyn StdError + 'static)) -> Option<String> {
    if let Some(refused) = cause.downcast_ref::<ErrorMetadata>() {
        let parts: Vec<&str> = [refused.code(), refused.message()].into_iter().flatten().collect();
        return Some(parts.join(": "));
    }
    let text = cause.to_string();
    let names_a_layer = LAYERS.contains(&text.as_str()) || text.starts_with("unhandled error");
    (!names_a_layer).then_some(text)
}

fn chain<'e>(error: &'e (dyn StdError + 'static)) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    fn inner<'e>(error: &&'e (dyn StdError + 'static)) -> Option<&'e (dyn StdError + 'static)> {
        let error: &'e (dyn StdError + 'static) = *error;
        error.source()
    }
    std::iter::successors(Some(error), inner)
}

/// A fault on its way through the SDK.
struct Carried {
    fault: Fault,
    /// Whether a call of a service failed so, and not one for credentials.
    of_service: bool,
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::Prevented(error) => write!(f, "{error}"),
            Fault::Unreachable { problem, .. } | Fault::Lost { problem } => f.write_str(problem),
            Fault::Refused { refusal, .. } => f.write_str(&refusal.message),
        }
    }
}

impl StdError for Carried {}

impl Carried {
    /// What the SDK may repeat itself when it looks for credentials.
    fn into_error(self) -> ConnectorError {
        match &self.fault {
            Fault::Unreachable { .. } | Fault::Lost { .. } => ConnectorError::io(self.into()),
            Fault::Prevented(_) | Fault::Refused { .. } => ConnectorError::user(self.into()),
        }
    }
}

#[derive(Clone)]
struct Connector {
    wire: Arc<Wire>,
    origins: Origins,
    of_service: bool,
    /// The SDK asks an instance's metadata with a limit of a second, since there may be none to answer.
    limit: Option<Duration>,
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let limit = settings.connect_timeout().zip(settings.read_timeout()).map(|(connect, read)| connect + read);
        SharedHttpConnector::new(Connector { limit: limit.filter(|_| !self.of_service), ..self.clone() })
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        HttpConnectorFuture::new(async move {
            let sent = connector.send(request);
            let answer = match connector.limit {
                Some(limit) => {
                    tokio::time::timeout(limit, sent).await.map_err(|late| ConnectorError::timeout(late.into()))?
                }
                None => sent.await,
            };
            let of_service = connector.of_service;
            let answer = answer.map_err(|fault| Carried { fault, of_service }.into_error())?;
            let status = answer.status().try_into().map_err(|source| ConnectorError::user(Box::new(source)))?;
            let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
            for (name, value) in &answer.headers {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                response.headers_mut().append(name.as_str().to_owned(), value);
            }
            Ok(response)
        })
    }
}

impl Connector {
    async fn send(&self, request: HttpRequest) -> Result<Answer, Fault> {
        let url = Url::parse(request.uri()).map_err(|source| malformed(&source))?;
        let method = request.method().parse().map_err(|source| malformed(&source))?;
        let mut headers = HeaderMap::new();
        for (name, value) in request.headers() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|source| malformed(&source))?;
            headers.append(name, HeaderValue::from_str(value).map_err(|source| malformed(&source))?);
        }
        let this = TRY.try_with(Try::clone).ok().filter(|_| self.of_service);
        let mut shown = url.clone();
        shown.set_query(None);
        let this = match this {
            Some(this) => Try { asked: Arc::new(Asked { url: shown.into(), ..(*this.asked).clone() }), ..this },
            None => self.for_credentials(&method, shown),
        };
        let body = request.body().bytes().filter(|body| !body.is_empty()).map(Bytes::copy_from_slice);
        let call = Call { asked: this.asked, class: this.class, method, url, headers, body };
        self.wire.attempt(&call, this.number).await
    }

    fn for_credentials(&self, method: &reqwest::Method, url: Url) -> Try {
        let method = if method == reqwest::Method::GET { Method::Get } else { Method::Put };
        let asked = Asked {
            action: None,
            method,
            url: url.into(),
            repeatable: true,
            purpose: None,
            confidential: true,
            places: BTreeMap::new(),
            redactor: self.wire.redactor.clone(),
            origins: self.origins,
        };
        Try { asked: Arc::new(asked), class: Class { method, pattern: Some("credentials") }, number: 1 }
    }
}

fn malformed(source: &dyn StdError) -> Fault {
    Fault::Prevented(Error::new(format!("the SDK made a request that cannot be sent: {source}")))
}
