//! Storages: what the nodes of a cluster keep volumes and files on.

use super::client::{Clear, Proxmox, found, has, text_of, with_form};
use super::storage_words::StorageType::{Btrfs, Cephfs, Cifs, Dir, Lvm, Lvmthin, Nfs, Pbs, Rbd, Zfspool};
use super::storage_words::{
    Backups, Preallocation, StorageType, block_size, content, host_names, mount_options, mount_point, only,
};
use super::{formats, properties, work};
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::Known;
use tfplugin::value::{Object, Value};

/// Manages a storage: how the nodes of a cluster reach it, and what may be on it. Destroying it removes the definition
/// and leaves what is on the storage, but the encryption key of a `pbs` goes with it: that is refused unless
/// `force_destroy` is set.
#[derive(Clone, Schema)]
#[tf(name = "proxmox_storage", key(id))]
#[expect(clippy::duplicated_attributes, reason = "an attribute can stand in several rules")]
#[tf(when_word(type, path, "dir"), when_word(type, path, "btrfs"), when_word(type, volume_group, "lvm"))]
#[tf(when_word(type, volume_group, "lvmthin"), when_word(type, thin_pool, "lvmthin"), when_word(type, pool, "zfspool"))]
#[tf(when_word(type, server, "nfs"), when_word(type, export, "nfs"), when_word(type, server, "cifs"))]
#[tf(when_word(type, share, "cifs"), when_word(type, server, "pbs"), when_word(type, datastore, "pbs"))]
#[tf(fits(server, type, only::<String>(&[Nfs, Cifs, Pbs])), fits(export, type, only::<String>(&[Nfs])))]
#[tf(fits(share, type, only::<String>(&[Cifs])), fits(options, type, only::<String>(&[Nfs, Cifs])))]
#[tf(fits(subdir, type, only::<String>(&[Cifs, Cephfs])), fits(datastore, type, only::<String>(&[Pbs])))]
#[tf(fits(username, type, only::<String>(&[Cifs, Pbs, Rbd, Cephfs])), fits(fingerprint, type, only::<String>(&[Pbs])))]
#[tf(fits(password_wo, type, only::<WriteOnly<String>>(&[Cifs, Pbs])), fits(krbd, type, only::<bool>(&[Rbd])))]
#[tf(fits(pool, type, only::<String>(&[Rbd, Zfspool])), fits(data_pool, type, only::<String>(&[Rbd])))]
#[tf(fits(namespace, type, only::<String>(&[Rbd, Pbs])), fits(monhost, type, only::<BTreeSet<String>>(&[Rbd, Cephfs])))]
#[tf(fits(keyring_wo, type, only::<WriteOnly<String>>(&[Rbd, Cephfs])), fits(fs_name, type, only::<String>(&[Cephfs])))]
#[tf(fits(volume_group, type, only::<String>(&[Lvm, Lvmthin])), fits(thin_pool, type, only::<String>(&[Lvmthin])))]
#[tf(fits(domain, type, only::<String>(&[Cifs])), fits(is_mountpoint, type, only::<String>(&[Dir, Btrfs])))]
#[tf(fits(blocksize, type, only::<String>(&[Zfspool])), fits(thin_provision, type, only::<bool>(&[Zfspool])))]
#[tf(fits(preallocation, type, only::<Preallocation>(&[Dir, Nfs, Cifs])))]
#[tf(requires(password_wo, password_wo_version), requires(keyring_wo, keyring_wo_version))]
pub struct Storage {
    /// Name of the storage.
    #[tf(api = "storage", check = formats::storage)]
    id: String,

    /// Kind of the storage.
    #[tf(replace)]
    r#type: StorageType,

    /// What may be on it: `images`, `rootdir`, `vztmpl`, `backup`, `iso`, `snippets`, `import`.
    #[tf(computed, comma, check = content)]
    content: Option<BTreeSet<String>>,

