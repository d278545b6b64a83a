//! `contract.json`: what a module takes and gives, for programs.

use super::variable::ordered;
use crate::module::{Check, Description};
use crate::rendered::Rendered;
use serde_json::{Map, Value, json};
use std::path::Path;

/// The contract of a module, with keys in order.
pub fn contract(description: &Description, source: &Path) -> Rendered {
    let inputs: Map<String, Value> = ordered(description)
        .into_iter()
        .map(|input| {
            let checks: Vec<&Check> = input.checks.iter().collect();
            let contract = json!({
                "checks": checks.iter().map(|check| check.condition.text.clone()).collect::<Vec<_>>(),
                "default": input.default.as_ref().map(|default| default.text.clone()),
                "description": input.description,
                "ephemeral": input.ephemeral,
                "feature": input.feature,
                "nullable": input.nullable,
                "required": input.default.is_none(),
                "sensitive": input.sensitive,
                "static_keys": input.static_keys,
                "type": input.shape.to_string(),
            });
            (input.name.clone(), contract)
        })
        .collect();
    let outputs: Map<String, Value> = description
        .outputs
        .iter()
        .map(|output| {
            let contract = json!({
                "description": output.description,
                "feature": output.feature,
                "nullable": output.nullable,
                "sensitive": output.sensitive,
                "type": output.shape.to_string(),
            });
            (output.name.clone(), contract)
        })
        .collect();
    let contract = json!({
        "examples": description.examples.iter().map(|example| example.name.clone()).collect::<Vec<_>>(),
        "features": features(description),
        "inputs": inputs,
        "module": description.name,
        "outputs": outputs,
        "providers": description.providers.iter()
            .map(|provider| (provider.name.clone(), json!({"source": provider.source, "version": provider.version})))
            .collect::<Map<_, _>>(),
        "renamed": description.renames.iter()
            .map(|renamed| json!({"from": renamed.from.text, "since": renamed.since, "to": renamed.to.text}))
            .collect::<Vec<_>>(),
        "summary": description.summary,
        "terraform": description.terraform,
        "waived": description.waivers.iter()
            .map(|waiver| json!({"id": waiver.id, "when": waiver.when, "why": waiver.why}))
            .collect::<Vec<_>>(),
    });
    let mut text = format!("{contract:#}");
    text.push('\n');
    Rendered { path: "contract.json".into(), text, origins: Vec::new(), source: source.to_owned() }
}

fn features(description: &Description) -> Map<String, Value> {
    let feature = |feature: &crate::module::Feature| {
        (feature.name.clone(), json!({"requires": feature.requires, "summary": feature.summary}))
    };
    description.features.iter().map(feature).collect()
}
