//! Reloads: which wait, which was the last, which failed.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::haproxy::refusal::Refusal;

/// All that the API tells about reloads.
#[derive(Debug, Default)]
pub struct Reloads {
    next: u32,
    pending: Option<String>,
    succeeded: Option<Value>,
    failed: Vec<Value>,
    announced: bool,
    count: usize,
}

impl Reloads {
    /// The reload that waits; a change that comes meanwhile shares it.
    pub fn queue(&mut self) -> String {
        let next = &mut self.next;
        let id = self.pending.get_or_insert_with(|| {
            let id = format!("{}-{next}", OffsetDateTime::now_utc().date());
            *next += 1;
            id
        });
        id.clone()
    }

    /// The reload that waits and that nobody has been told to carry out yet.
    pub fn take_new(&mut self) -> Option<String> {
        let new = self.pending.clone().filter(|_| !self.announced);
        self.announced |= new.is_some();
        new
    }

    /// The reload that waits.
    #[must_use]
    pub fn pending(&self) -> Option<&str> {
        self.pending.as_deref()
    }

    /// Counts a reload, and notes what became of the one that waited, if any.
    pub fn finish(&mut self, result: &Result<Option<String>, String>) {
        self.count += 1;
        self.announced = false;
        let Some(id) = self.pending.take() else { return };
        let (status, said) = match result {
            Ok(said) => ("succeeded", said.as_deref()),
            Err(said) => ("failed", Some(said.as_str())),
        };
        let at = OffsetDateTime::now_utc().unix_timestamp();
        let mut told = json!({ "id": id, "reload_timestamp": at, "status": status });
        if let Some(said) = said {
            told["response"] = Value::from(said);
        }
        if result.is_ok() {
            self.succeeded = Some(told);
        } else {
            self.failed.push(told);
        }
    }

    /// How many there were, forced ones among them.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Those that failed, the last that succeeded, and the one that waits.
    #[must_use]
    pub fn all(&self) -> Vec<Value> {
        let pending = self.pending.iter().map(|id| json!({ "id": id, "status": "in_progress" }));
        self.failed.iter().cloned().chain(self.succeeded.clone()).chain(pending).collect()
    }

    /// One of them. Whatever is unknown has succeeded, says the API.
    ///
    /// # Errors
    ///
    /// The id is none.
    pub fn get(&self, id: &str) -> Result<Value, Refusal> {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<&str> = id.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        if !(parts.iter().all(|part| digits(part)) && lengths.len() == 4 && lengths[..3] == [4, 2, 2]) {
            return Err(Refusal::unprocessable(605, r"id in path should match '^\d{4}-\d{2}-\d{2}-\d+$'".to_owned()));
        }
        let known = self.all().into_iter().find(|reload| reload["id"] == id);
        Ok(known.unwrap_or_else(|| json!({ "id": id, "status": "succeeded" })))
    }
}
