//! Full paths of namespaces, for finding what a create would double.

use super::client::GitLab;
use crate::http::{Request, path};
use tfplugin::prelude::*;
use tfplugin::value::Value;

/// The full path of what is called `path` in the namespace; none where the namespace cannot be seen.
pub async fn full_path(gitlab: &GitLab, namespace: Option<u64>, path: &str) -> Result<Option<String>> {
    let Some(id) = namespace else {
        return Ok(Some(path.to_owned()));
    };
    // A write to the group makes this reading stale.
    let found = gitlab.look_up_once(&path!("groups" / id), Request::get(path!("namespaces" / id))).await?;
    let parent = found.as_ref().and_then(|namespace| namespace.get("full_path")).and_then(Value::as_str);
    Ok(parent.map(|parent| format!("{parent}/{path}")))
}

/// [`full_path`] for a project, which stands in the user's own namespace if in no other.
pub async fn full_path_of_project(gitlab: &GitLab, namespace: Option<u64>, path: &str) -> Result<Option<String>> {
    if namespace.is_some() {
        return full_path(gitlab, namespace, path).await;
    }
    let user = gitlab.look_up_once(&path!("user"), Request::get(path!("user"))).await?;
    let name = user.as_ref().and_then(|user| user.get("username")).and_then(Value::as_str);
    Ok(name.map(|name| format!("{name}/{path}")))
}

/// The path that GitLab gives a project of this name; none where its rules are not ours to repeat.
///
/// `Projects::CreateService` takes the name's `parameterize`: lower case, and dashes for all that is no word character.
pub fn path_of_name(name: &str) -> Option<String> {
    if !name.is_ascii() {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let parts = lower.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let path = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    (!path.is_empty()).then_some(path)
}

/// Refuses what GitLab refuses as the last segment of a URL (`Gitlab::PathRegex`).
pub fn slug(path: &str) -> Result<(), String> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let starts = path.starts_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
    let ends = !path.ends_with(['.', '-']) && ![".git", ".atom"].iter().any(|suffix| path.ends_with(suffix));
    match starts && ends && path.len() <= 255 && path.chars().all(allowed) {
        true => Ok(()),
        false => Err(format!(
            "is `{path}`: a path has letters, digits, `_`, `-` and `.`, starts with a letter, a digit or `_`, and does not end with `-`, `.`, `.git` or `.atom`"
        )),
    }
}

/// Refuses what GitLab refuses as a name of a group or project.
pub fn name(name: &str) -> Result<(), String> {
    let first = name.chars().next();
    let starts = first.is_some_and(|first| first.is_alphanumeric() || first == '_' || !first.is_ascii());
    match starts && name.chars().count() <= 255 {
        true => Ok(()),
        false => Err("must start with a letter, a digit, an emoji or `_`, and have at most 255 characters".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_what_gitlab_takes() {
        for right in ["a", "infra", "a.b-c_d", "_x", "9"] {
            assert_eq!(slug(right), Ok(()), "{right}");
        }
        for wrong in ["", "-a", ".a", "a.", "a-", "x.git", "x.atom", "a b", "ä", "a/b"] {
            assert!(slug(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_becomes_a_path() {
        assert_eq!(path_of_name("My Site (2)"), Some("my-site-2".to_owned()));
        assert_eq!(path_of_name("a_b.c"), Some("a_b-c".to_owned()));
        assert_eq!(path_of_name("Größe"), None);
    }
}
