//! GitLab: namespaces, their settings, their CI variables and the access tokens of projects.

mod branch_protection;
mod branch_rights;
mod client;
mod color;
mod container_expiration_policy;
mod current_user;
mod day;
mod deletion;
mod group;
mod group_label;
mod group_variable;
mod import_url;
mod listing;
mod namespace;
mod oidc_sub;
mod project;
mod project_access_token;
mod project_label;
mod project_variable;
mod refusal;
mod token_rights;
mod token_rotation;
mod variable;
mod variable_sink;
mod words;

use tfplugin::prelude::*;

/// Everything that runs over a GitLab connection.
pub fn backend() -> Backend {
    Registry::<client::GitLab>::new()
        .data_source::<current_user::CurrentUser>()
        .function::<oidc_sub::OidcSub>()
        .generated::<project_access_token::ProjectAccessToken>()
        .look_up::<group::Group>()
        .look_up::<project::Project>()
        .resource::<branch_protection::BranchProtection>()
        .resource::<group::Group>()
        .resource::<group_label::GroupLabel>()
        .resource::<group_variable::GroupVariable>()
        .resource::<project::Project>()
        .resource::<project_label::ProjectLabel>()
        .resource::<project_variable::ProjectVariable>()
        .sink::<variable_sink::VariableSink>()
        .build()
}
