//! The first settings of a machine: an image for cloud-init's data source NoCloud, which is a CD in one of its drives.

use super::disk::is_slot;
use crate::proxmox::client::Proxmox;
use crate::proxmox::formats;
use crate::proxmox::iso;
use crate::proxmox::upload::Upload;
use tfplugin::prelude::*;

/// The first settings of a machine, as cloud-init reads them from a CD with the label `cidata`.
///
/// The provider makes the image and uploads it; its name has a checksum of what is in it. What is in it cannot be read
/// back, so an import sends it again once.
#[derive(Clone, Nested)]
pub struct Initialization {
    /// Storage for the image, with the content type `iso`. Where only the machine's node sees it, a migration by
    /// `node_name` brings an image anew; one by hand or by HA is refused by Proxmox VE while the drive has it.
    #[tf(url, check = formats::storage)]
    pub datastore_id: String,

    /// Slot of the drive.
    #[tf(default = "ide2", check = slot)]
    pub interface: String,

    /// The file `user-data`, such as a text that begins with `#cloud-config`. It is in the state: a text with secrets
    /// belongs into `user_data_wo`.
    #[tf(unread)]
    pub user_data: Option<String>,

    /// The file `meta-data`; omit it for one with the machine's name, and an `instance-id` that is another one when
    /// `user-data` or `network-config` are, so that cloud-init carries them out at the next start.
    #[tf(unread)]
    pub meta_data: Option<String>,

    /// The file `network-config`; omit it for DHCP at the first card.
    #[tf(unread)]
    pub network_config: Option<String>,
}

fn slot(slot: &str) -> Result<(), String> {
    match is_slot(slot) {
        true => Ok(()),
        false => Err("is no slot of a drive, such as `ide2`".to_owned()),
    }
}

/// What is on the CD of a machine.
pub struct Content<'a> {
    /// Number of the machine.
    pub id: u64,
    /// Its name, if it has one.
    pub name: Option<&'a str>,
    /// What the user says.
    pub initialization: &'a Initialization,
    /// The file `user-data` that the state must not have.
    pub secret: Option<&'a str>,
    /// The number that is raised when it changes.
    pub secret_version: Option<u64>,
}

impl Content<'_> {
    fn image(&self) -> Vec<u8> {
        let said = self.initialization;
        let name = self.name.map(|name| format!("local-hostname: {name}\n")).unwrap_or_default();
        let meta = || format!("instance-id: substrate-{}-{:016x}\n{name}", self.id, self.instance());
        let meta = said.meta_data.clone().unwrap_or_else(meta);
        let user = self.secret.or(said.user_data.as_deref()).unwrap_or("#cloud-config\n{}\n");
        let mut files = vec![("user-data", user.as_bytes()), ("meta-data", meta.as_bytes())];
        files.extend(said.network_config.as_deref().map(|network| ("network-config", network.as_bytes())));
        iso::image("cidata", &files)
    }

    /// Tells what cloud-init carries out once apart, a secret by its version alone.
    fn instance(&self) -> u64 {
        let said = self.initialization;
        let user = self.secret.map_or(said.user_data.as_deref(), |_| None).unwrap_or_default();
        let network = said.network_config.as_deref().unwrap_or_default();
        checksum(&[user.as_bytes(), &[0], network.as_bytes(), &[0], &self.version()].concat())
    }

    /// Tells images apart by all that is in them, but a secret by its version alone: the name is in the state.
    fn checksum(&self) -> u64 {
        checksum(&[Content { secret: None, ..*self }.image(), self.version().to_vec()].concat())
    }

    fn version(&self) -> [u8; 8] {
        self.secret.and(self.secret_version).map(u64::to_be_bytes).unwrap_or_default()
    }

    /// Uploads the image from a node and returns its volume.
    pub async fn upload(&self, proxmox: &Proxmox, node: &str) -> Result<String> {
        let name = format!("substrate-{}-{:016x}.iso", self.id, self.checksum());
        let store = &self.initialization.datastore_id;
        let upload = Upload { node, store, content: "iso", name: &name, bytes: self.image() };
        upload.send(proxmox).await?;
        Ok(format!("{store}:iso/{name}"))
    }
}

/// Whether a volume is the image of a machine.
pub fn is_image(volume: &str, id: u64) -> bool {
    let name = volume.split_once(":iso/").map(|(_, name)| name);
    name.and_then(|name| name.strip_prefix(&format!("substrate-{id}-"))?.strip_suffix(".iso"))
        .is_some_and(|sum| sum.len() == 16 && sum.bytes().all(|c| c.is_ascii_hexdigit()))
}

/// FNV-1a: it tells images apart, and keeps nothing secret.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_its_name() {
        assert!(is_image("local:iso/substrate-100-0123456789abcdef.iso", 100));
        assert!(!is_image("local:iso/substrate-101-0123456789abcdef.iso", 100));
        assert!(!is_image("local:iso/debian.iso", 100) && !is_image("none", 100));
    }

    #[test]
    fn other_settings_are_another_image_and_a_secret_is_its_version() {
        let initialization = |user: &str| Initialization {
            datastore_id: "local".to_owned(),
            interface: "ide2".to_owned(),
            user_data: Some(user.to_owned()),
            meta_data: None,
            network_config: None,
        };
        let (one, other) = (initialization("a"), initialization("b"));
        let content = Content { id: 100, name: None, initialization: &one, secret: None, secret_version: None };
        assert_ne!(content.checksum(), Content { initialization: &other, ..content }.checksum());
        let secret = Content { secret: Some("hush"), secret_version: Some(1), ..content };
        assert_eq!(secret.checksum(), Content { secret: Some("psst"), ..secret }.checksum());
        assert_ne!(secret.checksum(), Content { secret_version: Some(2), ..secret }.checksum());
        assert_ne!(secret.image(), Content { secret: Some("psst"), ..secret }.image());
    }
}
