//! A single exchange without TLS and without a runtime, for tests that look at a server themselves.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// No server on loopback needs longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a request to `host:port` and returns the answer's status and body. A header `Host` stands in place of the usual
/// one.
///
/// HTTP/1.0 needs no chunks and no connection that stays open: the answer ends with the connection.
///
/// # Errors
///
/// The server is not there, is silent for 30 s, or answers no HTTP.
pub fn exchange(
    authority: &str,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<(u16, String)> {
    let mut connection = TcpStream::connect(authority)?;
    connection.set_nodelay(true)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    let mut request = format!("{method} {target} HTTP/1.0\r\nContent-Length: {}\r\n", body.len());
    let names_host = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host"));
    for (name, value) in headers.iter().chain((!names_host).then_some(&("Host", authority))) {
        request += &format!("{name}: {value}\r\n");
    }
    request += "\r\n";
    connection.write_all(&[request.as_bytes(), body].concat())?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let parsed = parse(&answer);
    parsed.ok_or_else(|| io::Error::other(format!("{method} {target} was answered with what is no HTTP: {answer}")))
}

fn parse(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?;
    Some((status.parse().ok()?, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_status_and_a_body() {
        assert_eq!(parse("HTTP/1.1 404 Not Found\r\nA: b\r\n\r\n{}"), Some((404, "{}".to_owned())));
        assert_eq!(parse("SSH-2.0-x 200\r\n\r\n"), None);
    }
}
