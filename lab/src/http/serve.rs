//! Serving: connections, TLS, and the faults that strike between a request and its answer.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::http::call::{Answer, Call, pairs, segments};
use crate::http::control;
use crate::http::fault::{Effect, Faults};
use crate::http::log::{Log, Request};
use crate::http::params;

/// A server's behaviour, without its connections.
pub trait Api: Send + Sync + 'static {
    /// Prefix of the paths that are logged and that faults strike, such as `/api/v4`.
    fn prefix(&self) -> &'static str;

    /// Executes a call.
    fn answer(&self, call: &Call, instruments: &Instruments) -> Answer;

    /// Returns to the state of the start.
    fn reset(&self);
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
pub async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, api: Arc<dyn Api>, instruments: Arc<Instruments>) {
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

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    api: Arc<dyn Api>,
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

async fn exchange<S>(socket: S, reset: Arc<AtomicBool>, api: Arc<dyn Api>, instruments: Arc<Instruments>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service =
        service_fn(move |request| respond(request, Arc::clone(&reset), Arc::clone(&api), Arc::clone(&instruments)));
    // A client that goes away, and a fault that ends the connection, are errors here and no concern of the server.
    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service).await.ok();
}

type Response = hyper::Response<BoxBody<Bytes, io::Error>>;

async fn respond(
    request: hyper::Request<Incoming>,
    reset: Arc<AtomicBool>,
    api: Arc<dyn Api>,
    instruments: Arc<Instruments>,
) -> Result<Response, io::Error> {
    let call = read(request).await?;
    if let Some(answer) = control::answer(&call, api.as_ref(), &instruments) {
        return Ok(whole(answer));
    }
    let path = call.path.strip_prefix(api.prefix()).unwrap_or(&call.path);
    let effect = instruments.faults.strike(&call.method, &segments(path));
    let execute = || {
        let answer = api.answer(&call, &instruments);
        instruments.log.add(logged(&call, path, answer.status));
        answer
    };
    let skip = |status| instruments.log.add(logged(&call, path, status));
    match effect {
        None => Ok(whole(execute())),
        Some(Effect::Status { status, headers, body }) => {
            skip(status);
            Ok(whole(Answer { status, headers: headers.into_iter().collect(), body: Bytes::from(body) }))
        }
        Some(Effect::Delay(millis)) => {
            pause(Duration::from_millis(millis)).await;
            Ok(whole(execute()))
        }
        Some(Effect::Cut) => Ok(cut(execute())),
        Some(Effect::Malformed) => {
            let mut answer = execute();
            answer.body = Bytes::from_static(b"{\"id\": 1, \"name\": <html>");
            Ok(whole(answer))
        }
        Some(Effect::ResetBefore) => {
            skip(0);
            reset.store(true, Ordering::Relaxed);
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Some(Effect::ResetAfter) => {
            execute();
            reset.store(true, Ordering::Relaxed);
            Err(io::ErrorKind::ConnectionReset.into())
        }
        Some(Effect::Hang) => {
            skip(0);
            std::future::pending().await
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the lab is no provider: nothing stops it but its owner")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

async fn read(request: hyper::Request<Incoming>) -> Result<Call, io::Error> {
    let (parts, body) = request.into_parts();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    Ok(Call {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: pairs(parts.uri.query().unwrap_or_default()),
        headers,
        body: body.collect().await.map_err(io::Error::other)?.to_bytes(),
    })
}

fn logged(call: &Call, path: &str, status: u16) -> Request {
    Request {
        method: call.method.clone(),
        path: path.to_owned(),
        segments: segments(path),
        query: params::query(call),
        fields: params::body(call).unwrap_or_default(),
        status,
    }
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
