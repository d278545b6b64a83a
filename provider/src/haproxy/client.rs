//! The connection to the Data Plane API, version 3.

use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tfplugin::batch::Batches;
use tfplugin::collection::Collections;
use tfplugin::prelude::*;
use tfplugin::value::{Object, Value, from_plain_json};

use super::config::{ADDRESS, Config, no_user};
use super::map_store::MapStore;
use super::route_change::{self, RouteChange};
use super::section::SectionKind;
use super::transactions::{self, Step};
use crate::http::{Answer, ApiPath, Request, Transport, path};

/// A connection to one HAProxy.
pub struct HaProxy {
    api: Arc<Api>,
    transactions: Arc<Batches<Step, ()>>,
    routes: Arc<Batches<RouteChange, ()>>,
}

/// The API, as those who wait and those who work for them share it.
pub struct Api {
    transport: Transport,
    has_user: bool,
    /// How long HAProxy may take for a reload.
    pub patience: Duration,
    /// The machine that HAProxy runs on; none where its ports are not to be tried.
    pub host: Option<String>,
    /// Whether a refresh looks into the files of certificates.
    pub checks_certificates: bool,
    /// The maps of routes.
    pub maps: MapStore,
    /// Held by who removes a certificate: two at once would not see which of them is the last of its directory.
    pub removal: tokio::sync::Mutex<()>,
    collections: Collections,
    /// Backends that routes lead to.
    backends: Mutex<BTreeSet<String>>,
}

impl Client for HaProxy {
    const NAME: &'static str = "haproxy";
    const DOC: &'static str = "HAProxy to manage, through its Data Plane API.";
    const TITLE: &'static str = "HAProxy";
    type Config = Config;

    async fn connect(config: Config) -> Result<HaProxy> {
        let api = Arc::new(Api {
            transport: Transport::new(config.settings()?)?,
            has_user: config.has_user(),
            patience: config.patience(),
            host: config.host(),
            checks_certificates: config.checks_certificates(),
            maps: MapStore::default(),
            removal: tokio::sync::Mutex::default(),
            collections: Collections::default(),
            backends: Mutex::default(),
        });
        let (for_transactions, for_routes) = (api.clone(), api.clone());
        Ok(HaProxy {
            api,
            transactions: Batches::new(move |batch| transactions::carry_out(for_transactions.clone(), batch)),
            routes: Batches::new(move |batch| route_change::carry_out(for_routes.clone(), batch)),
        })
    }
}

impl Deref for HaProxy {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl HaProxy {
    /// Changes a section in the transaction that all who wait share. It succeeds when a new worker of HAProxy runs with it.
    pub async fn change(&self, step: Step) -> Result<()> {
        self.transactions.submit(step).await
    }

    /// The API, for work that is not done by who asks for it.
    pub fn shared(&self) -> Arc<Api> {
        self.api.clone()
    }

