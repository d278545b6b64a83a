//! Serial ports of a machine.

use tfplugin::prelude::*;

/// A serial port.
#[derive(Clone, Nested)]
pub struct SerialDevice {
    /// What it is connected to: `socket`, or a device of the host such as `/dev/ttyS0`, which only `root@pam` may set.
    #[tf(default = "socket")]
    pub device: String,
}
