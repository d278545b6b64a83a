//! Random numbers of the host for a machine.

use crate::proxmox::formats;
use tfplugin::prelude::*;

/// The source of random numbers.
#[derive(Clone, Nested)]
pub struct Rng {
    /// Device of the host: `/dev/urandom`, `/dev/random` or `/dev/hwrng`.
    #[tf(check = formats::among(&["/dev/urandom", "/dev/random", "/dev/hwrng"]))]
    pub source: String,

    /// Bytes in each period.
    pub max_bytes: Option<u64>,

    /// Milliseconds of a period.
    pub period: Option<u64>,
}
