//! Templates of HCL: handlebars with one helper, and a mark on each line that tells where it came from.

use crate::problem::{Place, Problem};
use crate::rendered::Origin;
use handlebars::{Context, Handlebars, Helper, HelperDef, Output, RenderContext, RenderError, RenderErrorReason};
use handlebars::{Renderable, Template, no_escape};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Begins the mark of a line; a character of Unicode's private use area, which no HCL has.
const MARK: char = '\u{F8FE}';

/// Helpers that swallow misspelt names, so templates of HCL do without.
const UNWANTED: &[&str] = &["if", "unless", "each", "with", "lookup", "raw", "log"];

/// The template's name in the engine, which has no other.
const NAME: &str = "hcl";

/// What a line of a template is.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Line<'a> {
    Open(&'a str),
    Close,
    Text,
}

/// A template of HCL, read once to be rendered with many sets of features.
#[derive(Clone, Debug)]
pub struct Compiled {
    template: Template,
    file: PathBuf,
    declared: Vec<String>,
}

impl Compiled {
    /// Reads a template whose description declares these features.
    ///
    /// # Errors
    /// Everything that is no whole line of `{{#feature "name"}}` or `{{/feature}}`, and each feature that is not
    /// declared.
    pub fn new(file: &Path, text: &str, declared: &[&str]) -> Result<Self, Vec<Problem>> {
        scan(file, text, declared)?;
        let template = Template::compile(&mark(text)).map_err(|error| {
            let line = error.pos().map(|(line, _)| line);
            vec![failure(file, line, &format!("this is no template: {}", error.reason()))]
        })?;
        let declared = declared.iter().map(|name| (*name).to_owned()).collect();
        Ok(Self { template, file: file.to_owned(), declared })
    }

    /// The text with the features that are on, and the template's line for each of its lines.
    ///
    /// # Errors
    /// What handlebars refuses.
    pub fn render(&self, features: &[&str]) -> Result<(String, Vec<Origin>), Vec<Problem>> {
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        engine.register_escape_fn(no_escape);
        for name in UNWANTED {
            engine.unregister_helper(name);
        }
        engine.register_helper("feature", Box::new(Feature { declared: &self.declared, features }));
        engine.register_template(NAME, self.template.clone());
        let rendered = engine
            .render(NAME, &Value::Null)
            .map_err(|error| vec![failure(&self.file, error.line_no, &format!("cannot render: {}", error.reason()))])?;
        Ok(unmark(&self.file, &rendered))
    }
}

fn failure(file: &Path, line: Option<usize>, text: &str) -> Problem {
    Problem::at(Place { file: file.to_owned(), line: line.unwrap_or(1), column: 1 }, text)
}

/// For each line of a template the innermost feature around it; empty where the template is wrong.
pub fn feature_of_lines(file: &Path, text: &str, declared: &[&str]) -> Vec<Option<String>> {
    scan(file, text, declared).unwrap_or_default()
}

struct Feature<'a> {
    declared: &'a [String],
    features: &'a [&'a str],
}

impl HelperDef for Feature<'_> {
    fn call<'reg: 'rc, 'rc>(
        &self,
        helper: &Helper<'rc>,
        engine: &'reg Handlebars<'reg>,
        context: &'rc Context,
        state: &mut RenderContext<'reg, 'rc>,
        out: &mut dyn Output,
    ) -> Result<(), RenderError> {
        let name = helper.param(0).and_then(|name| name.value().as_str()).unwrap_or_default();
        if !self.declared.iter().any(|declared| declared == name) {
            return Err(RenderError::from(RenderErrorReason::Other(format!("there is no feature `{name}`"))));
        }
        match helper.template().filter(|_| self.features.contains(&name)) {
            Some(inner) => inner.render(engine, context, state, out),
            None => Ok(()),
        }
    }
}

/// The innermost feature of each line, if every tag is a whole line, balanced, and names a declared feature.
fn scan(file: &Path, text: &str, declared: &[&str]) -> Result<Vec<Option<String>>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut open: Vec<(&str, Place)> = Vec::new();
    let mut features = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let place = |column: usize| Place { file: file.to_owned(), line: number + 1, column };
        match classify(line) {
            Ok(Line::Open(name)) => {
                let column = line.chars().take_while(|letter| *letter != '"').count() + 2;
                if !declared.contains(&name) {
                    let problem = Problem::at(place(column), format!("the description declares no feature `{name}`"));
                    problems.push(problem.names(name, declared.iter().copied()));
                }
                open.push((name, place(1)));
            }
            Ok(Line::Close) if open.pop().is_none() => {
                problems.push(Problem::at(place(1), "`{{/feature}}` closes nothing"));
            }
            Ok(_) => {}
            Err(offset) => {
                let column = line.get(..offset).unwrap_or_default().chars().count() + 1;
                problems.push(
                    Problem::at(place(column), "a template of HCL holds whole lines of `feature` and nothing else").hint(
                        "allowed: `{{#feature \"name\"}}` and `{{/feature}}`, each on a line of its own; `\\{{` for two braces",
                    ),
                );
            }
        }
        features.push(open.last().map(|(name, _)| (*name).to_owned()));
    }
    for (name, place) in open {
        problems.push(Problem::at(place, format!("`{{{{#feature \"{name}\"}}}}` is not closed")));
    }
    if problems.is_empty() { Ok(features) } else { Err(problems) }
}

