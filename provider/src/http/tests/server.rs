//! A server that answers one request per connection, as its script says.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tfplugin::Error;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};

use crate::http::{Answer, Meaning, Origins, Refusal, Request, Settings, Transport};

/// What the server does with a request.
#[derive(Clone)]
pub(super) enum Act {
    /// Sends these bytes and closes.
    Answer(String),
    /// Closes without an answer.
    Close,
    /// Resets the connection.
    Reset,
    /// Keeps the connection and sends nothing.
    Silence,
    /// Sends these bytes once there is a permit.
    Hold(Arc<Semaphore>, String),
}

/// A server on a port of its own.
pub(super) struct Server {
    pub(super) address: String,
    first: Act,
    requests: Arc<Mutex<Vec<String>>>,
    arrived: Arc<Notify>,
}

impl Server {
    /// Follows the script; the last act repeats.
    pub(super) async fn start(script: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/api/v4/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let arrived = Arc::new(Notify::new());
        let server = Server { address, first: script[0].clone(), requests: requests.clone(), arrived: arrived.clone() };
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, script.clone(), requests.clone(), arrived.clone()));
            }
        });
        server
    }

    /// The requests so far, as they came.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Waits for a request.
    pub(super) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// What the server does with its first request.
    pub(super) fn first_act(&self) -> &Act {
        &self.first
    }

    /// A transport that tries three times without much waiting.
    pub(super) fn transport(&self) -> Transport {
        Transport::new(self.settings()).unwrap()
    }

    pub(super) fn settings(&self) -> Settings {
        let mut settings = settings(&self.address);
        if matches!(self.first, Act::Silence) {
            settings.timeout = Duration::from_millis(100);
        }
        settings
    }
}

pub(super) fn settings(address: &str) -> Settings {
    super::log::install();
    let origins = Origins {
        address: "`gitlab.base_url` or GITLAB_BASE_URL",
        credential: "`gitlab.token` or GITLAB_TOKEN",
        ca_certificate: "`gitlab.ca_certificate`",
    };
    let mut settings = Settings::new(address, origins, explain);
    settings.credentials.push(("private-token".to_owned(), "glpat-credential".to_owned()));
    settings.timeout = Duration::from_secs(20);
    settings.retry.tries = 3;
    settings.retry.first_wait = Duration::from_millis(1);
    settings
}

fn explain(answer: &Answer) -> Option<Refusal> {
    let value: serde_json::Value = serde_json::from_slice(answer.body()).ok()?;
    let message = value.get("message")?.as_str()?;
    let meaning = match message {
        "does not exist" => Meaning::NotFound,
        "got lock request timeout" => Meaning::Busy,
        "not mine" => Meaning::Failure,
        "no" => Meaning::Declined,
        "the reason is above" => return Some(Refusal::new(answer.reason()?).about("memory")),
        _ => Meaning::AsStatus,
    };
    Some(Refusal::new(message).means(meaning))
}

/// A whole answer with this status line, these further header lines, and this body.
pub(super) fn answer(status: &str, headers: &str, body: &str) -> Act {
    Act::Answer(text(status, headers, body))
}

pub(super) fn text(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len())
}

/// A success that ends before its announced length.
pub(super) fn cut(body: &str) -> Act {
    Act::Answer(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len() + 10))
}

/// The error of a request that must fail.
pub(super) async fn fail(transport: &Transport, request: Request) -> Error {
    transport.send(request).await.err().expect("the request fails")
}

async fn serve(mut stream: TcpStream, script: Vec<Act>, requests: Arc<Mutex<Vec<String>>>, arrived: Arc<Notify>) {
    let Ok(request) = read_request(&mut stream).await else { return };
    let act = {
        let mut requests = requests.lock().unwrap();
        requests.push(request);
        script[usize::min(requests.len(), script.len()) - 1].clone()
    };
    arrived.notify_one();
    let text = match act {
        Act::Answer(text) => text,
        Act::Close => return,
        Act::Reset => return stream.set_zero_linger().unwrap(),
        Act::Silence => std::future::pending().await,
        Act::Hold(release, text) => {
            release.acquire().await.unwrap().forget();
            text
        }
    };
    // A client that went away is what some tests want to see.
    stream.write_all(text.as_bytes()).await.ok();
    stream.shutdown().await.ok();
}

/// Reads a request with its body, of which the length is announced.
pub(super) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<String> {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        text.push_str(&String::from_utf8_lossy(&buffer[..length]));
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lengths = head.lines().filter_map(|line| line.strip_prefix("content-length: "));
            let expected: usize = lengths.map(|length| length.parse::<usize>().unwrap()).sum();
            if body.len() >= expected {
                return Ok(text);
            }
        }
    }
}