    /// Nodes that have it; omit it for all.
    #[tf(comma, check = formats::nodes)]
    nodes: Option<BTreeSet<String>>,

    /// Whether nobody may use it.
    disable: Option<bool>,

    /// Whether all nodes see the same on it; those of the network always do.
    #[tf(computed)]
    shared: Option<bool>,

    /// Directory, for `dir` and `btrfs`; others are mounted where Proxmox VE says.
    #[tf(computed, replace, check = formats::path)]
    path: Option<String>,

    /// Whether the storage is off while nothing is mounted at its path, for `dir` and `btrfs`: `yes`, `no`, or the path that
    /// must be mounted.
    #[tf(check = mount_point)]
    is_mountpoint: Option<String>,

    /// Host, for `nfs`, `cifs` and `pbs`.
    #[tf(replace, check = formats::server)]
    server: Option<String>,

    /// Path that the server exports, for `nfs`.
    #[tf(replace, check = formats::path)]
    export: Option<String>,

    /// Share of the server, for `cifs`.
    #[tf(replace)]
    share: Option<String>,

    /// Options of the mount, for `nfs` and `cifs`.
    #[tf(check = mount_options)]
    options: Option<String>,

    /// Directory of the share or file system that is mounted, for `cifs` and `cephfs`.
    #[tf(check = formats::path)]
    subdir: Option<String>,

    /// User, for `cifs`, `pbs`, `rbd` and `cephfs`.
    username: Option<String>,

    /// Domain of the user, for `cifs`.
    #[tf(check = length(1..=256))]
    domain: Option<String>,

    /// Password of the user; it never reaches the state. Raise `password_wo_version` to send it again.
    #[tf(api = "password")]
    password_wo: Option<WriteOnly<String>>,

    /// Number to raise when `password_wo` changes.
    #[tf(local)]
    password_wo_version: Option<u64>,

    /// Datastore of the server, for `pbs`.
    #[tf(replace)]
    datastore: Option<String>,

    /// Fingerprint of the server's certificate, for `pbs`.
    #[tf(check = formats::fingerprint)]
    fingerprint: Option<String>,

    /// Pool, for `rbd` and `zfspool`.
    #[tf(replace)]
    pool: Option<String>,

    /// Pool for the data, for an erasure coded `rbd`.
    #[tf(api = "data-pool", replace)]
    data_pool: Option<String>,

    /// Namespace, for `rbd` and `pbs`.
    namespace: Option<String>,

    /// Addresses of the monitors of a cluster elsewhere, for `rbd` and `cephfs`.
    #[tf(check = host_names)]
    monhost: Option<BTreeSet<String>>,

    /// Keyring of the user at that cluster; it never reaches the state. Raise `keyring_wo_version` to send it again.
    #[tf(api = "keyring")]
    keyring_wo: Option<WriteOnly<String>>,

    /// Number to raise when `keyring_wo` changes.
    #[tf(local)]
    keyring_wo_version: Option<u64>,

    /// Whether images are mapped by the kernel, for `rbd`.
    krbd: Option<bool>,

    /// File system, for `cephfs`.
    #[tf(api = "fs-name", check = formats::config_id)]
    fs_name: Option<String>,

    /// Volume group, for `lvm` and `lvmthin`.
    #[tf(api = "vgname", replace)]
    volume_group: Option<String>,

    /// Pool of the volume group, for `lvmthin`.
    #[tf(api = "thinpool", replace)]
    thin_pool: Option<String>,

    /// Size of the blocks of new volumes, for `zfspool`, such as `16k`.
    #[tf(check = block_size)]
    blocksize: Option<String>,

    /// Whether new volumes get their space when it is written, for `zfspool`.
    #[tf(api = "sparse")]
    thin_provision: Option<bool>,

    /// How volumes of files are allocated.
    preallocation: Option<Preallocation>,

    /// How many backups are kept.
    #[tf(api = "prune-backups")]
    backups: Option<Backups>,

