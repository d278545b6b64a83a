//! Addresses to import from, which the state keeps without credentials.

/// Refuses an address with credentials.
pub fn without_credentials(url: &str) -> Result<(), String> {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
    match host.contains('@') {
        true => Err("holds credentials, which would stay in the state: use `import_url_wo`".to_owned()),
        false => Ok(()),
    }
}

/// The address without the credentials that an answer may show.
pub fn without_user(url: &str) -> String {
    match url.split_once("://").map(|(scheme, rest)| (scheme, rest.split_once('/').unwrap_or((rest, "")))) {
        Some((scheme, (host, path))) if host.contains('@') => {
            let host = host.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}/{path}")
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_credentials_of_an_import_reach_the_state() {
        for shown in ["https://bot:s3cret@git.example.com/a/b.git", "https://*****:*****@git.example.com/a/b.git"] {
            assert_eq!(without_user(shown), "https://git.example.com/a/b.git");
        }
        assert_eq!(without_user("https://git.example.com/a@b.git"), "https://git.example.com/a@b.git");
        assert!(without_credentials("https://bot:s3cret@git.example.com/a.git").is_err());
    }
}
