//! Storages and the paths under `/storage`.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::{Map, Value, json};

use crate::proxmox::formats::elements;
use crate::proxmox::reply::{Outcome, Refusal, Reply};
use crate::proxmox::storage_types::{self, SECRETS, Type};
use crate::proxmox::volumes::Volume;
use crate::proxmox::world::{Asked, World};

/// A storage.
#[derive(Debug)]
pub struct Storage {
    /// What it is.
    pub kind: &'static Type,
    /// Its options.
    pub options: BTreeMap<String, String>,
    /// Its volumes by name and by node, which is empty where all nodes see them.
    pub volumes: BTreeMap<(String, String), Volume>,
}

/// Fingerprint of a key that the storage makes by itself.
const MADE_KEY: &str =
    "64:d3:ff:3a:50:38:53:5a:9b:f7:50:53:fb:c0:46:51:8c:15:0b:97:24:c9:23:8e:74:da:22:2f:aa:1c:a6:57";

/// Names of numbers and truth in a storage's options.
const NUMBERS: &[&str] = &[
    "create-base-path",
    "create-subdirs",
    "disable",
    "fuse",
    "krbd",
    "maxfiles",
    "max-protected-backups",
    "mkdir",
    "nocow",
    "port",
    "priority",
    "saferemove",
    "shared",
    "skip-cert-verification",
    "sparse",
    "tagged_only",
];

impl Storage {
    /// Whether all nodes see the same volumes.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.kind.shared || self.options.get("shared").map(String::as_str) == Some("1")
    }

    /// Whether it is there on a node.
    #[must_use]
    pub fn is_on(&self, node: &str) -> bool {
        self.options.get("nodes").is_none_or(|nodes| elements(nodes).any(|name| name == node))
    }

    /// Whether it is switched on.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.options.get("disable").map(String::as_str) != Some("1")
    }

    /// What it holds, in an order that differs from answer to answer.
    #[must_use]
    pub fn contents(&self) -> Vec<&str> {
        let mut contents: Vec<&str> = match self.options.get("content") {
            Some(contents) => elements(contents).collect(),
            None => self.kind.usual.to_vec(),
        };
        let order = RandomState::new();
        contents.sort_by_key(|content| order.hash_one(content));
        contents
    }

    /// The node that a volume of it belongs to.
    #[must_use]
    pub fn place(&self, node: &str) -> String {
        if self.is_shared() { String::new() } else { node.to_owned() }
    }
}

/// The storages of the first day, or those that the tests use too: `local-lvm` on each node, `ceph` and `nfs` on all.
#[must_use]
pub fn of_first_day(furnished: bool) -> BTreeMap<String, Storage> {
    // While no file says which storages there are.
    let unwritten = [
        ("path", "/var/lib/vz"),
        ("content", "images,vztmpl,snippets,iso,backup,rootdir"),
        ("priority", "0"),
        ("prune-backups", "keep-all=1"),
    ];
    let mut storages = BTreeMap::from([("local".to_owned(), made("dir", &unwritten))]);
    if furnished {
        let with_imports = [("path", "/var/lib/vz"), ("content", "images,vztmpl,snippets,iso,backup,rootdir,import")];
        storages.insert("local".to_owned(), made("dir", &with_imports));
        storages.insert(
            "local-lvm".to_owned(),
            made("lvmthin", &[("vgname", "pve"), ("thinpool", "data"), ("content", "images,rootdir")]),
        );
        storages
            .insert("ceph".to_owned(), made("rbd", &[("pool", "rbd"), ("content", "images,rootdir"), ("krbd", "0")]));
        let nfs =
            [("server", "192.0.2.9"), ("export", "/pve"), ("path", "/mnt/pve/nfs"), ("content", "images,iso,import")];
        storages.insert("nfs".to_owned(), made("nfs", &nfs));
    }
    storages
}

fn made(kind: &str, options: &[(&str, &str)]) -> Storage {
    let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Storage { kind: storage_types::find(kind).expect("the type is known"), options, volumes: BTreeMap::new() }
}

/// Answers what stands under `/storage`.
pub fn answer(world: &mut World, asked: &Asked) -> Option<Outcome> {
    Some(match asked.method {
        ("GET", "/storage") => Ok(Reply::Data(list(world, asked))),
        ("POST", "/storage") => create(world, asked),
        ("GET", "/storage/{storage}") => read(world, asked),
        ("PUT", "/storage/{storage}") => update(world, asked),
        ("DELETE", "/storage/{storage}") => delete(world, asked),
        _ => return None,
    })
}

fn config(world: &World, name: &str, storage: &Storage) -> Map<String, Value> {
    let numbers = |name: &str, value: &str| match value.parse::<i64>() {
        Ok(number) if NUMBERS.contains(&name) => json!(number),
        _ => json!(value),
    };
    let options = storage.options.iter();
    let mut config: Map<String, Value> = options.map(|(name, value)| (name.clone(), numbers(name, value))).collect();
    config.insert("content".to_owned(), json!(storage.contents().join(",")));
    if storage.kind.shared {
        config.insert("shared".to_owned(), json!(1));
    }
    config.insert("type".to_owned(), json!(storage.kind.name));
    config.insert("storage".to_owned(), json!(name));
    config.insert("digest".to_owned(), json!(digest_of(world)));
    config
}

