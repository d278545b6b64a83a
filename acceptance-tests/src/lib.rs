//! The harness that drives the real terraform and tofu binaries; it never links the provider.

pub mod archive;
pub mod binary;
pub mod environment;
pub mod handshake;
pub mod leaks;
pub mod mirror;
pub mod modules;
pub mod output;
pub mod tool;
pub mod workdir;
