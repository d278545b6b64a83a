//! Words of a machine's attributes.

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
