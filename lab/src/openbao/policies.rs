//! `sys/policies/acl` and the older `sys/policy` (`vault/policy_store.go`).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::openbao::acl::{self, Rule};
use crate::openbao::fields::{Field, Kind, text};
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};
use crate::openbao::store::Namespace;
use crate::openbao::times;

/// A policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What it allows.
    pub rules: Vec<Rule>,
    text: String,
    version: u64,
    modified: OffsetDateTime,
}

/// Which of the two paths is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// `sys/policies/acl`.
    New,
    /// `sys/policy`, whose answers call the text `rules`.
    Old,
}

const POLICY: &[Field] = &[Field::input("policy", Kind::Text)];
const OLD_POLICY: &[Field] = &[Field::input("policy", Kind::Text), Field::input("rules", Kind::Text)];

/// What every token may do: look at itself, renew itself, revoke itself, use its own cubbyhole.
const DEFAULT: &str = r#"
path "auth/token/lookup-self" {
  capabilities = ["read"]
}
path "auth/token/renew-self" {
  capabilities = ["update"]
}
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
path "sys/capabilities-self" {
  capabilities = ["update"]
}
path "cubbyhole/*" {
  capabilities = ["create", "delete", "list", "read", "update"]
}
"#;

/// The policy that every namespace has.
///
/// # Panics
///
/// Its text does not parse, which a test excludes.
pub fn default() -> Policy {
    let rules = acl::parse(DEFAULT).expect("the text of the default policy parses");
    Policy { rules, text: DEFAULT.to_owned(), version: 1, modified: times::now() }
}

/// Answers a call to a policy or to the list; the first namespace has `root`, too.
pub fn answer(request: &mut Request, namespace: &mut Namespace, is_root: bool, age: Age, name: &str) -> Outcome {
    match (request.operation, name) {
        (Operation::List, prefix) => Ok(list(namespace, is_root, age, prefix)),
        (Operation::Read, "") if age == Age::Old => Ok(list(namespace, is_root, age, "")),
        (_, "") => request.unsupported(),
        (Operation::Read, name) => Ok(read(namespace, is_root, age, &name.to_lowercase())),
        (Operation::Write, name) => write(request, namespace, age, name),
        (Operation::Delete, name) => {
            let name = name.to_lowercase();
            match name.as_str() {
                "root" | "response-wrapping" => Err(Refusal::bad_request(format!("cannot delete {name:?} policy"))),
                "default" => Err(Refusal::bad_request("cannot delete default policy")),
                _ => {
                    namespace.policies.remove(&name);
                    Ok(Reply::Nothing)
                }
            }
        }
        (Operation::Patch, _) => request.unsupported(),
    }
}

/// Unrecorded, since it came with OpenBao 2.3: `LIST sys/policies/detailed/acl` answers all policies in one call, in
/// `key_info` as a newer server shows each (`handlePoliciesDetailedAclList`, `readPolicyResponse`).
pub fn detailed(request: &Request, namespace: &Namespace, is_root: bool) -> Outcome {
    if request.operation != Operation::List {
        return request.unsupported();
    }
    let mut info: serde_json::Map<String, Value> = namespace
        .policies
        .iter()
        .map(|(name, policy)| {
            let modified = times::text(policy.modified);
            let shown = json!({
                "name": name,
                "policy": policy.text,
                "version": policy.version,
                "cas_required": false,
                "modified": modified,
            });
            (name.clone(), shown)
        })
        .collect();
    let mut keys: Vec<String> = namespace.policies.keys().cloned().collect();
    if is_root {
        info.insert("root".to_owned(), json!({ "name": "root", "policy": "", "version": 0, "cas_required": false }));
        keys.push("root".to_owned());
    }
    Ok(Reply::Data(json!({ "keys": keys, "key_info": info })))
}

fn list(namespace: &Namespace, is_root: bool, age: Age, prefix: &str) -> Reply {
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let mut names: Vec<String> =
        namespace.policies.keys().filter_map(|name| name.strip_prefix(&prefix)).map(str::to_owned).collect();
    if is_root && prefix.is_empty() {
        names.push("root".to_owned());
    }
    if names.is_empty() {
        return Reply::Nothing;
    }
    Reply::Data(match age {
        Age::New => json!({ "keys": names }),
        Age::Old => json!({ "keys": names, "policies": names }),
    })
}

fn read(namespace: &Namespace, is_root: bool, age: Age, name: &str) -> Reply {
    let text = match namespace.policies.get(name) {
        Some(policy) => policy.text.as_str(),
        None if name == "root" && is_root => "",
        None => return Reply::Nothing,
    };
    let member = if age == Age::New { "policy" } else { "rules" };
    Reply::Data(json!({ "name": name, member: text }))
}

fn write(request: &mut Request, namespace: &mut Namespace, age: Age, name: &str) -> Outcome {
    let params = request.fields(&[if age == Age::New { POLICY } else { OLD_POLICY }])?;
    let lower = name.to_lowercase();
    if lower != name {
        request.warn(format!("policy name was converted to {lower}"));
    }
    let mut sent = text(&params, "policy").to_owned();
    if sent.is_empty() && age == Age::Old {
        text(&params, "rules").clone_into(&mut sent);
        request.warn("'rules' is deprecated, please use 'policy' instead");
    }
    if sent.is_empty() {
        return Err(Refusal::bad_request("'policy' parameter not supplied or empty"));
    }
    if let Some(decoded) = BASE64_STANDARD.decode(&sent).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
        sent = decoded;
    }
    let rules = acl::parse(&sent).map_err(Refusal::bad_request)?;
    if ["root", "response-wrapping"].contains(&lower.as_str()) {
        return Err(Refusal::bad_request(format!("cannot update {lower:?} policy")));
    }
    let version = namespace.policies.get(&lower).map_or(0, |policy| policy.version) + 1;
    namespace.policies.insert(lower, Policy { rules, text: sent, version, modified: times::now() });
    Ok(Reply::Nothing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_parses() {
        assert_eq!(default().rules.len(), 5);
    }
}
