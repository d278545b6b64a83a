//! How AWS's identifiers look: by type where a type has its own form, else by the noun in a name.

/// Attributes of types. A type that ends with `*` stands for all that begin so; the first row that fits holds.
const ATTRIBUTES: &[(&str, &str, &str)] = &[
    ("aws_cloudwatch_log_group", "id", "{name}"),
    ("aws_cloudwatch_log_group", "arn", "arn:{partition}:logs:{region}:{account}:log-group:{name}"),
    ("aws_db_instance", "arn", "arn:{partition}:rds:{region}:{account}:db:{identifier}"),
    ("aws_db_instance", "id", "db-{upper}"),
    ("aws_db_instance", "address", "{identifier}.{hex}.{region}.rds.amazonaws.com"),
    ("aws_db_instance", "endpoint", "{identifier}.{hex}.{region}.rds.amazonaws.com:5432"),
    ("aws_db_instance", "engine_version_actual", "{engine_version}"),
    ("aws_db_parameter_group", "id", "{name}"),
    ("aws_db_parameter_group", "arn", "arn:{partition}:rds:{region}:{account}:pg:{name}"),
    ("aws_db_subnet_group", "id", "{name}"),
    ("aws_db_subnet_group", "arn", "arn:{partition}:rds:{region}:{account}:subgrp:{name}"),
    ("aws_dynamodb_table", "id", "{name}"),
    ("aws_dynamodb_table", "arn", "arn:{partition}:dynamodb:{region}:{account}:table/{name}"),
    ("aws_ecr_repository", "id", "{name}"),
    ("aws_ecr_repository", "arn", "arn:{partition}:ecr:{region}:{account}:repository/{name}"),
    ("aws_ecr_repository", "repository_url", "{account}.dkr.ecr.{region}.amazonaws.com/{name}"),
    ("aws_eks_access_entry", "id", "{cluster_name}:{principal_arn}"),
    ("aws_eks_access_policy_association", "id", "{cluster_name}#{principal_arn}#{policy_arn}"),
    ("aws_eks_addon", "id", "{cluster_name}:{addon_name}"),
    ("aws_eks_addon", "arn", "arn:{partition}:eks:{region}:{account}:addon/{cluster_name}/{addon_name}/{uuid}"),
    ("aws_eks_addon", "addon_version", "v1.0.0-eksbuild.1"),
    ("aws_eks_addon_version", "version", "v1.0.0-eksbuild.1"),
    ("aws_eks_cluster", "id", "{name}"),
    ("aws_eks_cluster", "arn", "arn:{partition}:eks:{region}:{account}:cluster/{name}"),
    ("aws_eks_cluster", "endpoint", "https://{upper}.gr7.{region}.eks.amazonaws.com"),
    ("aws_eks_cluster", "platform_version", "eks.1"),
    ("aws_eks_cluster", "version", "1.33"),
    ("aws_eks_node_group", "id", "{cluster_name}:{node_group_name}"),
    (
        "aws_eks_node_group",
        "arn",
        "arn:{partition}:eks:{region}:{account}:nodegroup/{cluster_name}/{node_group_name}/{uuid}",
    ),
    ("aws_eks_pod_identity_association", "id", "a-{hex}"),
    ("aws_iam_instance_profile", "id", "{name}"),
    ("aws_iam_instance_profile", "arn", "arn:{partition}:iam::{account}:instance-profile/{name}"),
    ("aws_iam_openid_connect_provider", "id", "{arn}"),
    ("aws_iam_openid_connect_provider", "arn", "arn:{partition}:iam::{account}:oidc-provider/{host}"),
    ("aws_iam_policy", "id", "{arn}"),
    ("aws_iam_policy", "arn", "arn:{partition}:iam::{account}:policy/{name}"),
    ("aws_iam_policy", "policy_id", "ANPA{upper}"),
    ("aws_iam_role", "id", "{name}"),
    ("aws_iam_role", "arn", "arn:{partition}:iam::{account}:role/{name}"),
    ("aws_iam_role_policy", "id", "{role}:{name}"),
    ("aws_iam_role_policy_attachment", "id", "{role}-{hex}"),
    ("aws_iam_user", "id", "{name}"),
    ("aws_iam_user", "arn", "arn:{partition}:iam::{account}:user/{name}"),
    ("aws_kms_alias", "id", "{name}"),
    ("aws_kms_alias", "arn", "arn:{partition}:kms:{region}:{account}:{name}"),
    ("aws_kms_alias", "target_key_arn", "arn:{partition}:kms:{region}:{account}:key/{target_key_id}"),
    ("aws_kms_*key", "id", "{uuid}"),
    ("aws_kms_*key", "key_id", "{id}"),
    ("aws_kms_*key", "arn", "arn:{partition}:kms:{region}:{account}:key/{id}"),
    ("aws_launch_template", "arn", "arn:{partition}:ec2:{region}:{account}:launch-template/{id}"),
    ("aws_lb", "id", "{arn}"),
    ("aws_lb", "arn", "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{hex}"),
    ("aws_lb", "dns_name", "{name}-{digits}.{region}.elb.amazonaws.com"),
    ("aws_lb_target_group", "id", "{arn}"),
    ("aws_lb_target_group", "arn", "arn:{partition}:elasticloadbalancing:{region}:{account}:targetgroup/{name}/{hex}"),
    ("aws_rds_cluster", "id", "{cluster_identifier}"),
    ("aws_rds_cluster", "arn", "arn:{partition}:rds:{region}:{account}:cluster:{cluster_identifier}"),
    ("aws_rds_cluster", "cluster_resource_id", "cluster-{upper}"),
    ("aws_rds_cluster", "endpoint", "{cluster_identifier}.cluster-{hex}.{region}.rds.amazonaws.com"),
    ("aws_rds_cluster", "reader_endpoint", "{cluster_identifier}.cluster-ro-{hex}.{region}.rds.amazonaws.com"),
    ("aws_rds_cluster", "engine_version_actual", "{engine_version}"),
    ("aws_rds_cluster_instance", "id", "{identifier}"),
    ("aws_rds_cluster_instance", "arn", "arn:{partition}:rds:{region}:{account}:db:{identifier}"),
    ("aws_rds_cluster_instance", "dbi_resource_id", "db-{upper}"),
    ("aws_rds_cluster_instance", "endpoint", "{identifier}.{hex}.{region}.rds.amazonaws.com"),
    ("aws_rds_cluster_parameter_group", "id", "{name}"),
    ("aws_rds_cluster_parameter_group", "arn", "arn:{partition}:rds:{region}:{account}:cluster-pg:{name}"),
    ("aws_rds_engine_version", "version", "16.6"),
    ("aws_rds_engine_version", "version_actual", "{version}"),
    ("aws_route53_zone", "id", "{zone_id}"),
    ("aws_route53_zone", "arn", "arn:{partition}:route53:::hostedzone/{zone_id}"),
    ("aws_s3_bucket", "id", "{bucket}"),
    ("aws_s3_bucket", "arn", "arn:{partition}:s3:::{bucket}"),
    ("aws_s3_bucket", "bucket_domain_name", "{bucket}.s3.amazonaws.com"),
    ("aws_s3_bucket", "bucket_regional_domain_name", "{bucket}.s3.{region}.amazonaws.com"),
    ("aws_s3_bucket", "bucket_region", "{region}"),
    ("aws_s3_bucket_*", "id", "{bucket}"),
    ("aws_secretsmanager_secret", "id", "{arn}"),
    ("aws_secretsmanager_secret", "arn", "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{hex}"),
    ("aws_sns_topic", "id", "{arn}"),
    ("aws_sns_topic", "arn", "arn:{partition}:sns:{region}:{account}:{name}"),
    ("aws_sqs_queue", "id", "{url}"),
    ("aws_sqs_queue", "url", "https://sqs.{region}.amazonaws.com/{account}/{name}"),
    ("aws_sqs_queue", "arn", "arn:{partition}:sqs:{region}:{account}:{name}"),
    ("aws_vpc_endpoint", "prefix_list_id", "pl-{hex}"),
    ("aws_vpc_security_group_*_rule", "id", "sgr-{hex}"),
    ("aws_vpc_security_group_*_rule", "security_group_rule_id", "{id}"),
    ("aws_vpc_security_group_*_rule", "arn", "arn:{partition}:ec2:{region}:{account}:security-group-rule/{id}"),
];

