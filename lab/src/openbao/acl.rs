//! What a policy's text allows, and what several of them allow together (`vault/policy.go`, `vault/acl.go`).
//!
//! Constraints on parameters, wrapping and time are parsed and have no effect here; a path with `{{…}}` matches
//! nothing, as for a token without an entity.

use std::collections::{BTreeMap, BTreeSet};

use crate::openbao::hcl::{self, Item, Value};
use crate::openbao::scan::at;

/// What may be done at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// What is protected for the administrator. The order of the words is that of `sys/capabilities-self`.
    Sudo,
    /// Reading.
    Read,
    /// Listing.
    List,
    /// Changing what is there.
    Update,
    /// Deleting.
    Delete,
    /// Writing what is not there yet.
    Create,
    /// Changing a part.
    Patch,
    /// Listing with all that is below.
    Scan,
    /// Nothing, whatever else is allowed.
    Deny,
}

/// One `path` block.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Path with its wildcards, without a slash at the start.
    pub path: String,
    /// Capabilities.
    pub capabilities: BTreeSet<Capability>,
}

/// What a token may do.
#[derive(Debug)]
pub enum Acl {
    /// Everything.
    Root,
    /// What these rules say, by path.
    Rules(BTreeMap<String, BTreeSet<Capability>>),
}

const WORDS: &[(&str, Capability)] = &[
    ("sudo", Capability::Sudo),
    ("read", Capability::Read),
    ("list", Capability::List),
    ("update", Capability::Update),
    ("delete", Capability::Delete),
    ("create", Capability::Create),
    ("patch", Capability::Patch),
    ("scan", Capability::Scan),
    ("deny", Capability::Deny),
];

const PATH_KEYS: &[&str] = &[
    "comment",
    "policy",
    "capabilities",
    "allowed_parameters",
    "denied_parameters",
    "required_parameters",
    "min_wrapping_ttl",
    "max_wrapping_ttl",
    "mfa_methods",
    "pagination_limit",
    "expiration",
];

impl Capability {
    /// The word in policies.
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(_, capability)| *capability == self).map_or("", |(word, _)| word)
    }
}

/// Parses a policy.
pub fn parse(text: &str) -> Result<Vec<Rule>, String> {
    rules(text).map_err(|error| format!("failed to parse policy: {error}"))
}

fn rules(text: &str) -> Result<Vec<Rule>, String> {
    let items = hcl::parse(text)?;
    check_keys(&items, &["name", "path"], "")?;
    items.iter().filter(|item| item.keys[0] == "path").map(rule).collect()
}

fn rule(item: &Item) -> Result<Rule, String> {
    let key = item.keys.get(1).map_or("path", String::as_str);
    let Value::Object(body) = &item.value else {
        return Err(format!("path {key:?}: {}", at(item.place, "value is not an object")));
    };
    check_keys(body, PATH_KEYS, &format!("path {key:?}: "))?;
    let mut capabilities = BTreeSet::new();
    for item in body {
        match item.keys[0].as_str() {
            "capabilities" => capabilities.extend(listed(item, key)?),
            "policy" => capabilities.extend(old_words(&item.value, key)?),
            _ => {}
        }
    }
    if key.contains("+*") {
        return Err(format!("path {key:?}: invalid use of wildcards ('+*' is forbidden)"));
    }
    if capabilities.contains(&Capability::Deny) {
        capabilities = BTreeSet::from([Capability::Deny]);
    }
    Ok(Rule { path: key.strip_prefix('/').unwrap_or(key).to_owned(), capabilities })
}

fn listed(item: &Item, key: &str) -> Result<Vec<Capability>, String> {
    let Value::List(words) = &item.value else {
        return Err(format!("path {key:?}: {}", at(item.place, "unknown slice type: *ast.LiteralType")));
    };
    let capability = |word: &Value| {
        let Value::Text(word) = word else { return Err(format!("path {key:?}: invalid capability")) };
        let known = WORDS.iter().find(|(known, _)| known == word);
        known.map(|(_, capability)| *capability).ok_or_else(|| format!("path {key:?}: invalid capability {word:?}"))
    };
    words.iter().map(capability).collect()
}

