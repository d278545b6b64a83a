//! Processors of a machine.

use crate::proxmox::formats;
use tfplugin::prelude::*;

/// The processors; what is omitted is Proxmox VE's default.
#[derive(Clone, Nested)]
pub struct Cpu {
    /// Cores of each socket.
    #[tf(check = between(1..=8192))]
    pub cores: Option<u64>,

    /// Sockets.
    #[tf(check = between(1..=4))]
    pub sockets: Option<u64>,

    /// Model that the guest sees, such as `host` or `x86-64-v2-AES`.
    #[tf(api = "cputype")]
    pub r#type: Option<String>,

    /// Processors' time at most; 2 is that of two.
    #[tf(api = "cpulimit", check = formats::within(0.0, 128.0))]
    pub limit: Option<f64>,

    /// Weight among the guests of a node; above 10000 on nodes with cgroup v1 alone.
    #[tf(api = "cpuunits", check = between(1..=262_144))]
    pub units: Option<u64>,

    /// Whether memory belongs to sockets.
    pub numa: Option<bool>,

    /// Processors of the host that it may use, such as `0,5,8-11`; only `root@pam` may set it.
    #[tf(check = formats::ranges(','))]
    pub affinity: Option<String>,
}
