//! HCL as text: its tokens, and the layout that `terraform fmt` gives it.

mod format;
mod layout;
mod simplify;
mod tokens;

pub use format::{format, one_line};
pub use tokens::{Kind, Token, scan};
