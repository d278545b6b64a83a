//! A real process: the handshake, its ends and its logs, as a host and as a person see them.
//!
//! `cargo test -p tfplugin` builds the example that is started here; `--test process` alone takes it as it stands.

#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use serde_json::Value;
use tempfile::TempDir;
use tfplugin::proto::plugin::grpc_controller_client::GrpcControllerClient;
use tfplugin::proto::tfplugin6::provider_client::ProviderClient;
use tfplugin::proto::tfplugin6::{call_function, get_provider_schema, stop_provider};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStdout, Command};
use tonic::transport::{Channel, Endpoint};

const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// Far more than any step takes; a step that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);

fn bare() -> PathBuf {
    let test = std::env::current_exe().expect("this test has a path");
    let target = test.parent().and_then(Path::parent).expect("tests are in `deps`");
    let bare = target.join("examples/bare");
    assert!(bare.exists(), "{} is missing: run `cargo build -p tfplugin --example bare`", bare.display());
    bare
}

/// The variables of a host, and nothing of the environment around the test.
fn hosted(command: &mut Command, sockets: &TempDir) {
    command
        .env_clear()
        .env("TMPDIR", sockets.path())
        .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
        .env("PLUGIN_PROTOCOL_VERSIONS", "6,5")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
}

/// A running plugin without TLS.
struct Plugin {
    child: Child,
    stdout: BufReader<ChildStdout>,
    handshake: String,
    sockets: TempDir,
}

impl Plugin {
    async fn start(prepare: impl FnOnce(&mut Command)) -> Self {
        let sockets = tempfile::tempdir().expect("a scratch directory");
        let mut command = Command::new(bare());
        hosted(&mut command, &sockets);
        prepare(&mut command);
        Self::spawn(command, sockets).await
    }

    async fn spawn(mut command: Command, sockets: TempDir) -> Self {
        let mut child = command.spawn().expect("it starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut handshake = String::new();
        let read = tokio::time::timeout(PATIENCE, stdout.read_line(&mut handshake)).await;
        read.expect("a line in time").expect("a line");
        Plugin { child, stdout, handshake, sockets }
    }

    async fn dial(&self) -> Channel {
        dial(self.handshake.split('|').nth(3).expect("an address")).await
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().expect("it runs").to_string();
        let status = std::process::Command::new("kill").args([signal, &id]).status().expect("kill is there");
        assert!(status.success());
    }

    /// Waits for the end; returns the code, what it wrote to standard error, and whether the socket is still there.
    async fn end(mut self) -> (ExitStatus, String, bool) {
        let mut stderr = String::new();
        let mut pipe = self.child.stderr.take().expect("a pipe");
        let end = async {
            pipe.read_to_string(&mut stderr).await.expect("text");
            self.child.wait().await.expect("a status")
        };
        let status = tokio::time::timeout(PATIENCE, end).await.expect("it ends");
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).await.expect("text");
        assert_eq!(rest, "", "standard output is for the handshake");
        (status, stderr, self.sockets.path().read_dir().expect("a directory").next().is_some())
    }
}

async fn dial(socket: &str) -> Channel {
    let socket = socket.to_owned();
    let connect = move |_| {
        let socket = socket.clone();
        async move { UnixStream::connect(socket).await.map(TokioIo::new) }
    };
    Endpoint::from_static("http://bare").connect_with_connector(tower::service_fn(connect)).await.expect("a connection")
}

#[test]
fn started_by_hand_it_says_what_it_is() {
    let output = std::process::Command::new(bare()).env_clear().output().expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let words = String::from_utf8(output.stderr).expect("text");
    assert!(words.starts_with("terraform-provider-bare 0.1.0: this is a plugin"), "{words}");
    assert!(words.contains("README.md"), "{words}");
}

#[tokio::test]
async fn it_serves_until_shutdown_and_leaves_nothing() {
    let plugin = Plugin::start(|_| ()).await;
    let fields: Vec<_> = plugin.handshake.strip_suffix('\n').expect("a line").split('|').collect();
    let [core, protocol, network, address, kind, certificate] = fields.as_slice() else { panic!("{fields:?}") };
    assert_eq!([*core, *protocol, *network, *kind, *certificate], ["1", "6", "unix", "grpc", ""]);
    assert!(Path::new(address).starts_with(plugin.sockets.path()));

    let channel = plugin.dial().await;
    let mut provider = ProviderClient::new(channel.clone());
    provider.get_provider_schema(get_provider_schema::Request {}).await.expect("a schema");
    // The process may be gone before its answer.
    GrpcControllerClient::new(channel).shutdown(()).await.ok();
    let (status, stderr, left) = plugin.end().await;
    assert_eq!((status.code(), stderr.as_str(), left), (Some(0), "", false));
}

#[tokio::test]
async fn an_interrupt_is_left_to_the_host() {
    let plugin = Plugin::start(|_| ()).await;
    let mut provider = ProviderClient::new(plugin.dial().await);
    plugin.signal("-INT");
    provider.stop_provider(stop_provider::Request {}).await.expect("it still serves");
    plugin.signal("-INT");
    provider.get_provider_schema(get_provider_schema::Request {}).await.expect("it still serves");
    plugin.signal("-TERM");
    let (status, _, left) = plugin.end().await;
    assert_eq!((status.code(), left), (Some(0), false));
}

