//! The life of the process, from the handshake to the exit code.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::end::{Owner, Signals};
use super::environment::Environment;
use super::listener::{self, Transport};
use super::plugin::Plugin;
use super::{debug, handshake, hclog, panics, server, tls};
use crate::proto::tfplugin6::provider_server::Provider;
use crate::{Error, Result};

/// Hosts kill a process that does not end within two seconds.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(1);

/// Serves `provider` to the host that started this process, or with `--debug` to every host that attaches to it.
///
/// `on_shutdown` runs before the end, for a second at most; what is left of it is dropped.
pub fn run<P: Provider>(plugin: &Plugin, provider: P, on_shutdown: impl AsyncFnOnce()) -> ExitCode {
    // Providers in Go take the flag with one dash, too.
    let debug = std::env::args_os().skip(1).any(|argument| argument == "--debug" || argument == "-debug");
    let owner = if debug { Owner::Person } else { Owner::Host };
    let environment = Environment::read(plugin.name());
    match start(plugin, &environment, owner, provider, on_shutdown) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("terraform-provider-{} {}: {error}", plugin.name(), plugin.version);
            ExitCode::FAILURE
        }
    }
}

fn start<P: Provider>(
    plugin: &Plugin,
    environment: &Environment,
    owner: Owner,
    provider: P,
    on_shutdown: impl AsyncFnOnce(),
) -> Result<()> {
    if owner == Owner::Host {
        handshake::check(plugin, environment)?;
    }
    hclog::install(environment.log_level, plugin.crates);
    panics::install_hook();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Error::new(format!("cannot start threads: {error}")))?;
    let outcome = runtime.block_on(serve(plugin, environment, owner, provider, on_shutdown));
    // What still runs must not delay the end.
    runtime.shutdown_background();
    outcome
}

async fn serve<P: Provider>(
    plugin: &Plugin,
    environment: &Environment,
    owner: Owner,
    provider: P,
    on_shutdown: impl AsyncFnOnce(),
) -> Result<()> {
    let signals = Signals::catch(owner).map_err(|error| Error::new(format!("cannot catch signals: {error}")))?;
    let tls = match (&environment.client_certificate, owner) {
        (Some(certificate), Owner::Host) => Some(tls::mutual(certificate)?),
        _ => None,
    };
    let (listener, place) = listener::bind(Transport::NATIVE, environment)
        .await
        .map_err(|error| Error::new(format!("cannot listen: {error}")))?;
    let certificate = tls.as_ref().map_or("", |tls| tls.certificate.as_str());
    announce(&match owner {
        Owner::Host => handshake::line(&place.address, certificate, environment),
        Owner::Person => debug::instructions(plugin, &place.address),
    })
    .map_err(|error| Error::new(format!("cannot write to standard output: {error}")))?;

    let shutdown = CancellationToken::new();
    let server = tokio::spawn(server::serve(provider, listener, tls.map(|tls| tls.acceptor), shutdown.clone()));
    let outcome = tokio::select! {
        () = signals.end(shutdown.clone()) => Ok(()),
        served = server => Err(Error::new(match served {
            Ok(Ok(())) => "the server ended by itself".to_owned(),
            Ok(Err(error)) => format!("the server ended: {error}"),
            Err(error) => format!("the server ended: {error}"),
        })),
    };
    shutdown.cancel();
    if tokio::time::timeout(SHUTDOWN_LIMIT, on_shutdown()).await.is_err() {
        tracing::warn!("the end of the process was not waited for");
    }
    outcome
}

/// Standard output belongs to this one message.
fn announce(message: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(message.as_bytes())?;
    stdout.flush()
}
