//! What every loopback server shares: connections, TLS, faults on demand and the request log.

pub mod call;
pub mod control;
pub mod fault;
pub mod forward;
pub mod log;
pub mod params;
pub mod plain;
pub mod running;
pub mod serve;
pub mod tls;
