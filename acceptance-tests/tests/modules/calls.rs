//! Calls of variants: the examples do not show each combination of features, so their values are put together.

use crate::variants::{Variant, modules};
use codegen::module::{Code, Description, Example};
use codegen::rendered::Rendered;
use std::path::Path;

/// A call of a variant.
pub struct Call {
    /// The call's label.
    pub label: &'static str,
    /// The inputs with their values.
    inputs: Vec<(String, Code)>,
    /// The examples from which the values are.
    pub examples: Vec<String>,
}

/// Two calls: `off` is the first example, in which no feature is switched on; `on` is the example that switches on most
/// of the variant's features, with the values by which other examples switch on the rest.
pub fn calls(variant: &Variant) -> Vec<Call> {
    let whole = &variant.module.description;
    let pruned = whole.pruned(&variant.features);
    let first = pruned.examples.first().expect("a description has an example without features");
    let most = pruned.examples.iter().rev().max_by_key(|example| switched_on(&pruned, example).len());
    let most = most.unwrap_or(first);
    let mut on = Call { label: "on", inputs: most.inputs.clone(), examples: vec![most.name.clone()] };
    let shown = switched_on(&pruned, most);
    for feature in variant.features.iter().filter(|feature| !shown.contains(feature)) {
        let source = whole.examples.iter().find(|example| switched_on(whole, example).contains(feature));
        let Some(source) = source else { continue };
        on.inputs.extend(source.inputs.iter().filter(|(name, _)| owner(whole, name) == Some(feature)).cloned());
        on.examples.push(source.name.clone());
    }
    let off = Call { label: "off", inputs: first.inputs.clone(), examples: vec![first.name.clone()] };
    if on.inputs == off.inputs { vec![off] } else { vec![off, on] }
}

/// The root with the calls, in place of the examples.
pub fn root(variant: &Variant, files: &[Rendered]) -> Vec<Rendered> {
    let example = |name: &str| files.iter().find(|file| file.path.starts_with("examples") && file.path.ends_with(name));
    let shown = example("main.tf").expect("an example has a main.tf");
    // What an example says before the call is the configuration of the providers.
    let mut text = shown.text.split_once("module \"").expect("an example calls the module").0.to_owned();
    for call in calls(variant) {
        text.push_str(&format!("module \"{}\" {{\nsource = \"../..\"\n", call.label));
        for (name, value) in &call.inputs {
            text.push_str(&format!("{name} = {}\n", value.text));
        }
        text.push_str("}\n");
    }
    let versions = example("versions.tf").expect("an example has a versions.tf").text.clone();
    let file = |name: &str, text: String| Rendered {
        path: Path::new("examples/every").join(name),
        text,
        origins: Vec::new(),
        source: shown.source.clone(),
    };
    vec![file("main.tf", text), file("versions.tf", versions)]
}

/// The features whose inputs an example sets.
fn switched_on<'a>(description: &'a Description, example: &Example) -> Vec<&'a str> {
    let mut found: Vec<&str> = example.inputs.iter().filter_map(|(name, _)| owner(description, name)).collect();
    found.dedup();
    found
}

fn owner<'a>(description: &'a Description, input: &str) -> Option<&'a str> {
    description.input(input)?.feature.as_deref()
}

#[test]
fn every_feature_is_switched_on_by_an_example() {
    let mut missing = Vec::new();
    for description in modules().map(|module| &module.description) {
        let shown: Vec<&str> = description.examples.iter().flat_map(|one| switched_on(description, one)).collect();
        let names = description.feature_names().into_iter().filter(|name| !shown.contains(name));
        missing.extend(names.map(|name| format!("{}: no example switches on {name}", description.name)));
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
