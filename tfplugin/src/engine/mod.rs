//! The engine: what Terraform asks, answered from the tables and the four functions of a resource.
//!
//! What it promises:
//!
//! 1. Validation sees unknown values and skips them; a null that a default fills is still checked.
//! 2. A plan takes the configuration, else the default, else the prior value (if computed), else unknown. `volatile` is
//!    unknown again on update.
//! 3. Create: look whether the object is there, `create`, `update` with what is left, `read` by key with the backend's
//!    settle policy, local values carried from the plan. An object that exists is in state, whatever fails after.
//! 4. Update: `update`, then the same. Delete: not-found is success.
//! 5. Read: an answer without a `Computed<T>` is the error "the API did not return `x`", never a silent unknown.
//! 6. While the API's value means what the user wrote, the user's spelling stays.
//! 7. Import: the key in the import id's pattern, or the natural key; the key is the resource identity.
//! 8. What is issued with a secret: the secret is delivered or revoked; a change issues a successor, delivers it, and only
//!    then revokes what was there before.
//! 9. A write-only value is null in everything that is returned; a panic in one resource is a diagnostic.

mod apply;
mod configured;
pub mod diagnostics;
pub(crate) mod erased;
mod faults;
mod identity;
pub(crate) mod import;
mod issue;
mod oracle;
mod plan;
mod provider;
mod readers;
mod resources;
mod rpc;
mod schemas;
mod upgrade;
pub mod wire;
mod write_only;

pub(crate) use apply::state_of;
pub use faults::schema_faults;
pub use import::shown_pattern;
pub use provider::Provider;
pub use rpc::Service;
