//! The sound card of a machine.

use tfplugin::prelude::*;

/// The sound card.
#[derive(Clone, Nested)]
pub struct AudioDevice {
    /// Kind: `ich9-intel-hda`, `intel-hda` or `AC97`.
    pub device: String,

    /// Who hears it: `spice` or `none`.
    pub driver: Option<String>,
}
