//! The connection to a cluster: the REST API of the active manager's dashboard.

use std::sync::Arc;

use tfplugin::collection::Collections;
use tfplugin::prelude::*;
use tfplugin::value::{Object, Value, from_plain_json, plain_json};

use super::config::Config;
use super::managers::Managers;
use super::task::Task;
use crate::http::{Answer, ApiPath, Method, Request};

/// A connection to one cluster with one account.
pub struct Ceph {
    managers: Managers,
    collections: Collections,
}

impl Client for Ceph {
    const NAME: &'static str = "ceph";
    const DOC: &'static str = "Ceph cluster to manage, by the REST API of its dashboard.";
    const TITLE: &'static str = "Ceph";
    type Config = Config;

    async fn connect(config: Config) -> Result<Ceph> {
        Ok(Ceph { managers: Managers::find(config).await?, collections: Collections::default() })
    }

    async fn disconnect(&self) {
        self.managers.end().await;
    }
}

impl Ceph {
    /// Sends a request to the active manager.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        self.managers.send(request).await
    }

    /// Reads an object; none when there is no such object.
    pub async fn get(&self, request: Request) -> Result<Option<Object>> {
        if_there(self.send(request).await)?.as_ref().map(object).transpose()
    }

    /// Reads a whole list: once for all who ask, until something in it is written. Its name is the part of the API that
    /// the list belongs to.
    pub async fn list(&self, name: &str, request: Request) -> Result<Arc<Vec<Object>>> {
        let again = request.clone();
        match self.collections.read(name, || self.whole(request)).await? {
            Some(list) => Ok(list),
            None => self.whole(again).await.map(Arc::new),
        }
    }

    /// Reads a list if nothing in it was written yet.
    pub async fn unwritten_list(&self, name: &str, request: Request) -> Result<Option<Arc<Vec<Object>>>> {
        self.collections.read(name, || self.whole(request)).await
    }

    /// Reads a list of objects as it is now.
    pub async fn whole(&self, request: Request) -> Result<Vec<Object>> {
        match from_plain_json(self.send(request).await?.json()?) {
            Value::List(elements) => Ok(elements.into_iter().filter_map(into_object).collect()),
            other => Err(unexpected("a list", &other)),
        }
    }

    /// Refuses to create what a list shows by now, which Ceph would overwrite, or take for what was asked. The list that
    /// the engine has seen may be older.
    pub async fn refuse_another(&self, name: &str, list: Request, member: &str, value: &str) -> Result<()> {
        if !self.whole(list).await?.iter().any(|object| has(object, member, value)) {
            return Ok(());
        }
        self.collections.wrote(name);
        Err(Error::conflict(format!("it exists already: {member} = `{value}`")))
    }

    /// Sends a write to what the list `name` holds, and waits until it is done. A write that can be sent twice is sent
    /// again where a manager died with it.
    pub async fn write(&self, name: &str, request: Request) -> Result<()> {
        loop {
            let Some(task) = self.begin(name, request.clone()).await? else { return Ok(()) };
            let done = task.follow(self).await?;
            self.collections.wrote(name);
            if done {
                return Ok(());
            }
            if !request.is_repeatable() {
                return Err(Error::answer_lost(format!("the manager that worked on {task} is gone"))
                    .hint("Look at the cluster before you repeat it: it may be done all the same."));
            }
        }
    }

    /// Sends a write and returns what the cluster goes on with.
    pub async fn begin(&self, name: &str, request: Request) -> Result<Option<Task>> {
        self.collections.wrote(name);
        let answer = self.send(request).await;
        self.collections.wrote(name);
        Task::of(&answer?)
    }

    /// Deletes, and waits until it is done; the dashboard says of most objects the same whether there was one or not.
    pub async fn delete(&self, name: &str, path: ApiPath) -> Result<()> {
        self.write(name, Request::delete(path)).await
    }
}

/// The body of an answer.
pub fn object(answer: &Answer) -> Result<Object> {
    match from_plain_json(answer.json()?) {
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

/// What no Ceph answers.
pub fn unexpected(wanted: &str, answer: &Value) -> Error {
    let said: String = plain_json(answer).to_string().chars().take(200).collect();
    Error::new(format!("Ceph answered with something that is not {wanted}: {said}"))
}

/// Whether a member of an object has this value.
pub fn has(object: &Object, name: &str, value: impl Into<Value>) -> bool {
    object.get(name) == Some(&value.into())
}

/// The request with what is to be set, in JSON.
pub fn with_body(request: Request, body: &Body) -> Request {
    let members = body.set.iter().map(|(name, value)| ((*name).to_owned(), plain_json(value)));
    request.json(serde_json::Value::Object(members.collect()))
}

/// A create that does nothing more when it is sent a second time.
pub fn create(path: ApiPath) -> Request {
    Request::new(Method::Post, path).repeatable(true)
}
