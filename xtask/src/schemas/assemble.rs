//! From a binding to a schema in the form of `terraform providers schema -json`.

use super::binding::{Argument, Binding, Flags, Getter, Member, capitalized};
use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};

/// The schema of the binding's own type.
pub(super) fn schema(binding: &Binding) -> Result<Value> {
    Ok(json!({ "version": 0, "block": block(binding, &binding.root)? }))
}

fn block(binding: &Binding, structure: &str) -> Result<Value> {
    let mut attributes = Map::new();
    let mut blocks = Map::new();
    for Entry { name, flags, argument, getter } in entries(binding, structure)? {
        let inside = || format!("{structure}.{name}");
        match argument.and_then(nested_block) {
            Some(nested) => {
                blocks.insert(name.to_owned(), nested_schema(binding, nested, flags).with_context(inside)?);
            }
            None => {
                let kind = kind(binding, argument, getter).with_context(inside)?;
                attributes.insert(name.to_owned(), attribute(name, kind, flags));
            }
        }
    }
    let mut block = Map::new();
    if !attributes.is_empty() {
        block.insert("attributes".to_owned(), attributes.into());
    }
    if !blocks.is_empty() {
        block.insert("block_types".to_owned(), blocks.into());
    }
    Ok(block.into())
}

/// What is known of one name of a structure.
struct Entry<'a> {
    name: &'a str,
    flags: Flags,
    argument: Option<&'a Argument>,
    getter: Option<&'a Getter>,
}

/// The names of a structure: from its class, or where it has none, as in the provider's own, from its interface.
fn entries<'a>(binding: &'a Binding, structure: &str) -> Result<Vec<Entry<'a>>> {
    let arguments = binding.arguments.get(structure).map(Vec::as_slice).unwrap_or_default();
    if let Some(members) = binding.members.get(structure) {
        let argument = |name: &str| arguments.iter().find(|argument| argument.name == name);
        let entry = |member: &'a Member| Entry {
            name: &member.name,
            flags: member.flags,
            argument: argument(&member.name),
            getter: member.getter.as_ref(),
        };
        return Ok(members.iter().map(entry).collect());
    }
    let required = binding.properties.get(structure).map(Vec::as_slice).unwrap_or_default();
    if arguments.len() != required.len() {
        bail!("{structure} has {} arguments and {} properties", arguments.len(), required.len());
    }
    let entry = |(argument, required): (&'a Argument, &bool)| Entry {
        name: &argument.name,
        flags: Flags { required: *required, optional: !*required, computed: false },
        argument: Some(argument),
        getter: None,
    };
    Ok(arguments.iter().zip(required).map(entry).collect())
}

/// A block that an argument is written as.
struct Nested {
    structure: String,
    mode: String,
    single: bool,
}

/// The structure that an argument is written as, if it has one, and whether a mapper writes several of it.
fn written_structure(argument: &Argument) -> Option<(String, Option<bool>)> {
    let (mapper, rest) = match argument.value.strip_prefix("cdktf.") {
        Some(rest) => (true, rest.split_once('(')?.1),
        None => (false, argument.value.as_str()),
    };
    let structure = rest.split_once("ToHclTerraform").map(|(name, _)| name)?;
    if !structure.chars().all(char::is_alphanumeric) {
        return None;
    }
    let as_block = argument.value.contains(", true)(");
    Some((capitalized(structure), mapper.then_some(as_block)))
}

/// A mapper's second argument tells a block from an attribute that is a list of objects.
fn nested_block(argument: &Argument) -> Option<Nested> {
    let (structure, mapper) = written_structure(argument)?;
    let mode = if argument.nesting == "struct" { "single" } else { &argument.nesting };
    match mapper {
        Some(false) => None,
        mapper => Some(Nested { structure, mode: mode.to_owned(), single: mapper.is_none() && mode != "single" }),
    }
}

fn nested_schema(binding: &Binding, nested: Nested, flags: Flags) -> Result<Value> {
    let mut schema = json!({ "nesting_mode": nested.mode, "block": block(binding, &nested.structure)? });
    if flags.required && nested.mode != "single" {
        schema["min_items"] = 1.into();
    }
    if nested.single {
        schema["max_items"] = 1.into();
    }
    Ok(schema)
}

fn attribute(name: &str, kind: Value, flags: Flags) -> Value {
    let mut attribute = Map::new();
    attribute.insert("type".to_owned(), kind);
    let write_only = name.ends_with("_wo");
    let flags = [
        ("required", flags.required),
        ("optional", flags.optional),
        ("computed", flags.computed),
        ("write_only", write_only),
    ];
    for (flag, _) in flags.into_iter().filter(|(_, set)| *set) {
        attribute.insert(flag.to_owned(), true.into());
    }
    attribute.into()
}

/// The type of an attribute, as JSON has it: `"string"`, `["list","string"]`, `["set",["object",{…}]]`.
fn kind(binding: &Binding, argument: Option<&Argument>, getter: Option<&Getter>) -> Result<Value> {
    if let Some(argument) = argument {
        return match written_structure(argument) {
            Some((structure, _)) => Ok(json!([argument.nesting, object(binding, &structure)?])),
            None => plain(argument),
        };
    }
    match getter {
        Some(Getter::Nested { structure, in_set }) => {
            Ok(json!([if *in_set { "set" } else { "list" }, object(binding, structure)?]))
        }
        Some(Getter::Call { function, in_set }) => called(function, *in_set),
        None => bail!("neither an argument nor a getter tells the type"),
    }
}

fn plain(argument: &Argument) -> Result<Value> {
    let storage = argument.storage.as_str();
    let element = element(storage.trim_end_matches("List").trim_end_matches("Map"))?;
    match argument.nesting.as_str() {
        "simple" => Ok(element.into()),
        nesting @ ("list" | "set" | "map") => Ok(json!([nesting, element])),
        other => bail!("nesting `{other}` of `{storage}` is not known"),
    }
}

fn called(function: &str, in_set: bool) -> Result<Value> {
    let name = function.strip_prefix("get").and_then(|rest| rest.strip_suffix("Attribute"));
    let name = name.with_context(|| format!("`{function}` tells no type"))?;
    let list = if in_set { "set" } else { "list" };
    match name {
        "List" => Ok(json!([list, "string"])),
        name => match (name.strip_suffix("List"), name.strip_suffix("Map")) {
            (Some(of), _) => Ok(json!([list, element(&of.to_lowercase())?])),
            (_, Some(of)) => Ok(json!(["map", element(&of.to_lowercase())?])),
            _ => Ok(element(&name.to_lowercase())?.into()),
        },
    }
}

fn element(name: &str) -> Result<&'static str> {
    match name {
        "string" => Ok("string"),
        "number" => Ok("number"),
        "boolean" => Ok("bool"),
        other => bail!("type `{other}` is not known"),
    }
}

fn object(binding: &Binding, structure: &str) -> Result<Value> {
    let mut fields = Map::new();
    for Entry { name, argument, getter, .. } in entries(binding, structure)? {
        let kind = kind(binding, argument, getter).with_context(|| format!("{structure}.{name}"))?;
        fields.insert(name.to_owned(), kind);
    }
    Ok(json!(["object", fields]))
}
