//! Files that a node downloads to a storage.

use super::client::{Clear, Proxmox, found, has, with_form};
use super::upload;
use super::work::Work;
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;

/// Manages a file on a storage that a node downloads by itself, such as an image of a CD or a disk.
#[derive(Clone, Schema)]
#[tf(name = "proxmox_download", key(node_name, datastore_id, content_type, file_name))]
#[tf(import = "{node_name}/{datastore_id}:{content_type}/{file_name}")]
#[tf(moved_from("proxmox_virtual_environment_download_file", "proxmox_download_file"))]
#[tf(requires(checksum, checksum_algorithm), requires(checksum_algorithm, checksum))]
#[tf(timeouts(create = "30m", delete = "5m"))]
pub struct Download {
    /// Node that downloads the file.
    #[tf(url)]
    node_name: String,

    /// Storage that gets it.
    #[tf(url)]
    datastore_id: String,

    /// What the file is.
    #[tf(api = "content")]
    content_type: ContentType,

    /// Name of the file, with the end that its content has, such as `debian.iso` or `debian.qcow2`.
    #[tf(api = "filename", check = file)]
    file_name: String,

    /// Where the file is.
    #[tf(unread, replace, check = address)]
    url: Option<String>,

    /// Checksum that the file must have.
    #[tf(unread, replace)]
    checksum: Option<String>,

    /// Kind of the checksum.
    #[tf(unread, replace, api = "checksum-algorithm")]
    checksum_algorithm: Option<Algorithm>,

    /// How the file is packed, if it is to be unpacked: `gz`, `lzo`, `zst` or `bz2`.
    #[tf(unread, replace, api = "compression")]
    decompression_algorithm: Option<String>,

    /// Whether the certificate of the server must be valid.
    #[tf(unread, api = "verify-certificates")]
    verify: Option<bool>,

    /// Bytes of the file.
    size: Computed<u64>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum ContentType {
    /// An image of a CD.
    Iso,
    /// A template for containers.
    Vztmpl,
    /// A disk, for machines to be made of.
    Import,
}

/// A kind of checksum.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Algorithm {
    /// MD5, which says nothing about who made the file.
    Md5,
    /// SHA-1, which says nothing about who made the file.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

fn file(name: &str) -> Result<(), String> {
    match name.contains('/') || name.contains(char::is_whitespace) {
        true => Err("is no name of a file: it has `/` or spaces".to_owned()),
        false => length(1..=255)(name),
    }
}

fn address(url: &str) -> Result<(), String> {
    match url.starts_with("https://") || url.starts_with("http://") {
        true => Ok(()),
        false => Err("begins with neither `https://` nor `http://`".to_owned()),
    }
}

fn content(node: &str, store: &str) -> ApiPath {
    path!("nodes" / node / "storage" / store / "content")
}

fn volume((_, store, kind, name): &<Download as Schema>::Key) -> String {
    let kind = match kind {
        ContentType::Iso => "iso",
        ContentType::Vztmpl => "vztmpl",
        ContentType::Import => "import",
    };
    format!("{store}:{kind}/{name}")
}

impl Resource for Download {
    type Client = Proxmox;

    async fn create(proxmox: &Proxmox, plan: Download) -> Result<Download> {
        if plan.url.is_none() {
            return Err(Error::new("`url` is not set").hint("Say where the file is.").at_attribute("url"));
        }
        let url = path!("nodes" / plan.node_name / "storage" / plan.datastore_id / "download-url");
        let request = Request::post(url).purpose(format!("download `{}`", plan.file_name));
        let request = with_form::<Download>(request, &Body::create(plan.clone()), Clear::Delete);
        let done = Work::at(&plan.node_name, request).done(proxmox).await;
        proxmox.wrote(&content(&plan.node_name, &plan.datastore_id));
        done?;
        Ok(plan)
    }

    async fn read(proxmox: &Proxmox, key: Self::Key) -> Result<Option<Download>> {
        let (list, volume) = (proxmox.list(content(&key.0, &key.1)).await?, volume(&key));
        let file = list.iter().find(|file| has(file, "volid", volume.as_str())).cloned();
        found(file, &Self::key_object(&key))
    }

    /// Nothing of a file can change but what the next download heeds.
    async fn update(_: &Proxmox, _: Self::Key, _: Change<Download>) -> Result<()> {
        Ok(())
    }

    async fn delete(proxmox: &Proxmox, key: Self::Key, _: Download) -> Result<()> {
        upload::remove(proxmox, &key.0, &volume(&key)).await
    }
}
