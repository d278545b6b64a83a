//! Serial ports of a machine.

use tfplugin::prelude::*;

/// A serial port.
#[derive(Clone, Nested)]
pub struct SerialDevice {
    /// What it is connected to: `socket`, or a device of the host such as `/dev/ttyS0`, which only `root@pam` may set.
    #[tf(default = "socket", check = connection)]
    pub device: String,
}

fn connection(device: &str) -> Result<(), String> {
    match device == "socket" || device.starts_with("/dev/") {
        true => Ok(()),
        false => Err("is neither `socket` nor a device of the host such as `/dev/ttyS0`".to_owned()),
    }
}
