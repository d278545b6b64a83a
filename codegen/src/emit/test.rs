//! `tests/*.tftest.hcl`: what each check refuses and lets pass, what is absent by default, what outputs give.

use super::code::{Writer, quote};
use super::mock::mock_providers;
use super::references::References;
use crate::module::{Check, Code, Description, Example, Input, Shape};
use crate::rendered::Rendered;

/// Every test file of a module; `switched` are the addresses of blocks that belong to features.
pub fn tests(description: &Description, references: &References, switched: &[String]) -> Vec<Rendered> {
    let mut files = vec![checks(description, references, switched)];
    files.extend(description.examples.iter().map(|example| contract(description, references, example)));
    files
}

/// Runs that start from the first example and change one input each.
fn checks(description: &Description, references: &References, switched: &[String]) -> Rendered {
    let mut writer = Writer::new(&description.file);
    mock_providers(&mut writer, description, references);
    if let Some(example) = description.examples.first() {
        writer.from(&example.place);
        variables(&mut writer, &example.inputs);
    }
    if !switched.is_empty() {
        writer.line("").line("run \"features_are_off_by_default\" {").line("command = plan");
        for address in switched {
            writer.line("").line("assert {").line(format!("condition = length({address}) == 0"));
            writer.line(format!("error_message = {}", quote(&format!("{address} must be absent by default."))));
            writer.line("}");
        }
        writer.line("}");
    }
    for input in &description.inputs {
        for ending in [Ending::Accepted, Ending::Refused] {
            let checks =
                input.checks.iter().flat_map(|check| ending.values(check).iter().map(move |value| (check, value)));
            for (number, (check, value)) in checks.enumerate() {
                run(&mut writer, input, check, value, (ending, number + 1));
            }
        }
    }
    writer.finish("tests/checks.tftest.hcl")
}

/// How a run with one value ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Accepted,
    Refused,
}

impl Ending {
    fn values(self, check: &Check) -> &[Code] {
        match self {
            Ending::Accepted => &check.accepts,
            Ending::Refused => &check.refuses,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Ending::Accepted => "accepts",
            Ending::Refused => "refuses",
        }
    }
}

fn run(writer: &mut Writer, input: &Input, check: &Check, value: &Code, (ending, number): (Ending, usize)) {
    let name = format!("{}_{}_{number}", input.name, ending.word());
    writer.from(&value.place).line("").line(format!("run \"{name}\" {{")).line("command = plan").line("");
    let mut inputs = vec![(input.name.clone(), value.clone())];
    inputs.extend(check.with.iter().filter(|(other, _)| *other != input.name).cloned());
    variables(writer, &inputs);
    if ending == Ending::Refused {
        writer.line("").line(format!("expect_failures = [var.{}]", input.name));
    }
    writer.line("}");
}

fn variables(writer: &mut Writer, inputs: &[(String, Code)]) {
    writer.line("variables {");
    for (name, value) in inputs {
        writer.argument(name, value);
    }
    writer.line("}");
}

/// One example, applied with mocks, and the types of its outputs.
fn contract(description: &Description, references: &References, example: &Example) -> Rendered {
    let mut writer = Writer::new(&description.file);
    mock_providers(&mut writer, description, references);
    let name = example.name.replace('-', "_");
    writer.from(&example.place).line(format!("run \"{name}\" {{")).line("command = apply").line("");
    variables(&mut writer, &with_ephemeral_defaults(description, example));
    for output in &description.outputs {
        let value = format!("output.{}", output.name);
        let test = condition(&output.shape, &value, 0);
        let test = if output.nullable { format!("{value} == null ? true : {test}") } else { test };
        writer.from(&output.place).line("").line("assert {").line(format!("condition = {test}"));
        let message = format!("{} must be {}.", output.name, output.shape);
        writer.line(format!("error_message = {}", quote(&message))).line("}");
    }
    writer.line("}");
    writer.finish(format!("tests/example_{name}.tftest.hcl"))
}

/// The inputs of an example, and the defaults of ephemeral ones that it leaves out: `terraform test` plans without
/// those and then refuses their defaults when it applies.
fn with_ephemeral_defaults(description: &Description, example: &Example) -> Vec<(String, Code)> {
    let mut inputs = example.inputs.clone();
    for input in description.inputs.iter().filter(|input| input.ephemeral) {
        let default = input.default.as_ref().filter(|_| !example.inputs.iter().any(|(name, _)| *name == input.name));
        inputs.extend(default.map(|default| (input.name.clone(), default.clone())));
    }
    inputs
}

/// Whether a value is of a type. `tostring(x) == x` and its like hold for that type and null only.
fn condition(shape: &Shape, value: &str, depth: usize) -> String {
    let inner = format!("v{depth}");
    let each =
        |shape: &Shape, of: &str| format!("alltrue([for {inner} in {of} : {}])", condition(shape, &inner, depth + 1));
    match shape {
        Shape::Bool => format!("try(tobool({value}) == {value}, false)"),
        Shape::Number => format!("try(tonumber({value}) == {value}, false)"),
        Shape::Text => format!("try(tostring({value}) == {value}, false)"),
        Shape::List(shape) | Shape::Set(shape) => format!("can(tolist({value})) && {}", each(shape, value)),
        Shape::Tuple(_) => format!("can(tolist({value}))"),
        Shape::Map(shape) => format!("can(keys({value})) && {}", each(shape, value)),
        Shape::Object(attributes) => {
            let parts: Vec<String> = attributes
                .iter()
                .map(|attribute| {
                    let part = format!("{value}.{}", attribute.name);
                    let test = condition(&attribute.shape, &part, depth);
                    if attribute.optional { format!("(try({part}, null) == null ? true : {test})") } else { test }
                })
                .collect();
            if parts.is_empty() { format!("can(keys({value}))") } else { parts.join(" && ") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_that_is_applied_states_ephemeral_inputs() {
        let text = r#"
module "m" {
  summary = "M."
}
input "password" {
  type        = string
  default     = ""
  ephemeral   = true
  description = "Password."
}
example "minimal" {
  inputs = {}
}
example "password" {
  inputs = { password = "given" }
}
"#;
        let description = crate::module::parse(std::path::Path::new("module.hcl"), text).unwrap();
        let stated = description.examples.iter().map(|example| {
            let inputs = with_ephemeral_defaults(&description, example);
            inputs.iter().map(|(name, value)| format!("{name} = {}", value.text)).collect::<Vec<_>>()
        });
        assert_eq!(stated.collect::<Vec<_>>(), [[r#"password = """#], [r#"password = "given""#]]);
    }

    #[test]
    fn a_contract_becomes_a_condition() {
        let text = "map(object({ id = string, size = optional(number) }))";
        let shape = Shape::parse(&hcl_edit::parser::parse_expr(text).unwrap(), text).unwrap();
        assert_eq!(
            condition(&shape, "output.x", 0),
            "can(keys(output.x)) && alltrue([for v0 in output.x : try(tostring(v0.id) == v0.id, false) && (try(v0.size, null) == null ? true : try(tonumber(v0.size) == v0.size, false))])"
        );
    }
}
