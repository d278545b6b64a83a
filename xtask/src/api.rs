//! What a GitLab on loopback answers over HTTP, to show what was made.

use anyhow::{Context as _, Result, bail};
use lab::http::plain;
use serde_json::Value;

/// A GitLab on loopback, spoken to without TLS.
pub struct Api {
    authority: String,
    prefix: String,
    token: String,
}

impl Api {
    /// Takes the address that the provider gets, with `/api/v4`.
    pub fn new(url: &str, token: &str) -> Result<Self> {
        let rest = url.strip_prefix("http://").with_context(|| format!("{url} is not a plain HTTP address"))?;
        let (authority, path) = rest.split_once('/').with_context(|| format!("{url} has no path"))?;
        Ok(Self { authority: authority.to_owned(), prefix: format!("/{path}"), token: token.to_owned() })
    }

    /// The decoded answer of a GET.
    pub fn get(&self, path: &str) -> Result<Value> {
        let target = format!("{}{path}", self.prefix);
        let (status, body) = plain::exchange(&self.authority, "GET", &target, &[("PRIVATE-TOKEN", &self.token)], &[])
            .with_context(|| format!("cannot ask {} for {path}", self.authority))?;
        if status != 200 {
            bail!("GET {path} answered {status}: {body}");
        }
        serde_json::from_str(&body).with_context(|| format!("GET {path} answered no JSON: {body}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_lab_says_over_http_is_json() {
        let gitlab = lab::blocking::GitLab::start();
        let api = Api::new(&gitlab.api(), &gitlab.token).unwrap();
        assert_eq!(api.get("/groups").unwrap(), serde_json::json!([]));
        let error = api.get("/groups/1").unwrap_err().to_string();
        assert!(error.starts_with("GET /groups/1 answered 404: "), "{error}");
    }
}
