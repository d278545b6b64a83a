//! `variables.tf` and `outputs.tf`.

use super::code::{Writer, quote};
use crate::module::{Description, Input, Output};
use crate::rendered::Rendered;
use std::path::Path;

/// The inputs: required ones first, each group by name.
pub fn variables(description: &Description) -> Rendered {
    let mut writer = Writer::new(&description.file);
    for (number, input) in ordered(description).into_iter().enumerate() {
        writer.from(&input.place);
        if number > 0 {
            writer.line("");
        }
        variable(&mut writer, input);
    }
    writer.finish("variables.tf")
}

/// The inputs in the order of documents: required ones first, each group by name.
pub fn ordered(description: &Description) -> Vec<&Input> {
    let mut inputs: Vec<&Input> = description.inputs.iter().collect();
    inputs.sort_by_key(|input| (input.default.is_some(), &input.name));
    inputs
}

fn variable(writer: &mut Writer, input: &Input) {
    writer.line(format!("variable \"{}\" {{", input.name));
    writer.line(format!("description = {}", quote(&input.description)));
    writer.argument("type", &input.written);
    if let Some(default) = &input.default {
        writer.argument("default", default);
    }
    writer.from(&input.place);
    for (name, value, usual) in [
        ("nullable", input.nullable, true),
        ("sensitive", input.sensitive, false),
        ("ephemeral", input.ephemeral, false),
    ] {
        if value != usual {
            writer.line(format!("{name} = {value}"));
        }
    }
    for check in &input.checks {
        writer.from(&check.place).line("").line("validation {");
        writer.argument("condition", &check.condition).argument("error_message", &check.message).line("}");
    }
    writer.line("}");
}

/// The outputs by name.
pub fn outputs(description: &Description) -> Rendered {
    let mut writer = Writer::new(&description.file);
    let mut outputs: Vec<&Output> = description.outputs.iter().collect();
    outputs.sort_by_key(|output| &output.name);
    for (number, output) in outputs.into_iter().enumerate() {
        writer.from(&output.place);
        if number > 0 {
            writer.line("");
        }
        writer.line(format!("output \"{}\" {{", output.name));
        writer.line(format!("description = {}", quote(&output.description)));
        writer.argument("value", &output.value);
        if output.sensitive {
            writer.line("sensitive = true");
        }
        writer.line("}");
    }
    writer.finish("outputs.tf")
}

/// `variables.tf` of a folder without any, since linters look for it wherever terraform can run; `what` is the folder.
pub fn no_variables(source: &Path, what: &str) -> Rendered {
    let mut writer = Writer::new(source);
    writer.line(format!("# The {what} takes no variables: its values stand in main.tf."));
    writer.finish("variables.tf")
}