#[tokio::test]
async fn it_ends_with_its_host() {
    let sockets = tempfile::tempdir().expect("a scratch directory");
    let mut host = Command::new("sh");
    hosted(&mut host, &sockets);
    host.env("PATH", "/usr/bin:/bin").arg("-c").arg(r#""$0" & wait"#).arg(bare());
    let mut plugin = Plugin::spawn(host, sockets).await;
    let mut provider = ProviderClient::new(plugin.dial().await);
    provider.get_provider_schema(get_provider_schema::Request {}).await.expect("it serves");
    plugin.child.kill().await.expect("the host dies");
    // Both hold the pipe until they end.
    let (_, _, left) = plugin.end().await;
    assert!(!left, "the socket is gone");
}

#[tokio::test]
async fn logs_are_lines_of_json_and_only_on_demand() {
    let plugin = Plugin::start(|command| {
        command.env("TF_LOG", "ERROR").env("TF_LOG_PROVIDER_BARE", "debug");
    })
    .await;
    let channel = plugin.dial().await;
    let mut provider = ProviderClient::new(channel.clone());
    provider.get_provider_schema(get_provider_schema::Request {}).await.expect("a schema");
    GrpcControllerClient::new(channel).shutdown(()).await.ok();
    let (_, stderr, _) = plugin.end().await;
    let lines: Vec<Value> = stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let messages: Vec<_> = lines.iter().map(|line| line["@message"].as_str().expect("text")).collect();
    assert_eq!(messages, ["described", "goodbye"]);
    assert_eq!(lines[0]["@level"], "debug");
    assert_eq!(lines[0]["@module"], "bare");
    let timestamp = lines[0]["@timestamp"].as_str().expect("text");
    let layout: String = timestamp.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(layout, "0000-00-00T00:00:00.000000Z");
}

#[tokio::test]
async fn only_a_panic_that_nobody_caught_is_a_crash() {
    let plugin = Plugin::start(|command| {
        command.env("TF_LOG_PROVIDER", "ERROR");
    })
    .await;
    let mut provider = ProviderClient::new(plugin.dial().await);
    let call = |name: &str| call_function::Request { name: name.to_owned(), arguments: Vec::new() };
    let answer = provider.call_function(call("caught")).await.expect("an answer").into_inner();
    let text = answer.error.expect("a failure").text;
    assert!(text.starts_with("CallFunction panicked at "), "{text}");
    assert!(text.ends_with(": out of cheese"), "{text}");
    provider.call_function(call("other")).await.expect_err("the connection broke");
    plugin.signal("-TERM");
    let (_, stderr, _) = plugin.end().await;
    let (logged, crash) = stderr.split_once('\n').expect("lines");
    let logged: Value = serde_json::from_str(logged).expect("JSON");
    assert_eq!(logged["@level"], "error");
    assert!(logged["@message"].as_str().expect("text").ends_with("out of cheese"), "{logged}");
    assert!(logged["backtrace"].is_string());
    assert!(crash.starts_with("panic: panicked at "), "{crash}");
}

#[tokio::test]
async fn a_bad_environment_is_refused_with_a_reason() {
    for (variable, value, reason) in [
        ("PLUGIN_PROTOCOL_VERSIONS", "4,5", "speaks plugin protocol `4,5`"),
        ("PLUGIN_CLIENT_CERT", "no PEM", "PLUGIN_CLIENT_CERT holds no certificate"),
        ("PLUGIN_UNIX_SOCKET_DIR", "/nowhere/at/all", "cannot listen"),
    ] {
        let plugin = Plugin::start(|command| {
            command.env(variable, value);
        })
        .await;
        assert_eq!(plugin.handshake, "");
        let (status, stderr, _) = plugin.end().await;
        assert_eq!(status.code(), Some(1));
        assert!(stderr.contains(reason), "{stderr}");
    }
}

#[tokio::test]
async fn a_debugged_provider_serves_many_runs_until_ctrl_c() {
    let mut plugin = Plugin::start(|command| {
        command.arg("--debug");
    })
    .await;
    let mut words = std::mem::take(&mut plugin.handshake);
    while !words.contains("TF_REATTACH_PROVIDERS='") {
        let read = tokio::time::timeout(PATIENCE, plugin.stdout.read_line(&mut words)).await.expect("a line in time");
        assert_ne!(read.expect("text"), 0, "{words}");
    }
    let json = words.split('\'').nth(1).expect("a value in quotes");
    let providers: Value = serde_json::from_str(json).expect("JSON");
    let attach = &providers["registry.terraform.io/example/bare"];
    assert_eq!(attach, &providers["registry.opentofu.org/example/bare"]);
    assert_eq!((&attach["Protocol"], &attach["ProtocolVersion"]), (&"grpc".into(), &6.into()));
    assert_eq!((&attach["Pid"], &attach["Test"]), (&plugin.child.id().into(), &true.into()));
    assert_eq!(attach["Addr"]["Network"], "unix");

    for _ in 0..2 {
        let channel = dial(attach["Addr"]["String"].as_str().expect("a path")).await;
        GrpcControllerClient::new(channel.clone()).shutdown(()).await.expect("an answer");
        let mut provider = ProviderClient::new(channel);
        provider.get_provider_schema(get_provider_schema::Request {}).await.expect("it still serves");
    }
    plugin.signal("-INT");
    let (status, _, left) = plugin.end().await;
    assert_eq!((status.code(), left), (Some(0), false));
}
