//! The transport against a server that follows a script.

mod faults;
mod limits;
mod log;
mod operations;
mod secrets;
mod server;
mod tls;
