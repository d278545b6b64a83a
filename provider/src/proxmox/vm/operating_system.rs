//! What runs in a machine.

use tfplugin::prelude::*;

/// The operating system.
#[derive(Clone, Nested)]
pub struct OperatingSystem {
    /// Kind, which Proxmox VE chooses devices for.
    #[tf(api = "ostype")]
    pub r#type: Option<OsType>,
}

/// A kind of operating system.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum OsType {
    /// Anything.
    Other,
    /// Windows XP.
    Wxp,
    /// Windows 2000.
    W2k,
    /// Windows 2003.
    W2k3,
    /// Windows 2008.
    W2k8,
    /// Windows Vista.
    Wvista,
    /// Windows 7.
    Win7,
    /// Windows 8 and 2012.
    Win8,
    /// Windows 10, 2016 and 2019.
    Win10,
    /// Windows 11, 2022 and 2025.
    Win11,
    /// Linux 2.4.
    L24,
    /// Linux since 2.6.
    L26,
    /// Solaris.
    Solaris,
}
