//! Words of a machine's attributes.

use super::disk::is_slot;
use crate::proxmox::options::is_numbered;
use tfplugin::prelude::*;

/// A firmware.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Bios {
    /// The old one.
    Seabios,
    /// UEFI.
    Ovmf,
}

/// A SCSI controller.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum ScsiHardware {
    /// LSI's 53C895A.
    Lsi,
    /// LSI's 53C810.
    Lsi53c810,
    /// Paravirtual, for all disks.
    #[tf(word = "virtio-scsi-pci", api = "virtio-scsi-pci")]
    VirtioScsiPci,
    /// Paravirtual, one for each disk.
    #[tf(word = "virtio-scsi-single", api = "virtio-scsi-single")]
    VirtioScsiSingle,
    /// MegaRAID.
    Megasas,
    /// VMware's.
    Pvscsi,
}

/// Keyboards that a console knows.
pub const KEYBOARDS: &[&str] = &[
    "de", "de-ch", "da", "en-gb", "en-us", "es", "fi", "fr", "fr-be", "fr-ca", "fr-ch", "hu", "is", "it", "ja", "lt",
    "mk", "nl", "no", "pl", "pt", "pt-br", "sv", "sl", "tr",
];

/// Refuses what nothing boots from.
pub fn boots(order: &[String]) -> Result<(), String> {
    let is_device = |device: &str| ["net", "usb", "hostpci"].iter().any(|kind| is_numbered(device, kind));
    if order.is_empty() {
        return Err("has no devices; omit it for what Proxmox VE chooses".to_owned());
    }
    if let Some((_, device)) = order.iter().enumerate().find(|(place, device)| order[..*place].contains(device)) {
        return Err(format!("has `{device}` twice"));
    }
    match order.iter().find(|device| !is_slot(device) && !is_device(device)) {
        Some(device) => Err(format!("has `{device}`, which is no device to boot from, such as `scsi0` or `net0`")),
        None => Ok(()),
    }
}
