//! What is in a container.

use tfplugin::prelude::*;

/// The operating system.
#[derive(Clone, Nested)]
pub struct OperatingSystem {
    /// Kind, whose files Proxmox VE writes; omit it for that of the template.
    #[tf(api = "ostype", computed)]
    pub r#type: Option<OsType>,
}

/// A kind of operating system.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum OsType {
    /// Alpine Linux.
    Alpine,
    /// Arch Linux.
    Archlinux,
    /// CentOS and its kin.
    Centos,
    /// Debian.
    Debian,
    /// Devuan.
    Devuan,
    /// Fedora.
    Fedora,
    /// Gentoo.
    Gentoo,
    /// NixOS.
    Nixos,
    /// openSUSE.
    Opensuse,
    /// Ubuntu.
    Ubuntu,
    /// Anything: Proxmox VE writes nothing in it.
    Unmanaged,
}
