//! Secrets with versions: `builtin/logical/kv`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::openbao::engine::{children, entry};
use crate::openbao::fields::{self, Field, Kind, Unset, flag, number};
use crate::openbao::kv_secret::Secret;
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};
use crate::openbao::times;

/// An engine's settings and secrets.
#[derive(Debug, Default)]
pub struct KvV2 {
    config: Config,
    secrets: BTreeMap<String, Secret>,
}

/// Settings of an engine, which hold for secrets that set none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Config {
    /// Versions that are kept; 0 for ten.
    pub max_versions: i64,
    /// Whether each write must name the version that it replaces.
    pub cas_required: bool,
    /// Seconds until a new version is deleted; 0 for never, negative to forbid it to secrets.
    pub delete_version_after: i64,
}

#[derive(Clone, Copy)]
enum Change {
    Delete,
    Undelete,
    Destroy,
}

const CONFIG: &[Field] = &[
    Field::new("max_versions", Kind::Integer, Unset::Zero),
    Field::new("cas_required", Kind::Boolean, Unset::Zero),
    Field::new("delete_version_after", Kind::SignedSeconds, Unset::Zero),
];

const DATA: &[Field] = &[
    Field::input("data", Kind::Object),
    Field::input("options", Kind::Object),
    Field::input("version", Kind::Integer),
];

const SUBKEYS: &[Field] = &[Field::input("version", Kind::Integer), Field::input("depth", Kind::Integer)];

const VERSIONS: &[Field] = &[Field::input("versions", Kind::Integers)];

const METADATA: &[Field] = &[
    Field::input("max_versions", Kind::Integer),
    Field::input("cas_required", Kind::Boolean),
    Field::input("delete_version_after", Kind::Seconds),
    Field::input("custom_metadata", Kind::Object),
];

impl KvV2 {
    /// Whether there is a secret, for the paths that tell creating and updating apart.
    pub fn exists(&self, path: &str) -> Option<bool> {
        let (_, name) = path.split_once('/').filter(|(folder, _)| ["data", "metadata"].contains(folder))?;
        Some(self.secrets.contains_key(name))
    }

    /// Adds a version without being asked for one.
    pub fn put(&mut self, name: &str, data: Map<String, Value>) {
        let config = self.config;
        self.secrets.entry(name.to_owned()).or_default().add(&config, data);
    }

    /// Answers a call.
    pub fn answer(&mut self, request: &mut Request, path: &str) -> Outcome {
        if path == "config" {
            return self.config(request);
        }
        let named = |folder| entry(path, folder).flatten().filter(|name| !name.is_empty());
        if let Some(name) = named("data") {
            return self.data(request, name);
        }
        if let Some(name) =
            entry(path, "metadata").filter(|name| name.is_some() || request.operation == Operation::List)
        {
            return self.metadata(request, name.unwrap_or_default());
        }
        if let Some(name) = named("subkeys") {
            return self.subkeys(request, name);
        }
        for (folder, change) in
            [("delete", Change::Delete), ("undelete", Change::Undelete), ("destroy", Change::Destroy)]
        {
            if let Some(name) = named(folder) {
                return self.change_versions(request, name, change);
            }
        }
        wrong_path(request, path)
    }

    fn config(&mut self, request: &mut Request) -> Outcome {
        let params = request.fields(&[CONFIG])?;
        match request.operation {
            Operation::Read => Ok(Reply::Data(json!({
                "max_versions": self.config.max_versions,
                "cas_required": self.config.cas_required,
                "delete_version_after": times::duration(self.config.delete_version_after),
            }))),
            Operation::Write => {
                let config = &mut self.config;
                for name in params.keys() {
                    match name.as_str() {
                        "max_versions" => config.max_versions = number(&params, name),
                        "cas_required" => config.cas_required = flag(&params, name),
                        _ => config.delete_version_after = number(&params, name).max(-1),
                    }
                }
                Ok(Reply::Nothing)
            }
            _ => request.unsupported(),
        }
    }

    fn data(&mut self, request: &mut Request, name: &str) -> Outcome {
        let params = request.fields(&[DATA])?;
        match request.operation {
            Operation::Read => Ok(self.read(name, number(&params, "version"), "data", Value::Object)),
            Operation::Delete => {
                if let Some(version) = self.secrets.get_mut(name).and_then(Secret::latest_mut) {
                    version.delete();
                }
                Ok(Reply::Nothing)
            }
            Operation::Write => {
                let Some(Value::Object(data)) = params.get("data") else {
                    return Err(Refusal::bad_request("no data provided"));
                };
                self.check_and_set(&params, name)?;
                self.put(name, data.clone());
                Ok(Reply::Data(self.written(name)))
            }
            Operation::Patch => self.patch(&params, name),
            Operation::List => request.unsupported(),
        }
    }

