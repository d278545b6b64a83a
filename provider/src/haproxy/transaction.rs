//! One transaction of the Data Plane API: opened on a version, filled, and committed with a forced reload.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use tfplugin::prelude::*;
use tfplugin::value::{Object, Value, plain_json};

use super::client::{Api, object, section_path, text, unexpected};
use super::leftovers;
use super::refusal::{message, verdict};
use super::section::{SectionKind, Shape};
use crate::http::{Answer, ApiPath, Request, path};

/// What a step needs before it can be written, such as maps that rules name.
type Preparation = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// A change of one section, or of a file that HAProxy reads when it loads.
pub struct Step {
    /// What changes, such as "backend `web`".
    pub what: String,
    /// The section's name, or the file's.
    pub name: String,
    /// What becomes of it.
    work: Work,
    preparation: Mutex<Option<Preparation>>,
}

/// What becomes of a section.
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
        Step::new(kind.word(), name, Work::Section(kind, edit))
    }

    /// HAProxy is to read a file again.
    pub fn reload(what: &str, name: &str) -> Self {
        Step::new(what, name, Work::Reload)
    }

    fn new(what: &str, name: &str, work: Work) -> Self {
        Step { what: format!("{what} `{name}`"), name: name.to_owned(), work, preparation: Mutex::default() }
    }

    /// The same with what it needs first. That is done when those who wait at the same moment are here: who prepared
    /// before would come too late to share their transaction.
    pub fn after(self, preparation: impl Future<Output = Result<()>> + Send + 'static) -> Self {
        Step { preparation: Mutex::new(Some(Box::pin(preparation))), ..self }
    }

    /// Does what it needs first.
    pub async fn prepare(&mut self) -> Result<()> {
        let preparation = self.preparation.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        match preparation {
            Some(preparation) => preparation.await,
            None => Ok(()),
        }
    }

    /// Whether a section is as the step makes it; none where the configuration does not tell, as of a file.
    async fn is_done(&self, api: &Api) -> Result<Option<bool>> {
        let Work::Section(kind, edit) = &self.work else { return Ok(None) };
        let there = api.current_section(*kind, &self.name).await?;
        Ok(Some(match (edit, there) {
            (Edit::Create(_), there) => there.is_some(),
            (Edit::Change(shape), Some(there)) => shape(there.clone()) == there,
            (Edit::Change(_), None) => false,
            (Edit::Delete, there) => there.is_none(),
        }))
    }

    /// Whether it may have HAProxy listen where it did not.
    pub fn binds(&self) -> bool {
        matches!(self.work, Work::Section(SectionKind::Frontend, Edit::Create(_) | Edit::Change(_)))
    }
}

enum Work {
    Section(SectionKind, Edit),
    Reload,
}

/// An open transaction.
pub struct Transaction<'a> {
    api: &'a Api,
    /// The id that the API gave it.
    pub id: String,
    /// The version that it was opened on.
    version: u64,
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
    /// HAProxy does not load it, with these lines: the file is as it was, but the API goes on from what it refused, which
    /// has this version.
    Unloadable(u64, String),
    /// Nothing of it is committed, since somebody else committed meanwhile, or for a reason that is told when it is tried
    /// again.
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
        Ok(Some(Transaction { api, id, version }))
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
                let request = Request::get(own.clone()).query("full_section", true).accept(404);
                let found = self.api.send(request.query("transaction_id", &self.id).accept(400)).await?;
                match found.status() {
                    _ if is_gone(&found) => return Ok(Written::Gone),
                    404 => {
                        return Err(Error::not_found(format!("there is no {} any more", step.what))
                            .hint("Somebody else removed it: plan again."));
                    }
                    400 => return Err(refused(&found)),
                    _ => Request::put(own).query("full_section", true).json(shaped(shape, object(&found)?, name)),
                }
            }
            Edit::Delete => Request::delete(own).accept(404),
        };
        let answer = self.api.send(request.query("transaction_id", &self.id).accept(400)).await?;
        match answer.status() {
            _ if is_gone(&answer) => Ok(Written::Gone),
            404 => Ok(Written::Yes { changed: false }),
            400 => Err(refused(&answer)),
            _ => Ok(Written::Yes { changed: true }),
        }
    }

    /// Commits the steps that were written, with a reload that the API waits for. Where the answer is lost, the
    /// transaction's status tells what became of it, and where that is gone, what the sections say now.
    pub async fn commit(&self, steps: impl Iterator<Item = &Step>) -> Result<Committed> {
        match self.put().await {
            Err(error) if error.is_answer_lost() => {}
            answer => return Ok(self.judge(&answer?)),
        }
        match self.status().await?.as_deref() {
            Some("in_progress") => match self.put().await? {
                answer if answer.status() == 404 => self.vanished(steps).await,
                answer => Ok(self.judge(&answer)),
            },
            Some(_) => Ok(Committed::Outdated),
            None => self.vanished(steps).await,
        }
    }

    async fn put(&self) -> Result<Answer> {
        let request = Request::put(transactions().segment(&self.id)).query("force_reload", true).repeatable(false);
        self.api.send(request.accept(400).accept(404).accept(406).purpose("commit a transaction")).await
    }

    fn judge(&self, answer: &Answer) -> Committed {
        let told = answer.header("configuration-version").and_then(|version| version.parse().ok());
        let version = told.unwrap_or(self.version + 1);
        let said = said(answer);
        // What was only checked leaves the version as it was, but somebody else's commit raises it, too.
        let is_written = told.is_some_and(|told| told > self.version) && !said.starts_with("validation error");
        match answer.status() {
            400 if is_written || said.starts_with("Reload failed") => Committed::Unloadable(version, verdict(&said)),
            400 => Committed::Refused(verdict(&said)),
            404 | 406 => Committed::Outdated,
            _ => Committed::Version(version),
        }
    }

    async fn status(&self) -> Result<Option<String>> {
        let found = self.api.look_up(transactions().segment(&self.id)).await?;
        Ok(found.and_then(|found| text(&found, "status")))
    }

    /// What became of a transaction that is gone although no answer told so: it was committed where the sections are as
    /// its steps made them. The version may have been raised by somebody else, who may have removed the transaction, too.
    async fn vanished(&self, steps: impl Iterator<Item = &Step>) -> Result<Committed> {
        let mut seen = None;
        for step in steps {
            match step.is_done(self.api).await? {
                Some(false) => return Ok(Committed::Outdated),
                done => seen = seen.or(done),
            }
        }
        Ok(if seen.is_some() { Committed::Version(self.version + 1) } else { Committed::Outdated })
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

/// Whether an answer says that the transaction is not open.
fn is_gone(answer: &Answer) -> bool {
    matches!(answer.status(), 400 | 404) && said(answer).starts_with("transaction does not exist")
}

fn refused(answer: &Answer) -> Error {
    Error::new(format!("{} {} answered {}: {}", answer.method(), answer.url(), answer.status(), said(answer)))
}

/// The API's own words in an answer that was accepted.
fn said(answer: &Answer) -> String {
    message(answer).unwrap_or_else(|| answer.text())
}
