//! Who can have rights, and on what.

use super::formats::plain;
use super::user_words::with_realm;

/// Refuses what is no path of rights.
pub fn absolute(path: &str) -> Result<(), String> {
    match path.starts_with('/') && (path == "/" || !path.ends_with('/')) {
        true => Ok(()),
        false => Err("must begin with `/`, and have none at its end".to_owned()),
    }
}

/// Refuses what is no token of a user (`pve-tokenid`).
pub fn token(id: &str) -> Result<(), String> {
    match id.split_once('!').is_some_and(|(user, name)| with_realm(user).is_ok() && plain(name).is_ok()) {
        true => Ok(()),
        false => Err("is no token such as `ci@pve!deploy`".to_owned()),
    }
}

/// The kind of a principal, as the list of rights has it: only users have an `@`, and only tokens a `!`.
pub fn kind(principal: &str) -> &'static str {
    match principal {
        token if token.contains('!') => "token",
        user if user.contains('@') => "user",
        _ => "group",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_told_apart() {
        assert_eq!(["a@pve!t", "a@pve", "a"].map(kind), ["token", "user", "group"]);
        assert!(absolute("/").is_ok() && absolute("/vms/100").is_ok());
        assert!(absolute("vms").is_err() && absolute("/vms/").is_err());
    }
}
