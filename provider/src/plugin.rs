//! The provider and the process that serves it.

use std::process::ExitCode;

use tfplugin::engine::Provider;

use crate::gitlab;

/// The provider with all its backends.
pub fn provider() -> Provider {
    Provider::new(
        "substrate",
        "Manages the ground that every workload runs on. Each backend has an attribute of its own, and is contacted only when it is used.",
        vec![gitlab::backend()],
    )
}

/// Serves the provider to the host that started the process.
pub fn run() -> ExitCode {
    tfplugin::process::run(provider, "substrate/substrate")
}
