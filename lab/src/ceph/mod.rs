//! The real Ceph, a cluster of one machine behind proxies that record what they are asked and make faults on demand.
//!
//! Monitor, managers with their dashboards and OSDs are those of Debian: 16.2 of Debian 12, or whatever release the
//! machine itself has, and 18.2 of Debian 13 in a root directory of its own. A cluster takes some 7 s to start and
//! 450 MiB of memory.

mod chroot;
mod packages;
mod process;
mod proxy;
mod server;

pub use chroot::unavailable as reef_unavailable;
pub use server::{Builder, Ceph};
