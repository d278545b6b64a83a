//! Documents of IAM: JSON that is compared by what it means.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde_json::{Map, Value};
use tfplugin::Result;
use tfplugin::schema::Semantic;

use super::meaning::{self, Meaning};

/// A document as the user spells it.
#[derive(Clone, Debug)]
pub struct Document<K> {
    text: String,
    meaning: Meaning,
    parsed: Value,
    kind: PhantomData<K>,
}

/// What an identity may do.
#[derive(Clone, Debug)]
pub struct Permissions;

/// Who may assume a role.
#[derive(Clone, Debug)]
pub struct Trust;

/// A document of permissions.
pub type PolicyDocument = Document<Permissions>;

/// A document of trust.
pub type TrustDocument = Document<Trust>;

/// What a kind of document asks of its statements.
pub trait Kind {
    /// Elements of which each statement has one, with those that stand for the same.
    const NEEDED: &'static [[&'static str; 2]];
    /// Elements that no statement has, with the reason.
    const FOREIGN: (&'static [&'static str], &'static str);

    /// What is allowed and may not be meant.
    fn warnings(statement: &Map<String, Value>) -> Vec<&'static str>;
}

impl Kind for Permissions {
    const NEEDED: &'static [[&'static str; 2]] =
        &[["Effect", "Effect"], ["Action", "NotAction"], ["Resource", "NotResource"]];
    const FOREIGN: (&'static [&'static str], &'static str) =
        (&["Principal", "NotPrincipal"], "the identity that has the policy is the principal");

    fn warnings(_: &Map<String, Value>) -> Vec<&'static str> {
        Vec::new()
    }
}

impl Kind for Trust {
    const NEEDED: &'static [[&'static str; 2]] =
        &[["Effect", "Effect"], ["Action", "NotAction"], ["Principal", "NotPrincipal"]];
    const FOREIGN: (&'static [&'static str], &'static str) =
        (&["Resource", "NotResource"], "the role that has the trust is the resource");

    fn warnings(statement: &Map<String, Value>) -> Vec<&'static str> {
        if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
            return Vec::new();
        }
        let everybody = statement.get("Principal").is_some_and(|principal| match principal {
            Value::Object(kinds) => kinds.get("AWS").is_some_and(|names| texts(names).contains(&"*")),
            all => texts(all).contains(&"*"),
        });
        let conditions: Vec<_> = statement.get("Condition").and_then(Value::as_object).into_iter().flatten().collect();
        if everybody && conditions.is_empty() {
            return vec![
                "lets everybody who has an account of AWS assume the role: name principals, or add a `Condition`",
            ];
        }
        let federated = statement.get("Principal").and_then(|principal| principal.get("Federated"));
        match federated.is_some_and(|names| texts(names).iter().any(|name| name.contains(":oidc-provider/"))) {
            true => of_tokens(&conditions),
            false => Vec::new(),
        }
    }
}

/// What a trust in an issuer's tokens leaves open.
fn of_tokens(conditions: &[(&String, &Value)]) -> Vec<&'static str> {
    let keys = || {
        conditions
            .iter()
            .flat_map(|(operator, keys)| keys.as_object().into_iter().flatten().map(move |key| (operator, key)))
    };
    let ends = |key: &str, end: &str| key.to_lowercase().ends_with(end);
    let mut warnings = Vec::new();
    if !keys().any(|(_, (key, _))| ends(key, ":aud")) {
        warnings.push("takes tokens for any audience: add a `Condition` on the issuer's `:aud`");
    }
    let mut subjects = keys().filter(|(_, (key, _))| ends(key, ":sub")).peekable();
    if subjects.peek().is_none() {
        warnings.push(
            "takes every token of the issuer, those of strangers too: add a `Condition` on the issuer's `:sub`, such as \
             with the function `gitlab_trust_policy` or `github_trust_policy`",
        );
    }
    let admits_strangers = |(operator, (_, values)): (&&String, (&String, &Value))| {
        let named = |value: &str| value.split(['*', '?']).next().is_some_and(|start| start.contains('/'));
        operator.contains("Like")
            && !operator.contains("Not")
            && texts(values).iter().any(|value| value.contains(['*', '?']) && !named(value))
    };
    if subjects.any(admits_strangers) {
        warnings.push(
            "has a wildcard in `:sub` before the first slash, which strangers can meet with a name of their own: write \
             the group or owner in full",
        );
    }
    warnings
}

impl<K: Kind> FromStr for Document<K> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed: Value = serde_json::from_str(text).map_err(|error| format!("is no JSON: {error}"))?;
        check::<K>(&parsed)?;
        Ok(Document { meaning: meaning::of(&parsed), text: text.to_owned(), parsed, kind: PhantomData })
    }
}

