//! Files on storages: uploads and removals.

use tfplugin::prelude::*;

use super::client::Proxmox;
use super::work::Work;
use crate::http::{Request, path};

/// What parts are told apart by; no settings have it by chance.
const BOUNDARY: &str = "substrate-4d5f1a7c9b3e48d2a6c0f7e1b85d9340";

const MULTIPART: &str = "multipart/form-data; boundary=substrate-4d5f1a7c9b3e48d2a6c0f7e1b85d9340";

/// A file that is to be on a storage.
pub struct Upload<'a> {
    /// The node that writes it.
    pub node: &'a str,
    /// The storage.
    pub store: &'a str,
    /// Its content type.
    pub content: &'static str,
    /// Name of the file.
    pub name: &'a str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Upload<'_> {
    /// Uploads the file, over one of the same name.
    pub async fn send(&self, proxmox: &Proxmox) -> Result<()> {
        let url = path!("nodes" / self.node / "storage" / self.store / "upload");
        let request = Request::post(url).bytes(MULTIPART, self.body()).confidential().repeatable(true);
        Work::at(self.node, request.purpose(format!("upload `{}`", self.name))).done(proxmox).await?;
        proxmox.wrote(&path!("nodes" / self.node / "storage" / self.store / "content"));
        Ok(())
    }

    /// The parameters come before the file, as `PVE::APIServer::AnyEvent` wants them.
    fn body(&self) -> Vec<u8> {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\n{}\r\n--{BOUNDARY}\r\n\
             Content-Disposition: form-data; name=\"filename\"; filename=\"{}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n",
            self.content, self.name
        );
        [head.as_bytes(), &self.bytes, format!("\r\n--{BOUNDARY}--\r\n").as_bytes()].concat()
    }
}

/// Removes a volume such as `local:iso/debian.iso`; one that is gone is as good.
pub async fn remove(proxmox: &Proxmox, node: &str, volume: &str) -> Result<()> {
    let Some((store, _)) = volume.split_once(':') else { return Ok(()) };
    let content = path!("nodes" / node / "storage" / store / "content");
    let request = Request::delete(content.clone().segment(volume));
    let removed = Work::at(node, request).done(proxmox).await;
    proxmox.wrote(&content);
    match removed {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}
