//! Serving: connections, TLS, and the faults that strike between a request and its answer.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::ext::ReasonPhrase;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::http::call::{Answer, Call, pairs, segments};
use crate::http::control;
use crate::http::fault::{Effect, Faults};
use crate::http::log::{Log, Request};
use crate::http::params;

/// A simulated server's behaviour, without its connections.
pub trait Api: Send + Sync + 'static {
    /// Prefix of the paths that are logged and that faults strike, such as `/api/v4`.
    fn prefix(&self) -> &'static str;

    /// Executes a call.
    fn answer(&self, call: &Call, instruments: &Instruments) -> Answer;

    /// Returns to the state of the start.
    fn reset(&self);
}

/// What answers the calls of a server: an [`Api`], or a way to another server.
pub trait Handler: Send + Sync + 'static {
    /// Prefix of the paths that are logged and that faults strike, such as `/v1`.
    fn prefix(&self) -> &'static str;

    /// Answers a call.
    fn answer(&self, call: &Call, instruments: &Instruments) -> impl Future<Output = Answer> + Send;

    /// What the log and the faults call a request: its method and its path, without the prefix.
    fn named(&self, call: &Call) -> (String, String) {
        let path = call.path.strip_prefix(self.prefix()).unwrap_or(&call.path);
        (call.method.clone(), path.to_owned())
    }

    /// Answers what is no call of the API and therefore in no log, such as `POST /lab/reset`.
    fn control(&self, _call: &Call, _instruments: &Instruments) -> Option<Answer> {
        None
    }

    /// What the log shows of the body.
    fn fields(&self, call: &Call) -> Map<String, Value> {
        params::body(call).unwrap_or_default()
    }
}

impl<A: Api> Handler for A {
    fn prefix(&self) -> &'static str {
        Api::prefix(self)
    }

    async fn answer(&self, call: &Call, instruments: &Instruments) -> Answer {
        Api::answer(self, call, instruments)
    }

    fn control(&self, call: &Call, instruments: &Instruments) -> Option<Answer> {
        control::answer(call, instruments, || self.reset())
    }
}

/// What tests read and set.
#[derive(Debug, Default)]
pub struct Instruments {
    /// What was asked.
    pub log: Log,
    /// What is to go wrong.
    pub faults: Faults,
}

/// Serves until the future is dropped; its connections end with it.
pub async fn serve<H: Handler>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    api: Arc<H>,
    instruments: Arc<Instruments>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(connection(stream, tls.clone(), Arc::clone(&api), Arc::clone(&instruments)));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Binds a port of the loopback address; 0 for any.
pub async fn bind(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

async fn connection<H: Handler>(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    api: Arc<H>,
    instruments: Arc<Instruments>,
) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let reset = Arc::new(AtomicBool::new(false));
    let socket = Socket { stream, reset: Arc::clone(&reset) };
    match tls {
        Some(acceptor) => exchange(acceptor.accept(socket).await.ok()?, reset, api, instruments).await,
        None => exchange(socket, reset, api, instruments).await,
    }
    Some(())
}

async fn exchange<S, H: Handler>(socket: S, reset: Arc<AtomicBool>, api: Arc<H>, instruments: Arc<Instruments>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service =
        service_fn(move |request| respond(request, Arc::clone(&reset), Arc::clone(&api), Arc::clone(&instruments)));
    // A client that goes away, and a fault that ends the connection, are errors here and no concern of the server.
    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service).await.ok();
}

type Response = hyper::Response<BoxBody<Bytes, io::Error>>;

async fn respond<H: Handler>(
    request: hyper::Request<Incoming>,
    reset: Arc<AtomicBool>,
    api: Arc<H>,
    instruments: Arc<Instruments>,
) -> Result<Response, io::Error> {
    let call = read(request).await?;
    if let Some(answer) = api.control(&call, &instruments) {
        return Ok(whole(answer));
    }
    let (method, path) = api.named(&call);
    let effect = instruments.faults.strike(&method, &segments(&path));
    let skip = |answer: &Answer| instruments.log.add(logged(api.as_ref(), &call, answer));
    let unanswered = || Answer::empty(0);
    let connection_reset = || {
        reset.store(true, Ordering::Relaxed);
        Err(io::ErrorKind::ConnectionReset.into())
    };
    match effect {
        Some(Effect::Status { status, reason, headers, body }) => {
            let answer = Answer { status, reason, headers: headers.into_iter().collect(), body: Bytes::from(body) };
            skip(&answer);
            return Ok(whole(answer));
        }
        Some(Effect::Echo(status)) => {
            let answer = echo(status, &call);
            skip(&answer);
            return Ok(whole(answer));
        }
        Some(Effect::ResetBefore) => {
            skip(&unanswered());
            return connection_reset();
        }
        Some(Effect::Hang) => {
            skip(&unanswered());
            std::future::pending::<()>().await;
        }
        Some(Effect::Delay(millis)) => pause(Duration::from_millis(millis)).await,
        _ => {}
    }
    let mut answer = execute(call, api, Arc::clone(&instruments)).await?;
    match effect {
        Some(Effect::Cut) => Ok(cut(answer)),
        Some(Effect::ResetAfter) => connection_reset(),
        Some(Effect::Stall) => std::future::pending().await,
        Some(Effect::Malformed) => {
            answer.body = Bytes::from_static(b"{\"id\": 1, \"name\": <html>");
            Ok(whole(answer))
        }
        Some(Effect::Disguised(body)) => {
            answer.body = Bytes::from(body);
            Ok(whole(answer))
        }
        _ => Ok(whole(answer)),
    }
}

