//! Ordinary handlebars, for documents and everything that is not HCL.

use crate::problem::{Place, Problem};
use handlebars::{Handlebars, no_escape};
use serde_json::Value;
use std::path::{Path, PathBuf};

const NAME: &str = "document";

/// A template that is read once and rendered as often as there is data.
#[derive(Debug)]
pub struct Document {
    engine: Handlebars<'static>,
    file: PathBuf,
}

impl Document {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong in it, with its line where handlebars knows it.
    pub fn new(file: &Path, text: &str) -> Result<Self, Problem> {
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        engine.register_escape_fn(no_escape);
        let mut document = Self { engine, file: file.to_owned() };
        document.engine.register_template_string(NAME, text).map_err(|error| {
            let (line, column) = error.pos().unzip();
            Problem::at(document.place(line, column), format!("this is no template: {}", error.reason()))
        })?;
        Ok(document)
    }

    /// Renders the document; a value that is not there is an error.
    ///
    /// # Errors
    /// What the template cannot do with the data, with its line where handlebars knows it.
    pub fn render(&self, data: &Value) -> Result<String, Problem> {
        self.engine.render(NAME, data).map_err(|error| {
            Problem::at(self.place(error.line_no, error.column_no), format!("cannot render: {}", error.reason()))
        })
    }

    fn place(&self, line: Option<usize>, column: Option<usize>) -> Place {
        Place { file: self.file.clone(), line: line.unwrap_or(1), column: column.unwrap_or(1) }
    }
}

/// Renders a document that is needed once.
///
/// # Errors
/// What is wrong in the template, with its line where handlebars knows it.
pub fn render(file: &Path, text: &str, data: &Value) -> Result<String, Problem> {
    Document::new(file, text)?.render(data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_that_is_not_there_is_an_error_at_its_line() {
        let problem =
            render(Path::new("README.md.hbs"), "# {{name}}\n\n{{sumary}}\n", &json!({"name": "a"})).unwrap_err();
        assert!(problem.to_string().starts_with("README.md.hbs:3:"), "{problem}");
    }

    #[test]
    fn nothing_is_escaped_and_actions_keep_their_braces() {
        let text =
            render(Path::new("ci.yaml.hbs"), "on: \\{{ github.ref }} <{{name}}>", &json!({"name": "a&b"})).unwrap();
        assert_eq!(text, "on: {{ github.ref }} <a&b>");
    }
}
