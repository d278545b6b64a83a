//! A generated binding of `@cdktf/provider-aws`, read for the facts about its type.
//!
//! The package's JavaScript carries its TypeScript source in its source map.
//! There each attribute has a comment such as `// arn - computed: true, optional: false, required: false`, a getter
//! whose name says its type, and, if it can be set, an entry with its nesting and whether it is a block.

use anyhow::{Context as _, Result, anyhow};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Flags of an attribute or a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) required: bool,
    pub(super) optional: bool,
    pub(super) computed: bool,
}

/// What a class says about one of its members.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) flags: Flags,
    pub(super) getter: Option<Getter>,
}

/// How a member is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Getter {
    /// By a call such as `getStringAttribute`; `in_set` where the list stands for a set.
    Call { function: String, in_set: bool },
    /// Through the class of a nested structure.
    Nested { structure: String, in_set: bool },
}

/// What a structure says about one of the arguments that it writes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Argument {
    pub(super) name: String,
    /// `simple`, `list`, `set`, `map` or `struct`.
    pub(super) nesting: String,
    /// `string`, `stringList`, … or the name of a class.
    pub(super) storage: String,
    /// The expression that writes it.
    pub(super) value: String,
}

/// All structures of one binding by name; the type itself is `root`.
#[derive(Debug, Default)]
pub(super) struct Binding {
    pub(super) root: String,
    pub(super) members: BTreeMap<String, Vec<Member>>,
    pub(super) arguments: BTreeMap<String, Vec<Argument>>,
    /// The properties of the interfaces, in the same order as the arguments, with whether each is required.
    pub(super) properties: BTreeMap<String, Vec<bool>>,
}

/// Reads the binding in a folder of the package, such as `lib/kms-key`.
pub(super) fn read(folder: &Path) -> Result<Binding> {
    let file = folder.join("index.js");
    let script = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let source = source(&script).with_context(|| format!("{} has no source map as expected", file.display()))?;
    let binding = parse(&source);
    if binding.root.is_empty() {
        return Err(anyhow!("{} holds no resource, data source or provider", file.display()));
    }
    Ok(binding)
}

fn source(script: &str) -> Result<String> {
    let (_, encoded) = script.rsplit_once("sourceMappingURL=data:application/json;base64,").context("no source map")?;
    let map: Value = serde_json::from_slice(&STANDARD.decode(encoded.trim())?)?;
    Ok(map["sourcesContent"][0].as_str().context("no source in the map")?.to_owned())
}

/// The part of the source that the current line belongs to.
enum Part {
    Other,
    /// Members and arguments of a class.
    Class(String),
    /// Arguments of a structure.
    Writer(String),
    /// Properties of a structure.
    Interface(String),
}

fn parse(source: &str) -> Binding {
    let mut binding = Binding::default();
    let mut part = Part::Other;
    for line in source.lines() {
        if let Some(declared) = line.strip_prefix("export ") {
            part = declaration(declared, &mut binding);
            continue;
        }
        match &part {
            Part::Other => {}
            Part::Class(name) => {
                member(line, binding.members.entry(name.clone()).or_default());
                argument(line, binding.arguments.entry(name.clone()).or_default());
            }
            Part::Writer(name) => argument(line, binding.arguments.entry(name.clone()).or_default()),
            Part::Interface(name) => {
                if let Some((property, _)) = line.strip_prefix("  readonly ").and_then(|rest| rest.split_once(':')) {
                    binding.properties.entry(name.clone()).or_default().push(!property.ends_with('?'));
                }
            }
        }
    }
    binding
}

fn declaration(declared: &str, binding: &mut Binding) -> Part {
    let name_of = |rest: &str| {
        rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default().to_owned()
    };
    if let Some(rest) = declared.strip_prefix("interface ") {
        return Part::Interface(name_of(rest));
    }
    if let Some(rest) = declared.strip_prefix("function ") {
        return match name_of(rest).strip_suffix("ToHclTerraform") {
            Some(structure) => Part::Writer(capitalized(structure)),
            None => Part::Other,
        };
    }
    let Some(rest) = declared.strip_prefix("class ") else { return Part::Other };
    let name = name_of(rest);
    if let Some(structure) = name.strip_suffix("OutputReference") {
        return Part::Class(structure.to_owned());
    }
    if !["TerraformResource", "TerraformDataSource", "TerraformProvider"].iter().any(|parent| rest.contains(parent)) {
        return Part::Other;
    }
    binding.root.clone_from(&name);
    Part::Class(name)
}

