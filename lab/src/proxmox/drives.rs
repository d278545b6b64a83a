//! Disks, network devices and the other options of a guest, on their way from a call into its configuration.

use std::collections::BTreeMap;

use crate::proxmox::guest::{Guest, Kind, slot, volume};
use crate::proxmox::parts::{self, Parts};
use crate::proxmox::volumes::{self, Volume};
use crate::proxmox::world::World;

/// Size of the drive with the variables of a firmware, by its type.
const FIRMWARE: &[(&str, u64)] = &[("2m", 131_072), ("4m", 540_672)];

/// Size of the state of a TPM, which is the same for all.
const TPM: u64 = 4 << 20;

/// What makes the options of a guest.
#[derive(Clone, Debug)]
pub struct Place {
    /// The guest.
    pub vmid: u32,
    /// Its kind.
    pub kind: Kind,
    /// Its node.
    pub node: String,
}

impl Place {
    /// The place of a guest.
    #[must_use]
    pub fn of(guest: &Guest) -> Self {
        Self { vmid: guest.vmid, kind: guest.kind, node: guest.node.clone() }
    }

    /// Refuses what a storage cannot give, before a task is made.
    ///
    /// # Errors
    ///
    /// A storage or a volume is not there.
    pub fn check(&self, world: &World, options: &BTreeMap<String, String>) -> Result<(), String> {
        for (name, value) in options {
            let Some(kind) = slot(self.kind, name) else { continue };
            let Some(volid) = volume(value) else { continue };
            let store = volumes::storage_of(volid);
            let storage = crate::proxmox::storage::on(world, store, &self.node).map_err(|refusal| refusal.reason)?;
            if self.kind == Kind::Lxc && !storage.contents().contains(&"rootdir") {
                return Err(format!("storage '{store}' does not allow content type 'rootdir' (Container)"));
            }
            if let Some(source) = parts::known(kind, value).get("import-from") {
                volumes::find(world, &self.node, source)?;
            } else if size(volid).is_none() && !volid.ends_with(":cloudinit") {
                volumes::find(world, &self.node, volid)?;
            }
        }
        Ok(())
    }

