//! Addresses of issuers, with and without `https://`.

use std::fmt;
use std::str::FromStr;

use tfplugin::Result;
use tfplugin::schema::Semantic;

/// The address of an issuer as the user spells it. IAM keeps it without `https://`.
#[derive(Clone, Debug)]
pub struct ProviderUrl(String);

impl ProviderUrl {
    /// The address without `https://`: what stands in the ARN.
    pub fn bare(&self) -> &str {
        self.0.strip_prefix("https://").unwrap_or(&self.0)
    }

    /// The address as tokens have it in `iss`.
    pub fn issuer(&self) -> String {
        format!("https://{}", self.bare())
    }
}

impl FromStr for ProviderUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = ProviderUrl(text.to_owned());
        let (host, _) = url.bare().split_once('/').unwrap_or((url.bare(), ""));
        let is_address =
            |text: &str| text.chars().all(|letter| ('!'..='~').contains(&letter) && !"?#@".contains(letter));
        if url.bare().contains("://") || host.is_empty() || !host.contains('.') || !is_address(url.bare()) {
            return Err(format!("is `{text}`, not an address such as `https://gitlab.example.com`"));
        }
        Ok(url)
    }
}

impl PartialEq for ProviderUrl {
    /// A host has no case, a path has.
    fn eq(&self, other: &Self) -> bool {
        let parts = |url: &ProviderUrl| {
            let (host, path) = url.bare().split_once('/').map_or((url.bare(), None), |(host, path)| (host, Some(path)));
            (host.to_lowercase(), path.map(str::to_owned))
        };
        parts(self) == parts(other)
    }
}

impl fmt::Display for ProviderUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Semantic for ProviderUrl {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_same_with_and_without_its_scheme() {
        let url = |text: &str| text.parse::<ProviderUrl>().unwrap();
        assert_eq!(url("https://GitLab.example.com"), url("gitlab.example.com"));
        assert_ne!(url("https://a.example.com/x"), url("https://a.example.com/X"));
        assert_ne!(url("https://a.example.com/"), url("https://a.example.com"));
        assert_eq!(url("gitlab.com").issuer(), "https://gitlab.com");
    }

    #[test]
    fn what_is_no_issuer_is_refused() {
        for wrong in
            ["", "https://", "http://gitlab.com", "localhost", "https://a.b?c", "https://a b.c", "https://a@b.c"]
        {
            assert!(wrong.parse::<ProviderUrl>().is_err(), "{wrong}");
        }
    }
}
