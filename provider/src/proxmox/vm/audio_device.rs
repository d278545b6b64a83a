//! The sound card of a machine.

use crate::proxmox::formats;
use tfplugin::prelude::*;

/// The sound card.
#[derive(Clone, Nested)]
pub struct AudioDevice {
    /// Kind: `ich9-intel-hda`, `intel-hda` or `AC97`.
    #[tf(check = formats::among(&["ich9-intel-hda", "intel-hda", "AC97"]))]
    pub device: String,

    /// Who hears it: `spice` or `none`.
    #[tf(check = formats::among(&["spice", "none"]))]
    pub driver: Option<String>,
}
