//! The guest agent of a machine.

use tfplugin::prelude::*;

/// How the guest agent is reached.
#[derive(Clone, Nested)]
pub struct Agent {
    /// Whether there is one.
    #[tf(default = false)]
    pub enabled: bool,

    /// Whether it trims disks that were cloned or moved.
    #[tf(api = "fstrim_cloned_disks")]
    pub trim: Option<bool>,

    /// How it is connected.
    pub r#type: Option<AgentType>,
}

/// A connection of a guest agent.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum AgentType {
    /// A paravirtual serial port.
    Virtio,
    /// A serial port.
    Isa,
}
