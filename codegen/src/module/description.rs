//! A description as data.

use super::{Provider, Shape};
use crate::problem::Place;
use std::path::PathBuf;

/// An expression, verbatim, with where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Code {
    /// The source text, with its line breaks.
    pub text: String,
    /// The place of its first character.
    pub place: Place,
}

/// What `module.hcl` says.
#[derive(Clone, Debug)]
pub struct Description {
    /// The name, which is the folder's.
    pub name: String,
    /// The file.
    pub file: PathBuf,
    /// One sentence.
    pub summary: String,
    /// Paragraphs for the README.
    pub about: Option<String>,
    /// The lowest version of Terraform, as in `1.11.0`.
    pub terraform: String,
    /// The providers whose types the templates use.
    pub providers: Vec<Provider>,
    /// All inputs, those of features included, in the order of the file.
    pub inputs: Vec<Input>,
    /// What an estate can leave out.
    pub features: Vec<Feature>,
    /// All outputs, those of features included, in the order of the file.
    pub outputs: Vec<Output>,
    /// Examples; the first one uses no feature and is what each test starts from.
    pub examples: Vec<Example>,
    /// Addresses that changed.
    pub renames: Vec<Rename>,
    /// Findings of policy checkers that stay, with the reason.
    pub waivers: Vec<Waiver>,
    /// Values of computed attributes for tests without an account.
    pub mocks: Vec<Mock>,
}

/// A part of a module that an estate can leave out: its blocks, inputs and outputs are then absent.
#[derive(Clone, Debug)]
pub struct Feature {
    /// The name, as in `{{#feature "nat"}}`.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// One sentence.
    pub summary: String,
    /// Features without which it cannot be.
    pub requires: Vec<String>,
}

/// An input.
#[derive(Clone, Debug)]
pub struct Input {
    /// The name.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// The feature that owns it.
    pub feature: Option<String>,
    /// The type.
    pub shape: Shape,
    /// The type as it is written.
    pub written: Code,
    /// The default; required without.
    pub default: Option<Code>,
    /// What it is.
    pub description: String,
    /// Whether null is a value with a meaning.
    pub nullable: bool,
    /// Whether its value is kept out of what Terraform prints.
    pub sensitive: bool,
    /// Whether its value is in no state and no plan.
    pub ephemeral: bool,
    /// Whether its keys are known before anything is applied, so that `for_each` may use them.
    pub static_keys: bool,
    /// What values must fulfil.
    pub checks: Vec<Check>,
}

/// A condition on an input, with the values that show that it works.
#[derive(Clone, Debug)]
pub struct Check {
    /// Where it stands.
    pub place: Place,
    /// What must be true.
    pub condition: Code,
    /// What the user reads.
    pub message: Code,
    /// Values that it refuses, each in a run of its own.
    pub refuses: Vec<Code>,
    /// Values at the border that pass.
    pub accepts: Vec<Code>,
    /// Other inputs that those runs set.
    pub with: Vec<(String, Code)>,
    /// The feature without which there is no such check.
    pub feature: Option<String>,
    /// The feature with which there is no such check.
    pub without: Option<String>,
}

/// An output.
#[derive(Clone, Debug)]
pub struct Output {
    /// The name.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// The feature that owns it.
    pub feature: Option<String>,
    /// The contract: HCL's outputs carry no type.
    pub shape: Shape,
    /// What it is.
    pub description: String,
    /// The value.
    pub value: Code,
    /// Whether it can be null.
    pub nullable: bool,
    /// Whether Terraform keeps it out of what it prints.
    pub sensitive: bool,
}

/// A call of the module that shows a use.
#[derive(Clone, Debug)]
pub struct Example {
    /// The name, which is its folder's.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// One sentence.
    pub summary: Option<String>,
    /// The inputs that it sets.
    pub inputs: Vec<(String, Code)>,
}

/// An address that changed.
#[derive(Clone, Debug)]
pub struct Rename {
    /// Where it is declared.
    pub place: Place,
    /// The feature that has the new address.
    pub feature: Option<String>,
    /// The old address.
    pub from: Code,
    /// The new address.
    pub to: Code,
    /// The first version with the new address.
    pub since: String,
}

/// A finding of a policy checker that stays.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// The checker's id, such as `CKV_AWS_144`.
    pub id: String,
    /// Where it is declared.
    pub place: Place,
    /// The examples in which the finding occurs; in all of them when empty.
    pub when: Vec<String>,
    /// Why the finding stays.
    pub why: String,
}

/// Values of computed attributes of one type for tests without an account.
#[derive(Clone, Debug)]
pub struct Mock {
    /// The resource type or, with `data`, the data source type.
    pub kind: String,
    /// Whether it is a data source.
    pub data: bool,
    /// Where it is declared.
    pub place: Place,
    /// The attributes.
    pub values: Vec<(String, Code)>,
}

impl Description {
    /// The input with this name.
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.name == name)
    }

    /// The output with this name.
    pub fn output(&self, name: &str) -> Option<&Output> {
        self.outputs.iter().find(|output| output.name == name)
    }

    /// The names of all features, in the order of the file.
    pub fn feature_names(&self) -> Vec<&str> {
        self.features.iter().map(|feature| feature.name.as_str()).collect()
    }

    /// The same description with the given features only: what belongs to others is gone.
    pub fn pruned(&self, features: &[&str]) -> Self {
        let kept = |feature: &Option<String>| feature.as_deref().is_none_or(|name| features.contains(&name));
        let mut pruned = self.clone();
        pruned.features.retain(|feature| features.contains(&feature.name.as_str()));
        pruned.inputs.retain(|input| kept(&input.feature));
        pruned.outputs.retain(|output| kept(&output.feature));
        pruned.renames.retain(|renamed| kept(&renamed.feature));
        let names: Vec<String> = pruned.inputs.iter().map(|input| input.name.clone()).collect();
        let known = |inputs: &[(String, Code)]| inputs.iter().all(|(name, _)| names.contains(name));
        for input in &mut pruned.inputs {
            input.checks.retain(|check| {
                kept(&check.feature)
                    && !check.without.as_deref().is_some_and(|name| features.contains(&name))
                    && known(&check.with)
            });
        }
        pruned.examples.retain(|example| known(&example.inputs));
        let examples: Vec<String> = pruned.examples.iter().map(|example| example.name.clone()).collect();
        pruned
            .waivers
            .retain(|waiver| waiver.when.is_empty() || waiver.when.iter().any(|name| examples.contains(name)));
        pruned
    }
}
