//! `sys/namespaces`, as OpenBao has it since 2.3. Unrecorded: from `vault/logical_system_namespaces.go` and
//! `vault/request_handling.go`.

use serde_json::{Map, Value, json};

use crate::openbao::fields::{Field, Kind};
use crate::openbao::ids;
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};
use crate::openbao::store::{Namespace, Store};

/// Words that no namespace has as its name.
const RESERVED: &[&str] = &["audit", "auth", "cubbyhole", "identity", "root", "sys"];

const NAMESPACE: &[Field] = &[Field::input("custom_metadata", Kind::Pairs)];

/// Paths that only the first namespace has.
const RESTRICTED: &[&str] = &["audit", "health", "init", "leader", "seal", "unseal"];

/// The namespace of a header: empty, or a path with a slash at its end.
pub fn canonical(header: &str) -> String {
    match header.trim_matches('/') {
        "" | "root" => String::new(),
        path => format!("{path}/"),
    }
}

/// Whether a path below `sys` is not there in a namespace below the first.
pub fn is_restricted(path: &str) -> bool {
    path.split('/').next().is_some_and(|first| RESTRICTED.contains(&first))
}

/// Answers a call to the list, which has the namespaces right below, or to one of them.
pub fn answer(request: &mut Request, store: &mut Store, here: &str, name: &str) -> Outcome {
    if name.is_empty() {
        return match request.operation {
            Operation::List => Ok(list(store, here)),
            _ => request.unsupported(),
        };
    }
    if name.contains('/') {
        return Err(Refusal::bad_request("name must not contain /"));
    }
    let path = format!("{here}{name}/");
    match request.operation {
        Operation::Read => Ok(shown(store, &path).map_or(Reply::Nothing, Reply::Data)),
        Operation::Write => {
            let params = request.fields(&[NAMESPACE])?;
            if RESERVED.contains(&name) {
                return Err(Refusal::bad_request(format!(
                    "{name:?} is a reserved path and cannot be used as a namespace path"
                )));
            }
            let namespace = store.namespaces.entry(path.clone()).or_insert_with(|| {
                let id = ids::letters();
                Namespace::new(id[..6].to_owned())
            });
            namespace.custom_metadata =
                params.get("custom_metadata").and_then(Value::as_object).cloned().unwrap_or_default();
            Ok(shown(store, &path).map_or(Reply::Nothing, Reply::Data))
        }
        Operation::Delete => delete(store, &path),
        Operation::List | Operation::Patch => request.unsupported(),
    }
}

fn list(store: &Store, here: &str) -> Reply {
    let below = store.namespaces.keys().filter_map(|path| Some((path, path.strip_prefix(here)?)));
    let info: Map<String, Value> = below
        .filter(|(_, name)| name.matches('/').count() == 1)
        .filter_map(|(path, name)| Some((name.to_owned(), shown(store, path)?)))
        .collect();
    if info.is_empty() {
        return Reply::Nothing;
    }
    let keys: Vec<&String> = info.keys().collect();
    Reply::Data(json!({ "keys": keys, "key_info": info }))
}

fn shown(store: &Store, path: &str) -> Option<Value> {
    let namespace = store.namespaces.get(path)?;
    Some(json!({
        "uuid": namespace.uuid,
        "id": namespace.id,
        "path": path,
        "tainted": false,
        "locked": false,
        "custom_metadata": namespace.custom_metadata,
    }))
}

/// The real server deletes after its answer; here the namespace is gone by then.
fn delete(store: &mut Store, path: &str) -> Outcome {
    if store.namespaces.keys().any(|other| other != path && other.starts_with(path)) {
        let error = format!("cannot delete namespace ({path}) containing child namespaces");
        return Err(Refusal::bad_request(error));
    }
    match store.namespaces.remove(path) {
        Some(_) => {
            store.tokens.revoke_where(|token| token.namespace == path);
            Ok(Reply::Data(json!({ "status": "in-progress" })))
        }
        None => Ok(Reply::Nothing),
    }
}
