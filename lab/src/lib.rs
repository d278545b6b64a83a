//! Loopback servers for the tests, faithful to the published APIs, with faults on demand and a request log.

pub mod blocking;
pub mod gitlab;
pub mod http;
pub mod openbao;

pub use gitlab::GitLab;
pub use http::fault::Fault;
pub use http::log::Request;
pub use openbao::OpenBao;
