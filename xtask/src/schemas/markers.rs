//! Secrets and deprecations, which only `@pulumi/aws` tells.

use super::binding::capitalized;
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What the package says about all of its classes.
pub(super) struct Package<'a> {
    folder: &'a Path,
    /// Deprecated properties of nested structures, such as `s3.BucketReplicationConfigRule.prefix`.
    nested: BTreeSet<String>,
}

/// Properties of one class, in the package's own spelling.
#[derive(Debug, Default, PartialEq, Eq)]
struct Markers {
    secret: BTreeSet<String>,
    deprecated: BTreeSet<String>,
}

impl<'a> Package<'a> {
    /// Reads the unpacked package in `folder`.
    pub(super) fn read(folder: &'a Path) -> Result<Self> {
        let nested = nested_deprecations(&text(&folder.join("types/input.d.ts"))?);
        Ok(Package { folder, nested })
    }

    /// Marks the attributes and blocks of a schema where the package's class at `path` marks its properties.
    pub(super) fn mark(&self, path: &str, schema: &mut Value) -> Result<()> {
        let file = |ending: &str| text(&self.folder.join(format!("{path}{ending}")));
        let markers = Markers { secret: secrets(&file(".js")?), deprecated: deprecations(&file(".d.ts")?) };
        mark(&mut schema["block"], &markers);
        let (namespace, class) = path.rsplit_once('/').unwrap_or(("", path));
        self.mark_nested(&format!("{namespace}.{}", capitalized(class)), &mut schema["block"]);
        Ok(())
    }

    fn mark_nested(&self, class: &str, block: &mut Value) {
        let Some(blocks) = block.get_mut("block_types").and_then(Value::as_object_mut) else { return };
        for (name, nested) in blocks {
            let class = format!("{class}{}", capitalized(&camel(name)));
            let prefix = format!("{class}.");
            let of_class = self.nested.iter().filter_map(|name| name.strip_prefix(&prefix).map(str::to_owned));
            mark(&mut nested["block"], &Markers { deprecated: of_class.collect(), ..Markers::default() });
            self.mark_nested(&class, &mut nested["block"]);
        }
    }
}

fn text(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn secrets(script: &str) -> BTreeSet<String> {
    let listed = script.split_once("additionalSecretOutputs: [").and_then(|(_, rest)| rest.split_once(']'));
    let names = listed.map_or("", |(names, _)| names);
    names.split(',').map(|name| name.trim().trim_matches('"').to_owned()).filter(|name| !name.is_empty()).collect()
}

/// The properties whose comment has `@deprecated`; a deprecated class as a whole is none.
fn deprecations(declarations: &str) -> BTreeSet<String> {
    let mut marked = false;
    declarations.lines().filter_map(|line| deprecated_property(line, &mut marked)).collect()
}

/// The property of a line, if the comment before it has `@deprecated`.
fn deprecated_property(line: &str, marked: &mut bool) -> Option<String> {
    let line = line.trim();
    if line.starts_with('*') {
        *marked |= line.starts_with("* @deprecated");
        return None;
    }
    let property = line.strip_prefix("readonly ").unwrap_or(line);
    let name = property.split_once(':').map(|(name, _)| name.trim_end_matches('?').to_owned());
    std::mem::take(marked).then_some(name)?
}

fn nested_deprecations(declarations: &str) -> BTreeSet<String> {
    let (mut namespace, mut interface, mut marked) = (String::new(), String::new(), false);
    let mut found = BTreeSet::new();
    for line in declarations.lines() {
        let named = |keyword: &str| line.trim().strip_prefix(keyword)?.strip_suffix(" {").map(str::to_owned);
        if let Some(name) = named("export declare namespace ").or_else(|| named("namespace ")) {
            namespace = name;
        } else if let Some(name) = named("interface ") {
            interface = name;
        } else if let Some(property) = deprecated_property(line, &mut marked) {
            found.insert(format!("{namespace}.{interface}.{property}"));
        }
    }
    found
}

fn mark(block: &mut Value, markers: &Markers) {
    for (section, inner) in [("attributes", None), ("block_types", Some("block"))] {
        let Some(entries) = block.get_mut(section).and_then(Value::as_object_mut) else { continue };
        for (name, entry) in entries {
            let entry = match inner {
                Some(inner) => &mut entry[inner],
                None => entry,
            };
            if has(&markers.secret, name) {
                entry["sensitive"] = json!(true);
            }
            if has(&markers.deprecated, name) {
                entry["deprecated"] = json!(true);
            }
        }
    }
}

/// Lists have their plural there.
fn has(names: &BTreeSet<String>, attribute: &str) -> bool {
    let camel = camel(attribute);
    names.contains(&camel) || names.contains(&format!("{camel}s"))
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| name + &capitalized(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_deprecations_mark_attributes_and_blocks() {
        let script = r#"const secretOpts = { additionalSecretOutputs: ["masterPassword", "masterPasswordWo"] };"#;
        let declarations = "/**\n * @deprecated since long\n */\nreadonly corsRules: X;\nreadonly acl: Y;\n";
        let markers = Markers { secret: secrets(script), deprecated: deprecations(declarations) };
        let mut schema = json!({ "block": {
            "attributes": { "master_password": { "type": "string" }, "acl": { "type": "string" } },
            "block_types": { "cors_rule": { "nesting_mode": "list", "block": {} } },
        } });
        mark(&mut schema["block"], &markers);
        assert_eq!(schema["block"]["attributes"]["master_password"]["sensitive"], true);
        assert_eq!(schema["block"]["attributes"]["acl"], json!({ "type": "string" }));
        assert_eq!(schema["block"]["block_types"]["cors_rule"]["block"]["deprecated"], true);
    }

    #[test]
    fn deprecations_of_nested_structures_have_their_path() {
        let declarations =
            "export declare namespace s3 {\n interface Rule {\n/**\n * @deprecated x\n */\nprefix?: A;\nid?: B;";
        assert_eq!(nested_deprecations(declarations).into_iter().collect::<Vec<_>>(), ["s3.Rule.prefix"]);
    }
}
