//! Formats of volumes.

use tfplugin::prelude::*;

/// A format of volumes.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum FileFormat {
    /// As the guest sees it.
    Raw,
    /// With snapshots, on storages of files.
    Qcow2,
    /// Of VMware.
    Vmdk,
}
