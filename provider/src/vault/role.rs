//! What the roles of all auth methods have in common: what they are called, and where they are.

use crate::http::{ApiPath, path};

/// The path of a role.
pub fn url(backend: &str, role_name: &str) -> ApiPath {
    path!("auth").segments(backend).literal("role").segment(role_name)
}

/// Refuses a name that Vault 1.21 does not know as a path (`framework.GenericNameRegex`) or would keep in lower case.
pub fn role_name(name: &str) -> Result<(), String> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let ends = name.starts_with(is_word) && name.ends_with(is_word);
    let lower = name.to_lowercase();
    match (ends && name.chars().all(|letter| is_word(letter) || "-.".contains(letter)), name == lower) {
        (true, true) => Ok(()),
        (true, false) => Err(format!("is `{name}`; Vault would keep it as `{lower}`")),
        (false, _) => Err(format!("is `{name}`; a name has letters, digits, `_`, and `-` and `.` between them")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_vault_keeps_as_they_are() {
        for name in ["web", "a", "team_a.web-1", "_", "1"] {
            assert_eq!(role_name(name), Ok(()), "{name}");
        }
        for name in ["", "Web", "a b", "-a", "a-", "a/b", "ä", "a."] {
            assert!(role_name(name).is_err(), "{name}");
        }
    }
}
