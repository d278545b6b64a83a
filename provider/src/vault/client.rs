//! The connection to the HTTP API of Vault and OpenBao, version 1.

use std::sync::{Arc, Mutex, PoisonError};

use tfplugin::collection::Collections;
use tfplugin::prelude::*;
use tfplugin::schema::Kind;
use tfplugin::value::{Object, Value, from_plain_json, plain_json};
use tokio::sync::OnceCell;

use super::config::{ADDRESS, Config};
use super::mount_table;
use super::refusal::{NO_NAMESPACE, OTHER_NAMESPACE};
use super::session::{Session, within};
use crate::http::{Answer, ApiPath, Request, Transport, path};

/// The newest state that this connection has seen. A replica that is behind answers 412, or asks the active node.
const INDEX: &str = "x-vault-index";

/// A connection to one server with one token.
pub struct Vault {
    transport: Transport,
    /// The login of this process; none where the token was given.
    session: Option<Session>,
    namespace: Option<String>,
    namespace_works: OnceCell<()>,
    index: Mutex<Option<String>>,
    /// What has been read once for all.
    pub collections: Collections,
}

impl Client for Vault {
    const NAME: &'static str = "vault";
    const DOC: &'static str = "Vault or OpenBao to manage.";
    const TITLE: &'static str = "Vault";
    type Config = Config;

    async fn connect(config: Config) -> Result<Vault> {
        let (token, session) = match config.given_token()? {
            Some(token) => (token, None),
            None => {
                let session = Session::log_in(&config).await?;
                (session.token.clone(), Some(session))
            }
        };
        Ok(Vault {
            transport: Transport::new(config.settings(Some(&token))?)?,
            session,
            namespace: config.namespace(),
            namespace_works: OnceCell::new(),
            index: Mutex::default(),
            collections: Collections::default(),
        })
    }

    async fn disconnect(&self) {
        if let Some(session) = &self.session {
            session.end(&self.transport).await;
        }
    }
}

impl Vault {
    /// The namespace that everything is asked in; none for the server's root.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// Reads what an answer holds as its `data`; none when there is nothing.
    pub async fn look_up(&self, path: ApiPath) -> Result<Option<Object>> {
        if_there(self.send(Request::get(path)).await)?.as_ref().map(data).transpose()
    }

    /// Reads a table with an entry for each mount, such as `sys/mounts`: once for all who ask until it is written to.
    pub async fn table(&self, path: ApiPath) -> Result<Arc<Object>> {
        let name = path.as_str().to_owned();
        let again = path.clone();
        let read = self.collections.read(&name, || self.whole_table(path)).await?;
        match read {
            Some(table) => Ok(table),
            None => self.whole_table(again).await.map(Arc::new),
        }
    }

    async fn whole_table(&self, path: ApiPath) -> Result<Object> {
        data(&self.send(Request::get(path)).await?)
    }

    /// Creates an object that the plan names: Vault answers nothing that the plan does not say.
    pub async fn create<R: Schema + Clone>(&self, request: Request, plan: R) -> Result<R> {
        let request = request.purpose(format!("create the {}", R::TABLE.name.replace('_', " ")));
        let body = mount_table::creation(Body::create(plan.clone()));
        self.write_body::<R>(request, body).await?;
        Ok(plan)
    }

    /// Changes an object; nothing is sent when nothing changed.
    pub async fn change<R: Schema>(&self, request: Request, body: Body) -> Result<()> {
        if body.is_empty() {
            return Ok(());
        }
        self.write_body::<R>(request, body).await.map(drop)
    }

    /// Sends a body in Vault's form.
    pub async fn write_body<R: Schema>(&self, request: Request, body: Body) -> Result<Answer> {
        let json = json_of::<R>(&body);
        let request = body.secrets.iter().fold(request, Request::secret);
        self.write(request.json(json)).await
    }

    /// Deletes an object; Vault says the same whether there was one or not.
    pub async fn delete(&self, path: ApiPath) -> Result<()> {
        self.write(Request::delete(path)).await.map(drop)
    }

    /// Sends a write, which makes the tables stale that hold its object.
    pub async fn write(&self, request: Request) -> Result<Answer> {
        self.prove_namespace().await?;
        let path = request.path().as_str().to_owned();
        let stale =
            || TABLES.iter().filter(|table| path.starts_with(**table)).for_each(|table| self.collections.wrote(table));
        stale();
        let answer = self.send(request).await;
        stale();
        answer
    }

    /// Whether the token has a capability on a path; so it seems, too, where it may not ask, which `default` lets it.
    pub async fn may(&self, path: &str, capability: &str) -> Result<bool> {
        let ask = Request::post(path!("sys/capabilities-self")).json(serde_json::json!({ "paths": [path] }));
        let answer = self.send(ask.repeatable(true).accept(403)).await?;
        if answer.status() == 403 {
            return Ok(true);
        }
        let granted = data(&answer)?;
        let has =
            |words: &[Value]| words.iter().filter_map(Value::as_str).any(|word| [capability, "root"].contains(&word));
        Ok(granted.get(path).and_then(Value::as_list).is_none_or(has))
    }

