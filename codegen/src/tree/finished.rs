//! A file as it is written.

use super::header::with_header;
use crate::hcl;
use crate::rendered::Rendered;
use std::path::PathBuf;

/// A file that is formatted and has its header.
#[derive(Clone, Debug)]
pub struct Finished {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl From<Rendered> for Finished {
    fn from(file: Rendered) -> Self {
        let extension = file.path.extension().and_then(|extension| extension.to_str());
        let formatted = matches!(extension, Some("tf" | "hcl")).then(|| hcl::format(&file.text));
        let text = with_header(&file.path, &file.source, formatted.as_deref().unwrap_or(&file.text));
        Self { path: file.path, text }
    }
}
