//! The servers for code without a runtime: the same accessors, served from a thread.

use std::future::Future;
use std::io;
use std::ops::Deref;

use tokio::runtime::{Builder, Runtime};

use crate::{aws, ceph, estate, gitlab, haproxy, openbao, proxmox, registry, vault};

/// A GitLab server on a thread of its own.
///
/// ```no_run
/// let lab = lab::blocking::GitLab::start();
/// assert!(lab.requests().is_empty());
/// ```
pub type GitLab = OnThread<gitlab::GitLab>;

/// An OpenBao server on a thread of its own.
pub type OpenBao = OnThread<openbao::OpenBao>;

/// A cluster of Proxmox VE on a thread of its own.
pub type Proxmox = OnThread<proxmox::Proxmox>;

/// A Vault whose proxy has a thread of its own.
pub type Vault = OnThread<vault::Vault>;

/// An edge whose API has a thread of its own.
pub type HaProxy = OnThread<haproxy::HaProxy>;

/// A registry of modules on a thread of its own.
pub type Registry = OnThread<registry::Registry>;

/// An AWS account whose proxy has a thread of its own.
pub type Aws = OnThread<aws::Aws>;

/// A Ceph cluster whose proxies have a thread of their own.
pub type Ceph = OnThread<ceph::Ceph>;

/// An estate whose servers have a thread of their own.
pub type Estate = OnThread<estate::Estate>;

/// A server with the thread that carries it. Dropping it stops it. All accessors of the server are at hand.
#[derive(Debug)]
pub struct OnThread<S> {
    // The server ends before the runtime that carries it.
    server: S,
    _carrier: Carrier,
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
    ///
    /// # Errors
    ///
    /// The port is taken, or the system has no thread left.
    pub fn build(builder: gitlab::Builder) -> io::Result<Self> {
        Self::carry(builder.start())
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
    ///
    /// # Errors
    ///
    /// The port is taken, or the system has no thread left.
    pub fn build(builder: openbao::Builder) -> io::Result<Self> {
        Self::carry(builder.start())
    }
}

impl Proxmox {
    /// Starts a cluster on a free port of the loopback address.
    ///
    /// # Panics
    ///
    /// The system has no port or no thread left.
    #[must_use]
    pub fn start() -> Self {
        Self::build(proxmox::Proxmox::builder()).expect("a loopback port and a thread are free")
    }

    /// Starts what was chosen.
    ///
    /// # Errors
    ///
    /// The port is taken, or the system has no thread left.
    pub fn build(builder: proxmox::Builder) -> io::Result<Self> {
        Self::carry(builder.start())
    }
}

impl Vault {
    /// Starts one, after building the program where that was never done.
    ///
    /// # Panics
    ///
    /// Vault cannot be built, such as without Go, or does not start; the text says what to do.
    #[must_use]
    pub fn start() -> Self {
        Self::build(vault::Vault::builder()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Starts what was chosen, after building the program where that was never done.
    ///
    /// # Errors
    ///
    /// Vault cannot be built, such as without Go, or does not start; the text says what to do.
    pub fn build(builder: vault::Builder) -> io::Result<Self> {
        Self::carry(builder.start())
    }
}

impl HaProxy {
    /// Starts one, after installing HAProxy where it is missing.
    ///
    /// # Panics
    ///
    /// HAProxy cannot be installed, such as without root, or does not start; the text says what to do.
    #[must_use]
    pub fn start() -> Self {
        Self::build(haproxy::HaProxy::builder()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Starts what was chosen, after installing HAProxy where it is missing.
    ///
    /// # Errors
    ///
    /// HAProxy cannot be installed, such as without root, or does not start; the text says what to do.
    pub fn build(builder: haproxy::Builder) -> io::Result<Self> {
        Self::carry(builder.start())
    }
}

impl Registry {
    /// Starts what was chosen.
    ///
    /// # Errors
    ///
    /// The system has no port or no thread left.
    pub fn build(builder: registry::Builder) -> io::Result<Self> {
        Self::carry(builder.start())
    }
}

impl Aws {
    /// Starts one, after making moto's environment where that was never done.
    ///
    /// # Panics
    ///
    /// moto cannot be installed, such as without Python, or does not start; the text says what to do.
    #[must_use]
    pub fn start() -> Self {
        Self::carry(aws::Aws::try_start()).unwrap_or_else(|error| panic!("{error}"))
    }
}

impl Ceph {
    /// Starts one, after installing Ceph where it is missing and may be installed.
    ///
    /// # Panics
    ///
    /// Ceph cannot be installed or does not start; the text says what to do.
    #[must_use]
    pub fn start() -> Self {
        Self::build(ceph::Ceph::builder()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Starts what was chosen, after installing Ceph where it is missing and may be installed.
    ///
    /// # Errors
    ///
    /// Ceph cannot be installed or does not start; the text says what to do.
    pub fn build(builder: ceph::Builder) -> io::Result<Self> {
        Self::carry(builder.start())
    }
}

impl Estate {
    /// Starts the servers that these configurations name.
    ///
    /// # Panics
    ///
    /// One of them does not start; the text says why.
    #[must_use]
    pub fn of(configurations: &[&str]) -> Self {
        let start = async { Ok(estate::Estate::of(configurations).await) };
        Self::carry(start).unwrap_or_else(|error| panic!("{error}"))
    }
}

impl<S> OnThread<S> {
    fn carry(start: impl Future<Output = io::Result<S>>) -> io::Result<Self> {
        let carrier = Carrier::new()?;
        let server = carrier.block_on(start)?;
        Ok(Self { server, _carrier: carrier })
    }
}

impl<S> Deref for OnThread<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.server
    }
}

/// A runtime with one thread, which ends without a wait; an ordinary one panics where a future drops it.
#[derive(Debug)]
pub(crate) struct Carrier(Option<Runtime>);

impl Carrier {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self(Some(Builder::new_multi_thread().worker_threads(1).enable_all().build()?)))
    }
}

impl Deref for Carrier {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        self.0.as_ref().expect("the runtime is there until it is dropped")
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
