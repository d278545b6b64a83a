//! Secrets of a KV engine of version 2: where they are, their versions, and writes that go over nobody else's.

use std::fmt;

use serde_json::{Value as Json, json};
use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::client::{Vault, data as data_of};
use crate::http::{ApiPath, Request, path};

/// How often a value is put into a secret that others write, too. Each attempt fails for one that succeeds elsewhere, so
/// that it is more than those who write at once.
const RIVALS: u32 = 100;

/// Where a secret is.
pub struct Place {
    mount: String,
    name: String,
    /// Whether it must not be read, not even to explain an error.
    hidden: bool,
}

/// The version of a secret's data that is read when nobody asks for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number; 0 for a secret that never had data.
    pub number: u64,
    /// When it was written; none where its data is deleted, destroyed or expired, or was never there.
    pub created_time: Option<String>,
}

impl Version {
    /// Of a secret that never had data.
    pub const NONE: Version = Version { number: 0, created_time: None };

    /// What the metadata of a secret says.
    pub fn current(metadata: &Object) -> Version {
        let number =
            metadata.get("current_version").and_then(|number| number.as_number()?.as_u64()).unwrap_or_default();
        let versions = metadata.get("versions").and_then(Value::as_map);
        let version = versions.and_then(|versions| versions.get(&number.to_string())?.as_map());
        let alive = version.filter(|version| !is_gone(version));
        let created_time = alive.and_then(|version| Some(version.get("created_time")?.as_str()?.to_owned()));
        Version { number, created_time }
    }

    /// Whether there was data once and is none now.
    pub fn is_remains(&self) -> bool {
        self.number > 0 && self.created_time.is_none()
    }
}

/// Whether the data of a version cannot be read any more. One that will expire says when, as one that was deleted does.
fn is_gone(version: &Object) -> bool {
    let destroyed = version.get("destroyed").and_then(Value::as_bool) == Some(true);
    let deletion = version.get("deletion_time").and_then(Value::as_str).filter(|time| !time.is_empty());
    let deleted = deletion.and_then(|time| OffsetDateTime::parse(time, &Rfc3339).ok());
    destroyed || deleted.is_some_and(|deleted| deleted <= OffsetDateTime::now_utc())
}

impl Place {
    /// The place of this name below a mount.
    pub fn new(mount: impl Into<String>, name: impl Into<String>) -> Place {
        Place { mount: mount.into(), name: name.into(), hidden: false }
    }

    /// The same place, which may not be read if it is `hidden`.
    #[must_use]
    pub fn hidden(self, hidden: bool) -> Place {
        Place { hidden, ..self }
    }

    /// The secret's path in Vault's API, such as `kv/data/app/db`, which policies name.
    pub fn data_path(&self) -> String {
        format!("{}/data/{}", self.mount, self.name)
    }

    fn url(&self, part: &'static str) -> ApiPath {
        ApiPath::default().segments(&self.mount).literal(part).segments(&self.name)
    }

    /// Refuses an engine that would keep the secret elsewhere: version 1 takes `data/x` for a name of its own.
    ///
    /// Every token that may use a mount may ask for its version. Whether there is one that the token may use is returned:
    /// a mount that is not there answers 403, too.
    pub async fn check_engine(&self, vault: &Vault) -> Result<bool> {
        let url = path!("sys/internal/ui/mounts").segments(&self.mount);
        let name = url.as_str().to_owned();
        let engine = vault.collections.read(&name, || async {
            let answer = vault.send(Request::get(url).accept(403)).await?;
            // A failure is not kept, and the mount may be made by the same run.
            if answer.status() == 403 { Err(Error::not_found("there is no such mount")) } else { data_of(&answer) }
        });
        let engine = match engine.await {
            Err(error) if error.is_not_found() => return Ok(false),
            engine => engine?,
        };
        let Some(engine) = engine else { return Ok(true) };
        let text = |name: &str| engine.get(name).and_then(Value::as_str).unwrap_or_default().trim_end_matches('/');
        let version = engine.get("options").and_then(|options| options.as_map()?.get("version")?.as_str());
        let (kind, mounted) = (text("type"), text("path"));
        if mounted != self.mount {
            let error = Error::new(format!("`{}` is below the mount `{mounted}`", self.mount));
            return Err(error.hint(format!("Write `mount = \"{mounted}\"`, and the rest of the path into `name`.")));
        }
        match (kind, version) {
            ("kv", Some("2")) => Ok(true),
            ("kv", _) => Err(Error::new(format!("`{mounted}` is a KV engine of version 1, which keeps no versions"))
                .hint(format!("Upgrade it with `vault kv enable-versioning {mounted}`, or use another mount."))),
            _ => Err(Error::new(format!("`{mounted}` is a `{kind}` engine and keeps no secrets of users"))
                .hint("Use a mount of type `kv` with `options = { version = \"2\" }`.")),
        }
    }

