//! Values for what a provider computes: well formed, and the same in each run.

mod aws;
mod inventor;
mod names;
mod pattern;
mod seed;

pub(crate) use inventor::Inventor;
