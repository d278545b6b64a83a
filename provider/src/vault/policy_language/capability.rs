//! Capabilities: what a rule lets a token do.

use tfplugin::prelude::*;

/// What a token may do at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, OneOf)]
pub(in crate::vault) enum Capability {
    /// Write what is not there yet.
    Create,
    /// Read.
    Read,
    /// Change what is there.
    Update,
    /// Change a part of what is there.
    Patch,
    /// Delete.
    Delete,
    /// List the names below the path.
    List,
    /// List the names below the path and below those; OpenBao alone knows it.
    Scan,
    /// Use paths that only root could use otherwise, beside the other capabilities.
    Sudo,
    /// Receive events; Vault alone knows it.
    Subscribe,
    /// Restore from a snapshot; Vault alone knows it.
    Recover,
    /// Nothing, whatever other rules say.
    Deny,
}

/// Which servers know a word of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KnownTo {
    Both,
    Vault,
    OpenBao,
}

impl Capability {
    /// Which servers know it: Vault 1.21 and OpenBao 2.5.
    pub(super) fn known_to(self) -> KnownTo {
        match self {
            Capability::Scan => KnownTo::OpenBao,
            Capability::Subscribe | Capability::Recover => KnownTo::Vault,
            _ => KnownTo::Both,
        }
    }

    /// The capabilities of a rule of the old kind, `policy = "write"`.
    pub(super) fn of_old_policy(word: &str) -> Option<&'static [Capability]> {
        use self::Capability::{Create, Delete, Deny, List, Read, Sudo, Update};
        match word {
            "" => Some(&[]),
            "deny" => Some(&[Deny]),
            "read" => Some(&[Read, List]),
            "write" => Some(&[Create, Read, Update, Delete, List]),
            "sudo" => Some(&[Create, Read, Update, Delete, List, Sudo]),
            _ => None,
        }
    }
}
