//! AWS: Route 53 and IAM.

mod client;
mod config;
mod credentials;
mod iam;
mod refusal;
mod route53;
mod tags;

use tfplugin::prelude::*;

/// Everything that runs over an AWS connection.
pub fn backend() -> Backend {
    Registry::<client::Aws>::new()
        .data_source::<route53::ZoneLookup>()
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
        .resource::<route53::Record>()
        .resource::<route53::Records>()
        .resource::<route53::Zone>()
        .build()
}
