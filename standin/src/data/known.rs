//! Data sources about the account and its place, which modules build names and keys of.

use tfplugin::value::{Object, Value};

use crate::configured::Configured;

/// What is known of a data source's result; the rest of it is invented.
pub(crate) fn known(type_name: &str, configured: &Configured, config: &Object) -> Object {
    let region = match config.get("region").and_then(Value::as_str) {
        Some(region) => region,
        None => configured.region.as_str(),
    };
    let account = configured.account.as_str();
    let given = |name: &str| config.get(name).and_then(Value::as_str);
    let members: Vec<(&str, Value)> = match type_name {
        "aws_availability_zones" => vec![
            ("id", region.into()),
            ("names", zones(region)),
            ("zone_ids", zones(&format!("{}-az", short(region)))),
            ("group_names", Value::List(vec![region.into()])),
        ],
        "aws_caller_identity" => vec![
            ("account_id", account.into()),
            ("arn", format!("arn:aws:sts::{account}:assumed-role/standin/session").into()),
            ("id", account.into()),
            ("user_id", "AROASTANDINSTANDIN:session".into()),
        ],
        "aws_default_tags" => vec![("tags", Value::Map(configured.tags.clone()))],
        "aws_iam_session_context" => session(given("arn").unwrap_or_default()),
        "aws_partition" => vec![
            ("dns_suffix", "amazonaws.com".into()),
            ("id", "aws".into()),
            ("partition", "aws".into()),
            ("reverse_dns_prefix", "com.amazonaws".into()),
        ],
        "aws_region" => {
            let name = given("name").unwrap_or(region);
            vec![
                ("description", name.into()),
                ("endpoint", format!("ec2.{name}.amazonaws.com").into()),
                ("id", name.into()),
                ("name", name.into()),
                ("region", name.into()),
            ]
        }
        _ => Vec::new(),
    };
    // What the user wrote stays, as `names` of zones that are asked for by name.
    let open = |name: &str| config.get(name).is_some_and(|value| value.is_null() || name == "region");
    members.into_iter().filter(|(name, _)| open(name)).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Three zones: `us-east-1a` to `c`, or `use1-az1` to `3`.
fn zones(before: &str) -> Value {
    let ends: [&str; 3] = if before.ends_with("-az") { ["1", "2", "3"] } else { ["a", "b", "c"] };
    Value::List(ends.iter().map(|end| format!("{before}{end}").into()).collect())
}

/// `use1` for `us-east-1`.
fn short(region: &str) -> String {
    let mut parts = region.split('-');
    let country = parts.next().unwrap_or_default();
    country.chars().chain(parts.filter_map(|part| part.chars().next())).collect()
}

/// The role behind a session, else the identity itself.
fn session(arn: &str) -> Vec<(&'static str, Value)> {
    let assumed = arn.split_once(":sts::").and_then(|(before, rest)| {
        let (account, path) = rest.split_once(":assumed-role/")?;
        let (role, session) = path.rsplit_once('/')?;
        Some((format!("{before}:iam::{account}:role/{role}"), role, session))
    });
    match assumed {
        Some((issuer, role, session)) => vec![
            ("id", arn.into()),
            ("issuer_arn", issuer.into()),
            ("issuer_id", "AROASTANDINSTANDIN".into()),
            ("issuer_name", role.into()),
            ("session_name", session.into()),
        ],
        None => ["issuer_id", "issuer_name", "session_name"]
            .into_iter()
            .map(|name| (name, "".into()))
            .chain([("id", arn.into()), ("issuer_arn", arn.into())])
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(type_name: &str, config: &[(&str, Value)]) -> Object {
        let config = config.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        known(type_name, &Configured::default(), &config)
    }

    #[test]
    fn zones_are_those_of_the_region() {
        let open = |region: Value| {
            of("aws_availability_zones", &[("names", Value::Null), ("zone_ids", Value::Null), ("region", region)])
        };
        assert_eq!(
            open(Value::Null)["names"],
            Value::List(["us-east-1a", "us-east-1b", "us-east-1c"].map(Value::from).to_vec())
        );
        assert_eq!(
            open("eu-west-2".into())["zone_ids"],
            Value::List(["euw2-az1", "euw2-az2", "euw2-az3"].map(Value::from).to_vec())
        );
    }

    #[test]
    fn a_session_has_the_role_that_it_assumed() {
        let context = |arn: &str| {
            of("aws_iam_session_context", &[("arn", arn.into()), ("issuer_arn", Value::Null)])["issuer_arn"].clone()
        };
        assert_eq!(context("arn:aws:sts::1:assumed-role/ci/run"), "arn:aws:iam::1:role/ci".into());
        assert_eq!(context("arn:aws:iam::1:user/me"), "arn:aws:iam::1:user/me".into());
    }
}
