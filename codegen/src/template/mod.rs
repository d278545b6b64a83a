//! Templates: handlebars files, those of HCL with whole lines of `feature` and nothing else.

mod hcl;
mod prose;

pub use hcl::{feature_of_lines, render};
pub use prose::render as render_prose;
