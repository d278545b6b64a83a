//! Who can have rights, and on what.

/// Refuses what is no path of rights.
pub fn absolute(path: &str) -> Result<(), String> {
    match path.starts_with('/') && (path == "/" || !path.ends_with('/')) {
        true => Ok(()),
        false => Err("must begin with `/`, and have none at its end".to_owned()),
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
