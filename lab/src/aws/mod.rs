//! AWS: moto behind a proxy that adds what moto does not enforce for Route 53, IAM and STS.
//!
//! Facts without a word are those of the API references (Route 53 2013-04-01, IAM 2010-05-08, STS 2011-06-15) and of
//! moto 5.2.5. No exchange with AWS itself is recorded, so that wordings come from answers that users published in
//! issues; what comes from the description alone is marked `unrecorded`.

mod colleague;
mod error;
mod iam;
mod propagation;
mod proxy;
mod request;
mod route53;
mod server;
mod throttle;
mod xml;

pub use route53::Sync;
pub use server::Aws;
