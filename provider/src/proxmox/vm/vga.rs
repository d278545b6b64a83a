//! The graphics card of a machine.

use crate::proxmox::formats;
use tfplugin::prelude::*;

const KINDS: &[&str] = &[
    "std",
    "virtio",
    "virtio-gl",
    "qxl",
    "qxl2",
    "qxl3",
    "qxl4",
    "serial0",
    "serial1",
    "serial2",
    "serial3",
    "cirrus",
    "vmware",
    "none",
];

/// The graphics card.
#[derive(Clone, Nested)]
pub struct Vga {
    /// Kind, such as `std`, `virtio`, `qxl`, `serial0` or `none`.
    #[tf(check = formats::among(KINDS))]
    pub r#type: Option<String>,

    /// MiB of memory.
    #[tf(check = between(4..=512))]
    pub memory: Option<u64>,

    /// Clipboard that it shares: `vnc`.
    #[tf(check = formats::among(&["vnc"]))]
    pub clipboard: Option<String>,
}
