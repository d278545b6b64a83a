//! The connection to a Proxmox VE: its REST API, version 2, as JSON.

use std::sync::Arc;

use serde_json::Value as Json;
use tfplugin::collection::Collections;
use tfplugin::prelude::*;
use tfplugin::schema::Known;
use tfplugin::value::{Object, Path, Step, Value, from_plain_json, plain_json};

use super::config::Config;
use super::guests::Guests;
use super::ids::Ids;
use super::session::Session;
use super::task::Followed;
use super::work::{self, Queues};
use crate::http::{ApiPath, Request};

/// A connection to one cluster as one user.
pub struct Proxmox {
    session: Session,
    collections: Collections,
    /// Who may work at once on nodes and templates.
    pub queues: Queues,
    /// Where guests are, and what this process did to them.
    pub guests: Guests,
    /// Numbers for new guests.
    pub ids: Ids,
    /// The tasks whose ends this process waits for.
    pub followed: Followed,
}

/// Bytes of a word in a secret that is no word of people's.
const LONG: usize = 16;

/// How an endpoint clears what is unset.
#[derive(Clone, Copy, PartialEq)]
pub enum Clear {
    /// By the parameter `delete`, with the names.
    Delete,
    /// By an empty value.
    Empty,
}

impl Client for Proxmox {
    const NAME: &'static str = "proxmox";
    const DOC: &'static str =
        "Proxmox VE cluster to manage, by the REST API of one of its nodes; nothing is done over SSH.";
    const TITLE: &'static str = "Proxmox VE";
    type Config = Config;

    async fn connect(config: Config) -> Result<Proxmox> {
        let session = Session::new(config)?;
        Ok(Proxmox {
            session,
            collections: Collections::default(),
            queues: Queues::default(),
            guests: Guests::default(),
            ids: Ids::default(),
            followed: Followed::default(),
        })
    }
}

impl Proxmox {
    /// The user or the token that asks, as the names of its tasks have it.
    pub fn user(&self) -> Option<&str> {
        self.session.user()
    }

    /// The password of who asks, where a change of somebody's password needs it: only `root@pam` is not asked.
    pub fn confirmation(&self) -> Option<&str> {
        self.session.confirmation()
    }

    /// Reads; the `data` of the answer.
    pub async fn get(&self, request: Request) -> Result<Json> {
        Ok(self.session.send(request).await?.json()?["data"].take())
    }

    /// Reads an object; none when Proxmox VE says that there is none.
    pub async fn find(&self, request: Request) -> Result<Option<Object>> {
        if_there(self.get(request).await)?.map(object).transpose()
    }

    /// A list of objects, read once for all who ask, and anew after something in it was written.
    pub async fn list(&self, path: ApiPath) -> Result<Arc<Vec<Object>>> {
        let name = path.as_str().to_owned();
        match self.collections.read_current(&name, || self.whole(path.clone())).await? {
            Some(list) => Ok(list),
            None => self.whole(path).await.map(Arc::new),
        }
    }

    /// A list that is read once, whatever is written.
    pub async fn first_list(&self, path: ApiPath) -> Result<Arc<Vec<Object>>> {
        let name = format!("{} once", path.as_str());
        let list = self.collections.read_current(&name, || self.whole(path)).await?;
        list.ok_or_else(|| Error::new("nothing makes this list stale"))
    }

    /// A list as it is now.
    pub async fn whole(&self, path: ApiPath) -> Result<Vec<Object>> {
        match from_plain_json(self.get(Request::get(path)).await?) {
            Value::List(elements) => Ok(elements.into_iter().filter_map(into_object).collect()),
            Value::Null => Ok(Vec::new()),
            other => Err(unexpected("a list", &other)),
        }
    }

    /// Says that something in the list was written.
    pub fn wrote(&self, list: &ApiPath) {
        self.collections.wrote(list.as_str());
    }

