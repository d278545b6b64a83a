//! The provider and the process that serves it.

use std::process::ExitCode;

use tfplugin::engine::{Provider, Service};
use tfplugin::process::{self, Plugin};

use crate::{aws, ceph, gitlab, haproxy, proxmox, vault};

const PLUGIN: Plugin =
    Plugin { source: "substrate/substrate", version: env!("CARGO_PKG_VERSION"), crates: &[env!("CARGO_CRATE_NAME")] };

/// The provider with all its backends.
pub fn provider() -> Provider {
    Provider::new(
        "substrate",
        "Manages the ground that every workload runs on. Each backend has an attribute of its own, and is contacted only \
         when it is used.",
        vec![
            aws::backend(),
            ceph::backend(),
            gitlab::backend(),
            haproxy::backend(),
            proxmox::backend(),
            vault::backend(),
        ],
    )
}

/// Serves the provider to the host that started the process.
pub fn run() -> ExitCode {
    let service = Service::new(provider());
    process::run(&PLUGIN, service.clone(), async || service.provider().shut_down().await)
}
