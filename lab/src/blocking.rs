//! The servers for code without a runtime: the same accessors, served from a thread.

use std::io;
use std::ops::Deref;

use tokio::runtime::Runtime;

use crate::{gitlab, openbao};

/// A server on a thread of its own. Dropping it stops it.
///
/// All that the server itself offers is at hand, such as `url`, `token`, `requests`, `count`, `fault`, `violations` and
/// `call`.
#[derive(Debug)]
pub struct OnThread<S> {
    // The server ends before the runtime that carries it.
    server: S,
    _runtime: Runtime,
}

/// A GitLab server on a thread of its own.
///
/// ```no_run
/// let lab = lab::blocking::GitLab::start();
/// assert!(lab.requests().is_empty());
/// ```
pub type GitLab = OnThread<gitlab::GitLab>;

/// An OpenBao server on a thread of its own.
pub type OpenBao = OnThread<openbao::OpenBao>;

impl<S> OnThread<S> {
    fn of(start: impl Future<Output = io::Result<S>>) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let server = runtime.block_on(start)?;
        Ok(Self { server, _runtime: runtime })
    }
}

impl GitLab {
    /// Starts a licensed server on a free port of the loopback address.
    ///
    /// # Panics
    ///
    /// The system has no port or no thread left.
    #[must_use]
    pub fn start() -> Self {
        Self::build(gitlab::GitLab::builder()).expect("a loopback port and a thread are free")
    }

    /// Starts what was chosen.
    pub fn build(builder: gitlab::Builder) -> io::Result<Self> {
        Self::of(builder.start())
    }
}

impl OpenBao {
    /// Starts an unsealed server on a free port of the loopback address.
    ///
    /// # Panics
    ///
    /// The system has no port or no thread left.
    #[must_use]
    pub fn start() -> Self {
        Self::build(openbao::OpenBao::builder()).expect("a loopback port and a thread are free")
    }

    /// Starts what was chosen.
    pub fn build(builder: openbao::Builder) -> io::Result<Self> {
        Self::of(builder.start())
    }
}

impl<S> Deref for OnThread<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.server
    }
}
