//! The servers for code without a runtime: the same accessors, served from a thread.

use std::io;
use std::ops::Deref;

use tokio::runtime::Runtime;

use crate::gitlab;

/// A GitLab server on a thread of its own. Dropping it stops it.
///
/// All accessors of [`gitlab::GitLab`] are at hand: `url`, `token`, `requests`, `count`, `fault`, `violations`, `call`.
///
/// ```no_run
/// let lab = lab::blocking::GitLab::start();
/// assert!(lab.requests().is_empty());
/// ```
#[derive(Debug)]
pub struct GitLab {
    // The server ends before the runtime that carries it.
    server: gitlab::GitLab,
    _runtime: Runtime,
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
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let server = runtime.block_on(builder.start())?;
        Ok(Self { server, _runtime: runtime })
    }
}

impl Deref for GitLab {
    type Target = gitlab::GitLab;

    fn deref(&self) -> &gitlab::GitLab {
        &self.server
    }
}
