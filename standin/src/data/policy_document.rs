//! `aws_iam_policy_document`, evaluated: roles, keys and buckets compare and merge what it says.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use tfplugin::value::{Object, Value};
use tfplugin::{Error, Result};

/// The data source's type.
pub(crate) const POLICY_DOCUMENT: &str = "aws_iam_policy_document";

const VERSION: &str = "2012-10-17";

/// A policy in the order in which the provider writes it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Policy {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(deserialize_with = "one_or_more", skip_serializing_if = "Vec::is_empty")]
    statement: Vec<Statement>,
}

/// One statement; what it does not name is left out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Statement {
    #[serde(skip_serializing_if = "String::is_empty")]
    sid: String,
    effect: String,
    #[serde(skip_serializing_if = "Json::is_null")]
    action: Json,
    #[serde(skip_serializing_if = "Json::is_null")]
    not_action: Json,
    #[serde(skip_serializing_if = "Json::is_null")]
    resource: Json,
    #[serde(skip_serializing_if = "Json::is_null")]
    not_resource: Json,
    #[serde(skip_serializing_if = "Json::is_null")]
    principal: Json,
    #[serde(skip_serializing_if = "Json::is_null")]
    not_principal: Json,
    #[serde(skip_serializing_if = "Json::is_null")]
    condition: Json,
}

/// A policy with a single statement may leave the brackets out.
fn one_or_more<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Statement>, D::Error> {
    let statements = match Json::deserialize(deserializer)? {
        Json::Array(statements) => statements,
        statement => vec![statement],
    };
    let read = |statement| serde_json::from_value(statement).map_err(serde::de::Error::custom);
    statements.into_iter().map(read).collect()
}

/// The configuration with the policy that it describes.
pub(crate) fn policy_document(mut config: Object) -> Result<Object> {
    let policy = policy(&config)?;
    let json = serde_json::to_string_pretty(&policy).map_err(|error| Error::new(error.to_string()))?;
    let short = serde_json::to_string(&policy).map_err(|error| Error::new(error.to_string()))?;
    for (name, text) in [("json", json), ("minified_json", short)] {
        config.insert(name.to_owned(), text.into());
    }
    Ok(config)
}

/// The source documents, then the own statements, which replace those of the same `sid`, then the overriding documents.
fn policy(config: &Object) -> Result<Policy> {
    let version = text(config, "version").unwrap_or_else(|| VERSION.to_owned());
    let mut merged = Policy { id: text(config, "policy_id"), ..Policy::default() };
    let mut seen = BTreeSet::new();
    for source in documents(config, "source_policy_documents")? {
        for statement in &source.statement {
            if !statement.sid.is_empty() && !seen.insert(statement.sid.clone()) {
                let text = format!("two of the source documents have a statement with the sid `{}`", statement.sid);
                return Err(Error::new(text).at_attribute("source_policy_documents"));
            }
        }
        merge(&mut merged, source);
    }
    let own = Policy { statement: statements(config, &version)?, version: Some(version), id: None };
    merge(&mut merged, own);
    for document in documents(config, "override_policy_documents")? {
        merge(&mut merged, document);
    }
    Ok(merged)
}

fn merge(policy: &mut Policy, newer: Policy) {
    policy.version = newer.version.or(policy.version.take());
    policy.id = newer.id.or(policy.id.take());
    for statement in newer.statement {
        let same = policy.statement.iter_mut().find(|old| !old.sid.is_empty() && old.sid == statement.sid);
        match same {
            Some(old) => *old = statement,
            None => policy.statement.push(statement),
        }
    }
}

fn documents(config: &Object, name: &str) -> Result<Vec<Policy>> {
    let texts = config.get(name).and_then(Value::as_list).unwrap_or_default();
    let texts = texts.iter().filter_map(Value::as_str).filter(|text| !text.trim().is_empty());
    texts
        .map(|text| {
            serde_json::from_str(text).map_err(|error| {
                Error::new(format!("`{name}` holds a text that is no policy: {error}")).at_attribute(name)
            })
        })
        .collect()
}

fn statements(config: &Object, version: &str) -> Result<Vec<Statement>> {
    let mut seen = BTreeSet::new();
    let mut statements = Vec::new();
    for block in blocks(config, "statement") {
        let sid = text(block, "sid").unwrap_or_default();
        if !sid.is_empty() && !seen.insert(sid.clone()) {
            return Err(Error::new(format!("two statements have the sid `{sid}`")).at_attribute("statement"));
        }
        statements.push(Statement {
            sid,
            effect: text(block, "effect").unwrap_or_else(|| "Allow".to_owned()),
            action: words(block, "actions", VERSION),
            not_action: words(block, "not_actions", VERSION),
            resource: words(block, "resources", version),
            not_resource: words(block, "not_resources", version),
            principal: principals(block, "principals", version),
            not_principal: principals(block, "not_principals", version),
            condition: conditions(block, version),
        });
    }
    Ok(statements)
}

