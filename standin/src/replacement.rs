//! Arguments whose change replaces the object, which no schema says.
//!
//! The facts are those of the AWS provider's documentation ("forces new resource") for types that hold data or that
//! others hang on; a type that is not in the table is changed in place.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tfplugin::value::{Object, Path, Step, Value};

/// Types and arguments, in the file that `substrate diff` reads as well.
#[derive(Default, Deserialize)]
struct Table {
    /// Arguments of every type of one provider, by the prefix of its types.
    of_provider: BTreeMap<String, Vec<String>>,
    /// Arguments by type; `block.argument` is an argument of a block's first occurrence. A name that ends with `*` stands
    /// for all types that begin so.
    replaces: BTreeMap<String, Vec<String>>,
}

/// The table, which a test reads too: what is committed is never empty.
static TABLE: LazyLock<Table> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../codegen/schemas/replacement.json")).unwrap_or_default());

/// The attributes whose change from `prior` to `planned` replaces the object.
pub(crate) fn paths(type_name: &str, prior: &Object, planned: &Object) -> Vec<Path> {
    let table = &*TABLE;
    let of_provider = table.of_provider.iter().filter(|(prefix, _)| type_name.starts_with(*prefix));
    let of_type = table.replaces.iter().filter(|(name, _)| match name.strip_suffix('*') {
        Some(prefix) => type_name.starts_with(prefix),
        None => *name == type_name,
    });
    let arguments = of_provider.chain(of_type).flat_map(|(_, arguments)| arguments);
    arguments.filter(|argument| at(prior, argument) != at(planned, argument)).map(|argument| path(argument)).collect()
}

fn at<'a>(members: &'a Object, argument: &str) -> Option<&'a Value> {
    let Some((block, argument)) = argument.split_once('.') else { return present(members.get(argument)) };
    let occurrence = match members.get(block)? {
        Value::List(elements) => elements.first()?,
        value => value,
    };
    present(occurrence.as_map()?.get(argument))
}

/// A block that is not there and an argument that is null are the same.
fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null() && value.as_list().is_none_or(|elements| !elements.is_empty()))
}

fn path(argument: &str) -> Path {
    let step = |name: &str| Step::Attribute(name.to_owned());
    match argument.split_once('.') {
        Some((block, argument)) => Path(vec![step(block), Step::Index(0), step(argument)]),
        None => Path(vec![step(argument)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(members: &[(&str, Value)]) -> Object {
        members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn an_argument_in_a_block_replaces_too() {
        let with = |family: &str| {
            let block = object(&[("ip_family", family.into())]);
            object(&[("kubernetes_network_config", Value::List(vec![Value::Map(block)]))])
        };
        let found = paths("aws_eks_cluster", &with("ipv4"), &with("ipv6"));
        assert_eq!(found.iter().map(Path::to_string).collect::<Vec<_>>(), ["kubernetes_network_config[0].ip_family"]);
        assert!(paths("aws_eks_cluster", &with("ipv4"), &with("ipv4")).is_empty());
    }

    #[test]
    fn a_family_of_types_shares_its_arguments() {
        let of = |bucket: &str| object(&[("bucket", bucket.into())]);
        assert_eq!(paths("aws_s3_bucket_versioning", &of("a"), &of("b")), [Path::attribute("bucket")]);
        assert!(paths("aws_sqs_queue_policy", &of("a"), &of("b")).is_empty());
    }

    #[test]
    fn the_table_has_arguments_for_every_type() {
        assert!(TABLE.replaces.len() > 50 && TABLE.replaces.values().all(|arguments| !arguments.is_empty()));
    }
}
