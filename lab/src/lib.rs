//! Loopback servers for the tests, faithful to the published APIs, with faults on demand and a request log.

pub mod aws;
pub mod blocking;
mod cached;
pub mod ceph;
pub mod colleague;
pub mod debian;
pub mod estate;
pub mod gitlab;
pub mod go;
pub mod haproxy;
pub mod http;
pub mod issuer;
pub mod machine;
pub mod moto;
pub mod openbao;
mod process;
pub mod proxmox;
pub mod python;
pub mod registry;
mod stable;
pub mod vault;

pub use aws::Aws;
pub use ceph::Ceph;
pub use estate::Estate;
pub use gitlab::GitLab;
pub use haproxy::HaProxy;
pub use http::fault::Fault;
pub use http::log::Request;
pub use issuer::Issuer;
pub use moto::Moto;
pub use openbao::OpenBao;
pub use proxmox::Proxmox;
pub use registry::Registry;
pub use vault::Vault;