/// What an identifier of a noun begins with, before 17 hexadecimal digits; longer nouns stand before those that they
/// end with.
const NOUNS: &[(&str, &str)] = &[
    ("egress_only_internet_gateway", "eigw-"),
    ("route_table_association", "rtbassoc-"),
    ("vpc_peering_connection", "pcx-"),
    ("internet_gateway", "igw-"),
    ("customer_gateway", "cgw-"),
    ("transit_gateway", "tgw-"),
    ("nat_gateway", "nat-"),
    ("vpn_gateway", "vgw-"),
    ("security_group_rule", "sgr-"),
    ("security_group", "sg-"),
    ("network_interface", "eni-"),
    ("launch_template", "lt-"),
    ("dhcp_options", "dopt-"),
    ("vpc_endpoint", "vpce-"),
    ("access_point", "fsap-"),
    ("route_table", "rtb-"),
    ("network_acl", "acl-"),
    ("file_system", "fs-"),
    ("prefix_list", "pl-"),
    ("allocation", "eipalloc-"),
    ("association", "eipassoc-"),
    ("instance", "i-"),
    ("snapshot", "snap-"),
    ("key_pair", "key-"),
    ("flow_log", "fl-"),
    ("volume", "vol-"),
    ("subnet", "subnet-"),
    ("image", "ami-"),
    ("route", "r-"),
    ("ami", "ami-"),
    ("eip", "eipalloc-"),
    ("vpc", "vpc-"),
];

