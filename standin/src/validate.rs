//! What the host cannot check against a schema: arguments that exclude each other, and values with constraints.

use std::collections::BTreeMap;
use tfplugin::Error;

use tfplugin::value::{Object, Path, Step, Value};

use crate::constraints::Constraints;
use crate::schema::{Attribute, Block, Schema, elements};

/// How many of some arguments stand together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    AtMostOne,
    ExactlyOne,
}

/// Rules of the AWS provider's documentation, which no schema has. A name that ends with `*` is a beginning.
const RULES: &[(&str, Rule, &[&str])] = &[
    ("aws_db_instance", Rule::AtMostOne, &["manage_master_user_password", "password", "password_wo"]),
    (
        "aws_flow_log",
        Rule::ExactlyOne,
        &[
            "eni_id",
            "regional_nat_gateway_id",
            "subnet_id",
            "transit_gateway_attachment_id",
            "transit_gateway_id",
            "vpc_id",
        ],
    ),
    ("aws_rds_cluster", Rule::AtMostOne, &["manage_master_user_password", "master_password", "master_password_wo"]),
    (
        "aws_route",
        Rule::ExactlyOne,
        &["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"],
    ),
    ("aws_route_table_association", Rule::ExactlyOne, &["gateway_id", "subnet_id"]),
    ("aws_secretsmanager_secret_version", Rule::AtMostOne, &["secret_binary", "secret_string", "secret_string_wo"]),
    ("aws_subnet", Rule::AtMostOne, &["availability_zone", "availability_zone_id"]),
    ("aws_vpc", Rule::AtMostOne, &["cidr_block", "ipv4_netmask_length"]),
    (
        "aws_vpc_security_group_*",
        Rule::ExactlyOne,
        &["cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"],
    ),
];

/// Everything that is wrong with a configuration; what is not known yet is right.
pub(crate) fn faults(type_name: &str, schema: &Schema, constraints: &Constraints, config: &Object) -> Vec<Error> {
    let of_type = RULES.iter().filter(|(name, ..)| match name.strip_suffix('*') {
        Some(beginning) => type_name.starts_with(beginning),
        None => *name == type_name,
    });
    let mut faults: Vec<Error> = of_type.filter_map(|(_, rule, names)| broken(*rule, names, config)).collect();
    faults.extend(unconfigurable(&schema.block, config));
    // By custom a name and its prefix exclude each other, and so do a value and its write-only form.
    for name in schema.block.attributes.keys() {
        for suffix in ["_prefix", "_wo"] {
            let other = format!("{name}{suffix}");
            if schema.block.attributes.contains_key(&other) {
                faults.extend(broken(Rule::AtMostOne, &[name, &other], config));
            }
        }
    }
    for (name, constraint) in constraints.of(type_name) {
        let refusal = config.get(name).and_then(Value::as_str).and_then(|text| constraint.refusal(text));
        faults.extend(refusal.map(|reason| Error::new(format!("`{name}` is refused: {reason}")).at_attribute(name)));
    }
    faults
}

/// Arguments that only the provider sets: hosts leave it to the provider to refuse them.
pub(crate) fn unconfigurable(block: &Block, config: &Object) -> Vec<Error> {
    let mut faults = Vec::new();
    in_block(block, config, &Path::default(), &mut faults);
    faults
}

fn in_block(block: &Block, members: &Object, at: &Path, faults: &mut Vec<Error>) {
    in_attributes(&block.attributes, members, at, faults);
    for (name, nested) in &block.block_types {
        let at = at.then(Step::Attribute(name.clone()));
        for (step, members) in members.get(name).into_iter().flat_map(|value| elements(nested.nesting_mode, value)) {
            in_block(&nested.block, members, &step.map_or_else(|| at.clone(), |step| at.then(step)), faults);
        }
    }
}

