//! USB devices of the host that a machine has.

use tfplugin::prelude::*;

/// A USB device.
#[derive(Clone, Nested)]
#[tf(one_of(host, mapping))]
pub struct Usb {
    /// Device, such as `1234:5678`, or port, such as `1-2`, which only `root@pam` may set; `spice` is the viewer's.
    pub host: Option<String>,

    /// Name of a mapping of the cluster.
    pub mapping: Option<String>,

    /// Whether it is USB 3.
    pub usb3: Option<bool>,
}
