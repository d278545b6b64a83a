//! Trees of generated files: what belongs to the generator is compared, written and removed, nothing else is touched.

mod change;
mod header;
mod tree;

pub use change::{Change, diff};
pub use header::{MARK, is_owned, with_header};
pub use tree::Tree;
