//! What the CI variables of projects and of groups have in common.

use crate::http::Request;

/// Refuses a name that GitLab refuses: `Ci::HasVariable` takes at most 255 characters of the shell's alphabet.
pub fn variable_name(name: &str) -> Result<(), String> {
    match (1..=255).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        true => Ok(()),
        false => Err(format!("is `{name}`; 1 to 255 letters, digits and `_` are allowed")),
    }
}

/// Refuses a scope that GitLab refuses: `Ci::HasEnvironmentScope` takes at most 255 characters of `Gitlab::Regex.environment_scope_regex`.
pub fn scope_name(scope: &str) -> Result<(), String> {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_/${}. *".contains(letter);
    match (1..=255).contains(&scope.len()) && scope.chars().all(allowed) {
        true => Ok(()),
        false => Err(format!("is `{scope}`; 1 to 255 letters, digits, spaces and `-_/${{}}.*` are allowed")),
    }
}

/// A key can stand in several scopes, so every request says which is meant.
pub fn in_scope(request: Request, scope: &str) -> Request {
    request.query("filter[environment_scope]", scope)
}