/// What a line is, or the offset of the braces that should not be there.
fn classify(line: &str) -> Result<Line<'_>, usize> {
    let trimmed = line.trim();
    if trimmed == "{{/feature}}" {
        return Ok(Line::Close);
    }
    let name = trimmed.strip_prefix("{{#feature \"").and_then(|rest| rest.strip_suffix("\"}}"));
    if let Some(name) = name.filter(|name| !name.contains(['"', '{', '}'])) {
        return Ok(Line::Open(name));
    }
    match line.match_indices("{{").find(|(offset, _)| !line[..*offset].ends_with('\\')) {
        Some((offset, _)) => Err(offset),
        None => Ok(Line::Text),
    }
}

/// The template with each line of text behind its number.
fn mark(text: &str) -> String {
    let mut marked = String::with_capacity(text.len() * 2);
    for (number, line) in text.lines().enumerate() {
        if classify(line) == Ok(Line::Text) {
            marked.push_str(&format!("{MARK}{}{MARK}", number + 1));
        }
        marked.push_str(line);
        marked.push('\n');
    }
    marked
}

fn unmark(file: &Path, rendered: &str) -> (String, Vec<Origin>) {
    let mut text = String::with_capacity(rendered.len());
    let mut origins = Vec::new();
    for line in rendered.lines() {
        let mut parts = line.splitn(3, MARK);
        let (number, rest) = match (parts.next(), parts.next(), parts.next()) {
            (Some(_), Some(number), Some(rest)) => (number.parse().unwrap_or(1), rest),
            _ => (1, line),
        };
        origins.push(Origin { file: file.to_owned(), line: number });
        text.push_str(rest);
        text.push('\n');
    }
    (text, origins)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "locals {\n  a = 1\n{{#feature \"nat\"}}\n  b = \"${var.x}{}\"\n{{/feature}}\n}\n{{#feature \"logs\"}}\n\nresource \"a\" \"b\" {\n{{#feature \"nat\"}}\n  c = \\{{\n{{/feature}}\n}\n{{/feature}}\n";

    fn render(
        file: &Path,
        text: &str,
        declared: &[&str],
        features: &[&str],
    ) -> Result<(String, Vec<Origin>), Vec<Problem>> {
        Compiled::new(file, text, declared)?.render(features)
    }

    fn with(features: &[&str]) -> (String, Vec<usize>) {
        let (text, origins) = render(Path::new("main.tf.hbs"), TEMPLATE, &["nat", "logs"], features).unwrap();
        (text, origins.iter().map(|origin| origin.line).collect())
    }

    #[test]
    fn a_feature_that_is_off_leaves_nothing() {
        assert_eq!(with(&[]), ("locals {\n  a = 1\n}\n".into(), vec![1, 2, 6]));
    }

    #[test]
    fn each_line_knows_the_line_of_the_template() {
        let (text, lines) = with(&["nat", "logs"]);
        assert_eq!(text, "locals {\n  a = 1\n  b = \"${var.x}{}\"\n}\n\nresource \"a\" \"b\" {\n  c = {{\n}\n");
        assert_eq!(lines, [1, 2, 4, 6, 8, 9, 11, 13]);
    }

    #[test]
    fn a_misspelt_feature_is_an_error_with_file_line_and_the_nearest_name() {
        let text = "a = 1\n{{#feature \"flow_log\"}}\n{{/feature}}\n{{#feature \"nta\"}}\n{{/feature}}\n";
        let problems = render(Path::new("m/main.tf.hbs"), text, &["nat", "flow_logs"], &["nat"]).unwrap_err();
        let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(
            problems,
            [
                "m/main.tf.hbs:2:13: the description declares no feature `flow_log`\n  did you mean `flow_logs`? allowed: nat, flow_logs",
                "m/main.tf.hbs:4:13: the description declares no feature `nta`\n  did you mean `nat`? allowed: nat, flow_logs",
            ]
        );
    }

    #[test]
    fn other_tags_are_refused() {
        let refused = [
            "{{#if nat}}",
            "{{#unless nat}}",
            "{{#with nat}}",
            "{{lookup features \"nat\"}}",
            "{{#feature (lookup features \"nat\")}}",
            "{{^feature \"nat\"}}",
            "{{> part}}",
            "a = \"{{name}}\"",
            "{{#feature \"nat\"}} a = 1 {{/feature}}",
            "{{#feature nat}}",
            "{{else}}",
            "{{{{raw}}}}",
            "{{#each features}}",
        ];
        for text in refused {
            let problems = render(Path::new("main.tf.hbs"), text, &["nat"], &["nat"]).unwrap_err();
            assert!(problems[0].text.contains("whole lines of `feature`"), "{text}: {problems:?}");
        }
    }

    #[test]
    fn tags_that_do_not_match_are_refused_at_their_line() {
        let problems = render(Path::new("t"), "{{/feature}}\n{{#feature \"nat\"}}\n", &["nat"], &[]).unwrap_err();
        let problems: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(problems, ["t:1:1: `{{/feature}}` closes nothing", "t:2:1: `{{#feature \"nat\"}}` is not closed"]);
    }

    #[test]
    fn a_line_belongs_to_its_innermost_feature() {
        let features = feature_of_lines(Path::new("t"), TEMPLATE, &["nat", "logs"]);
        assert_eq!(features[3].as_deref(), Some("nat"));
        assert_eq!(features[8].as_deref(), Some("logs"));
        assert_eq!(features[1], None);
    }
}
