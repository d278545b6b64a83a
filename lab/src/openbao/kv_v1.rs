//! Secrets without versions: `builtin/logical/kv/passthrough.go`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::openbao::engine::{Seat, children};
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};

/// Secrets by path.
#[derive(Debug, Default)]
pub struct KvV1(BTreeMap<String, Map<String, Value>>);

impl KvV1 {
    /// Whether there is a secret at a path.
    pub fn exists(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// All secrets.
    pub fn into_secrets(self) -> impl Iterator<Item = (String, Map<String, Value>)> {
        self.0.into_iter()
    }

    /// Answers a call.
    pub fn answer(&mut self, request: &Request, path: &str, seat: &Seat) -> Outcome {
        match request.operation {
            Operation::List => Ok(Reply::list(children(self.0.keys(), path))),
            _ if path.is_empty() => request.unsupported(),
            Operation::Read => Ok(match self.0.get(path) {
                Some(data) => Reply::Leased(Value::Object(data.clone()), lease(data, seat)),
                None => Reply::Nothing,
            }),
            Operation::Write if request.body.is_empty() => Err(Refusal::bad_request("missing data fields")),
            Operation::Write => {
                self.0.insert(path.to_owned(), request.body.clone());
                Ok(Reply::Nothing)
            }
            Operation::Delete => {
                self.0.remove(path);
                Ok(Reply::Nothing)
            }
            Operation::Patch => request.unsupported(),
        }
    }
}

/// A secret that names a `ttl` has it as its lease.
fn lease(data: &Map<String, Value>, seat: &Seat) -> i64 {
    let named = data.get("ttl").or_else(|| data.get("lease")).and_then(Value::as_str);
    named.and_then(|text| crate::openbao::times::seconds(text).ok()).unwrap_or(seat.default_ttl)
}
