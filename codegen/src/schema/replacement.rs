//! What no schema says: which arguments replace an object when they change, and which objects hold what is lost with them.
//!
//! The facts are those of the AWS provider's documentation ("forces new resource"); stand-ins plan by the same file.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The table of types.
#[derive(Debug, Default, Deserialize)]
pub struct Replacement {
    /// Types whose objects hold data, or an identity that others know, such as an address.
    stateful: BTreeSet<String>,
    /// Arguments of every type of one provider, by the prefix of its types.
    of_provider: BTreeMap<String, BTreeSet<String>>,
    /// Arguments by type, those of blocks as `block.argument`; a name that ends with `*` stands for all types that begin so.
    replaces: BTreeMap<String, BTreeSet<String>>,
}

/// A test reads it too: what is committed is never empty.
static TABLE: LazyLock<Replacement> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../schemas/replacement.json")).unwrap_or_default());

impl Replacement {
    /// The committed table.
    pub fn table() -> &'static Self {
        &TABLE
    }

    /// The types whose objects are not to be lost.
    pub fn stateful(&self) -> impl Iterator<Item = &str> {
        self.stateful.iter().map(String::as_str)
    }

    /// Whether what an object of this type holds is lost with it.
    pub fn is_stateful(&self, type_name: &str) -> bool {
        self.stateful.contains(type_name)
    }

    /// Whether a change of the argument replaces an object of the type.
    pub fn replaces(&self, type_name: &str, argument: &str) -> bool {
        let of_provider = self.of_provider.iter().filter(|(prefix, _)| type_name.starts_with(*prefix));
        let of_type = self.replaces.iter().filter(|(name, _)| match name.strip_suffix('*') {
            Some(prefix) => type_name.starts_with(prefix),
            None => *name == type_name,
        });
        let block = argument.split('.').next().unwrap_or_default();
        let named = |arguments: &BTreeSet<String>| arguments.contains(argument) || arguments.contains(block);
        of_provider.chain(of_type).any(|(_, arguments)| named(arguments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_holds_something_has_arguments_that_replace_it() {
        let table = Replacement::table();
        for stateful in table.stateful() {
            assert!(table.replaces.contains_key(stateful), "{stateful}");
        }
        assert!(table.is_stateful("aws_rds_cluster") && !table.is_stateful("aws_iam_role"));
    }

    #[test]
    fn an_argument_is_found_by_type_family_block_and_provider() {
        let table = Replacement::table();
        for (type_name, argument, replaces) in [
            ("aws_rds_cluster", "engine", true),
            ("aws_rds_cluster", "tags", false),
            ("aws_rds_cluster", "region", true),
            ("aws_s3_bucket_versioning", "bucket", true),
            ("aws_eks_cluster", "kubernetes_network_config.ip_family", true),
            ("aws_eks_cluster", "outpost_config.outpost_arns", true),
            ("random_pet", "region", false),
        ] {
            assert_eq!(table.replaces(type_name, argument), replaces, "{type_name}.{argument}");
        }
    }
}