    /// Makes what options ask for, such as disks, and returns the options as the configuration has them.
    ///
    /// # Errors
    ///
    /// A volume cannot be made; those that were made are removed.
    pub fn make(
        &self,
        world: &mut World,
        options: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, String> {
        let mut made = Vec::new();
        let mut config = BTreeMap::new();
        for (name, value) in options {
            match self.option(world, name, value, &mut made) {
                Ok(value) => drop(config.insert(name.clone(), value)),
                Err(error) => {
                    made.iter().for_each(|volid| volumes::remove(world, &self.node, volid));
                    return Err(error);
                }
            }
        }
        Ok(config)
    }

    fn option(&self, world: &mut World, name: &str, value: &str, made: &mut Vec<String>) -> Result<String, String> {
        if let Some(kind) = slot(self.kind, name) {
            return self.disk(world, kind, parts::known(kind, value), made);
        }
        let numbered = |word: &str| name.strip_prefix(word).is_some_and(|n| n.parse::<u32>().is_ok());
        Ok(match (self.kind, name) {
            (Kind::Qemu, _) if numbered("net") => {
                let mut parts = parts::known("net", value);
                self.address(world, &mut parts, "macaddr");
                parts::print("net", &parts)
            }
            (Kind::Lxc, _) if numbered("net") => {
                let mut parts = parts::known("lxc-net", value);
                parts.entry("type".to_owned()).or_insert_with(|| "veth".to_owned());
                self.address(world, &mut parts, "hwaddr");
                parts::print("lxc-net", &parts)
            }
            (_, "tags") => tags(value),
            // A container's description ends with a line break (`PVE::LXC::Config::parse_pct_config`; unrecorded).
            (Kind::Lxc, "description") => format!("{}\n", value.trim_end()),
            // Blanks stand between them (`PVE::LXC::verify_nameserver_list`; unrecorded).
            (Kind::Lxc, "nameserver" | "searchdomain") => {
                crate::proxmox::formats::elements(value).collect::<Vec<_>>().join(" ")
            }
            (Kind::Qemu, "vmgenid") if value == "1" => world.uuid(),
            (Kind::Qemu, "description") => value.trim_end().to_owned(),
            _ => value.to_owned(),
        })
    }

    fn address(&self, world: &mut World, parts: &mut Parts, name: &str) {
        // A device that keeps its name keeps its address only where the call says it.
        let address = parts.get(name).map(|address| address.to_uppercase()).unwrap_or_else(|| world.mac());
        parts.insert(name.to_owned(), address);
    }

    fn disk(&self, world: &mut World, kind: &str, mut parts: Parts, made: &mut Vec<String>) -> Result<String, String> {
        let first = if self.kind == Kind::Qemu { "file" } else { "volume" };
        let value = parts.get(first).cloned().unwrap_or_default();
        let Some(volid) = volume(&value) else { return Ok(parts::print(kind, &parts)) };
        let storage = volumes::storage_of(volid).to_owned();
        if volid.ends_with(":cloudinit") {
            let volid = self.cloud_init(world, &storage)?;
            made.push(volid.clone());
            parts.insert("media".to_owned(), "cdrom".to_owned());
            parts.insert(first.to_owned(), volid);
            return Ok(parts::print(kind, &parts));
        }
        let wanted = parts.remove("format");
        let bytes = match (parts.remove("import-from"), size(volid)) {
            (Some(source), _) => Some(volumes::find(world, &self.node, &source)?.size.max(1 << 20)),
            (None, Some(gigabytes)) => Some(match kind {
                "efidisk" => {
                    let firmware = parts.get("efitype").map_or("2m", String::as_str);
                    FIRMWARE.iter().find(|(name, _)| *name == firmware).map_or(131_072, |(_, size)| *size)
                }
                "tpmstate" => TPM,
                _ => gigabytes,
            }),
            (None, None) => None,
        };
        let size = match bytes {
            None => volumes::find(world, &self.node, volid)?.size,
            Some(bytes) => {
                let format = volumes::format(world, &storage, wanted.as_deref())?;
                let volume = Volume::of_guest(self.vmid, bytes, &format);
                let vmid = self.vmid;
                let volid = volumes::allocate(world, &self.node, &storage, volume, &|number| {
                    format!("vm-{vmid}-disk-{number}")
                })?;
                made.push(volid.clone());
                parts.insert(first.to_owned(), volid);
                bytes
            }
        };
        if kind != "unused" && kind != "lxc-unused" {
            parts.insert("size".to_owned(), volumes::size(size));
        }
        Ok(parts::print(kind, &parts))
    }

    fn cloud_init(&self, world: &mut World, storage: &str) -> Result<String, String> {
        let files = crate::proxmox::storage::find(world, storage).map_err(|refusal| refusal.reason)?.kind.files;
        let volume = Volume::of_guest(self.vmid, 4 << 20, if files { "qcow2" } else { "raw" });
        let vmid = self.vmid;
        volumes::allocate(world, &self.node, storage, volume, &|_| format!("vm-{vmid}-cloudinit"))
    }
}

/// The size that is asked for in the place of a volume's name, in bytes: `local:8` is 8 GiB on `local`.
fn size(volid: &str) -> Option<u64> {
    let (_, size) = volid.split_once(':')?;
    volumes::bytes(&format!("{size}G")).filter(|_| !size.contains(|letter: char| letter.is_ascii_alphabetic()))
}

/// Tags without repetition, in lower case and in order, as they are kept unless the cluster's options say otherwise
/// (`PVE::GuestHelpers::get_unique_tags`).
fn tags(value: &str) -> String {
    let tags: std::collections::BTreeSet<String> =
        crate::proxmox::formats::elements(value).map(str::to_lowercase).collect();
    tags.into_iter().collect::<Vec<_>>().join(";")
}

/// The order of booting that a virtual machine has where none is asked for: the first disk, the first CD drive, the
/// first network device.
#[must_use]
pub fn boot_order(config: &BTreeMap<String, String>) -> String {
    let is_drive = |name: &str| matches!(slot(Kind::Qemu, name), Some("ide" | "sata" | "scsi" | "virtio"));
    let drives = || config.iter().filter(|(name, _)| is_drive(name));
    let disk = drives().find(|(_, value)| !crate::proxmox::guest::is_cdrom(value));
    let cdrom = drives().find(|(_, value)| crate::proxmox::guest::is_cdrom(value));
    let is_network = |name: &str| name.strip_prefix("net").is_some_and(|number| number.parse::<u32>().is_ok());
    let network = config.iter().find(|(name, _)| is_network(name));
    let names: Vec<&str> = [disk, cdrom, network].into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    format!("order={}", names.join(";"))
}
