//! Words that several GitLab resources share.

use tfplugin::prelude::*;

/// Who can see a group or a project.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Visibility {
    /// Only members.
    Private,
    /// Everybody who is signed in.
    Internal,
    /// Everybody.
    Public,
}

/// Who can use a feature.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Access {
    /// Nobody.
    Disabled,
    /// Only members.
    Private,
    /// Everybody who can see the project.
    Enabled,
}

/// Who can use a feature that can be open to the world.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum PublicAccess {
    /// Nobody.
    Disabled,
    /// Only members.
    Private,
    /// Everybody who can see the project.
    Enabled,
    /// Everybody.
    Public,
}

/// Who may act on a protected branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, OneOf)]
pub enum Role {
    /// Nobody.
    #[tf(word = "no one", api = 0)]
    NoOne,
    /// Developers and above.
    #[tf(api = 30)]
    Developer,
    /// Maintainers and above.
    #[tf(api = 40)]
    Maintainer,
    /// Administrators of the instance.
    #[tf(api = 60)]
    Admin,
}

/// What a CI job sees of a variable.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum VariableType {
    /// An environment variable.
    EnvVar,
    /// The name of a file that holds the value.
    File,
}

/// A part of the `sub` claim in a job's ID token (doc/ci/secrets/id_token_authentication.md).
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum ClaimComponent {
    /// Path of the project.
    ProjectPath,
    /// Whether the job runs on a branch or a tag.
    RefType,
    /// Name of the branch or tag.
    Ref,
}

/// Refuses another order of the claim than GitLab takes: "must start with project_path" (doc/api/projects.md).
pub fn starts_with_project(components: &[ClaimComponent]) -> Result<(), String> {
    match components.first() {
        Some(ClaimComponent::ProjectPath) => Ok(()),
        _ => Err("must start with `project_path`".to_owned()),
    }
}
