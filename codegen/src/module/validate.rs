//! What must hold between the parts of a description.

use super::reader::Reader;
use super::variant::MOST;
use super::{Code, Description, Input};
use crate::problem::{Place, Problem};

/// Reports names that nothing declares, names that are declared twice, and examples that cannot be.
pub fn validate(reader: &mut Reader<'_>, description: &Description) {
    let mut problems = Vec::new();
    unique(&mut problems, "input", description.inputs.iter().map(|input| (&*input.name, &input.place)));
    unique(&mut problems, "output", description.outputs.iter().map(|output| (&*output.name, &output.place)));
    unique(&mut problems, "feature", description.features.iter().map(|feature| (&*feature.name, &feature.place)));
    unique(&mut problems, "example", description.examples.iter().map(|example| (&*example.name, &example.place)));
    features(&mut problems, description);
    for input in &description.inputs {
        if input.name.starts_with("create_") {
            let text = format!("`{}` is a switch beside the thing that it switches", input.name);
            problems.push(
                Problem::at(input.place.clone(), text).hint("null, an empty map or \"none\" says that there is none"),
            );
        }
        if input.default.as_ref().is_some_and(|default| default.text == "null") && !input.nullable {
            let text = format!("`{}` is null by default and does not take null", input.name);
            problems.push(Problem::at(input.place.clone(), text).hint("leave `nullable = false` away"));
        }
        checks(&mut problems, description, input);
    }
    examples(&mut problems, description);
    waivers(&mut problems, description);
    for renamed in description.renames.iter().filter(|renamed| !is_version(&renamed.since)) {
        let text = format!("`{}` is no version", renamed.since);
        problems.push(Problem::at(renamed.place.clone(), text).hint("`since` has three numbers, such as 2.0.0"));
    }
    reader.problems.extend(problems);
}

fn unique<'a>(problems: &mut Vec<Problem>, what: &str, names: impl Iterator<Item = (&'a str, &'a Place)>) {
    let mut seen: Vec<&str> = Vec::new();
    for (name, place) in names {
        if seen.contains(&name) {
            problems.push(Problem::at(place.clone(), format!("the {what} `{name}` is declared twice")));
        }
        let fits = |letter: char| {
            letter.is_ascii_lowercase()
                || letter.is_ascii_digit()
                || letter == '_'
                || (letter == '-' && what == "example")
        };
        if !name.is_empty() && !name.chars().all(fits) {
            problems.push(
                Problem::at(place.clone(), format!("`{name}` cannot name the {what}"))
                    .hint("names have small letters, digits and `_`"),
            );
        }
        seen.push(name);
    }
}

fn is_version(text: &str) -> bool {
    let numbers: Vec<&str> = text.split('.').collect();
    numbers.len() == 3 && numbers.iter().all(|number| number.parse::<u64>().is_ok())
}

/// Defaults that leave a feature off.
const OFF: &[&str] = &["null", "{}", "[]", "\"none\"", "false"];

fn is_off(input: &Input) -> bool {
    input.default.as_ref().is_none_or(|default| {
        let code: String = default.text.split_whitespace().collect();
        OFF.contains(&code.as_str())
    })
}

fn features(problems: &mut Vec<Problem>, description: &Description) {
    let names = description.feature_names();
    if let Some(feature) = description.features.get(MOST) {
        let text = format!("a module has at most {MOST} features, and this one has {}", names.len());
        problems.push(Problem::at(feature.place.clone(), text).hint("what has more is several modules"));
    }
    for feature in &description.features {
        for required in feature.requires.iter().filter(|required| !names.contains(&required.as_str())) {
            let text = format!("the feature `{}` requires `{required}`, which is no feature", feature.name);
            problems.push(Problem::at(feature.place.clone(), text).names(required, names.iter().copied()));
        }
        let owned = description.inputs.iter().filter(|input| input.feature.as_ref() == Some(&feature.name));
        let owned: Vec<&Input> = owned.collect();
        if !owned.iter().any(|input| is_off(input)) {
            let text = match owned.is_empty() {
                true => format!("the feature `{}` has no input that switches it off", feature.name),
                false => format!("the feature `{}` is on by default", feature.name),
            };
            let hint = "an input of it is null, an empty map or \"none\" by default";
            problems.push(Problem::at(feature.place.clone(), text).hint(hint));
        }
        for input in owned.iter().filter(|input| input.default.is_none()) {
            let text = format!("`{}` belongs to the feature `{}` and needs a default", input.name, feature.name);
            problems
                .push(Problem::at(input.place.clone(), text).hint("without the feature's inputs the feature is off"));
        }
    }
}

fn checks(problems: &mut Vec<Problem>, description: &Description, input: &Input) {
    let names = description.feature_names();
    for check in &input.checks {
        known_inputs(problems, description, &check.with);
        for feature in [&check.feature, &check.without].into_iter().flatten() {
            if !names.contains(&feature.as_str()) {
                let text = format!("a check of `{}` names the feature `{feature}`, which there is not", input.name);
                problems.push(Problem::at(check.place.clone(), text).names(feature, names.iter().copied()));
            }
        }
    }
}

fn known_inputs(problems: &mut Vec<Problem>, description: &Description, inputs: &[(String, Code)]) {
    let names: Vec<&str> = description.inputs.iter().map(|input| input.name.as_str()).collect();
    for (name, value) in inputs.iter().filter(|(name, _)| !names.contains(&name.as_str())) {
        let text = format!("there is no input `{name}`");
        problems.push(Problem::at(value.place.clone(), text).names(name, names.iter().copied()));
    }
}

fn examples(problems: &mut Vec<Problem>, description: &Description) {
    let Some(first) = description.examples.first() else {
        let place = Place { file: description.file.clone(), line: 1, column: 1 };
        problems.push(
            Problem::at(place, "a description has at least one example")
                .hint("`example \"minimal\" { inputs = { … } }` sets what is required; the tests start from it"),
        );
        return;
    };
    for (name, value) in &first.inputs {
        if let Some(feature) = description.input(name).and_then(|input| input.feature.as_ref()) {
            let text = format!("the first example sets `{name}`, which belongs to the feature `{feature}`");
            problems.push(Problem::at(value.place.clone(), text).hint("tests of every variant start from it"));
        }
    }
    for example in &description.examples {
        known_inputs(problems, description, &example.inputs);
        for input in description.inputs.iter().filter(|input| input.default.is_none()) {
            if !example.inputs.iter().any(|(name, _)| *name == input.name) {
                let text = format!("the example `{}` lacks the required input `{}`", example.name, input.name);
                problems.push(Problem::at(example.place.clone(), text));
            }
        }
    }
}

fn waivers(problems: &mut Vec<Problem>, description: &Description) {
    let names: Vec<&str> = description.examples.iter().map(|example| example.name.as_str()).collect();
    for waiver in &description.waivers {
        for name in waiver.when.iter().filter(|name| !names.contains(&name.as_str())) {
            let text = format!("the waiver of {} names the example `{name}`, which there is not", waiver.id);
            problems.push(Problem::at(waiver.place.clone(), text).names(name, names.iter().copied()));
        }
    }
}