/// `kmsKeyTimeouts` as `KmsKeyTimeouts`, the name of the structure that a function writes.
pub(super) fn capitalized(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

fn member(line: &str, members: &mut Vec<Member>) {
    let line = line.trim();
    if let Some((name, flags)) = line.strip_prefix("// ").and_then(|rest| rest.split_once(" - computed: ")) {
        let is = |text: &str| flags.contains(text);
        let flags = Flags {
            computed: flags.starts_with("true"),
            optional: is("optional: true"),
            required: is("required: true"),
        };
        members.push(Member { name: name.to_owned(), flags, getter: None });
        return;
    }
    if let Some(member) = members.last_mut().filter(|member| member.getter.is_none()) {
        member.getter = getter(line);
    }
}

fn getter(line: &str) -> Option<Getter> {
    if let Some((_, made)) = line.split_once(" = new ") {
        let (class, arguments) = made.split_once('(')?;
        if let Some(class) = class.strip_prefix("cdktf.") {
            return Some(Getter::Call { function: format!("get{class}Attribute"), in_set: false });
        }
        let structure = ["OutputReference", "List", "Map"].iter().find_map(|suffix| class.strip_suffix(suffix))?;
        return Some(Getter::Nested { structure: structure.to_owned(), in_set: arguments.contains(", true)") });
    }
    let (_, call) = line.strip_prefix("return ")?.rsplit_once("this.")?;
    let (function, _) = call.split_once('(')?;
    Some(Getter::Call { function: function.to_owned(), in_set: line.contains("Fn.tolist(") })
}

fn argument(line: &str, arguments: &mut Vec<Argument>) {
    let line = line.trim();
    if let Some(name) = line.strip_suffix(": {") {
        arguments.push(Argument { name: name.to_owned(), ..Argument::default() });
        return;
    }
    let Some(argument) = arguments.last_mut() else { return };
    let text = |prefix: &str| line.strip_prefix(prefix)?.strip_suffix(',');
    if let Some(value) = text("value: ") {
        value.clone_into(&mut argument.value);
    } else if let Some(nesting) = text("type: ") {
        argument.nesting = nesting.trim_matches('"').to_owned();
    } else if let Some(storage) = text("storageClassType: ") {
        argument.storage = storage.trim_matches('"').to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
export interface KeyTimeouts {
  readonly create?: string;
  readonly name: string;
}
export function keyTimeoutsToHclTerraform(struct?: KeyTimeouts): any {
  const attrs = {
    create: {
      value: cdktf.stringToHclTerraform(struct!.create),
      isBlock: false,
      type: "simple",
      storageClassType: "string",
    },
  };
}
export class KeyIdentityList extends cdktf.ComplexList {
}
export class Key extends cdktf.TerraformResource {
  // arn - computed: true, optional: false, required: false
  public get arn() {
    return this.getStringAttribute('arn');
  }
  // zones - computed: true, optional: true, required: false
  private _zones?: string[];
  public get zones() {
    return cdktf.Fn.tolist(this.getListAttribute('zones'));
  }
  // identity - computed: true, optional: false, required: false
  private _identity = new KeyIdentityList(this, "identity", true);
}
"#;

    #[test]
    fn members_arguments_and_properties_are_found() {
        let binding = parse(SOURCE);
        assert_eq!(binding.root, "Key");
        let computed = Flags { computed: true, ..Flags::default() };
        let both = Flags { optional: true, ..computed };
        let call = |function: &str, in_set| Some(Getter::Call { function: function.into(), in_set });
        assert_eq!(
            binding.members["Key"],
            [
                Member { name: "arn".into(), flags: computed, getter: call("getStringAttribute", false) },
                Member { name: "zones".into(), flags: both, getter: call("getListAttribute", true) },
                Member {
                    name: "identity".into(),
                    flags: computed,
                    getter: Some(Getter::Nested { structure: "KeyIdentity".into(), in_set: true }),
                },
            ]
        );
        assert_eq!(binding.arguments["KeyTimeouts"][0].storage, "string");
        assert_eq!(binding.properties["KeyTimeouts"], [false, true]);
    }
}
