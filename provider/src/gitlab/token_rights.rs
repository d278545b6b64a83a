//! What an access token of a project is for.

use tfplugin::prelude::*;

/// The role of a token in its project (`Gitlab::Access.options_with_owner`).
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum TokenRole {
    /// Reads little.
    #[tf(api = 10)]
    Guest,
    /// Plans.
    #[tf(api = 15)]
    Planner,
    /// Reads.
    #[tf(api = 20)]
    Reporter,
    /// Writes code.
    #[tf(api = 30)]
    Developer,
    /// Manages the project.
    #[tf(api = 40)]
    Maintainer,
    /// Owns the project.
    #[tf(api = 50)]
    Owner,
}

/// What a token opens (`Gitlab::Auth.resource_bot_scopes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, OneOf)]
pub enum TokenScope {
    /// All of the API, the registries and the repository.
    Api,
    /// Reading the API, the registries and the repository.
    ReadApi,
    /// Creating runners.
    CreateRunner,
    /// Managing runners.
    ManageRunner,
    /// Calling Kubernetes through an agent.
    K8sProxy,
    /// Rotating the token itself.
    SelfRotate,
    /// GitLab Duo.
    AiFeatures,
    /// Pulling.
    ReadRepository,
    /// Pulling and pushing.
    WriteRepository,
    /// Pulling images.
    ReadRegistry,
    /// Pushing images.
    WriteRegistry,
    /// Pulling through the dependency proxy.
    ReadVirtualRegistry,
    /// Pulling through the dependency proxy, and managing its cache.
    WriteVirtualRegistry,
    /// Reading what GitLab Observability keeps.
    ReadObservability,
    /// Writing to GitLab Observability.
    WriteObservability,
}

/// Refuses a token that opens nothing, as GitLab does.
pub fn opens_something(scopes: &BTreeSet<TokenScope>) -> Result<(), String> {
    match scopes.is_empty() {
        true => Err("has no elements; a token needs at least one scope".to_owned()),
        false => Ok(()),
    }
}
