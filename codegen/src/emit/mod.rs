//! Emits the files that are data: variables, outputs, versions, tests, examples, documents, roots.

mod code;
mod contract;
mod example;
mod mock;
mod module;
mod moved;
mod parsed;
mod readme;
mod references;
mod root;
mod switch;
mod test;
mod variable;
mod version;

pub use code::{Writer, is_identifier, quote};
pub use module::{Form, module};
pub use root::{copies, root};
pub use version::versions;