    /// What the engine knows of the secret beside its data; none where there is not even a name.
    pub async fn metadata(&self, vault: &Vault) -> Result<Option<Object>> {
        let found = vault.look_up(self.url("metadata")).await;
        // An engine of another type has no such path; which one it is tells more.
        if found.as_ref().is_err_and(|error| error.message().contains("unsupported path")) {
            self.check_engine(vault).await?;
        }
        found
    }

    /// Sets the metadata as a whole. Vault 1.21 makes a secret without data of it, unless the body is empty.
    pub async fn describe(&self, vault: &Vault, metadata: Json) -> Result<()> {
        let request = Request::post(self.url("metadata")).json(metadata).repeatable(true);
        vault.write(request).await.map(drop)
    }

    /// Writes data as the version after `cas`, and refuses to go over another one.
    pub async fn write(&self, vault: &Vault, data: &Json, cas: u64) -> Result<Version> {
        match self.send(vault, data, cas).await {
            Err(refused) if refused.is_conflict() => {
                let there = self.seen(vault).await;
                Err(there.map_or_else(|| self.unseen(cas, refused), |there| self.mismatch(cas, &there)))
            }
            written => written,
        }
    }

    async fn send(&self, vault: &Vault, data: &Json, cas: u64) -> Result<Version> {
        let body = json!({ "options": { "cas": cas }, "data": data });
        let request = Request::post(self.url("data")).json(body).secrets_in(data).confidential();
        let written = data_of(&vault.write(request.purpose(format!("write `{self}`"))).await?)?;
        let created_time = written.get("created_time").and_then(|time| Some(time.as_str()?.to_owned()));
        let number = written.get("version").and_then(|number| number.as_number()?.as_u64()).unwrap_or_default();
        Ok(Version { number, created_time })
    }

    /// Writes data where there is none: as version 1, or after the versions of which only the numbers are left.
    pub async fn write_new(&self, vault: &Vault, data: &Json) -> Result<Version> {
        match self.send(vault, data, 0).await {
            Err(refused) if refused.is_conflict() => match self.seen(vault).await {
                Some(there) if there.is_remains() => self.write(vault, data, there.number).await,
                Some(there) => Err(self.mismatch(0, &there)),
                None => Err(self.unseen(0, refused)),
            },
            written => written,
        }
    }

    /// Puts one value into the data and leaves the rest as it is, also what others put there at the same time.
    pub async fn put(&self, vault: &Vault, key: &str, value: &str) -> Result<()> {
        let data = json!({ key: value });
        let mut cas = None;
        for _ in 0..RIVALS {
            let refused = match self.merge(vault, &data, cas).await {
                Err(refused) if refused.is_conflict() => refused,
                merged => return merged,
            };
            let there = self.metadata(vault).await.map_err(|unread| self.unnamed(&refused, &unread))?;
            cas = Some(there.as_ref().map_or(Version::NONE, Version::current).number);
        }
        let text = format!("others wrote `{self}` {RIVALS} times, each before this write reached it");
        Err(Error::conflict(text).hint("Apply again when less is written there at once."))
    }

    /// Merges into what is there, or writes where nothing is; a conflict changed nothing.
    async fn merge(&self, vault: &Vault, data: &Json, cas: Option<u64>) -> Result<()> {
        match self.patch(vault, data, cas).await {
            Err(missing) if missing.is_not_found() => {}
            patched => return patched,
        }
        match self.send(vault, data, cas.unwrap_or_default()).await {
            // Who lost the race to be the first can merge now; but there is nothing still where all is deleted.
            Err(refused) if refused.is_conflict() => match self.patch(vault, data, cas).await {
                Err(missing) if missing.is_not_found() => Err(refused),
                patched => patched,
            },
            written => written.map(drop),
        }
    }

    /// The engine or the secret takes no write that does not name the version it goes over, and nobody tells it.
    fn unnamed(&self, refused: &Error, unread: &Error) -> Error {
        let text = format!("{}; and which version is there cannot be read: {}", refused.message(), unread.message());
        Error::new(text).hint(format!(
            "Give the token a policy with `read` on `{}/metadata/{}`, which tells the version.",
            self.mount, self.name
        ))
    }

