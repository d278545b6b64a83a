//! Provider schemas as `terraform providers schema -json` prints them.

mod block;
mod nesting;
mod wire;

pub(crate) use block::{Attribute, Block, ProviderSchema, Schema};
pub(crate) use nesting::{Nesting, elements, elements_mut};
