//! `mock_provider`: well-formed values for what a test without an account reads.

use super::code::{Writer, quote};
use super::references::References;
use crate::module::Description;
use std::collections::BTreeMap;

const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";

/// Computed attributes whose shape the general rule does not give: type, attribute, value.
const RESOURCES: &[(&str, &str, &str)] = &[
    ("aws_cloudwatch_log_group", "arn", r#""arn:aws:logs:us-east-1:123456789012:log-group:mock""#),
    ("aws_eks_cluster", "certificate_authority", r#"[{ data = "bW9jaw==" }]"#),
    ("aws_eks_cluster", "endpoint", r#""https://0123456789abcdef.gr7.us-east-1.eks.amazonaws.com""#),
    (
        "aws_eks_cluster",
        "identity",
        r#"[{ oidc = [{ issuer = "https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF" }] }]"#,
    ),
    ("aws_eks_cluster", "vpc_config", r#"[{ cluster_security_group_id = "sg-0123456789abcdef0" }]"#),
    ("aws_launch_template", "latest_version", "1"),
    (
        "aws_rds_cluster",
        "master_user_secret",
        r#"[{ kms_key_id = "arn:aws:kms:us-east-1:123456789012:key/mock", secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds-mock", secret_status = "active" }]"#,
    ),
];

/// Attributes of data sources: type, attribute, value; all of a type in use are given.
const DATA: &[(&str, &str, &str)] = &[
    ("aws_availability_zones", "names", r#"["us-east-1a", "us-east-1b", "us-east-1c"]"#),
    ("aws_availability_zones", "zone_ids", r#"["use1-az1", "use1-az2", "use1-az3"]"#),
    ("aws_caller_identity", "account_id", r#""123456789012""#),
    ("aws_caller_identity", "arn", r#""arn:aws:iam::123456789012:user/mock""#),
    ("aws_iam_policy_document", "json", r#""{\"Version\":\"2012-10-17\",\"Statement\":[]}""#),
    ("aws_iam_policy_document", "minified_json", r#""{\"Version\":\"2012-10-17\",\"Statement\":[]}""#),
    ("aws_iam_session_context", "issuer_arn", r#""arn:aws:iam::123456789012:role/mock""#),
    ("aws_partition", "dns_suffix", r#""amazonaws.com""#),
    ("aws_partition", "partition", r#""aws""#),
    ("aws_region", "region", r#""us-east-1""#),
    ("tls_certificate", "certificates", r#"[{ sha1_fingerprint = "0123456789abcdef0123456789abcdef01234567" }]"#),
];

/// Where a type's name begins with a word that is not the service of its ARN.
const SERVICES: &[(&str, &str)] = &[
    ("alb", "elasticloadbalancing"),
    ("cloudwatch_log", "logs"),
    ("db", "rds"),
    ("eip", "ec2"),
    ("flow_log", "ec2"),
    ("internet_gateway", "ec2"),
    ("launch_template", "ec2"),
    ("lb", "elasticloadbalancing"),
    ("nat_gateway", "ec2"),
    ("route_table", "ec2"),
    ("security_group", "ec2"),
    ("subnet", "ec2"),
    ("vpc", "ec2"),
];

/// Services whose ARNs name no region.
const GLOBAL: &[&str] = &["cloudfront", "iam", "route53"];

/// The block for each provider of the module, with defaults for what its files read.
pub fn mock_providers(writer: &mut Writer, description: &Description, references: &References) {
    let mut providers: Vec<&str> = description.providers.iter().map(|provider| provider.name.as_str()).collect();
    providers.sort_unstable();
    for provider in providers {
        let kinds = defaults(description, references);
        let mine = kinds.iter().filter(|((_, kind), _)| kind.split('_').next() == Some(provider));
        let mut empty = true;
        writer.line(if mine.clone().next().is_none() {
            format!("mock_provider \"{provider}\" {{}}")
        } else {
            format!("mock_provider \"{provider}\" {{")
        });
        for ((data, kind), values) in mine {
            if !empty {
                writer.line("");
            }
            empty = false;
            writer.line(format!("{} \"{kind}\" {{", if *data { "mock_data" } else { "mock_resource" }));
            writer.line("defaults = {");
            for (name, value) in values {
                writer.line(format!("{name} = {value}"));
            }
            writer.line("}").line("}");
        }
        if !empty {
            writer.line("}");
        }
        writer.line("");
    }
}

/// Values by kind and attribute; the description's own come last and win.
fn defaults(description: &Description, references: &References) -> BTreeMap<(bool, String), BTreeMap<String, String>> {
    let mut kinds: BTreeMap<(bool, String), BTreeMap<String, String>> = BTreeMap::new();
    for ((data, kind), attributes) in &references.attributes {
        let mut values = BTreeMap::new();
        if *data {
            let known = DATA.iter().filter(|(known, ..)| known == kind);
            values.extend(known.map(|(_, name, value)| ((*name).to_owned(), (*value).to_owned())));
        }
        for name in attributes.iter().filter(|name| !values.contains_key(*name)).cloned().collect::<Vec<_>>() {
            let known = RESOURCES.iter().find(|(known, attribute, _)| !data && known == kind && *attribute == name);
            let value =
                known.map(|(.., value)| (*value).to_owned()).or_else(|| arn(kind, &name).map(|arn| quote(&arn)));
            values.extend(value.map(|value| (name, value)));
        }
        if !values.is_empty() {
            kinds.insert((*data, kind.clone()), values);
        }
    }
    for mock in &description.mocks {
        let key = (mock.data, mock.kind.clone());
        if references.attributes.contains_key(&key) {
            let values = kinds.entry(key).or_default();
            values.extend(mock.values.iter().map(|(name, code)| (name.clone(), code.text.clone())));
        }
    }
    kinds
}

/// A well-formed ARN for `arn` and `…_arn`.
fn arn(kind: &str, attribute: &str) -> Option<String> {
    if attribute != "arn" && !attribute.ends_with("_arn") {
        return None;
    }
    let rest = kind.strip_prefix("aws_")?;
    if kind == "aws_s3_bucket" {
        return Some("arn:aws:s3:::mock".to_owned());
    }
    let special = SERVICES.iter().find(|(word, _)| rest.starts_with(word)).map(|(_, service)| *service);
    let (first, noun) = rest.split_once('_').unwrap_or((rest, rest));
    let service = special.unwrap_or(first);
    let region = if GLOBAL.contains(&service) { "" } else { REGION };
    let noun = if special.is_some() { rest } else { noun }.replace('_', "-");
    let noun = if noun == "openid-connect-provider" { "oidc-provider".to_owned() } else { noun };
    Some(format!("arn:aws:{service}:{region}:{ACCOUNT}:{noun}/mock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OpenTofu refuses a value that lacks attributes of the object's type.
    #[test]
    fn objects_have_every_attribute_of_their_type() {
        let lock: serde_json::Value = serde_json::from_str(include_str!("../../schemas/aws.json")).unwrap();
        let provider = lock["provider_schemas"].as_object().unwrap().values().next().unwrap();
        let mut checked = 0;
        for (kind, attribute, value) in RESOURCES {
            let wanted = &provider["resource_schemas"][kind]["block"]["attributes"][attribute]["type"][1][1];
            let Some(wanted) = wanted.as_object() else { continue };
            let value = hcl_edit::parser::parse_expr(value).unwrap();
            for object in value.as_array().unwrap().iter().map(|object| object.as_object().unwrap()) {
                let names = object.iter().filter_map(|(key, _)| key.as_ident().map(|name| name.as_str()));
                assert_eq!(names.collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{kind}.{attribute}");
                checked += 1;
            }
        }
        assert!(checked > 0);
    }

    #[test]
    fn arns_are_those_of_the_service() {
        let arns = [
            ("aws_kms_key", "arn:aws:kms:us-east-1:123456789012:key/mock"),
            ("aws_iam_role", "arn:aws:iam::123456789012:role/mock"),
            ("aws_s3_bucket", "arn:aws:s3:::mock"),
            ("aws_security_group", "arn:aws:ec2:us-east-1:123456789012:security-group/mock"),
            ("aws_iam_openid_connect_provider", "arn:aws:iam::123456789012:oidc-provider/mock"),
        ];
        for (kind, wanted) in arns {
            assert_eq!(arn(kind, "arn").as_deref(), Some(wanted));
        }
        assert_eq!(arn("aws_kms_key", "key_id"), None);
    }
}
