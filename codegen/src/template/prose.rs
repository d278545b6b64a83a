//! Ordinary handlebars, for documents and everything that is not HCL.

use crate::problem::{Place, Problem};
use handlebars::{Handlebars, no_escape};
use serde_json::Value;
use std::path::Path;

/// Renders a document; a value that is not there is an error.
///
/// # Errors
/// What is wrong in the template, with its line where handlebars knows it.
pub fn render(file: &Path, text: &str, data: &Value) -> Result<String, Problem> {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.register_escape_fn(no_escape);
    let place = |line: Option<usize>, column: Option<usize>| Place {
        file: file.to_owned(),
        line: line.unwrap_or(1),
        column: column.unwrap_or(1),
    };
    engine.register_template_string("document", text).map_err(|error| {
        let (line, column) = error.pos().unzip();
        Problem::at(place(line, column), format!("this is no template: {}", error.reason()))
    })?;
    engine.render("document", data).map_err(|error| {
        Problem::at(place(error.line_no, error.column_no), format!("cannot render: {}", error.reason()))
    })
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