/// `policy = "write"`, from before there were capabilities.
fn old_words(value: &Value, key: &str) -> Result<Vec<Capability>, String> {
    use Capability::{Create, Delete, Deny, List, Read, Sudo, Update};
    let Value::Text(word) = value else { return Err(format!("path {key:?}: invalid policy")) };
    match word.as_str() {
        "deny" => Ok(vec![Deny]),
        "read" => Ok(vec![Read, List]),
        "write" => Ok(vec![Create, Read, Update, Delete, List]),
        "sudo" => Ok(vec![Create, Read, Update, Delete, List, Sudo]),
        _ => Err(format!("path {key:?}: invalid policy {word:?}")),
    }
}

/// Errors of keys are collected, with the heading of `go-multierror`.
fn check_keys(items: &[Item], valid: &[&str], prefix: &str) -> Result<(), String> {
    let wrong: Vec<String> = items
        .iter()
        .filter(|item| !valid.contains(&item.keys[0].as_str()))
        .map(|item| format!("\t* {prefix}invalid key {:?} on line {}\n", item.keys[0], item.line))
        .collect();
    match wrong.len() {
        0 => Ok(()),
        1 => Err(format!("1 error occurred:\n{}\n", wrong[0])),
        number => Err(format!("{number} errors occurred:\n{}\n", wrong.concat())),
    }
}

impl Acl {
    /// What these rules allow together. Each comes with the path of the namespace whose policy it is in.
    pub fn of<'a>(rules: impl Iterator<Item = (&'a str, &'a Rule)>) -> Self {
        let mut merged: BTreeMap<String, BTreeSet<Capability>> = BTreeMap::new();
        for (namespace, rule) in rules {
            merged.entry(format!("{namespace}{}", rule.path)).or_default().extend(&rule.capabilities);
        }
        Self::Rules(merged)
    }

    /// Capabilities at a path; a list has a slash at its end. `None` means that no rule is about it.
    pub fn at(&self, path: &str) -> Option<&BTreeSet<Capability>> {
        let Self::Rules(rules) = self else { return None };
        let without_slash = path.strip_suffix('/');
        rules
            .get(path)
            .or_else(|| rules.get(without_slash?))
            .or_else(|| best(rules, without_slash?))
            .or_else(|| best(rules, path))
    }

    /// Whether one of these is allowed at a path.
    pub fn allows(&self, path: &str, capability: Capability) -> bool {
        match self {
            Self::Root => true,
            Self::Rules(_) => {
                self.at(path).is_some_and(|at| !at.contains(&Capability::Deny) && at.contains(&capability))
            }
        }
    }

    /// Whether anything is allowed at a path or below it.
    pub fn reaches(&self, prefix: &str) -> bool {
        let Self::Rules(rules) = self else { return true };
        rules.iter().any(|(pattern, capabilities)| {
            let fixed = pattern.split(['*', '+']).next().unwrap_or_default();
            !capabilities.contains(&Capability::Deny)
                && !capabilities.is_empty()
                && (fixed.starts_with(prefix) || (fixed != pattern && prefix.starts_with(fixed)))
        })
    }

    /// The words of `sys/capabilities-self`.
    pub fn words(&self, path: &str) -> Vec<&'static str> {
        let capabilities = match self {
            Self::Root => return vec!["root"],
            Self::Rules(_) => self.at(path).cloned().unwrap_or_default(),
        };
        if capabilities.is_empty() || capabilities.contains(&Capability::Deny) {
            return vec!["deny"];
        }
        capabilities.into_iter().map(Capability::word).collect()
    }
}

/// The rule with wildcards that is most about a path (`CheckAllowedFromNonExactPaths`): the later its first wildcard,
/// the better; then no `*` at the end, fewer `+`, and more letters.
fn best<'a>(rules: &'a BTreeMap<String, BTreeSet<Capability>>, path: &str) -> Option<&'a BTreeSet<Capability>> {
    let rank = |pattern: &str| {
        let pluses = pattern.split('/').filter(|segment| *segment == "+").count();
        (pattern.find(['*', '+']), !pattern.ends_with('*'), usize::MAX - pluses, pattern.len())
    };
    rules
        .iter()
        .filter(|(pattern, _)| matches(pattern, path))
        .max_by_key(|(pattern, _)| rank(pattern))
        .map(|(_, capabilities)| capabilities)
}

