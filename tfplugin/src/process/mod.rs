//! The plugin's process: handshake, transport, go-plugin's services, logs, panics and the ways to end.

mod connection;
mod debug;
mod end;
mod environment;
mod handshake;
mod hclog;
#[cfg(all(test, unix))]
mod host;
mod listener;
mod panics;
mod plugin;
mod run;
mod server;
mod services;
#[cfg(unix)]
mod socket_directory;
mod tls;

pub use panics::caught;
pub use plugin::Plugin;
pub use run::run;