    fn patch(&mut self, params: &Map<String, Value>, name: &str) -> Outcome {
        let Some(patch) = params.get("data") else { return Err(Refusal::bad_request("no data provided")) };
        let Some(secret) = self.secrets.get(name) else { return Ok(Reply::Missing) };
        self.check_and_set(params, name)?;
        let Some(latest) = secret.latest() else { return Ok(Reply::Missing) };
        let Some(current) = latest.readable().cloned() else { return Ok(Reply::Gone(self.written(name))) };
        let mut merged = Value::Object(current);
        merge(&mut merged, patch);
        if let Value::Object(merged) = merged {
            self.put(name, merged);
        }
        Ok(Reply::Data(self.written(name)))
    }

    /// A version's metadata, as a write answers it.
    fn written(&self, name: &str) -> Value {
        self.secrets.get(name).map(|secret| secret.show_version(secret.current)).unwrap_or_default()
    }

    /// A version with its data in some form, or its metadata and 404 if the data is gone.
    fn read(&self, name: &str, wanted: i64, member: &str, form: impl Fn(Map<String, Value>) -> Value) -> Reply {
        let Some(secret) = self.secrets.get(name) else { return Reply::Nothing };
        let wanted = u64::try_from(wanted).ok().filter(|wanted| *wanted > 0).unwrap_or(secret.current);
        let Some(version) = secret.versions.get(&wanted) else { return Reply::Nothing };
        let metadata = secret.show_version(wanted);
        match version.readable() {
            Some(data) => Reply::Data(json!({ member: form(data.clone()), "metadata": metadata })),
            None => Reply::Gone(json!({ member: null, "metadata": metadata })),
        }
    }

    fn check_and_set(&self, params: &Map<String, Value>, name: &str) -> Result<(), Refusal> {
        let secret = self.secrets.get(name);
        let current = secret.map_or(0, |secret| secret.current);
        let required = self.config.cas_required || secret.is_some_and(|secret| secret.cas_required);
        match params.get("options").and_then(|options| options.get("cas")) {
            None if required => Err(Refusal::bad_request("check-and-set parameter required for this call")),
            None => Ok(()),
            Some(cas) => match cas.as_u64().or_else(|| cas.as_str().and_then(|text| text.parse().ok())) {
                Some(cas) if cas == current => Ok(()),
                Some(_) => Err(Refusal::bad_request("check-and-set parameter did not match the current version")),
                None => Err(Refusal::bad_request("error parsing check-and-set parameter")),
            },
        }
    }

    fn subkeys(&self, request: &mut Request, name: &str) -> Outcome {
        if request.operation != Operation::Read {
            return request.unsupported();
        }
        let params = request.fields(&[SUBKEYS])?;
        let depth = number(&params, "depth");
        let names = |data| names_only(Value::Object(data), 1, depth);
        Ok(self.read(name, number(&params, "version"), "subkeys", names))
    }

    fn change_versions(&mut self, request: &mut Request, name: &str, change: Change) -> Outcome {
        if request.operation != Operation::Write {
            return request.unsupported();
        }
        let params = request.fields(&[VERSIONS])?;
        let versions: Vec<u64> =
            params.get("versions").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_u64).collect();
        if versions.is_empty() {
            return Err(Refusal::bad_request("No version number provided"));
        }
        let Some(secret) = self.secrets.get_mut(name) else { return Ok(Reply::Nothing) };
        let again = deletion_time(times::now(), self.config.delete_version_after, secret.delete_version_after);
        for (_, version) in secret.versions.iter_mut().filter(|(id, _)| versions.contains(id)) {
            match change {
                Change::Delete => version.delete(),
                Change::Undelete => version.undelete(again),
                Change::Destroy => version.destroy(),
            }
        }
        Ok(Reply::Nothing)
    }

    fn metadata(&mut self, request: &mut Request, name: &str) -> Outcome {
        match request.operation {
            Operation::List => Ok(Reply::list(children(self.secrets.keys(), name))),
            Operation::Read => Ok(self.secrets.get(name).map_or(Reply::Nothing, |secret| Reply::Data(secret.show()))),
            Operation::Delete => {
                self.secrets.remove(name);
                Ok(Reply::Nothing)
            }
            Operation::Write | Operation::Patch => self.write_metadata(request, name),
        }
    }

    fn write_metadata(&mut self, request: &mut Request, name: &str) -> Outcome {
        let params = request.fields(&[METADATA])?;
        if params.is_empty() {
            return Ok(Reply::Nothing);
        }
        let patches = request.operation == Operation::Patch;
        let custom = params.get("custom_metadata").map(|custom| texts(custom, patches)).transpose()?;
        if patches && !self.secrets.contains_key(name) {
            return Ok(Reply::Missing);
        }
        if self.config.cas_required && params.get("cas_required") == Some(&json!(false)) {
            request
                .warn("\"cas_required\" set to false, but is mandated by backend config. This value will be ignored.");
        }
        let secret = self.secrets.entry(name.to_owned()).or_insert_with(Secret::noted);
        for name in params.keys() {
            match name.as_str() {
                "max_versions" => secret.max_versions = number(&params, name),
                "cas_required" => secret.cas_required = flag(&params, name),
                "delete_version_after" => secret.delete_version_after = number(&params, name),
                _ => {}
            }
        }
        if let Some(custom) = custom {
            if !patches {
                secret.custom_metadata.clear();
            }
            for (key, value) in custom {
                match value {
                    Some(value) => drop(secret.custom_metadata.insert(key, value)),
                    None => drop(secret.custom_metadata.remove(&key)),
                }
            }
        }
        Ok(Reply::Nothing)
    }
}

