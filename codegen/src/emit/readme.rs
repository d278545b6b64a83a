//! `README.md` of a module, from the description by a template.

use super::variable::ordered;
use crate::module::{Code, Description};
use crate::problem::Problem;
use crate::rendered::Rendered;
use crate::template::Document;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::OnceLock;

const TEMPLATE: &str = include_str!("../../templates/module.md.hbs");

/// The page of a module; `copy` is one that an estate rendered for itself.
///
/// # Errors
/// What is wrong in the template.
pub fn readme(description: &Description, source: &Path, copy: bool) -> Result<Rendered, Problem> {
    static PAGE: OnceLock<Result<Document, Problem>> = OnceLock::new();
    let page = PAGE.get_or_init(|| Document::new(Path::new("templates/module.md.hbs"), TEMPLATE));
    let text = page.as_ref().map_err(Problem::clone)?.render(&data(description, copy))?;
    Ok(Rendered { path: "README.md".into(), text, origins: Vec::new(), source: source.to_owned() })
}

/// What a document of a module can use.
pub fn data(description: &Description, copy: bool) -> Value {
    let example = description.examples.first();
    json!({
        "about": description.about,
        "copy": copy,
        "examples": description.examples.iter().map(|example| json!({
            "name": example.name, "summary": example.summary.as_deref().unwrap_or_default(),
        })).collect::<Vec<_>>(),
        "features": description.features.iter().map(|feature| json!({
            "name": feature.name, "summary": feature.summary,
            "inputs": owned(description, &feature.name),
            "requires": feature.requires.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
        })).collect::<Vec<_>>(),
        "inputs": ordered(description).into_iter().map(|input| json!({
            "name": input.name, "type": cell(&input.shape.to_string()), "description": cell(&input.description),
            "default": input.default.as_ref().map_or("required".to_owned(), |default| format!("`{}`", cell(&one_line(&default.text)))),
            "feature": input.feature.as_deref().unwrap_or_default(),
        })).collect::<Vec<_>>(),
        "name": description.name,
        "outputs": description.outputs.iter().map(|output| json!({
            "name": output.name, "type": cell(&output.shape.to_string()), "description": cell(&output.description),
            "feature": output.feature.as_deref().unwrap_or_default(),
        })).collect::<Vec<_>>(),
        "providers": description.providers.iter().map(|provider| json!({
            "name": provider.name, "source": provider.source, "version": provider.version,
        })).collect::<Vec<_>>(),
        "summary": description.summary,
        "terraform": description.terraform,
        "usage": example.map(|example| usage(&example.inputs)).unwrap_or_default(),
        "waivers": description.waivers.iter().map(|waiver| json!({
            "id": waiver.id, "why": cell(&waiver.why), "when": waiver.when.join(", "),
        })).collect::<Vec<_>>(),
    })
}

fn owned(description: &Description, feature: &str) -> String {
    let inputs = description.inputs.iter().filter(|input| input.feature.as_deref() == Some(feature));
    inputs.map(|input| format!("`{}`", input.name)).collect::<Vec<_>>().join(", ")
}

/// The arguments of the first example, aligned as the formatter does.
fn usage(inputs: &[(String, Code)]) -> String {
    let lines: Vec<String> = inputs.iter().map(|(name, value)| format!("{name} = {}\n", value.text)).collect();
    let block = format!("module \"x\" {{\n{}}}\n", lines.concat());
    let formatted = crate::hcl::format(&block);
    let inner: Vec<&str> = formatted.lines().skip(1).collect();
    inner.split_last().map(|(_, inner)| inner.join("\n")).unwrap_or_default()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cell(text: &str) -> String {
    one_line(text).replace('|', "\\|")
}