/// The service in an ARN, by the first word of a type after `aws_`; any other word is the service itself.
const SERVICES: &[(&str, &str)] = &[
    ("alb", "elasticloadbalancing"),
    ("ami", "ec2"),
    ("cloudwatch", "logs"),
    ("customer", "ec2"),
    ("db", "rds"),
    ("default", "ec2"),
    ("ebs", "ec2"),
    ("efs", "elasticfilesystem"),
    ("egress", "ec2"),
    ("eip", "ec2"),
    ("elb", "elasticloadbalancing"),
    ("flow", "ec2"),
    ("instance", "ec2"),
    ("internet", "ec2"),
    ("key", "ec2"),
    ("launch", "ec2"),
    ("lb", "elasticloadbalancing"),
    ("main", "ec2"),
    ("nat", "ec2"),
    ("network", "ec2"),
    ("route", "ec2"),
    ("security", "ec2"),
    ("sfn", "states"),
    ("spot", "ec2"),
    ("subnet", "ec2"),
    ("vpc", "ec2"),
    ("vpn", "ec2"),
];

/// The pattern of a type's own attribute.
pub(super) fn attribute(type_name: &str, name: &str) -> Option<&'static str> {
    let fits = |row: &str| match row.split_once('*') {
        Some((before, after)) => type_name.strip_prefix(before).is_some_and(|rest| rest.ends_with(after)),
        None => row == type_name,
    };
    ATTRIBUTES.iter().find(|(row, attribute, _)| *attribute == name && fits(row)).map(|(.., pattern)| *pattern)
}

/// What an identifier begins with, by its noun: `subnet_ids` and `aws_subnet` are about subnets.
pub(super) fn prefix(noun: &str) -> Option<&'static str> {
    NOUNS.iter().find(|(word, _)| super::names::fits(noun, word)).map(|(_, prefix)| *prefix)
}

/// The service and the noun in the ARN of a type without a row.
pub(super) fn service(type_name: &str) -> (&str, String) {
    let words = type_name.split_once('_').map_or(type_name, |(_, words)| words);
    let (first, rest) = words.split_once('_').unwrap_or((words, words));
    match SERVICES.iter().find(|(word, _)| *word == first) {
        Some((_, "ec2")) => ("ec2", words.replace('_', "-")),
        Some((_, service)) => (service, rest.replace('_', "-")),
        None => (first, rest.replace('_', "-")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_fit_families() {
        assert_eq!(attribute("aws_kms_replica_key", "key_id"), Some("{id}"));
        assert_eq!(attribute("aws_kms_key", "key_id"), Some("{id}"));
        assert_eq!(attribute("aws_s3_bucket_versioning", "id"), Some("{bucket}"));
        assert_eq!(attribute("aws_s3_bucket", "id"), Some("{bucket}"));
        assert_eq!(attribute("aws_vpc", "id"), None);
    }

    #[test]
    fn nouns_have_prefixes() {
        assert_eq!(prefix("aws_subnet"), Some("subnet-"));
        assert_eq!(prefix("aws_default_route_table"), Some("rtb-"));
        assert_eq!(prefix("subnets"), Some("subnet-"));
        assert_eq!(prefix("aws_eks_cluster"), None);
    }

    #[test]
    fn arns_name_the_service() {
        assert_eq!(service("aws_subnet"), ("ec2", "subnet".to_owned()));
        assert_eq!(service("aws_nat_gateway"), ("ec2", "nat-gateway".to_owned()));
        assert_eq!(service("aws_lb_listener"), ("elasticloadbalancing", "listener".to_owned()));
        assert_eq!(service("aws_glue_job"), ("glue", "job".to_owned()));
    }
}
