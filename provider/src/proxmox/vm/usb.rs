//! USB devices of the host that a machine has.

use crate::proxmox::formats;
use tfplugin::prelude::*;

/// A USB device.
#[derive(Clone, Nested)]
#[tf(one_of(host, mapping))]
pub struct Usb {
    /// Device, such as `1234:5678`, or port, such as `1-2`, which only `root@pam` may set; `spice` is the viewer's.
    #[tf(check = device)]
    pub host: Option<String>,

    /// Name of a mapping of the cluster.
    #[tf(check = formats::config_id)]
    pub mapping: Option<String>,

    /// Whether it is USB 3.
    pub usb3: Option<bool>,
}

fn device(host: &str) -> Result<(), String> {
    let hexadecimal = |text: &str| {
        text.trim_start_matches("0x").len() == 4 && u16::from_str_radix(text.trim_start_matches("0x"), 16).is_ok()
    };
    let is_number = |text: &str| text.parse::<u16>().is_ok();
    let by_id = host.split_once(':').is_some_and(|(vendor, product)| hexadecimal(vendor) && hexadecimal(product));
    let by_port = host.split_once('-').is_some_and(|(bus, ports)| is_number(bus) && ports.split('.').all(is_number));
    match by_id || by_port || host.eq_ignore_ascii_case("spice") {
        true => Ok(()),
        false => Err("is neither a device such as `1234:5678`, nor a port such as `1-2`, nor `spice`".to_owned()),
    }
}
