//! Memory of a container.

use tfplugin::prelude::*;

/// The memory.
#[derive(Clone, Nested)]
pub struct Memory {
    /// MiB of memory; omit it for 512, or what the clone's source has.
    #[tf(api = "memory", computed, check = between(16..=u64::MAX))]
    pub dedicated: Option<u64>,

    /// MiB of swap; omit it for 512, or what the clone's source has.
    #[tf(computed)]
    pub swap: Option<u64>,
}
