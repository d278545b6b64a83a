//! Templates: handlebars files, those of HCL with whole lines of `feature` and nothing else.

mod hcl;
mod prose;

pub use hcl::{Compiled, feature_of_lines};
pub use prose::{Document, render as render_prose};
