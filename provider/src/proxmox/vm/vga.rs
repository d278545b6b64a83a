//! The graphics card of a machine.

use tfplugin::prelude::*;

/// The graphics card.
#[derive(Clone, Nested)]
pub struct Vga {
    /// Kind, such as `std`, `virtio`, `qxl`, `serial0` or `none`.
    pub r#type: Option<String>,

    /// MiB of memory.
    #[tf(check = between(4..=512))]
    pub memory: Option<u64>,

    /// Clipboard that it shares: `vnc`.
    pub clipboard: Option<String>,
}
