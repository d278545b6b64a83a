//! Calls to the lab's GitLab behind Terraform's back, to look at what was made and to take it away.

use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::TcpStream;

/// A GitLab on loopback, spoken to without TLS.
///
/// One request in HTTP/1.0 needs no connection pool, no chunked bodies and no asynchronous runtime, and it shares no
/// code with the client under test.
pub struct Api {
    authority: String,
    prefix: String,
    token: String,
}

impl Api {
    /// Takes the address that the provider gets, with or without `/api/v4`.
    ///
    /// # Panics
    /// Where the address is not one of plain HTTP.
    pub fn new(url: &str, token: &str) -> Self {
        let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("{url} is not a plain HTTP address"));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.trim_end_matches('/').trim_end_matches("api/v4").trim_end_matches('/');
        let prefix = if path.is_empty() { "/api/v4".to_owned() } else { format!("/{path}/api/v4") };
        Self { authority: authority.to_owned(), prefix, token: token.to_owned() }
    }

    /// The decoded answer of a GET that must succeed.
    ///
    /// # Panics
    /// Where the answer is anything else than a 200 with JSON.
    #[track_caller]
    pub fn get(&self, path: &str) -> Value {
        let (status, body) = self.call("GET", path);
        assert_eq!(status, 200, "GET {path}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("GET {path} answered no JSON: {error}\n{body}"))
    }

    /// The status of a GET.
    pub fn status(&self, path: &str) -> u16 {
        self.call("GET", path).0
    }

    /// Deletes what lies at the path.
    ///
    /// # Panics
    /// Where the server refuses.
    #[track_caller]
    pub fn delete(&self, path: &str) {
        let (status, body) = self.call("DELETE", path);
        assert!((200..300).contains(&status), "DELETE {path}: {status} {body}");
    }

    fn call(&self, method: &str, path: &str) -> (u16, String) {
        self.exchange(method, path).unwrap_or_else(|error| panic!("{method} {path} at {}: {error}", self.authority))
    }

    fn exchange(&self, method: &str, path: &str) -> io::Result<(u16, String)> {
        let mut connection = TcpStream::connect(&self.authority)?;
        write!(
            connection,
            "{method} {}{path} HTTP/1.0\r\nHost: {}\r\nPRIVATE-TOKEN: {}\r\n\r\n",
            self.prefix, self.authority, self.token
        )?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        parse(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, answer))
    }
}

fn parse(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// A path segment with everything percent-encoded that a GitLab path or name may hold beside letters and digits.
pub fn segment(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_good_with_and_without_the_version() {
        for url in
            ["http://127.0.0.1:1", "http://127.0.0.1:1/", "http://127.0.0.1:1/api/v4", "http://127.0.0.1:1/api/v4/"]
        {
            assert_eq!(Api::new(url, "t").prefix, "/api/v4", "{url}");
        }
        assert_eq!(Api::new("http://127.0.0.1:1/gitlab/api/v4", "t").prefix, "/gitlab/api/v4");
    }

    #[test]
    fn a_path_becomes_one_segment() {
        assert_eq!(segment("infra/web site"), "infra%2Fweb%20site");
    }
}
