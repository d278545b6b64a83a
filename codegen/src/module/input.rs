//! Inputs and their checks.

use super::reader::Reader;
use super::{Check, Code, Input};
use hcl_edit::structure::Block;

const ARGUMENTS: &[&str] = &["default", "description", "ephemeral", "keys", "nullable", "sensitive", "type"];

/// Reads `input "name" { … }`; `None` where its type is missing or wrong.
pub fn input(reader: &mut Reader<'_>, block: &Block, feature: Option<&str>) -> Option<Input> {
    reader.allow("input", &block.body, ARGUMENTS, &["check"]);
    let body = &block.body;
    let shape = reader.shape(block);
    let default = reader.optional_code(body, "default");
    let null = default.as_ref().is_some_and(|default| default.text == "null");
    let description = reader.required_text(block, "description");
    let keys = reader.optional_text(body, "keys");
    if let Some(attribute) = body.get_attribute("keys").filter(|_| keys.as_deref() != Some("static")) {
        reader.refuse(&attribute.value, "`keys` can only be \"static\": known before anything is applied");
    }
    let checks = body.get_blocks("check").filter_map(|inner| check(reader, inner)).collect();
    let nullable = reader.optional_flag(body, "nullable");
    let (shape, written) = shape?;
    Some(Input {
        name: reader.label(block),
        place: reader.place_of(&block.ident),
        feature: feature.map(str::to_owned),
        shape,
        written,
        default,
        description,
        nullable: nullable.unwrap_or(null),
        sensitive: reader.optional_flag(body, "sensitive").unwrap_or_default(),
        ephemeral: reader.optional_flag(body, "ephemeral").unwrap_or_default(),
        static_keys: keys.is_some(),
        checks,
    })
}

fn check(reader: &mut Reader<'_>, block: &Block) -> Option<Check> {
    let arguments = ["accepts", "condition", "feature", "message", "refuses", "with", "without"];
    reader.allow("check", &block.body, &arguments, &[]);
    let condition = reader.required(block, "condition").map(|attribute| reader.code(&attribute.value));
    let message = reader.required(block, "message").map(|attribute| reader.code(&attribute.value));
    let refuses = shown(reader, block, "refuses");
    let accepts = shown(reader, block, "accepts");
    let with = block.body.get_attribute("with").map(|attribute| reader.entries(&attribute.value));
    Some(Check {
        place: reader.place_of(&block.ident),
        condition: condition?,
        message: message?,
        refuses,
        accepts,
        with: with.unwrap_or_default(),
        feature: reader.optional_text(&block.body, "feature"),
        without: reader.optional_text(&block.body, "without"),
    })
}

/// The values that show that a check works, at least one.
fn shown(reader: &mut Reader<'_>, block: &Block, name: &str) -> Vec<Code> {
    let found = block.body.has_attribute(name);
    let values = reader.codes(&block.body, name);
    if !found || (values.is_empty() && block.body.get_attribute(name).is_some_and(|value| value.value.is_array())) {
        let what = if name == "refuses" { "a value that it refuses" } else { "a value at the border that passes" };
        reader.refuse(&block.ident, format!("a check needs {what}: `{name} = [ … ]`"));
    }
    values
}
