//! Files that a node downloads to a storage.

use super::client::{Clear, Proxmox, found, has, with_form};
use super::download_words::{Algorithm, ContentType, PACKINGS, address, checksum, file, has_end};
use super::work::Work;
use super::{formats, upload};
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;

/// Manages a file on a storage that a node downloads by itself, such as an image of a CD or a disk.
#[derive(Clone, Schema)]
#[tf(name = "proxmox_download", key(node_name, datastore_id, content_type, file_name))]
#[tf(import = "{node_name}/{datastore_id}:{content_type}/{file_name}")]
#[tf(moved_from("proxmox_virtual_environment_download_file", "proxmox_download_file"))]
#[expect(clippy::duplicated_attributes, reason = "an attribute can stand in several rules")]
#[tf(created_with(url), requires(checksum, checksum_algorithm), requires(checksum_algorithm, checksum))]
#[tf(fits(file_name, content_type, |name: &String, content: &ContentType| has_end(name, *content)))]
#[tf(requires_word(decompression_algorithm, content_type, "iso"))]
#[tf(timeouts(create = "30m", delete = "5m"))]
pub struct Download {
    /// Node that downloads the file.
    #[tf(url, check = formats::node)]
    node_name: String,

    /// Storage that gets it.
    #[tf(url, check = formats::storage)]
    datastore_id: String,

    /// What the file is.
    #[tf(api = "content")]
    content_type: ContentType,

    /// Name of the file, with the end that its content has, such as `debian.iso` or `debian.qcow2`.
    #[tf(api = "filename", check = file)]
    file_name: String,

    /// Where the file is. A file that is imported may do without.
    #[tf(unread, replace, check = address)]
    url: Option<String>,

    /// Checksum that the file must have.
    #[tf(unread, replace, check = checksum)]
    checksum: Option<String>,

    /// Kind of the checksum.
    #[tf(unread, replace, api = "checksum-algorithm")]
    checksum_algorithm: Option<Algorithm>,

    /// How the file is packed, if it is to be unpacked, which only an `iso` can be: `gz`, `lzo`, `zst` or `bz2`.
    #[tf(unread, replace, api = "compression", check = formats::among(PACKINGS))]
    decompression_algorithm: Option<String>,

    /// Whether the certificate of the server must be valid.
    #[tf(unread, api = "verify-certificates")]
    verify: Option<bool>,

    /// Bytes of the file.
    size: Computed<u64>,
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
