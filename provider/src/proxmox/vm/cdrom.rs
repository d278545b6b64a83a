//! CD drives of a machine.

use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};

use super::disk::BARE;
use crate::proxmox::formats;
use crate::proxmox::properties;

/// A CD drive, by its slot.
#[derive(Clone, Nested)]
pub struct Cdrom {
    /// Image in it, such as `local:iso/debian.iso`; `cdrom` is the host's drive, `none` nothing.
    #[tf(api = "file", default = "none", check = formats::drive_content)]
    pub file_id: String,
}

/// Whether a text is that of a CD drive.
pub fn is_cdrom(text: &str) -> bool {
    properties::parse(text, BARE).get("media").and_then(Value::as_str) == Some("cdrom")
}

/// What an answer's text says.
pub fn read(text: &str) -> Object {
    let mut drive = properties::parse(text, BARE);
    drive.retain(|name, _| name == BARE);
    drive
}

/// The text of a drive with this image in it.
pub fn text(file: &str) -> String {
    format!("{file},media=cdrom")
}