fn matches(pattern: &str, path: &str) -> bool {
    let prefix = pattern.strip_suffix('*');
    if !pattern.split('/').any(|segment| segment == "+") {
        return prefix.is_some_and(|prefix| path.starts_with(prefix));
    }
    let wanted: Vec<&str> = prefix.unwrap_or(pattern).split('/').collect();
    let actual: Vec<&str> = path.split('/').collect();
    let (Some((last, start)), true) = (wanted.split_last(), actual.len() >= wanted.len()) else { return false };
    let same = |(wanted, actual): (&&str, &&str)| *wanted == "+" || wanted == actual;
    let starts = start.iter().zip(&actual).all(same);
    match prefix {
        Some(_) => starts && actual[start.len()].starts_with(last),
        None => starts && actual.len() == wanted.len() && same((last, &actual[start.len()])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acl(text: &str) -> Acl {
        let rules = parse(text).unwrap();
        Acl::of(rules.iter().map(|rule| ("", rule)))
    }

    #[test]
    fn the_nearest_rule_decides() {
        let acl = acl(r#"
            path "kv/data/*" { capabilities = ["read"] }
            path "kv/data/a" { capabilities = ["create", "update"] }
            path "kv/data/b/*" { capabilities = ["deny"] }
            path "kv/+/c/*" { policy = "write" }
            path "kv/metadata/*" { capabilities = ["list"] }
        "#);
        assert!(acl.allows("kv/data/x", Capability::Read));
        assert!(!acl.allows("kv/data/a", Capability::Read));
        assert!(acl.allows("kv/data/a", Capability::Update));
        assert!(!acl.allows("kv/data/b/x", Capability::Read));
        assert!(acl.allows("kv/delete/c/x", Capability::Delete));
        assert!(!acl.allows("kv/data/c/x", Capability::Delete), "`kv/data/*` has its wildcard later");
        assert!(acl.allows("kv/metadata/", Capability::List));
        assert!(!acl.allows("sys/mounts", Capability::Read));
        assert!(acl.reaches("kv/") && !acl.reaches("other/"));
        assert_eq!(acl.words("kv/data/a"), ["update", "create"]);
        assert_eq!(acl.words("kv/data/b/c"), ["deny"]);
        assert_eq!(Acl::Root.words("x"), ["root"]);
    }

    #[test]
    fn rules_for_one_path_add_up_unless_one_denies() {
        let add = acl("path \"a\" { capabilities = [\"read\"] }\npath \"a\" { capabilities = [\"list\"] }");
        assert_eq!(add.words("a"), ["read", "list"]);
        let deny = acl("path \"a\" { capabilities = [\"read\"] }\npath \"a\" { capabilities = [\"deny\"] }");
        assert_eq!(deny.words("a"), ["deny"]);
    }

    #[test]
    fn segments_have_wildcards() {
        assert!(matches("a/+/c", "a/b/c") && !matches("a/+/c", "a/b/c/d") && !matches("a/+/c", "a/b/d"));
        assert!(matches("a/+/c*", "a/b/cd/e") && !matches("a/+/c*", "a/b"));
        assert!(matches("+/x", "kv/x") && matches("kv/+", "kv/x") && !matches("kv/+", "kv/x/y"));
    }

    #[test]
    fn errors_are_those_of_the_server() {
        let error = |text: &str| parse(text).unwrap_err();
        assert_eq!(
            error(r#"path "x" { capabilities = ["nope"] }"#),
            r#"failed to parse policy: path "x": invalid capability "nope""#
        );
        assert_eq!(error("not hcl {{"), "failed to parse policy: At 1:10: expected: IDENT | STRING got: LBRACE");
        assert_eq!(
            error("path \"x\" {\n  cap = [\"read\"]\n}"),
            "failed to parse policy: 1 error occurred:\n\t* path \"x\": invalid key \"cap\" on line 2\n\n"
        );
        assert_eq!(
            error(r#"path "x" { capabilities = "read" }"#),
            r#"failed to parse policy: path "x": At 1:27: unknown slice type: *ast.LiteralType"#
        );
        assert!(error(r#"path "a/+*" { capabilities = ["read"] }"#).contains("invalid use of wildcards"));
    }
}