fn check<K: Kind>(document: &Value) -> Result<(), String> {
    let Value::Object(members) = document else { return Err("is no object with a `Statement`".to_owned()) };
    if let Some(version) =
        members.get("Version").filter(|version| !["2008-10-17", "2012-10-17"].iter().any(|known| version == known))
    {
        return Err(format!("has the version {version}; write \"2012-10-17\""));
    }
    let statements = statements(document);
    if statements.is_empty() {
        return Err("has no `Statement`".to_owned());
    }
    for (number, statement) in (1..).zip(statements) {
        let Value::Object(members) = statement else {
            return Err(format!("has a statement {number} that is no object"));
        };
        let missing = K::NEEDED.iter().find(|names| !names.iter().any(|name| members.contains_key(*name)));
        if let Some([name, _]) = missing {
            return Err(format!("has no `{name}` in statement {number}"));
        }
        let (foreign, reason) = K::FOREIGN;
        if let Some(name) = foreign.iter().find(|name| members.contains_key(**name)) {
            return Err(format!("has a `{name}` in statement {number}; {reason}"));
        }
        if !matches!(members["Effect"].as_str(), Some("Allow" | "Deny")) {
            return Err(format!(
                "has the effect {} in statement {number}; write \"Allow\" or \"Deny\"",
                members["Effect"]
            ));
        }
    }
    Ok(())
}

fn statements(document: &Value) -> Vec<&Value> {
    match &document["Statement"] {
        Value::Array(statements) => statements.iter().collect(),
        Value::Null => Vec::new(),
        statement => vec![statement],
    }
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

impl<K> Document<K> {
    /// The document as IAM takes it: it refuses white space before it, such as the first line of an indented text has.
    pub fn sent(&self) -> &str {
        self.text.trim()
    }
}

impl<K> PartialEq for Document<K> {
    fn eq(&self, other: &Self) -> bool {
        self.meaning == other.meaning
    }
}

impl<K> fmt::Display for Document<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<K: Kind> Semantic for Document<K> {
    /// What IAM has is taken as it is, whatever we think of it.
    fn read(text: String) -> Result<Self> {
        let parsed = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.clone()));
        Ok(Document { meaning: meaning::of(&parsed), text, parsed, kind: PhantomData })
    }

    fn warnings(&self) -> Vec<String> {
        let statements = (1..).zip(statements(&self.parsed));
        let members = statements.filter_map(|(number, statement)| Some((number, statement.as_object()?)));
        let doubts =
            members.flat_map(|(number, members)| K::warnings(members).into_iter().map(move |doubt| (number, doubt)));
        doubts.map(|(number, doubt)| format!("Statement {number} {doubt}.")).collect()
    }
}

