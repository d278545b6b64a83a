//! Plans and what comes of them: a create, an update, a replacement.

use tfplugin::value::{Object, Path, Value};

use crate::configured::Configured;
use crate::mark::{computed_is_unknown, forget_write_only};
use crate::replacement;
use crate::schema::{Block, Schema};

/// A planned object, and the attributes whose change replaces it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub planned: Object,
    pub replace: Vec<Path>,
}

/// Plans a create (`prior` is none) or an update; `proposed` is what the host made of configuration and prior.
///
/// Where something changes, what was computed before stays, and what is computed and null becomes unknown: it belongs
/// to an element that is new.
pub(crate) fn plan(
    type_name: &str,
    schema: &Schema,
    configured: &Configured,
    prior: Option<&Object>,
    mut proposed: Object,
) -> Plan {
    forget_write_only(&schema.block, &mut proposed);
    decide(&schema.block, configured, &mut proposed);
    if prior == Some(&proposed) {
        return Plan { planned: proposed, replace: Vec::new() };
    }
    computed_is_unknown(&schema.block, &mut proposed);
    let replace = prior.map(|prior| replacement::paths(type_name, prior, &proposed)).unwrap_or_default();
    Plan { planned: proposed, replace }
}

/// Sets what the provider computes from its own configuration, so that it is known when a plan is made.
pub(crate) fn decide(block: &Block, configured: &Configured, members: &mut Object) {
    let computes = |name: &str| block.attributes.get(name).is_some_and(|attribute| attribute.computed);
    if computes("region") && members.get("region").is_none_or(Value::is_null) {
        members.insert("region".to_owned(), configured.region.as_str().into());
    }
    if computes("tags_all") && block.attributes.contains_key("tags") {
        let tags = all_tags(&configured.tags, members.get("tags").unwrap_or(&Value::Null));
        members.insert("tags_all".to_owned(), tags);
    }
}

/// The tags of every object with those of this one; unknown while one of them is.
fn all_tags(of_all: &Object, own: &Value) -> Value {
    let all = of_all.iter().chain(own.as_map().into_iter().flatten()).filter(|(_, value)| !value.is_null());
    let all = Value::Map(all.map(|(name, value)| (name.clone(), value.clone())).collect());
    if own.is_unknown() || !all.is_wholly_known() { Value::Unknown } else { all }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{"version": 0, "block": {"attributes": {
        "id": {"type": "string", "computed": true},
        "bucket": {"type": "string", "optional": true, "computed": true},
        "region": {"type": "string", "optional": true, "computed": true},
        "tags": {"type": ["map", "string"], "optional": true},
        "tags_all": {"type": ["map", "string"], "optional": true, "computed": true}
    }}}"#;

    fn schema() -> Schema {
        serde_json::from_str(SCHEMA).unwrap()
    }

    fn configured() -> Configured {
        let tags = [("Owner".to_owned(), Value::from("us")), ("Name".to_owned(), "default".into())].into();
        Configured { tags, ..Configured::default() }
    }

    fn object(members: &[(&str, Value)]) -> Object {
        let all = ["id", "bucket", "region", "tags", "tags_all"].map(|name| (name.to_owned(), Value::Null));
        all.into_iter().chain(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone()))).collect()
    }

    fn map(members: &[(&str, &str)]) -> Value {
        Value::Map(members.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect())
    }

    #[test]
    fn a_create_knows_the_region_and_all_tags() {
        let proposed = object(&[("bucket", "logs".into()), ("tags", map(&[("Name", "own")]))]);
        let Plan { planned, replace } = plan("aws_s3_bucket", &schema(), &configured(), None, proposed);
        assert_eq!(planned["id"], Value::Unknown);
        assert_eq!(planned["region"], "us-east-1".into());
        assert_eq!(planned["tags_all"], map(&[("Name", "own"), ("Owner", "us")]));
        assert!(replace.is_empty());
    }

    #[test]
    fn tags_that_are_not_known_leave_all_unknown() {
        let unknown = Value::Map([("Name".to_owned(), Value::Unknown)].into());
        assert_eq!(all_tags(&Object::new(), &unknown), Value::Unknown);
        assert_eq!(all_tags(&Object::new(), &Value::Unknown), Value::Unknown);
        assert_eq!(all_tags(&Object::new(), &Value::Null), Value::Map(Object::new()));
    }

    #[test]
    fn nothing_changes_where_nothing_is_new() {
        let state = object(&[
            ("bucket", "logs".into()),
            ("region", "us-east-1".into()),
            ("tags_all", map(&[("Name", "default"), ("Owner", "us")])),
        ]);
        let same = plan("aws_s3_bucket", &schema(), &configured(), Some(&state), state.clone());
        assert_eq!(same.planned, state, "a computed null that was null before stays");
        let mut moved = state.clone();
        moved.insert("bucket".to_owned(), "other".into());
        let other = plan("aws_s3_bucket", &schema(), &configured(), Some(&state), moved);
        assert_eq!(other.replace, [Path::attribute("bucket")]);
    }
}
