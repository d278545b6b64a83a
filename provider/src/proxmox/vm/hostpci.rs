//! Devices of the host that a machine has.

use crate::proxmox::formats;
use tfplugin::prelude::*;

/// A PCI device of the host.
#[derive(Clone, Nested)]
#[tf(one_of(id, mapping))]
pub struct HostPci {
    /// Address, such as `0000:01:00.0`; only `root@pam` may set it.
    #[tf(api = "host")]
    pub id: Option<String>,

    /// Name of a mapping of the cluster.
    #[tf(check = formats::config_id)]
    pub mapping: Option<String>,

    /// Kind of mediated device.
    pub mdev: Option<String>,

    /// Whether the guest sees PCI Express.
    pub pcie: Option<bool>,

    /// Whether the guest sees the device's ROM.
    pub rombar: Option<bool>,

    /// Whether it is the guest's first graphics card.
    #[tf(api = "x-vga")]
    pub xvga: Option<bool>,
}