    /// Changes the entries of routes, together with all who wait.
    pub async fn route(&self, change: RouteChange) -> Result<()> {
        self.routes.submit(change).await
    }
}

impl Api {
    /// Sends a request. That there is no user is told here, since the check of an edge asks the API for nothing.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        match self.has_user {
            true => self.transport.send(request).await,
            false => Err(no_user()),
        }
    }

    /// Reads an object; none when the API says that there is none.
    pub async fn look_up(&self, path: ApiPath) -> Result<Option<Object>> {
        self.find(Request::get(path)).await
    }

    /// A section with all that stands in it: from the list of its kind, which is read once for all who ask, or by itself
    /// after a change.
    pub async fn section(&self, kind: SectionKind, name: &str) -> Result<Option<Object>> {
        let list = self.collections.read(kind.list(), || self.sections(kind)).await?;
        match list {
            Some(sections) => Ok(sections.get(name).cloned()),
            None => self.current_section(kind, name).await,
        }
    }

    /// A section as it is now.
    pub async fn current_section(&self, kind: SectionKind, name: &str) -> Result<Option<Object>> {
        self.find(Request::get(section_path(kind, name)).query("full_section", true)).await
    }

    async fn find(&self, request: Request) -> Result<Option<Object>> {
        if_there(self.send(request).await)?.as_ref().map(object).transpose()
    }

    async fn sections(&self, kind: SectionKind) -> Result<BTreeMap<String, Object>> {
        let list = Request::get(path!("services/haproxy/configuration" / kind.list())).query("full_section", true);
        let answer = self.send(list).await?;
        let named = objects(&answer)?.into_iter().filter_map(|section| Some((text(&section, "name")?, section)));
        Ok(named.collect())
    }

    /// Where HAProxy finds the files of certificates, by their storage names: read once for all who ask, and none after a
    /// change.
    pub async fn certificates(&self) -> Result<Option<Arc<BTreeMap<String, String>>>> {
        let load = || async {
            let files = objects(&self.send(Request::get(certificate_files())).await?)?;
            Ok(files.iter().filter_map(|file| Some((text(file, "storage_name")?, text(file, "file")?))).collect())
        };
        self.collections.read(CERTIFICATES, load).await
    }

    /// Whether there is a backend: one that was there once is not asked for again.
    pub async fn has_backend(&self, name: &str) -> Result<bool> {
        if self.backends().contains(name) {
            return Ok(true);
        }
        let there = self.section(SectionKind::Backend, name).await?.is_some();
        if there {
            self.backends().insert(name.to_owned());
        }
        Ok(there)
    }

    fn backends(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.backends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks what was read of certificates as old.
    pub fn wrote_certificates(&self) {
        self.collections.wrote(CERTIFICATES);
    }

    /// Marks what was read of sections as old.
    pub fn wrote_sections(&self) {
        self.collections.wrote(SectionKind::Frontend.list());
        self.collections.wrote(SectionKind::Backend.list());
    }

    /// The text of the configuration, which may hold secrets, with its version in the header `Configuration-Version`.
    pub async fn configuration(&self) -> Result<Answer> {
        self.send(Request::get(path!("services/haproxy/configuration/raw")).confidential()).await
    }

    /// Number of the worker's process.
    pub async fn worker(&self) -> Result<u64> {
        let answer = self.send(Request::get(path!("services/haproxy/runtime/info"))).await?;
        answer.json()?.pointer("/info/pid").and_then(serde_json::Value::as_u64).ok_or_else(|| unexpected(&answer))
    }

    /// The configuration's version, which every commit raises.
    pub async fn version(&self) -> Result<u64> {
        let answer = self.send(Request::get(path!("services/haproxy/configuration/version"))).await?;
        answer.json()?.as_u64().ok_or_else(|| unexpected(&answer))
    }
}

/// The list of certificates among those that are read once.
const CERTIFICATES: &str = "ssl_certificates";

/// Where the files of certificates are.
pub fn certificate_files() -> ApiPath {
    path!("services/haproxy/storage/ssl_certificates")
}

/// Where a section is.
pub fn section_path(kind: SectionKind, name: &str) -> ApiPath {
    path!("services/haproxy/configuration" / kind.list() / name)
}

/// The object in an answer.
pub fn object(answer: &Answer) -> Result<Object> {
    match from_plain_json(answer.json()?) {
        Value::Map(object) => Ok(object),
        _ => Err(unexpected(answer)),
    }
}

/// The objects in an answer.
pub fn objects(answer: &Answer) -> Result<Vec<Object>> {
    let Value::List(elements) = from_plain_json(answer.json()?) else { return Err(unexpected(answer)) };
    let objects = elements.into_iter().map(|element| match element {
        Value::Map(object) => Ok(object),
        _ => Err(unexpected(answer)),
    });
    objects.collect()
}

/// A text of an object.
pub fn text(object: &Object, name: &str) -> Option<String> {
    object.get(name)?.as_str().map(str::to_owned)
}

/// An answer that is no Data Plane API's.
pub fn unexpected(answer: &Answer) -> Error {
    let (method, url) = (answer.method(), answer.url());
    Error::new(format!("{method} {url} answered {} with something that no Data Plane API answers", answer.status()))
        .hint(format!("Check that {ADDRESS} leads to a Data Plane API."))
}
