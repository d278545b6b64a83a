//! Trust policies: what IAM refuses, and how it words it. All texts are published, unless they say otherwise.

use serde_json::{Map, Value};

use crate::aws::error::Refusal;
use crate::moto::Moto;

/// Most characters besides white space.
const SIZE: usize = 2048;

/// Refuses a document that IAM refuses; `known` says whether a role or a user of this account is known.
pub fn check(document: &str, known: &dyn Fn(&str) -> bool) -> Result<(), Refusal> {
    let parsed: Value = serde_json::from_str(document).map_err(|_| malformed("This policy contains invalid Json"))?;
    if document.chars().filter(|letter| !letter.is_whitespace()).count() > SIZE {
        return Err(Refusal::new(409, "LimitExceeded", format!("Cannot exceed quota for ACLSizePerRole: {SIZE}")));
    }
    let statements = match &parsed["Statement"] {
        Value::Array(statements) => statements.iter().map(Value::as_object).collect(),
        Value::Object(statement) => Some(vec![statement]),
        _ => None,
    };
    // Unrecorded for a trust policy; published for others.
    let statements = statements.filter(|all| !all.is_empty()).ok_or_else(|| malformed("Syntax errors in policy."))?;
    statements.into_iter().try_for_each(|statement| check_statement(statement, known))
}

fn check_statement(statement: &Map<String, Value>, known: &dyn Fn(&str) -> bool) -> Result<(), Refusal> {
    if let Some(field) = ["Resource", "NotResource"].iter().find(|field| statement.contains_key(**field)) {
        return Err(malformed(&format!("Has prohibited field {field}")));
    }
    for (field, other) in [("Effect", "Effect"), ("Principal", "NotPrincipal"), ("Action", "NotAction")] {
        if !statement.contains_key(field) && !statement.contains_key(other) {
            return Err(malformed(&format!("Missing required field {field}")));
        }
    }
    let actions = statement.get("Action").map(texts).unwrap_or_default();
    if !actions.iter().all(|action| *action == "*" || action.to_lowercase().starts_with("sts:")) {
        return Err(malformed("AssumeRole policy may only specify STS AssumeRole actions."));
    }
    match statement.get("Principal") {
        Some(Value::Object(principals)) => {
            let flat =
                principals.iter().flat_map(|(kind, names)| texts(names).into_iter().map(move |name| (kind, name)));
            flat.into_iter().try_for_each(|(kind, name)| check_principal(kind, name, known))
        }
        Some(Value::String(all)) if all != "*" => Err(malformed("Invalid principal in policy")),
        _ => Ok(()),
    }
}

fn check_principal(kind: &str, name: &str, known: &dyn Fn(&str) -> bool) -> Result<(), Refusal> {
    let valid = match kind {
        "AWS" => name == "*" || is_account(name) || is_known(name, known),
        "Service" => name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn"),
        // A provider is an ARN, or the name of one that AWS has built in; IAM does not look for it.
        "Federated" => name.starts_with("arn:") || (name.contains('.') && !name.contains("://")),
        "CanonicalUser" => true,
        _ => return Err(malformed(&format!("Unsupported principal: {}", kind.to_uppercase()))),
    };
    let shown = || format!("Invalid principal in policy: \"{}\":\"{name}\"", kind.to_uppercase());
    if valid { Ok(()) } else { Err(malformed(&shown())) }
}

fn is_account(name: &str) -> bool {
    let id = name.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root")).unwrap_or(name);
    id.len() == 12 && id.bytes().all(|digit| digit.is_ascii_digit())
}

/// Roles and users of other accounts, and sessions, are taken as they are.
fn is_known(name: &str, known: &dyn Fn(&str) -> bool) -> bool {
    let own = format!("arn:aws:iam::{}:", Moto::ACCOUNT);
    if name.starts_with(&own) { known(name) } else { name.starts_with("arn:aws:") }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn malformed(what: &str) -> Refusal {
    Refusal::new(400, "MalformedPolicyDocument", what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn trusts_are_refused_as_iam_refuses_them() {
        let statement =
            |principal: Value| json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal });
        let role = "arn:aws:iam::123456789012:role/a/deploy";
        let other = "arn:aws:iam::123456789012:role/gone";
        let with = |principal: Value| json!({ "Statement": [statement(principal)] }).to_string();
        let resource = json!({ "Statement": { "Effect": "Allow", "Resource": "*" } }).to_string();
        let action = json!({ "Statement": { "Effect": "Allow", "Action": "s3:*", "Principal": "*" } }).to_string();
        for (document, refused) in [
            ("{bad", Some("This policy contains invalid Json")),
            ("{}", Some("Syntax errors in policy.")),
            (&resource, Some("Has prohibited field Resource")),
            (&action, Some("AssumeRole policy may only specify STS AssumeRole actions.")),
            (&with(json!({ "AWS": role })), None),
            (&with(json!({ "AWS": ["123456789012", "arn:aws:iam::210987654321:role/x"] })), None),
            (
                &with(json!({ "AWS": other })),
                Some("Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:role/gone\""),
            ),
            (&with(json!({ "Service": "ec2" })), Some("Invalid principal in policy: \"SERVICE\":\"ec2\"")),
            (&with(json!({ "Federated": "arn:aws:iam::123456789012:oidc-provider/gitlab.example.com" })), None),
            (&with(json!("*")), None),
        ] {
            let found = check(document, &|arn| arn == role).map_err(|refusal| refusal.message);
            assert_eq!(found.err().as_deref(), refused, "{document}");
        }
        let long = with(json!({ "AWS": vec![role; 80] }));
        assert_eq!(check(&long, &|_| true).unwrap_err().message, "Cannot exceed quota for ACLSizePerRole: 2048");
    }
}