/// Executes the call to its end, even where the client goes away meanwhile, as a server does.
async fn execute<H: Handler>(call: Call, api: Arc<H>, instruments: Arc<Instruments>) -> Result<Answer, io::Error> {
    let work = async move {
        let answer = api.answer(&call, &instruments).await;
        instruments.log.add(logged(api.as_ref(), &call, &answer));
        answer
    };
    tokio::spawn(work).await.map_err(io::Error::other)
}

/// Waits.
#[expect(clippy::disallowed_methods, reason = "the lab is no provider: nothing stops it but its owner")]
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

async fn read(request: hyper::Request<Incoming>) -> Result<Call, io::Error> {
    let (parts, body) = request.into_parts();
    Ok(Call {
        method: parts.method.as_str().to_owned(),
        target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        path: parts.uri.path().to_owned(),
        query: pairs(parts.uri.query().unwrap_or_default()),
        headers: parts.headers,
        body: body.collect().await.map_err(io::Error::other)?.to_bytes(),
    })
}

fn logged<H: Handler>(api: &H, call: &Call, answer: &Answer) -> Request {
    let (method, path) = api.named(call);
    Request {
        method,
        segments: segments(&path),
        path,
        query: params::query(call),
        fields: api.fields(call),
        headers: call.headers.clone(),
        status: answer.status,
        answer: answer.body.clone(),
        at: Instant::now(),
    }
}

/// A refusal in GitLab's form and in Vault's that repeats all of the call.
fn echo(status: u16, call: &Call) -> Answer {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers: Vec<String> =
        call.headers.iter().map(|(name, value)| format!("{name}: {}", text(value.as_bytes()))).collect();
    let said = format!("cannot {} {}: {}: {}", call.method, call.target, text(&call.body), headers.join(", "));
    Answer::json(status, &json!({ "message": said, "errors": [said] }))
}

fn whole(answer: Answer) -> Response {
    let body = Full::new(answer.body.clone()).map_err(|never: Infallible| match never {}).boxed();
    response(&answer, body)
}

fn cut(answer: Answer) -> Response {
    let size = answer.body.len() as u64;
    let half = answer.body.slice(..answer.body.len() / 2);
    response(&answer, CutBody { size, half: Some(half), flushed: false }.boxed())
}

fn response(answer: &Answer, body: BoxBody<Bytes, io::Error>) -> Response {
    let mut builder = hyper::Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        builder = builder.header(name, value);
    }
    if let Some(reason) = answer.reason.as_deref().and_then(|reason| ReasonPhrase::try_from(reason.as_bytes()).ok()) {
        builder = builder.extension(reason);
    }
    builder.body(body).expect("statuses and headers of the lab are valid")
}

/// A body that promises its whole size, gives half and fails.
struct CutBody {
    size: u64,
    half: Option<Bytes>,
    flushed: bool,
}

impl Body for CutBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !self.flushed {
            // Hyper flushes what it has when a body is not ready, and throws it away when a body fails.
            self.flushed = true;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.size)
    }
}

/// A connection that can end with a reset instead of a farewell.
struct Socket {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.reset.load(Ordering::Relaxed) {
            // Without lingering, the kernel answers what is still to be read with RST.
            self.stream.set_zero_linger().ok();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    struct Slow;

    impl Handler for Slow {
        fn prefix(&self) -> &'static str {
            ""
        }

        async fn answer(&self, _call: &Call, _instruments: &Instruments) -> Answer {
            pause(Duration::from_millis(50)).await;
            Answer::empty(204)
        }
    }

    #[tokio::test]
    async fn what_a_client_does_not_wait_for_is_carried_out_and_logged() {
        let (listener, address) = bind(0).await.unwrap();
        let instruments = Arc::new(Instruments::default());
        let server = tokio::spawn(serve(listener, None, Arc::new(Slow), Arc::clone(&instruments)));
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"DELETE /a HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        pause(Duration::from_millis(20)).await;
        assert_eq!(instruments.log.count("DELETE", "/a"), 0);
        drop(client);
        let logged = async {
            while instruments.log.count("DELETE", "/a") == 0 {
                pause(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), logged).await.expect("the call is logged");
        assert_eq!(instruments.log.requests()[0].status, 204);
        server.abort();
    }
}