/// A document as IAM answers it, which is percent-encoded.
pub fn decoded(document: &str) -> String {
    percent_encoding::percent_decode_str(document).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(statement: &str) -> PolicyDocument {
        format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#).parse().unwrap()
    }

    fn trust(principal: &str, rest: &str) -> TrustDocument {
        let statement = format!(r#"{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{principal}{rest}}}"#);
        format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#).parse().unwrap()
    }

    #[test]
    fn spellings_of_one_meaning_are_equal() {
        let read = policy(r#"[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["*"]}]"#);
        for same in [
            r#"{"Resource":"*","Effect":"Allow","Action":"s3:GetObject"}"#,
            r#"{ "Effect": "Allow", "Action": "S3:getobject", "Resource": ["*", "*"], "Sid": "", "Condition": {} }"#,
        ] {
            assert_eq!(policy(same), read, "{same}");
        }
        let [two, turned] = [r#"["a:B","c:D"]"#, r#"["c:D","a:B"]"#].map(|actions| {
            let other = r#"{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::b"}"#;
            let this = format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":"*"}}"#);
            policy(&if actions.starts_with("[\"a") { format!("[{this},{other}]") } else { format!("[{other},{this}]") })
        });
        assert_eq!(two, turned, "neither statements nor actions have an order");
        let oldest: PolicyDocument =
            r#"{"Statement":{"Effect":"Allow","Action":"a:B","Resource":"*"}}"#.parse().unwrap();
        let said: PolicyDocument =
            r#"{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"a:B","Resource":"*"}}"#.parse().unwrap();
        assert_eq!(oldest, said);
    }

    #[test]
    fn principals_and_conditions_have_spellings_too() {
        for (one, other) in [
            (r#""*""#, r#"{"AWS":"*"}"#),
            (r#"{"AWS":"123456789012"}"#, r#"{"AWS":["arn:aws:iam::123456789012:root"]}"#),
            (r#"{"AWS":"123456789012"}"#, r#"{"AWS":"arn:aws-cn:iam::123456789012:root"}"#),
            (
                r#"{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]}"#,
                r#"{"Service":["lambda.amazonaws.com","ec2.amazonaws.com"]}"#,
            ),
        ] {
            assert_eq!(trust(one, ""), trust(other, ""), "{one}");
        }
        let condition = |text: &str| trust(r#"{"AWS":"123456789012"}"#, &format!(r#","Condition":{text}"#));
        for (one, other) in [
            (r#"{"Bool":{"aws:SecureTransport":true}}"#, r#"{"Bool":{"AWS:securetransport":"true"}}"#),
            (r#"{"NumericLessThan":{"s3:max-keys":10}}"#, r#"{"NumericLessThan":{"s3:max-keys":["10"]}}"#),
        ] {
            assert_eq!(condition(one), condition(other), "{one}");
        }
        for (one, other) in [
            (r#"{"Bool":{"aws:SecureTransport":true}}"#, r#"{"Bool":{"aws:SecureTransport":false}}"#),
            (r#"{"StringEquals":{"aws:RequestTag/Team":"a"}}"#, r#"{"StringEquals":{"aws:RequestTag/team":"a"}}"#),
            (r#"{"StringEquals":{"a:b":"x"}}"#, r#"{"StringEquals":{"a:b":"X"}}"#),
            (r#"{"StringEquals":{"a:b":"x*"}}"#, r#"{"StringLike":{"a:b":"x*"}}"#),
            (r#"{"StringEquals":{"a:b":"x"}}"#, r#"{"StringEquals":{"a:b":["x","y"]}}"#),
        ] {
            assert_ne!(condition(one), condition(other), "{one}");
        }
    }

    #[test]
    fn what_differs_is_not_equal() {
        let read = policy(r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#);
        for other in [
            r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}"#,
            r#"{"Effect":"Allow","NotAction":"s3:GetObject","Resource":"*"}"#,
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a"}"#,
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Sid":"Read"}"#,
            r#"[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*"}]"#,
        ] {
            assert_ne!(policy(other), read, "{other}");
        }
        let root = trust(r#"{"AWS":"arn:aws:iam::123456789012:root"}"#, "");
        for other in [
            r#"{"AWS":"arn:aws:iam::123456789012:role/root"}"#,
            r#"{"AWS":"210987654321"}"#,
            r#"{"Federated":"123456789012"}"#,
        ] {
            assert_ne!(trust(other, ""), root, "{other}");
        }
        let service = |name: &str| trust(&format!(r#"{{"Service":"{name}"}}"#), "");
        assert_ne!(service("ec2.amazonaws.com"), service("EC2.amazonaws.com"));
    }

    #[test]
    fn what_iam_refuses_is_refused_with_the_statement() {
        for (text, said) in [
            ("{bad", "is no JSON: key must be a string at line 1 column 2"),
            ("[]", "is no object with a `Statement`"),
            (r#"{"Version":"2012-10-17"}"#, "has no `Statement`"),
            (r#"{"Version":"2012","Statement":[]}"#, "has the version \"2012\"; write \"2012-10-17\""),
            (r#"{"Statement":[{"Effect":"Allow","Action":"*"}]}"#, "has no `Resource` in statement 1"),
            (
                r#"{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}"#,
                "has the effect \"allow\" in statement 1; write \"Allow\" or \"Deny\"",
            ),
            (r#"{"Statement":["x"]}"#, "has a statement 1 that is no object"),
            (
                r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Principal":"*"}}"#,
                "has a `Principal` in statement 1; the identity that has the policy is the principal",
            ),
        ] {
            assert_eq!(text.parse::<PolicyDocument>().unwrap_err(), said, "{text}");
        }
        let resource = r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*"}}"#;
        let said = "has a `Resource` in statement 1; the role that has the trust is the resource";
        assert_eq!(resource.parse::<TrustDocument>().unwrap_err(), said);
    }

    #[test]
    fn white_space_around_a_document_is_not_sent() {
        let text = r#"{"Statement":{"Effect":"Allow","Action":"a:B","Resource":"*"}}"#;
        let indented: PolicyDocument = format!("\n  {text}\n").parse().unwrap();
        assert_eq!(indented.sent(), text);
        assert_eq!(indented, text.parse().unwrap());
    }

    #[test]
    fn what_iam_has_is_read_whatever_it_is() {
        let odd = PolicyDocument::read("{bad".to_owned()).unwrap();
        assert_eq!(odd.to_string(), "{bad");
        assert_eq!(odd, PolicyDocument::read("{bad".to_owned()).unwrap());
        assert_eq!(decoded("%7B%22a%22%3A%22%C3%A4%2B%22%7D"), r#"{"a":"ä+"}"#);
    }

    #[test]
    fn a_trust_in_everybody_is_doubtful() {
        let provider = r#"{"Federated":"arn:aws:iam::123456789012:oidc-provider/gitlab.example.com"}"#;
        let with = |conditions: &str| trust(provider, &format!(r#","Condition":{{{conditions}}}"#)).warnings();
        let aud = r#""StringEquals":{"gitlab.example.com:aud":"aws"}"#;
        let like = |sub: &str| format!(r#"{aud},"StringLike":{{"gitlab.example.com:sub":"{sub}"}}"#);
        assert_eq!(trust(r#""*""#, "").warnings().len(), 1);
        assert_eq!(
            trust(r#""*""#, r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#).warnings(),
            [""; 0]
        );
        assert_eq!(trust(r#"{"AWS":"123456789012"}"#, "").warnings(), [""; 0]);
        assert_eq!(trust(provider, "").warnings().len(), 2);
        assert!(with(aud)[0].starts_with("Statement 1 takes every token of the issuer"), "{:?}", with(aud));
        assert!(with(&like("project_path:acme*"))[0].contains("strangers"));
        assert_eq!(with(&like("project_path:acme/web:ref_type:branch:ref:*")), [""; 0]);
    }
}
