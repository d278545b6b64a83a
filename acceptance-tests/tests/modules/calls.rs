//! Calls of variants: the examples of the module, without what a variant does not have.

use crate::variants::{Variant, modules};
use codegen::module::{Code, Description, Example};
use codegen::rendered::Rendered;
use std::collections::BTreeSet;
use std::path::Path;

/// A call of a variant.
pub struct Call {
    /// The call's label.
    pub label: String,
    /// The inputs with their values.
    inputs: Vec<(String, Code)>,
    /// The examples from which the values are.
    pub examples: Vec<String>,
    /// The features that it switches on.
    features: BTreeSet<String>,
}

/// The first example, in which no feature is switched on, and as few others as switch on every feature of the variant.
///
/// Inputs that the variant does not have are left out of an example; where a check says that the example cannot be
/// without them, it is left out itself. Where no example is left for a feature, its own inputs join the first example.
pub fn calls(variant: &Variant) -> Vec<Call> {
    let whole = &variant.module.description;
    let pruned = whole.pruned(&variant.features);
    let possible: Vec<Call> = whole.examples.iter().filter_map(|example| call(whole, &pruned, example)).collect();
    let mut possible = possible.into_iter();
    let mut chosen: Vec<Call> = possible.next().into_iter().collect();
    let mut others: Vec<Call> = possible.collect();
    let mut open: BTreeSet<String> = variant.features.iter().map(|name| (*name).to_owned()).collect();
    loop {
        let gain = |call: &Call| call.features.intersection(&open).count();
        let Some(best) =
            (0..others.len()).rev().max_by_key(|at| gain(&others[*at])).filter(|at| gain(&others[*at]) > 0)
        else {
            break;
        };
        let best = others.remove(best);
        open.retain(|feature| !best.features.contains(feature));
        chosen.push(best);
    }
    if !open.is_empty()
        && let Some(joined) = joined(whole, &open)
    {
        chosen.push(joined);
    }
    chosen
}

/// An example without what the variant does not have.
fn call(whole: &Description, pruned: &Description, example: &Example) -> Option<Call> {
    let absent: BTreeSet<&str> = switched_on(whole, example)
        .into_iter()
        .filter(|name| !pruned.features.iter().any(|feature| feature.name == *name))
        .collect();
    let needed = |name: &&str| {
        pruned.inputs.iter().flat_map(|input| &input.checks).any(|check| check.without.as_deref() == Some(*name))
    };
    if absent.iter().any(needed) {
        return None;
    }
    let inputs: Vec<_> = example.inputs.iter().filter(|(name, _)| pruned.input(name).is_some()).cloned().collect();
    let features = switched_on(whole, example).into_iter().filter(|name| !absent.contains(name)).map(str::to_owned);
    // What is left out is off, as it is in the first example.
    let first = whole.examples.first().filter(|first| first.name != example.name && !absent.is_empty());
    Some(Call {
        label: example.name.replace('-', "_"),
        inputs,
        examples: std::iter::once(example).chain(first).map(|example| example.name.clone()).collect(),
        features: features.collect(),
    })
}

/// The first example with the inputs by which others switch on these features.
fn joined(whole: &Description, features: &BTreeSet<String>) -> Option<Call> {
    let first = whole.examples.first()?;
    let mut joined = Call {
        label: "joined".to_owned(),
        inputs: first.inputs.clone(),
        examples: vec![first.name.clone()],
        features: BTreeSet::new(),
    };
    for feature in features {
        let shows = |example: &&Example| switched_on(whole, example).contains(&feature.as_str());
        let Some(source) = whole.examples.iter().find(shows) else { continue };
        joined.inputs.extend(source.inputs.iter().filter(|(name, _)| owner(whole, name) == Some(feature)).cloned());
        joined.examples.push(source.name.clone());
        joined.features.insert(feature.clone());
    }
    Some(joined).filter(|joined| !joined.features.is_empty())
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
    example.inputs.iter().filter_map(|(name, _)| owner(description, name)).collect()
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
