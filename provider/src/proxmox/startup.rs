//! When a guest starts with its node.

use tfplugin::prelude::*;

/// The order among the guests of a node.
#[derive(Clone, Nested)]
pub struct Startup {
    /// Rank; they stop in the opposite order.
    pub order: Option<u64>,

    /// Seconds until the next one starts.
    #[tf(api = "up")]
    pub up_delay: Option<u64>,

    /// Seconds until the next one stops.
    #[tf(api = "down")]
    pub down_delay: Option<u64>,
}