/// One text, or several in the provider's order, the last one first.
fn words(block: &Object, name: &str, version: &str) -> Json {
    let mut words = list(block, name, version);
    words.sort_unstable_by(|one, other| other.cmp(one));
    one_or_all(words)
}

fn one_or_all(mut words: Vec<String>) -> Json {
    match words.len() {
        0 => Json::Null,
        1 => words.remove(0).into(),
        _ => words.into(),
    }
}

/// `*` where everybody is meant, else the identifiers by their kind.
fn principals(block: &Object, name: &str, version: &str) -> Json {
    let mut by_kind: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for principal in blocks(block, name) {
        let kind = text(principal, "type").unwrap_or_default();
        by_kind.entry(kind).or_default().extend(list(principal, "identifiers", version));
    }
    if by_kind.is_empty() {
        return Json::Null;
    }
    if by_kind.len() == 1 && by_kind.get("*").is_some_and(|identifiers| identifiers == &["*"]) {
        return "*".into();
    }
    let sorted = by_kind.into_iter().map(|(kind, mut identifiers)| {
        identifiers.sort_unstable_by(|one, other| other.cmp(one));
        (kind, one_or_all(identifiers))
    });
    Json::Object(sorted.collect())
}

fn conditions(block: &Object, version: &str) -> Json {
    let mut tests: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for condition in blocks(block, "condition") {
        let variables = tests.entry(text(condition, "test").unwrap_or_default()).or_default();
        let values = variables.entry(text(condition, "variable").unwrap_or_default()).or_default();
        values.extend(list(condition, "values", version));
    }
    if tests.is_empty() {
        return Json::Null;
    }
    let tests = tests.into_iter().map(|(test, variables)| {
        let variables = variables.into_iter().map(|(variable, values)| (variable, one_or_all(values)));
        (test, Json::Object(variables.collect()))
    });
    Json::Object(tests.collect())
}

fn blocks<'a>(members: &'a Object, name: &str) -> impl Iterator<Item = &'a Object> {
    members.get(name).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_map)
}

fn text(members: &Object, name: &str) -> Option<String> {
    members.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// The texts of a list; `&{` stands for `${`, which a configuration could not write before there was an escape.
fn list(members: &Object, name: &str, version: &str) -> Vec<String> {
    let texts = members.get(name).and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_str);
    texts.map(|text| if version == VERSION { text.replace("&{", "${") } else { text.to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object {
        match tfplugin::value::from_plain_json(serde_json::from_str(json).unwrap()) {
            Value::Map(members) => members,
            other => panic!("{other:?}"),
        }
    }

    fn evaluated(config: &str) -> String {
        policy_document(object(config)).unwrap()["minified_json"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_statement_is_written_as_the_provider_writes_it() {
        let policy = evaluated(
            r#"{"statement": [{"sid": "Read", "actions": ["s3:GetObject", "s3:ListBucket"], "resources": ["arn:aws:s3:::b/&{aws:username}"],
                "principals": [{"type": "AWS", "identifiers": ["a", "b"]}, {"type": "Service", "identifiers": ["s"]}],
                "condition": [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]}]}]}"#,
        );
        let expected = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":["s3:ListBucket","s3:GetObject"],"Resource":"arn:aws:s3:::b/${aws:username}","Principal":{"AWS":["b","a"],"Service":"s"},"Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}"#;
        assert_eq!(policy, expected);
    }

    #[test]
    fn everybody_is_a_star() {
        let policy = |kind: &str| {
            evaluated(&format!(
                r#"{{"statement": [{{"effect": "Deny", "principals": [{{"type": "{kind}", "identifiers": ["*"]}}]}}]}}"#
            ))
        };
        assert!(policy("*").contains(r#""Principal":"*""#));
        assert!(policy("AWS").contains(r#""Principal":{"AWS":"*"}"#));
    }

    #[test]
    fn statements_replace_each_other_by_sid() {
        let source = r#"{\"Statement\":{\"Sid\":\"A\",\"Effect\":\"Allow\",\"Action\":\"x\"}}"#;
        let policy = evaluated(&format!(
            r#"{{"source_policy_documents": ["{source}"], "statement": [{{"sid": "A", "effect": "Deny"}}, {{"sid": "B"}}],
                "override_policy_documents": ["{{\"Statement\":[{{\"Sid\":\"B\",\"Effect\":\"Deny\"}}]}}"]}}"#
        ));
        let expected =
            r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny"},{"Sid":"B","Effect":"Deny"}]}"#;
        assert_eq!(policy, expected);
    }

    #[test]
    fn two_statements_of_one_sid_are_refused() {
        let twice = r#"{"statement": [{"sid": "A"}, {"sid": "A"}]}"#;
        assert!(policy_document(object(twice)).unwrap_err().message().contains("`A`"));
        let no_policy = r#"{"source_policy_documents": ["x"]}"#;
        assert!(policy_document(object(no_policy)).unwrap_err().message().contains("no policy"));
    }
}
