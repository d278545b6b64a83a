//! Memory of a machine.

use tfplugin::prelude::*;

/// The memory.
#[derive(Clone, Nested)]
pub struct Memory {
    /// MiB of memory.
    #[tf(api = "memory", check = between(16..=u64::MAX))]
    pub dedicated: Option<u64>,

    /// MiB that it keeps when the host needs memory; 0 is no ballooning.
    #[tf(api = "balloon")]
    pub floating: Option<u64>,

    /// Weight among the guests of a node when the host needs memory.
    #[tf(api = "shares", check = between(0..=50_000))]
    pub shares: Option<u64>,
}