fn digest_of(world: &World) -> String {
    let text =
        format!("{:?}", world.storages.iter().map(|(name, storage)| (name, &storage.options)).collect::<Vec<_>>());
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn list(world: &World, asked: &Asked) -> Value {
    let wanted = |storage: &Storage| asked.get("type").is_none_or(|kind| storage.kind.name == kind);
    let storages = world.storages.iter().filter(|(_, storage)| wanted(storage));
    storages.map(|(name, storage)| Value::Object(config(world, name, storage))).collect()
}

fn read(world: &World, asked: &Asked) -> Outcome {
    let name = asked.text("storage");
    let storage = find(world, name)?;
    Ok(Reply::Data(config(world, name, storage).into()))
}

/// A storage by its name.
///
/// # Errors
///
/// It is not there.
pub fn find<'a>(world: &'a World, name: &str) -> Result<&'a Storage, Refusal> {
    world.storages.get(name).ok_or_else(|| Refusal::failed(format!("storage '{name}' does not exist")))
}

/// A storage that is switched on and there on a node.
///
/// # Errors
///
/// It is not.
pub fn on<'a>(world: &'a World, name: &str, node: &str) -> Result<&'a Storage, Refusal> {
    let storage = find(world, name)?;
    if !storage.is_enabled() {
        return Err(Refusal::failed(format!("storage '{name}' is disabled")));
    }
    if !storage.is_on(node) {
        return Err(Refusal::failed(format!("storage '{name}' is not available on node '{node}'")));
    }
    Ok(storage)
}

fn given(asked: &Asked) -> BTreeMap<String, String> {
    let apart = ["storage", "type", "digest", "delete"];
    let options = asked.params.iter().filter(|(name, _)| !apart.contains(&name.as_str()));
    options.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn create(world: &mut World, asked: &Asked) -> Outcome {
    let failed = |reason: String| Refusal::failed(format!("create storage failed: {reason}"));
    let (name, kind) = (asked.text("storage"), asked.text("type"));
    if world.storages.contains_key(name) {
        return Err(failed(format!("storage ID '{name}' already defined")));
    }
    let Some(kind) = storage_types::find(kind) else {
        return Err(failed(format!("the lab has no storages of type '{kind}'")));
    };
    let mut options = given(asked);
    check(kind, &options).map_err(failed)?;
    if let Some(missing) = kind.fixed.iter().find(|option| !options.contains_key(**option)) {
        return Err(failed(format!("missing value for required option '{missing}'")));
    }
    if kind.files {
        options.entry("path".to_owned()).or_insert_with(|| format!("/mnt/pve/{name}"));
    }
    keep_apart(&mut options);
    world.storages.insert(name.to_owned(), Storage { kind, options, volumes: BTreeMap::new() });
    Ok(Reply::Data(json!({ "storage": name, "type": kind.name })))
}

/// Takes out what no answer has. Of an encryption key the fingerprint stays, or 1 where it has none
/// (`PVE::Storage::PBSPlugin`; unrecorded).
fn keep_apart(options: &mut BTreeMap<String, String>) {
    let key = options.remove("encryption-key").map(|key| match serde_json::from_str::<Value>(&key) {
        Ok(key) => key["fingerprint"].as_str().unwrap_or("1").to_owned(),
        Err(_) => MADE_KEY.to_owned(),
    });
    options.retain(|option, _| !SECRETS.contains(&option.as_str()));
    options.extend(key.map(|fingerprint| ("encryption-key".to_owned(), fingerprint)));
}

fn check(kind: &Type, options: &BTreeMap<String, String>) -> Result<(), String> {
    if let Some(option) = options.keys().find(|option| !kind.takes(option)) {
        return Err(format!("unexpected property '{option}'"));
    }
    let contents = options.get("content").map(|contents| elements(contents)).into_iter().flatten();
    match contents.into_iter().find(|content| !kind.contents.contains(content)) {
        Some(content) => Err(format!("storage does not support content type '{content}'")),
        None => Ok(()),
    }
}

fn update(world: &mut World, asked: &Asked) -> Outcome {
    let failed = |reason: String| Refusal::failed(format!("update storage failed: {reason}"));
    let name = asked.text("storage");
    if asked.get("digest").is_some_and(|digest| digest != digest_of(world)) {
        return Err(failed("detected modified configuration - file changed by other user? Try again.".to_owned()));
    }
    find(world, name)?;
    let storage = world.storages.get_mut(name).ok_or_else(|| failed(String::new()))?;
    let options = given(asked);
    check(storage.kind, &options).map_err(failed)?;
    let changes = |option: &&String| storage.kind.fixed.contains(&option.as_str());
    if let Some(option) = options.keys().find(changes) {
        return Err(failed(format!("can't change value of fixed parameter '{option}'")));
    }
    for option in elements(asked.text("delete")) {
        if storage.kind.fixed.contains(&option) {
            return Err(failed(format!("unable to delete fixed option '{option}'")));
        }
        if !storage.kind.takes(option) {
            return Err(failed(format!("unable to delete option '{option}': it is not defined")));
        }
        if options.contains_key(option) {
            return Err(failed(format!("unable to set and delete option '{option}' at the same time")));
        }
    }
    elements(asked.text("delete")).for_each(|option| drop(storage.options.remove(option)));
    let mut options = options;
    keep_apart(&mut options);
    storage.options.extend(options);
    Ok(Reply::Data(json!({ "storage": name, "type": storage.kind.name })))
}

fn delete(world: &mut World, asked: &Asked) -> Outcome {
    let name = asked.text("storage");
    find(world, name).map_err(|refusal| refusal.within("delete storage failed: "))?;
    world.storages.remove(name);
    Ok(Reply::done())
}
