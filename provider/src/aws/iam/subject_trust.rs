//! Trust policies for the tokens of an issuer: its provider, one audience, and the subjects that are meant.

use serde_json::{Map, Value, json};

use super::meaning::is_account;
use super::names;

/// What stands for any text in `StringLike`.
pub const WILDCARDS: [char; 2] = ['*', '?'];

/// The document. Subjects without a wildcard are compared as they are.
pub fn document(provider_arn: &str, audience: &str, subjects: &[String]) -> String {
    let issuer = issuer(provider_arn);
    let is_pattern = subjects.iter().any(|subject| subject.contains(WILDCARDS));
    let named = |key: &str, value: Value| Map::from_iter([(format!("{issuer}:{key}"), value)]);
    let subjects = match subjects {
        [subject] => json!(subject),
        subjects => json!(subjects),
    };
    let (audience, subjects) = (named("aud", json!(audience)), named("sub", subjects));
    let condition = match is_pattern {
        true => json!({ "StringEquals": audience, "StringLike": subjects }),
        false => json!({ "StringEquals": audience.into_iter().chain(subjects).collect::<Map<_, _>>() }),
    };
    let statement = json!({
        "Effect": "Allow",
        "Principal": { "Federated": provider_arn },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    });
    json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
}

/// The issuer of a provider's ARN, without `https://`.
pub fn issuer(provider_arn: &str) -> &str {
    provider_arn.split_once(":oidc-provider/").map_or("", |(_, issuer)| issuer)
}

/// The ARN of an OpenID Connect provider.
pub fn provider_arn(arn: &str) -> Result<(), String> {
    names::arn(arn)?;
    let account = arn.split(':').nth(4).unwrap_or_default();
    match arn.contains(":iam::") && is_account(account) && !issuer(arn).is_empty() && !arn.contains(WILDCARDS) {
        true => Ok(()),
        false => Err(format!(
            "is `{arn}`, not the ARN of an OpenID Connect provider such as \
             `arn:aws:iam::123456789012:oidc-provider/gitlab.example.com`"
        )),
    }
}

/// One audience as it is.
pub fn audience(audience: &str) -> Result<(), String> {
    exact(audience)?;
    match audience.contains(WILDCARDS) {
        true => {
            Err(format!("is `{audience}`; tokens for everybody are no proof of who may come here: name one audience"))
        }
        false => Ok(()),
    }
}

/// A text that IAM does not read as anything else: `${` begins a policy variable.
pub fn exact(text: &str) -> Result<(), String> {
    match text {
        "" => Err("is empty".to_owned()),
        text if text.contains("${") => Err(format!("is `{text}`; IAM takes what begins with `${{` for a variable")),
        text if text.contains(char::is_control) => Err("holds a control character".to_owned()),
        _ => Ok(()),
    }
}

/// A part of a subject, which has colons between its parts.
pub fn part(text: &str) -> Result<(), String> {
    exact(text)?;
    match text.contains(':') {
        true => Err(format!("is `{text}`; it cannot hold a colon")),
        false => Ok(()),
    }
}

/// The name of a branch or tag, in which `*` stands for any text.
pub fn ref_name(name: &str) -> Result<(), String> {
    match name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/tags/")) {
        Some(short) => Err(format!("is `{name}`; write `{short}`")),
        None => part(name),
    }
}

/// Something to trust in.
pub fn some<T>(jobs: &[T]) -> Result<(), String> {
    match jobs.is_empty() {
        true => Err("is empty, which would trust nobody".to_owned()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:iam::123456789012:oidc-provider/gitlab.example.com";

    #[test]
    fn subjects_are_compared_as_they_are_unless_one_is_a_pattern() {
        let parsed = |subjects: &[&str]| {
            let subjects: Vec<String> = subjects.iter().map(|subject| (*subject).to_owned()).collect();
            serde_json::from_str::<Value>(&document(ARN, "aws", &subjects)).unwrap()["Statement"][0]["Condition"]
                .clone()
        };
        let equal = json!({ "StringEquals": { "gitlab.example.com:aud": "aws", "gitlab.example.com:sub": "a" } });
        assert_eq!(parsed(&["a"]), equal);
        let like = json!({
            "StringEquals": { "gitlab.example.com:aud": "aws" },
            "StringLike": { "gitlab.example.com:sub": ["a", "b*"] },
        });
        assert_eq!(parsed(&["a", "b*"]), like);
    }

    #[test]
    fn only_the_arn_of_a_provider_is_one() {
        assert_eq!(provider_arn(ARN), Ok(()));
        assert_eq!(provider_arn("arn:aws-us-gov:iam::123456789012:oidc-provider/host.example.com/path"), Ok(()));
        for wrong in [
            "gitlab.example.com",
            "arn:aws:iam::123456789012:role/web",
            "arn:aws:iam::123456789012:oidc-provider/",
            "arn:aws:iam::123456789012:oidc-provider/*",
            "arn:aws:iam::aws:oidc-provider/gitlab.example.com",
        ] {
            assert!(provider_arn(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_iam_would_read_otherwise_is_refused() {
        for wrong in ["", "*", "aws-*", "${aws:username}"] {
            assert!(audience(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "refs/heads/main", "a:ref_type:branch:ref:main", "${x}"] {
            assert!(ref_name(wrong).is_err(), "{wrong}");
        }
        assert_eq!(ref_name("release/*"), Ok(()));
    }
}