/// Custom metadata: at most 64 texts, each not empty. A patch removes with null.
fn texts(custom: &Value, patches: bool) -> Result<Vec<(String, Option<String>)>, Refusal> {
    const PREFIX: &str = "custom_metadata validation failed";
    let pairs = custom.as_object().into_iter().flatten();
    let removed: Vec<&String> =
        pairs.clone().filter(|(_, value)| patches && value.is_null()).map(|(key, _)| key).collect();
    let kept: Map<String, Value> =
        pairs.filter(|(key, _)| !removed.contains(key)).map(|(key, value)| (key.clone(), value.clone())).collect();
    if kept.len() > 64 {
        let error = format!("{PREFIX}: payload must contain at most 64 keys, provided {}", kept.len());
        return Err(Refusal::collected(400, &error));
    }
    let fields = [Field::input("custom_metadata", Kind::Pairs)];
    let parsed = fields::parse(&[&fields], &Map::from_iter([("custom_metadata".to_owned(), Value::Object(kept))]))
        .map_err(|error| Refusal::bad_request(format!("{PREFIX}: {error}")))?;
    let mut pairs: Vec<(String, Option<String>)> = removed.into_iter().map(|key| (key.clone(), None)).collect();
    for (key, value) in parsed.values["custom_metadata"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        let wrong = if key.is_empty() || key.len() > 128 {
            format!("length of key {key:?} is {} but must be 0 < len(key) <= 128", key.len())
        } else if value.is_empty() || value.len() > 512 {
            format!("length of value for key {key:?} is {} but must be 0 < len(value) <= 512", value.len())
        } else {
            pairs.push((key.clone(), Some(value.to_owned())));
            continue;
        };
        return Err(Refusal::collected(400, &format!("{PREFIX}: {wrong}")));
    }
    Ok(pairs)
}

/// A JSON merge patch (RFC 7396).
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

/// The same objects with null for every value; what lies deeper than the depth is null, too.
fn names_only(value: Value, level: i64, depth: i64) -> Value {
    match value {
        Value::Object(fields) if !fields.is_empty() && (depth == 0 || level <= depth) => {
            Value::Object(fields.into_iter().map(|(key, value)| (key, names_only(value, level + 1, depth))).collect())
        }
        _ if level == 1 => json!({}),
        _ => Value::Null,
    }
}

/// What a client of the first version would ask for.
fn wrong_path(request: &mut Request, path: &str) -> Outcome {
    request.violations.push(format!("{} {} is no path of a versioned engine", request.call.method, request.call.path));
    if ["data", "delete", "destroy", "metadata", "undelete"].contains(&path) {
        request.warn("Non-listing operations on the root of a K/V v2 mount are not supported.");
        return Ok(Reply::Gone(Value::Null));
    }
    let verb = match request.operation {
        Operation::Read => "get",
        Operation::List => "list",
        Operation::Delete => "delete",
        Operation::Write | Operation::Patch => "put",
    };
    request.warn(format!(
        "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. \
         If using the OpenBao CLI, use 'bao kv {verb}' for this operation."
    ));
    Ok(Reply::Gone(Value::Null))
}

/// When a version that is made now is deleted: after the shorter of both times.
pub fn deletion_time(now: OffsetDateTime, engine: i64, secret: i64) -> Option<OffsetDateTime> {
    if engine < 0 {
        return None;
    }
    let shorter = [engine, secret].into_iter().filter(|seconds| *seconds > 0).min()?;
    Some(times::after(now, shorter))
}
