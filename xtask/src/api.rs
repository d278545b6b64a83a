//! What a GitLab on loopback answers over HTTP, to show what was made.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::TcpStream;

/// A GitLab on loopback, spoken to without TLS.
///
/// One request in HTTP/1.0 needs no connection pool, no chunked bodies and no asynchronous runtime.
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
        let answer = self.exchange(path).with_context(|| format!("cannot ask {} for {path}", self.authority))?;
        let (status, body) = parse(&answer).with_context(|| format!("GET {path} answered no HTTP: {answer}"))?;
        if status != 200 {
            bail!("GET {path} answered {status}: {body}");
        }
        serde_json::from_str(body).with_context(|| format!("GET {path} answered no JSON: {body}"))
    }

    fn exchange(&self, path: &str) -> io::Result<String> {
        let mut connection = TcpStream::connect(&self.authority)?;
        write!(
            connection,
            "GET {}{path} HTTP/1.0\r\nHost: {}\r\nPRIVATE-TOKEN: {}\r\n\r\n",
            self.prefix, self.authority, self.token
        )?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

fn parse(answer: &str) -> Option<(u16, &str)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_status_and_a_body() {
        assert_eq!(parse("HTTP/1.1 404 Not Found\r\nA: b\r\n\r\n{}"), Some((404, "{}")));
        assert_eq!(parse("SSH-2.0"), None);
    }

    #[test]
    fn what_the_lab_says_over_http_is_json() {
        let gitlab = lab::blocking::GitLab::start();
        let api = Api::new(&gitlab.api(), &gitlab.token).unwrap();
        assert_eq!(api.get("/groups").unwrap(), serde_json::json!([]));
        let error = api.get("/groups/1").unwrap_err().to_string();
        assert!(error.starts_with("GET /groups/1 answered 404: "), "{error}");
    }
}
