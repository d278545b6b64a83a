//! GitLab: namespaces, their settings and their CI variables.

mod branch_protection;
mod branch_rights;
mod client;
mod color;
mod container_expiration_policy;
mod current_user;
mod deletion;
mod group;
mod group_label;
mod group_variable;
mod import_url;
mod listing;
mod namespace;
mod oidc_sub;
mod project;
mod project_label;
mod project_variable;
mod refusal;
mod variable;
mod words;

use tfplugin::prelude::*;

/// Everything that runs over a GitLab connection.
pub fn backend() -> Backend {
    Registry::<client::GitLab>::new()
        .data_source::<current_user::CurrentUser>()
        .function::<oidc_sub::OidcSub>()
        .look_up::<group::Group>()
        .look_up::<project::Project>()
        .resource::<branch_protection::BranchProtection>()
        .resource::<group::Group>()
        .resource::<group_label::GroupLabel>()
        .resource::<group_variable::GroupVariable>()
        .resource::<project::Project>()
        .resource::<project_label::ProjectLabel>()
        .resource::<project_variable::ProjectVariable>()
        .build()
}
