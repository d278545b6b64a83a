//! One transaction of the Data Plane API: opened on a version, filled, and committed with a forced reload.

use tfplugin::prelude::*;
use tfplugin::value::{Object, Value, plain_json};

use super::client::{Api, section_path, text, unexpected};
use super::leftovers;
use super::refusal::{message, verdict};
use super::section::{SectionKind, Shape};
use crate::http::{Answer, ApiPath, Request, path};

/// A change of one section, or of a file that HAProxy reads when it loads.
#[derive(Clone)]
pub struct Step {
    /// What changes, such as "backend `web`".
    pub what: String,
    /// The section's name, or the file's.
    pub name: String,
    /// What becomes of it.
    work: Work,
}

/// What becomes of a section.
#[derive(Clone)]
pub enum Edit {
    /// It comes into being.
    Create(Shape),
    /// It changes.
    Change(Shape),
    /// It goes.
    Delete,
}

impl Step {
    /// A change of a section.
    pub fn of(kind: SectionKind, name: &str, edit: Edit) -> Self {
        Step { what: format!("{} `{name}`", kind.word()), name: name.to_owned(), work: Work::Section(kind, edit) }
    }

    /// HAProxy is to read a file again.
    pub fn reload(what: &str, name: &str) -> Self {
        Step { what: format!("{what} `{name}`"), name: name.to_owned(), work: Work::Reload }
    }
}

#[derive(Clone)]
enum Work {
    Section(SectionKind, Edit),
    Reload,
}

/// An open transaction.
pub struct Transaction<'a> {
    api: &'a Api,
    /// The id that the API gave it.
    pub id: String,
}

/// What came of a step.
pub enum Written {
    /// It is in the transaction, or there was nothing to do.
    Yes { changed: bool },
    /// The transaction is gone: somebody else committed or removed it.
    Gone,
}

/// What came of a commit.
pub enum Committed {
    /// The configuration is written, and the version is this one.
    Version(u64),
    /// HAProxy refuses it with these lines; nothing is changed.
    Refused(String),
    /// HAProxy does not load it, with these lines: the file is as it was, but the API goes on from what it refused.
    Unloadable(String),
    /// Somebody else committed meanwhile.
    Outdated,
}

fn transactions() -> ApiPath {
    path!("services/haproxy/transactions")
}

impl<'a> Transaction<'a> {
    /// Opens a transaction on a version; none when the version is old already.
    pub async fn open(api: &'a Api, version: u64) -> Result<Option<Transaction<'a>>> {
        let request = Request::post(transactions()).query("version", version).accept(409);
        let answer = api.send(request.purpose("open a transaction")).await?;
        if answer.status() == 409 {
            return Ok(None);
        }
        let id = answer.json()?["id"].as_str().map(str::to_owned).ok_or_else(|| unexpected(&answer))?;
        leftovers::mark(api, &id).await;
        Ok(Some(Transaction { api, id }))
    }

    /// Puts a step into the transaction. One that is refused leaves nothing behind: it is one write.
    pub async fn write(&self, step: &Step) -> Result<Written> {
        let Work::Section(kind, edit) = &step.work else { return Ok(Written::Yes { changed: true }) };
        let (kind, name) = (*kind, step.name.as_str());
        let own = section_path(kind, name);
        let request = match edit {
            Edit::Create(shape) => {
                let request = Request::post(path!("services/haproxy/configuration" / kind.list()));
                let request = request.query("full_section", true).purpose(format!("create the {}", step.what));
                request.json(shaped(shape, Object::new(), name))
            }
            Edit::Change(shape) => {
                let section = self.api.section_in(kind, name, Some(&self.id)).await?;
                let section = section.ok_or_else(|| {
                    Error::not_found(format!("there is no {} any more", step.what))
                        .hint("Somebody else removed it: plan again.")
                })?;
                Request::put(own).query("full_section", true).json(shaped(shape, section, name))
            }
            Edit::Delete => Request::delete(own).accept(404),
        };
        let answer = self.api.send(request.query("transaction_id", &self.id).accept(400)).await?;
        match answer.status() {
            404 => Ok(Written::Yes { changed: false }),
            400 if said(&answer).starts_with("transaction does not exist") => Ok(Written::Gone),
            400 => Err(Error::new(format!("{} {} answered 400: {}", answer.method(), answer.url(), said(&answer)))),
            _ => Ok(Written::Yes { changed: true }),
        }
    }

    /// Commits with a reload that the API waits for.
    pub async fn commit(&self) -> Result<Committed> {
        let url = transactions().segment(&self.id);
        let request = || {
            let request = Request::put(url.clone()).query("force_reload", true).repeatable(false);
            request.accept(400).accept(404).accept(406).purpose("commit a transaction")
        };
        let answer = match self.api.send(request()).await {
            Err(error) if error.is_answer_lost() && self.is_open().await? => self.api.send(request()).await?,
            Err(error) if error.is_answer_lost() => return Ok(Committed::Version(self.api.version().await?)),
            answer => answer?,
        };
        match answer.status() {
            400 if said(&answer).starts_with("Reload failed") => Ok(Committed::Unloadable(verdict(&said(&answer)))),
            400 => Ok(Committed::Refused(verdict(&said(&answer)))),
            404 | 406 => Ok(Committed::Outdated),
            _ => match answer.header("configuration-version").and_then(|version| version.parse().ok()) {
                Some(version) => Ok(Committed::Version(version)),
                None => self.api.version().await.map(Committed::Version),
            },
        }
    }

    async fn is_open(&self) -> Result<bool> {
        let found = self.api.look_up(transactions().segment(&self.id)).await?;
        Ok(found.and_then(|found| text(&found, "status")).is_some_and(|status| status == "in_progress"))
    }

    /// Leaves nothing of the transaction behind, whatever became of it.
    pub async fn close(self, committed: bool) {
        if !committed {
            let request = Request::delete(transactions().segment(&self.id)).accept(404);
            if let Err(error) = self.api.send(request).await {
                tracing::warn!(id = self.id, %error, "a transaction stays open");
                return;
            }
        }
        leftovers::unmark(self.api, &self.id).await;
    }
}

fn shaped(shape: &Shape, section: Object, name: &str) -> serde_json::Value {
    let mut section = shape(section);
    section.insert("name".to_owned(), name.into());
    plain_json(&Value::Map(section))
}

/// The API's own words in an answer that was accepted.
fn said(answer: &Answer) -> String {
    message(answer).unwrap_or_else(|| answer.text())
}
