//! What is left of a configuration when it becomes a plan: computed values are unknown, write-only ones are null.

use std::collections::BTreeMap;

use tfplugin::value::{Object, Value};

use crate::schema::{Attribute, Block, elements_mut};

/// Makes every write-only value null.
pub(crate) fn forget_write_only(block: &Block, members: &mut Object) {
    each(block, members, &mut |attribute, value| {
        if attribute.write_only {
            *value = Value::Null;
        }
    });
}

/// Makes unknown what nobody wrote and the provider computes.
pub(crate) fn computed_is_unknown(block: &Block, members: &mut Object) {
    each(block, members, &mut |attribute, value| {
        if attribute.computed && value.is_null() {
            *value = Value::Unknown;
        }
    });
}

/// Visits the attributes of the block and of all in it.
fn each(block: &Block, members: &mut Object, visit: &mut impl FnMut(&Attribute, &mut Value)) {
    each_attribute(&block.attributes, members, visit);
    for (name, nested) in &block.block_types {
        let Some(value) = members.get_mut(name) else { continue };
        for members in elements_mut(nested.nesting_mode, value) {
            each(&nested.block, members, visit);
        }
    }
}

fn each_attribute(
    attributes: &BTreeMap<String, Attribute>,
    members: &mut Object,
    visit: &mut impl FnMut(&Attribute, &mut Value),
) {
    for (name, attribute) in attributes {
        let value = members.entry(name.clone()).or_default();
        visit(attribute, value);
        let Some(nested) = &attribute.nested_type else { continue };
        for members in elements_mut(nested.nesting_mode, value) {
            each_attribute(&nested.attributes, members, visit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = r#"{
        "attributes": {
            "id": {"type": "string", "computed": true},
            "name": {"type": "string", "optional": true, "computed": true},
            "note": {"type": "string", "optional": true},
            "secret": {"type": "string", "optional": true, "write_only": true},
            "nested": {"optional": true, "nested_type": {"nesting_mode": "map", "attributes": {
                "at": {"type": "string", "computed": true}, "to": {"type": "string", "optional": true}
            }}}
        },
        "block_types": {"rule": {"nesting_mode": "set", "block": {"attributes": {
            "rule_id": {"type": "string", "computed": true},
            "password": {"type": "string", "optional": true, "write_only": true}
        }}}}
    }"#;

    fn object(json: &str) -> Object {
        match tfplugin::value::from_plain_json(serde_json::from_str(json).unwrap()) {
            Value::Map(members) => members,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_computed_becomes_unknown_however_deep_it_stands() {
        let block: Block = serde_json::from_str(BLOCK).unwrap();
        let mut members = object(
            r#"{"name": "given", "secret": "s", "nested": {"a": {"at": null, "to": null}},
                "rule": [{"rule_id": null, "password": "p"}]}"#,
        );
        forget_write_only(&block, &mut members);
        computed_is_unknown(&block, &mut members);
        assert_eq!(members["id"], Value::Unknown);
        assert_eq!(members["name"], "given".into());
        assert_eq!(members["note"], Value::Null);
        assert_eq!(members["secret"], Value::Null);
        assert_eq!(members["nested"].as_map().unwrap()["a"].as_map().unwrap()["at"], Value::Unknown);
        let rule = members["rule"].as_list().unwrap()[0].as_map().unwrap();
        assert_eq!((&rule["rule_id"], &rule["password"]), (&Value::Unknown, &Value::Null));
    }

    #[test]
    fn an_unknown_block_stays_unknown() {
        let block: Block = serde_json::from_str(BLOCK).unwrap();
        let mut members: Object = [("rule".to_owned(), Value::Unknown)].into();
        computed_is_unknown(&block, &mut members);
        assert_eq!(members["rule"], Value::Unknown);
    }
}