    /// Sends a request in the connection's namespace.
    pub async fn send(&self, mut request: Request) -> Result<Answer> {
        if let Some(session) = &self.session {
            session.keep_alive(&self.transport).await;
        }
        request = within(self.namespace.as_deref(), request);
        if let Some(index) = self.index.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            request = request.header(INDEX, index).header("x-vault-inconsistent", "forward-active-node");
        }
        let answer = self.transport.send(request).await?;
        if let Some(index) = answer.header(INDEX) {
            *self.index.lock().unwrap_or_else(PoisonError::into_inner) = Some(index.to_owned());
        }
        Ok(answer)
    }

    /// Refuses a server that does not know namespaces where the connection has one: it would ignore the header, and write
    /// into its root or tell its root's secrets. The server is asked once.
    pub async fn prove_namespace(&self) -> Result<()> {
        self.namespace_works.get_or_try_init(|| self.ask_for_namespace()).await.map(drop)
    }

    /// Vault 1.21 CE answers the list of namespaces with 404 "enterprise-only feature", OpenBao 2.2 with "unsupported
    /// path"; a server with namespaces lists what is below, or says 404 with no error where nothing is.
    async fn ask_for_namespace(&self) -> Result<()> {
        let Some(namespace) = &self.namespace else { return Ok(()) };
        let list = Request::get(path!("sys/namespaces")).query("list", true).accept(403).accept(404);
        let answer = self.send(list).await?;
        if answer.status() == 200 {
            return data(&answer).map(drop);
        }
        let Some(errors) = answer.json().ok().and_then(|body| body["errors"].as_array().cloned()) else {
            return Err(unexpected(&answer));
        };
        let said = errors.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join("; ");
        match answer.status() {
            403 => Err(Error::new(format!(
                "the token may not ask whether this server has the namespace `{namespace}`, and a server without \
                 namespaces would use its root"
            ))
            .hint(format!(
                "Give the token a policy in `{namespace}` with `path \"sys/namespaces\" {{ capabilities = [\"list\"] }}` \
                 (and `sys/namespaces/` for OpenBao)."
            ))),
            _ if said.is_empty() => Ok(()),
            _ if said.contains(NO_NAMESPACE) => {
                Err(Error::new(format!("there is no namespace `{namespace}`")).hint(OTHER_NAMESPACE))
            }
            _ => Err(Error::new(format!(
                "`{namespace}` is set as the namespace, but this server has no namespaces: it would use its root"
            ))
            .hint("Remove `vault.namespace` and VAULT_NAMESPACE, or use a server that has namespaces.")),
        }
    }
}

/// What is read as a whole; a write below makes it stale.
const TABLES: [&str; 4] = ["sys/audit", "sys/auth", "sys/mounts", "sys/policies/acl"];

/// The `data` of an answer.
pub fn data(answer: &Answer) -> Result<Object> {
    part(answer, "data")
}

/// The `auth` of an answer: a token, and what it may.
pub fn auth(answer: &Answer) -> Result<Object> {
    part(answer, "auth")
}

fn part(answer: &Answer, name: &str) -> Result<Object> {
    let Value::Map(mut body) = from_plain_json(answer.json()?) else { return Err(unexpected(answer)) };
    match body.remove(name) {
        Some(Value::Map(part)) => Ok(part),
        _ => Err(unexpected(answer)),
    }
}

fn unexpected(answer: &Answer) -> Error {
    let (method, url) = (answer.method(), answer.url());
    Error::new(format!("{method} {url} answered {} with something that no Vault answers", answer.status()))
        .hint(format!("Check that {ADDRESS} leads to a Vault."))
}

fn json_of<R: Schema>(body: &Body) -> serde_json::Value {
    let mut json = serde_json::Map::new();
    for (name, value) in &body.set {
        put(&mut json, name, plain_json(value));
    }
    for name in &body.unset {
        put(&mut json, name, plain_json(&cleared::<R>(name)));
    }
    json.into()
}

/// What clears an attribute.
pub fn cleared<R: Schema>(name: &str) -> Value {
    let field = R::TABLE.fields.iter().find(|field| field.api == name);
    field.map(|field| empty(&field.kind)).unwrap_or_default()
}

/// The empty value of a type; Vault leaves some attributes as they are when it gets null.
pub fn empty(kind: &Kind) -> Value {
    match kind {
        Kind::Bool => Value::Bool(false),
        Kind::Number(_) => Value::from(0_u64),
        Kind::String(_) => Value::from(""),
        Kind::List(_) | Kind::Set(_) => Value::List(Vec::new()),
        Kind::Map(_) | Kind::Object(_) => Value::Map(Object::new()),
        Kind::Dynamic => Value::Null,
    }
}

/// Puts a value where its name leads, such as `config.max_lease_ttl`.
fn put(json: &mut serde_json::Map<String, serde_json::Value>, name: &str, value: serde_json::Value) {
    match name.split_once('.') {
        None => {
            json.insert(name.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = json.entry(first).or_insert_with(|| serde_json::Map::new().into());
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
    }
}
