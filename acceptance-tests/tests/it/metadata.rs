//! Those who give credentials of AWS to whoever asks from the right place: a container's agent, an instance's metadata,
//! and the portal of a login with SSO. All answer on loopback.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;

/// They, all at one address. The thread that answers ends with the tests.
pub struct Metadata {
    /// Their address.
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Metadata {
    /// Starts them with these credentials.
    pub fn start(key: &str, secret: &str, token: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let keys = json!({
            "Code": "Success", "AccessKeyId": key, "SecretAccessKey": secret, "Token": token,
            "Expiration": "2099-01-01T00:00:00Z", "AccountId": "123456789012",
        });
        // In milliseconds since 1970.
        let portal = json!({
            "roleCredentials": {
                "accessKeyId": key, "secretAccessKey": secret, "sessionToken": token, "expiration": 4_070_908_800_000_u64,
            },
        });
        let (keys, portal) = (keys.to_string(), portal.to_string());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                answer(connection, &keys, &portal, &log);
            }
        });
        Self { url, asked }
    }

    /// Whether somebody asked for this path.
    pub fn asked(&self, path: &str) -> bool {
        self.asked.lock().expect("nobody panics while holding it").iter().any(|one| one == path)
    }
}

fn answer(mut connection: TcpStream, keys: &str, portal: &str, log: &Mutex<Vec<String>>) {
    let mut lines =
        BufReader::new(connection.try_clone().expect("a connection has two ends")).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    lines.by_ref().take_while(|line| !line.is_empty()).for_each(drop);
    let target = first.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default().to_owned();
    let instance = path.strip_prefix("/latest/meta-data/iam/");
    let (status, body) = match path.as_str() {
        "/container" => ("200 OK", keys),
        "/federation/credentials" => ("200 OK", portal),
        "/latest/api/token" => ("200 OK", "first-metadata-token"),
        _ => match instance.and_then(|rest| rest.split_once('/')) {
            Some(("security-credentials", "")) => ("200 OK", "web"),
            Some(("security-credentials", "web")) => ("200 OK", keys),
            _ => ("404 Not Found", ""),
        },
    };
    log.lock().expect("nobody panics while holding it").push(path);
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nX-Aws-Ec2-Metadata-Token-Ttl-Seconds: 21600\r\nContent-Length: \
         {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    // Whoever asked may be gone.
    connection.write_all(text.as_bytes()).ok();
}
