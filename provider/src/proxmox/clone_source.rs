//! What a guest is a clone of.

use super::formats;
use super::guest_words::guest_id;
use tfplugin::prelude::*;

/// The guest or template that is cloned.
#[derive(Clone, Nested, PartialEq)]
pub struct CloneSource {
    /// Number of it; it is found on whatever node it is.
    #[tf(check = guest_id)]
    pub vm_id: u64,

    /// Whether the disks are copied; else they are linked to those of the template.
    #[tf(default = true)]
    pub full: bool,

    /// Storage for the copies; omit it for where the disks are.
    #[tf(check = formats::storage)]
    pub datastore_id: Option<String>,
}
