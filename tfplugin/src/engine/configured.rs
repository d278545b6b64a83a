//! One configuration of the provider: the connections that it leads to, made on first use.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::backend::{AnyClient, Backend};
use crate::engine::apply::Claims;
use crate::engine::provider::Position;
use crate::operation::Operation;
use crate::schema::check::parse_duration;
use crate::schema::{Field, Kind, completed_value, member, validate};
use crate::value::{Gather, Object, Value};
use crate::{Error, Result};

/// What ConfigureProvider leaves behind. Each configuration starts with no connections, and so with empty caches.
#[derive(Default)]
pub(crate) struct Configured {
    config: Option<Object>,
    /// A connection that failed stays so: a hundred resources that log in with a wrong secret would lock the account.
    connections: BTreeMap<&'static str, OnceCell<Result<AnyClient>>>,
    pub stop: CancellationToken,
    pub claims: Claims,
    /// What was opened for the run and is not closed.
    open: Mutex<Vec<Opened>>,
}

/// An ephemeral resource that is open: its backend, its place there, and what it is closed with.
#[derive(PartialEq, Eq)]
struct Opened {
    backend: usize,
    index: usize,
    handle: Vec<u8>,
}

impl Opened {
    fn at(position: &Position, handle: &[u8]) -> Self {
        Opened { backend: position.backend, index: position.index, handle: handle.to_vec() }
    }
}

impl Configured {
    pub(crate) fn new(backends: &[Backend], config: Object) -> Self {
        let connections = backends.iter().map(|backend| (backend.name, OnceCell::new()));
        Configured { config: Some(config), connections: connections.gather(), ..Configured::default() }
    }

    /// Whether something in the backend's configuration is not known yet.
    pub(crate) fn is_unknown(&self, backend: &Backend) -> bool {
        !self.given(backend).is_wholly_known()
    }

    /// What the provider's configuration says about the backend; null where it says nothing.
    pub(crate) fn given(&self, backend: &Backend) -> &Value {
        self.config.as_ref().map_or(&Value::Null, |config| member(config, backend.name))
    }

    /// What the backend is connected with, completed by the environment and the defaults; none while something in it is not
    /// known.
    pub(crate) fn settings(&self, backend: &Backend) -> Result<Option<Object>> {
        let given = self.given(backend);
        given.is_wholly_known().then(|| with_environment(backend.config, given.as_map())).transpose()
    }

    /// The backend's client; the first caller connects while the others wait.
    pub(crate) async fn client(&self, backend: &Backend) -> Result<AnyClient> {
        let (Some(_), Some(connection)) = (&self.config, self.connections.get(backend.name)) else {
            return Err(Error::new("the provider is not configured"));
        };
        let client = connection.get_or_init(|| async {
            let Some(config) = self.settings(backend)? else {
                let text = format!("the configuration of `{}` is not known yet", backend.name);
                let hint =
                    "It depends on something that is only known after the apply: apply that first, with `-target`.";
                return Err(Error::new(text).hint(hint).at_attribute(backend.name));
            };
            if let Some(problem) = validate(backend.config, backend.rules, &config).errors.into_iter().next() {
                return Err(problem.context(format!("the configuration of `{}`", backend.name)));
            }
            Operation::new(self.stop.clone(), None).run((backend.connect)(Value::Map(config))).await
        });
        client.await.clone()
    }

    /// Remembers what was opened until it is closed.
    pub(crate) fn opened(&self, position: &Position, handle: &[u8]) {
        self.open().push(Opened::at(position, handle));
    }

    /// Forgets what is closed, or about to be.
    pub(crate) fn closes(&self, position: &Position, handle: &[u8]) {
        let (mut open, closing) = (self.open(), Opened::at(position, handle));
        if let Some(at) = open.iter().position(|one| *one == closing) {
            open.swap_remove(at);
        }
    }

    fn open(&self) -> MutexGuard<'_, Vec<Opened>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes what core has left open, as terraform 1.11 does where something that uses it fails.
    async fn close(&self, backends: &[Backend], Opened { backend, index, handle }: Opened) {
        let backend = &backends[backend];
        let ephemeral = &backend.ephemerals[index];
        let closed = match self.client(backend).await {
            Ok(client) => ephemeral.close(client, handle).await,
            Err(error) => Err(error),
        };
        if let Err(error) = closed {
            tracing::warn!(%error, kind = ephemeral.table().name, "what was opened for this run lives until it expires");
        }
    }

    /// Closes what is open, and ends the sessions.
    pub(crate) async fn disconnect(&self, backends: &[Backend]) {
        let open = std::mem::take(&mut *self.open());
        join_all(open.into_iter().map(|one| self.close(backends, one))).await;
        for backend in backends {
            if let Some(client) = self.connections.get(backend.name).and_then(OnceCell::get) {
                let Ok(client) = client else { continue };
                (backend.disconnect)(client.clone()).await;
            }
        }
    }
}

/// The configuration, completed by the environment variables and the defaults of the table.
fn with_environment(fields: &[Field], given: Option<&Object>) -> Result<Object> {
    let completed = fields.iter().map(|field| {
        let given = given.map_or(&Value::Null, |given| member(given, field.name));
        let value = match (&field.kind, given) {
            (_, Value::Null) => match from_environment(field)? {
                Some(value) => value,
                None => field.default.map(|default| default()).unwrap_or_default(),
            },
            (Kind::Object(fields), Value::Map(members)) => Value::Map(with_environment(fields, Some(members))?),
            _ => completed_value(&field.kind, given.clone()),
        };
        Ok((field.name.to_owned(), value))
    });
    completed.try_gather()
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads what the table's `env` names")]
fn from_environment(field: &Field) -> Result<Option<Value>> {
    let set = |name: &&'static str| Some((*name, std::env::var(name).ok().filter(|text| !text.is_empty())?));
    let Some((name, text)) = field.env.iter().find_map(set) else { return Ok(None) };
    let value = crate::schema::from_api(field, plain(field, text)).and_then(|value| {
        let config = Object::from([(field.name.to_owned(), value.clone())]);
        match validate(std::slice::from_ref(field), &[], &config).errors.into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(Some(value)),
        }
    });
    value.map_err(|error| error.context(format!("the environment variable {name}")).hint("Correct it, or unset it."))
}

/// A text of the environment as an API would spell it: Go's words for a boolean, and durations where seconds are meant.
fn plain(field: &Field, text: String) -> Value {
    match field.kind {
        Kind::Bool => Value::String(match text.to_lowercase().as_str() {
            "t" => "true".to_owned(),
            "f" => "false".to_owned(),
            word => word.to_owned(),
        }),
        Kind::Number(_) if field.name.ends_with("_seconds") => match parse_duration(&text) {
            Ok(duration) => Value::from(duration.as_secs()),
            Err(_) => Value::String(text),
        },
        _ => Value::String(text),
    }
}
