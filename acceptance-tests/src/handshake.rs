//! Starts the provider as terraform does, without terraform: cookie, versions, certificate, and one line in return.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A certificate of the kind that terraform makes for itself at each start: ECDSA on P-521, for `localhost`.
pub const HOST_CERTIFICATE: &str = include_str!("../fixtures/host.pem");

/// A provider that has printed its handshake and waits for calls.
pub struct Started {
    child: Child,
    line: String,
}

/// The command that starts a provider, before the environment is complete.
pub fn command(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    crate::environment::isolate(&mut command);
    command
        .env("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
        .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
        .env("PLUGIN_MIN_PORT", "10000")
        .env("PLUGIN_MAX_PORT", "25000")
        .env("PLUGIN_CLIENT_CERT", HOST_CERTIFICATE)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

impl Started {
    /// Starts the provider and waits for its line.
    pub fn new(binary: &Path) -> io::Result<Self> {
        let mut child = command(binary).spawn()?;
        let stdout = child.stdout.take().expect("standard output is a pipe");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let started = Self { child, line };
        if started.field(4) == Some("grpc") {
            return Ok(started);
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, format!("not a handshake: `{}`", started.line.trim())))
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The unix socket on which it listens.
    pub fn socket(&self) -> Option<PathBuf> {
        self.field(3).filter(|_| self.field(2) == Some("unix")).map(PathBuf::from)
    }

    /// Whether the process still runs.
    pub fn runs(&mut self) -> io::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    fn field(&self, number: usize) -> Option<&str> {
        self.line.trim_end().split('|').nth(number)
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // A provider that has already ended leaves nothing to stop, and either way nobody is left to tell.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