    /// Whether destroying the storage deletes its encryption key: without a copy of it, nobody can read the encrypted
    /// backups any more.
    #[tf(local, default = false)]
    force_destroy: bool,

    /// Fingerprint of the key that backups are encrypted with, for a `pbs` that has one.
    #[tf(read = "encryption-key")]
    encryption_key_fingerprint: Computed<Option<String>>,
}

fn url(id: &str) -> ApiPath {
    path!("storage" / id)
}

/// A body with the texts that Proxmox VE keeps.
fn in_texts(mut body: Body) -> Body {
    if let Some(Value::Map(kept)) = body.set.remove("prune-backups") {
        body = body.with("prune-backups", properties::join(&kept, ""));
    }
    body
}

/// An answer in the table's form.
fn in_objects(mut answer: Object) -> Object {
    if let Some(kept) = answer.remove("prune-backups") {
        answer.insert("prune-backups".to_owned(), Value::Map(properties::parse(&text_of(&kept), "")));
    }
    if let Some(hosts) = answer.remove("monhost") {
        let hosts = text_of(&hosts);
        let hosts = hosts.split([' ', ',', ';']).filter(|host| !host.is_empty());
        answer.insert("monhost".to_owned(), Value::List(hosts.map(Value::from).collect()));
    }
    answer
}

/// Refuses where the storage has an encryption key now: Proxmox VE deletes it with the storage
/// (`PVE::Storage::PBSPlugin`, `on_delete_hook`).
async fn keeps_no_key(proxmox: &Proxmox, id: &str) -> Result<()> {
    let storages = proxmox.whole(path!("storage")).await?;
    let storage = storages.iter().find(|storage| has(storage, "storage", id));
    let Some(key) = storage.and_then(|storage| storage.get("encryption-key")) else { return Ok(()) };
    let text = format!(
        "the storage `{id}` has the encryption key {}, which goes with it: nobody could read its encrypted backups any \
         more",
        text_of(key)
    );
    Err(Error::new(text).hint(format!(
        "Keep a copy of `/etc/pve/priv/storage/{id}.enc` of a node, then set `force_destroy = true` and apply first."
    )))
}

impl Resource for Storage {
    type Client = Proxmox;

    async fn create(proxmox: &Proxmox, plan: Storage) -> Result<Storage> {
        let body = in_texts(Body::create(plan.clone()));
        let request = Request::post(path!("storage")).purpose(format!("define the storage `{}`", plan.id));
        work::unlocked(proxmox, with_form::<Storage>(request, &body, Clear::Delete)).await?;
        Ok(plan)
    }

    async fn read(proxmox: &Proxmox, id: String) -> Result<Option<Storage>> {
        let storages = proxmox.list(path!("storage")).await?;
        let storage = storages.iter().find(|storage| has(storage, "storage", id.as_str())).cloned();
        found(storage.map(in_objects), &Known::new())
    }

    async fn update(proxmox: &Proxmox, id: String, change: Change<Storage>) -> Result<()> {
        proxmox.put::<Storage>(url(&id), &in_texts(change.diff()), Clear::Delete).await
    }

    async fn delete(proxmox: &Proxmox, id: String, state: Storage) -> Result<()> {
        if !state.force_destroy {
            keeps_no_key(proxmox, &id).await?;
        }
        proxmox.delete(url(&id)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_objects_in_the_table() {
        let answer = Object::from([
            ("prune-backups".to_owned(), "keep-last=3,keep-daily=7".into()),
            ("monhost".to_owned(), "10.0.0.1 10.0.0.2".into()),
        ]);
        let read = in_objects(answer);
        assert_eq!(text_of(&read["monhost"]), "10.0.0.1,10.0.0.2");
        let body = Body::default().with("prune-backups", read["prune-backups"].clone());
        assert_eq!(in_texts(body).set["prune-backups"], "keep-daily=7,keep-last=3".into());
        assert_eq!(Backups::FIELDS.len(), 7);
    }
}
