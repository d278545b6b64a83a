//! Transactions: a configuration of their own, from a version on.

use serde_json::{Value, json};

use crate::haproxy::file::File;
use crate::haproxy::refusal::Refusal;
use crate::haproxy::state::{After, State};
use crate::openbao::ids::uuid;

/// How many may be open: the setting's default. The answer beyond is unrecorded.
const LIMIT: usize = 20;

/// What became of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is open.
    InProgress,
    /// HAProxy refused it.
    Failed,
    /// Something else was committed since it was opened.
    Outdated,
}

/// A transaction that is not committed.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Version that it began with.
    pub version: i64,
    /// What became of it.
    pub status: Status,
    /// The configuration that it would make.
    pub file: File,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Failed => "failed",
            Self::Outdated => "outdated",
        }
    }
}

impl Transaction {
    fn told(&self, id: &str) -> Value {
        let mut told = json!({ "id": id, "status": self.status.word() });
        if self.status == Status::InProgress {
            told["_version"] = Value::from(self.version);
        }
        told
    }
}

impl State {
    /// Opens a transaction.
    ///
    /// # Errors
    ///
    /// The version is not the current one, or too many are open.
    pub fn open(&mut self, version: i64) -> Result<Value, Refusal> {
        if version != self.version {
            return Err(Refusal::version_mismatch(self.version, version));
        }
        if self.open_transactions().len() >= LIMIT {
            let text = format!(
                "cannot start a new transaction, reached the maximum amount of {LIMIT} active transactions available"
            );
            return Err(Refusal::new(429, text));
        }
        let (id, transaction) = (uuid(), Transaction { version, status: Status::InProgress, file: self.file.clone() });
        let told = transaction.told(&id);
        self.transactions.insert(id, transaction);
        Ok(told)
    }

    /// Ids of those that are open.
    #[must_use]
    pub fn open_transactions(&self) -> Vec<String> {
        let open = self.transactions.iter().filter(|(_, transaction)| transaction.status == Status::InProgress);
        open.map(|(id, _)| id.clone()).collect()
    }

    /// All, or those of a status.
    #[must_use]
    pub fn all_transactions(&self, status: Option<&str>) -> Vec<Value> {
        let wanted =
            self.transactions.iter().filter(|(_, found)| status.is_none_or(|word| word == found.status.word()));
        wanted.map(|(id, transaction)| transaction.told(id)).collect()
    }

    /// One of them.
    ///
    /// # Errors
    ///
    /// It is unknown, or committed.
    pub fn transaction(&self, id: &str) -> Result<Value, Refusal> {
        let found = self.transactions.get(id).ok_or_else(|| unknown(&format!("transaction {id}")))?;
        Ok(found.told(id))
    }

    /// The one that a change names.
    ///
    /// # Errors
    ///
    /// It is not open.
    pub fn open_transaction(&mut self, id: &str) -> Result<&mut Transaction, Refusal> {
        let found = self.transactions.get_mut(id).filter(|found| found.status == Status::InProgress);
        found.ok_or_else(|| Refusal::unknown_transaction(id))
    }

    /// Commits one, and returns what is told and the id of the reload that takes it up.
    ///
    /// # Errors
    ///
    /// It is unknown, has failed or is outdated; HAProxy refuses it; or a forced reload fails.
    pub fn commit_transaction(&mut self, id: &str, after: After) -> Result<(Value, Option<String>), Refusal> {
        let found = self.transactions.get_mut(id).ok_or_else(|| unknown(&format!("transaction {id}")))?;
        if found.status != Status::InProgress {
            let text = format!("transaction {id} is {} and cannot be committed", found.status.word());
            return Err(Refusal::new(406, text));
        }
        let (version, file) = (found.version, found.file.clone());
        let before = self.version;
        let committed = self.commit(id, file, after);
        if committed.is_err() && self.version == before {
            self.transactions.entry(id.to_owned()).and_modify(|failed| failed.status = Status::Failed);
        } else {
            self.transactions.remove(id);
        }
        Ok((json!({ "_version": version, "id": id, "status": "success" }), committed?))
    }

    /// Throws one away.
    ///
    /// # Errors
    ///
    /// It is unknown.
    pub fn drop_transaction(&mut self, id: &str) -> Result<(), Refusal> {
        let dropped = self.transactions.remove(id);
        dropped.map(drop).ok_or_else(|| unknown(&format!("transaction file {id}")))
    }
}

fn unknown(what: &str) -> Refusal {
    Refusal::new(404, format!("transaction does not exist: {what} does not exist"))
}