    async fn patch(&self, vault: &Vault, data: &Json, cas: Option<u64>) -> Result<()> {
        let options = cas.map_or_else(|| json!({}), |cas| json!({ "cas": cas }));
        let body = json!({ "options": options, "data": data });
        let patch = Request::patch(self.url("data")).bytes("application/merge-patch+json", body.to_string());
        let patch = patch.confidential().secrets_in(data).purpose(format!("write into `{self}`"));
        vault.write(patch).await.map(drop)
    }

    /// Which version is there, if there is one and the token may tell.
    async fn seen(&self, vault: &Vault) -> Option<Version> {
        let metadata = if self.hidden { None } else { self.metadata(vault).await.ok().flatten() };
        metadata.map(|metadata| Version::current(&metadata))
    }

    fn unseen(&self, expected: u64, refused: Error) -> Error {
        refused.context(format!("`{self}` is not at version {expected}, as was expected")).hint(
            "Somebody else wrote it, or a deleted version is left: find out which version is there, and set `cas` to it.",
        )
    }

    fn mismatch(&self, expected: u64, there: &Version) -> Error {
        let when = there.created_time.as_ref().map(|time| format!(", written {time}")).unwrap_or_default();
        let text = format!("`{self}` is at version {}{when}, and version {expected} was expected", there.number);
        Error::conflict(text)
            .hint("Somebody else wrote it: plan again, which shows that, or set `cas` to that version.")
    }

    /// Reads one version by `part`, which is `data` or `subkeys`: the current one, or the one of that number.
    pub async fn open(&self, vault: &Vault, part: &'static str, query: &[(&str, Option<u64>)]) -> Result<Object> {
        vault.prove_namespace().await?;
        let mut request = Request::get(self.url(part)).accept(404).confidential();
        for (name, value) in query {
            request = value.iter().fold(request, |request, value| request.query(*name, value));
        }
        let answer = vault.send(request).await?;
        if answer.status() != 404 {
            return data_of(&answer);
        }
        match data_of(&answer) {
            Ok(found) => Err(self.gone(found.get("metadata").and_then(Value::as_map).unwrap_or(&Object::new()))),
            Err(_) => Err(Error::not_found(format!("there is no data at `{self}`")).hint(
                "Check the mount, the name and the version. Where the same run creates the secret, set `version` to the \
                 resource's `version`, which is known once it is there.",
            )),
        }
    }

    fn gone(&self, metadata: &Object) -> Error {
        let number = metadata.get("version").and_then(Value::as_number).map(ToString::to_string).unwrap_or_default();
        let deleted = metadata.get("deletion_time").and_then(Value::as_str).filter(|time| !time.is_empty());
        let how = deleted.map_or_else(|| "was destroyed".to_owned(), |time| format!("was deleted {time}"));
        Error::not_found(format!("version {number} of `{self}` {how}"))
            .hint("Write it again, ask for another version, or bring a deleted one back with `vault kv undelete`.")
    }

    /// Deletes the data of the current version; `vault kv undelete` brings it back.
    pub async fn delete_current(&self, vault: &Vault) -> Result<()> {
        vault.delete(self.url("data")).await
    }

    /// Deletes the secret with all of its versions.
    pub async fn delete_all(&self, vault: &Vault) -> Result<()> {
        vault.delete(self.url("metadata")).await
    }

    /// Deletes a secret that never had data; whether it did is returned.
    pub async fn delete_empty(&self, vault: &Vault) -> Result<bool> {
        match self.seen(vault).await {
            Some(Version::NONE) => self.delete_all(vault).await.map(|()| true),
            _ => Ok(false),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.mount, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tfplugin::value::from_plain_json;

    fn current(version: Json) -> Version {
        let metadata = json!({ "current_version": 2, "versions": { "1": {}, "2": version } });
        Version::current(from_plain_json(metadata).as_map().expect("it is an object"))
    }

    #[test]
    fn a_version_has_a_time_while_its_data_is_there() {
        let time = "2026-11-21T14:36:25.399751063Z";
        let alive = Version { number: 2, created_time: Some(time.to_owned()) };
        for deletion_time in ["", "2999-01-01T00:00:00.5Z"] {
            let version = json!({ "created_time": time, "deletion_time": deletion_time, "destroyed": false });
            assert_eq!(current(version), alive, "{deletion_time}");
        }
        let remains = Version { number: 2, created_time: None };
        assert!(remains.is_remains() && !alive.is_remains() && !Version::NONE.is_remains());
        for (deletion_time, destroyed) in [("2026-11-21T14:36:26Z", false), ("", true)] {
            let version = json!({ "created_time": time, "deletion_time": deletion_time, "destroyed": destroyed });
            assert_eq!(current(version), remains, "{deletion_time}");
        }
    }
}
