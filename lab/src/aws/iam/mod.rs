//! IAM and STS: what moto keeps, with the rules, the delays and the paging that it leaves out.

mod answers;
mod details;
mod relations;
mod server;
mod trust;

pub use server::Iam;
