//! AWS: Route 53 and IAM.

mod change_queue;
mod client;
mod config;
mod credentials;
mod iam;
mod record_name;
mod refusal;
mod tags;

use tfplugin::prelude::*;

/// Everything that runs over an AWS connection.
pub fn backend() -> Backend {
    Registry::<client::Aws>::new()
        .function::<iam::GithubTrustPolicy>()
        .function::<iam::GitlabTrustPolicy>()
        .look_up::<iam::OpenIdConnectProvider>()
        .look_up::<iam::Policy>()
        .look_up::<iam::Role>()
        .resource::<iam::OpenIdConnectProvider>()
        .resource::<iam::Policy>()
        .resource::<iam::Role>()
        .resource::<iam::RolePolicy>()
        .resource::<iam::RolePolicyAttachment>()
        .build()
}
