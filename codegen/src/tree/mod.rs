//! Trees of generated files: what belongs to the generator is compared, written and removed, nothing else is touched.

mod change;
mod files;
mod finished;
mod header;

pub use change::{Change, diff};
pub use files::Tree;
pub use finished::Finished;
