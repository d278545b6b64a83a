//! Processors of a container.

use tfplugin::prelude::*;

/// The processors; what is omitted is Proxmox VE's default.
#[derive(Clone, Nested)]
pub struct Cpu {
    /// Architecture; omit it for that of the template.
    #[tf(api = "arch", computed)]
    pub architecture: Option<Architecture>,

    /// Processors that it sees; omit it for all of the node.
    #[tf(check = between(1..=8192))]
    pub cores: Option<u64>,

    /// Processors' time at most; 2 is that of two.
    #[tf(api = "cpulimit", check = limit)]
    pub limit: Option<f64>,

    /// Weight among the guests of a node.
    #[tf(api = "cpuunits", check = between(0..=500_000))]
    pub units: Option<u64>,
}

/// An architecture of containers.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Architecture {
    /// x86, 64 bits.
    Amd64,
    /// x86, 32 bits.
    I386,
    /// ARM, 64 bits.
    Arm64,
    /// ARM, 32 bits.
    Armhf,
    /// RISC-V, 32 bits.
    Riscv32,
    /// RISC-V, 64 bits.
    Riscv64,
}

fn limit(processors: &f64) -> Result<(), String> {
    match (0.0..=8192.0).contains(processors) {
        true => Ok(()),
        false => Err(format!("is {processors}; 0 to 8192 are allowed")),
    }
}
