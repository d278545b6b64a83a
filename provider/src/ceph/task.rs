//! Tasks: what the dashboard goes on with after it answered 202.

use std::time::Duration;

use serde_json::Value;
use tfplugin::operation;
use tfplugin::prelude::*;

use super::client::Ceph;
use crate::http::{Answer, Request, path};

/// A task by what tells it from others: the dashboard gives it no id.
///
/// While one runs, the dashboard begins no other of the same name and about the same object: it answers as if the new
/// one had been done (16.2, `TaskManager.run`). So each is followed to its end before the next request is sent.
#[derive(Clone, Debug)]
pub struct Task {
    name: String,
    metadata: Value,
}

/// How far a task has come.
#[derive(Debug)]
pub enum Stage {
    /// The cluster works on it.
    Running,
    /// It succeeded.
    Done,
    /// It did not, for this reason.
    Failed(Error),
    /// The manager that is asked does not know it: the one that worked on it is gone.
    Forgotten,
}

impl Task {
    /// A task of this name about this object.
    pub fn new(name: &str, metadata: Value) -> Self {
        Task { name: name.to_owned(), metadata }
    }

    /// The task that an answer names, if it is not done yet.
    pub fn of(answer: &Answer) -> Result<Option<Self>> {
        if answer.status() != 202 {
            return Ok(None);
        }
        let mut body = answer.json()?;
        let name = body["name"].as_str().unwrap_or_default().to_owned();
        Ok(Some(Task { name, metadata: body["metadata"].take() }))
    }

    /// Waits for its success, as long as the operation's time lasts; whether the cluster still knows how it ended.
    pub async fn follow(&self, ceph: &Ceph) -> Result<bool> {
        match self.end(ceph).await? {
            Stage::Failed(error) => Err(error),
            stage => Ok(matches!(stage, Stage::Done)),
        }
    }

    /// Waits for its end, however it ends.
    pub async fn end(&self, ceph: &Ceph) -> Result<Stage> {
        let mut pause = Duration::from_millis(250);
        loop {
            match self.stage(ceph).await? {
                Stage::Running => {}
                end => return Ok(end),
            }
            let waited = operation::sleep(pause).await;
            waited.map_err(|error| error.context(format!("the task {self} goes on in the cluster")))?;
            pause = (pause * 2).min(Duration::from_secs(2));
        }
    }

    /// How far it is.
    pub async fn stage(&self, ceph: &Ceph) -> Result<Stage> {
        let tasks = ceph.send(Request::get(path!("task")).query("name", &self.name)).await?.json()?;
        if !self.among(&tasks["executing_tasks"]).is_empty() {
            return Ok(Stage::Running);
        }
        // There may be earlier ones of the same kind; their times are texts in order.
        let finished = self.among(&tasks["finished_tasks"]).into_iter();
        Ok(match finished.max_by_key(|task| task["begin_time"].to_string()) {
            None => Stage::Forgotten,
            Some(task) if task["success"] == Value::Bool(true) => Stage::Done,
            Some(task) => Stage::Failed(self.failure(&task["exception"])),
        })
    }

    fn among<'a>(&self, tasks: &'a Value) -> Vec<&'a Value> {
        tasks.as_array().into_iter().flatten().filter(|task| task["metadata"] == self.metadata).collect()
    }

    fn failure(&self, exception: &Value) -> Error {
        let said = exception["detail"].as_str().map_or_else(|| exception.to_string(), str::to_owned);
        let text = format!("the task {self} failed: {said}");
        match exception["code"].as_str() {
            Some("17") => Error::conflict(text),
            _ => Error::new(text),
        }
    }
}

impl std::fmt::Display for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}` {}", self.name, self.metadata)
    }
}
