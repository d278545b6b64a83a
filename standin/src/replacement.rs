//! Arguments whose change replaces the object, which no schema says.
//!
//! The facts are those of the AWS provider's documentation ("forces new resource") for types that hold data or that
//! others hang on; a type that is not in the table is changed in place.

use tfplugin::value::{Object, Path, Step, Value};

/// Arguments of every type of one provider, by the prefix of its types.
const OF_PROVIDER: &[(&str, &[&str])] = &[("aws_", &["region"])];

/// Types with the arguments that replace them; `block.argument` is an argument of a block's first occurrence. A name
/// that ends with `*` stands for all types that begin so.
const REPLACES: &[(&str, &[&str])] = &[
    ("aws_cloudwatch_log_group", &["name", "name_prefix", "log_group_class"]),
    (
        "aws_db_instance",
        &[
            "availability_zone",
            "character_set_name",
            "db_name",
            "engine",
            "identifier_prefix",
            "kms_key_id",
            "replicate_source_db",
            "snapshot_identifier",
            "storage_encrypted",
            "timezone",
            "username",
        ],
    ),
    ("aws_db_parameter_group", &["name", "name_prefix", "family", "description"]),
    ("aws_db_subnet_group", &["name", "name_prefix"]),
    ("aws_dynamodb_table", &["name", "hash_key", "range_key", "local_secondary_index", "import_table"]),
    ("aws_ebs_volume", &["availability_zone", "encrypted", "kms_key_id", "snapshot_id", "outpost_arn"]),
    ("aws_ecr_repository", &["name", "encryption_configuration"]),
    (
        "aws_efs_file_system",
        &["availability_zone_name", "creation_token", "encrypted", "kms_key_id", "performance_mode"],
    ),
    ("aws_efs_mount_target", &["file_system_id", "ip_address", "subnet_id"]),
    ("aws_eip", &["domain", "address", "public_ipv4_pool", "network_border_group"]),
    ("aws_eks_access_entry", &["cluster_name", "principal_arn", "type"]),
    ("aws_eks_access_policy_association", &["cluster_name", "principal_arn", "policy_arn", "access_scope"]),
    ("aws_eks_addon", &["cluster_name", "addon_name"]),
    (
        "aws_eks_cluster",
        &[
            "name",
            "role_arn",
            "bootstrap_self_managed_addons",
            "encryption_config.resources",
            "kubernetes_network_config.ip_family",
            "kubernetes_network_config.service_ipv4_cidr",
            "outpost_config",
            "access_config.bootstrap_cluster_creator_admin_permissions",
        ],
    ),
    (
        "aws_eks_fargate_profile",
        &["cluster_name", "fargate_profile_name", "pod_execution_role_arn", "selector", "subnet_ids"],
    ),
    ("aws_eks_identity_provider_config", &["cluster_name", "oidc"]),
    (
        "aws_eks_node_group",
        &[
            "ami_type",
            "capacity_type",
            "cluster_name",
            "disk_size",
            "instance_types",
            "node_group_name",
            "node_group_name_prefix",
            "node_role_arn",
            "remote_access",
            "subnet_ids",
        ],
    ),
    ("aws_eks_pod_identity_association", &["cluster_name", "namespace", "service_account"]),
    (
        "aws_elasticache_replication_group",
        &[
            "at_rest_encryption_enabled",
            "data_tiering_enabled",
            "kms_key_id",
            "replication_group_id",
            "snapshot_arns",
            "snapshot_name",
            "subnet_group_name",
        ],
    ),
    ("aws_elasticache_subnet_group", &["name"]),
    (
        "aws_flow_log",
        &[
            "deliver_cross_account_role",
            "destination_options",
            "eni_id",
            "iam_role_arn",
            "log_destination",
            "log_destination_type",
            "log_format",
            "max_aggregation_interval",
            "subnet_id",
            "traffic_type",
            "transit_gateway_id",
            "vpc_id",
        ],
    ),
    ("aws_iam_instance_profile", &["name", "name_prefix", "path"]),
    ("aws_iam_openid_connect_provider", &["url"]),
    ("aws_iam_policy", &["name", "name_prefix", "path", "description"]),
    ("aws_iam_role", &["name", "name_prefix", "path"]),
    ("aws_iam_role_policy", &["name", "name_prefix", "role"]),
    ("aws_iam_role_policy_attachment", &["role", "policy_arn"]),
    (
        "aws_instance",
        &["ami", "availability_zone", "key_name", "placement_group", "private_ip", "subnet_id", "tenancy"],
    ),
    ("aws_internet_gateway_attachment", &["internet_gateway_id", "vpc_id"]),
    ("aws_kms_alias", &["name", "name_prefix"]),
    ("aws_kms_grant", &["key_id", "grantee_principal", "operations", "name", "constraints", "retiring_principal"]),
    ("aws_kms_key", &["custom_key_store_id", "customer_master_key_spec", "key_usage", "multi_region", "xks_key_id"]),
    ("aws_kms_replica_key", &["primary_key_arn"]),
    ("aws_launch_template", &["name", "name_prefix"]),
    ("aws_lb", &["internal", "load_balancer_type", "name", "name_prefix", "customer_owned_ipv4_pool"]),
    ("aws_lb_target_group", &["name", "name_prefix", "port", "protocol", "target_type", "vpc_id", "ip_address_type"]),
    ("aws_nat_gateway", &["connectivity_type", "private_ip", "subnet_id"]),
    ("aws_network_acl", &["vpc_id"]),
    (
        "aws_rds_cluster",
        &[
            "cluster_identifier",
            "cluster_identifier_prefix",
            "availability_zones",
            "character_set_name",
            "database_name",
            "db_subnet_group_name",
            "db_system_id",
            "engine",
            "engine_mode",
            "kms_key_id",
            "master_username",
            "snapshot_identifier",
            "source_region",
            "storage_encrypted",
        ],
    ),
    (
        "aws_rds_cluster_instance",
        &[
            "availability_zone",
            "cluster_identifier",
            "custom_iam_instance_profile",
            "db_subnet_group_name",
            "engine",
            "identifier",
            "identifier_prefix",
        ],
    ),
    ("aws_rds_cluster_parameter_group", &["name", "name_prefix", "family", "description"]),
    (
        "aws_route",
        &["route_table_id", "destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"],
    ),
    ("aws_route53_record", &["zone_id", "name", "set_identifier"]),
    ("aws_route53_zone", &["name", "delegation_set_id"]),
    ("aws_route_table", &["vpc_id"]),
    ("aws_route_table_association", &["subnet_id", "gateway_id"]),
    ("aws_s3_bucket", &["bucket", "bucket_prefix", "object_lock_enabled"]),
    ("aws_s3_bucket_*", &["bucket", "expected_bucket_owner"]),
    ("aws_secretsmanager_secret", &["name", "name_prefix"]),
    ("aws_security_group", &["name", "name_prefix", "description", "vpc_id"]),
    ("aws_sns_topic", &["name", "name_prefix", "fifo_topic"]),
    ("aws_sqs_queue", &["name", "name_prefix", "fifo_queue"]),
    (
        "aws_subnet",
        &[
            "availability_zone",
            "availability_zone_id",
            "cidr_block",
            "ipv4_ipam_pool_id",
            "ipv4_netmask_length",
            "ipv6_native",
            "outpost_arn",
            "vpc_id",
        ],
    ),
    ("aws_vpc", &["cidr_block", "ipv4_ipam_pool_id", "ipv4_netmask_length"]),
    ("aws_vpc_endpoint", &["service_name", "service_region", "vpc_endpoint_type", "vpc_id"]),
    ("aws_vpc_security_group_*", &["security_group_id"]),
];

/// The attributes whose change from `prior` to `planned` replaces the object.
pub(crate) fn paths(type_name: &str, prior: &Object, planned: &Object) -> Vec<Path> {
    let of_provider = OF_PROVIDER.iter().filter(|(prefix, _)| type_name.starts_with(prefix));
    let of_type = REPLACES.iter().filter(|(name, _)| match name.strip_suffix('*') {
        Some(prefix) => type_name.starts_with(prefix),
        None => *name == type_name,
    });
    let arguments = of_provider.chain(of_type).flat_map(|(_, arguments)| *arguments);
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
    fn the_table_is_sorted_and_names_nothing_twice() {
        let names: Vec<&str> = REPLACES.iter().map(|(name, _)| *name).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(names, sorted);
    }
}