    /// Sends a write, which makes the lists stale that hold its object; the `data` of the answer.
    pub async fn write(&self, request: Request) -> Result<Json> {
        let path = request.path().as_str().to_owned();
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
        let stale = || [&path, &parent].into_iter().for_each(|list| self.collections.wrote(list));
        stale();
        let answer = self.session.send(request).await;
        stale();
        // Many a write answers nothing at all.
        let answer = answer?;
        match answer.body().is_empty() {
            true => Ok(Json::Null),
            false => Ok(answer.json()?["data"].take()),
        }
    }

    /// Creates what an answer does not show: it is as planned until it is read back.
    pub async fn create<R: Schema + Clone>(&self, url: ApiPath, plan: R) -> Result<R> {
        let body = Body::create(plan.clone());
        let request = Request::post(url).purpose(format!("create the {}", R::TABLE.name.replace('_', " ")));
        work::unlocked(self, with_form::<R>(request, &body, Clear::Delete)).await?;
        Ok(plan)
    }

    /// Changes an object; nothing is sent when nothing changed.
    pub async fn put<R: Schema>(&self, url: ApiPath, body: &Body, clear: Clear) -> Result<()> {
        if body.is_empty() {
            return Ok(());
        }
        work::unlocked(self, with_form::<R>(Request::put(url), body, clear)).await.map(drop)
    }

    /// Deletes an object.
    pub async fn delete(&self, url: ApiPath) -> Result<()> {
        work::unlocked(self, Request::delete(url)).await.map(drop)
    }
}

/// The members of what was answered.
pub fn object(data: Json) -> Result<Object> {
    match from_plain_json(data) {
        Value::Map(object) => Ok(object),
        other => Err(unexpected("an object", &other)),
    }
}

fn into_object(value: Value) -> Option<Object> {
    match value {
        Value::Map(object) => Some(object),
        _ => None,
    }
}

/// What no Proxmox VE answers.
pub fn unexpected(wanted: &str, answer: &Value) -> Error {
    let said: String = plain_json(answer).to_string().chars().take(200).collect();
    Error::new(format!("Proxmox VE answered with something that is not {wanted}: {said}"))
}

/// Whether a member of an object has this value.
pub fn has(object: &Object, name: &str, value: impl Into<Value>) -> bool {
    object.get(name) == Some(&value.into())
}

/// A resource from an answer, if there is one, and from what the caller knows.
pub fn found<R: Schema>(answer: Option<Object>, known: &Known) -> Result<Option<R>> {
    answer.map(|answer| tfplugin::schema::decode(&answer, known)).transpose()
}

/// A value as a form has it: booleans are 1 and 0, lists are joined with commas.
pub fn text_of(value: &Value) -> String {
    match value {
        Value::Bool(flag) => u8::from(*flag).to_string(),
        Value::String(text) => text.clone(),
        Value::List(elements) => elements.iter().map(text_of).collect::<Vec<_>>().join(","),
        other => plain_json(other).to_string(),
    }
}

/// The request with what is to be set and cleared, as a form; a refusal of a parameter points at its attribute.
pub fn with_form<R: Schema>(request: Request, body: &Body, clear: Clear) -> Request {
    let mut form: Vec<(String, String)> =
        body.set.iter().map(|(name, value)| ((*name).to_owned(), text_of(value))).collect();
    match clear {
        Clear::Delete if !body.unset.is_empty() => form.push(("delete".to_owned(), body.unset.join(","))),
        Clear::Delete => {}
        Clear::Empty => form.extend(body.unset.iter().map(|name| ((*name).to_owned(), String::new()))),
    }
    let request =
        body.secrets.iter().flat_map(|secret| parts(secret)).fold(request, |request, secret| request.secret(secret));
    let request = if body.secrets.is_empty() { request } else { request.confidential() };
    let places = R::TABLE.fields.iter().map(|field| (field.api.to_owned(), attribute(field.name)));
    request.form(form).places(places)
}

/// A secret and the long words in it: of a keyring, a refusal may repeat the key alone.
fn parts(secret: &str) -> impl Iterator<Item = &str> {
    std::iter::once(secret).chain(secret.split_whitespace().filter(|word| word.len() >= LONG))
}

/// The path of a top-level attribute.
pub fn attribute(name: &str) -> Path {
    Path(vec![Step::Attribute(name.to_owned())])
}
