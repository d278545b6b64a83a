//! What neither package tells, by hand and with the reason.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// A flag that the packages do not carry.
struct Correction {
    /// The path of the JSON value below the provider, with `/` between its parts.
    path: &'static str,
    flag: &'static str,
    value: Option<u64>,
    why: &'static str,
}

const MANY: &str = "the bindings tell a limit of 1 from none, and no other";
const MANY_OF_PROVIDER: &str = "the bindings take a list wherever the provider's own block has blocks";
const IN_PROSE: &str = "the package says so in its prose only";

const CORRECTIONS: &[Correction] = &[
    many("provider/block/block_types/assume_role_with_web_identity", 1, MANY_OF_PROVIDER),
    many("provider/block/block_types/default_tags", 1, MANY_OF_PROVIDER),
    many("provider/block/block_types/ignore_tags", 1, MANY_OF_PROVIDER),
    many("resource_schemas/aws_eks_node_group/block/block_types/taint", 50, MANY),
    many("resource_schemas/aws_s3_bucket_cors_configuration/block/block_types/cors_rule", 100, MANY),
    many("resource_schemas/aws_s3_bucket_replication_configuration/block/block_types/rule", 1000, MANY),
    deprecated("resource_schemas/aws_iam_role/block/attributes/managed_policy_arns"),
    deprecated("resource_schemas/aws_iam_role/block/block_types/inline_policy/block"),
    deprecated("resource_schemas/aws_s3_bucket_lifecycle_configuration/block/attributes/id"),
];

const fn many(path: &'static str, items: u64, why: &'static str) -> Correction {
    Correction { path, flag: "max_items", value: Some(items), why }
}

const fn deprecated(path: &'static str) -> Correction {
    Correction { path, flag: "deprecated", value: None, why: IN_PROSE }
}

/// At most so many; more would mean that the packages are the wrong source.
const LIMIT: usize = 20;

/// Applies all corrections, and refuses one that changes nothing.
pub(super) fn apply(provider: &mut Value) -> Result<()> {
    if CORRECTIONS.len() > LIMIT {
        bail!("there are {} corrections; more than {LIMIT} mean that the source is wrong", CORRECTIONS.len());
    }
    for Correction { path, flag, value, why } in CORRECTIONS {
        let target = provider.pointer_mut(&format!("/{path}")).and_then(Value::as_object_mut);
        let target = target.with_context(|| format!("there is no {path} to correct ({why})"))?;
        let value = value.map_or(Value::Bool(true), Value::from);
        if target.insert((*flag).to_owned(), value.clone()).as_ref() == Some(&value) {
            bail!("{path} has {flag} = {value} already; remove the correction ({why})");
        }
    }
    Ok(())
}
