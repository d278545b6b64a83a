//! The proxy in front of Vault: it forwards each call as it came, and notes what Vault would drop without a word.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::http::call::{Answer, Call};
use crate::http::forward::Forwarder;
use crate::http::serve::{Handler, Instruments};

/// What Vault says of a path or a method that no engine has (`sdk/logical/errors.go`).
const UNSUPPORTED: [&str; 2] = ["unsupported path", "unsupported operation"];

/// A Vault that calls are forwarded to.
#[derive(Debug)]
pub struct Upstream {
    vault: Forwarder,
    root_token: String,
}

impl Upstream {
    /// Forwards to `host:port`; the token reads the descriptions of paths.
    pub fn new(authority: &str, root_token: &str) -> Self {
        Self { vault: Forwarder::new(authority), root_token: root_token.to_owned() }
    }

    /// Notes a write to what no engine has, and fields that the path does not have.
    ///
    /// Vault warns of such fields only where its answer has a body (`sdk/framework/backend.go`), and a warning is easy
    /// to miss; a field that was sent and dropped is a mistake of the client.
    async fn inspect(&self, call: &Call, answer: &Answer, instruments: &Instruments) {
        if !["DELETE", "PATCH", "POST", "PUT"].contains(&&*call.method) {
            return;
        }
        let violate = |what: &str| instruments.log.violate(format!("{} {} {what}", call.method, call.path));
        let said = String::from_utf8_lossy(&answer.body);
        if let Some(unsupported) = UNSUPPORTED.iter().find(|text| answer.status >= 400 && said.contains(*text)) {
            violate(&format!("was answered: {unsupported}"));
        }
        let fields = self.fields(call);
        if answer.status >= 300 || fields.is_empty() {
            return;
        }
        if let Some(known) = self.known_fields(call).await {
            fields.keys().filter(|name| !known.contains(*name)).for_each(|name| violate(&format!("has no `{name}`")));
        }
    }

    /// The fields of the path's bodies, as Vault describes it itself; `None` where it describes nothing, such as logins.
    async fn known_fields(&self, call: &Call) -> Option<BTreeSet<String>> {
        let help = Call::new("GET", &format!("{}?help=1", call.path)).with_header("x-vault-token", &self.root_token);
        let answer = self.vault.forward(&help).await.ok().filter(|answer| answer.status == 200)?;
        let description: Value = serde_json::from_slice(&answer.body).ok()?;
        let schemas = description["openapi"]["components"]["schemas"].as_object()?;
        let requests = schemas.iter().filter(|(name, _)| name.ends_with("Request"));
        let fields = requests.filter_map(|(_, schema)| schema["properties"].as_object()).flat_map(Map::keys);
        Some(fields.cloned().collect())
    }
}

impl Handler for Upstream {
    fn prefix(&self) -> &'static str {
        "/v1"
    }

    async fn answer(&self, call: &Call, instruments: &Instruments) -> Answer {
        match self.vault.forward(call).await {
            Ok(answer) => {
                self.inspect(call, &answer, instruments).await;
                answer
            }
            Err(error) => Answer::text(502, &format!("the Vault behind the lab does not answer: {error}")),
        }
    }

    /// Vault reads JSON under any content type.
    fn fields(&self, call: &Call) -> Map<String, Value> {
        serde_json::from_slice(&call.body).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::thread;

    /// A server that answers one request and returns what it read, line by line, then the body.
    fn answering(answer: &'static str) -> (String, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let read = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut lines: Vec<String> =
                reader.by_ref().lines().map(Result::unwrap).take_while(|l| !l.is_empty()).collect();
            let length = lines.iter().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            reader.read_exact(&mut body).unwrap();
            lines.push(String::from_utf8(body).unwrap());
            stream.write_all(answer.as_bytes()).unwrap();
            lines
        });
        (authority, read)
    }

    #[tokio::test]
    async fn a_call_arrives_as_it_was_sent_and_so_does_its_answer() {
        let answer = "HTTP/1.1 472 X\r\nX-Vault-Index: a\r\nWarning: 1\r\nWarning: 2\r\nContent-Length: 2\r\n\r\n{}";
        let (authority, read) = answering(answer);
        let mut call = Call::new("LIST", "/v1/a%2Fb//c%20d/%C3%A9?list=true&x=%2B+").with_json(&Value::from(1));
        call = call.with_header("content-type", "application/merge-patch+json").with_header("connection", "close");
        call = call.with_header("x-vault-token", "t").with_header("x-vault-namespace", "a/b");
        call = call.with_header("x-vault-index", "1");
        call.headers.append("x-vault-index", "2".parse().unwrap());
        let answer = Upstream::new(&authority, "root").answer(&call, &Instruments::default()).await;

        let lines = read.join().unwrap();
        assert_eq!(lines[0], "LIST /v1/a%2Fb//c%20d/%C3%A9?list=true&x=%2B+ HTTP/1.1");
        let has = |line: &str| lines.iter().any(|found| found == line);
        assert!(has("x-vault-token: t") && has("x-vault-namespace: a/b"), "{lines:?}");
        assert!(has("x-vault-index: 1") && has("x-vault-index: 2"), "{lines:?}");
        assert!(has("content-type: application/merge-patch+json") && !has("connection: close"), "{lines:?}");
        assert_eq!(lines.last().unwrap(), "1");
        assert_eq!((answer.status, &*answer.body), (472, &b"{}"[..]));
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(answer.headers, [pair("x-vault-index", "a"), pair("warning", "1"), pair("warning", "2")]);
    }

    #[tokio::test]
    async fn a_vault_that_is_gone_is_a_bad_gateway() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let upstream = Upstream::new(&port.to_string(), "root");
        let answer = upstream.answer(&Call::new("GET", "/v1/sys/health"), &Instruments::default()).await;
        assert_eq!(answer.status, 502);
    }
}