fn in_attributes(attributes: &BTreeMap<String, Attribute>, members: &Object, at: &Path, faults: &mut Vec<Error>) {
    for (name, attribute) in attributes {
        let at = at.then(Step::Attribute(name.clone()));
        let value = members.get(name).unwrap_or(&Value::Null);
        if attribute.computed && !attribute.optional && !value.is_null() {
            faults.push(Error::new(format!("`{at}` is computed, so a configuration cannot set it")).at(at));
            continue;
        }
        let Some(nested) = &attribute.nested_type else { continue };
        for (step, members) in elements(nested.nesting_mode, value) {
            let at = step.map_or_else(|| at.clone(), |step| at.then(step));
            in_attributes(&nested.attributes, members, &at, faults);
        }
    }
}

fn broken(rule: Rule, names: &[&str], config: &Object) -> Option<Error> {
    let value = |name: &&&str| config.get(**name).unwrap_or(&Value::Null);
    let set: Vec<&&str> = names.iter().filter(|name| !value(name).is_null() && !value(name).is_unknown()).collect();
    let open = names.iter().any(|name| value(&name).is_unknown());
    let listed = names.join("`, `");
    match (rule, set.as_slice()) {
        (_, [first, second, ..]) => Some(
            Error::new(format!("`{first}` and `{second}` exclude each other: at most one of `{listed}` stands"))
                .at_attribute(second),
        ),
        (Rule::ExactlyOne, []) if !open => Some(Error::new(format!("one of `{listed}` is required"))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(members: &[(&str, Value)]) -> Object {
        members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn texts(type_name: &str, schema: &Schema, config: &Object) -> Vec<String> {
        let faults = faults(type_name, schema, &Constraints::default(), config);
        faults.iter().map(|error| error.message().to_owned()).collect()
    }

    #[test]
    fn arguments_exclude_each_other_where_they_are_known() {
        let schema = Schema::default();
        let both = config(&[("availability_zone", "a".into()), ("availability_zone_id", "b".into())]);
        assert_eq!(texts("aws_subnet", &schema, &both).len(), 1);
        let open = config(&[("availability_zone", "a".into()), ("availability_zone_id", Value::Unknown)]);
        assert!(texts("aws_subnet", &schema, &open).is_empty());
    }

    #[test]
    fn what_is_computed_is_no_argument_however_deep_it_stands() {
        let block = r#"{
            "attributes": {
                "id": {"type": "string", "computed": true}, "name": {"type": "string", "computed": true, "optional": true},
                "one": {"optional": true, "nested_type": {"nesting_mode": "single", "attributes": {"at": {"type": "string", "computed": true}}}}
            },
            "block_types": {"rule": {"nesting_mode": "list", "block": {"attributes": {"key": {"type": "string", "computed": true}}}}}
        }"#;
        let block: Block = serde_json::from_str(block).unwrap();
        let inner = |name: &str| Value::Map(config(&[(name, "x".into())]));
        let config = config(&[
            ("id", Value::Unknown),
            ("name", "x".into()),
            ("one", inner("at")),
            ("rule", Value::List(vec![inner("other"), inner("key")])),
        ]);
        let faults: Vec<String> =
            unconfigurable(&block, &config).iter().map(|error| error.message().to_owned()).collect();
        let of = |path: &str| format!("`{path}` is computed, so a configuration cannot set it");
        assert_eq!(faults, [of("id"), of("one.at"), of("rule[1].key")]);
    }

    #[test]
    fn one_of_several_is_required() {
        let schema = Schema::default();
        assert_eq!(texts("aws_vpc_security_group_egress_rule", &schema, &config(&[])).len(), 1);
        let open = config(&[("cidr_ipv4", Value::Unknown)]);
        assert!(texts("aws_vpc_security_group_egress_rule", &schema, &open).is_empty());
    }

    #[test]
    fn a_name_and_its_prefix_exclude_each_other_in_any_type() {
        let attributes =
            r#"{"bucket": {"type": "string"}, "bucket_prefix": {"type": "string"}, "key": {"type": "string"}}"#;
        let schema: Schema = serde_json::from_str(&format!(r#"{{"block": {{"attributes": {attributes}}}}}"#)).unwrap();
        let both = config(&[("bucket", "a".into()), ("bucket_prefix", "a-".into())]);
        assert_eq!(texts("any_bucket", &schema, &both).len(), 1);
    }
}
