//! AWS: Route 53 and IAM.

mod change_queue;
mod client;
mod config;
mod credentials;
mod record_name;
mod refusal;

use tfplugin::prelude::*;

/// Everything that runs over an AWS connection.
pub fn backend() -> Backend {
    Registry::<client::Aws>::new().build()
}
