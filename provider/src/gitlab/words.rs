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

/// Refuses a `sub` claim that GitLab refuses: "must start with project_path" (doc/api/projects.md).
pub fn starts_with_project(components: &[String]) -> Result<(), String> {
    match components.first().is_some_and(|first| first == "project_path") {
        true => Ok(()),
        false => Err("must start with `project_path`".to_owned()),
    }
}

/// Refuses what GitLab refuses as a label's name, and spaces around it, which GitLab takes away (`BaseLabel`).
pub fn label_name(name: &str) -> Result<(), String> {
    length(1..=255)(name)?;
    match name.contains(',') || name.trim() != name {
        true => Err(format!("is `{name}`; a label's name has no comma and no spaces around it")),
        false => Ok(()),
    }
}
