//! `terraform-provider-substrate`: the ground that every workload runs on.

pub mod aws;
pub mod ceph;
pub mod gitlab;
pub mod haproxy;
pub mod http;
mod plugin;
pub mod proxmox;
pub mod vault;

pub use plugin::{provider, run};
